"""
The bridges of the node below sys/class/net, and the script that puts veth devices into them.

The script is ``vznetaddbr``, shipped with vzctl and set as EXTERNAL_SCRIPT in vznet.conf (read, not
run: no recorded run had one). It sources the conf in a shell and runs ``brctl addif``, which does not move a device.
brctl's messages and refusals are those of bridge-utils 1.5 on a kernel of its time (read, not run).
"""

import contextlib
import os

from vzsim.codes import VETH_ERROR, Failed, write
from vzsim.files import read_text
from vzsim.grammar import conf

DEFAULT_BRIDGE = "vmbr0"
NO_PORTS = ("lo", "venet0")  # not Ethernet: no bridge accepts them
SYNTAX_ERROR = "Syntax error: Unterminated quoted string"


def is_device(node, name):
    return bool(name) and os.path.isdir(f"{node.sys_class_net}/{name}")


def is_bridge(node, name):
    return is_device(node, name) and os.path.isdir(f"{node.sys_class_net}/{name}/bridge")


def master(node, device):
    """The bridge that has a device, ``None`` if none has."""
    try:
        return os.path.basename(os.readlink(f"{node.sys_class_net}/{device}/master"))
    except OSError:
        return None


def enter(node, device, bridge):
    """Make a device a port of a bridge; both are there, and the device is in none."""
    os.symlink(f"../{bridge}", f"{node.sys_class_net}/{device}/master")
    os.symlink(f"../../{device}", f"{node.sys_class_net}/{bridge}/brif/{device}")


def leave(node, device):
    """Remove a device from its bridge, if it is in one."""
    bridge = master(node, device)
    if bridge is not None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{node.sys_class_net}/{bridge}/brif/{device}")
        os.unlink(f"{node.sys_class_net}/{device}/master")


def run_script(run, host_ifname):
    """
    Run the script for a device that was made or changed.

    It reads the conf on disk, which vzctl saves only afterwards: a new device is not found, and one with a changed
    bridge goes to the old one. A conf without devices makes it fail.
    """
    if not _has_script(run.node):
        return
    try:
        netif = _sourced(run).get("NETIF", "")
    except ValueError:
        write(2, f"/usr/sbin/vznetaddbr: {run.conf_path}: {SYNTAX_ERROR}\n")
        raise Failed(VETH_ERROR, "/usr/sbin/vznetcfg exited with error") from None
    devices = [dict(field.partition("=")[::2] for field in text.split(",")) for text in netif.split(";") if text]
    if not devices:
        write(2, f"According to {run.conf_path}, CT{run.ctid} has no veth interface configured.\n")
        raise Failed(VETH_ERROR, "/usr/sbin/vznetcfg exited with error")
    for device in devices:
        if device.get("host_ifname", "") == host_ifname:
            bridge = device.get("bridge") or DEFAULT_BRIDGE
            write(1, f"Adding interface {host_ifname} to bridge {bridge} on CT0 for CT{run.ctid}\n")
            complaint = addif(run.node, bridge, host_ifname)
            if complaint:  # the script ignores failures
                write(2, complaint + "\n")
            return


def _has_script(node):
    try:
        return bool(conf.first_values(read_text(node.vznet_conf_path)).get("EXTERNAL_SCRIPT"))
    except OSError:
        return False


def _sourced(run):
    """The conf as a shell reads it: the last of several assignments counts, quotes must be closed."""
    import shlex

    try:
        text = read_text(run.conf_path)
    except OSError:
        return {}
    return dict(word.partition("=")[::2] for word in shlex.split(text, comments=True) if "=" in word)


def addif(node, bridge, device):
    """What ``brctl addif BRIDGE DEVICE`` complains of; ``""`` if it succeeded."""
    missing = _missing(node, bridge, device)
    if missing:
        return missing
    if not is_bridge(node, bridge):
        return f"can't add {device} to bridge {bridge}: Operation not supported"
    if device in NO_PORTS:
        return f"can't add {device} to bridge {bridge}: Invalid argument"
    if is_bridge(node, device):
        return f"device {device} is a bridge device itself; can't enslave a bridge device to a bridge device."
    if master(node, device) is not None:
        return f"device {device} is already a member of a bridge; can't enslave it to bridge {bridge}."
    enter(node, device, bridge)
    return ""


def delif(node, bridge, device):
    """What ``brctl delif BRIDGE DEVICE`` complains of; ``""`` if it succeeded."""
    missing = _missing(node, bridge, device)
    if missing:
        return missing
    if not is_bridge(node, bridge):
        return f"can't delete {device} from {bridge}: Operation not supported"
    if master(node, device) != bridge:
        return f"device {device} is not a slave of {bridge}"
    leave(node, device)
    return ""


def _missing(node, bridge, device):
    if not is_device(node, device):
        return f"interface {device} does not exist!"
    return "" if is_device(node, bridge) else f"bridge {bridge} does not exist!"
