"""Hypothesis strategies for domains that a document can say; whatever they make must survive the round trip."""

import ipaddress
import string

from hypothesis import strategies as st
from vzdomain.domain import Domain, Interface, Limit
from vzdomain.units import UNLIMITED

LONGEST_KIB = UNLIMITED // 1024 - 1  # one more is "unlimited"
LETTERS = string.ascii_letters + string.digits

ctids = st.integers(101, 2147483644)
words = st.text(LETTERS + "+-_. ", min_size=1, max_size=30).map(str.strip)
container_names = words.filter(lambda name: name.strip(".") and not name.isdecimal())
uuids = st.uuids().map(str)
prose = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters='"\\$`\ufffe\uffff'), max_size=40
).map(str.strip)
sizes = st.integers(1, LONGEST_KIB) | st.just(UNLIMITED)
devices = st.text(LETTERS + "_.-", min_size=1, max_size=15).filter(lambda name: name[0] not in ".-")
bridges = devices
networks = st.sampled_from(["default", "lan", "two words", "net-7", "a.b"])
templates = st.text(LETTERS + "_+-", min_size=1, max_size=30).filter(lambda name: name[0] not in "+-")


def optional(strategy):
    return st.none() | strategy


def limits(numbers):
    """Soft and hard, often equal: the 2008 dialect has one word for that."""
    pairs = st.tuples(numbers, numbers).map(lambda pair: Limit(min(pair), max(pair)))
    return pairs | numbers.map(lambda number: Limit(number, number))


@st.composite
def macs(draw):
    first, *rest = draw(st.binary(min_size=6, max_size=6))
    return ":".join(f"{byte:02x}" for byte in (first & 0xFE | 2, *rest))


@st.composite
def addresses(draw):
    """An address with or without a prefix; never the unspecified one."""
    address = draw(st.ip_addresses().filter(lambda each: not each.is_unspecified))
    prefix = draw(st.integers(1, address.max_prefixlen))
    interface = ipaddress.ip_interface((address, prefix))
    return str(address) if prefix == address.max_prefixlen else interface.with_prefixlen


interfaces = st.builds(
    Interface,
    bridge=optional(bridges),
    network=optional(networks),
    mac=optional(macs()),
    target=optional(devices),
    guest=optional(devices),
)


def _distinct(pairs):
    """No two veth pairs share a device or a MAC address."""
    for field in ("mac", "target", "guest"):
        named = [getattr(pair, field) for pair in pairs if getattr(pair, field)]
        if len(named) != len(set(named)):
            return False
    return True


interface_lists = st.lists(interfaces, min_size=1, max_size=4).filter(_distinct).map(tuple)
hostdev_lists = st.lists(devices, min_size=1, max_size=3, unique=True).map(sorted).map(tuple)
address_lists = st.lists(
    addresses(), min_size=1, max_size=4, unique_by=lambda text: ipaddress.ip_interface(text).ip
).map(tuple)


@st.composite
def domains(draw):
    """Any domain but the few that no document can say: owned lists that are empty, swap without memory."""
    numeric = draw(st.booleans())
    memory = draw(optional(sizes))
    swap = draw(optional(st.integers(0, LONGEST_KIB) | st.just(UNLIMITED))) if memory else None
    return Domain(
        name=str(draw(ctids)) if numeric else draw(container_names),
        ctid=None if numeric else draw(optional(ctids)),
        uuid=draw(optional(uuids)),
        title=draw(optional(prose.filter(bool))),
        description=draw(optional(prose)),
        memory=memory,
        swap=_sayable(memory, swap),
        vcpu=draw(optional(st.integers(1, 65535))),
        init=draw(st.sampled_from([None, "/sbin/init"])),
        template=draw(optional(templates)),
        diskspace=draw(optional(limits(sizes))),
        diskinodes=draw(optional(limits(st.integers(0, UNLIMITED)))),
        interfaces=draw(optional(interface_lists)),
        hostdevs=draw(optional(hostdev_lists)),
        addresses=draw(optional(address_lists)),
    )


def _sayable(memory, swap):
    """libvirt counts memory and swap together, so that there is no word for some swap beside unlimited memory."""
    if swap is None or swap == UNLIMITED:
        return swap
    return swap if memory + swap <= LONGEST_KIB else None
