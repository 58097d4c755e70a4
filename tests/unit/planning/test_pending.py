"""What vzctl has saved of a running container and the kernel has not: noted until the container was started again."""

import pytest
from library import CONF, MARKED, note_as
from vzdomain import errors
from vzdomain.execution import journal
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.host import statuses
from vzdomain.host.networks import Networks
from vzdomain.model.domain import Domain
from vzdomain.planning import power
from vzdomain.planning.changes import show

NFS = Domain("209", features=(("nfs", "on"),))
FULL = Domain("209", netfilter="full")
STARTED, NOTED = 1000, 2000


class Clock:
    """Stands in for the module `time`."""

    def __init__(self):
        self.now = NOTED

    def time(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    for module in (journal, statuses):
        monkeypatch.setattr(module, "time", found, raising=False)
    return found


@pytest.fixture
def running(directory, clock):
    """Container 209, ours, running since `STARTED`."""
    directory.add("209", MARKED + CONF, status="running")
    directory.vzctl.uptimes["209"] = clock.now - STARTED
    return directory.vzctl


@pytest.fixture
def reconciler(directory, journal):
    return new_reconciler(directory, journal)


def new_reconciler(directory, journal, protected=()):
    return Reconciler(directory.node(), Networks({}), journal, lock_timeout=0, protected=protected)


def noted(journal, running):
    """The fields in the note, whenever the container was started."""
    return journal.pending("209", lambda: 10**9)


# the note


@pytest.mark.parametrize(("uptime", "waits"), [(9000, True), (8001, True), (7999, False), (0, False)])
def test_a_field_waits_until_the_container_was_started_after_the_note(journal, clock, uptime, waits):
    journal.wait_for_restart("209", ("features", "netfilter"))
    clock.now = NOTED + 8000

    assert journal.pending("209", lambda: uptime) == (("features", "netfilter") if waits else ())


def test_without_a_note_nobody_asks_how_long_the_container_runs(journal):
    assert journal.pending("209", lambda: pytest.fail("asked")) == ()


def test_the_note_survives_the_process_and_is_no_creation(journal):
    journal.wait_for_restart("209", ("features",))

    assert Journal(journal.directory).pending("209", lambda: 10**9) == ("features",)
    assert journal.ctids() == []
    assert not journal.has("209", "209")


def test_a_restart_ends_it(journal):
    journal.wait_for_restart("209", ("features",))
    journal.restarted("209")
    journal.restarted("209")

    assert noted(journal, "209") == ()


@pytest.mark.parametrize("note", ["[]", "null", "{}", '{"time": 1e12, "fields": 7}', '{"fields": null}'])
def test_a_note_that_makes_no_sense_reports_nothing(journal, note):
    journal.wait_for_restart("209", ("features",))
    note_as(journal, "waiting", "209", note)

    assert noted(journal, "209") == ()


def test_a_directory_that_cannot_be_used_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    unusable = Journal(str(tmp_path / "file"))

    for use in (lambda: unusable.wait_for_restart("209", ("features",)), lambda: unusable.restarted("209")):
        with pytest.raises(errors.ConfigurationError, match="the notes in .* cannot be used"):
            use()


# how long a container runs

LISTED = """\
[
  {
    "ctid": 101,
    "status": "running",
    "uptime": 12.340
  },
  {
    "ctid": 209,
    "status": "running",
    "uptime": 86400.000
  }
]
"""
COMPLAINTS = 'Warning at 101.conf:3: invalid value for CPUS ("x"), skipped\nWarning: Unknown feature: "ctid": 5\n'


@pytest.mark.parametrize("before", ["", COMPLAINTS])
def test_uptime_is_what_vzlist_says_whatever_it_complains_of_first(directory, before):
    directory.vzctl.listed = before + LISTED
    node = directory.node()

    assert [node.uptime(ctid) for ctid in ("101", "209", "310")] == [
        pytest.approx(12.34, abs=1),
        pytest.approx(86400, abs=1),
        0,
    ]
    assert directory.vzctl.lists == [("-a", "-j", "-o", "ctid,status,uptime")]


def test_where_nothing_runs_no_uptime_is_known(directory):
    directory.vzctl.listed = "[]\n"

    assert directory.node().uptime("209") == 0


def test_uptime_is_asked_again_after_a_change(directory, running):
    node = directory.node()
    before = node.uptime("209")
    running.uptimes["209"] = 1

    assert node.uptime("209") == before
    node.forget("209")
    assert node.uptime("209") == 1


def test_a_vzlist_that_fails_is_not_taken_for_a_restart(directory, journal, reconciler, running):
    reconciler.define(NFS)
    running.failures["list"] = errors.CannotAskError("vzlist ended with code 1")

    with pytest.raises(errors.CannotAskError):
        new_reconciler(directory, journal).plan(NFS)


# documents


def test_what_a_document_saves_of_a_running_container_is_pending_in_every_run(directory, journal, reconciler, running):
    made, outcome = reconciler.define(NFS)
    again, nothing = new_reconciler(directory, journal).define(NFS)

    assert (made.pending, set(outcome.changes)) == (("features",), {"features"})
    assert (again.pending, again.calls, nothing.changes) == (("features",), (), {})
    assert "restart: True restarts it" in again.warnings[0]


def test_later_fields_wait_beside_the_earlier_ones(directory, journal, reconciler, running, clock):
    reconciler.define(NFS)
    clock.now += 100
    running.uptimes["209"] += 100

    made, _ = reconciler.define(FULL)

    assert made.pending == noted(journal, "209") == ("features", "netfilter")


def test_another_change_leaves_the_note_as_it_is(directory, journal, reconciler, running):
    reconciler.define(NFS)

    made, _ = reconciler.define(Domain("209", vcpu=2))

    assert made.pending == noted(journal, "209") == ("features",)


def test_a_container_that_was_started_meanwhile_waits_for_nothing(reconciler, running, clock):
    reconciler.define(NFS)
    clock.now += 100
    running.uptimes["209"] = 50

    assert reconciler.node.forget("209") is None
    assert reconciler.plan(NFS).pending == ()


def test_what_waited_before_it_was_started_is_not_said_beside_what_waits_now(journal, reconciler, running, clock):
    reconciler.define(NFS)
    clock.now += 100
    running.uptimes["209"] = 50
    reconciler.node.forget("209")

    made, _ = reconciler.define(FULL)

    assert made.pending == noted(journal, "209") == ("netfilter",)


def test_a_stopped_container_waits_for_nothing_and_is_not_asked(directory, reconciler, running):
    reconciler.define(NFS)
    running.statuses["209"] = "stopped"
    reconciler.node.forget("209")
    running.lists.clear()

    assert reconciler.plan(NFS, restart=True).pending == ()
    assert running.lists == []


def test_a_restart_by_document_clears_the_note(journal, reconciler, running):
    reconciler.define(NFS)

    made, outcome = reconciler.define(NFS, restart=True)

    assert running.runs[-1] == ("restart", "209") or ("restart", "209") in running.runs
    assert outcome.changes == {"status": {"old": "running", "new": "restarted"}}
    assert (made.pending, noted(journal, "209")) == ((), ())


def test_a_change_and_its_restart_are_one_plan(journal, reconciler, running):
    made, outcome = reconciler.define(NFS, restart=True)

    assert [step.argv[0] for step in made.calls] == ["set", "restart"]
    assert set(outcome.changes) == {"features", "status"}
    assert (made.pending, noted(journal, "209")) == ((), ())


def test_a_restart_by_hand_clears_the_note(journal, reconciler, running):
    reconciler.define(NFS)

    reconciler.run(power.restart(reconciler.resolve("209"), LEGACY))

    assert noted(journal, "209") == ()


def test_a_restart_that_fails_leaves_it_pending(directory, journal, reconciler, running):
    running.failures["restart"] = errors.VzctlError("vzctl restart 209 ended with code 7", 7)

    with pytest.raises(errors.VzctlError) as caught:
        reconciler.define(NFS, restart=True)

    assert set(show(caught.value.done["209"])) == {"features"}
    assert noted(journal, "209") == ("features",)


def test_a_restart_after_which_it_does_not_run_is_an_error(reconciler, running, monkeypatch):
    monkeypatch.setattr(running, "_restart", lambda ctid, _: running.statuses.update({ctid: "stopped"}))

    with pytest.raises(errors.NotTakenError, match="container 209 is stopped instead of running"):
        reconciler.define(NFS, restart=True)


def test_a_set_that_fails_leaves_no_note(journal, reconciler, running):
    running.failures["set"] = errors.VzctlError("vzctl set 209 ended with code 20", 20)

    with pytest.raises(errors.VzctlError):
        reconciler.define(NFS)

    assert noted(journal, "209") == ()


def test_a_protected_container_goes_on_waiting(directory, journal, running):
    protecting = new_reconciler(directory, journal, protected=("209",))

    made, _ = protecting.define(NFS, restart=True)

    assert made.pending == noted(journal, "209") == ("features",)
    assert "restart" not in [argv[0] for argv in running.runs]


def test_what_is_destroyed_waits_for_nothing(journal, reconciler, running):
    reconciler.define(NFS)

    reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), force=True))

    assert noted(journal, "209") == ()


