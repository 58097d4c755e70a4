"""Never two that run, never none left: whatever happens, in whatever order, however often the command is typed."""

from driving import Fleet
from hypothesis import given, settings
from hypothesis import strategies as st
from twonodes import PHASES_UP

NODES = st.sampled_from(["hn1", "hn2"])
EVENTS = st.one_of(
    st.just("on"),
    st.just("on"),
    st.just("rest"),
    st.sampled_from(["dies", "runner", "arrives"]),
    st.builds("silent {} {}".format, NODES, st.integers(1, 40)),
    st.builds("boots {}".format, NODES),
    st.builds("later {}".format, NODES),
)
FAULTS = st.dictionaries(st.sampled_from(PHASES_UP), st.sampled_from(["fail", "lost", "half", "kill"]), max_size=3)


@given(st.booleans(), st.lists(EVENTS, max_size=90), st.lists(FAULTS, min_size=1, max_size=4), st.booleans(), st.data())
@settings(max_examples=400, deadline=None)
def test_random_moves_faults_kills_and_retries_never_leave_two_or_none(is_up, events, attempts, is_backwards, data):
    """
    The model itself checks after each tick that a whole container is left and that nothing written is lost, and before
    each start that no second one runs or is coming.
    """
    fleet = Fleet(is_up, events, is_backwards)
    for faults in attempts:
        fleet.world.faults = dict(faults)
        fleet.world.b.start_fails = data.draw(st.booleans())
        outcome = fleet.move()
        if outcome is not None and outcome.rule not in ("silent", "late"):
            assert len(fleet.running) < 2, outcome

    fleet.world.recovers()
    for _ in range(5):
        outcome = fleet.move()
        if outcome.is_good:
            break

    assert outcome.is_good, outcome
    assert fleet.world.b.is_whole and fleet.world.b.intent is fleet.world.a.intent is None
    assert fleet.running in (["hn2"], [])
    assert fleet.world.a.conf in ("migrated", None)
    fleet.world.arrive_all()
    assert len(fleet.running) < 2
