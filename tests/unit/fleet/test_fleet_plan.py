"""One plan for all nodes: what moves, what is created, and what is left alone with a sentence."""

import sys
from dataclasses import replace

import pytest
from fleetworld import Container, Fleet, document, uuid
from vzdomain.fleet import plan
from vzdomain.reports.mine import believed

A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"


def fleet(hn1=(), hn2=(), pillar1=None, pillar2=None, **others):
    return Fleet({"hn1": list(hn1), "hn2": list(hn2), **others}, {"hn1": pillar1 or {}, "hn2": pillar2 or {}})


def web(number=1, ctid=101, **given):
    return Container(ctid, f"web{number}", uuid(number), **given)


def doc(number=1, addresses=(), **given):
    return document(f"web{number}", uuid(number), addresses, **given)


def rows(made):
    return [
        (step.kind, step.node, *step.labels, *([f"from {step.source}"] if step.source else [])) for step in made.steps
    ]


def rules(made):
    return [(one.severity, one.rule) for one in made.findings]


def sentences(made):
    return [f"{one.what}; {one.remedy}" for one in made.findings]


def test_an_entry_in_another_pillar_moves_its_container_and_makes_no_second_one():
    world = fleet([web(addresses=(A,))], [], {}, {"web": doc(1, [A])})

    made = world.plan()

    assert rows(made) == [("move", "hn2", "web", "from hn1")]
    assert (made.counts["moves"], made.counts["creates"], rules(made)) == (1, 0, [])
    world.carry_out(made)
    assert [one.name for one in world.containers["hn2"]] == ["web1"]
    assert world.plan().steps == ()


def test_what_differs_is_shown_and_applied_after_the_move():
    world = fleet([web(addresses=(A,))], [], {}, {"web": doc(1, [B])})

    made = world.plan()

    assert rows(made) == [("move", "hn2", "web", "from hn1"), ("apply", "hn2", "web")]
    (unit,) = made.units.values()
    assert unit.wanted.changes["addresses"] == {"old": [A], "new": [B]}
    assert (made.steps[1].entries["web"][:7], made.steps[1].limits) == ("wanted-", {"network_changes": 1})
    world.carry_out(made)
    assert world.plan().steps == ()


def test_a_container_without_uuid_is_known_by_its_name():
    world = fleet([Container(101, "web1")], [], {}, {"web": document("web1")})

    assert rows(world.plan()) == [("move", "hn2", "web", "from hn1")]


def test_a_container_that_is_on_no_other_node_is_created():
    made = fleet([web(2)], [], {"two": doc(2)}, {"web": doc(1)}).plan()

    assert rows(made) == [("apply", "hn2", "web")]
    assert (made.steps[0].limits, made.steps[0].entries["web"][:6]) == ({"creates": 1}, "entry-")


def test_an_entry_on_two_nodes_is_one_sentence_and_nothing_is_done_for_it():
    made = fleet([web(addresses=(A,))], [], {"web": doc(1, [B])}, {"web": doc(1, [A])}).plan()

    assert (made.steps, rules(made)) == ((), [("error", "two_pillars")])
    (finding,) = made.findings
    assert (finding.nodes, finding.labels) == (("hn1", "hn2"), ("web", "web"))
    assert finding.what == f"web1 (UUID {uuid(1)}) is in the pillars of hn1 and hn2; nothing is done for it"


def test_a_container_in_no_pillar_is_one_sentence_and_is_left_alone():
    made = fleet([web()], [web(2)], {}, {"two": doc(2)}).plan()

    assert (made.steps, rules(made)) == ((), [("warning", "in_none")])
    assert "container web1 is managed by Salt and in no pillar of these nodes" in sentences(made)[0]


