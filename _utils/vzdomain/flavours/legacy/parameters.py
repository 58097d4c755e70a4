"""
What vzctl 4.x calls each field: option of vzctl(8), key of the configuration file, column of vzlist, and its effect.

Read in the sources of vzctl 4.11 and recorded from its runs.
"""

from ...model import fields
from ...model.kinds.lists import NO_ADDRESS, Features
from ...model.kinds.scalars import INT_MAX, YesNo
from ...model.kinds.sizes import Speed
from ..flavour import LAST, MERGED, NAMED, Parameter


def _counter(field, **more):
    """A beancounter; nearly all of them are named alike everywhere."""
    row = {"effect": "live", "column": f"{field}.b:{field}.l", "kernel": True, "lines": LAST}
    return Parameter(field, field, field.upper(), **(row | more))


_FEATURES = Features([name for name in fields.BY_NAME["features"].kind.known if name != "time"])


_SPEED = Speed(INT_MAX)  # vzctl 4.11 takes 2047M and refuses 2048M, whatever the unit (recorded)


def _too_fast(value):
    return None if value <= INT_MAX else "takes less than 2 GiB per second (Virtuozzo 7 to 9 takes less than 4 GiB)"


def _no_auto(value):
    return "starts it at boot or does not: use yes or no (Virtuozzo 7 to 9 has auto)" if value == "auto" else None


def _only_numbers(value):
    return None if str(value).isdecimal() else "knows containers by a number, and not by a UUID (vzctl 7 does)"


def _no_time(value):
    return "has no feature time (Virtuozzo 7 to 9 has)" if "time" in dict(value) else None


