"""
What the node says: its own configuration, its containers, its devices.

Reading never changes anything and never takes "could not ask" for "is not there". Existence is a configuration
file *and* a private area, both looked at: vzlist hides one without the other.
"""

import contextlib
import errno
import itertools
import os
import re
import time
from dataclasses import dataclass
from functools import cached_property

from .. import errors
from ..flavours.legacy import LEGACY, ctconf, netif
from ..model.ctid import Ctid, ctid_of
from ..model.domain import Domain
from . import files, traces
from .traces import exists, listdir
from .traces import stamp as stamp_of

STATUSES = LEGACY.statuses
_DEFAULTS = {
    "LOCKDIR": "/vz/lock",
    "DUMPDIR": "/vz/dump",
    "TEMPLATE": "/vz/template",
    "VE_PRIVATE": "/vz/private/$VEID",
    "VE_ROOT": "/vz/root/$VEID",
    "CONFIGFILE": "",
}
_LISTING = ("-a", "-j", "-o", "ctid,status,uptime")
_LISTED = re.compile(
    rf'"ctid": ([1-9][0-9]{{0,9}}),\s*"status": "({"|".join(STATUSES)})",\s*"uptime": ([0-9]{{1,12}}\.[0-9]{{1,9}})'
)
_NO_LINK = (errno.ENOENT, errno.ENOTDIR, errno.EINVAL, errno.ENAMETOOLONG)
_ARCHIVES = ("", ".gz", ".bz2", ".xz")


@dataclass(frozen=True)
class Identity:
    """What no two containers of a node may share, as a configuration file says it."""

    uuid: str | None
    name: str | None
    addresses: tuple[str, ...]  # without prefix
    macs: tuple[str, ...]
    targets: tuple[str, ...]  # devices of the node that are ends of veth pairs
    hostdevs: tuple[str, ...]
    managed: bool = False  # the file bears its own mark

    def claims(self):
        """``("uuid", "..."), ("addresses", "10.0.0.1"), ...``: all of it, one by one."""
        for kind, values in vars(self).items():
            if kind == "managed":
                continue
            yield from ((kind, value) for value in (values if isinstance(values, tuple) else (values,)) if value)


class Register:
    """The `Identity` of every container file, read again only when the file has changed; threads may share it."""

    def __init__(self):
        self._known = {}  # CTID -> stamp, Identity

    def read(self, node, ctid):
        """The `Identity` that a file says now; ``None`` for one that is missing or cannot be read."""
        stamp, text = node.stamp(ctid), traces.text(node.conf_path(ctid))
        if text is None:
            return None
        conf = _conf(text)
        its = identity(ctconf.network(conf), ctid, conf.get("NAME"), conf.is_marked(ctid, node.node_id))
        self._known[ctid] = stamp, its
        return its

    def refreshed(self, node):
        """CTID and `Identity` of each file that is there now, and of one that is away while the rest is there."""
        there = node.ctids()
        for ctid in there:
            stamp, its = self._known.get(ctid, (None, None))
            its = its if stamp and stamp == node.stamp(ctid) else self.read(node, ctid)
            if its:
                yield ctid, its
        for ctid in self._known.keys() - set(there):
            if node.leftovers(ctid):
                yield ctid, self._known[ctid][1]


def identity(domain, ctid, name=None, managed=False):
    """The `Identity` that a domain has as container `ctid`, with the NAME that its file says."""
    pairs = domain.interfaces or ()
    return Identity(
        domain.uuid,
        name,
        tuple(address.partition("/")[0] for address in domain.addresses or ()),
        tuple(pair.mac for pair in pairs if pair.mac),
        tuple(filter(None, (netif.target(ctid, pair) for pair in pairs))),
        domain.hostdevs or (),
        managed,
    )


@dataclass(frozen=True)
class Container:
    """A container as it is: `domain` from its configuration file, the rest from the node."""

    ctid: Ctid
    status: str  # one of STATUSES
    domain: Domain
    managed: bool  # its file bears the mark of this very container on this node
    private: str  # path of its private area
    file: str  # path of its configuration file
    onboot: bool | None  # None: the file does not say
    disabled: bool
    layout: str  # "ploop" or "simfs"
    stop_timeout: int | None  # seconds
    mark: str | None = None  # whose mark the file bears, where it is a copy: "101 on hn1"

    @property
    def running(self):
        return self.status == "running"

    @property
    def unmanaged(self):
        """What is to be said of one that is not ``managed``, after its CTID."""
        copy = f" (its mark is that of {self.mark}: the file is a copy)" if self.mark else ""
        return f"is not managed by Salt{copy}"


