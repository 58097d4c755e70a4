"""Calls that the tests of applying share."""

from library import UUID
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import Assign, Mark
from vzdomain.planning import plan

MARK = Call(actions=(Mark("managed", uuid=UUID),), comments={"SALT-OPENVZ": "managed", "UUID": UUID})
VCPU = Call(("set", "209", "--cpus", "2", "--save"), (Assign("vcpu", None, 2),))
TEXT = Call(("set", "209", "--description", "d", "--save"), (Assign("description", None, "d"),))


def whole(*steps, name="209"):
    return plan.Plan(name, "209", steps)
