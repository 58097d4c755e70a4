"""Power and removal, and what is reported where a verb did nothing or half of it."""

from dataclasses import replace

import pytest
from library import CONF, MARKED, done
from vzdomain import errors
from vzdomain.flavours import LEGACY
from vzdomain.model.domain import Domain
from vzdomain.planning import power, typed


@pytest.mark.parametrize(("verb", "before", "after"), [("start", "stopped", "running"), ("stop", "running", "stopped")])
def test_a_status_that_is_reached_is_believed(directory, reconciler, verb, before, after):
    directory.add("209", status=before)

    outcome = reconciler.run(getattr(power, verb)(reconciler.resolve("209"), LEGACY))

    assert outcome.changes == {"status": {"old": before, "new": after}}
    assert reconciler.resolve("209").status == after


def test_a_status_that_is_not_reached_is_an_error(directory, reconciler, monkeypatch):
    directory.add("209")
    monkeypatch.setattr(directory.vzctl, "_start", lambda *_: "")

    with pytest.raises(errors.NotTakenError, match="container 209 is stopped instead of running"):
        reconciler.run(power.start(reconciler.resolve("209"), LEGACY))


def test_a_destroyed_container_takes_its_dump_along(directory, reconciler):
    directory.add("209", status="suspended")
    directory.dump("209").write_text("")
    with pytest.raises(errors.RefusedError, match=r"suspended \(it has a dump\)"):
        reconciler.destroy_plan(reconciler.resolve("209"))

    reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), force=True))

    assert reconciler.look_up("209") is None
    assert not directory.dump("209").exists()


def test_a_protected_container_is_destroyed_only_by_force(directory, reconciler):
    directory.add(300)

    with pytest.raises(errors.RefusedError, match="300 is protected"):
        reconciler.destroy_plan(reconciler.resolve(300))


LIES = {"create": None, "start": "stopped", "stop": "running", "suspend": "running", "resume": "suspended"}
LIES |= {"restart": "running", "destroy": "stopped", "umount": "mounted"}


@pytest.mark.parametrize("verb", LIES)
def test_a_verb_that_reports_success_and_does_nothing_is_an_error_without_changes(
    directory, reconciler, monkeypatch, verb
):
    monkeypatch.setattr(directory.vzctl, f"_{verb}", lambda *_: "")
    if LIES[verb]:
        directory.add("209", MARKED + CONF, LIES[verb])
        directory.vzctl.uptimes["209"] = 3600
        live = reconciler.resolve("209")

    with pytest.raises(errors.NotTakenError, match=f"vzctl {verb} reported success") as caught:
        if verb == "create":
            reconciler.define(Domain("209", vcpu=2))
        elif verb in ("destroy", "umount"):
            reconciler.destroy(reconciler.destroy_plan(live, adopt=True))
        else:
            reconciler.run(getattr(power, verb)(live, LEGACY))

    assert caught.value.done is None
    assert reconciler.journal.steps() == {}


def test_what_came_before_a_verb_that_did_nothing_is_reported(directory, reconciler, monkeypatch):
    monkeypatch.setattr(directory.vzctl, "_destroy", lambda *_: "")
    directory.add("209", MARKED + CONF, "running")

    with pytest.raises(errors.NotTakenError) as caught:
        reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), force=True))

    assert done(caught.value) == {"209": {"container": {"old": "running", "new": "stopped"}}}


def test_a_set_by_hand_reports_its_own_keys_alone(directory, reconciler, monkeypatch):
    directory.add("209", MARKED + CONF)
    container = reconciler.resolve("209")

    def set_(ctid, options):
        directory.conf(ctid).write_text('CPUS="2"\nNUMPROC="9:9"\n' + directory.conf(ctid).read_text())

    monkeypatch.setattr(directory.vzctl, "_set", set_)
    outcome = reconciler.change(typed.settings(container, ["--cpus", "2"], LEGACY), container)
    anything = reconciler.change(typed.settings(container, ["--applyconfig", "x"], LEGACY), container)

    assert outcome.changes == {"CPUS": {"old": "", "new": "2"}}
    assert anything.changes == {}


