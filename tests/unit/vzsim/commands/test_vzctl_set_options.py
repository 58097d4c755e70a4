"""``vzctl set``: which options and values it takes, and which do not go together."""

import pytest

SAVED = "CT configuration saved to /etc/vz/conf/301.conf\n"
FAILED = "Error: failed to apply some parameters, not saving configuration file!\n"


@pytest.fixture
def stopped(bench):
    bench.container(301)
    return bench


@pytest.fixture
def running(bench):
    bench.container(301, 'IP_ADDRESS="10.4.0.1"\nHOSTNAME="run.example.org"\n', running=True)
    return bench


# options


@pytest.mark.parametrize(
    ("options", "rc", "complaint"),
    [
        (["--cpus", "abc"], 21, "Bad parameter for --cpus: abc\n"),
        (["--ipadd", "10.0.0.1 bad"], 21, "Bad parameter for --ipadd: 10.0.0.1\n"),
        (["--frobnicate", "1"], 21, "vzctl: unrecognized option '--frobnicate'\n"),
        (["--config", "basic"], 21, "vzctl: unrecognized option '--config'\n"),
        (["--cpus"], 21, "vzctl: option '--cpus' requires an argument\n"),
        (["--save=yes"], 21, "vzctl: option '--save' doesn't allow an argument\n"),
        (["-x"], 21, "vzctl: invalid option -- 'x'\n"),
        (["extra", "--cpus", "1"], 20, "Invalid extra arguments: extra \n"),
        (
            ["--cpu", "1"],
            21,
            "vzctl: option '--cpu' is ambiguous; possibilities: "
            "'--cpuunits' '--cpuweight' '--cpulimit' '--cpus' '--cpumask'\n",
        ),
        (["--cpus", "x", "--nosuch"], 21, "Bad parameter for --cpus: x\n"),
        (["--netif_add", "abcdefghijklmnopq"], 21, "Bad parameter for --netif_add: abcdefghijklmnopq\n"),
        (["--setmode", "never"], 21, "Bad parameter for --setmode: never\n"),
        (
            ["--netif_add", "eth0,zz:18:51:aa:bb:0a"],
            21,
            "Invalid container MAC address format\nBad parameter for --netif_add: eth0,zz:18:51:aa:bb:0a\n",
        ),
        (
            ["--capability", "nosuch:on"],
            21,
            "Capability nosuch is unknown\nBad parameter for --capability: nosuch:on\n",
        ),
        (
            ["--iptables", "a,b"],
            21,
            "Warning: Unknown iptable module: a, skipped\nWarning: Unknown iptable module: b, skipped\n"
            "Bad parameter for --iptables: a\n",
        ),
        (["--ram", "1 G"], 21, "Bad parameter for --ram: 1 G\n"),
        (["--netdev_add", "eth1 lo"], 21, "Bad parameter for --netdev_add: eth1\n"),
        (["--skiplock", "--cpus", "1"], 21, "vzctl: unrecognized option '--skiplock'\n"),
        (["--bridge", "sixteenletterslo1"], 21, "Bad parameter for --bridge: sixteenletterslo1\n"),
    ],
)
def test_a_syntax_error_touches_nothing(stopped, options, rc, complaint):
    before = stopped.conf(301)

    answer = stopped.vzctl("set", 301, "--hostname", "new", "--save", *options)

    assert (answer.rc, answer.err) == (rc, complaint)
    assert stopped.conf(301) == before


def test_options_may_be_abbreviated_and_the_first_of_two_wins(stopped):
    answer = stopped.vzctl("set", 301, "--hostn=a", "--hostname", "b", "--save", "--cpus", 1, "--cpus", 2)

    assert answer == (0, SAVED, "")
    assert stopped.added(301) == ['HOSTNAME="a"', 'CPUS="1"']


def test_a_bare_io_limit_is_megabytes(stopped):
    stopped.vzctl("set", 301, "--iolimit", 10, "--save")

    assert stopped.added(301) == ['IOLIMIT="10485760"']


