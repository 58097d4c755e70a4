"""Two nodes of vzctl 9 that reach each other."""

import json
import time

import pytest

from vzsim.ploop import images
from vzsim.seven.commands.areas import layout
from vzsim.seven.grammar import conf as reading

CONF = (
    'ONBOOT="no"\nPHYSPAGES="131072:131072"\nSWAPPAGES="131072:131072"\n'
    'VE_ROOT="{0}/vz/root/$VEID"\nVE_PRIVATE="{0}/vz/private/$VEID"\nVEID="{1}"\nUUID="{2}"\n'
)
UUID = "7d1a5a2e-0000-4000-8000-000000000{}"
NETIF = "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=vethold{}"
LIMIT = 20  # seconds until all processes of a node are gone


class Seven:
    """The nodes of a fleet, and containers laid out in no time."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.path, self.run, self.status = fleet.path, fleet.run, fleet.status
        self.locks, self.confs, self.names, self.calls = fleet.locks, fleet.confs, fleet.names, fleet.calls

    def container(self, node, ctid=101, running=False, marker="data of A", **values):
        """A registered container with files in its image."""
        area = self.area(node, ctid)
        layout.make(str(area))
        text = CONF.format(self.path(node), ctid, UUID.format(ctid))
        (area / "ve.conf").write_text(text + "".join(f'{key}="{value}"\n' for key, value in values.items()))
        images.write(f"{area}/root.hdd", {"size_kib": 10485760})
        inside = area / "root.hdd/files"
        for place in ("etc", "sbin"):
            (inside / place).mkdir(parents=True)
        (inside / "sbin/init").touch()
        (inside / "etc/marker").write_text(marker)
        self.path(node, f"etc/vz/conf/{ctid}.conf").symlink_to(area / "ve.conf")
        self.path(node, f"vz/root/{ctid}").mkdir(exist_ok=True)
        if "NAME" in values:
            self.path(node, f"etc/vz/names/{values['NAME']}").symlink_to(area / "ve.conf")
        if running:
            assert self.run(node, "vzctl", "start", ctid).rc == 0

    def area(self, node, ctid=101):
        return self.path(node, f"vz/private/{ctid}")

    def marker(self, node, ctid=101, area=None):
        place = (area or self.area(node, ctid)) / "root.hdd/files/etc/marker"
        return place.read_text() if place.exists() else None

    def state(self, node, ctid=101):
        """``"exist mounted running"``"""
        return self.run(node, "vzctl", "--quiet", "status", ctid).out.strip().removeprefix(f"VEID {ctid} ")

    def values(self, node, ctid=101):
        return reading.read_values(self.path(node, f"etc/vz/conf/{ctid}.conf").read_text())

    def kernel(self, node, **facts):
        """Change what a node's kernel and tools are."""
        place = self.path(node, "proc/vz/kernel.json")
        place.write_text(json.dumps({**json.loads(place.read_text()), **facts}))

    def fault(self, step, *words, node="hn1", program="vzmigrate"):
        self.fleet.manage("fault", "--command", program, "--step", step, *words, node=node)

    def migrate(self, *words, node="hn1"):
        return self.run(node, "vzmigrate", *words)

    def settle(self):
        """Wait until nothing is at work any more."""
        deadline = time.monotonic() + LIMIT
        while any(self.fleet.at_work(node) for node in ("hn1", "hn2")):
            assert time.monotonic() < deadline, [self.fleet.at_work(node) for node in ("hn1", "hn2")]
            time.sleep(0.02)

    def is_clean(self, node, ctid=101):
        """Whether nothing of a container is on a node."""
        area = self.area(node, ctid)
        places = [area, area.with_name(f"{ctid}.migrated"), self.path(node, f"etc/vz/conf/{ctid}.conf")]
        return not any(place.exists() or place.is_symlink() for place in places) and not self.locks(node)


@pytest.fixture
def made_with():
    return ("--family", "7")


@pytest.fixture
def seven(fleet):
    return Seven(fleet)
