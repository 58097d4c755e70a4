"""From a document to its container: which one is meant, who else wants it, and what is done about it."""

import multiprocessing
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from library import CONF, MARKED, OTHER_UUID, UUID, NodeDirectory, ObedientVzctl, call, done
from vzdomain import errors
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import CTID_TRIES, Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain, Interface
from vzdomain.planning import power, typed


class Bridges:
    """Networks of a node that has one."""

    def bridge(self, name):
        if name != "default":
            raise errors.NetworkUndefinedError(f"libvirt has no network {name}")
        return "virbr0"

    def why_without(self, name, bridge):
        return errors.NetworkInactiveError(f"{name} behind {bridge}")

    def by_bridge(self):
        return {"virbr0": "default"}


@pytest.fixture
def reconciler(directory, journal):
    return Reconciler(directory.node(), Bridges(), journal, lock_timeout=0, protected=("web", 300))


# which container


@pytest.mark.parametrize(
    ("document", "ctid"),
    [
        (Domain("209"), "209"),
        (Domain("999"), "999"),
        (Domain("web"), "101"),
        (Domain("other", uuid=UUID), "102"),
        (Domain("web", uuid=OTHER_UUID), "101"),
        (Domain("new", ctid=500), 500),
        (Domain("web", ctid=Ctid("101")), "101"),
        (Domain("102", uuid=UUID), "102"),
        (Domain("nobody"), None),
        (Domain("nobody", uuid=OTHER_UUID), None),
    ],
)
def test_a_document_means_its_ctid_else_its_uuid_else_its_name(directory, reconciler, document, ctid):
    directory.add("101", name="web")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")
    directory.add("209")

    assert reconciler.find(document) == ctid


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Domain("209", uuid=UUID), f"container 102 has the UUID {UUID}, but the document means container 209"),
        (Domain("web", uuid=UUID), "container 101 has the name web, but the document means container 102"),
        (Domain("web", ctid=Ctid("209")), "container 101 has the name web, but the document means container 209"),
        (Domain("new", ctid=Ctid("209"), uuid=UUID), f"container 102 has the UUID {UUID}, .* container 209"),
        (
            Domain("web", ctid=Ctid("102"), uuid=UUID),
            "container 101 has the name web, but the document means container 102",
        ),
    ],
)
def test_a_document_that_means_two_containers_is_refused(directory, reconciler, document, message):
    directory.add("101", name="web")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")
    directory.add("209")

    with pytest.raises(errors.RefusedError, match=message):
        reconciler.plan(document)
    with pytest.raises(errors.RefusedError, match=message):
        reconciler.define(document)
    assert directory.vzctl.runs == []


@pytest.mark.parametrize(
    ("name", "ctid"), [("101", "101"), ("101", "101"), ("0101", "101"), (" web ", "101"), (UUID.upper(), "102")]
)
def test_a_container_is_looked_up_by_number_name_or_uuid(directory, reconciler, name, ctid):
    directory.add("101", name="web")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")

    assert reconciler.look_up(name).ctid == reconciler.resolve(name).ctid == ctid


@pytest.mark.parametrize("name", [999, "nobody", OTHER_UUID])
def test_a_container_that_is_not_there_is_absent(reconciler, name):
    assert reconciler.look_up(name) is None
    with pytest.raises(errors.AbsentError, match=f"there is no container {name} on this node"):
        reconciler.resolve(name)


def test_protection_is_by_number_or_name(directory, reconciler):
    for ctid, name in (("101", "web"), (300, None), ("301", "db")):
        directory.add(ctid, name=name)

    assert [reconciler.is_protected(reconciler.resolve(ctid)) for ctid in ("101", 300, "301")] == [True, True, False]


# creation


