"""The pillar that a node's containers make, through Salt's own renderers."""

import pytest
import salt.payload
import salt.pillar
from families import BOTH, FOUR, SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = BOTH

TEXTS = [
    "{{ pillar }} {% raw %} {# none #}",
    "# no comment: - [a, b] & *c !d | > %e @f `g`",
    "'single' and it's 50 %",
    "Grüße, 日本, 🐧, <&>]]>",
    "\x85 next line \u2028 and \u2029, \x7f, \ufeff",
]
NAMES = ["yes", "null", "1.5", "0x1f", "web 01", "-", "a.b", ".inf", "1_0", "on"]


@pytest.fixture
def strange(node):
    """Containers with names and texts that YAML or Jinja might take for theirs."""
    for number, name in enumerate(NAMES):
        node.vzctl("create", 300 + number, "--name", name, "--description", TEXTS[number % len(TEXTS)])
    node.vzctl("start", 303)
    return node


@pytest.fixture
def compiled(loaders, salt_home):
    """What a minion's pillar is with this file in it."""
    path = salt_home / "pillar/openvz.sls"
    before = path.read_text()

    def put(text):
        path.write_text(text)
        opts = loaders.opts
        return salt.pillar.get_pillar(opts, opts["grains"], opts["id"], "base").compile_pillar()

    yield put
    path.write_text(before)


def test_the_pillar_has_every_document_letter_for_letter(openvz, strange, compiled):
    expected = openvz.dump(data=True)
    assert salt.payload.loads(salt.payload.dumps(expected)) == expected

    found = compiled(openvz.dump())

    assert found["openvz"]["domains"] == expected["openvz"]["domains"]
    assert "_errors" not in found
    assert sorted(found["openvz"]["domains"]) == sorted(NAMES)


@pytest.mark.parametrize("dialect", ["libvirt", "2008"])
def test_a_dump_in_the_pillar_changes_nothing(loaders, openvz, strange, compiled, monkeypatch, dialect):
    pillar = compiled(openvz.dump(dialect=dialect))["openvz"]["domains"]
    monkeypatch.setitem(loaders.modules.pack["__pillar__"]["openvz"], "domains", pillar)

    found = openvz.drift()
    plans = [openvz.plan(xml=entry["xml"]) for entry in pillar.values()]

    assert {label: one["status"] for label, one in found.items()} == dict.fromkeys(NAMES, "in sync")
    assert [(plan["steps"], plan["changes"]) for plan in plans] == [([], {})] * len(NAMES)


def test_only_of_running_containers_the_state_is_said(openvz, strange):
    found = openvz.dump(data=True)["openvz"]["domains"]

    assert {label: entry["state"] for label, entry in found.items() if "state" in entry} == {NAMES[3]: "running"}


def test_a_document_is_a_block_that_people_can_read(openvz, node):
    node.vzctl("create", "310", "--name", "web01", "--description", "first")

    text = openvz.dump()

    assert text.startswith("#!yaml\nopenvz:\n  domains:\n    web01:\n      xml: |\n        <domain type=")
    block = text.partition("xml: |\n")[2]
    assert "".join(line[8:] for line in block.splitlines(keepends=True)) == openvz.get_xml(310)


def test_networks_are_named_as_in_a_document_of_an_author(openvz, node, family):
    node.vzctl("create", "310", "--ostemplate", "debian-12-x86_64")
    pair = {FOUR: ["eth0,,,,virbr0"], SEVEN: ["eth0", "--network", "default"]}[family]
    node.vzctl("set", "310", "--netif_add", *pair, "--save")

    xml = openvz.dump(data=True)["openvz"]["domains"]["310"]["xml"]

    assert xml == openvz.get_xml(310)
    assert "default" in xml


def test_half_a_container_is_named_in_a_comment_and_not_dumped(openvz, node, compiled):
    node.vzctl("create", "310")
    node.conf_path(666).write_text('CPUS="2"\n')

    text = openvz.dump()

    assert list(compiled(text)["openvz"]["domains"]) == ["310"]
    assert f"# not here: container 666: container 666 exists only in part: {node.conf_path(666)}" in text


def test_a_container_whose_document_would_be_refused_is_named_in_a_comment(openvz, node):
    node.vzctl("create", "310")
    with node.conf_path(310).open("a") as stream:
        stream.write(f'NAMESERVER="{" ".join(f"192.0.{at // 256}.{at % 256}" for at in range(5000))}"\n')

    text = openvz.dump()

    assert text.splitlines()[1].startswith("# not here: container 310: line ")
    assert text.splitlines()[2:] == ["openvz:", "  domains: {}"]


def test_two_containers_of_one_name_have_a_label_each(openvz, node):
    for ctid in (310, 311):
        node.vzctl("create", ctid)
        with node.conf_path(ctid).open("a") as stream:
            stream.write('NAME="web01"\n')

    found = openvz.dump(data=True)["openvz"]["domains"]

    assert list(found) == ["web01", "web01 (311)"]
    assert list(openvz.list()) == ["web01", "web01 (311)"]


def test_a_node_without_containers_has_an_empty_pillar(openvz, node, compiled):
    assert compiled(openvz.dump())["openvz"]["domains"] == {}
    assert openvz.dump(data=True) == {"openvz": {"domains": {}}}


@pytest.mark.parametrize("function", ["dump", "list"])
def test_a_node_that_cannot_be_asked_has_no_dump(openvz, strange, function, family):
    """Of family 7 the kernel and the files tell all of it, and vzlist is not asked."""
    strange.fault("--program", "vzlist", "--rc", "1", "--stderr", "cannot open /dev/vzctl")

    if family == SEVEN:
        assert NAMES[3] in str(getattr(openvz, function)())
        return
    with pytest.raises(CommandExecutionError, match="vzlist ended with code 1"):
        getattr(openvz, function)()


def test_an_unknown_dialect_is_an_error(openvz, strange):
    with pytest.raises(CommandExecutionError, match="2010"):
        openvz.dump(dialect="2010")
