"""
From options to lines of a conf: how each key is written, and in which order.
"""

from vzsim.grammar import conf, netvalues, switches
from vzsim.grammar import values as v

WRITERS = {
    **dict.fromkeys(conf.UB_KEYS, v.write_ub),
    "VM_OVERCOMMIT": "{:g}".format,
    "IP_ADDRESS": " ".join,
    "NAMESERVER": " ".join,
    "SEARCHDOMAIN": " ".join,
    "NETDEV": " ".join,
    "PCI": " ".join,
    "IPTABLES": lambda modules: "".join(module + " " for module in modules),
    "CAPABILITY": switches.write_capabilities,
    "FEATURES": switches.write_features,
    "DEVNODES": switches.write_devices,
    "DEVICES": switches.write_devices,
    "DISKSPACE": v.write_pair,
    "DISKINODES": v.write_pair,
    "ONBOOT": v.write_yes_no,
    "DISABLED": v.write_yes_no,
    "DISK_QUOTA": v.write_yes_no,
    "NETIF": netvalues.write_netif,
}


def changes(params):
    """``{"CPUS": 2, "ONBOOT": True}`` -> ``[("CPUS", "2"), ("ONBOOT", "yes")]``, in vzctl's order."""
    return [(key, WRITERS.get(key, str)(params[key])) for key in conf.KEYS if key in params]
