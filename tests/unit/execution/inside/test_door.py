"""What a container answers is believed only in the shape that is expected; everything else is one sentence."""

import sys
from types import SimpleNamespace

import pytest
from vzdomain.errors import InsideError, MissingProgramError
from vzdomain.execution.inside.door import Deposit, Door

SECRET = "correct horse battery staple"
VZCTL = """#!{python}
import json, sys
open({log!r}, "a").write(" ".join(sys.argv) + "\\n")
head = json.loads(sys.stdin.buffer.readline())
sys.stdin.buffer.read()
def frame(text, nonce=head["nonce"]):
    print("\\nSALT-OPENVZ", nonce, len(text))
    print(text, end="")
{says}
"""


@pytest.fixture
def door(tmp_path):
    """A door to a container that says what some lines of Python print."""

    def make(says, python=None):
        program = tmp_path / "vzctl"
        program.write_text(VZCTL.format(python=sys.executable, says=says, log=str(tmp_path / "log")))
        program.chmod(0o755)
        node = SimpleNamespace(vzctl=SimpleNamespace(vzctl=str(program)))
        container = SimpleNamespace(ctid=101, domain=SimpleNamespace(name="web01"))
        return Door(node, container, python=python)

    return make


def test_an_answer_is_harmless_and_nothing_is_in_an_argument(door, tmp_path):
    answer = door(r"""frame(json.dumps({"value": {"a": "\x1b[2J"}, "retcode": 3, "said": "x"}))""").run(
        SECRET, {"word": SECRET}, payload=SECRET.encode()
    )
    assert (answer.value, answer.retcode, answer.sent) == ({"a": r"\x1b[2J"}, 3, 0)
    assert SECRET not in (tmp_path / "log").read_text()


def test_what_is_deposited_is_sent_only_if_it_is_asked_for(door, tmp_path):
    path = tmp_path / "thin.tgz"
    path.write_bytes(b"thin")
    asking = """
if head["deposit"]: frame(json.dumps({"value": 1, "retcode": 0}))
else: frame('{"needs": true}')
"""
    deposit = Deposit("thin", "ab" * 32, str(path))
    assert door(asking).run("", {}, deposit=deposit).sent == 4
    assert door("""frame(json.dumps({"value": 1, "retcode": 0}))""").run("", {}, deposit=deposit).sent == 0


@pytest.mark.parametrize(
    "says",
    [
        "frame('no json')",
        "frame('[1]')",
        "frame('{}')",
        """frame('{"value": 1, "retcode": true}')""",
        """frame('{"value": 1, "retcode": "0"}')""",
        """frame('{"value": ' + '[' * 200 + ']' * 200 + ', "retcode": 0}')""",
        """frame('{"value": ' + '[' * 100000)""",
        """frame('{"value": ' + '9' * 10000 + ', "retcode": 0}')""",
        """frame('{"value": 1e999, "retcode": 0}')""",
        """frame('{"error": "rm -rf"}')""",
        """frame('{"error": []}')""",
        """frame('{"needs": true}')""",
        """print("\\nSALT-OPENVZ", head["nonce"], "many")""",
    ],
)
def test_an_answer_that_makes_no_sense_is_one_sentence(door, says):
    with pytest.raises(InsideError, match=r"^what container web01 answered makes no sense"):
        door(says).run("", {})


def test_an_answer_to_another_question_is_none(door):
    with pytest.raises(InsideError, match=r"^container web01 gave no answer, vzctl exec3 ended with code 0"):
        door("""frame('{"value": 1, "retcode": 0}', "another")""").run("", {})


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ("print('SALT-OPENVZ no python')", r"^container web01 has no Python 3; install it inside"),
        ("""frame('{"error": "full"}')""", r"^the disk of container web01 is full"),
        ("""frame('{"error": "busy"}')""", r"^another run of states is in progress inside container web01"),
        ("""frame('{"error": "old", "what": "3.4.2"}')""", r"^container web01 has Python 3\.4\.2, which is too old"),
        ("""frame('{"error": "late"}')""", r"did not finish within 3600 seconds and was killed"),
        (r"""frame('{"error": "died", "what": "a\\nlast words"}')""", r"ended before it gave an answer: last words$"),
        ("sys.stderr.write('cannot enter'); sys.exit(31)", r"ended with code 31: cannot enter; does it still run\?$"),
        ("while True: sys.stdout.write('x' * 65536)", r"^what ran inside container web01 printed more than 32 MiB"),
    ],
)
def test_each_failure_is_one_sentence(door, says, sentence):
    with pytest.raises(InsideError, match=sentence):
        door(says).run("", {})


def test_a_python_that_is_named_and_not_there_is_named(door):
    with pytest.raises(InsideError, match=r"^container web01 has no /opt/python, which openvz:inside_python names$"):
        door("print('SALT-OPENVZ no python')", python="/opt/python").run("", {})


def test_without_vzctl_the_setting_is_named(door):
    made = door("")
    made._node.vzctl.vzctl = "/nowhere/vzctl"
    with pytest.raises(MissingProgramError, match=r"set openvz:vzctl"):
        made.run("", {})
