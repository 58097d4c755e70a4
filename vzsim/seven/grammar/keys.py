"""
Which keys of a container's configuration vzctl 7 to 9 checks, and in which order it writes them.

One invalid value of a known key makes the container unusable: nearly every command fails with 21, and vzlist leaves
it out.
"""

import contextlib

from vzsim.grammar.tables import IPTABLES
from vzsim.seven import ids
from vzsim.seven.grammar import addresses, disks, lists, netif
from vzsim.seven.grammar import values as v

PAGE_KEYS = ("LOCKEDPAGES", "PRIVVMPAGES", "SHMPAGES", "PHYSPAGES", "VMGUARPAGES", "SWAPPAGES")
ITEM_KEYS = ("NUMPROC", "NUMFLOCK", "NUMPTY", "NUMSIGINFO", "NUMFILE", "NUMIPTENT", "AVNUMPROC", "NUMNETIF")
ALIASES = {"IPTENTRIES": "NUMIPTENT"}
SLM_MODES = ("ubc", "slm", "all")
CPUS_PERCENT = 100  # of one CPU


def _checks(read):
    """A reader of lists as a check of a key."""

    def check(text):
        read(text)
        return text

    return check


def uuid(text):
    if ids.read_uuid(text) is None:
        raise v.Bad
    return text


# Key -> how its value is read. What is not here is not checked: NAME, HOSTNAME, DEVNODES, CAPABILITY and all others.
READERS = {
    "IP_ADDRESS": addresses.check_key,
    "DISK": _checks(disks.read),
    **dict.fromkeys(PAGE_KEYS, v.pages),
    **dict.fromkeys(ITEM_KEYS, v.items),
    "KMEMSIZE": v.plain_bytes,
    "NUMMEMORYSUBGROUPS": v.single,
    "VM_OVERCOMMIT": v.overcommit,
    "DISK_QUOTA": v.yes_no,
    "DISKSPACE": v.kibibytes,
    "DISKINODES": v.plain_bytes,
    "QUOTAUGIDLIMIT": v.unsigned,
    "JOURNALED_QUOTA": v.yes_no,
    "CPULIMIT": v.cpu_limit_key,
    "CPULIMIT_MHZ": v.cpu_limit_key,
    "CPUWEIGHT": v.unsigned,
    "CPUUNITS": v.cpu_units,
    "CPUS": v.unsigned,
    "CPUMASK": v.cpu_mask,
    "NODEMASK": v.mask,
    "FEATURES": _checks(lists.read_features),
    "DEVICES": _checks(lists.read_devices),
    "NETDEV": _checks(lists.read_netdev),
    "IOPRIO": v.io_priority,
    "IOLIMIT": v.io_limit,
    "IOPSLIMIT": v.iops_limit,
    "MEMINFO": v.memory_info,
    "ONBOOT": v.one_of("yes", "no", "auto"),
    "AUTOSTOP": v.one_of("stop", "suspend"),
    "BOOTORDER": v.unsigned,
    "UUID": uuid,
    "APPLY_IPONLY": v.yes_no,
    "USE_NET_RPS": v.yes_no,
    "HA_ENABLE": v.yes_no,
    "HA_PRIO": v.up_to(v.UINT_MAX),
    "BINDMOUNT": _checks(lists.read_bindmounts),
    "NOATIME": v.yes_no,
    "DISABLED": v.yes_no,
    "AUTOCOMPACT": v.yes_no,
    "ROOT_DISK": v.yes_no,
    "SLMMEMORYLIMIT": v.pages,
    "SLMMODE": v.one_of(*SLM_MODES),
    "BURST_CPU_AVG_USAGE": v.old_number,
    "BURST_CPULIMIT": v.old_number,
    "TRAFFIC_SHAPING": v.yes_no,
    "TOTALRATE": _checks(lists.read_rates),
    "RATE": _checks(lists.read_rates),
    "RATEBOUND": v.yes_no,
    "MEMGUARANTEE": v.memory_guarantee,
    "MEMGUARANTEE_BYTES": v.memory_guarantee,
    "PAGECACHE_ISOLATION": v.yes_no,
}

