"""What the snapshot commands take: the UUID of a snapshot, braced or not, which nearly all of them need."""

from vzsim.codes import PARAM_SYNTAX, Failed, write
from vzsim.seven import ids
from vzsim.seven.grammar import getopt

SAME = {"uuid": "id", "skip_suspend": "skip-suspend"}
OPTIONS = {
    "snapshot": {
        "id": True, "uuid": True, "name": True, "description": True, "skip_suspend": False, "skip-suspend": False,
        "component-name": True, "env": False,
    },
    "snapshot-switch": {"id": True, "uuid": True, "skip-resume": False},
    "snapshot-delete": {"id": True, "uuid": True},
    "snapshot-mount": {"id": True, "uuid": True, "target": True},
    "snapshot-umount": {"id": True, "uuid": True},
}  # fmt: skip


def read(run, argv):
    """``{"id": "{guid}", "name": "before", ...}``"""
    found = {}
    for name, value in getopt.parse(run, argv, OPTIONS[run.command], SAME):
        name = SAME.get(name, name)
        found[name] = normalized(value) if name == "id" else value
        if name == "id" and found[name] is None:
            _refuse(f"Invalid guid is specified: {value}")
    if run.command != "snapshot" and "id" not in found:
        _refuse("Snapshot uuid is not specified.")
    if run.command == "snapshot-mount" and "target" not in found:
        _refuse("Mount direcory is not specified.")
    return found


def normalized(word):
    """``"1111..."`` -> ``"{1111...}"``; ``None`` for anything else."""
    guid = ids.read_uuid(word)
    return None if guid is None else f"{{{guid}}}"


def _refuse(message):
    write(2, message + "\n")
    raise Failed(PARAM_SYNTAX)
