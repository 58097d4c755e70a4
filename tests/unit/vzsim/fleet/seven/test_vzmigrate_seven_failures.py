"""vzmigrate of vzctl 9 that fails, is killed or loses its connection, at each of its steps (read, not run)."""

import pytest

RUNS, DOWN = "exist mounted running", "exist unmounted down"
STOPPED = "exist mounted down"  # p.haul has stopped it and was ended before it could do anything else
GONE = "deleted unmounted down"
NETIF = "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=vethold,network=blue"

CHECKS = (
    "checks-exists", "checks-shared", "checks-keep", "checks-technologies", "checks-space", "checks-name",
    "conf-copy", "place", "copy", "copied",
)  # fmt: skip
HAUL = ("haul-place", "contents1", "stop", "contents2", "start")
SCRIPT = "#!/bin/sh\nexit 1\n"


@pytest.fixture
def moving(seven):
    """A running container on hn1, and what comes out of a move with a fault."""
    seven.container("hn1", running=True, NAME="web1")

    def move(step, *words, options=()):
        seven.fault(step, *words)
        answer = seven.migrate(*options, "hn2", 101)
        seven.settle()
        return answer.rc, seven.state("hn1"), seven.state("hn2")

    return move


def has_data(seven):
    """Whether the data of the container are still somewhere, and where nobody owns it nothing is left."""
    places = [seven.area(node, name) for node in ("hn1", "hn2") for name in ("101", "101.migrated")]
    return any(seven.marker("hn1", area=place) == "data of A" for place in places)


@pytest.mark.parametrize("step", CHECKS)
def test_a_step_that_fails_leaves_the_container_running_here(seven, moving, step):
    rc, here, there = moving(step, "--rc", 2)

    assert (rc, here, there) == (2, RUNS, GONE)
    assert seven.is_clean("hn2")
    assert seven.locks("hn1") == []


@pytest.mark.parametrize("step", HAUL)
def test_a_failure_of_phaul_is_73_and_the_container_is_back(seven, moving, step):
    rc, here, there = moving(step, "--rc", 1)

    assert (rc, here, there) == (73, RUNS, GONE)
    assert seven.is_clean("hn2")
    assert seven.locks("hn1") == []


def test_a_container_that_does_not_start_here_again_stays_stopped(seven, moving):
    seven.fault("restart", "--rc", 1)

    assert moving("start", "--rc", 1) == (73, STOPPED, GONE)
    assert has_data(seven)


def test_a_network_that_is_missing_there_is_73(seven):
    seven.kernel("hn1", networks={"Bridged": "br0", "blue": "br0"})
    seven.container("hn1", running=True, NETIF=NETIF)

    answer = seven.migrate("hn2", 101)

    assert answer.rc == 73, answer
    assert "Phaul failed to live migrate CT (/var/log/phaul.log)" in answer.err
    assert (seven.state("hn1"), seven.state("hn2")) == (RUNS, GONE)
    assert seven.is_clean("hn2")


def test_a_container_that_is_down_moves_without_its_network(seven):
    seven.kernel("hn1", networks={"Bridged": "br0", "blue": "br0"})
    seven.container("hn1", NETIF=NETIF)

    assert seven.migrate("hn2", 101).rc == 0


def test_the_start_may_fail_in_the_container_itself(seven):
    seven.container("hn1", running=True)
    script = seven.area("hn1") / "scripts/start"
    script.write_text(SCRIPT)

    assert seven.migrate("hn2", 101).rc == 73
    assert seven.state("hn1") == DOWN  # nor does it start here again
    assert seven.is_clean("hn2")


@pytest.mark.parametrize(
    ("words", "there"), [(["--rc", 43], GONE), (["--lost"], GONE), (["--lost", "--when", "after"], RUNS)]
)
def test_the_last_step_fails_after_phaul_did_not(seven, moving, words, there):
    """The container is down here, and of a lost answer nobody knows; it keeps its conf here."""
    rc, here, found = moving("final", *words)

    assert (rc, here, found) == (43 if "--rc" in words else 21, DOWN, there)
    assert has_data(seven)
    assert seven.locks("hn1") == seven.locks("hn2") == []


def test_what_has_been_copied_can_be_kept_for_the_next_attempt(seven, moving):
    assert moving("contents2", "--rc", 1, "--times", 1, options=["--keep-dst"]) == (73, RUNS, GONE)

    assert seven.marker("hn2", area=seven.area("hn2", "101.migrated")) == "data of A"
    assert seven.migrate("hn2", 101).rc == 0
    assert not seven.area("hn2", "101.migrated").exists()


def test_destroy_may_fail_unseen(seven, moving):
    rc, here, there = moving("destroy", "--rc", 1, options=["-r", "yes"])

    assert (rc, here, there) == (0, DOWN, RUNS)


# the connection is lost


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", CHECKS)
def test_a_line_lost_early_is_21(seven, moving, step, when):
    rc, here, there = moving(step, "--lost", "--when", when)

    assert (rc, here, there) == (21, RUNS, GONE)
    assert seven.is_clean("hn2")
    assert seven.locks("hn1") == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["contents1", "contents2", "start"])
def test_a_line_lost_in_phaul_is_73_and_the_container_is_back(seven, moving, step, when):
    assert moving(step, "--lost", "--when", when) == (73, RUNS, GONE)
    assert seven.is_clean("hn2")


def test_a_line_that_never_stood_is_4(moving):
    assert moving("connect", "--lost") == (4, RUNS, GONE)


