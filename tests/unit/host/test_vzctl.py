"""The door to the node, with small programs in place of vzctl and vzlist."""

import json
import logging
import os
import select
import signal
import sys
from dataclasses import replace

import pytest
from vzdomain import errors, flavours
from vzdomain.flavours import LEGACY
from vzdomain.host import locks, process, vzctl
from vzdomain.host.process import Result
from vzdomain.host.vzctl import Vzctl

VERSION = 'if [ "$1" = --version ]; then echo "vzctl version 4.11.1-3.ga3f732ef"; exit 0; fi\n'


@pytest.fixture
def program(tmp_path):
    """Write a shell script and return its path; as vzctl it answers ``--version`` first."""
    return lambda body, name="vzctl", version=VERSION: _script(tmp_path / name, f"#!/bin/sh\n{version}{body}\n")


def _script(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def recorder(tmp_path):
    """A vzctl that writes down how it was called."""
    code = (
        f"#!{sys.executable}\nimport json, os, sys\n"
        'if sys.argv[1:] == ["--version"]: sys.exit(print("vzctl version 4.11.1"))\n'
        'call = {"argv": sys.argv[1:], "stdin": sys.stdin.read(), "lc": os.environ.get("LC_ALL")}\n'
        f"json.dump(call, open({str(tmp_path / 'call.json')!r}, 'w'))\n"
    )
    return _script(tmp_path / "recorder", code)


# what is run


def test_arguments_arrive_one_by_one_and_untouched(recorder, tmp_path):
    Vzctl(recorder).run("set", "209", "--description", "a 'b' $(c) \\ ü", "--save")

    call = json.loads((tmp_path / "call.json").read_text())
    assert call == {"argv": ["set", "209", "--description", "a 'b' $(c) \\ ü", "--save"], "stdin": "", "lc": "C"}


def test_the_locale_is_c_whatever_the_minion_has(recorder, tmp_path, monkeypatch):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    Vzctl(recorder).run("status", "209")

    assert json.loads((tmp_path / "call.json").read_text())["lc"] == "C"


def test_a_family_has_the_locale_and_the_time_that_its_vzctl_needs(recorder, tmp_path, monkeypatch):
    patient = replace(LEGACY, locale="C.UTF-8", waits=60)
    monkeypatch.setattr(flavours, "FLAVOURS", (patient,))

    asked = Vzctl(recorder)
    asked.run("status", "209")

    assert json.loads((tmp_path / "call.json").read_text())["lc"] == "C.UTF-8"
    assert asked._limit("stop", 120) == 120 + vzctl.STOP_GRACE + 60


def test_standard_input_is_passed_and_never_logged(recorder, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)

    Vzctl(recorder).run("exec3", "209", "chpasswd", "-e", stdin="root:$6$sesame\n")

    assert json.loads((tmp_path / "call.json").read_text())["stdin"] == "root:$6$sesame\n"
    assert "exec3" in caplog.text
    assert "sesame" not in caplog.text


def test_what_is_run_in_a_container_is_not_logged_since_people_type_passwords_there(recorder, caplog):
    caplog.set_level(1)

    Vzctl(recorder).run("exec3", "209", "mysqladmin", "--password=sesame", "ping")

    assert "'exec3', '209', '(3 more that may contain secrets)'" in caplog.text
    assert "sesame" not in caplog.text


@pytest.fixture
def asked(tmp_path):
    """Part of a vzctl that writes down that it was asked for its version; how often it was."""
    notes = tmp_path / "asked"
    text = f'if [ "$1" = --version ]; then echo asked >> {notes}; echo "vzctl version 4.8"; exit 0; fi\n'
    return text, lambda: notes.read_text().count("asked")


def test_a_process_asks_a_vzctl_for_its_version_once(program, asked):
    path = program("exit 0", version=asked[0])

    for _ in range(2):
        vzctl = Vzctl(path, program("exit 0", "vzlist", version=""))
        vzctl.run("status", "209")
        vzctl.list("-a")

    assert (asked[1](), vzctl.flavour.name) == (1, "OpenVZ legacy")


def test_who_wants_to_know_the_version_is_told_what_vzctl_says_now(program, asked):
    path = program("exit 0", version=asked[0])
    Vzctl(path).run("status", "209")
    vzctl = Vzctl(path)

    assert (vzctl.version(), vzctl.version(), asked[1]()) == ("4.8", "4.8", 2)


@pytest.mark.parametrize(("time", "version"), [(2, "7.0.21"), (1, "7.0.210")])
def test_a_vzctl_in_place_of_another_is_asked_again(program, time, version):
    """It is of another time or of another size."""
    said = '[ "$1" = --version ] && {{ echo "vzctl version {}"; exit; }}\n'
    path = program("exit 0", version=said.format("4.11.1"))
    os.utime(path, (1, 1))
    Vzctl(path).run("status", "209")
    path = program("exit 0", version=said.format(version))
    os.utime(path, (time, time))

    with pytest.raises(errors.UnsupportedFlavourError):
        Vzctl(path).run("status", "209")


def test_what_a_vzctl_has_once_said_of_its_family_is_not_held_against_what_it_says_now(program, tmp_path):
    told = f'[ "$1" = --version ] && {{ cat {tmp_path}/version; exit; }}\n'
    path = program("exit 0", version=told)
    (tmp_path / "version").write_text("vzctl version 4.11.1\n")
    Vzctl(path).run("status", "209")
    (tmp_path / "version").write_text("vzctl version 7.0.210\n")

    for ask in (lambda: Vzctl(path).version(), lambda: Vzctl(path).run("status", "209")):
        with pytest.raises(errors.UnsupportedFlavourError):
            ask()


def test_a_version_that_could_not_be_had_is_asked_again(program, tmp_path):
    path = program("exit 0", version=f"[ -e {tmp_path}/ready ] || exit 10\n{VERSION}")
    with pytest.raises(errors.CannotAskError):
        Vzctl(path).run("status", "209")
    (tmp_path / "ready").touch()

    assert Vzctl(path).run("status", "209").rc == 0


# what it says


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, errors.VzctlError),
        (3, errors.VzctlError),
        (9, errors.LockedError),
        (14, errors.AbsentError),
        (20, errors.BadParameterError),
        (21, errors.BadParameterError),
        (31, errors.NotRunningError),
        (32, errors.RunningError),
        (41, errors.MountedError),
        (43, errors.PrivateAreaMissingError),
        (44, errors.PrivateAreaExistsError),
        (46, errors.DiskFullError),
        (91, errors.TemplateMissingError),
        (104, errors.DeviceError),
        (105, errors.DisabledError),
        (130, errors.DeviceError),
        (131, errors.NameConflictError),
        (139, errors.NotSavedError),
        (255, errors.VzctlError),
    ],
)
def test_every_code_has_its_error(program, code, kind):
    with pytest.raises(errors.VzctlError) as caught:
        Vzctl(program(f"exit {code}"), lock_timeout=0).run("set", "209", "--cpus", "2", "--save")

    assert type(caught.value) is kind
    assert caught.value.rc == code
    assert caught.value.argv == ("set", "209", "--cpus", "2", "--save")
    assert str(caught.value) == f"vzctl set 209 ended with code {code}: no message"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("echo progress; echo first >&2; echo; echo second >&2", "first; second"),
        ("echo Private area already exists; echo", "Private area already exists"),
        ("echo ' ' >&2; echo said", "said"),
    ],
)
def test_the_message_is_standard_error_else_standard_output(program, body, message):
    with pytest.raises(errors.VzctlError, match=f"code 44: {message}$"):
        Vzctl(program(f"{body}\nexit 44")).run("create", "209")


