"""start, stop, mount, suspend, status, and what runs inside."""

import pytest

STARTED = "Starting container...\nContainer is mounted\nSetting CPU units: 1000\nContainer start in progress...\n"
STOPPED = "Stopping container ...\nContainer was stopped\nContainer is unmounted\n"
OLD_KEYS = (
    "KMEMSIZE LOCKEDPAGES PRIVVMPAGES SHMPAGES NUMPROC PHYSPAGES VMGUARPAGES OOMGUARPAGES NUMTCPSOCK NUMFLOCK NUMPTY "
    "NUMSIGINFO TCPSNDBUF TCPRCVBUF OTHERSOCKBUF DGRAMRCVBUF NUMOTHERSOCK NUMFILE DCACHESIZE NUMIPTENT"
).split()


@pytest.fixture
def stopped(bench):
    bench.container(201)
    return bench


@pytest.fixture
def running(bench):
    bench.container(201, running=True)
    return bench


def status(bench, ctid=201):
    return bench.vzctl("status", ctid).out.rstrip("\n").partition(f"CTID {ctid} ")[2]


# the states, one after the other


def test_a_container_goes_through_its_states(stopped):
    assert status(stopped) == "exist unmounted down"
    assert stopped.vzctl("mount", 201) == (0, "Container is mounted\n", "")
    assert status(stopped) == "exist mounted down"
    assert stopped.vzctl("start", 201).out == STARTED.replace("...\nC", "...\nContainer is unmounted\nC", 1)
    assert status(stopped) == "exist mounted running"
    assert stopped.vzctl("stop", 201) == (0, STOPPED, "")
    assert status(stopped) == "exist unmounted down"


@pytest.mark.parametrize(
    ("command", "rc", "out", "err"),
    [
        ("stop", 0, "", "Unable to stop: container is not running\n"),
        ("umount", 40, "", "CT is not mounted\n"),
        ("suspend", 31, "", "Unable to setup checkpointing: container is not running\n"),
        ("restart", 0, "Restarting container\n" + STARTED, ""),
        ("enter", 31, "", "Container is not running\n"),
        ("compact", 0, "Compact only makes sense for ploop containers\n", ""),
        ("quotaon", 60, "Disk quota is not enabled, skipping operation\n", ""),
        ("quotainit", 61, "Disk quota is not enabled, skipping operation\n", ""),
        ("snapshot", 156, "", "Snapshot feature is only available for ploop-based CTs\n"),
        ("snapshot-list", 167, "", "Snapshot feature is only available for ploop-based CTs\n"),
    ],
)
def test_commands_on_a_stopped_container(stopped, command, rc, out, err):
    assert stopped.vzctl(command, 201) == (rc, out, err)


@pytest.mark.parametrize(
    ("command", "rc", "out", "err"),
    [
        ("start", 32, "", "Container is already running\n"),
        ("mount", 0, "", "Container is already mounted\n"),
        ("umount", 32, "", "Container is running -- stop it first\n"),
        ("destroy", 32, "Container is currently running. Stop it first.\n", ""),
        ("restart", 0, "Restarting container\n" + STOPPED + STARTED, ""),
        ("resume", 32, "", "Unable to perform restore: container already running\n"),
    ],
)
def test_commands_on_a_running_container(running, command, rc, out, err):
    assert running.vzctl(command, 201) == (rc, out, err)


@pytest.mark.parametrize(
    "command", ["start", "stop", "restart", "mount", "umount", "destroy", "delete", "suspend", "restore", "console"]
)
def test_a_container_without_a_conf_is_code_14(bench, command):
    assert bench.vzctl(command, 299) == (14, "", "Container config file does not exist\n")


def test_a_container_that_never_was_has_a_status(bench):
    answer = bench.vzctl("status", "0299")

    missing = "stat(/vz/root/299): No such file or directory\n"
    assert answer == (0, "CTID 299 deleted unmounted down\n", missing)


def test_what_does_not_exist_is_not_suspended(bench):
    bench.path("vz/dump/Dump.299").write_text("x")

    assert status(bench, 299) == "deleted unmounted down"


def test_a_private_area_without_a_conf_counts_as_deleted(bench):
    bench.path("vz/private/299").mkdir()

    assert status(bench, 299) == "deleted unmounted down"


def test_somebody_who_is_not_root_sees_nothing(running):
    answer = running.vzctl("status", 201, uid=65534)

    assert (answer.rc, answer.out) == (0, "CTID 201 deleted unmounted running\n")
    assert answer.err == (
        "Can't access file /vz/private/201: Permission denied\nstat(/vz/root/201): Permission denied\n"
    )


# options


