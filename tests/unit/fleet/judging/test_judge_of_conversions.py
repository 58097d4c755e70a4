"""What a person is told to type where somebody has started or enabled a container that is being converted."""

from test_judge import CTID, NAME, UUID, intent, there
from vzdomain.fleet.convert import judge
from vzdomain.fleet.convert.drive import Conversion
from vzdomain.fleet.moving.values import Move

MOVE = Conversion.of(Move("move-0123456789abcdef", CTID, UUID, NAME, "hn1", "vz1", run="now"))


def command(a, b):
    found = judge.next_step(MOVE, a, b)
    return found.rule, found.command


def test_one_that_runs_beside_its_source_is_stopped_where_it_is_not_the_container():
    """By vzctl itself: openvz.stop refuses what is being converted."""
    owned = there("running", intent=intent(owned=1))

    assert command(there("running"), there("running")) == ("both run", "salt vz1 cmd.run 'vzctl stop 101'")
    assert command(there("running"), owned) == ("both run", "salt hn1 cmd.run 'vzctl stop 101'")


def test_an_old_one_that_could_start_again_is_disabled_by_hand():
    owned = there("running", intent=intent(owned=1))

    assert command(there(disabled=False), owned) == (
        "enabled", "salt hn1 cmd.run 'vzctl set 101 --disabled yes --save'"
    )  # fmt: skip
