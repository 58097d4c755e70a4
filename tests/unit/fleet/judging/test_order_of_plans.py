"""What of a plan waits for what, and what is left alone: each rule where no other one would bring it about."""

import pytest
from fleetworld import Container, Fleet, document, uuid
from test_fleet_plan import doc, fleet, rows, rules, sentences, web
from vzdomain.fleet import plan
from vzdomain.fleet.elsewhere import Holder
from vzdomain.fleet.plan import progress
from vzdomain.fleet.plan.carrying import Carrier

A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"


def waits(made):
    """``{(kind, label): the same of those before it}``."""
    by_number = {step.number: (step.kind, step.labels[0]) for step in made.steps}
    return {by_number[step.number]: [by_number[one] for one in step.after] for step in made.steps}


def test_a_container_comes_when_the_one_that_has_its_ctid_is_destroyed():
    gone = {"xml": doc(2), "state": "absent"}

    made = fleet([web()], [web(2)], {}, {"two": gone, "web": doc(1)}).plan()

    assert waits(made)["move", "web"] == [("apply", "two")]


def test_a_container_comes_when_its_address_is_given_up_there():
    there = web(2, 102, addresses=(A,))

    made = fleet([web(addresses=(A,))], [there], {}, {"two": doc(2, [B]), "web": doc(1, [A])}).plan()

    assert waits(made)["move", "web"] == [("apply", "two")]


def test_one_that_moves_and_swaps_gives_its_address_up_before_it_moves():
    world = fleet(
        [web(1, addresses=(A,))], [], {}, {"one": doc(1, [B])}, hn3=[web(2, 102, addresses=(B,))]
    )  # fmt: skip
    world.pillars["hn3"] = {"two": doc(2, [A])}

    made = world.plan()

    assert waits(made)["move", "one"] == [("release", "one")]
    assert waits(made)["apply", "two"] == [("release", "one")]
    world.carry_out(made)
    assert world.plan().steps == ()


def test_three_containers_of_three_nodes_change_addresses_in_a_circle():
    world = fleet([web(1, addresses=(A,))], [web(2, addresses=(B,))], {"one": doc(1, [B])}, {"two": doc(2, [C])},
                  hn3=[web(3, addresses=(C,))])  # fmt: skip
    world.pillars["hn3"] = {"three": doc(3, [A])}

    made = world.plan()

    assert sorted(step.kind for step in made.steps) == ["apply", "apply", "apply", "release"]
    world.carry_out(made)
    assert world.plan().steps == ()


def test_an_address_is_not_taken_while_a_node_is_silent_that_may_have_it():
    world = fleet([web(1, addresses=(A,))], [], {"one": doc(1, [A, B])})
    world.silent["hn2"] = "did not answer"

    made = world.plan()

    assert (made.steps, rules(made)) == ((), [("error", "silent")])
    assert "does not get the address 198.51.100.2: whether hn2 has it is not known" in sentences(made)[0]


def test_who_waits_for_a_neighbour_for_which_nothing_is_done_waits_in_vain():
    world = fleet([web(1, 101), web(3, 103)], [], {"one": doc(1, [A]), "three": doc(3)}, {"again": doc(3)})
    survey = world.survey("hn1")
    survey["plan"]["one"]["after"] = ["three"]

    made = plan.plan([plan.answered("hn1", survey, world.entries("hn1")), world.nodes()[1]])

    assert made.steps == ()
    assert ("error", "waits") in rules(made)


def test_a_container_that_an_entry_of_its_own_node_means_is_no_other_ones():
    """It is being renamed there, and the name is taken here by an entry without UUID."""
    renamed = document("new", uuid(1))

    made = fleet([web()], [], {"a": renamed}, {"web": document("web1")}).plan()

    assert rows(made) == [("apply", "hn1", "a")] or made.steps == ()
    assert ("error", "other_entry") in rules(made)


def test_an_entry_that_may_mean_two_containers_means_neither():
    world = fleet([Container(101, "web1", uuid(1))], [], {}, {"web": document("web1")},
                  hn3=[Container(101, "web1", uuid(3))])  # fmt: skip

    made = world.plan()

    assert made.steps == ()
    assert ("error", "many") in rules(made)


def test_steps_of_one_node_are_never_at_work_at_a_time(tmp_path):
    world = Fleet({"hn1": [], "hn2": [web(1)], "hn3": [web(2, 102)]}, {"hn1": {"one": doc(1), "two": doc(2)}})
    made = world.plan()
    assert [step.kind for step in made.steps] == ["move", "move"]
    kept, told = progress.Progress.of(tmp_path, made), []

    Carrier(kept, lambda step, again: {}, 9, tell=lambda step, what: told.append((step.number, what))).carry_out()

    assert told == [(1, "begun"), (1, "done"), (2, "begun"), (2, "done")]


def test_a_step_that_has_failed_is_looked_at_before_it_is_done_again(tmp_path):
    """How far it came nobody knows, as of one whose master was killed."""
    made = fleet([web()], [], {"one": doc(1, [A])}).plan()
    kept, asked = progress.Progress.of(tmp_path, made), []

    def do(step, again):
        asked.append(again)
        return {"error": "lost"} if len(asked) == 1 else {}

    for _ in range(2):
        Carrier(progress.Progress.found(tmp_path, made.id), do).carry_out()

    assert asked == [False, True]
    assert not kept.is_done


@pytest.mark.parametrize(("name", "is_same"), [("web01", True), ("101", False)])
def test_a_name_of_digits_tells_no_container_from_another(name, is_same):
    holder = Holder("hn2", None, False, name, None, name)

    assert holder.is_same(None, name) is is_same
