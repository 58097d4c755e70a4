"""
Injected failures: ``vzsim fault DIR ...``.

A fault strikes before the action (and instead of it, if it has an exit code)
or after it, so that only the answer is lost. Faults are stored in the node's faults.json.
"""

import os
import time

from vzsim.codes import write
from vzsim.files import exclusive, read_json, read_text, write_json

FILE = "/faults.json"
KILL = 9
MOMENT = 0.5  # seconds
PAUSE = 0.01  # seconds between looks at a file or a process


def add(node, fault):
    """
    Add a fault, a dictionary of any of these keys: program, command, match (text in the argv), step (of a program
    that moves containers), rc, stdout, stderr, hang (seconds), until (a file: made when the fault strikes, the run
    goes on when it is removed), kill (``TERM`` or ``KILL``: the program whose step it is), lost (the connection to
    the other node), when (``before`` or ``after``), times (how often; unlimited if missing).

    ``add(node, {"command": "set", "rc": 46, "stderr": "No disk space\\\\n", "times": 1})``
    """
    write_json(node.path(FILE), [*read_json(node.path(FILE), []), fault])


def waiting(node):
    """The faults still pending, latest first."""
    return [fault for fault in reversed(read_json(node.path(FILE), [])) if fault.get("times") != 0]


def clear(node):
    """Clear all faults."""
    path = node.path(FILE)
    if os.path.exists(path):
        os.unlink(path)


def handed_over():
    """The fault that a program of several steps has found for the one that it runs there, as this process."""
    text = os.environ.pop("VZSIM_FAULT", None)
    if not text:
        return None
    import json

    return json.loads(text)


def matching(node, program, words, step=None):
    """The first fault that matches this run, or this step of it; a limited one is used up by it."""
    path = node.path(FILE)
    if not os.path.exists(path):
        return None
    with exclusive(path):
        faults = read_json(path, [])
        for fault in reversed(faults):  # the latest one wins
            if fault.get("times") != 0 and applies(fault, program, words, step):
                if fault.get("times") is not None:
                    fault["times"] -= 1
                    write_json(path, faults)
                return fault
    return None


def applies(fault, program, words, step=None):
    wanted = fault.get("step")
    if (step is None) != (wanted is None) or (step and step != wanted and not step.startswith(f"{wanted}-")):
        return False
    command = next((word for word in words if not word.startswith("-")), None)
    return (
        fault.get("program") in (None, program)
        and fault.get("command") in (None, command)
        and (fault.get("match") is None or fault["match"] in " ".join(words))
    )


def strike(fault):
    """Print the fault's text, kill, hang; the exit code, ``None`` if the run goes on."""
    write(1, fault.get("stdout") or "")
    if fault.get("kill"):
        _kill(fault)
    if fault.get("hang"):
        time.sleep(fault["hang"])
    if fault.get("until"):
        _await_removal(fault["until"])
    write(2, fault.get("stderr") or "")
    return fault.get("rc")


def _kill(fault):
    """Go on when the process is gone; one that takes a signal in its own way, or not at all, gets a moment for it."""
    os.kill(fault["pid"], fault["kill"])
    deadline = time.monotonic() + (0 if fault["pid"] == os.getpid() else MOMENT)
    while not is_gone(fault["pid"]) and (fault["kill"] == KILL or time.monotonic() < deadline):
        time.sleep(PAUSE)


def is_gone(pid):
    """Whether a process has ended, be it that nobody has asked for its exit status yet."""
    try:
        return read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _await_removal(path):
    """Make the file, so that a test knows that the run has come here, and wait until somebody removes it."""
    with open(path, "w", encoding="ascii") as stream:
        stream.write(f"{os.getpid()}\n")
    while os.path.exists(path):
        time.sleep(PAUSE)
