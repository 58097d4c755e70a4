"""``vzctl set`` on a stopped container."""

import pytest

FAILED = "Error: failed to apply some parameters, not saving configuration file!\n"


@pytest.fixture
def stopped(bench):
    bench.container(301)
    return bench


@pytest.fixture
def running(bench):
    bench.container(301, 'IP_ADDRESS="10.4.0.1"\nHOSTNAME="run.example.org"\n', running=True)
    return bench


# what is saved


def test_a_conf_that_does_not_exist_is_made(bench):
    answer = bench.vzctl("set", 299, "--cpus", 2, "--save")

    assert answer.err == "WARNING: /etc/vz/conf/299.conf not found: No such file or directory\n"
    assert (answer.rc, bench.conf(299)) == (0, 'CPUS="2"\n')


@pytest.mark.parametrize(
    ("options", "addresses"),
    [
        (["--ipadd", "10.0.0.9"], "10.0.0.1/24 10.0.0.2 10.0.0.9"),
        (["--ipadd", "10.0.0.1"], "10.0.0.2 10.0.0.1"),
        (["--ipadd", "10.0.0.8 10.0.0.9", "--ipadd", "fd00::1"], "10.0.0.1/24 10.0.0.2 10.0.0.8 10.0.0.9 fd00::1"),
        (["--ipdel", "10.0.0.1/16"], "10.0.0.2"),
        (["--ipdel", "10.9.9.9"], "10.0.0.1/24 10.0.0.2"),
        (["--ipadd", "10.0.0.9", "--ipdel", "all"], "10.0.0.9"),
        (["--ipadd", "10.0.0.9", "--ipdel", "10.0.0.9"], "10.0.0.1/24 10.0.0.2 10.0.0.9"),
        (["--ipdel", "all"], ""),
    ],
)
def test_addresses_are_added_and_removed(bench, options, addresses):
    bench.container(301, 'IP_ADDRESS="10.0.0.1/24 10.0.0.2"\n')

    assert bench.vzctl("set", 301, *options, "--save").rc == 0

    assert bench.added(301) == [f'IP_ADDRESS="{addresses}"']


@pytest.mark.parametrize(
    ("option", "addresses"),
    [
        (["--ipdel", "::", "--ipdel", "0.0.0.0"], "0:: 0.0.0.0/8"),
        (["--ipdel", "::/128", "--ipdel", "0.0.0.0/32"], ""),
        (["--ipadd", "0.0.0.0", "--ipadd", "::0"], "0:: 0.0.0.0/8"),
    ],
)
def test_no_address_is_skipped_unless_it_has_a_mask(bench, option, addresses):
    bench.container(301, 'IP_ADDRESS="0:: 0.0.0.0/8"\n')

    assert bench.vzctl("set", 301, *option, "--save").rc == 0

    assert f'IP_ADDRESS="{addresses}"\n' in bench.conf(301)


def test_name_servers_are_replaced_and_cannot_be_emptied(bench):
    bench.container(301, 'NAMESERVER="8.8.8.8"\n')

    bench.vzctl("set", 301, "--nameserver", "1.1.1.1", "--nameserver", "9.9.9.9", "--save")
    assert bench.added(301) == ['NAMESERVER="1.1.1.1 9.9.9.9"']
    bench.vzctl("set", 301, "--nameserver", "", "--save")
    assert bench.added(301) == ['NAMESERVER="1.1.1.1 9.9.9.9"']


def test_capabilities_and_features_are_merged(bench):
    bench.container(301, 'CAPABILITY="KILL:on SYS_TIME:on"\nFEATURES="nfs:on"\n')

    bench.vzctl("set", 301, "--capability", "sys_time:off", "--features", "ppp:on", "--save")

    assert bench.added(301) == ['CAPABILITY="KILL:on SYS_TIME:off"', 'FEATURES="nfs:on ppp:on"']


