"""
Injected failures: ``vzsim fault DIR ...``.

A fault strikes before the action (and instead of it, if it has an exit code)
or after it, so that only the answer is lost. Faults are stored in the node's faults.json.
"""

import os
import time

from vzsim.codes import write
from vzsim.files import exclusive, read_json, write_json

FILE = "/faults.json"


def add(node, fault):
    """
    Add a fault, a dictionary of any of these keys: program, command, match (text in the argv), rc, stdout,
    stderr, hang (seconds), when (``before`` or ``after``), times (how often; unlimited if missing).

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


def matching(node, program, words):
    """The first fault that matches this run; a limited one is used up by it."""
    path = node.path(FILE)
    if not os.path.exists(path):
        return None
    with exclusive(path):
        faults = read_json(path, [])
        for fault in reversed(faults):  # the latest one wins
            if fault.get("times") != 0 and applies(fault, program, words):
                if fault.get("times") is not None:
                    fault["times"] -= 1
                    write_json(path, faults)
                return fault
    return None


def applies(fault, program, words):
    command = next((word for word in words if not word.startswith("-")), None)
    return (
        fault.get("program") in (None, program)
        and fault.get("command") in (None, command)
        and (fault.get("match") is None or fault["match"] in " ".join(words))
    )


def strike(fault):
    """Print the fault's text and hang; the exit code, ``None`` if the run goes on."""
    write(1, fault.get("stdout") or "")
    write(2, fault.get("stderr") or "")
    if fault.get("hang"):
        time.sleep(fault["hang"])
    return fault.get("rc")
