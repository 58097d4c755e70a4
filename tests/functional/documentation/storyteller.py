"""
Runs the commands of a page in their order: Salt's in this process, vzctl's on a simulated node, others in a shell.

What a page keeps below ``/srv``, ``/etc/salt`` and in the home of its reader is below a directory of the test's own.
Where a page has several nodes, ``ssh NODE COMMAND`` runs a command on one of them; others run on the first.
"""

import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import outside
import pages
import pytest
import salt.config
import salt.output
import salt.utils.args
import simminion
import yaml
from salt.exceptions import SaltException
from salt.utils.data import subdict_match
from simmaster import Master
from simnode import FOUR, SimNode, vzsim

# Salt's own would need a running minion; what the module says is kept in a file instead.
BUS = """\
import json, os

def send(tag, data=None, **kwargs):
    with open(os.path.join(__opts__["root_dir"], "events.jsonl"), "a") as stream:
        stream.write(json.dumps({"tag": tag, "data": data, "id": __opts__["id"]}) + "\\n")
    return True
"""
# What a page may run in a shell of this machine. Nothing here reaches beyond the directories that are named.
SHELL = {
    "cat",
    "cd",
    "chmod",
    "cp",
    "diff",
    "echo",
    "export",
    "gpg",
    "grep",
    "ls",
    "mkdir",
    "openssl",
    "read",
    "sed",
    "vzsim",
}
READING = {"grep", "ls"}  # what changes nothing that a minion has read
_PROGRAM = re.compile(r"(?:[\w.-]+/)*bin/(?:vzctl|vzlist|vzmigrate|ssh|rsync)")  # of a node that the page has made
_PLAN_ID = re.compile("(plan|fleet)-[0-9a-f]{16}")
_TYPED = "correct horse battery staple\n"  # whatever a command asks for


