"""
Disks in ``vzctl set``: the size of the root image, ``--device-add``, ``--device-set``, ``--device-del``.

Images change at once, and so does the configuration, even without ``--save``.
"""

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.seven import ids, images
from vzsim.seven.grammar import disks
from vzsim.seven.node import image_path

ADD_FAILED = 163
RESIZE_FAILED = 154
NO_IMAGE = 162
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
    root = disks.find(disks.of_container(run.values), disks.ROOT)
    if root is not None and "image" in root:
        _resize(run, root["image"], size)


def _resize(run, image, size):
    path = image_path(run.area, image)
    run.say(f"Resize the image {run.node.strip(path)} to {size}K")
    try:
        images.resize(run.node.path(path), size)
    except FileNotFoundError:
        shown = run.node.strip(path)
        raise Failed(NO_IMAGE, f"Failed to read {shown}: Can't open {shown}: No such file or directory") from None


def _add(run, known, disk, recreates):
    uuid = disk.get("uuid") or f"{{{ids.new_uuid()}}}"
    if disks.find(known, uuid):
        raise Failed(ADD_FAILED, f"Failed to add ploop image: the image with uuid={uuid} already used")
    if disk.get("mnt") and any(other.get("mnt") == disk["mnt"] for other in known):
        raise Failed(ADD_FAILED, f"Failed to add ploop image: the image with mnt={disk['mnt']} already registerd")
    entry = {"uuid": uuid, **{key: disk[key] for key in FIELDS[1:] if key in disk}}
    if "device" in disk:
        entry.update(size=0, device=disk["device"])
        what = f"device {disk['device']}"
    else:
        # Without a UUID of its own the file gets another one than the disk.
        named = uuid if "uuid" in disk or "storage_url" in disk else ids.new_uuid()
        entry["image"] = disk.get("image") or f"disk-{named}.hdd"
        path = image_path(run.area, entry["image"])
        entry["size"] = disk.get("size", 0) if "storage_url" in disk else _make(run, path, disk.get("size"), recreates)
        what = f"image {run.node.strip(path)}"
        if run.is_running():
            _attach(run, run.node.strip(path), len(known))
    run.say(f"The {what} uuid={uuid} has been successfully added.")
    run.save_conf({"DISK": disks.written([*known, entry])})


def _attach(run, shown, number):
    """Give a running container a new disk (that it succeeds: read, not run)."""
    from vzsim.seven.commands.power import booting

    run.say(f"Mount image: {shown} ")
    run.say(booting.mount_options(shown, number))
    run.say(f"Setting permissions for image={shown}")


def _make(run, path, size, recreates):
    """Create an image, or register one that is there; the size in KiB."""
    place, shown = run.node.path(path), run.node.strip(path)
    if images.is_image(place) and not recreates:
        run.say(f"The ploop image {shown} already exists: register")
        return images.read(place)["size_kib"] - FS_OVERHEAD
    if not size:
        raise Failed(ADD_FAILED, "The --size option have to be specified")
    images.remove(place)
    run.say(f"Creating image: {shown}/root.hds size={size}K")
    images.write(place, {"size_kib": images.whole(size)})
    return size


def _set(run, known, disk):
    entry = disks.find(known, disk["uuid"])
    if entry is None:
        raise Failed(PARAM_VALUE, f"Unable to configure the disk with uuid {disk['uuid']}: no such disk")
    if disk.get("offline") and disk.get("size") and run.is_mounted():
        path = run.node.strip(image_path(run.area, entry.get("image", "")))
        run.say(f"Resize the image {path} to {disk['size']}K")
        raise Failed(RESIZE_FAILED, f"Unable to use offline resize for the mounted image {path}")
    if disk.get("image") and "image" in entry:
        old, new = (run.node.strip(image_path(run.area, image)) for image in (entry["image"], disk["image"]))
        run.say(f"Update image path {old} -> {new}")
        entry["image"] = disk["image"]
    if disk.get("size") and "image" in entry:
        _resize(run, entry["image"], disk["size"])
    entry.update((key, disk[key]) for key in FIELDS if key in disk)
    changed = {"DISK": disks.written(known, (disk["uuid"],))}
    if disk["uuid"] == disks.ROOT and disk.get("size"):
        changed["DISKSPACE"] = f"{disk['size']}:{disk['size']}"
    run.save_conf(changed)


def _remove(run, known, disk):
    entry = disks.find(known, disk.get("uuid"))
    if entry is None:
        raise Failed(PARAM_VALUE, f"Unable to delete the disk with uuid {disk.get('uuid', '')}: no such disk")
    path = image_path(run.area, entry.get("image") or entry.get("device", ""))
    done = "detached" if disk["action"] == "detach" else "deleted"
    if run.is_running() and "image" in entry:
        run.say(f"Unmount image: {run.node.strip(path)} (190)")
    if done == "deleted" and "image" in entry:
        images.remove(run.node.path(path))
    kind = "ploop image" if "image" in entry else "device"
    run.say(f"The {kind} {run.node.strip(path)} has been successfully {done}")
    changed = {"DISK": disks.written([other for other in known if other is not entry])}
    if entry["uuid"] == disks.ROOT:
        changed["ROOT_DISK"] = "no"
    run.save_conf(changed)
