"""A bench for nodes of vzctl 7 to 9: containers made in no time, vzctl run in this process."""

import json
import os
from collections import namedtuple

import pytest

from vzsim import files, making
from vzsim.ploop import images
from vzsim.seven import vzctl
from vzsim.seven.commands.areas import layout
from vzsim.seven.grammar import conf
from vzsim.seven.node import Node

BASE = {"ONBOOT": "no", "PHYSPAGES": "131072:131072", "SWAPPAGES": "131072:131072"}
ETH0 = "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=veth72000001"

Answer = namedtuple("Answer", "rc out err")


class Bench:
    """One node; ``container`` lays out what is there, ``vzctl`` runs the program."""

    def __init__(self, directory, capfd):
        self.directory = directory
        self.capfd = capfd

    @property
    def node(self):
        return Node(str(self.directory))

    def vzctl(self, *words):
        """Run vzctl; the directory of the node is left out of what it says."""
        self.capfd.readouterr()
        rc = vzctl.main(self.node, [str(word) for word in words])
        out, err = self.capfd.readouterr()
        return Answer(rc, out.replace(str(self.directory), ""), err.replace(str(self.directory), ""))

    def path(self, path):
        return self.directory / path.lstrip("/")

    def area(self, ctid):
        return self.path(f"vz/private/{ctid}")

    def container(self, ctid, running=False, **values):
        """A container without going through ``create``: registered, with an empty image."""
        area = str(self.area(ctid))
        layout.make(area)
        files.write_text(
            f"{area}/ve.conf", "".join(f'{k}="{v}"\n' for k, v in {**BASE, "VEID": ctid, **values}.items())
        )
        images.write(f"{area}/root.hdd", {"size_kib": 10485760})
        os.symlink(f"{area}/ve.conf", self.path(f"etc/vz/conf/{ctid}.conf"))
        if "NAME" in values:
            os.symlink(f"{area}/ve.conf", self.path(f"etc/vz/names/{values['NAME']}"))
        if running:
            assert self.vzctl("start", ctid).rc == 0

    def values(self, ctid):
        return conf.read_values(files.read_text(self.node.conf_path(str(ctid))))

    def live(self, ctid):
        return self.node.running(str(ctid))

    def cgroup(self, path):
        """``cgroup("cpu/machine.slice/101/cpu.shares")`` -> ``"1024"``; ``None`` if it is not there."""
        place = self.path(f"sys/fs/cgroup/{path}")
        return place.read_text().strip() if place.exists() else None

    def bridge(self, name):
        return sorted(port.name for port in self.path(f"sys/class/net/{name}/brif").iterdir())

    def kernel(self, **facts):
        """Change what the node's kernel and tools are."""
        place = self.path("proc/vz/kernel.json")
        place.write_text(json.dumps({**json.loads(place.read_text()), **facts}))


@pytest.fixture
def seven(tmp_path, capfd):
    making.init(str(tmp_path / "node"), family="7")
    return Bench(tmp_path / "node", capfd)
