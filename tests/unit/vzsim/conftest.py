"""A bench for the simulated node: containers made in no time, vzctl run in this process."""

import json
from collections import namedtuple

import pytest

from vzsim import making
from vzsim.commands import vzctl
from vzsim.node.node import Node

CONF = (
    'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nVE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\n'
    'VE_LAYOUT="simfs"\nOSTEMPLATE="debian-12-x86_64"\n'
)

Answer = namedtuple("Answer", "rc out err")


class Bench:
    """One node; ``conf`` and ``container`` lay out what is there, ``vzctl`` runs the program."""

    def __init__(self, directory, capfd):
        self.directory = directory
        self.capfd = capfd

    def vzctl(self, *argv, uid=None):
        """Run vzctl; the directory of the node is left out of what it says."""
        self.capfd.readouterr()
        rc = vzctl.main(Node(str(self.directory), uid), [str(word) for word in argv])
        out, err = self.capfd.readouterr()
        return Answer(rc, out.replace(str(self.directory), ""), err.replace(str(self.directory), ""))

    def path(self, path):
        return self.directory / path.lstrip("/")

    def conf(self, ctid, text=None):
        """Write a conf, or read it."""
        place = self.path(f"etc/vz/conf/{ctid}.conf")
        if text is not None:
            place.write_bytes(text.encode())
        return place.read_bytes().decode()

    def added(self, ctid, base=CONF):
        """The lines that a conf has got since ``base``."""
        text = self.conf(ctid)
        assert text.startswith(base)
        return text[len(base) :].splitlines()

    def devices(self):
        """``{"eth0": {"bridge": "br0", ...}}`` of container 301's conf."""
        line = next(line for line in self.conf(301).splitlines() if line.startswith("NETIF="))
        found = {}
        for part in filter(None, line[len('NETIF="') : -1].split(";")):
            fields = dict(field.split("=") for field in part.split(","))
            found[fields.pop("ifname")] = fields
        return found

    def container(self, ctid, extra="", base=CONF, running=False):
        """A container without going through ``create``."""
        self.conf(ctid, base + extra)
        for place in ("private", "root"):
            self.path(f"vz/{place}/{ctid}").mkdir(exist_ok=True)
        for place in ("etc/init.d", "proc", "sbin"):
            self.path(f"vz/private/{ctid}/{place}").mkdir(parents=True, exist_ok=True)
        self.path(f"vz/private/{ctid}/sbin/init").touch()
        self.path(f"vz/private/{ctid}/etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        self.path(f"vz/private/{ctid}/etc/shadow").write_text("root:*:1:0:99999:7:::\n")
        if running:
            assert self.vzctl("start", ctid).rc == 0

    def live(self, ctid):
        place = self.path(f"proc/vz/ct/{ctid}.json")
        return json.loads(place.read_text()) if place.exists() else None

    def kernel(self, **settings):
        """Change what the kernel can do; ``None`` takes a key away."""
        place = self.path("proc/vz/kernel.json")
        kernel = {**json.loads(place.read_text()), **settings}
        place.write_text(json.dumps({key: value for key, value in kernel.items() if value is not None}))

    def foreign_kernel(self):
        """The kernel of the recorded runs: no OpenVZ, no checkpointing."""
        self.kernel(openvz_kernel=None, checkpoint=None, hostname="vm")
        self.path("etc/vz/vznet.conf").unlink()
        self.without_ploop()

    def without_ploop(self):
        """A kernel without ploop."""
        self.path("proc/vz/ploop_minor").unlink()

    def link(self, name, ctid):
        self.path(f"etc/vz/names/{name}").symlink_to(self.path(f"etc/vz/conf/{ctid}.conf"))

    def names(self):
        """``{"web1": "101.conf"}``"""
        return {link.name: link.readlink().name for link in self.path("etc/vz/names").iterdir()}

    def bridge(self, name):
        return sorted(port.name for port in self.path(f"sys/class/net/{name}/brif").iterdir())


@pytest.fixture
def bench(tmp_path, capfd):
    making.init(str(tmp_path / "node"))
    return Bench(tmp_path / "node", capfd)
