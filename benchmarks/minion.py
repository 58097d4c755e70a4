"""A masterless minion in a process of its own: what a run took, and which processes it started."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parents[1]
COUNTING = Path(__file__).with_name("counting.py")
PLACES = {
    "vzctl": "bin/vzctl",
    "vzlist": "bin/vzlist",
    "config_dir": "etc/vz",
    "sys_class_net": "sys/class/net",
    "proc_dir": "proc",
}
CONFIGURATION = {"file_client": "local", "fips_mode": False, "module_dirs": [str(REPO)]}


class Failed(Exception):
    """A run did something else than what was to be measured."""


@dataclass(frozen=True)
class Taken:
    """What one run took."""

    seconds: float
    peak: int  # KiB of resident memory


class Minion:
    """A minion in `home`, on the node there; its states and pillar are files, and its configuration too."""

    def __init__(self, home, node, **openvz):
        self.home, self.node = Path(home), Path(node)
        self.changes = {}  # of the last run: container -> a line for what each field was, and for what it is
        for name in ("states", "pillar"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        self._configure(openvz)

    def _configure(self, openvz):
        settings = {key: str(self.node / place) for key, place in PLACES.items()}
        said = {
            **CONFIGURATION,
            "id": "bench",
            "root_dir": str(self.home),
            "log_file": str(self.home / "minion.log"),
            "file_roots": {"base": [str(self.home / "states")]},
            "pillar_roots": {"base": [str(self.home / "pillar")]},
            "openvz": {**settings, **openvz},
        }
        (self.home / "minion").write_text(json.dumps(said))

    def give(self, pillar):
        """Let the pillar be this, in YAML as people write it."""
        (self.home / "pillar/top.sls").write_text("base: {'*': [containers]}\n")
        (self.home / "pillar/containers.sls").write_text("#!yaml\n" + as_yaml(pillar))

    def write(self, name, states):
        """A file of states: ``write("nop", {"floor": {"test.nop": []}})``."""
        (self.home / f"states/{name}.sls").write_text("#!yaml\n" + as_yaml(states))

    def apply(self, name, changes=False):
        """Apply a file of states; what it took. `changes`: whether it has to change something, or must not."""
        return self._measured([sys.executable, str(COUNTING), ""], name, changes)

    def processes(self, name, changes=False):
        """Apply a file of states; the names of all programs that were started, and "fork" for copies of Salt."""
        log = self.home / "started"
        log.write_text("")
        self._measured([sys.executable, str(COUNTING), str(log)], name, changes)
        return log.read_text().split()

    def _measured(self, command, name, changes):
        options = ("--local", "--config-dir", str(self.home), "--out=json", "--log-level=critical", "state.apply")
        with (self.home / "out").open("wb") as out, (self.home / "err").open("wb") as err:
            begun = time.perf_counter()
            child = subprocess.Popen([*command, *options, name], stdout=out, stderr=err)
            _, status, usage = os.wait4(child.pid, 0)
            seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        self._check(child.returncode, changes)
        return Taken(seconds, usage.ru_maxrss)

    def _check(self, code, changes):
        text = (self.home / "out").read_text()
        if code:
            raise Failed(f"salt-call ended with code {code}: {text[-2000:]} {(self.home / 'err').read_text()[-2000:]}")
        self.changes = {}
        for ret in json.loads(text)["local"].values():
            self.changes.update(ret["changes"])
            if ret["result"] is not True or bool(ret["changes"]) != changes:
                raise Failed(f"this was not to be measured: {json.dumps(ret)[:2000]}")


def as_yaml(data, indent=0):
    """YAML of mappings, texts and lists, with texts of several lines as blocks; JSON for everything else."""
    if not isinstance(data, dict) or not data:
        return f" {json.dumps(data)}\n"
    pad, lines = " " * indent, ["\n"] if indent else []
    for key, value in data.items():
        if isinstance(value, str) and "\n" in value:
            block = "".join(f"{pad}  {line}\n" for line in value.splitlines())
            lines.append(f"{pad}{json.dumps(key)}: |\n{block}")
        else:
            lines.append(f"{pad}{json.dumps(key)}:{as_yaml(value, indent + 2)}")
    return "".join(lines)
