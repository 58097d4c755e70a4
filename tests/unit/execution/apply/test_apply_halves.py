"""Calls that fail and have saved all the same: what was done is read, and never believed."""

import re
from dataclasses import replace

import pytest
from applying import whole
from library import done
from vzdomain import errors
from vzdomain.execution import apply
from vzdomain.flavours import LEGACY
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import AddVeth, Assign, PassThrough, Rename, Start, Stop
from vzdomain.model.domain import Interface

HALVES = replace(LEGACY, not_applied={146: ("cpumask",), 255: ("memory", "swap"), 3: ("hostdevs",)})
BOTH = Call(
    ("set", "209", "--cpumask", "50", "--cpus", "2", "--save"),
    (Assign("vcpu", None, 2, disruption="live"), Assign("cpumask", None, "50", disruption="live")),
)


class Half:
    """vzctl of a family that saves what it could not apply: it writes these lines and fails."""

    def __init__(self, directory, rc, lines, status="running", link=None):
        self.directory, self.vzctl, self.rc, self.lines, self.link = directory, directory.vzctl, rc, lines, link
        self.vzctl.flavour, self.vzctl.release = HALVES, lambda: (HALVES, "9.0.1")
        self.vzctl.statuses["209"] = status
        self.vzctl._set, self.vzctl._start, self.vzctl._stop = self, self, self
        directory.add("209", status=status)

    def __call__(self, ctid, _):
        path = self.directory.conf(ctid)
        path.write_text(self.lines + path.read_text())
        if self.link:
            self.directory.link(self.link, ctid)
        raise errors.VzctlError(f"vzctl set {ctid} ended with code {self.rc}: out of range", self.rc)


def failed(directory, journal, call):
    with pytest.raises(errors.OpenVZError) as caught:
        apply.apply(whole(call), directory.node(), journal)
    return caught.value


def waiting(directory, journal):
    return journal.pending("209", lambda: directory.node().uptime("209"))


@pytest.fixture(autouse=True)
def since_long(directory):
    directory.vzctl.uptimes["209"] = 1000


def test_what_was_saved_though_it_failed_is_in_the_changes_and_waits_for_a_restart(directory, journal):
    Half(directory, 146, 'CPUS="2"\nCPUMASK="50"\n')

    err = failed(directory, journal, BOTH)

    assert str(err) == (
        "vzctl set 209 ended with code 146: out of range; saved all the same: vcpu, cpumask; "
        "not in effect before a restart: cpumask"
    )
    assert done(err) == {"209": {"vcpu": {"old": None, "new": 2}, "cpumask": {"old": None, "new": "50"}}}
    assert waiting(directory, journal) == ("cpumask",)


def test_what_an_unknown_code_has_not_applied_is_looked_for_in_the_kernel_and_else_waits(directory, journal):
    Half(directory, 77, 'CPUS="2"\nCPUMASK="50"\n')

    err = failed(directory, journal, BOTH)

    assert str(err).endswith("saved all the same: vcpu, cpumask; not in effect before a restart: vcpu, cpumask")


def test_of_a_stopped_container_nothing_waits(directory, journal):
    Half(directory, 146, 'CPUS="2"\nCPUMASK="50"\n', status="stopped")

    err = failed(directory, journal, BOTH)

    assert str(err).endswith("out of range; saved all the same: vcpu, cpumask")
    assert waiting(directory, journal) == ()


@pytest.mark.parametrize(
    ("action", "lines", "is_saved"),
    [
        (PassThrough("hostdevs", (), ("eth1",)), 'NETDEV="eth1"\n', True),
        (PassThrough("hostdevs", (), ("eth1",)), 'NETDEV="eth2"\n', False),
        (AddVeth(Interface(bridge="br0", guest="eth0"), "veth209.0"), 'NETIF="ifname=eth0,bridge=br0"\n', True),
        (AddVeth(Interface(bridge="br0", guest="eth0"), "veth209.0"), 'NETIF="ifname=eth0,bridge=br1"\n', False),
        (AddVeth(Interface(bridge="br0", guest="eth0"), "veth209.0"), "", False),
    ],
)
def test_only_what_the_file_has_counts_as_saved(directory, journal, action, lines, is_saved):
    Half(directory, 3, lines)

    err = failed(directory, journal, Call(("set", "209", "--save"), (action,)))

    assert bool(err.done) == is_saved
    assert ("saved all the same" in str(err)) == is_saved


