"""An entry whose document has got another name: the container that it meant before is not forgotten."""

import pytest
from library import UUID
from vzdomain.document.entries import Entry, read, with_document
from vzdomain.execution import executor
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.planning import planner

NO_LIMITS = dict.fromkeys(planner.COUNTS)
META = "<metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:ctid>101</o:ctid></metadata>"


@pytest.fixture
def run(directory, journal):
    """Follow entries; label -> what became of each."""

    def run(*entries, test=False):
        reconciler = Reconciler(directory.node(), Networks({}), journal, lock_timeout=0)
        if test:
            jobs = planner.Planner(reconciler).jobs(entries)
            return {job.label: executor.untouched(job) for job in jobs}
        jobs = planner.begin(reconciler, entries, NO_LIMITS)
        return {one.label: one for one in executor.Executor(reconciler).do(jobs)}

    return run


def entry(label, name, *inner, place="openvz:domains", **said):
    xml = f"<domain type='openvz'><name>{name}</name>{''.join(inner)}</domain>"
    found = read(label, {"xml": xml, **said})
    return with_document(Entry(**{**vars(found), "place": place}), found.xml)


def test_a_new_name_alone_makes_another_container_and_says_which_one_stays(run):
    run(entry("dns", "dns1"))

    for test in (True, False):
        (warning,) = run(entry("dns", "app3"), test=test)["dns"].warnings
        assert "dns used to be container 101 (dns1); that one stays as it is" in warning
        assert "<openvz:ctid>101</openvz:ctid>" in warning
        assert "name: '101' and state: absent" in warning


def test_a_new_name_with_the_address_of_before_is_refused_with_the_way_to_rename(run):
    address = "<devices><interface type='ethernet'><ip address='192.0.2.10'/></interface></devices>"
    run(entry("dns", "dns1", address))

    for test in (True, False):
        error = run(entry("dns", "app3", address), test=test)["dns"].error
        assert "192.0.2.10 belongs to container 101" in error
        assert "dns used to be container 101 (dns1): to rename that one to app3, write <openvz:ctid>101" in error


@pytest.mark.parametrize("inner", [(META,), (f"<uuid>{UUID}</uuid>",)])
def test_a_rename_that_says_which_container_is_meant_warns_of_nothing(run, inner):
    run(entry("dns", "dns1", *inner))

    done = run(entry("dns", "app3", *inner))["dns"]

    assert (done.ctid, list(done.changes), done.warnings) == ("101", ["name"], [])


def test_another_entry_that_means_the_first_container_is_no_reason_to_warn(run):
    run(entry("dns", "dns1"))

    done = run(entry("dns", "app3"), entry("old", "dns1"))

    assert [one.warnings for one in done.values()] == [[], []]


def test_a_container_that_is_gone_is_not_left_behind(run):
    run(entry("dns", "dns1"))
    run(Entry("dns", name="dns1", state="absent"))

    assert run(entry("dns", "app3"))["dns"].warnings == []


def test_the_same_label_below_another_key_is_another_entry(run):
    run(entry("dns", "dns1"))

    assert run(entry("dns", "app3", place="other:domains"))["dns"].warnings == []


def test_an_unchanged_run_remembers_too(run, journal):
    run(entry("dns", "dns1"))
    journal.follow({"101": None})

    run(entry("dns", "dns1"))

    assert journal.followed(label="openvz:domains:dns") == ["101"]
