"""
Laws of veth pairs: whatever a document says of them, what it does not say stays.

Random live interfaces and random documents; the planned calls are done to a model of what recorded runs of vzctl 4.11
show of ``--netif_add``, ``--netif_del`` and ``--ifname``, and of a bridge that takes no device of another.
"""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from library import argv_of, container, domain
from vzdomain.errors import RefusedError
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import netif
from vzdomain.model.domain import Interface
from vzdomain.planning import plan

CTID = "209"
MADE_UP = {"mac": "00:18:51:aa:00:0", "host_mac": "00:18:51:bb:00:0"}  # vzctl's own: the same for a device every time
OPTIONS = {
    "--mac": "mac", "--host_mac": "host_mac", "--host_ifname": "target", "--bridge": "bridge",
    "--mac_filter": "mac_filter",
}  # fmt: skip
ATTRIBUTES = ("bridge", "mac", "target", "host_mac")


def made_up(name, guest):
    return f"{MADE_UP[name]}{guest[-1]}"


class Model:
    """Container 209 with these interfaces; `held` is the kernel's side: device of the node -> bridge."""

    def __init__(self, found, running, held):
        self.pairs = {one.guest: one for one in found}
        self.running, self.held = running, dict(held)

    def do(self, argv):
        if argv[0] == "ip":
            assert argv[:4] == ("ip", "link", "set", "dev") and argv[5] == "master"
            assert self.running and argv[4] in self.held
            self.held[argv[4]] = argv[6]
            return
        assert argv[:2] == ("set", "209") and argv[-1] == "--save"
        words = list(zip(argv[2:-1:2], argv[3:-1:2], strict=True))
        self.pairs = {guest: self._completed(one) for guest, one in self.pairs.items()}
        deleted = {value for option, value in words if option == "--netif_del"}
        for guest in deleted:
            self.held.pop(self.pairs.pop(guest).target, None)
        for value in (value for option, value in words if option == "--netif_add"):
            assert value.partition(",")[0] not in deleted  # vzctl loses it
            self._add(value)
        self._by_name([word for word in words if word[0] in ("--ifname", *OPTIONS)])

    def _completed(self, one):
        """As vzctl reads a line: a MAC that is missing is made up, and one MAC stands for both ends."""
        mac = one.mac or made_up("mac", one.guest)
        return replace(one, mac=mac, host_mac=one.host_mac or mac, target=one.target or f"veth{CTID}.{one.guest[-1]}")

    def _add(self, value):
        """Recorded: no MAC survives that is not given, a bridge does; the name on the node is vzctl's own (assumed)."""
        guest, mac, target, host_mac, bridge = (value.split(",") + [""] * 4)[:5]
        known = self.pairs.get(guest, Interface(guest=guest))
        new = replace(
            known,
            mac=mac.lower() or made_up("mac", guest),
            target=target or f"veth{CTID}.{guest[-1]}",
            host_mac=host_mac.lower() or made_up("host_mac", guest),
            bridge=bridge or known.bridge,
        )
        if self.running and guest in self.pairs:
            assert (new.mac, new.host_mac, new.target) == (known.mac, known.host_mac, known.target)
        if self.running:
            self.held.setdefault(new.target, new.bridge)  # that of another bridge is refused by the script
        self.pairs[guest] = new

    def _by_name(self, words):
        """``--ifname``: one device in a call, and nothing of it that is not named."""
        named = [value for option, value in words if option == "--ifname"]
        assert len(named) <= 1 and bool(named) == bool(words)
        for option, value in words:
            if option in OPTIONS:
                assert not self.running or option == "--mac_filter"
                text = value == "on" if option == "--mac_filter" else value.lower() if "mac" in option else value
                self.pairs[named[0]] = replace(self.pairs[named[0]], **{OPTIONS[option]: text})


bridges = st.sampled_from(["br0", "br1", "br2", None])


@st.composite
def live_interfaces(draw):
    """What a file may have: with and without each of the attributes."""
    return tuple(
        Interface(
            guest=f"eth{at}",
            bridge=draw(bridges),
            mac=draw(st.sampled_from([f"02:00:00:00:00:{at:02x}"] * 4 + [None])),
            target=draw(st.sampled_from([f"veth{CTID}.{at}", f"out{at}", None])),
            host_mac=draw(st.sampled_from([f"02:00:00:00:01:{at:02x}", "fe:ff:ff:ff:ff:ff", None])),
            mac_filter=draw(st.sampled_from([None, True, False])),
        )
        for at in range(draw(st.integers(0, 3)))
    )


