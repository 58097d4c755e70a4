"""What the doctor finds on a node of vzctl 7 to 9 that it does not look for elsewhere."""

import pytest
from sevennode import CTID, OTHER, SevenNode
from vzdomain.reports import doctor

ABOUT_THE_NODE = ("template_cache", "ip_forward", "proxy_arp")
SHARED = "/dev/vda1 / ext4 rw 0 0\nserver:/vz {0}/vz nfs4 rw 0 0\n"


@pytest.fixture
def at(tmp_path):
    made = SevenNode(tmp_path)
    made.add(more='PHYSPAGES="65536:65536"\nSWAPPAGES="0:0"\n')
    return made


def found(at):
    at.fresh()
    findings = doctor.examine(at.node, str(at.root / "proc"), virsh="no-virsh")
    return [one for one in findings if one.check not in ABOUT_THE_NODE and "proc/sys" not in one.where]


def only(at):
    (one,) = found(at)
    return one


def test_nothing_is_wrong_with_a_good_node(at):
    assert found(at) == []


def test_a_dangling_link(at):
    at.area().rename(at.root / "away")

    one = only(at)

    assert (one.check, one.containers) == ("half", (CTID,))
    assert f"is a link to {at.area()}/ve.conf, which does not exist" in one.what
    assert one.remedy.startswith(f"mount or restore {at.area()}")


def test_a_value_that_vzctl_refuses(at):
    with open(at.area() / "ve.conf", "a", encoding="utf-8") as stream:
        stream.write('CPUUNITS="x"\n')

    one = only(at)

    assert (one.check, one.containers) == ("unusable", (CTID,))
    assert "says CPUUNITS='x', which is not valid: vzctl refuses" in one.what
    assert one.remedy == f"fix that line in {at.area()}/ve.conf by hand"


def test_a_foreign_owner_on_shared_storage(at):
    (at.area() / ".owner").write_text("node2.example.test")
    assert found(at) == []
    (at.root / "proc/mounts").write_text(SHARED.format(at.root))

    one = only(at)

    assert (one.check, one.containers) == ("owner", (CTID,))
    assert f"vzctl register {at.area()} {CTID} --force" in one.remedy


def test_a_file_in_the_place_of_the_link(at):
    text = at.conf().read_text()
    at.conf().unlink()
    at.conf().write_text(text)

    one = only(at)

    assert (one.check, one.containers) == ("conf_link", (CTID,))
    assert one.remedy == f"mv {at.conf()} {at.area()}/ve.conf && ln -s {at.area()}/ve.conf {at.conf()}"


def test_such_a_file_that_says_something_else_than_the_area(at):
    text = at.conf().read_text()
    at.conf().unlink()
    at.conf().write_text(text + 'CPUS="2"\n')

    assert [one.check for one in found(at)] == ["conf_link"]
    assert "decide which one is right" in found(at)[0].remedy


def test_a_file_in_capitals(at):
    text = at.conf().read_text()
    (at.root / f"etc/vz/conf/{OTHER.upper()}.conf").write_text(text)

    one = only(at)

    assert (one.check, one.containers) == ("conf_link", (OTHER,))
    assert "never shown by vzlist" in one.what


@pytest.mark.parametrize("area", [OTHER, "area1"])
def test_an_area_that_is_not_registered(at, area):
    at.add(OTHER, area=area)
    at.conf(OTHER).unlink()

    one = only(at)

    assert one.check == "unregistered"
    assert one.remedy.startswith(f"openvz.adopt {at.area(area)} registers it")


def test_a_name_that_is_the_ctid_of_another_container(at):
    at.add("101", more='PHYSPAGES="1:1"\n', name="102")
    at.add("102", more='PHYSPAGES="1:1"\n', uuid=OTHER)

    one = only(at)

    assert (one.check, one.containers) == ("unusable", ("102",))
    assert one.remedy == "vzctl set 101 --name NAME --save gives that one another name"


def test_no_memory_at_all(at):
    at.add("101")

    one = only(at)

    assert (one.check, one.containers) == ("memory", ("101",))
    assert one.what.endswith("has no PHYSPAGES")


def test_an_attribute_of_a_pair_that_no_vzctl_of_this_family_knows(at):
    at.add("101", more='PHYSPAGES="1:1"\nNETIF="ifname=eth0,mac=00:18:51:AA:BB:01,bridge=br0"\n')

    one = only(at)

    assert (one.check, one.containers) == ("conf_ignored", ("101",))
    assert "NETIF: bridge=br0" in one.what


def test_two_lines_of_one_key_are_no_trouble_here(at):
    at.add("101", more='PHYSPAGES="1:1"\n  CPUS="1"\nCPUS="2"\n')

    assert found(at) == []


def test_two_containers_of_one_uuid_are_told_apart_by_vzctls_own_means(at):
    at.add(OTHER, uuid=CTID, more='PHYSPAGES="65536:65536"\n')

    (one,) = [one for one in found(at) if one.check == "duplicate_uuid"]

    assert f"vzctl unregister {one.containers[-1]} && vzctl register" in one.remedy
    assert f"{one.containers[-1]} --uuid $(uuidgen)" in one.remedy and "define" not in one.remedy


@pytest.mark.parametrize("more", ["", 'NUMPROC="100:100"\nPRIVVMPAGES="65536:65536"\n'])
def test_no_limit_but_physpages_lets_a_container_start(at, more):
    at.add(OTHER, more=more)

    (one,) = [one for one in found(at) if one.check == "memory"]

    assert one.containers == (OTHER,)
    assert one.what.endswith("has no PHYSPAGES") and one.remedy.startswith(f"vzctl set {OTHER} --ram")