class Story:
    """
    What happens on a page; files and commands are given to it one by one.

    minions
        The id of its minion, or ids and the families of their nodes: ``{"hn1": "4", "vz1": "7"}``.
    """

    def __init__(self, root, minions):
        minions = {minions: FOUR} if isinstance(minions, str) else minions
        self.root, self.minion_id = root, next(iter(minions))
        self.user = self.where = root / "user"
        for directory in (self.user, root / "srv/salt", root / "srv/pillar", root / "etc/salt", root / "bin"):
            directory.mkdir(parents=True)
        (root / "bus/_modules").mkdir(parents=True)
        (root / "bus/_modules/event.py").write_text(BUS)
        program = f'#!/bin/sh\nPYTHONPATH={pages.REPO} exec {sys.executable} -m vzsim.cli "$@"\n'
        (root / "bin/vzsim").write_text(program)
        (root / "bin/vzsim").chmod(0o755)
        self.nodes = {name: SimNode.make(root / "nodes" / name, family) for name, family in minions.items()}
        self.node = self.nodes[self.minion_id]
        if len(minions) > 1:
            vzsim("fleet", str(root / "nodes"))  # they reach each other
        self.master = Master(root / "master", root / "srv/pillar")
        self.master.opts["file_roots"] = {"base": [str(root / "srv/salt")]}
        self._minions, self._grains, self._plan_ids, self._environ = {}, {}, {}, {}
        self._at, self._away = None, {}

    # what a page does

    def write(self, path, text):
        where = Path(self.place(path))
        assert where.is_relative_to(self.root), f"{path} is no place for a page to write to"
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(self.place(text))
        self._minions.clear()

    def run(self, line):
        """What a terminal would show."""
        if outside.reason(line):
            return ""
        said = _PLAN_ID.sub(lambda match: self._plan_ids.get(match[1], match[0]), line)
        program = shlex.split(said, comments=True)[0]
        act = getattr(self, "_" + program.replace("-", "_"), self._shell)
        text = self._as_shown(act(said))
        first = [*_PLAN_ID.finditer(text)][::-1]  # the first of each kind counts
        self._plan_ids.update({match[1]: match[0] for match in first})
        return text

    def place(self, text, node=None):
        """A text with the directories of this story in the place of the page's; those of a node are the first one's."""
        directory = (node or self.node).directory
        text = re.sub(r"(?<![\w/.])/(srv|etc/salt)/", rf"{self.root}/\1/", text)
        text = re.sub(r"(?<![\w/.])/(etc/vz|vz)/", rf"{directory}/\1/", text)
        return re.sub(r"(?<![\w/])~/", f"{self.user}/", text)

    def _as_shown(self, text):
        nodes = ((node.directory, "") for node in self.nodes.values())
        for directory, shown in ((self.user, "/home/you"), *nodes, (self.root, "")):
            text = text.replace(str(directory), shown)
        return text

    # minions

    def minion(self, who=None):
        """The loaders of a minion by its id, or of the masterless one whose configuration is in a directory."""
        who = who or self.minion_id
        self._turn(who)
        if who not in self._minions:
            grains = self._grains.get(who)
            self._minions[who] = self._met(who, grains) if who in self.nodes else self._from(who, grains)
            self._grains[who] = self._minions[who].grains
        return self._minions[who]

    def _turn(self, who):
        """Salt has one copy of each module in a process, with the options of one minion: lay the last one's aside."""
        if who != self._at:
            self._away[self._at] = simminion.laid_aside()
            sys.modules.update(self._away.pop(who, {}))
            self._at = who

    def _met(self, minion_id, grains):
        home = self.root / "homes" / minion_id
        roots = {"base": [str(self.root / "srv/salt")]}
        settings = {}
        for path in sorted((self.root / "etc/salt/minion.d").glob("*.conf")):
            settings.update(yaml.safe_load(path.read_text()))
        programs = self.nodes[minion_id].directory / "bin"
        openvz = {name: str(programs / name) for name in ("rsync", "ssh", "vzmigrate")} | settings.pop("openvz", {})
        minion = simminion.make(
            minion_id,
            home,
            self.nodes[minion_id],
            self.root / "srv/pillar",
            [self.root / "bus"],
            openvz,
            grains,
            file_roots=roots,
            gpg_keydir=str(self.root / "etc/salt/gpgkeys"),
            **settings,
        )
        (home / "sock/minion_event_0123456789_pull.ipc").touch()  # by it the module sees that a minion runs
        return minion

    def _from(self, config, grains):
        opts = salt.config.minion_config(str(config / "minion"), cache_minion_id=False)
        # nothing is to be synced: on the page the extension is installed
        own = {"module_dirs": [str(pages.REPO)], "log_file": str(self.root / "log"), "autoload_dynamic_modules": False}
        return simminion.Minion({**opts, **own}, grains)

    # programs

    def _shell(self, line):
        """Anything else: in a shell that keeps its directory and its variables."""
        for program in _programs(line):
            assert program in SHELL or _PROGRAM.fullmatch(program), f"no page runs {program}"
        if not all(program in READING or _PROGRAM.fullmatch(program) for program in _programs(line)):
            self._minions.clear()
        script = f'{self.place(line)}\ncode=$?\n{{ pwd; env -0; }} > "$STORY"\nexit $code'
        result = subprocess.run(
            ["bash", "-c", script],
            cwd=self.where,
            input=_TYPED,
            env={**os.environ, **self._environ, **self._own()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{line} ended with {result.returncode}: {result.stderr}"
        self._remember()
        return result.stdout + result.stderr

    def _own(self):
        path = self._environ.get("PATH", os.environ["PATH"])
        return {"HOME": str(self.user), "PATH": f"{self.root}/bin:{path}", "STORY": str(self.root / "story")}

    def _remember(self):
        where, _, variables = (self.root / "story").read_text().partition("\n")
        assert Path(where).is_relative_to(self.user), f"no page goes to {where}"
        self.where = Path(where)
        self._environ = dict(one.split("=", 1) for one in variables.split("\0") if "=" in one)

    def _vzctl(self, line, node=None):
        result = (node or self.node).vzctl(*shlex.split(line)[1:])
        return result.stdout + result.stderr

    def _vzlist(self, line, node=None):
        program = (node or self.node).options["vzlist"]
        return subprocess.run([program, *shlex.split(line)[1:]], capture_output=True, text=True, check=False).stdout

    def _ssh(self, line):
        """``ssh vz1 vzctl mount 101``: vzctl, vzlist, or what reads and writes files of a node."""
        _, name, said = line.split(maxsplit=2)
        said, program = self.place(said, self.nodes[name]), said.split()[0]
        if program in ("vzctl", "vzlist"):
            return getattr(self, f"_{program}")(said, self.nodes[name])
        return self._shell(said)

    def _salt(self, line):
        names, _ = self._targeted(shlex.split(line, comments=True))
        return "\n".join(self._told(name, line) for name in names)

    def _told(self, name, line):
        """What a minion says to a command, whose paths are those of its own node."""
        _, words = self._targeted(shlex.split(self.place(line, self.nodes[name]), comments=True))
        return self._printed(self.minion(name), name, words)

    def _targeted(self, words):
        """The minions that a command is for, and what it says to them."""
        if words[1] == "-G":
            names = [name for name in self.nodes if subdict_match(self.minion(name).grains, words[2])]
            words = words[1:]
        else:
            names = fnmatch.filter(self.nodes, words[1])
        assert names, f"{words[1]} is no minion of this page"
        return names, words[3:] if words[2] == "--" else words[2:]

    def _salt_call(self, line):
        words = shlex.split(self.place(line), comments=True)[1:]
        assert words.pop(0) == "--local", "a page has no master to call"
        config = None
        if words[0] == "-c":
            config, words = self.where / words[1], words[2:]
        return self._printed(self.minion(config), "local", words)

    def _salt_run(self, line):
        function, *words = shlex.split(self.place(line), comments=True)[1:]
        args, kwargs = salt.utils.args.parse_input(words, condition=False)
        return self._from_master(function, *args, **kwargs)

    # what Salt prints

    def _printed(self, minion, title, words):
        if "|" in words or ">" in words:
            cut = min(words.index(sign) for sign in "|>" if sign in words)
            return self._piped(minion, title, words[:cut], words[cut:])
        function, *words = words
        outs = [word.partition("=")[2] for word in words if word.startswith("--out=")]
        ret, outputter = self._called(minion, function, [word for word in words if not word.startswith("--out=")])
        return self._out(minion, title, ret, *(outs or [outputter]))

    def _piped(self, minion, title, words, rest):
        """``… --out=json | python3 -c CODE > FILE``, ``… --out=newline_values_only > FILE``"""
        (out,) = [word.partition("=")[2] for word in words if word.startswith("--out=")]
        ret, _ = self._called(minion, words[0], [word for word in words[1:] if not word.startswith("--out=")])
        said = salt.output.out_format({title: ret}, out, minion.opts)
        if rest[0] == "|":
            assert rest[1:3] == ["python3", "-c"]
            said = subprocess.run(
                [sys.executable, "-c", rest[3]], input=said, capture_output=True, text=True, check=True
            ).stdout
        self.write(str(self.where / rest[rest.index(">") + 1]), said)
        return ""

    def _called(self, minion, function, words):
        """What a function returns, and the outputter that it asks for."""
        args, kwargs = salt.utils.args.parse_input(words, condition=False)
        if function == "saltutil.refresh_pillar":  # a new minion has a new pillar
            return True, "nested"
        called = minion.modules[function]
        outputter = "highstate" if function.startswith("state.") else getattr(called, "__outputter__", "nested")
        try:
            ret = called(*args, **kwargs)
        except SaltException as err:
            return f"ERROR: {err}", "nested"
        return getattr(ret, "raw", ret), outputter

    def _out(self, minion, title, ret, outputter):
        opts = {**minion.opts, "color": False, "state_output": "full", "state_verbose": True}
        return salt.output.out_format({title: ret}, outputter, opts)

    def _from_master(self, function, *args, **kwargs):
        """What a master prints, who knows the minions of a story."""
        if function == "state.event":
            texts = (path.read_text() for path in sorted((self.root / "homes").glob("*/events.jsonl")))
            events = (json.loads(line) for text in texts for line in text.splitlines())
            return "".join(f"{one['tag']}\t{json.dumps(one, indent=4, sort_keys=True)}\n" for one in events)
        for name in self.nodes:
            minion = self.minion(name)
            self.master.meets(name, {**minion.opts["grains"], "id": name}, minion.modules.openvz.node_info())
        self._turn("master")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("salt.client.get_local_client", lambda **options: Client(self))
            shown = self.master.run[function](*args, **kwargs)
        return salt.output.out_format(shown["data"], shown["outputter"], {**minion.opts, "color": False})


class Client:
    """A master whose minions are in this process."""

    def __init__(self, story):
        self.story = story

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, tgt, function, **kwargs):
        names = fnmatch.filter(self.story.nodes, tgt) if isinstance(tgt, str) else tgt
        found = {name: self._called(name, function, kwargs.get("kwarg") or {}) for name in names}
        self.story._turn("master")
        return found

    def _called(self, name, function, said):
        try:
            return {"ret": self.story.minion(name).modules[function](**said), "retcode": 0}
        except SaltException as err:
            return {"ret": f"ERROR: {err}", "retcode": 1}


def _programs(line):
    """The first words of all commands of a line of shell."""
    words = shlex.shlex(line.partition("\n")[0], posix=True, punctuation_chars=True)
    words.whitespace_split = True
    before = ";"
    for word in words:
        if before and set(before) <= set(";|&"):
            yield word
        before = word


def tell(page, root, minions, before=()):
    """``[(command, what the page shows, what was shown here), ...]``, after the commands `before`."""
    story = Story(root, minions)
    try:
        for line in before:
            story.run(line)
        for kind, what, text in pages.parts(page):
            if kind == "file":
                story.write(what, text)
            else:
                yield what, text, story.run(what)
    finally:
        if (root / "etc/salt/gpgkeys").exists():
            keys = ["gpgconf", "--homedir", str(root / "etc/salt/gpgkeys"), "--kill", "all"]
            subprocess.run(keys, check=False)
