"""The report of a comparison: which status is the worse, and what changes while it is looked at."""

import json

import pytest
from library import CONF, MARKED, listed
from vzdomain.document import entries
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.model.ctid import Ctid
from vzdomain.reports import drift


@pytest.fixture
def examine(directory, journal):
    """Compare entries with the node; ``examine(web01="<domain ...")``."""

    def run(**wanted):
        reconciler = Reconciler(directory.node(), Networks({}), journal)
        read = [entries.read(label, value) for label, value in wanted.items()]
        return drift.examine(reconciler, [entries.with_document(one, one.xml) if one.xml else one for one in read])

    return run


def test_the_worst_status_counts_whatever_comes_first():
    report = drift.Report(Ctid("209"))

    for status in ("unsaved", "drifted", "pending restart"):
        report.note(status, status, None, None, None)

    assert report.status == "drifted"


def test_a_field_has_the_status_that_it_was_first_given():
    report = drift.Report(Ctid("209"))

    report.note("memory", "drifted", "1 GiB", "2 GiB", None)
    report.note("memory", "unsaved", None, "2 GiB", "3 GiB")

    assert report.fields["memory"]["status"] == "drifted"


@pytest.fixture
def changing(directory):
    """Container 209 runs, and its memory is halved while vzlist is asked."""
    directory.add("209", MARKED + CONF, "running")
    shown = json.dumps([listed("209")], indent=2)

    def change_and_list(*_):
        directory.conf("209").write_text(directory.conf("209").read_text().replace("65536", "32768"))
        return shown

    directory.vzctl.list = change_and_list


@pytest.mark.usefixtures("changing")
def test_a_container_whose_file_changes_meanwhile_is_not_called_unsaved(examine):
    assert examine()["209"] == {
        "ctid": 209,
        "status": "unmanaged",
        "fields": {},
        "notes": [drift._MOVING],
        "moving": True,
    }


@pytest.mark.usefixtures("changing")
def test_the_kernel_of_before_is_not_shown_beside_the_file_of_after(examine):
    found = examine(**{"209": "<domain type='openvz'><name>209</name><memory unit='MiB'>256</memory></domain>"})

    field = {"status": "drifted", "pillar": "256 MiB", "file": "128 MiB", "running": None}
    assert found["209"] == {
        "ctid": 209,
        "status": "drifted",
        "fields": {"memory": field},
        "notes": [drift._MOVING],
        "moving": True,
    }


def test_a_running_container_without_a_file_is_an_error(directory, examine):
    directory.vzctl.listed = json.dumps([listed("209")], indent=2)

    found = examine()["209"]

    assert (found["ctid"], found["status"]) == (209, "error")
    assert "has no configuration file" in found["error"]


def test_two_entries_for_one_container_are_reported(directory, examine):
    directory.add("209", CONF, name="web01")
    directory.vzctl.listed = json.dumps([listed("209", "stopped")], indent=2)
    document = "<domain type='openvz'><name>{}</name><description>{}</description></domain>"

    found = examine(one=document.format("209", "a"), two=document.format("web01", "b"))

    assert [one["error"] for one in found.values()] == ["one and two refer to the same container 209"] * 2


def test_what_is_pending_is_reported_for_containers_without_an_entry_too(directory, examine, journal):
    directory.add("209", CONF + 'FEATURES="nfs:on"\n', "running")
    directory.vzctl.listed = json.dumps([listed("209", uptime=1000.0)], indent=2)
    journal.wait_for_restart("209", ["features", "what a newer version has"])

    found = examine()["209"]

    field = {"status": "pending restart", "pillar": None, "file": {"nfs": "on"}, "running": None}
    assert found == {"ctid": 209, "status": "unmanaged", "fields": {"features": field}}


def routed(name, *addresses):
    pairs = "".join(f"<interface type='ethernet'><ip address='{one}'/></interface>" for one in addresses)
    return f"<domain type='openvz'><name>{name}</name><devices>{pairs}</devices></domain>"


@pytest.mark.parametrize("giver", [routed("101", "10.0.0.9"), {"state": "absent"}])
def test_an_address_that_another_entry_gives_up_is_drift_and_no_error(directory, examine, giver):
    for ctid, address in (("101", "10.0.0.1"), ("102", "10.0.0.2")):
        directory.add(ctid, f'{MARKED}{CONF}IP_ADDRESS="{address}"\n')
    directory.vzctl.listed = json.dumps([listed("101", "stopped"), listed("102", "stopped")], indent=2)

    found = examine(**{"102": routed("102", "10.0.0.1"), "101": giver})

    assert [one["status"] for one in found.values()] == ["drifted", "drifted"]


def test_two_entries_for_one_container_are_errors_as_in_a_plan(directory, examine):
    directory.add("101", MARKED + CONF, name="web")
    directory.vzctl.listed = json.dumps([listed("101", "stopped")], indent=2)

    found = examine(
        web={"state": "stopped"},
        **{"101": {"state": "stopped"}, "gone": {"state": "absent"}, "lost": {"state": "absent"}},
    )

    assert {label: one.get("error") for label, one in found.items()} == {
        "web": "web and 101 refer to the same container 101",
        "101": "web and 101 refer to the same container 101",
        "gone": None,
        "lost": None,
    }


def test_what_only_an_adoption_would_do_is_in_nobodys_way(directory, examine):
    directory.add("101", CONF)
    directory.vzctl.listed = json.dumps([listed("101", "stopped")], indent=2)
    new = routed("new", "10.0.0.1").replace("<devices>", "<memory unit='MiB'>256</memory><devices>")

    found = examine(**{"101": routed("101", "10.0.0.1"), "new": new})

    assert [one["status"] for one in found.values()] == ["drifted", "drifted"]


def test_a_container_to_come_takes_no_number_that_another_entry_says(examine, directory):
    directory.vzctl.listed = "[]"
    memory = "<devices>", "<memory unit='MiB'>256</memory><devices>"
    new, said = (routed(name, address).replace(*memory) for name, address in (("new", "10.0.0.1"), ("101", "10.0.0.2")))

    found = examine(new={"xml": new, "state": "running"}, **{"101": {"xml": said, "state": "running"}})

    assert [one["status"] for one in found.values()] == ["drifted", "drifted"]
