"""
The table: domain field <-> place in the document <-> vzctl option <-> configuration key <-> vzlist column.

Everything that knows a word of vzctl(8) reads it from here: argument vectors, reading back, comparing, explaining, the
schema, the reference page.
"""

import ipaddress
from dataclasses import dataclass

from . import names
from .kinds.lists import Access, Addresses, Capabilities, Devices, Features, Modules, Pci, Words
from .kinds.scalars import Choice, Count, CpuLimit, Decimal, Kind, Mask, Meminfo, Name, Processors, Ranged, Text, YesNo
from .kinds.sizes import Bytes, Disk, Items, Memory, Pages, Speed
from .kinds.veths import Interfaces

EFFECTS = {
    "live": "at once",
    "file": "in the configuration file alone",
    "restart": "saved at once, in effect after the next restart",
    "stopped": "only while the container is stopped",
    "creation": "when the container is created, and never after",
}

_FEATURES = "sysfs nfs sit ipip ppp ipgre bridge nfsd".split()
_CAPABILITIES = """
    chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service
    net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin
    sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write ve_admin setfcap
""".split()
_IPTABLES = {
    "": "ip_tables",
    "ip_tables": """
        iptable_filter iptable_mangle ipt_limit ipt_multiport ipt_tos ipt_TOS ipt_REJECT ipt_TCPMSS ipt_tcpmss ipt_ttl
        ipt_LOG ipt_length ip_conntrack xt_mac ipt_owner
    """,
    "ip_conntrack": "ip_conntrack_ftp ip_conntrack_irc ipt_conntrack ipt_state ipt_helper iptable_nat",
    "iptable_nat ip_conntrack_ftp": "ip_nat_ftp",
    "iptable_nat ip_conntrack_irc": "ip_nat_irc",
    "iptable_nat": "ipt_REDIRECT",
}
_NEEDS = {module: needs.split() for needs, modules in _IPTABLES.items() for module in modules.split()}


@dataclass(frozen=True)
class Option:
    """
    One row of the table.

    `option` and `key` are ``None`` for what vzctl has no parameter for. `kernel` columns of vzlist show what the
    kernel of a running container has, in the form of the key; the others what the file says.
    """

    field: str  # of domain.Domain
    kind: Kind
    element: str  # where the document says it
    option: str | None  # vzctl(8), without the dashes
    key: str | None  # of the container configuration file
    effect: str  # one of EFFECTS
    column: str | None  # of vzlist; two of them with a colon between
    example: str  # an element of a document
    about: str  # a phrase for people
    create: bool = False  # ``vzctl create`` takes it as well
    kernel: bool = False
    fallback: str | None = None  # the element of our metadata for values that libvirt's has no room for
    since: str = "4"  # first and last family of vzctl that has it
    until: str = "9"

    @property
    def tag(self):
        """The element of our metadata that can say it, or ``None``."""
        ours = self.element.removeprefix("metadata/openvz:")
        return self.fallback if ours == self.element else ours

    def read(self, text):
        """The value of a key, ``None`` where vzctl would skip it."""
        try:
            return None if text is None else self.kind.read(text)
        except ValueError:
            return None

    def write(self, value):
        """The arguments of the option."""
        return self.kind.write(value)

    def show(self, value):
        """What `changes` show."""
        return self.kind.show(value)


def read_address(text):
    """``"10.1.0.1/32"`` -> ``"10.1.0.1"``, ``"FD00::0:1/64"`` -> ``"fd00::1/64"``. ValueError if it is none."""
    if names.is_ipv4(text):
        return text
    host, slash, mask = text.partition("/")
    if "." in mask:
        raise ValueError(f"{text!r} has a mask in dots, which vzctl does not read")
    if "%" in text:  # any text would do for a zone, a quote and a line break as well
        raise ValueError(f"{text!r} has a zone, and no address that is routed to a container has one")
    address = ipaddress.ip_interface(f"{host}/{mask or 0}" if slash else host)  # vzctl's number of an empty text is 0
    return names.spelled(address.ip, address.network.prefixlen)


# vzctl skips these three words, in a file and on its command line; with a mask, or spelled 0::, they count. The first
# is recorded, the others are read, not run.
NO_ADDRESS = ("0.0.0.0", "::", "::0")


def _read_routed(text):
    return None if text in NO_ADDRESS else read_address(text)


def removable(address):
    """An address for ``--ipdel``: ``"::"`` -> ``"::/128"``, not skipped then; any mask will do (read, not run)."""
    return f"{address}/{128 if ':' in address else 32}" if address in NO_ADDRESS else address


