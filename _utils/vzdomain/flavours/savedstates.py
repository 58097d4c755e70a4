"""
What both families keep of snapshots, and alike: ``AREA/Snapshots.xml``, and of each one its configuration and its dump.

The file is read and vzctl not asked: ``snapshot-list`` of vzctl 7 removes the lock file of another vzctl that is at
work (recorded), and a name with a line break in it looks like one more snapshot there.
"""

import os
from xml.parsers import expat

from ..model.actions import DeleteSnapshot, MountSnapshot, SwitchSnapshot, TakeSnapshot, UnmountSnapshot
from ..model.snapshot import Snapshot, is_id
from .calls import Call

FILE = "Snapshots.xml"
_ITEM = "SavedStateItem"
_TEXTS = {"Name": "name", "DateTime": "date", "Description": "description"}
_DEEPEST = 1000  # elements in each other


def file(area):
    """The list of the snapshots that are in a private area."""
    return os.path.join(area, FILE)


def conf(area, id):
    """The configuration file of a snapshot's time."""
    return os.path.join(area, "dump", f"{_braced(id)}.ve.conf")


def dump(area, id):
    """What a running container had in memory: a file, or a directory; there is none of one that did not run."""
    return os.path.join(area, "dump", _braced(id))


def kept(names):
    """The ids of the snapshots that files of the directory ``dump`` are for."""
    ids = (name.removesuffix(".ve.conf") for name in names if name.endswith(".ve.conf"))
    return sorted(id[1:-1] for id in ids if id.startswith("{") and is_id(id))


def parse(text):
    """
    The `Snapshot`s of a file, each behind the one that it stands on; ValueError, with the reason, for any other text.

    Root elements differ; what counts are the items with an id.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = reader.text, reader.doctype
    try:
        parser.Parse(text.encode("utf-8", "surrogateescape"), True)
    except expat.ExpatError as err:
        raise ValueError(f"line {err.lineno}: {expat.ErrorString(err.code)}") from None
    return [Snapshot(**one) for one in reader.found]


class _Reader:
    """Collects the items, without recursion: somebody may have written a thousand into each other."""

    def __init__(self):
        self.found, self._open, self._texts = [], [], None

    def start(self, name, attributes):
        if len(self._open) > _DEEPEST:
            raise ValueError("elements are nested too deeply")
        self._texts = None
        if name != _ITEM:
            self._open.append(None)
            self._texts = [] if name in _TEXTS and len(self._open) > 1 and self._open[-2] else None
            return
        id = attributes.get("guid", "").removeprefix("{").removesuffix("}")
        above = next((one for one in reversed(self._open) if one), None)
        item = {"id": id, "parent": (above and above["id"]) or None, "current": attributes.get("current") == "yes"}
        self._open.append(item)
        if id:
            self.found.append(item)

    def end(self, name):
        self._open.pop()
        if self._texts is not None and self._open and self._open[-1]:
            self._open[-1].setdefault(_TEXTS[name], "".join(self._texts))
        self._texts = None

    def text(self, text):
        if self._texts is not None:
            self._texts.append(text)

    def doctype(self, *_):
        raise ValueError("it has a document type")


def targets_words(ctid):
    """The words that ask where snapshots are mounted: nothing but vzctl knows that of both families."""
    return ("snapshot-list", str(ctid), "-H", "-o", "uuid,target")


def targets(text, ids):
    """Id -> the directory in which it is mounted, of the `ids` that are known, from the answer to `targets_words`."""
    found = {}
    for line in text.splitlines():
        word, _, target = line.partition(" ")
        id = word.removeprefix("{").removesuffix("}")
        if id in ids and target.strip():
            found.setdefault(id, target.strip())
    return found


def spelled(action, ctid):
    """The `Call` for an action on snapshots, ``None`` for any other action."""
    words = _words(action)
    return words and Call((words[0], str(ctid), "--id", action.id, *words[1:]), (action,))


def _words(action):
    if isinstance(action, TakeSnapshot):
        said = ("--name", action.name) if action.name else ()
        said += ("--description", action.description) if action.description else ()
        return ("snapshot", *said, *(() if action.memory else ("--skip-suspend",)))
    if isinstance(action, SwitchSnapshot):
        left_out = () if action.resume else ("--skip-resume",)
        return ("snapshot-switch", *left_out, *(("--skip-config",) if action.keeps_settings else ()))
    if isinstance(action, DeleteSnapshot):
        return ("snapshot-delete",)
    if isinstance(action, MountSnapshot):
        return ("snapshot-mount", "--target", action.target)
    return ("snapshot-umount",) if isinstance(action, UnmountSnapshot) else None


def _braced(id):
    return f"{{{id}}}"