class Node:
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
        self.vzctl, self.node_id = vzctl, node_id
        self.config_dir, self.sys_class_net, self.proc_dir = config_dir, sys_class_net, proc_dir
        self._containers, self._samples = {}, {}
        self._locks = None  # when the lock directory was last seen to change
        self._is_at_work = False  # the locks that come and go are ours
        self._claims = (None, {})  # made of which identities
        self._known_links = (None, {})
        self._register = Register()
        self._missed = set()  # CTIDs whose file was waited for in vain
        self._is_sure = False  # whether files that were missing have been looked for again
        self._forgotten = set()  # CTIDs whose file is read again before the next search by UUID or name

    def alone(self, ctid):
        """The same node for a worker on container `ctid`; see `Alone`."""
        return Alone(self, ctid)

    # its own configuration

    @cached_property
    def vz_conf(self):
        """vz.conf, with vzctl's defaults for what it leaves out."""
        path = os.path.join(self.config_dir, "vz.conf")
        text = files.text(path)
        if text is None:
            raise errors.ConfigurationError(f"{path} does not exist; is vzctl installed, and openvz:config_dir right?")
        return {**_DEFAULTS, **ctconf.parse(text).values}

    def path(self, *parts):
        """``path("conf", "209.conf")`` -> ``/etc/vz/conf/209.conf``"""
        return os.path.join(self.config_dir, *parts)

    def conf_path(self, ctid):
        return self.path("conf", f"{ctid}.conf")

    def lock_path(self, ctid):
        return os.path.join(self.vz_conf["LOCKDIR"], f"{ctid}.lck")

    def dump_path(self, ctid):
        return os.path.join(self.vz_conf["DUMPDIR"], f"Dump.{ctid}")

    def has_dump(self, ctid):
        return exists(self.dump_path(ctid))

    def has_template(self, name):
        """Whether the template cache holds a tarball of that name."""
        base = os.path.join(self.vz_conf["TEMPLATE"], "cache", f"{name}.tar")
        return any(exists(base + suffix) for suffix in _ARCHIVES)

    def templates(self):
        """The names of the tarballs in the template cache, as a document says them."""
        found = listdir(os.path.join(self.vz_conf["TEMPLATE"], "cache"))
        return sorted({_without_archive(name) for name in found if _without_archive(name) != name})

    def has_sample(self, name):
        """Whether there is a sample configuration of that name."""
        return exists(self.path("conf", f"ve-{name}.conf-sample"))

    def sample(self, config=None):
        """The domain that a sample configuration makes, before any option; the node's default if none is named."""
        if config not in self._samples:
            self._samples[config] = ctconf.domain(ctconf.parse(self.sample_text(config)), 0)
        return self._samples[config]

    def sample_text(self, config=None):
        """The text of a sample configuration, empty if there is none."""
        return files.text(self.path("conf", f"ve-{config or self.vz_conf['CONFIGFILE']}.conf-sample")) or ""

    def text(self, ctid):
        """The text of a container's configuration file, ``None`` if there is none."""
        return files.text(self.conf_path(ctid))

    def values(self, ctid):
        """The keys and values of a container's configuration file, as vzctl reads them."""
        return _conf(files.text(self.conf_path(ctid))).values

    # its network devices

    def has_bridge(self, name):
        return exists(os.path.join(self.sys_class_net, name, "bridge"))

    def has_device(self, name):
        return exists(os.path.join(self.sys_class_net, name))

    def is_up(self, name):
        """Whether a device is switched on (IFF_UP), which says nothing of a cable; what has no flags counts as up."""
        flags = (files.text(os.path.join(self.sys_class_net, name, "flags")) or "").strip()
        return not re.fullmatch("(0x)?[0-9a-fA-F]+", flags) or bool(int(flags, 16) & 1)

    @cached_property
    def has_bridge_script(self):
        """
        Whether vzctl leaves bridging to a script of the node.

        Such a script wants to find an interface saved before it is called for one (read, not run).
        """
        return bool(_conf(files.text(self.path("vznet.conf"))).get("EXTERNAL_SCRIPT"))

    def bridge_holds(self, bridge, device):
        return exists(os.path.join(self.sys_class_net, bridge, "brif", device))

    def bridge_of(self, device):
        """The bridge that holds a device, or ``None``."""
        return next((name for name in listdir(self.sys_class_net) if self.bridge_holds(name, device)), None)

    def is_foreign(self, name):
        """Whether a device is not a bridge of the kernel, but may be one of Open vSwitch: who is in it is not known."""
        return self.has_device(name) and not self.has_bridge(name)

    # its containers

    def forget(self, ctid):
        """Read container `ctid` anew when it is next asked for."""
        self._containers.pop(ctid, None)
        for known in self.__dict__.get("_listing", ()):  # no question to the node for this
            known.pop(ctid, None)
        self._forgotten.add(ctid)

    def container(self, ctid):
        """
        The container, or ``None`` if there is none; an error for half of one (a file, an area or a dump alone).

        One that somebody else has changed since it was read is read anew: its file then is another, or younger.
        """
        self._notice_others()
        stamp = stamp_of(self.conf_path(ctid))
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
            raise errors.GoneError(f"container {ctid} was removed by somebody else meanwhile")
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
        except errors.RefusedError:
            if self.leftovers(ctid):
                return None
            raise

    def ctids(self):
        """The CTIDs of all configuration files but the node's own 0.conf."""
        self._check_place()
        return traces.numbers(self.path("conf"))

    def leftovers(self, ctid):
        """
        The paths that exist of a container that does not: empty for a whole one, and for none at all.

        That is whatever has the place of its file, its private area, what is mounted, a dump, links of names.
        """
        if self._is_whole(ctid):
            return ()
        text = traces.text(self.conf_path(ctid))
        conf = _conf(text)
        private = self._private(conf, ctid)
        if text is not None and exists(private):
            return ()
        root = conf.path("VE_ROOT", ctid, self.vz_conf["VE_ROOT"])
        found = [self.conf_path(ctid)] if os.path.lexists(self.conf_path(ctid)) else []
        found += [place for place in (private, root) if text is None and traces.is_filled(place)]
        found += [self.dump_path(ctid)] if exists(self.dump_path(ctid)) else []
        found += self._links.get(ctid, ()) if text is None else ()
        return tuple(found)

    @property
    def _links(self):
        """CTID -> the links of names that lead to its file; read anew when the directory has changed."""
        stamp = stamp_of(self.path("names"))
        if self._known_links[0] != stamp:
            self._known_links = stamp, traces.links(self.path("names"))
        return self._known_links[1]

    def _is_whole(self, ctid):
        """Whether a container that was read is there still: its file as it was, and its area."""
        stamp, container = self._containers.get(ctid, (None, None))
        return container is not None and stamp == stamp_of(self.conf_path(ctid)) and exists(container.private)

    def exists(self, ctid):
        """Whether there is a configuration file; with no `leftovers`, whether there is a container."""
        return exists(self.conf_path(ctid))

    def private(self, ctid):
        """The path of the private area that container `ctid` has, or would get."""
        return self._private(_conf(traces.text(self.conf_path(ctid))), ctid)

    def root(self, ctid):
        """The path at which container `ctid` is mounted while it runs."""
        return _conf(traces.text(self.conf_path(ctid))).path("VE_ROOT", ctid, self.vz_conf["VE_ROOT"])

    def layout(self, ctid):
        """``ploop`` or ``simfs``, from the files of container `ctid` alone."""
        conf = _conf(files.text(self.conf_path(ctid)))
        return _layout(conf, self._private(conf, ctid))

    def is_unpacked(self, ctid):
        """
        Whether the private area of a container holds anything.

        While vzctl creates, there is a file already and an area that is empty: the template is unpacked beside it.
        """
        return bool(listdir(self.private(ctid)))

    def by_uuid(self, uuid, said=None, named=None):
        """
        The CTID of the container with that UUID, or ``None``.

        Where several files have it, since one is a copy, it is the container `said`, or the only one that bears its own
        mark, or the one `named` as well; RefusedError where none of that tells them apart.
        """
        found = self.claims().get(("uuid", uuid), ())
        if said in found or len(found) < 2:
            return said if said in found else next(iter(found), None)
        own = [ctid for ctid in found if self.identities()[ctid].managed]
        if len(own) == 1 or (not own and named in found):
            return own[0] if own else named
        raise errors.RefusedError(
            f"containers {' and '.join(map(str, found))} have the UUID {uuid}: say <openvz:ctid> in the document, or "
            f"remove the line #UUID from the file of the copy"
        )

    def by_name(self, name):
        """The CTID that vzctl finds by `name`, where link and file agree; ``None``, or an error where they do not."""
        linked = self.linked(name)
        if linked is not None and self._name_of(linked) == name:
            return linked
        named = [ctid for ctid in self.claims().get(("name", name), ()) if ctid != linked]
        if named:
            raise errors.RefusedError(
                f"{self.conf_path(named[0])} says NAME {name}, and {self.path('names', name)} does not lead there; "
                f"vzctl set {named[0]} --name {name} --save mends it"
            )
        self._refuse_link(name, linked)
        return None

    def _name_of(self, ctid):
        """The NAME that a file says now; one to which a link leads, and that is missing, is looked for again."""
        return _conf(self._awaited(ctid)).get("NAME")

    def _awaited(self, ctid):
        """The text of a file of which something else tells: it may be away for a moment. Waited for once."""
        text = traces.text(self.conf_path(ctid))
        if text is None and ctid not in self._missed and not traces.is_odd(self.conf_path(ctid)):
            text = traces.sought(lambda: traces.text(self.conf_path(ctid)))
            self._missed |= {ctid} if text is None else set()
        return text

    def _refuse_link(self, name, linked):
        """What stands in the place of a name's link tells of a container, though none is found by it."""
        path = self.path("names", name)
        if linked is None:
            if name.strip(".") and "/" not in name and os.path.lexists(path):
                raise errors.RefusedError(f"{path} is there, and leads to no container's file; remove it")
            return
        text = traces.text(self.conf_path(linked))
        if text is not None and not _conf(text).get("NAME"):
            raise errors.RefusedError(
                f"{path} leads to container {linked}, whose file says no NAME: if it is that container, "
                f"vzctl set {linked} --name {name} --save mends it; else remove the link"
            )
        if text is not None:
            raise errors.RefusedError(
                f"{path} leads to container {linked}, whose file has another name; remove the link"
            )
        left = ", ".join(one for one in self.leftovers(linked) if one != path)
        raise errors.RefusedError(
            f"{path} leads to container {linked}, which has no configuration file"
            f"{f' ({left} is left of it)' if left else ''}: restore {self.conf_path(linked)}, "
            f"or remove the link if there is no such container"
        )

    def linked(self, name):
        """The CTID that the link of a name leads to; ``None`` if there is no link, or none to a container's file."""
        self._check_place()
        path = self.path("names", name)
        try:
            target = os.readlink(path)
        except ValueError:  # a NUL is in no name
            return None
        except OSError as err:
            if err.errno in _NO_LINK:
                return None
            raise errors.CannotAskError(f"{path} cannot be read: {err.strerror}") from None
        match = re.fullmatch(r"([0-9]{1,255})\.conf", os.path.basename(target))
        return ctid_of(match.group(1)) if match else None

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
            or ctid in self._statuses
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
            return traces.target(link), link
        return next(
            (
                (other, self.conf_path(other))
                for other, its in self._register.refreshed(self)
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
        self._forgotten.update(set(self.ctids()) - self.identities().keys())
        traces.sought(self._has_found_all)
        areas = [ctid for ctid in traces.areas(self.vz_conf["VE_PRIVATE"]) if traces.is_odd(self.conf_path(ctid))]
        for ctid in sorted({*self._statuses, *areas} - self.identities().keys() - self._links.keys()):
            self._is_sure = False  # the next one who asks is told as well
            if not os.path.lexists(self.conf_path(ctid)):
                self._check_absent(ctid)
            raise errors.RefusedError(
                f"{self.conf_path(ctid)} cannot be read, and container {ctid} is there: nobody knows its name and "
                f"UUID; restore the file"
            )

    def refuse_lost(self, uuid, noted=()):
        """
        RefusedError where a container is there whose file is gone or empty: it may be the one with that UUID.

        A link alone is nothing that could be lost; what it leads to may be. `noted` are CTIDs that recovery settles.
        """
        empty = {ctid for ctid, its in self.identities().items() if not (its.uuid or its.name)}
        for ctid in sorted(({*self._statuses, *self._links} - self.identities().keys()) | empty):
            if ctid in noted or (traces.text(self.conf_path(ctid)) or "").strip():
                continue
            left = [one for one in self.leftovers(ctid) if one not in self._links.get(ctid, ())]
            if left or ctid in self._statuses:
                raise errors.RefusedError(
                    f"no container is known to have the UUID {uuid}, but the file of container {ctid} is gone or empty "
                    f"and may have said it: restore {self.conf_path(ctid)}"
                )

    def _has_found_all(self):
        """Whether the file has been read of whatever else there is of containers."""
        known = {*self._statuses, *traces.areas(self.vz_conf["VE_PRIVATE"]), *self._links}
        missing = [ctid for ctid in known - self.identities().keys() if not traces.is_odd(self.conf_path(ctid))]
        self._forgotten.update(missing)
        return not missing

    def status(self, ctid):
        """One of STATUSES, from the one vzlist of this node; after `forget`, from ``vzctl status``."""
        self._notice_others()
        if ctid not in self._statuses:
            self._statuses[ctid] = self._ask_status(ctid)
        return self._statuses[ctid]

    def uptime(self, ctid):
        """Seconds that a container has been running; 0 if it does not run."""
        if self.status(ctid) != "running":
            return 0
        if ctid not in self._starts:
            self._starts.update(self._list(str(ctid))[1])
        return time.time() - self._starts.get(ctid, time.time())

    @contextlib.contextmanager
    def at_work(self):
        """What we run ourselves makes nothing stale but what `forget` names."""
        quiet = self._locks == stamp_of(self.vz_conf["LOCKDIR"])
        self._is_at_work = quiet  # else whoever looks, between our steps too, has to notice
        try:
            yield
        finally:
            self._is_at_work = False
            if quiet:
                self._locks = stamp_of(self.vz_conf["LOCKDIR"])

    def ask_all(self):
        """Ask for the status of all containers now, and not when the first is wanted."""
        self._notice_others()
        self._statuses  # noqa: B018

    def learn(self, ask):
        """
        Take statuses and uptimes from a vzlist that is run for more, and return its answer.

        `ask` gives CTID -> what has a `status` and an `uptime`, 0 for what does not run.
        """
        self._notice_others()
        asked, found = time.time(), ask()
        self._containers.clear()
        starts = {ctid: asked - one.uptime for ctid, one in found.items() if one.status == "running"}
        self._listing = {ctid: one.status for ctid, one in found.items()}, starts
        return found

    def stamp(self, ctid):
        """What changes with the configuration file of container `ctid`; ``None`` if there is none."""
        return stamp_of(self.conf_path(ctid))

    def _notice_others(self):
        """Every vzctl that may change a container's status makes and removes a lock: the directory tells of it."""
        if self._is_at_work:
            return
        locks = stamp_of(self.vz_conf["LOCKDIR"])
        if self._locks != locks:
            self._containers.clear()
            self.__dict__.pop("_listing", None)
            self._locks = locks

    @property
    def _statuses(self):
        return self._listing[0]

    @property
    def _starts(self):
        return self._listing[1]

    @cached_property
    def _listing(self):
        return self._list()

    def _list(self, *ctids):
        """CTID -> status, and CTID -> when it was started; complaints about a file may stand before the JSON."""
        asked = time.time()
        found = [match.groups() for match in _LISTED.finditer(self.vzctl.list(*_LISTING, *ctids))]
        starts = {Ctid(ctid): asked - float(uptime) for ctid, status, uptime in found if status == "running"}
        return {Ctid(ctid): status for ctid, status, _ in found}, starts

    def _ask_status(self, ctid):
        said = self.vzctl.run("status", str(ctid)).stdout.split()
        for status in ("running", "mounted", "suspended"):
            if status in said:
                return status
        if "down" in said:
            return "stopped"
        raise errors.CannotAskError(f"vzctl status {ctid} says {' '.join(said)!r}, which names no status")

    def identities(self):
        """CTID -> `Identity` of every configuration file."""
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
        return _by_claim(self._register.refreshed(self))

    @cached_property
    def _identities(self):
        return self._read_identities(self.ctids())

    def _read_identities(self, ctids):
        read = ((ctid, self._register.read(self, ctid)) for ctid in ctids)
        return {ctid: its for ctid, its in read if its is not None}

    def _check_place(self):
        """A wrong openvz:config_dir must not make every container look absent."""
        if self.vz_conf and not exists(self.path("conf")):
            raise errors.ConfigurationError(f"{self.path('conf')} does not exist; is openvz:config_dir right?")

    def _check_absent(self, ctid):
        self._check_place()
        if ctid in self._statuses:
            raise errors.RefusedError(
                f"container {ctid} is {self._statuses[ctid]} by vzlist, and has no configuration file in "
                f"{self.path('conf')}; restore the file, or see whether openvz:config_dir is right"
            )

    def _private(self, conf, ctid):
        return conf.path("VE_PRIVATE", ctid, self.vz_conf["VE_PRIVATE"])

    def _read_container(self, ctid):
        text = traces.text(self.conf_path(ctid))
        left = self.leftovers(ctid)
        if text is None and os.path.exists(self.conf_path(ctid)):
            text = files.text(self.conf_path(ctid))  # which says what hinders reading it
        if left and text is None:
            text = self._awaited(ctid)
            left = () if text is not None and exists(self._private(_conf(text), ctid)) else self.leftovers(ctid)
        if left:
            in_use = self.root(ctid) in left
            remedy = (
                "restore the rest, since it is mounted" if in_use else "remove what is left over, or restore the rest"
            )
            raise errors.RefusedError(f"container {ctid} is there in part only: {', '.join(left)}; {remedy}")
        if text is None:
            self._check_absent(ctid)
            return None
        conf = ctconf.parse(text)
        timeout = conf.get("STOP_TIMEOUT", self.vz_conf.get("STOP_TIMEOUT", ""))
        return Container(
            ctid=ctid,
            status=self.status(ctid),
            domain=ctconf.domain(conf, ctid),
            managed=conf.is_marked(ctid, self.node_id),
            mark=conf.foreign_mark(ctid, self.node_id),
            private=self._private(conf, ctid),
            file=self.conf_path(ctid),
            onboot={"yes": True, "no": False}.get(conf.get("ONBOOT")),
            disabled=conf.get("DISABLED") == "yes",
            layout=_layout(conf, self._private(conf, ctid)),
            stop_timeout=int(timeout) if re.fullmatch("[0-9]{1,9}", timeout) else None,
        )


class Alone(Node):
    """
    A node as a worker sees it that has one container to itself, while others work on others.

    It asks vzctl for the status of that container and never for a list, finds no other container, and takes no lock of
    another for news.
    """

    def __init__(self, node, ctid):
        super().__init__(node.vzctl, node.config_dir, node.sys_class_net, node.node_id, node.proc_dir)
        self.vz_conf, self._ctid, self._register = node.vz_conf, ctid, node._register
        self._listing = ({}, dict(node.__dict__.get("_listing", ({}, {}))[1]))

    @contextlib.contextmanager
    def at_work(self):
        yield

    def make_sure(self):
        """Planning has looked at all of them."""

    def _notice_others(self):
        """Whoever holds a lock, it is on another container."""

    def identities(self):
        """That of its container alone: planning has held it against the others already."""
        return self._read_identities([self._ctid])


def _layout(conf, private):
    """The file's, or what vzctl would guess from the private area (read, not run)."""
    said = conf.get("VE_LAYOUT", "").partition(":")[0]
    if said in ("ploop", "simfs"):
        return said
    return "ploop" if exists(os.path.join(private, "root.hdd", "DiskDescriptor.xml")) else "simfs"


def _by_claim(identities):
    found = {}
    for ctid, its in identities:
        for claim in its.claims():
            found.setdefault(claim, []).append(ctid)
    return found


def _without_archive(name):
    """``debian-12-x86_64.tar.gz`` -> ``debian-12-x86_64``"""
    base, dot, suffix = name.rpartition(".tar")
    return base if dot and base and suffix in _ARCHIVES else name


def _conf(text):
    return ctconf.parse(text or "")