def test_what_one_node_destroys_and_another_wants_is_neither_destroyed_nor_created():
    pillar = {"web": {"xml": doc(1), "state": "absent"}}

    made = fleet([web()], [], pillar, {"web": doc(1)}).plan()

    assert (made.steps, rules(made)) == ((), [("error", "absent_elsewhere")])
    assert "take the entry out of the pillar of hn1" in sentences(made)[0]


def test_a_container_that_salt_did_not_make_is_not_moved():
    made = fleet([web(managed=False)], [], {}, {"web": doc(1)}).plan()

    assert (made.steps, rules(made)) == ((), [("error", "unmanaged")])
    assert "salt hn1 openvz.adopt 101" in sentences(made)[0]


@pytest.mark.parametrize(("status", "steps"), [("running", 0), ("stopped", 1)])
def test_a_protected_container_that_runs_is_not_stopped_by_a_plan(status, steps):
    made = fleet([web(status=status)], [], {}, {"web": {"xml": doc(1), "protected": True}}).plan()

    assert len(made.steps) == steps
    if status == "running":
        assert rules(made) == [("error", "protected")]
        assert sentences(made)[0].endswith("; salt-run openvz.move web1 hn2 force=True")


@pytest.mark.parametrize(
    ("hn1", "pillar2", "rule"),
    [
        (Container(101, "web1", uuid(9)), doc(1), "other_uuid"),
        (Container(101, "101"), document("101"), "unclear"),
    ],
)
def test_what_may_or_may_not_be_the_container_of_another_node_is_not_created(hn1, pillar2, rule):
    made = fleet([hn1], [], {}, {"web": pillar2}).plan()

    assert made.steps == ()
    assert ("error", rule) in rules(made)


def test_names_of_digits_are_ctids_and_may_be_on_every_node():
    world = fleet([Container(101, "101")], [], {"a": document("101")}, {"a": document("101")})

    assert (rows(world.plan()), rules(world.plan())) == ([("apply", "hn2", "a")], [])


def test_a_node_that_did_not_answer_is_never_one_that_has_nothing():
    world = fleet([web(3)], [], {"three": doc(3)}, {"web": doc(1)}, hn3=[web()])
    world.silent["hn3"] = "did not answer"

    made = world.plan()

    assert (made.steps, rules(made)) == ((), [("error", "silent")])
    assert sentences(made)[0].startswith("web of hn2 is not created: whether hn3 has it already is not known; start")


def test_nothing_moves_to_a_node_that_did_not_answer():
    world = fleet([web()], [], {}, {"web": doc(1)})
    world.silent["hn2"] = "did not answer"

    made = world.plan()

    assert (made.steps, rules(made)) == ((), [("warning", "silent")])
    assert "container web1 is wanted on hn2, which did not answer; it is not moved" in sentences(made)[0]


def test_other_nodes_go_on_where_one_did_not_answer():
    world = fleet([web(addresses=(A,))], [], {"web": document("web1", uuid(1), [])}, {})
    world.pillars["hn1"]["web"] = {"name": "web1", "state": "absent"}
    world.silent["hn2"] = "did not answer"

    assert rows(world.plan()) == [("apply", "hn1", "web")]


def test_a_minion_with_an_older_pillar_is_named_and_nothing_is_done_for_what_differs():
    world = fleet([web()], [], {"web": doc(1)}, {})
    newer = world.copy()
    newer.pillars["hn1"]["web"] = doc(1, [A])
    newer.pillars["hn1"]["new"] = doc(2)
    made = plan.plan([plan.answered("hn1", world.survey("hn1"), newer.entries("hn1"))])

    assert (made.steps, rules(made)) == ((), [("error", "stale")])
    assert (
        "the minion has another pillar than the master: web, new; salt hn1 saltutil.refresh_pillar"
        in sentences(made)[0]
    )


