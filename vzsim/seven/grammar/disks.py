"""
DISK of vzctl 7 to 9: ``uuid={...},size=KiB,enabled=yes,mnt=/,image=root.hdd;uuid={...},...``.

A disk is a dictionary of its fields. The root disk, whose UUID is all zero, is written only by what changes it.
"""

from vzsim.seven import ids
from vzsim.seven.grammar.values import Bad

ROOT = "{00000000-0000-0000-0000-000000000000}"
FIELDS = ("uuid", "size", "enabled", "mnt", "mnt_opts", "autocompact", "storage_url", "image", "device")
ROOT_IMAGE = "root.hdd"


def read(text):
    """The disks of DISK, in order; unknown fields are dropped."""
    return [_read_one(piece) for piece in text.split(";") if piece]


def _read_one(piece):
    disk = {}
    for field in piece.split(","):
        key, equals, value = field.partition("=")
        if equals and key in FIELDS:
            disk[key] = value
    uuid = ids.read_uuid(disk.get("uuid", ""))
    if not disk.keys() & {"image", "device"}:
        # read, not run
        raise Bad("The path parameter is not specified", f"Incorrect DISK parameter ({piece})")
    if "uuid" not in disk:
        raise Bad("The uuid parameter is not specified", f"Incorrect DISK parameter ({piece})")
    bad_size = not disk.get("size", "0").isdigit()
    if uuid is None or bad_size or disk.get("enabled", "yes") not in ("yes", "no"):
        raise Bad(f"Incorrect DISK parameter ({piece})")
    return {**disk, "uuid": f"{{{uuid}}}"}


def written(disks, changed=()):
    """DISK; the root disk stands there only if it is one of the changed ones."""
    shown = [disk for disk in disks if disk["uuid"] != ROOT or ROOT in changed]
    return ";".join(",".join(f"{key}={disk[key]}" for key in FIELDS if key in disk) for disk in shown)


def find(disks, uuid):
    """The disk with this UUID, ``None`` if there is none."""
    return next((disk for disk in disks if disk["uuid"] == uuid), None)


def of_container(values):
    """All disks of a container; the root disk is there without being listed, unless ROOT_DISK says no."""
    disks = read(values.get("DISK", ""))
    if find(disks, ROOT) is None and values.get("ROOT_DISK") != "no":
        disks.insert(0, {"uuid": ROOT, "enabled": "yes", "mnt": "/", "image": ROOT_IMAGE})
    return disks
