"""No second container of one that another node has or wants, as far as the mine knows."""

import pytest
from library import container
from vzdomain import errors
from vzdomain.fleet.elsewhere import Elsewhere, is_news
from vzdomain.model import actions

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"
OTHER_UUID = "52cbd4bf-1ecf-4ee8-aa31-7f3a20f4d7f9"
WEB01 = {"ctid": 101, "uuid": UUID, "name": "web01", "addresses": ["198.51.100.10"], "inside": ["10.2.0.1"]}
MACHINE = "0123456789abcdef"


def info(containers=(), wanted=(), **said):
    label = {one["name"]: one for one in containers}
    return {
        "time": "2026-03-01T02:10:33Z",
        "containers": label,
        "wanted": {one["name"]: one for one in wanted},
        **said,
    }


class Mine:
    """What the mine has, and how often it was asked."""

    def __init__(self, said):
        self.said, self.asked = said, 0

    def __call__(self):
        self.asked += 1
        if isinstance(self.said, Exception):
            raise self.said
        return self.said


def elsewhere(said, mode="warn", node="hn2"):
    return Elsewhere(said if callable(said) else Mine(said), mode, node, lambda: MACHINE)


def refused(known, *wanted, own=(None, None), called="web01"):
    with pytest.raises(errors.RefusedError) as caught:
        known.check(called, wanted, own)
    return str(caught.value)


def test_a_container_of_another_node_is_refused_with_the_way():
    said = refused(elsewhere({"hn1": info([WEB01])}), ("uuid", UUID), ("name", "web01"))

    assert said == (
        f"container web01 (UUID {UUID}) is on hn1 (its mine of 2026-03-01 02:10 UTC says): salt-run openvz.move web01 "
        "hn2; if hn1 has it no more: salt hn1 mine.update (salt-key -d hn1 if that node is gone for good)"
    )


def test_it_is_known_by_its_name_alone_as_well():
    said = refused(elsewhere({"hn1": info([{**WEB01, "uuid": None}])}), ("name", "web01"))

    assert said.startswith("container web01 is on hn1 (its mine of 2026-03-01 02:10 UTC says): salt-run openvz.move")


def test_one_of_the_same_name_and_another_uuid_is_not_to_be_moved():
    said = refused(elsewhere({"hn1": info([WEB01])}), ("uuid", OTHER_UUID), ("name", "web01"))

    assert said.startswith(f"the name web01 belongs to a container of hn1 for another UUID, {UUID} (its mine of ")
    assert "choose another name" in said
    assert "openvz.move" not in said


def test_a_number_is_a_ctid_that_every_node_may_have():
    mine = {"hn1": info([{"ctid": 209, "uuid": None, "name": "209", "addresses": []}])}

    assert elsewhere(mine).check("209", [("name", "209")]) == []


def test_an_address_of_another_node_is_refused_by_the_name_of_whoever_has_it():
    said = refused(elsewhere({"hn1": info([WEB01])}), ("addresses", "198.51.100.10"), called="db01")

    assert said.startswith(
        "the address 198.51.100.10 of db01 belongs to a container of hn1, for web01 (its mine of 2026-03-01 02:10 UTC "
        "says): remove it there first; if hn1 has it no more: salt hn1 mine.update"
    )


@pytest.mark.parametrize("wanted", [("inside", "10.2.0.1 in br0"), ("addresses", "10.2.0.1")])
def test_an_address_inside_a_pair_is_a_warning_since_two_nodes_may_have_such_networks(wanted):
    (said,) = elsewhere({"hn1": info([WEB01])}).check("db01", [wanted])

    assert said.startswith("the address 10.2.0.1 of db01 belongs to a container of hn1, for web01")


def test_two_pillars_that_want_one_container_have_a_sentence_of_their_own():
    said = refused(elsewhere({"hn1": info(wanted=[WEB01])}), ("uuid", UUID), ("name", "web01"))

    assert said.startswith(
        f"container web01 (UUID {UUID}) is wanted here and by the pillar of hn1 (its mine of 2026-03-01 02:10 UTC "
        "says): keep one of the two entries; if hn1 has it no more: salt hn1 mine.update"
    )


def test_where_it_is_comes_before_who_wants_it():
    mine = {"hn0": info(wanted=[WEB01]), "hn1": info([WEB01])}

    assert "is on hn1" in refused(elsewhere(mine), ("uuid", UUID))


