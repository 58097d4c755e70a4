"""Doing what a plan says: what was really done is told, also when something fails halfway."""

import json
import os

import pytest
from library import CONF, MARKED, UUID, call, done, listed
from vzdomain import errors
from vzdomain.execution import apply, verifying
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import AddVeth, Assign, Bridge, Mark
from vzdomain.model.domain import Domain, Interface
from vzdomain.planning import plan
from vzdomain.planning.changes import show

MARK = Call(actions=(Mark("managed", uuid=UUID),), comments={"SALT-OPENVZ": "managed", "UUID": UUID})
VCPU = Call(("set", "209", "--cpus", "2", "--save"), (Assign("vcpu", None, 2),))
TEXT = Call(("set", "209", "--description", "d", "--save"), (Assign("description", None, "d"),))
CREATE = call("create", "209")


def whole(*steps, name="209"):
    return plan.Plan(name, "209", steps)


@pytest.fixture
def node(directory):
    directory.add("209")
    return directory.node()


def test_all_steps_are_done_in_order(directory, node, journal):
    outcome = apply.apply(whole(MARK, VCPU, TEXT), node, journal)

    assert directory.vzctl.runs == [VCPU.argv, TEXT.argv]
    assert directory.comments("209") == {"SALT-OPENVZ": "managed", "UUID": UUID}
    assert outcome.changes == {**show(MARK.actions), **show(VCPU.actions), **show(TEXT.actions)}


def test_what_was_read_before_is_forgotten(node, journal):
    assert node.container("209").domain.vcpu is None

    apply.apply(whole(VCPU), node, journal)

    assert node.container("209").domain.vcpu == 2


def test_complaints_of_vzctl_are_collected(directory, node, journal, monkeypatch):
    monkeypatch.setattr(directory.vzctl, "_set", lambda *_: "CT configuration saved\nWARNING: not all\n")

    assert apply.apply(whole(VCPU), node, journal).warnings == ["WARNING: not all"]


# failures


def test_a_failure_half_way_says_only_what_was_done(directory, node, journal):
    directory.vzctl.failures["set"] = errors.DiskFullError("vzctl set 209 ended with code 46: no space", 46)

    with pytest.raises(errors.DiskFullError) as caught:
        apply.apply(whole(MARK, VCPU, TEXT), node, journal)

    assert done(caught.value) == {"209": show(MARK.actions)}
    assert directory.vzctl.runs == [VCPU.argv]


def test_a_failure_at_once_has_done_nothing(directory, node, journal):
    directory.vzctl.failures["set"] = errors.VzctlError("code 3", 3)

    with pytest.raises(errors.VzctlError) as caught:
        apply.apply(whole(VCPU), node, journal)

    assert caught.value.done is None


def test_a_lock_on_the_file_stops_what_follows(directory, node, journal):
    directory.lock("209").write_text("1\n")

    with pytest.raises(errors.LockedError) as caught:
        apply.apply(whole(MARK, VCPU), node, journal, lock_timeout=0)

    assert caught.value.done is None
    assert directory.vzctl.runs == []


def test_a_failure_is_not_hidden_by_a_vzlist_that_fails_as_well(directory, node, journal):
    directory.vzctl.failures["set"] = errors.DiskFullError("no space", 46)
    directory.vzctl.failures["list"] = errors.CannotAskError("vzlist ended with code 1")

    with pytest.raises(errors.DiskFullError, match="^no space$"):
        apply.apply(whole(VCPU), node, journal)


# a running container


def shown(memory, swap, processors):
    """What vzlist shows of the kernel, in pages."""
    return json.dumps([listed("209", physpages=(0, memory), swappages=(0, swap), cpus=processors)], indent=2)


def fail_while_running(directory, said):
    """A set fails, and vzlist says this of the running container."""
    directory.vzctl.statuses["209"] = "running"
    directory.vzctl.failures["set"] = errors.VzctlError("vzctl set 209 ended with code 34: no address", 34)
    others = directory.vzctl.list

    directory.vzctl.list = lambda *argv: said if argv[-1] == "209" else others(*argv)


