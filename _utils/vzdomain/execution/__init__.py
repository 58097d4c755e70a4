"""Doing what was planned, looking again, and going on after a run that was cut off."""

from . import (
    apply,
    bridging,
    claiming,
    executor,
    facts,
    finding,
    journal,
    notices,
    partial_create,
    password,
    reconcile,
    recovery,
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
    "notices",
    "partial_create",
    "password",
    "reconcile",
    "recovery",
    "setup",
    "verifying",
]
