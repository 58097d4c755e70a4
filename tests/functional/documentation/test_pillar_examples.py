"""Every file of pillar-examples is in a top file, compiles, and makes containers that a second run leaves alone."""

import fnmatch
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pages
import pytest
import simminion
import yaml
from families import FOUR, SEVEN
from salt.exceptions import CommandExecutionError
from simmaster import Master

pytestmark = pytest.mark.salt_api

EXAMPLES = Path(__file__).parents[3] / "pillar-examples"
SECRET_KEY = Path(__file__).parent / "example-secret-key.asc"
SETTINGS = {"top.sls", "settings.sls"}
FILES = sorted(path.name for path in EXAMPLES.glob("*.sls") if path.name not in SETTINGS)
FLEET = ("web-1", "web-2", "db-1")
UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f"
MIXED = {"hn1": FOUR, "vz1": SEVEN}
NODES = {
    "node": ("hn1",),
    "virtuozzo": ("vz1",),
    "fleet": FLEET,
    "mixed": tuple(MIXED),
    "adoption": ("old1",),
    "secrets": ("hn1",),
    "inside": ("hn1",),
}
# Directory, minion, family of its node, and the containers that are on it then.
MANAGED = [
    ("node", "hn1", FOUR, {101, 102, 103}),
    ("virtuozzo", "vz1", SEVEN, {f"{UUID}101", 102, f"{UUID}103"}),
    ("fleet", "web-1", FOUR, {1001, 1002, 1003, 1004}),
    ("fleet", "web-2", FOUR, {2001, 2002, 2003, 2004}),
    ("fleet", "db-1", FOUR, {2001}),
    ("mixed", "hn1", FOUR, {101}),
    ("mixed", "vz1", SEVEN, {102}),
]


def reached(directory, minions):
    """The files that the top file of a directory gives to these minions, and what those import."""
    top = yaml.safe_load((directory / "top.sls").read_text())["base"]
    for target, names in top.items():
        assert fnmatch.filter(minions, target), f"no minion of the tests is {target}"
        yield from (directory / f"{name}.sls" for name in names)
    yield directory / "top.sls"
    for path in directory.glob("*.sls"):
        yield from (directory / name for name in re.findall(r"from '([^']+)' import", path.read_text()))


def test_no_file_is_left_that_no_test_covers():
    covered = {path for name, minions in NODES.items() for path in reached(EXAMPLES / name, minions)}

    assert {path for path in EXAMPLES.rglob("*") if path.is_file() and path.parent != EXAMPLES} == covered
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} == set(NODES)
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == {*FILES, *SETTINGS}


def test_the_top_file_names_every_file():
    named = yaml.safe_load((EXAMPLES / "top.sls").read_text())["base"]["*"]

    assert sorted(f"{name}.sls" for name in named) == sorted([*FILES, "settings.sls"])


def test_the_seed_is_there_letter_for_letter(loaders, node, seed):
    pillar = loaders.modules.slsutil.renderer(str(EXAMPLES / "seed.sls"))

    assert pillar["openvz"]["containers"]["seed"]["xml"] == seed


@pytest.mark.parametrize("file", FILES)
def test_the_example_is_applied_and_applied_again(loaders, states, openvz, file):
    pillar = loaders.modules.slsutil.renderer(str(EXAMPLES / file))

    for label, container in pillar["openvz"]["containers"].items():
        first = states.running(label, xml=container["xml"])
        second = states.running(label, xml=container["xml"])

        assert first.result is True, first.comment
        assert first.changes
        assert (second.result, second.changes) == (True, {})
        (name,) = first.changes
        assert openvz.plan(xml=openvz.get_xml(name))["steps"] == []
        assert set(openvz.validate(xml=openvz.get_xml(name))["schemas"].values()) == {"valid"}


# a node, and a fleet


@pytest.fixture
def minion(node, tmp_path):
    """Make a minion with the pillar of a directory."""
    with simminion.apart():
        yield lambda name, pillar, **opts: simminion.make(name, tmp_path / "home", node, pillar, **opts)


@pytest.mark.parametrize(("place", "name", "family", "ctids"), MANAGED)
def test_the_node_follows_its_pillar_and_is_then_left_alone(node, minion, place, name, ctids):
    (node.directory / "srv/exports").mkdir(parents=True)  # what one of them mounts
    follower = minion(name, EXAMPLES / place)
    entries = follower.opts["pillar"]["openvz"]["domains"]

    first = follower.states.openvz.managed("containers")
    calls = node.calls()
    second = follower.states.openvz.managed("containers")
    found = follower.modules.openvz.drift()

    assert (first.result, second.result) == (True, True), first.comment + second.comment
    assert set(first.changes) == {label for label in entries if label != "scratch"}
    assert {one["ctid"] for one in found.values() if one["ctid"]} == ctids
    assert (second.changes, node.calls()) == ({}, calls)
    assert {label: one["status"] for label, one in found.items()} == dict.fromkeys(entries, "in sync")


def test_the_fleet_has_nothing_for_lint_to_find(loaders, openvz, node, tmp_path):
    master = Master(tmp_path / "master", EXAMPLES / "fleet")
    for name in FLEET:
        master.meets(name, {**loaders.opts["grains"], "id": name}, openvz.node_info())

    assert master.lint() == ([], 0)
    assert (master.data["nodes"], master.data["containers"]) == (3, 9)


@pytest.mark.parametrize("asked", [{}, {"family": FOUR}, {"family": SEVEN}])
def test_a_mixed_fleet_has_one_document_that_no_family_refuses(loaders, openvz, node, tmp_path, asked):
    master = Master(tmp_path / "master", EXAMPLES / "mixed")
    for name in MIXED:
        master.meets(name, {**loaders.opts["grains"], "id": name}, openvz.node_info())

    assert master.lint(**asked) == ([], 0)
    assert (master.data["nodes"], master.data["containers"]) == (2, 2)


