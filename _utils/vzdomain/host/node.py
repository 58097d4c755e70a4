"""
What the node says: its own configuration, its containers, its devices.

Reading never changes anything and never takes "could not ask" for "is not there". Existence is a configuration
file *and* a private area, both looked at: vzlist hides one without the other.
"""

import errno
import os
from dataclasses import replace

from .. import errors
from . import files, traces
from .container import UNUSABLE, Container
from .evidence import Evidence
from .records import Records
from .statuses import Statuses
from .traces import listdir

__all__ = ["Alone", "Node"]

_NO_LINK = (errno.ENOENT, errno.ENOTDIR, errno.EINVAL, errno.ENAMETOOLONG)


class Node(Evidence):
    """
    One node, read once: ask a new `Node` for news, or `forget` what was changed.

    config_dir
        Directory of vz.conf, conf/ and names/.

    sys_class_net
        The kernel's list of network devices.

    node_id
        What marks call this node.

    proc_dir
        The kernel's ``/proc``.
    """

    def __init__(self, vzctl, config_dir="/etc/vz", sys_class_net="/sys/class/net", node_id="", proc_dir="/proc"):
        super().__init__(vzctl, config_dir, sys_class_net, proc_dir)
        self.node_id = node_id
        self._statuses = Statuses(vzctl, lambda: self.vz_conf["LOCKDIR"], self)
        self._records = Records()
        self._containers = {}  # CTID -> stamp of its file, `Container`
        self._identities = None  # CTID -> `Identity` of every file
        self._claims = (None, {})  # made of which identities
        self.template_sources = {}  # name -> where it is fetched from, for people
        self.reads_all = False  # whether all of each file is wanted, when who is who is read from it
        self._forgotten = set()  # CTIDs whose file is read again before the next search by UUID or name

    def alone(self, ctid):
        """The same node for a worker on container `ctid`; see `Alone`."""
        return Alone(self, ctid)

    # its containers

    def forget(self, ctid):
        """Read container `ctid` again when it is next asked for."""
        self.look_again()
        self._containers.pop(ctid, None)
        self._statuses.forget(ctid)
        self._forgotten.add(ctid)

    def container(self, ctid):
        """
        The container, or ``None`` if there is none; an error for half of one (a file, an area or a dump alone).

        One that someone else has changed since it was read is read again: its file then is another, or younger.
        """
        self._notice_others()
        stamp = self.stamp(ctid)
        known = self._containers.get(ctid)
        if known and known[0] != stamp:
            self.forget(ctid)
        if ctid not in self._containers:
            self._containers[ctid] = (stamp, self._read_container(ctid))
        return self._containers[ctid][1]

    def there(self, ctid):
        """The container that was there a moment ago; GoneError where somebody has removed it since."""
        container = self.container(ctid)
        if container is None:
            raise errors.GoneError(f"container {ctid} was removed by someone else in the meantime")
        return container

    def containers(self):
        """All whole containers, by CTID."""
        found = (self._if_whole(ctid) for ctid in self.ctids())
        return [container for container in found if container]

    def _if_whole(self, ctid):
        """A container, ``None`` for a part of one: another vzctl may take it away while others are read."""
        if self.leftovers(ctid):
            return None
        try:
            return self.container(ctid)
        except errors.UnusableError as err:
            return self._unusable(ctid, err)
        except errors.RefusedError:
            if self.leftovers(ctid):
                return None
            raise

    def ctids(self):
        """The CTIDs of all configuration files but the node's own 0.conf."""
        self._check_place()
        return traces.numbers(self.containers_dir, self.flavour.places.of_file)

    def leftovers(self, ctid):
        """
        The paths that exist of a container that does not: empty for a whole one, and for none at all.

        That is whatever has the place of its file, its private area, what is mounted, a dump, links of names.
        """
        if self._is_whole(ctid):
            return ()
        record = self._records.read(self, ctid)
        if record is not None and self._exists(record.private):
            return ()
        path = self.conf_path(ctid)
        text = traces.text(path)
        conf = self._conf(text)
        private = conf.private(ctid, self.vz_conf) if text is not None else self._lost_private(conf, ctid)
        if text is not None and self._exists(private):
            return ()
        root, dump = conf.root(ctid, self.vz_conf), self.flavour.places.dump(ctid, self.vz_conf, private)
        found = [path] if os.path.lexists(path) else []
        found += [self.misspelled[ctid]] if text is None and ctid in self.misspelled else []
        found += [place for place in (private, root) if text is None and place and traces.is_filled(place)]
        found += [dump] if private not in found and self._exists(dump) else []
        found += self._links.get(ctid, ()) if text is None else ()
        return tuple(found)

    def _lost_private(self, conf, ctid):
        """The private area of a container without a file: where its link pointed, or the node's own place, if free."""
        target = traces.leads_to(self.conf_path(ctid))
        if target and os.path.basename(target) == self.flavour.places.REAL_FILE:
            return os.path.dirname(target)
        private = conf.private(ctid, self.vz_conf)
        return private if self.registered.get(private, ctid) == ctid else ""

    def _is_whole(self, ctid):
        """Whether a container that was read is there still: its file as it was, and its area."""
        stamp, container = self._containers.get(ctid, (None, None))
        return container is not None and stamp == self.stamp(ctid) and self._exists(container.private)

    def exists(self, ctid):
        """Whether there is a configuration file; with no `leftovers`, whether there is a container."""
        return self._exists(self.conf_path(ctid))

    def private(self, ctid):
        """The path of the private area that container `ctid` has, or would get."""
        record = self._records.read(self, ctid)
        return record.private if record else self._conf(None).private(ctid, self.vz_conf)

    def own_place(self, ctid):
        """The path of the private area that a new container of that CTID would get, whatever a file says."""
        return self._conf(None).private(ctid, self.vz_conf)

    def root(self, ctid):
        """The path at which container `ctid` is mounted while it runs."""
        record = self._records.read(self, ctid)
        return record.root if record else self._conf(None).root(ctid, self.vz_conf)

    def layout(self, ctid):
        """``ploop`` or ``simfs``, from the files of container `ctid` alone."""
        return self._facts(self._conf(files.text(self.conf_path(ctid))), ctid)["layout"]

    def is_unpacked(self, ctid):
        """
        Whether the private area of a container holds anything.

        While vzctl creates, there is a file already and an area that is empty: the template is unpacked beside it.
        """
        return bool(listdir(self.private(ctid)))

    def by_uuid(self, uuid, said=None, named=None):
        """
        The CTID of the container with that UUID, or ``None``.

        Where several files have it, since one is a copy, it is the container `said`, or the only one that has its own
        mark, or the one `named` as well; RefusedError where none of that tells them apart.
        """
        found = self.claims().get(("uuid", uuid), ())
        if said in found or len(found) < 2:
            return said if said in found else next(iter(found), None)
        own = [ctid for ctid in found if self.identities()[ctid].managed]
        if len(own) == 1 or (not own and named in found):
            return own[0] if own else named
        raise errors.RefusedError(
            f"containers {' and '.join(map(str, found))} have the UUID {uuid}: put <openvz:ctid> into the document, or "
            f"remove the {self.flavour.reading.UUID_LINE} line from the copy's file"
        )

    def by_name(self, name):
        """The CTID that vzctl finds by `name`, where link and file agree; ``None``, or an error where they do not."""
        linked = self.linked(name)
        if linked is not None and self._name_of(linked) == name:
            return linked
        named = [ctid for ctid in self.claims().get(("name", name), ()) if ctid != linked]
        if named:
            raise errors.RefusedError(
                f"{self.conf_path(named[0])} says NAME {name}, but {self.link_path(name)} does not point to it; "
                f"vzctl set {named[0]} --name {name} --save fixes it"
            )
        self._refuse_link(name, linked)
        return None

    def _name_of(self, ctid):
        """The NAME that a file says now; one to which a link points, and that is missing, is looked for again."""
        record = self._records.read(self, ctid)
        return record.name if record else self._conf(self._awaited(ctid)).name

    def _refuse_link(self, name, linked):
        """What stands in the place of a name's link tells of a container, though none is found by it."""
        path = self.link_path(name)
        if linked is None:
            if name.strip(".") and "/" not in name and os.path.lexists(path):
                raise errors.RefusedError(f"{path} exists but does not point to a container's file; remove it")
            return
        text = traces.text(self.conf_path(linked))
        if text is not None and not self._conf(text).name:
            raise errors.RefusedError(
                f"{path} points to container {linked}, whose file has no NAME: if that is the right one, "
                f"vzctl set {linked} --name {name} --save fixes it; otherwise remove the link"
            )
        if text is not None:
            raise errors.RefusedError(
                f"{path} points to container {linked}, whose file has another name; remove the link"
            )
        left = [one for one in self.leftovers(linked) if one != path]
        if left and self.flavour.places.REAL_FILE:
            what, remedy = self.in_part(linked, left)
            raise errors.RefusedError(f"{path} points to container {linked}: {what}; {remedy}")
        left = ", ".join(left)
        raise errors.RefusedError(
            f"{path} points to container {linked}, which has no configuration file"
            f"{f' ({left} is left over)' if left else ''}: restore {self.conf_path(linked)}, "
            f"or remove the link if there is no such container"
        )

    def linked(self, name):
        """The CTID that the link of a name points to; ``None`` if there is no link, or none to a container's file."""
        path = self.link_path(name)
        return self.remember(("link", path), lambda: self._linked(path))

    def _linked(self, path):
        self._check_place()
        try:
            os.readlink(path)
        except ValueError:  # a NUL is in no name
            return None
        except OSError as err:
            if err.errno in _NO_LINK:
                return None
            raise errors.CannotAskError(f"{path} cannot be read: {err.strerror}") from None
        return self.linked_to(path)

    # their statuses

    def status(self, ctid):
        """One of the flavour's statuses, from the one vzlist of this node; after `forget`, from ``vzctl status``."""
        self._notice_others()
        return self._statuses.of(ctid)

    def uptime(self, ctid):
        """Seconds that a container has been running; 0 if it does not run."""
        self._notice_others()
        return self._statuses.uptime(ctid)

    def at_work(self):
        """What we run ourselves meanwhile makes nothing stale but what `forget` names."""
        return self._statuses.at_work()

    def ask_all(self):
        """Ask for the status of all containers now, and not when the first is wanted."""
        self._notice_others()
        return self._statuses.listed

    def learn(self, ask):
        """Take statuses and uptimes from a vzlist that is run for more; see `Statuses.learn`."""
        self._notice_others()
        self._containers.clear()
        return self._statuses.learn(ask)

    def _notice_others(self):
        """What another vzctl has been at is read again."""
        if self._statuses.notice_others(self._stamp):
            self._containers.clear()

    # who they are

    def identities(self):
        """CTID -> `Identity` of every configuration file."""
        if self._identities is None:
            self._identities = self._read_identities(self.ctids())
        if self._forgotten:
            known = {ctid: its for ctid, its in self._identities.items() if ctid not in self._forgotten}
            self._identities = known | self._read_identities(sorted(self._forgotten))
            self._forgotten.clear()
        return self._identities

    def claims(self):
        """``("addresses", "10.0.0.1")``, ``("uuid", ...)``: what containers are known by, or have -> their CTIDs."""
        identities = self.identities()
        if self._claims[0] is not identities:
            self._claims = (identities, _by_claim(sorted(identities.items())))
        return self._claims[1]

    def holders(self, claims):
        """The CTIDs of the containers that have one of the claims."""
        return {ctid for claim in claims for ctid in self.claims().get(claim, ())}

    def held_now(self):
        """Like `claims`, of all files as they are now, whoever asks; reads only those that are new or have changed."""
        return _by_claim(self._records.refreshed(self))

    def _read_identities(self, ctids):
        found = {}
        for ctid in ctids:
            record = self._records.read(self, ctid)
            if record is not None and self.reads_all:
                record.take(self._facts)
            if record is not None:
                found[ctid] = record.identity
        return found

    def _check_place(self):
        """A wrong openvz:config_dir must not make every container look absent."""
        if self.vz_conf and not self._exists(self.containers_dir):
            raise errors.ConfigurationError(f"{self.containers_dir} does not exist; is openvz:config_dir right?")

    def _check_absent(self, ctid):
        self._check_place()
        if ctid in self._statuses.listed:
            raise errors.RefusedError(
                f"container {ctid} is {self._statuses.of(ctid)} according to vzlist, but has no configuration file in "
                f"{self.containers_dir}; restore the file, or check openvz:config_dir"
            )

    def _conf(self, text):
        return self.flavour.reading.parse(text or "")

    def _read_container(self, ctid):
        record, left = self._records.read(self, ctid), self.leftovers(ctid)
        if record is None and os.path.exists(self.conf_path(ctid)):
            files.text(self.conf_path(ctid))  # which says what hinders reading it
        if left and record is None:
            self._awaited(ctid)
            self.look_again()
            record, left = self._records.read(self, ctid), self.leftovers(ctid)
        if left:
            raise errors.RefusedError("; ".join(self.in_part(ctid, left)))
        if record is None:
            self._check_absent(ctid)
            return None
        self._refuse_unusable(ctid, record)
        return self._made_of(ctid, record, self.status(ctid))

    def _unusable(self, ctid, err):
        """What is known of a container on which vzctl refuses to work."""
        return replace(self._made_of(ctid, self._records.read(self, ctid), UNUSABLE), trouble=str(err))

    def _made_of(self, ctid, record, status):
        domain, said = record.take(self._facts)
        return Container(ctid=ctid, status=status, domain=domain, private=record.private, **said)

    def _facts(self, conf, ctid):
        """What a file says of a container beside its domain."""
        said = self.flavour.reading.facts(conf, self.vz_conf)
        return {
            "managed": conf.is_marked(ctid, self.node_id),
            "mark": conf.foreign_mark(ctid, self.node_id),
            "file": self.conf_path(ctid),
            **said,
            "layout": said["layout"] or self._guessed_layout(conf.private(ctid, self.vz_conf)),
        }

    def _guessed_layout(self, private):
        """What vzctl would guess from the private area (read, not run)."""
        image = os.path.join(private, self.flavour.places.ROOT_IMAGE, "DiskDescriptor.xml")
        return "ploop" if traces.exists(image) else "simfs"


class Alone(Node):
    """
    A node as a worker sees it that has one container to itself, while others work on others.

    It asks vzctl for the status of that container and never for a list, finds no other container, and takes no lock of
    another for news.
    """

    def __init__(self, node, ctid):
        super().__init__(node.vzctl, node.config_dir, node.sys_class_net, node.node_id, node.proc_dir)
        self.flavour, self.vz_conf, self._ctid = node.flavour, node.vz_conf, ctid
        self._records, self._statuses = node._records, node._statuses.alone(self)

    def make_sure(self):
        """Planning has looked at all of them."""

    def identities(self):
        """That of its container alone: planning has held it against the others already."""
        return self._read_identities([self._ctid])


def _by_claim(identities):
    found = {}
    for ctid, its in identities:
        for claim in its.claims():
            found.setdefault(claim, []).append(ctid)
    return found
