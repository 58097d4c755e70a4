"""What vzctl looks at first, and what it says on the way: rules next to the recorded runs."""

import pytest

FAILED = "Error: failed to apply some parameters, not saving configuration file!\n"
LIVE = "UB limits were set successfully\n"
SAVED = "CT configuration saved to /etc/vz/conf/301.conf\n"
UNSAVED = "WARNING: Settings were not saved to config (use --save flag)\n"
NO_SWAP = "Error: required UB parameter (swap) not set\n"
NOT_RUNNING = "Container is not running\n"
STAT = "stat(/vz/root/301): No such file or directory\n"
OLDER = 'PHYSPAGES="0:unlimited"\nVE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\nOSTEMPLATE="debian-12"\n'
NO_LIMITS = OLDER.replace('PHYSPAGES="0:unlimited"\n', "")
SECONDARY = 'LOCKEDPAGES="1"\nOOMGUARPAGES="1"\nVMGUARPAGES="1"\nPRIVVMPAGES="1"\n'


@pytest.fixture
def bare(bench):
    """A stopped container whose conf has no limits at all."""
    bench.container(301, base=NO_LIMITS)
    return bench


@pytest.fixture
def foreign(bench):
    bench.foreign_kernel()
    bench.container(301)
    return bench


# options


@pytest.mark.parametrize(
    ("options", "rc", "said"),
    [
        (["--ram", "512k", "--name", "x"], 28, NO_SWAP),
        (["--physpages", "1", "--applyconfig", "nosuch"], 28, NO_SWAP),
        (["--physpages", "1", "--offline-resize"], 28, NO_SWAP),
        (["--offline-resize"], 20, "Error: option --offline-resize can only be used with --diskspace\n"),
        (["--offline", "--name", "x"], 20, "Error: option --offline-resize can only be used with --diskspace\n"),
        (["--nodemask", "0", "--name", "x"], 20, "Error: option --nodemask requires --cpumask\n"),
        (["--ifname", "eth9", "--ram", "1G"], 20, None),
        (["--reset_ub", "--ram", "1G"], 20, "Error: option --reset_ub is exclusive\n"),
    ],
)
def test_what_does_not_go_together_is_found_before_a_name_is_given(bare, options, rc, said):
    answer = bare.vzctl("set", 301, *options, "--save")

    assert (answer.rc, answer.out) == (rc, "")
    assert said is None or answer.err == said + FAILED
    assert bare.names() == {}


@pytest.mark.parametrize(
    ("options", "rc", "said"),
    [
        (["--name", "x", "--ostemplate", "t"], 131, "Error: unable to use --name option without --save\n"),
        (["--ostemplate", "t"], 20, "Error: unable to use --ostemplate option without --save\n"),
        (["--stop-timeout", "5"], 20, "Error: unable to use --stop-timeout option without --save\n"),
        (["--force", "--cpus", "1"], 20, "Error: --force is useless without --save\n"),
        (["--setmode", "restart"], 20, "Error: --setmode restart doesn't make sense without --save flag\n"),
    ],
)
def test_what_makes_no_sense_without_saving(bare, options, rc, said):
    assert bare.vzctl("set", 301, *options) == (rc, "", said)


@pytest.mark.parametrize("option", ["--offline-resize", "--offline", "--off"])
def test_a_container_on_no_image_is_resized_either_way(bare, option):
    answer = bare.vzctl("set", 301, option, "--diskspace", "1G", "--save")

    warning = "Warning: option --offline-resize only makes sense for a ploop CT\n"
    assert answer == (0, warning + SAVED, "")


@pytest.mark.parametrize(
    ("option", "possible"),
    [
        ("--dis", "'--disabled' '--diskquota' '--diskspace' '--diskinodes'"),
        ("--net", "'--netfilter' '--netdev_add' '--netdev_del' '--netif_add' '--netif_del'"),
        ("--io", "'--ioprio' '--iolimit' '--iopslimit'"),
        ("--n", None),
    ],
)
def test_an_ambiguous_option_is_reported_in_the_order_of_the_table(bare, option, possible):
    answer = bare.vzctl("set", 301, option, "1", "--save")

    assert answer.rc == 21
    assert possible is None or answer.err.endswith(f"possibilities: {possible}\n")


