"""
Actions -> calls of vzctl 7 to 9: as few as its rules allow.

``create`` for what it takes, one ``set`` for values, routed addresses and what is passed through. Not in that one: a
veth pair (a call takes one, and the addresses in it would be the pair's), a disk, what waits for a restart of a running
container (vzctl then applies nothing else of the call, and ends with 32), and a new name (it is saved first, whatever
fails then). All of it recorded from runs of vzctl 9.0.1.
"""

from ...model.actions import (
    AddDisk,
    AddVeth,
    Assign,
    Bridge,
    ChangeDisk,
    ChangeVeth,
    Clone,
    Create,
    Destroy,
    FilterVeth,
    HoldBack,
    Mark,
    PassThrough,
    Pause,
    PutMarkBack,
    Register,
    RemoveDisk,
    RemoveVeth,
    Rename,
    Restart,
    Resume,
    Route,
    SetPassword,
    Start,
    Stop,
    Suspend,
    Unmount,
    Unpause,
    Unregister,
)
from ...model.kinds.disks import shown_mount
from ..calls import Call, into_bridge
from . import ctconf, netif, snapshots
from .parameters import PARAMETERS, TABLE

AT_CREATION = tuple(row.field for row in TABLE if row.create and row.field not in ("name", "addresses"))
NEEDS_SWAP = NEEDS_CPUMASK = False
SAVED_ALL_THE_SAME = (32, 67)  # codes of a call whose settings wait for a restart
_VERBS = {
    Start: "start",
    Resume: "resume",
    Restart: "restart",
    Stop: "stop",
    Suspend: "suspend",
    Unmount: "umount",
    Destroy: "destroy",
    Pause: "pause",
    Unpause: "start",  # recorded; there is no verb of its own
    Unregister: "unregister",
}
_PASSED = {
    "hostdevs": ("--netdev_add", "--netdev_del"),
    "pci": ("--pci_add", "--pci_del"),
    "bindmounts": ("--bindmount_add", "--bindmount_del"),
}
_ONE_OF = (
    ("cpulimit", "cpulimit_mhz", "has one limit of processor time: write it in percent or in MHz"),
    ("devnodes", "devices", "removes devices by number when it sets those by name: write all of them in one way"),
)


def calls(actions, ctid):
    """The `Call` list for the actions on container `ctid`, in the order in which they are to be run."""
    actions, ctid = list(actions), str(ctid)
    made = [Call(_register(one, ctid), (one,)) for one in actions if isinstance(one, Register)]
    made += [Call(_clone(one, ctid), (one,)) for one in actions if isinstance(one, Clone)]
    if any(isinstance(one, Create) for one in actions):
        first = [one for one in actions if _is_at_creation(one)]
        made.append(Call(_create(first, ctid), tuple(first)))
        actions = [one for one in actions if one not in first]
    made += [Call(actions=(one,), comments=comments(one)) for one in actions if isinstance(one, Mark)]
    back = [one for one in actions if isinstance(one, PutMarkBack)]
    made += [Call(actions=(one,), comments={ctconf.MARK: one.mark or None}) for one in back]
    held = ("set", ctid, *argument("onboot", False), *argument("disabled", True), "--save")
    made += [Call(held, (one,)) for one in actions if isinstance(one, HoldBack)]
    return (*made, *_settings(actions, ctid), *_pairs(actions, ctid), *_disks(actions, ctid), *_last(actions, ctid))


def comments(mark):
    """The comments that a `Mark` writes; ``None`` removes one. The UUID is none of them."""
    values = {ctconf.MARK: mark.owner, "TITLE": mark.title}
    found = {name: value for name, value in values.items() if value is not None}
    return found | ({ctconf.MARK: None} if "mark" in mark.forgotten else {})


def again(pair, ctid):
    """The words that plug a pair in that is there."""
    return ("set", str(ctid), "--ifname", pair.guest, *netif.words(pair, ("bridge", "network")), "--save")


def typed(verb, ctid, words, action):
    """The call of a verb with the words that an operator has typed."""
    return Call((verb, str(ctid), *words), (action,))


def contradictions(domain):
    """Of two values that take each other's place only one is saved."""
    for one, other, sentence in _ONE_OF:
        if getattr(domain, one) and getattr(domain, other):
            yield (one, other), sentence
    for pair in domain.interfaces or ():
        lost = set(pair.addresses or ()).difference(netif.settled(pair).addresses or ())
        for version, name in ((4, "dhcp"), (6, "dhcp6")):
            if any((":" in one) == (version == 6) for one in lost):
                sentence = f"removes the IPv{version} addresses of a pair when it turns DHCP on: keep one of the two"
                yield ("interfaces.addresses", f"interfaces.{name}"), sentence


def argument(name, value):
    """``argument("features", (("nfs", "on"),))`` -> ["--features", "nfs:on"]"""
    row = PARAMETERS[name]
    return [part for word in row.write(value) for part in (f"--{row.option}", word)]


def _is_at_creation(action):
    return isinstance(action, (Create, Route)) or (isinstance(action, Assign) and action.field in AT_CREATION)


def _create(actions, ctid):
    words = ["create", ctid]
    for action in actions:
        if isinstance(action, Create):
            words += [] if action.name == ctid or action.name.isdecimal() else ["--name", action.name]
        elif isinstance(action, Assign):
            words += argument(action.field, action.new)
        else:
            words += [part for address in action.new for part in ("--ipadd", address)]
    return tuple(words)