def test_devices_can_be_taken_away_with_none(stopped):
    stopped.vzctl("set", 301, "--devnodes", "net/tun:rw", "--save")
    assert stopped.added(301) == ['DEVNODES="net/tun:rw "']

    stopped.vzctl("set", 301, "--devices", "c:10:200:rw", "--devnodes", "net/tun:none", "--save")

    assert stopped.added(301) == ['DEVNODES=""', 'DEVICES="c:10:200:rw "']


def test_taking_away_what_is_not_there_writes_nothing(stopped):
    stopped.vzctl("set", 301, "--devnodes", "null:none", "--devices", "c:1:2:none", "--save")

    assert stopped.added(301) == []


def test_only_so_much_of_a_mode_is_looked_at(stopped):
    stopped.vzctl("set", 301, "--devices", "c:1:2:rwqrwXXX", "--save")

    assert stopped.added(301) == ['DEVICES="c:1:2:rwq "']


def test_the_first_capability_is_written_under_both_of_its_names(stopped):
    stopped.vzctl("set", 301, "--capability", "chown:on", "--save")
    assert stopped.added(301) == ['CAPABILITY="CHOWN:on FS_MASK:on"']

    stopped.vzctl("set", 301, "--capability", "fs_mask:off,kill:on", "--save")
    assert stopped.added(301) == ['CAPABILITY="CHOWN:off KILL:on FS_MASK:off"']


def test_a_name_too_long_for_a_capability_is_refused_without_a_word_more(stopped):
    long = "a" * 128 + ":on"

    assert stopped.vzctl("set", 301, "--capability", long, "--save") == (
        21,
        "",
        f"Bad parameter for --capability: {long}\n",
    )


def test_a_sample_is_read_with_its_warnings(stopped):
    stopped.path("etc/vz/conf/ve-odd.conf-sample").write_text('CPUS="x"\nCPUUNITS="2000"\n')

    answer = stopped.vzctl("set", 301, "--applyconfig", "odd", "--save")

    warning = 'Warning at /etc/vz/conf/ve-odd.conf-sample:1: invalid value for CPUS ("x"), skipped\n'
    assert (answer.rc, answer.err) == (0, warning)


def test_disk_quota_of_a_foreign_kernel_is_off_whatever_the_conf_says(bench):
    bench.foreign_kernel()
    bench.container(301, 'DISK_QUOTA="yes"\n', running=True)

    assert bench.vzctl("set", 301, "--diskquota", "no", "--save").err == ""
    assert bench.vzctl("set", 301, "--diskquota", "yes", "--save").err.startswith("Unable to switch DISK_QUOTA")


def test_physical_devices_one_by_one(bench):
    bench.container(301, 'NETDEV="eth7 eth8"\n')

    bench.vzctl("set", 301, "--netdev_add", "eth9", "--netdev_del", "eth7", "--save")
    assert bench.added(301) == ['NETDEV="eth8 eth9"']
    bench.vzctl("set", 301, "--netdev_del", "all", "--save")
    assert bench.added(301) == ['NETDEV="eth8 eth9"']


def test_the_layout_is_always_written_again(bench):
    bench.container(301)
    bench.conf(301, bench.conf(301).replace("\n", "\r\n"))

    bench.vzctl("set", 301, "--cpus", 2, "--save")

    assert 'VE_LAYOUT="simfs"\nOSTEMPLATE' in bench.conf(301)
    assert 'SWAPPAGES="0:512M"\r\n' in bench.conf(301)


def test_devices_are_always_written_again(bench):
    bench.container(301, 'DEVNODES="zero:wr null:r"\n')

    bench.vzctl("set", 301, "--cpus", 2, "--save")
    assert bench.added(301) == ['DEVNODES="zero:rw null:r "', 'CPUS="2"']
    bench.vzctl("set", 301, "--devnodes", "zero:r", "--save")
    assert bench.added(301) == ['DEVNODES="null:r zero:r "', 'CPUS="2"', 'DEVICES=""']