@pytest.mark.parametrize("option", ["--iolimit", "--iopslimit"])
@pytest.mark.parametrize("value", ["2147483648", "9999999999999999999999", "-1"])
def test_a_limit_of_the_disk_must_fit_into_an_int(bare, option, value):
    assert bare.vzctl("set", 301, option, value, "--save") == (21, "", f"Bad parameter for {option}: {value}\n")


@pytest.mark.parametrize(
    ("value", "saved"), [("2047", 2047 << 20), ("2047M", 2047 << 20), ("2147483647b", 2**31 - 1), ("1G", 1 << 30)]
)
def test_the_largest_limits_of_the_disk(bare, value, saved):
    assert bare.vzctl("set", 301, "--iolimit", value, "--save").rc == 0
    assert f'IOLIMIT="{saved}"\n' in bare.conf(301)


@pytest.mark.parametrize("value", ["2048M", "2048", "2G", "2147483648b", "2147483647k"])
def test_more_than_that_is_refused(bare, value):
    assert bare.vzctl("set", 301, "--iolimit", value, "--save").rc == 21


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("start", ["--bogus", "--fast"],
         "vzctl: unrecognized option '--bogus'\nOption --fast is not applicable to start command\n"),
        ("start", ["--bogus", "--nosuch", "x"],
         "vzctl: unrecognized option '--bogus'\nvzctl: unrecognized option '--nosuch'\nInvalid extra arguments: x \n"),
        ("stop", ["--force", "--bogus"], "Option --force is not applicable to stop command\n"),
        ("suspend", ["--bogus", "x"], "vzctl: unrecognized option '--bogus'\n"),
        ("resume", ["--undump", "--kill", "--bogus"], "Invalid syntax: only one sub command may be used\n"),
        ("restart", ["--skip"], "vzctl: option '--skip' is ambiguous; possibilities: '--skip_ve_setup' "
         "'--skip-umount' '--skip-fsck' '--skip-remount'\n"),
    ],
)  # fmt: skip
def test_what_is_said_of_several_bad_options(bare, command, words, said):
    assert bare.vzctl("--quiet", command, 301, *words) == (20, "", "" if said.startswith("Invalid syntax") else said)


# without --save, stopped


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        (["--cpus", "1"], (31, "", "Unable to apply CPU parameters: container is not running\n")),
        (["--iolimit", "10", "--description", "d"], (31, "Setting iolimit: 10485760 bytes/sec\n", NOT_RUNNING)),
        (["--iopslimit", "0"], (31, "Setting iopslimit: 0 (unlimited)\n", NOT_RUNNING)),
        (["--ioprio", "0"], (148, "", "Unable to set ioprio: No such process\n")),
        (["--quotaugidlimit", "5"], (31, "", NOT_RUNNING)),
        (["--hostname", ""], (0, "Unable to configure container: not running\n" + UNSAVED, "")),
        (["--description", "d"], (0, UNSAVED, "")),
    ],
)
def test_a_stopped_container_without_saving(bare, options, answer):
    assert bare.vzctl("set", 301, *options) == answer


@pytest.mark.parametrize("priority", ["0", "3", "7"])
def test_a_foreign_kernel_has_no_priorities_whether_the_container_runs_or_not(bare, priority):
    bare.foreign_kernel()

    assert bare.vzctl("set", 301, "--ioprio", priority) == (
        0, UNSAVED, "Warning: ioprio not supported by the kernel, skipping\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "rc"), [("", 31), ('LOCKEDPAGES="1"\nOOMGUARPAGES="1"\nVMGUARPAGES="1"\n', 31), (SECONDARY, 0)]
)
def test_a_newer_conf_has_limits_to_set_unless_it_has_the_older_ones_as_well(bench, more, rc):
    bench.container(301, more)

    assert bench.vzctl("set", 301, "--description", "d").rc == rc


