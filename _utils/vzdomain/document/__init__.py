"""XML text to a domain and back: both dialects, element by element, and what a pillar says around it."""

from . import (
    codec,
    devices,
    entries,
    etree,
    metadata,
    reader,
    schema,
    sizes,
    small,
    sources,
    tuning,
    vocabulary,
    writer,
)

__all__ = [
    "codec",
    "devices",
    "entries",
    "etree",
    "metadata",
    "reader",
    "schema",
    "sizes",
    "small",
    "sources",
    "tuning",
    "vocabulary",
    "writer",
]
