"""
Which container of a fleet is meant by an address, a MAC, a UUID, a name or a CTID, in whatever spelling.

A text may be several of these at once (``101`` is a CTID, and may be a name): all count.
"""

import contextlib
import fnmatch
import ipaddress
import re
from collections.abc import Mapping

from ..model import names

_PART = re.compile("[0-9a-f]{12}")
_SEPARATORS = re.compile("[-:. ]")
_BASE = 60  # YAML 1.1 takes 52:54:00:12:34:56 for a number with this base
_GLOB = re.compile(r"[*?\[]")


class Query:
    """What is looked for."""

    def __init__(self, said):
        while isinstance(said, (list, Mapping)) and len(said) == 1:  # what YAML makes of brackets and braces
            said = next(iter(said))
        text = str(said).strip()
        self.text, lower = text, text.lower()
        self.network = _network(text)
        self.macs = set(_macs(said, lower))
        self.uuid = None
        with contextlib.suppress(ValueError):
            self.uuid = names.uuid(lower.strip("{}").removeprefix("urn:uuid:"))
        self.is_glob = bool(_GLOB.search(text)) and self.network is None

    def matches(self, label, one):
        """Words for what of a container, as `openvz.list` has it, is meant; empty if nothing is."""
        found = [f"address {address}" for address in _texts(one, "addresses") if self._has(address)]
        found += [f"MAC {mac}" for mac in _texts(one, "macs") if mac.lower() in self.macs]
        if self.uuid is not None and str(one.get("uuid")).lower() == self.uuid:
            found.append("UUID")
        if self.text and str(one.get("ctid")).lower() == self.text.lower():
            found.append("CTID")
        if self._is_called(label) or self._is_called(one.get("name")):
            found.append("name")
        if isinstance(one.get("hostname"), str) and self._is_called(one["hostname"].lower(), self.text.lower()):
            found.append(f"hostname {one['hostname']}")
        return found

    def _is_called(self, name, text=None):
        text = self.text if text is None else text
        if not text or not isinstance(name, str):
            return False
        return fnmatch.fnmatchcase(name, text) if self.is_glob else name == text

    def _has(self, address):
        if self.network is None:
            return False
        with contextlib.suppress(ValueError):
            host = _unmapped(ipaddress.ip_interface(address.partition(" ")[0]).ip)
            return host.version == self.network.version and host in self.network
        return False


def found(query, lists):
    """
    Return a row for each container that is meant: ``node``, ``ctid``, ``name``, ``status``, ``matches``.

    lists
        ``{node: what openvz.list returned}``; a minion may say anything.
    """
    rows = []
    for node, containers in sorted(lists.items()):
        for label, one in containers.items() if isinstance(containers, Mapping) else ():
            why = query.matches(label, one) if isinstance(one, Mapping) else []
            if why:
                named = {"node": node, "ctid": one.get("ctid"), "name": str(label), "status": str(one.get("status"))}
                rows.append({**named, "matches": ", ".join(why)})
    return rows


def remembered(query, mines):
    """The same of nodes that did not answer, by what they told the mine (`reports.mine.believed`)."""
    rows = []
    for node, mine in sorted(mines.items()):
        for label, one in (mine or {}).get("containers", {}).items():
            addresses = [*one["addresses"], *one["inside"]]
            why = query.matches(label, {**one, "addresses": addresses, "macs": []})
            if why:
                status = f"not known: its mine of {mine['time']}" if mine.get("time") else "not known: its mine"
                named = {"node": node, "ctid": one["ctid"] and one["ctid"].data, "name": one["name"] or label}
                rows.append({**named, "status": status, "matches": ", ".join(why)})
    return rows


def told(query, rows, errors):
    """What people and programs are told."""
    containers = "1 container" if len(rows) == 1 else f"{len(rows)} containers"
    summary = f"{containers} found for {query.text}" if rows else f"no container is known for {query.text}"
    if errors:
        nodes = "1 node was" if len(errors) == 1 else f"{len(errors)} nodes were"
        summary += f"; {nodes} not reached"
    return {"summary": summary, "found": rows, "tables": {"": rows} if rows else {}, "errors": errors}


def _network(text):
    """The network of an address; with a prefix, of all that it holds, unless the address is one of a host in it."""
    with contextlib.suppress(ValueError):
        one = ipaddress.ip_interface(text.strip("[]"))
        host, bits = _unmapped(one.ip), one.network.prefixlen
        if host.version != one.version or one.ip != one.network.network_address:
            bits = host.max_prefixlen
        return ipaddress.ip_network((host, bits))
    return None


def _unmapped(host):
    return (host.version == 6 and host.ipv4_mapped) or host


def _macs(said, lower):
    """Of a number, too: Salt's command line has read digits with colons as one with base 60, and dropped zeros."""
    digits = _SEPARATORS.sub("", lower)
    texts = [digits]
    if isinstance(said, int) and not isinstance(said, bool) and said > 0:
        parts = []
        for _ in range(5):
            said, part = divmod(said, _BASE)
            parts.append(f"{part:02}")
        texts += [f"{said:02}" + "".join(reversed(parts)), digits.zfill(12)]
    for text in texts:
        if _PART.fullmatch(text):
            yield ":".join(text[at : at + 2] for at in range(0, 12, 2))


def _texts(one, key):
    value = one.get(key)
    return [text for text in value if isinstance(text, str)] if isinstance(value, (list, tuple)) else []
