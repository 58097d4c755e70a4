"""What functions and states do about other nodes of which the mine tells, and what they tell the mine."""

import re
from pathlib import Path

import pytest
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError, SaltReqTimeoutError

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"  # of the pillar's web01
SAID = {
    "time": "2026-03-01T02:10:33Z",
    "containers": {"web01": {"ctid": 101, "uuid": UUID, "name": "web01", "addresses": ["198.51.100.10"]}},
    "wanted": {},
}
SIMPLE = (
    "<domain type='openvz'><name>{}</name><devices><filesystem type='template'><source name='debian-12-x86_64'/>"
    "</filesystem></devices></domain>"
)


class Mine:
    """Stands in for Salt's module ``mine``, which would need a master."""

    def __init__(self):
        self.said, self.asked, self.told = {"hn2": SAID}, [], []

    def get(self, *what):
        self.asked.append(what)
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    def update(self, mine_functions):
        self.told.append(mine_functions)


def with_a_master(loaders, monkeypatch):
    found = [loaders.opts, loaders.modules.pack["__opts__"]]
    before = [opts["file_client"] for opts in found]  # one of them may show what another says
    for opts, value in zip(found, before, strict=True):
        monkeypatch.setitem(opts, "file_client", value)
        opts["file_client"] = "remote"


@pytest.fixture
def mine(loaders, pillar, monkeypatch):
    """A minion that has a master with this mine."""
    mine = Mine()
    fakes = {"mine.get": mine.get, "mine.update": mine.update, "event.send": lambda *_: True}
    functions = loaders.modules.pack["__salt__"]
    for name, fake in fakes.items():
        functions[name]
        monkeypatch.setitem(functions._dict, name, fake)
    with_a_master(loaders, monkeypatch)
    pillar.put(mine_functions={"openvz.node_info": [], "test.ping": []})
    yield mine
    pillar.drop("mine_functions")
    pillar.drop_setting("fleet")


def test_nothing_makes_a_second_one_and_each_says_where_it_is(openvz, pillar, mine):
    pillar.put_setting(domains={"web01": {"xml": openvz_document(pillar)}})
    way = "is on hn2 \\(its mine of 2026-03-01 02:10 UTC says\\): salt-run openvz.move web01 hn1; if hn2 has it no more"
    calls = {
        "define": lambda test: openvz.define(pillar_key="openvz:containers:web01:xml", test=test),
        "apply": lambda test: openvz.apply(test=test),
        "create": lambda test: openvz.create(309, name="web01", ostemplate="debian-12-x86_64", test=test),
    }
    for call in calls.values():
        for test in (True, False):
            with pytest.raises(CommandExecutionError, match=way):
                call(test)
    assert openvz.plan(xml=SIMPLE.format("309"))["changes"]
    assert openvz.list() == {}


def openvz_document(pillar):
    return pillar._copies[0]["openvz"]["containers"]["web01"]["xml"]


@ONLY_SEVEN
def test_an_area_of_a_container_that_another_node_has_is_not_registered(openvz, mine, node):
    area = node.make_area(UUID, UUID, 'NAME="web01"')

    for call in (openvz.adopt, openvz.register):
        for test in (True, False):
            with pytest.raises(CommandExecutionError, match="is on hn2 .its mine of 2026-03-01 02:10 UTC says"):
                call(area, test=test)
    mine.said = {"hn2": {"containers": {}}}
    openvz.adopt(area)
    openvz.unregister("web01")
    assert len(mine.told) == 2


def test_the_page_about_fleets_shows_the_very_refusal(openvz, mine, web01):
    page = (Path(__file__).parents[3] / "docs/how-to/fleet.md").read_text()
    (shown,) = re.findall("^container .* mine.update .*$", page, re.MULTILINE)
    document = web01.replace("<name>web01<", "<name>shop<")
    ours = {**SAID["containers"]["web01"], "name": "shop"}
    mine.said = {"hn2": {**SAID, "containers": {"shop": ours}}}

    with pytest.raises(CommandExecutionError) as caught:
        openvz.define(xml=document)

    assert str(caught.value) == shown


def test_other_nodes_are_told_at_once_and_only_of_what_concerns_them(openvz, mine):
    told = [{"openvz.node_info": []}]

    openvz.define(xml=SIMPLE.format("web02"), test=True)
    assert mine.told == []
    openvz.define(xml=SIMPLE.format("web02"))
    assert mine.told == told
    openvz.start("web02")
    openvz.set("web02", cpus=2)
    assert mine.told == told
    openvz.stop("web02")
    openvz.destroy("web02")
    assert mine.told == told * 2


def test_who_may_read_the_mine_stays_as_the_pillar_says_and_a_mine_without_it_is_left_alone(openvz, pillar, mine):
    pillar.put(mine_functions={"openvz.node_info": [{"allow_tgt": "hn*"}]})
    openvz.define(xml=SIMPLE.format("web02"))
    assert mine.told == [{"openvz.node_info": [{"allow_tgt": "hn*"}]}]
    pillar.put(mine_functions={"test.ping": []})
    openvz.define(xml=SIMPLE.format("web03"))
    assert len(mine.told) == 1


