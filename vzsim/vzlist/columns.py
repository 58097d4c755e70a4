"""
The columns of ``vzlist`` 4.11, in the order of the program: names, headers, widths, where they come from.
"""

from vzsim.grammar.switches import named_capabilities
from vzsim.grammar.tables import CAPABILITIES, FEATURES
from vzsim.grammar.values import INT_MAX, LONG_MAX
from vzsim.vzlist.fields import (
    QUOTA_PARTS,
    UBC_PARTS,
    Bootorder,
    Laverage,
    Layout,
    Netfilter,
    Number,
    Overcommit,
    Parts,
    Place,
    SmartName,
    Status,
    String,
    Switches,
    Uptime,
    Words,
    YesNo,
)

UBC = {
    "kmemsize": "KMEMSIZE",
    "lockedpages": "LOCKEDP",
    "privvmpages": "PRIVVMP",
    "shmpages": "SHMP",
    "numproc": "NPROC",
    "physpages": "PHYSP",
    "vmguarpages": "VMGUARP",
    "oomguarpages": "OOMGUARP",
    "numtcpsock": "NTCPSOCK",
    "numflock": "NFLOCK",
    "numpty": "NPTY",
    "numsiginfo": "NSIGINFO",
    "tcpsndbuf": "TCPSNDB",
    "tcprcvbuf": "TCPRCVB",
    "othersockbuf": "OTHSOCKB",
    "dgramrcvbuf": "DGRAMRB",
    "numothersock": "NOTHSOCK",
    "dcachesize": "DCACHESZ",
    "numfile": "NFILE",
    "numiptent": "NIPTENT",
    "swappages": "SWAPP",
}


def _param(key):
    return lambda container: container.param(key)


def _ubc(name):
    return lambda container: container.ubc[name]


def _quota(index):
    return lambda container: container.quota and container.quota[index]


def _cpu(index):
    return lambda container: container.cpu and container.cpu[index]


def _positive(key):
    return lambda container: container.param(key) or None


def _capabilities(container):
    return dict(named_capabilities(container.param("CAPABILITY") or {}))


def _ubc_fields():
    fields = []
    # The program sorts .b by the limit and .l by the barrier.
    for name, header in UBC.items():
        for part, (suffix, sorted_by) in enumerate((("", 0), (".m", 1), (".b", 3), (".l", 2), (".f", 4))):
            fields.append(Parts(name + suffix, header + suffix.upper(), _ubc(name), part, UBC_PARTS, sorted_by))
    return fields


def _quota_fields():
    fields = []
    for index, (name, header) in enumerate((("diskspace", "DSPACE"), ("diskinodes", "DINODES"))):
        for part, suffix in enumerate(("", ".s", ".h")):
            fields.append(Parts(name + suffix, header + suffix.upper(), _quota(index), part, QUOTA_PARTS, part))
    return fields


FIELDS = (
    Number("ctid", "CTID", 10, lambda container: container.ctid),
    Number("veid", "CTID", 10, lambda container: container.ctid),
    Number("vpsid", "CTID", 10, lambda container: container.ctid),
    Place("private", "PRIVATE", -32, lambda container: container.private),
    Place("root", "ROOT", -32, lambda container: container.root),
    String("mount_opts", "MOUNT_OPTS", -16, _param("MOUNT_OPTS")),
    String("origin_sample", "ORIGIN_SAMPLE", -32, _param("ORIGIN_SAMPLE"), header_width=32),
    String("hostname", "HOSTNAME", -32, _param("HOSTNAME")),
    String("name", "NAME", -32, lambda container: container.name),
    SmartName("smart_name", "SMARTNAME", 10, lambda container: container.name),
    String("description", "DESCRIPTION", -32, _param("DESCRIPTION")),
    String("ostemplate", "OSTEMPLATE", -32, _param("OSTEMPLATE")),
    Words("ip", "IP_ADDR", -15, lambda container: container.ip),
    Words("nameserver", "NAMESERVER", -15, lambda container: container.param("NAMESERVER") or []),
    Words("searchdomain", "SEARCHDOMAIN", -15, lambda container: container.param("SEARCHDOMAIN") or []),
    Status("status", "STATUS", -9, lambda container: container.status),
    *_ubc_fields(),
    *_quota_fields(),
    Laverage("laverage", "LAVERAGE", 14, None),
    Uptime("uptime", "UPTIME", 15, None),
    Number("cpulimit", "CPULIM", 7, _cpu(0)),
    Number("cpuunits", "CPUUNI", 7, _cpu(1)),
    Number("cpus", "CPUS", 5, lambda container: container.cpus or None, unset="0"),
    Number("ioprio", "IOP", 3, _param("IOPRIO"), unset="0"),
    Number("iolimit", "IOLIMIT", 10, _positive("IOLIMIT"), unset="0"),
    Number("iopslimit", "IOPS", 4, _positive("IOPSLIMIT"), unset="0"),
    YesNo("onboot", "ONBOOT", 6, _param("ONBOOT")),
    Bootorder("bootorder", "BOOTORDER", 10, _param("BOOTORDER")),
    Layout("layout", "LAYOUT", -6, lambda container: container.layout, header_width=6),
    Switches("features", "FEATURES", -15, _param("FEATURES"), FEATURES, limited=True),
    YesNo("vswap", "VSWAP", 5, lambda container: container.ubc["physpages"][3] not in (LONG_MAX, INT_MAX)),
    YesNo("disabled", "DISABL", 6, lambda container: bool(container.param("DISABLED"))),
    Overcommit("vm_overcommit", "VM_OVC", 6, _positive("VM_OVERCOMMIT"), unset="0"),
    Netfilter("netfilter", "NETFILTER", -9, _param("NETFILTER")),
    Switches("capability", "CAPABILITY", -15, _capabilities, CAPABILITIES, limited=False),
)
