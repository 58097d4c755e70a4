"""
``vzsim replay DIR``: recorded runs of vzctl against the simulated node, and of vzmigrate against two of them.

DIR holds ``transcripts.jsonl`` (one run a line: argv, rc, stdout, stderr and the ids of two worlds) and
``worlds.jsonl`` (states of a node, see :mod:`vzsim.replay.worlds`
and :mod:`vzsim.replay.worlds7`); either may be packed, with ``.gz`` at its name. For each run a new node is built,
the program runs as a separate process, and its effects and output are compared. The program knows nothing of what the
record expects. A DIR with ``moves.jsonl`` has runs of vzmigrate (:mod:`vzsim.replay.moves`).
"""

import argparse
import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from vzsim.replay import compared, compared7, moves, worlds, worlds7

PROGRAMS = ("vzctl", "vzlist")
UMASK = 0o022
TIME_LIMIT = 120  # seconds per run
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Lines from scripts of the recording host about programs missing there.
HOST_LINES = ("criu: not found", "lsmod: not found", "Warning: can't load ", 'Cannot find device "venet0"')
SHOWN_AT_MOST = 700  # characters per difference


class RecordError(Exception):
    """A record that cannot be replayed; the text says why."""


class Outcome:
    """The result of one record: differences in effects (``done``) and in text (``said``)."""

    def __init__(self, record_id, done=(), said=()):
        self.record_id = record_id
        self.done = list(done)
        self.said = list(said)


def main(argv=None):
    """Replay a folder; exit status 0 if every record matched in rc and world."""
    options = _parser().parse_args(argv)
    try:
        records, known = load(options.directory)
    except (OSError, ValueError) as problem:
        print(f"vzsim replay: {problem}", file=sys.stderr)
        return 2
    if options.only:
        wanted = options.only.split(",")
        records = [record for record in records if record.get("id") in wanted]
    outcomes = replay(records, known, options.jobs)
    if not options.quiet:
        _print_differences(outcomes)
    met = sum(not outcome.done for outcome in outcomes)
    print(f"text: {sum(not outcome.said for outcome in outcomes)} of {len(outcomes)}")
    print(f"{met} of {len(outcomes)} replayed")
    return 0 if met == len(outcomes) else 1


def _parser():
    parser = argparse.ArgumentParser(prog="vzsim replay", description="Replay recorded runs of vzctl and vzlist.")
    parser.add_argument(
        "directory", metavar="DIR", help="folder with transcripts.jsonl and worlds.jsonl, or moves.jsonl"
    )
    parser.add_argument("--only", metavar="ID,ID", help="just these records")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--quiet", action="store_true", help="no differences, only the last two lines")
    return parser


def _print_differences(outcomes):
    for outcome in outcomes:
        for line in outcome.done:
            print(f"{outcome.record_id}: {_cut(line)}")
        for line in outcome.said:
            print(f"{outcome.record_id}: text: {_cut(line)}")


def _cut(line):
    return line if len(line) <= SHOWN_AT_MOST else line[:SHOWN_AT_MOST] + " ..."


# reading


def load(directory):
    """The records, and the worlds by id, ``None`` for moves; an invalid line counts as a record that fails."""
    records = []
    name = "moves.jsonl" if is_of_moves(directory) else "transcripts.jsonl"
    for number, line in enumerate(_lines(directory, name), 1):
        record = _object(line)
        records.append(record if record is not None else {"id": f"line {number}"})
    if is_of_moves(directory):
        return records, None
    _share_made_up_macs(records)
    known = {}
    for line in _lines(directory, "worlds.jsonl"):
        world = _object(line)
        if world is not None and isinstance(world.get("id"), str):
            known[world["id"]] = world
    return records, known


def is_of_moves(directory):
    """Whether a folder has runs of vzmigrate."""
    return any(os.path.exists(os.path.join(directory, f"moves.jsonl{end}")) for end in ("", ".gz"))


def _share_made_up_macs(records):
    """MACs are derived, so later runs generate the same ones although their records do not list them."""
    lists = [record.get("generated_macs") for record in records]
    shared = sorted({str(mac) for macs in lists if isinstance(macs, list) for mac in macs})
    for record in records:
        record["generated_macs"] = shared


def _lines(directory, name):
    path = os.path.join(directory, name)
    if os.path.exists(f"{path}.gz"):
        with gzip.open(f"{path}.gz", "rt", encoding="utf-8") as file:
            return [line for line in file if line.strip()]
    with open(path, encoding="utf-8") as file:
        return [line for line in file if line.strip()]


def _object(line):
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


# running


def replay(records, known, jobs=1):
    """Replay records, several at a time; an :class:`Outcome` for each, in order."""
    with tempfile.TemporaryDirectory(prefix="vzsim-", dir=_fast_place()) as scratch:
        scratch = os.path.realpath(scratch)
        template = worlds.make_template(os.path.join(scratch, "template"))
        with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool:
            places = [os.path.join(scratch, f"n{number}") for number in range(len(records))]
            tasks = [
                pool.submit(_replay_one, record, known, place, template)
                for record, place in zip(records, places, strict=True)
            ]
            return [task.result() for task in tasks]


def _fast_place():
    """A directory in memory, if programs can run there: thousands of small files are written."""
    place = "/dev/shm"
    if not os.access(place, os.W_OK | os.X_OK) or os.statvfs(place).f_flag & os.ST_NOEXEC:
        return None
    return place