def test_a_node_that_was_not_asked_counts_by_its_mine():
    world = fleet([], [], {"web": doc(1)}, {})
    mine = believed({"containers": {"web1": {"ctid": 101, "uuid": uuid(1)}}})

    made = plan.plan([*world.nodes(), plan.beside("hn9", mine)])

    assert (made.steps, rules(made)) == ((), [("error", "not_asked")])
    assert "hn9 (so says its mine)" in sentences(made)[0]


def test_what_the_pillar_of_a_node_that_was_not_asked_wants_is_not_created_elsewhere():
    world = fleet([web(2)], [], {"web": doc(1)}, {})
    mine = believed({"wanted": {"web": {"name": "web1", "uuid": uuid(1)}, "two": {"name": "web2", "uuid": uuid(2)}}})

    made = plan.plan([*world.nodes(), plan.beside("hn9", mine)])

    assert (made.steps, rules(made)) == ((), [("error", "two_pillars"), ("warning", "not_asked")])
    assert "container web2 is wanted on hn9, which was not asked; it is not moved" in sentences(made)[1]


def test_an_address_that_a_node_had_that_was_not_asked_is_not_taken():
    world = fleet([web()], [], {"web": doc(1, [A])}, {})
    mine = believed({"containers": {"db": {"ctid": 101, "addresses": [A]}}})

    made = plan.plan([*world.nodes(), plan.beside("hn9", mine)])

    assert (made.steps, rules(made)) == ((), [("error", "address_elsewhere")])
    assert "salt hn9 mine.update" in sentences(made)[0]


def test_an_address_in_a_veth_pair_may_be_in_another_network_of_another_node():
    world = fleet([web()], [], {"web": doc(1, [A])}, {})
    mine = believed({"containers": {"db": {"ctid": 101, "inside": [f"{A} in virbr0"]}}})

    made = plan.plan([*world.nodes(), plan.beside("hn9", mine)])

    assert (rows(made), rules(made)) == ([("apply", "hn1", "web")], [("warning", "address_elsewhere")])
    assert "if both are in one network, take it from db first" in sentences(made)[0]


def test_an_entry_without_a_document_moves_its_container_too():
    world = fleet([web()], [], {}, {"web1": {"state": "running"}})
    survey = world.survey("hn2")
    survey["plan"]["web1"] |= {"status": "error", "error": "there is no container web1 on this node"}

    made = plan.plan([world.nodes()[0], plan.answered("hn2", survey, world.entries("hn2"))])

    assert rows(made) == [("move", "hn2", "web1", "from hn1")]


def test_the_work_of_a_plan_grows_as_the_nodes_do():
    def calls(count):
        containers = {f"hn{n:02}": [web(10 * n + m, 101 + m) for m in range(5)] for n in range(count)}
        pillars = {name: {one.name: doc(int(one.name[3:])) for one in there} for name, there in containers.items()}
        pillars["hn00"], pillars["hn01"]["new"] = {}, doc(999)
        nodes, found = Fleet(containers, pillars).nodes(), [0]
        sys.setprofile(lambda *_: found.__setitem__(0, found[0] + 1))
        try:
            plan.as_data(plan.plan(nodes))
        finally:
            sys.setprofile(None)
        return found[0]

    few, some, many = calls(10), calls(20), calls(40)

    assert (many - some) / (some - few) < 2.05


def test_a_move_that_is_under_way_is_not_planned_again():
    world = fleet([web()], [], {}, {"web": doc(1)})
    survey = world.survey("hn1")
    survey["moves"] = [{"uuid": uuid(1), "name": "web1", "destination": "hn2"}]

    made = plan.plan([plan.answered("hn1", survey), world.nodes()[1]])

    assert (made.steps, rules(made)) == ((), [("error", "moving")])
    assert "salt-run openvz.move web1 hn2 goes on with it" in sentences(made)[0]


def test_another_family_is_a_case_for_a_conversion():
    world = fleet([web()], [], {}, {"web": doc(1)})
    other = {**world.survey("hn2"), "family": "7 to 9", "version": "9.0.1"}

    made = plan.plan([world.nodes()[0], plan.answered("hn2", other)])

    assert (made.steps, rules(made)) == ((), [("error", "family")])
    assert "salt-run openvz.convert web1 hn2" in sentences(made)[0]