MEMORY = Call(
    ("set", "209", "--ram", "524288K", "--swap", "0K", "--cpus", "2", "--save"),
    (
        Assign("memory", 262144, 524288),
        Assign("swap", 524288, 0),
        Assign("vcpu", None, 2),
        Assign("description", None, "d"),
    ),
)


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        (shown(131072, 0, 2), "memory, swap, vcpu"),
        (shown(131072, 131072, 1), "memory"),
        (shown(65536, 131072, 2), "vcpu"),
    ],
)
def test_what_the_kernel_took_although_nothing_was_saved_is_reported(directory, node, journal, said, taken):
    fail_while_running(directory, said)

    with pytest.raises(errors.VzctlError, match=f"not saved: {taken}$") as caught:
        apply.apply(whole(MEMORY), node, journal)

    assert str(caught.value).startswith("vzctl set 209 ended with code 34: no address; applied to the running")
    assert (caught.value.rc, caught.value.done) == (34, None)


@pytest.mark.parametrize("said", [shown(65536, 131072, 1), shown(65536, 131072, 0), "[]\n", "", "x\n"])
def test_what_the_kernel_did_not_take_is_not_told(directory, node, journal, said):
    fail_while_running(directory, said)

    with pytest.raises(errors.VzctlError, match="no address$"):
        apply.apply(whole(MEMORY), node, journal)


def test_of_a_stopped_container_the_kernel_is_not_asked(directory, node, journal):
    fail_while_running(directory, shown(131072, 0, 2))
    directory.vzctl.statuses["209"] = "stopped"

    with pytest.raises(errors.VzctlError, match="no address$"):
        apply.apply(whole(MEMORY), node, journal)


def test_a_vzctl_that_hangs_is_not_asked_again(directory, node, journal):
    directory.vzctl.statuses["209"] = "running"
    directory.vzctl.failures["set"] = errors.CommandTimeoutError("vzctl set 209 did not end")

    with pytest.raises(errors.CommandTimeoutError, match="did not end$"):
        apply.apply(whole(MEMORY), node, journal)

    assert directory.vzctl.lists == []


# the node's end of a veth

VETH = Call(
    ("set", "209", "--netif_add", "eth0,,,,br0", "--save"),
    (AddVeth(Interface(bridge="br0", guest="eth0"), "veth209.0", is_running=True),),
    attach=(("eth0", "br0"),),
)
SAVED = 'NETIF="ifname=eth0,bridge=br0,mac=02:00:00:00:00:01,host_ifname=veth209.0,host_mac=FE:FF:FF:FF:FF:FF"\n'
AGAIN = (
    "set", "209", "--netif_add", "eth0,02:00:00:00:00:01,veth209.0,FE:FF:FF:FF:FF:FF,br0", "--save"
)  # fmt: skip
IP = ("ip", "link", "set", "dev", "veth209.0", "master", "br0")


@pytest.fixture
def paired(directory, node):
    """Container 209 with a pair, on a node with its bridge, which holds nothing, and a bridge script."""
    directory.add("209", MARKED + SAVED + CONF, status="running")
    directory.add_bridge("br0")
    (directory.net / "veth209.0").mkdir()
    (directory.etc / "vznet.conf").write_text('EXTERNAL_SCRIPT="/usr/sbin/vznetaddbr"\n')
    directory.vzctl.deaf.add("--netif_add")  # it is in the file already
    return directory


def test_a_veth_that_its_bridge_holds_is_left_alone(directory, node, journal):
    directory.add_bridge("br0", "veth209.0")

    apply.apply(whole(VETH), node, journal)

    assert directory.vzctl.runs == [VETH.argv]


def test_a_veth_that_its_bridge_does_not_hold_is_named_once_more_with_all_of_it(paired, node, journal, monkeypatch):
    monkeypatch.setattr(paired.vzctl, "_set", Bridging(paired))

    apply.apply(whole(VETH), node, journal)

    assert [run for run in paired.vzctl.runs if run[0] != "status"] == [VETH.argv, AGAIN]


class Bridging:
    """A ``set`` whose second call finds the file that the first one saved."""

    def __init__(self, directory):
        self.directory, self.plain = directory, directory.vzctl._set

    def __call__(self, ctid, options):
        if self.directory.vzctl.runs[-1] == AGAIN:
            (self.directory.net / "br0" / "brif" / "veth209.0").touch()
        return self.plain(ctid, options)