@pytest.mark.parametrize(
    ("words", "rc", "err"),
    [
        (["start", 201, "--fast"], 20, "Option --fast is not applicable to start command\n"),
        (["stop", 201, "--force"], 20, "Option --force is not applicable to stop command\n"),
        (["start", 299, "--bogus"], 20, "vzctl: unrecognized option '--bogus'\n"),
        (["status", 201, "x"], 20, "Invalid options: x \n"),
        (["frobnicate", 201], 20, "Bad command: frobnicate\n"),
        (["--frob", "status", 201], 20, "Bad command: --frob\n"),
        (["status"], 21, "CT ID missing\n"),
        (["status", "-5"], 21, "Bad CT ID -5\n"),
        (["status", "2147483645"], 21, "Bad CT ID 2147483645\n"),
        (["status", "0x65"], 21, "Bad CT ID 0x65\n"),
        (["status", "0"], 21, "Only set actions are allowed for CT0\n"),
        (["status", ""], 21, "Only set actions are allowed for CT0\n"),
        (["exec", 201], 20, "No command line given for exec\n"),
        (["runscript", 201], 20, "Script not specified\n"),
        (["exec3", 201], 20, "No command line given for exec\n"),
        (["enter", 201, "--exec"], 20, "No command line given for --exec\n"),
        (["enter", 201, "--foo"], 20, "Invalid option '--foo'\n"),
        (["snapshot-delete", 201, "--id", "x"], 21, "Bad parameter for --id: x\n"),
    ],
)
def test_a_command_line_that_is_wrong(stopped, words, rc, err):
    assert stopped.vzctl(*words) == (rc, "", err)


def test_without_vz_conf_nothing_goes(stopped):
    stopped.path("etc/vz/vz.conf").unlink()

    answer = stopped.vzctl("status", 201)

    assert answer == (10, "", "Unable to open /etc/vz/vz.conf: No such file or directory\n")


def test_what_is_wrong_in_vz_conf_is_said_every_time(stopped):
    place = stopped.path("etc/vz/vz.conf")
    place.write_text("garbage\n" + place.read_text())

    assert stopped.vzctl("status", 201).err == "Warning: can't parse /etc/vz/vz.conf:1 ('=' not found), skipping\n"


@pytest.mark.parametrize(("key", "rc"), [("VE_ROOT", 22), ("VE_PRIVATE", 23)])
def test_a_place_must_be_named_somewhere(bench, key, rc):
    bench.container(201, base='PHYSPAGES="0:1"\nSWAPPAGES="0:1"\n')
    place = bench.path("etc/vz/vz.conf")
    place.write_text("".join(line for line in place.read_text().splitlines(True) if not line.startswith(key)))

    assert bench.vzctl("start", 201) == (rc, "", f"{key} is not set\n")


# start and stop


def test_a_disabled_container_needs_force(bench):
    bench.container(201, 'DISABLED="yes"\n')

    assert bench.vzctl("start", 201) == (105, "", "Container start disabled\n")
    assert bench.vzctl("start", 201, "--force") == (0, STARTED, "")


def test_a_missing_private_area_is_code_43(stopped):
    stopped.vzctl("set", 201, "--private", "/vz/private/gone", "--save")

    assert stopped.vzctl("start", 201) == (43, "", "Container private area /vz/private/gone does not exist\n")


def test_without_memory_limits_no_start_but_the_layout_is_saved(bench):
    bench.container(201, base='VE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\n')

    answer = bench.vzctl("start", 201)

    assert answer.rc == 28
    assert answer.err.splitlines() == [f"Error: required UB parameter {key.lower()} not set" for key in OLD_KEYS]
    assert 'VE_LAYOUT="simfs"\n' in bench.conf(201)


def test_limited_memory_needs_just_swap_as_well(bench):
    bench.container(201)
    bench.conf(201, bench.conf(201).replace('SWAPPAGES="0:512M"\n', ""))

    assert bench.vzctl("start", 201).err == "Error: required UB parameter swappages not set\n"


def test_stop_fast_and_skip_umount(running):
    answer = running.vzctl("stop", 201, "--fast", "--skip-umount")

    assert answer == (0, "Killing container ...\nContainer was stopped\n", "")
    assert status(running) == "exist mounted down"


def test_waiting_for_a_start_never_succeeded_on_a_foreign_kernel(stopped):
    stopped.foreign_kernel()

    answer = stopped.vzctl("start", 201, "--wait")

    assert answer.rc == 133
    assert answer.out.endswith(
        "waiting ...\nContainer wait failed\nKilling container ...\nContainer was stopped\nContainer is unmounted\n"
    )