def _counter(name, kind, about, barrier, limit, **more):
    """The row of a beancounter; the numbers are an example."""
    example = f'<openvz:{name} barrier="{barrier}" limit="{limit}"/>'
    row = {"element": f"metadata/openvz:{name}", "column": f"{name}.b:{name}.l", "kernel": True, "example": example}
    return Option(field=name, kind=kind, option=name, key=name.upper(), effect="live", about=about, **(row | more))


# fmt: off
TABLE = (
    # who it is
    Option("name", Name(names.container), "name", "name", "NAME", "file", "name",
           "<name>web01</name>", "the CTID, or a name for vzctl", create=True),
    Option("ctid", Text(), "metadata/openvz:ctid", None, None, "creation", "ctid",
           "<openvz:ctid>209</openvz:ctid>", "the CTID of a container whose name is not a number"),
    Option("uuid", Text(names.uuid), "uuid", None, None, "file", None,
           "<uuid>8dea22b3-1d52-d8f3-2516-782e98ab8fa0</uuid>",
           "who it is, whatever its name: the comment #UUID of the configuration file"),
    Option("title", Text(), "title", None, None, "file", None,
           "<title>Web server</title>", "a short text for people: the comment #TITLE of the configuration file"),
    Option("description", Text(), "description", "description", "DESCRIPTION", "file", "description",
           "<description>The shop of example.org</description>", "a text for people", create=True),
    Option("hostname", Text(names.host), "metadata/openvz:hostname", "hostname", "HOSTNAME", "live", "hostname",
           "<openvz:hostname>web01.example.org</openvz:hostname>", "the name that the container gives itself",
           create=True),

    # when it runs
    Option("onboot", YesNo(), "metadata/openvz:onboot", "onboot", "ONBOOT", "file", "onboot",
           "<openvz:onboot>yes</openvz:onboot>", "whether it starts with the node"),
    Option("bootorder", Count(), "metadata/openvz:bootorder", "bootorder", "BOOTORDER", "file", "bootorder",
           "<openvz:bootorder>10</openvz:bootorder>", "its place among those that start with the node, highest first"),
    Option("disabled", YesNo(), "metadata/openvz:disabled", "disabled", "DISABLED", "file", "disabled",
           "<openvz:disabled>no</openvz:disabled>", "whether vzctl refuses to start it"),
    Option("stop_timeout", Count(unit="seconds"), "metadata/openvz:stop-timeout", "stop-timeout", "STOP_TIMEOUT",
           "file", None, "<openvz:stop-timeout>60</openvz:stop-timeout>",
           "how long it may take to halt before it is killed", until="4"),
    Option("init", Text(), "os/init", None, None, "file", None,
           "<os><type>exe</type><init>/sbin/init</init></os>", "the first process: always /sbin/init"),

    # memory and processors
    Option("memory", Memory(), "memory", "ram", "PHYSPAGES", "live", "physpages.l",
           "<memory unit='MiB'>512</memory>", "memory; needs a kernel with vswap", kernel=True),
    Option("swap", Memory(), "memtune/swap_hard_limit", "swap", "SWAPPAGES", "live", "swappages.l",
           "<memtune><swap_hard_limit unit='MiB'>1536</swap_hard_limit></memtune>",
           "swap; libvirt counts memory and swap together", kernel=True, fallback="swap"),
    Option("vm_overcommit", Decimal(), "metadata/openvz:vm_overcommit", "vm_overcommit", "VM_OVERCOMMIT", "live",
           "vm_overcommit", "<openvz:vm_overcommit>1.5</openvz:vm_overcommit>",
           "how many times memory and swap may be allocated"),
    Option("meminfo", Meminfo(), "metadata/openvz:meminfo", "meminfo", "MEMINFO", "live", None,
           "<openvz:meminfo>privvmpages:1</openvz:meminfo>", "how much memory the container's /proc/meminfo shows"),
    Option("vcpu", Processors(unit="processors", empty=True), "vcpu", "cpus", "CPUS", "live", "cpus",
           "<vcpu>2</vcpu>", "the number of processors", kernel=True, fallback="cpus"),
    Option("cpumask", Mask(), "vcpu/@cpuset", "cpumask", "CPUMASK", "live", None,
           "<vcpu cpuset='0-3'>2</vcpu>", "the node's processors that it may run on", fallback="cpumask"),
    Option("cpuunits", Ranged(8, 500000, "shares"), "cputune/shares", "cpuunits", "CPUUNITS", "live", "cpuunits",
           "<cputune><shares>2000</shares></cputune>", "its weight among those that want processor time",
           kernel=True, fallback="cpuunits"),
    Option("cpuweight", Count(), "metadata/openvz:cpuweight", "cpuweight", "CPUUWEIGHT", "live", None,
           "<openvz:cpuweight>500</openvz:cpuweight>", "the same as older kernels count it", until="4"),
    Option("cpulimit", CpuLimit(unit="percent of one processor", empty=True), "cputune/quota", "cpulimit", "CPULIMIT",
           "live", "cpulimit", "<cputune><period>100000</period><quota>150000</quota></cputune>",
           "the processor time that it may use at most", kernel=True, fallback="cpulimit"),
    Option("nodemask", Mask(), "numatune/memory/@nodeset", "nodemask", "NODEMASK", "live", None,
           "<numatune><memory mode='strict' nodeset='0'/></numatune>", "the node's memory nodes that it may use",
           fallback="nodemask"),

    # disk
    Option("template", Text(names.template), "devices/filesystem[@type='template']/source", "ostemplate", "OSTEMPLATE",
           "creation", "ostemplate",
           "<filesystem type='template'><source name='debian-12-x86_64'/><target dir='/'/></filesystem>",
           "the OS template that it is made from", create=True, fallback="ostemplate"),
    Option("config", Text(names.sample), "metadata/openvz:config", "config", "ORIGIN_SAMPLE", "creation",
           "origin_sample", "<openvz:config>vswap-256m</openvz:config>",
           "the sample configuration that it is made from", create=True),
    Option("layout", Choice("simfs", "ploop", "ploop:expanded", "ploop:plain", "ploop:raw"), "metadata/openvz:layout",
           "layout", "VE_LAYOUT", "creation", "layout", "<openvz:layout>simfs</openvz:layout>",
           "how its files are kept", create=True),
    Option("private", Text(names.path), "devices/filesystem[@type='mount']/source", "private", "VE_PRIVATE",
           "creation", "private",
           "<filesystem type='mount'><source dir='/srv/vz/209'/><target dir='/'/></filesystem>",
           "where its files are; $VEID is the CTID", create=True, fallback="private"),
    Option("root", Text(names.path), "metadata/openvz:root", "root", "VE_ROOT", "stopped", "root",
           "<openvz:root>/vz/root/$VEID</openvz:root>", "where its files are mounted; $VEID is the CTID", create=True),
    Option("local_uid", Count(), "metadata/openvz:local_uid", "local_uid", "LOCAL_UID", "creation", None,
           "<openvz:local_uid>100000</openvz:local_uid>",
           "the user of the node that its root is, on kernels that are not OpenVZ's", create=True, until="4"),
    Option("local_gid", Count(), "metadata/openvz:local_gid", "local_gid", "LOCAL_GID", "creation", None,
           "<openvz:local_gid>100000</openvz:local_gid>", "the same for groups", create=True, until="4"),
    Option("mount_opts", Text(names.mount_options), "metadata/openvz:mount_opts", "mount_opts", "MOUNT_OPTS",
           "restart", "mount_opts", "<openvz:mount_opts>noatime</openvz:mount_opts>",
           "options for mounting its files", until="4"),
    Option("diskspace", Disk("KiB", 1024), "devices/filesystem/space_hard_limit", "diskspace", "DISKSPACE", "live",
           "diskspace.s:diskspace.h", "<space_hard_limit unit='GiB'>10</space_hard_limit>",
           "the space on the disk", create=True, fallback="diskspace"),
    Option("diskinodes", Disk("inodes", 1), "metadata/openvz:diskinodes", "diskinodes", "DISKINODES", "live",
           "diskinodes.s:diskinodes.h", '<openvz:diskinodes soft="200000" hard="220000"/>',
           "the number of files; ploop has no such limit", create=True),
    Option("diskquota", YesNo(unset=None), "metadata/openvz:diskquota", "diskquota", "DISK_QUOTA", "restart", None,
           "<openvz:diskquota>no</openvz:diskquota>", "whether these limits hold", until="4"),
    Option("quotatime", Count(unit="seconds"), "metadata/openvz:quotatime", "quotatime", "QUOTATIME", "live", None,
           "<openvz:quotatime>600</openvz:quotatime>", "how long a soft limit may be exceeded", until="4"),
    Option("quotaugidlimit", Count(unit="users and groups", empty=True), "metadata/openvz:quotaugidlimit",
           "quotaugidlimit", "QUOTAUGIDLIMIT", "restart", None,
           "<openvz:quotaugidlimit>100</openvz:quotaugidlimit>", "how many users and groups may have a quota inside"),
    Option("ioprio", Ranged(0, 7), "blkiotune/weight", "ioprio", "IOPRIO", "live", "ioprio",
           "<blkiotune><weight>500</weight></blkiotune>",
           "its priority at the disk, where libvirt's weight of 100 to 800 stands for 0 to 7", fallback="ioprio"),
    Option("iolimit", Speed(), "metadata/openvz:iolimit", "iolimit", "IOLIMIT", "live", "iolimit",
           '<openvz:iolimit unit="MiB">10</openvz:iolimit>',
           "what it may read and write in a second, less than 2 GiB; 0 is no limit"),
    Option("iopslimit", Count(unit="operations per second", empty=True), "metadata/openvz:iopslimit", "iopslimit",
           "IOPSLIMIT", "live", "iopslimit", "<openvz:iopslimit>100</openvz:iopslimit>",
           "how often it may read and write in a second; 0 is no limit"),

    # network
    Option("interfaces", Interfaces(), "devices/interface", "netif_add", "NETIF", "live", None,
           "<interface type='bridge'><source bridge='br0'/></interface>", "veth pairs"),
    Option("addresses", Addresses(_read_routed), "devices/interface/ip", "ipadd", "IP_ADDRESS", "live", "ip",
           "<interface type='ethernet'><ip address='192.168.122.15'/></interface>", "routed addresses", create=True),
    Option("hostdevs", Devices(names.device), "devices/hostdev[@type='net']", "netdev_add", "NETDEV", "live", None,
           "<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>",
           "network devices of the node, passed through"),
    Option("nameserver", Words(names.nameserver), "metadata/openvz:nameserver", "nameserver", "NAMESERVER", "live",
           "nameserver", "<openvz:nameserver>192.168.122.1</openvz:nameserver>",
           "an address to ask for names, or inherit for the node's own"),
    Option("searchdomain", Words(names.domain), "metadata/openvz:searchdomain", "searchdomain", "SEARCHDOMAIN", "live",
           "searchdomain", "<openvz:searchdomain>example.org</openvz:searchdomain>",
           "a domain to look for names in, or inherit for the node's own"),
    Option("netfilter", Choice("disabled", "stateless", "stateful", "full"), "metadata/openvz:netfilter", "netfilter",
           "NETFILTER", "restart", "netfilter", "<openvz:netfilter>stateful</openvz:netfilter>",
           "which iptables it may use", until="8"),
    Option("iptables", Modules(_NEEDS), "metadata/openvz:iptables", "iptables", "IPTABLES", "restart", None,
           "<openvz:iptables>iptable_nat</openvz:iptables>",
           "an iptables module, with those that it needs; for kernels without netfilter", until="8"),

    # what it may do
    Option("features", Features(_FEATURES), "metadata/openvz:features", "features", "FEATURES",
           "restart", "features", '<openvz:features name="nfs" state="on"/>', "a feature of the kernel"),
    Option("capabilities", Capabilities(_CAPABILITIES), "features/capabilities", "capability", "CAPABILITY", "restart",
           "capability",
           "<features><capabilities policy='default'><net_admin state='on'/></capabilities></features>",
           "a capability; ve_admin is one of OpenVZ alone", until="4", fallback="capability"),
    Option("devnodes", Access(names.device_node), "devices/hostdev[@type='misc']", "devnodes", "DEVNODES", "live",
           None, "<hostdev mode='capabilities' type='misc'><source><char>/dev/net/tun</char></source></hostdev>",
           "a device below /dev of the node; none takes it away", fallback="devnodes"),
    Option("devices", Access(names.device_number), "metadata/openvz:devices", "devices", "DEVICES", "live", None,
           '<openvz:devices name="c:10:200" access="rw"/>', "a device by its number; none takes it away"),
    Option("pci", Pci(names.pci), "metadata/openvz:pci", "pci_add", "PCI", "live", None,
           "<openvz:pci>0000:00:1f.0</openvz:pci>", "a PCI device of the node, passed through"),

    # beancounters
    _counter("kmemsize", Bytes(), "memory of the kernel for it", 14372700, 14790164),
    _counter("lockedpages", Pages(), "memory that is not swapped", 2048, 2048),
    _counter("privvmpages", Pages(), "memory that it may allocate", 65536, 69632, element="memtune/hard_limit",
             example="<memtune><hard_limit unit='MiB'>272</hard_limit>"
                     "<soft_limit unit='MiB'>256</soft_limit></memtune>",
             fallback="privvmpages"),
    _counter("shmpages", Pages(), "shared memory", 21504, 21504),
    _counter("numproc", Items(), "processes and threads", 240, 240),
    _counter("physpages", Pages(), "memory, where a barrier keeps `memory` from saying it", 65536, 131072),
    _counter("swappages", Pages(), "swap, where a barrier keeps `swap` from saying it", 65536, 131072),
    _counter("vmguarpages", Pages(), "memory that is promised to it", 33792, "unlimited",
             element="memtune/min_guarantee",
             example="<memtune><min_guarantee unit='MiB'>132</min_guarantee></memtune>", fallback="vmguarpages"),
    _counter("oomguarpages", Pages(), "memory that is promised to it when the node has none left", 26112, "unlimited",
             until="4"),
    _counter("numtcpsock", Items(), "TCP sockets", 360, 360, until="4"),
    _counter("numflock", Items(), "locks on files", 188, 206),
    _counter("numpty", Items(), "pseudo terminals", 16, 16),
    _counter("numsiginfo", Items(), "signals that wait", 256, 256),
    _counter("tcpsndbuf", Bytes(), "memory for what TCP sends", 1720320, 2703360, until="4"),
    _counter("tcprcvbuf", Bytes(), "memory for what TCP receives", 1720320, 2703360, until="4"),
    _counter("othersockbuf", Bytes(), "memory for other sockets", 1126080, 2097152, until="4"),
    _counter("dgramrcvbuf", Bytes(), "memory for datagrams received", 262144, 262144, until="4"),
    _counter("numothersock", Items(), "sockets that are not TCP", 360, 360, until="4"),
    _counter("dcachesize", Bytes(), "memory for names of files in use", 3409920, 3624960, until="4"),
    _counter("numfile", Items(), "open files", 9312, 9312),
    _counter("numiptent", Items(), "rules of iptables", 128, 128),
    _counter("avnumproc", Items(), "processes that are usual", 180, 180, column=None, kernel=False),
)
# fmt: on