def test_a_veth_that_no_script_puts_into_its_bridge_is_put_there_by_ip(paired, node, journal):
    (paired.etc / "vznet.conf").unlink()
    paired.vzctl.links = lambda device, bridge: (paired.net / bridge / "brif" / device).touch()

    apply.apply(whole(VETH), node, journal)

    assert [run for run in paired.vzctl.runs if run[0] != "status"] == [VETH.argv, IP]


def test_a_veth_that_its_bridge_never_holds_is_an_error(paired, node, journal):
    with pytest.raises(errors.NotTakenError, match=r"ip put veth209.0 .* br0 does not hold it; .* EXTERNAL") as caught:
        apply.apply(whole(VETH, VCPU), node, journal)

    assert done(caught.value) == {"209": show(VETH.actions)}
    assert [run for run in paired.vzctl.runs if run[0] != "status"] == [VETH.argv, AGAIN, IP]


MOVE = Call(IP[1:], (Bridge("eth0", "veth209.0", "br7", "br0"),))
DELIF, ADDIF = ("brctl", "delif", "br7", "veth209.0"), ("brctl", "addif", "br0", "veth209.0")
IP_FAILS = [
    errors.LinkError('ip link set dev veth209.0 master br0 ended with code 255: Error: "master" is a garbage.'),
    errors.MissingProgramError("ip cannot be run: No such file or directory"),
]
BRCTL_FAILS = [
    errors.LinkError("brctl br0 veth209.0 ended with code 1: no"),
    errors.MissingProgramError("brctl cannot be run: No such file or directory"),
    errors.CommandTimeoutError("brctl br0 did not finish within 300 seconds"),
]


@pytest.fixture
def old_node(paired):
    """br7 holds the pair of `paired`, and brctl works."""
    paired.add_bridge("br7", "veth209.0")
    paired.vzctl.links = lambda device, bridge: (paired.net / bridge / "brif" / device).touch()
    paired.vzctl.unlinks = lambda device, bridge: (paired.net / bridge / "brif" / device).unlink()
    return paired


@pytest.mark.parametrize("failure", [errors.LinkError("ip failed"), errors.MissingProgramError("no ip")])
@pytest.mark.parametrize("held", [True, False])
def test_where_ip_fails_brctl_moves_the_pair(old_node, node, journal, failure, held):
    old_node.vzctl.failures["ip"] = failure
    if not held:
        (old_node.net / "br7/brif/veth209.0").unlink()

    done = apply.apply(whole(MOVE), node, journal)

    assert done.changes == show(MOVE.actions)
    assert old_node.vzctl.runs == ([IP, DELIF, ADDIF] if held else [IP, ADDIF])
    assert (node.bridge_holds("br7", "veth209.0"), node.bridge_holds("br0", "veth209.0")) == (False, True)


def test_an_ip_that_fails_after_it_has_moved_the_pair_is_followed_by_nothing(old_node, node, journal, monkeypatch):
    def late(*argv):
        (old_node.net / "br7/brif/veth209.0").rename(old_node.net / "br0/brif/veth209.0")
        raise errors.LinkError("ip failed")

    monkeypatch.setattr(old_node.vzctl, "link", late)

    assert apply.apply(whole(MOVE), node, journal).changes == show(MOVE.actions)
    assert old_node.vzctl.runs == []


@pytest.mark.parametrize("at", ["delif", "addif"])
@pytest.mark.parametrize("second", BRCTL_FAILS, ids=lambda err: type(err).__name__)
@pytest.mark.parametrize("first", IP_FAILS, ids=lambda err: type(err).__name__)
def test_where_brctl_fails_too_the_error_says_where_the_pair_is_and_what_to_type(
    old_node, node, journal, first, second, at
):
    first, second = type(first)(str(first)), type(second)(str(second))
    old_node.vzctl.failures |= {"ip": first, at: second}
    said = f"{first}; {second}; "

    with pytest.raises(type(first)) as caught:
        apply.apply(whole(MOVE), node, journal)

    by_hand = "the file of container 209 already names br0, by hand: "
    assert str(caught.value) == said + (
        f"veth209.0 is in br7; {by_hand}brctl delif br7 veth209.0 && brctl addif br0 veth209.0"
        if at == "delif"
        else "veth209.0 was taken out of br7 and is in no bridge now, and the next run tries again; "
        f"{by_hand}brctl addif br0 veth209.0"
    )
    assert caught.value.done is None


