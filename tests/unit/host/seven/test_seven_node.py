"""Containers of vzctl 7 to 9 on their node: links, areas, names, owners, and what the kernel says of them."""

import os

import pytest
from sevennode import CTID, OTHER, SevenNode
from vzdomain import errors
from vzdomain.host import marks, traces

SHARED = "/dev/vda1 / ext4 rw 0 0\nserver:/vz {0}/vz nfs4 rw 0 0\n"


@pytest.fixture
def at(tmp_path):
    return SevenNode(tmp_path)


def refused(at, ctid=CTID):
    with pytest.raises(errors.RefusedError) as found:
        at.fresh().container(ctid)
    return str(found.value)


# whole ones


@pytest.mark.parametrize("ctid", [CTID, "101"])
def test_a_container_is_read_through_its_link(at, ctid):
    at.add(ctid, name="web1", more='HOSTNAME="web.example.com"\n')

    found = at.node.container(ctid)

    assert (found.domain.name, found.domain.hostname, found.status) == ("web1", "web.example.com", "stopped")
    assert (found.private, found.layout, found.file) == (str(at.area(ctid)), "ploop", str(at.conf(ctid)))
    assert at.programs.asked == []  # neither vzlist nor vzctl


def test_it_is_found_by_name_and_by_uuid(at):
    at.add("101", uuid=OTHER, name="web1")

    assert at.node.by_name("web1") == at.node.by_uuid(OTHER) == "101"


def test_a_name_leads_to_whoever_has_the_area_and_not_to_whom_it_is_called_for(at):
    at.add(OTHER, area=CTID, name="web1")

    assert at.node.by_name("web1") == OTHER
    assert at.node.leftovers(CTID) == ()
    assert [one.ctid for one in at.node.containers()] == [OTHER]


def test_a_name_may_point_to_the_link_in_the_directory_of_containers(at):
    at.add(name="web1")
    (at.root / "etc/vz/names/web1").unlink()
    (at.root / "etc/vz/names/web1").symlink_to(at.conf())

    assert at.node.by_name("web1") == CTID


# what the kernel says


@pytest.mark.parametrize(("frozen", "status"), [("THAWED", "running"), ("FROZEN", "paused"), ("FREEZING", "running")])
def test_the_kernel_says_what_runs_and_what_is_paused(at, frozen, status):
    at.add()
    at.run(frozen=frozen)

    assert at.node.status(CTID) == status
    assert at.programs.asked == []


def test_vzctl_is_asked_where_no_freezer_tells_whether_one_is_paused(at):
    at.add()
    at.run()
    at.programs.says["status", CTID] = f"VEID {CTID} exist mounted paused\n"

    assert at.node.status(CTID) == "paused"


def test_mounted_and_suspended_are_seen_in_mounts_and_in_the_area(at):
    at.add()
    at.mount()
    (at.add(OTHER) / "dump/Dump").mkdir()

    assert (at.node.status(CTID), at.node.status(OTHER)) == ("mounted", "suspended")
    assert at.programs.asked == []


def test_a_status_is_looked_at_again_after_a_change(at):
    at.add()
    assert at.node.status(CTID) == "stopped"
    at.run(frozen="THAWED")
    at.node.forget(CTID)

    assert at.node.status(CTID) == "running"


def test_a_worker_with_one_container_looks_each_time_it_has_forgotten(at):
    at.add()
    alone = at.node.alone(CTID)
    assert alone.status(CTID) == "stopped"
    at.run(frozen="THAWED")
    alone.forget(CTID)

    assert alone.status(CTID) == "running"


def test_vzlist_is_asked_where_the_kernel_does_not_tell(at):
    at.add()
    (at.root / "proc/vz/veinfo").unlink()
    at.programs.listed = f'[\n  {{\n    "ctid": "{CTID}",\n    "status": "mounted",\n    "uptime": 0.000\n  }}\n]\n'

    assert at.node.status(CTID) == "mounted"
    assert at.programs.asked == [("vzlist", "-a", "-j", "-o", "ctid,status,uptime")]


def test_the_fast_list_of_what_does_not_run_is_asked_once_where_mounts_are_not_known(at):
    at.add()
    at.add(OTHER)
    (at.root / "proc/mounts").unlink()
    rows = ",\n".join(f'{{\n "ctid": "{one}",\n "status": "stopped"\n }}' for one in (CTID, OTHER))
    at.programs.listed = f"[\n{rows}\n]\n"

    assert {at.node.status(CTID), at.node.status(OTHER)} == {"stopped"}
    assert at.programs.asked == [("vzlist", "-S", "-j", "-o", "ctid,status")]


def test_what_runs_without_a_file_is_told_of_and_not_absent(at):
    at.run()
    at.programs.says["status", CTID] = f"VEID {CTID} deleted mounted running\n"

    assert "is running" in refused(at) and "no configuration file" in refused(at)


# what cannot be used is never absent


def test_a_dangling_link_is_a_container_that_is_there_in_part(at):
    at.add()
    at.area().rename(at.root / "away")

    assert refused(at) == (
        f"{at.conf()} of container {CTID} is a link to {at.area()}/ve.conf, which does not exist; mount or restore "
        f"{at.area()}, or remove the link if the container is gone for good"
    )
    assert at.node.leftovers(CTID) == (str(at.conf()),)


def test_an_area_that_nobody_has_registered_is_not_free_for_another(at):
    at.add()
    at.conf().unlink()

    assert f"openvz.adopt {at.area()} registers it" in refused(at)
    assert at.node.unregistered() == {str(at.area()): CTID}


