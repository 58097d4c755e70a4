"""
The table of fields: name in `Domain` <-> place in the document, kind of value, who owns a list.

The document, the schema and the reference page read it from here. What vzctl calls a field is said by its family:
see `flavours`.
"""

from dataclasses import dataclass

from . import names
from .kinds.disks import BindMounts, Disks
from .kinds.lists import Access, Addresses, Capabilities, Devices, Features, Modules, Pci, Words
from .kinds.scalars import (
    UINT_MAX,
    Choice,
    Count,
    CpuLimit,
    Decimal,
    Guarantee,
    Kind,
    Mask,
    Meminfo,
    Name,
    OnBoot,
    Processors,
    Ranged,
    Text,
    YesNo,
)
from .kinds.sizes import Bytes, Disk, Items, Memory, Pages, Speed
from .kinds.veths import Interfaces
from .units import UNLIMITED

# What a document that names a field says of it.
VALUE = "value"  # this value, instead of any other
ORDERED = "ordered"  # a list, replaced as a whole; its order counts
OWNED = "owned"  # a set: what is not named is removed, everything if `exact` and the document does not name the field
GUARDED = "guarded"  # a set: what is not named is removed, and its data with it, where the budget allows it
MERGED = "merged"  # a map: only the keys that are named

_FEATURES = "sysfs nfs sit ipip ppp ipgre bridge nfsd time".split()
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
class Field:
    """One row of the table."""

    name: str  # of domain.Domain
    kind: Kind
    element: str  # where the document says it
    example: str  # an element of a document
    about: str  # a phrase for people
    ownership: str = VALUE
    fallback: str | None = None  # the element of our metadata for values that libvirt's has no room for

    @property
    def unit(self):
        """``"KiB"``, ``"pages"``; empty for what counts nothing."""
        return self.kind.unit + self.kind.per

    @property
    def tag(self):
        """The element of our metadata that can say it, or ``None``."""
        ours = self.element.removeprefix("metadata/openvz:")
        return self.fallback if ours == self.element else ours

    def show(self, value):
        """What `changes` show."""
        return self.kind.show(value)


def _counter(name, kind, about, barrier, limit, **more):
    """The row of a beancounter; the numbers are an example."""
    example = f'<openvz:{name} barrier="{barrier}" limit="{limit}"/>'
    return Field(name, kind, **({"element": f"metadata/openvz:{name}", "example": example, "about": about} | more))


