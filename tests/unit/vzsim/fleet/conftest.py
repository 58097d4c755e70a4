"""Two nodes that reach each other, with containers laid out in no time; programs run as forks of this process."""

import contextlib
import io
import json
import os
import subprocess
import time
from collections import namedtuple

import pytest

from vzsim import cli

CONF = (
    'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nVE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\n'
    'VE_LAYOUT="simfs"\nOSTEMPLATE="debian-12-x86_64"\n'
)
LIMIT = 60  # seconds for one program: it hangs if it takes longer

Answer = namedtuple("Answer", "rc out err")


class Fleet:
    """The nodes in a directory: ``fleet.run("hn1", "vzmigrate", "hn2", 101)``"""

    def __init__(self, directory, *options, nodes="hn1,hn2"):
        self.directory = directory
        self.begun = []
        self.manage("fleet", "--nodes", nodes, *options)

    def manage(self, command, *words, node=None):
        """Run ``vzsim COMMAND DIR ...``"""
        place = self.directory / node if node else self.directory
        with contextlib.redirect_stdout(io.StringIO()) as shown:
            assert cli.main([command, str(place), *map(str, words)]) == 0
        return shown.getvalue()

    def fault(self, node, step, *words):
        self.manage("fault", "--command", "vzmigrate", "--step", step, *words, node=node)

    def path(self, node, path=""):
        return self.directory / node / path.lstrip("/")

    def begin(self, node, program, *words, **more):
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more}
        argv = [str(self.path(node, f"bin/{program}")), *map(str, words)]
        self.begun.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, **pipes))
        return self.begun[-1]

    def end(self):
        """Let nothing of a test that has failed go on."""
        for path in self.directory.iterdir():
            if path.is_file():
                path.unlink()  # what a step waits for
        for process in self.begun:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def run(self, node, program, *words, **more):
        """Run a program of a node; the directory of the fleet is left out of what it says."""
        with self.begin(node, program, *words, **more) as process:
            out, err = process.communicate(timeout=LIMIT)
        gone = f"{self.directory}/"
        return Answer(process.returncode, out.replace(gone, "/"), err.replace(gone, "/"))

    def migrate(self, *words, node="hn1"):
        return self.run(node, "vzmigrate", *words)

    def container(self, node, ctid=101, extra="", running=False, marker="data of A", name=None):
        """A container that ``vzctl create`` might have made."""
        path = self.path(node, f"etc/vz/conf/{ctid}.conf")
        path.write_text(CONF + (f'NAME="{name}"\n' if name else "") + extra)
        if name:
            self.path(node, f"etc/vz/names/{name}").symlink_to(path)
        area = self.area(node, ctid)
        for place in ("etc", "sbin", "proc"):
            (area / place).mkdir(parents=True, exist_ok=True)
        (area / "sbin/init").touch()
        (area / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (area / "etc/marker").write_text(marker)
        self.path(node, f"vz/root/{ctid}").mkdir(exist_ok=True)
        if running:
            assert self.run(node, "vzctl", "start", ctid).rc == 0

    def area(self, node, ctid=101):
        return self.path(node, f"vz/private/{ctid}")

    def marker(self, node, ctid=101):
        place = self.area(node, ctid) / "etc/marker"
        return place.read_text() if place.exists() else None

    def status(self, node, ctid=101):
        """``"exist mounted running"``"""
        out = self.run(node, "vzctl", "--quiet", "status", ctid).out
        return out.strip().removeprefix(f"CTID {ctid} ")

    def conf(self, node, name="101.conf"):
        place = self.path(node, f"etc/vz/conf/{name}")
        return place.read_text() if place.exists() else None

    def confs(self, node):
        """The names of files in etc/vz/conf that belong to containers."""
        names = os.listdir(self.path(node, "etc/vz/conf"))
        return sorted(name for name in names if name[0] in "123456789")

    def names(self, node):
        place = self.path(node, "etc/vz/names")
        return {name: os.path.basename(os.readlink(place / name)) for name in sorted(os.listdir(place))}

    def locks(self, node):
        return sorted(os.listdir(self.path(node, "vz/lock")))

    def calls(self, node, program=None):
        """The command lines that a node's programs were called with, in order of their ends."""
        path = self.path(node, "calls.jsonl")
        lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [" ".join([line["program"], *line["argv"]]) for line in lines if program in (None, line["program"])]

    def at_work(self, node):
        """The command lines of the node's processes."""
        found = []
        for name in os.listdir(self.path(node, "proc")):
            with contextlib.suppress(OSError):
                if name.isdigit():
                    found.append((self.path(node, f"proc/{name}/cmdline")).read_text().replace("\0", " ").strip())
        return sorted(filter(None, found))

    def settle(self):
        """Wait until no program of a node is at work."""
        self.until(lambda: not any(self.at_work(node) for node in ("hn1", "hn2")))

    @staticmethod
    def until(is_so):
        """Wait for an event."""
        end = time.monotonic() + LIMIT
        while not is_so():
            assert time.monotonic() < end
            time.sleep(0.01)


@pytest.fixture
def made_with():
    """Options of ``vzsim fleet``."""
    return ()


@pytest.fixture
def fleet(tmp_path, server, made_with):
    with server.patched():
        one = Fleet(tmp_path / "fleet", *made_with)
        yield one
        one.end()
