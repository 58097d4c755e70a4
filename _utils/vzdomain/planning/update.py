"""
What must be done to a container that is there, for it to follow its document: actions. Pure.
"""

import ipaddress
from dataclasses import replace

from ..errors import RefusedError
from ..model import fields
from ..model.actions import Assign, Mark, PassThrough, Rename, Restart, Route
from ..model.domain import Limit
from ..model.kinds import scalars
from ..model.units import PAGE_KIB, UNLIMITED, pages_kib
from .disks import Disks
from .veth import Pairs

_MEMORY = {"memory": "physpages", "swap": "swappages"}
_SPECIAL = {"name", *_MEMORY, *_MEMORY.values(), *fields.EMPTIED, "disks"}
_IN_DUMP = ("addresses", "hostdevs")  # beside what a restart puts into effect


def mark(desired, old, context, owner=None, adopted=False):
    """
    The action that writes whose the container is: our mark, the UUID, the title; ``None`` where all of that is there.

    `owner` is what the mark is to say, ``None`` leaves it as it is; `adopted`: it takes a container over.
    """
    comments, is_comment = {}, not context.flavour.parameters["uuid"].option
    for name in ("uuid", "title") if is_comment else ("title",):
        new, before = getattr(desired, name), getattr(old, name) if old else None
        if new is not None and new != before:
            comments |= {name: new, f"old_{name}": before}
    return Mark(owner=owner, adopted=adopted, **comments) if comments or owner or adopted else None