# fmt: off
FIELDS = (
    # who it is
    Field("name", Name(names.container), "name", "<name>web01</name>", "the CTID, or a name for vzctl"),
    Field("ctid", Text(), "metadata/openvz:ctid", "<openvz:ctid>209</openvz:ctid>",
          "the CTID of a container whose name is not a number"),
    Field("uuid", Text(names.uuid), "uuid", "<uuid>8dea22b3-1d52-d8f3-2516-782e98ab8fa0</uuid>",
          "its identity, whatever its name; to vzctl 4 it is a comment, #UUID"),
    Field("title", Text(), "title", "<title>Web server</title>",
          "a short text for people: the comment #TITLE of the configuration file"),
    Field("description", Text(), "description", "<description>The shop of example.org</description>",
          "a text for people"),
    Field("hostname", Text(names.host), "metadata/openvz:hostname",
          "<openvz:hostname>web01.example.org</openvz:hostname>", "the name that the container gives itself"),

    # when it runs
    Field("onboot", OnBoot(), "metadata/openvz:onboot", "<openvz:onboot>yes</openvz:onboot>",
          "whether it starts at boot; auto: if it ran when the node went down"),
    Field("bootorder", Count(), "metadata/openvz:bootorder", "<openvz:bootorder>10</openvz:bootorder>",
          "its start priority at boot, highest first"),
    Field("disabled", YesNo(), "metadata/openvz:disabled", "<openvz:disabled>no</openvz:disabled>",
          "whether vzctl refuses to start it"),
    Field("stop_timeout", Count(unit="seconds"), "metadata/openvz:stop-timeout",
          "<openvz:stop-timeout>60</openvz:stop-timeout>", "how long it may take to stop before it is killed"),
    Field("autostop", Choice("stop", "suspend"), "metadata/openvz:autostop",
          "<openvz:autostop>suspend</openvz:autostop>", "what is done to it when the node goes down"),
    Field("ha_enable", YesNo(unset=True), "metadata/openvz:ha_enable", "<openvz:ha_enable>yes</openvz:ha_enable>",
          "whether the cluster starts it on another node when this one fails"),
    Field("ha_prio", Count(most=UINT_MAX, empty=True), "metadata/openvz:ha_prio",
          "<openvz:ha_prio>10</openvz:ha_prio>", "its turn then, highest first"),
    Field("init", Text(), "os/init", "<os><type>exe</type><init>/sbin/init</init></os>",
          "the first process: always /sbin/init"),

    # memory and processors
    Field("memory", Memory(), "memory", "<memory unit='MiB'>512</memory>", "memory; needs a kernel with vswap"),
    Field("swap", Memory(), "memtune/swap_hard_limit",
          "<memtune><swap_hard_limit unit='MiB'>1536</swap_hard_limit></memtune>",
          "swap; libvirt counts memory and swap together", fallback="swap"),
    Field("memguarantee", Guarantee(), "metadata/openvz:memguarantee",
          "<openvz:memguarantee>50</openvz:memguarantee>",
          "how much of its memory it keeps when the node has none left, in percent; or auto"),
    Field("vm_overcommit", Decimal(), "metadata/openvz:vm_overcommit",
          "<openvz:vm_overcommit>1.5</openvz:vm_overcommit>", "how many times memory and swap may be allocated"),
    Field("meminfo", Meminfo(), "metadata/openvz:meminfo", "<openvz:meminfo>privvmpages:1</openvz:meminfo>",
          "how much memory the container's /proc/meminfo shows"),
    Field("vcpu", Processors(unit="processors", empty=True), "vcpu", "<vcpu>2</vcpu>", "the number of processors",
          fallback="cpus"),
    Field("cpumask", Mask(), "vcpu/@cpuset", "<vcpu cpuset='0-3'>2</vcpu>", "the node's processors that it may run on",
          fallback="cpumask"),
    Field("cpuunits", Ranged(8, 500000, "shares"), "cputune/shares", "<cputune><shares>2000</shares></cputune>",
          "its weight when processor time is scarce", fallback="cpuunits"),
    Field("cpuweight", Count(), "metadata/openvz:cpuweight", "<openvz:cpuweight>500</openvz:cpuweight>",
          "the same as older kernels count it"),
    Field("cpulimit", CpuLimit(unit="percent of one processor", empty=True), "cputune/quota",
          "<cputune><period>100000</period><quota>150000</quota></cputune>",
          "the most processor time that it may use", fallback="cpulimit"),
    Field("cpulimit_mhz", Count(least=1, unit="MHz", empty=True), "metadata/openvz:cpulimit_mhz",
          "<openvz:cpulimit_mhz>2000</openvz:cpulimit_mhz>", "the same in MHz, in place of percent"),
    Field("nodemask", Mask(), "numatune/memory/@nodeset", "<numatune><memory mode='strict' nodeset='0'/></numatune>",
          "the node's memory nodes that it may use", fallback="nodemask"),
    Field("pagecache_isolation", YesNo(), "metadata/openvz:pagecache-isolation",
          "<openvz:pagecache-isolation>yes</openvz:pagecache-isolation>",
          "whether the page cache of its files counts as its own memory alone"),
    Field("num_memory_subgroups", Count(most=UNLIMITED, unit="groups"), "metadata/openvz:num-memory-subgroups",
          "<openvz:num-memory-subgroups>512</openvz:num-memory-subgroups>", "memory control groups inside"),
    Field("slmmode", Choice("none", "ubc", "slm", "all"), "metadata/openvz:slmmode",
          "<openvz:slmmode>all</openvz:slmmode>", "which memory limits count; saved, and without effect"),
    _counter("slmmemorylimit", Pages(), "memory as slmmode counts it; saved, and without effect", 65536, 65536),
    Field("burst_cpulimit", Count(unit="percent"), "metadata/openvz:burst_cpulimit",
          "<openvz:burst_cpulimit>50</openvz:burst_cpulimit>", "its processor limit after a burst; saved"),
    Field("burst_cpu_avg_usage", Count(unit="percent"), "metadata/openvz:burst_cpu_avg_usage",
          "<openvz:burst_cpu_avg_usage>50</openvz:burst_cpu_avg_usage>", "the average use that ends a burst; saved"),

    # disk
    Field("template", Text(names.template), "devices/filesystem[@type='template']/source",
          "<filesystem type='template'><source name='debian-12-x86_64'/><target dir='/'/></filesystem>",
          "the OS template that it is made from", fallback="ostemplate"),
    Field("config", Text(names.sample), "metadata/openvz:config", "<openvz:config>vswap-256m</openvz:config>",
          "the sample configuration that it is made from"),
    Field("distribution", Text(names.distribution), "metadata/openvz:distribution",
          "<openvz:distribution>almalinux</openvz:distribution>",
          "which of vzctl's scripts configure its network, its names and its passwords"),
    Field("layout", Choice("simfs", "ploop", "ploop:expanded", "ploop:plain", "ploop:raw"), "metadata/openvz:layout",
          "<openvz:layout>simfs</openvz:layout>", "how its files are stored"),
    Field("private", Text(names.path), "devices/filesystem[@type='mount']/source",
          "<filesystem type='mount'><source dir='/srv/vz/209'/><target dir='/'/></filesystem>",
          "where its files are; $VEID is the CTID", fallback="private"),
    Field("root", Text(names.path), "metadata/openvz:root", "<openvz:root>/vz/root/$VEID</openvz:root>",
          "where its files are mounted; $VEID is the CTID"),
    Field("local_uid", Count(), "metadata/openvz:local_uid", "<openvz:local_uid>100000</openvz:local_uid>",
          "the node's user that its root maps to, on kernels that are not OpenVZ's"),
    Field("local_gid", Count(), "metadata/openvz:local_gid", "<openvz:local_gid>100000</openvz:local_gid>",
          "the same for groups"),
    Field("mount_opts", Text(names.mount_options), "metadata/openvz:mount_opts",
          "<openvz:mount_opts>noatime</openvz:mount_opts>", "options for mounting its files"),
    Field("diskspace", Disk("KiB", 1024), "devices/filesystem/space_hard_limit",
          "<space_hard_limit unit='GiB'>10</space_hard_limit>", "the space on the disk", fallback="diskspace"),
    Field("diskinodes", Disk("inodes", 1), "metadata/openvz:diskinodes",
          '<openvz:diskinodes soft="200000" hard="220000"/>', "the number of inodes; ploop has no such limit"),
    Field("diskquota", YesNo(unset=None), "metadata/openvz:diskquota", "<openvz:diskquota>no</openvz:diskquota>",
          "whether these limits are enforced"),
    Field("jquota", YesNo(unset=None), "metadata/openvz:jquota", "<openvz:jquota>yes</openvz:jquota>",
          "whether its file system has a journaled quota"),
    Field("quotatime", Count(unit="seconds"), "metadata/openvz:quotatime", "<openvz:quotatime>600</openvz:quotatime>",
          "how long a soft limit may be exceeded"),
    Field("quotaugidlimit", Count(unit="users and groups", empty=True), "metadata/openvz:quotaugidlimit",
          "<openvz:quotaugidlimit>100</openvz:quotaugidlimit>", "how many users and groups may have a quota inside"),
    Field("ioprio", Ranged(0, 7), "blkiotune/weight", "<blkiotune><weight>500</weight></blkiotune>",
          "its priority at the disk, where libvirt's weight of 100 to 800 stands for 0 to 7", fallback="ioprio"),
    Field("iolimit", Speed(), "metadata/openvz:iolimit", '<openvz:iolimit unit="MiB">10</openvz:iolimit>',
          "what it may read and write in a second, less than 4 GiB, with vzctl 4.x less than 2 GiB; 0 is no limit"),
    Field("iopslimit", Count(unit="operations per second", empty=True), "metadata/openvz:iopslimit",
          "<openvz:iopslimit>100</openvz:iopslimit>", "how often it may read and write in a second; 0 is no limit"),
    Field("disks", Disks(), "devices/disk",
          "<disk type='file' device='disk'><source file='/vz/data.hdd'/><target dev='sdb'/></disk>",
          "disks beside the one of its own files", GUARDED),
    Field("bindmounts", BindMounts(), "devices/filesystem[target/@dir!='/']/target",
          "<filesystem type='mount'><source dir='/srv/shop'/><target dir='/mnt/shop'/></filesystem>",
          "directories of the node that are mounted in it", OWNED, fallback="bindmount"),

    # network
    Field("interfaces", Interfaces(), "devices/interface",
          "<interface type='bridge'><source bridge='br0'/></interface>", "veth pairs", OWNED),
    Field("addresses", Addresses(), "devices/interface/ip",
          "<interface type='ethernet'><ip address='192.168.122.15'/></interface>", "routed addresses", OWNED),
    Field("hostdevs", Devices(names.passed_through), "devices/hostdev[@type='net']",
          "<hostdev mode='capabilities' type='net'><source><interface>eth1</interface></source></hostdev>",
          "network devices of the node, passed through", OWNED, fallback="netdev"),
    Field("nameserver", Words(names.nameserver), "metadata/openvz:nameserver",
          "<openvz:nameserver>192.168.122.1</openvz:nameserver>",
          "an address to ask for names, or inherit for the node's own", ORDERED),
    Field("searchdomain", Words(names.domain), "metadata/openvz:searchdomain",
          "<openvz:searchdomain>example.org</openvz:searchdomain>",
          "a domain to look for names in, or inherit for the node's own", ORDERED),
    Field("rate", Words(names.rate, ordered=False), "metadata/openvz:rate",
          "<openvz:rate>eth0:1:1024</openvz:rate>", "what it may send: device of the node, class of traffic, kbit/s"),
    Field("ratebound", YesNo(), "metadata/openvz:ratebound", "<openvz:ratebound>yes</openvz:ratebound>",
          "whether the rate is a limit, and not only a guarantee"),
    Field("netfilter", Choice("disabled", "stateless", "stateful", "full"), "metadata/openvz:netfilter",
          "<openvz:netfilter>stateful</openvz:netfilter>", "which iptables it may use"),
    Field("iptables", Modules(_NEEDS), "metadata/openvz:iptables", "<openvz:iptables>iptable_nat</openvz:iptables>",
          "an iptables module, with those that it needs; for kernels without netfilter"),

    # what it may do
    Field("features", Features(_FEATURES), "metadata/openvz:features", '<openvz:features name="nfs" state="on"/>',
          "a feature of the kernel", MERGED),
    Field("capabilities", Capabilities(_CAPABILITIES), "features/capabilities",
          "<features><capabilities policy='default'><net_admin state='on'/></capabilities></features>",
          "a capability; ve_admin is OpenVZ's own", MERGED, fallback="capability"),
    Field("devnodes", Access(names.device_node), "devices/hostdev[@type='misc']",
          "<hostdev mode='capabilities' type='misc'><source><char>/dev/net/tun</char></source></hostdev>",
          "a device below /dev of the node; none takes it away", MERGED, fallback="devnodes"),
    Field("devices", Access(names.device_number), "metadata/openvz:devices",
          '<openvz:devices name="c:10:200" access="rw"/>', "a device by its number; none takes it away", MERGED),
    Field("pci", Pci(names.pci), "metadata/openvz:pci", "<openvz:pci>0000:00:1f.0</openvz:pci>",
          "a PCI device of the node, passed through", OWNED),

    # beancounters
    _counter("kmemsize", Bytes(), "kernel memory", 14372700, 14790164),
    _counter("lockedpages", Pages(), "memory locked in RAM", 2048, 2048),
    _counter("privvmpages", Pages(), "memory that it may allocate", 65536, 69632, element="memtune/hard_limit",
             example="<memtune><hard_limit unit='MiB'>272</hard_limit>"
                     "<soft_limit unit='MiB'>256</soft_limit></memtune>",
             fallback="privvmpages"),
    _counter("shmpages", Pages(), "shared memory", 21504, 21504),
    _counter("numproc", Items(), "processes and threads", 240, 240),
    _counter("physpages", Pages(), "memory, where a barrier keeps `memory` from saying it", 65536, 131072),
    _counter("swappages", Pages(), "swap, where a barrier keeps `swap` from saying it", 65536, 131072),
    _counter("vmguarpages", Pages(), "guaranteed memory", 33792, "unlimited",
             element="memtune/min_guarantee",
             example="<memtune><min_guarantee unit='MiB'>132</min_guarantee></memtune>", fallback="vmguarpages"),
    _counter("oomguarpages", Pages(), "guaranteed memory when the node has none left", 26112, "unlimited"),
    _counter("numtcpsock", Items(), "TCP sockets", 360, 360),
    _counter("numflock", Items(), "file locks", 188, 206),
    _counter("numpty", Items(), "pseudo terminals", 16, 16),
    _counter("numsiginfo", Items(), "pending signals", 256, 256),
    _counter("tcpsndbuf", Bytes(), "TCP send buffers", 1720320, 2703360),
    _counter("tcprcvbuf", Bytes(), "TCP receive buffers", 1720320, 2703360),
    _counter("othersockbuf", Bytes(), "buffers of other sockets", 1126080, 2097152),
    _counter("dgramrcvbuf", Bytes(), "receive buffers for datagrams", 262144, 262144),
    _counter("numothersock", Items(), "non-TCP sockets", 360, 360),
    _counter("dcachesize", Bytes(), "memory for names of files in use", 3409920, 3624960),
    _counter("numfile", Items(), "open files", 9312, 9312),
    _counter("numiptent", Items(), "iptables rules", 128, 128),
    _counter("avnumproc", Items(), "the usual number of processes", 180, 180),
    _counter("numnetif", Items(), "network interfaces", 8, 8),
)
# fmt: on

BY_NAME = {field.name: field for field in FIELDS}
EMPTIED = tuple(field.name for field in FIELDS if field.ownership == OWNED)
_NO_BEANCOUNTERS = ("slmmemorylimit", "numnetif")
BEANCOUNTERS = frozenset(
    field.name
    for field in FIELDS
    if isinstance(field.kind, Pages | Bytes | Items) and field.name not in _NO_BEANCOUNTERS
)
