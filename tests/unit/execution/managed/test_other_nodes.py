"""What plans of this node may not do, since another node has or wants the container."""

import pytest
from managing import Networks, done, entry, planned, routed, template
from vzdomain import errors
from vzdomain.execution.reconcile import Reconciler
from vzdomain.fleet.elsewhere import Elsewhere
from vzdomain.planning import protection

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"
MARK = "#SALT-OPENVZ: managed $CTID node\n"
WEB01 = {"ctid": 101, "uuid": UUID, "name": "web01", "addresses": ["198.51.100.10"]}


class Mine:
    def __init__(self, containers=(), wanted=()):
        self.said = {"hn1": {"containers": {one["name"]: one for one in containers}}}
        self.said["hn1"]["wanted"] = {one["name"]: one for one in wanted}
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.said


@pytest.fixture
def made(directory, journal):
    """A reconciler of this node beside one that has told this mine."""

    def make(mine, mode="warn"):
        its = Elsewhere(mine, mode, "node", lambda: None)
        return Reconciler(directory.node(), Networks(), journal, lock_timeout=0, elsewhere=its)

    return make


def test_an_entry_whose_container_another_node_has_makes_no_second_one(directory, made):
    mine = Mine([WEB01])
    (job,) = planned(made(mine), entry("web01", f"<uuid>{UUID}</uuid>{template()}")).values()
    (what,) = done(made(mine), entry("web01", template())).values()

    assert job.error.startswith(f"container web01 (UUID {UUID}) is on hn1 (its mine says): salt-run openvz.move web01")
    assert what.error.startswith("container web01 is on hn1 (its mine says): salt-run openvz.move web01 node")
    assert [run for run in directory.vzctl.runs if run[0] != "status"] == []


def test_one_that_is_to_get_its_address_is_refused_and_the_others_are_made(directory, made):
    pair = "<interface type='ethernet'><ip address='198.51.100.{}' family='ipv4'/></interface>"
    wanted = [entry("a", template(pair.format(10))), entry("b", template(pair.format(11)))]

    what = done(made(Mine([WEB01])), *wanted)

    assert "the address 198.51.100.10 of a belongs to a container of hn1, for web01" in what["a"].error
    assert what["b"].error is None
    assert [run[0] for run in directory.vzctl.runs if run[0] == "create"] == ["create"]


def test_an_address_that_a_change_takes_is_looked_for_as_well(directory, made):
    directory.add(101, f'NAME="db01"\nIP_ADDRESS="198.51.100.11"\n{MARK}')
    directory.link("db01", 101)

    (job,) = planned(made(Mine([WEB01])), entry("db01", routed("198.51.100.10"))).values()

    assert "the address 198.51.100.10 of db01 belongs to a container of hn1" in job.error


def test_the_mine_is_asked_only_where_something_is_made_or_taken(directory, made):
    directory.add(101, f'NAME="db01"\n{MARK}', name="db01")
    mine = Mine([WEB01])

    planned(made(mine), entry("db01", "<description>x</description>", state="running"))
    assert mine.asked == 0
    planned(made(mine), *(entry(f"web{number}", template()) for number in range(2, 6)))
    assert mine.asked == 1


def test_workers_never_ask(directory, made):
    asking = made(Mine([WEB01]))
    mine = asking.elsewhere._ask

    (what,) = done(asking, entry("web02", template()), max_workers=2).values()

    assert what.error is None
    assert mine.asked == 1


def test_an_unknown_fleet_is_one_warning_of_a_run_or_an_error(directory, made):
    wanted = [entry(label, template()) for label in ("a", "b")]

    jobs = planned(made(dict), *wanted)
    required = planned(made(dict, "require"), *wanted)

    assert [len(job.plan.warnings) for job in jobs.values()] == [2, 1], "the other is about the template"
    assert all("openvz:fleet is require" in job.error for job in required.values())


def test_an_entry_that_is_absent_here_and_wanted_there_is_not_destroyed(directory, made):
    directory.add(101, f'NAME="web01"\n{MARK}#UUID: {UUID}\n', name="web01")

    (kept,) = done(made(Mine(wanted=[WEB01])), entry("web01", state="absent")).values()
    assert "is not destroyed: the pillar of hn1 wants it" in kept.error
    (gone,) = done(made(Mine([WEB01], [WEB01])), entry("web01", state="absent")).values()
    assert (gone.error, directory.conf(101).exists()) == (None, False)


def test_an_orphan_that_another_pillar_wants_is_left_alone_with_a_sentence(directory, made):
    for ctid, name in ((101, "web01"), (102, "db01"), (103, "here")):
        directory.add(ctid, f'NAME="{name}"\n{MARK}', name=name)
    one = made(Mine([WEB01], [WEB01]))

    found, said = protection.left_alone(one, protection.orphans(one, [entry("here")]))

    assert [orphan.domain.name for orphan in found] == ["db01"]
    assert [sentence.partition(":")[0] for sentence in said] == [f"container web01 (UUID {UUID}) is not destroyed"]
    with pytest.raises(errors.RefusedError, match="openvz:fleet is require"):
        protection.left_alone(made(dict, "require"), [protection.orphans(one, [entry("here")])[0]])
