"""Every command of every docstring runs, as it stands there, and does what it is an example of."""

import json
import re
import shlex
import shutil
import subprocess
import sys

import examples
import pytest
import salt.loader
import salt.output
import salt.utils.args
from families import FOUR, SEVEN
from simmaster import Master

TYPED = {directory: set(examples.public(directory)) for directory in examples.KINDS}
# What has to be so with container 209 before an example can do what it shows.
BEFORE = {
    "resume": "suspend", "start": "stop", "destroy": "stop", "purge": "stop", "adopt": "forget", "stop": "start",
    "unpause": "pause", "register": "unregister", "snapshot_switch": "snapshot", "snapshot_delete": "snapshot",
    "snapshot_mount": "snapshot", "snapshot_umount": "mount", "move": "create", "convert": "create",
}  # fmt: skip
OF_SEVEN = {"pause", "unpause", "register", "unregister", "clone"}  # what only vzctl 7 and later can
OF_IMAGES = {
    name for name in examples.public("_modules") if name.startswith("snapshot")
}  # that node's containers are in such
SNAPSHOT = "6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"  # it is called release-7
NOTHING_TO_CHANGE = {"define_xml_str"}  # a document that says nothing but the name
_PLAN_ID = re.compile("plan-[0-9a-f]{16}")
_OPTIONS = ("--local", "--")


def lines():
    for directory in examples.KINDS:
        for name, text in examples.docstrings(directory).items():
            family = SEVEN if name in OF_SEVEN | OF_IMAGES else FOUR
            yield from (pytest.param(name, line, family, id=f"{directory} {line}") for line in examples.commands(text))


class Client:
    """What asks the minions for a master whose only minion is in this process."""

    def __init__(self, modules, opts):
        self.modules, self.opts = modules, opts

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, tgt, function, tgt_type, full_return, kwarg, timeout=None):
        if tgt_type == "list":  # others do not answer
            return {name: self._returned(name, function, kwarg) for name in tgt}
        if not salt.loader.matchers(self.opts)[f"{tgt_type}_match.match"](tgt, opts=self.opts):
            return {}
        return {self.opts["id"]: self._returned(self.opts["id"], function, kwarg)}

    def _returned(self, name, function, kwarg):
        return name == self.opts["id"] and {"ret": self.modules[function](**kwarg), "retcode": 0}


class Terminal:
    """Runs a command line of Salt in this process; `opts` and `modules` are those of the minion ``hn1``."""

    def __init__(self, modules, opts, master):
        self.modules, self.opts, self.master = modules, opts, master

    def run(self, line):
        """What the function returned; of a pipe, what its last program printed."""
        words, _, into = (list(shlex.split(part)) for part in line.partition(" | "))
        outputter = [word.removeprefix("--out=") for word in words if word.startswith("--out=")]
        words = [word for word in words if not word.startswith("--out=") and word not in _OPTIONS]
        ret = getattr(self, "_" + words[0].replace("-", "_"))(words[1:])
        if into:
            return self._piped(ret, into)
        for name in outputter:
            self._show(ret, name)
        return ret

    def _salt(self, words):
        kind, words = ("grain", words[1:]) if words[0] == "-G" else ("glob", words)
        assert salt.loader.matchers(self.opts)[f"{kind}_match.match"](words[0], opts=self.opts)
        return self._salt_call(words[1:])

    def _salt_call(self, words):
        args, kwargs = salt.utils.args.parse_input(words[1:], condition=False)
        if "plan_id" in kwargs:
            assert _PLAN_ID.fullmatch(kwargs["plan_id"])
            kwargs["plan_id"] = self.modules["openvz.plan"]()["plan_id"]
        return self.modules[words[0]](*args, **kwargs)

    def _salt_run(self, words):
        args, kwargs = salt.utils.args.parse_input(words[1:], condition=False)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("salt.client.get_local_client", lambda **options: Client(self.modules, self.opts))
            if "plan_id" in kwargs:
                kwargs["plan_id"] = self.master.run["openvz.plan"]()["data"]["plan_id"]
            ret = self.master.run[words[0]](*args, **kwargs)
        self._show(ret["data"], ret["outputter"])
        return ret["data"]

    def _piped(self, ret, into):
        assert into[0] == "python3"
        said = json.dumps({"local": ret})
        done = subprocess.run([sys.executable, *into[1:]], input=said, capture_output=True, text=True, check=True)
        return done.stdout

    def _show(self, ret, outputter):
        assert outputter in salt.loader.outputters(self.opts)  # Salt would take another
        said = ret if outputter == "openvz" and "nodes" in ret else {self.opts["id"]: ret}
        assert salt.output.out_format(said, outputter, {**self.opts, "color": False}).strip()


