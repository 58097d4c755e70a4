"""
What the configuration files of a node say, each read and parsed once as long as it does not change.
"""

from ..flavours import known
from . import traces
from .container import identity


class Record:
    """
    One configuration file as it was when it had this `stamp`.

    `invalid` is the key, with its value, for which vzctl refuses the file, if any. Its text is dropped when all has
    been made of it: a node may have ten thousand.
    """

    __slots__ = (
        *("stamp", "name", "private", "root", "invalid", "said"),
        *("_conf", "_identity", "_domain", "_ctid", "_node_id", "_flavour", "_version"),
    )

    def __init__(self, stamp, conf, ctid, node_id, vz_conf, flavour, version=None):
        self.stamp, self._conf, self._ctid, self._node_id, self._flavour = stamp, conf, ctid, node_id, flavour
        self._version = version
        self.name, self.private, self.root = conf.name, conf.private(ctid, vz_conf), conf.root(ctid, vz_conf)
        self.invalid = flavour.reading.refused(conf, version)
        self.said = None  # what `take` was asked for
        self._identity = self._domain = None

    @property
    def identity(self):
        """The `container.Identity`."""
        conf = self._conf  # first: whoever drops it has set the identity before
        if self._identity is None:
            domain = self._domain or self._flavour.reading.network(conf)
            managed = conf.is_marked(self._ctid, self._node_id)
            self._identity = identity(domain, self._ctid, self._flavour.pairs, self.name, managed, self.private)
        return self._identity

    def take(self, facts):
        """The `Domain`, and what `facts` makes of parsed file and CTID; from then on these two are all that is kept."""
        conf = self._conf  # as above
        if self._domain is None:
            domain, self.said = self._flavour.reading.domain(conf, self._ctid), facts(conf, self._ctid)
            self._domain = known(
                domain, self._flavour, self._version
            )  # after what goes with it: another thread may ask meanwhile
            _ = self.identity
            self._conf = None
        return self._domain, self.said


class Records:
    """The `Record` of each container of a node; threads may share it."""

    def __init__(self):
        self._known = {}  # CTID -> Record

    def read(self, node, ctid):
        """
        The `Record` of the file as it is now; ``None`` for one that is missing or cannot be read.

        It is opened only where it has changed since.
        """
        stamp, kept = node.stamp(ctid), self._known.get(ctid)
        if kept is not None and stamp is not None and kept.stamp == stamp:
            return kept
        text = traces.text(node.conf_path(ctid))
        if text is None:
            return None
        conf = node.flavour.reading.parse(text)
        found = self._known[ctid] = Record(stamp, conf, ctid, node.node_id, node.vz_conf, node.flavour, node.release)
        return found

    def refreshed(self, node):
        """CTID and `Identity` of each file that is there now, and of one that is away while the rest is there."""
        there = node.ctids()
        for ctid in there:
            found = self.read(node, ctid)
            if found:
                yield ctid, found.identity
        for ctid in self._known.keys() - set(there):
            if node.leftovers(ctid):
                yield ctid, self._known[ctid].identity