def test_a_code_may_be_the_callers_business(program):
    assert Vzctl(program("echo out; exit 3")).run("exec3", "209", "false", check=False) == Result(3, "out\n", "")


def test_complaints_of_a_success_are_kept(program):
    body = "echo 'CT configuration saved to x'; echo 'WARNING: not saved' ; echo 'Unable to set capability' >&2"

    assert Vzctl(program(body)).run("set", "209").warnings == ("WARNING: not saved", "Unable to set capability")


def test_output_that_is_not_utf8_comes_through(program):
    said = Vzctl(program(r"printf 'gr\374n\n'")).run("exec3", "209", "cat").stdout

    assert said == "gr\ufffdn\n"  # Salt could not send half a character


# locks


class Clock:
    """Time that passes only while one sleeps."""

    def __init__(self):
        self.naps = []

    def monotonic(self):
        return sum(self.naps)

    def sleep(self, seconds):
        self.naps.append(seconds)


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(vzctl, "time", clock)
    return clock


def test_a_locked_container_is_tried_until_it_is_free(program, tmp_path, clock):
    body = f"echo try >> {tmp_path}/tries\n[ $(wc -l < {tmp_path}/tries) -ge 3 ] || exit 9"

    Vzctl(program(body), lock_timeout=30).run("set", "209")

    assert (tmp_path / "tries").read_text() == "try\n" * 3
    assert clock.naps == [0.1, 0.2]


