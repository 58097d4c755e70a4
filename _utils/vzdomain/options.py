"""
The table: domain field <-> vzctl option <-> configuration key <-> vzlist column.

Everything that knows a word of vzctl(8) reads it from here: argument vectors, reading back, comparing.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from .domain import Interface, Limit
from .units import PAGE_KIB, UNLIMITED, pages_kib, show_kib, vzctl_bytes


@dataclass(frozen=True)
class Option:
    """One row of the table."""

    field: str  # of domain.Domain
    element: str  # where the document says it
    option: str | None  # vzctl(8), without the dashes
    key: str | None  # of the container configuration file
    read: Callable  # the key's value (or None) -> the field's value
    write: Callable = str  # the field's value -> the option's argument
    show: Callable = lambda value: value  # the field's value -> what `changes` show
    column: str | None = None  # of vzlist, where it shows what the kernel has, as the key has it


def _read_text(text):
    """vzctl stores an emptied string as ``KEY=""``; bytes that are no UTF-8 become U+FFFD, which Salt can pass on."""
    return (text or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace") or None


def _read_count(text):
    """``"2"`` -> 2; 0 is vzctl's "not set"."""
    return int(text) or None if text and text.isdecimal() else None


def _read_pages(text):
    """``"0:256M"`` -> 262144 KiB: the limit; a bare number counts pages."""
    numbers = _numbers(text, bare=PAGE_KIB * 1024)
    if numbers is None:
        return None
    limit = numbers[-1]
    return UNLIMITED if limit >= UNLIMITED else pages_kib(limit // (PAGE_KIB * 1024))


def _read_space(text):
    """``"2G:2.2G"`` -> 2097152 and 2306867 KiB; a bare number counts KiB."""
    numbers = _numbers(text, bare=1024, unlimited=False)
    return None if numbers is None else Limit(*(UNLIMITED if n >= UNLIMITED else n // 1024 for n in numbers))


def _read_inodes(text):
    """``"200000"`` -> 200000 for both limits."""
    numbers = _numbers(text, bare=1, unlimited=False)
    return None if numbers is None else Limit(*numbers)


def _numbers(text, bare, unlimited=True):
    """``"1:2"`` -> [1, 2], ``"1"`` -> [1, 1]; ``None`` for what vzctl would skip with a warning."""
    parts = (text or "").split(":")
    if "unlimited" in parts and not unlimited:
        return None
    try:
        numbers = [vzctl_bytes(part, bare) for part in parts]
    except ValueError:
        return None
    return numbers * 2 if len(numbers) == 1 else numbers if len(numbers) == 2 else None


def read_address(text):
    """``"10.1.0.1/32"`` -> ``"10.1.0.1"``, ``"FD00::0:1/64"`` -> ``"fd00::1/64"``. ValueError if it is none."""
    if "." in text.partition("/")[2]:
        raise ValueError(f"{text!r} has a mask in dots, which vzctl does not read")
    address = ipaddress.ip_interface(text)
    return str(address.ip) if address.network.prefixlen == address.max_prefixlen else str(address)


def _read_addresses(text):
    """``"10.0.0.1 fd00::1"``; as in vzctl the first bad one ends the list, and 0.0.0.0 does not count."""
    addresses = []
    for word in (text or "").split():
        try:
            address = read_address(word)
        except ValueError:
            break
        if not ipaddress.ip_interface(address).ip.is_unspecified and address not in addresses:
            addresses.append(address)
    return tuple(addresses)


def _read_interfaces(text):
    """``"ifname=eth0,bridge=br0,mac=..;ifname=eth1,.."`` -> interfaces, in the file's order."""
    devices = (dict(_attributes(device)) for device in (text or "").split(";") if device)
    return tuple(
        Interface(
            bridge=device.get("bridge") or None,
            mac=device["mac"].lower() if device.get("mac") else None,
            target=device.get("host_ifname") or None,
            guest=device["ifname"],
        )
        for device in devices
        if device.get("ifname")
    )


def _attributes(device):
    for part in device.split(","):
        name, _, value = part.partition("=")
        yield name.strip(), value.strip()


def _read_words(text):
    return tuple(sorted((text or "").split()))


def _write_kib(kib):
    return "unlimited" if kib >= UNLIMITED else f"{kib}K"


def _write_limit(limit):
    return f"{limit.soft}:{limit.hard}"


def _show_space(limit):
    return limit and (
        show_kib(limit.hard) if limit.soft == limit.hard else f"{show_kib(limit.soft)}:{show_kib(limit.hard)}"
    )


def _show_count(limit):
    return limit and (str(limit.hard) if limit.soft == limit.hard else f"{limit.soft}:{limit.hard}")


_PAGES = {"read": _read_pages, "write": _write_kib, "show": show_kib}

# fmt: off
TABLE = (
    Option("name", "name", "name", "NAME", _read_text),
    Option("description", "description", "description", "DESCRIPTION", _read_text),
    Option("memory", "memory", "ram", "PHYSPAGES", column="physpages.l", **_PAGES),
    Option("swap", "memtune/swap_hard_limit", "swap", "SWAPPAGES", column="swappages.l", **_PAGES),
    Option("vcpu", "vcpu", "cpus", "CPUS", _read_count, column="cpus"),
    Option("template", "devices/filesystem/source", "ostemplate", "OSTEMPLATE", _read_text),
    Option("diskspace", "devices/filesystem/space_hard_limit", "diskspace", "DISKSPACE", _read_space, _write_limit,
           _show_space),
    Option("diskinodes", "metadata/openvz:diskinodes", "diskinodes", "DISKINODES", _read_inodes, _write_limit,
           _show_count),
    Option("interfaces", "devices/interface", "netif_add", "NETIF", _read_interfaces),
    Option("hostdevs", "devices/hostdev", "netdev_add", "NETDEV", _read_words, show=list),
    Option("addresses", "devices/interface/ip", "ipadd", "IP_ADDRESS", _read_addresses, show=list),
)
# fmt: on

BY_FIELD = {option.field: option for option in TABLE}

_UBC = """
    avnumproc dcachesize dgramrcvbuf kmemsize lockedpages numfile numflock numiptent numothersock numproc numpty
    numsiginfo numtcpsock oomguarpages othersockbuf physpages privvmpages shmpages swappages tcprcvbuf tcpsndbuf
    vmguarpages
"""
_CREATE = """
    config description diskinodes diskspace hostname ipadd layout local_gid local_uid name ostemplate private root
"""
_SET = """
    applyconfig bootorder bridge capability cpulimit cpumask cpus cpuunits description devices devnodes disabled
    diskinodes diskspace features host_ifname host_mac hostname ifname iolimit iopslimit ioprio ipadd ipdel iptables
    mac mac_filter mount_opts name nameserver netdev_add netdev_del netfilter netif_add netif_del nodemask onboot
    ostemplate pci_add pci_del private quotatime quotaugidlimit ram root searchdomain setmode stop-timeout swap
    vm_overcommit
"""
# What vzctl(8) 4.11 takes, spelled in full: it would guess abbreviations. Not --userpasswd: argv is public.
CREATE = frozenset(_CREATE.split())
SET = frozenset(_SET.split() + _UBC.split())
