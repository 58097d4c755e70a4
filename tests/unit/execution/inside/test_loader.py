"""The part of the door that runs inside, with the Python of this machine; numbers that it could send are checked."""

import fcntl
import hashlib
import json
import os
import sys
import tarfile
from types import SimpleNamespace

import pytest
from vzdomain.errors import InsideError
from vzdomain.execution.inside import door as its
from vzdomain.execution.inside.door import Deposit, Door
from vzdomain.execution.inside.loader import LOADER

CONTAINER = SimpleNamespace(ctid="101", domain=SimpleNamespace(name="web01"))
ECHO = "def main(job, payload):\n    return {**job, 'payload': payload and open(payload).read()}, 3\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where the loader keeps its things, in the place of /var/cache/salt-openvz."""
    monkeypatch.setattr(its, "LOADER", LOADER.replace("/var/cache/salt-openvz", str(tmp_path / "place")))
    return tmp_path / "place"


@pytest.fixture
def door(place, tmp_path):
    return made(tmp_path, f'#!/bin/sh\necho "$@" >> {tmp_path}/argv\nshift 2; exec "$@"\n')


def made(tmp_path, script, **how):
    path = tmp_path / "vzctl"
    path.write_text(script)
    path.chmod(0o700)
    return Door(SimpleNamespace(vzctl=SimpleNamespace(vzctl=str(path))), CONTAINER, **{"timeout": 60, **how})


@pytest.fixture
def deposit(tmp_path):
    (tmp_path / "word").write_text("thin")
    with tarfile.open(tmp_path / "thin.tgz", "w:gz") as tar:
        tar.add(tmp_path / "word", "word")
    digest = hashlib.sha256((tmp_path / "thin.tgz").read_bytes()).hexdigest()
    return Deposit("thin", digest, str(tmp_path / "thin.tgz"), needs=(3, 4))


def test_a_program_gets_its_job_and_payload_and_nothing_of_it_is_an_argument(door, place, tmp_path):
    answer = door.run(ECHO, {"word": "hunter2"}, payload=b"secret")
    assert (answer.value["word"], answer.value["payload"], answer.retcode) == ("hunter2", "secret", 3)
    words = (tmp_path / "argv").read_text()
    assert "hunter2" not in words and "secret" not in words
    assert os.listdir(place) == []
    assert place.stat().st_mode & 0o777 == 0o700


def test_a_deposit_is_sent_once_and_then_used(door, deposit):
    program = "import os\ndef main(job, payload):\n    return open(os.path.join(job['deposit'], 'word')).read(), 0\n"
    cold, warm = (door.run(program, {}, deposit=deposit) for _ in range(2))
    assert (cold.value, warm.value) == ("thin", "thin")
    assert (cold.sent, warm.sent) == (os.path.getsize(deposit.path), 0)


@pytest.fixture
def full(tmp_path):
    """A door to a container in which no file may become larger than 64 KiB: a write fails in the middle."""
    return made(tmp_path, "#!/bin/sh\ntrap '' XFSZ\nulimit -f 128\nshift 2; exec \"$@\"\n")


@pytest.mark.parametrize("size", (40_000, 100_000), ids=("unpacking", "receiving"))
def test_a_disk_that_fills_up_under_a_deposit_is_named_and_nothing_of_it_stays(place, full, tmp_path, size):
    word = os.urandom(size) + bytes(100_000)  # zeroes need no room in the archive
    (tmp_path / "word").write_bytes(word)
    with tarfile.open(tmp_path / "thin.tgz", "w:gz") as tar:
        tar.add(tmp_path / "word", "word")
    data = (tmp_path / "thin.tgz").read_bytes()
    deposit = Deposit("thin", hashlib.sha256(data).hexdigest(), str(tmp_path / "thin.tgz"), needs=(3, 4))
    with pytest.raises(InsideError, match="^the disk of container web01 is full"):
        full.run(ECHO, {}, deposit=deposit)
    assert os.listdir(place) == []
    roomy = made(tmp_path, '#!/bin/sh\nshift 2; exec "$@"\n')
    assert roomy.run(ECHO, {}, deposit=deposit).sent == len(data)


def test_a_disk_that_fills_up_under_a_program_is_named_and_its_files_go(place, full):
    program = "def main(job, payload):\n    with open('large', 'wb') as file:\n        file.write(bytes(100000))\n"
    with pytest.raises(InsideError, match="^the disk of container web01 is full"):
        full.run(program, {})
    assert os.listdir(place) == []


