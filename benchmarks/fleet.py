"""
A simulated node with any number of equal containers that run and agree with their documents.

One is created and started by Salt itself. The others are its files with another CTID, since thousands of ``create``
would take longer than all measurements.
"""

import json
from pathlib import Path

from vzsim import making
from vzsim.node.node import Node

FIRST = 100001
LISTING = ("-a", "-j", "-o", "ctid,status,uptime")
KEY = "domains"  # of the pillar, below openvz
DOCUMENT = """\
<domain type='openvz'>
  <name>web{ctid}</name>
  <uuid>{uuid}</uuid>
  <description>Shop of customer {ctid}</description>
  <metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
    <openvz:hostname>web{ctid}.example.com</openvz:hostname>
    <openvz:onboot>yes</openvz:onboot>
  </metadata>
  <memory unit='MiB'>512</memory>
  <vcpu>2</vcpu>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/><target dir='/'/></filesystem>
    <interface type='bridge'><mac address='{mac}'/><source bridge='br0'/><guest dev='eth0'/></interface>
    <interface type='ethernet'><ip address='{address}' family='ipv4'/></interface>
  </devices>
</domain>
"""


def facts(ctid):
    """What tells container `ctid` from all others; each is a word that stands for nothing else in its files."""
    pairs = [f"{ctid:06}"[at : at + 2] for at in (0, 2, 4)]
    return {
        "ctid": str(ctid),
        "uuid": f"00000000-0000-4000-8000-000000{ctid:06}",
        "mac": ":".join(("02", "00", "00", *pairs)),
        "address": ".".join(("10", *(str(int(pair)) for pair in pairs))),
    }


def document(ctid):
    """The domain document of container `ctid`."""
    return DOCUMENT.format(**facts(ctid))


def ctids(count):
    return range(FIRST, FIRST + count)


def pillar(numbers, **entry):
    """``{"openvz": {KEY: {"web100001": {"xml": ...}, ...}}}``; `entry` is what stands beside each document."""
    return {"openvz": {KEY: {f"web{ctid}": {"xml": document(ctid), **entry} for ctid in numbers}}}


def conf_path(directory, ctid):
    """The configuration file of a container."""
    return directory / f"etc/vz/conf/{ctid}.conf"


def make(directory, latency=None):
    """A node without containers, for as many as are wanted."""
    making.init(str(directory))
    if latency:
        (Path(directory) / "latency.json").write_text(json.dumps(latency))
    return Path(directory)


def fill(directory, count):
    """Give a node, which has the first container, the rest of `count`."""
    node = Node(str(directory))
    first = node.running(FIRST)
    mounts = node.mounts()
    known = mounts[str(FIRST)]
    for ctid in ctids(count)[1:]:
        _copy(directory, ctid)
        node.set_running(ctid, json.loads(_renamed(json.dumps(first), ctid)))
        mounts[str(ctid)] = _renamed(known, ctid)
    Path(node.mounts_path).write_text(json.dumps(mounts))


def _copy(directory, ctid):
    conf = directory / f"etc/vz/conf/{ctid}.conf"
    conf.write_text(_renamed((directory / f"etc/vz/conf/{FIRST}.conf").read_text(), ctid))
    (directory / f"etc/vz/names/web{ctid}").symlink_to(conf)
    (directory / f"vz/private/{ctid}/etc").mkdir(parents=True)
    (directory / f"vz/root/{ctid}").mkdir()
    device = directory / f"sys/class/net/veth{ctid}.0"
    device.mkdir()
    (directory / f"sys/class/net/br0/brif/{device.name}").write_text("")


def _renamed(text, ctid):
    for old, new in zip(facts(FIRST).values(), facts(ctid).values(), strict=True):
        text = text.replace(old, new)
    return text
