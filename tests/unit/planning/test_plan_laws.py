"""Laws of planning, over random pairs of container and document: what is planned, done and planned again is nothing."""

import ipaddress
import re
from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from library import argv_of, container
from strategies import domains
from vzdomain.errors import RefusedError
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain, Interface
from vzdomain.model.units import UNLIMITED, pages_kib
from vzdomain.planning import plan
from vzdomain.planning.changes import show

CTID = Ctid("209")
OPTIONS = {row.option: row for row in TABLE if row.option}
OPTIONS |= {f"{row.option.removesuffix('add')}del": row for row in TABLE if (row.option or "").endswith("add")}
SIZES = {"--ram": "physpages", "--swap": "swappages"}
BRIDGES = {"default": "virbr0", "lan": "br-lan", "two words": "br-two", "net-7": "br-7", "a.b": "br-a"}
GIVEN = plan.Context(LEGACY, bridges=BRIDGES, node_id="node", sample=Domain("0", memory=262144, swap=524288))


class Model:
    """A container to which vzctl's arguments happen as its manual and the recorded runs say."""

    def __init__(self, live=None):
        self.live = live

    def do(self, made):
        for step in made.calls:
            if step.comments:
                self._note(**step.comments)
            elif argv_of(step)[0] == "create":
                self._create(argv_of(step)[2:])
            elif argv_of(step)[0] == "ip":
                assert self.live.running
            else:
                self._set(argv_of(step)[2:])

    def _note(self, UUID=None, TITLE=None, **mark):
        fields = {name: value for name, value in (("uuid", UUID), ("title", TITLE)) if value is not None}
        self.live = replace(self.live, managed=self.live.managed or bool(mark), domain=self._with(**fields))

    def _create(self, argv):
        assert self.live is None
        assert {word[2:] for word in argv[::2]} <= LEGACY.create
        self.live = container(CTID, managed=False, memory=262144, swap=524288)
        self._take(argv)
        made = self.live.domain
        private, layout = made.private or self.live.private, (made.layout or "simfs").partition(":")[0]
        self.live = replace(self.live, private=ctconf.expand(private, CTID), layout=layout)

    def _set(self, argv):
        assert argv[-1] == "--save"
        assert {word[2:] for word in argv[:-1:2]} <= LEGACY.set
        assert "--name" not in argv or len(argv) == 3
        self._take(argv[:-1])

    def _take(self, argv):
        pairs = list(zip(argv[::2], argv[1::2], strict=True))
        deleted = {value for option, value in pairs if option == "--netif_del"}
        for option, value in sorted(pairs, key=lambda pair: not pair[0].endswith("del")):
            words = [word for other, word in pairs if other == option]
            if option == "--ifname":
                assert deleted.isdisjoint({value})
                continue
            if option == "--mac_filter":
                self._filter(dict(pairs)["--ifname"], value == "on")
                continue
            self.live = replace(self.live, domain=self._with(**self._taken(option, value, deleted, words)))

    def _filter(self, guest, state):
        assert guest in {one.guest for one in self.live.domain.interfaces}
        told = (replace(one, mac_filter=state) if one.guest == guest else one for one in self.live.domain.interfaces)
        self.live = replace(self.live, domain=self._with(interfaces=tuple(told)))

    def _taken(self, option, value, deleted, words):
        live, row = self.live.domain, OPTIONS[option[2:]]
        old = getattr(live, row.field)
        if option in SIZES:
            return {row.field: _kib(value), SIZES[option]: None}
        if row.field in SIZES.values():
            limit = row.read(value)
            size = "memory" if row.field == "physpages" else "swap"
            return {row.field: None if _is_plain(limit, size) else limit, size: pages_kib(limit.hard)}
        if option == "--ipdel" and value in ("0.0.0.0", "::", "::0"):
            return {}
        if option in ("--ipadd", "--ipdel"):
            others = [one for one in live.addresses if _host(one) != _host(value)]
            return {"addresses": tuple(others + [value] * (option == "--ipadd"))}
        if row.field in ("hostdevs", "pci"):
            return {row.field: _devices(old, option, value)}
        if option == "--netif_del":
            return {"interfaces": tuple(one for one in live.interfaces if one.guest != value)}
        if option == "--netif_add":
            return {"interfaces": _veth(live.interfaces, value, deleted)}
        if row.kind.form == "map":
            name, _, state = value.rpartition(":")
            pairs = {**dict(old or ()), name: state}
            return {row.field: tuple(sorted(pair for pair in pairs.items() if pair[1] != "none"))}
        if row.kind.form == "list":
            return {row.field: tuple(words)}
        return {row.field: row.read(value)}

    def _with(self, **fields):
        return replace(self.live.domain, **fields)


def _kib(value):
    if value == "unlimited":
        return UNLIMITED
    assert re.fullmatch(r"\d+K", value) and int(value[:-1]) % 4 == 0
    return int(value[:-1])


