"""MACs and device names that vzctl 7 to 9 makes up for veth pairs."""

import os

CONTAINER_PREFIX = "C4:37:72"
NODE_PREFIX = "FE:37:72"


def new(prefix=CONTAINER_PREFIX):
    """``C4:37:72:6F:BD:F1``, the last three bytes at random."""
    return prefix + "".join(f":{byte:02X}" for byte in os.urandom(3))


def host_ifname(mac):
    """``host_ifname("C4:37:72:6F:BD:F1")`` -> ``"veth726fbdf1"``"""
    return "veth" + mac.replace(":", "").lower()[-8:]


def new_pair(ifname):
    """The fields of a new device: ``{"ifname": "eth0", "mac": ..., "host_mac": ..., "host_ifname": ...}``"""
    mac = new()
    return {"ifname": ifname, "mac": mac, "host_mac": new(NODE_PREFIX), "host_ifname": host_ifname(mac)}
