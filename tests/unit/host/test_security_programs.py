"""What programs may answer, and what they may be given: too much, never, nonsense, and what a terminal would obey."""

import json
import os
import sys

import pytest
from library import listed
from vzdomain import errors
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import typed
from vzdomain.host import process
from vzdomain.host.kernel import runtime
from vzdomain.host.vzctl import Vzctl
from vzdomain.model import fields, names

ROW = '{"ctid": 209, "status": "stopped", "uptime": 0.000}'


@pytest.fixture
def program(tmp_path):
    """``program("print('x')")``: a vzctl and vzlist of a few lines of Python."""

    def make(body):
        path = tmp_path / "vzctl"
        version = "if sys.argv[1:] == ['--version']: print('vzctl version 4.11.1'); sys.exit()"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time\n{version}\n{body}\n")
        path.chmod(0o755)
        return Vzctl(str(path), str(path), command_timeout=20)

    return make


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_container_that_answers_without_end_is_stopped(program, monkeypatch, stream):
    monkeypatch.setattr(process, "MAX_BYTES", 1024 * 1024)
    endless = program(f"while True: sys.{stream}.write('x' * 65536)")

    with pytest.raises(errors.CannotAskError, match="printed more than .* MiB and was killed"):
        endless.run("exec3", "209", "cat", "/etc/shadow")


def test_what_is_said_up_to_the_limit_is_heard(program):
    said = program("sys.stdout.write('x' * 5_000_000); sys.stderr.write('y' * 5_000_000)").run("exec3", "209")

    assert (len(said.stdout), len(said.stderr)) == (5_000_000, 5_000_000)


def test_a_program_that_reads_nothing_takes_no_harm_from_its_input(program):
    assert program("sys.exit()").run("exec3", "209", stdin="x" * 5_000_000).rc == 0


def test_input_goes_in_while_output_comes_out(program):
    echo = program("while piece := os.read(0, 4096): os.write(1, piece)")

    assert echo.run("exec3", "209", stdin="x" * 5_000_000).stdout == "x" * 5_000_000


def test_a_program_that_says_too_much_is_gone_afterwards(program, monkeypatch, tmp_path):
    monkeypatch.setattr(process, "MAX_BYTES", 1024 * 1024)
    endless = program(f"open('{tmp_path}/pid', 'w').write(str(os.getpid()))\nwhile True: sys.stdout.write('x' * 65536)")

    with pytest.raises(errors.CannotAskError):
        endless.run("exec3", "209", "yes")

    assert not os.path.exists(f"/proc/{(tmp_path / 'pid').read_text()}")


def test_a_program_that_says_nothing_ends_in_its_time(program):
    with pytest.raises(errors.CommandTimeoutError, match=r"did not finish within 0\.5 seconds"):
        program("time.sleep(60)").run("exec3", "209", timeout=0.5)


@pytest.mark.parametrize("limit", [1e10, 1e300, float("inf")])
def test_any_time_is_a_limit(program, limit):
    assert program("print('done')").run("exec3", "209", timeout=limit).stdout == "done\n"


def test_an_error_is_one_line_that_is_not_too_long():
    for error in (errors.RefusedError("a\nb\x1b\u202e" * 999), errors.DocumentError("a\nb\x1b\u202e" * 999, "x")):
        assert len(str(error)) < 2100
        assert not set("\n\x1b\u202e") & set(str(error) + getattr(error, "message", ""))
        assert "a\\nb\\x1b\\u202e" in str(error)


def test_each_line_of_what_a_program_says_is_shown_by_itself(program):
    said = program("sys.stderr.write('one\\x1b[1m\\ntwo\\n')").run("set", "209")

    assert said.message == r"one\x1b[1m; two"


def test_what_programs_say_reaches_no_terminal_as_a_command(program):
    loud = program("sys.stderr.write('Warning: \\x1b]0;owned\\x07\\u202e\\n'); sys.exit(len(sys.argv) - 2)")

    with pytest.raises(errors.VzctlError) as caught:
        loud.run("set", "209")

    assert "\x1b" not in str(caught.value) and "\u202e" not in str(caught.value)
    assert loud.run("set").warnings == (r"Warning: \x1b]0;owned\x07\u202e",)


@pytest.mark.parametrize("argument", ["a\0b", "\ud800"])
def test_what_no_program_can_be_given_is_refused_in_one_sentence(program, argument):
    with pytest.raises(errors.RefusedError, match="NUL or an invalid character"):
        program("print('run')").run("exec3", "209", argument)


