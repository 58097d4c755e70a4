"""A simulated node, as tests handle it: run its vzctl by hand, look at its files, see what was called, make it fail."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from families import FOUR, NETWORK, RELEASES, SEVEN, TEMPLATES


class SimNode:
    """The node in `directory`; ``SimNode.make(directory)`` makes it as a user would, with ``vzsim init``."""

    def __init__(self, directory):
        self.directory = Path(directory)

    @classmethod
    def make(cls, directory, family=FOUR):
        """A node of a family, or of a line of one, with the templates that tests use."""
        release = RELEASES.get(family)
        family = family.partition(".")[0]
        more = [word for name in TEMPLATES for word in ("--template", name)] if family == SEVEN else []
        more += ["--network", NETWORK] if family == SEVEN else []
        more += ["--release", release] if release else []
        vzsim("init", str(directory), "--family", family, *more)
        return cls(directory)

    @property
    def family(self):
        """``"4"`` or ``"7"``: what the node's programs are."""
        return json.loads((self.directory / "proc/vz/node.json").read_text()).get("family", FOUR)

    def restore(self, pristine):
        """Become a copy of another node's directory again."""
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.directory)
        shutil.copytree(pristine, self.directory, symlinks=True)

    @property
    def options(self):
        """The ``openvz`` configuration of a minion on this node."""
        return {
            "vzctl": str(self.directory / "bin/vzctl"),
            "vzlist": str(self.directory / "bin/vzlist"),
            "ip": str(self.directory / "bin/ip"),
            "brctl": str(self.directory / "bin/brctl"),
            "config_dir": str(self.directory / "etc/vz"),
            "sys_class_net": str(self.directory / "sys/class/net"),
            "proc_dir": str(self.directory / "proc"),
            **{
                name: str(self.directory / "bin" / name)
                for name in ("vzmigrate", "vzmlocal")
                if (self.directory / "bin" / name).exists()
            },
        }

    @staticmethod
    def join(directory):
        """Let the nodes in this directory reach each other by the names of their own directories."""
        vzsim("fleet", str(directory))

    def vzctl(self, *argv, check=True):
        """Run vzctl as an administrator would, behind Salt's back."""
        result = subprocess.run(
            [self.options["vzctl"], *map(str, argv)],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert not check or result.returncode == 0, result
        return result

    def fault(self, *argv):
        """``fault("--command", "set", "--rc", "46")``"""
        vzsim("fault", str(self.directory), *argv)

    def ctid(self, who):
        """``"web01"`` -> ``"101"``, or a UUID on a node of family 7; anything else is a CTID already."""
        link = self.directory / "etc/vz/names" / str(who)
        if not link.is_symlink():
            return str(who)
        target = Path(os.readlink(link))
        return target.parent.name if target.name == "ve.conf" else target.stem

    def area(self, who):
        """The private area."""
        return self.directory / "vz/private" / self.ctid(who)

    def make_area(self, name, uuid, *lines):
        """A private area of family 7 that is not registered, with these lines in its file; its path."""
        area = self.directory / "vz/private" / name
        for inside in ("root.hdd", "dump", "fs", "scripts"):
            (area / inside).mkdir(parents=True)
        (area / "root.hdd/DiskDescriptor.xml").write_text('{"size_kib": 10485760, "snapshots": {}, "top": ""}')
        (area / ".owner").write_text("node1.example.test")
        (area / ".ve.layout").symlink_to("5")
        said = {"ONBOOT": "no", "PHYSPAGES": "131072:131072", "SWAPPAGES": "131072:131072", "UUID": uuid}
        said |= {"VE_ROOT": f"{self.directory}/vz/root/$VEID", "OSTEMPLATE": ".almalinux-9"}
        (area / "ve.conf").write_text("\n".join([*(f'{key}="{value}"' for key, value in said.items()), *lines, ""]))
        return str(area)

    def status(self, who):
        """``["exist", "mounted", "running"]``"""
        return self.vzctl("status", who).stdout.split()[2:]

    def conf_path(self, who):
        return self.directory / f"etc/vz/conf/{self.ctid(who)}.conf"

    def conf(self, who):
        """``{"CPUS": "2", ...}`` of a configuration file, ``None`` if there is none."""
        if not self.conf_path(who).exists():
            return None
        lines = (line.partition("=") for line in self.conf_path(who).read_text().splitlines() if "=" in line)
        return {key: value.strip('"') for key, _, value in lines}

    def inside(self, who, path):
        """A file of the container itself, whether it is mounted or not; ``inside("web01", "etc/shadow")``"""
        return self.area(who) / (f"root.hdd/files/{path}" if self.family == SEVEN else path)

    def dump(self, who):
        """Where vzctl puts what a suspended container had in memory."""
        if self.family == SEVEN:
            return self.area(who) / "dump/Dump"
        return self.directory / f"vz/dump/Dump.{self.ctid(who)}"

    def memory(self, who):
        """MiB of memory that a configuration file gives: the limit, in pages of 4 KiB."""
        return int(self.conf(who)["PHYSPAGES"].rpartition(":")[2]) / 256

    def calls(self, command=None, program="vzctl"):
        """The argument vectors run so far, without ``status`` and ``--version``, which change nothing."""
        path = self.directory / "calls.jsonl"
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        argvs = [row["argv"] for row in rows if row["program"] == program]
        return [
            argv for argv in argvs if argv[0] == command or (command is None and argv[0] not in ("status", "--version"))
        ]

    def forget_calls(self):
        (self.directory / "calls.jsonl").unlink(missing_ok=True)

    def bridge(self, name):
        """The devices that a bridge holds."""
        return sorted(os.listdir(self.directory / "sys/class/net" / name / "brif"))


def vzsim(*argv):
    """Run the vzsim program of this work tree."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-m", "vzsim.cli", *argv], env=environ, check=True, capture_output=True, text=True)


def announced(dry):
    """What a dry run of a function says the real one returns; it must say itself that it is none."""
    assert dry["test"] is True
    assert " would be" in dry["comment"]
    return {key: value for key, value in dry.items() if key not in ("test", "comment")}
