"""
Disk images (ploop): directories, of which vzsim keeps the size, the snapshots and what is in the file system.

A real one holds deltas and DiskDescriptor.xml; here it holds a file of the same name with less in it,
``{"size_kib": 10485760, "snapshots": {"{guid}": "{parent guid}"}, "top": "{guid}", "sizes": {"{guid}": 10485760}}``,
and two kinds of directories: ``files`` is the file system as it is now, ``{guid}.files`` as it was at a snapshot.

Every snapshot has a parent, and the top delta, which is written to, is the youngest of them.
"""

import os

from vzsim.files import read_json, write_json

DESCRIPTOR = "DiskDescriptor.xml"
CONTENT = "files"
CLUSTER = 1024  # KiB
TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}"  # of an image's top delta
NONE = "{00000000-0000-0000-0000-000000000000}"  # the parent of an image's first snapshot


def is_image(path):
    return os.path.isfile(f"{path}/{DESCRIPTOR}")


def read(path):
    """What is known of an image; ``FileNotFoundError`` if there is none, ``ValueError`` if vzsim has not made it."""
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


# what is in the file system


def content(path, guid=None):
    """The directory with what is in an image's file system, or was at the snapshot `guid`."""
    return f"{path}/{guid}.{CONTENT}" if guid else f"{path}/{CONTENT}"


def used(path):
    """KiB that the files of an image take."""
    total = 0
    for folder, _, names in os.walk(content(path)):
        total += sum(os.lstat(f"{folder}/{name}").st_size for name in names)
    return -(-total // 1024)


def copy(source, target):
    """Replace a directory by a copy of another, with owners and links, if there is that."""
    import shutil
    import subprocess

    if os.path.isdir(source):
        shutil.rmtree(f"{target}.new", ignore_errors=True)
        subprocess.run(["cp", "-a", "--", source, f"{target}.new"], check=True)
        shutil.rmtree(target, ignore_errors=True)
        os.rename(f"{target}.new", target)


# snapshots


def children(path, guid):
    """How many deltas stand on a snapshot, the top one among them; ``None`` if the image has no such snapshot."""
    chain = read(path).get("snapshots", {})
    return list(chain.values()).count(guid) if guid in chain else None


def add(path, guid):
    """Take a snapshot: what was written so far stays in it."""
    known = read(path)
    known.setdefault("sizes", {})[guid] = known["size_kib"]
    _change(path, known, _add, guid)
    copy(content(path), content(path, guid))


def switch(path, guid):
    """Forget what was written since the last snapshot, and go on from this one: files and size come back."""
    known = read(path)
    known["size_kib"] = known.get("sizes", {}).get(guid, known["size_kib"])
    _change(path, known, _switch, guid)
    copy(content(path, guid), content(path))


def delete(path, guid):
    """Delete a snapshot; one that several others stand on stays in the image, unseen (read, not run)."""
    known = read(path)
    if known.get("sizes", {}).pop(guid, None) and not known["sizes"]:
        del known["sizes"]
    _change(path, known, _delete, guid)
    remove(content(path, guid))


def _change(path, known, act, guid):
    top = known.pop("top", TOP)
    chain = known.pop("snapshots", {top: NONE})
    act(chain, top, guid)
    if chain != {TOP: NONE}:
        known.update(snapshots=chain, top=top)
    write(path, known)


def _add(chain, top, guid):
    chain[guid], chain[top] = chain[top], guid


def _switch(chain, top, guid):
    chain[top] = guid


def _delete(chain, _top, guid):
    standing = [child for child, parent in chain.items() if parent == guid]
    if guid in chain and len(standing) <= 1:
        parent = chain.pop(guid)
        chain.update(dict.fromkeys(standing, parent))
