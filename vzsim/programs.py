"""
The programs in a node's bin directory, and what all their runs share.

A program knows its name and finds its node by the directory it is in, even
when it is linked or called by another name. Every run adds a line to
``calls.jsonl``, never with its standard input.
"""

import os
import sys

MARK = "proc/vz/node.json"  # where the node was made, its family and its release
LEGACY = "4"  # vzctl 4.11
SEVEN = "7"  # vzctl 7, 8 and 9
FAMILIES = (LEGACY, SEVEN)

COMMON = ("vzctl", "vzlist", "ip", "brctl", "ssh", "scp", "rsync")  # programs of every node
# those that move containers, by family
MOVERS = {LEGACY: ("vzmigrate",), SEVEN: ("vzmigrate", "vzmdest", "vzmlocal")}
MORE = {LEGACY: ("ploop",), SEVEN: ()}
PROGRAMS = (*COMMON, *dict.fromkeys(mover for movers in MOVERS.values() for mover in movers))
# Programs that are the same in both families: the function that runs each.
SHARED = {
    "ip": "commands.iproute.main",
    "brctl": "commands.brctl.main",
    "ssh": "fleet.ssh.main",
    "scp": "fleet.ssh.scp",
    "rsync": "fleet.rsync.main",
}
BY_FAMILY = {
    LEGACY: {
        "vzctl": "commands.vzctl.main",
        "vzlist": "vzlist.listing.main",
        "ploop": "fleet.legacy.ploop.main",
        "vzmigrate": "fleet.legacy.vzmigrate.main",
    },
    SEVEN: {
        "vzctl": "seven.vzctl.main",
        "vzlist": "seven.vzlist.listing.main",
        "vzmigrate": "fleet.seven.vzmigrate.main",
        "vzmdest": "fleet.seven.destination.main",
        "vzmlocal": "fleet.seven.vzmigrate.local",
    },
}

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
    for program in programs_of(directory):
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
    fault = faults.handed_over() or faults.matching(node, program, words)
    with shown(node.directory):
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


def programs_of(directory):
    """The programs of the node in a directory."""
    family = family_of(directory)
    return (*COMMON, *MOVERS[family], *MORE[family])


def run(program, node, words):
    import importlib

    family = BY_FAMILY[SEVEN if program not in SHARED and family_of(node.directory) == SEVEN else LEGACY]
    module, _, name = (SHARED.get(program) or family[program]).rpartition(".")
    return getattr(importlib.import_module(f"vzsim.{module}"), name)(node, words)


class shown:  # noqa: N801 - used like a function; contextlib takes longer to load
    """Show this process among those of the node in a directory, in ``proc/PID``, as long as it runs."""

    def __init__(self, directory):
        self.place = f"{directory}/proc/{os.getpid()}"

    def __enter__(self):
        try:
            os.symlink(f"/proc/{os.getpid()}", self.place)
        except OSError:
            self.place = None

    def __exit__(self, *_):
        if self.place:
            try:
                os.unlink(self.place)
            except OSError:
                return


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