def test_two_containers_with_one_uuid_are_a_sentence_and_left_alone():
    made = fleet([web()], [web()], {"web": doc(1, [A])}, {}).plan()

    assert made.steps == ()
    assert ("error", "uuid_twice") in rules(made)


def test_an_entry_that_cannot_be_created_there_can_still_move_there():
    """The template is missing, say: a move does not need it."""
    world = fleet([web()], [], {}, {"web": doc(1)})
    survey = world.survey("hn2")
    survey["plan"]["web"] |= {"status": "error", "error": "the node has no template debian-12"}

    made = plan.plan([world.nodes()[0], plan.answered("hn2", survey, world.entries("hn2"))])

    assert rows(made) == [("move", "hn2", "web", "from hn1")]
    assert rules(made) == [("warning", "entry")]


# addresses and CTIDs


def test_an_address_goes_from_node_to_node_in_the_order_that_works():
    world = fleet([web(1, addresses=(A,))], [web(2, addresses=(B,))], {"one": doc(1, [C])}, {"two": doc(2, [A])})

    made = world.plan()

    assert rows(made) == [("apply", "hn1", "one"), ("apply", "hn2", "two")]
    assert made.steps[1].after == (1,)


def test_two_containers_swap_addresses_and_one_is_without_for_a_moment():
    world = fleet([web(1, addresses=(A,))], [web(2, addresses=(B,))], {"one": doc(1, [B])}, {"two": doc(2, [A])})

    made = world.plan()

    assert rows(made) == [("release", "hn1", "one"), ("apply", "hn2", "two"), ("apply", "hn1", "one")]
    assert (made.steps[0].addresses, made.steps[0].ctid) == ((A,), "101")
    world.carry_out(made)
    assert world.plan().steps == ()


def test_a_swap_inside_of_veth_pairs_is_a_sentence():
    world = fleet([web(1, addresses=(A,))], [web(2, addresses=(B,))], {"one": doc(1, [B])}, {"two": doc(2, [A])})
    nodes = [replace(node, found=tuple(replace(one, routed=()) for one in node.found)) for node in world.nodes()]

    made = plan.plan(nodes)

    assert (made.steps, rules(made)) == ((), [("error", "circle")])
    assert "one of hn1, two of hn2 wait for each other" in sentences(made)[0]


def test_an_address_that_another_node_keeps_is_not_taken_and_who_waits_for_the_taker_does_not_begin():
    world = fleet(
        [web(1, addresses=(A,)), web(3, 103, addresses=(C,))],
        [web(2, addresses=(B,))],
        {"one": doc(1, [B]), "three": doc(3, [A])},
        {"two": doc(2, [B])},
    )

    made = world.plan()

    assert (made.steps, sorted(rules(made))) == ((), [("error", "address_elsewhere"), ("error", "waits")])
    assert "the address 198.51.100.2 that one of hn1 wants belongs to container web2 of hn2" in sentences(made)[0]


def test_an_address_that_two_entries_want_goes_to_neither():
    made = fleet([], [], {"one": doc(1, [A])}, {"two": doc(2, [A])}).plan()

    assert (made.steps, rules(made)) == ((), [("error", "address_twice")])


def test_a_ctid_that_is_taken_on_the_other_node_keeps_a_container_where_it_is():
    made = fleet([web()], [web(2)], {}, {"web": doc(1), "two": doc(2)}).plan()

    assert (made.steps, rules(made)) == ((), [("error", "ctid")])


