"""
What vzctl 7, 8 and 9 call each field: option of vzctl(8), key of the configuration file, column of vzlist, and effect.

Recorded from runs of vzctl 9.0.1 and 7.0.254; effects on running containers are read in the sources of 9.0.1 where no
run shows them.
"""

from ..flavour import LAST, Parameter
from . import kinds, netif

FIRST_RELEASE = "7.0.180"  # the first whose vzlist prints JSON (read, not run)


def _counter(field, effect="live", **more):
    """A beancounter; nearly all of them are named alike everywhere."""
    row = {"column": f"{field}.b:{field}.l", "kernel": True, "lines": LAST}
    return Parameter(field, field, field.upper(), effect, **(row | more))


# Of several lines of one key the last counts here (recorded); a call rewrites all of them.
# fmt: off
TABLE = (
    # who it is
    Parameter("name", "name", "NAME", "file", "name", create=True, lines=LAST),
    Parameter("ctid", None, None, "creation", "ctid"),
    Parameter("uuid", "uuid", "UUID", "creation", "uuid", create=True, lines=LAST),
    Parameter("title", None, None, "file"),
    Parameter("description", "description", "DESCRIPTION", "file", "description", create=True, lines=LAST,
              kind=kinds.DESCRIPTION),
    Parameter("hostname", "hostname", "HOSTNAME", "live", "hostname", create=True, lines=LAST),

    # when it runs
    Parameter("onboot", "onboot", "ONBOOT", "file", "onboot", lines=LAST),
    Parameter("bootorder", "bootorder", "BOOTORDER", "file", "bootorder", lines=LAST),
    Parameter("disabled", "disabled", "DISABLED", "file", "disabled", lines=LAST),
    Parameter("autostop", "autostop", "AUTOSTOP", "file", lines=LAST),
    Parameter("ha_enable", "ha_enable", "HA_ENABLE", "file", "ha_enable", lines=LAST),
    Parameter("ha_prio", "ha_prio", "HA_PRIO", "file", "ha_prio", lines=LAST),
    Parameter("init", None, None, "file"),

    # memory and processors
    Parameter("memory", "ram", "PHYSPAGES", "live", "physpages.l", kernel=True, lines=LAST),
    Parameter("swap", "swap", "SWAPPAGES", "live", "swappages.l", kernel=True, lines=LAST),
    Parameter("memguarantee", "memguarantee", "MEMGUARANTEE", "live", lines=LAST, since="7.0.85"),
    Parameter("vm_overcommit", "vm_overcommit", "VM_OVERCOMMIT", "live", "vm_overcommit", lines=LAST),
    Parameter("meminfo", "meminfo", "MEMINFO", "live", lines=LAST),
    Parameter("vcpu", "cpus", "CPUS", "live", "cpus", kernel=True, lines=LAST),
    Parameter("cpumask", "cpumask", "CPUMASK", "live", lines=LAST),
    Parameter("cpuunits", "cpuunits", "CPUUNITS", "live", "cpuunits", kernel=True, lines=LAST),
    Parameter("cpulimit", "cpulimit", "CPULIMIT", "live", "cpulimit", kernel=True, lines=LAST, kind=kinds.CPU_LIMIT,
              displaces="cpulimit_mhz"),
    Parameter("cpulimit_mhz", "cpulimit", "CPULIMIT_MHZ", "live", lines=LAST, kind=kinds.CPU_MHZ,
              displaces="cpulimit"),
    Parameter("nodemask", "nodemask", "NODEMASK", "live", lines=LAST),
    Parameter("pagecache_isolation", "pagecache-isolation", "PAGECACHE_ISOLATION", "live", lines=LAST,
              since="7.0.112"),
    Parameter("num_memory_subgroups", "num-memory-subgroups", "NUMMEMORYSUBGROUPS", "live", lines=LAST,
              since="7.0.170"),
    Parameter("slmmode", "slmmode", "SLMMODE", "file", lines=LAST),
    _counter("slmmemorylimit", "file", column=None, kernel=False, lines=LAST),
    Parameter("burst_cpulimit", "burst_cpulimit", "BURST_CPULIMIT", "file", lines=LAST),
    Parameter("burst_cpu_avg_usage", "burst_cpu_avg_usage", "BURST_CPU_AVG_USAGE", "file", lines=LAST),

    # disk
    Parameter("template", "ostemplate", "OSTEMPLATE", "creation", "ostemplate", create=True, lines=LAST,
              kind=kinds.TEMPLATE),
    Parameter("config", "config", "ORIGIN_SAMPLE", "creation", "origin_sample", create=True, lines=LAST),
    Parameter("distribution", "distribution", "DISTRIBUTION", "file", lines=LAST, since="7.0.219"),
    Parameter("layout", "layout", "VE_LAYOUT", "creation", "layout", create=True, lines=LAST, since="7.0.186",
              refuse=kinds.only_ploop),
    Parameter("private", "private", "VE_PRIVATE", "creation", "private", create=True, lines=LAST),
    Parameter("root", "root", "VE_ROOT", "stopped", "root", create=True, lines=LAST),
    Parameter("diskspace", "diskspace", "DISKSPACE", "live", "diskspace.s:diskspace.h", create=True, lines=LAST,
              kind=kinds.DISK_SPACE),
    Parameter("diskinodes", "diskinodes", "DISKINODES", "file", "diskinodes.s:diskinodes.h", create=True, lines=LAST),
    Parameter("jquota", "jquota", "JOURNALED_QUOTA", "restart", lines=LAST),
    Parameter("quotaugidlimit", "quotaugidlimit", "QUOTAUGIDLIMIT", "restart", lines=LAST),
    Parameter("ioprio", "ioprio", "IOPRIO", "live", "ioprio", lines=LAST),
    Parameter("iolimit", "iolimit", "IOLIMIT", "live", "iolimit", lines=LAST, kind=kinds.SPEED,
              refuse=kinds.SPEED.refuse, tolerates=True),
    Parameter("iopslimit", "iopslimit", "IOPSLIMIT", "live", "iopslimit", lines=LAST),
    Parameter("disks", "device-add", "DISK", "live", lines=LAST),
    Parameter("bindmounts", "bindmount_add", "BINDMOUNT", "live", lines=LAST),

    # network
    Parameter("interfaces", "netif_add", "NETIF", "live", lines=LAST, kind=netif.INTERFACES),
    Parameter("addresses", "ipadd", "IP_ADDRESS", "live", "ip", create=True, lines=LAST, kind=kinds.ADDRESSES),
    Parameter("hostdevs", "netdev_add", "NETDEV", "live", lines=LAST),
    Parameter("nameserver", "nameserver", "NAMESERVER", "live", "nameserver", lines=LAST),
    Parameter("searchdomain", "searchdomain", "SEARCHDOMAIN", "live", "searchdomain", lines=LAST),
    Parameter("rate", "rate", "RATE", "live", lines=LAST),
    Parameter("ratebound", "ratebound", "RATEBOUND", "live", lines=LAST),
    Parameter("netfilter", "netfilter", "NETFILTER", "restart", "netfilter", lines=LAST, until="8.0.25"),

    # what it may do
    Parameter("features", "features", "FEATURES", "restart", "features", lines=LAST, kind=kinds.FEATURES, whole=True),
    Parameter("devnodes", "devnodes", "DEVNODES", "live", lines=LAST, displaces="devices"),
    Parameter("devices", "devices", "DEVICES", "live", lines=LAST, whole=True),
    Parameter("pci", "pci_add", "PCI", "live", lines=LAST),

    # beancounters
    _counter("kmemsize"),
    _counter("lockedpages"),
    _counter("privvmpages"),
    _counter("shmpages"),
    _counter("numproc"),
    _counter("physpages"),
    _counter("swappages"),
    _counter("vmguarpages"),
    _counter("numflock"),
    _counter("numpty"),
    _counter("numsiginfo"),
    _counter("numfile"),
    _counter("numiptent"),
    _counter("avnumproc", column=None, kernel=False),
    Parameter("numnetif", "numnetif", "NUMNETIF", "live", lines=LAST, since="7.0.201"),
)
# fmt: on

PARAMETERS = {row.field: row for row in TABLE}
BY_KEY = {}  # key -> its rows: PHYSPAGES and SWAPPAGES have two
for _row in TABLE:
    if _row.key:
        BY_KEY.setdefault(_row.key, []).append(_row)

# What ``vzctl set`` takes and does nothing with, or only warns of (recorded).
WITHOUT_EFFECT = """
    noatime applyconfig_map origin_sample config_customized vetype ext_ipadd ext_ipdel apply_iponly reset_ub
    skip_arpdetect quotatime cpuweight totvmpages ipcshmpages anonshpages rsspages numsock oomguar oomguarpages
    numtcpsock tcpsndbuf tcprcvbuf othersockbuf dgramrcvbuf numothersock dcachesize capability
""".split()
# Parsing stops at these: last in the call they do nothing with code 0, elsewhere vzctl ends with 20 (recorded).
TRAPS = "mount_opts offline_management offline_service default_gateway default_gw".split()