def test_a_document_is_defined_and_defined_again_without_a_step(directory, reconciler, journal):
    desired = Domain("web", uuid=UUID, vcpu=2)

    made, outcome = reconciler.define(desired)
    again, nothing = reconciler.define(desired)

    assert made.ctid == again.ctid == "101"
    assert outcome.changes == made.changes
    assert [step.argv[0] for step in made.calls if step.argv] == ["create", "set"]
    assert (again.calls, nothing.changes) == ((), {})
    assert directory.comments("101") == {"SALT-OPENVZ": "managed 101 node", "UUID": UUID}
    assert journal.ctids() == []


def test_a_change_that_vzctl_did_not_take_is_an_error(directory, reconciler):
    directory.vzctl.deaf.add("--cpus")

    with pytest.raises(errors.NotTakenError, match="still differs in: vcpu") as caught:
        reconciler.define(Domain("209", vcpu=2))

    assert done(caught.value) == {"209": {"container": {"old": None, "new": "created"}}}


def test_a_dry_run_says_what_the_real_run_does(reconciler):
    desired = Domain("209", uuid=UUID, vcpu=2, description="d")

    planned = reconciler.plan(desired)
    made, outcome = reconciler.define(desired)

    assert planned == made
    assert outcome.changes == planned.changes


def test_the_lowest_free_number_from_the_first_is_taken(directory, journal):
    reconciler = Reconciler(directory.node(), Bridges(), journal, first_ctid=200)
    for ctid in ("101", "200", "202"):
        directory.add(ctid)
    directory.dump("201").write_text("")

    assert reconciler.plan(Domain("web")).ctid == "203"


def test_numbers_that_a_dry_run_gave_are_not_given_again(reconciler):
    made = [reconciler.dry.plan(Domain(name)) for name in ("web", "db", "web")]

    assert [each.ctid for each in made] == ["101", "102", "101"]
    assert made[0].calls and made[1].calls and not made[2].calls
    for name in ("web", "101", "db", "102"):
        assert reconciler.dry.resolve(name).status == "stopped"
        assert reconciler.look_up(name) is None


def test_a_dry_run_goes_on_from_what_it_would_have_done(directory, reconciler):
    directory.add("209", MARKED + CONF)
    wanted = Domain("209", vcpu=2, addresses=("10.0.0.1",), interfaces=(Interface(),))

    first = reconciler.dry.plan(wanted)
    second = reconciler.dry.plan(wanted)
    reconciler.dry.imagine(power.start(reconciler.dry.resolve("209")))
    running = reconciler.dry.resolve("209").status
    reconciler.dry.imagine(reconciler.destroy_plan(reconciler.dry.resolve("209"), force=True))

    assert first.calls and not second.calls
    assert running == "running"
    assert reconciler.dry.look_up("209") is None
    assert reconciler.resolve("209").status == "stopped"
    assert reconciler.plan(wanted).calls


def test_two_documents_for_one_container_are_warned_of(directory, reconciler):
    directory.add("209", MARKED + CONF)
    reconciler.plan(Domain("209", vcpu=2))

    assert reconciler.plan(Domain("209", vcpu=2)).warnings == ()
    assert "another document of this run" in reconciler.plan(Domain("209", vcpu=1)).warnings[0]


def test_in_parallel_a_document_must_say_its_number(directory, reconciler, journal):
    for do in (reconciler.plan, reconciler.define):
        with pytest.raises(errors.RefusedError, match="web needs a CTID in its document"):
            do(Domain("web"), allocate=False)
        assert do(Domain("db", ctid=Ctid("105")), allocate=False)
    assert journal.ctids() == []


def test_a_number_taken_meanwhile_is_tried_again_with_the_next(directory, reconciler):
    create = directory.vzctl._create
    directory.vzctl._create = Taken(directory, create, times=2)

    made, _ = reconciler.define(Domain("web", uuid=UUID))

    assert made.ctid == "103"
    assert directory.comments("101") == directory.comments("102") == {}
    assert directory.comments("103")["UUID"] == UUID