def test_what_this_node_said_itself_is_no_reason_nor_what_it_said_under_an_older_id():
    renamed = info([WEB01], [WEB01], machine=MACHINE)

    assert elsewhere({"hn2": info([WEB01]), "old": renamed}).check("web01", [("uuid", UUID)]) == []
    assert "old" in refused(elsewhere({"old": info([WEB01], machine="another")}), ("uuid", UUID))


@pytest.mark.parametrize(
    "own", [(UUID, "web01"), (UUID, "shop"), (None, "web01")], ids=["both", "renamed since", "without UUID"]
)
def test_an_address_goes_back_to_a_container_of_which_an_old_mine_tells(own):
    """It was moved here, or its minion has got another id; the mine of its former node is of before."""
    mine = {"hn1": info([WEB01], [WEB01])}

    assert elsewhere(mine).check("web01", [("addresses", "198.51.100.10")], own) == []
    assert refused(elsewhere(mine), ("addresses", "198.51.100.10"), own=(OTHER_UUID, "web01"))


def test_the_mine_is_asked_once_and_only_for_what_another_node_could_have():
    mine = Mine({"hn1": info([WEB01])})
    known = elsewhere(mine)

    assert known.check("209", [("name", "209"), ("macs", "00:16:3e:00:00:01")]) == []
    assert mine.asked == 0
    for name in ("db01", "db02"):
        assert known.check(name, [("name", name)]) == []
    assert mine.asked == 1


def test_off_asks_nothing_and_without_a_master_nothing_is_asked():
    mine = Mine({"hn1": info([WEB01])})

    assert elsewhere(mine, "off").check("web01", [("uuid", UUID)]) == []
    assert mine.asked == 0
    assert Elsewhere(None, "require", "hn2", str).check("web01", [("uuid", UUID)]) == []


@pytest.mark.parametrize(
    "said", [{}, None, False, "x", errors.CannotAskError("the mine cannot be asked: no answer")], ids=str
)
def test_an_unknown_fleet_is_said_once_per_run_and_is_an_error_where_it_is_required(said):
    known = elsewhere(said)

    (note,) = known.check("web01", [("name", "web01")])
    assert note.startswith("not known: whether another node has web01")
    assert known.check("db01", [("name", "db01")]) == []
    assert known.check("web01", [("name", "web01")]) == [note], "a plan is made more than once"
    assert "openvz:fleet is require" in refused(elsewhere(said, "require"), ("name", "web01"))


def test_a_fleet_of_one_that_uses_the_mine_is_known():
    assert elsewhere({"hn2": info([WEB01])}, "require").check("web01", [("uuid", UUID)]) == []


@pytest.mark.parametrize("said", [5, "x", [1], None], ids=str)
def test_a_mine_that_cannot_be_read_is_named_and_stops_nobody(said):
    known = elsewhere({"hn1": said, "hn3": info([{**WEB01, "uuid": OTHER_UUID, "name": "db01"}])}, "require")

    assert known.check("web01", [("uuid", UUID)]) == ["the mine of hn1 cannot be read; salt hn1 mine.update"]
    assert "hn3" in refused(known, ("uuid", OTHER_UUID), called="db01")


@pytest.mark.parametrize(
    "containers",
    [
        5,
        [WEB01],
        {"web01": 5},
        {"web01": {"uuid": 5, "name": ["web01"], "addresses": "198.51.100.10", "ctid": {}}},
        {"web01": {"uuid": "8dea22b3", "name": None, "addresses": [["198.51.100.10"], 5]}},
    ],
    ids=str,
)
def test_parts_of_a_mine_that_are_nonsense_stop_nobody(containers):
    said = {"containers": containers, "wanted": containers, "time": containers, "machine": [5]}

    assert elsewhere({"hn1": said}).check("web01", [("uuid", UUID), ("name", "web01")]) == []


def test_a_mine_of_an_older_version_has_name_and_uuid():
    said = refused(elsewhere({"hn1": {"containers": {"web01": {"ctid": 101, "uuid": UUID}}}}), ("name", "web01"))

    assert said.startswith("container web01 is on hn1 (its mine says): salt-run openvz.move web01 hn2")


