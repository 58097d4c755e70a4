"""The ways in, each from nothing: no lxml, no extension."""

import contextlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Command
from places import Place, build_wheel, copy_tree
from thirty import until

DOCUMENT = """\
<domain type='openvz'>
  <name>web</name>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""
VERSION = "4.11.1-3.ga3f732ef"

pytestmark = pytest.mark.integration


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


def test_synced_without_lxml_it_says_what_to_do_and_the_shipped_state_does_it(place):
    place.offer()
    synced = place.call("saltutil.sync_all")
    without = place.salt_call("openvz.version")
    listed = place.call("sys.list_functions", "openvz")

    applied = place.call("state.apply", "openvz.deps")

    whole = {name for name in synced["modules"] if not name.startswith("modules._openvz")}  # the rest is beside it
    assert {"modules.openvz", "modules.__init__"} >= whole and "states.openvz" in synced["states"]
    assert listed == []
    assert "needs lxml: lxml is not installed: salt-pip install lxml" in without.stdout + without.stderr
    assert [one["result"] for one in applied.values()] == [True]
    assert place.call("openvz.version") == VERSION


def test_the_wheel_brings_everything_with_one_command(place, wheel):
    place.pip(wheel)

    module, library, plan, name = place.where()

    assert place.call("openvz.version") == VERSION
    assert place.call("grains.get", "openvz:flavour") == "OpenVZ legacy"
    assert name == "saltext.openvz.utils.vzdomain"
    assert {Path(path).is_relative_to(place.venv) for path in (module, library, plan)} == {True}


def test_the_command_of_the_page_changes_nothing_of_salt(place, wheel):
    """pip may look for another Salt where a requirement is not met by the one that is there."""
    packages = next((place.venv / "lib").glob("python*/site-packages"))
    before = {path.name for path in packages.iterdir()}
    salt = place.call("test.version")

    place.pip("lxml")
    place.pip("--no-deps", wheel)

    come = {path.name.partition("-")[0].replace(".", "_") for path in packages.iterdir() if path.name not in before}
    assert come == {"lxml", "saltext", "saltext_openvz", "vzsim"}
    assert (place.call("test.version"), place.call("openvz.version")) == (salt, VERSION)


def test_an_editable_install_works_from_the_work_tree(place, tmp_path):
    tree = copy_tree(tmp_path / "tree")
    place.pip("--editable", tree)

    module, library, plan, _ = place.where()

    assert place.call("openvz.version") == VERSION
    assert {Path(path).is_relative_to(tree) for path in (module, library, plan)} == {True}


def test_with_both_there_the_synced_copy_is_used_whole(place, wheel):
    place.pip(wheel)
    place.offer()
    place.call("saltutil.sync_all")

    module, library, plan, name = place.where()

    extension = place.directory / "var/cache/salt/minion/extmods"
    assert {Path(path).is_relative_to(extension) for path in (module, library, plan)} == {True}, (module, library)
    assert name == "vzdomain"


def test_when_the_synced_copy_goes_the_installed_one_takes_over(place, wheel):
    place.pip(wheel)
    place.offer()
    place.call("saltutil.sync_all")

    shutil.rmtree(place.states)
    place.states.mkdir()
    place.call("saltutil.sync_all")

    assert place.where()[3] == "saltext.openvz.utils.vzdomain"
    assert place.call("openvz.version") == VERSION


def test_a_git_remote_serves_it_as_it_is(place, tmp_path):
    tree = tmp_path / "remote"
    tree.mkdir()
    place.offer(tree)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(tree)]
    for argv in (["init", "--quiet", "--initial-branch=main"], ["add", "."], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*git, *argv], check=True)
    remote = {"fileserver_backend": ["gitfs"], "gitfs_remotes": [f"file://{tree}"], "gitfs_base": "main"}
    place.configure(**remote, gitfs_provider="gitpython")
    place.pip("lxml")

    place.call("saltutil.sync_all")

    assert place.call("openvz.version") == VERSION


WRONG = {
    "switch": {"xml": DOCUMENT, "protected": ["hunter2"]},
    "document": {"xml": {"a": "hunter2"}},
    "nothing": None,
    "state": {"state": "hunter2"},
}
UNTIL_SYNCED = (
    "No validate function found for openvz, running basic beacon validation.",
    "Unable to process beacon openvz",
)
MINIONS = {"in1": True, "in2": False}  # multiprocessing


class Running:
    """Minions that run, on a Python without lxml, and the master's side of them."""

    def __init__(self, master, events):
        self.master, self.events, self.command = master, events, Command(master)

    def ask(self, *argv, target="in*"):
        """What each minion answers."""
        return self.command.json("salt", "--timeout=300", target, *argv)

    def wait_for_looks(self):
        """Until the beacon of every minion has looked twice more: the first look may have begun before."""
        counters = ("-j", "vzlist")  # of those that run, which only the beacon asks; others ask with -a first
        before = {name: len(node.calls(*counters)) for name, node in self.nodes.items()}
        until(
            lambda: all(len(node.calls(*counters)) >= before[name] + 2 for name, node in self.nodes.items()),
            what="the beacon of each minion should look twice more",
        )

    def told(self, tag):
        """The data of the events of a beacon, by minion."""
        lines = [json.loads(line) for line in self.events.read_text().splitlines() if "salt/beacon/in" in line]
        found = {name: [] for name in MINIONS}
        for one in lines:
            _, _, name, _, kind = one["tag"].split("/")
            if kind == tag:
                found[name].append(one["data"])
        return found

    def wait_for_start(self):
        started = [f'"salt/minion/{name}/start"' for name in MINIONS]
        until(
            lambda: all(one in self.events.read_text() for one in started),
            what="the master should hear that each minion has started",
        )

    def wait(self, tag):
        """Until every minion has told such a thing."""
        until(lambda: all(self.told(tag).values()), what=f"the beacon of each minion should tell of {tag}")
        return self.told(tag)


