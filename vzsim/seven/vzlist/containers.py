"""
What ``vzlist`` 9 knows of a container: its configuration and, if it runs, what the kernel says.
"""

import contextlib
import os

from vzsim.ploop import images
from vzsim.seven import ids
from vzsim.seven.charset import is_utf8
from vzsim.seven.grammar import addresses, keys, lists, netif
from vzsim.seven.grammar import values as v
from vzsim.seven.node import ROOT_IMAGE
from vzsim.seven.vzlist import counters
from vzsim.seven.vzlist.columns import UBC

# The program's bits, which are also the order of a list sorted by status (read, not run).
EXISTS, MOUNTED, RUNNING, SUSPENDED, PAUSED = 1, 2, 4, 8, 16

MHZ = 2445  # of one processor of the node
SHARES = 1024  # of a cgroup whose container has 1000 CPU units
RATE = 1024  # of a cgroup that may use one whole processor
UNITS = 1000
LOAD = (0.05, 0.10, 0.15)  # invented, like the uptime of a container of which nobody knows when it started
UPTIME = 123.45  # seconds
NO_ADDRESS = "0.0.0.0"
SIGNED_MAX = 2**63 - 1
# Nothing of these is read from a configuration (read, not run).
DEPRECATED = (
    "oomguarpages", "numtcpsock", "tcpsndbuf", "tcprcvbuf", "othersockbuf", "dgramrcvbuf", "numothersock", "dcachesize",
)  # fmt: skip

# Of an image: what its file system takes, what is used in it, bytes for each inode.
FS_OVERHEAD_KIB = 65536
USED_KIB, USED_INODES = 102400, 1000
KIB_PER_INODE = 16