def test_quiet_leaves_only_the_exit_code(stopped):
    assert stopped.vzctl("--quiet", "set", 301, "--cpus", "x", "--save") == (21, "", "")
    assert stopped.vzctl("--quiet", "set", 301, "--cpus", "2", "--save") == (0, "", "")


# options that do not go together


@pytest.mark.parametrize(
    ("options", "rc", "complaint"),
    [
        (["--force", "--cpus", "1"], 20, "Error: --force is useless without --save\n"),
        (
            ["--setmode", "restart", "--cpus", "1"],
            20,
            "Error: --setmode restart doesn't make sense without --save flag\n",
        ),
        (["--name", "n", "--force"], 131, "Error: unable to use --name option without --save\n"),
        (["--reset_ub", "--name", "n", "--save"], 20, "Error: option --reset_ub is exclusive\n" + FAILED),
        (["--nodemask", "0", "--name", "n", "--save"], 20, "Error: option --nodemask requires --cpumask\n" + FAILED),
        (
            ["--mac_filter", "on", "--name", "n", "--save"],
            20,
            "Invalid usage.  Option --ifname not specified\n" + FAILED,
        ),
    ],
)
def test_options_that_do_not_go_together_are_found_before_a_name_is_given(stopped, options, rc, complaint):
    assert stopped.vzctl("set", 301, *options) == (rc, "", complaint)
    assert stopped.names() == {}


def test_a_lost_link_is_made_again(bench):
    bench.container(301, 'NAME="web1"\n')

    assert bench.vzctl("set", 301, "--applyconfig_map", "name", "--save").out == "Name web1 assigned\n" + SAVED
    assert bench.names() == {"web1": "301.conf"}


def test_an_unknown_distribution_is_remarked_upon_on_a_stopped_container_too(bench):
    bench.container(301)
    bench.conf(301, bench.conf(301).replace("debian-12", "beos-5"))

    remark = bench.vzctl("set", 301, "--hostname", "h", "--save").err

    assert remark.startswith("Warning: configuration file for distribution beos-5-x86_64 not found")
    assert bench.vzctl("set", 301, "--onboot", "yes", "--save").err == ""


def test_what_comes_twice_in_a_list(stopped):
    stopped.vzctl(
        "set", 301, "--nameserver", "1.1.1.1 1.1.1.1", "--netdev_add", "eth7", "--netdev_add", "eth7", "--save"
    )

    assert stopped.added(301) == ['NETDEV="eth7 eth7"', 'NAMESERVER="1.1.1.1"']


def test_switches_of_one_call_add_up_and_win_over_the_conf(bench):
    bench.container(301, 'FEATURES="nfs:on ppp:on"\n')

    bench.vzctl("set", 301, "--features", "nfs:off", "--features", "sit:on", "--features", "sit:off", "--save")

    assert bench.added(301) == ['FEATURES="nfs:off sit:on ppp:on"']


def test_the_node_itself_has_no_name(bench):
    assert bench.vzctl("set", 0, "--name", "node", "--save").rc == 0
    assert bench.names() == {}


def test_a_scalar_that_comes_too_late_is_not_looked_at(stopped):
    assert stopped.vzctl("set", 301, "--cpus", 1, "--cpus", "abc", "--onboot", "no", "--onboot", "x", "--save").rc == 0

    assert stopped.added(301) == ['CPUS="1"', 'ONBOOT="no"']


def test_of_setmode_the_last_counts(running):
    options = ["--features", "nfs:on", "--setmode", "restart", "--setmode", "ignore", "--save"]

    assert running.vzctl("set", 301, *options).rc == 32


def test_a_kernel_without_io_limits_refuses_them_and_nothing_is_saved(bench):
    bench.container(301, running=True)
    bench.kernel(io_limits=False)

    answer = bench.vzctl("set", 301, "--iopslimit", "100", "--save")
    assert (answer.rc, answer.err.splitlines()[0]) == (148, "Unable to set iopslimit: Bad file descriptor")
    assert answer.out.endswith("Setting iopslimit: 100 iops\n")
    assert bench.added(301) == []