def _replay_one(record, known, directory, template):
    record_id = str(record.get("id", "?"))
    try:
        if known is None:
            return Outcome(record_id, *moves.replay_one(record, directory, template))
        return _met(record, known, directory, template)
    except RecordError as problem:
        return Outcome(record_id, [str(problem)], [str(problem)])
    except (KeyError, TypeError, AttributeError, ValueError, OSError) as problem:
        reason = f"cannot be replayed: {type(problem).__name__}: {problem}"
        return Outcome(record_id, [reason], [reason])
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _met(record, known, directory, template):
    before = _world(known, record, "world_before")
    program, arguments, environment = _command(record)
    environment.update(record.get("env") or {})
    os.makedirs(directory)
    holders = (worlds7 if _is_seven(before) else worlds).build(directory, before, template)
    try:
        ran = _run([os.path.join(directory, "bin", program), *arguments], environment, record.get("stdin"), directory)
        answers = [record, *({**record, **other} for other in record.get("also_seen") or ())]
        outcomes = [
            _compare(answer, ran, directory, before, _world(known, answer, "world_after"), template)
            for answer in answers
        ]
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()
    return min(outcomes, key=lambda outcome: (len(outcome.done), len(outcome.said)))


def _is_seven(world):
    """Whether a world is of vzctl 7 to 9, which keep their configurations in the private areas."""
    return "areas" in world


def _world(known, record, key):
    name = record.get(key)
    if name not in known:
        raise RecordError(f"{key}: no world {name!r}")
    return known[name]


def _command(record):
    """``["setpriv", "--reuid", "65534", "vzlist", "-a"]`` -> ``("vzlist", ["-a"], {"VZSIM_UID": "65534"})``"""
    argv = [str(word) for word in record.get("argv") or []]
    environment = {}
    if argv[:1] == ["setpriv"]:
        at = next((place for place, word in enumerate(argv) if os.path.basename(word) in PROGRAMS), len(argv))
        environment = _other_user(argv[1:at])
        argv = argv[at:]
    if not argv or os.path.basename(argv[0]) not in PROGRAMS:
        raise RecordError(f"unknown program {argv[0] if argv else None!r}")
    return os.path.basename(argv[0]), argv[1:], environment


def _other_user(options):
    words = " ".join(options).replace("=", " ").split()
    uids = [words[place + 1] for place, word in enumerate(words[:-1]) if word in ("--reuid", "--ruid", "--euid")]
    return {"VZSIM_UID": uids[-1]} if uids else {}


class Ran:
    """One run of a program: rc, stdout and stderr."""

    def __init__(self, rc, stdout, stderr):
        self.rc = rc
        self.stdout = stdout
        self.stderr = stderr


def _run(argv, environment, stdin, directory):
    data = (stdin or "").encode("utf-8", "surrogateescape")
    environment = {"PATH": PATH, "HOME": "/", "LC_ALL": "C.UTF-8", **environment}
    argv = [word.encode("utf-8", "surrogateescape") for word in argv]
    try:
        ran = subprocess.run(
            argv,
            input=data,
            capture_output=True,
            env=environment,
            cwd=directory,
            timeout=TIME_LIMIT,
            umask=UMASK,
        )
    except subprocess.TimeoutExpired:
        raise RecordError(f"no answer within {TIME_LIMIT} s") from None
    return Ran(ran.returncode, _text(ran.stdout, directory), _text(ran.stderr, directory))


def _text(data, directory):
    """Remove the node's directory from output; bytes that are not UTF-8 show as ``\\xNN``."""
    return data.replace(directory.encode(), b"").decode("utf-8", "backslashreplace")


# comparing


def _compare(answer, ran, directory, before, after, template):
    if _is_seven(before):
        return Outcome(str(answer.get("id", "?")), *compared7.compare(answer, ran, directory, before, after))
    macs = _made_up_macs(answer, ran, directory, after)
    outcome = Outcome(str(answer.get("id", "?")))
    if ran.rc != answer.get("rc"):
        outcome.done.append(f"rc: expected {answer.get('rc')}, got {ran.rc}")
    outcome.done += compared.differences(directory, before, after, template, macs)
    for stream, actual in (("stdout", ran.stdout), ("stderr", ran.stderr)):
        expected, actual = _own_lines(answer.get(stream) or ""), _own_lines(compared.translate(actual, macs))
        if not compared.same_text(expected, actual):
            outcome.said.append(f"{stream}: expected {expected!r}, got {actual!r}")
    if any("Traceback" in text for text in (ran.stdout, ran.stderr)):
        outcome.done.append("the program crashed")
    return outcome


def _own_lines(text):
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(mark in line for mark in HOST_LINES))


def _made_up_macs(answer, ran, directory, after):
    """MAC addresses of this run -> those of the record: matched by their places in texts, files and live values."""
    generated = {mac.upper() for mac in answer.get("generated_macs") or ()}
    if not generated:
        return {}
    pairs = [(answer.get("stdout") or "", ran.stdout), (answer.get("stderr") or "", ran.stderr)]
    pairs += compared.texts_with_macs(directory, after)
    macs = {}
    for expected, actual in pairs:
        found_there = re.findall(compared.MAC, actual)
        for wanted, found in zip(re.findall(compared.MAC, expected), found_there, strict=False):
            if wanted.upper() in generated and wanted.upper() not in macs.values():
                macs.setdefault(found.upper(), wanted.upper())
    return macs
