"""
Which interface is which: a law for documents that follow one another on one container of a simulated node.

Whatever was edited, moved, taken out and put in on the way, the last document alone says what the container has; and
every step on the way touches only what it changes. Documents are applied call by call, as plans say, to look at the
node after each call.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from simnode import SimNode
from vzdomain.document import codec
from vzdomain.errors import RefusedError
from vzdomain.execution import bridging
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.host.node import Node
from vzdomain.host.vzctl import Vzctl
from vzdomain.model.ctid import Ctid

STOPPED, RUNNING = range(60), range(60, 84)  # seeds; each is a sequence of documents
DOCUMENTS = 3  # of a sequence
BRIDGES = ("br0", "br0", "br1", "eth10", "eth11", None)
ADDRESSES = ("198.51.100.1", "198.51.100.2/24", "198.51.100.3", "2001:db8::1", "2001:db8::2/64", "2001:db8::3")
DEVICES = ("nic1", "nic2")
CTID = Ctid("209")
REFUSALS = ("only while it is stopped", "cannot add the first one to a running")


# documents


@dataclass(frozen=True)
class Pair:
    """A veth pair as a document says it."""

    bridge: str | None
    guest: str | None = None
    mac: str | None = None
    target: str | None = None

    @property
    def xml(self):
        kind, source = ("bridge", f"<source bridge='{self.bridge}'/>") if self.bridge else ("ethernet", "")
        said = (("mac", "address", self.mac), ("target", "dev", self.target), ("guest", "dev", self.guest))
        ends = "".join(f"<{tag} {key}='{value}'/>" for tag, key, value in said if value)
        return f"<interface type='{kind}'>{source}{ends}</interface>"


@dataclass(frozen=True)
class Said:
    """What a document says of the network. What it leaves out is none: all is applied with ``exact``."""

    pairs: tuple = ()
    addresses: tuple = ()
    devices: tuple = ()

    @property
    def xml(self):
        parts = [pair.xml for pair in self.pairs]
        for address in self.addresses:
            host, _, prefix = address.partition("/")
            ip = f"<ip address='{host}'" + (f" prefix='{prefix}'/>" if prefix else "/>")
            parts.append(f"<interface type='route'>{ip}</interface>")
        parts += [
            f"<hostdev mode='capabilities' type='net'><source><interface>{device}</interface></source></hostdev>"
            for device in self.devices
        ]
        return f"<domain type='openvz'><name>{CTID}</name><devices>{''.join(parts)}</devices></domain>"


class Author:
    """Somebody who edits a document again and again, and never gives one name to two things."""

    def __init__(self, seed):
        self.dice = random.Random(seed)
        self.names = 0

    def documents(self):
        said = Said(tuple(self._pair() for _ in range(self.dice.randint(0, 3))))
        for _ in range(DOCUMENTS):
            said = self._edited(said)
            yield said

    def _edited(self, said):
        pairs = list(said.pairs)
        for _ in range(self.dice.randint(1, 3)):
            edit = self.dice.choice((self._insert, self._remove, self._reorder, self._alter))
            edit(pairs)
        return Said(tuple(pairs), self._some(ADDRESSES, 4), self._some(DEVICES, 2))

    def _insert(self, pairs):
        if len(pairs) < 4:
            pairs.insert(self.dice.randint(0, len(pairs)), self._pair())

    def _remove(self, pairs):
        if pairs:
            pairs.pop(self.dice.randrange(len(pairs)))

    def _reorder(self, pairs):
        self.dice.shuffle(pairs)

    def _alter(self, pairs):
        """Another bridge, or a word more or less about one of them."""
        if not pairs:
            return
        at = self.dice.randrange(len(pairs))
        what = self.dice.choice(("bridge", "bridge", "guest", "mac", "target"))
        value = self.dice.choice(BRIDGES) if what == "bridge" else self._name(what)
        if what == "guest" and pairs[at].guest:  # one that goes and another that comes
            pairs[at] = Pair(pairs[at].bridge)
        pairs[at] = replace(pairs[at], **{what: value})

    def _pair(self):
        return Pair(self.dice.choice(BRIDGES), *(self._name(what) for what in ("guest", "mac", "target")))

    def _name(self, what):
        self.names += 1
        new = {"guest": f"wan{self.names}", "mac": f"02:16:3e:00:00:{self.names:02x}", "target": f"out{self.names}"}
        return new[what] if self.dice.random() < 0.35 else None

    def _some(self, values, most):
        return tuple(self.dice.sample(values, self.dice.randint(0, most)))


# the node


class Bench:
    """Container 209 on a simulated node, new for every sequence."""

    def __init__(self, directory):
        self.sim = SimNode.make(directory / "n1")
        for bridge in ("br1",):
            for part in ("bridge", "brif"):
                (self.net / bridge / part).mkdir(parents=True)
        for device in DEVICES:
            (self.net / device).mkdir()
        self.vzctl = Vzctl(**{name: self.sim.options[name] for name in ("vzctl", "vzlist", "ip", "brctl")})
        self.journal = Journal(str(directory / "journal"))
        self.define(Said())
        self.pristine = directory / "pristine"
        SimNode(self.pristine).restore(self.sim.directory)

    @property
    def net(self):
        return self.sim.directory / "sys/class/net"

    def renew(self):
        self.sim.restore(self.pristine)

    def node(self):
        """As it is now."""
        return Node(self.vzctl, self.sim.options["config_dir"], self.sim.options["sys_class_net"], "hn1")

    def _reconciler(self):
        return Reconciler(self.node(), Networks({}), self.journal, lock_timeout=1)

    def define(self, said):
        self._reconciler().define(codec.parse(said.xml).domain, exact=True)

    def plan(self, said):
        """The argument vectors of a plan."""
        return [
            call.argv if call.program == "vzctl" else call.command
            for call in self._reconciler().plan(codec.parse(said.xml).domain, exact=True).calls
        ]

    def netif(self):
        """``{"eth0": {"bridge": "br0", "mac": ...}}``"""
        entries = filter(None, self.sim.conf(CTID).get("NETIF", "").split(";"))
        pairs = [dict(field.split("=") for field in entry.split(",")) for entry in entries]
        return {pair.pop("ifname"): pair for pair in pairs}

    def words(self, key):
        return set(self.sim.conf(CTID).get(key, "").split())

    def held(self, pairs):
        """Whether each of these pairs is in its bridge, and in no other."""
        bridges = {path.parent.name for path in self.net.glob("*/brif")}
        for pair in pairs.values():
            holding = {bridge for bridge in bridges if pair["host_ifname"] in self.sim.bridge(bridge)}
            if holding != {pair["bridge"]} - {None}:
                return False
        return True


@pytest.fixture(scope="module")
def only_bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("identity"))


@pytest.fixture
def bench(only_bench):
    only_bench.renew()
    return only_bench


# what argument vectors name


def named(argvs, *options):
    """The values of these options, up to the first comma: guest devices, addresses, devices of the node."""
    return {
        value.partition(",")[0]
        for argv in argvs
        for option, value in zip(argv, argv[1:], strict=False)
        if option in options
    }


def netif_named(argvs):
    return named(argvs, "--netif_add", "--netif_del", "--ifname")


def differing(old, new):
    """The keys of two dictionaries whose values differ."""
    return {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}


# the laws


class Sequence:
    """Documents one after the other, with all that must hold at each of them."""

    def __init__(self, bench):
        self.bench, self.running, self.before, self.found = bench, False, Said(), ()

    def start(self):
        self.bench.sim.vzctl("start", CTID)
        self.running = True

    def go_to(self, said):
        """Apply a document call by call, and see what the laws say."""
        old = self.bench.netif(), self.bench.words("IP_ADDRESS"), self.bench.words("NETDEV")
        conf = self.bench.sim.conf_path(CTID).read_bytes()
        try:
            argvs = self.bench.plan(said)
        except RefusedError as err:
            self._check_refusal(said, err, conf)
            return
        self.found = old[0].keys()
        kept = {guest: pair for guest, pair in old[0].items() if guest not in netif_named(argvs)}
        for argv in argvs:
            self._call(argv, kept)
        new = self.bench.netif(), self.bench.words("IP_ADDRESS"), self.bench.words("NETDEV")
        self._check_named(argvs, *zip(old, new, strict=True))
        self._check_kept(said, old[0], new[0])
        self._check_well_formed(new[0])
        assert self.bench.plan(said) == []
        assert not self.running or self.bench.held({guest: pair for guest, pair in new[0].items() if "bridge" in pair})
        self.before = said

    def _call(self, argv, kept):
        """One call, and what `apply` does after it where a new pair may have missed its bridge."""
        if argv[0] == "ip":
            self.bench.vzctl.link(*argv[1:])
        else:
            self.bench.sim.vzctl(*argv)
        self._check_untouched(kept)
        for guest in named([argv], "--netif_add") if self.running else ():
            bridge = self.bench.netif()[guest].get("bridge")
            if bridge and guest not in self.found:
                bridging.see_new(self.bench.node(), CTID, guest, bridge)
            self._check_untouched(kept)

    def _check_untouched(self, kept):
        now = self.bench.netif()
        assert {guest: now.get(guest) for guest in kept} == kept
        bridged = {guest: pair for guest, pair in kept.items() if "bridge" in pair}
        assert not self.running or self.bench.held(bridged)

    def _check_refusal(self, said, err, conf):
        """vzctl has no way to do some things while the container runs; then nothing was done."""
        assert self.running
        assert any(reason in str(err) for reason in REFUSALS), err
        if REFUSALS[0] in str(err):
            assert any(pair.mac or pair.target for pair in (Counter(said.pairs) - Counter(self.before.pairs)))
        else:
            assert not self.bench.netif() or all(pair.bridge is None for pair in said.pairs)
        assert self.bench.sim.conf_path(CTID).read_bytes() == conf

    def _check_named(self, argvs, pairs, addresses, devices):
        """The calls name all that differs, and nothing else."""
        assert netif_named(argvs) == differing(*pairs)
        assert named(argvs, "--netdev_add", "--netdev_del") == set.symmetric_difference(*devices)
        old, new = addresses
        assert named(argvs, "--ipadd", "--ipdel") == old ^ new

    def _check_kept(self, said, old, new):
        """An interface that is equal in both documents is the same one in the container, by all its attributes."""
        for pair in set(self.before.pairs) & set(said.pairs):
            if is_told_apart(pair, self.before) and is_told_apart(pair, said):
                guest = guest_of(pair, old)
                assert new.get(guest) == old[guest], pair
        equal = (Counter(self.before.pairs) & Counter(said.pairs)).total()
        assert len(old.keys() - differing(old, new)) >= equal

    def _check_well_formed(self, pairs):
        for key in ("mac", "host_ifname"):
            values = [pair[key] for pair in pairs.values()]
            assert len(values) == len(set(values)), key


def is_told_apart(pair, said):
    """Whether it has a name of its own, or its bridge to itself."""
    return any((pair.guest, pair.mac, pair.target)) or [each.bridge for each in said.pairs].count(pair.bridge) == 1


def guest_of(pair, pairs):
    """The guest device that this pair of a document has in the container."""
    (guest,) = (
        guest
        for guest, each in pairs.items()
        if pair.guest in (None, guest)
        and pair.mac in (None, each["mac"].lower())
        and pair.target in (None, each["host_ifname"])
        and pair.bridge == each.get("bridge")
    )
    return guest


def outcome(bench, said):
    """What the container has, as far as the document says: names and MACs it leaves open may differ."""
    macs = {pair.mac for pair in said.pairs}
    guests, targets = {pair.guest for pair in said.pairs}, {pair.target for pair in said.pairs}
    pairs = Counter(
        (
            guest if guest in guests else None,
            pair.get("bridge"),
            pair["mac"] if pair["mac"].lower() in macs else None,
            pair["host_ifname"] if pair["host_ifname"] in targets else None,
            pair["host_mac"],
        )
        for guest, pair in bench.netif().items()
    )
    return pairs, bench.words("IP_ADDRESS"), bench.words("NETDEV")


@pytest.mark.parametrize(
    ("seed", "running"), [*((seed, False) for seed in STOPPED), *((seed, True) for seed in RUNNING)]
)
def test_the_last_document_says_what_there_is_and_each_touches_only_what_it_changes(bench, seed, running):
    first, *rest = Author(seed).documents()
    sequence = Sequence(bench)
    sequence.go_to(first)
    if running:
        sequence.start()
    for said in rest:
        sequence.go_to(said)
    one_after_the_other = outcome(bench, sequence.before)

    bench.renew()
    bench.define(sequence.before)

    assert outcome(bench, sequence.before) == one_after_the_other


# examples of the law


def test_a_running_container_does_not_lose_all_pairs_on_the_way_to_one_without_bridge(bench):
    sequence = Sequence(bench)
    sequence.go_to(Said((Pair("br0", guest="wan0"), Pair("eth10", guest="wan1"))))
    sequence.start()
    before = bench.netif()

    sequence.go_to(Said((Pair(None, guest="wan0"),)))

    assert bench.netif() == before
    sequence.go_to(Said((Pair(None, guest="wan0"), Pair("eth11", guest="wan2"))))
    assert list(bench.netif()) == ["wan2", "wan0"]


def test_a_running_container_gives_a_device_on_the_node_from_one_pair_to_another(bench):
    sequence = Sequence(bench)
    sequence.go_to(Said((Pair("br0"), Pair("br1", target="out1"))))
    sequence.start()

    sequence.go_to(Said((Pair("br0"), Pair("br1", guest="wan0", target="out1"))))

    assert bench.netif()["wan0"]["host_ifname"] == "out1"


def test_a_document_that_is_written_in_another_order_changes_nothing(bench):
    pairs = (Pair("br0"), Pair("br0", mac="02:16:3e:00:00:01"), Pair("br1"), Pair("eth10", guest="wan0"))
    bench.define(Said(pairs, ADDRESSES[:3], DEVICES))

    assert bench.plan(Said(pairs[::-1], ADDRESSES[2::-1], DEVICES[::-1])) == []


TWINS = {  # documents, one after the other: the last one takes what another pair has and does not say
    "mac": (Pair("br0", guest="wan0", mac="02:16:3e:00:00:01"), Pair("br1", mac="02:16:3e:00:00:01")),
    "target": (Pair("br0", guest="wan0", target="out1"), Pair("br1", target="out1")),
}


@pytest.mark.parametrize("what", TWINS)
def test_two_pairs_of_a_container_never_get_one_mac_or_one_device_on_the_node(bench, what):
    first, second = TWINS[what]
    bench.define(Said((first,)))

    with pytest.raises(RefusedError, match="wan0"):
        bench.plan(Said((Pair("br0", guest="wan0"), second)))


def test_a_pair_keeps_its_mac_where_its_device_goes_to_another(bench):
    mac = "02:16:3e:00:00:01"
    bench.define(Said((Pair("br0", mac=mac),)))  # it is eth0

    with pytest.raises(RefusedError, match="eth0"):
        bench.plan(Said((Pair("br0", mac=mac), Pair("br1", guest="eth0"))))
