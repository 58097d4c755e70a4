"""
Salt's ``changes`` for actions, and the words for what was done. For people: computed last, and parsed by nobody.
"""

import functools

from ..errors import HIDDEN
from ..model import actions as actions_
from ..model.fields import BY_NAME
from ..model.kinds.disks import disk_name, shown_disk

_STATUS = {actions_.Restart: "restarted"}
_EXISTENCE = {
    actions_.Create: "created",
    actions_.Clone: "cloned",
    actions_.Stop: "stopped",  # to be destroyed
    actions_.Unmount: "stopped",
    actions_.Destroy: "destroyed",
    actions_.Register: "registered",
    actions_.Unregister: "unregistered",
}
_POWER = {
    actions_.Start: "started",
    actions_.Resume: "started",
    actions_.Restart: "restarted",
    actions_.Stop: "stopped",
    actions_.Suspend: "suspended",
    actions_.Pause: "paused",
    actions_.Unpause: "unpaused",
}
_SNAPSHOTS = {
    actions_.TakeSnapshot: "saved as snapshot {}",
    actions_.DeleteSnapshot: "updated (snapshot {} deleted)",
    actions_.SwitchSnapshot: "switched to snapshot {}",
    actions_.MountSnapshot: "updated (snapshot {} mounted)",
    actions_.UnmountSnapshot: "updated (snapshot {} unmounted)",
}
_SHOWN_OF_VETH = (
    *("bridge", "network", "mac", "target", "host_mac", "addresses", "gateway", "gateway6", "dhcp", "dhcp6"),
    *("configure", "vport"),
)


def show(actions):
    """
    ``{"memory": {"old": "256 MiB", "new": "512 MiB"}, ...}``, in the order of the actions.

    What several of them change keeps its first ``old``.
    """
    found = {}
    for action in actions:
        for name, old, new in each(action):
            found[name] = {"old": found[name]["old"] if name in found else old, "new": new}
    return found


def fields(actions):
    """The names of what they change, as `show` has them."""
    return list(show(actions))


def words(actions):
    """
    ``["updated (memory)", "started"]``: what is done to a container, in words.

    What a container that is made, or goes, has besides is not listed. Of existence and of power the last word counts.
    """
    snapshots = [_SNAPSHOTS[type(one)].format(_called(one)) for one in actions if type(one) in _SNAPSHOTS]
    actions = [one for one in actions if type(one) not in _SNAPSHOTS]
    existence = [_EXISTENCE[type(one)] for one in actions if _is_of_existence(one)]
    power = [_POWER[type(one)] for one in actions if isinstance(one, actions_.POWER) and not _is_of_existence(one)]
    others = [one for one in actions if not (_is_of_existence(one) or isinstance(one, actions_.POWER))]
    updated = [f"updated ({', '.join(names)})"] if (names := fields(others)) else []
    return snapshots[:1] + (existence[-1:] or updated) + power[-1:] + snapshots[1:]


def _is_of_existence(action):
    return action.is_last if isinstance(action, actions_.Stop) else type(action) in _EXISTENCE


def shown(name, value):
    """A value of a field, for people."""
    return None if value is None else BY_NAME[name].show(value)


def shown_veth(pair):
    """A veth pair, for people."""
    if pair is None:
        return None
    values = {name: _plain(getattr(pair, name)) for name in _SHOWN_OF_VETH}
    return {name: value for name, value in values.items() if value}