def _settings(actions, ctid):
    """One ``set`` for what is applied at once, and one for what waits."""
    words, done, waiting = [], [], []
    for action in actions:
        if isinstance(action, Assign) and action.is_pending:
            waiting.append(action)
            continue
        spelled = _setting(action)
        if spelled is not None:
            words += spelled
            done.append(action)
    if done:
        yield _set(ctid, words, done)
    if waiting:
        words = [word for one in waiting for word in argument(one.field, one.new)]
        yield _set(ctid, words, waiting, saves=SAVED_ALL_THE_SAME)


def _setting(action):
    if isinstance(action, Assign):
        beside = [word for name, value in action.beside for word in argument(name, value)]
        return [*beside, *argument(action.field, action.new)]
    if isinstance(action, Route):
        if not action.new:
            return ["--ipdel", "all"]
        # Of an address that the same call takes away and adds, vzctl keeps nothing; adding alone replaces its mask.
        changed = [one for one in action.new if one not in (action.old or ()) or one in action.unsaved]
        gone = [part for one in action.removed for part in ("--ipdel", one.partition("/")[0])]
        return [*gone, *(part for one in changed for part in ("--ipadd", one))]
    if isinstance(action, PassThrough):
        add, remove = _PASSED[action.field]
        kept = {getattr(one, "target", one) for one in action.added}  # adding replaces what is mounted there
        gone = [getattr(one, "target", one) for one in action.removed if getattr(one, "target", one) not in kept]
        added = [one if isinstance(one, str) else shown_mount(one) for one in action.added]
        return [*(part for one in gone for part in (remove, one)), *(part for one in added for part in (add, one))]
    return None


def _pairs(actions, ctid):
    """What goes first, since a new pair may take its MAC or its name; then one call for each pair."""
    gone = [one for one in actions if isinstance(one, RemoveVeth)]
    if gone:
        yield _set(ctid, [part for one in gone for part in ("--netif_del", one.old.guest)], gone)
    filters = {one.guest: one for one in actions if isinstance(one, FilterVeth)}
    for action in actions:
        if isinstance(action, AddVeth):
            beside = filters.pop(action.new.guest, None)
            words = ["--netif_add", action.new.guest, *netif.words_of_new(action.new), *_filter(beside)]
            is_seen = action.is_running and action.new.bridge
            attach = ((action.new.guest, action.new.bridge),) if is_seen else ()
            yield _set(ctid, words, [one for one in (action, beside) if one], attach=attach)
        elif isinstance(action, ChangeVeth):
            beside = filters.pop(action.new.guest, None)
            words = ["--ifname", action.new.guest, *netif.words(action.new, action.differing), *_filter(beside)]
            yield _set(ctid, words, [one for one in (action, beside) if one])
    for action in filters.values():
        yield _set(ctid, ["--ifname", action.guest, *_filter(action)], [action])
    yield from (Call(into_bridge(one.device, one.new), (one,)) for one in actions if isinstance(one, Bridge))


def _filter(action):
    return ["--mac_filter", "on" if action.new else "off"] if action else []


def _disks(actions, ctid):
    """Each in a call of its own: of two new ones in a call vzctl makes one (recorded)."""
    for action in actions:
        if isinstance(action, RemoveDisk):
            yield _set(ctid, ["--device-del", action.old.uuid], [action])
        elif isinstance(action, AddDisk):
            new = action.new
            words = ["--device-add", "hdd", *(["--device", new.device] if new.device else [])]
            words += ["--image", new.image] if new.image else []
            words += ["--device-uuid", new.uuid]
            yield _set(ctid, [*words, *_of_disk(new, ("size", "mount", "enabled"))], [action])
        elif isinstance(action, ChangeDisk):
            words = ["--device-set", action.old.uuid, *_of_disk(action.new, action.differing)]
            yield _set(ctid, words, [action])


def _of_disk(disk, said):
    words = ["--size", f"{disk.size}K"] if "size" in said and disk.size is not None else []
    words += ["--mnt", disk.mount] if "mount" in said and disk.mount is not None else []
    return words + (
        ["--enable" if disk.enabled else "--disable"] if "enabled" in said and disk.enabled is not None else []
    )


def _last(actions, ctid):
    """What has a call of its own after all settings."""
    for action in actions:
        if isinstance(action, Rename):
            yield _set(ctid, ["--name", action.new], [action])
        elif isinstance(action, SetPassword):
            yield Call(("exec3", ctid, "chpasswd", "-e"), (action,))
        elif type(action) in _VERBS:
            fast = ("--fast",) if isinstance(action, Stop) and action.fast else ()
            yield Call((_VERBS[type(action)], ctid, *fast), (action,))
        elif call := snapshots.spelled(action, ctid):
            yield call


def _register(action, ctid):
    """Without a CTID vzctl would make one up, and with it a new UUID."""
    name = ("--name", action.name) if action.name and not action.name.isdecimal() else ()
    return ("register", action.area, ctid, *(("--uuid", action.uuid) if action.uuid else ()), *name)


def _clone(action, ctid):
    """``vzmlocal -C SOURCE:CTID:AREA`` (read, not run)."""
    return ("-C", ":".join((action.source, ctid, *((action.area,) if action.area else ()))))


def _set(ctid, words, actions, attach=(), saves=()):
    return Call(("set", ctid, *words, "--save"), tuple(actions), attach=attach, saves=saves)
