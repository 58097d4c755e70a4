"""Commands, scripts and terminals inside a container: the order of what is checked and said."""

import os

import pytest


@pytest.fixture
def running(bench):
    bench.container(201, running=True)
    return bench


@pytest.fixture
def script(bench):
    place = bench.path("tmp/s.sh")
    place.parent.mkdir(exist_ok=True)
    place.write_text("echo script\nexit 5\n")
    return "/tmp/s.sh"


def test_the_command_line_is_shown_before_the_container_is_looked_at(bench):
    bench.container(201)

    answer = bench.vzctl("--verbose", "exec", 201, "a", "", "b")

    assert answer == (8, "Executing command: a '' b \n", "Container is not running\n")


def test_a_dash_reads_the_script_whatever_follows_it(running, monkeypatch, tmp_path):
    (tmp_path / "stdin").write_text("echo from stdin; exit 5\n")
    with open(tmp_path / "stdin", encoding="utf-8") as stream:
        keeping = os.dup(0)
        os.dup2(stream.fileno(), 0)
        try:
            answer = running.vzctl("exec2", 201, "-", "more")
        finally:
            os.dup2(keeping, 0)
            os.close(keeping)

    assert answer == (5, "from stdin\n", "")


@pytest.mark.parametrize("command", ["nosuch", "/nosuch", "/etc"])
def test_a_vector_that_cannot_be_run_says_nothing(running, command):
    assert running.vzctl("exec3", 201, command) == (4, "", "")


def test_a_script_runs_in_a_stopped_container_in_silence(bench, script):
    bench.container(201)

    assert bench.vzctl("runscript", 201, script, "more") == (5, "script\n", "")
    assert bench.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"

    bench.vzctl("mount", 201)
    assert bench.vzctl("--verbose", "runscript", 201, script).out == "Running container script: /tmp/s.sh\nscript\n"
    assert bench.vzctl("status", 201).out == "CTID 201 exist mounted down\n"


def test_what_a_stopped_container_needs_for_a_script(bench, script):
    bench.container(201, base='OSTEMPLATE="debian-12-x86_64"\nPHYSPAGES="0:1"\n')
    assert bench.vzctl("runscript", 201, script) == (28, "", "Error: required UB parameter swappages not set\n")

    bench.container(202)
    bench.path("vz/root/202").rmdir()
    assert bench.vzctl("runscript", 202, script).rc == 6

    bench.conf(203, 'OSTEMPLATE="debian-12-x86_64"\n')
    assert bench.vzctl("runscript", 203, script).rc == 43


@pytest.mark.parametrize(
    ("words", "rc", "err"),
    [
        (["1"], 3, "Error in VE_CONFIGURE_OPEN_TTY: Bad file descriptor\n"),
        (["x"], 21, "Invalid tty number: x\n"),
        (["-1"], 21, "Invalid tty number: -1\n"),
        (["1", "2"], 20, "Invalid syntax: too many parameters!\n"),
    ],
)
def test_a_console_has_a_number(bench, words, rc, err):
    bench.container(201)

    assert bench.vzctl("console", 201, *words) == (rc, "", err)


def test_entering_is_remarked_upon_for_those_who_ask(running):
    assert running.vzctl("--verbose", "enter", 201).out.startswith("Entering CT\n")


# how much is said


@pytest.fixture
def odd(bench):
    bench.container(201, "FROB=1\n")
    return bench


def set_verbosity(bench, value):
    place = bench.path("etc/vz/vz.conf")
    place.write_text(place.read_text().replace("VERBOSE=0", f"VERBOSE={value}"))


ODD = 'Warning at /etc/vz/conf/201.conf:7: unknown parameter FROB ("1"), ignored\n'
SAVED = "CT configuration saved to /etc/vz/conf/201.conf\n"


@pytest.mark.parametrize(
    ("value", "options", "out"),
    [
        ("0", [], SAVED),
        ("0", ["--verbose"], ODD + SAVED),
        ("1", [], ODD + SAVED),
        ("-1", [], ""),
        ("-5", [], ""),
        ("-1", ["--verbose"], ODD + SAVED),
        ("1", ["--quiet"], ""),
    ],
)
def test_verbose_overrules_vz_conf(odd, value, options, out):
    set_verbosity(odd, value)

    assert odd.vzctl(*options, "set", 201, "--cpus", "1", "--save") == (0, out, "")


def test_status_says_nothing_else(bench):
    bench.container(201, "FROB=1\nFEATURES=nosuch:on\n")

    assert bench.vzctl("--verbose", "status", 201) == (0, "CTID 201 exist unmounted down\n", "")
    assert bench.vzctl("umount", 201).out == "Warning: Unknown feature: nosuch:on\n"
