"""Doing what was planned, looking again, and going on after an interrupted run."""

from . import (
    apply,
    bridging,
    claiming,
    converting,
    executor,
    facts,
    finding,
    journal,
    moving,
    notices,
    partial_create,
    password,
    reconcile,
    recovery,
    registering,
    setup,
    snapshots,
    verifying,
)
from .snapshots import cloning as _cloning  # noqa: F401 - reached by way of `snapshots`

__all__ = [
    "apply",
    "bridging",
    "claiming",
    "converting",
    "executor",
    "facts",
    "finding",
    "journal",
    "moving",
    "notices",
    "partial_create",
    "password",
    "reconcile",
    "recovery",
    "registering",
    "setup",
    "snapshots",
    "verifying",
]