class Taken:
    """A ``create`` that is beaten to the number so many times."""

    def __init__(self, directory, create, times):
        self.directory, self.create, self.times = directory, create, times

    def __call__(self, ctid, options):
        if not self.times:
            return self.create(ctid, options)
        self.times -= 1
        self.directory.add(ctid)
        raise errors.PrivateAreaExistsError(f"vzctl create {ctid} ended with code 44: exists", 44)


def test_trying_again_ends(directory, reconciler, journal):
    directory.vzctl._create = Taken(directory, None, times=99)

    with pytest.raises(errors.OpenVZError, match="every CTID tried for web was taken"):
        reconciler.define(Domain("web"))

    assert len(directory.vzctl.runs) == CTID_TRIES
    assert journal.ctids() == []


def test_a_number_that_the_document_says_is_tried_once(directory, reconciler):
    directory.vzctl._create = Taken(directory, None, times=99)

    with pytest.raises(errors.PrivateAreaExistsError):
        reconciler.define(Domain("209"))

    assert len(directory.vzctl.runs) == 1


def test_a_document_that_cannot_be_planned_keeps_no_number(reconciler, journal):
    with pytest.raises(errors.NetworkUndefinedError):
        reconciler.define(Domain("web", interfaces=(Interface(network="lan"),)))

    assert journal.ctids() == []


def test_a_number_is_not_chosen_while_another_process_chooses(directory, reconciler, journal):
    choosing = threading.Thread(target=reconciler.define, args=(Domain("web"),))
    with Journal(journal.directory).allocation():
        choosing.start()
        choosing.join(0.1)
        assert directory.vzctl.runs == []
        journal.begin("101", "another")
    choosing.join()

    assert directory.vzctl.runs[0] == ("create", "102", "--name", "web")


def _define(root, journal, name):
    directory = NodeDirectory.__new__(NodeDirectory)
    directory.root, directory.etc, directory.net = root, root / "etc", root / "net"
    directory.vzctl = ObedientVzctl(directory)
    Reconciler(directory.node(), Bridges(), Journal(journal), lock_timeout=30).define(Domain(name))


def test_two_processes_never_choose_one_number(directory, journal):
    fork = multiprocessing.get_context("fork")
    names = [f"web{number}" for number in range(4)]
    workers = [fork.Process(target=_define, args=(directory.root, journal.directory, name)) for name in names]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert directory.node().ctids() == ["101", "102", "103", "104"]
    found = {name for ctid in range(101, 105) for name in names if f'NAME="{name}"' in directory.conf(ctid).read_text()}
    assert found == set(names)


# creations that were cut off


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
    reconciler.run(power.start(reconciler.resolve("209")))

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


# ownership


def test_an_unmarked_container_that_differs_is_refused_untouched(directory, reconciler):
    directory.add("209")

    with pytest.raises(errors.RefusedError, match="not managed by Salt and differs"):
        reconciler.define(Domain("209", vcpu=2))

    assert directory.conf("209").read_text() == CONF
    assert directory.vzctl.runs == []


def test_an_unmarked_container_that_is_equal_is_left_untouched(directory, reconciler):
    directory.add("209", f"#UUID: {UUID}\n{CONF}")
    before = directory.conf("209").read_text()

    made, outcome = reconciler.define(Domain("209", uuid=UUID))

    assert (made.calls, outcome.changes) == ((), {})
    assert directory.conf("209").read_text() == before


def test_an_adopted_container_is_ours_from_then_on(directory, reconciler):
    directory.add("209", f"#UUID: {OTHER_UUID}\n{CONF}")

    reconciler.define(Domain("209", uuid=UUID), adopt=True)
    made, _ = reconciler.define(Domain("209", uuid=UUID, vcpu=2))

    assert directory.comments("209") == {"SALT-OPENVZ": "managed 209 node", "UUID": UUID}
    assert list(made.changes) == ["vcpu"]