@st.composite
def said_interfaces(draw):
    """Interfaces of a document, each with its guest device, so that it is known which is meant."""
    guests = draw(st.lists(st.sampled_from([f"eth{at}" for at in range(4)]), unique=True, min_size=1))
    return tuple(
        Interface(
            guest=guest,
            bridge=draw(bridges),
            mac=draw(st.sampled_from([None, None, f"02:00:00:00:02:0{guest[-1]}"])),
            target=draw(st.sampled_from([None, None, f"new{guest[-1]}"])),
            host_mac=draw(st.sampled_from([None, None, f"02:00:00:00:03:0{guest[-1]}"])),
            mac_filter=draw(st.sampled_from([None, None, True, False])),
        )
        for guest in guests
    )


@given(live_interfaces(), said_interfaces(), st.booleans(), st.lists(bridges, min_size=4, max_size=4))
def test_what_a_document_says_comes_and_what_it_does_not_say_stays(found, said, running, holders):
    held = {netif.target(CTID, one): holders[at] for at, one in enumerate(found) if one.bridge} if running else {}
    live = container(interfaces=found, status="running" if running else "stopped")
    model = Model(found, running, held)
    given_ = plan.Context(LEGACY, held=held)
    try:
        made = plan.make(domain(interfaces=said), live, CTID, given_)
    except RefusedError as err:
        assert running or "no MAC in its configuration file" in str(err) or "would have the same" in str(err)
        assume(False)

    for step in made.calls:
        model.do(argv_of(step))

    known = {one.guest: model._completed(one) for one in found}
    assert model.pairs.keys() == {one.guest for one in said}
    for one in said:
        now, before = model._completed(model.pairs[one.guest]), known.get(one.guest)
        for name in ATTRIBUTES:
            wanted = getattr(one, name)
            if wanted or name == "bridge":
                assert getattr(now, name) == wanted, name
            elif before:
                assert getattr(now, name) == getattr(before, name), name
        if before or one.mac_filter is not None:
            wanted = before.mac_filter if one.mac_filter is None else one.mac_filter
            assert (now.mac_filter is False) == (wanted is False)
        if running and now.bridge:
            assert model.held[now.target] == now.bridge
    if made.interfaces is not None:
        whole = {one.guest: model._completed(one) for one in model.pairs.values()}
        for one in made.interfaces:
            assert all(getattr(one, name) in (None, getattr(whole[one.guest], name)) for name in ATTRIBUTES)
    after = replace(live, domain=replace(live.domain, interfaces=tuple(model.pairs.values())))
    assert plan.make(domain(interfaces=said), after, CTID, plan.Context(LEGACY, held=model.held)).calls == ()


# golden plans: document and container, and the calls

ETH0 = Interface(guest="eth0", bridge="br0", mac="02:45:b4:0e:96:99", target="veth209.0", host_mac="fe:ff:ff:ff:ff:ff")
ETH1 = Interface(guest="eth1", bridge="br1", mac="02:45:b4:0e:96:9a", target="out1", host_mac="02:45:b4:0e:96:9b")
BARE = Interface(guest="eth0", bridge="br0")
WHOLE = "eth0,02:45:B4:0E:96:99,veth209.0,FE:FF:FF:FF:FF:FF"
WHOLE1 = "eth1,02:45:B4:0E:96:9A,out1,02:45:B4:0E:96:9B"


def in_bridge(bridge, **said):
    return Interface(guest=said.pop("guest", "eth0"), bridge=bridge, **said)


def ip(device, bridge):
    return ("ip", "link", "set", "dev", device, "master", bridge)


