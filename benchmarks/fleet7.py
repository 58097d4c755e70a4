"""
The same fleet on a node of vzctl 7: equal containers that run and agree with their documents, called by their UUIDs.
"""

import json
import os
import shutil
from pathlib import Path

from vzsim import making
from vzsim.seven import kernel
from vzsim.seven.node import Node

from . import fleet

FIRST, KEY = fleet.FIRST, fleet.KEY
ctids = fleet.ctids
LISTING = ("-S", "-j", "-o", "ctid,status")


def facts(number):
    """What tells a container from all others, spelled as in its files."""
    found = fleet.facts(number)
    mac = found["mac"].upper()
    return {**found, "mac": mac, "device": f"veth{mac.replace(':', '')[4:].lower()}"}


def document(number):
    """The domain document of a container."""
    return fleet.document(number).replace("debian-12-x86_64", "almalinux-9")


def pillar(numbers, **entry):
    """As of `fleet`."""
    return {"openvz": {KEY: {f"web{number}": {"xml": document(number), **entry} for number in numbers}}}


def make(directory):
    """A node without containers, for as many as are wanted."""
    making.init(str(directory), family="7")
    return Path(directory)


def conf_path(directory, number):
    """The configuration file of a container, where vzctl looks for it."""
    return directory / f"etc/vz/conf/{facts(number)['uuid']}.conf"


def fill(directory, count):
    """Give a node, which has the first container, the rest of `count`."""
    node, first = Node(str(directory)), facts(FIRST)
    live = json.dumps(node.running(first["uuid"]))
    mounts = node.mounts()
    known = mounts[first["uuid"]]
    for number in ctids(count)[1:]:
        uuid = facts(number)["uuid"]
        _copy(directory, number)
        kernel.set_live(node, uuid, json.loads(_renamed(live, number)))
        mounts[uuid] = _renamed(known, number)
    Path(node.mounts_path).write_text(json.dumps(mounts))
    kernel.publish(node)


def _copy(directory, number):
    first, its = facts(FIRST), facts(number)
    area, source = (directory / "vz/private" / one["uuid"] for one in (its, first))
    shutil.copytree(source, area, symlinks=True)
    (area / "ve.conf").write_text(_renamed((source / "ve.conf").read_text(), number))
    for link in (conf_path(directory, number), directory / f"etc/vz/names/web{number}"):
        os.symlink(area / "ve.conf", link)
    (directory / "vz/root" / its["uuid"]).mkdir()
    (directory / "sys/class/net" / its["device"]).mkdir()
    (directory / "sys/class/net/br0/brif" / its["device"]).write_text("")


def _renamed(text, number):
    for old, new in zip(facts(FIRST).values(), facts(number).values(), strict=True):
        text = text.replace(old, new)
    return text