_CHECKED = {row.option: row.kind.parse for row in TABLE if row.option and isinstance(row.kind, Text)}
_CHECKED["applyconfig"] = names.sample
_WITH_VEID = ("private", "root")


def argument(option, text):
    """
    An argument as somebody has typed it: the same text, or ValueError with a sentence.

    What vzctl would not read back equal is refused, what a shell would act on (its scripts source the configuration
    file), and a name that would lead to another file than it should.
    """
    if text and option in _CHECKED:
        _CHECKED[option](text)
    return text if option in _WITH_VEID else names.word(text)


BY_FIELD = {option.field: option for option in TABLE}

BEANCOUNTERS = frozenset(row.field for row in TABLE if isinstance(row.kind, Pages | Bytes | Items))
_CREATE = """
    config description diskinodes diskspace hostname ipadd layout local_gid local_uid name ostemplate private root
"""
_SET = """
    applyconfig bootorder bridge capability cpulimit cpumask cpus cpuunits cpuweight description devices devnodes
    disabled diskinodes diskquota diskspace features host_ifname host_mac hostname ifname iolimit iopslimit ioprio
    ipadd ipdel iptables mac mac_filter meminfo mount_opts name nameserver netdev_add netdev_del netfilter netif_add
    netif_del nodemask onboot ostemplate pci_add pci_del private quotatime quotaugidlimit ram root searchdomain
    setmode stop-timeout swap vm_overcommit
"""
# What vzctl(8) 4.11 takes, spelled in full: it would guess abbreviations. Not --userpasswd: argv is public.
CREATE = frozenset(_CREATE.split())
SET = frozenset((*_SET.split(), *BEANCOUNTERS))
_OTHER_KEYS = {
    "ipdel": "IP_ADDRESS",
    "netdev_del": "NETDEV",
    "netif_del": "NETIF",
    "pci_del": "PCI",
    **dict.fromkeys(("bridge", "host_ifname", "host_mac", "ifname", "mac", "mac_filter"), "NETIF"),
}
_COUNTED_TOGETHER = {"PHYSPAGES", "SWAPPAGES", "VM_OVERCOMMIT", "PRIVVMPAGES"}


def keys_of(argv):
    """The keys of a configuration file that ``set CTID --option value ...`` may write; ``None`` where it may be any."""
    keys = {row.option: row.key for row in TABLE if row.option} | _OTHER_KEYS
    found = {keys.get(word[2:]) for word in argv[2::2] if word != "--save"}
    if None in found:
        return None
    return found | (_COUNTED_TOGETHER if found & _COUNTED_TOGETHER else set())
