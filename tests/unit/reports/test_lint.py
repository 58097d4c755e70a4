"""What is wrong with the pillars of a fleet: pure rules over entries and what nodes said of themselves."""

import sys
from dataclasses import replace

import pytest
from vzdomain.document import entries
from vzdomain.model.ctid import Ctid
from vzdomain.reports import lint, mine

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"
OTHER_UUID = "52cbd4bf-1ecf-4ee8-aa31-7f3a20f4d7f9"
MINE = {
    "version": "4.11.1",
    "templates": ["debian-12-x86_64"],
    "samples": ["vswap-256m"],
    "bridges": ["br0", "virbr0"],
    "networks": {"default": "virbr0"},
    "containers": {},
}
PAIR = "<interface type='bridge'><source bridge='br0'/>{}</interface>"

NAT = "<interface type='network'><source network='default'/></interface>"


def document(name="209", uuid=None, ctid=None, devices="", config=""):
    said = f"<uuid>{uuid}</uuid>" if uuid else ""
    ours = f"<openvz:ctid>{ctid}</openvz:ctid>" if ctid else ""
    ours += f"<openvz:config>{config}</openvz:config>" if config else ""
    metadata = f"<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>{ours}</metadata>" if ours else ""
    return f"<domain type='openvz'><name>{name}</name>{said}{metadata}<devices>{devices}</devices></domain>"


def entry(label, xml=None, **rest):
    read = entries.read(label, {**({"xml": xml} if xml else {}), **rest})
    return entries.with_document(read, xml) if xml else read


def pillar(node, *its, mine=MINE, **rest):
    return lint.Pillar(node, its, mine, **rest)


def found(*pillars):
    return [(one.severity, one.rule, one.nodes, one.labels) for one in lint.examine(pillars)]


def with_ip(ip, prefix=""):
    family, said = "ipv6" if ":" in ip else "ipv4", f" prefix='{prefix}'" if prefix else ""
    return f"<interface type='ethernet'><ip address='{ip}' family='{family}'{said}/></interface>"


def with_mac(mac):
    return PAIR.format(f"<mac address='{mac}'/>")


def test_a_fleet_without_faults_has_no_findings():
    one = entry("web", document("209", UUID, devices=with_ip("10.0.0.1")), state="running")
    other = entry("web", document("209", OTHER_UUID, devices=with_ip("10.0.0.2")), state="running")

    assert found(pillar("hn1", one), pillar("hn2", other)) == []


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (document("201", UUID), document("202", UUID.upper()), "duplicate_uuid"),
        (document("web"), document("web"), "duplicate_name"),
        (
            document("201", devices=with_mac("00:18:51:AA:00:01")),
            document("202", devices=with_mac("00:18:51:aa:00:01")),
            "duplicate_mac",
        ),
        (
            document("201", devices=with_ip("2001:db8::10")),
            document("202", devices=with_ip("2001:DB8:0::0010", 64)),
            "duplicate_ip",
        ),
    ],
)
def test_what_the_fleet_has_once_is_an_error_when_it_is_there_twice(first, second, rule):
    a, b = entry("a", first), entry("b", second)

    assert found(pillar("hn1", a), pillar("hn2", b)) == [("error", rule, ("hn1", "hn2"), ("a", "b"))]
    assert found(pillar("hn1", a, b)) == [("error", rule, ("hn1", "hn1"), ("a", "b"))]


def test_a_ctid_may_be_on_many_nodes_and_once_on_each():
    by_name, by_ctid = entry("a", document("209")), entry("b", document("web", ctid="209"))

    assert found(pillar("hn1", by_name), pillar("hn2", by_ctid)) == []
    assert found(pillar("hn1", by_name, by_ctid)) == [("error", "duplicate_ctid", ("hn1", "hn1"), ("a", "b"))]


def test_devices_of_a_node_are_one_containers():
    target = entry("a", document("201", devices=PAIR.format("<target dev='out0'/>")))
    again = entry("b", document("202", devices=PAIR.format("<target dev='out0'/>")))

    assert found(pillar("hn1", target), pillar("hn2", again)) == []
    assert [rule for _, rule, *_ in found(pillar("hn1", target, again))] == ["duplicate_target"]


def test_a_container_that_is_to_go_takes_nothing_from_the_one_in_its_place():
    old = entry("web", document("web", UUID, devices=with_ip("10.0.0.1")), state="absent")
    new = entry("web", document("web", UUID, devices=with_ip("10.0.0.1")))

    assert found(pillar("hn1", old), pillar("hn2", new)) == []


