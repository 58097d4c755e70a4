"""What an interrupted run left: which of it is ours, and what the next run does about it."""

import os
import threading
from pathlib import Path

import pytest
from library import CONF, MARKED, UUID, Bridges, call
from racing import Taken
from vzdomain import errors
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.planning import power


@pytest.mark.parametrize("left", ["nothing", "file", "file and empty area", "empty area"])
def test_a_creation_of_ours_that_was_interrupted_is_started_again(directory, reconciler, journal, left):
    journal.begin("101", "web")
    if "file" in left:
        directory.conf("101").write_text(CONF)
        directory.vzctl.statuses["101"] = "stopped"
    if "area" in left:
        directory.private("101").mkdir()

    made, _ = reconciler.define(Domain("web", uuid=UUID))

    assert made.ctid == "101"
    assert made.calls[0].argv[:2] == ("create", "101")
    assert directory.comments("101") == {"SALT-OPENVZ": "managed 101 node", "UUID": UUID}
    assert journal.ctids() == []


def test_what_an_earlier_vzctl_of_ours_has_finished_meanwhile_is_gone_on_with(directory, reconciler, journal):
    """It has no lock yet when we look, and the area is there when our own vzctl gets its turn."""
    journal.begin("101", "web")
    create = directory.vzctl._create
    directory.vzctl._create = Finished(directory, create)

    made, _ = reconciler.define(Domain("web", uuid=UUID, vcpu=2))

    assert [argv[0] for argv in directory.vzctl.runs if argv[0] != "status"] == ["create", "set"]
    assert directory.comments("101")["UUID"] == UUID
    assert journal.ctids() == []


class Finished:
    """A ``create`` that finds what another one of the same words has just made."""

    def __init__(self, directory, create):
        self.directory, self.create = directory, create

    def __call__(self, ctid, options):
        self.create(ctid, options)
        self.directory.conf(ctid).write_text(
            'NAME="web"\nPHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\nOSTEMPLATE="debian-12-x86_64"\n'
        )
        raise errors.PrivateAreaExistsError(f"vzctl create {ctid} ended with code 44: exists", 44)


def test_what_somebody_made_where_we_were_creating_is_refused_and_ours_no_longer(directory, reconciler, journal):
    journal.begin("101", "web")
    directory.vzctl._create = Taken(directory, None, times=1)

    with pytest.raises(errors.OpenVZError):
        reconciler.define(Domain("web", uuid=UUID, ctid=Ctid("101"), vcpu=2))

    assert directory.comments("101") == {}
    assert journal.ctids() == []


def test_a_plan_is_made_again_when_the_container_was_locked_meanwhile(directory, journal):
    directory.add("209", MARKED + CONF)
    reconciler = Reconciler(directory.node(), Bridges(), journal, lock_timeout=30)
    directory.lock("209").write_text(f"{os.getpid()}\n")
    let_go = threading.Timer(0.2, _change_and_let_go, (directory,))
    let_go.start()

    made, outcome = reconciler.define(Domain("209", vcpu=2))

    let_go.join()
    assert (made.calls, outcome.changes, directory.vzctl.runs) == ((), {}, [])


def _change_and_let_go(directory):
    directory.conf("209").write_text('CPUS="2"\n' + directory.conf("209").read_text())
    directory.lock("209").unlink()


def test_a_link_that_a_run_of_ours_was_making_is_not_an_obstacle(directory, reconciler, journal):
    directory.add("209", MARKED + f"#UUID: {UUID}\n" + CONF)
    directory.link("web", "209")
    with pytest.raises(errors.RefusedError, match="points to container 209"):
        reconciler.plan(Domain("web", uuid=UUID))

    journal.begin_step("209", "web", call("set", "209", "--name", "web", "--save"))

    assert set(reconciler.plan(Domain("web", uuid=UUID)).changes) == {"name"}


def test_a_container_that_follows_costs_no_write(directory, reconciler, journal):
    directory.add("209", MARKED + CONF, status="running")
    reconciler.define(Domain("209"))
    before = sorted((entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(journal.directory))

    reconciler.define(Domain("209"))
    reconciler.run(power.start(reconciler.resolve("209"), LEGACY))

    after = sorted((entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(journal.directory))
    assert before == after == [("209.lock", before[0][1])]


def test_what_a_killed_run_left_beside_the_file_is_cleared_where_nothing_is_to_be_done(directory, reconciler, journal):
    directory.add("209", MARKED + CONF)
    journal.begin_step("209", "209", call())
    left = directory.etc / "conf" / "209.conf.salt"
    left.write_text("half")

    made, _ = reconciler.define(Domain("209"))

    assert (made.calls, left.exists()) == ((), False)
    assert "while it wrote Salt's mark into the container's file; this run checked" in made.warnings[0]


def test_a_device_that_does_not_get_into_its_bridge_is_reported_and_stops_nothing(directory, reconciler, journal):
    directory.add("209", MARKED + CONF + 'NETIF="ifname=eth0,bridge=br0,host_ifname=veth209.0"\n', status="running")
    directory.add_bridge("br0")
    (directory.net / "veth209.0").mkdir()
    journal.begin_step("209", "209", call("set", "209", attach=(("eth0", "br0"), ("eth1", "br0"))))

    warnings = [reconciler.define(Domain("209"))[0].warnings for _ in range(2)]

    assert "br0 does not hold it" in warnings[0][1]
    assert [len(one) for one in warnings] == [2, 0]


def test_damaged_notes_are_reported_once(directory, reconciler, journal):
    directory.add("209", MARKED + CONF)
    journal.begin(300, "other")
    Path(journal.path).write_text("[")

    warnings = [reconciler.plan(Domain("209")).warnings, *(reconciler.define(Domain("209"))[0].warnings for _ in "ab")]

    assert [len(one) for one in warnings] == [1, 1, 0]


def test_a_note_that_outlived_its_mark_is_ended(directory, reconciler, journal):
    directory.add("209", MARKED + CONF)
    journal.begin("209", "209")

    reconciler.define(Domain("209"))

    assert journal.ctids() == []


def test_what_is_destroyed_is_ours_no_longer(directory, reconciler, journal):
    directory.add("209")
    journal.begin("209", "209")

    reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), adopt=True))

    assert journal.ctids() == []


def test_an_area_of_ours_that_lost_its_file_is_refused_by_name(directory, reconciler, journal):
    journal.begin("101", "web")
    (directory.private("101") / "etc").mkdir(parents=True)

    with pytest.raises(errors.RefusedError, match=f"only in part: {directory.private(101)}; remove"):
        reconciler.define(Domain("web", uuid=UUID))


def test_a_whole_container_of_our_own_making_is_finished(directory, reconciler, journal):
    journal.begin("101", "web")
    directory.add("101", name="web")

    made, _ = reconciler.define(Domain("web", uuid=UUID, vcpu=2))

    assert [step.argv[0] for step in made.calls if step.argv] == ["set"]
    assert directory.comments("101") == {"SALT-OPENVZ": "managed 101 node", "UUID": UUID}
    assert journal.ctids() == []


def test_a_partial_container_of_somebody_else_is_refused(directory, reconciler, journal):
    directory.conf("209").write_text(CONF)
    journal.begin("209", "another")

    with pytest.raises(errors.RefusedError, match="only in part"):
        reconciler.define(Domain("209"))


def test_a_number_noted_for_another_is_not_free(reconciler, journal):
    journal.begin("101", "another")

    assert reconciler.plan(Domain("web")).ctid == "102"
