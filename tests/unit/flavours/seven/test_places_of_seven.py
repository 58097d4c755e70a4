"""Names of files of vzctl 7 to 9, and what its programs print."""

import pytest
from vzdomain.flavours.seven import listing, places

CTID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
LISTED = f"""[
  {{
    "ctid": "101",
    "status": "stopped",
    "uptime": 0.000
  }},
  {{
    "ctid": "{CTID}",
    "status": "paused",
    "uptime": 123.450
  }}
]
"""


@pytest.mark.parametrize("ctid", ["101", CTID])
def test_files_of_numbers_and_of_uuids_are_found(ctid):
    assert places.of_file(f"{ctid}.conf") == places.of_lock(f"{ctid}.lck") == places.of_area(ctid) == ctid


@pytest.mark.parametrize("name", ["0.conf", "0101.conf", f"{CTID.upper()}.conf", f"{{{CTID}}}.conf", "web.conf"])
def test_a_file_of_another_spelling_is_not_that_of_the_container(name):
    assert places.of_file(name) is None


@pytest.mark.parametrize("text", [CTID.upper(), f"{{{CTID}}}", CTID.replace("-", "")])
def test_it_is_known_whose_it_may_have_been_meant_to_be(text):
    assert places.of_other_spelling(f"{text}.conf") == CTID
    assert places.of_other_spelling("0101.conf") == "101"


@pytest.mark.parametrize("name", ["0.conf", "101.conf", f"{CTID}.conf", "ve-basic.conf-sample", "web.conf"])
def test_other_files_are_no_other_spelling(name):
    assert places.of_other_spelling(name) is None


@pytest.mark.parametrize("target", [f"/vz/private/{CTID}/ve.conf", f"/etc/vz/conf/{CTID}.conf"])
def test_a_name_points_to_the_area_or_to_the_link(target):
    assert places.of_target(target) == CTID


@pytest.mark.parametrize("target", ["/vz/private/area1/ve.conf", "/etc/vz/my.conf", f"/vz/private/{CTID}/x.conf"])
def test_other_targets_name_no_container(target):
    assert places.of_target(target) is None


def test_a_dump_is_in_the_area():
    assert places.dump(CTID, {}, "/vz/private/x") == "/vz/private/x/dump/Dump"


def test_templates_of_the_cache_may_be_called_without_their_architecture():
    cached = places.of_template("almalinux-9-x86_64.plain.ploopv2.tar.lz4")

    assert cached == "almalinux-9-x86_64"
    assert places.is_template("almalinux-9", cached) and not places.is_template("almalinux-90", cached)


def test_statuses_are_read_with_paused_among_them():
    assert listing.statuses(LISTED) == [("101", "stopped", 0.0), (CTID, "paused", 123.45)]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("exist mounted running", "running"),
        ("exist mounted paused", "paused"),
        ("exist mounted down", "mounted"),
        ("exist unmounted suspended", "suspended"),
        ("exist unmounted down", "stopped"),
    ],
)
def test_vzctl_status_is_read(words, status):
    assert listing.status(f"VEID {CTID} {words}\n") == status


def test_no_line_is_no_status():
    assert listing.status("") is None


@pytest.mark.parametrize("name", ["nfs", "nfs4", "gfs2", "fuse", "fuse.vstorage", "fuseblk"])
def test_owners_count_on_shared_file_systems(name):
    assert places.SHARED.fullmatch(name)


@pytest.mark.parametrize("name", ["ext4", "xfs", "fusectl", "nfsd", "tmpfs"])
def test_owners_do_not_count_on_others(name):
    assert not places.SHARED.fullmatch(name)