def test_the_mine_is_not_asked_where_nothing_is_made(openvz, mine):
    openvz.define(xml=SIMPLE.format("web02"))
    mine.asked.clear()

    openvz.define(xml=SIMPLE.format("web02"))
    openvz.plan(xml=SIMPLE.format("web02"))
    openvz.start("web02")

    assert mine.asked == []


def test_off_asks_nothing_and_required_wants_an_answer(openvz, pillar, mine):
    mine.said = SaltReqTimeoutError("Message timed out")
    said = openvz.define(xml=SIMPLE.format("web02"), test=True)
    assert any(one.startswith("not known: whether another node has web02") for one in said["warnings"])
    pillar.put_setting(fleet="require")
    with pytest.raises(CommandExecutionError, match="openvz:fleet is require: the mine cannot be asked: Message timed"):
        openvz.define(xml=SIMPLE.format("web02"))
    pillar.put_setting(fleet=False)  # what YAML makes of off
    mine.asked.clear()
    openvz.define(xml=SIMPLE.format("web02"))
    assert mine.asked == []


def test_what_another_pillar_wants_is_neither_purged_nor_destroyed_but_by_force(openvz, pillar, mine):
    openvz.define(xml=SIMPLE.format("web02"))
    openvz.define(xml=SIMPLE.format("web03"))
    mine.said = {"hn2": {**SAID, "wanted": {"web02": {"ctid": None, "uuid": None, "name": "web02", "addresses": []}}}}
    pillar.put_setting(domains={"web03": SIMPLE.format("web03")})
    why = "container web02 is not destroyed: the pillar of hn2 wants it"

    said = openvz.purge()
    assert said["containers"] == {}
    assert [one for one in said["warnings"] if one.startswith(why)]
    with pytest.raises(CommandExecutionError, match=why):
        openvz.destroy("web02")
    pillar.put_setting(domains={"web02": {"state": "absent"}})
    with pytest.raises(CommandExecutionError, match=why):
        openvz.apply()
    assert "web02" in openvz.list()
    openvz.destroy("web02", force=True)
    assert "web02" not in openvz.list()


def test_a_node_tells_what_it_has_and_what_its_pillar_wants(openvz, pillar, web01):
    openvz.define(xml=web01)
    pillar.put_setting(
        domains={
            "web01": {"xml": web01},
            "209": SIMPLE.format("209"),
            "gone": {"xml": SIMPLE.format("gone"), "state": "absent"},
            "other": {"state": "stopped"},
            "broken": "<domain>",
        }
    )

    said = openvz.node_info()

    known = {"ctid": 101, "uuid": UUID, "name": "web01", "addresses": ["198.51.100.10"]}
    assert said["containers"] == {"web01": known}
    assert said["wanted"] == {
        "web01": {**known, "ctid": None},
        "209": {"ctid": 209, "uuid": None, "name": None, "addresses": []},
    }
    assert said["machine"] == openvz.node_info()["machine"]
    assert len(said["machine"]) == 16


def test_without_a_master_nobody_is_asked_or_told(openvz, loaders, monkeypatch):
    def never(*_, **__):
        raise AssertionError("asked")

    for name in ("get", "update"):
        functions = loaders.modules.pack["__salt__"]
        functions[f"mine.{name}"]
        monkeypatch.setitem(functions._dict, f"mine.{name}", never)

    assert openvz.define(xml=SIMPLE.format("web02"))["warnings"] == []


OTHER_UUID = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"
ROUTED = "<devices><interface type='ethernet'><ip address='{}' family='ipv4'/></interface></devices>"
COPY = f"<domain type='openvz'><name>copy</name><uuid>{OTHER_UUID}</uuid>{ROUTED}</domain>"


@ONLY_SEVEN
def test_neither_a_clone_nor_a_switch_to_a_snapshot_takes_an_address_of_another_node(openvz, node, mine):
    node.vzctl("create", OTHER_UUID[:-1] + "4", "--name", "shop", "--ostemplate", "debian-12-x86_64")
    node.vzctl("set", "shop", "--ipadd", "198.51.100.10", "--save")
    openvz.snapshot("shop", "old")
    node.vzctl("set", "shop", "--ipdel", "all", "--save")
    said = "the address 198.51.100.10 .* belongs to a container of hn2"

    for test in (True, False):
        with pytest.raises(CommandExecutionError, match=said):
            openvz.clone("shop", xml=COPY.format("198.51.100.10"), test=test)
        with pytest.raises(CommandExecutionError, match=said):
            openvz.snapshot_switch("shop", "old", test=test)
    assert node.calls("snapshot-switch") == []
