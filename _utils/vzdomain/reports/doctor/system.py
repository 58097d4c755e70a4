"""
What is wrong with a node as a whole: programs, kernel, templates, locks, libvirt's networks.
"""

import os
import shlex
import shutil

from ... import errors
from ...host import files
from ...host.locks import is_alive
from ...host.networks import Networks
from ...settings import no_setting
from . import moving
from .reading import finding, listed, named

_LIBVIRT_TIMEOUT = 30  # seconds


def programs(reading):
    """vzctl and vzlist; what they do not answer is noted by `Reading`."""
    _ = reading.statuses
    return ()


def kernel(reading):
    path = os.path.join(reading.proc_dir, "vz")
    if not os.path.isdir(path):
        yield finding(
            "kernel",
            path,
            f"{path} does not exist: this is not an OpenVZ kernel, or its module vzmon is not loaded",
            "boot the OpenVZ kernel; if it is running: modprobe vzmon, and service vz start",
        )


def ip_forward(reading):
    routed = _with_address(reading, lambda address: ":" not in address)
    what = "the node does not forward packets between its network and routed addresses of containers"
    yield from _differing(reading, "ip_forward", "net.ipv4.ip_forward", "1", what, routed)


def ipv6_forward(reading):
    routed = _with_address(reading, lambda address: ":" in address)
    if routed:
        what = f"the node does not forward IPv6, so {named(routed)} cannot be reached at IPv6 addresses"
        yield from _differing(reading, "ipv6_forward", "net.ipv6.conf.all.forwarding", "1", what, routed)


def proxy_arp(reading):
    for which in ("all", "default"):
        what = "the node answers ARP for addresses that are not its own, and takes away other machines' traffic"
        yield from _differing(reading, "proxy_arp", f"net.ipv4.conf.{which}.proxy_arp", "0", what)


def templates(reading):
    """The template cache, and the template that containers are made from when none is named."""
    if reading.settings is None:
        return
    cache = os.path.join(reading.settings["TEMPLATE"], "cache")
    with reading.asking(cache):
        its = reading.node.flavour.places
        if not any(map(its.of_template, listed(cache))):
            what = f"there is no OS template in {cache}, so vzctl create has to download one or fails"
            yield finding("template_cache", cache, what, its.TEMPLATES[0])
            return
        for name, path in _default_templates(reading):
            if not reading.node.has_template(name):
                what = f"{path} names the OS template {name}, which is not in {cache}"
                remedy = f"{its.TEMPLATES[1].format(shlex.quote(name))}, or name a template that is there"
                yield finding("default_template", path, what, remedy)


def locks(reading):
    """Lock files that nobody holds."""
    for ctid, (path, pid) in reading.locks.items():
        if not is_alive(pid):
            whose = "names no process" if pid is None else f"belongs to process {pid}, which is gone"
            remedy = f"rm {shlex.quote(path)}; the next vzctl that works on the container removes it as well"
            if ctid in reading.moving:  # a vzmigrate that was killed: whoever goes on with the move looks what it did
                remedy = next(moving.command(one) for one in reading.moves["moves"] if one["ctid"] == ctid)
            yield finding("lock", path, f"the lock of container {ctid} {whose}", remedy, [ctid])


def inactive_networks(reading, uri=None, mapping=None, virsh="virsh", wanted=None):
    """
    The libvirt networks that are defined, not active, and needed; where virsh is not installed, nothing.

    uri
        The connection; virsh's own if left out.

    mapping
        ``openvz:networks``: what it names is not asked of libvirt.

    wanted
        The networks that documents name; ``None`` where that is not known: then each may be needed.
    """
    if not shutil.which(virsh):
        return
    known = mapping if isinstance(mapping, dict) else {}
    bridges = _bridges(reading)
    missing = [name for name in bridges if not reading.node.has_device(name) and name not in known.values()]
    if wanted is not None and not (set(wanted) - set(known) or missing):
        return
    asked = Networks(known, uri, virsh, _LIBVIRT_TIMEOUT)
    try:
        inactive = asked.inactive()
    except errors.OpenVZError as err:
        if mapping and uri is None:  # who named the bridges does not rely on libvirt
            return
        remedy = (
            "start its daemon, or set openvz:libvirt_uri; name bridges in openvz:networks where there is no libvirt"
        )
        yield finding("libvirt", uri or virsh, str(err), remedy)
        return
    for name in inactive:
        if name not in known and (wanted is None or name in wanted or _bridge_of(asked, name) in missing):
            start, keep = (asked.command(verb, name) for verb in ("net-start", "net-autostart"))
            what = (
                f"the libvirt network {name} is defined but not active: its bridge is missing or connected to nothing"
            )
            yield finding("network_inactive", name, what, f"{start}, and {keep} to have it after a reboot")


def unknown_settings(found):
    """Keys below ``openvz`` that no setting has, as pairs of a place and what may be meant."""
    for place, near in found:
        remedy = f"rename it to {near}" if near else "remove it"
        yield finding("setting", place, no_setting(place, near), remedy)


def _bridges(reading):
    """The bridges that containers are in, or should be."""
    return list(reading.holders(lambda domain: [one.bridge for one in domain.interfaces if one.bridge]))


def _bridge_of(asked, name):
    try:
        return asked.bridge(name)
    except errors.OpenVZError:
        return None


CHECKS = (programs, kernel, ip_forward, ipv6_forward, proxy_arp, templates, locks)


def _with_address(reading, wanted):
    return [ctid for ctid, domain in reading.domains.items() if any(map(wanted, domain.addresses))]


def _differing(reading, check, name, wanted, what, containers=()):
    """The finding of a kernel setting that is not as `wanted`."""
    path = reading.sysctl_path(name)
    with reading.asking(path, *containers):
        value = files.text(path)
        if value is None:
            what = f"{path} does not exist, so {name} is unknown"
            remedy = "check openvz:proc_dir; for IPv6: modprobe ipv6"
            yield finding("cannot_ask", path, what, remedy, containers)
        elif value.strip() != wanted:
            remedy = f"sysctl -w {name}={wanted}, and the line {name} = {wanted} in /etc/sysctl.conf to keep it"
            yield finding(check, path, f"{name} is {value.strip()}: {what}", remedy, containers)


def _default_templates(reading):
    """Each template with the file that names it: vz.conf, and the sample that it chooses."""
    sample = reading.node.sample_path()
    chosen = reading.node.flavour.reading.parse(files.text(sample) or "").get("OSTEMPLATE")
    path = reading.node.path(reading.node.flavour.places.NODE_FILE)
    read = reading.node.flavour.parameters["template"].read
    found = [(reading.settings.get(key), path) for key in ("DEF_OSTEMPLATE", "OSTEMPLATE")]
    return {read(name): where for name, where in [*found, (chosen, sample)] if name}.items()
