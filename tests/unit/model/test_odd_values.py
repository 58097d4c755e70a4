"""No value that a file can have hides its container: it is read, written as a document, read back, and agreed with."""

from dataclasses import replace

import pytest
from library import container
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.planning import plan

ODD = """
    TODO none all 0 1 -1 - -- . .. / // /. a/b ../x eth0:1 eth/0 eth+0 eth@0 veth101.0 abcdefghijklmnopqrst
    1.5 1e9 0x10 50% 101% +5 1:2 2:1 1:2:3 0:unlimited unlimited unlimited:unlimited 9223372036854775807
    9223372036854775808 18446744073709551615 18446744073709551616 2147483647 2147483648 4294967295 4294967296
    99999999999999999999999 512M 2.2G 1P 1B 0:512M 10.0.0.1/0 10.0.0.1/33 0.0.0.0 0.0.0.0/24 :: ::/64 ::1
    fe80::1%eth0 ::ffff:1.2.3.4 192.0.2.53,192.0.2.54 10.0.0.0/255.255.255.0 nfs:on nfs nfs:off,sit:on fuse:on
    kill:on KILL:on ALL:on net/tun:rw net/tun:none net/tun tun:x loop0:rw c:7:0:rw c:10:200:rw c:10:200:none
    b:8:0:q b:all:all:rw 0000:00:1f.0 00:1f.0 0:1:2.9 ip_tables iptable_nat ipt_x full stateful ploop
    ploop:raw simfs:x pages:256 privvmpages:2 pages:0 yes no YES 0-3 0,1 0- ^1 0-3,^1 5000 0-4095 7 8 500000
    500001 lo tun0 tap0 venet0 web 101 0101 Web.1 web_1 web/1 * $VEID ${VEID} /vz/$VEID/$VEID /vz/x$VEID
    /vz/a*b it's $5 a"b a`b a\\\\b äöü é\u202e \udcfc \x07 \x7f \ufeff \u2028 <x> &amp; ]]>
""".split()
SPACED = [
    "a b", " a ", "a  b", "10.0.0.1 10.0.0.1", "10.0.0.1 x 10.0.0.2", "eth7 eth:8", "eth8 eth7 eth8", "nfs:on nfs:off",
    "net/tun:rw x:y:z net/null:r", "ns.example.org 10.0.0.1", 'the "old" shop', "x" * 5000, "", "a\tb",
]  # fmt: skip
NETIF = [
    f"ifname={guest},bridge={bridge},mac={mac},host_ifname={host},host_mac={mac}"
    for guest, bridge, mac, host in [
        ("eth0", "br0", "01:18:51:00:05:16", "veth312.0"),
        ("eth0", "br0", "FF:FF:FF:FF:FF:FF", "veth312.0"),
        ("eth0", "br0", "00:00:00:00:00:00", "veth312.0"),
        ("eth 0", "br 0", "00:18:51:00:05:16", "v 0"),
        ("eth0 ", " br0", "00:18:51:00:05:16", "v\u00e9"),
        ("eth/0", "br/0", "00:18:51:00:05:16", "v/0"),
        ("-", "--", "00:18:51:00:05:16", "."),
        ("eth:0", "a:b", "00:18:51:00:05:16", "..."),
        ("\udcfc", "\udcfc", "00:18:51:00:05:16", "\x07"),
        ("<>&'", "'", "00:18:51:00:05:16", "$VEID"),
    ]
] + [
    "ifname=eth0,mac=00:18:51:00:05:16;ifname=eth1,mac=00:18:51:00:05:16",
    "ifname=eth0,host_ifname=x;ifname=eth1,host_ifname=x",
    "ifname=eth0;ifname=eth1;ifname=eth0 ",
    "ifname=\udcfc;ifname=\udcfd",
]
KEYS = sorted({row.key for row in TABLE if row.key} | {"#UUID:", "#TITLE:"})
BASE = 'PHYSPAGES="0:65536"\nSWAPPAGES="0:65536"\nOSTEMPLATE="debian-12-x86_64"\n'


def lines(key):
    """The same key may come twice, and then the first or the last of them counts."""
    for value in (*ODD, *SPACED, *(NETIF if key == "NETIF" else ())):
        yield f"{key} {value}\n" if key.startswith("#") else f'{key}="{value}"\n'


def texts(key):
    base = "".join(line for line in BASE.splitlines(True) if not line.startswith(key))
    return [line + base for line in lines(key)] + [base + 2 * line for line in lines(key) if len(line) < 100]


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@pytest.mark.parametrize("key", KEYS)
def test_a_container_has_a_document_that_is_read_back_and_changes_nothing(key, dialect):
    wrong = {text: problem for text in texts(key) if (problem := _problem(text, dialect))}

    assert not wrong


def _problem(text, dialect):
    live = replace(container(101), domain=ctconf.domain(ctconf.parse(text), 101))
    try:
        document = codec.parse(codec.render(live.domain, dialect))
        made = plan.make(document.domain, live, 101, plan.Context(LEGACY, unwritable=document.unwritable))
    except errors.OpenVZError as err:
        return err
    return made.calls