def test_adopting_alone_marks_and_changes_nothing_else(directory, reconciler):
    directory.add("209")
    made = reconciler.adopt(reconciler.resolve("209"))

    outcome = reconciler.run(made)

    assert outcome.changes == {"managed": {"old": False, "new": True}}
    assert directory.conf("209").read_text() == CONF + MARKED.replace("$CTID", "209")
    assert reconciler.adopt(reconciler.resolve("209")).calls == ()


# what the node must have


def test_a_bridge_that_is_not_on_the_node_is_refused_before_anything_runs(directory, reconciler):
    with pytest.raises(errors.BridgeMissingError, match="interface eth0 needs bridge br9, which is not on this node"):
        reconciler.define(Domain("209", interfaces=(Interface(bridge="br9"),)))

    assert directory.vzctl.runs == []


@pytest.mark.parametrize("flags", ["0x1002", "0x1003"])
def test_a_device_that_is_not_a_bridge_of_the_kernel_is_left_to_the_bridge_script(directory, reconciler, flags):
    (directory.net / "ovsbr0").mkdir()
    (directory.net / "ovsbr0/flags").write_text(f"{flags}\n")

    made, _ = reconciler.define(Domain("209", interfaces=(Interface(bridge="ovsbr0"),)))

    assert [warning for warning in made.warnings if "interface eth0 needs bridge ovsbr0, which is not a" in warning]
    assert any("--netif_add" in argv for argv in directory.vzctl.runs)


@pytest.mark.parametrize(("flags", "refused"), [("0x1002", True), ("0x1003", False), ("", False)])
def test_a_bridge_that_is_down_is_refused(directory, reconciler, flags, refused):
    (directory.net / "br0/bridge").mkdir(parents=True)
    (directory.net / "br0/flags").write_text(flags)
    document = Domain("209", interfaces=(Interface(bridge="br0"),))

    if refused:
        with pytest.raises(errors.BridgeMissingError, match="br0, which is down; ip link set br0 up"):
            reconciler.plan(document)
    else:
        assert reconciler.plan(document).calls


def test_a_network_whose_bridge_is_missing_has_its_reason_asked(directory, reconciler):
    with pytest.raises(errors.NetworkInactiveError, match="default behind virbr0"):
        reconciler.plan(Domain("209", interfaces=(Interface(network="default"),)))