def test_a_new_container_gets_another_ctid_when_a_move_brings_the_one_that_was_chosen():
    world = fleet([web()], [], {}, {"new": doc(7), "web": doc(1)})

    made = world.plan()

    assert rows(made) == [("move", "hn2", "web", "from hn1"), ("apply", "hn2", "new")]
    assert made.steps[1].entries["new"].startswith("wanted-")
    world.carry_out(made)
    assert world.plan().steps == ()


def test_two_containers_of_one_ctid_cannot_change_places():
    made = fleet([web(1)], [web(2)], {"two": doc(2)}, {"one": doc(1)}).plan()

    assert (made.steps, rules(made)) == ((), [("error", "circle")])


# ids, budgets, and what is said


def test_the_id_is_of_what_is_done_and_of_nothing_else():
    world = fleet([web(addresses=(A,))], [web(2, 102)], {"one": doc(1, [B])}, {"two": doc(2)})
    first = world.plan().id

    world.containers["hn2"][0].status = "stopped"
    assert world.plan().id == first
    world.containers["hn1"][0].status = "stopped"
    assert world.plan().id != first


def test_another_plan_than_the_one_that_was_looked_at_is_refused():
    made = fleet([], [], {"one": doc(1)}, {}).plan()

    with pytest.raises(plan.made.PlanMovedError, match=f"the plan is now {made.id}, not fleet-0: .* openvz.plan"):
        made.check({}, "fleet-0")
    made.check({}, made.id)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"creates": 1}, "would create 2 containers (one of hn1, two of hn2), and max_creates is 1"),
        ({"moves": 0}, "would move 1 container (web of hn2), and max_moves is 0"),
        ({"creates": 2, "moves": 1, "restarts": 0, "destroys": None}, None),
    ],
)
def test_budgets_count_over_all_nodes(limits, said):
    made = fleet([web(5)], [], {"one": doc(1)}, {"two": doc(2), "web": doc(5)}).plan()

    assert list(made.over_budget(limits)) == ([f"this plan {said}"] if said else [])


def test_the_whole_plan_is_data():
    world = fleet([web(addresses=(A,)), web(3, 103)], [], {"three": doc(3)}, {"web": doc(1, [B])})

    data = plan.as_data(world.plan())

    assert data["summary"] == {"move": 1, "unchanged": 1}
    assert data["nodes"]["hn2"]["containers"]["web"] == {
        "name": "web1",
        "ctid": 101,
        "uuid": uuid(1),
        "status": "move",
        "from": "hn1",
        "did": ["updated (addresses)"],
        "changes": {"addresses": {"old": [A], "new": [B]}},
        "costs": ["network_changes"],
    }
    assert [(one["kind"], one["after"]) for one in data["steps"]] == [("move", []), ("apply", [1])]


@pytest.mark.parametrize(
    "said",
    [[], 5, {}, {"plan": [], "containers": []}, {"plan": {"a": 1}, "containers": [], "moves": []},
     {"plan": {"a": {"takes": [1]}}, "containers": [], "moves": []},
     {"plan": {}, "containers": [[]], "moves": []}, {"plan": {}, "containers": [], "moves": 5}],
)  # fmt: skip
def test_a_minion_that_answers_nonsense_did_not_answer(said):
    world = fleet([], [], {"web": doc(1)}, {})

    made = plan.plan([world.nodes()[0], plan.answered("hn2", said)])

    assert made.nodes["hn2"].failure == "gave an answer that cannot be read"
    assert (made.steps, rules(made)) == ((), [("error", "silent")])


def test_a_container_that_moves_gets_its_states_inside_on_the_node_it_moves_to():
    wanted = {"xml": document("web01", uuid(1)), "state": "running", "inside": {"sls": "nginx"}}
    fleet = Fleet({"hn1": [Container(101, "web01", uuid(1))], "hn2": []}, {"hn1": {}, "hn2": {"web01": wanted}})

    (unit,) = fleet.plan().units.values()

    assert (unit.moves, unit.applies) == (True, True)
    assert unit.wanted.did == ("updated (states inside, after it has moved)",)