def test_limits_of_users_that_are_turned_off_stay_on_for_now(bare):
    answer = bare.vzctl("set", 301, "--quotaugidlimit", "0")
    assert (answer.rc, answer.err) == (0, "")

    bare.conf(301, bare.conf(301) + 'QUOTAUGIDLIMIT="5"\n')
    answer = bare.vzctl("set", 301, "--quotaugidlimit", "")
    stays = "WARNING: Unable to turn ugid quota off. New parameters will be applied during the next start\n"
    assert (answer.rc, answer.err) == (0, stays)


def test_a_password_in_one_word_is_warned_of_like_other_settings(bench):
    bench.container(301)

    assert "WARNING" not in bench.vzctl("set", 301, "--userpasswd", "root:x").out
    assert bench.vzctl("set", 301, "--userpasswd=root:x").out.endswith(UNSAVED)


# live


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--iolimit", "10"], "Setting iolimit: 10485760 bytes/sec\n"),
        (["--iolimit", "0", "--iopslimit", "7"], "Setting iolimit: 0 (unlimited)\nSetting iopslimit: 7 iops\n"),
        (["--ioprio", "3"], ""),
        (["--cpuunits", "2000", "--cpulimit", "50", "--cpus", "0"],
         "Setting CPU limit: 50\nSetting CPU units: 2000\nSetting CPUs: 0\n"),
        (["--cpumask", "all"], "Setting CPU mask: 0-4095\n"),
        (["--cpumask", "auto", "--nodemask", "0"], "Setting NUMA node mask: 0\n"),
        (["--netif_del", "all"], ""),
    ],
)  # fmt: skip
def test_what_an_openvz_kernel_is_told(bench, options, said):
    bench.container(301, running=True)

    assert bench.vzctl("set", 301, *options, "--save") == (0, LIVE + said + SAVED, "")


def test_an_openvz_kernel_is_told_the_same_at_start(bench):
    bench.container(301, 'CPULIMIT="50"\nIOLIMIT="10"\nIOPSLIMIT="0"\nDEVNODES="null:rw "\nIP_ADDRESS="10.0.0.1"\n')

    assert bench.vzctl("start", 301).out.splitlines()[2:-1] == [
        "Adding IP address(es): 10.0.0.1", "Setting CPU limit: 50", "Setting CPU units: 1000", "Setting devices",
        "Setting iolimit: 10 bytes/sec", "Setting iopslimit: 0 (unlimited)",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "busy"), [("0:256M", False), ("4k:256M", True), ("1:2147483648", True), ("1M:256M", False)]
)
def test_the_foreign_kernel_does_not_give_up_memory_that_is_held(foreign, value, busy):
    foreign.vzctl("start", 301)

    answer = foreign.vzctl("set", 301, "--physpages", value, "--save")

    assert (answer.rc, answer.out) == (0, LIVE + SAVED)
    assert answer.err == ("Failed to set limits for Memory (Device or resource busy)\n" if busy else "")


def test_no_processor_at_all_is_too_little_for_the_foreign_kernel(foreign):
    invalid = "Failed to set limits for CPU limits (Invalid argument)\n"
    foreign.vzctl("start", 301)
    assert foreign.vzctl("set", 301, "--cpus", 0, "--save") == (96, LIVE, invalid + FAILED)

    foreign.vzctl("stop", 301)
    foreign.conf(301, foreign.conf(301) + 'CPUS="0"\n')
    assert foreign.vzctl("start", 301).rc == 96
    assert foreign.vzctl("status", 301).out == "CTID 301 exist unmounted down\n"


def test_all_addresses_and_those_that_are_named_go_together(bench):
    bench.container(301, 'IP_ADDRESS="10.0.0.1 10.0.0.2"\n', running=True)

    answer = bench.vzctl("set", 301, "--ipdel", "all", "--ipadd", "10.0.0.2", "--save")

    assert "Deleting all IP address(es): 10.0.0.2 10.0.0.2 10.0.0.1\nAdding IP address(es): 10.0.0.2\n" in answer.out