@pytest.fixture(scope="module")
def running(master, events, pillar_root, tmp_path_factory):
    """Two minions as install.md has it: grain and beacon from the first sync on, no lxml until the state brings it."""
    top = json.loads((pillar_root / "top.sls").read_text())
    (pillar_root / "top.sls").write_text(json.dumps({"base": {**top["base"], "in*": ["running"]}}))
    pillar = {"openvz": {"domains": {"web": DOCUMENT}, "wrong": WRONG}}
    (pillar_root / "running.sls").write_text(json.dumps(pillar))
    with contextlib.ExitStack() as stack:
        beacons = {"openvz": [{"interval": 1}]}
        made = Running(master, events)
        places = {name: Place(tmp_path_factory.mktemp(name)) for name in MINIONS}
        made.nodes = {name: place.node for name, place in places.items()}
        made.logs = [
            stack.enter_context(place.minion(name, master, multiprocessing=MINIONS[name], beacons=beacons))
            for name, place in places.items()
        ]
        made.wait_for_start()
        yield made
    (pillar_root / "top.sls").write_text(json.dumps(top))


def test_a_running_minion_gets_all_of_it_without_a_restart(running):
    running.ask("saltutil.sync_all")
    flavours = running.ask("grains.get", "openvz:flavour")
    without = running.command("salt", "in*", "openvz.version")
    first = running.wait("error")

    applied = running.ask("state.apply", "openvz.deps")

    assert flavours == dict.fromkeys(MINIONS, "OpenVZ legacy")
    assert without.stdout.count("lxml is not installed: salt-pip install lxml") == 2, without
    assert {one["error"] for each in first.values() for one in each} == {"lxml is not installed: salt-pip install lxml"}
    assert [one["result"] for each in applied.values() for one in each.values()] == [True, True]
    assert running.ask("openvz.list") == dict.fromkeys(MINIONS, {})
    drift = running.ask("openvz.drift")
    assert {name: one["web"]["status"] for name, one in drift.items()} == dict.fromkeys(MINIONS, "drifted")


def test_its_beacon_stops_complaining_and_looks(running):
    running.wait("drift")
    errors = running.told("error")

    asked = {name: sorted(one["asked"] for one in each) for name, each in errors.items()}
    assert asked == dict.fromkeys(MINIONS, ["openvz.drift", "openvz.list"])
    assert {one["error"] for each in errors.values() for one in each} == {
        "lxml is not installed: salt-pip install lxml"
    }


@pytest.mark.parametrize(
    "refresh",
    [
        ("saltutil.refresh_pillar", "wait=True"),
        ("saltutil.refresh_modules", "async=False"),
        ("saltutil.refresh_grains",),
        ("saltutil.sync_all",),
    ],
)
def test_its_beacon_reports_nothing_again_after_a_refresh(running, refresh):
    running.wait("drift")

    running.ask(*refresh)
    running.wait_for_looks()

    told = {name: [one["label"] for one in each] for name, each in running.told("drift").items()}
    assert told == dict.fromkeys(MINIONS, ["web"])
    assert all(len(each) == 2 for each in running.told("error").values())


def test_a_wrong_value_of_the_pillar_is_reported_by_key_and_kind(running):
    """Where Salt shows a mask instead of a value, and has types of its own."""
    for told in running.ask("openvz.drift", "key=openvz:wrong").values():
        errors = {
            label: one["error"].rpartition("pillar openvz:wrong:")[2] for label, one in told.items() if "error" in one
        }
        assert errors == {
            "switch": "switch: protected must be true or false, not a list",
            "document": "document: xml must be text, not a mapping",
            "nothing": "nothing: nothing is empty; write the document, or a mapping with xml or source",
            "state": "state: state must be one of running, stopped, suspended, paused, absent",
        }


def test_until_the_first_sync_the_log_has_what_the_page_says_and_afterwards_no_error(running):
    for log in running.logs:
        lines = [line for line in log.read_text().splitlines() if "openvz" in line]
        before = [line for line in lines if line.endswith(UNTIL_SYNCED)]
        assert before and lines[: len(before)] == before
        assert [line for line in lines if "ERROR" in line] == []