def test_a_uuid_in_other_letters_is_the_same_and_a_ctid_may_be_one():
    written = {"hn1": info([{**WEB01, "uuid": UUID.upper()}])}
    numbered = {"hn1": info([{**WEB01, "uuid": None, "ctid": UUID}])}

    assert "is on hn1" in refused(elsewhere(written), ("uuid", UUID))
    assert "is on hn1" in refused(elsewhere(numbered), ("uuid", UUID))


def test_what_a_mine_calls_a_container_cannot_drive_a_terminal():
    hostile = {**WEB01, "name": "web01\x1b[2J\nok", "uuid": UUID}

    said = refused(elsewhere({"hn1": info([hostile])}), ("uuid", UUID))
    (warned,) = elsewhere({"hn1": info([hostile])}).check("db01", [("inside", "10.2.0.1 in br0")])

    assert said.isprintable()
    assert warned.isprintable()


def test_a_command_to_type_has_nothing_of_another_minions_that_a_shell_would_run():
    hostile = {**WEB01, "name": "web01;reboot"}

    said = refused(elsewhere({"hn1": info([hostile])}), ("uuid", UUID))

    assert f"salt-run openvz.move {UUID} hn2" in said


def test_workers_know_what_was_asked_before_them_and_never_ask():
    mine = Mine({"hn1": info([WEB01])})
    known = elsewhere(mine)

    assert known.for_workers().check("web01", [("uuid", UUID)]) == []
    assert mine.asked == 0
    known.check("db01", [("name", "db01")])
    assert "is on hn1" in refused(known.for_workers(), ("uuid", UUID))
    assert mine.asked == 1


# deletions

OURS = container("101", name="web01", uuid=UUID)


def test_what_another_pillar_wants_and_has_not_is_not_destroyed():
    known = elsewhere({"hn1": info(wanted=[WEB01])})

    with pytest.raises(errors.RefusedError) as caught:
        known.refuse_destroying(OURS)

    assert str(caught.value) == known.kept(OURS)
    assert known.kept(OURS) == (
        f"container web01 (UUID {UUID}) is not destroyed: the pillar of hn1 wants it (its mine of 2026-03-01 02:10 UTC "
        "says): salt-run openvz.move web01 hn1; if it does not: salt hn1 mine.update"
    )


def test_the_copy_that_is_left_may_be_destroyed_once_the_other_node_has_the_container_but_is_never_purged():
    known = elsewhere({"hn1": info([WEB01], [WEB01])})

    known.refuse_destroying(OURS)

    assert "is not destroyed: the pillar of hn1 wants it" in known.kept(OURS)


def test_what_no_other_pillar_wants_is_destroyed():
    namesake = {**WEB01, "uuid": OTHER_UUID}
    known = elsewhere({"hn1": info([WEB01], [namesake]), "hn2": info(wanted=[WEB01])})

    known.refuse_destroying(OURS)

    assert known.kept(OURS) is None
    assert known.unknown_of(OURS) == []


def test_a_purge_says_where_it_is_not_known_whether_others_want_it():
    (said,) = elsewhere({}).unknown_of(OURS)

    assert said.startswith("not known: whether another node has web01")
    with pytest.raises(errors.RefusedError, match="openvz:fleet is require"):
        elsewhere({}, "require").refuse_destroying(OURS)


# news


def test_other_nodes_are_told_of_what_they_could_collide_with():
    news = [actions.Create("web01"), actions.Destroy("stopped"), actions.Rename(None, "x"), actions.Route((), ("x",))]

    assert [is_news([one]) for one in news] == [True] * 4
    assert not is_news([actions.Start("stopped"), actions.Mark("x")])


def test_what_was_typed_is_news_where_it_wrote_addresses():
    wrote = actions.Wrote("IP_ADDRESS", "198.51.100.10", "")

    assert is_news([wrote], "IP_ADDRESS")
    assert not is_news([wrote], "NAME")


def test_nodes_that_a_master_has_just_compared_are_known_better_than_by_the_mine():
    known = elsewhere({"hn1": info([WEB01]), "hn3": info([{**WEB01, "uuid": OTHER_UUID, "name": "db01"}])})

    seen = known.apart_from(["hn1"])

    assert seen.check("web01", [("uuid", UUID)]) == []
    assert "is on hn3" in refused(seen, ("uuid", OTHER_UUID), called="db01")
    assert known.apart_from("*").check("db01", [("uuid", OTHER_UUID)]) == []
