"""
Where the documents of a minion are: in its pillar, by path, or in files of its master.

What only Salt can do is passed in: `traverse` follows a path in a pillar, and the `master` fetches and renders files.
"""

import collections
import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace

from ..errors import (
    MASK,
    ArgumentError,
    DocumentError,
    OpenVZError,
    SourceError,
    in_words,
    kind_of,
    public,
    sentence,
    shown,
)
from ..model.nearest import nearest
from ..settings import DEFAULTS, DOMAINS, KEY
from . import codec, entries, insides

log = logging.getLogger(__name__)

CONTAINERS = f"{KEY}:{DOMAINS}"  # where the pillar has the containers of a node
_NOTHING = object()


class OnMinionOnly(Exception):
    """A master is asked for what nobody but the minion can say."""


class Sources:
    """
    All that one minion can read.

    pillar
        The whole pillar.

    traverse
        ``traverse(pillar, "a:b", default)``; Salt's ``traverse_dict_and_list``.

    master
        How files of the master are got. ``fetch(source, saltenv)`` returns the path of a copy, falsy if there is no
        such file; ``read(path, name)`` its text and its encoding. ``render(source, text, encoding, template, saltenv)``
        returns what a template makes, ``None`` where the log says why not. ``engines`` are the names of template
        engines, and ``failures`` the exceptions that these raise beside OpenVZError. What nobody but the minion can say
        raises `OnMinionOnly`.

    refused
        What the vzctl of the node cannot have, as `codec.parse` wants it; ``None`` where that is not asked.
    """

    def __init__(self, pillar, traverse, master, refused=None):
        self._pillar, self._traverse, self._master, self._refused = pillar, traverse, master, refused

    # the pillar

    def at(self, path):
        """The pillar's value at a path, never a mask; ArgumentError for an invalid path, SourceError for no value."""
        if isinstance(path, bool) or not isinstance(path, (str, int)):
            raise ArgumentError(f"a path in the pillar must be text, such as {CONTAINERS}, not {kind_of(path)}")
        path = str(path)
        if self._pillar.get("_errors"):
            raise SourceError("the pillar of this minion has errors and is not used; see pillar.items")
        value = self._traverse(self._pillar, path, _NOTHING)
        if value is _NOTHING:
            near = self._near(path)
            raise SourceError(self._missing(path) + (f"; did you mean {near}?" if near else ""))
        if value is None:
            raise SourceError(f"pillar {path} is empty")
        _refuse_mask(path, value)
        return value

    def _missing(self, path):
        """Of a path that is not there only what is there is shown: somebody may have typed a password instead."""
        if path == CONTAINERS:
            return f"the pillar has no {path}"
        words = path.split(":")
        paths = (":".join(words[:number]) for number in range(len(words) - 1, 0, -1))
        there = next((one for one in paths if self._traverse(self._pillar, one, None)), None)
        if there:
            return f"the pillar has {there}, but not the rest of the given path"
        return "the pillar has nothing at the given path, which is not shown since it may hold a secret"

    def _near(self, path):
        """The path up to the first part that the pillar does not have, with what it has instead; or ``None``."""
        value, found = self._pillar, []
        for part in path.split(":"):
            if not isinstance(value, Mapping):
                return None
            if part not in value:
                near = nearest(part, [str(one) for one in value])
                return ":".join([*found, near]) if near in value else None
            found.append(part)
            value = value[part]
        return None

    # the containers of a node

    def entries(self, path):
        """The `Entry` of each container that the pillar has at a path; one that cannot be followed knows why."""
        return self.listed(path, self.at(path))

    def wanted(self, path):
        """The same; no entries where the pillar has no such key, as that of a node whose containers have all moved."""
        if not self._pillar.get("_errors") and self._traverse(self._pillar, path, None) is None:
            return []
        return self.entries(path)

    def listed(self, path, containers):
        """The same of a value that the pillar has at `path`."""
        if not isinstance(containers, Mapping):
            raise SourceError(f"pillar {path} must be a mapping of containers, not {kind_of(containers)}")
        found = [self.entry(path, label, value) for label, value in containers.items()]
        count = collections.Counter(entry.label for entry in found)
        for label in (label for label, number in count.items() if number > 1):  # 101 and "101"
            raise SourceError(f"pillar {path} has {label} twice, as a number and as text; keep one")
        return found

    def entry(self, path, label, value):
        """The `Entry` of one container, its document read."""
        place = shown(f"pillar {path}:{label}: ")
        try:
            entry = self._with_pillar(entries.read(label, value, str(path)))
            text = entry.xml
            if entry.source:
                place = f"{public(entry.source)}: "
                text = self.file(entry.source, entry.template, entry.saltenv)
            return entry if text is None else entries.with_document(entry, text, self._refused)
        except OnMinionOnly as err:
            return replace(entry, unread=str(err))
        except DocumentError as err:
            return entries.failed(label, f"{place}{err}")
        except OpenVZError as err:  # it names the source itself
            return entries.failed(label, err)
        except Exception as err:  # whatever it is, it is this entry's
            log.exception("An entry of the pillar cannot be read")
            return entries.failed(label, f"{place}{sentence(err)}")

    def _with_pillar(self, entry):
        """The entry with all the pillar that its states inside get."""
        if entry.inside_key is None:
            return entry
        more = self.at(entry.inside_key)
        if not isinstance(more, Mapping):
            raise DocumentError(f"inside:pillar_key must be the path of a mapping; there is {kind_of(more)}")
        insides.refuse_masks("inside:pillar_key", more)
        how = replace(entry.inside, pillar=insides.merged(more, entry.inside.pillar))
        return replace(entry, inside=how)

    def protecting(self, path=CONTAINERS):
        """The entries that protect their container, and why it is not known of others; ``None`` if it is."""
        if self._pillar.get("_errors"):
            return [], "the pillar of this minion has errors; see pillar.items"
        containers = self._traverse(self._pillar, path, None)
        if not isinstance(containers, Mapping):
            return [], None if containers is None else f"pillar {path} is not a mapping of containers"
        found = [self.entry(path, label, value) for label, value in containers.items() if entries.may_protect(value)]
        error = next((entry.error for entry in found if entry.error), None)
        return found, error and f"an entry that may protect it cannot be read: {error}"

    def networks(self):
        """The names of the networks that any document below our key wants, whatever the path to it is."""
        settings = {} if self._pillar.get("_errors") else self._pillar.get(KEY)
        found = set()
        for key, value in settings.items() if isinstance(settings, Mapping) else ():
            if isinstance(value, Mapping) and key not in DEFAULTS:
                known = (self.entry(f"{KEY}:{key}", label, one).domain for label, one in value.items())
                found |= {pair.network for domain in known if domain for pair in domain.interfaces or ()}
        return found - {None}

    # one document

    def document(self, xml, path, source, template, saltenv, strict):
        """The document that exactly one of `xml`, `path` and `source` names; DocumentError says where it is wrong."""
        text, place = self.text(xml, path, source, template, saltenv)
        with placed(place):
            return codec.parse(text, strict, self._refused)

    def text(self, xml, path, source, template, saltenv):
        """The text of a document, and what to put before a message for its author to find it."""
        named = [name for name, one in (("xml", xml), ("pillar_key", path), ("source", source)) if one is not None]
        if len(named) != 1:
            raise ArgumentError(f"give exactly one of xml, pillar_key and source, not {' and '.join(named) or 'none'}")
        if path is not None:
            xml = self.at(path)
        elif source is not None:
            xml = self.file(source, template, saltenv)
        if not isinstance(xml, str):
            raise ArgumentError(
                f"the document must be text, not {kind_of(xml)}: YAML parsed it; use pillar_key= or source="
            )
        if not xml.strip():
            raise ArgumentError(f"the document is empty ({named[0]})")
        _refuse_mask("the document", xml.strip())
        return xml, f"pillar {path}: " if path else f"{public(str(source))}: " if source else ""

    def file(self, source, template, saltenv):
        """The text of a file of the master, rendered where an engine is named."""
        if not isinstance(source, str):
            raise ArgumentError(f"source must be text, such as salt://web01.xml, not {kind_of(source)}")
        name, url = public(source), f"{source} (saltenv {saltenv})"
        if shown(url) != url or not ("://" in source or source.startswith("/")):
            raise ArgumentError("source is not the URL of a file, such as salt://web01.xml")
        text, encoding = self._fetched(source, name, saltenv)
        return self._rendered(source, name, text, encoding, str(template), saltenv) if template else text

    def _fetched(self, source, name, saltenv):
        try:
            path = self._master.fetch(source, saltenv)
        except ValueError as err:  # a scheme that Salt does not know, a bracket too much
            raise ArgumentError(f"source {name} is not the URL of a file: {public(str(err))}") from None
        except self._master.failures as err:  # a server that refuses, a master that is not there
            raise SourceError(f"{name} cannot be fetched: {public(str(err))}") from err
        if not path:
            raise SourceError(f"{name} is not on the master (saltenv {saltenv})")
        return self._master.read(path, name)

    def _rendered(self, source, name, text, encoding, template, saltenv):
        if template not in self._master.engines:
            raise SourceError(f"{name}: template must be one of {', '.join(sorted(self._master.engines))}")
        try:
            made = self._master.render(source, text, encoding, template, saltenv)
        except self._master.failures as err:
            why = " ".join(in_words(str(getattr(err, "error", err))).split())
            raise SourceError(f"{name} cannot be rendered: {why}") from err
        if made is None:
            raise SourceError(f"{name} cannot be rendered with {template}; the minion's log says why")
        return made


@contextlib.contextmanager
def placed(place):
    """Put `place`, as `Sources.text` says it, before what is wrong with a document."""
    try:
        yield
    except DocumentError as err:
        raise DocumentError(f"{place}{err}") from err


def _refuse_mask(name, value):
    if value == MASK:
        raise SourceError(f"the pillar has only a masked value for {name}; the value itself is needed")
