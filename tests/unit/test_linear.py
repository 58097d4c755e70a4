"""What is read from files and documents takes time in proportion to their length."""

import contextlib
import time

import pytest
from vzdomain.document import codec
from vzdomain.flavours.flavour import MERGED
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.flavours.seven import ctconf as seven
from vzdomain.flavours.seven import validity
from vzdomain.model.kinds import scalars

NAMESPACE = "https://openvz.org/schemas/domain/salt/1"
FEW, MANY = 1000, 4000
FLOOR = 0.05  # seconds of CPU; what takes less may grow as it likes
LINES = {  # each another value of a key whose lines are taken together
    "IP_ADDRESS": lambda n: f"10.{n // 65536}.{n // 256 % 256}.{n % 256}",
    "NETDEV": lambda n: f"eth{n}",
    "NAMESERVER": lambda n: f"10.0.{n // 256}.{n % 256}",
    "SEARCHDOMAIN": lambda n: f"d{n}.example.org",
    "FEATURES": lambda n: "nfs:on" if n % 2 else "sit:off",
    "CAPABILITY": lambda n: "CHOWN:on" if n % 2 else "KILL:off",
    "IPTABLES": lambda n: "ipt_REJECT" if n % 2 else "iptable_nat",
    "DEVNODES": lambda n: f"tty{n}:rw",
    "DEVICES": lambda n: f"c:{n + 8}:all:rw",
    "PCI": lambda n: f"{n % 65536:04x}:00:1f.0",
}


def cpu(work, argument):
    started = time.process_time()
    work(argument)
    return time.process_time() - started


def grows_with_the_square(work, made):
    """Whether four times as much of what is `made` takes more than eight times as long."""
    few, many = (min(cpu(work, made(number)) for _ in range(3)) for number in (FEW, MANY))
    return many > FLOOR and many > 8 * few


def read(text):
    ctconf.parse.cache_clear()
    return ctconf.domain(ctconf.parse(text), "101")


def test_a_key_whose_lines_are_taken_together_is_tried_here():
    assert set(LINES) == {row.key for row in TABLE if row.lines == MERGED}


@pytest.mark.parametrize("key", LINES)
def test_many_lines_of_one_key_are_read_one_after_the_other(key):
    def made(number):
        return "".join(f'{key}="{LINES[key](at)}"\n' for at in range(number))

    assert not grows_with_the_square(read, made)


@pytest.mark.parametrize("key", sorted({row.key for row in TABLE if row.key}))
def test_one_long_line_is_read_from_its_beginning_to_its_end(key):
    value = LINES.get(key, lambda n: f"{n % 4096}")
    if key == "NETIF":
        value = "ifname=eth{}".format
    between = {"NETIF": ";", "CPUMASK": ",", "NODEMASK": ","}.get(key, " ")

    def made(number):
        return f'{key}="{between.join(map(value, range(number)))}"\n'

    assert not grows_with_the_square(read, made)


@pytest.mark.parametrize("key", sorted(validity.CHECKS))
@pytest.mark.parametrize("piece", ["1", "1,", "1-", "ifname=eth0;", "10.0.0.1 ", "nfs:on ", "=3D", "\\", "' # "])
def test_one_long_line_of_vzctl_7_is_read_and_checked_from_its_beginning_to_its_end(key, piece):
    def read_seven(text):
        seven.parse.cache_clear()
        return seven.domain(seven.parse(text), "101")

    assert not grows_with_the_square(read_seven, lambda number: f"{key}={piece * number}\n")


def test_a_range_of_a_mask_costs_no_more_for_being_wide():
    wide, narrow = (
        ",".join([part] * 20_000)
        for part in (
            "0-4094",
            "5-7",
        )
    )
    mask = scalars.Mask()

    assert min(cpu(mask.read, wide) for _ in range(3)) < 5 * min(cpu(mask.read, narrow) for _ in range(3))


@pytest.mark.parametrize(
    "element",
    [
        "<openvz:devices name='c:{}:all' access='rw'/>",
        "<openvz:nameserver>10.0.{}.1</openvz:nameserver>",
        "<openvz:unknown{}/>",
    ],
)
def test_a_document_is_read_in_proportion_to_its_elements(element):
    def made(number):
        inside = "".join(element.format(at % 250 if "nameserver" in element else at + 8) for at in range(number))
        return (
            f"<domain type='openvz'><name>101</name><metadata xmlns:openvz='{NAMESPACE}'>{inside}</metadata></domain>"
        )

    def read_document(text):
        with contextlib.suppress(codec.OpenVZError):
            codec.parse(text)

    assert not grows_with_the_square(read_document, made)


def test_a_document_with_many_interfaces_is_read_in_proportion_to_them():
    def made(number):
        guests = [f"e{at}" for at in range(number // 3)]
        pairs = "".join(f"<interface type='ethernet'><guest dev='{guest}'/></interface>" for guest in guests)
        more = "".join(f"<openvz:ifname name='{guest}' mac_filter='off'/>" for guest in guests)
        metadata = f"<metadata xmlns:openvz='{NAMESPACE}'>{more}</metadata>"
        return f"<domain type='openvz'><name>101</name>{metadata}<devices>{pairs}</devices></domain>"

    assert not grows_with_the_square(codec.parse, made)
