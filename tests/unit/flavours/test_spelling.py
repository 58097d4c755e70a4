"""Every action can be spelled, shown and kept in the journal; one that is forgotten would be planned and never done."""

import inspect
import json
from dataclasses import replace

import pytest
from vzdomain import flavours
from vzdomain.model import actions, records
from vzdomain.model.actions import (
    AddDisk,
    AddVeth,
    Assign,
    Bridge,
    ChangeDisk,
    ChangeVeth,
    Clone,
    Create,
    DeleteSnapshot,
    Destroy,
    FilterVeth,
    HoldBack,
    Mark,
    MountSnapshot,
    PassThrough,
    Pause,
    PutMarkBack,
    PutNameBack,
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
    SwitchSnapshot,
    TakeSnapshot,
    Unmount,
    UnmountSnapshot,
    Unpause,
    Unregister,
)
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Disk, Domain, Interface, Limit
from vzdomain.planning import changes

PAIR = Interface(bridge="br0", guest="eth0", mac="00:18:51:aa:bb:01", target="veth209.0")
DISK = Disk(image="data.hdd", size=1048576, mount="/data", uuid="0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303")
ID = "6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"
EXAMPLES = (
    Create("web01", Ctid("209")),
    Clone("web02", "209", "web01"),
    HoldBack("web01", True),
    Destroy("stopped", Domain("209", interfaces=(PAIR,)), ("veth209.0",)),
    Mark(owner="managed 209 node-1", adopted=True),
    Rename(None, "web01"),
    Assign("kmemsize", Limit(1, 2), Limit(3, 4), disruption="live"),
    Route(("10.0.0.1",), ("10.0.0.2",), disruption="network"),
    PassThrough("hostdevs", (), ("eth1",)),
    AddVeth(PAIR, "veth209.0"),
    ChangeVeth(PAIR, Interface(bridge="br1", guest="eth0", mac="00:18:51:aa:bb:01"), ("bridge",)),
    RemoveVeth(PAIR),
    FilterVeth("eth0", True, False),
    Bridge("eth0", "veth209.0", None, "br0"),
    Start("stopped"),
    Resume("suspended"),
    Restart(),
    Stop("running", fast=True),
    Suspend("running"),
    Unmount(),
    SetPassword("root"),
    AddDisk(DISK),
    ChangeDisk(DISK, replace(DISK, size=2097152), ("size",)),
    RemoveDisk(DISK),
    Pause("running"),
    Unpause(),
    Register("/vz/private/area1", "web01"),
    Unregister("stopped", "/vz/private/area1"),
    TakeSnapshot(ID, "old", "before a change", memory=True),
    DeleteSnapshot(ID, "old"),
    SwitchSnapshot(ID, "old", "running", "stopped", Domain("209", vcpu=2), Domain("209", vcpu=1), "web01", "", ""),
    PutMarkBack("managed 209 node-1", "", "web01"),
    PutNameBack("old01", "web01"),
    MountSnapshot(ID, "/mnt/209"),
    UnmountSnapshot(ID, "/mnt/209"),
)
NOT_OF = {
    "4.x": {Clone, HoldBack, AddDisk, ChangeDisk, RemoveDisk, Pause, Unpause, Register, Unregister},
    "7 to 9": {PutNameBack},
}  # nobody plans it there
TYPED = {actions.Type, actions.Wrote}  # an operator's words, and what they did: no plan has them


def test_every_action_has_an_example():
    kinds = {one for one in vars(actions).values() if inspect.isclass(one) and issubclass(one, actions.Action)}

    assert {type(one) for one in EXAMPLES} == kinds - {actions.Action} - TYPED


@pytest.mark.parametrize("its", flavours.FLAVOURS, ids=lambda its: its.family)
@pytest.mark.parametrize("action", EXAMPLES, ids=lambda one: type(one).__name__)
def test_an_action_becomes_calls_that_say_so(action, its):
    if type(action) in NOT_OF.get(its.family, ()):
        assert its.spelling.calls([action], Ctid("209")) == ()
        return
    made = its.spelling.calls([action], Ctid("209"))

    assert [one for call in made for one in call.actions] == [action]
    assert all(call.argv or call.comments for call in made)


@pytest.mark.parametrize("action", EXAMPLES, ids=lambda one: type(one).__name__)
def test_an_action_is_shown(action):
    assert changes.show([action])
    assert changes.words([action])


@pytest.mark.parametrize("action", EXAMPLES, ids=lambda one: type(one).__name__)
def test_an_action_comes_back_from_json_as_it_was(action):
    assert records.from_data(json.loads(json.dumps(records.as_data(action)))) == action


def test_a_password_is_in_no_argument():
    """``set --userpasswd`` would show it to everybody on the node; chpasswd reads its standard input."""
    (made,) = flavours.LEGACY.spelling.calls([SetPassword("root")], Ctid("209"))

    assert made.argv == ("exec3", "209", "chpasswd", "-e")