def test_the_private_area_is_looked_at_before_the_mount_point(bench):
    bench.container(301, running=True)

    answer = bench.vzctl("set", 301, "--root", "/x", "--private", "/y", "--save")

    assert (answer.rc, answer.err) == (32, "Unable to change VE_PRIVATE on a running container\n" + FAILED)


# CT 0


@pytest.mark.parametrize(
    ("options", "said", "saved"),
    [
        (["--netif_del", "eth0"], "", 'NETIF=""\n'),
        (["--netif_del", "all"], "", 'NETIF=""\n'),
        (["--ifname", "eth9", "--bridge", "br1"], "", 'NETIF="ifname=eth9,bridge=br1"\n'),
        (["--numproc", "10"], LIVE, 'NUMPROC="10"\n'),
        (["--iolimit", "1"], "Setting iolimit: 1048576 bytes/sec\n", 'IOLIMIT="1048576"\n'),
        (["--cpuunits", "1000", "--cpus", "2"], "Setting CPU units: 1000\n", 'CPUUNITS="1000"\nCPUS="2"\n'),
        (["--name", "node"], "", 'NAME="node"\n'),
    ],
)
def test_the_node_itself_is_asked_for_nothing_and_its_conf_says_it_all(bench, options, said, saved):
    before = bench.conf(0)

    assert bench.vzctl("set", 0, *options, "--save") == (0, said + SAVED.replace("301", "0"), "")

    assert bench.conf(0) == before + saved
    assert bench.names() == {}


@pytest.mark.parametrize("options", [["--netif_del", ""], ["--setmode", "restart"], ["--cpus", "1"]])
def test_the_node_itself_always_runs(bench, options):
    lost = "WARNING: Settings were not saved to config and will be lost after CT restart (use --save flag)\n"

    assert bench.vzctl("set", 0, *options) == (0, lost, "")


def test_limits_of_the_node_are_set_again_without_more_words(bench):
    assert bench.vzctl("set", 0, "--reset_ub") == (0, LIVE, "")


# create


@pytest.mark.parametrize(
    ("options", "rc", "said"),
    [
        (["--private", ""], 48, "Can't rename .tmp to : No such file or directory\n"),
        (["--root", ""], 50, "Can't mount:  /vz/private/301: No such file or directory\n"),
        (["--private", "rel"], 44, "Private area already exists in rel\n"),
        (["--private", "./rel/"], 44, "Private area already exists in ./rel\n"),
    ],
)
def test_a_place_that_is_none_leaves_nothing_behind(bench, options, rc, said):
    answer = bench.vzctl("create", 301, *options)

    assert (answer.rc, answer.err) == (rc, said + "Creation of container private area failed\n")
    assert not bench.path("vz/private/301").exists()
    assert not bench.path("etc/vz/conf/301.conf").exists()


@pytest.mark.parametrize("key", ["VE_PRIVATE", "VE_ROOT"])
def test_an_empty_place_in_the_conf_is_not_the_default(bench, key):
    bench.conf(301, f'VE_LAYOUT="simfs"\n{key}=""\n')

    assert bench.vzctl("create", 301).rc == {"VE_PRIVATE": 48, "VE_ROOT": 50}[key]


@pytest.mark.parametrize(
    ("lines", "vz_conf", "rc"),
    [
        ("", None, 99),
        ('VE_LAYOUT="simfs"\n', None, 0),
        (None, None, 0),
        (None, "#", 99),
        ('VE_LAYOUT="ploop"\n', None, 99),
    ],
)
def test_vz_conf_says_the_layout_of_those_that_have_no_conf(bench, lines, vz_conf, rc):
    bench.without_ploop()
    place = bench.path("etc/vz/vz.conf")
    place.write_text(place.read_text().replace("VE_LAYOUT", "#VE_LAYOUT" if vz_conf else "VE_LAYOUT"))
    if lines is not None:
        bench.conf(301, 'HOSTNAME="a"\n' + lines)

    assert bench.vzctl("create", 301).rc == rc