def test_without_anything_to_write_nothing_is_saved(bench):
    answer = bench.vzctl("set", 299, "--save")

    assert (answer.rc, answer.out) == (0, "No changes in CT configuration, not saving\n")
    assert not bench.path("etc/vz/conf/299.conf").exists()


def test_a_sample_does_not_make_another_container_of_it(stopped):
    stopped.path("etc/vz/conf/ve-mine.conf-sample").write_text('HOSTNAME="x"\nVE_ROOT="/x"\nCPUS="3"\n')

    stopped.vzctl("set", 301, "--applyconfig", "mine", "--save")

    assert stopped.added(301) == ['CPUS="3"', 'ORIGIN_SAMPLE="mine"']


def test_a_file_that_cannot_be_replaced_is_code_139(stopped):
    stopped.path("etc/vz/conf/301.conf.tmp").mkdir()

    answer = stopped.vzctl("set", 301, "--cpus", 2, "--save")

    assert answer.rc == 139
    assert answer.err == "Unable to create configuration file /etc/vz/conf/301.conf.tmp: Is a directory\n"


# memory


def test_ram_needs_a_kernel_with_vswap_or_force(stopped):
    stopped.kernel(vswap=False)
    answer = stopped.vzctl("set", 301, "--ram", "512M", "--save")
    assert answer.rc == 3
    assert answer.err.endswith("unable to use --ram/--swap parameters\nError parsing options\n")

    assert stopped.vzctl("set", 301, "--force", "--ram", "512M", "--save").rc == 0
    assert 'PHYSPAGES="0:131072"\n' in stopped.conf(301)


def test_ram_alone_is_not_enough_for_a_conf_with_beancounters(bench):
    bench.container(301)
    bench.conf(301, 'PHYSPAGES="0:unlimited"\nKMEMSIZE="1:2"\n')

    answer = bench.vzctl("set", 301, "--ram", "512M", "--save")
    assert (answer.rc, answer.err) == (28, "Error: required UB parameter (swap) not set\n" + FAILED)

    assert bench.vzctl("set", 301, "--ram", "512M", "--swap", "1G", "--save").rc == 0
    assert bench.conf(301) == 'PHYSPAGES="0:131072"\nKMEMSIZE="1:2"\nSWAPPAGES="0:262144"\n'


@pytest.mark.parametrize("options", [["--ram", "1G"], ["--cpus", 1], ["--physpages", "unlimited"]])
def test_a_conf_with_ram_and_no_swap_takes_no_change(bench, options):
    bench.container(301, base='PHYSPAGES="0:256M"\nVE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\n')

    answer = bench.vzctl("set", 301, *options, "--save")
    assert (answer.rc, answer.err) == (28, "Error: required UB parameter (swap) not set\n" + FAILED)

    assert bench.vzctl("set", 301, *options, "--swap", "1G", "--save").rc == 0


@pytest.mark.parametrize(
    ("options", "pages"),
    [(["--ram", "1G", "--physpages", "0:2G"], 524288), (["--physpages", "0:2G", "--ram", "1G"], 262144)],
)
def test_of_physpages_and_ram_the_last_one_counts(stopped, options, pages):
    stopped.vzctl("set", 301, *options, "--save")

    assert f'PHYSPAGES="0:{pages}"\n' in stopped.conf(301)


# samples, exclusive options


def test_a_sample_is_applied_in_normal_form_and_wins_over_options(stopped):
    assert stopped.vzctl("set", 301, "--applyconfig", "basic", "--cpuunits", 2000, "--save").rc == 0

    text = stopped.conf(301)
    assert 'DISKSPACE="2097152:2306867"\n' in text
    assert 'LOCKEDPAGES="2048"\n' in text
    assert 'CPUUNITS="1000"\n' in text
    assert 'ORIGIN_SAMPLE="basic"\n' in text
    assert "AVNUMPROC" not in text


