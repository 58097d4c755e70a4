"""``vzctl set`` on a running container, and passwords."""

import pytest

SAVED = "CT configuration saved to /etc/vz/conf/301.conf\n"
FAILED = "Error: failed to apply some parameters, not saving configuration file!\n"
LIVE = "UB limits were set successfully\n"
LATE = (
    "WARNING: Some of the parameters could not be applied to a running container.\n"
    "\tPlease consider using --setmode option\n"
)


@pytest.fixture
def stopped(bench):
    bench.container(301)
    return bench


@pytest.fixture
def running(bench):
    bench.container(301, 'IP_ADDRESS="10.4.0.1"\nHOSTNAME="run.example.org"\n', running=True)
    return bench


# a running container


def test_a_live_change_is_applied_and_saved(running):
    answer = running.vzctl("set", 301, "--hostname", "new", "--cpuunits", 2000, "--save")

    assert answer == (0, LIVE + "Setting CPU units: 2000\n" + SAVED, "")
    assert running.live(301)["hostname"] == "new"
    assert running.live(301)["cgroup"] == {"cpu.shares": "2000"}


def test_a_live_change_that_is_not_saved_says_so(running):
    answer = running.vzctl("set", 301, "--hostname", "new")

    warning = "WARNING: Settings were not saved to config and will be lost after CT restart (use --save flag)\n"
    assert answer == (0, LIVE + warning, "")
    assert running.live(301)["hostname"] == "new"
    assert "new" not in running.conf(301)


def test_live_addresses_are_removed_first(running):
    answer = running.vzctl("set", 301, "--ipadd", "10.4.0.1", "--ipadd", "10.4.0.2/24", "--ipdel", "10.4.9.9", "--save")

    assert answer.out == (
        LIVE + "Deleting IP address(es): 10.4.9.9 10.4.0.1\nAdding IP address(es): 10.4.0.1 10.4.0.2/24\n" + SAVED
    )
    assert running.live(301)["ip"] == ["10.4.0.1", "10.4.0.2"]


def test_all_live_addresses_go_newest_first(running):
    running.vzctl("set", 301, "--ipadd", "10.4.0.2")  # not saved, but live

    answer = running.vzctl("set", 301, "--ipdel", "all", "--save")

    assert "Deleting all IP address(es): 10.4.0.2 10.4.0.1\n" in answer.out
    assert running.live(301)["ip"] == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--capability", "kill:on"], "Unable to set capability on a running container\n"),
        (["--features", "nfs:on"], "Unable to set features on a running container\n"),
        (["--netfilter", "full", "--iptables", "ipt_LOG"], "Unable to set iptables/netfilter on a running container\n"),
        (["--mount_opts", "noatime"], "Unable to change mount options on a running container\n"),
        (["--quotaugidlimit", 5], "Unable to turn on second-level disk quota on a running container\n"),
    ],
)
def test_what_needs_a_restart_is_saved_with_a_warning_or_refused(running, options, complaint):
    refused = running.vzctl("set", 301, *options, "--setmode", "ignore", "--save")
    assert refused == (32, "", complaint + FAILED)

    warned = running.vzctl("set", 301, *options, "--save")
    assert (warned.rc, warned.err) == (0, complaint + LATE)

    again = running.vzctl("set", 301, *options, "--setmode", "ignore", "--save")
    assert (again.rc, again.err) == (0, "")


def test_a_capability_is_compared_with_all_that_are_on(bench):
    bench.container(301, 'CAPABILITY="KILL:on SYS_TIME:on"\n', running=True)

    answer = bench.vzctl("set", 301, "--capability", "kill:on", "--save")

    assert answer.err == "Unable to set capability on a running container\n" + LATE


def test_setmode_restart_needs_save(running):
    answer = running.vzctl("set", 301, "--features", "nfs:on", "--setmode", "restart")

    assert answer == (20, "", "Error: --setmode restart doesn't make sense without --save flag\n")


def test_setmode_restart_restarts_and_saves(running):
    answer = running.vzctl("set", 301, "--features", "nfs:on", "--setmode", "restart", "--save")

    assert answer.rc == 0
    assert answer.out.startswith("Restarting container\nStopping container ...\n")
    assert answer.out.endswith("Container start in progress...\n" + SAVED)
    assert 'FEATURES="nfs:on"\n' in running.conf(301)


@pytest.mark.parametrize(("option", "key"), [("--private", "VE_PRIVATE"), ("--root", "VE_ROOT")])
def test_a_running_container_stays_where_it_is(running, option, key):
    answer = running.vzctl("set", 301, option, "/x", "--name", "n", "--hostname", "new", "--save")

    assert (answer.rc, answer.out) == (32, "Name n assigned\n")
    assert answer.err == f"Unable to change {key} on a running container\n" + FAILED
    assert running.live(301)["hostname"] == "run.example.org"
    assert running.names() == {"n": "301.conf"}


def test_what_was_applied_before_a_failure_stays_applied(bench):
    bench.foreign_kernel()
    bench.container(301, running=True)

    answer = bench.vzctl("set", 301, "--cpuunits", 3000, "--cpus", 0, "--save")

    assert answer == (96, LIVE, "Failed to set limits for CPU limits (Invalid argument)\n" + FAILED)
    assert bench.live(301)["cgroup"] == {"cpu.shares": "3000"}
    assert "CPUUNITS" not in bench.conf(301)


# passwords


def test_a_stopped_container_is_started_for_a_password(stopped):
    answer = stopped.vzctl("set", 301, "--userpasswd", "root:geheim")

    assert (answer.rc, answer.err) == (0, "")
    assert answer.out == (
        "Starting container...\nContainer is mounted\nContainer start in progress...\n"
        "Killing container ...\nContainer was stopped\nContainer is unmounted\n"
    )
    shadow = stopped.path("vz/private/301/etc/shadow").read_text()
    assert "geheim" not in shadow
    assert not shadow.startswith("root:*:")


def test_a_password_that_cannot_be_set_spoils_the_whole_call(running):
    running.path("vz/private/301/bin").mkdir()
    running.path("vz/private/301/bin/cat").write_text("")  # a container with tools of its own, chpasswd not among them

    answer = running.vzctl("set", 301, "--userpasswd", "root:geheim", "--hostname", "new", "--save")

    assert (answer.rc, answer.err) == (74, FAILED)
    assert answer.out == "/bin/sh: chpasswd: not found\nPassword change failed\n"
    assert running.live(301)["hostname"] == "run.example.org"


def test_a_password_is_changed_before_a_sample_is_missed(running):
    answer = running.vzctl("set", 301, "--userpasswd", "root:geheim", "--applyconfig", "nosuch", "--save")

    assert answer.rc == 109
    assert not running.path("vz/private/301/etc/shadow").read_text().startswith("root:*:")
