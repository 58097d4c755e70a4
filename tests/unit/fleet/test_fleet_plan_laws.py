"""Random fleets: whatever is planned works in every order that its steps allow, and leaves nothing to do."""

import pytest
from fleetworld import Broken, Container, Fleet, document, uuid
from hypothesis import event, given
from hypothesis import strategies as st

NODES = ("hn1", "hn2", "hn3")
MOST = 7


@st.composite
def fleets(draw):
    """Containers that run with addresses of their own, and pillars that want some elsewhere, with those of others."""
    count = draw(st.integers(1, MOST))
    world = Fleet({node: [] for node in NODES}, {node: {} for node in NODES})
    addresses = [f"198.51.100.{number}" for number in range(1, 2 * count + 1)]
    for number in range(count):
        has = tuple(addresses[2 * number : 2 * number + draw(st.integers(0, 2))])
        node = draw(st.sampled_from((*NODES, None)))
        if node:
            ctid = draw(st.sampled_from((101 + number, 101 + number, 101)))
            if ctid not in [one.ctid for one in world.containers[node]]:
                world.containers[node].append(Container(ctid, f"web{number}", uuid(number), has))
    wanted = draw(st.permutations(addresses))
    for number in range(count):
        wants = wanted[2 * number : 2 * number + draw(st.integers(0, 2))]
        node, kind = draw(st.sampled_from((*NODES, None))), draw(st.sampled_from(("run", "run", "run", "absent")))
        if node:
            xml = document(f"web{number}", uuid(number), wants)
            world.pillars[node][f"e{number}"] = {"xml": xml, "state": "absent"} if kind == "absent" else xml
    return world


@given(fleets(), st.randoms(use_true_random=False))
def test_no_address_is_on_two_running_containers_whatever_order_the_steps_have(world, chance):
    made = world.plan()
    event(f"{sum(step.kind == 'release' for step in made.steps)} released")
    event("moves" if made.counts["moves"] else "no move")
    before = {one.uuid for there in world.containers.values() for one in there}
    world.carry_out(made, chance.choice)

    after = {one.uuid for there in world.containers.values() for one in there}
    assert len(before - after) <= made.counts["destroys"]
    assert len(after - before) == made.counts["creates"]


@given(fleets())
def test_after_an_apply_there_is_nothing_left_to_do_but_what_was_wrong_before(world):
    made = world.plan()
    world.carry_out(made)

    again = world.plan()

    if not made.findings:
        assert (again.steps, again.findings) == ((), ())
    done = {key for key, unit in made.units.items()}
    assert not [key for key in again.units if key in done]


@given(fleets(), st.randoms(use_true_random=False))
def test_a_plan_is_the_same_whatever_order_nodes_and_entries_have(world, chance):
    made = world.plan()
    other = world.copy()
    for node in NODES:
        chance.shuffle(other.containers[node])
    other.containers = {node: other.containers[node] for node in chance.sample(NODES, len(NODES))}

    assert (other.plan().id, other.plan().steps) == (made.id, made.steps)


@given(fleets(), st.randoms(use_true_random=False))
def test_each_step_names_only_steps_before_it_and_a_plan_can_be_cut_anywhere(world, chance):
    made = world.plan()

    assert [step.number for step in made.steps] == list(range(1, len(made.steps) + 1))
    assert all(number < step.number for step in made.steps for number in step.after)
    for step in made.steps[: chance.randint(0, len(made.steps))]:
        world.do(step)
    world.carry_out(world.plan())  # a plan of its own finishes what the first one has begun


def test_the_law_can_be_broken():
    """What checks is a check: the steps of a swap in the wrong order are noticed."""
    world = Fleet(
        {
            "hn1": [Container(101, "a", uuid(1), ("198.51.100.1",))],
            "hn2": [Container(101, "b", uuid(2), ("198.51.100.2",))],
        },
        {
            "hn1": {"a": document("a", uuid(1), ["198.51.100.2"])},
            "hn2": {"b": document("b", uuid(2), ["198.51.100.1"])},
        },
    )
    made = world.plan()
    with pytest.raises(Broken, match="198.51.100.. is on "):
        for step in reversed(made.steps):
            world.do(step)
