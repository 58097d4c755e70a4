"""
What must happen on the node for a container to follow its domain. Pure: nothing is read and nothing is run here.

As few calls as vzctl's rules allow: ``create`` for what it takes, one ``set`` for everything else. Not in that one:
adding a device that the same call deletes (vzctl loses it) and a new name (its link would stay after a failure).
Nothing is ever destroyed in order to change it.
"""

import ipaddress
from dataclasses import dataclass, field, replace

from . import interfaces, options
from .ctconf import MARK
from .domain import Domain
from .errors import RefusedError
from .units import PAGE_KIB, UNLIMITED

DISRUPTIONS = ("none", "live", "network", "restart")
_SCALARS = ("description", "vcpu", "diskspace", "diskinodes")
_AT_CREATION = ("template", "diskspace", "diskinodes")


@dataclass(frozen=True)
class Step:
    """One call of vzctl, or (`comments`) the note in the configuration file of whose the container is."""

    argv: tuple[str, ...] = ()
    comments: dict = field(default_factory=dict)
    changes: dict = field(default_factory=dict)
    disruption: str = "none"
    attach: tuple = ()  # (guest device, bridge) pairs to be seen in their bridges afterwards


@dataclass(frozen=True)
class Plan:
    """The steps towards a domain, in order."""

    name: str
    ctid: int
    steps: tuple[Step, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self):
        """``{"memory": {"old": "256 MiB", "new": "512 MiB"}, ...}``"""
        return {name: change for step in self.steps for name, change in step.changes.items()}

    @property
    def disruption(self):
        """The worst of all steps."""
        return max((step.disruption for step in self.steps), key=DISRUPTIONS.index, default="none")


@dataclass(frozen=True)
class Circumstances:
    """What a plan needs to know beside document and container."""

    bridges: dict = field(default_factory=dict)  # libvirt network -> bridge on this node
    node_id: str = ""  # for MACs of domains without UUID
    sample: Domain = Domain("0")  # what `create` starts from
    ours: bool = False  # an earlier run of ours was creating the container
    adopt: bool = False  # take over a container that is not ours
    exact: bool = False  # lists that the document does not name are empty
    bridge_script: bool = False  # a running container cannot get its first interface


def make(desired, live, ctid, given=None):
    """
    Plan the way from `live` (a `node.Container`, or ``None``) to the `desired` domain.

    RefusedError when the container is somebody else's, or when vzctl has no way to do it.
    """
    given = given or Circumstances()
    _check_space(desired.diskspace)
    desired = _settled(desired, given)
    if live is None:
        return _creation(desired, ctid, given)
    check_uuid(desired, live, given.adopt)
    update = _Update(desired, live, given)
    steps = update.steps()
    if not live.managed:
        steps = _taken_over(steps, desired, live, given)
    return Plan(desired.name, ctid, tuple(steps), tuple(update.warnings))


def outcome(desired, live, ctid, given):
    """The `Domain` that the container has when a plan for `desired` is done."""
    desired = _settled(desired, given)
    before = live.domain if live else replace(given.sample, name=desired.name, ctid=desired.ctid)
    said = {name: value for name, value in vars(desired).items() if value is not None}
    if live:  # neither a number nor a template changes what is there
        said |= {"template": before.template, "name": before.name if desired.name.isdecimal() else desired.name}
    if desired.interfaces is not None:
        devices = (*(desired.hostdevs or ()), *(before.hostdevs or ()))
        pairs, _ = interfaces.match(desired.interfaces, before.interfaces or (), devices)
        said["interfaces"] = tuple(_overlaid(pair) if pair.live else pair.desired for pair in pairs)
    return replace(before, **said)


def is_as_created(desired, live, sample):
    """Whether `live` is what ``create`` alone makes for `desired`: nothing that somebody else has done to it."""
    said = {name: getattr(desired, name) for name in (*_AT_CREATION, "addresses") if getattr(desired, name) is not None}
    expected = replace(sample, name=live.name if desired.name.isdecimal() else desired.name, **said)
    own = {"ctid": live.ctid, "uuid": live.uuid, "template": desired.template or live.template}
    return replace(expected, **own) == replace(live, addresses=_in_order(live.addresses, expected.addresses))