# killed


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", [*CHECKS, *HAUL])
def test_killed_before_the_container_runs_there(seven, moving, step, when):
    """The other end takes all back, p.haul starts the container here again; the lock stays, and is of nobody."""
    rc, here, there = moving(step, "--kill", "KILL", "--when", when)

    assert (rc, here, there) == (-9, RUNS, GONE)
    assert seven.is_clean("hn2")
    assert seven.locks("hn1") == ["101.lck"]
    assert seven.run("hn1", "vzctl", "stop", 101).rc == 0


@pytest.mark.parametrize(("step", "when"), [("source-umount", "before"), ("final", "before"), ("final", "after")])
def test_killed_between_the_end_of_phaul_and_that_of_the_move(seven, moving, step, when):
    """The other end takes back what was done, and nobody starts the container here."""
    rc, here, there = moving(step, "--kill", "KILL", "--when", when)

    assert (rc, here, there) == (-9, DOWN, GONE)
    assert has_data(seven)
    assert seven.run("hn1", "vzctl", "start", 101).rc == 0


def test_killed_before_the_area_is_renamed(seven, moving):
    """Both have it: it runs there and could be started here."""
    assert moving("rename", "--kill", "KILL") == (-9, DOWN, RUNS)
    assert seven.migrate("hn2", 101).rc == 9


def test_killed_before_the_rest_is_destroyed(seven, moving):
    """vzctl goes on."""
    assert moving("destroy", "--kill", "KILL") == (-9, GONE, RUNS)


@pytest.mark.parametrize("step", [*CHECKS, "haul-place", "contents1", "stop"])
def test_a_signal_ends_it_with_25_and_all_is_taken_back(seven, moving, step):
    rc, here, there = moving(step, "--kill", "TERM")

    assert (rc, here, there) == (25, RUNS, GONE)
    assert seven.is_clean("hn2")
    assert seven.locks("hn1") == []


@pytest.mark.parametrize("step", ["contents2", "start"])
def test_a_signal_ends_phaul_too_so_that_a_stopped_container_stays_down(seven, moving, step):
    rc, here, there = moving(step, "--kill", "TERM")

    assert (rc, here, there) == (25, STOPPED, GONE)
    assert has_data(seven)


@pytest.mark.parametrize("step", ["final", "rename", "destroy"])
def test_a_signal_after_the_last_request_is_ignored(moving, step):
    assert moving(step, "--kill", "TERM") == (0, GONE, RUNS)


# a container that is down


@pytest.mark.parametrize("words", [["--kill", "KILL"], ["--kill", "TERM"], ["--lost"], ["--rc", 2]])
@pytest.mark.parametrize("step", ["copy", "copied", "final"])
def test_a_container_that_is_down_stays_here_if_its_move_fails(seven, step, words):
    seven.container("hn1")
    seven.fault(step, *words)

    rc = seven.migrate("hn2", 101).rc
    seven.settle()

    assert has_data(seven)
    if (step, words[-1]) == ("final", "TERM"):
        assert (rc, seven.state("hn1"), seven.state("hn2")) == (0, GONE, DOWN)
    else:
        assert (rc != 0, seven.state("hn1"), seven.is_clean("hn2")) == (True, DOWN, True)


def test_tar_goes_on_when_vzmigrate_is_killed_and_the_other_end_waits_for_it(seven, tmp_path):
    seven.container("hn1")
    go = tmp_path / "go"
    seven.fault("copy", "--until", go)
    with seven.fleet.begin("hn1", "vzmigrate", "hn2", 101) as process:
        while not go.exists():
            assert process.poll() is None
        process.kill()
        process.wait()
        assert any("tar" in line for line in seven.fleet.at_work("hn1"))
        assert any("vzmdest" in line for line in seven.fleet.at_work("hn2"))
        go.unlink()
    seven.settle()

    assert seven.state("hn1") == DOWN
    assert seven.is_clean("hn2")


# live, and over what is there


@pytest.mark.parametrize("words", [["--rc", 1], ["--lost"], ["--lost", "--when", "after"], ["--kill", "KILL"]])
@pytest.mark.parametrize("step", ["contents2", "restore"])
def test_a_live_move_that_fails_lets_the_container_go_on_here(seven, moving, step, words):
    before = seven.path("hn1", "proc/vz/ct/101.json").read_text()

    rc, here, there = moving(step, *words, options=["--online"])

    assert (rc, here, there) == (-9 if "KILL" in words else 73, RUNS, GONE)
    assert seven.path("hn1", "proc/vz/ct/101.json").read_text() == before
    assert seven.is_clean("hn2")


def test_a_signal_in_a_live_move_leaves_it_frozen(seven, moving):
    """p.haul is gone (assumed)."""
    assert moving("restore", "--kill", "TERM", options=["--online"]) == (25, "exist mounted paused", GONE)


@pytest.mark.parametrize("words", [["--rc", 12], ["--lost"], ["--kill", "KILL"], ["--kill", "TERM"]])
def test_rsync_over_an_old_copy_fails_and_leaves_nothing_there(seven, words):
    seven.container("hn1", marker="data of A")
    old = seven.area("hn2", "101.migrated")
    (old / "root.hdd/files").mkdir(parents=True)
    (old / ".ve.layout").symlink_to("5")
    seven.fault("copy", *words)

    rc = seven.migrate("hn2", 101).rc
    seven.settle()

    assert rc == {"12": 54, "--lost": 21, "KILL": -9, "TERM": 25}[str(words[-1])]
    assert (seven.state("hn1"), seven.state("hn2"), has_data(seven)) == (DOWN, GONE, True)
    assert seven.locks("hn2") == []
