"""Documents of containers with interfaces, and what a simulated node has of its wires."""

import shutil
import subprocess

UP, DOWN = "0x1003\n", "0x1002\n"
FE_FF = "fe:ff:ff:ff:ff:ff"


def domain(name, *devices, metadata=""):
    devices = "".join(devices)
    return f"<domain type='openvz'>\n<name>{name}</name>\n{metadata}\n<devices>{devices}</devices>\n</domain>"


def pair(bridge, **said):
    """``pair("br0", mac="...", guest="eth3")``: a veth pair in a bridge."""
    attributes = {"mac": "address", "target": "dev", "guest": "dev"}
    more = "".join(f"<{tag} {attributes[tag]}='{value}'/>" for tag, value in said.items())
    return f"<interface type='bridge'><source bridge='{bridge}'/>{more}</interface>"


def of_network(network):
    return f"<interface type='network'><source network='{network}'/></interface>"


def routed(*addresses):
    """``routed("10.0.0.1", "fd00::1/64")``"""
    parts = (address.partition("/") for address in addresses)
    ips = (f"<ip address='{host}'" + (f" prefix='{prefix}'/>" if prefix else "/>") for host, _, prefix in parts)
    return f"<interface type='route'>{''.join(ips)}</interface>"


def device(name):
    return f"<hostdev mode='capabilities' type='net'><source><interface>{name}</interface></source></hostdev>"


def ifname(name, **said):
    attributes = "".join(f" {key}='{value}'" for key, value in said.items())
    return (
        "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>\n"
        f"<openvz:ifname name='{name}'{attributes}/></metadata>"
    )


def netif(node, ctid):
    """``{"eth0": {"bridge": "br0", "mac": ...}}`` of a configuration file."""
    entries = filter(None, node.conf(ctid).get("NETIF", "").split(";"))
    pairs = [dict(field.split("=") for field in entry.split(",")) for entry in entries]
    return {each.pop("ifname"): each for each in pairs}


def files(node):
    """The text of every container's configuration file."""
    return {path.name: path.read_bytes() for path in (node.directory / "etc/vz/conf").glob("*.conf")}


def set_flags(node, device, flags):
    (node.directory / "sys/class/net" / device / "flags").write_text(flags)


def remove_device(node, device):
    shutil.rmtree(node.directory / "sys/class/net" / device)


def elsewhere(node, device, bridge):
    """Somebody takes a device out of its bridge, and puts it into another (or none)."""
    argv = [node.options["ip"], "link", "set", "dev", device, *(["master", bridge] if bridge else ["nomaster"])]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)
