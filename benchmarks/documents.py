"""Reading and writing of documents, beside what lxml alone takes for the same text."""

import sys
import time
from dataclasses import dataclass
from functools import partial

from . import fleet
from .minion import REPO

sys.path.insert(0, str(REPO / "_utils"))

from lxml import etree  # noqa: E402
from vzdomain.document import codec  # noqa: E402

SMALL = "<domain type='openvz'>\n  <name>209</name>\n  <memory unit='MiB'>512</memory>\n</domain>\n"
OLD = "that of 2008"  # in whose words it is written again
BATCH = 20  # calls between two looks at the clock


@dataclass(frozen=True)
class Document:
    """Seconds for one document: the codec's parse and render, lxml's fromstring and tostring."""

    name: str
    size: int  # bytes
    parse: float
    render: float
    fromstring: float
    tostring: float

    @property
    def ratio(self):
        return (self.parse + self.render) / (self.fromstring + self.tostring)


def texts():
    """Name -> text: a small document, one of the fleet, that of 2008, and the largest one of pillar-examples."""
    found = {"three lines": SMALL, "one of the fleet": fleet.document(fleet.FIRST)}
    found[OLD] = (REPO / "tests/unit/data/seed.xml").read_text()
    examples = {path.name: text for path in REPO.glob("pillar-examples/*.sls") for text in _documents(path)}
    largest = max(examples, key=lambda name: len(examples[name]))
    return {**found, f"pillar-examples/{largest}": examples[largest]}


def _documents(path):
    """The documents in a pillar file, as they are."""
    text = path.read_text()
    for part in text.split("<domain ")[1:]:
        yield f"<domain {part.partition('</domain>')[0]}</domain>\n"


def measure(repeats):
    """A `Document` for each of `texts`, with the best of so many repeats."""
    return [_measured(name, text, repeats) for name, text in texts().items()]


def _measured(name, text, repeats):
    data, domain = text.encode(), codec.parse(text).domain
    root = etree.fromstring(data)
    return Document(
        name,
        len(data),
        _best(repeats, codec.parse, text),
        _best(repeats, partial(codec.render, dialect="2008" if name == OLD else "libvirt"), domain),
        _best(repeats, etree.fromstring, data),
        _best(repeats, etree.tostring, root),
    )


def _best(repeats, function, argument):
    return min(_batch(function, argument) for _ in range(repeats))


def _batch(function, argument):
    begun = time.perf_counter()
    for _ in range(BATCH):
        function(argument)
    return (time.perf_counter() - begun) / BATCH