def _plain(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return list(value) if isinstance(value, tuple) else value


@functools.singledispatch
def each(action):
    """Name, old and new of everything that one action changes."""
    if action.reaches and isinstance(action, actions_.POWER):
        yield "status", action.old, _STATUS.get(type(action), action.reaches)


@each.register
def _(action: actions_.Create):
    yield "container", None, "created"
    if action.uuid:
        yield "uuid", None, action.uuid


@each.register
def _(action: actions_.Clone):
    yield "container", None, f"cloned from {action.called}"


@each.register
def _(action: actions_.HoldBack):
    if action.onboot:
        yield "onboot", shown("onboot", action.onboot), shown("onboot", False)
    yield "disabled", shown("disabled", action.disabled), shown("disabled", True)


@each.register
def _(action: actions_.Destroy):
    yield "container", action.old, "destroyed"


@each.register
def _(action: actions_.Register):
    yield "container", None, "registered"


@each.register
def _(action: actions_.Unregister):
    yield "container", action.old, "unregistered"


@each.register
def _(action: actions_.Unmount):
    yield "container", action.old, "stopped"


@each.register
def _(action: actions_.Stop):
    yield "container" if action.is_last else "status", action.old, "stopped"


@each.register
def _(action: actions_.Mark):
    if action.adopted:
        yield "managed", False, True
    if action.uuid is not None:
        yield "uuid", action.old_uuid, action.uuid
    if action.title is not None:
        yield "title", action.old_title, action.title


@each.register
def _(action: actions_.Rename):
    yield "name", action.old, action.new


@each.register
def _(action: actions_.Assign):
    yield action.field, shown(action.field, action.old), shown(action.field, action.new)
    for name, old in action.displaced:
        yield name, shown(name, old), None


@each.register
def _(action: actions_.Route):
    yield "addresses", _listed(action.old), list(action.new)


@each.register
def _(action: actions_.PassThrough):
    yield action.field, shown(action.field, action.old), shown(action.field, action.new)


@each.register
def _(action: actions_.AddDisk):
    yield f"disk {disk_name(action.new)}", None, shown_disk(action.new)


@each.register
def _(action: actions_.ChangeDisk):
    yield f"disk {disk_name(action.new)}", shown_disk(action.old), shown_disk(action.new)


@each.register
def _(action: actions_.RemoveDisk):
    yield f"disk {disk_name(action.old)}", shown_disk(action.old), None


@each.register
def _(action: actions_.AddVeth):
    yield f"interface {action.new.guest}", shown_veth(action.old), shown_veth(action.new)


@each.register
def _(action: actions_.ChangeVeth):
    yield f"interface {action.new.guest}", shown_veth(action.old), shown_veth(action.new)


@each.register
def _(action: actions_.RemoveVeth):
    yield f"interface {action.old.guest}", shown_veth(action.old), None


@each.register
def _(action: actions_.FilterVeth):
    old = None if action.old is None else _switch(action.old)
    yield f"mac_filter {action.guest}", old, _switch(action.new)


@each.register
def _(action: actions_.Bridge):
    yield f"bridge {action.guest}", action.old, action.new


@each.register
def _(action: actions_.TakeSnapshot):
    yield f"snapshot {_called(action)}", None, "taken"


@each.register
def _(action: actions_.DeleteSnapshot):
    yield f"snapshot {_called(action)}", "there", "deleted"


@each.register
def _(action: actions_.SwitchSnapshot):
    yield "snapshot", None, _called(action)
    if action.old != action.status:
        yield "status", action.old, action.status
    if action.was and action.then:
        yield from _of_domains(action.was, action.then)


@each.register
def _(action: actions_.MountSnapshot):
    yield f"snapshot {_called(action)}", None, f"mounted at {action.target}"


@each.register
def _(action: actions_.UnmountSnapshot):
    yield f"snapshot {_called(action)}", action.target and f"mounted at {action.target}", "unmounted"


@each.register
def _(action: actions_.PutMarkBack):
    yield "mark", "of the snapshot", "of now"


@each.register
def _(action: actions_.PutNameBack):
    yield "name", action.old or None, action.new or None


def _called(action):
    """What people call a snapshot: its name, else its id."""
    return action.name or action.id


def _of_domains(was, then):
    """What two domains of one container have otherwise; veth pairs one by one."""
    for name in BY_NAME:
        old, new = getattr(was, name), getattr(then, name)
        if name == "interfaces":
            pairs = [{pair.guest: pair for pair in side or ()} for side in (old, new)]
            for guest in dict.fromkeys((*pairs[0], *pairs[1])):
                old, new = (side.get(guest) for side in pairs)
                if old != new:
                    yield f"interface {guest}", shown_veth(old), shown_veth(new)
        elif old != new and (old or new):
            yield name, shown(name, old), shown(name, new)


@each.register
def _(action: actions_.Wrote):
    yield action.key, action.old, action.new


@each.register
def _(action: actions_.SetPassword):
    yield f"password of {action.user}", HIDDEN, HIDDEN


def _listed(values):
    return None if values is None else list(values)


def _switch(is_on):
    return "on" if is_on else "off"
