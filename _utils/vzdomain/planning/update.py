"""
The changes of a container that is there: the arguments of one ``vzctl set``, and what cannot go into it. Pure.
"""

import ipaddress
from dataclasses import replace

from ..errors import RefusedError
from ..flavours.legacy import netif
from ..flavours.legacy.ctconf import MARK, NO_LIMIT, expand
from ..flavours.legacy.parameters import PARAMETERS, TABLE, removable
from ..model import fields
from ..model.domain import Limit
from ..model.units import PAGE_KIB, UNLIMITED, pages_kib
from . import veth
from .steps import DISRUPTIONS, Step, moving

_MEMORY = {"memory": "physpages", "swap": "swappages"}
_SPECIAL = {"name", *_MEMORY, *_MEMORY.values(), *fields.EMPTIED}
_VALUES = tuple(row for row in TABLE if row.option and row.effect != "creation" and row.field not in _SPECIAL)
_IN_DUMP = {"addresses", "hostdevs", *(row.field for row in TABLE if row.effect == "restart")}
_FIXED = tuple(row for row in TABLE if row.option and row.effect == "creation")


def note(desired, old, owner=None, adopted=False):
    """
    The step that writes whose the container is: our mark, the UUID, the title.

    `owner` is what the mark is to say, ``None`` leaves it as it is; `adopted`: it takes a container over.
    """
    comments = {MARK: owner} if owner else {}
    changes = {"managed": {"old": False, "new": True}} if adopted else {}
    for name in ("uuid", "title"):
        new, before = getattr(desired, name), getattr(old, name) if old else None
        if new is not None and new != before:
            comments[name.upper()] = new
            changes[name] = {"old": before, "new": new}
    return Step(comments=comments, changes=changes)


