"""
What the snapshot commands take: mostly the UUID of a snapshot, braced or not.

The checks of the options are read, not run.
"""

import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import ploop
from vzsim.grammar import getopt
from vzsim.grammar import values as v
from vzsim.ploop import savedstates

CODES = {
    "snapshot": 156,
    "snapshot-delete": 158,
    "snapshot-switch": 159,
    "snapshot-mount": 160,
    "snapshot-umount": 161,
    "snapshot-list": 167,
}
IDS = {"id": True, "uuid": True}
OPTIONS = {
    "snapshot": {**IDS, "name": True, "description": True, "skip-suspend": False, "skip-config": False},
    "snapshot-delete": IDS,
    "snapshot-switch": {
        **IDS,
        **dict.fromkeys(("skip-resume", "must-resume", "skip-config", "skip_arpdetect"), False),
    },
    "snapshot-mount": {**IDS, "target": True},
    "snapshot-umount": IDS,
}
GROUPS = (8, 4, 4, 4, 12)  # digits of a UUID


def read(run, argv):
    """``{"id": "{uuid}", "name": "before", ...}``"""
    given = {}
    for name, value in parse(argv, OPTIONS[run.command], {"id": normalized, "uuid": normalized}):
        if name in IDS:
            given["id"] = normalized(value)
        else:
            given[name] = value
    if run.command != "snapshot" and "id" not in given:
        raise Failed(codes.PARAM_SYNTAX, "Invalid syntax: snapshot id is missing")
    if run.command == "snapshot-mount" and "target" not in given:
        raise Failed(codes.PARAM_SYNTAX, "Invalid syntax: snapshot mount target is missing")
    return given


def parse(argv, known, checks):
    """Pairs of option and value; ``checks`` validate values, those before a mistake first."""
    error = None
    try:
        options, extra = getopt.parse(argv, known)
    except getopt.OptionError as found:
        options, extra, error = found.before, [], found
    for name, value in options:
        try:
            checks.get(name, v.parse_text)(value)
        except v.Bad:
            raise Failed(codes.PARAM_VALUE, f"Bad parameter for --{name}: {value}") from None
    if error is not None:
        raise Failed(codes.PARAM_VALUE, str(error), loud=True)
    if extra:
        raise Failed(codes.PARAM_SYNTAX, "Invalid extra arguments: " + "".join(word + " " for word in extra))
    return options


def normalized(text):
    """``"6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"`` -> ``"{6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5}"``, braced or not."""
    bare = text.removeprefix("{").removesuffix("}")
    parts = bare.split("-")
    if [len(part) for part in parts] != list(GROUPS) or set("".join(parts)) - set("0123456789abcdefABCDEF"):
        raise v.Bad()
    return f"{{{bare}}}"


def require_ploop(run):
    """Only containers in an image, on a node with ploop, have snapshots."""
    if not run.is_ploop:
        raise Failed(CODES[run.command], "Snapshot feature is only available for ploop-based CTs")
    if not ploop.is_supported(run):
        raise Failed(CODES[run.command], ploop.NO_PLOOP)


def place(run):
    """Where the tree of the snapshots is."""
    return f"{run.private}/{savedstates.FILE}"


def tree(run):
    """The snapshots; fails for a file that is damaged, with code 3."""
    try:
        return savedstates.read(place(run)) if os.path.exists(place(run)) else []
    except ValueError:
        run.complain(f"Error: could not parse file {place(run)}")
        raise Failed(codes.SYSTEM_ERROR, f"Failed to read {place(run)}") from None


def document(snapshots):
    return savedstates.document(snapshots, savedstates.LEGACY_ROOT)


def require_snapshot(run, guid):
    """The tree, which must have this snapshot."""
    snapshots = tree(run)
    if not savedstates.find(snapshots, guid):
        raise Failed(CODES[run.command], f"Unable to find snapshot by uuid {guid}")
    return snapshots
