"""Whatever stands in a file of vzctl 7 to 9, reading it ends."""

from hypothesis import example, given
from hypothesis import strategies as st
from vzdomain.document import codec
from vzdomain.flavours.seven import ctconf, validity
from vzdomain.flavours.seven.parameters import TABLE

CTID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
KEYS = sorted({row.key for row in TABLE if row.key} | validity.CHECKS.keys() | set(ctconf.OTHER_KEYS))
PIECES = st.sampled_from(
    ["ifname=eth0", "mac=00:18:51:AA:BB:01", "ip=10.0.0.1/33", "gw=x", "uuid={", ",", ";", ":", "/", "-", "%", "=3D",
     "9" * 60, "all", "1", "unlimited", "K", "10.0.0.1", "::1", "nfs:on", "\\", '"', "'", "#", " ", "\t", "é",
     "\udc80", "٣", "²"]
)  # fmt: skip
VALUES = st.lists(PIECES | st.text(max_size=6), max_size=8).map("".join)
LINES = st.tuples(st.sampled_from(KEYS), VALUES).map(lambda pair: f'{pair[0]}="{pair[1]}"') | st.text(max_size=40)
FILES = st.lists(LINES, max_size=8).map("\n".join)


@given(FILES)
@example(f'CPUMASK="{"1" * 5000}-2"\n')
@example(f'DISK="uuid={{{CTID}}},size={"9" * 20}"\n')
@example('NETIF="ifname=eth0,ip=%,ip6=fe80::1%eth0"\n')
def test_any_file_is_read(text):
    conf = ctconf.parse(text)

    domain = ctconf.domain(conf, CTID)

    ctconf.network(conf), ctconf.facts(conf, {}), ctconf.refused(conf, "7.0.254"), ctconf.missing_limits(conf.values)
    assert conf.invalid is None or conf.invalid[0] in conf.values
    assert domain.uuid == (conf.uuid or CTID)


@given(FILES)
def test_comments_come_and_go_and_leave_every_other_line(text):
    marked = ctconf.with_comments(text, **{ctconf.MARK: ctconf.mark(CTID, "hn1")})

    assert ctconf.parse(marked).is_marked(CTID, "hn1")
    assert ctconf.parse(marked).values == ctconf.parse(text).values


@given(FILES)
def test_a_document_of_a_file_that_vzctl_takes_can_be_written(text):
    conf = ctconf.parse(text)
    if conf.invalid is None:
        codec.render(ctconf.domain(conf, CTID))
