"""vzmlocal of vzctl 9, as read in its sources."""

import pytest

RUNS, DOWN = "exist mounted running", "exist unmounted down"
GONE = "deleted unmounted down"
NETIF = (
    "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=veth72000001,configure=all,ip=10.0.0.1"
)
GUID = "{11111111-2222-3333-4444-555555555555}"


def local(seven, *words):
    answer = seven.run("hn1", "vzmlocal", *words)
    seven.settle()
    return answer


def is_gone(seven, ctid=105):
    return seven.is_clean("hn1", ctid) and not seven.path("hn1", f"vz/root/{ctid}/etc").exists()


# clone


@pytest.mark.parametrize("running", [False, True], ids=["down", "running"])
def test_a_clone_has_an_identity_of_its_own_and_the_same_address(seven, running):
    """But inside a pair it uses DHCP from then on: that is what vzctl does when it makes new MACs."""
    seven.container("hn1", NAME="web1", IP_ADDRESS="10.0.0.9", NETIF=NETIF, running=running)
    before, source = seven.values("hn1"), seven.state("hn1")

    answer = local(seven, "-C", "101:105")

    assert answer.rc == 0, answer.err
    after = seven.values("hn1", 105)
    assert after["VEID"] == "105"
    assert "NAME" not in after
    assert after["UUID"] != before["UUID"]
    assert after["IP_ADDRESS"].startswith("10.0.0.9")
    assert "dhcp=yes" in after["NETIF"]
    for field in ("mac=C4:37:72:00:00:01", "host_mac=FE:37:72:00:00:01", "veth72000001"):
        assert field not in after["NETIF"]
    assert (seven.marker("hn1", 105), seven.state("hn1", 105)) == ("data of A", DOWN)
    assert (seven.values("hn1"), seven.state("hn1"), seven.marker("hn1")) == (before, source, "data of A")
    assert seven.locks("hn1") == []
    assert seven.run("hn1", "vzctl", "snapshot-list", 101, "-H").out == ""
    assert seven.run("hn1", "vzctl", "start", 105).rc == 0


def test_the_file_systems_of_a_clone_get_uuids_of_their_own(seven):
    seven.container("hn1")
    assert local(seven, "-C", "101:105").rc == 0
    assert local(seven, "-C", "105:106").rc == 0

    found = [(seven.area("hn1", ctid) / "root.hdd/DiskDescriptor.xml").read_text() for ctid in (101, 105, 106)]

    assert len(set(found)) == 3


def test_a_clone_may_have_a_name_and_places(seven):
    seven.container("hn1", NAME="web1")
    area, root = seven.path("hn1", "vz/private/elsewhere"), seven.path("hn1", "vz/root/there")

    assert (
        local(seven, "-C", "--new-name", "web5", "--new-id", 105, "--new-private", area, "--new-root", root, 101).rc
        == 0
    )

    assert seven.run("hn1", "vzctl", "--quiet", "status", "web5").out == f"VEID 105 {DOWN}\n"
    assert seven.marker("hn1", area=area) == "data of A"
    assert seven.values("hn1", 105)["VE_ROOT"] == str(root)


def test_a_clone_has_the_snapshots_too(seven):
    seven.container("hn1")
    assert seven.run("hn1", "vzctl", "snapshot", 101, "--id", GUID).rc == 0
    (seven.area("hn1") / "root.hdd/files/etc/marker").write_text("later")

    assert local(seven, "-C", "101:105").rc == 0
    assert seven.run("hn1", "vzctl", "snapshot-switch", 105, "--id", GUID).rc == 0

    assert (seven.marker("hn1", 105), seven.marker("hn1")) == ("data of A", "later")


def test_what_is_suspended_is_not_cloned(seven):
    seven.container("hn1", running=True)
    assert seven.run("hn1", "vzctl", "suspend", 101).rc == 0

    assert local(seven, "-C", "101:105").rc == 29
    assert is_gone(seven)


@pytest.mark.parametrize("what", ["container", "conf", "area"])
def test_what_is_there_is_9(seven, what):
    seven.container("hn1")
    seven.container("hn1", 105, marker="data of B")
    if what == "area":
        seven.path("hn1", "etc/vz/conf/105.conf").unlink()
    elif what == "conf":
        seven.area("hn1", 105).rename(seven.path("hn1", "elsewhere"))

    assert local(seven, "-C", "101:105").rc == 9
    assert seven.marker("hn1", 105) == (None if what == "conf" else "data of B")


