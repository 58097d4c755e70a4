"""
``vzctl snapshot-list``: columns of fixed width, only the last one unpadded.

It takes no lock, but removes the lock file that another program holds.
"""

import contextlib
import os

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, Failed, write
from vzsim.grammar import getopt
from vzsim.ploop import images, mounts, savedstates
from vzsim.seven.commands.power.mounting import BROKEN_IMAGE
from vzsim.seven.commands.snapshot import tree
from vzsim.seven.commands.snapshot.options import normalized
from vzsim.seven.node import ROOT_IMAGE

LIST_ERROR = 167  # (read, not run, like the code of a damaged file)
LIBRARY_ERROR = 255
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
    shown = _chosen(_snapshots(run), options.get("uuid"))
    _require_root_image(run)
    write(1, header)
    for snapshot in shown:
        _print(run, snapshot, fields)
    return 0


def _snapshots(run):
    try:
        return tree.read(run)
    except ValueError as problem:
        raise _refused(f"{problem}\n", LIBRARY_ERROR) from None


def _require_root_image(run):
    descriptor = f"{run.area}/{ROOT_IMAGE}/{images.DESCRIPTOR}"
    if not os.path.exists(descriptor):
        shown = run.node.strip(descriptor)
        raise _refused(f"Failed to read {shown}: Can't open {shown}: No such file or directory\n", BROKEN_IMAGE)


def _refused(text, rc=PARAM_VALUE):
    """Print this, though the command is silent otherwise; a failure to raise."""
    write(2, text)
    return Failed(rc)


def _options(run, argv):
    """Options in order: the list of fields, the usage and a UUID that is none end the run where they are."""
    found = {}
    try:
        options, extra = getopt.parse(argv, OPTIONS, LETTERS, {"id": "uuid"})
    except getopt.OptionError as error:
        raise _refused(f"{run.word}: {str(error).removeprefix('vzctl: ')}\n{USAGE}", PARAM_SYNTAX) from None
    for name, value in options:
        name = {"id": "uuid"}.get(name, name)
        if name == "uuid" and normalized(value) is None:
            raise _refused(f"Invalid guid is specified: {value}\n")
        found[name] = normalized(value) if name == "uuid" else value
        if name in ("list", "help"):
            return found
    if extra:
        raise _refused("non-option ARGV-elements: " + "".join(f"{word} " for word in extra) + "\n", PARAM_SYNTAX)
    return found


def _fields(order):
    names = order.split(",")
    names = names[:-1] if len(names) > 1 and not names[-1] else names
    for at, name in enumerate(names):
        if len(name) >= NAME_LIMIT:
            raise _refused(f"Field name {','.join(names[at:])} is unknown.\n")
        if name.lower() not in FIELDS:
            raise _refused(f"Unknown field: {name}\n")
    return [name.lower() for name in names]


def _chosen(snapshots, guid):
    """All of them; with a UUID, that one and those it stands on."""
    if guid is None:
        return snapshots
    chain = []
    while snapshots:
        found = savedstates.find(snapshots, guid)
        if found is None:
            raise _refused(f"Can't find snapshot by uuid {guid}\n")
        chain.append(found)
        guid = found["parent"]
        if not guid:
            return chain
    raise _refused("Inconsistency detected, base image not found\n", LIST_ERROR)


def _print(run, snapshot, fields):
    texts = {
        "uuid": snapshot["guid"],
        "parent_uuid": snapshot["parent"],
        "current": "*" if snapshot["current"] else "",
        "date": snapshot["date"],
        "name": snapshot["name"],
        "desc": snapshot["desc"],
    }
    places = mounts.mounted(run.node, run.ctid)
    for at, field in enumerate(fields):
        if field in ("device", "target") and snapshot["guid"] not in places:
            write(2, "\n")
        texts["target"] = places.get(snapshot["guid"], "")
        texts["device"] = "/dev/ploop20000p1" if texts["target"] else ""
        text = texts[field]
        write(1, f"{text}\n" if at == len(fields) - 1 else f"{_padded(text, FIELDS[field][1])} ")


def _padded(text, width):
    return text + " " * (width - len(text.encode("utf-8", "surrogateescape")))
