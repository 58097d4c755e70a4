"""
Disk images of vzctl 7 to 9: directories, of which vzsim keeps the size and the snapshots.

A real one holds the data and DiskDescriptor.xml; here it holds a file of the same name with less in it:
``{"size_kib": 10485760, "snapshots": {"{guid}": "{parent guid}"}, "top": "{guid}"}``.
"""

import os

from vzsim.files import read_json, write_json

DESCRIPTOR = "DiskDescriptor.xml"
CLUSTER = 1024  # KiB


def is_image(path):
    return os.path.isfile(f"{path}/{DESCRIPTOR}")


def read(path):
    """What is known of an image; ``FileNotFoundError`` if there is none."""
    found = read_json(f"{path}/{DESCRIPTOR}", None)
    if found is None:
        raise FileNotFoundError(2, "No such file or directory", path)
    return found


def write(path, image):
    """Make an image, or change one: ``write("/vz/private/101/root.hdd", {"size_kib": 1048576})``."""
    write_json(f"{path}/{DESCRIPTOR}", image)


def whole(size_kib):
    """A size rounded up to whole clusters: 100 -> 1024."""
    return -(-size_kib // CLUSTER) * CLUSTER


def resize(path, size_kib):
    write(path, {**read(path), "size_kib": whole(size_kib)})


def remove(path):
    """Remove an image with all in it."""
    import shutil  # takes long to import, and is rarely needed

    shutil.rmtree(path, ignore_errors=True)