@pytest.mark.parametrize(
    ("words", "rc"),
    [
        ([], 1), (["-C", "101"], 1), (["-C", "101:101"], 1), (["101"], 1), (["-x", "101"], 1),
        (["-C", "nobody:105"], 2), (["-C", "999:105"], 10), (["-C", "--new-name", "web2", "101:105"], 1),
        (["-C", "--new-name", "web2", "--new-id", 105, 101], 45),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(seven, words, rc):
    seven.container("hn1", NAME="web1")
    seven.container("hn1", 202, NAME="web2")

    assert local(seven, *words).rc == rc
    assert seven.state("hn1") == DOWN
    assert is_gone(seven)


def test_too_little_space_is_31(seven):
    seven.container("hn1")
    seven.kernel("hn1", free_kib=0)

    assert local(seven, "-C", "101:105").rc == 31
    assert is_gone(seven)


CLONING = ("lock", "lock-there", "conf-copy", "copy", "register", "mac-renew")


@pytest.mark.parametrize("words", [["--rc", 2], ["--kill", "TERM"]], ids=["fails", "ended"])
@pytest.mark.parametrize("step", [*CLONING, "snapshot", "content", "snapshot-delete"])
def test_a_clone_that_fails_leaves_nothing(seven, step, words):
    seven.container("hn1", running=True, NAME="web1")
    before = seven.values("hn1")
    seven.fault(step, *words, program="vzmlocal")

    rc = local(seven, "-C", "101:105").rc

    assert rc == (25 if "TERM" in words else {"copy": 6, "content": 6, "mac-renew": 54}.get(step, 2))
    assert (seven.state("hn1"), seven.values("hn1"), seven.state("hn1", 105)) == (RUNS, before, GONE)
    assert is_gone(seven)


@pytest.mark.parametrize("step", [*CLONING, "mount"])
def test_a_killed_clone_leaves_what_there_was_and_the_source_as_it_is(seven, step):
    seven.container("hn1", running=True, NAME="web1")
    before = seven.values("hn1")
    seven.fault(step, "--kill", "KILL", "--times", 1, program="vzmlocal")

    assert local(seven, "-C", "101:105").rc == -9

    assert (seven.state("hn1"), seven.values("hn1"), seven.marker("hn1")) == (RUNS, before, "data of A")
    assert ("105.lck" in seven.locks("hn1")) == (step not in ("lock", "lock-there"))
    assert local(seven, "-C", "101:106").rc == 0


# move


@pytest.mark.parametrize("running", [False, True], ids=["down", "running"])
def test_a_container_gets_another_id_and_keeps_its_name(seven, running):
    seven.container("hn1", NAME="web1", NETIF=NETIF, running=running)
    before, state = seven.values("hn1"), seven.state("hn1")

    answer = local(seven, "101:105")

    assert answer.rc == 0, answer.err
    after = seven.values("hn1", 105)
    assert (after["VEID"], after["NAME"]) == ("105", "web1")
    assert after["UUID"] != before["UUID"]
    assert (seven.state("hn1"), seven.state("hn1", 105)) == (GONE, state)
    assert (seven.marker("hn1", 105), seven.area("hn1").exists()) == ("data of A", False)
    assert seven.run("hn1", "vzctl", "--quiet", "status", "web1").out == f"VEID 105 {state}\n"
    assert seven.locks("hn1") == []


def test_an_area_moves(seven):
    seven.container("hn1", NAME="web1", running=True)
    uuid = seven.values("hn1")["UUID"]
    area = seven.path("hn1", "vz/private/elsewhere")

    answer = local(seven, f"101:101:{area}")

    assert answer.rc == 0, answer.err
    after = seven.values("hn1")
    assert (after["VE_PRIVATE"], after["UUID"], after["NAME"]) == (str(area), uuid, "web1")
    assert (seven.state("hn1"), seven.marker("hn1", area=area)) == (RUNS, "data of A")


def test_to_this_node_itself_vzmigrate_is_vzmlocal(seven):
    seven.container("hn1")

    assert seven.migrate("localhost", "101:105").rc == 0
    assert seven.migrate("-r", "yes", "localhost", "105:106").rc == 1
    assert (seven.state("hn1"), seven.state("hn1", 105)) == (GONE, DOWN)


@pytest.mark.parametrize("words", [["--rc", 2], ["--kill", "TERM"]], ids=["fails", "ended"])
@pytest.mark.parametrize("step", ["lock", "stop", "rename", "register", "start"])
def test_a_move_that_fails_is_taken_back(seven, step, words):
    seven.container("hn1", NAME="web1", running=True)
    before = seven.values("hn1")
    seven.fault(step, *words, program="vzmlocal")

    assert local(seven, "101:105").rc == (25 if "TERM" in words else 54 if step in ("stop", "start") else 2)

    assert (seven.state("hn1"), seven.values("hn1"), seven.marker("hn1")) == (RUNS, before, "data of A")
    assert seven.run("hn1", "vzctl", "--quiet", "status", "web1").out == f"VEID 101 {RUNS}\n"
    assert is_gone(seven)
