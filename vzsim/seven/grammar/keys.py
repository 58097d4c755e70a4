"""
Which keys of a container's configuration vzctl 7 to 9 checks, and in which order it writes them.

One invalid value of a known key makes the container unusable: nearly every command fails with 21, and vzlist leaves
it out.
"""

UBC_KEYS = (
    "LOCKEDPAGES", "PRIVVMPAGES", "SHMPAGES", "NUMPROC", "PHYSPAGES", "VMGUARPAGES", "NUMFLOCK", "NUMPTY",
    "NUMSIGINFO", "NUMFILE", "NUMIPTENT", "AVNUMPROC", "SWAPPAGES", "KMEMSIZE",
)  # fmt: skip

# In the order in which missing keys are appended.
ORDER = (
    "IP_ADDRESS", "VE_ROOT", "VE_PRIVATE", "OSTEMPLATE", "NETIF", "DISK", *UBC_KEYS, "VM_OVERCOMMIT",
    "DISKSPACE", "DISKINODES", "QUOTAUGIDLIMIT", "JOURNALED_QUOTA", "CPULIMIT", "CPULIMIT_MHZ", "CPUUNITS", "CPUS",
    "CPUMASK", "NODEMASK", "DISTRIBUTION", "FEATURES", "DEVICES", "DEVNODES", "NETDEV", "PCI", "IOPRIO", "IOLIMIT",
    "IOPSLIMIT", "MEMINFO", "ONBOOT", "AUTOSTOP", "DESCRIPTION", "HOSTNAME", "SEARCHDOMAIN", "NAMESERVER",
    "HA_ENABLE", "HA_PRIO", "BINDMOUNT", "DISABLED", "BOOTORDER", "ROOT_DISK", "SLMMEMORYLIMIT", "SLMMODE",
    "BURST_CPU_AVG_USAGE", "BURST_CPULIMIT", "RATE", "RATEBOUND", "MEMGUARANTEE", "PAGECACHE_ISOLATION",
    "NUMMEMORYSUBGROUPS", "NUMNETIF",
)  # fmt: skip


def in_order(changes):
    """The changes of a configuration in the order in which vzctl appends them."""
    place = {key: at for at, key in enumerate(ORDER)}
    return dict(sorted(changes.items(), key=lambda change: place.get(change[0], len(place))))


def problems(values):
    """
    What is wrong with a container's values: ``[(rc, ["Invalid parameter CPUUNITS: 'x'"]), ...]``.

    The first code is the one a command fails with; all lines are printed.
    """
    return []