def test_an_unregistered_area_of_another_name_is_found(at):
    at.add("101", area="area1")
    assert at.node.unregistered() == {}
    at.conf("101").unlink()

    assert at.fresh().unregistered() == {str(at.area("area1")): None}


def test_a_value_that_vzctl_refuses_makes_a_container_unusable_and_not_absent(at):
    at.add(more='NETIF="ifname=eth0,gw=x"\n')
    at.add(OTHER)

    assert refused(at).startswith(f"{at.conf()} says NETIF='ifname=eth0,gw=x', which is not valid: vzctl refuses")
    assert {one.ctid: (one.status, bool(one.trouble)) for one in at.fresh().containers()} == {
        CTID: ("unusable", True),
        OTHER: ("stopped", False),
    }
    assert at.node.by_uuid(CTID) == CTID


def test_a_type_that_this_vzctl_does_not_know_makes_it_unusable_there(at):
    at.add(more='NETIF="ifname=venet0,type=routed"\n')
    assert at.node.container(CTID)
    at.programs.number = "7.0.254"

    assert "type=routed" in refused(at)


def test_an_area_of_another_node_on_shared_storage_is_not_touched(at):
    (at.add() / ".owner").write_text("node2.example.test")
    assert at.node.container(CTID)  # on a disk of the node nobody looks
    (at.root / "proc/mounts").write_text(SHARED.format(at.root))

    assert refused(at).startswith(
        f"container {CTID} belongs to the node node2.example.test, not to node1.example.test, as {at.area()}/.owner "
        f"says: vzctl does nothing with it here"
    )


def test_our_own_area_on_shared_storage_is_ours_and_an_empty_owner_is_not(at):
    area = at.add()
    (at.root / "proc/mounts").write_text(SHARED.format(at.root))
    assert at.fresh().container(CTID)
    (area / ".owner").write_text("")

    assert "belongs to the node (none)" in refused(at)


def test_a_file_in_the_place_of_the_link_is_refused_where_the_area_says_something_else(at):
    area = at.add()
    at.conf().unlink()
    at.conf().write_text((area / "ve.conf").read_text() + 'CPUS="2"\n')

    assert f"{at.conf()} is a file and not a link to {area}/ve.conf, which says something else" in refused(at)


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_in_the_place_of_the_link_is_read_where_nothing_can_get_lost(at, is_there):
    area = at.add()
    at.conf().unlink()
    at.conf().write_text((area / "ve.conf").read_text())
    if not is_there:
        (area / "ve.conf").unlink()

    assert at.node.container(CTID)
    assert at.node.unregistered() == {}


def test_a_file_in_capitals_is_that_of_another_container_to_vzctl(at):
    at.add()
    at.conf().rename(at.root / f"etc/vz/conf/{CTID.upper()}.conf")

    assert refused(at).startswith(f"{at.root}/etc/vz/conf/{CTID.upper()}.conf is not spelled as container {CTID} is")


def test_a_ctid_that_is_the_name_of_another_container_is_refused(at):
    at.add("101", name="102")
    at.add("102", uuid=OTHER)

    assert "to vzctl 102 is the name of container 101" in refused(at, "102")
    assert at.node.container("101")


def test_a_container_may_have_its_own_ctid_for_a_name(at):
    at.add("101", name="101")

    assert at.node.container("101").domain.name == "101"


# marks


def test_a_mark_is_written_to_the_real_file_and_the_link_stays(at):
    area = at.add()
    os.chmod(area / "ve.conf", 0o640)
    before = (area / "ve.conf").read_text()

    marks.write(at.node, CTID, **{"SALT-OPENVZ": f"managed {CTID} hn1"})

    assert at.conf().is_symlink()
    assert (area / "ve.conf").read_text() == f"{before}#SALT-OPENVZ: managed {CTID} hn1\n"
    assert (area / "ve.conf").stat().st_mode & 0o777 == 0o640
    assert at.node.container(CTID).managed


def test_attributes_of_the_real_file_are_kept(at):
    file = at.add() / "ve.conf"
    try:
        os.setxattr(file, "user.note", b"x")
    except OSError:
        file = None  # this file system keeps none

    marks.write(at.node, CTID, TITLE="x")

    assert file is None or os.getxattr(file, "user.note") == b"x"


def test_no_mark_is_written_through_a_dangling_link(at):
    at.add()
    at.area().rename(at.root / "away")

    with pytest.raises(errors.NotSavedError):
        marks.write(at.node, CTID, TITLE="x")
    assert at.conf().is_symlink() and not at.area().exists()


# a node whose vzctl does not answer


@pytest.mark.parametrize(("breaks", "family"), [(False, "7 to 9"), (True, "4.x")])
def test_a_family_is_known_by_its_links_where_vzctl_does_not_answer(at, monkeypatch, breaks, family):
    at.add()
    if breaks:  # nothing that 4.x would not have, too
        at.conf().unlink()
    monkeypatch.setattr(type(at.programs), "flavour", property(no_answer), raising=False)
    at.programs.__dict__.pop("flavour", None)

    assert at.fresh().flavour.family == family


def no_answer(_programs):
    raise errors.CannotAskError("vzctl cannot be run")


@pytest.mark.parametrize("look", [lambda node: node.container(CTID), lambda node: node.by_name("web1") and node])
def test_a_file_that_is_away_for_a_moment_behind_its_link_is_waited_for(at, monkeypatch, look):
    file = at.add(name="web1") / "ve.conf"
    kept = file.rename(file.with_name("kept"))
    monkeypatch.setattr(traces.time, "sleep", lambda _: kept.exists() and kept.rename(file))

    assert look(at.fresh())
    assert file.exists()
