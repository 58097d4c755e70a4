"""
Random pillars for containers that are followed for a long time, and what must hold of their node whatever happens.

Each container has an identity, its UUID. Its name, address, interfaces and power change, and it comes and goes. What is
in a container is told by a file in its private area: one that was lost and made again has it no more.
"""

import os
import random
import re

from salt.exceptions import CommandExecutionError

SEED = int(os.environ.get("OPENVZ_SEED", 2026))
UUIDS = [f"5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f0{number:02}" for number in range(6)]
ADDRESSES = [f"198.51.100.{number}" for number in range(10, 18)]
DEVICES = ["soak0", "soak1", "soak2"]
CONTENT = "content-of"  # a file in the private area
DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
    <openvz:features name='nfs' state='{nfs}'/>
  </metadata>
  <memory unit='MiB'>{memory}</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    {interfaces}
  </devices>
</domain>
"""
ROUTED = "<interface type='ethernet'><ip address='{}' family='ipv4'/></interface>"
BRIDGED = "<interface type='bridge'><source bridge='{}'/><target dev='{}'/></interface>"


class Chance:
    """Pillars of one random sequence."""

    def __init__(self, *what):
        self.random = random.Random(" ".join(map(str, (SEED, *what))))

    def pillar(self, absent=0.15):
        """An entry for each identity; no two want the same name, address or device."""
        addresses, devices = self._some(ADDRESSES), self._some(DEVICES)
        return {f"soak{number}": self.entry(number, addresses, devices, absent) for number in range(len(UUIDS))}

    def entry(self, number, addresses=(), devices=(), absent=0.0):
        """An entry for the container with this identity, which takes its addresses and devices from the lists."""
        document = self.document(number, addresses, devices)
        state = self.random.choice(("running", "running", "running", "stopped", None))
        if self.random.random() < absent:
            return {"xml": document, "state": "absent", "force": True}
        return {"xml": document, "restart": True, **({"state": state} if state else {})}

    def document(self, number, addresses=(), devices=()):
        routed = [addresses.pop() for _ in range(self.random.randrange(3)) if addresses]
        pairs = [devices.pop() for _ in range(self.random.randrange(2)) if devices]
        interfaces = [ROUTED.format(one) for one in routed]
        interfaces += [BRIDGED.format(self.random.choice(("br0", "eth10")), one) for one in pairs]
        return DOCUMENT.format(
            name=f"soak{number}{self.random.choice(('', 'b'))}",
            uuid=UUIDS[number],
            nfs=self.random.choice(("on", "off")),
            memory=self.random.choice((128, 256)),
            interfaces="\n    ".join(interfaces),
        )

    def _some(self, what):
        return self.random.sample(what, len(what))


class World:
    """What is on a node, as its files say."""

    def __init__(self, node):
        self.node, self.containers = node, {}
        for path in sorted(node.directory.glob("etc/vz/conf/*.conf")):
            if path.stem == "0":  # what the node is to itself
                continue
            text = path.read_text()
            self.containers[path.stem] = {
                "uuid": _said(r'^(?:#UUID: *|UUID=")([-0-9a-f]+)', text),
                "name": _said(r'^NAME="(.*)"', text),
                "addresses": [one for one in (_said(r'^IP_ADDRESS="(.*)"', text) or "").split() if one != "0.0.0.0"],
                "devices": re.findall(r"host_ifname=([^,;\"]+)", text),
            }

    @property
    def contents(self):
        """UUID -> the file in the private area; what has none is not there."""
        return {one["uuid"]: self._content(ctid) for ctid, one in self.containers.items() if self._content(ctid)}

    def fill(self):
        """Put something into each container that has nothing yet."""
        for ctid, one in self.containers.items():
            if not self._content(ctid) and self._area(ctid).is_dir():
                (self._area(ctid) / CONTENT).write_text(f"{one['uuid']} in {ctid}, {os.urandom(4).hex()}")

    def twins(self):
        """What two containers both have."""
        both = []
        for kind in ("uuid", "name", "addresses", "devices"):
            held = [one[kind] for one in self.containers.values() if one[kind]]
            flat = [each for some in held for each in some] if kind in ("addresses", "devices") else held
            both += [f"{kind} {one}" for one in sorted(set(flat)) if flat.count(one) > 1]
        return both

    def remains(self):
        """Private areas and links of names that belong to no container; locks that nobody holds."""
        vz, names = self.node.directory / "vz", self.node.directory / "etc/vz/names"
        areas = [path.name for path in (vz / "private").iterdir() if path.name not in self.containers]
        links = [path.name for path in names.iterdir() if self.node.ctid(path.name) not in self.containers]
        links += [path.name for path in names.iterdir() if path.name not in self._names]
        return areas + links + [path.name for path in (vz / "lock").glob("*.lck")]

    @property
    def _names(self):
        return [one["name"] for one in self.containers.values()]

    def _area(self, ctid):
        return self.node.directory / "vz/private" / ctid

    def _content(self, ctid):
        path = self._area(ctid) / CONTENT
        return path.read_text() if path.exists() else None


def _said(pattern, text):
    found = re.findall(pattern, text, flags=re.MULTILINE)
    return found[-1] if found else None


def applied(openvz, **how):
    """What `openvz.apply` says of each container, be it as an error."""
    try:
        return openvz.apply(max_destroys=None, **how)["containers"]
    except CommandExecutionError as err:
        return (err.info or {}).get("containers") or {"": {"error": str(err), "changes": {}}}


def failures(report):
    """Label -> error."""
    return {label: one["error"] for label, one in report.items() if one.get("error")}


def changed(report):
    """Label -> changes."""
    return {label: one["changes"] for label, one in report.items() if one["changes"]}