# fmt: off
TABLE = (
    # who it is
    Parameter("name", "name", "NAME", "file", "name", create=True),
    Parameter("ctid", None, None, "creation", "ctid", refuse=_only_numbers),
    Parameter("uuid", None, None, "file"),
    Parameter("title", None, None, "file"),
    Parameter("description", "description", "DESCRIPTION", "file", "description", create=True),
    Parameter("hostname", "hostname", "HOSTNAME", "live", "hostname", create=True),

    # when it runs
    Parameter("onboot", "onboot", "ONBOOT", "file", "onboot", kind=YesNo(), refuse=_no_auto),
    Parameter("bootorder", "bootorder", "BOOTORDER", "file", "bootorder"),
    Parameter("disabled", "disabled", "DISABLED", "file", "disabled"),
    Parameter("stop_timeout", "stop-timeout", "STOP_TIMEOUT", "file"),
    Parameter("init", None, None, "file"),

    # memory and processors
    Parameter("memory", "ram", "PHYSPAGES", "live", "physpages.l", kernel=True, lines=LAST),
    Parameter("swap", "swap", "SWAPPAGES", "live", "swappages.l", kernel=True, lines=LAST),
    Parameter("vm_overcommit", "vm_overcommit", "VM_OVERCOMMIT", "live", "vm_overcommit"),
    Parameter("meminfo", "meminfo", "MEMINFO", "live", lines=LAST),
    Parameter("vcpu", "cpus", "CPUS", "live", "cpus", kernel=True),
    Parameter("cpumask", "cpumask", "CPUMASK", "live"),
    Parameter("cpuunits", "cpuunits", "CPUUNITS", "live", "cpuunits", kernel=True),
    Parameter("cpuweight", "cpuweight", "CPUUWEIGHT", "live"),
    Parameter("cpulimit", "cpulimit", "CPULIMIT", "live", "cpulimit", kernel=True),
    Parameter("nodemask", "nodemask", "NODEMASK", "live"),

    # disk
    Parameter("template", "ostemplate", "OSTEMPLATE", "creation", "ostemplate", create=True),
    Parameter("config", "config", "ORIGIN_SAMPLE", "creation", "origin_sample", create=True),
    Parameter("layout", "layout", "VE_LAYOUT", "creation", "layout", create=True, lines=LAST),
    Parameter("private", "private", "VE_PRIVATE", "creation", "private", create=True),
    Parameter("root", "root", "VE_ROOT", "stopped", "root", create=True),
    Parameter("local_uid", "local_uid", "LOCAL_UID", "creation", create=True),
    Parameter("local_gid", "local_gid", "LOCAL_GID", "creation", create=True),
    Parameter("mount_opts", "mount_opts", "MOUNT_OPTS", "restart", "mount_opts"),
    Parameter("diskspace", "diskspace", "DISKSPACE", "live", "diskspace.s:diskspace.h", create=True),
    Parameter("diskinodes", "diskinodes", "DISKINODES", "live", "diskinodes.s:diskinodes.h", create=True),
    Parameter("diskquota", "diskquota", "DISK_QUOTA", "restart"),
    Parameter("quotatime", "quotatime", "QUOTATIME", "live"),
    Parameter("quotaugidlimit", "quotaugidlimit", "QUOTAUGIDLIMIT", "restart"),
    Parameter("ioprio", "ioprio", "IOPRIO", "live", "ioprio", lines=LAST),
    Parameter("iolimit", "iolimit", "IOLIMIT", "live", "iolimit", lines=LAST, kind=_SPEED, refuse=_too_fast,
              tolerates=True),
    Parameter("iopslimit", "iopslimit", "IOPSLIMIT", "live", "iopslimit", lines=LAST),

    # network
    Parameter("interfaces", "netif_add", "NETIF", "live", lines=NAMED),
    Parameter("addresses", "ipadd", "IP_ADDRESS", "live", "ip", create=True, lines=MERGED),
    Parameter("hostdevs", "netdev_add", "NETDEV", "live", lines=MERGED),
    Parameter("nameserver", "nameserver", "NAMESERVER", "live", "nameserver", lines=MERGED),
    Parameter("searchdomain", "searchdomain", "SEARCHDOMAIN", "live", "searchdomain", lines=MERGED),
    Parameter("netfilter", "netfilter", "NETFILTER", "restart", "netfilter", lines=LAST),
    Parameter("iptables", "iptables", "IPTABLES", "restart", lines=MERGED),

    # what it may do
    Parameter("features", "features", "FEATURES", "restart", "features", lines=MERGED, kind=_FEATURES, refuse=_no_time),
    Parameter("capabilities", "capability", "CAPABILITY", "restart", "capability", lines=MERGED),
    Parameter("devnodes", "devnodes", "DEVNODES", "live", lines=MERGED),
    Parameter("devices", "devices", "DEVICES", "live", lines=MERGED),
    Parameter("pci", "pci_add", "PCI", "live", lines=MERGED),

    # beancounters
    _counter("kmemsize"),
    _counter("lockedpages"),
    _counter("privvmpages"),
    _counter("shmpages"),
    _counter("numproc"),
    _counter("physpages"),
    _counter("swappages"),
    _counter("vmguarpages"),
    _counter("oomguarpages"),
    _counter("numtcpsock"),
    _counter("numflock"),
    _counter("numpty"),
    _counter("numsiginfo"),
    _counter("tcpsndbuf"),
    _counter("tcprcvbuf"),
    _counter("othersockbuf"),
    _counter("dgramrcvbuf"),
    _counter("numothersock"),
    _counter("dcachesize"),
    _counter("numfile"),
    _counter("numiptent"),
    _counter("avnumproc", column=None, kernel=False),
)
# fmt: on

PARAMETERS = {row.field: row for row in TABLE}
BY_KEY = {}  # key -> its rows: PHYSPAGES and SWAPPAGES have two
for _row in TABLE:
    if _row.key:
        BY_KEY.setdefault(_row.key, []).append(_row)


def removable(address):
    """An address for ``--ipdel``: ``"::"`` -> ``"::/128"``, not skipped then; any mask will do (read, not run)."""
    return f"{address}/{128 if ':' in address else 32}" if address in NO_ADDRESS else address
