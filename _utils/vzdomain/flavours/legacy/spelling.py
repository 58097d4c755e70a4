"""
Actions -> calls of vzctl 4.x: as few as its rules allow.

``create`` for what it takes, one ``set`` for all the rest. Not in that one: adding a device that the same call deletes
(vzctl loses it), a second ``--ifname`` (a call takes one), and a new name (its link would stay after a failure).
"""

from ...model.actions import (
    AddVeth,
    Assign,
    Bridge,
    ChangeVeth,
    Create,
    Destroy,
    FilterVeth,
    Mark,
    PassThrough,
    PutMarkBack,
    PutNameBack,
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
)
from ..calls import Call, into_bridge
from . import ctconf, netif, snapshots
from .parameters import PARAMETERS, TABLE, removable

AT_CREATION = tuple(row.field for row in TABLE if row.create and row.field not in ("name", "addresses"))
NEEDS_SWAP = NEEDS_CPUMASK = True
_VERBS = {
    Start: "start",
    Resume: "resume",
    Restart: "restart",
    Stop: "stop",
    Suspend: "suspend",
    Unmount: "umount",
    Destroy: "destroy",
}
_PASSED = {"hostdevs": ("--netdev_add", "--netdev_del"), "pci": ("--pci_add", "--pci_del")}
_SIZES = ("memory", "swap")  # --ram goes in front of --swap, whichever of them differs


def calls(actions, ctid):
    """The `Call` list for the actions on container `ctid`, in the order in which they are to be run."""
    actions, ctid = list(actions), str(ctid)
    made = []
    if any(isinstance(one, Create) for one in actions):
        first = [one for one in actions if _is_at_creation(one)]
        made.append(Call(_create(first, ctid), tuple(first)))
        actions = [one for one in actions if one not in first]
    marks = [one for one in actions if isinstance(one, Mark)]
    made += [Call(actions=(one,), comments=comments(one)) for one in marks]
    made += [Call(actions=(one,), comments=_back(one)) for one in actions if isinstance(one, PutMarkBack)]
    settings = _Settings(ctid, actions)
    for action in actions:
        settings.take(action)
    return (*made, *settings.calls(), *_last(actions, ctid))


def contradictions(domain):
    """There are none."""
    return ()


def comments(mark):
    """The comments that a `Mark` writes; ``None`` removes one."""
    values = {ctconf.MARK: mark.owner, "UUID": mark.uuid, "TITLE": mark.title}
    found = {name: value for name, value in values.items() if value is not None}
    return found | {{"mark": ctconf.MARK, "uuid": "UUID"}[name]: None for name in mark.forgotten}


def _back(action):
    """The comments that a file gets back; an empty one goes."""
    found = {ctconf.MARK: action.mark, "UUID": action.uuid}
    return {name: value or None for name, value in found.items() if value is not None}


def again(pair, ctid):
    """The words that add a pair that is there once more, so that the node's bridge script finds it saved."""
    return ("set", str(ctid), "--netif_add", netif.netif_add(pair), "--save")


def typed(verb, ctid, words, action):
    """The call of a verb with the words that an operator has typed."""
    return Call((verb, str(ctid), *words), (action,))


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
            words += [] if action.name.isdecimal() else ["--name", action.name]
        elif isinstance(action, Assign):
            words += argument(action.field, action.new)
        else:
            words += [part for address in action.new for part in ("--ipadd", address)]
    return tuple(words)


def _last(actions, ctid):
    """What has a call of its own after all settings."""
    for action in actions:
        if isinstance(action, (Rename, PutNameBack)):  # an empty one takes it away (recorded)
            yield Call(("set", ctid, "--name", action.new, "--save"), (action,))
        elif isinstance(action, SetPassword):
            yield Call(("exec3", ctid, "chpasswd", "-e"), (action,))
        elif type(action) in _VERBS:
            fast = ("--fast",) if isinstance(action, Stop) and action.fast else ()
            yield Call((_VERBS[type(action)], ctid, *fast), (action,))
        elif call := snapshots.spelled(action, ctid):
            yield call


class _Settings:
    """Collects the words of one ``set``, and what cannot go into it."""

    def __init__(self, ctid, actions):
        self._ctid = ctid
        self._words, self._actions, self._beside = [], [], []
        self._moves, self._later = [], []
        self._new = {one.new.guest for one in actions if isinstance(one, AddVeth)}
        self._is_named = False  # it has its --ifname

    def take(self, action):
        if isinstance(action, Assign):
            self._assign(action)
            return
        self._end_of_values()
        if isinstance(action, Route):
            gone = [part for one in (*action.removed, *action.unsaved) for part in ("--ipdel", removable(one))]
            self._put(action, [*gone, *(part for one in action.added for part in ("--ipadd", one))])
        elif isinstance(action, PassThrough):
            add, remove = _PASSED[action.field]
            gone = [part for one in action.removed for part in (remove, one)]
            self._put(action, [*gone, *(part for one in action.added for part in (add, one))])
        else:
            self._take_veth(action)

    def calls(self):
        """One ``set``, devices into their bridges, and the calls that must follow."""
        self._end_of_values()
        attach = tuple(
            (one.new.guest, one.new.bridge)
            for one in self._actions
            if isinstance(one, AddVeth) and one.is_running and one.new.bridge
        )
        first = [self._set(self._words, self._actions, attach)] if self._actions else []
        return (*first, *self._moves, *(self._set(words, [action]) for words, action in self._later))

    def _take_veth(self, action):
        if isinstance(action, RemoveVeth):
            self._put(action, ["--netif_del", action.old.guest])
        elif isinstance(action, AddVeth):
            words = ["--netif_add", netif.netif_add(action.new)]
            if action.old:
                self._later.append((words, action))
            else:
                self._put(action, words)
        elif isinstance(action, ChangeVeth):
            if action.old.mac:
                self._put(action, ["--netif_add", netif.netif_add(action.new)])
            else:
                self._by_name(action, netif.ifname_change(action))
        elif isinstance(action, FilterVeth):
            words = ["--ifname", action.guest, "--mac_filter", "on" if action.new else "off"]
            if action.guest in self._new:
                self._later.append((words, action))
            else:
                self._by_name(action, words)
        elif isinstance(action, Bridge):
            self._moves.append(Call(into_bridge(action.device, action.new), (action,)))

    def _assign(self, action):
        if action.field in _SIZES:
            sizes = {action.field: action.new, **dict(action.beside)}
            for name in _SIZES:
                self._words += argument(name, sizes[name]) if name in sizes else []
        else:
            self._words += argument(action.field, action.new)
            self._beside += action.beside
        self._actions.append(action)

    def _end_of_values(self):
        for name, value in self._beside:
            self._words += argument(name, value)
        self._beside = []

    def _put(self, action, words):
        self._words += words
        self._actions.append(action)

    def _by_name(self, action, words):
        """An ``--ifname``: the first in the call for all the rest, each further one in a call of its own."""
        if self._is_named:
            self._later.append((words, action))
            return
        self._is_named = True
        self._put(action, words)

    def _set(self, words, actions, attach=()):
        return Call(("set", self._ctid, *words, "--save"), tuple(actions), attach=attach)
