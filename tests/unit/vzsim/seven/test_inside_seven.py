"""Commands in containers of vzctl 7 to 9, without a container: which words run, and what their end means."""

import threading

import pytest

from vzsim import files, guest
from vzsim.seven import vzctl
from vzsim.seven.commands.inside import execute
from vzsim.seven.node import Node


@pytest.fixture
def node(tmp_path):
    """A node of vzctl 9.0.1 with the running container 101."""
    area = tmp_path / "vz/private/101"
    for path in ("etc/vz/conf", "etc/vz/names", "proc/vz/ct"):
        (tmp_path / path).mkdir(parents=True)
    area.mkdir(parents=True)
    (tmp_path / "etc/vz/vz.conf").write_text("VE_ROOT=/vz/root/$VEID\nVE_PRIVATE=/vz/private/$VEID\n")
    (area / "ve.conf").write_text('VEID="101"\n')
    (tmp_path / "etc/vz/conf/101.conf").symlink_to(area / "ve.conf")
    found = Node(str(tmp_path))
    found.set_running("101", {"hostname": "web", "cgroup": {}})
    return found


@pytest.fixture
def ran(monkeypatch):
    """What was run inside, instead of running it; ``ran.ends_with`` is how it ends."""

    class Ran(list):
        ends_with = guest.Ended(0, None)

    found = Ran()

    class Inside:
        def __init__(self, run, hostname):
            found.append(hostname)

        def shell(self, line=None, stdin=None):
            found.append(line if stdin is None else stdin)
            return self.end()

        def execute(self, argv):
            found.append(argv)
            return self.end()

        def end(self):
            if isinstance(found.ends_with, Exception):
                raise found.ends_with
            return found.ends_with

    monkeypatch.setattr(guest, "Guest", Inside)
    return found


def test_exec_and_exec2_make_one_line_of_the_words_and_exec3_does_not(node, ran):
    for command in ("exec", "exec2", "exec3"):
        assert vzctl.main(node, [command, "101", "echo", "a b", "--x"]) == 0
    assert ran == ["web", "echo a b --x", "web", "echo a b --x", "web", ["echo", "a b", "--x"]]


@pytest.mark.parametrize(("command", "rc"), [("exec", 8), ("exec2", 3), ("exec3", 3)])
def test_a_code_of_the_command_is_8_with_exec_only(node, ran, command, rc):
    ran.ends_with = guest.Ended(3, None)
    assert vzctl.main(node, [command, "101", "false"]) == rc


def test_a_signal_is_3_and_named(node, ran, capfd):
    ran.ends_with = guest.Ended(0, 15)
    assert vzctl.main(node, ["exec2", "101", "true"]) == 3
    assert capfd.readouterr().err == "Got signal 15\n"


def test_a_dash_is_no_script_from_standard_input(node, ran):
    assert vzctl.main(node, ["exec2", "101", "-"]) == 2
    assert ran == []


def test_a_program_that_is_missing_is_47_with_exec3(node, ran, capfd):
    ran.ends_with = guest.NotStartedError()
    assert vzctl.main(node, ["exec3", "101", "nosuch", "x"]) == 47
    assert capfd.readouterr().err == "Failed to exec nosuch: No such file or directory\n"


def test_a_paused_container_runs_nothing_before_it_goes_on(node, ran, monkeypatch):
    node.set_running("101", {"hostname": "web", "cgroup": {}, "paused": True})
    looked = threading.Event()
    monkeypatch.setattr(execute.time, "sleep", lambda seconds: seconds == execute.PAUSE and looked.set())
    codes = []
    thread = threading.Thread(target=lambda: codes.append(vzctl.main(node, ["exec", "101", "true"])), daemon=True)
    thread.start()
    assert looked.wait(10)
    assert ran == []
    node.set_running("101", {"hostname": "web", "cgroup": {}})
    thread.join(30)
    assert codes == [0]


def test_runscript_hands_the_text_of_a_file_of_the_node_to_the_shell_inside(node, ran):
    files.write_text(node.path("/s.sh"), "echo hi\n")
    ran.ends_with = guest.Ended(5, None)
    assert vzctl.main(node, ["runscript", "101", "/s.sh"]) == 5
    assert ran == ["web", "echo hi\n"]


def test_console_attaches_to_the_tty_it_is_told(node, capfd):
    assert vzctl.main(node, ["console", "101", "3"]) == 0
    assert capfd.readouterr().err.startswith("Attached to CT 101 tty3 ")
    assert vzctl.main(node, ["console", "101", "x"]) == 21
    assert capfd.readouterr().err == "Incorrect tty number 'x' is specified"
    assert vzctl.main(node, ["console", "101", "2", "y"]) == 20
    assert capfd.readouterr().out == "non-option ARGV-elements: 2 \n"


def test_enter_takes_no_words(node, capfd):
    assert vzctl.main(node, ["enter", "101", "x"]) == 20
    assert capfd.readouterr().err == "Invalid options: x \n"


def test_compacting_wants_numbers(node, capfd):
    assert vzctl.main(node, ["compact", "101", "--delta", "x"]) == 21
    assert capfd.readouterr().err == "Incorrect delta number 'x' is specified\n"
    assert vzctl.main(node, ["compact", "101", "x"]) == 20
