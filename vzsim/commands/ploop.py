"""
Commands that need what this node does not have: ploop images and disk quota.

The refusals of snapshot, snapshot-switch, snapshot-list, convert and compact were recorded; the checks of their
options are read, not run.
"""

import os

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.grammar import getopt
from vzsim.grammar import values as v

NO_PLOOP = (
    "No ploop support in the kernel, or kernel is way too old.\n"
    "Make sure you have OpenVZ kernel 042stab058.7 or later running,\n"
    "and kernel ploop modules loaded."
)
SNAPSHOT_CODES = {
    "snapshot": 156,
    "snapshot-delete": 158,
    "snapshot-switch": 159,
    "snapshot-mount": 160,
    "snapshot-umount": 161,
    "snapshot-list": 167,
}
QUOTA_CODES = {"quotaon": 60, "quotainit": 61, "quotaoff": 66}
IDS = {"id": True, "uuid": True}
SNAPSHOT_OPTIONS = {
    "snapshot": {**IDS, "name": True, "description": True, "skip-suspend": False, "skip-config": False},
    "snapshot-delete": IDS,
    "snapshot-switch": {
        **IDS,
        **dict.fromkeys(("skip-resume", "must-resume", "skip-config", "skip_arpdetect"), False),
    },
    "snapshot-mount": {**IDS, "target": True},
    "snapshot-umount": IDS,
}
CONVERT_OPTIONS = dict.fromkeys(("layout", "ve_layout", "velayout"), True)

LIST_OPTIONS = {"no-header": False, "output": True, "help": False, "uuid": True, "id": True, "list": False}
LIST_LETTERS = {"H": "no-header", "h": "help", "L": "list", "o": "output", "u": "uuid"}
LIST_USAGE = (
    "vzctl snapshot-list <ctid|name> [-H] [-o field[,field...]] [--id <uuid>]\n"
    "vzctl snapshot-list <ctid|name> -L | --list\n"
)
LIST_FIELDS = {
    "uuid": "UUID",
    "parent_uuid": "PARENT_UUID",
    "current": "C",
    "date": "DATE",
    "name": "NAME",
    "desc": "DESC",
    "device": "DEVICE",
    "target": "TARGET",
}

GROUPS = (8, 4, 4, 4, 12)  # digits of a UUID


def is_ploop(run):
    """By the conf, or else by the content of the private area."""
    layout = run.conf.params.get("VE_LAYOUT")
    return layout == "ploop" or (not layout and os.path.exists(f"{run.private}/root.hdd/DiskDescriptor.xml"))


def refuse_image(run):
    """Containers of this node are never in an image (read, not run)."""
    if is_ploop(run):
        raise Failed(codes.PLOOP_UNSUP, NO_PLOOP)


# snapshots


def read_snapshot(run, argv):
    """Check the options of the snapshot commands; ids are UUIDs."""
    given = read_options(argv, SNAPSHOT_OPTIONS[run.command], {"id": require_uuid, "uuid": require_uuid})
    if run.command != "snapshot" and not {"id", "uuid"} & given:
        raise Failed(codes.PARAM_SYNTAX, "Invalid syntax: snapshot id is missing")
    if run.command == "snapshot-mount" and "target" not in given:
        raise Failed(codes.PARAM_SYNTAX, "Invalid syntax: snapshot mount target is missing")


def read_options(argv, known, checks):
    """The names of the options; ``checks`` validate values, those before a mistake first."""
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
    return {name for name, _ in options}


def require_uuid(text):
    """``"6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"``; braces around it are ignored."""
    parts = text.removeprefix("{").removesuffix("}").split("-")
    if [len(part) for part in parts] != list(GROUPS) or set("".join(parts)) - set("0123456789abcdefABCDEF"):
        raise v.Bad()


def snapshot(run, options=None):
    refuse_snapshot(run)


def refuse_snapshot(run):
    reason = NO_PLOOP if is_ploop(run) else "Snapshot feature is only available for ploop-based CTs"
    raise Failed(SNAPSHOT_CODES[run.command], reason)


def snapshot_list(run, argv):
    """Its options are checked last."""
    try:
        options, extra = getopt.parse(argv, LIST_OPTIONS, LIST_LETTERS)
    except getopt.OptionError as error:
        raise Failed(codes.PARAM_SYNTAX, f"{error}\n{LIST_USAGE.rstrip()}", loud=True) from None
    for name, value in options:
        if name in ("help", "list"):
            names = "".join(f"{field:<15} {header:<15}\n" for field, header in LIST_FIELDS.items())
            write(1, LIST_USAGE if name == "help" else names)
            return
        if name in IDS:
            require_listed_uuid(value)
    if extra:
        words = "".join(word + " " for word in extra)
        raise Failed(codes.PARAM_SYNTAX, f"non-option ARGV-elements: {words}", loud=True)
    check_fields(dict(options).get("output"))
    refuse_snapshot(run)


def require_listed_uuid(text):
    try:
        require_uuid(text)
    except v.Bad:
        raise Failed(codes.PARAM_VALUE, f"Invalid guid is specified: {text}", loud=True) from None


def check_fields(text):
    names = ["uuid"] if text is None else text.split(",")
    names = names[:-1] if len(names) > 1 and not names[-1] else names
    for name in names:
        if name.lower() not in LIST_FIELDS:
            raise Failed(codes.PARAM_VALUE, f"Unknown field: {name}", loud=True)


# images and quota


def compact(run, options=None):
    run.require_places()
    if not os.path.exists(run.private):  # read, not run
        raise Failed(codes.NO_PRIVATE, f"Container private area {run.private} does not exist")
    refuse_image(run)
    run.say("Compact only makes sense for ploop containers")


def read_convert(run, argv):
    layouts = ["ploop"]
    checks = dict.fromkeys(CONVERT_OPTIONS, lambda text: layouts.append(v.parse_layout(text)))
    read_options(argv, CONVERT_OPTIONS, checks)
    return layouts[-1]


def convert(run, layout):
    if layout != "ploop":
        raise Failed(codes.PARAM_VALUE, "Only conversion to ploop is supported")
    if is_ploop(run):
        run.say("CT is already on ploop")
        return
    raise Failed(codes.PLOOP_UNSUP, NO_PLOOP)


def quota(run, options=None):
    """On an OpenVZ kernel, quota commands succeed silently (read, not run); other kernels have no quota."""
    if run.quota_enabled():
        return
    run.say("Disk quota is not enabled, skipping operation")
    raise Failed(QUOTA_CODES[run.command])
