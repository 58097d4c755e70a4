"""
Snapshots of vzctl 4.x: of containers in an image alone (recorded: the refusals; all else is read, not run).

A switch brings back the whole configuration file, with name and marks of then, and does not touch the name's link.
"""

from ..savedstates import conf, dump, file, kept, parse, spelled, targets, targets_words

__all__ = ["conf", "dump", "file", "kept", "parse", "spelled", "targets", "targets_words"]

KEPT = ()  # what a switch does not bring back, of the fields of a domain
CAN_KEEP_SETTINGS = True  # a switch can leave the configuration as it is
NEEDS_CONF = False  # and does so where a snapshot has none
DELETES_FORKS = False  # libploop refuses to delete one that several others stand on
CLONES = False