@pytest.mark.parametrize(
    ("conf", "document", "message"),
    [
        ('IP_ADDRESS="10.0.0.1/24"', Domain("209", addresses=("10.0.0.1",)), "address 10.0.0.1 belongs to container 2"),
        ('IP_ADDRESS="FD00:0::1"', Domain("209", addresses=("fd00::1/64",)), "address fd00::1 belongs to container 2"),
        ('NETDEV="eth1"', Domain("209", hostdevs=("eth1",)), "network device eth1 is passed through to container 210"),
        (
            'NETIF="ifname=eth0,host_ifname=out"',
            Domain("209", interfaces=(Interface(target="out"),)),
            "the device out on the node is container 210's",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("exists", [True, False])
def test_what_another_container_has_is_not_given_to_this_one(directory, reconciler, conf, document, message, exists):
    (directory.net / "eth1").mkdir()
    directory.add("210", f"{conf}\n{CONF}")
    if exists:
        directory.add("209", MARKED + CONF)

    for one in (reconciler.dry, reconciler):
        with pytest.raises(errors.RefusedError, match=message):
            one.plan(document)

    assert directory.vzctl.runs == []


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("br0", "network device br0 is a bridge and cannot be passed through; .*<source bridge='br0'/>"),
        ("lo", "network device lo is the node's own"),
        ("venet0", "network device venet0 is the node's own"),
    ],
)
def test_what_the_node_cannot_be_without_is_not_passed_through(directory, reconciler, device, message):
    (directory.net / "br0/bridge").mkdir(parents=True)
    for name in ("lo", "venet0"):
        (directory.net / name).mkdir()

    with pytest.raises(errors.RefusedError, match=message):
        reconciler.plan(Domain("209", hostdevs=(device,)))


def test_a_name_on_the_node_that_a_passed_through_device_will_need_again_is_not_given(directory, reconciler):
    directory.add("210", f'NETDEV="eth1"\n{CONF}', status="running")

    with pytest.raises(errors.RefusedError, match="the device eth1 on the node is container 210's"):
        reconciler.plan(Domain("209", interfaces=(Interface(target="eth1"),)))


def test_a_name_that_vzctl_gave_counts_as_said(directory, reconciler):
    directory.add("210", f'NETIF="ifname=eth0"\n{CONF}')

    with pytest.raises(errors.RefusedError, match="the device veth210.0 on the node is container 210's"):
        reconciler.plan(Domain("209", interfaces=(Interface(target="veth210.0"),)))


def test_what_a_container_has_already_is_not_a_conflict(directory, reconciler):
    both = 'IP_ADDRESS="10.0.0.1"\n'
    directory.add("210", both + CONF)
    directory.add("209", MARKED + both + CONF)

    assert reconciler.plan(Domain("209", addresses=("10.0.0.1",))).calls == ()
    assert reconciler.plan(Domain("209", addresses=("10.0.0.1", "10.0.0.2"))).calls


def test_a_mac_of_another_container_is_a_warning(directory, reconciler):
    directory.add("210", f'NETIF="ifname=eth0,mac=00:18:51:AA:BB:01"\n{CONF}')

    made = reconciler.plan(Domain("209", interfaces=(Interface(mac="00:18:51:aa:bb:01"),)))

    assert made.calls
    assert [warning for warning in made.warnings if "is already used by container 210 on this node" in warning]


def test_a_dry_run_counts_what_it_would_take_and_give_back(directory, reconciler):
    directory.add("210", f'{MARKED}IP_ADDRESS="10.0.0.1"\n{CONF}')
    reconciler.dry.plan(Domain("210", addresses=("10.0.0.9",)))

    assert reconciler.dry.plan(Domain("209", addresses=("10.0.0.1",))).calls
    with pytest.raises(errors.RefusedError, match="the address 10.0.0.9 belongs to container 210"):
        reconciler.dry.plan(Domain("211", addresses=("10.0.0.9",)))


def test_a_bridge_named_as_the_nodes_end_of_a_pair_is_told_from_one(directory, reconciler):
    (directory.net / "br0/bridge").mkdir(parents=True)

    with pytest.raises(errors.RefusedError, match="br0 is a bridge; .* write <source bridge='br0'/>"):
        reconciler.plan(Domain("209", interfaces=(Interface(target="br0"),)))


def test_a_live_domain_as_a_document_names_networks_and_no_conventional_mac(reconciler):
    pairs = (
        Interface(bridge="virbr0", guest="eth0", host_mac="fe:ff:ff:ff:ff:ff"),
        Interface(bridge="br0", guest="eth1", host_mac="00:18:51:00:00:01"),
        Interface(guest="eth2"),
    )

    said = reconciler.as_document(Domain("209", interfaces=pairs))
    plain = reconciler.as_document(Domain("209", interfaces=pairs), networks=False)

    assert said.interfaces == (
        Interface(bridge="virbr0", network="default", guest="eth0"),
        Interface(bridge="br0", guest="eth1", host_mac="00:18:51:00:00:01"),
        Interface(guest="eth2"),
    )
    assert [pair.network for pair in plain.interfaces] == [None, None, None]


def test_a_device_that_is_not_on_the_node_is_refused_before_anything_runs(directory, reconciler):
    (directory.net / "eth1").mkdir()

    with pytest.raises(errors.RefusedError, match="network device eth2 is not in"):
        reconciler.define(Domain("209", hostdevs=("eth1", "eth2")))

    assert directory.vzctl.runs == []


def test_a_device_inside_its_container_is_not_looked_for(directory, reconciler):
    directory.add("209", f'{MARKED}{CONF}NETDEV="eth1"\n')

    assert reconciler.plan(Domain("209", hostdevs=("eth1",))).calls == ()


def test_a_template_that_is_not_in_the_cache_is_a_warning(directory, reconciler):
    (directory.root / "template" / "cache" / "debian-12.tar.gz").touch()

    assert "template fedora is not in the cache" in reconciler.plan(Domain("209", template="fedora")).warnings[0]
    assert reconciler.plan(Domain("210", template="debian-12")).warnings == ()


def test_a_hint_that_the_network_overrules_is_one_warning_and_no_difference(directory, reconciler):
    directory.add_bridge("virbr0")
    netif = "ifname=eth0,bridge=virbr0,mac=00:18:51:00:00:01,host_ifname=veth209.0"
    directory.add("209", f'{MARKED}{CONF}NETIF="{netif}"\n')

    made = reconciler.plan(Domain("209", interfaces=(Interface(bridge="eth11", network="default"),)))

    assert made.calls == ()
    assert len(made.warnings) == 1
    assert "network default has bridge virbr0" in made.warnings[0] and "bridge='eth11'" in made.warnings[0]


# power and removal


@pytest.mark.parametrize(("verb", "before", "after"), [("start", "stopped", "running"), ("stop", "running", "stopped")])
def test_a_status_that_is_reached_is_believed(directory, reconciler, verb, before, after):
    directory.add("209", status=before)

    outcome = reconciler.run(getattr(power, verb)(reconciler.resolve("209")))

    assert outcome.changes == {"status": {"old": before, "new": after}}
    assert reconciler.resolve("209").status == after


def test_a_status_that_is_not_reached_is_an_error(directory, reconciler, monkeypatch):
    directory.add("209")
    monkeypatch.setattr(directory.vzctl, "_start", lambda *_: "")

    with pytest.raises(errors.NotTakenError, match="container 209 is stopped instead of running"):
        reconciler.run(power.start(reconciler.resolve("209")))


def test_a_destroyed_container_takes_its_dump_along(directory, reconciler):
    directory.add("209", status="suspended")
    directory.dump("209").write_text("")
    with pytest.raises(errors.RefusedError, match=r"suspended \(it has a dump\)"):
        reconciler.destroy_plan(reconciler.resolve("209"))

    reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), force=True))

    assert reconciler.look_up("209") is None
    assert not directory.dump("209").exists()


