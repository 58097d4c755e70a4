"""
The fixed names of vzctl 4.11: capabilities, features, netfilter modules, devices.

Their order is the order in which vzctl writes them.
"""

FEATURES = ("sysfs", "nfs", "sit", "ipip", "ppp", "ipgre", "bridge", "nfsd")

CAPABILITIES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "VE_ADMIN", "SETFCAP",
    "FS_MASK",
)  # fmt: skip

# Each iptables module with those it pulls in, in the order they are written.
IPTABLES = {
    "ip_tables": (),
    "iptable_filter": ("ip_tables",),
    "iptable_mangle": ("ip_tables",),
    "ipt_limit": ("ip_tables",),
    "ipt_multiport": ("ip_tables",),
    "ipt_tos": ("ip_tables",),
    "ipt_TOS": ("ip_tables",),
    "ipt_REJECT": ("ip_tables",),
    "ipt_TCPMSS": ("ip_tables",),
    "ipt_tcpmss": ("ip_tables",),
    "ipt_ttl": ("ip_tables",),
    "ipt_LOG": ("ip_tables",),
    "ipt_length": ("ip_tables",),
    "ip_conntrack": ("ip_tables",),
    "ip_conntrack_ftp": ("ip_conntrack",),
    "ip_conntrack_irc": ("ip_conntrack",),
    "ipt_conntrack": ("ip_conntrack",),
    "ipt_state": ("ip_conntrack",),
    "ipt_helper": ("ip_conntrack",),
    "iptable_nat": ("ip_conntrack",),
    "ip_nat_ftp": ("iptable_nat", "ip_conntrack_ftp"),
    "ip_nat_irc": ("iptable_nat", "ip_conntrack_irc"),
    "ipt_REDIRECT": ("iptable_nat",),
    "xt_mac": ("ip_tables",),
    "ipt_owner": ("ip_tables",),
}

# Device files of the node, below /dev. Files below DIR/dev count as well.
DEVICE_FILES = frozenset((
    "null", "zero", "full", "random", "urandom", "tty", "tty0", "console", "ptmx", "net/tun", "fuse", "kvm", "kmsg",
    "ppp", "loop0", "loop1", "loop-control", "rtc", "ram0",
))  # fmt: skip
# Disks of a node made by ``vzsim init``; the recording machine had none.
DISKS = frozenset(("sda", "sda1", "sdb", "sdb1", "vda", "vda1", "hda"))