# start and mount


def test_each_look_at_a_missing_mount_point_is_remarked_upon(bench):
    bench.container(301)
    bench.path("vz/root/301").rmdir()
    assert bench.vzctl("start", 301).err == STAT * 3
    bench.vzctl("stop", 301)

    bench.path("vz/root/301").rmdir()
    assert bench.vzctl("start", 301, "--skip-remount").err == STAT * 2
    bench.vzctl("stop", 301)

    bench.path("vz/root/301").rmdir()
    assert bench.vzctl("mount", 301).err == STAT


def test_a_container_without_an_init_does_not_start(bench):
    bench.container(301, 'NETIF="ifname=eth0,bridge=br0,host_ifname=veth301.0"\n')
    bench.path("vz/private/301/sbin/init").unlink()

    answer = bench.vzctl("start", 301)

    assert (answer.rc, answer.err) == (
        47, "Unable to start init, probably incorrect template\nContainer start failed\n",
    )  # fmt: skip
    assert bench.vzctl("status", 301).out == "CTID 301 exist unmounted down\n"
    assert bench.bridge("br0") == []


def test_an_empty_area_does_not_start_on_the_foreign_kernel(foreign):
    foreign.path("vz/private/301/proc").rmdir()

    answer = foreign.vzctl("start", 301)

    assert (answer.rc, answer.out) == (31, "Starting container...\nContainer is mounted\nContainer is unmounted\n")
    (left,) = [place.name for place in foreign.path("vz/private/301").iterdir() if "old-root" in place.name]
    assert answer.err.splitlines()[:3] == [
        "Failed to mount /proc: No such file or directory", f"Can't rmdir {left}: Device or resource busy",
        "Unable to apply network parameters: container is not running",
    ]  # fmt: skip


def test_a_conf_that_no_shell_can_read_is_remarked_upon(bench):
    bench.container(301, 'HOSTNAME="a"b"\n')
    lines = len(bench.conf(301).splitlines())

    answer = bench.vzctl("start", 301)

    script = "/usr/libexec/vzctl/scripts/vps-prestart"
    assert answer.rc == 0
    assert answer.err == f"{script}: {lines + 1}: /etc/vz/conf/301.conf: Syntax error: Unterminated quoted string\n"


def test_an_area_that_is_not_that_of_the_conf_is_not_mounted_for_the_foreign_kernel(foreign):
    foreign.vzctl("start", 301)
    foreign.conf(301, foreign.conf(301).replace("/vz/private/$VEID", "/vz/private/x"))

    assert foreign.vzctl("umount", 301) == (40, "", "CT is not mounted\n")
    assert foreign.vzctl("status", 301).out.split()[3:] == ["unmounted", "running"]


def test_the_scripts_of_a_container_are_named_for_those_who_ask(bench):
    bench.container(301, 'HOSTNAME="h"\nOSTEMPLATE="busybox"\n', base=OLDER.replace("OSTEMPLATE", "#") + SECONDARY)
    bench.conf(301, bench.conf(301).replace("0:unlimited", "0:256M") + 'SWAPPAGES="0:1G"\n')
    script = "Running container script: /etc/vz/dists/scripts/{}"

    started = bench.vzctl("--verbose", "start", 301).out.splitlines()
    assert [line for line in started if "script" in line] == [
        script.format(name) for name in ("redhat-add_ip.sh", "redhat-set_hostname.sh", "set_dns.sh")
    ]

    options = ["--ipadd", "10.0.0.1", "--ipdel", "10.0.0.2", "--hostname", "x", "--searchdomain", "d"]
    changed = bench.vzctl("--verbose", "set", 301, *options, "--save").out.splitlines()
    assert [line for line in changed if "script" in line] == [
        script.format(name) for name in ("redhat-del_ip.sh", "redhat-add_ip.sh", "redhat-set_hostname.sh", "set_dns.sh")
    ]
