"""
Recorded states of two nodes that a container moves between: world -> directories.

A world says of each node which files are in etc/vz/conf (with texts where they matter), name links, areas with the
number of their files and a marker, mount points, locks, dumps, and what ``vzctl status`` says. What a record's note
says beyond that (``given``: faults, lines of a configuration, what one node lacks) is laid out as well.
"""

import contextlib
import os
import shutil
import subprocess
import time

from vzsim import files, making, programs
from vzsim.fleet import peers
from vzsim.node import faults
from vzsim.replay import worlds

HOSTS = {"node-A": "nodea", "node-B": "nodeb"}
MARKER = "etc/marker"
SCRIPT = "#!/bin/sh\nexit 0\n"
KERNEL = {"vswap": True}
BASE = (
    'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nDISKSPACE="2G:2.2G"\nDISKINODES="131072:144179"\nQUOTATIME="0"\n'
    'CPUUNITS="1000"\nNETFILTER="stateless"\nVE_ROOT="{root}"\nVE_PRIVATE="{private}"\nVE_LAYOUT="simfs"\n'
    'OSTEMPLATE="busybox-x86_64"\nORIGIN_SAMPLE="vswap-256m"\nLOCAL_UID="0"\nLOCAL_GID="0"\nHOSTNAME="h{ctid}"\n'
)
DIRECTORIES = (*worlds.DIRECTORIES, "etc/init.d", "var/tmp", "sys/module/ipv6")
DESCRIPTOR = "root.hdd/DiskDescriptor.xml"


def build(place, record, template):
    """Make both nodes below a directory; ``{"node-A": directory, ...}``."""
    given = record.get("given") or {}
    nodes = {name: f"{place}/{host}" for name, host in HOSTS.items()}
    for name, directory in nodes.items():
        _build_node(directory, record["before"][name], given.get(name) or {}, template)
        peers.write(directory, HOSTS[name], {HOSTS[one]: nodes[one] for one in nodes})
    for name, directory in nodes.items():
        _bring_up(directory, record["before"][name].get("status") or {})
        _give(directory, given.get(name) or {})
    if given.get("shared"):
        os.rmdir(f"{nodes['node-B']}/vz/private")
        os.symlink(f"{nodes['node-A']}/vz/private", f"{nodes['node-B']}/vz/private")
    source = programs.node_at(nodes[record["on"]])
    for step, fault in given.get("faults") or ():
        if fault.get("until"):
            fault = {**fault, "until": f"{place}/until"}
        faults.add(source, {"program": "vzmigrate", "step": step, "times": 1, **fault})
    return nodes


def _build_node(directory, world, given, template):
    for path in DIRECTORIES:
        os.makedirs(f"{directory}/{path}", exist_ok=True)
    for program in programs.programs_of(directory):
        os.link(f"{template}/bin/{program}", f"{directory}/bin/{program}")
    for sample in worlds.stock_files():
        os.link(f"{template}/{sample}", f"{directory}/etc/vz/conf/{sample}")
    files.write_text(f"{directory}/etc/vz/vz.conf", _vz_conf(given))
    making.write_init_script(directory)
    kernel = {**KERNEL, **(given.get("kernel") or {})}
    files.write_json(f"{directory}/proc/vz/kernel.json", kernel)
    files.write_json(f"{directory}/proc/vz/mounts.json", {})
    files.write_text(f"{directory}/proc/vz/veinfo", "")
    files.write_text(f"{directory}/proc/vz/veip", "Version: 2.5\n")
    if kernel.get("checkpoint"):
        for name in ("cpt", "rst"):
            files.write_text(f"{directory}/proc/{name}", "")
    _build_confs(directory, world)
    for name, target in worlds.part(world, "names").items():
        os.symlink(directory + target, f"{directory}/etc/vz/names/{name}")
    _build_areas(directory, world, template)
    for ctid in world.get("root") or ():
        os.makedirs(f"{directory}/vz/root/{ctid}", exist_ok=True)
    for name, text in worlds.part(world, "lock").items():
        files.write_text(f"{directory}/vz/lock/{name}", f"{text}\n")
    for name in world.get("dump") or ():
        files.write_text(f"{directory}/vz/dump/{name}", "a dump\n")


