"""
What an operator may type: the options that ``openvz.create`` and ``openvz.set`` pass on to vzctl 4.x.
"""

from ...model import fields
from ..options import Options
from .parameters import TABLE

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


class _Options(Options):
    KEYS = {
        "ipdel": {"IP_ADDRESS"},
        "netdev_del": {"NETDEV"},
        "netif_del": {"NETIF"},
        "pci_del": {"PCI"},
        **dict.fromkeys(("bridge", "host_ifname", "host_mac", "ifname", "mac", "mac_filter"), {"NETIF"}),
    }
    BESIDE = ({"PHYSPAGES", "SWAPPAGES", "VM_OVERCOMMIT", "PRIVVMPAGES"},)

    def target(self, option, value):
        return (value.split(",") + ["", ""])[2] if option == "netif_add" else super().target(option, value)


# What vzctl(8) 4.11 takes.
OPTIONS = _Options(TABLE, _CREATE.split(), (*_SET.split(), *fields.BEANCOUNTERS))
