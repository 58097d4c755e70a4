"""
What ``vzlist`` knows of a container: its configuration and, if it runs, what the kernel says.
"""

import os

from vzsim.grammar import conf as conf_file
from vzsim.grammar.values import LONG_MAX
from vzsim.node import names
from vzsim.vzlist.columns import UBC

MAX_CPU_UNITS = 500000  # the scheduler's weight is this divided by the units, in whole numbers (read, not run)
CPU_UNITS = 1000  # default
FULL_RATE = 1024  # one whole processor, in the scheduler's unit
JIFFIES = 100  # per second

# Usage of a container on a node without recorded counters: a few small processes.
HELD = {"kmemsize": 450560, "numproc": 4, "physpages": 245, "numfile": 60, "dcachesize": 65536}


def ctid_of_name(node, name):
    """The CTID a name's link points to; ``None`` if it points nowhere or cannot be read."""
    try:
        return names.ctid_of_link(node, name)
    except OSError:
        return None


class Container:
    """
    One container: its configuration and, if it runs, what the kernel says.

    ``resources`` is what the kernel is asked for: ``quota``, ``cpustat``, ``cpu``, ``cpus``.
    """

    def __init__(self, node, ctid, running, resources=frozenset()):
        self.node = node
        self.resources = resources
        self.ctid = ctid
        self.status = "running" if running else "stopped"
        self.conf = _load(node, ctid)
        self.live = node.running(ctid) if running else None
        self.kernel = _kernel_values(node, self) if running else None
        self.private = _place(node, node.private_text(ctid, self.conf.values))
        self.root = _place(node, node.root_text(ctid, self.conf.values))
        self.name = self._name()

    def param(self, key):
        """The meaning of a key of the configuration, ``None`` if it is not set."""
        return self.conf.params.get(key)

    def _name(self):
        name = self.param("NAME")
        return name if name and ctid_of_name(self.node, name) == self.ctid else None

    @property
    def ip(self):
        """The kernel's addresses, without masks; if it has none, those of the conf."""
        live = self.kernel.get("ip") if self.kernel is not None else None
        return list(reversed(live)) if live else self.param("IP_ADDRESS") or []

    @property
    def ubc(self):
        """``{"numproc": [held, maxheld, barrier, limit, failcnt], ...}``"""
        if self.kernel is None:
            return {name: [0, 0, *(self.param(name.upper()) or (0, 0)), 0] for name in UBC}
        counters = self.kernel.get("ubc", {})
        return {name: counters.get(name, [0, 0, LONG_MAX, LONG_MAX, 0]) for name in UBC}

    @property
    def quota(self):
        """Disk space and inodes, each usage, soft and hard limit; ``None`` if nothing is set."""
        counted = (self.node.kernel.get("vzquota") or {}).get(str(self.ctid))
        if counted and "quota" in self.resources:
            return counted["space"], counted["inodes"]
        space, inodes = self.param("DISKSPACE"), self.param("DISKINODES")
        if space is None and inodes is None:
            return None
        return [0, *(space or (0, 0))], [0, *(inodes or (0, 0))]

    @property
    def cpu(self):
        """Limit in percent and units; ``None`` if neither is set."""
        if self.kernel is not None and "weight" in self.kernel and "cpu" in self.resources:
            return round(self.kernel["rate"] * 100 / FULL_RATE), round(MAX_CPU_UNITS / self.kernel["weight"])
        limit, units = self.param("CPULIMIT"), self.param("CPUUNITS")
        return None if limit is None and units is None else (limit or 0, units or 0)

    @property
    def cpus(self):
        if self.kernel is not None and "cpus" in self.kernel and "cpus" in self.resources:
            return self.kernel["cpus"]
        return self.param("CPUS")

    @property
    def loadavg(self):
        asked = self.kernel is not None and "cpustat" in self.resources
        return self.kernel.get("loadavg", [0.0, 0.0, 0.0]) if asked else None

    @property
    def uptime(self):
        """Seconds, with the precision of a C float."""
        if self.kernel is None or "cpustat" not in self.resources:
            return None
        import struct

        return struct.unpack("f", struct.pack("f", self.kernel.get("uptime_jiffies", 0) / JIFFIES))[0]

    @property
    def layout(self):
        descriptor = os.path.join(self.private or "", "root.hdd", "DiskDescriptor.xml")
        return self.param("VE_LAYOUT") or ("ploop" if os.path.exists(descriptor) else "simfs")


def _load(node, ctid):
    try:
        return conf_file.load(node, ctid)
    except OSError as problem:
        conf = conf_file.Conf()
        conf.messages.append(("err", f"Unable to open {node.conf_path(ctid)}: {os.strerror(problem.errno)}"))
        return conf


def _place(node, path):
    """The real place of a path; ``None`` where neither the configuration nor vz.conf names one."""
    return node.path(path) if path else None


def _kernel_values(node, container):
    """The kernel's view of a running container; invented on a node without such a record."""
    recorded = (node.kernel.get("kernel") or {}).get(str(container.ctid))
    return recorded if recorded is not None else _plausible(container)


def _plausible(container):
    import time

    live = container.live or {}
    started = live.get("started")
    values = {"ip": list(reversed(live.get("ip", []))), "ubc": _plausible_counters(container)}
    values["uptime_jiffies"] = int((time.time() - started) * JIFFIES) if started else 0
    values["nproc"] = HELD["numproc"]
    limits = live.get("limits", {})
    if "CPUS" in limits:
        values["cpus"] = limits["CPUS"]
    if "CPUUNITS" in limits or "CPULIMIT" in limits:
        values["weight"] = MAX_CPU_UNITS // limits.get("CPUUNITS", CPU_UNITS)
        values["rate"] = limits.get("CPULIMIT", 0) * FULL_RATE // 100
    return values


def _plausible_counters(container):
    counters, known = {}, (container.live or {}).get("limits", {})
    for name in UBC:
        barrier, limit = known.get(name.upper()) or container.param(name.upper()) or (LONG_MAX, LONG_MAX)
        counters[name] = [HELD.get(name, 0), HELD.get(name, 0), barrier, limit, 0]
    return counters
