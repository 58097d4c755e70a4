"""
The tree of a container's snapshots, ``AREA/Snapshots.xml``, which both families keep alike.

A snapshot is ``{"guid": "{...}", "parent": "{...}", "name", "date", "desc", "current"}``; the first one's parent is
empty.
"""

import time

FILE = "Snapshots.xml"
LEGACY_ROOT = "ParallelsSavedStates"  # (read, not run)
SEVEN_ROOT = "VirtuozzoSavedStates"
EMPTY_ITEM = "{0}<Name/>\n{0}<DateTime/>\n{0}<Creator/>\n{0}<ScreenShot/>\n{0}<Description/>\n"
TAGS = {"name": "Name", "date": "DateTime", "desc": "Description"}


def read(place):
    """The snapshots of a file, those of a level together; ``ValueError`` for any other file."""
    from xml.etree import ElementTree

    try:
        waiting = [("", ElementTree.parse(place).getroot())]
    except ElementTree.ParseError as problem:
        raise ValueError(place) from problem
    found = []
    while waiting:
        parent, element = waiting.pop(0)
        for item in element.findall("SavedStateItem"):
            guid = item.get("guid", "")
            if guid:
                texts = {key: item.findtext(tag) or "" for key, tag in TAGS.items()}
                found.append({"guid": guid, "parent": parent, "current": item.get("current") == "yes", **texts})
            waiting.append((guid, item))
    return found


def find(snapshots, guid):
    return next((snapshot for snapshot in snapshots if snapshot["guid"] == guid), None)


def added(snapshots, guid, name, desc):
    """With a new current one, which stands on the one that was."""
    current = next((snapshot for snapshot in snapshots if snapshot["current"]), None)
    new = {"guid": guid, "parent": current["guid"] if current else "", "name": name, "desc": desc, "current": True}
    new["date"] = time.strftime("%Y-%m-%d %H:%M:%S")
    return [*({**snapshot, "current": False} for snapshot in snapshots), new]


def switched(snapshots, guid):
    return [{**snapshot, "current": snapshot["guid"] == guid} for snapshot in snapshots]


def without(snapshots, gone):
    """Its children stand on its parent now, which becomes the current one if it was that."""
    left = []
    for snapshot in snapshots:
        if snapshot is gone:
            continue
        parent = gone["parent"] if snapshot["parent"] == gone["guid"] else snapshot["parent"]
        is_current = snapshot["current"] or (gone["current"] and snapshot["guid"] == gone["parent"])
        left.append({**snapshot, "parent": parent, "current": is_current})
    return left


def document(snapshots, root):
    """The file's text, as libxml2 indents it."""
    head = '<?xml version="1.0"?>\n'
    if not snapshots:
        return f"{head}<{root}/>\n"
    inner = EMPTY_ITEM.format("    ") + "".join(_element(snapshots, "", 2))
    return f'{head}<{root}>\n  <SavedStateItem guid="">\n{inner}  </SavedStateItem>\n</{root}>\n'


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