def test_what_a_started_container_gets(bench):
    bench.container(
        201,
        'HOSTNAME="h"\nIP_ADDRESS="10.0.0.1/24 fd00::1"\nCPUS="2"\nFEATURES="nfs:on"\n'
        'NETIF="ifname=eth0,mac=00:18:51:AA:BB:01"\n',
        running=True,
    )

    live = bench.live(201)
    assert (live["hostname"], live["ip"]) == ("h", ["10.0.0.1", "fd00::1"])
    assert live["cgroup"] == {"cpu.cfs_quota_us": "200000"}
    assert live["veth"] == {
        "eth0": {"mac": "00:18:51:AA:BB:01", "host_ifname": "veth201.0", "host_mac": "00:18:51:AA:BB:01"}
    }


# action scripts


def script(bench, name, text, mode=0o755):
    place = bench.path(f"etc/vz/conf/{name}")
    place.write_text(text)
    place.chmod(mode)


def test_a_mount_script_runs_on_the_node(stopped):
    script(stopped, "201.mount", '#!/bin/sh\necho "$VEID" > "$VE_CONFFILE.seen"\n')

    assert stopped.vzctl("mount", 201).rc == 0

    assert stopped.path("etc/vz/conf/201.conf.seen").read_text() == "201\n"


@pytest.mark.parametrize("mode", [0o755, 0o644])
def test_a_mount_script_that_fails_leaves_nothing_mounted(stopped, mode):
    script(stopped, "201.mount", "#!/bin/sh\nexit 3\n", mode)

    answer = stopped.vzctl("start", 201)

    assert answer == (79, "Starting container...\n", "Error executing mount script /etc/vz/conf/201.mount\n")
    assert status(stopped) == "exist unmounted down"


def test_a_start_script_runs_inside_and_its_failure_stops_the_container(stopped):
    script(stopped, "201.start", "#!/bin/sh\necho hello > /started\n")
    stopped.vzctl("start", 201)
    assert stopped.path("vz/private/201/started").read_text() == "hello\n"
    stopped.vzctl("stop", 201)

    script(stopped, "201.start", "#!/bin/sh\nexit 3\n")
    answer = stopped.vzctl("start", 201)

    assert answer.rc == 79
    assert answer.err == 'Container start failed (try to check kernel messages, e.g. "dmesg | tail")\n'
    assert status(stopped) == "exist unmounted down"


# suspended


def test_a_container_is_suspended_and_resumed(bench):
    bench.container(201, 'IP_ADDRESS="10.0.0.1"\n', running=True)
    bench.vzctl("set", 201, "--ipadd", "10.0.0.2")

    assert bench.vzctl("suspend", 201).rc == 0
    assert status(bench) == "exist unmounted down suspended"
    assert bench.vzctl("resume", 201).rc == 0

    assert status(bench) == "exist mounted running"
    assert not bench.path("vz/dump/Dump.201").exists()
    assert bench.live(201)["ip"] == ["10.0.0.1", "10.0.0.2"]


def test_start_resumes_a_suspended_container(running):
    running.vzctl("suspend", 201)

    answer = running.vzctl("start", 201)

    assert answer.rc == 0
    assert answer.out.startswith("Dump file /vz/dump/Dump.201 exists, trying to restore from it\n")
    assert status(running) == "exist mounted running"


def test_a_dump_that_is_no_good_ends_in_a_plain_start(stopped):
    stopped.path("vz/dump/Dump.201").write_text("x")

    answer = stopped.vzctl("start", 201)

    assert answer.rc == 0
    assert answer.out.endswith("Starting container...\nSetting CPU units: 1000\nContainer start in progress...\n")
    assert not stopped.path("vz/dump/Dump.201").exists()


def test_a_dump_that_is_no_good_cannot_be_resumed(stopped):
    stopped.path("vz/dump/Dump.201").write_text("x")

    assert stopped.vzctl("resume", 201).rc == 17
    assert status(stopped) == "exist unmounted down suspended"


def test_a_foreign_kernel_cannot_suspend(running):
    running.foreign_kernel()

    assert running.vzctl("suspend", 201).rc == 16
    assert status(running) == "exist mounted running"


# inside


@pytest.mark.parametrize(
    ("words", "rc", "out"),
    [
        (["exec", 201, "echo", "a  b", "", "$((1+1))"], 0, "a b  2\n"),
        (["exec", 201, "exit", "3"], 8, ""),
        (["exec2", 201, "exit", "3"], 3, ""),
        (["exec3", 201, "/bin/echo", "a  b", "$HOME"], 0, "a  b $HOME\n"),
        (["exec3", 201, "true"], 0, ""),
        (["exec3", 201, "/bin/false"], 1, ""),
        (["--quiet", "exec", 201, "echo", "hi"], 0, "hi\n"),
        (["--verbose", "exec", 201, "echo", "hi"], 0, "Executing command: echo hi \nhi\n"),
    ],
)
def test_commands_run_inside(running, words, rc, out):
    assert running.vzctl(*words) == (rc, out, "")


def test_a_signal_is_status_3(running):
    assert running.vzctl("exec2", 201, "kill -9 $$") == (3, "", "Got signal 9\n")