@pytest.fixture
def terminal(loaders, openvz, states, node, family, once, state_files, seed, web01, tmp_path):
    """What the examples speak of: container 209, the document of web01 wherever one may be, and a master."""
    pillar = loaders.modules.pack["__pillar__"]["openvz"]
    pillar["domains"] = {"web01": web01}

    def make():
        if family == SEVEN:
            inhabit(node, openvz)
        else:
            assert states.running("seed", xml=seed).result is True

    once("inhabited", make)
    (state_files / "containers").mkdir()
    (state_files / "containers/web01.xml").write_text(web01)
    (state_files / "containers/web02.xml").write_text(re.sub(r"web01|f001|(?<=198.51.100.)10", _another, web01))
    (tmp_path / "web01.xml").write_text(web01)
    for name in ("nginx", "users"):
        (state_files / f"{name}.sls").write_text(f"{name}: test.nop\n")
    (state_files / "top.sls").write_text("base: {'*': [nginx]}\n")
    grains = {**loaders.opts["grains"], "id": "hn1", "openvz": {"flavour": "OpenVZ legacy"}}
    master = Master(tmp_path / "master")
    master.knows("hn1", pillar["domains"], grains, openvz.node_info())
    for name in ("hn2", "hn3", "vz1"):
        master.meets(name)
    master.opts["pillar_roots"]["staging"] = [str(staged(master))]
    yield Terminal(loaders.modules, {**loaders.opts, "grains": grains}, master)
    del pillar["domains"]


def _another(found):
    """Of another container: name, end of the UUID, end of the address."""
    return {"web01": "web02", "f001": "f002", "10": "12"}[found.group()]


def staged(master):
    """The same pillar in an environment that is about to be tested."""
    staging = master.home / "staging"
    shutil.copytree(master.home / "pillar", staging)
    (staging / "top.sls").write_text(json.dumps({"staging": master.tops}))
    return staging


def inhabit(node, openvz):
    """Container 209, which runs, and web01, whose private area has its name; a copy of that area is beside it."""
    areas = node.directory / "vz/private"
    node.vzctl("create", "209", "--ostemplate", "debian-12-x86_64")
    node.vzctl("start", "209")
    node.vzctl("create", "210", "--ostemplate", "debian-12-x86_64", "--name", "web01", "--private", areas / "web01")
    shutil.copytree(areas / "web01", areas / "copy", symlinks=True)
    openvz.adopt("209")
    openvz.adopt("web01")


def prepare(function, node):
    deed = BEFORE.get(function)
    if deed in ("suspend", "stop", "pause"):
        node.vzctl(deed, "209")
    if deed in ("snapshot", "mount"):
        node.vzctl("snapshot", "web01", "--id", SNAPSHOT, "--name", "release-7")
    if deed == "mount":
        node.vzctl("snapshot-mount", "web01", "--id", SNAPSHOT, "--target", "/mnt/web01")
    if deed == "create":
        node.vzctl("create", "301", "--ostemplate", "debian-12-x86_64", "--name", "web01")
    if deed == "unregister":
        node.vzctl(deed, "web01")
    if deed == "forget":
        conf = node.conf_path(209)
        conf.write_text(re.sub("#SALT-OPENVZ:.*\n", "", conf.read_text()))


@pytest.mark.salt_api
@pytest.mark.parametrize(("name", "line", "family"), list(lines()))
def test_the_example_runs(terminal, node, tmp_path, name, line):
    prepare(name, node)

    result = terminal.run(line.replace("/srv/containers", str(tmp_path)).replace(" /vz/", f" {node.directory}/vz/"))

    assert result not in (None, False, "", {})
    if isinstance(result, dict) and "changes" in result and name not in NOTHING_TO_CHANGE:
        assert result["changes"]
    if isinstance(result, dict) and "nodes" in result:
        assert result["nodes"] and result["retcode"] == 0


@pytest.mark.parametrize("name", sorted(TYPED["_modules"] | TYPED["_runners"]))
def test_every_function_has_an_example_of_itself(name):
    for directory, program in (("_modules", "salt(-call)?"), ("_runners", "salt-run")):
        if name in TYPED[directory]:
            found = examples.commands(examples.docstrings(directory)[name])

            assert "CLI Example:" in examples.docstrings(directory)[name]
            assert [line for line in found if re.match(rf"{program} .*\bopenvz\.{name}( |$)", line)]


@pytest.mark.parametrize("directory", examples.KINDS)
def test_what_looks_like_a_command_is_in_a_block_and_what_is_in_a_block_is_tried(directory):
    for text in examples.docstrings(directory).values():
        loose = [line.strip() for line in text.splitlines() if re.match(r" +salt(-run|-call)? ", line)]

        assert {language for language, _ in examples.blocks(text)} <= {"bash", "yaml"}
        assert set(loose) <= set(examples.commands(text))
        assert text.count(".. code-block::") == len(examples.blocks(text))


@pytest.mark.parametrize(
    "broken",
    [
        "salt '*' openvz.versoin",
        "salt 'other*' openvz.version",
        "sallt '*' openvz.version",
        "salt '*' openvz.get_xml 209 dialect=2009",
        "salt-run openvz.list 'G@openvz:flavour:none' tgt_type=compound",
        "salt-call --local openvz.dump --out=json | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"hn1\"])'",
    ],
)
def test_an_example_that_is_wrong_would_be_found(terminal, broken):
    with pytest.raises(Exception):  # noqa: B017 - whatever it is, the test above fails
        terminal.run(broken)
