"""Whatever happens to a conversion, at whatever moment: never two that run, never none left, and it can be finished."""

import pytest
from conversionworld import World, convert


@pytest.mark.parametrize("is_up", [True, False])
@pytest.mark.parametrize("seed", range(80))
def test_whatever_happens_no_two_run_and_nothing_is_lost(seed, is_up):
    """Lost calls and answers, rsync that fails, drivers that die and nodes that boot; the world checks each moment."""
    world = World(seed, is_up, faults=0.08)
    for _ in range(12):
        convert(world)
    world.faults = 0
    for _ in range(4):
        last = convert(world)

    assert last.result in ("moved", "already there"), (last, world.calls[-20:])
    assert (world.a.handed_over, world.b.whole) == (True, True)
    assert (world.a.intent, world.b.intent) == (None, None)


@pytest.mark.parametrize("seed", range(40))
def test_giving_up_at_any_time_leaves_the_old_one_as_it_was(seed):
    world = World(seed, faults=0.1)
    for _ in range(seed % 5):
        convert(world)
    world.faults = 0
    if world.a.handed_over or not (world.a.intent or world.b.intent):
        return
    world.is_back = True
    for _ in range(3):
        convert(world, decided="back")

    if not world.a.handed_over:
        assert (world.a.up or world.a.onboot, world.a.disabled, world.b.there) == (True, False, False)
        assert (world.a.intent, world.b.intent) == (None, None)
