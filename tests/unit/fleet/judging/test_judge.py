"""What the judge says of two nodes that are as no run of ours leaves them: what operators and other programs do."""

import pytest
from twonodes import CTID, NAME, UUID
from vzdomain.fleet.moving import judge
from vzdomain.fleet.moving.values import Done, Move, Step, Stop

MOVE = Move("move-0123456789abcdef", CTID, UUID, NAME, "hn1", "hn2", run="now")
OTHER = "00000000-0000-4000-8000-000000000000"


def intent(**noted):
    return {"id": MOVE.id, "status": "running", "onboot": True, "sent": 1, "gave_way": None, "owned": None, **noted}


def there(status="stopped", **said):
    """A whole container that is registered."""
    return {"status": status, "registered": True, "area": True, "whole": True, "uuid": UUID, "intent": intent(), **said}


def nothing(**said):
    return {"status": "none", "registered": False, "area": False, "whole": False, "intent": intent(), **said}


def judged(a, b, *done):
    """``(what it is, node or rule, step)``."""
    found = judge.next_step(MOVE, a, b, frozenset(done))
    if isinstance(found, Step):
        return "step", found.node, found.step
    return ("stop", found.rule) if isinstance(found, Stop) else type(found).__name__.lower()


OWNED = ("hn1", "own")
UNSENT = {"intent": intent(sent=None)}
CASES = {
    "one that somebody started there before anything was sent": (
        there("stopped", **UNSENT), there("running"), (), ("stop", "foreign")
    ),
    "one that runs there though vzmigrate never came to the start": (
        there("stopped"), there("running"), (), ("stop", "foreign")
    ),
    "the copy alone, where the source has lost its own after the start": (
        nothing(start_sent=True), there(), (), ("step", "hn2", "own")
    ),
    "nothing that vzmigrate has changed there": (
        there("running", touched=False, rc=9), there(uuid=OTHER), (OWNED,), ("step", "hn2", "close")
    ),
    "another container there, which vzmigrate has met on its way": (
        there("running", touched=True, rc=6), there(uuid=OTHER), (OWNED,), ("stop", "foreign")
    ),
    "what a failed move has left there": (
        there("running", touched=True, rc=6), there(), (OWNED,), ("step", "hn2", "clear")
    ),
    "one that runs there after the destination has closed": (
        there(), there("running", intent=None), (), ("stop", "foreign")
    ),
    "one that runs there after the source has closed": (
        there(intent=None), there("running"), (), ("stop", "foreign")
    ),
    "one that was handed over by a source that has lost its notes": (
        nothing(intent=None, handed_over=True), there("running"), (), ("step", "hn2", "own")
    ),
    "one that was handed over to a destination that has lost its notes": (
        nothing(handed_over=True), there("running", intent=None), (), ("step", "hn2", "intend")
    ),
    "another one on such a destination": (
        nothing(handed_over=True), there("running", intent=None, uuid=OTHER), (), ("stop", "foreign")
    ),
    "the same when the destination has it": (
        nothing(intent=None, handed_over=True), there("running", intent=intent(owned=1)), (), ("step", "hn2", "close")
    ),
    "nothing whole after the source has closed": (
        nothing(intent=None), nothing(), (), ("stop", "nobody")
    ),
    "a source that vzmigrate says it is done with, and no answer": (
        there(rc=0), None, (), ("stop", "silent")
    ),
    "an old copy, and no answer": (
        nothing(handed_over=True), None, (), ("stop", "silent")
    ),
    "a source that was never copied to its end, and no answer": (
        there(rc=6), None, (), ("step", "hn1", "own")
    ),
    "one that was started there and does not run": (
        nothing(handed_over=True, start_sent=True), there(), (("hn2", "own"),), ("stop", "down")
    ),
    "one that was started on the source and does not run": (
        there(rc=6), nothing(), (OWNED,), ("stop", "down")
    ),
    "two that nobody moves": (
        there("running", intent=None), there("running", intent=None), (), "done"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("a", "b", "done", "says"), CASES.values(), ids=CASES)
def test_what_is_done_next_with(a, b, done, says):
    assert judged(a, b, *done) == says


def test_a_source_without_notes_has_an_old_copy_that_no_command_finds():
    found = judge.next_step(
        MOVE, nothing(intent=None, handed_over=True, kept=["/x/101.conf.migrated"]), there("running")
    )

    assert found.warning == ("hn1 has lost its notes of this move: remove its old copy by hand (/x/101.conf.migrated)")


def test_a_node_that_is_lost_gives_nothing_up_that_is_down_on_the_other():
    """Whole is not enough: what was killed in the first copy looks whole."""
    move = Move("", CTID, UUID, NAME, "hn1", "hn2", lost=("hn1",))

    assert judge.next_step(move, None, there()).rule == "silent"
    assert isinstance(judge.next_step(move, None, there("running", intent=None)), Done)
