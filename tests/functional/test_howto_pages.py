"""The pages about whole nodes and their adoption show what really happens, file by file and command by command."""

import fnmatch
import json
import re

import interrupting
import pages
import pytest
import salt.loader
import salt.output
import simminion
import yaml
from simmaster import Master
from simnode import SimNode
from vzdomain import entries

# Salt's own would need a running minion; what the module says is kept in a file instead.
BUS = """\
import json, os

def send(tag, data=None, **kwargs):
    with open(os.path.join(__opts__["root_dir"], "events.jsonl"), "a") as stream:
        stream.write(json.dumps({"tag": tag, "data": data, "id": __opts__["id"]}) + "\\n")
    return True
"""
FLEET = (pages.HOWTO / "fleet.md").read_text()
MINIONS = {"adopt.md": "old1", "fleet.md": "hn1"}


class Client:
    """A master whose only minion is in this process."""

    def __init__(self, minion):
        self.minion = minion

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, tgt, function, **kwargs):
        return {self.minion.opts["id"]: {"ret": self.minion.modules[function](), "retcode": 0}}


class MasterOf:
    """What a master prints, who knows the one minion of a story."""

    def __init__(self, home, pillar):
        self.master = Master(home / "master", pillar)
        self.events = home / "home/events.jsonl"

    def __call__(self, minion, function, *args, **kwargs):
        if function == "state.event":
            events = map(json.loads, self.events.read_text().splitlines())
            return "".join(f"{one['tag']}\t{json.dumps(one, indent=4, sort_keys=True)}\n" for one in events)
        info = minion.modules.openvz.node_info()
        self.master.meets(minion.opts["id"], {**minion.opts["grains"], "id": minion.opts["id"]}, info)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("salt.client.get_local_client", lambda **options: Client(minion))
            shown = self.master.run[function](*args, **kwargs)
        return salt.output.out_format(shown["data"], shown["outputter"], {**minion.opts, "color": False})


def story_of(page, home):
    """The commands of a page, each with what the page shows and what was shown here."""
    (home / "bus/_modules").mkdir(parents=True)
    (home / "bus/_modules/event.py").write_text(BUS)

    def meet(where, node, srv):
        roots = {"base": [str(srv / "salt")]}
        minion = simminion.make(MINIONS[page], where, node, srv / "pillar", [home / "bus"], file_roots=roots)
        (where / "sock/minion_event_0123456789_pull.ipc").touch()  # by it the module sees that a minion runs
        return minion

    story = pages.Story(home, SimNode.make(home / "node"), meet, MasterOf(home, home / "srv/pillar"))
    for kind, what, text in pages.parts(page):
        if kind == "file":
            story.write(what, text)
        else:
            yield what, text, story.run(what)


def commands():
    for page in MINIONS:
        lines = [what for kind, what, _ in pages.parts(page) if kind == "command"]
        yield from (pytest.param(page, number, id=f"{page} {line}"[:70]) for number, line in enumerate(lines))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story of each page, told once."""
    with simminion.apart():
        return {page: list(story_of(page, tmp_path_factory.mktemp("page"))) for page in MINIONS}


@pytest.mark.parametrize(("page", "number"), list(commands()))
def test_a_command_shows_what_the_page_shows(told, page, number):
    line, shown, real = told[page][number]

    assert pages.agrees(shown, real), f"{line} has shown:\n{real}"


def test_the_pages_have_commands():
    assert len(list(commands())) > 30


def test_what_is_shown_of_an_interrupted_run_is_what_the_next_one_says(
    states, openvz, node, web01, loaders, monkeypatch
):
    (shown,) = re.findall(r"^an earlier run was cut off .*$", FLEET, flags=re.MULTILINE)
    monkeypatch.setitem(loaders.modules.pack["__pillar__"]["openvz"], "domains", {"web": web01})
    interrupting.install_vzctl(node)

    assert interrupting.kill_while_vzctl(node, "set", 3, "both", openvz.apply)
    (dry,), (real,) = (openvz.apply(test=test)["containers"]["web"]["warnings"] for test in (True, False))

    assert dry == real.partition(";")[0]
    assert pages.agrees(re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "…", shown), real)
    assert openvz.apply()["containers"]["web"]["warnings"] == []


# the three files of the reactor


@pytest.fixture
def files():
    """What the page has to be written, by file name."""
    return {what.rpartition("/")[2]: text for kind, what, text in pages.parts("fleet.md") if kind == "file"}


@pytest.mark.parametrize("status", ["error", "drifted", "unsaved", "pending restart", "unmanaged", "in sync"])
def test_the_reactor_applies_the_state_on_the_node_that_has_drifted_alone(loaders, files, tmp_path, status):
    (tmp_path / "drift.sls").write_text(files["openvz_drift.sls"])

    said = loaders.modules.slsutil.renderer(str(tmp_path / "drift.sls"), data={"id": "hn1", "status": status})

    call = {key: value for one in said.values() for part in one["local.state.apply"] for key, value in part.items()}
    args = {"tgt": "hn1", "tgt_type": "list", "args": [{"mods": "containers"}, {"queue": True}]}
    assert call == (args if status == "drifted" else {})


def test_a_minion_can_claim_no_name_that_means_more_than_its_own(loaders, files, tmp_path):
    (tmp_path / "drift.sls").write_text(files["openvz_drift.sls"])
    claimed = "*\n    - args: [other]"

    said = loaders.modules.slsutil.renderer(str(tmp_path / "drift.sls"), data={"id": claimed, "status": "drifted"})

    assert said["apply containers again"]["local.state.apply"][:2] == [{"tgt": claimed}, {"tgt_type": "list"}]


def test_the_reactor_of_the_page_hears_what_the_beacon_of_the_page_says(loaders, files, tmp_path):
    beacons = salt.loader.beacons({**loaders.opts, "grains": {}}, loaders.modules)
    config = yaml.safe_load(files["openvz.conf"])["beacons"]["openvz"]
    ((pattern, run),) = yaml.safe_load(files["reactor.conf"])["reactor"][0].items()

    assert beacons["openvz.validate"](config) == (True, "Valid beacon configuration")
    assert fnmatch.fnmatch("salt/beacon/hn1/openvz/drift", pattern)
    assert run == ["/srv/reactor/openvz_drift.sls"]


def test_the_history_keeps_what_is_told_of_runs_and_of_drift(files):
    config = yaml.safe_load(files["history.conf"])

    for tag in ("openvz/hn1/progress", "salt/beacon/hn1/openvz/drift"):
        assert any(fnmatch.fnmatch(tag, pattern) for pattern in config["event_return_whitelist"])


def test_the_table_has_every_key_of_an_entry():
    (table,) = re.findall(r"^## What an entry says$(.*?)^## ", FLEET, flags=re.MULTILINE | re.DOTALL)
    named = {
        word for cell in re.findall(r"^\| (`.*?`) \|", table, re.MULTILINE) for word in re.findall(r"`(\w+)`", cell)
    }

    assert named == {*entries._TEXTS, *entries._SWITCHES}
