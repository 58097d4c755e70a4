"""
What a node has, what of it is free, and what its containers have been promised. Bytes.
"""

import os
import re

from ...host import files
from ...model.units import UNLIMITED
from .. import inventory

_LINE = re.compile(r"^(\w+):\s+([0-9]{1,15}) kB", re.ASCII | re.MULTILINE)
_PROCESSOR = re.compile(r"^cpu[0-9]+ ", re.ASCII | re.MULTILINE)
_KIB = 1024


def capacity(reconciler):
    """
    Return what one node has: ``memory``, ``swap``, ``cpus``, ``disk`` and ``templates``, each with what is promised.

    What its kernel does not say is left out and has its reason in ``unknown``. CannotAskError where the node cannot be
    asked. Runs at most one vzlist, for what runs.
    """
    node = reconciler.node
    containers, unknown = node.containers(), {}
    said = dict(_LINE.findall(files.text(os.path.join(node.proc_dir, "meminfo"), broken="replace") or ""))
    kib = {name: int(number) for name, number in said.items()}
    return {
        "family": node.flavour.family,
        "containers": len(containers),
        "running": sum(one.running for one in containers),
        "memory": {**_memory(kib, unknown), **_promised(containers, inventory.memory)},
        "swap": {**_swap(kib, unknown), **_promised(containers, lambda domain: domain.swap)},
        "cpus": {**_cpus(node, unknown), **_promised_cpus(containers)},
        "disk": _disks(node, containers, unknown),
        "templates": _templates(node),
        "unknown": unknown,
    }


def _memory(kib, unknown):
    """Kernels before 3.14 do not say what is available: what is free, and the caches that they would give up."""
    if "MemTotal" not in kib:
        unknown["memory"] = "the kernel does not say it in /proc/meminfo"
        return {}
    free = kib.get("MemAvailable", kib.get("MemFree", 0) + kib.get("Buffers", 0) + kib.get("Cached", 0))
    return {"total_bytes": kib["MemTotal"] * _KIB, "available_bytes": free * _KIB}


def _swap(kib, unknown):
    if "SwapTotal" not in kib:
        unknown["swap"] = "the kernel does not say it in /proc/meminfo"
        return {}
    return {"total_bytes": kib["SwapTotal"] * _KIB, "free_bytes": kib.get("SwapFree", 0) * _KIB}


def _cpus(node, unknown):
    text = files.text(os.path.join(node.proc_dir, "stat"), broken="replace")
    found = len(_PROCESSOR.findall(text or ""))
    if not found:
        unknown["cpus"] = "the kernel does not say it in /proc/stat"
    return {"total": found} if found else {}


def _promised(containers, limit):
    """The sums of the limits, of all and of those that run, and the names of those without one."""
    limits = [(one, limit(one.domain)) for one in containers]
    known = [(one, size) for one, size in limits if size is not None and size < UNLIMITED]
    return {
        "promised_bytes": sum(size for _, size in known) * _KIB,
        "promised_running_bytes": sum(size for one, size in known if one.running) * _KIB,
        "unlimited": [one.domain.name for one, size in limits if size is None or size >= UNLIMITED],
    }


def _promised_cpus(containers):
    """A container without a number may use all processors."""
    known = [one for one in containers if one.domain.vcpu]
    return {
        "promised": sum(one.domain.vcpu for one in known),
        "promised_running": sum(one.domain.vcpu for one in known if one.running),
        "unlimited": [one.domain.name for one in containers if not one.domain.vcpu],
    }


def _disks(node, containers, unknown):
    """By file system that has private areas, or would get new ones: where, size, free, and what is promised on it."""
    new = (node.flavour.places.areas(node.vz_conf["VE_PRIVATE"]) or ("",))[0]
    places = [(new, None), *((os.path.dirname(one.private), one) for one in containers)]
    found = {}
    for place, container in places:
        try:
            device, said = os.stat(place).st_dev, os.statvfs(place)
        except OSError as err:
            unknown.setdefault("disk", f"{place or 'the place of private areas'}: {err.strerror}")
            continue
        row = found.setdefault(device, _disk(place, said))
        row["new"] = row["new"] or container is None
        if container is not None:
            _promise_disk(row, container)
    return list(found.values())


def _disk(place, said):
    sizes = {"total_bytes": said.f_blocks * said.f_frsize, "free_bytes": said.f_bavail * said.f_frsize}
    inodes = {"inodes": said.f_files, "inodes_free": said.f_favail}
    return {
        "path": os.path.normpath(place),
        "new": False,
        **sizes,
        **inodes,
        "promised_bytes": 0,
        "layouts": {},
        "unlimited": [],
    }


def _promise_disk(row, container):
    row["layouts"][container.layout] = row["layouts"].get(container.layout, 0) + 1
    limit = container.domain.diskspace.hard if container.domain.diskspace else None
    if limit is None or limit >= UNLIMITED:
        row["unlimited"].append(container.domain.name)
    else:
        row["promised_bytes"] += limit * _KIB


def _templates(node):
    return inventory.templates(node)