def _in_order(addresses, wanted):
    """Order does not tell two sets of addresses apart."""
    return wanted if set(addresses or ()) == set(wanted or ()) else addresses


def _check_space(limit):
    if limit and UNLIMITED in (limit.soft, limit.hard):
        raise RefusedError("vzctl knows no unlimited disk space; say a size, or leave it out to keep the container's")


def _settled(desired, given):
    """The document as this node means it: networks resolved, sizes in pages, unnamed lists empty if `exact`."""
    changes = {name: _whole_pages(getattr(desired, name)) for name in ("memory", "swap")}
    if desired.interfaces is not None:
        changes["interfaces"] = tuple(interfaces.resolved(one, given.bridges) for one in desired.interfaces)
    if given.exact:
        empty = {name: () for name in ("interfaces", "hostdevs", "addresses") if getattr(desired, name) is None}
        changes.update(empty)
    return replace(desired, **changes)


def _whole_pages(kib):
    return kib if kib is None or kib >= UNLIMITED else -(-kib // PAGE_KIB) * PAGE_KIB


# creation


def _creation(desired, ctid, given):
    """``create`` with all it takes, our mark, then one ``set`` for the rest."""
    argv, changes = ["create", str(ctid)], {"container": {"old": None, "new": "created"}}
    if not desired.name.isdecimal():
        argv += ["--name", desired.name]
    for name in _AT_CREATION:
        if getattr(desired, name) is not None:
            argv += _argument(name, getattr(desired, name))
            changes[name] = _change(name, None, getattr(desired, name))
    for address in desired.addresses or ():
        argv += ["--ipadd", address]
    if desired.addresses:
        changes["addresses"] = _change("addresses", None, desired.addresses)
    rest = replace(desired, addresses=None, **dict.fromkeys(_AT_CREATION))
    steps = [Step(tuple(argv), changes=changes), _mark(desired, None, None)]
    blank = _Blank(ctid, Domain(str(ctid), swap=given.sample.swap, interfaces=(), hostdevs=(), addresses=()))
    steps += [_as_new(step) for step in _Update(rest, blank, given).steps(named=True)]
    return Plan(desired.name, ctid, tuple(steps))


def _as_new(step):
    """A step of a creation: nothing was there before, not even what the sample configuration brings."""
    return replace(step, changes={name: {"old": None, "new": change["new"]} for name, change in step.changes.items()})


@dataclass(frozen=True)
class _Blank:
    """A container as ``create`` leaves it, as far as ``set`` must know it."""

    ctid: int
    domain: Domain
    layout: str = "simfs"
    managed: bool = True
    running: bool = False
    status: str = "stopped"


# ownership


def check_uuid(desired, live, adopt=False):
    """RefusedError for a container with another UUID than the document's."""
    theirs = live.domain.uuid
    if not desired.uuid or not theirs or desired.uuid == theirs:
        return
    if adopt and not live.managed:
        return  # libvirt's driver writes random UUIDs into every file it reads
    raise RefusedError(
        f"container {live.ctid} has the UUID {theirs}, the document {desired.uuid}: it belongs to another domain"
        + ("" if live.managed else "; adopt: True takes it over")
    )


def _taken_over(steps, desired, live, given):
    """An unmarked container: one we were creating is ours; another may be equal, or else must be adopted."""
    if given.ours:
        return [_mark(desired, live.domain, None), *steps]
    noted = _mark(desired, live.domain, True)
    if not steps and not noted.changes and not given.adopt:
        return steps
    if not given.adopt:
        differing = ", ".join(name for step in (noted, *steps) for name in step.changes)
        raise RefusedError(
            f"container {live.ctid} is not managed by Salt and differs from the document in: {differing}; "
            f"adopt: True (or openvz.adopt) takes it over"
        )
    return [_mark(desired, live.domain, False), *steps]


def _mark(desired, old, managed):
    """The note of whose the container is: our mark, the UUID, the title."""
    comments, changes = {}, {}
    if not managed:
        comments[MARK] = "managed"
        if managed is False:
            changes["managed"] = {"old": False, "new": True}
    for name in ("uuid", "title"):
        new, before = getattr(desired, name), getattr(old, name) if old else None
        if new is not None and new != before:
            comments[name.upper()] = new
            changes[name] = {"old": before, "new": new}
    return Step(comments=comments, changes=changes)


# changes


class _Update:
    """Collects the arguments of one ``vzctl set``, and what cannot go into it."""

    def __init__(self, desired, live, given):
        self.desired, self.live, self.given = desired, live, given
        self.argv, self.changes, self.warnings = [], {}, []
        self.attach, self.later = [], []
        self.targets = {one.target for one in (*(desired.interfaces or ()), *(live.domain.interfaces or ()))}
        self.disruption = "none"

    def steps(self, named=False):
        """All steps; `named` when ``create`` has given the name already."""
        self._memory()
        for name in _SCALARS:
            self._scalar(name)
        self._template()
        self._addresses()
        self._hostdevs()
        self._interfaces()
        self._warn_of_dump()
        steps = [] if not self.live.managed or named else self._marks()
        if self.argv:
            steps.append(self._set(self.argv, self.changes, self.disruption, tuple(self.attach)))
        steps += [self._set(argv, changes, self.disruption) for argv, changes in self.later]
        return steps if named else steps + self._rename()

    def _warn_of_dump(self):
        """A suspended container has its devices and addresses in its dump (read, not run)."""
        network = [name for name in self.changes if name in ("addresses", "hostdevs") or name.startswith("interface ")]
        if self.live.status == "suspended" and network:
            self.warnings.append(
                f"container {self.live.ctid} is suspended and goes on with the network of its dump; "
                f"restart it for the new {', '.join(network)}"
            )

    def _set(self, argv, changes, disruption, attach=()):
        return Step(("set", str(self.live.ctid), *argv, "--save"), {}, changes, disruption, attach)

    def _disrupt(self, disruption):
        self.disruption = max(self.disruption, disruption if self.live.running else "none", key=DISRUPTIONS.index)

    def _note(self, name, old, new, disruption="live"):
        self.changes[name] = {"old": old, "new": new}
        self._disrupt(disruption)

    def _marks(self):
        step = _mark(self.desired, self.live.domain, True)
        return [step] if step.comments else []

    def _rename(self):
        old, new = self.live.domain.name, self.desired.name
        if new.isdecimal() or new == old:
            return []
        return [self._set(["--name", new], {"name": {"old": None if old.isdecimal() else old, "new": new}}, "none")]

    def _scalar(self, name):
        new, old = getattr(self.desired, name), getattr(self.live.domain, name)
        if new is None or self._agree(name, new, old):
            return
        self.argv += _argument(name, new)
        self._note_option(name)

    def _agree(self, name, new, old):
        """Equal as far as the container's layout can tell them apart: ploop has no soft limit and no inode limit."""
        if self.live.layout == "ploop" and name == "diskinodes":
            self.warnings.append("a ploop container has no inode limit: the document's is not applied")
            return True
        if self.live.layout == "ploop" and name == "diskspace" and old:
            return new.hard == old.hard
        return (new or None) == old  # an emptied description is read back as none

    def _memory(self):
        """vzctl takes --ram with --swap; what the document does not say of the two stays as it is."""
        differing = [name for name in ("memory", "swap") if self._differs(name)]
        if not differing:
            return
        memory, swap = (self._either(name) for name in ("memory", "swap"))
        if swap is None:
            raise RefusedError(
                f"container {self.live.ctid} has no swap limit to go with <memory>; "
                f"say one with <memtune><swap_hard_limit> (memory plus swap)"
            )
        self.argv += [*(() if memory is None else _argument("memory", memory)), *_argument("swap", swap)]
        for name in differing:
            self._note_option(name)

    def _either(self, name):
        new = getattr(self.desired, name)
        return getattr(self.live.domain, name) if new is None else new

    def _differs(self, name):
        new = getattr(self.desired, name)
        return new is not None and new != getattr(self.live.domain, name)

    def _note_option(self, name):
        show = options.BY_FIELD[name].show
        self._note(name, show(getattr(self.live.domain, name)), show(getattr(self.desired, name)))

    def _template(self):
        new, old = self.desired.template, self.live.domain.template
        if new is not None and old is not None and new != old:
            self.warnings.append(
                f"the container was created from template {old}, the document says {new}: "
                f"a template counts at creation only"
            )

    def _addresses(self):
        new, old = self.desired.addresses, self.live.domain.addresses or ()
        if new is None or set(new) == set(old):
            return
        kept_hosts = {_host(address) for address in new}
        for address in old:
            if _host(address) not in kept_hosts:
                self.argv += ["--ipdel", address]
        for address in new:
            if address not in old:
                self.argv += ["--ipadd", address]
        self._note("addresses", list(old), list(new), "live" if set(old) & set(new) or not old else "network")

    def _hostdevs(self):
        new, old = self.desired.hostdevs, self.live.domain.hostdevs or ()
        if new is None or set(new) == set(old):
            return
        self.argv += [part for device in old if device not in new for part in ("--netdev_del", device)]
        self.argv += [part for device in new if device not in old for part in ("--netdev_add", device)]
        self._note("hostdevs", list(old), list(new), "network" if set(old) - set(new) else "live")

    def _interfaces(self):
        if self.desired.interfaces is None:
            return
        devices = (*(self.desired.hostdevs or ()), *(self.live.domain.hostdevs or ()))
        pairs, extra = interfaces.match(self.desired.interfaces, self.live.domain.interfaces or (), devices)
        for one in extra:
            self.argv += ["--netif_del", one.guest]
            self._note(f"interface {one.guest}", interfaces.show(one), None, "network")
        for pair in pairs:
            self._interface(pair)

    def _interface(self, pair):
        if pair.live is None:
            self._new_interface(pair.desired)
        elif pair.must_be_replaced:
            self._replace_interface(pair)
        elif pair.differing:
            self._change_interface(pair)

    def _new_interface(self, desired):
        mac, target = desired.mac or self._mac(desired.guest), desired.target or self._target(desired.guest)
        new = replace(desired, mac=mac, target=target)
        self._refuse_first(new, self.live.domain.interfaces)
        self.argv += ["--netif_add", interfaces.netif_add(new)]
        self._note(f"interface {new.guest}", None, interfaces.show(new))
        self._attach(new)

    def _change_interface(self, pair):
        self.argv += ["--netif_add", interfaces.netif_change(pair)]
        new = _overlaid(pair)
        self._note(f"interface {new.guest}", interfaces.show(pair.live), interfaces.show(new), "network")
        if "bridge" in pair.differing:
            self._attach(new)
        fixed = [name for name in pair.differing if name != "bridge"]
        if self.live.running and fixed:
            raise RefusedError(
                f"interface {new.guest} of container {self.live.ctid} gets another {' and '.join(fixed)} only while it "
                f"is stopped: vzctl cannot change that in the kernel"
            )

    def _replace_interface(self, pair):
        new, old = replace(_overlaid(pair), bridge=None), interfaces.show(pair.live)
        change = {f"interface {new.guest}": {"old": old, "new": interfaces.show(new)}}
        self._refuse_first(new, [one for one in self.live.domain.interfaces if one.guest != new.guest])
        self.argv += ["--netif_del", new.guest]
        self._note(f"interface {new.guest}", old, None, "network")
        self.later.append((["--netif_add", interfaces.netif_add(new)], change))

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
        chosen = interfaces.free_target(self.live.ctid, guest, self.targets)
        self.targets.add(chosen)
        return None if chosen == interfaces.vzctls_target(self.live.ctid, guest) else chosen

    def _mac(self, guest):
        uuid = self.desired.uuid or self.live.domain.uuid
        return interfaces.derived_mac(uuid or f"{self.given.node_id} {self.live.ctid}", guest)


def _overlaid(pair):
    """The live interface with what the document says about it."""
    new = {name: getattr(pair.desired, name) for name in pair.differing}
    return replace(pair.live, network=pair.desired.network, **new)


def _host(address):
    return ipaddress.ip_interface(address).ip


def _argument(name, value):
    option = options.BY_FIELD[name]
    return [f"--{option.option}", option.write(value)]


def _change(name, old, new):
    show = options.BY_FIELD[name].show
    return {"old": None if old is None else show(old), "new": show(new)}
