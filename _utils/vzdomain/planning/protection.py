"""
Which containers are stopped, restarted, suspended or deleted with force alone.

The configuration names them, or an entry of the pillar protects them. Where the pillar cannot be read nobody knows, and
that is not "no".
"""

from ..errors import RefusedError
from ..model import names

CONFIGURED = "protected (openvz:protected names it)"


class Protection:
    """
    What protects the containers of a node.

    configured
        CTIDs, names and UUIDs.

    entries
        Called once, when it is first asked for: gives the `entries.Entry` that protect, and what is not known.
    """

    def __init__(self, configured=(), entries=None):
        self._configured = {canonical(str(one)).lower() for one in configured}
        self._ask, self._known = entries, None

    def load(self):
        """Ask for the entries now; workers must not."""
        if self._known is None:
            found, unknown = self._ask() if self._ask else ((), None)
            self._known = [(one.label, _named(one)) for one in found], unknown
        return self._known

    def of(self, container):
        """What is said after "container 101 is", such as ``protected (openvz:protected names it)``, or ``None``."""
        known = {str(container.ctid), container.domain.name.lower(), container.domain.uuid}
        if not self._configured.isdisjoint(known):
            return CONFIGURED
        found, unknown = self.load()
        for label, called in found:
            if not called.isdisjoint(known):
                return f"protected (by the entry {label} of the pillar)"
        return f"possibly protected ({unknown})" if unknown else None


def _named(entry):
    """All that an entry calls its container."""
    domain = entry.domain
    called = (domain.stated_ctid, domain.name, domain.uuid) if domain else (entry.name, entry.label)
    return {canonical(one).lower() for one in called if one}


def orphans(reconciler, entries):
    """
    The containers that bear our mark and that no entry means: somebody took them out of the pillar.

    One that is being moved is none, and one that has come from another node neither, until an entry has followed it.

    RefusedError where an entry cannot be read or followed, since nobody knows what it means.
    """
    broken = [entry.error for entry in entries if entry.error]
    if broken:
        raise RefusedError(f"the pillar cannot be evaluated: {'; '.join(broken)}; nothing was done")
    meant = {_ctid(reconciler, entry) for entry in entries}
    seen = [reconciler.look_up(ctid) for ctid in reconciler.node.ctids() if not reconciler.node.leftovers(ctid)]
    away = {note["ctid"] for note in reconciler.journal.arrived()} | set(reconciler.journal.moves.ctids())
    return [one for one in seen if one and one.managed and one.ctid not in meant | away]


def _ctid(reconciler, entry):
    if entry.domain:
        return reconciler.find(entry.domain)
    container = reconciler.look_up(entry.called)
    return container.ctid if container else None


def left_alone(reconciler, orphans):
    """Those of the orphans that may be destroyed, and a sentence for each that may not, or of what is not known."""
    found, said = [], []
    for one in orphans:
        protected = reconciler.protection.of(one)
        wanted = reconciler.elsewhere and reconciler.elsewhere.kept(one)
        if protected:
            said.append(f"container {one.ctid} is not in the pillar, but is {protected}: it is left alone")
        elif wanted:
            said.append(wanted)
        else:
            found.append(one)
    if found and reconciler.elsewhere:
        said += reconciler.elsewhere.unknown_of(found[0])
    return found, said


def canonical(name):
    """A CTID without leading zeros, a UUID in the spelling of `Domain`, any other name as it is."""
    name = name.strip()
    for rule in (names.ctid, names.uuid):
        try:
            return str(rule(name))
        except ValueError:
            continue
    return name
