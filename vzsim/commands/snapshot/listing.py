"""``vzctl snapshot-list``: columns of fixed width, only the last one unpadded."""

import os

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.commands import ploop
from vzsim.commands.snapshot import options as words
from vzsim.grammar import getopt
from vzsim.grammar import values as v
from vzsim.ploop import mounts, savedstates

OPTIONS = {"no-header": False, "output": True, "help": False, "uuid": True, "id": True, "list": False}
LETTERS = {"H": "no-header", "h": "help", "L": "list", "o": "output", "u": "uuid"}
USAGE = (
    "vzctl snapshot-list <ctid|name> [-H] [-o field[,field...]] [--id <uuid>]\n"
    "vzctl snapshot-list <ctid|name> -L | --list\n"
)
DEFAULT_ORDER = "parent_uuid,current,uuid,date,name"
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


def act(run, argv):
    """The options are looked at when the container is known."""
    try:
        options, extra = getopt.parse(argv, OPTIONS, LETTERS)
    except getopt.OptionError as error:
        raise Failed(codes.PARAM_SYNTAX, f"{error}\n{USAGE.rstrip()}", loud=True) from None
    given = {}
    for name, value in options:
        if name in ("help", "list"):
            lines = "".join(f"{field:<15} {header:<15}\n" for field, (header, _) in FIELDS.items())
            write(1, USAGE if name == "help" else lines)
            return
        given["id" if name in words.IDS else name] = _guid(value) if name in words.IDS else value
    if extra:
        extras = "".join(word + " " for word in extra)
        raise Failed(codes.PARAM_SYNTAX, f"non-option ARGV-elements: {extras}", loud=True)
    fields = _fields(given.get("output", DEFAULT_ORDER))
    words.require_ploop(run)
    _print(run, fields, given)


def _guid(text):
    try:
        return words.normalized(text)
    except v.Bad:
        raise Failed(codes.PARAM_VALUE, f"Invalid guid is specified: {text}", loud=True) from None


def _fields(text):
    names = text.split(",")
    names = names[:-1] if len(names) > 1 and not names[-1] else names
    for name in names:
        if name.lower() not in FIELDS:
            raise Failed(codes.PARAM_VALUE, f"Unknown field: {name}", loud=True)
    return [name.lower() for name in names]


def _print(run, fields, given):
    header = " ".join(f"{FIELDS[field][0]:<{FIELDS[field][1]}}" for field in fields) + "\n"
    header = "" if "no-header" in given else header
    if not os.path.exists(words.place(run)):
        write(1, header)
        return
    shown = _chosen(words.tree(run), given.get("id"))
    ploop.require_image(run, words.CODES[run.command])
    write(1, header)
    places = mounts.mounted(run.node, run.ctid)
    for snapshot in shown:
        target = places.get(snapshot["guid"], "")
        texts = {
            **{field: snapshot[field] for field in ("date", "name", "desc")},
            "uuid": snapshot["guid"],
            "parent_uuid": snapshot["parent"],
            "current": "*" if snapshot["current"] else "",
            "device": "/dev/ploop20000p1" if target else "",
            "target": target,
        }
        padded = [f"{texts[field]:<{FIELDS[field][1]}}" for field in fields[:-1]]
        write(1, " ".join([*padded, texts[fields[-1]]]) + "\n")


def _chosen(snapshots, guid):
    """All of them; with a UUID, that one and those it stands on."""
    if guid is None:
        return snapshots
    chain = []
    for _ in snapshots:
        found = savedstates.find(snapshots, guid)
        if found is None:
            raise Failed(codes.PARAM_VALUE, f"Can't find snapshot by uuid {guid}", loud=True)
        chain.append(found)
        guid = found["parent"]
        if not guid:
            return chain
    raise Failed(words.CODES["snapshot-list"], "Inconsistency detected, base image not found", loud=True)
