"""Asking the node: its programs, its files, its kernel. Nothing here changes a container."""

from . import (
    addresses,
    bridges,
    encoding,
    files,
    locks,
    marks,
    networks,
    node,
    process,
    processes,
    runtime,
    traces,
    vzctl,
)

__all__ = [
    "addresses",
    "bridges",
    "encoding",
    "files",
    "locks",
    "marks",
    "networks",
    "node",
    "process",
    "processes",
    "runtime",
    "traces",
    "vzctl",
]
