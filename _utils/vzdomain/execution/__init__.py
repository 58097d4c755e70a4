"""Doing what was planned, looking again, and going on after an interrupted run."""

from . import (
    apply,
    bridging,
    claiming,
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
    verifying,
)

__all__ = [
    "apply",
    "bridging",
    "claiming",
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
    "verifying",
]
