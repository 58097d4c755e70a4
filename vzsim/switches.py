"""
Lists of switches as values of ``ctid.conf(5)``: capabilities, features, netfilter modules, permissions of devices.
"""

from vzsim.tables import CAPABILITIES, DEVICE_FILES, FEATURES, IPTABLES
from vzsim.values import BLANKS, Bad, words


def parse_features(text):
    """
    ``"nfs:on ppp:off"`` -> ``{"nfs": True, "ppp": False}``

    Any unknown name of four letters is taken for nfsd: so does the program.
    """
    switches = {}
    for word in words(text, ", " + BLANKS):
        name, colon, state = word.partition(":")
        if len(name) == len("nfsd") and name not in FEATURES:
            name = "nfsd"
        if name not in FEATURES or not colon or state not in ("on", "off"):
            raise Bad(("out", f"Warning: Unknown feature: {word}"), keep=switches)
        switches[name] = state == "on"
    return switches


def write_features(switches):
    return " ".join(f"{name}:{'on' if switches[name] else 'off'}" for name in FEATURES if name in switches)


def parse_capabilities(text):
    """``"net_admin:on"`` -> ``{"NET_ADMIN": True}``"""
    switches = {}
    for word in words(text, ", " + BLANKS):
        name, colon, state = word.partition(":")
        if not colon or state not in ("on", "off"):
            raise Bad(("err", f"Can't parse capability {word} (expecting capname:on|off)"), keep=switches)
        if name.upper() not in CAPABILITIES:
            raise Bad(("err", f"Capability {name} is unknown"), keep=switches)
        switches[name.upper()] = state == "on"
    return switches


def write_capabilities(switches):
    return " ".join(f"{name}:{'on' if switches[name] else 'off'}" for name in CAPABILITIES if name in switches)


def parse_iptables(text):
    """``"iptable_nat"`` -> ``["ip_tables", "ip_conntrack", "iptable_nat"]``"""
    wanted = set()
    for word in words(text, ", " + BLANKS):
        if word not in IPTABLES:
            raise Bad(("err", f"Warning: Unknown iptable module: {word}, skipped"))
        wanted |= _with_needs(word)
    return [module for module in IPTABLES if module in wanted]


def _with_needs(module):
    found = {module}
    for need in IPTABLES[module]:
        found |= _with_needs(need)
    return found


def parse_devnodes(text, exists=None):
    """``"net/tun:rw"`` -> ``{"net/tun": "rw"}``; ``none`` takes a device away."""
    nodes = {}
    for word in words(text):
        name, colon, mode = word.partition(":")
        if not colon or not _is_mode(mode):
            raise Bad()
        if name not in DEVICE_FILES and not (exists and exists(name)):
            raise Bad(("err", f"Incorrect device name /dev/{name}: No such file or directory"))
        nodes[name] = mode
    return nodes


def parse_devices(text):
    """``"c:10:200:rw"`` -> ``{"c:10:200": "rw"}``"""
    devices = {}
    for word in words(text):
        kind, _, rest = word.partition(":")
        major, _, rest = rest.partition(":")
        minor, colon, mode = rest.partition(":")
        if kind not in ("b", "c") or not major.isdigit() or not colon or not _is_mode(mode):
            raise Bad()
        if minor != "all" and not minor.isdigit():
            raise Bad()
        devices[f"{kind}:{major}:{minor}"] = mode
    return devices


def _is_mode(mode):
    return mode == "none" or (mode != "" and set(mode) <= set("rwq"))


def write_devices(devices):
    """``{"c:10:200": "rw"}`` -> ``"c:10:200:rw "``, with the blank at the end."""
    return "".join(f"{name}:{mode} " for name, mode in devices.items() if mode != "none")