def test_a_set_that_failed_reports_what_it_has_saved_anyway(directory, reconciler, monkeypatch):
    directory.add("209", MARKED + CONF)
    container = reconciler.resolve("209")

    def set_(ctid, options):
        directory.conf(ctid).write_text('CPUS="2"\n' + directory.conf(ctid).read_text())
        raise errors.VzctlError("vzctl set 209 ended with code 5", 5)

    monkeypatch.setattr(directory.vzctl, "_set", set_)
    with pytest.raises(errors.VzctlError) as caught:
        reconciler.change(typed.settings(container, ["--cpus", "2"], LEGACY), container)

    assert done(caught.value) == {"209": {"CPUS": {"old": "", "new": "2"}}}
    assert str(caught.value).endswith("code 5; saved all the same: CPUS")


def test_a_typed_set_that_failed_says_what_waits_and_that_the_container_is_down(directory, reconciler, monkeypatch):
    half = replace(LEGACY, not_applied={146: ("cpumask",)})
    directory.vzctl.flavour = half
    directory.vzctl.uptimes = {"209": 1000, "210": 1000}
    for ctid in ("209", "210"):
        directory.add(ctid, MARKED + CONF, status="running")
    said = {}

    def set_(ctid, options):
        directory.conf(ctid).write_text('CPUS="2"\nCPUMASK="50"\n' + directory.conf(ctid).read_text())
        directory.vzctl.statuses[ctid] = "stopped" if "--setmode" in options else "running"
        raise errors.VzctlError(f"vzctl set {ctid} ended with code 146", 146)

    monkeypatch.setattr(directory.vzctl, "_set", set_)
    for ctid, words in (("209", ["--cpus", "2"]), ("210", ["--cpus", "2", "--setmode", "restart"])):
        container = reconciler.resolve(ctid)
        with pytest.raises(errors.VzctlError) as caught:
            reconciler.change(typed.settings(container, words, half), container)
        said[ctid] = str(caught.value)

    assert said["209"].endswith("146; saved all the same: CPUS; not in effect before a restart: cpumask")
    assert reconciler.pending(reconciler.resolve("209")) == ("cpumask",)
    assert said["210"].endswith("146; saved all the same: CPUMASK, CPUS; it was running and is stopped now")


def test_what_is_left_of_a_destroyed_container_is_an_error(directory, reconciler, monkeypatch):
    directory.add("209")
    monkeypatch.setattr(directory.vzctl, "_destroy", lambda *_: "")

    with pytest.raises(errors.NotTakenError, match="vzctl destroy reported success, but container 209 is still there"):
        reconciler.destroy(reconciler.destroy_plan(reconciler.resolve("209"), adopt=True))


@pytest.mark.parametrize(
    ("template", "advice"),
    [
        ("debian-12-x86_64.tar.gz", "write it without .tar.gz: debian-12-x86_64"),
        ("debian-12-x86_64.tgz", "write it without .tgz: debian-12-x86_64"),
        ("debian-12", "did you mean debian-12-x86_64? Otherwise vzctl will try to download it"),
        ("debian-1", "vzctl will try to download it"),
        ("debain-12-x86_64", "did you mean debian-12-x86_64? Otherwise vzctl will try to download it"),
        ("Debian-12-x86_64", "did you mean debian-12-x86_64? Otherwise vzctl will try to download it"),
        ("debian-11-x86_64", "vzctl will try to download it"),
        ("centos-6-x86_64.tar.gz", "vzctl will try to download it"),
    ],
)
def test_a_template_that_is_not_in_the_cache_is_reported_by_its_name_there(directory, reconciler, template, advice):
    (directory.root / "template/cache/debian-12-x86_64.tar.gz").touch()

    made = reconciler.plan(Domain("209", template=template))

    assert f"template {template} is not in the cache of this node; {advice}" in made.warnings


def test_a_plan_is_made_for_the_vzctl_of_the_node(directory, reconciler):
    directory.add("209", MARKED + CONF)
    rows = {name: row for name, row in LEGACY.parameters.items() if name != "bootorder"}
    directory.vzctl.release = lambda: (replace(LEGACY, parameters=rows), "4.11.1")

    with pytest.raises(errors.DocumentError, match="bootorder: vzctl 4.11.1 has no parameter for it"):
        reconciler.define(Domain("209", bootorder=10))
    assert directory.vzctl.runs == []