def test_a_protected_container_is_destroyed_only_by_force(directory, reconciler):
    directory.add(300)

    with pytest.raises(errors.RefusedError, match="300 is protected"):
        reconciler.destroy_plan(reconciler.resolve(300))


LIES = {"create": None, "start": "stopped", "stop": "running", "suspend": "running", "resume": "suspended"}
LIES |= {"restart": "running", "destroy": "stopped", "umount": "mounted"}


@pytest.mark.parametrize("verb", LIES)
def test_a_verb_that_reports_success_and_does_nothing_is_an_error_without_changes(
    directory, reconciler, monkeypatch, verb
):
    monkeypatch.setattr(directory.vzctl, f"_{verb}", lambda *_: "")
    if LIES[verb]:
        directory.add("209", MARKED + CONF, LIES[verb])
        directory.vzctl.uptimes["209"] = 3600
        live = reconciler.resolve("209")

    with pytest.raises(errors.NotTakenError, match=f"vzctl {verb} reported success") as caught:
        if verb == "create":
            reconciler.define(Domain("209", vcpu=2))
        elif verb in ("destroy", "umount"):
            reconciler.destroy(reconciler.destroy_plan(live, adopt=True))
        else:
            reconciler.run(getattr(power, verb)(live))

    assert caught.value.done is None
    assert reconciler.journal.steps() == {}


