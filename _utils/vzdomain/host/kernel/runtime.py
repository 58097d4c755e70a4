"""
What the kernel has of the running containers, and where a configuration file says something else.

One vzlist for a whole node, or the files of the kernel itself where a family knows them. Only values that come from the
kernel are compared (`kernel` in the table); what the file does not say is not: the kernel has values of its own then.
Addresses and bridges are asked of the kernel: see `addresses`, `bridging`.
"""

import contextlib
import functools
import ipaddress
import math
import os
import re
from dataclasses import dataclass, field, replace

from ...errors import CannotAskError
from ...model import fields, names
from ...model.domain import Limit
from ...model.kinds.scalars import INT_MAX
from ...model.kinds.sizes import Pair
from ..container import UP
from . import addresses

_CPU_SCALE = 500000  # the kernel keeps this divided by the units, in whole numbers
_FULL_RATE = 1024  # what the kernel calls one whole processor, in whole numbers too
_LEAST_NUMIPTENT = 16  # vzctl says that it sets no less
_ONE = r"(unlimited|9223372036854775807|[0-9]{1,18}(\.[0-9]+)?[BKMGTP]?|[0-9]+%)"
_PLAIN = re.compile(f"{_ONE}(:{_ONE})?", re.IGNORECASE)
_SIZES = {"memory": "physpages", "swap": "swappages"}


@dataclass(frozen=True)
class Shown:
    """What is shown of one container; `values` are those of the kernel by field, none unless it runs."""

    status: str
    uptime: float  # seconds
    values: dict = field(default_factory=dict)
    listed: tuple = ()  # addresses as vzlist shows them: those of the file where the kernel has none
    routed: tuple | None = None  # what `addresses.routed` says, where nothing better is known


def look(node):
    """
    Ask for all containers of a node at once: CTID -> `Shown`. The node takes its statuses from the answer.

    CannotAskError where vzlist fails, or says what cannot be read.
    """
    return ask(node) if node.states.tell() else node.learn(functools.partial(ask, node))


def ask(node, *ctids):
    """CTID -> `Shown` of these containers, of all if none is named; CannotAskError as `look` says."""
    if node.states.tell():
        return _with_addresses(node.proc_dir, dict(_in_kernel(node, ctids or {*node.ctids(), *node.ask_all()})))
    listing = node.flavour.listing
    answer = node.vzctl.list(*(() if ctids else ("-a",)), *listing.KERNEL_WORDS, *map(str, ctids))
    with readable():
        found = {ctid: Shown(*one) for ctid, one in listing.kernel(answer).items()}
    return _with_addresses(node.proc_dir, found)


def failcounts(vzctl):
    """
    What the kernel has refused the running containers: CTID -> ``{"numproc": 0, ...}``, the fail counters by resource.

    Runs one vzlist. CannotAskError as `look` says.
    """
    listing = vzctl.flavour.listing
    answer = vzctl.list(*listing.FAILCOUNT_WORDS)
    with readable():
        return listing.failcounts(answer)


def differing(node, container, shown):
    """
    Where the kernel has something else than the configuration file says: field -> (file, kernel), for people.

    Differences that come of how the kernel counts are none, and neither is what rests on a line that no recorded run of
    vzctl tells how to read.
    """
    if not container.running or shown.status not in UP:
        return {}
    domain, rows, parameter = container.domain, node.flavour.in_kernel, node.flavour.parameter
    found = {row.field: _pair(row, domain, shown) for row in rows if _differs(row, domain, shown)}
    lines = node.values(container.ctid) if found else {}
    found = {name: pair for name, pair in found.items() if _PLAIN.fullmatch(lines.get(parameter(name).key, ""))}
    has = live_addresses(container, shown)
    file, kernel = _hosts(container.domain.addresses), _hosts(has)
    unset = node.vz_conf.get("IPV6") != "yes"  # then vzctl may leave out addresses of IPv6
    if has is not None and (kernel - file or {host for host in file - kernel if host.version == 4 or not unset}):
        found["addresses"] = (list(container.domain.addresses), list(has))
    return found