def test_patience_with_a_locked_container_grows_and_ends(program, clock):
    with pytest.raises(errors.LockedError, match="Locked by: pid 7"):
        Vzctl(program("echo 'Locked by: pid 7, cmdline vzctl' >&2; exit 9"), lock_timeout=20).run("set", "209")

    assert clock.naps == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_without_patience_a_locked_container_is_tried_once(program, clock):
    with pytest.raises(errors.LockedError):
        Vzctl(program("exit 9"), lock_timeout=0).run("set", "209")

    assert clock.naps == []


@pytest.mark.parametrize("command", ["exec", "exec2", "exec3"])
def test_a_nine_from_inside_the_container_is_not_tried_again(program, tmp_path, command):
    result = Vzctl(program(f"echo try >> {tmp_path}/tries; exit 9"), lock_timeout=30).run(command, "209", check=False)

    assert result.rc == 9
    assert (tmp_path / "tries").read_text() == "try\n"


# time limits


@pytest.mark.parametrize(
    ("command", "stop_timeout", "limit"),
    [("create", 0, 1800), ("stop", 120, 150), ("restart", 7, 37), ("stop", 0, 30), ("set", 120, 300), ("list", 0, 300)],
)
def test_each_command_has_its_time(command, stop_timeout, limit):
    assert Vzctl()._limit(command, stop_timeout) == limit
    assert Vzctl(command_timeout=9)._limit(command, stop_timeout) == 9


def test_a_command_that_hangs_is_killed_with_all_that_it_started(program, tmp_path):
    vzctl = Vzctl(program(f"sleep 600 & echo $! > {tmp_path}/grandchild; wait"), command_timeout=0.5)

    with pytest.raises(errors.CommandTimeoutError, match=r"vzctl set 209 did not finish within 0.5 seconds"):
        vzctl.run("set", "209", "--cpus", "2")

    assert _ends(int((tmp_path / "grandchild").read_text()))


def test_a_helper_that_ignores_signals_is_killed_with_its_vzctl(program, tmp_path):
    body = f"(trap '' TERM; sleep 600) & echo $! > {tmp_path}/grandchild\nwait"
    vzctl = Vzctl(program(body), command_timeout=0.5)

    with pytest.raises(errors.CommandTimeoutError):
        vzctl.run("start", "209")

    assert _ends(int((tmp_path / "grandchild").read_text()))


@pytest.mark.parametrize("chatter", ["sleep 600", "while echo more; do sleep 0.02; done"])
def test_a_vzctl_that_finished_is_believed_whatever_its_child_does_with_its_output(
    program, tmp_path, monkeypatch, chatter
):
    monkeypatch.setattr(process, "LINGER", 0.3)
    body = f"echo done; echo well >&2; ({chatter}) & echo $! > {tmp_path}/child\nexit 0"

    result = Vzctl(program(body), command_timeout=60).run("start", "209")

    child = int((tmp_path / "child").read_text())
    assert (result.rc, result.stdout.partition("\n")[0], result.stderr) == (0, "done", "well\n")
    assert locks.is_alive(child) or "more" in chatter  # what vzctl has started may be meant to stay
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize(("linger", "most"), [(2, 32 * 1024**2), (60, 4096)])
def test_what_a_finished_vzctl_leaves_is_neither_late_nor_too_much(program, tmp_path, monkeypatch, linger, most):
    monkeypatch.setattr(process, "LINGER", linger)
    monkeypatch.setattr(process, "MAX_BYTES", most)
    body = f"echo done; (while echo {'more' * 50}; do sleep 0.01; done) & echo $! > {tmp_path}/child\nexit 0"

    result = Vzctl(program(body), command_timeout=1 if linger == 2 else 60).run("start", "209")

    os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)
    assert (result.rc, result.stdout.partition("\n")[0]) == (0, "done")


@pytest.mark.parametrize("failure", ["exit 3", "sleep 600"])
def test_a_vzlist_that_failed_is_not_asked_again(program, tmp_path, failure):
    vzlist = program(f"echo asked >> {tmp_path}/asked\n{failure}", "vzlist", version="")
    vzctl = Vzctl(program("exit 0"), vzlist, command_timeout=0.3)

    said = []
    for argv in (("-a",), ("-a", "-j"), ("-j", "-o", "uptime", "209")):
        with pytest.raises(errors.CannotAskError) as caught:
            vzctl.list(*argv)
        said.append(str(caught.value))

    assert len(set(said)) == 1
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_a_container_that_vzlist_does_not_find_says_nothing_of_the_others(program):
    vzlist = program('case "$*" in *209) exit 1;; esac; echo fine', "vzlist", version="")
    vzctl = Vzctl(program("exit 0"), vzlist)

    with pytest.raises(errors.CannotAskError):
        vzctl.list("-j", "209")

    assert vzctl.list("-a") == "fine\n"