def test_the_mixed_fleet_has_the_same_document_on_each_node(minion, node):
    (hn1,), (vz1,) = (minion(name, EXAMPLES / "mixed").opts["pillar"]["openvz"]["domains"].values() for name in MIXED)

    its_own = r"web\d|10[12]|198\.51\.100\.1[12]|<uuid>.*</uuid>"
    assert hn1["state"] == vz1["state"] == "running"
    assert re.sub(its_own, "", hn1["xml"]) == re.sub(its_own, "", vz1["xml"])


def test_what_a_virtuozzo_node_has_more_is_refused_for_the_old_family_without_a_node(minion, node):
    follower = minion("hn1", EXAMPLES / "virtuozzo")
    entries = yaml.safe_load((EXAMPLES / "virtuozzo/vz1.sls").read_text())["openvz"]["domains"]

    with pytest.raises(CommandExecutionError) as web:
        follower.modules.openvz.validate(xml=entries["web"]["xml"], family=FOUR)
    with pytest.raises(CommandExecutionError) as ledger:
        follower.modules.openvz.validate(xml=entries["ledger"]["xml"], family=FOUR)

    for element in ("openvz:autostop", "interface/ip[1]", "interface/route[1]"):
        assert re.search(rf"line \d+, column \d+ \S*{re.escape(element)}: vzctl 4", str(web.value)), element
    for element in ("openvz:memguarantee", "devices/disk", "devices/filesystem[2]", "openvz:dhcp"):
        assert re.search(rf"line \d+, column \d+ \S*{re.escape(element)}: vzctl 4", str(ledger.value)), element
    assert follower.modules.openvz.validate(xml=entries["builder"]["xml"], family=FOUR)["warnings"] == []


# states inside


def test_the_states_inside_of_the_example_are_applied_once(node, minion, tmp_path):
    follower = minion("hn1", EXAMPLES / "inside")
    page = '/srv/page:\n  file.managed:\n    - contents: "{{ pillar.title }} {{ pillar.port }}"\n    - makedirs: true\n'
    (tmp_path / "home/states/web.sls").write_text(page)

    first = follower.states.openvz.managed("containers")
    second = follower.states.openvz.managed("containers")

    assert (first.result, second.result, second.changes) == (True, True, {}), first.comment
    assert node.inside("web", "srv/page").read_text() == "front page 80\n"


# adoption


@pytest.fixture
def old(node):
    """The node that the page about adoption speaks of, made by the commands that it shows."""
    for kind, line, _ in pages.parts("docs/how-to/adopt.md"):
        if kind == "command" and line.startswith("vzctl "):
            node.vzctl(*shlex.split(line)[1:])
    return node


@pytest.fixture
def adopted(old, tmp_path, minion):
    """The example, as it would be on this node: its directories are elsewhere."""
    shutil.copytree(EXAMPLES / "adoption", tmp_path / "pillar")
    path = tmp_path / "pillar/old1.sls"
    path.write_text(path.read_text().replace(">/vz/", f">{old.directory}/vz/"))
    return minion("old1", tmp_path / "pillar")


def test_the_example_is_what_dump_prints(old, openvz):
    text = (EXAMPLES / "adoption/old1.sls").read_text()
    without_remarks = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# "))

    assert openvz.dump().replace(str(old.directory), "") == without_remarks


def test_on_the_node_that_was_dumped_a_highstate_plans_nothing(old, adopted, tmp_path):
    files = {path: path.read_bytes() for path in (old.directory / "etc/vz").rglob("*") if path.is_file()}
    (tmp_path / "home/states/top.sls").write_text("base: {'*': [containers]}\n")
    (tmp_path / "home/states/containers.sls").write_text("containers: {openvz.managed: []}\n")

    (dry,) = adopted.modules.state.highstate(test=True)
    (real,) = adopted.modules.state.highstate()

    assert (dry.result, dry.changes) == (real.result, real.changes) == (True, {})
    assert dry.comment == "3 containers unchanged"
    assert {path: path.read_bytes() for path in files} == files


# secrets


@pytest.fixture
def keys():
    """The directory of a master's GnuPG, with the key that the example is encrypted for."""
    directory = tempfile.mkdtemp(prefix="gpg", dir="/tmp")  # its sockets have to have short names
    gpg = ["gpg", "--homedir", directory, "--batch", "--quiet"]
    subprocess.run([*gpg, "--import", str(SECRET_KEY)], check=True, capture_output=True)
    yield directory
    subprocess.run(["gpgconf", "--homedir", directory, "--kill", "all"], check=False)
    shutil.rmtree(directory, ignore_errors=True)


def test_an_encrypted_password_is_set_and_is_in_no_log(node, minion, keys, caplog):
    caplog.set_level(1)
    node.vzctl("create", 101, "--ostemplate", "debian-12-x86_64", "--name", "web11")
    node.vzctl("start", 101)

    owner = minion("hn1", EXAMPLES / "secrets", gpg_keydir=keys)
    told = owner.modules.openvz.set_password("web11", "root", "openvz:passwords:web11")
    again = owner.modules.openvz.set_password("web11", "root", "openvz:passwords:web11")

    secret = owner.opts["pillar"]["openvz"]["passwords"]["web11"].strip()
    assert secret.startswith("$6$")
    assert f"root:{secret}:" in (node.directory / "vz/private/101/etc/shadow").read_text()
    assert (set(told["changes"]), again["changes"]) == ({"password of root"}, {})
    assert "exec3" in caplog.text
    for text in (caplog.text, str(told), str(node.calls())):
        assert secret not in text
