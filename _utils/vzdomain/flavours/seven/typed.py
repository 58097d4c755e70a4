"""
What an operator may type: the options that ``openvz.create`` and ``openvz.set`` pass on to vzctl 7 to 9.
"""

import ipaddress

from ..options import Options
from .parameters import TABLE, TRAPS, WITHOUT_EFFECT

_CREATE = """
    config description diskinodes diskspace hostname ipadd layout name no-hdd ostemplate private root uuid
"""
_OF_PAIRS = """
    configure dhcp dhcp6 gw gw6 host_ifname host_mac ifname mac mac_filter netif_add netif_del netif_mac_renew nettype
    network vporttype
"""
_OF_DISKS = "device device-add device-set device-uuid disable enable image mnt offline size storage-url"
# Not `private`: its file lies in the area. Not `device-del`: a document deletes disks, where somebody allows it.
_OTHERS = "applyconfig bindmount_del ipdel name netdev_del ostemplate pci_del setmode"
_ONE_AFTER_THE_OTHER = ("netif_add", "ifname", "network", "nettype")  # the type is lost in front of the network
_NETWORK = {"IP_ADDRESS", "NETIF"}  # the first routed address makes the pseudo device venet0


def _ploop(text):
    if text != "ploop":
        raise ValueError("is ploop or is left out: vzctl 7 and later has no other")


def _gateway(version):
    def read(text):
        """An address; of anything else vzctl makes a file that it refuses from then on."""
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise ValueError(_NO_GATEWAY) from None
        if ipaddress.ip_address(text).version != version:
            raise ValueError(f"must be an address of IPv{version}")

    return read


_NO_GATEWAY = "is not an address; vzctl would save it, and then refuse every command for the container"


def _speed(text):
    if text == "4294967295":
        raise ValueError("is not saved by vzctl; 4294967294 is the most")


class _Options(Options):
    FLAGS = frozenset(("disable", "enable", "netif_mac_renew", "no-hdd", "offline"))
    KEYS = {
        **dict.fromkeys(_OF_PAIRS.split(), {"NETIF"}),
        **dict.fromkeys(_OF_DISKS.split(), {"DISK"}),
        **dict.fromkeys(("diskspace", "size"), {"DISKSPACE", "DISK"}),
        **dict.fromkeys(("ipadd", "ipdel"), _NETWORK),
        "bindmount_del": {"BINDMOUNT"},
        "cpulimit": {"CPULIMIT", "CPULIMIT_MHZ"},
        "netdev_del": {"NETDEV"},
        "ostemplate": {"OSTEMPLATE"},
        "pci_del": {"PCI"},
    }
    BESIDE = ({"PHYSPAGES", "SWAPPAGES", "VM_OVERCOMMIT", "PRIVVMPAGES"}, {"DEVNODES", "DEVICES"})
    CHECKED = {"layout": _ploop, "gw": _gateway(4), "gw6": _gateway(6), "iolimit": _speed}

    def why_not(self, name):
        option = name.replace("-", "_")
        if option in WITHOUT_EFFECT:
            return "has no effect: vzctl 7 and later takes it and does nothing"
        if option in TRAPS:
            return "is not passed through: vzctl 7 and later stops reading its arguments there"
        return None

    def ordered(self, pairs):
        places = {option: place for place, option in enumerate(_ONE_AFTER_THE_OTHER)}
        said = sorted((pair for pair in pairs if pair[0] in places), key=lambda pair: places[pair[0]])
        return [*said, *(pair for pair in pairs if pair[0] not in places)]

    def is_routed(self, words):
        return not {"ifname", "netif_add"} & {option for option, _ in self.pairs(words)}


_CHANGEABLE = (row.option for row in TABLE if row.option and row.effect != "creation")
OPTIONS = _Options(TABLE, _CREATE.split(), (*_CHANGEABLE, *_OF_PAIRS.split(), *_OF_DISKS.split(), *_OTHERS.split()))
