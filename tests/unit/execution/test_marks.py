"""Whose a container is when its file has been copied: to another CTID, to another node, into a sample."""

import json

import pytest
from library import CONF, MARKED, OTHER_UUID, UUID, listed
from vzdomain import errors
from vzdomain.document.entries import Entry, read, with_document
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.host.node import Node
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.planning import planner, protection
from vzdomain.reports import doctor, drift, dump, inventory

OURS = f"#UUID: {UUID}\n{MARKED}{CONF}"
COPY = OURS.replace("$CTID", "101")
XML = "<domain type='openvz'><name>{}</name>{}</domain>"


@pytest.fixture
def reconciler(directory, journal):
    return Reconciler(directory.node(), Networks({}), journal, lock_timeout=0)


@pytest.fixture
def copied(directory):
    """101 is ours; 102 is what ``cp 101.conf 102.conf`` and a copy of the area make of it."""
    directory.add("101", OURS, name="shop")
    directory.add("102", COPY + 'NAME="shop"\n')
    return directory


def entry(label, xml, **said):
    found = read(label, {"xml": xml, **said})
    return with_document(found, found.xml)


def test_a_copied_mark_is_not_a_mark(copied, reconciler):
    ours, copy = reconciler.resolve("101"), reconciler.resolve("102")

    assert (ours.managed, ours.mark) == (True, None)
    assert (copy.managed, copy.mark) == (False, "101 on node")
    lines = inventory.listing(reconciler)
    assert {name: (one["managed"], one.get("mark")) for name, one in lines.items()} == {
        "shop": (True, None),
        "shop (102)": (False, "101 on node"),
    }


@pytest.mark.parametrize(
    "text", ["#SALT-OPENVZ: managed\n", "#SALT-OPENVZ: managed 209\n", "#SALT-OPENVZ: managed x y\n"]
)
def test_a_mark_that_names_nobody_of_here_is_not_a_mark(directory, reconciler, text):
    directory.add("209", text + CONF)

    assert reconciler.resolve("209").managed is False
    with pytest.raises(errors.RefusedError, match=r"209 is not managed by Salt \(its mark is that of .*a copy"):
        reconciler.plan(Domain("209", vcpu=2))


@pytest.mark.parametrize(
    "text", ["#  SALT-OPENVZ :\tmanaged   209 \t node \r\n", "#SALT-OPENVZ:managed 209 node\n" * 2]
)
def test_blanks_make_no_copy_of_a_mark(directory, reconciler, text):
    directory.add("209", text + CONF)

    assert (reconciler.resolve("209").managed, reconciler.resolve("209").mark) == (True, None)


def test_a_copy_is_changed_only_once_it_is_adopted(copied, reconciler):
    wanted = Domain("shop", ctid=Ctid("102"), vcpu=2)

    with pytest.raises(errors.RefusedError, match="102 is not managed by Salt .*101 on node.* in: vcpu; adopt"):
        reconciler.define(wanted)
    reconciler.define(wanted, adopt=True)

    assert copied.comments("102")["SALT-OPENVZ"] == "managed 102 node"
    assert copied.conf("102").read_text().count("SALT-OPENVZ") == 1
    assert copied.comments("101")["SALT-OPENVZ"] == "managed 101 node"


def test_adopting_replaces_every_mark_that_a_file_has(directory, reconciler):
    directory.add("209", "#SALT-OPENVZ: managed 209 node\n # SALT-OPENVZ: managed 101 node\n" + CONF)
    assert reconciler.resolve("209").mark == "209 on node and 101 on node"

    reconciler.run(reconciler.adopt(reconciler.resolve("209")))

    assert reconciler.resolve("209").managed
    assert directory.conf("209").read_text().count("SALT-OPENVZ") == 1


def test_purging_never_touches_a_copy(copied, reconciler):
    copied.add("103", MARKED + CONF)
    entries = [entry("shop", XML.format("shop", f"<uuid>{UUID}</uuid>"))]

    assert [one.ctid for one in protection.orphans(reconciler, entries)] == ["103"]


def test_a_copy_is_deleted_by_no_entry_that_does_not_adopt_it(copied, reconciler):
    with pytest.raises(errors.RefusedError, match=r"102 is not managed by Salt \(.*101 on node.*\); adopt: true"):
        planner.destruction(reconciler, Entry("102", state="absent"))
    assert planner.destruction(reconciler, Entry("102", state="absent", adopt=True)).calls


