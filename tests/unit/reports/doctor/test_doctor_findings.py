"""What would keep containers off the network or from starting: each thing that is broken is one finding."""

import os
import shutil

import pytest
from broken_files import FILES
from broken_nodes import NETWORK, NODE
from library import CONF, OTHER_UUID
from patients import brief
from vzdomain.reports import doctor


def test_a_node_where_all_is_well_has_nothing_to_say(patient):
    assert patient.findings() == []
    assert doctor.as_data([]) == []


def test_a_node_without_containers_has_nothing_to_say_either(patient):
    for ctid in ("101", "102"):
        patient.directory.remove(ctid)
    shutil.rmtree(patient.directory.etc / "names")
    patient.vzctl.statuses.clear()

    assert patient.findings() == []


def test_looking_changes_nothing_and_lists_the_node_once(patient):
    def everything():
        paths = sorted(patient.directory.root.rglob("*"))
        return [(path, path.is_file() and path.read_bytes()) for path in paths]

    before = everything()

    patient.findings()

    assert everything() == before
    assert (patient.vzctl.runs, len(patient.vzctl.lists)) == ([], 1)


BROKEN = {**NODE, **NETWORK, **FILES}


@pytest.mark.parametrize(("breaks", "is_", "where", "what", "remedy"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_its_one_finding(patient, breaks, is_, where, what, remedy):
    breaks(patient)

    found = patient.only()

    assert brief(found) == is_
    assert found.where == where or found.where.endswith(f"/{where}")
    assert what in found.what
    assert remedy in found.remedy


def test_every_check_that_has_a_place_in_the_order_can_be_found():
    others = {
        "network_inactive",
        "libvirt",
        "setting",
        "unusable",
        "owner",
        "conf_link",
        "unregistered",
        "move",
        "old_copy",
    }
    assert {is_[0] for _, is_, *_ in BROKEN.values()} | others == set(doctor.ORDER)


# what is no fault


@pytest.mark.parametrize(
    "change",
    {
        "a bridge that is up": lambda p: (p.net / "br0/flags").write_text("0x1003\n"),
        "an address of no container": lambda p: p.append("101", "# 198.51.100.2"),
        "no IPv6, and nobody with such an address": lambda p: (
            p.replace("102", " 2001:db8::2", ""),
            shutil.rmtree(p.proc / "sys/net/ipv6"),
        ),
        "no script, and no veth that would be in a bridge": lambda p: (
            p.replace("101", "bridge=br0,", ""),
            p.replace("102", "bridge=br0,", ""),
            (p.directory.etc / "vznet.conf").unlink(),
        ),
        "a pair whose ends have one MAC": lambda p: p.replace("102", "FE:FF:FF:FF:FF:FF", "00:18:51:00:00:66"),
        "a stopped container's veth": lambda p: p.vzctl.statuses.update({"101": "stopped"}),
        "a device that a running container has": lambda p: (
            (p.net / "eth1").rmdir(),
            p.vzctl.statuses.update({"102": "running"}),
            p.device("v102.0"),
            (p.net / "br0/brif/v102.0").touch(),
        ),
        "a device of a container that is suspended": lambda p: (
            (p.net / "eth1").rmdir(),
            p.vzctl.statuses.update({"102": "suspended"}),
        ),
        "a device that is taken away": lambda p: p.append("102", 'DEVNODES="net/tun:none"', 'DEVICES="c:10:200:none"'),
        "a lock that is released meanwhile": lambda p: p.directory.lock("101").unlink(),
        "a lock that is gone when it is looked at": lambda p: p.directory.lock("102").symlink_to("gone"),
        "another file in the lock directory": lambda p: (p.directory.root / "lock/vz.lck").touch(),
        "half a container that a vzctl is making": lambda p: (
            p.directory.conf("150").write_text(CONF),
            p.directory.lock("150").write_text(f"{os.getpid()}\n"),
        ),
        "a doubled key of which the first counts": lambda p: p.append("102", 'CPUS="2"', 'CPUS="3"'),
        "an empty value": lambda p: p.append("102", 'NUMPROC=""'),
        "a key that is none of vzctl's": lambda p: p.append("102", ' MINE="x"', 'MINE="y"'),
        "a limit of swap in vz.conf": lambda p: (
            p.replace("102", "SWAPPAGES", "#SWAPPAGES"),
            p.settings('SWAPPAGES="0:1G"'),
        ),
        "the sample's own configuration of the node": lambda p: (p.directory.etc / "conf/0.conf").write_text("x\n"),
        "UUIDs that differ": lambda p: p.append("101", f"#UUID: {OTHER_UUID}"),
    }.items(),
    ids=lambda one: one[0],
)
def test_what_is_as_it_should_be_is_not_a_finding(patient, change):
    change[1](patient)

    assert patient.findings() == []


def test_half_a_container_whose_vzctl_has_died_is_found(patient):
    patient.directory.conf("150").write_text(CONF)
    patient.directory.lock("150").write_text(f"{2**22}\n")

    assert [brief(found) for found in patient.findings()] == [("half", ("150",)), ("lock", ("150",))]


def test_what_vzlist_says_beside_its_table_is_passed_over(patient):
    patient.vzctl.listed = "Warning at 101.conf: skipped\nodd line\n" + patient.vzctl.list("-a")
    (patient.net / "eth1").rmdir()

    assert brief(patient.only()) == ("netdev", ("102",))


def test_a_file_that_is_removed_meanwhile_is_not_a_finding(patient, monkeypatch):
    monkeypatch.setattr("vzdomain.host.node.Node.ctids", lambda node: ["101", "102", "150"])

    assert patient.findings() == []
