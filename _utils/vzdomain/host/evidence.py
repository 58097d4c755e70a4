"""
Looking again: for a file that may be away for a moment, and for whatever else tells of a container.
"""

import itertools
import os

from .. import errors
from ..model.ctid import Ctid
from . import traces
from .places import Places


class Evidence(Places):
    """The part of a `node.Node` that is asked before anybody acts on the absence of a container."""

    _missed = frozenset()  # CTIDs whose file was waited for in vain
    _is_sure = False  # whether files that were missing have been looked for again

    def free_ctid(self, first, *taken):
        """
        The lowest CTID from the number `first` on of which nothing is there.

        That is no file, area, dump, link or lock, and no row of vzlist.

        `taken` are collections of CTIDs that are to be left out.
        """
        candidates = map(Ctid, itertools.count(first))
        return next(one for one in candidates if not (any(one in some for some in taken) or self._is_traced(one)))

    def _is_traced(self, ctid):
        return (
            os.path.lexists(self.conf_path(ctid))
            or os.path.lexists(self.lock_path(ctid))
            or ctid in self._statuses.listed
            or bool(self.leftovers(ctid))
        )

    def twin(self, ctid, uuid, name):
        """
        What is there of a container that is about to be created: its CTID and the path that tells of it, or ``None``.

        Only files that are new, or were changed, are read.
        """
        left = self.leftovers(ctid) or ((self.conf_path(ctid),) if os.path.lexists(self.conf_path(ctid)) else ())
        if left:
            return ctid, left[0]
        link = self.path("names", name) if name else None
        if link and os.path.lexists(link):
            return traces.target(self.flavour.places, link), link
        return next(
            (
                (other, self.conf_path(other))
                for other, its in self._records.refreshed(self)
                if (uuid and its.uuid == uuid) or (name and its.name == name)
            ),
            None,
        )

    def make_sure(self):
        """
        Look a second time, a moment after the first, for the files of containers; once.

        Files of which something else is there are looked for again for half a second: one may be away for a moment.
        RefusedError for a container without a file that can be read, be it listed by vzlist or have an area beside what
        stands in the file's place, and without a link: nobody knows its name and UUID.
        """
        self._notice_others()
        if self._is_sure:
            return
        self._is_sure = True
        traces.pause()
        self.look_again()
        self._forgotten.update(set(self.ctids()) - self.identities().keys())
        traces.sought(self._has_found_all)
        areas = [ctid for ctid in self._areas() if traces.is_odd(self.conf_path(ctid))]
        for ctid in sorted({*self._statuses.listed, *areas} - self.identities().keys() - self._links.keys()):
            self._is_sure = False  # the next one who asks is told as well
            if not os.path.lexists(self.conf_path(ctid)):
                self._check_absent(ctid)
            raise errors.RefusedError(
                f"{self.conf_path(ctid)} cannot be read, but container {ctid} exists: nobody knows its name and "
                f"UUID; restore the file"
            )

    def refuse_lost(self, uuid, noted=()):
        """
        RefusedError where a container is there whose file is gone or empty: it may be the one with that UUID.

        A link alone is nothing that could be lost; what it points to may be. `noted` are CTIDs that recovery settles.
        """
        empty = {ctid for ctid, its in self.identities().items() if not (its.uuid or its.name)}
        for ctid in sorted(({*self._statuses.listed, *self._links} - self.identities().keys()) | empty):
            if ctid in noted or (traces.text(self.conf_path(ctid)) or "").strip():
                continue
            left = [one for one in self.leftovers(ctid) if one not in self._links.get(ctid, ())]
            if left or ctid in self._statuses.listed:
                raise errors.RefusedError(
                    f"no container is known to have the UUID {uuid}, but the file of container {ctid} is gone or empty "
                    f"and may have said it: restore {self.conf_path(ctid)}"
                )

    def _areas(self):
        return traces.areas(self.flavour.places, self.vz_conf["VE_PRIVATE"])

    def _has_found_all(self):
        """Whether the file has been read of whatever else there is of containers."""
        self.look_again()
        known = {*self._statuses.listed, *self._areas(), *self._links}
        missing = [ctid for ctid in known - self.identities().keys() if not traces.is_odd(self.conf_path(ctid))]
        self._forgotten.update(missing)
        return not missing

    def _awaited(self, ctid):
        """The text of a file of which something else tells: it may be away for a moment. Waited for once."""
        text = traces.text(self.conf_path(ctid))
        if text is None and ctid not in self._missed and not traces.is_odd(self.conf_path(ctid)):
            text = traces.sought(lambda: traces.text(self.conf_path(ctid)))
            self._missed |= {ctid} if text is None else set()
        return text