ANSWERS = {
    "nothing": "",
    "10 MB without a line": "x" * 10_000_000,
    "10 MB of digits": '[\n{"ctid": ' + "9" * 10_000_000,
    "a long number": '[\n{"ctid": ' + "9" * 5000 + ', "status": "running", "uptime": 1.0}\n]',
    "a long uptime": '[\n{"ctid": 209, "status": "running", "uptime": ' + "9" * 5000 + ".0}\n]",
    "deep": "[\n" + "[" * 100_000,
    "a broken text": '[\n{"ctid": 209, "status": "run"ning", "uptime": 1.0}\n]',
    "a word for a number": '[\n{"ctid": "209", "status": "running", "uptime": "x"}\n]',
    "another status": '[\n{"ctid": 209, "status": "\\u001b[31m", "uptime": 1.0}\n]',
    "no objects": "[\n1, null\n]",
    "an object": '{"ctid": 209}',
    "control characters": "\x00\x1b[2J\x07[\n]x",
    "an odd number": '[\n{"ctid": 209, "status": "running", "uptime": NaN, "ip": ["x"]}\n]',
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_nonsense_from_vzlist_makes_no_container_absent(directory, answer):
    directory.add("209")
    directory.vzctl.listed = answer

    assert directory.node().container("209").status == "stopped"  # of vzctl status


@pytest.mark.parametrize("answer", [one for name, one in ANSWERS.items()], ids=ANSWERS)
def test_nonsense_from_vzlist_is_one_error_for_who_compares_with_the_kernel(directory, answer):
    directory.add("209")
    directory.vzctl.listed = answer

    with pytest.raises(errors.CannotAskError, match="vzlist's answer cannot be read") as caught:
        runtime.look(directory.node())

    assert len(str(caught.value)) < 2100


@pytest.mark.parametrize("address", ["x", "$(x)", "10.0.0.1/99", 5, None, ["10.0.0.1"]])
def test_what_vzlist_calls_an_address_is_one(directory, address):
    directory.add("209", status="running")
    directory.vzctl.listed = "[\n" + json.dumps(listed("209", ip=[address])) + "\n]"

    with pytest.raises(errors.CannotAskError, match="vzlist's answer cannot be read"):
        runtime.look(directory.node())


def test_a_line_that_is_hostile_spoils_no_other(directory):
    directory.add("209")
    directory.vzctl.listed = f'[\n{{"ctid": 208, "description": "}}", "status": "running\x1b"}}\n{ROW}\n]'
    directory.vzctl.statuses["209"] = "running"  # what vzctl status would say

    assert directory.node().container("209").status == "stopped"


# arguments, for every option of the table

EVIL = [
    "a\nb",
    "a\n",
    " \r",
    "a\rb",
    'a"b',
    "a\\",
    "`x`",
    "$(x)",
    "$VEID;$(x)",
    "a\0",
    "\ud800",
    "\x1b[1m",
    "x" * 10_000,
    "a\u2028b",
]
PATHS = ["../../etc/passwd", "/etc/../etc/passwd", "..", "a/../b", "-x"]


@pytest.mark.parametrize("option", sorted(LEGACY.set | LEGACY.create))
@pytest.mark.parametrize("text", EVIL, ids=ascii)
def test_no_option_takes_what_a_shell_would_act_on_or_vzctl_not_read_back(option, text):
    with pytest.raises(ValueError, match="."):
        typed.OPTIONS.argument(option, text)


@pytest.mark.parametrize("option", ["ostemplate", "config", "applyconfig", "private", "root", "name"])
@pytest.mark.parametrize("text", PATHS)
def test_no_name_of_a_file_points_elsewhere(option, text):
    if (option, text) == ("name", "-x"):
        return  # a name as others, and a word after --name
    with pytest.raises(ValueError, match="."):
        typed.OPTIONS.argument(option, text)


FIELDS = [row for row in fields.FIELDS if row.kind.form in ("text", "list") and row.name not in ("ctid", "init")]
ZONES = ["fe80::1%$(x)", 'fe80::1%"', "fe80::1%a`b", "fe80::1%a\nb"]


@pytest.mark.parametrize("row", FIELDS, ids=lambda row: row.name)
@pytest.mark.parametrize("text", [*EVIL, *ZONES], ids=ascii)
def test_no_field_of_a_document_takes_it_either(row, text):
    try:
        taken = row.kind.parse(text)
    except ValueError:
        return

    assert taken == text.strip() and len(taken) <= 4096
    assert not set(taken) & set('"\\`$\n\r\0\x1b\ud800\u2028')


@pytest.mark.parametrize("text", ["fe80::1%eth0", "fd00::1", "10.0.0.1", "inherit"])
def test_a_name_server_may_have_a_zone_that_is_a_device(text):
    assert names.nameserver(text) == text
