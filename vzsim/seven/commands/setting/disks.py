"""
Disks in ``vzctl set``: the size of the root image, ``--device-add``, ``--device-set``, ``--device-del``.

Images change at once, and so does the configuration, even without ``--save``.
"""

import os

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.ploop import images
from vzsim.seven import ids
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import disks
from vzsim.seven.grammar.lists import DEVICE_FILES
from vzsim.seven.node import image_path

ADD_FAILED = 163
RESIZE_FAILED = 154
FS_OVERHEAD = 64 * 1024  # KiB of an image that are no file system (stand-in)
FIELDS = ("size", "enabled", "mnt", "storage_url")  # what --device-set changes besides the image


def change(run, request):
    """Do what the disk options say."""
    disk = request.disk
    if disk is None:
        return
    known = disks.of_container(run.values)
    if disk["action"] == "add":
        _add(run, known, disk, request.recreates)
    elif disk["action"] == "set":
        _set(run, known, disk)
    else:
        _remove(run, known, disk)


def resize_root(run, size):
    """Resize the root image to ``size`` KiB and write nothing into the configuration."""
    root = next(filter(disks.is_root, disks.of_container(run.values)), None)
    if root is not None:
        _resize(run, root, size)


def _path(run, entry):
    """Where a disk's image or device is, as it is shown."""
    return run.node.strip(image_path(run.area, entry.get("image") or entry.get("device", "")))


def _resize(run, entry, size, is_offline=False):
    shown = _path(run, entry)
    run.say(f"Resize the image {shown} to {size}K")
    mounting.require_image(run, shown)
    if is_offline and run.is_mounted():
        raise Failed(RESIZE_FAILED, f"Unable to use offline resize for the mounted image {shown}")
    images.resize(run.node.path(shown), size)


def _relative(run, image):
    """How an image is written: below the area without it."""
    return image.removeprefix(f"{run.shown_area}/")


def _add(run, known, disk, recreates):
    uuid = disk.get("uuid") or f"{{{ids.new_uuid()}}}"
    _check_new(run, known, disk, uuid)
    entry = {"uuid": uuid, **{key: disk[key] for key in FIELDS[1:] if key in disk}}
    if "device" in disk:
        entry.update(size=0, device=disk["device"])
        what = f"device {disk['device']}"
    else:
        # Without a UUID of its own the file gets another one than the disk.
        named = uuid if "uuid" in disk or "storage_url" in disk else ids.new_uuid()
        image = disk.get("image") or f"disk-{named}.hdd"
        entry["image"] = _relative(run, image)
        shown = _path(run, entry)
        entry["size"] = (
            disk.get("size", 0) if "storage_url" in disk else _make(run, image, shown, disk.get("size"), recreates)
        )
        what = f"image {shown}"
        if run.is_running():
            _attach(run, shown, len(known))
    run.say(f"The {what} uuid={uuid} has been successfully added.")
    changed = {"DISK": disks.written([*known, entry])}
    if disks.is_root(entry):
        changed.update(DISKSPACE=f"{entry['size']}:{entry['size']}", ROOT_DISK="yes")
    run.save_conf(changed)


def _check_new(run, known, disk, uuid):
    place = disk.get("image") or disk.get("device")
    for other in known:
        if place and _path(run, other) == place:
            problem = f"the image {place} already registerd"
        elif disk.get("mnt") is not None and other.get("mnt") == disk["mnt"]:
            problem = f"the image with mnt={disk['mnt']} already registerd"
        elif other["uuid"] == uuid:
            problem = f"the image with uuid={uuid} already used"
        else:
            continue
        raise Failed(ADD_FAILED, f"Failed to add ploop image: {problem}")


def _attach(run, shown, number):
    """Give a running container a new disk (that it succeeds: read, not run)."""
    from vzsim.seven.commands.power import booting

    run.say(f"Mount image: {shown} ")
    run.say(booting.mount_options(shown, number))
    run.say(f"Setting permissions for image={shown}")


def _make(run, image, shown, size, recreates):
    """Create an image, or register one that is there; the size in KiB."""
    place = run.node.path(shown)
    if os.path.exists(place):
        if not images.is_image(place):
            missing = f"{shown}/{images.DESCRIPTOR}"
            raise Failed(PARAM_VALUE, f"Failed to register ploop image: no such file {missing}")
        run.say(f"The ploop image {image} already exists: {'recreate' if recreates else 'register'}")
        known = images.read(place)["size_kib"]
        if recreates:
            images.write(place, {"size_kib": known})
        return known - FS_OVERHEAD
    if not size:
        raise Failed(ADD_FAILED, "The --size option have to be specified")
    run.say(f"Creating image: {shown}/root.hds size={size}K")
    images.write(place, {"size_kib": images.whole(size)})
    return size


def _set(run, known, disk):
    entry = disks.find(known, disk["uuid"])
    if entry is None:
        raise Failed(PARAM_VALUE, f"Unable to configure the disk with uuid {disk['uuid']}: no such disk")
    changed = {}
    was_root = disks.is_root(entry)
    if disk.get("size"):
        _resize(run, entry, disk["size"], disk.get("offline"))
        if was_root:
            changed["DISKSPACE"] = f"{disk['size']}:{disk['size']}"
    for kind, other in (("image", "device"), ("device", "image")):
        if kind in disk:
            run.say(f"Update image path {_path(run, entry)} -> {disk[kind]}")
            entry.pop(other, None)
            entry[kind] = _relative(run, disk[kind])
    entry.update((key, disk[key]) for key in FIELDS if key in disk)
    if disks.is_root(entry) != was_root:
        changed["ROOT_DISK"] = "no" if was_root else "yes"
    run.save_conf({"DISK": disks.written(known, (disk["uuid"],)), **changed})


def _remove(run, known, disk):
    entry = disks.find(known, disk.get("uuid"))
    if entry is None:
        raise Failed(PARAM_VALUE, f"Unable to delete the disk with uuid {disk.get('uuid', '')}: no such disk")
    shown, is_image = _path(run, entry), "image" in entry
    place = run.node.path(shown)
    if not os.path.exists(place) and shown.removeprefix("/dev/") not in DEVICE_FILES:
        done = "unregistered"
    elif disk["action"] == "detach" or not is_image:
        done = "detached"
    else:
        done = "deleted"
    if done != "unregistered" and is_image:
        mounting.require_image(run, shown)
        if run.is_running():
            run.say(f"Unmount image: {shown} (190)")
    if done == "deleted":
        images.remove(place)
    run.say(f"The ploop {'image' if is_image else 'device'} {shown} has been successfully {done}")
    changed = {"DISK": disks.written([other for other in known if other is not entry])}
    if disks.is_root(entry):
        changed["ROOT_DISK"] = "no"
    run.save_conf(changed)