GOLDEN = {
    "stopped, another bridge": ((ETH0,), "stopped", (in_bridge("br1"),), [("--netif_add", f"{WHOLE},br1")]),
    "running, another bridge": (
        (ETH0,), "running", (in_bridge("br1"),),
        [("--netif_add", f"{WHOLE},br1"), ip("veth209.0", "br1")],
    ),
    "running, its own mac said": (
        (ETH0,), "running", (in_bridge("br1", mac=ETH0.mac),),
        [("--netif_add", f"{WHOLE},br1"), ip("veth209.0", "br1")],
    ),
    "running, two at once": (
        (ETH0, ETH1), "running", (in_bridge("br1"), in_bridge("br0", guest="eth1")),
        [
            ("--netif_add", f"{WHOLE},br1", "--netif_add", f"{WHOLE1},br0"),
            ip("veth209.0", "br1"), ip("out1", "br0"),
        ],
    ),
    "stopped, another mac": (
        (ETH0,), "stopped", (in_bridge("br0", mac="02:00:00:00:00:09"),),
        [("--netif_add", "eth0,02:00:00:00:00:09,veth209.0,FE:FF:FF:FF:FF:FF,br0")],
    ),
    "stopped, another device on the node": (
        (ETH0,), "stopped", (in_bridge("br0", target="out0"),),
        [("--netif_add", "eth0,02:45:B4:0E:96:99,out0,FE:FF:FF:FF:FF:FF,br0")],
    ),
    "running, into its first bridge": (
        (replace(ETH0, bridge=None),), "running", (in_bridge("br0"),),
        [("--netif_add", f"{WHOLE},br0"), ip("veth209.0", "br0")],
    ),
    "stopped, the file has one MAC for both ends": (
        (replace(ETH0, host_mac=None, target=None),), "stopped", (in_bridge("br1"),),
        [("--netif_add", "eth0,02:45:B4:0E:96:99,veth209.0,02:45:B4:0E:96:99,br1")],
    ),
    "stopped, the file has no MAC": (
        (BARE,), "stopped", (in_bridge("br1"),), [("--ifname", "eth0", "--bridge", "br1")],
    ),
    "stopped, two files' lines without MAC": (
        (BARE, replace(BARE, guest="eth1")), "stopped", (in_bridge("br1"), in_bridge("br2", guest="eth1")),
        [("--ifname", "eth0", "--bridge", "br1"), ("--ifname", "eth1", "--bridge", "br2")],
    ),
    "running, out of its bridge": (
        (ETH0, ETH1), "running", (in_bridge(None), in_bridge("br1", guest="eth1")),
        [("--netif_del", "eth0"), ("--netif_add", WHOLE)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GOLDEN)
def test_a_plan_names_all_of_an_interface_that_changes(case):
    found, status, said, calls = GOLDEN[case]

    made = plan.make(domain(interfaces=said), container(interfaces=found, status=status), CTID, plan.Context(LEGACY))

    argvs = [call if call[0] == "ip" else ("set", "209", *call, "--save") for call in calls]
    assert [argv_of(step) for step in made.calls] == argvs


def test_a_running_interface_without_a_mac_in_its_file_is_not_changed():
    live = container(interfaces=(BARE,), status="running")

    with pytest.raises(RefusedError, match="interface eth0 of container 209 has no MAC in its configuration file"):
        plan.make(domain(interfaces=(in_bridge("br1"),)), live, CTID, plan.Context(LEGACY))


@pytest.mark.parametrize(
    ("holder", "steps"),
    [("br0", []), ("br1", [ip("veth209.0", "br0")]), (None, [ip("veth209.0", "br0")])],
)
def test_a_running_pair_that_its_bridge_does_not_hold_is_put_there(holder, steps):
    live = container(interfaces=(ETH0,), status="running")

    made = plan.make(
        domain(interfaces=(in_bridge("br0"),)), live, CTID, plan.Context(LEGACY, held={"veth209.0": holder})
    )

    assert [argv_of(step) for step in made.calls] == steps
    assert made.changes == ({"bridge eth0": {"old": holder, "new": "br0"}} if steps else {})
    assert made.disruption == ("network" if steps else "none")


def test_nobody_is_moved_by_ip_into_a_bridge_that_is_not_the_kernels_own():
    live = container(interfaces=(ETH0,), status="running")
    given_ = plan.Context(LEGACY, held={"veth209.0": "br0"}, foreign=frozenset({"ovsbr0"}))

    made = plan.make(domain(interfaces=(in_bridge("ovsbr0"),)), live, CTID, given_)

    assert [argv_of(step)[0] for step in made.calls] == ["set"]
