"""
A pillar for the containers that a node has: documents that change nothing, and the YAML for them.
"""

import logging
import re

from ..document import codec
from ..document.entries import Entry, free_label, with_document
from ..errors import CannotAskError, DocumentError, RefusedError
from ..planning import changes, planner

log = logging.getLogger(__name__)

# Without it Salt's renderer for pillars is jinja first, to which {{ in a description is an expression.
_RENDERER = "#!yaml"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_WORDS = frozenset("y n yes no on off true false null none".split())


def domains(reconciler, dialect="libvirt"):
    """
    An entry for each container, and for each that has none the reason.

    Returns ``{"web01": {"xml": "<domain ...", "state": "running"}}`` and a list of sentences. Only of containers
    that run or are paused the `state` is said: one that is down may be down for an hour.
    """
    found, left_out = {}, []
    for ctid in reconciler.node.ctids():
        try:
            container = reconciler.node.container(ctid)
            if container:  # or it has just been destroyed
                entry = _entry_of(reconciler, container, dialect)
                found[free_label(container.domain.name, ctid, found)] = entry
        except (DocumentError, RefusedError) as err:  # not where the node cannot be asked
            left_out.append(_left_out(ctid, err))
        except CannotAskError as err:
            if not reconciler.node.leftovers(ctid):
                raise
            left_out.append(_left_out(ctid, err))
    return found, [*left_out, *_exceptions(reconciler, found)]


def _exceptions(reconciler, found):
    """The entries that this node would not find unchanged, with the reason: the same plan is made as will be then."""
    entries = [with_document(Entry(label, state=one.get("state")), one["xml"]) for label, one in found.items()]
    for job in planner.Planner(reconciler.overlay()).jobs(entries):
        if job.error:
            yield f"{job.label} is refused as it is here: {job.error}"
        elif job.plan.calls:
            yield f"{job.label} would be changed: {', '.join(changes.fields(job.plan.actions))}"


def as_yaml(key, found, left_out=()):
    """
    The YAML of a pillar file with these entries under `key` (``openvz:domains``), each document a block of its own.

    The first line names the renderer. Names and documents are written so that YAML reads them back letter for letter.
    """
    lines = [_RENDERER, *(f"# {_one_line(reason)}" for reason in left_out)]
    names = key.split(":")
    lines += ["  " * depth + f"{name}:" for depth, name in enumerate(names)]
    lines[-1] += "" if found else " {}"
    indent = "  " * len(names)
    for label, entry in found.items():
        lines += [indent + line if line else "" for line in _entry(label, entry)]
    return "\n".join(lines) + "\n"


def _entry_of(reconciler, container, dialect):
    """What a pillar says of a container; DocumentError if its document could not be read back."""
    text = codec.render(reconciler.as_document(container.domain), dialect)
    codec.parse(text)
    return {"xml": text, **({"state": container.status} if container.running else {})}


def _left_out(ctid, err):
    log.warning("Container %s is not in the dump: %s", ctid, err)
    return f"not here: container {ctid}: {err}"


def _entry(label, entry):
    mark = "|" if entry["xml"].endswith("\n") else "|-"
    yield f"{_quoted(label)}:"
    if "state" in entry:
        yield f"  state: {entry['state']}"
    yield f"  xml: {mark}"
    yield from ("    " + line if line else "" for line in entry["xml"].removesuffix("\n").split("\n"))


def _quoted(label):
    """A key that YAML takes for text."""
    if _PLAIN.fullmatch(label) and label.lower() not in _WORDS:
        return label
    return "'" + label.replace("'", "''") + "'"


def _one_line(text):
    return re.sub(r"[^\x20-\x7e]+", " ", text)
