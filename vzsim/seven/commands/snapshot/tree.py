"""
The tree of a container's snapshots, ``AREA/Snapshots.xml``, and what the image has of it.

In the image, every snapshot has a parent, and the top delta, which is written to, is the youngest of them.
"""

import os

from vzsim.codes import Failed
from vzsim.seven import ids, images
from vzsim.seven.commands.power import mounting
from vzsim.seven.node import LAYOUT

FILE = "Snapshots.xml"
TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}"  # of an image's top delta
NONE = f"{{{ids.ZERO_UUID}}}"  # the parent of an image's first snapshot
EMPTY_ITEM = "{0}<Name/>\n{0}<DateTime/>\n{0}<Creator/>\n{0}<ScreenShot/>\n{0}<Description/>\n"


def path(run):
    """The real place of the file; 23 without a private area."""
    mounting.require_places(run)
    return f"{run.area}/{FILE}"


def require_ploop(run, rc):
    mounting.require_places(run)
    link = f"{run.area}/.ve.layout"
    if not os.path.islink(link) or os.readlink(link) != LAYOUT:
        raise Failed(rc, "Snapshot supported for ploop based Container only")


def read(run):
    """``[{"guid", "parent", "name", "date", "desc", "current"}, ...]``; ValueError for any other file."""
    from xml.etree import ElementTree

    place = path(run)
    if not os.path.exists(place):
        return []
    try:
        return _items(ElementTree.parse(place).getroot(), "")
    except ElementTree.ParseError as problem:
        raise ValueError(f"Failed to read {run.node.strip(place)}") from problem


def _items(element, parent):
    found = []
    for item in element.findall("SavedStateItem"):
        guid = item.get("guid", "")
        if guid:
            texts = {key: item.findtext(tag) or "" for key, tag in TAGS.items()}
            found.append({"guid": guid, "parent": parent, "current": item.get("current") == "yes", **texts})
        found += _items(item, guid)
    return found


TAGS = {"name": "Name", "date": "DateTime", "desc": "Description"}


def find(snapshots, guid):
    return next((snapshot for snapshot in snapshots if snapshot["guid"] == guid), None)


def document(snapshots):
    """The file's text, as libxml2 indents it."""
    head = '<?xml version="1.0"?>\n'
    if not snapshots:
        return f"{head}<VirtuozzoSavedStates/>\n"
    inner = EMPTY_ITEM.format("    ") + "".join(_element(snapshots, "", 2))
    root = f'  <SavedStateItem guid="">\n{inner}  </SavedStateItem>\n'
    return f"{head}<VirtuozzoSavedStates>\n{root}</VirtuozzoSavedStates>\n"


def _element(snapshots, parent, depth):
    blanks = "  " * depth
    for snapshot in snapshots:
        if snapshot["parent"] != parent:
            continue
        current = ' current="yes"' if snapshot["current"] else ""
        yield f'{blanks}<SavedStateItem guid="{snapshot["guid"]}"{current}>\n'
        name = _escaped(snapshot["name"])
        yield f"{blanks}  <Name>{name}</Name>\n" if name else f"{blanks}  <Name/>\n"
        yield f"{blanks}  <DateTime>{snapshot['date']}</DateTime>\n{blanks}  <Creator/>\n{blanks}  <ScreenShot/>\n"
        description = snapshot["desc"].replace("]]>", "]]]]><![CDATA[>")
        yield f"{blanks}  <Description><![CDATA[{description}]]></Description>\n"
        yield from _element(snapshots, snapshot["guid"], depth + 1)
        yield f"{blanks}</SavedStateItem>\n"


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# images


def disks(run):
    """The images of the container, as the node names them; fails with 162 for one that cannot be read."""
    shown = [run.node.strip(disk["image"]) for disk in mounting.disks(run)]
    for image in shown:
        mounting.require_image(run, image)
    return shown


def change(run, image, act):
    """``act(chain, top)`` changes an image's snapshots, ``{"{guid}": "{parent}"}``; ``top`` is its top delta."""
    place = run.node.path(image)
    known = images.read(place)
    top = known.pop("top", TOP)
    chain = known.pop("snapshots", {top: NONE})
    act(chain, top)
    if chain != {TOP: NONE}:
        known.update(snapshots=chain, top=top)
    images.write(place, known)


# What is in a file system that vzsim made; it knows nothing of what is in others.


def content_place(run, image, guid):
    return f"{run.node.path(image)}/{guid}.{mounting.CONTENT}"


def keep_content(run, image, guid):
    """Copy what is in an image now, for the snapshot."""
    _copy(f"{run.node.path(image)}/{mounting.CONTENT}", content_place(run, image, guid))


def bring_content_back(run, image, guid):
    _copy(content_place(run, image, guid), f"{run.node.path(image)}/{mounting.CONTENT}")


def forget_content(run, image, guid):
    import shutil

    shutil.rmtree(content_place(run, image, guid), ignore_errors=True)


def _copy(source, target):
    """Replace a directory by a copy of another, with owners and links, if there is that."""
    import shutil
    import subprocess

    if os.path.isdir(source):
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", "--", source, target], check=True)


def add_to(guid):
    def act(chain, top):
        chain[guid], chain[top] = chain[top], guid

    return act


def switch_to(guid):
    def act(chain, top):
        chain[top] = guid

    return act


def delete_from(guid):
    """One that several others stand on stays in the image, unseen (read, not run)."""

    def act(chain, top):
        children = [child for child, parent in chain.items() if parent == guid]
        if guid in chain and len(children) <= 1:
            parent = chain.pop(guid)
            chain.update(dict.fromkeys(children, parent))

    return act
