"""
Looking again: for a file that may be away for a moment, and for whatever else tells of a container.
"""

import itertools
import os
import shlex
from functools import cached_property

from .. import errors
from ..model.ctid import Ctid
from . import traces
from .kernel import states
from .places import Places


class Evidence(Places):
    """The part of a `node.Node` that is asked before anybody acts on the absence of a container."""

    _missed = frozenset()  # CTIDs whose file was waited for in vain
    _is_sure = False  # whether files that were missing have been looked for again

    def __init__(self, vzctl, config_dir, sys_class_net, proc_dir):
        super().__init__(vzctl, config_dir, sys_class_net, proc_dir)
        self._known_links = traces.Listed(self._read_links)
        self._known_files = traces.Listed(self._read_files)

    # files that are links

    @property
    def _real_files(self):
        """The real file of each container, be it there or not -> its CTID; none where files are no links."""
        return self._known_files.get(self._stamp(self.containers_dir))[0]

    @property
    def misspelled(self):
        """CTID -> the path of a file that has its name in another spelling: to vzctl that is another container."""
        return self._known_files.get(self._stamp(self.containers_dir))[1]

    @property
    def _links(self):
        """CTID -> the links of names that point to its file; read again when the directory has changed."""
        return self._names[0]

    @property
    def _names(self):
        """The same, and name -> CTID."""
        return self._known_links.get(self._stamp(self.names_dir))

    def linked_to(self, path):
        """The CTID of the container that a link of the names directory leads to, or ``None``."""
        return traces.target(self.flavour.places, path, self._real_files)

    def _read_files(self):
        its, directory = self.flavour.places, self.containers_dir
        names = traces.listdir(directory) if its.REAL_FILE else ()
        odd = {ctid: os.path.join(directory, name) for name in names if (ctid := its.of_other_spelling(name))}
        return traces.real_files(its, directory), odd

    def _read_links(self):
        found = traces.links(self.flavour.places, self.names_dir, self._real_files)
        return found, {os.path.basename(link): ctid for ctid, links in found.items() for link in links}

    @property
    def registered(self):
        """The private area of each container that has one by its link -> its CTID."""
        name = self.flavour.places.REAL_FILE
        found = self._real_files.items()
        return {os.path.dirname(file): ctid for file, ctid in found if os.path.basename(file) == name}

    def owner_of(self, path):
        """The CTID of the container in whose private area a path lies, or ``None``."""
        known, place = self.registered, os.path.normpath(path)
        while place not in known and len(place) > 1:
            place = os.path.dirname(place)
        return known.get(place)

    def unregistered(self):
        """
        The private areas in the node's own place that no container has, and that vzctl would register.

        Each with the CTID that it is named for, or ``None``.
        """
        its, known = self.flavour.places, self.registered
        directory, rest = its.areas(self.vz_conf["VE_PRIVATE"]) or ("", "")
        names = sorted(traces.listdir(directory)) if its.REAL_FILE and directory and not rest else ()
        found = {directory + name: its.of_area(name) for name in names if directory + name not in known}
        return {area: ctid for area, ctid in found.items() if self._is_area(area, ctid)}

    def _is_area(self, area, ctid):
        """Whether it is one; that of a container whose file is no link is registered all the same."""
        is_there = traces.exists(os.path.join(area, self.flavour.places.REAL_FILE))
        return is_there and not (ctid and traces.exists(self.conf_path(ctid)))

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
        link = self.link_path(name) if name else None
        if link and os.path.lexists(link):
            return self.linked_to(link), link
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
        return traces.areas(self.flavour.places, self.vz_conf["VE_PRIVATE"], self.registered)

    def _has_found_all(self):
        """Whether the file has been read of whatever else there is of containers."""
        self.look_again()
        known = {*self._statuses.listed, *self._areas(), *self._links}
        missing = [ctid for ctid in known - self.identities().keys() if not self._is_odd(ctid)]
        self._forgotten.update(missing)
        return not missing

    def _is_odd(self, ctid):
        """Whether what has the place of a file will never be one; a link whose file is away may have it again soon."""
        path = self.conf_path(ctid)
        is_away = self.flavour.places.REAL_FILE and traces.leads_to(path) and not os.path.exists(path)
        return traces.is_odd(path) and not is_away

    def _awaited(self, ctid):
        """The text of a file of which something else tells: it may be away for a moment. Waited for once."""
        text = traces.text(self.conf_path(ctid))
        if text is None and ctid not in self._missed and not self._is_odd(ctid):
            text = traces.sought(lambda: traces.text(self.conf_path(ctid)))
            self._missed |= {ctid} if text is None else set()
        return text

    # what is there in part, or cannot be used: each a fact, and what to do about it

    def in_part(self, ctid, left):
        """Fact and remedy for a container that is there in part, `left` being what there is of it."""
        path, its = self.conf_path(ctid), self.flavour.places
        target = traces.leads_to(path)
        if its.REAL_FILE and target and not os.path.exists(path):
            return (
                f"{path} of container {ctid} is a link to {target}, which does not exist",
                f"mount or restore {os.path.dirname(target)}, or remove the link if the container is gone for good",
            )
        if ctid in self.misspelled and self.misspelled[ctid] in left:
            return (
                f"{self.misspelled[ctid]} is not spelled as container {ctid} is: to vzctl it is that of another "
                f"container, which vzlist never shows",
                f"rename it to {path}, or remove it",
            )
        area = next((one for one in left if its.REAL_FILE and os.path.exists(os.path.join(one, its.REAL_FILE))), None)
        if area and not os.path.lexists(path):
            return (
                f"{area} is the private area of a container that is not registered on this node",
                f"openvz.adopt {shlex.quote(area)} registers it and takes it over; otherwise move it away",
            )
        in_use = self.root(ctid) in left
        remedy = "restore the rest, since it is mounted" if in_use else "remove what is left over, or restore the rest"
        return f"container {ctid} exists only in part: {', '.join(left)}", remedy

    def _refuse_unusable(self, ctid, record):
        """UnusableError for a container that is there, and on which vzctl would do nothing, or something else."""
        for _, what, remedy in self._troubles(ctid, record):
            raise errors.UnusableError(f"{what}; {remedy}")

    def refuse_namesake(self, ctid):
        """UnusableError where vzctl would take another container for this one, be this one there or not."""
        found = self.namesake(ctid)
        if found:
            raise errors.UnusableError("; ".join(found))

    def troubles(self, ctid):
        """Why vzctl refuses to work on a container: what kind each is of, the fact, and what to do about it."""
        record = self._records.read(self, ctid)
        return list(self._troubles(ctid, record)) if record else []

    def _troubles(self, ctid, record):
        looks = {
            "unusable": (self.invalid, self.namesake),
            "owner": (self.owned_elsewhere,),
            "conf_link": (self.doubtful_file,),
        }
        for kind, of_kind in looks.items():
            for look in of_kind:
                found = look(ctid, record)
                if found:
                    yield (kind, *found)

    def invalid(self, ctid, record):
        """That vzctl refuses the file of a container; ``None`` if it takes it."""
        if record.invalid is None:
            return None
        key, value = record.invalid
        return (
            f"{self.conf_path(ctid)} says {key}={value!r}, which is not valid: vzctl refuses to do anything with "
            f"container {ctid}, and vzlist leaves it out",
            f"fix that line in {shlex.quote(self._file_of(ctid))} by hand",
        )

    def _file_of(self, ctid):
        """The file that the configuration of a container is in: what its link leads to."""
        return traces.leads_to(self.conf_path(ctid)) or self.conf_path(ctid)

    def owned_elsewhere(self, ctid, record):
        """That the private area of a container is on shared storage and belongs to another node; or ``None``."""
        owner = self._foreign_owner(record.private)
        if owner is None:
            return None
        path = os.path.join(record.private, self.flavour.places.OWNER_FILE)
        return (
            f"container {ctid} belongs to the node {owner or '(none)'}, not to {self.host_name}, as {path} says: vzctl "
            f"does nothing with it here",
            f"work on it there; vzctl register {shlex.quote(record.private)} {ctid} --force takes it over once it is "
            f"stopped there",
        )

    @cached_property
    def _has_shared(self):
        """Whether the node has any file system on which vzctl looks at owners."""
        its = self.flavour.places
        return bool(its.REAL_FILE and any(map(its.SHARED.fullmatch, set((self.mounts or {}).values()))))

    def _foreign_owner(self, private):
        """The node that an area on shared storage belongs to, maybe the empty text; ``None`` for ours."""
        its = self.flavour.places
        if not self._has_shared:
            return None
        if not its.SHARED.fullmatch(states.holding(self.mounts, os.path.realpath(private)) or ""):
            return None
        owner = (traces.text(os.path.join(private, its.OWNER_FILE)) or "").strip()
        return None if owner == self.host_name else owner

    def doubtful_file(self, ctid, record):
        """That a container has a file in the place of its link, and another one in its area; or ``None``."""
        name, path = self.flavour.places.REAL_FILE, self.conf_path(ctid)
        if name is None or os.path.islink(path):
            return None
        real = os.path.join(record.private, name)
        other = traces.text(real)
        if other is None or other == traces.text(path):
            return None
        return (
            f"{path} is a file and not a link to {real}, which says something else: the next vzctl that saves replaces "
            f"{name} with it",
            f"decide which one is right, then ln -sf {shlex.quote(real)} {shlex.quote(path)}",
        )

    def namesake(self, ctid, _record=None):
        """That another container has this CTID for a name, by which vzctl finds that one; ``None`` for none."""
        other = None if self.flavour.places.NUMBERS else self._names[1].get(str(ctid))
        record = self._records.read(self, other) if other not in (None, ctid) else None
        if record is None or record.name != str(ctid):
            return None
        return (
            f"to vzctl {ctid} is the name of container {other}, to which {self.link_path(ctid)} points, and not "
            f"container {ctid}",
            f"vzctl set {other} --name NAME --save gives that one another name",
        )