class Container:
    """
    One container; ``values`` are those of its configuration with those of vz.conf below them.

    With ``is_from_kernel``, the addresses are those of the kernel's list of running containers, the latest first.
    """

    def __init__(self, node, ctid, values):
        self.node = node
        self.ctid = ctid
        self.values = values
        self.live = node.running(ctid)
        self.area = node.area(ctid, values)
        self.root = node.root(ctid, values)
        self.name = values.get("NAME") or None
        self.netif_pattern = None
        self.is_from_kernel = False

    def known(self, key):
        """The value of a key as vzctl would write it; ``None`` if it is not set."""
        return keys.READERS[key](self.values[key]) if key in self.values else None

    def words(self, key):
        return lists.read_words(self.values.get(key, ""))

    def number(self, key, unset=None):
        value = self.known(key)
        return unset if value is None else int(value)

    @property
    def uuid(self):
        return ids.read_uuid(self.values["UUID"]) if "UUID" in self.values else None

    @property
    def cpus(self):
        """0 for a number that is negative to the program (read, not run)."""
        number = self.number("CPUS", 0)
        return number if number <= SIGNED_MAX else 0

    # state

    @property
    def is_running(self):
        """Whether it has processes; those of a paused one stand still."""
        return self.live is not None

    @property
    def is_paused(self):
        return self.is_running and bool(self.live.get("paused"))

    @property
    def is_counted(self):
        """Whether its processes are counted; those of a paused one are not."""
        return self.is_running and not self.is_paused

    @property
    def status_mask(self):
        if self.is_running:
            return RUNNING | (PAUSED if self.is_paused else 0)
        mask = EXISTS
        mask |= MOUNTED if self.node.is_mounted(self.ctid) else 0
        return mask | (SUSPENDED if os.path.exists(f"{self.area}/dump/Dump") else 0)

    @property
    def status(self):
        mask = self.status_mask
        if mask & RUNNING:
            return "paused" if mask & PAUSED else "running"
        return "mounted" if mask & MOUNTED else "suspended" if mask & SUSPENDED else "stopped"

    @property
    def layout(self):
        try:
            text = os.readlink(f"{self.area}/.ve.layout")
        except OSError:
            return 0
        return int(text) if text.isdigit() else -1

    @property
    def device(self):
        """The mounted image's partition (read, not run)."""
        mounts = sorted(self.node.mounts())
        return f"/dev/ploop{10000 + mounts.index(self.ctid) * 16}p1" if self.ctid in mounts else ""

    # texts

    @property
    def description(self):
        """``=XX`` stands for a byte; in a locale without the characters there is no description."""
        if "DESCRIPTION" not in self.values:
            return None
        text = decoded(self.values["DESCRIPTION"])
        return text if text.isascii() or is_utf8() else None

    @property
    def template_kind(self):
        return "EZ" if "OSTEMPLATE" in self.values else None

    @property
    def netfilter(self):
        value = self.values.get("NETFILTER")
        return value if value in ("disabled", "stateless", "stateful", "full") else None

    @property
    def features(self):
        """``[("nfs", True), ("time", False)]``, in the order of the program."""
        known = lists.read_features(self.values.get("FEATURES", ""))
        return [(name, known[name] == "on") for name in lists.FEATURES if name in known]

    # network

    @property
    def devices(self):
        """
        The network devices; with ``-i``, those that match.

        MACs come out wrong: the program prints the first six characters of the text as if they were the six bytes,
        ``30:30:3A:31:38:3A`` for any address that begins with ``00:18:``.
        """
        found = []
        for device in netif.read(self.values.get("NETIF", ""), self.node.is_old):
            shown = {key: device.get(key) for key in ("ifname", "gw", "network")}
            shown.update(host_ifname=device.get("host_ifname", ""), ip=list(device["ip"]))
            shown.update({key: garbled(device.get(key)) for key in ("mac", "host_mac")})
            if self.netif_pattern in (None, shown["ifname"], shown["host_ifname"]):
                found.append(shown)
        return found

    @property
    def venet(self):
        """Addresses without masks, from the kernel's list or the configuration."""
        found = [address for address in addresses.read_list(self.values.get("IP_ADDRESS", "")) if address != NO_ADDRESS]
        if not self.is_from_kernel:
            return found
        return [address.partition("/")[0] for address in (self.live or {}).get("ip", found)[::-1]]

    @property
    def configured_ip(self):
        if self.netif_pattern == "venet0":
            return self.venet
        on_devices = [address for device in self.devices for address in device["ip"]]
        return on_devices if self.netif_pattern is not None else self.venet + on_devices

    @property
    def ip(self):
        """Of a running container those it has inside: none, since vzsim's containers have no network scripts."""
        return [] if self.is_counted else self.configured_ip

    # resources

    def counter(self, resource):
        """held, maxheld, barrier, limit, failcnt"""
        if self.is_counted:
            return counters.counters(resource, self.cgroup, self.node.is_old)
        return (0, 0, *self._limits(resource), 0)

    def _limits(self, resource):
        if resource in DEPRECATED or resource not in UBC:
            return (0, 0)
        barrier, _, limit = (self.known(resource.upper()) or "0:0").partition(":")
        return (int(barrier), int(limit))

    @property
    def cgroup(self):
        """The cgroup parameters of a running container, as texts."""
        return (self.live or {}).get("cgroup", {})

    @property
    def cpu(self):
        """Limit in percent, limit in MHz, units; 0 where there is none."""
        limit = self._percent_and_mhz()
        if "cpu.rate" in self.cgroup:
            percent = int(self.cgroup["cpu.rate"]) * 100 // RATE
            limit = (percent, MHZ * percent // 100) if "CPULIMIT_MHZ" not in self.values else limit
        units = self.number("CPUUNITS", 0)
        shares = int(self.cgroup.get("cpu.shares", SHARES))
        return (*limit, shares * UNITS // SHARES if shares != SHARES else units)

    def _percent_and_mhz(self):
        """The last of CPULIMIT and CPULIMIT_MHZ counts."""
        key = next((key for key in reversed(self.values) if key in ("CPULIMIT", "CPULIMIT_MHZ")), None)
        kind, amount = v.cpu_limit(self.values[key]) if key else ("CPULIMIT", 0)
        if "CPULIMIT_MHZ" in (key, kind):
            return (round(100 * amount / MHZ), amount)
        return (amount, MHZ * amount // 100)

    def usage(self, kind):
        """Usage, soft and hard limit of ``space`` (KiB) or ``inodes``, of the image's file system if there is one."""
        with contextlib.suppress(OSError):  # there is none, or it is being destroyed
            size = images.read(f"{self.area}/{ROOT_IMAGE}")["size_kib"]
            limit = size - FS_OVERHEAD_KIB if kind == "space" else size // KIB_PER_INODE
            return (USED_KIB if kind == "space" else USED_INODES, limit, limit)
        soft, _, hard = (self.known("DISKSPACE" if kind == "space" else "DISKINODES") or "0:0").partition(":")
        return (0, int(soft), int(hard))

    @property
    def loadavg(self):
        return LOAD if self.is_running else None

    @property
    def uptime(self):
        """Seconds."""
        if not self.is_running:
            return None
        if "started" not in self.live:
            return UPTIME
        import time

        return time.time() - self.live["started"]


def garbled(mac):
    return ":".join(f"{ord(char):02X}" for char in mac[:6]) if mac else None


def decoded(text):
    """
    A description as it was given: ``=3D`` -> ``=``.

    Two characters at most follow the sign, and anything but a number stays (read, not run, beyond the recorded cases);
    a zero byte ends the text.
    """
    data, kept, at = text.encode("utf-8", "surrogateescape"), bytearray(), 0
    while at < len(data):
        byte, at = data[at], at + 1
        if byte == ord("="):
            number = _hexadecimal(data[at : at + 2])
            if number is not None:
                byte, at = number & 0xFF, at + 2
        kept.append(byte)
    return bytes(kept).partition(b"\0")[0].decode("utf-8", "surrogateescape")


def _hexadecimal(digits):
    """As strtol(3): blanks and a sign may come first, nothing at all is 0; ``None`` if something else is in it."""
    text = digits.decode("latin-1").lstrip(" \t\n\v\f\r")
    if not text and not digits:
        return 0
    sign = -1 if text[:1] == "-" else 1
    text = text[1:] if text[:1] in ("+", "-") else text
    is_number = text != "" and all(char in "0123456789abcdefABCDEF" for char in text)
    return sign * int(text, 16) if is_number else None