def test_a_vzctl_that_hangs_when_asked_is_not_asked_again(program, tmp_path):
    vzctl = Vzctl(program(f"echo asked >> {tmp_path}/asked; sleep 600"), command_timeout=0.3)

    for ctid in ("209", "210"):
        with pytest.raises(errors.CommandTimeoutError):
            vzctl.run("status", ctid)

    assert (tmp_path / "asked").read_text() == "asked\n"


def _ends(pid):
    """Whether a process that was sent its signal is gone, or soon is."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with open(process):
        return bool(select.select([process], [], [], 10)[0])


def test_a_time_limit_is_not_taken_for_an_absence(program):
    with pytest.raises(errors.CannotAskError):
        Vzctl(program("sleep 600"), command_timeout=0.2).run("status", "209")


# programs that cannot be used


@pytest.mark.parametrize("mode", [None, 0o644])
def test_a_program_that_cannot_be_started_is_named_with_its_setting(tmp_path, program, mode):
    path = tmp_path / "none"
    if mode:
        path.write_text("#!/bin/sh\n")
        path.chmod(mode)

    with pytest.raises(errors.MissingProgramError, match=f"^{path} cannot be run: .* openvz:vzctl to its path$"):
        Vzctl(str(path)).run("status", "209")
    with pytest.raises(errors.MissingProgramError, match=f"^{path} cannot be run: .* openvz:vzlist to its path$"):
        Vzctl(program("exit 0"), str(path)).list("-a")
    for name, package in {"ip": "iproute2", "brctl": "bridge-utils"}.items():
        vzctl = Vzctl(**{name: str(path)})
        said = f"^{path} cannot be run: .*; install {package}, or set openvz:{name} to its path$"
        with pytest.raises(errors.MissingProgramError, match=said):
            (vzctl.link if name == "ip" else vzctl.bridge)("x")


@pytest.mark.parametrize("said", "vzctl v.7.0.179|vzctl v.6.0.9|vzctl v.10.0.1|vzctl version 40|hello||4.11".split("|"))
def test_another_family_of_vzctl_is_refused_in_one_sentence(program, tmp_path, said):
    vzctl = Vzctl(
        program(f"echo ran > {tmp_path}/ran", version=f'[ "$1" = --version ] && {{ echo "{said}"; exit; }}\n')
    )

    with pytest.raises(errors.UnsupportedFlavourError) as caught:
        vzctl.run("set", "209")

    supported = "vzctl 4.x (OpenVZ legacy) and vzctl 7.0.180 to 9 (Virtuozzo 7 to 9)"
    assert str(caught.value) == f"{tmp_path}/vzctl says {said!r}, which is not supported; {supported} are"
    assert not (tmp_path / "ran").exists()


def test_a_vzctl_that_cannot_say_its_version_was_not_asked(program):
    with pytest.raises(errors.CannotAskError, match="--version ended with code 10: Unable to open"):
        Vzctl(program("", version="echo 'Unable to open /etc/vz/vz.conf' >&2; exit 10\n")).run("status", "209")


def test_a_vzlist_that_fails_was_not_asked(program):
    vzlist = program("echo 'Container(s) not found' >&2; exit 1", "vzlist", version="")

    with pytest.raises(errors.CannotAskError, match=r"vzlist ended with code 1: Container\(s\) not found"):
        Vzctl(program("exit 0"), vzlist).list("-a", "-H")


def test_a_vzlist_that_succeeds_is_believed(program):
    vzlist = program('echo "$@"', "vzlist", version="")

    assert Vzctl(program("exit 0"), vzlist).list("-a", "-H", "-o", "ctid,status") == "-a -H -o ctid,status\n"


def test_a_complaint_about_vz_conf_is_reported_once_and_one_about_a_container_each_time(program):
    body = (
        'echo "Warning: can\'t parse /etc/vz/vz.conf:7 (unmatched quotes), skipping" >&2\n'
        "echo 'Warning at /srv/vz/vz.conf:9: invalid value for CPUS (\"x\"), skipped' >&2\n"
        'echo "Warning at /etc/vz/conf/209.conf:3: duplicate for CPUS, ignored" >&2\n'
    )
    one = Vzctl(program(body))
    one.run("status", "209")

    first, second, other = (one.run("set", ctid, "--save").warnings for ctid in ("209", "209", "210"))

    assert len(first) == 3
    assert second == other == ("Warning at /etc/vz/conf/209.conf:3: duplicate for CPUS, ignored",)