def test_an_entry_that_cannot_be_followed_is_an_error_with_its_place():
    (one,) = lint.examine([pillar("hn1", entries.failed("web", "pillar openvz:domains:web: line 3: no such thing"))])

    assert (one.severity, one.rule, one.nodes, one.labels) == ("error", "entry", ("hn1",), ("web",))
    assert "line 3" in one.what


def test_warnings_of_a_document_are_warnings():
    odd = entry("a", "<domain type='openvz'><name>209</name><on_crash>destroy</on_crash></domain>")

    assert found(pillar("hn1", odd)) == [("warning", "document", ("hn1",), ("a",))]


def test_what_vzctl_could_not_be_given_is_an_error_unless_the_container_is_there():
    odd = entry("a", "<domain type='openvz'><name>209</name><description>a \"quote\"</description></domain>")
    there = {**MINE, "containers": {"209": {"ctid": "209", "uuid": None}}}

    assert found(pillar("hn1", odd)) == [("error", "unwritable", ("hn1",), ("a",))]
    assert ("warning", "unwritable", ("hn1",), ("a",)) in found(pillar("hn1", odd, mine=None))
    assert found(pillar("hn1", odd, mine=there)) == [("warning", "unwritable", ("hn1",), ("a",))]


@pytest.mark.parametrize(
    ("xml", "severity", "rule"),
    [
        (document(devices="<interface type='network'><source network='lan'/></interface>"), "error", "network"),
        (document(devices="<interface type='bridge'><source bridge='br7'/></interface>"), "error", "bridge"),
        (
            document(devices="<filesystem type='template'><source name='centos-7'/></filesystem>"),
            "warning",
            "template",
        ),
        (document(config="huge"), "error", "config"),
    ],
)
def test_what_the_mine_says_a_node_lacks_is_found(xml, severity, rule):
    one = entry("a", xml)

    assert found(pillar("hn1", one)) == [(severity, rule, ("hn1",), ("a",))]
    silent = {"version": "4.11.1"}
    assert found(pillar("hn1", one, mine=silent)) == []


def test_a_container_that_is_there_needs_no_template():
    one = entry("a", document(devices="<filesystem type='template'><source name='centos-7'/></filesystem>"))
    there = {**MINE, "containers": {"209": {"ctid": "209", "uuid": None}}}

    assert found(pillar("hn1", one, mine=there)) == []


def test_networks_of_the_pillar_count_before_the_mine():
    lan = entry("a", document(devices="<interface type='network'><source network='lan'/></interface>"))

    assert found(pillar("hn1", lan, networks={"lan": "br0"})) == []
    assert [rule for _, rule, *_ in found(pillar("hn1", lan, networks={"lan": "br7"}))] == ["bridge"]


def there(name, ctid, uuid):
    return {**MINE, "containers": {name: {"ctid": ctid, "uuid": uuid}}}


@pytest.mark.parametrize(
    ("xml", "containers", "rule"),
    [
        (document("209", UUID), ("209", "209", OTHER_UUID), "other_uuid"),
        (document("web", UUID, ctid="209"), ("old", "210", UUID), "other_ctid"),
        (document("web", ctid="209"), ("web", "210", None), "other_ctid"),
    ],
)
def test_a_container_that_is_another_one_is_a_conflict(xml, containers, rule):
    one = entry("a", xml)

    assert found(pillar("hn1", one, mine=there(*containers))) == [("error", rule, ("hn1",), ("a",))]


def test_the_documents_own_container_is_not_a_conflict():
    one = entry("a", document("web", UUID, ctid="209"))

    assert found(pillar("hn1", one, mine=there("web", "209", UUID))) == []


def test_to_adopt_may_be_to_replace_the_uuid():
    one = entry("a", document("209", UUID), adopt=True)

    assert found(pillar("hn1", one, mine=there("209", "209", OTHER_UUID))) == []


def test_a_container_of_one_node_that_the_pillar_of_another_wants_is_found():
    here = pillar("hn1", entry("a", document("web", UUID)))
    owner = pillar("hn2", mine=there("web", "301", UUID))

    assert found(here, owner) == [("error", "uuid_elsewhere", ("hn1",), ("a",))]
    leaving = pillar("hn2", entry("web", state="absent"), mine=there("web", "301", UUID))
    assert found(here, leaving) == []


def having(**said):
    return {**MINE, "containers": {"web": {"ctid": "301", "uuid": None, "name": "web", "addresses": [], **said}}}


