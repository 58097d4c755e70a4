"""The node's end of a veth is seen into its bridge."""

import pytest
from applying import VCPU, whole
from library import CONF, MARKED, call, done
from vzdomain import errors
from vzdomain.execution import apply
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import AddVeth, Bridge
from vzdomain.model.domain import Interface
from vzdomain.planning.changes import show

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