# dry runs


def test_a_dry_run_says_what_would_wait_and_notes_nothing(directory, journal, reconciler, running):
    planned = reconciler.dry.plan(NFS)
    restarting = new_reconciler(directory, journal).dry.plan(NFS, restart=True)

    assert planned.pending == ("features",)
    assert "status" in restarting.changes and restarting.pending == ()
    assert noted(journal, "209") == ()
    assert running.runs == []


def test_a_dry_run_goes_on_from_what_would_wait(directory, journal, reconciler, running):
    dry = [reconciler.dry.plan(NFS, restart=restart) for restart in (False, True, True)]
    real = new_reconciler(directory, journal)
    done = [real.define(NFS, restart=restart)[0] for restart in (False, True, True)]

    assert [(made.changes, made.pending) for made in dry] == [(made.changes, made.pending) for made in done]


def test_a_dry_run_goes_on_from_a_restart_that_would_be_done(directory, journal, reconciler, running):
    reconciler.define(NFS)
    dry = new_reconciler(directory, journal)

    dry.dry.imagine(power.restart(dry.dry.resolve("209"), LEGACY))

    assert dry.dry.plan(NFS).pending == ()


def test_a_long_run_takes_no_container_for_one_that_was_started_meanwhile(
    directory, journal, reconciler, running, clock
):
    """The node is asked once how long its containers run, and goes on running them."""
    directory.add("210", MARKED + CONF, status="running")
    running.uptimes["210"] = running.uptimes["209"]
    for ctid in ("209", "210"):
        journal.wait_for_restart(ctid, ("features",))

    first = reconciler.plan(NFS).pending
    clock.now += 5000
    second = reconciler.plan(Domain("210")).pending

    assert first == second == ("features",)