# In the order in which missing keys are appended.
ORDER = (
    "IP_ADDRESS", "VE_ROOT", "VE_PRIVATE", "OSTEMPLATE", "NETIF", "DISK", "LOCKEDPAGES", "PRIVVMPAGES", "SHMPAGES",
    "NUMPROC", "PHYSPAGES", "VMGUARPAGES", "NUMFLOCK", "NUMPTY", "NUMSIGINFO", "NUMFILE", "NUMIPTENT", "AVNUMPROC",
    "SWAPPAGES", "KMEMSIZE", "VM_OVERCOMMIT", "DISKSPACE", "DISKINODES", "QUOTAUGIDLIMIT", "JOURNALED_QUOTA",
    "CPULIMIT", "CPULIMIT_MHZ", "CPUUNITS", "CPUS", "CPUMASK", "NODEMASK", "DISTRIBUTION", "FEATURES", "DEVICES",
    "DEVNODES", "NETDEV", "PCI", "NETFILTER", "IOPRIO", "IOLIMIT", "IOPSLIMIT", "MEMINFO", "ONBOOT", "AUTOSTOP",
    "DESCRIPTION", "HOSTNAME", "SEARCHDOMAIN", "NAMESERVER", "HA_ENABLE", "HA_PRIO", "BINDMOUNT", "DISABLED",
    "BOOTORDER", "ROOT_DISK", "SLMMEMORYLIMIT", "SLMMODE", "BURST_CPU_AVG_USAGE", "BURST_CPULIMIT", "RATE",
    "RATEBOUND", "MEMGUARANTEE", "PAGECACHE_ISOLATION", "NUMMEMORYSUBGROUPS", "NUMNETIF",
)  # fmt: skip

# Keys of a sample that --applyconfig leaves alone.
NOT_APPLIED = frozenset((
    "HOSTNAME", "IP_ADDRESS", "OSTEMPLATE", "TEMPLATE", "TEMPLATES", "VE_ROOT", "VE_PRIVATE", "NETIF", "VEID", "UUID",
    "DISTRIBUTION", "VEFORMAT", "VEFSTYPE", "TECHNOLOGIES", "PCI", "DISK",
))  # fmt: skip


def in_order(changes, node_values=()):
    """The changes of a configuration in the order in which vzctl appends them: vz.conf's keys first (read, not run)."""
    place = {key: at for at, key in enumerate(dict.fromkeys((*node_values, *ORDER)))}
    return dict(sorted(changes.items(), key=lambda change: place.get(change[0], len(place))))


def problems(values, is_old=False):
    """
    What is wrong with a container's values: ``[(21, ["Invalid parameter CPUUNITS: 'x'"]), ...]``.

    The first code is the one a command fails with; all lines are printed. ``is_old``: for vzctl 7.0.
    """
    found = []
    for key, text in values.items():
        name = ALIASES.get(key, key)
        try:
            if name == "NETIF":
                netif.read(text, is_old)
            elif name in READERS:
                READERS[name](text)
        except v.Bad as bad:
            # A code of its own comes without a word.
            lines = [*bad.lines, f"Invalid parameter {name}: '{text}'"] if bad.rc == v.PARAM_VALUE else [*bad.lines]
            found.append((bad.rc, lines))
    return found


def skipped(values, is_old=False):
    """What reading a container's values says on standard error about parts of NETIF and DISK that it leaves out."""
    found = []
    with contextlib.suppress(v.Bad):
        netif.read(values.get("NETIF", ""), is_old, skipped=found)
    with contextlib.suppress(v.Bad):
        disks.read(values.get("DISK", ""), found)
    return found


def warnings(values, cpus):
    """What reading a container's values says on standard output, with ``cpus`` CPUs on the node."""
    text = values.get("CPULIMIT")
    limit = int(v.cpu_limit_key(text)) if text is not None else 0
    return [cpu_warning(limit, cpus)] if limit > cpus * CPUS_PERCENT else []


def old_warnings(values):
    """What reading a container's values says on standard error, in vzctl 7.0 only."""
    known = values.get("IPTABLES", "")
    return [f"Unknown iptable module {word}, skipped" for word in v.words(known) if word not in IPTABLES]


def cpu_warning(limit, cpus):
    return f"Warning: the specified CPU limit {limit} is higher the total {cpus * CPUS_PERCENT}"