def test_what_came_before_a_verb_that_did_nothing_is_reported(directory, reconciler, monkeypatch):
    monkeypatch.setattr(directory.vzctl, "_destroy", lambda *_: "")
    directory.add("209", MARKED + CONF, "running")

    with pytest.raises(errors.NotTakenError) as caught:
        reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), force=True))

    assert done(caught.value) == {"209": {"container": {"old": "running", "new": "stopped"}}}


def test_a_set_by_hand_reports_its_own_keys_alone(directory, reconciler, monkeypatch):
    directory.add("209", MARKED + CONF)
    container = reconciler.resolve("209")

    def set_(ctid, options):
        directory.conf(ctid).write_text('CPUS="2"\nNUMPROC="9:9"\n' + directory.conf(ctid).read_text())

    monkeypatch.setattr(directory.vzctl, "_set", set_)
    outcome = reconciler.change(typed.settings(container, ["--cpus", "2"]), container)
    anything = reconciler.change(typed.settings(container, ["--applyconfig", "x"]), container)

    assert outcome.changes == {"CPUS": {"old": "", "new": "2"}}
    assert anything.changes == {}


def test_a_set_that_failed_reports_what_it_has_saved_anyway(directory, reconciler, monkeypatch):
    directory.add("209", MARKED + CONF)
    container = reconciler.resolve("209")

    def set_(ctid, options):
        directory.conf(ctid).write_text('CPUS="2"\n' + directory.conf(ctid).read_text())
        raise errors.VzctlError("vzctl set 209 ended with code 5", 5)

    monkeypatch.setattr(directory.vzctl, "_set", set_)
    with pytest.raises(errors.VzctlError) as caught:
        reconciler.change(typed.settings(container, ["--cpus", "2"]), container)

    assert done(caught.value) == {"209": {"CPUS": {"old": "", "new": "2"}}}


def test_what_is_left_of_a_destroyed_container_is_an_error(directory, reconciler, monkeypatch):
    directory.add("209")
    monkeypatch.setattr(directory.vzctl, "_destroy", lambda *_: "")

    with pytest.raises(errors.NotTakenError, match="vzctl destroy reported success, but container 209 is still there"):
        reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), adopt=True))


@pytest.mark.parametrize(
    ("template", "advice"),
    [
        ("debian-12-x86_64.tar.gz", "write it without .tar.gz: debian-12-x86_64"),
        ("debian-12-x86_64.tgz", "write it without .tgz: debian-12-x86_64"),
        ("debian-12", "did you mean debian-12-x86_64? Otherwise vzctl will try to download it"),
        ("debian-1", "vzctl will try to download it"),
        ("debain-12-x86_64", "did you mean debian-12-x86_64? Otherwise vzctl will try to download it"),
        ("Debian-12-x86_64", "did you mean debian-12-x86_64? Otherwise vzctl will try to download it"),
        ("debian-11-x86_64", "vzctl will try to download it"),
        ("centos-6-x86_64.tar.gz", "vzctl will try to download it"),
    ],
)
def test_a_template_that_is_not_in_the_cache_is_reported_by_its_name_there(directory, reconciler, template, advice):
    (directory.root / "template/cache/debian-12-x86_64.tar.gz").touch()

    made = reconciler.plan(Domain("209", template=template))

    assert f"template {template} is not in the cache of this node; {advice}" in made.warnings


def test_a_plan_is_made_for_the_vzctl_of_the_node(directory, reconciler):
    directory.add("209", MARKED + CONF)
    rows = {name: row for name, row in LEGACY.parameters.items() if name != "bootorder"}
    directory.vzctl.release = lambda: (replace(LEGACY, parameters=rows), "4.11.1")

    with pytest.raises(errors.DocumentError, match="bootorder: vzctl 4.11.1 has no parameter for it"):
        reconciler.define(Domain("209", bootorder=10))
    assert directory.vzctl.runs == []
