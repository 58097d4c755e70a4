"""
Commands that need what this node does not have: ploop images and disk quota.
"""

from vzsim import run as codes
from vzsim.create import NO_PLOOP
from vzsim.run import Failed

SNAPSHOT_CODES = {
    "snapshot": 156,
    "snapshot-delete": 158,
    "snapshot-switch": 159,
    "snapshot-mount": 160,
    "snapshot-umount": 161,
    "snapshot-list": 167,
}
QUOTA_CODES = {"quotaon": 60, "quotainit": 61, "quotaoff": 66}
SNAPSHOT_OPTIONS = {
    "snapshot": {"id": True, "name": True, "description": True, "skip-suspend": False, "skip-config": False},
    "snapshot-delete": {"id": True},
    "snapshot-switch": {"id": True, "skip-resume": False, "must-resume": False, "skip-config": False},
    "snapshot-mount": {"id": True, "target": True},
    "snapshot-umount": {"id": True},
    "snapshot-list": {"id": True, "no-header": False, "output": True, "uuid": True},
}


def read_snapshot(run, argv):
    """Check the options of the snapshot commands; ids are UUIDs."""
    from vzsim import getopt

    argv = [word for word in argv if word not in ("-H",)]
    try:
        options, _ = getopt.parse(argv, SNAPSHOT_OPTIONS[run.command])
    except getopt.OptionError as error:
        raise Failed(codes.PARAM_SYNTAX, str(error)) from None
    for name, value in options:
        if name == "id" and not _is_uuid(value):
            raise Failed(codes.PARAM_VALUE, f"Bad parameter for --id: {value}")


def _is_uuid(text):
    parts = text.strip("{}").split("-")
    digits = "".join(parts)
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and all(
        char in "0123456789abcdefABCDEF" for char in digits
    )


def snapshot(run, options=None):
    raise Failed(SNAPSHOT_CODES[run.command], "Snapshot feature is only available for ploop-based CTs")


def compact(run, options=None):
    run.say("Compact only makes sense for ploop containers")


def convert(run, options=None):
    raise Failed(codes.PLOOP_UNSUP, NO_PLOOP)


def quota(run, options=None):
    """Disk quota of an OpenVZ kernel succeeds in silence (read, not run)."""
    if run.node.setting("DISK_QUOTA", "no") == "yes":
        return
    run.say("Disk quota is not enabled, skipping operation")
    raise Failed(QUOTA_CODES[run.command])
