"""
Which containers are stopped, restarted, suspended or deleted with force alone.

The configuration names them, or an entry of the pillar protects them. Where the pillar cannot be read nobody knows, and
that is not "no".
"""

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


def canonical(name):
    """A CTID without leading zeros, a UUID in the spelling of `Domain`, any other name as it is."""
    name = name.strip()
    for rule in (names.ctid, names.uuid):
        try:
            return str(rule(name))
        except ValueError:
            continue
    return name
