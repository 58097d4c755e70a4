"""
Where a container of some size would fit, of what the nodes say of themselves (`openvz.capacity`).

Memory has to fit into what is not promised yet, as for an evacuation; the disk into what is free where new private
areas are put; processors are shared, so a node needs no more than to have as many.
"""

import re
from collections.abc import Mapping

from ..errors import ArgumentError, shown
from ..model.units import vzctl_bytes
from .rooms import Room

_SIZE = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,3})?[KMGT])(?:i?B)?", re.IGNORECASE)
_KIB = 1024
_UNKNOWN = "does not say what it has of {}"


def size(name, value):
    """``size("memory", "2G")`` -> 2147483648; ``None`` stays ``None``. ArgumentError for anything else."""
    if value is None:
        return None
    found = _SIZE.fullmatch(str(value).strip())
    number = vzctl_bytes(found[1]) if found else 0
    if not number:
        raise ArgumentError(f"{name}: {shown(str(value))} is not a size; write it with its unit, such as {name}=2G")
    return number


def placed(capacities, memory=None, disk=None, cpus=None, template=None, family=None):
    """
    Return ``(rows, reasons)``: the nodes where it would fit, best first, and why it would not fit on each other one.

    capacities
        ``{node: what openvz.capacity returned}``; a minion may say anything.

    memory, disk
        Bytes that the container is to have; ``None`` asks nothing.

    cpus, template, family
        Its processors, its template, and the family of vzctl, as a `Flavour` calls it.
    """
    fitting, reasons = [], {}
    for node, said in sorted(capacities.items()):
        one = _Node(node, said if isinstance(said, Mapping) else {})
        why = list(one.lacking(memory, disk, cpus, template, family))
        if why:
            reasons[node] = "; ".join(why)
        else:
            fitting.append(one)
    return [one.row for one in sorted(fitting, key=lambda one: (*one.room.rank, one.node), reverse=True)], reasons


class _Node:
    """What one node says of itself, as far as it can be believed."""

    def __init__(self, node, said):
        self.node, self.said = node, said
        memory, cpus = _mapping(said, "memory"), _mapping(said, "cpus")
        disks = [disk for disk in said.get("disk") or () if isinstance(disk, Mapping) and disk.get("new") is True]
        self.free = _number(disks[0].get("free_bytes")) if disks else None
        self.cpus, self.promised_cpus = _number(cpus.get("total")), _number(cpus.get("promised"))
        self.total, self.promised = _number(memory.get("total_bytes")), _number(memory.get("promised_bytes"))
        self.unlimited = [str(name) for name in memory.get("unlimited") or ()]
        self.templates = [one for one in said.get("templates") or () if isinstance(one, str)]
        total = None if self.total is None else self.total // _KIB
        count = _number(said.get("containers")) or 0
        self.room = Room.of(node, said.get("family"), total, (self.promised or 0) // _KIB, count)

    @property
    def row(self):
        """Bytes, for people and programs."""
        return {
            "node": self.node,
            "family": self.room.family,
            "memory_left_bytes": None if self.room.memory is None else self.room.memory * _KIB,
            "memory_total_bytes": self.total,
            "disk_free_bytes": self.free,
            "cpus": self.cpus,
            "cpus_promised": self.promised_cpus,
            "containers": self.room.count,
            "unlimited": self.unlimited,
        }

    def lacking(self, memory, disk, cpus, template, family):
        """Why a container does not fit here, a reason for each."""
        if family is not None and self.room.family != family:
            yield f"its vzctl is {self.room.family}"
        if memory is not None and self.room.memory is None:
            yield _UNKNOWN.format("memory")
        elif memory is not None and not self.room.fits(-(-memory // _KIB)):
            left = max(self.room.memory, 0) * _KIB
            yield f"memory: {shorter(left)} of {shorter(self.total)} is not promised yet, {shorter(memory)} is needed"
        if disk is not None and self.free is None:
            yield _UNKNOWN.format("disk")
        elif disk is not None and self.free < disk:
            yield f"disk: {shorter(self.free)} is free, {shorter(disk)} is needed"
        if cpus is not None and self.cpus is None:
            yield _UNKNOWN.format("processors")
        elif cpus is not None and self.cpus < cpus:
            yield f"processors: it has {self.cpus}, {cpus} are needed"
        if template is not None and template not in self.templates:
            yield f"it has no template {shown(str(template))}"


def told(rows, reasons, errors, is_asked):
    """What people and programs are told."""
    nodes = "1 node" if len(rows) == 1 else f"{len(rows)} nodes"
    summary = f"it fits on {nodes}, best first" if is_asked else f"{nodes}, the one with the most memory left first"
    table = [
        {
            "node": row["node"],
            "vzctl": row["family"],
            "memory left": _cell(row["memory_left_bytes"]),
            "of": _cell(row["memory_total_bytes"]),
            "disk free": _cell(row["disk_free_bytes"]),
            "cpus": row["cpus"],
            "promised": row["cpus_promised"],
            "containers": row["containers"],
        }
        for row in rows
    ]
    said = [f"{row['node']}: {len(row['unlimited'])} containers there have no limit of memory" for row in rows
            if row["unlimited"]]  # fmt: skip
    return {
        "summary": summary if rows else "it fits on no node",
        "fits": rows,
        "reasons": reasons,
        "tables": {"": table} if table else {},
        "sentences": [*(f"{node}: {why}" for node, why in reasons.items()), *said],
        "errors": errors,
    }


def shorter(number):
    """2147483648 -> ``2 GiB``, for people."""
    if number is None:
        return "an unknown size"
    for unit, factor in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20)):
        if number >= factor:
            return f"{number / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{number // 1024} KiB" if number else "nothing"


def _cell(number):
    if number is not None and number < 0:
        return f"-{shorter(-number)}"
    return None if number is None else shorter(number)


def _mapping(said, key):
    return said.get(key) if isinstance(said.get(key), Mapping) else {}


def _number(value):
    return value if isinstance(value, int) and not isinstance(value, bool) else None