@pytest.mark.parametrize(("command", "rc"), [("exec", 8), ("exec2", 31), ("exec3", 31)])
def test_nothing_runs_inside_a_stopped_container(stopped, command, rc):
    assert stopped.vzctl(command, 201, "true") == (rc, "", "Container is not running\n")


def test_a_script_of_the_node_runs_inside(running):
    running.path("tmp/s.sh").write_text("#!/bin/sh\necho script; exit 5\n")

    assert running.vzctl("runscript", 201, "/tmp/s.sh") == (5, "script\n", "")
    assert running.vzctl("runscript", 201, "/tmp/no.sh") == (11, "", "Script not found: /tmp/no.sh\n")


@pytest.mark.parametrize(
    ("words", "err"),
    [
        (["frobnicate", 201], "Bad command: frobnicate\n"),
        (["status", "nosuch"], "Bad CT ID nosuch\n"),
        (["start", 0, "--bogus"], "vzctl: unrecognized option '--bogus'\n"),
        (["set", 201, "--cpus", "x"], ""),
        (["mount", 299], ""),
    ],
)
def test_quiet_is_about_what_happens_not_about_the_command_line(stopped, words, err):
    assert stopped.vzctl("--quiet", *words).err == err


# what the neighbours of the recorded runs do


@pytest.mark.parametrize(
    ("words", "rc", "err"),
    [
        (["stop", 201, "--wait", "--force"], 20, "Option --wait is not applicable to stop command\n"),
        (["stop", 201, "--for", "--wa"], 20, "Option --force is not applicable to stop command\n"),
        (["suspend", 201, "--kill", "--resume"], 20, "Invalid syntax: only one sub command may be used\n"),
        (["suspend", 201, "--undump"], 20, "vzctl: unrecognized option '--undump'\n"),
        (["resume", 201, "--dump"], 20, "vzctl: option '--dumpfile' requires an argument\n"),
        (["suspend", 201, "--kill"], 31, "Container is not running\n"),
        (["resume", 201, "--resume"], 31, "Container is not running\n"),
        (["status", "²"], 21, "Bad CT ID ²\n"),
    ],
)
def test_command_lines_next_to_the_recorded_ones(stopped, words, rc, err):
    assert stopped.vzctl(*words) == (rc, "", err)


@pytest.mark.parametrize(
    ("command", "option", "rc", "place"),
    [("suspend", "--kill", 16, "cpt"), ("suspend", "--resume", 16, "cpt"), ("resume", "--kill", 17, "rst")],
)
def test_parts_of_a_checkpoint_need_the_kernel(running, command, option, rc, place):
    running.foreign_kernel()

    answer = running.vzctl(command, 201, option)

    reason = f"unable to open /proc/{place}: No such file or directory"
    assert answer == (rc, "", f"Error: No checkpointing support, {reason}\n")


def test_a_checkpoint_in_parts(running):
    assert running.vzctl("chkpnt", 201, "--suspend").out == "Setting up checkpoint...\n\tsuspend...\n"
    assert running.vzctl("chkpnt", 201, "--dump").out == "Setting up checkpoint...\n\tdump...\n"
    assert status(running) == "exist mounted running"
    assert running.vzctl("chkpnt", 201, "--kill").out == "Killing...\n"
    assert status(running) == "exist mounted down suspended"


def test_a_password_runs_no_action_scripts(stopped):
    for kind in ("premount", "mount", "umount", "postumount", "start", "stop"):
        script = stopped.path(f"etc/vz/conf/201.{kind}")
        script.write_text("#!/bin/sh\nexit 1\n")
        script.chmod(0o755)

    assert stopped.vzctl("set", 201, "--userpasswd", "root:geheim").rc == 0
    answer = stopped.vzctl("start", 201)
    assert (answer.rc, answer.err) == (79, "Error executing premount script /etc/vz/conf/201.premount\n")


@pytest.mark.parametrize(
    ("private", "ends"),
    [("/vz/private/$VEID/", "/201"), ("/a/${VEID}/$VEID", "/a/${VEID}/201"), ("/a/$VEID/$VEID", "/a/201/$VEID")],
)
def test_where_the_private_area_is(bench, private, ends):
    bench.container(201, base=f'PHYSPAGES="0:1"\nVE_PRIVATE="{private}"\n')
    bench.path("vz/private/201/etc/passwd").unlink()

    answer = bench.vzctl("destroy", 201)

    assert answer.out.splitlines()[0].endswith(ends)


def test_a_bent_node_is_no_reason_for_a_traceback(stopped):
    stopped.path("vz/root/201").rmdir()
    stopped.path("vz/root").rmdir()
    stopped.path("vz/root").write_text("")

    answer = stopped.vzctl("start", 201)

    assert answer.rc == 3
    assert answer.err.endswith("Not a directory\n")