def test_the_name_and_the_addresses_of_another_nodes_container_are_found_too():
    named = pillar("hn1", entry("a", document("web")))
    routed = pillar("hn1", entry("a", document("209", devices=with_ip("198.51.100.7"))))
    both = pillar("hn1", entry("a", document("web", UUID, devices=with_ip("198.51.100.7"))))

    assert found(named, pillar("hn2", mine=having())) == [("error", "name_elsewhere", ("hn1",), ("a",))]
    assert found(routed, pillar("hn2", mine=having(addresses=["198.51.100.7"]))) == [
        ("error", "ip_elsewhere", ("hn1",), ("a",))
    ]
    moved = pillar("hn2", mine=having(uuid=UUID, addresses=["198.51.100.7"]))
    assert found(both, moved) == [("error", "uuid_elsewhere", ("hn1",), ("a",))], "one fault, one finding"


def test_a_container_that_waits_on_another_node_is_to_be_moved_and_one_that_both_have_is_not():
    one, mine = entry("a", document("web", UUID)), having(uuid=UUID)
    old = pillar("hn2", mine=mine)

    (absent,) = lint.examine([pillar("hn1", one), old])
    (doubled,) = lint.examine([pillar("hn1", one, mine=mine), old])

    assert absent.remedy.startswith(f"salt-run openvz.move {UUID} hn1; or make it absent on hn2")
    assert doubled.remedy.startswith("both nodes have it: make it absent on hn2")


def test_a_node_under_its_older_id_is_no_other_node():
    mine = {**having(uuid=UUID), "machine": "0123456789abcdef"}

    assert found(pillar("hn1", entry("a", document("web", UUID)), mine=mine), pillar("old", mine=mine)) == []


def test_power_of_a_container_that_the_node_does_not_have_is_a_warning():
    one = entry("web", state="running")

    assert found(pillar("hn1", one)) == [("warning", "unknown", ("hn1",), ("web",))]
    assert found(pillar("hn1", one, mine=there("web", "301", None))) == []


def test_nodes_without_mine_are_one_warning():
    nodes = [pillar(f"hn{number}", entry("a", document(f"{number}01")), mine=None) for number in (2, 1)]

    assert found(*nodes, pillar("empty", mine=None)) == [("warning", "no_mine", ("hn1", "hn2"), ())]


def test_errors_come_first():
    odd = entry("a", "<domain type='openvz'><name>209</name><on_crash>destroy</on_crash></domain>")

    assert [one[0] for one in found(pillar("hn1", odd, entries.failed("z", "broken")))] == ["error", "warning"]


def test_findings_are_plain_data():
    (one,) = lint.as_data(lint.examine([pillar("hn1", entries.failed("a", "bad\n \x1b[2J"))]))

    assert set(one) == {"severity", "rule", "nodes", "labels", "what", "remedy"}
    assert (one["nodes"], one["labels"]) == (["hn1"], ["a"])
    assert one["what"] == "bad \ufffd[2J"


def fleet(nodes):
    """Nodes of a hundred containers each, all made of one document, which each node has by its mine too."""
    first = entry("first", document("first", UUID, devices=with_ip("10.0.0.1") + with_mac("02:00:00:00:00:01")))
    for node in range(nodes):
        named = (replace(first.domain, name=f"n{node}c{ctid}", ctid=ctid) for ctid in map(Ctid, range(101, 201)))
        made = (replace(first, label=one.name, document=replace(first.document, domain=one)) for one in named)
        yield pillar(f"hn{node}", *made, mine=there("web", "101", UUID))


def calls(nodes):
    """How many functions are called to look at a fleet: a clock would measure the machine."""
    seen = []
    sys.setprofile(lambda frame, event, argument: seen.append(event))
    try:
        lint.examine(nodes)
    finally:
        sys.setprofile(None)
    return len(seen)


def test_the_work_grows_with_the_fleet_and_not_with_its_square():
    assert calls(list(fleet(40))) < 6 * calls(list(fleet(10)))


WRONG = [5, True, "x", [5], [[1]], {"a": 5}, {"a": [1]}, {"a": None}, {"a": {"ctid": [1], "uuid": {}}}]


@pytest.mark.parametrize("key", ["templates", "samples", "bridges", "networks", "containers"])
@pytest.mark.parametrize("said", WRONG, ids=str)
def test_what_no_node_would_say_of_itself_is_not_believed_and_spoils_nothing_else(key, said):
    one = entry("web", document("209", UUID, devices=PAIR.format("") + NAT))
    believed = mine.believed({**MINE, key: said})

    assert [row for row in found(pillar("hn1", one, mine=believed)) if row[1] not in ("bridge", "network")] == []
    assert {name: said for name, said in believed.items() if name in MINE and name != key} == {
        name: said for name, said in MINE.items() if name not in (key, "version")
    }


def test_a_mine_that_is_not_a_mapping_says_nothing():
    assert [mine.believed(said) for said in (None, 5, "x", [1])] == [None] * 4