class Update:
    """
    Collects the actions, and the warnings beside them.

    `sample` is the domain of the sample configuration that a new container starts from.
    """

    def __init__(self, desired, live, context, sample=None):
        self.desired, self.live, self.context, self.sample = desired, live, context, sample
        self.warnings = []
        self.expected = None  # all interfaces as they are when this is done, if it touches any
        self._actions = []

    def actions(self, is_new=False):
        """All actions; `is_new` when ``create`` has given the name already and the mark is written."""
        self._memory()
        stated = vars(self.desired)
        for row in self.context.flavour.changeable:
            if stated.get(row.field) is not None and row.field not in _SPECIAL:
                self._value(row)
        self._beside_nodemask()
        self._fixed()
        self._addresses()
        for name in ("hostdevs", "pci", "bindmounts"):
            self._passed_through(name)
        self._actions += Disks(self.desired, self.live, self.context).actions()
        pairs = Pairs(self.desired, self.live, self.context)
        self._actions += pairs.actions()
        self.expected = pairs.expected
        self._warn_of_dump(pairs)
        marks = [] if is_new or not self.live.managed else self._marks()
        return [*marks, *self._actions, *([] if is_new else self._rename())]

    def _warn_of_dump(self, pairs):
        """A suspended container has its devices, its addresses and its rights in its dump (read, not run)."""
        if self.live.status != "suspended":
            return
        at_restart = {row.field for row in self.context.flavour.changeable if row.effect == "restart"}
        kept = [one for one in map(_field, self._actions) if one in _IN_DUMP or one in at_restart]
        kept += [f"interface {guest}" for guest in pairs.touched]
        if kept:
            self.warnings.append(
                f"container {self.live.ctid} is suspended and will resume with the settings in its dump; "
                f"restart it to apply the new {', '.join(kept)}"
            )

    def _disruption(self, disruption):
        return disruption if self.live.running else "none"

    def _marks(self):
        if "title" in self.context.unwritable and self.desired.title != self.live.domain.title:
            raise self.context.unwritable["title"]
        found = mark(self.desired, self.live.domain, self.context)
        return [found] if found else []

    def _rename(self):
        old, new = self.live.domain.name, self.desired.name
        return [] if new.isdecimal() or new == old else [Rename(None if old.isdecimal() else old, new)]

    def _memory(self):
        """Where memory is set with swap or not at all, what the document does not say of the two stays as it is."""
        counters = {size: counter for size, counter in _MEMORY.items() if getattr(self.desired, counter) is not None}
        for size, counter in counters.items():
            self._counter(size, counter)
        differing = [name for name in _MEMORY if name not in counters and self._differs(name)]
        if not differing:
            return
        values = {name: self._either(name) for name in _MEMORY if name not in counters}
        if not self.context.flavour.spelling.NEEDS_SWAP:
            values = self._beside_swap(differing == ["swap"] and "memory" in values)
        if "swap" in values and values["swap"] is None:
            raise RefusedError(
                f"container {self.live.ctid} has no swap limit to go with <memory>; "
                f"set one with <memtune><swap_hard_limit> (memory plus swap)"
            )
        beside = tuple((name, value) for name, value in values.items() if name not in differing and value is not None)
        for name in differing:
            new = getattr(self.desired, name)
            self._actions.append(Assign(name, self._has(name), new, beside, self._disruption("live")))

    def _beside_swap(self, is_alone):
        """A kernel that lets the swap of a running container be set with its memory alone (recorded of vzctl 9)."""
        memory = self.live.domain.memory
        return {"memory": memory} if is_alone and self.live.running and memory is not None else {}

    def _counter(self, size, counter):
        """Barrier and limit of memory; without a barrier the container's has the size as its limit."""
        new, old, kib = (getattr(*what) for what in (
            (self.desired, counter), (self.live.domain, counter), (self.live.domain, size)
        ))  # fmt: skip
        if old is None and kib is not None:
            old = Limit(0, UNLIMITED if kib == UNLIMITED else kib // PAGE_KIB)
        if without_end(new) != without_end(old):
            is_alone = size == "swap" and self.desired.physpages is None and not self._differs("memory")
            beside = () if self.context.flavour.spelling.NEEDS_SWAP else tuple(self._beside_swap(is_alone).items())
            self._actions.append(Assign(counter, old, new, beside, self._disruption("live")))

    def _either(self, name):
        new = getattr(self.desired, name)
        return self._has(name) if new is None else new

    def _has(self, name):
        """What the container has; of memory and swap in a file without vswap the limit of the beancounter."""
        value, counter = getattr(self.live.domain, name), getattr(self.live.domain, _MEMORY.get(name, name))
        if value is not None or name not in _MEMORY or counter is None:
            return value
        return UNLIMITED if counter.hard in scalars.NO_LIMIT else pages_kib(counter.hard)

    def _differs(self, name):
        new = getattr(self.desired, name)
        return new is not None and new != self._has(name)

    def _value(self, row):
        """A value that one option sets; of a map the keys that differ, or all where the option replaces them."""
        new, old = getattr(self.desired, row.field), getattr(self.live.domain, row.field)
        if self._agree(row, new, old):
            return
        if row.field in self.context.unwritable:
            raise self.context.unwritable[row.field]
        if row.effect == "stopped" and self.live.status in ("running", "mounted"):
            self.warnings.append(
                f"{row.field} of container {self.live.ctid} is {old}, the document says {new}: "
                f"vzctl changes it only while the container is stopped"
            )
            return
        if row.whole:
            new = row.kind.replacing(new, getattr(self.sample, row.field) if old is None and self.sample else old)
        else:
            new, old = row.kind.differing(new, old)
        disruption = self._disruption("live" if row.effect == "live" else "none")
        waits = row.effect == "restart" and self.live.running
        displaced = self._displaced(row)
        self._actions.append(Assign(row.field, old, new, disruption=disruption, is_pending=waits, displaced=displaced))

    def _displaced(self, row):
        """The field, and its value, that a container has and that goes when this one is set."""
        value = getattr(self.live.domain, row.displaces) if row.displaces else None
        return ((row.displaces, value),) if value and not getattr(self.desired, row.displaces) else ()

    def _agree(self, row, new, old):
        """Equal as far as the container's layout can tell them apart: ploop has no soft limit and no inode limit."""
        if self.live.layout == "ploop" and row.field == "diskinodes" and new != old:
            self.warnings.append("a ploop container has no inode limit: the document's is not applied")
            return True
        if self._displaced(row) and fields.BY_NAME[row.field].ownership == fields.VALUE:
            return False  # even what means none
        if self.live.layout == "ploop" and row.field == "diskspace" and old:
            return new.hard == old.hard
        if row.field == "root" and old:
            return self._expanded(new) == self._expanded(old)
        sample = old if self.sample is None else getattr(self.sample, row.field)
        return row.kind.same(new, old) and row.kind.same(new, sample)

    def _expanded(self, path):
        return self.context.flavour.reading.expand(path, self.live.ctid)

    def _beside_nodemask(self):
        """The nodes of memory need the processors named as well."""
        if not self.context.flavour.spelling.NEEDS_CPUMASK:
            return
        places = {one.field: place for place, one in enumerate(self._actions)}
        if "nodemask" in places and "cpumask" not in places:
            beside = (("cpumask", self._either("cpumask") or "all"),)
            self._actions[places["nodemask"]] = replace(self._actions[places["nodemask"]], beside=beside)

    def _fixed(self):
        """What only creation can set is never done again: the container would have to be made again."""
        fixed = self.context.flavour.fixed
        found = {row.field: getattr(self.live.domain, row.field) for row in fixed}
        found |= {
            "private": self.live.private and self._expanded(self.live.private),
            "layout": self.live.domain.layout or self.live.layout,
        }
        for row in fixed:
            new, old = getattr(self.desired, row.field), found[row.field]
            wanted = self._expanded(new) if row.field == "private" and new else new
            if new is None or (old is not None and row.kind.same(wanted, old)):
                continue
            had = f"without {row.field}" if old is None else f"with {row.field} {old}"
            self.warnings.append(
                f"the container was created {had}, the document says {new}: that applies only at creation"
            )

    def _addresses(self):
        new, old = self.desired.addresses, self.live.domain.addresses or ()
        if new is None or set(new) == set(old):
            return
        if "addresses" in self.context.unwritable:
            raise self.context.unwritable["addresses"]
        hosts = added_hosts(new, old) & self.context.routed
        unsaved = tuple(address for address in new if _host(address) in hosts)
        is_lost = unsaved or (old and not set(old) & set(new))
        disruption = self._disruption("network" if is_lost else "live")
        self._actions.append(Route(old, new, unsaved, disruption))

    def _passed_through(self, name):
        """Devices and directories of the node."""
        new, old = getattr(self.desired, name), getattr(self.live.domain, name) or ()
        if new is None or set(new) == set(old):
            return
        if name in self.context.unwritable:
            raise self.context.unwritable[name]
        is_lost = name == "hostdevs" and set(old) - set(new)
        self._actions.append(PassThrough(name, old, new, self._disruption("network" if is_lost else "live")))


def _field(action):
    return "addresses" if isinstance(action, Route) else getattr(action, "field", None)


def without_end(limit):
    """A limit of memory that no machine reaches is read back as one without end."""
    endless = limit and not limit.soft and pages_kib(limit.hard) == UNLIMITED
    return replace(limit, hard=UNLIMITED) if endless else limit


def added_hosts(new, old):
    """
    The addresses (`ipaddress`) of a document that a configuration file does not have, whatever the prefixes.

    Where the kernel has one of them nobody has saved it, and vzctl cannot add it (code 78) without ``--ipdel`` in the
    same call, which it does first; one that the file has it takes away itself (both read, not run).
    """
    added = set(new or ()).difference(old or ())
    return {_host(address) for address in added} - {_host(address) for address in old or ()} if added else set()


def _host(address):
    return ipaddress.ip_interface(address).ip


def still_waiting(actions, pending):
    """The fields that wait for a restart and that these actions do not put into effect."""
    applied = {one.field for one in actions if isinstance(one, (Assign, PassThrough)) and not one.waits}
    return tuple(name for name in pending if name not in applied)


def restarting(actions, desired, live, context):
    """
    What waits for a restart, and the restart itself if it is wanted: actions, fields and warnings.

    vzctl saves these fields of a running container and says so with code 0.
    """
    pending = tuple(dict.fromkeys((*context.pending, *(field for one in actions for field in one.waits))))
    if not pending or not live.running:
        return (), (), ()
    sentence = f"container {live.ctid} has {', '.join(pending)} saved, but not in effect until it is restarted"
    if context.protected or not context.restart:
        remedy = (
            "it is protected, so it is not restarted for that" if context.protected else "restart: True restarts it"
        )
        return (), pending, (f"{sentence}; {remedy}",)
    if desired.disabled or (live.disabled and desired.disabled is None):
        return (), pending, (f"{sentence}, but it is disabled and would not start again",)
    return (Restart(),), (), ()