def test_a_new_name_stays_when_what_comes_with_it_fails(directory, journal):
    Half(directory, 146, 'NAME="w9"\n', link="w9")

    err = failed(directory, journal, Call(("set", "209", "--name", "w9", "--save"), (Rename(None, "w9"),)))

    assert done(err) == {"209": {"name": {"old": None, "new": "w9"}}}


def test_a_code_that_only_says_that_something_waits_is_no_failure(directory, journal):
    Half(directory, 32, 'FEATURES="nfs:on"\n')
    action = Assign("features", None, (("nfs", "on"),), is_pending=True)
    call = Call(("set", "209", "--features", "nfs:on", "--save"), (action,), pending=("features",), saves=(32, 67))

    outcome = apply.apply(whole(call), directory.node(), journal)

    assert outcome.changes == {"features": {"old": None, "new": {"nfs": "on"}}}
    assert waiting(directory, journal) == ("features",)


def test_such_a_code_is_a_failure_where_the_file_has_nothing_of_it(directory, journal):
    Half(directory, 32, "")
    action = Assign("features", None, (("nfs", "on"),), is_pending=True)
    call = Call(("set", "209", "--features", "nfs:on", "--save"), (action,), pending=("features",), saves=(32, 67))

    err = failed(directory, journal, call)

    assert (err.rc, err.done, waiting(directory, journal)) == (32, None, ())


def test_a_set_of_a_container_that_is_gone_is_not_run_since_it_would_make_a_file(directory, journal):
    directory.add("209")
    node = directory.node()
    assert node.container("209")
    directory.remove("209")

    with pytest.raises(errors.GoneError, match="container 209 was removed by someone else"):
        apply.apply(whole(BOTH), node, journal)

    assert directory.vzctl.runs == []
    assert not directory.conf("209").exists()


def test_a_stop_of_a_container_that_is_gone_is_not_believed(directory, journal, monkeypatch):
    directory.add("209", status="running")
    monkeypatch.setattr(directory.vzctl, "_stop", lambda ctid, _: directory.remove(ctid))

    err = failed(directory, journal, Call(("stop", "209"), (Stop("running"),)))

    assert (type(err), err.done) == (errors.GoneError, None)


def test_a_start_that_failed_and_runs_all_the_same_is_in_the_changes(directory, journal):
    half = Half(directory, 79, "", status="stopped")

    def start(ctid, options):
        directory.vzctl.statuses[ctid] = "running"
        half(ctid, options)

    directory.vzctl._start = start

    assert done(failed(directory, journal, Call(("start", "209"), (Start("stopped"),)))) == {
        "209": {"status": {"old": "stopped", "new": "running"}}
    }


def test_chatter_of_a_family_is_no_warning(directory, journal, monkeypatch):
    directory.add("209")
    directory.vzctl.flavour = replace(HALVES, chatter=re.compile("WARNING: Use of swap"))
    said = "WARNING: Use of swap significantly slows down the node.\nWARNING: not all\n"
    monkeypatch.setattr(directory.vzctl, "_set", lambda *_: said)
    call = Call(("set", "209", "--description", "d", "--save"), (Assign("description", None, "d"),))

    assert apply.apply(whole(call), directory.node(), journal).warnings == ["WARNING: not all"]


def test_a_field_that_is_set_again_and_applied_waits_no_longer(directory, journal):
    Half(directory, 146, 'CPUS="2"\nCPUMASK="50"\n')
    failed(directory, journal, BOTH)
    journal.wait_for_restart("209", ["cpumask", "features"])
    directory.vzctl._set = lambda *_: ""

    again = Call(("set", "209", "--cpumask", "0", "--save"), (Assign("cpumask", "50", "0", disruption="live"),))
    apply.apply(whole(again), directory.node(), journal)

    assert waiting(directory, journal) == ("features",)
