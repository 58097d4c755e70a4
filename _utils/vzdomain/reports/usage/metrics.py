"""
What containers and their node use, as text for Prometheus.

The text format 0.0.4, by the naming conventions of Prometheus: base units, ``_total`` for what only grows. A value that
is not known has no line. A container is told by the label ``ctid``; ``name`` is beside it, for people.
"""

import os
import tempfile

from ...errors import RefusedError, sentence, shown

_MODE = 0o644  # the exporter has a user of its own
_SUFFIX = ".prom"  # of the files that the textfile collector reads
_RUNNING = ("running", "paused")
_GAUGES = {
    "memory_used_bytes": "Memory that the container uses.",
    "memory_peak_bytes": "Most memory that it has used since its start.",
    "memory_limit_bytes": "Memory that it may use; no series where there is no limit.",
    "swap_used_bytes": "Swap that the container uses.",
    "swap_limit_bytes": "Swap that it may use.",
    "processes_used": "Processes and threads in the container.",
    "processes_limit": "Processes and threads that it may have.",
    "load_1": "Load average of 1 minute.",
    "load_5": "Load average of 5 minutes.",
    "load_15": "Load average of 15 minutes.",
    "disk_used_bytes": "Disk space that the container uses.",
    "disk_soft_bytes": "Soft limit of its disk space.",
    "disk_hard_bytes": "Hard limit of its disk space.",
    "inodes_used": "Inodes that the container uses.",
    "inodes_soft": "Soft limit of its inodes.",
    "inodes_hard": "Hard limit of its inodes.",
    "uptime_seconds": "Time since the container was started.",
}
_NAMES = {
    "processes_used": "processes",
    "load_1": "load1",
    "load_5": "load5",
    "load_15": "load15",
    "disk_soft_bytes": "disk_soft_limit_bytes",
    "disk_hard_bytes": "disk_hard_limit_bytes",
    "inodes_soft": "inodes_soft_limit",
    "inodes_hard": "inodes_hard_limit",
}
_COUNTERS = {
    "held": ("gauge", "beancounter_held", "What the container uses, in the kernel's unit of the resource."),
    "barrier": ("gauge", "beancounter_barrier", "Barrier of the resource; no series where there is none."),
    "limit": ("gauge", "beancounter_limit", "Limit of the resource; no series where there is none."),
    "failcnt": ("counter", "beancounter_failures_total", "Times that the kernel has refused the resource."),
}
_NO_LIMIT = 2**51 - 1  # pages: what kernels call no limit begins here
_NODE = {
    "memory_bytes": ("memory", "total_bytes", "Memory of the node."),
    "memory_available_bytes": ("memory", "available_bytes", "Memory that is free, or would be given up."),
    "memory_promised_bytes": ("memory", "promised_bytes", "Sum of the memory limits of all containers."),
    "memory_promised_running_bytes": ("memory", "promised_running_bytes", "The same, of those that run."),
    "swap_bytes": ("swap", "total_bytes", "Swap of the node."),
    "swap_free_bytes": ("swap", "free_bytes", "Swap that is free."),
    "cpus": ("cpus", "total", "Processors of the node."),
    "cpus_promised": ("cpus", "promised", "Sum of the processors that containers may use."),
}
_DISK = {
    "disk_bytes": ("total_bytes", "Size of a file system that has private areas."),
    "disk_free_bytes": ("free_bytes", "What is free of it."),
    "disk_promised_bytes": ("promised_bytes", "Sum of the disk limits of the containers on it."),
}


class _Families:
    """Metrics by name, each with its help, type and series; no series is there twice."""

    def __init__(self):
        self._found = {}

    def add(self, name, kind, text, value, /, **labels):
        if value is not None:
            series = self._found.setdefault(f"openvz_{name}", (kind, text, {}))[2]
            series.setdefault(_labels(labels.items()), value)

    def text(self):
        lines = []
        for name, (kind, text, series) in sorted(self._found.items()):
            lines += [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
            lines += [f"{name}{labels} {value}" for labels, value in series.items()]
        return "".join(f"{line}\n" for line in lines)


def exposition(stats, capacity):
    """The text for what `stats.stats` and `capacity.capacity` have found."""
    found = _Families()
    for row in stats.values():
        _container(found, row, {"ctid": str(row["ctid"]), "name": str(row["name"])})
    for name, (part, key, text) in _NODE.items():
        found.add(f"node_{name}", "gauge", text, capacity[part].get(key))
    for disk in capacity["disk"]:
        for name, (key, text) in _DISK.items():
            found.add(f"node_{name}", "gauge", text, disk[key], path=disk["path"])
    return found.text()


def _container(found, row, labels):
    said = "Whether the container runs; 1 for running and paused, 0 for every other status."
    found.add("container_up", "gauge", said, int(row["status"] in _RUNNING), **labels)
    for key, text in _GAUGES.items():
        found.add(f"container_{_NAMES.get(key, key)}", "gauge", text, row.get(key), **labels)
    said = "CPU time that the container has used since its start."
    found.add("container_cpu_seconds_total", "counter", said, row.get("cpu_seconds"), **labels)
    for resource, numbers in row.get("beancounters", {}).items():
        for part, (kind, name, text) in _COUNTERS.items():
            value = None if part in ("barrier", "limit") and numbers[part] >= _NO_LIMIT else numbers[part]
            found.add(f"container_{name}", kind, text, value, **labels, resource=resource)


def _labels(pairs):
    shown_ = ",".join(f'{name}="{_escaped(value)}"' for name, value in pairs)
    return f"{{{shown_}}}" if shown_ else ""


def _escaped(value):
    """What the format wants of a label's value; a name of a file need not be UTF-8."""
    text = value.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def put(path, text):
    """
    Write the text to a file of the textfile collector, whole or not at all, and return the absolute path.

    RefusedError where that cannot be done, or the name does not end in ``.prom``: the collector reads no other, and
    what else lies there is not ours.
    """
    path = os.path.abspath(path)
    if not path.endswith(_SUFFIX):
        raise RefusedError(f"{shown(path)} does not end in {_SUFFIX}: the textfile collector reads no other files")
    if os.path.lexists(path) and (os.path.islink(path) or not os.path.isfile(path)):
        raise RefusedError(f"{shown(path)} is not a plain file: remove it, or give another path")
    try:
        _write(path, text)
    except (OSError, ValueError) as err:
        why = sentence(err) if isinstance(err, OSError) else f"{shown(path)} is not a path"
        raise RefusedError(f"the metrics cannot be written: {why}") from None
    return path


def _write(path, text):
    descriptor, scratch = tempfile.mkstemp(".new", ".", os.path.dirname(path))
    try:
        with open(descriptor, "w", encoding="utf-8", errors="replace") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), _MODE)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise
