"""
Containers as targets of Salt: what each is called.

The pillar's label counts, so that a container has its name before it is there; one that no entry means goes by its
vzctl name, else by its CTID.
"""

import fnmatch


def targets(info, only=None):
    """
    Id -> CTID as text, of the containers that a node has; `info` is what ``openvz.node_info`` returns.

    only
        Patterns of ids; ``None`` for all.
    """
    wanted, found = info.get("wanted") or {}, {}
    for label, one in sorted((info.get("containers") or {}).items()):
        meant = [name for name, entry in sorted(wanted.items()) if _is_same(entry, one)]
        name = meant[0] if meant else one.get("name") or label
        found[name if name not in found else str(one["ctid"])] = str(one["ctid"])
    if only is None:
        return found
    return {name: ctid for name, ctid in found.items() if any(fnmatch.fnmatchcase(name, pattern) for pattern in only)}


def _is_same(entry, container):
    """By the strongest that an entry says: its UUID, its CTID, its name."""
    for key in ("uuid", "ctid", "name"):
        if entry.get(key) and container.get(key):
            return str(entry[key]) == str(container[key])
    return False
