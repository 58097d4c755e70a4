"""
``vzctl snapshot-list``: columns of fixed width, only the last one unpadded.

It takes no lock, but removes the lock file that another program holds.
"""

import contextlib
import os

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, Failed, write
from vzsim.grammar import getopt
from vzsim.seven.commands.snapshot import mounting, tree
from vzsim.seven.commands.snapshot.options import normalized

LIST_ERROR = 167  # (read, not run)
DEFAULT_ORDER = "parent_uuid,current,uuid,date,name"
LETTERS = {"H": "no-header", "h": "help", "L": "list", "o": "output", "u": "uuid"}
OPTIONS = {"no-header": False, "output": True, "help": False, "uuid": True, "id": True, "list": False}
USAGE = """\
vzctl snapshot-list <ctid|name> [-H] [-o field[,field...]] [--id <uuid>]
vzctl snapshot-list <ctid|name> -L | --list
"""
# Name: header, width.
FIELDS = {
    "uuid": ("UUID", 38),
    "parent_uuid": ("PARENT_UUID", 38),
    "current": ("C", 1),
    "date": ("DATE", 19),
    "name": ("NAME", 32),
    "desc": ("DESC", 32),
    "device": ("DEVICE", 16),
    "target": ("TARGET", 32),
}
NAME_LIMIT = 255  # characters


def read(run, argv):
    """The words are looked at later, when the container is known."""
    return argv


def act(run, argv):
    try:
        return _list(run, argv)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(run.node.lock_path(run.ctid))


def _list(run, argv):
    options = _options(run, argv)
    for name in ("list", "help"):
        if name in options:
            lines = "".join(f"{field:<15} {header:<15}\n" for field, (header, _) in FIELDS.items())
            write(1, lines if name == "list" else USAGE)
            return 0
    fields = _fields(options.get("output", DEFAULT_ORDER))
    header = " ".join(f"{FIELDS[field][0]:<{FIELDS[field][1]}}" for field in fields) + "\n"
    header = "" if "no-header" in options else header
    if not os.path.exists(tree.path(run)):
        write(1, header)
        return 0
    try:
        shown = _chosen(tree.read(run), options.get("uuid"))
    except ValueError as problem:
        write(2, f"{problem}\n")
        return LIST_ERROR
    tree.disks(run)
    write(1, header)
    for snapshot in shown:
        _print(run, snapshot, fields)
    return 0


def _options(run, argv):
    """Options in order: the list of fields, the usage and a UUID that is none end the run where they are."""
    found = {}
    try:
        options, extra = getopt.parse(argv, OPTIONS, LETTERS, {"id": "uuid"})
    except getopt.OptionError as error:
        write(2, f"{run.word}: {str(error).removeprefix('vzctl: ')}\n{USAGE}")
        raise Failed(PARAM_SYNTAX) from None
    for name, value in options:
        name = {"id": "uuid"}.get(name, name)
        if name == "uuid" and normalized(value) is None:
            write(2, f"Invalid guid is specified: {value}\n")
            raise Failed(PARAM_VALUE)
        found[name] = normalized(value) if name == "uuid" else value
        if name in ("list", "help"):
            return found
    if extra:
        write(2, "non-option ARGV-elements: " + "".join(f"{word} " for word in extra) + "\n")
        raise Failed(PARAM_SYNTAX)
    return found


def _fields(order):
    names = order.split(",")
    names = names[:-1] if len(names) > 1 and not names[-1] else names
    for at, name in enumerate(names):
        if len(name) >= NAME_LIMIT:
            write(2, f"Field name {','.join(names[at:])} is unknown.\n")
            raise Failed(PARAM_VALUE)
        if name.lower() not in FIELDS:
            write(2, f"Unknown field: {name}\n")
            raise Failed(PARAM_VALUE)
    return [name.lower() for name in names]


def _chosen(snapshots, guid):
    """All of them; with a UUID, that one and those it stands on."""
    if guid is None:
        return snapshots
    chain = []
    while snapshots:
        found = tree.find(snapshots, guid)
        if found is None:
            write(2, f"Can't find snapshot by uuid {guid}\n")
            raise Failed(PARAM_VALUE)
        chain.append(found)
        guid = found["parent"]
        if not guid:
            return chain
    raise ValueError("Inconsistency detected, base image not found")


def _print(run, snapshot, fields):
    texts = {
        "uuid": snapshot["guid"],
        "parent_uuid": snapshot["parent"],
        "current": "*" if snapshot["current"] else "",
        "date": snapshot["date"],
        "name": snapshot["name"],
        "desc": snapshot["desc"],
    }
    places = mounting.mounted(run.node, run.ctid)
    for at, field in enumerate(fields):
        if field in ("device", "target") and snapshot["guid"] not in places:
            write(2, "\n")
        texts["target"] = places.get(snapshot["guid"], "")
        texts["device"] = "/dev/ploop20000p1" if texts["target"] else ""
        text = texts[field]
        write(1, f"{text}\n" if at == len(fields) - 1 else f"{_padded(text, FIELDS[field][1])} ")


def _padded(text, width):
    return text + " " * (width - len(text.encode("utf-8", "surrogateescape")))
