"""Doing what was planned, looking again, and going on after a run that was cut off."""

from . import (
    apply,
    bridging,
    claiming,
    executor,
    journal,
    partial_create,
    password,
    reconcile,
    recovery,
    setup,
    unsaved,
    verifying,
)

__all__ = [
    "apply",
    "bridging",
    "claiming",
    "executor",
    "journal",
    "partial_create",
    "password",
    "reconcile",
    "recovery",
    "setup",
    "unsaved",
    "verifying",
]