def _vz_conf(given):
    text = worlds.stock_text("vz.conf")
    return (
        text.replace("VE_PRIVATE=/vz/private/$VEID", f"VE_PRIVATE={given['vz_private']}")
        if "vz_private" in given
        else text
    )


def _build_confs(directory, world):
    """Texts that the record has, else the usual one with the name of the link."""
    confs = world.get("conf") or {}
    named = {target.rpartition("/")[2]: name for name, target in worlds.part(world, "names").items()}
    for name in confs:
        path = f"{directory}/etc/vz/conf/{name}"
        if isinstance(confs, dict):
            files.write_text(path, confs[name]["text"])
            os.chmod(path, int(confs[name]["mode"], 8))
        elif ".conf" in name:
            files.write_text(path, usual_conf(name.partition(".")[0], named.get(name)))
        else:
            files.write_text(path, SCRIPT)
            os.chmod(path, 0o755)


def usual_conf(ctid, name=None):
    text = BASE.format(ctid=ctid, root="/vz/root/$VEID", private="/vz/private/$VEID")
    return text + (f'NAME="{name}"\n' if name else "")


def _build_areas(directory, world, template):
    """Of an area that is known by its number of files alone, the marker is that of the node."""
    stores = {name: content for name, content in world.items() if name in ("store", "private2")}
    for store, content in stores.items():
        for name, count in content.items():
            _make_area(f"{directory}/vz/{store}/{name}", {"files": count, "marker": "data of A"}, template)
    for ctid, area in worlds.part(world, "private").items():
        path = f"{directory}/vz/private/{ctid}"
        if area.get("link"):
            os.symlink(directory + area["link"], path)
        else:
            _make_area(path, area, template)


def _make_area(path, area, template):
    if area["files"] > 1:
        shutil.copytree(f"{template}/tree", path, symlinks=True)
    if area["files"]:
        os.makedirs(os.path.dirname(f"{path}/{MARKER}"), exist_ok=True)
        files.write_text(f"{path}/{MARKER}", area["marker"] or "")
    os.makedirs(path, exist_ok=True)


def _bring_up(directory, status):
    """Start or mount what the record shows running or mounted."""
    for ctid, said in status.items():
        words = said.split()
        verb = "start" if "running" in words else "mount" if "mounted" in words else None
        if verb and vzctl(directory, verb, ctid).returncode:
            raise ValueError(f"{ctid} does not {verb}")


def vzctl(directory, *words):
    """Run vzctl on a node, whoever has locked the container."""
    argv = [f"{directory}/bin/vzctl", "--skiplock", "--quiet", *words]
    return subprocess.run(argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def _give(directory, given):
    """What the note of a record says of this node."""
    for name, lines in worlds.part(given, "lines").items():
        with open(f"{directory}/etc/vz/conf/{name}", "a", encoding="utf-8") as stream:
            stream.write(lines.replace("DIR", directory))
    for path, text in worlds.part(given, "files").items():
        place = f"{directory}/{path}"
        os.makedirs(os.path.dirname(place), exist_ok=True)
        files.write_text(place, text)
    for path in given.get("folders") or ():
        os.unlink(f"{directory}/{path}")
        os.makedirs(f"{directory}/{path}")
    for path in given.get("without") or ():
        os.unlink(f"{directory}/{path}")
    os.unlink(f"{directory}/calls.jsonl") if os.path.exists(f"{directory}/calls.jsonl") else None


def settle(nodes, limit):
    """Wait until no program of the nodes is at work: those of a killed vzmigrate go on."""
    end = time.monotonic() + limit
    while any(at_work(directory) for directory in nodes.values()):
        if time.monotonic() > end:
            raise ValueError(f"programs still at work after {limit} s")
        time.sleep(0.01)


def at_work(directory):
    """The command lines of the node's programs that live; one that waits to be buried has none."""
    found = []
    for name in filter(str.isdigit, os.listdir(f"{directory}/proc")):
        with contextlib.suppress(OSError):
            found.append(files.read_text(f"{directory}/proc/{name}/cmdline"))
    return [line for line in found if line]
