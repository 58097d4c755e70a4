"""Waiting until a container is up: what does not answer is asked again, and the last answer is told."""

import socket
from types import SimpleNamespace

import pytest
from vzdomain.errors import CommandTimeoutError, OpenVZError
from vzdomain.execution.inside.waiting import wait_for
from vzdomain.model.inside import Waiting

CONTAINER = SimpleNamespace(ctid="101", domain=SimpleNamespace(name="web01"))


class Node:
    """A node whose container answers one after the other; the clock goes on by what is slept."""

    def __init__(self, *answers):
        self.answers, self.asked, self.now = list(answers), [], 0.0
        self.vzctl = self

    def run(self, *argv, timeout, check):
        self.asked.append((argv, timeout))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, waiting):
        wait_for(self, CONTAINER, waiting, clock=lambda: self.now, sleep=self.sleep)

    def sleep(self, seconds):
        self.now += seconds


def said(rc=0, stdout="", stderr=""):
    return SimpleNamespace(rc=rc, stdout=stdout, stderr=stderr)


@pytest.fixture
def listening():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def closed():
    """A port that is taken and at which nobody listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        yield server.getsockname()[1]


def test_it_is_over_when_a_command_can_be_run():
    node = Node(said(8), CommandTimeoutError("vzctl exec3 101 did not finish"), said())

    node.wait(Waiting())

    assert [argv for argv, _ in node.asked] == [("exec3", "101", "/bin/true")] * 3


def test_after_the_limit_the_last_answer_is_told():
    node = Node(said(8), said(31, stderr="Container is\nnot running\x1b[2J"))

    with pytest.raises(OpenVZError) as raised:
        node.wait(Waiting(limit=5))

    assert str(raised.value) == (
        "container web01 is not up after 5 seconds: /bin/true ends with code 31 (not running\\x1b[2J)"
    )
    assert node.now == 5


def test_no_call_may_take_longer_than_what_is_left_and_one_is_made_however_little_that_is():
    node = Node(said(1))

    with pytest.raises(OpenVZError):
        node.wait(Waiting(limit=0.1))

    assert [limit for _, limit in node.asked] == [1, 1]


def test_a_command_must_end_with_0_inside():
    node = Node(said(), said(1, "starting\n"), said(), said())

    node.wait(Waiting(command=("systemctl", "is-system-running")))

    assert [argv[2] for argv, _ in node.asked] == ["/bin/true", "systemctl"] * 2


def test_what_a_command_said_last_is_in_the_error():
    with pytest.raises(OpenVZError, match=r"systemctl ends with code 1 \(starting\)$"):
        Node(said(1, "starting\n")).wait(Waiting(exec=False, command=("systemctl", "is-system-running"), limit=1))


def test_a_port_answers_when_somebody_listens(listening, closed):
    Node().wait(Waiting(exec=False, address="127.0.0.1", port=listening))

    with pytest.raises(OpenVZError, match=f"seconds: port {closed} of 127.0.0.1: Connection refused$"):
        Node().wait(Waiting(exec=False, address="127.0.0.1", port=closed, limit=1))


def test_an_address_alone_answers_by_refusing():
    Node().wait(Waiting(exec=False, address="127.0.0.1"))