@pytest.mark.parametrize("held", ["br7", "br0"])
def test_an_ip_that_hangs_is_not_followed_by_brctl(old_node, node, journal, held):
    (old_node.net / "br7/brif/veth209.0").rename(old_node.net / held / "brif/veth209.0")
    old_node.vzctl.failures["ip"] = errors.CommandTimeoutError("ip link set did not finish within 300 seconds")

    with pytest.raises(errors.CommandTimeoutError, match="^ip link set did not finish within 300 seconds; ") as caught:
        apply.apply(whole(MOVE), node, journal)

    by_hand = "by hand: brctl delif br7 veth209.0 && brctl addif br0 veth209.0"
    assert str(caught.value).endswith(by_hand if held == "br7" else "already names br0, and veth209.0 is there")
    assert old_node.vzctl.runs == [IP]


@pytest.mark.parametrize("verb", ["start", "restart", "resume"])
def test_a_started_container_is_seen_into_its_bridges(paired, node, journal, verb):
    paired.vzctl.links = lambda device, bridge: (paired.net / bridge / "brif" / device).touch()

    apply.apply(whole(call(verb, "209")), node, journal)

    assert [run for run in paired.vzctl.runs if run[0] != "status"] == [(verb, "209"), IP]


def test_a_started_container_that_is_in_no_bridge_is_an_error_and_was_started(paired, node, journal):
    step = call("start", "209")

    with pytest.raises(errors.NotTakenError, match="^container 209 runs, but not all of its interfaces are") as caught:
        apply.apply(whole(step), node, journal)

    assert done(caught.value) == {"209": show(step.actions)}


@pytest.mark.parametrize(("line", "found"), [("br9", "bridge br9, which is not on this node"), ("ovs0", None)])
def test_of_a_bridge_that_is_not_there_a_start_tells_and_of_one_of_others_it_does_not(
    paired, node, journal, line, found
):
    paired.conf("209").write_text(MARKED + SAVED.replace("br0", line) + CONF)
    (paired.net / "ovs0").mkdir()

    if found is None:
        apply.apply(whole(call("start", "209")), node, journal)
    else:
        with pytest.raises(errors.BridgeMissingError, match=found):
            apply.apply(whole(call("start", "209")), node, journal)

    assert IP not in paired.vzctl.runs


def test_a_veth_that_was_not_saved_is_left_to_the_second_look(directory, node, journal):
    directory.vzctl.deaf.add("--netif_add")
    directory.add_bridge("br0")

    apply.apply(whole(VETH), node, journal)

    assert directory.vzctl.runs == [VETH.argv]


# notes


def test_each_step_is_in_flight_while_it_is_done(directory, node, journal):
    seen = []
    run = directory.vzctl._set
    directory.vzctl._set = lambda *argv: seen.append(journal.step("209").command[1:]) or run(*argv)

    apply.apply(whole(MARK, VCPU, TEXT), node, journal)

    assert seen == [VCPU.argv, TEXT.argv]
    assert journal.steps() == {}


def test_a_failure_that_was_reported_is_not_an_interrupted_step_any_more(directory, node, journal):
    directory.vzctl.failures["set"] = errors.DiskFullError("no space", 46)

    with pytest.raises(errors.DiskFullError):
        apply.apply(whole(VCPU), node, journal)

    assert journal.steps() == {}


def test_what_ends_the_process_leaves_the_step_in_flight(directory, node, journal):
    directory.vzctl.failures["set"] = KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        apply.apply(whole(VCPU, TEXT), node, journal)

    assert journal.step("209").command == VCPU.command


def test_a_plan_without_steps_writes_nothing(directory, node, journal):
    apply.apply(whole(), node, journal)

    assert not os.path.exists(journal.directory)


def test_a_creation_is_noted_until_the_mark_is_written(directory, journal):
    noted = []
    create = directory.vzctl._create
    directory.vzctl._create = lambda *argv: noted.append(journal.has("209", "web")) or create(*argv)

    apply.apply(whole(CREATE, MARK, name="web"), directory.node(), journal)

    assert noted == [True]
    assert journal.ctids() == []


def test_a_creation_without_a_mark_to_come_is_the_callers_and_leaves_no_note(directory, journal):
    apply.apply(whole(CREATE, name="web"), directory.node(), journal)

    assert journal.ctids() == []


