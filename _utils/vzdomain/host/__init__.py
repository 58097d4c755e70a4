"""Asking the node: its programs, its files, its kernel. Nothing here changes a container."""

from . import (
    container,
    encoding,
    evidence,
    files,
    kernel,
    locks,
    marks,
    networks,
    node,
    places,
    process,
    records,
    statuses,
    traces,
    vzctl,
)

__all__ = [
    "container",
    "encoding",
    "evidence",
    "files",
    "kernel",
    "locks",
    "marks",
    "networks",
    "node",
    "places",
    "process",
    "records",
    "statuses",
    "traces",
    "vzctl",
]
