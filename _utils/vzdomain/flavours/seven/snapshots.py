"""
Snapshots of vzctl 7 to 9 (recorded of stopped containers; what is done with a running one is read, not run).

A switch brings back the configuration file but for who and where the container is.
"""

from ..savedstates import conf, dump, file, kept, parse, spelled, targets, targets_words

__all__ = ["conf", "dump", "file", "kept", "parse", "spelled", "targets", "targets_words"]

KEPT = ("name", "uuid", "ctid", "private", "root")
CAN_KEEP_SETTINGS = False
NEEDS_CONF = True
DELETES_FORKS = True
CLONES = True
