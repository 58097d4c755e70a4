"""
Values of vzctl 7 to 9 that are lists: features, devices, bind mounts, rates and the like.

``read_*`` takes the text of an option or a key; ``merge_*`` gives what is written after a change.
"""

import re

from vzsim.seven.grammar.values import SET_DEVICES, Bad, words

FEATURES = ("sysfs", "nfs", "sit", "ipip", "ppp", "ipgre", "bridge", "nfsd", "time")  # in the order they are written
FORBIDDEN_DEVICES = ("venet", "tun", "tap", "lo")  # beginnings of devices that are no --netdev_add
MODE_LENGTH = 5  # characters that are read
MOUNT_OPTIONS = ("nosuid", "noexec", "nodev", "ro")
# Names below /dev of the node. Further ones: files below its own dev directory.
DEVICE_FILES = frozenset((
    "null", "zero", "full", "random", "urandom", "tty", "ptmx", "console", "kmsg", "fuse", "net/tun", "mapper/control",
    "loop-control", *(f"loop{number}" for number in range(8)),
))  # fmt: skip
PCI = re.compile(r"(?:([0-9a-fA-F]+):)?([0-9a-fA-F]+):([0-9a-fA-F]+)\.([0-9]+)")


def read_features(text):
    """``"nfs:on, sit:off"`` -> ``{"nfs": "on", "sit": "off"}``; the first of equal names counts."""
    found = {}
    for piece in words(text):
        name, colon, switch = piece.partition(":")
        if name not in FEATURES or switch not in ("on", "off"):
            raise Bad(f"An incorrect feature syntax: {piece}")
        found.setdefault(name, switch)
    return found


def features_written(found):
    return "".join(f"{name}:{found[name]} " for name in FEATURES if name in found)


# devices


def _mode(text):
    """``"wr"`` -> ``"rw"``, ``"none"`` -> ``"none"``"""
    if text == "none":
        return text
    if not set(text) <= set("rwq"):
        raise Bad(f"An incorrect permision is specified: {text}")
    return "".join(letter for letter in "rwq" if letter in text) or "none"


def read_devices(text):
    """``"c:1:3:rw b:8:all:r"`` -> ``["c:1:3:rw", "b:8:all:r"]``, equal ones too."""
    found = []
    for piece in words(text):
        fields = piece.split(":", 3)
        if len(fields) != 4 or len(fields[0]) != 1 or not fields[1].isdigit() or not fields[2] or not fields[3]:
            raise Bad(f"An incorrect device format: {piece}")
        kind, major, minor, mode = fields
        if kind not in ("b", "c"):
            raise Bad(f"An incorrect device type: {piece}")
        if minor != "all" and not minor.isdigit():
            raise Bad(f"An incorrect minor: {piece}")
        minor = minor if minor == "all" else int(minor)
        found.append(f"{kind}:{int(major)}:{minor}:{_mode(mode[:MODE_LENGTH])}")
    return found


def devices_written(found):
    return "".join(f"{device} " for device in found)


def read_devnodes(text, exists=DEVICE_FILES.__contains__):
    """``"null:rw"`` -> ``{"null": "rw"}``; ``exists(name)`` says whether the node has the device."""
    found = {}
    for piece in words(text):
        name, colon, mode = piece.partition(":")
        if not colon:
            raise Bad(f"An incorrect device format: {piece}")
        if not exists(name):
            raise Bad(f"An incorrect device name /dev/{name}: No such file or directory", rc=SET_DEVICES)
        found[name] = _mode(mode)
    return found


def known_devnodes(text):
    """DEVNODES of a configuration, of which nothing is checked."""
    pairs = (piece.partition(":") for piece in words(text))
    return {name: mode for name, colon, mode in pairs if colon}


def devnodes_written(old, new):
    return "".join(f"{name}:{mode} " for name, mode in {**old, **new}.items() if mode != "none")


# plain names


def read_words(text):
    """``"a, b a"`` -> ``["a", "b"]``"""
    return list(dict.fromkeys(words(text)))


def read_netdev(text):
    """Network devices of the node; the existence is not checked."""
    found = read_words(text)
    if any(name.startswith(FORBIDDEN_DEVICES) for name in found):
        raise Bad
    return found


def merge_words(old, added, removed):
    kept = [word for word in old if word not in removed]
    return " ".join(kept + [word for word in added if word not in kept and word not in removed])


def read_pci(text, exists=None):
    """``"00:01.0"`` -> ``["0000:00:01.0"]``; ``exists(address)``, if given, says whether the node has the device."""
    found = []
    for piece in words(text):
        match = PCI.match(piece)
        if not match:
            raise Bad(f"Incorrect pci device syntax: {piece}")
        domain, bus, slot = (int(number or "0", 16) for number in match.groups()[:3])
        address = f"{domain:04x}:{bus:02x}:{slot:02x}.{int(match.group(4))}"
        if exists and not exists(address):
            raise Bad(f"Incorrect PCI device: device '{address}' not found")
        if address not in found:
            found.append(address)
    return found


def read_rates(text):
    """``"eth0:1:100 eth1:1:50"`` -> ``["eth0:1:100", "eth1:1:50"]``"""
    found = []
    for piece in words(text):
        fields = piece.split(":")
        if len(fields) != 3 or not fields[0] or not all(field.isascii() and field.isdigit() for field in fields[1:]):
            raise Bad
        found.append(f"{fields[0]}:{int(fields[1])}:{int(fields[2])}")
    return found


# bind mounts


def read_bindmounts(text):
    """``"/srv:/mnt/x,nosuid"`` -> ``{"/mnt/x": "/srv:/mnt/x,nosuid"}``, by destination."""
    found = {}
    for piece in words(text, "\t "):
        target, entry = _bindmount(piece)
        found.setdefault(target, entry)
    return found


def read_unmounts(text):
    """Destinations to remove: ``"/srv:/mnt/x"`` -> ``{"/mnt/x": None}``; options must be right, and mean nothing."""
    return {_bindmount(piece, is_removal=True)[0]: None for piece in words(text, "\t ")}


def _bindmount(piece, is_removal=False):
    """``"/srv:/mnt/x,nosuid"`` -> ``("/mnt/x", "/srv:/mnt/x,nosuid")``"""
    source, colon, rest = piece.partition(":")
    target, comma, options = (rest if colon else source).partition(",")
    if colon and not source.startswith("/") or not target.startswith("/") or target == "/":
        raise Bad
    names = options.split(",") if comma else []
    if names[-1:] == [""] and (len(names) > 1 or is_removal):
        names.pop()
    if not set(names) <= set(MOUNT_OPTIONS):
        raise Bad
    shown = [option for option in MOUNT_OPTIONS if option in names]
    return target, ",".join([f"{source}:{target}" if colon else target, *shown])


def merge_bindmounts(old, new, remove_all=False):
    """``new`` maps destinations to entries, ``None`` for those to remove."""
    kept = {} if remove_all else {target: entry for target, entry in old.items() if target not in new}
    kept.update((target, entry) for target, entry in new.items() if entry is not None)
    return "".join(f"{entry} " for entry in kept.values())