class Update:
    """
    Collects the arguments of one ``vzctl set``, and what cannot go into it.

    `sample` is the domain of the sample configuration that a new container starts from.
    """

    def __init__(self, desired, live, given, sample=None):
        self.desired, self.live, self.given, self.sample = desired, live, given, sample
        self.argv, self.changes, self.warnings = [], {}, []
        self.attach, self.moves, self.later, self.pending = [], [], [], []
        self.named = False  # the first call has its --ifname, which vzctl takes once
        self.staying = []  # the interfaces that are there after the first call
        self.expected = None  # all interfaces as they are when this is done, if it touches any
        self.found = tuple(netif.as_read(live.ctid, one) for one in live.domain.interfaces or ())
        self.targets = {one.target for one in (*(desired.interfaces or ()), *self.found)}
        self.disruption = "none"

    def steps(self, named=False):
        """All steps; `named` when ``create`` has given the name already."""
        self._memory()
        for row in _VALUES:
            self._value(row)
        self._nodemask()
        self._fixed()
        self._addresses()
        self._passed_through("hostdevs", "--netdev_add", "--netdev_del")
        self._passed_through("pci", "--pci_add", "--pci_del")
        self._interfaces()
        self._refuse_two_of_a_name()
        self._warn_of_dump()
        steps = [] if not self.live.managed or named else self._marks()
        waiting = (*self.given.pending, *self.pending) if self.pending else ()
        if self.argv:
            steps.append(self._set(self.argv, self.changes, self.disruption, attach=self.attach, pending=waiting))
        steps += self.moves
        steps += [self._set(argv, changes, self.disruption) for argv, changes in self.later]
        return steps if named else steps + self._rename()

    def _warn_of_dump(self):
        """A suspended container has its devices, its addresses and its rights in its dump (read, not run)."""
        kept = [name for name in self.changes if name.startswith("interface ") or name in _IN_DUMP]
        if self.live.status == "suspended" and kept:
            self.warnings.append(
                f"container {self.live.ctid} is suspended and goes on with what is in its dump; "
                f"restart it for the new {', '.join(kept)}"
            )

    def _set(self, argv, changes, disruption, attach=(), pending=()):
        argv = ("set", str(self.live.ctid), *argv, "--save")
        return Step(argv, {}, changes, disruption, tuple(attach), tuple(pending))

    def _disrupt(self, disruption):
        self.disruption = max(self.disruption, disruption if self.live.running else "none", key=DISRUPTIONS.index)

    def _note(self, name, old, new, disruption="live"):
        self.changes[name] = {"old": old, "new": new}
        self._disrupt(disruption)

    def _marks(self):
        if "title" in self.given.unwritable and self.desired.title != self.live.domain.title:
            raise self.given.unwritable["title"]
        step = note(self.desired, self.live.domain)
        return [step] if step.comments else []

    def _rename(self):
        old, new = self.live.domain.name, self.desired.name
        if new.isdecimal() or new == old:
            return []
        return [self._set(["--name", new], {"name": {"old": None if old.isdecimal() else old, "new": new}}, "none")]

    def _memory(self):
        """vzctl takes --ram with --swap; what the document does not say of the two stays as it is."""
        counters = {size: counter for size, counter in _MEMORY.items() if getattr(self.desired, counter) is not None}
        for size, counter in counters.items():
            self._counter(size, counter)
        differing = [name for name in _MEMORY if name not in counters and self._differs(name)]
        if not differing:
            return
        memory, swap = (None if name in counters else self._either(name) for name in _MEMORY)
        if swap is None and "swap" not in counters:
            raise RefusedError(
                f"container {self.live.ctid} has no swap limit to go with <memory>; "
                f"say one with <memtune><swap_hard_limit> (memory plus swap)"
            )
        for name, value in (("memory", memory), ("swap", swap)):
            self.argv += () if value is None else argument(name, value)
        for name in differing:
            self._note_option(name)

    def _counter(self, size, counter):
        """Barrier and limit of memory; without a barrier the container's has the size as its limit."""
        new, old, kib = (getattr(*what) for what in (
            (self.desired, counter), (self.live.domain, counter), (self.live.domain, size)
        ))  # fmt: skip
        if old is None and kib is not None:
            old = Limit(0, UNLIMITED if kib == UNLIMITED else kib // PAGE_KIB)
        if without_end(new) != without_end(old):
            self.argv += argument(counter, new)
            show = fields.BY_NAME[counter].show
            self._note(counter, show(old), show(new))

    def _either(self, name):
        new = getattr(self.desired, name)
        return self._has(name) if new is None else new

    def _has(self, name):
        """What the container has; of memory and swap in a file without vswap the limit of the beancounter."""
        value, counter = getattr(self.live.domain, name), getattr(self.live.domain, _MEMORY.get(name, name))
        if value is not None or name not in _MEMORY or counter is None:
            return value
        return UNLIMITED if counter.hard in NO_LIMIT else pages_kib(counter.hard)

    def _differs(self, name):
        new = getattr(self.desired, name)
        return new is not None and new != self._has(name)

    def _note_option(self, name):
        show = fields.BY_NAME[name].show
        self._note(name, show(self._has(name)), show(getattr(self.desired, name)))

    def _value(self, row):
        """A value that one option sets; of a map the keys that differ."""
        new, old = getattr(self.desired, row.field), getattr(self.live.domain, row.field)
        if new is None or self._agree(row, new, old):
            return
        if row.field in self.given.unwritable:
            raise self.given.unwritable[row.field]
        if row.effect == "stopped" and self.live.status in ("running", "mounted"):
            self.warnings.append(
                f"{row.field} of container {self.live.ctid} is {old}, the document says {new}: "
                f"vzctl changes it only while the container is stopped"
            )
            return
        new, old = row.kind.differing(new, old)
        self.argv += argument(row.field, new)
        self._note(row.field, row.kind.show(old), row.kind.show(new), "live" if row.effect == "live" else "none")
        if row.effect == "restart" and self.live.running:
            self.pending.append(row.field)

    def _agree(self, row, new, old):
        """Equal as far as the container's layout can tell them apart: ploop has no soft limit and no inode limit."""
        if self.live.layout == "ploop" and row.field == "diskinodes" and new != old:
            self.warnings.append("a ploop container has no inode limit: the document's is not applied")
            return True
        if self.live.layout == "ploop" and row.field == "diskspace" and old:
            return new.hard == old.hard
        if row.field == "root" and old:
            return self._expanded(new) == self._expanded(old)
        sample = old if self.sample is None else getattr(self.sample, row.field)
        return row.kind.same(new, old) and row.kind.same(new, sample)

    def _expanded(self, path):
        return expand(path, self.live.ctid)

    def _nodemask(self):
        """vzctl takes --nodemask with --cpumask."""
        if "nodemask" in self.changes and "cpumask" not in self.changes:
            self.argv += argument("cpumask", self._either("cpumask") or "all")

    def _fixed(self):
        """What only creation can set is never done again: the container would have to be made anew."""
        found = {row.field: getattr(self.live.domain, row.field) for row in _FIXED}
        found |= {
            "private": self.live.private and self._expanded(self.live.private),
            "layout": self.live.domain.layout or self.live.layout,
        }
        for row in _FIXED:
            new, old = getattr(self.desired, row.field), found[row.field]
            wanted = self._expanded(new) if row.field == "private" and new else new
            if new is None or (old is not None and row.kind.same(wanted, old)):
                continue
            had = f"without {row.field}" if old is None else f"with {row.field} {old}"
            self.warnings.append(
                f"the container was created {had}, the document says {new}: that counts at creation only"
            )

    def _addresses(self):
        new, old = self.desired.addresses, self.live.domain.addresses or ()
        if new is None or set(new) == set(old):
            return
        if "addresses" in self.given.unwritable:
            raise self.given.unwritable["addresses"]
        kept_hosts, unsaved = {_host(address) for address in new}, added_hosts(new, old) & self.given.routed
        gone = [address for address in old if _host(address) not in kept_hosts]
        gone += [address for address in new if _host(address) in unsaved]
        self.argv += [part for address in gone for part in ("--ipdel", removable(address))]
        self.argv += [part for address in new if address not in old for part in ("--ipadd", address)]
        is_lost = unsaved or (old and not set(old) & set(new))
        self._note("addresses", list(old), list(new), "network" if is_lost else "live")

    def _passed_through(self, name, add, remove):
        """Devices of the node."""
        new, old = getattr(self.desired, name), getattr(self.live.domain, name) or ()
        if new is None or set(new) == set(old):
            return
        if name in self.given.unwritable:
            raise self.given.unwritable[name]
        self.argv += [part for device in old if device not in new for part in (remove, device)]
        self.argv += [part for device in new if device not in old for part in (add, device)]
        self._note(name, list(old), list(new), "network" if name == "hostdevs" and set(old) - set(new) else "live")

    def _interfaces(self):
        if self.desired.interfaces is None:
            return
        devices = (*(self.desired.hostdevs or ()), *(self.live.domain.hostdevs or ()))
        pairs, extra = veth.match(self.desired.interfaces, self.found, devices)
        for one in extra:
            self.argv += ["--netif_del", one.guest]
            self._note(f"interface {one.guest}", veth.show(one), None, "network")
        self.staying = [pair for pair in pairs if not pair.must_be_replaced]
        made = [self._interface(pair) for pair in pairs]
        names = [*self.changes, *(name for _, changes in self.later for name in changes)]
        changed = {name.partition(" ")[0] for name in names} & {"interface", "mac_filter"}
        if "interfaces" in self.given.unwritable and changed:
            raise self.given.unwritable["interfaces"]
        if changed:
            self.expected = tuple(replace(one, target=netif.target(self.live.ctid, one)) for one in made)
        if "interface" in changed:
            self._refuse_twins(self.expected)

    def _refuse_twins(self, pairs):
        """What one pair keeps is not given to another."""
        for field, what in (("mac", "MAC"), ("target", "device on the node")):
            first = {}
            for pair in pairs:
                value = getattr(pair, field)
                if value and value in first:
                    raise RefusedError(
                        f"interfaces {first[value]} and {pair.guest} of container {self.live.ctid} would have the same "
                        f"{what}, {value}; say another of the one that has it"
                    )
                first[value] = pair.guest

    def _refuse_two_of_a_name(self):
        """A container with two devices of one name does not start: vzctl ends with 104."""
        changed = [name for name in self.changes if name == "hostdevs" or name.startswith("interface ")]
        passed = self._either("hostdevs") or ()
        guests = {one.guest for one in self.live.domain.interfaces or ()}
        guests -= {name.removeprefix("interface ") for name in changed if self.changes[name]["new"] is None}
        guests |= {name.removeprefix("interface ") for name in changed if self.changes[name]["new"] is not None}
        for device in passed if changed else ():
            if device in guests:
                raise RefusedError(
                    f"container {self.live.ctid} would have two devices {device}: that of a veth pair, and one of the "
                    f"node that is passed through; say another <guest dev=> for the pair"
                )

    def _interface(self, pair):
        """Plan one interface; returns what it is afterwards."""
        if pair.live is None:
            new = self._new_interface(pair.desired)
        elif pair.must_be_replaced:
            new = self._replace_interface(pair)
        else:
            new = self._change_interface(pair) if pair.differing else overlaid(pair)
            self._move(pair, new)
        self._mac_filter(pair)
        return new

    def _new_interface(self, desired):
        mac, target = desired.mac or self._mac(desired.guest), desired.target or self._target(desired.guest)
        new = replace(desired, mac=mac, target=target)
        self._refuse_first(new, self.live.domain.interfaces)
        self.argv += ["--netif_add", netif.netif_add(new)]
        self._note(f"interface {new.guest}", None, veth.show(new))
        self._attach(new)
        return replace(new, host_mac=new.host_mac or netif.HOST_MAC.lower())

    def _mac_filter(self, pair):
        """Of a device that is there, or that comes anew and then has it on; vzctl takes --ifname once in a call."""
        anew, guest = pair.live is None or pair.must_be_replaced, pair.desired.guest
        found = None if anew else pair.live.mac_filter
        wanted = pair.desired.mac_filter if pair.live is None else overlaid(pair).mac_filter
        old, new = ("off" if filtered is False else "on" for filtered in (found, wanted))
        if old == new:
            return
        if self.live.running and pair.live:
            raise RefusedError(self._only_stopped(guest, "MAC filter"))
        argv = ["--ifname", guest, "--mac_filter", new]
        change = {f"mac_filter {guest}": {"old": None if pair.live is None else old, "new": new}}
        if anew:
            self.later.append((argv, change))
        else:
            self._by_name(argv, change)

    def _by_name(self, argv, change):
        """An ``--ifname``: the first in the call for all the rest, each further one in a call of its own."""
        if self.named:
            self.later.append((argv, change))
            return
        self.named = True
        self.argv += argv
        self.changes |= change

    def _only_stopped(self, guest, what):
        return (
            f"interface {guest} of container {self.live.ctid} gets another {what} only while it "
            f"is stopped: vzctl cannot change that in the kernel"
        )

    def _change_interface(self, pair):
        new = overlaid(pair)
        fixed = [name for name in pair.differing if name != "bridge"]
        if self.live.running and fixed:
            raise RefusedError(self._only_stopped(new.guest, " and ".join(fixed)))
        change = {f"interface {new.guest}": {"old": veth.show(pair.live), "new": veth.show(new)}}
        if pair.live.mac:
            self.argv += ["--netif_add", netif.netif_add(new)]
            self.changes |= change
        elif self.live.running:
            raise RefusedError(self._without_mac(new.guest))
        else:
            self._by_name(netif.ifname_change(pair), change)
        self._disrupt("network")
        return new

    def _move(self, pair, new):
        """
        See the pair of a running container into the bridge that its file has, or will have.

        The script that vzctl calls takes no device out of another bridge, and reads the file as it was before.
        """
        if not self.live.running or not new.bridge or new.bridge in self.given.foreign:
            return
        holder = self.given.held.get(new.target, pair.live.bridge)
        if holder != new.bridge:
            self.moves.append(moving(new.guest, new.target, holder, new.bridge))

    def _without_mac(self, guest):
        return (
            f"interface {guest} of container {self.live.ctid} has no MAC in its configuration file, and vzctl would "
            f"make up another one for this change; stop the container, and say <mac address=> where it leaves a bridge"
        )

    def _replace_interface(self, pair):
        new, old = replace(overlaid(pair), bridge=None), veth.show(pair.live)
        if not new.mac:
            raise RefusedError(self._without_mac(new.guest))
        change = {f"interface {new.guest}": {"old": old, "new": veth.show(new)}}
        self._refuse_first(new, self.staying)  # what the file has when it comes back
        self.argv += ["--netif_del", new.guest]
        self._note(f"interface {new.guest}", old, None, "network")
        self.later.append((["--netif_add", netif.netif_add(new)], change))
        return new

    def _refuse_first(self, new, others):
        """The node's bridge script fails where the file has no interface yet (vzctl ends with 130)."""
        if self.live.running and self.given.bridge_script and not others:
            raise RefusedError(
                f"container {self.live.ctid} is running and has no interface beside {new.guest}: vzctl cannot add the "
                f"first one then; stop it for that"
            )

    def _attach(self, interface):
        """On a running container the node's bridge script may read the file before vzctl has saved it."""
        if self.live.running and interface.bridge:
            self.attach.append((interface.guest, interface.bridge))

    def _target(self, guest):
        """``None`` where vzctl's own name for the node's end will do."""
        chosen = veth.free_target(self.live.ctid, guest, self.targets)
        self.targets.add(chosen)
        return None if chosen == netif.vzctls_target(self.live.ctid, guest) else chosen

    def _mac(self, guest):
        uuid = self.desired.uuid or self.live.domain.uuid
        return veth.derived_mac(uuid or f"{self.given.node_id} {self.live.ctid}", guest)


def overlaid(pair):
    """The live interface with what the document says about it."""
    new = {name: getattr(pair.desired, name) for name in pair.differing}
    filtered = pair.live.mac_filter if pair.desired.mac_filter is None else pair.desired.mac_filter
    return replace(pair.live, network=pair.desired.network, mac_filter=filtered, **new)


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


def argument(name, value):
    """``argument("features", (("nfs", "on"),))`` -> ["--features", "nfs:on"]"""
    row = PARAMETERS[name]
    return [part for word in row.write(value) for part in (f"--{row.option}", word)]


def change(name, old, new):
    show = fields.BY_NAME[name].show
    return {"old": None if old is None else show(old), "new": show(new)}


def restarting(steps, desired, live, given):
    """
    What waits for a restart, and the restart itself if it is wanted: steps, fields and warnings.

    vzctl saves these fields of a running container and says so with code 0.
    """
    pending = tuple(dict.fromkeys((*given.pending, *(field for step in steps for field in step.pending))))
    if not pending or not live.running:
        return (), (), ()
    said = f"container {live.ctid} has {', '.join(pending)} saved and not in effect until it is restarted"
    if given.protected or not given.restart:
        how = "it is protected, and not restarted for that" if given.protected else "restart: True does it"
        return (), pending, (f"{said}; {how}",)
    if desired.disabled or (live.disabled and desired.disabled is None):
        return (), pending, (f"{said}, but it is disabled and would not start again",)
    status = {"status": {"old": "running", "new": "restarted"}}
    return (Step(("restart", str(live.ctid)), changes=status, disruption="restart"),), (), ()