def live_addresses(container, shown):
    """
    The routed addresses that the kernel has of a running container; ``None`` where nothing tells.

    What vzlist shows is the kernel's where it is not the file's; with a mask it is the file's, and the kernel has none.
    """
    if "addresses" in shown.values:
        return shown.values["addresses"]
    file = container.domain.addresses or ()
    if _hosts(shown.listed) != _hosts(file) or not file:
        return shown.listed
    masked = {address for address in file if "/" in address}
    if masked:
        return () if masked & set(shown.listed) else shown.listed
    hosts, with_ipv6 = shown.routed or (frozenset(), False)
    if shown.routed is None or (not with_ipv6 and any(":" in address for address in file)):
        return None
    return tuple(address for address in file if ipaddress.ip_address(address) in hosts)


def show(name, shown, container):
    """What a running container has of a field, for people; ``None`` where nothing tells."""
    value = live_addresses(container, shown) if name == "addresses" else shown.values.get(name)
    return None if value is None else fields.BY_NAME[name].show(value)


def _in_kernel(node, ctids):
    """What the kernel's own files tell, without vzlist; nothing of a container that vzctl has no status for."""
    for ctid in ctids:
        with contextlib.suppress(CannotAskError):
            status = node.status(ctid)
            yield ctid, Shown(status, 0.0, node.states.values(ctid) if status in UP else {})


@contextlib.contextmanager
def readable():
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise CannotAskError("vzlist's answer cannot be read; look at what vzlist -a -j prints") from None


def _with_addresses(proc_dir, found):
    """What the kernel itself says of the addresses of those that run; it is asked after vzlist, and once."""
    if not any(one.status in UP for one in found.values()):
        return found
    known = addresses.running(proc_dir)
    routed = addresses.routed(proc_dir) if known is None else None
    return {ctid: _with_address(one, (known or {}).get(ctid), routed) for ctid, one in found.items()}


def _with_address(shown, known, routed):
    if shown.status not in UP or known is None:
        return replace(shown, routed=routed)
    return replace(shown, values={**shown.values, "addresses": tuple(map(names.spelled, known))})


def _pair(row, domain, shown):
    return row.kind.show(getattr(domain, row.field)), row.kind.show(shown.values.get(row.field))


def _differs(row, domain, shown):
    saved, has = getattr(domain, row.field), shown.values.get(row.field)
    if saved is None or has is None:
        return False
    if row.field in _SIZES and getattr(domain, _SIZES[row.field]) is not None:
        return False  # the beancounter says it, and more
    if row.field == "privvmpages" and domain.vm_overcommit is not None:
        return False  # vzctl may have counted it from that
    return not _RULES.get(row.field, _same_limit if isinstance(row.kind, Pair) else _same_size)(saved, has)


def _same_size(saved, has):
    return saved == has or min(saved, INT_MAX * 4) == has  # kernels of 32 bits: no limit is INT_MAX pages


def _same_limit(saved, has):
    pairs = ((saved.soft, has.soft), (saved.hard, has.hard))
    return all(one in (other, *([INT_MAX] if other >= INT_MAX else ())) for other, one in pairs)


def _same_rules(saved, has):
    least = Limit(max(saved.soft, _LEAST_NUMIPTENT), max(saved.hard, _LEAST_NUMIPTENT))
    return _same_limit(saved, has) or _same_limit(least, has)


def _same_processors(saved, has):
    """More than the machine has are not shown."""
    return has == saved or has == min(saved, os.sysconf("SC_NPROCESSORS_ONLN"))


def _same_units(saved, has):
    """2000 -> weight 250 -> 2000, but 1500 -> weight 333 -> 1501 or 1502."""
    weights = filter(None, _whole(_CPU_SCALE / saved)) if saved else ()
    return has == saved or any(has in _whole(_CPU_SCALE / weight) for weight in weights)


def _same_rate(saved, has):
    """30 % -> 307 of 1024 -> 29 or 30 %; more than all processors is no more than all."""
    most = 100 * os.sysconf("SC_NPROCESSORS_ONLN")
    rates = _whole(min(saved, 2**31) * _FULL_RATE / 100)
    return has == saved or (saved > most == has) or any(has in _whole(rate * 100 / _FULL_RATE) for rate in rates)


_RULES = {
    "numiptent": _same_rules,
    "vcpu": _same_processors,
    "cpuunits": _same_units,
    "cpulimit": _same_rate,
}


def _whole(number):
    """The whole numbers that it may have been rounded to."""
    return {math.floor(number), math.ceil(number)}


def _hosts(addresses):
    """Addresses without masks: the kernel knows none, and in its own order."""
    return {ipaddress.ip_interface(address).ip for address in addresses or ()}