@pytest.mark.parametrize(
    ("options", "rc", "complaint"),
    [
        (["--applyconfig", "nosuch"], 109, "Sample config file not found: /etc/vz/conf/ve-nosuch.conf-sample\n"),
        (["--cpumask", "auto"], 20, "Error: --cpumask auto requires --nodemask\n"),
        (["--nodemask", "0"], 20, "Error: option --nodemask requires --cpumask\n"),
        (["--reset_ub"], 20, "Error: option --reset_ub is exclusive\n"),
        (["--bridge", "br0"], 20, "Invalid usage.  Option --ifname not specified\n"),
        (
            ["--ifname", "eth9", "--bridge", "br0"],
            20,
            "Invalid usage: veth device eth9 is not configured, use --netif_add option first\n",
        ),
    ],
)
def test_what_fails_saves_nothing(stopped, options, rc, complaint):
    answer = stopped.vzctl("set", 301, "--cpus", 2, *options, "--save")

    assert (answer.rc, answer.err) == (rc, complaint + FAILED)
    assert stopped.added(301) == []


def test_what_fails_without_save_has_nothing_to_say_about_saving(stopped):
    answer = stopped.vzctl("set", 301, "--applyconfig", "nosuch")

    assert answer == (109, "", "Sample config file not found: /etc/vz/conf/ve-nosuch.conf-sample\n")


# without --save


def test_another_template_is_for_the_conf_only(running):
    answer = running.vzctl("set", 301, "--ostemplate", "other")
    assert (answer.rc, answer.out) == (20, "")

    assert running.vzctl("set", 301, "--ostemplate", "other", "--save").rc == 0


@pytest.mark.parametrize("options", [[], ["--cpus", 1], ["--ipadd", "10.0.0.1"], ["--onboot", "no"]])
def test_a_stopped_container_refuses_what_is_not_saved(stopped, options):
    answer = stopped.vzctl("set", 301, *options)

    assert answer == (31, "", "Unable to apply UBC parameters: container is not running\n")


@pytest.mark.parametrize(
    ("options", "rc", "complaint"),
    [
        (["--description", "x"], 0, ""),
        (["--diskspace", "1G"], 0, ""),
        (["--cpus", 1], 31, "Unable to apply CPU parameters: container is not running\n"),
        (["--kmemsize", 1], 31, "Unable to apply UBC parameters: container is not running\n"),
        (["--quotaugidlimit", 5], 31, "Container is not running\n"),
        (["--netif_add", "eth0"], 31, "Unable to create veth: container is not running\n"),
        (["--netif_del", "eth0"], 0, "Unable to remove veth: container is not running\n"),
        (["--netif_del", "all"], 0, ""),
    ],
)
def test_a_conf_with_beancounters_refuses_only_what_the_kernel_should_know(bench, options, rc, complaint):
    bench.container(301)
    bench.conf(301, 'PHYSPAGES="0:unlimited"\nKMEMSIZE="1:2"\nOSTEMPLATE="debian-12-x86_64"\n')

    answer = bench.vzctl("set", 301, *options)

    assert (answer.rc, answer.err) == (rc, complaint)
    assert rc or answer.out == "WARNING: Settings were not saved to config (use --save flag)\n"


@pytest.mark.parametrize("options", [["--hostname", "x"], ["--nameserver", "1.1.1.1"], ["--quotaugidlimit", 0]])
def test_what_the_distribution_would_do_is_not_an_error_if_it_cannot(bench, options):
    bench.container(301, base='OSTEMPLATE="debian-12-x86_64"\n')

    warning = "WARNING: Settings were not saved to config (use --save flag)\n"
    assert bench.vzctl("set", 301, *options) == (0, "Unable to configure container: not running\n" + warning, "")


# the node itself


def test_ct_0_is_the_node(bench):
    assert bench.vzctl("set", 0, "--cpuunits", 1000, "--save").out.startswith("Setting CPU units: 1000\n")
    assert 'CPUUNITS="1000"\n' in bench.conf(0)