def _host(address):
    return ipaddress.ip_interface(address).ip


def _is_plain(limit, size):
    """Whether a beancounter of memory says no more than the size that is its limit."""
    return not limit.soft and limit.hard >= (size == "memory")


def _devices(devices, option, value):
    others = set(devices) - {value}
    return tuple(sorted(others | {value} if option.endswith("_add") else others))


def _veth(present, value, deleted):
    guest, mac, target, host_mac, bridge = (value.split(",") + [""] * 4)[:5]
    assert host_mac or not mac  # else vzctl copies the container's
    assert (mac and target and host_mac) or guest not in {one.guest for one in present}  # else vzctl makes them again
    if guest in deleted:
        return present  # one call that deletes and adds a device loses it
    blank = Interface(guest=guest, target=f"veth{CTID}.{int(re.sub('[^0-9]', '', guest) or 0)}")
    old = next((one for one in present if one.guest == guest), blank)
    said = {"mac": mac.lower(), "target": target, "bridge": bridge, "host_mac": host_mac.lower()}
    new = replace(old, network=None, **{name: text for name, text in said.items() if text})
    assert len(new.target) <= 15 and new.target not in {one.target for one in present if one.guest != guest}
    others = [new if one.guest == guest else one for one in present]
    return tuple(others if new in others else [*others, new])


def sizes_that_vzctl_knows(domain):
    return domain.diskspace is None or UNLIMITED not in (domain.diskspace.soft, domain.diskspace.hard)


documents = domains().filter(sizes_that_vzctl_knows)
circumstances = st.builds(replace, st.just(GIVEN), exact=st.booleans())


@st.composite
def containers(draw):
    """A container that some document made, in any state."""
    model = Model()
    model.do(planned(draw(documents), None, GIVEN))
    by_hand = draw(st.sampled_from([(), ("::",), ("0.0.0.0",)]))  # 0:: and 0.0.0.0/32, which no document gives
    addresses = (*model.live.domain.addresses, *by_hand)
    return replace(
        model.live,
        domain=replace(model.live.domain, addresses=addresses),
        status=draw(st.sampled_from(["running", "stopped", "mounted", "suspended"])),
        layout=draw(st.sampled_from(["simfs", "ploop"])),
    )


def planned(desired, live, given):
    try:
        return plan.make(desired, live, CTID, given)
    except RefusedError:
        assume(False)


@given(documents, circumstances)
def test_what_is_created_follows_its_document(desired, given):
    model = Model()

    model.do(planned(desired, None, given))

    assert model.live.managed
    assert plan.make(desired, model.live, CTID, given).calls == ()


@given(containers(), documents, circumstances)
def test_what_is_changed_follows_its_document(live, desired, given):
    desired = replace(desired, uuid=live.domain.uuid)
    model = Model(live)

    model.do(planned(desired, live, given))

    assert plan.make(desired, model.live, CTID, given).calls == ()


@given(containers(), documents)
def test_what_is_adopted_follows_its_document_and_is_ours(live, desired):
    model = Model(replace(live, managed=False))
    given = replace(GIVEN, adopt=True)

    model.do(planned(desired, model.live, given))

    assert model.live.managed
    assert desired.uuid in (None, model.live.domain.uuid)
    assert plan.make(desired, model.live, CTID, GIVEN).calls == ()


@given(st.none() | containers(), documents, circumstances)
def test_nothing_is_ever_destroyed_or_stopped_and_a_plan_is_always_the_same(live, desired, given):
    made = planned(desired, live, given)

    argvs = [call.argv for call in made.calls if call.argv and call.program == "vzctl"]
    assert {argv[0] for argv in argvs} <= {"create", "set"}
    assert all(argv[1] == str(CTID) for argv in argvs)
    assert sum(argv[0] == "create" for argv in argvs) == (live is None)
    assert made == planned(desired, live, given)


@given(containers(), documents, circumstances)
def test_few_calls_are_made_and_each_says_what_it_changes(live, desired, given):
    desired = replace(desired, uuid=None)

    made = planned(desired, live, given)

    argvs = [call.argv for call in made.calls if call.argv and call.program == "vzctl"]
    later = sum(argv[2] == "--netif_add" and len(argv) == 5 for argv in argvs)
    filtered = sum(argv[2] == "--ifname" and len(argv) == 7 for argv in argvs)
    renamed = sum("--name" in argv for argv in argvs)
    assert len(argvs) <= 1 + later + filtered + renamed
    assert renamed == 0 or "--name" in argvs[-1]
    assert not set(live.domain.addresses) & set(desired.addresses or ()) & {word for argv in argvs for word in argv}
    assert all(show(step.actions) for step in made.calls)
    assert all(change["old"] != change["new"] for change in made.changes.values())
