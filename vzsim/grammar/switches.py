"""
Lists of switches as values of ``ctid.conf(5)``: capabilities, features, netfilter modules, permissions of devices.
"""

from vzsim.grammar.tables import CAPABILITIES, DEVICE_FILES, DISKS, FEATURES, IPTABLES
from vzsim.grammar.values import Bad, is_number, words

LIST = " \t,"  # separators between switches
# Capabilities are 32 bits: the 33rd name is the first bit again (read, not run).
SAME_BIT = {"FS_MASK": "CHOWN"}
NAME_LIMIT = 128  # characters; longer names of capabilities are ignored
MODE_LIMIT = 5  # characters of a device's mode that are read (read, not run)
LOOP_MAJOR = 7  # loop devices cannot be passed through


def parse_features(text):
    """
    ``"nfs:on ppp:off"`` -> ``{"nfs": True, "ppp": False}``; unknown ones do not stop the others.

    Any unknown name of four letters becomes nfsd, as in vzctl.
    """
    switches, unknown = {}, []
    for word in words(text, LIST):
        name, _, state = word.partition(":")
        if name not in FEATURES or ":" not in word:
            name, state = "nfsd", word[len("nfsd:") :]
        if state not in ("on", "off"):
            unknown.append(("out", f"Warning: Unknown feature: {word}"))
        else:
            switches[name] = switches.get(name, False) or state == "on"
    if unknown:
        raise Bad(*unknown, keep=switches, told=True)
    return switches


def write_features(switches):
    return " ".join(f"{name}:{'on' if switches[name] else 'off'}" for name in FEATURES if name in switches)


def parse_capabilities(text):
    """``"net_admin:on"`` -> ``{"NET_ADMIN": True}``; what is switched both on and off is on (read, not run)."""
    switches = {}
    for word in words(text, LIST):
        name, colon, state = word.rpartition(":")
        if not colon or state not in ("on", "off"):
            raise Bad(("err", f"Can't parse capability {word} (expecting capname:on|off)"), keep=switches)
        if len(name) >= NAME_LIMIT:  # read, not run
            raise Bad(keep=switches)
        if name.upper() not in CAPABILITIES:
            raise Bad(("err", f"Capability {name} is unknown"), keep=switches)
        known = SAME_BIT.get(name.upper(), name.upper())
        switches[known] = switches.get(known, False) or state == "on"
    return switches


def write_capabilities(switches):
    return " ".join(f"{name}:{'on' if state else 'off'}" for name, state in named_capabilities(switches))


def named_capabilities(switches):
    """``{"CHOWN": True}`` -> ``[("CHOWN", True), ("FS_MASK", True)]``: each bit under all of its names."""
    named = [(name, switches.get(SAME_BIT.get(name, name))) for name in CAPABILITIES]
    return [(name, state) for name, state in named if state is not None]


def parse_iptables(text):
    """``"iptable_nat"`` -> ``["ip_tables", "ip_conntrack", "iptable_nat"]``"""
    wanted, unknown = set(), []
    for word in words(text, LIST):
        if word in IPTABLES:
            wanted |= _with_needs(word)
        else:
            unknown.append(("err", f"Warning: Unknown iptable module: {word}, skipped"))
    modules = [module for module in IPTABLES if module in wanted]
    if unknown:
        raise Bad(*unknown, keep=modules, told=True)
    return modules


def _with_needs(module):
    found = {module}
    for need in IPTABLES[module]:
        found |= _with_needs(need)
    return found


def parse_devnodes(text, exists=DISKS.__contains__):
    """``"net/tun:wr"`` -> ``{"net/tun": "rw"}``; ``none`` takes a device away."""
    nodes = {}
    for word in words(text, " "):
        name, colon, mode = word.rpartition(":")
        if not colon:
            raise Bad(keep=nodes)
        if name not in DEVICE_FILES and not exists(name):
            raise Bad(("err", f"Incorrect device name /dev/{name}: No such file or directory"), keep=nodes)
        if name.startswith("loop") and is_number(name[4:]):
            raise Bad(("err", f"Device {name} is not allowed to be assigned to a CT"), keep=nodes)
        nodes[name] = _mode(mode, nodes)
    return nodes


def parse_devices(text):
    """``"c:10:200:rw"`` -> ``{"c:10:200": "rw"}``"""
    devices = {}
    for word in words(text, " "):
        kind, major, minor, mode = (word.split(":", 3) + ["", "", ""])[:4]
        numbers = is_number(major) and (minor == "all" or is_number(minor))
        if kind not in ("b", "c") or not numbers or not mode or int(major) == LOOP_MAJOR:
            raise Bad(keep=devices)
        minor = minor if minor == "all" else int(minor)
        devices[f"{kind}:{int(major)}:{minor}"] = _mode(mode[:MODE_LIMIT], devices)
    return devices


def _mode(mode, before):
    """``"wr"`` -> ``"rw"``; an empty mode is none."""
    if mode != "none" and not set(mode) <= set("rwq"):
        raise Bad(keep=before)
    return "".join(char for char in "rwq" if char in mode) if mode != "none" else ""


def write_devices(devices):
    """``{"c:10:200": "rw"}`` -> ``"c:10:200:rw "``, with the blank at the end."""
    return "".join(f"{name}:{mode} " for name, mode in devices.items() if mode)
