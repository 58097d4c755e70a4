"""
DISK of vzctl 7 to 9: ``uuid={...},size=KiB,enabled=yes,mnt=/,image=root.hdd;uuid={...},...``.

A disk is a dictionary of its fields. The root disk is the one mounted at ``/``. Unless another is, it is there without
being listed, with a UUID that is all zero, and is written only by what changes it.
"""

from vzsim.seven import ids
from vzsim.seven.grammar.values import Bad, number, pair_of

ROOT = "{00000000-0000-0000-0000-000000000000}"
FIELDS = ("uuid", "size", "enabled", "mnt", "mnt_opts", "autocompact", "storage_url", "image", "device")
ROOT_IMAGE = "root.hdd"
BYTES = 1024  # in a KiB


def read(text, skipped=None):
    """
    The disks of DISK, in order; unknown fields and those without a value are dropped.

    What is said about fields that are dropped comes into the list ``skipped`` (read, not run).
    """
    return [_read_one(piece, [] if skipped is None else skipped) for piece in text.split(";") if piece]


def _read_one(piece, skipped):
    disk = {}
    for field in piece.split(","):
        key, equals, value = field.partition("=")
        if not field or equals and key in FIELDS and not value and key != "image":
            continue
        if not equals or key not in FIELDS:
            skipped.append(f"skip unknown parameter {field}")
        elif key == "autocompact" and value not in ("yes", "no"):
            skipped.append(f"Incorrect {field}")
        else:
            _check(key, value, piece)
            disk[key] = value
    # Of these two the last one counts.
    places = [field.partition("=")[0] for field in piece.split(",") if field.startswith(("image=", "device="))]
    if not places:
        raise Bad("The path parameter is not specified", f"Incorrect DISK parameter ({piece})")
    if len(set(places)) > 1:
        disk.pop("image" if places[-1] == "device" else "device", None)
    if "uuid" not in disk:
        raise Bad("The uuid parameter is not specified", f"Incorrect DISK parameter ({piece})")
    return {**disk, "uuid": f"{{{ids.read_uuid(disk['uuid'])}}}"}


def _check(key, value, piece):
    is_right = True
    if key == "uuid":
        is_right = ids.read_uuid(value) is not None
    elif key == "enabled":
        is_right = value in ("yes", "no")
    elif key == "size":
        try:
            number(value)
        except Bad:
            is_right = False
    if not is_right:
        raise Bad(f"Incorrect {key}={value}", f"Incorrect DISK parameter ({piece})")


def written(disks, changed=()):
    """DISK; the disk whose UUID is all zero stands there only if it is one of the changed ones."""
    shown = [{"size": 0, **disk} for disk in disks if disk["uuid"] != ROOT or ROOT in changed]
    return ";".join(",".join(f"{key}={disk[key]}" for key in FIELDS if key in disk) for disk in shown)


def find(disks, uuid):
    """The disk with this UUID, ``None`` if there is none."""
    return next((disk for disk in disks if disk["uuid"] == uuid), None)


def is_root(disk):
    return disk.get("mnt") == "/"


def of_container(values):
    """All disks of a container; the root disk is there without being listed, unless ROOT_DISK says no."""
    disks = read(values.get("DISK", ""))
    if not any(is_root(disk) for disk in disks) and values.get("ROOT_DISK") != "no":
        size = pair_of(values.get("DISKSPACE", "0"), BYTES)[1]
        disks.insert(0, {"uuid": ROOT, "size": size, "enabled": "yes", "mnt": "/", "image": ROOT_IMAGE})
    return disks
