"""
The columns of ``vzlist`` 9.0.1, in the order of ``vzlist -L``: names, headers, widths, where they come from.

Widths of columns that no recorded run shows beside others are read, not run; those of distribution, origin_sample
and type are assumed.
"""

from vzsim.seven.vzlist.fields import (
    ById,
    Counter,
    Dashed,
    Device,
    Devnodes,
    Features,
    Field,
    Gone,
    Interfaces,
    Laverage,
    Number,
    Place,
    Signed,
    SmartName,
    Status,
    Text,
    Uptime,
    Usage,
    Words,
    YesNo,
    absent_first,
    absent_last_descending,
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
# Suffix, part shown, part sorted by: the program sorts .b by the limit and .l by the barrier (read, not run).
UBC_COLUMNS = (("", 0, 0), (".m", 1, 1), (".b", 2, 3), (".l", 3, 2), (".f", 4, 4))
QUOTA_COLUMNS = (("", 0), (".s", 1), (".h", 2))

JSON_ORDER = (
    "ctid,private,root,hostname,name,smart_name,description,ostemplate,distribution,ip,configured_ip,nameserver,"
    "searchdomain,status,numproc,kmemsize,lockedpages,privvmpages,shmpages,numproc,physpages,vmguarpages,oomguarpages,"
    "numtcpsock,numflock,numpty,numsiginfo,tcpsndbuf,tcprcvbuf,othersockbuf,dgramrcvbuf,numothersock,dcachesize,"
    "numfile,numiptent,swappages,diskspace,diskinodes,laverage,uptime,cpulimit,cpuunits,cpus,ioprio,iolimit,iopslimit,"
    "onboot,bootorder,layout,features,disabled"
)


def _ctid(container):
    return container.ctid


def _value(key):
    return lambda container: container.values.get(key)


def _known(key):
    return lambda container: container.known(key)


def _words(key):
    return lambda container: container.words(key)


def _number(key, unset=None):
    return lambda container: container.number(key, unset)


def _is_yes(key, unset=False):
    return lambda container: container.values.get(key, "yes" if unset else "no") == "yes"


def _cpu(index):
    return lambda container: container.cpu[index]


def _ubc_fields():
    return [
        Counter(name + suffix, header + suffix.upper(), name, part, sort_part)
        for name, header in UBC.items()
        for suffix, part, sort_part in UBC_COLUMNS
    ]


def _quota_fields():
    return [
        Usage(name + suffix, header + suffix.upper(), kind, part)
        for name, header, kind in (("diskspace", "DQBLOCKS", "space"), ("diskinodes", "DQINODES", "inodes"))
        for suffix, part in QUOTA_COLUMNS
    ]


def _starts_at_boot(container):
    """``auto`` counts as yes, in text only."""
    return container.values.get("ONBOOT") in ("yes", "auto")


FIELDS = [
    ById("ctid", "CTID", 36, _ctid),
    Place("private", "PRIVATE", -32, lambda container: container.area),
    Place("root", "ROOT", -36, lambda container: container.root, text_width=-32),
    ById("veid", "CTID", 36, _ctid),
    ById("uuid", "UUID", 36, lambda container: container.uuid),
    Text("hostname", "HOSTNAME", -32, _value("HOSTNAME")),
    Dashed("name", "NAME", -32, lambda container: container.name),
    SmartName("smart_name", "NAME", -32, lambda container: container.name),
    Text("description", "DESCRIPTION", -32, lambda container: container.description),
    Field("tm", "TM", -2, lambda container: container.template_kind, order=absent_first),
    Dashed("ostemplate", "OSTEMPLATE", -24, _value("OSTEMPLATE")),
    Field("distribution", "DISTRIBUTION", -24, _value("DISTRIBUTION")),
    Words("ip", "IP_ADDR", -15, lambda container: container.ip),
    Words("nameserver", "NAMESERVER", -15, _words("NAMESERVER")),
    Words("searchdomain", "SEARCHDOMAIN", -15, _words("SEARCHDOMAIN")),
    Words("configured_ip", "CFG_IP_ADDR", -15, lambda container: container.configured_ip),
    Status("status", "STATUS", -9, lambda container: container.status),
    *_ubc_fields(),
    *_quota_fields(),
    Laverage("laverage", "LAVERAGE", 14, None),
    Number("cpulimit", "CPULIM", 7, _cpu(0), order=absent_first),
    Number("cpulimit%", "CPUL_%", 7, _cpu(0), order=absent_first),
    Number("cpulimitM", "CPUL_M", 7, _cpu(1), order=absent_first),
    Number("cpuunits", "CPUUNI", 7, _cpu(2), order=absent_first),
    Number("cpus", "CPUS", 5, lambda container: container.cpus, dash=True),
    Field("cpumask", "CPUMASK", 16, _known("CPUMASK")),
    Field("nodemask", "NODEMASK", 16, _known("NODEMASK")),
    Gone("slmmode", "SLMMOD", 7, None),
    Gone("slminst", "SLMINST", 10, None),
    Gone("slminst.l", "SLMINST.L", 10, None),
    Gone("slmlowinst", "SLMLOWINST", 10, None),
    Gone("slmlowinst.l", "SLMLOWINST.L", 10, None),
    Gone("slmoomlimit", "SLMOOMLIMIT", 10, None),
    Gone("slmavg", "SLMAVG", 10, None),
    Gone("slmquality", "SLMQUALITY", 10, None),
    Device("host_ifname", "HOST_IFNAME", -16, "host_ifname"),
    Device("mac", "MAC", -17, "mac", lower=True),
    Device("host_mac", "HOST_MAC", -17, "host_mac", lower=True),
    Device("gw", "GATEWAY", -15, "gw"),
    Device("network", "NETWORK", -32, "network", is_padded=False),
    Device("ifname", "IFNAME", -8, "ifname"),
    Interfaces("netif", "NET_INTERFACES", -32, "host_ifname"),
    YesNo("onboot", "ONBOOT", -6, _starts_at_boot, known=_is_yes("ONBOOT")),
    YesNo("disabled", "DISABL", -6, _is_yes("DISABLED")),
    Field("autostop", "AUTOSTOP", -8, _value("AUTOSTOP")),
    Number("bootorder", "BOOTORDER", 10, _number("BOOTORDER", 0), order=absent_first),
    Uptime("uptime", "UPTIME", 15, None),
    Number("ioprio", "IOPRIO", 6, _number("IOPRIO"), order=absent_last_descending),
    Signed("iolimit", "IOLIMIT", 10, _number("IOLIMIT"), order=absent_last_descending),
    Signed("iopslimit", "IOPSLIMIT", 10, _number("IOPSLIMIT")),
    Features("features", "FEATURES", -15, lambda container: container.features),
    Number("layout", "LAYOUT", -6, lambda container: container.layout, text_width=6),
    Field("device", "DEVICE", -16, lambda container: container.device),
    YesNo("ha_enable", "HA_ENABLE", -9, _is_yes("HA_ENABLE", unset=True)),
    Number("ha_prio", "HA_PRIO", 10, _number("HA_PRIO"), order=absent_last_descending),
    Devnodes("devnodes", "DEVNODES", -16, _value("DEVNODES")),
    Field("origin_sample", "ORIGIN_SAMPLE", -32, _value("ORIGIN_SAMPLE")),
    Field("type", "TYPE", -9, lambda container: "regular"),
]

# The 7.0 line has one more, and shows it in the default JSON as well (recorded without NETFILTER in the configuration).
NETFILTER = Dashed("netfilter", "NETFILTER", 9, lambda container: container.netfilter, text_width=-9)


def fields_of(node):
    """The columns that this node's vzlist has."""
    if not node.is_old:
        return FIELDS
    at = next(place for place, field in enumerate(FIELDS) if field.name == "devnodes")
    return [*FIELDS[:at], NETFILTER, *FIELDS[at:]]


def json_order(node):
    return JSON_ORDER + (",netfilter" if node.is_old else "")
