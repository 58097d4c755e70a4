"""A page of docs/how-to as tests read it: files to write, commands to run, and what they are said to show."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import salt.output
import salt.utils.args
from salt.exceptions import SaltException

HOWTO = Path(__file__).parents[1] / "docs/how-to"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^# ((?:salt|salt-run|vzctl|sed) .*)\n", re.MULTILINE)
_PLAN_ID = re.compile("plan-[0-9a-f]{16}")


def parts(name):
    """``[("file", path, text), ("command", line, what is shown), ...]`` of a page, in its order."""
    for language, text in _FENCE.findall((HOWTO / name).read_text()):
        first, _, rest = text.partition("\n")
        if language == "yaml" and first.startswith("# /"):
            yield "file", first[2:], rest
        if language == "console":
            pieces = _COMMAND.split(text)[1:]
            yield from zip(["command"] * len(pieces), pieces[::2], pieces[1::2], strict=False)


def agrees(shown, real):
    """Whether a page shows what came: ``[…]`` stands for any lines, ``…`` for any words, plan ids vary."""
    lines = [
        r"(?:.*\n)*?" if line.strip() == "[…]" else _PLAN_ID.sub("plan-[0-9a-f]{16}", _escaped(line)) + r"\n"
        for line in shown.splitlines()
    ]
    return re.fullmatch("".join(lines), "".join(f"{line.rstrip()}\n" for line in real.splitlines())) is not None


def _escaped(line):
    """`re.escape` leaves nothing in a plan id to be escaped but its dash."""
    return re.escape(line.rstrip()).replace("plan\\-", "plan-").replace("…", ".*")


class Story:
    """
    Runs the commands of a page in their order, on a minion that `meet` makes anew where a file has changed.

    Files below ``/srv`` are below `root`. `runner` is called with the minion, and with the name and the arguments of a
    function of the master; it returns what is printed.
    """

    def __init__(self, root, node, meet, runner=None):
        self.root, self.node, self.meet, self.runner = root, node, meet, runner
        self._minion, self._plan_id = None, None

    @property
    def minion(self):
        """Its loaders. Salt keeps the list of files for some seconds, and the pillar until it is told to forget it."""
        if self._minion is None:
            for name in ("cache/file_lists", "cache/files"):
                shutil.rmtree(self.root / "home" / name, ignore_errors=True)
            self._minion = self.meet(self.root / "home", self.node, self.root / "srv")
        return self._minion

    def write(self, path, text):
        where = Path(path if path.startswith(str(self.root)) else self.place(path))
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(text)
        self._minion = None

    def place(self, text):
        return text.replace("/srv/", f"{self.root}/srv/")

    def run(self, line):
        """What a terminal would show."""
        said = _PLAN_ID.sub(lambda match: self._plan_id or match.group(), line)
        program, *words = shlex.split(self.place(said))
        text = getattr(self, "_" + program.replace("-", "_"))(words)
        found = _PLAN_ID.findall(text)
        self._plan_id = found[0] if found else self._plan_id
        return text

    def _vzctl(self, words):
        result = self.node.vzctl(*words, check=False)
        return (result.stdout + result.stderr).replace(str(self.node.directory), "")

    def _sed(self, words):
        self._minion = None
        return subprocess.run(["sed", *words], capture_output=True, text=True, check=True).stdout

    def _salt(self, words):
        words = words[2:] if words[0] == "-G" else words[1:]
        if "|" in words:
            return self._piped(words[: words.index("|")], words[words.index("|") + 1 :])
        function, *words = words
        return self._out(*self._called(function, words))

    def _piped(self, words, into):
        """``salt … --out=json | python3 -c CODE > FILE``"""
        ret, _ = self._called(words[0], [word for word in words[1:] if word != "--out=json"])
        code, target = into[into.index("-c") + 1], into[into.index(">") + 1]
        said = json.dumps({self.minion.opts["id"]: ret})
        result = subprocess.run([sys.executable, "-c", code], input=said, capture_output=True, text=True, check=True)
        self.write(target, result.stdout)
        return ""

    def _called(self, function, words):
        """What a function returns, and the outputter that it asks for."""
        args, kwargs = salt.utils.args.parse_input(words, condition=False)
        if function == "saltutil.refresh_pillar":  # a new minion has a new pillar
            return True, "nested"
        called = self.minion.modules[function]
        outputter = "highstate" if function.startswith("state.") else getattr(called, "__outputter__", "nested")
        try:
            ret = called(*args, **kwargs)
        except SaltException as err:
            return f"ERROR: {err}", "nested"
        return getattr(ret, "raw", ret), outputter

    def _out(self, ret, outputter):
        opts = {**self.minion.opts, "color": False, "state_output": "full", "state_verbose": True}
        return salt.output.out_format({self.minion.opts["id"]: ret}, outputter, opts)

    def _salt_run(self, words):
        args, kwargs = salt.utils.args.parse_input(words[1:], condition=False)
        return self.runner(self.minion, words[0], *args, **kwargs)
