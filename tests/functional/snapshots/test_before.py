"""``snapshot: before`` of states, entries and functions, on a node of each family."""

import pytest
from families import BOTH
from imaged import document, routed
from salt.exceptions import CommandExecutionError, SaltInvocationError
from simnode import announced

pytestmark = BOTH
ONE, TWO = routed("198.51.100.10"), routed("198.51.100.11")


def listed(openvz, key="name", name="web01"):
    return [one[key] for one in openvz.snapshots(name)["snapshots"]]


@pytest.fixture
def cut_off(openvz, web01):
    """``cut_off(n, **how)``: a change that cuts the running container off from its network, each time."""
    openvz.define(xml=document(devices=ONE))
    openvz.start("web01")

    def change(number, **how):
        return openvz.define(xml=document(devices=routed(f"198.51.100.{10 + number}")), snapshot="before", **how)

    return change


def test_a_change_that_breaks_something_has_its_snapshot_in_front_and_in_the_return(openvz, cut_off):
    dry = cut_off(1, test=True)
    assert listed(openvz) == []

    done = cut_off(1)

    assert announced(dry) == done
    (one,) = openvz.snapshots("web01")["snapshots"]
    assert done["snapshot"] == {"id": one["id"], "name": f"salt-before-{one['id'][:8]}"}
    assert done["did"] == [f"saved as snapshot {one['name']}", "updated (addresses)"]
    assert one["description"] == "SALT-OPENVZ: before: updated (addresses)"
    assert (one["own"], one["memory"]) == (True, False)
    assert list(done["changes"]) == [f"snapshot {one['name']}", "addresses"]
    assert cut_off(1)["changes"] == {}
    assert len(listed(openvz)) == 1


def test_a_change_that_breaks_nothing_needs_none(openvz, cut_off):
    done = openvz.define(xml=document("<vcpu>2</vcpu>", devices=ONE), snapshot="before")

    assert "snapshot" not in done
    assert listed(openvz) == []


def test_it_goes_back_to_what_was_before_the_change(openvz, cut_off):
    done = cut_off(1)

    openvz.snapshot_switch("web01", done["snapshot"]["name"])

    assert openvz.info("web01")["web01"]["addresses"] == ["198.51.100.10"]


def test_only_our_own_are_pruned_and_the_oldest_first(openvz, cut_off):
    openvz.snapshot("web01", "mine")
    names = [cut_off(number, keep=2)["snapshot"]["name"] for number in (1, 2, 3)]

    assert listed(openvz) == ["mine", *names[1:]]
    dry = cut_off(4, keep=1, test=True)
    done = cut_off(4, keep=1)
    assert announced(dry) == done
    assert done["did"][2:] == [f"updated (snapshot {name} deleted)" for name in names[1:]]
    assert listed(openvz) == ["mine", done["snapshot"]["name"]]


def test_one_with_our_name_that_no_run_took_is_not_pruned(openvz, web01, cut_off):
    web01.vzctl("snapshot", web01.ctid("web01"), "--name", "salt-before-12345678")

    cut_off(1, keep=1)

    assert listed(openvz)[0] == "salt-before-12345678"
    assert listed(openvz, "own") == [False, True]


def test_where_it_cannot_be_taken_nothing_else_is_done(openvz, web01, cut_off):
    web01.fault("--command", "snapshot", "--rc", "156")

    with pytest.raises(CommandExecutionError, match="vzctl snapshot .* ended with code 156") as caught:
        cut_off(1)

    assert not (caught.value.info or {}).get("changes")
    assert openvz.info("web01")["web01"]["addresses"] == ["198.51.100.10"]


def test_an_entry_that_stops_takes_one_for_document_and_power_together(openvz, web01, cut_off, pillar):
    entry = {"xml": document("<vcpu>2</vcpu>", devices=TWO), "state": "stopped", "snapshot": "before", "keep": 3}
    pillar(domains={"web": entry})

    planned = openvz.plan()["containers"]["web"]
    done = openvz.apply(max_restarts=1)["containers"]["web"]

    assert done["snapshot"] == planned["snapshot"]
    assert done["did"] == [f"saved as snapshot {planned['snapshot']['name']}", "updated (vcpu, addresses)", "stopped"]
    assert len(listed(openvz)) == 1


def test_a_power_that_changes_alone_takes_one_too(openvz, web01, cut_off, pillar):
    pillar(domains={"web": {"name": "web01", "state": "stopped", "snapshot": "before"}})

    planned = openvz.plan()
    done = openvz.apply(plan_id=planned["plan_id"])["containers"]["web"]

    assert done["did"] == [f"saved as snapshot {done['snapshot']['name']}", "stopped"]
    assert openvz.apply()["containers"]["web"]["changes"] == {}


def test_a_new_container_and_one_that_goes_need_none(openvz, node, pillar):
    entry = {"xml": document(), "state": "suspended", "snapshot": "before"}
    pillar(domains={"web": entry})

    assert "snapshot" not in openvz.apply()["containers"]["web"]
    pillar(domains={"web": {"name": "web01", "state": "absent", "force": True, "snapshot": "before"}})
    assert openvz.apply()["containers"]["web"]["did"] == ["destroyed"]


def test_a_state_has_it_and_a_watched_restart_too(openvz, states, cut_off):
    xml = document(devices=TWO)

    ret = states.running(name="web", xml=xml, snapshot="before", keep=1)
    assert ret.result is True
    (first,) = listed(openvz)
    assert ret.comment.endswith(f"was saved as snapshot {first} and updated (addresses)")
    ret = states.mod_watch(name="web", sfun="running", xml=xml, snapshot="before", keep=1)
    assert ret.result is True
    assert "restarted" in ret.comment
    (second,) = listed(openvz)
    assert first != second


def test_a_wrong_word_and_a_number_without_it_are_refused(openvz, web01, pillar):
    for how, said in (
        ({"snapshot": "after"}, "snapshot must be before, or left out"),
        ({"keep": 2}, "keep works with snapshot: before only"),
        ({"snapshot": "before", "keep": 0}, "keep must be a whole number of at least 1"),
    ):
        with pytest.raises(SaltInvocationError, match=said):
            openvz.define(xml=document(), **how)
        pillar(domains={"web": {"xml": document(), **how}})
        assert said in openvz.plan()["containers"]["web"]["error"]