def test_what_nobody_has_used_for_long_goes_and_what_is_in_use_stays(door, place, deposit):
    place.mkdir(0o700)
    for name in ("thin-old", "thin-new", "run-dead", "run-alive"):
        (place / name).mkdir()
    os.utime(place / "thin-old", (0, 0))
    with open(place / "run-alive/lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        door.run(ECHO, {}, deposit=deposit)
    assert sorted(os.listdir(place)) == ["run-alive", f"thin-{deposit.digest[:16]}", "thin-new"]


@pytest.mark.parametrize("kind", ["link", "open"])
def test_a_place_that_others_could_write_is_refused(door, place, tmp_path, kind):
    (tmp_path / "other").mkdir(0o700)
    if kind == "link":
        place.symlink_to(tmp_path / "other")
    else:
        place.mkdir()
        place.chmod(0o777)
    with pytest.raises(InsideError, match="not a directory of its root alone"):
        door.run(ECHO, {})
    assert os.listdir(tmp_path / "other") == os.listdir(place) == []


def test_two_runs_of_states_at_once_are_one_too_many(door, place):
    place.mkdir(0o700)
    with open(place / "lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(InsideError, match="another run of states"):
            door.run(ECHO, {"exclusive": True})
        assert door.run(ECHO, {}).retcode == 3


def test_what_takes_too_long_is_ended_inside_with_what_it_started(door, tmp_path):
    program = (
        "import subprocess, time\n"
        f"def main(job, payload):\n    subprocess.Popen(['flock', {str(tmp_path / 'held')!r}, 'sleep', '600'])\n"
        "    time.sleep(600)\n"
    )
    with pytest.raises(InsideError, match="did not finish within 2 seconds"):
        door.run(program, {}, timeout=2)
    with open(tmp_path / "held", "a") as free:
        fcntl.flock(free, fcntl.LOCK_EX)  # hangs if it is still there


def test_a_child_that_is_left_behind_and_talks_for_ever_keeps_nobody(door):
    program = (
        "import subprocess\ndef main(job, payload):\n    subprocess.Popen(['yes'], start_new_session=True)\n"
        "    return 'done', 0\n"
    )
    answer = door.run(program, {}, timeout=300)
    assert answer.value == "done"
    assert len(answer.said) <= 4096


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (
            "def main(job, payload):\n    raise OSError(28, 'No space left on device')\n",
            "disk of container web01 is full",
        ),
        ("import os\ndef main(job, payload):\n    os._exit(0)\n", "ended before it gave an answer"),
        ("def main(job, payload):\n    raise ValueError('\\x1b[2J')\n", r"ValueError: \\x1b\[2J"),
    ],
)
def test_a_program_that_gives_no_answer_is_one_sentence(door, program, words):
    with pytest.raises(InsideError, match=words):
        door.run(program, {})


def test_a_python_that_is_missing_or_too_old_is_said(door, place, tmp_path, deposit):
    missing = made(tmp_path, '#!/bin/sh\nshift 2; exec "$@"\n', python="python0")
    with pytest.raises(InsideError, match="has no python0, which openvz:inside_python names"):
        missing.run(ECHO, {})
    with pytest.raises(InsideError, match="too old"):
        door.run(ECHO, {}, deposit=Deposit("thin", deposit.digest, deposit.path, needs=(99, 0)))


def forging(tmp_path, text, length=None):
    """A container that knows the frame, and puts into it what it likes."""
    (tmp_path / "said").write_bytes(text)
    code = "import json, sys\nnonce = json.loads(sys.stdin.buffer.readline().decode())['nonce']\n"
    code += f"text = open({str(tmp_path / 'said')!r}, 'rb').read()\nsys.stdin.buffer.read()\n"
    code += "sys.stdout.buffer.write(('\\nSALT-OPENVZ %s %s\\n' % (nonce, "
    code += f"{length!r} or len(text))).encode() + text)\n"
    return made(tmp_path, f"#!{sys.executable}\n{code}")


@pytest.mark.parametrize(
    "text",
    [
        b'{"value": NaN, "retcode": 0}',
        b'{"value": -Infinity, "retcode": 0}',
        b'{"value": %s, "retcode": 0}' % (b"9" * 26),
    ],
)
def test_a_number_that_nobody_can_pass_on_makes_no_sense(tmp_path, text):
    with pytest.raises(InsideError, match="makes no sense"):
        forging(tmp_path, text).run(ECHO, {})


def test_what_is_cut_makes_no_sense_and_what_drives_a_terminal_is_shown(tmp_path):
    text = json.dumps({"value": ["\x1b[2J"], "retcode": 0, "said": "\x07"}).encode()
    with pytest.raises(InsideError, match="makes no sense"):
        forging(tmp_path, text, 10).run(ECHO, {})
    answer = forging(tmp_path, text).run(ECHO, {})
    assert (answer.value, answer.said) == (["\\x1b[2J"], "\\x07")


def test_a_container_that_says_nothing_in_time_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(its, "_AFTER", 0)
    with pytest.raises(InsideError, match="did not finish within 0.5 seconds"):
        made(tmp_path, "#!/bin/sh\nexec sleep 600\n").run(ECHO, {}, timeout=0.5)