@pytest.mark.parametrize(
    "failure",
    [
        errors.TemplateMissingError("vzctl create 209 ended with code 91", 91),
        errors.MissingProgramError("vzctl cannot be run"),
        errors.CommandTimeoutError("vzctl create 209 did not end"),
    ],
)
def test_a_creation_that_left_nothing_leaves_no_note(directory, journal, failure):
    directory.vzctl.failures["create"] = failure

    with pytest.raises(type(failure)):
        apply.apply(whole(CREATE, MARK), directory.node(), journal)

    assert journal.ctids() == []


@pytest.mark.parametrize("area", [False, True])
@pytest.mark.parametrize(
    "failure",
    [
        errors.CommandTimeoutError("vzctl create 209 did not end"),
        errors.VzctlError("vzctl create 209 ended with code -9: no message", -9),
    ],
)
def test_a_creation_that_left_something_stays_noted(directory, journal, failure, area):
    directory.vzctl.failures["create"] = failure
    directory.conf("209").write_text(CONF)
    if area:
        directory.private("209").mkdir()

    with pytest.raises(type(failure)):
        apply.apply(whole(CREATE, MARK), directory.node(), journal)

    assert journal.has("209", "209")


def test_what_somebody_else_created_is_not_noted_as_ours(directory, journal):
    directory.add("209")

    with pytest.raises(errors.PrivateAreaExistsError):
        apply.apply(whole(CREATE, MARK), directory.node(), journal)

    assert journal.ctids() == []


@pytest.mark.parametrize(
    ("argv", "text", "seconds"),
    [
        (("stop", "209"), "", 120),
        (("stop", "209"), 'STOP_TIMEOUT="7"\n', 7),
        (("restart", "209"), 'STOP_TIMEOUT="7"\n', 7),
        (("start", "209"), 'STOP_TIMEOUT="7"\n', 0),
    ],
)
def test_stopping_is_given_the_containers_own_time(directory, node, journal, argv, text, seconds):
    directory.add("209", CONF + text)

    apply.apply(whole(call(*argv)), node, journal)

    assert directory.vzctl.limits[0] == seconds


# looking again


def applied(desired, node, journal):
    made = plan.make(desired, node.container("209"), "209")
    outcome = apply.apply(made, node, journal)
    verifying.verify(desired, outcome, node, made, plan.Context())
    return outcome


def test_a_change_that_was_taken_is_believed(directory, node, journal):
    directory.add("209", MARKED + CONF)

    assert set(applied(Domain("209", vcpu=2), node, journal).changes) == {"vcpu"}


@pytest.mark.parametrize("line", ['  CPUS="1"\n', "\tCPUS=1\n"])
def test_an_indented_key_is_a_field_that_was_not_taken(directory, node, journal, line):
    """vzctl appends the new line, and reads the old one first."""
    directory.add("209", MARKED + line + CONF)
    directory.vzctl.deaf.add("--cpus")

    with pytest.raises(errors.NotTakenError) as caught:
        applied(Domain("209", vcpu=2, description="d"), node, journal)

    assert (
        f"container 209 still differs in: vcpu; look for an indented or duplicate key in {directory.conf(209)}"
        in str(caught.value)
    )
    assert done(caught.value) == {"209": {"description": {"old": None, "new": "d"}}}


def test_an_interface_that_was_not_taken_is_named(directory, node, journal):
    directory.add("209", MARKED + CONF, status="running")
    directory.vzctl.deaf.add("--netif_add")

    with pytest.raises(
        errors.NotTakenError, match="other interfaces than planned: there is no interface eth0;"
    ) as caught:
        applied(Domain("209", interfaces=(Interface(bridge="br0"),)), node, journal)

    assert caught.value.done is None


def test_a_second_look_that_fails_keeps_what_was_done(directory, node, journal):
    directory.add("209", MARKED + CONF)
    made = plan.make(Domain("209", vcpu=2), node.container("209"), "209")
    outcome = apply.apply(made, node, journal)
    directory.conf("209").unlink()
    directory.conf("209").mkdir()

    with pytest.raises(errors.CannotAskError) as caught:
        verifying.verify(Domain("209", vcpu=2), outcome, node, made, plan.Context())

    assert done(caught.value) == {"209": {"vcpu": {"old": None, "new": 2}}}
