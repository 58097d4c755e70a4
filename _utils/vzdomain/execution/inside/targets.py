"""
Containers as targets of Salt: what each is called.

The pillar's label counts, so that a container has its name before it is there; one that no entry means goes by its
vzctl name, else by its CTID.
"""

import fnmatch
from collections import Counter


def targets(info, minion=None):
    """
    Id -> CTID as text, of the containers that a node has; `info` is what ``openvz.node_info`` returns.

    Containers that would have one id, or that of the `minion` itself (which Salt would then no longer reach), go by
    ``ID-CTID``.
    """
    wanted, named = info.get("wanted") or {}, []
    for label, one in sorted((info.get("containers") or {}).items()):
        meant = [name for name, entry in sorted(wanted.items()) if _is_same(entry, one)]
        named.append((meant[0] if meant else one.get("name") or label, str(one["ctid"])))
    often = Counter([name for name, _ in named] + [minion])
    found = {name: ctid for name, ctid in named if often[name] == 1}
    for name, ctid in named:
        if often[name] > 1:
            longer = f"{name}-{ctid}"
            while longer in found:
                longer += f"-{ctid}"
            found[longer] = ctid
    return found


def chosen(ids, only=None):
    """Those of the ids that one of the patterns fits; ``None`` for all."""
    return [name for name in ids if only is None or any(fnmatch.fnmatchcase(name, pattern) for pattern in only)]


def _is_same(entry, container):
    """By the strongest that an entry says: its UUID, its CTID, its name."""
    for key in ("uuid", "ctid", "name"):
        if entry.get(key) and container.get(key):
            return str(entry[key]) == str(container[key])
    return False