def test_the_mark_of_another_node_is_not_a_mark_here(copied, journal):
    there = Node(copied.vzctl, str(copied.etc), str(copied.net), "hn2")
    reconciler = Reconciler(there, Networks({}), journal, lock_timeout=0)

    assert [(one.managed, one.mark) for one in there.containers()] == [(False, "101 on node")] * 2
    reconciler.run(reconciler.adopt(reconciler.resolve("101")))
    assert copied.comments("101")["SALT-OPENVZ"] == "managed 101 hn2"


def test_the_mark_outlives_a_rename(copied, reconciler):
    reconciler.define(Domain("store", ctid=Ctid("101")))

    assert reconciler.resolve("store").managed


def test_drift_calls_a_copy_unmanaged_and_says_why(copied, reconciler):
    copied.vzctl.listed = json.dumps([listed("101", "stopped"), listed("102", "stopped")], indent=2)

    found = drift.examine(reconciler, [entry("shop", XML.format("shop", f"<uuid>{UUID}</uuid>"))])

    assert found["shop"]["status"] == "in sync"
    assert found["shop (102)"]["status"] == "unmanaged"
    assert "its mark is that of 101 on node: the file is a copy" in found["shop (102)"]["notes"][0]


def test_a_uuid_twice_means_the_container_whose_mark_is_its_own(copied, reconciler):
    assert reconciler.find(Domain("shop", uuid=UUID)) == "101"
    assert reconciler.find(Domain("shop", ctid=Ctid("102"), uuid=UUID)) == "102"
    assert reconciler.look_up(UUID).ctid == "101"


def test_a_uuid_that_nothing_else_tells_apart_is_refused_by_both_ctids(directory, reconciler):
    directory.add("101", f"#UUID: {UUID}\n{CONF}")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")

    for ask in (lambda: reconciler.find(Domain("web", uuid=UUID)), lambda: reconciler.look_up(UUID)):
        with pytest.raises(
            errors.RefusedError, match=f"containers 101 and 102 have the UUID {UUID}: put <openvz:ctid>"
        ):
            ask()
    assert reconciler.find(Domain("101", uuid=UUID)) == "101"


def test_the_dump_of_a_node_with_a_copy_is_planned_unchanged(copied, reconciler):
    found, _ = dump.domains(reconciler)

    jobs = planner.Planner(reconciler).jobs([entry(label, one["xml"]) for label, one in found.items()])

    assert [(job.plan.ctid, job.error, job.plan.calls) for job in jobs] == [("101", None, ()), ("102", None, ())]


# samples


@pytest.mark.parametrize("mark", ["managed 500 node", "managed 101 node"])
@pytest.mark.parametrize("uuid", [None, OTHER_UUID])
def test_a_sample_made_of_a_container_lends_neither_its_mark_nor_its_uuid(directory, reconciler, mark, uuid):
    sample = directory.etc / "conf/ve-vswap-256m.conf-sample"
    sample.write_text(f"#UUID: {UUID}\n#SALT-OPENVZ: {mark}\n" + sample.read_text())
    directory.vzctl.conf = sample.read_text()

    reconciler.define(Domain("101", uuid=uuid))

    assert directory.comments("101").get("UUID") == uuid
    assert directory.comments("101")["SALT-OPENVZ"] == "managed 101 node"
    assert reconciler.plan(Domain("101", uuid=uuid)).calls == ()


# the doctor


def marks(directory, node="node"):
    directory.vzctl.vzctl, directory.vzctl.vzlist, directory.vzctl.version = "vzctl", "vzlist", lambda: "4.11.1"
    found = doctor.examine(Node(directory.vzctl, str(directory.etc), str(directory.net), node), str(directory.root))
    return [(one.containers, one.what, one.remedy) for one in found if one.check == "mark"]


def test_the_doctor_names_a_copied_mark_with_the_remedy(copied):
    ((containers, what, remedy),) = marks(copied)

    assert containers == ("102",)
    assert "Salt's mark of 101 on node" in what
    assert "openvz.adopt 102" in remedy


def test_the_doctor_names_a_minion_with_another_id_once(directory):
    for ctid in ("101", "102", "103"):
        directory.add(ctid, MARKED + CONF)

    ((containers, what, remedy),) = marks(directory, "hn1.example.org")

    assert containers == ("101", "102", "103")
    assert "the minion node, but this one is hn1.example.org" in what
    assert "salt hn1.example.org openvz.adopt 101" in remedy


def test_the_doctor_names_a_sample_that_was_made_of_a_container(directory):
    (directory.etc / "conf/ve-shop.conf-sample").write_text(COPY)

    ((containers, what, remedy),) = marks(directory)

    assert containers == ()
    assert "#SALT-OPENVZ and #UUID" in what
    assert "ve-shop.conf-sample" in remedy
