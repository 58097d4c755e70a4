"""
The programs in a node's bin directory, and what all their runs share.

A program knows its name and finds its node by the directory it is in, even
when it is linked or called by another name. Every run adds a line to
``calls.jsonl``, never with its standard input.
"""

import os
import sys

PROGRAMS = ("vzctl", "vzlist", "ip", "brctl")

MARK = "proc/vz/node.json"  # where the node was made, its family and its release
LEGACY = "4"  # vzctl 4.11
SEVEN = "7"  # vzctl 7, 8 and 9
FAMILIES = (LEGACY, SEVEN)

SHEBANG_LIMIT = 100  # characters; kernels cut longer ones at 127

TEMPLATE = """\
import os
import sys

sys.path.append({package!r})
from vzsim import programs

os._exit(programs.main({program!r}, os.path.dirname(os.path.dirname(os.path.realpath({where}))), sys.argv[1:]))
"""

# For paths too long for a shebang line: a shell starts Python, to which the first lines are a string.
LONG_HEAD = """\
#!/bin/sh
'''exec' {python} -I -S "$0" "$@"
' '''
"""


def install(directory):
    """Write the programs into a node's bin directory."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    os.makedirs(os.path.join(directory, "bin"), exist_ok=True)
    for program in PROGRAMS:
        path = os.path.join(directory, "bin", program)
        scratch = f"{path}.{os.getpid()}"
        with open(scratch, "w", encoding="utf-8", errors="surrogateescape") as stream:
            stream.write(head(sys.executable) + TEMPLATE.format(package=package, program=program, where="__file__"))
        os.chmod(scratch, 0o755)
        os.replace(scratch, path)


def head(python):
    """The first lines of a program; without the site module Python starts twice as fast."""
    if len(python) > SHEBANG_LIMIT or " " in python:
        return LONG_HEAD.format(python=f'"{python}"')
    return f"#!{python} -IS\n"


def main(program, directory, argv):
    """
    Run one of the programs: faults first, then the program, then the line in calls.jsonl.

    The caller ends with ``os._exit``, since Python is slow to exit: `codes.write` leaves nothing in a buffer.
    """
    from vzsim.node import faults

    words = [os.fsencode(word).decode("utf-8", "surrogateescape") for word in argv]
    uid = os.environ.get("VZSIM_UID", "")
    node = node_at(directory, int(uid) if uid.isascii() and uid.isdigit() else None)
    fault = faults.matching(node, program, words)
    if fault and fault.get("when") != "after":
        rc = faults.strike(fault)
        rc = rc if rc is not None else run(program, node, words)
    else:
        rc = run(program, node, words)
        if fault:
            struck = faults.strike(fault)
            rc = struck if struck is not None else rc
    note_call(node, program, words, rc)
    return rc


def node_at(directory, uid=None):
    """The node in a directory, of the family that its mark says; without a mark it is vzctl 4.11."""
    if family_of(directory) == SEVEN:
        from vzsim.seven.node import Node
    else:
        from vzsim.node.node import Node
    return Node(directory, uid)


def family_of(directory):
    from vzsim.files import read_json

    return read_json(f"{directory}/{MARK}", {}).get("family", LEGACY)


def run(program, node, words):
    if program in ("vzctl", "vzlist") and family_of(node.directory) == SEVEN:
        return run_seven(program, node, words)
    if program == "vzctl":
        from vzsim.commands import vzctl

        return vzctl.main(node, words)
    if program == "ip":
        from vzsim.commands import iproute

        return iproute.main(node, words)
    if program == "brctl":
        from vzsim.commands import brctl

        return brctl.main(node, words)
    from vzsim.vzlist import listing

    return listing.main(node, words)


def run_seven(program, node, words):
    if program == "vzctl":
        from vzsim.seven import vzctl

        return vzctl.main(node, words)
    from vzsim.seven.vzlist import listing

    return listing.main(node, words)


def note_call(node, program, words, rc):
    """One line in calls.jsonl; passwords on the command line are masked."""
    import json

    line = json.dumps({"program": program, "argv": without_secrets(words), "rc": rc, "pid": os.getpid()}) + "\n"
    try:
        with open(node.path("/calls.jsonl"), "a", encoding="utf-8") as stream:
            stream.write(line)
    except OSError:
        return


def without_secrets(words):
    """``["--userpasswd", "root:secret"]`` -> ``["--userpasswd", "***"]``, however it is abbreviated."""
    shown = []
    for before, word in zip([""] + words, words, strict=False):
        option, equals, _ = word.partition("=")
        if is_password_option(option) and equals:
            word = f"{option}=***"
        shown.append("***" if is_password_option(before) else word)
    return shown


def is_password_option(word):
    return len(word) > len("--") and "--userpasswd".startswith(word)
