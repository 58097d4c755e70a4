"""
A node's own configuration, where things are on it, and its network devices.
"""

import os
import re
from contextlib import contextmanager
from functools import cached_property

from .. import errors
from ..flavours import FLAVOURS, LEGACY, known
from . import files, traces
from .kernel.states import States
from .traces import listdir


class Places:
    """
    What is on a node beside its containers.

    vzctl
        The `vzctl.Vzctl` that says of what flavour the node is.

    config_dir
        Directory of the node's own configuration, of the containers' files and of the links of their names.

    sys_class_net, proc_dir
        The kernel's list of network devices, and its ``/proc``.
    """

    def __init__(self, vzctl, config_dir, sys_class_net, proc_dir):
        self.vzctl, self.config_dir, self.sys_class_net, self.proc_dir = vzctl, config_dir, sys_class_net, proc_dir
        self._samples = {}
        self._conf_paths = {}
        self._seen = None  # path -> what `_stamp` and `_exists` have found in this moment

    @contextmanager
    def moment(self):
        """
        Look at each path once meanwhile, for what is decided about one container in some milliseconds.

        `forget` and every wait end what was seen.
        """
        if self._seen is not None:  # within another moment
            yield
            return
        self._seen = {}
        try:
            yield
        finally:
            self._seen = None

    def remember(self, key, look):
        """What `look` gives, asked once in a moment."""
        if self._seen is None:
            return look()
        if key not in self._seen:
            found = look()  # which may end what was seen
            self._seen[key] = found
        return self._seen[key]

    def look_again(self):
        """Believe nothing that was seen in this moment."""
        if self._seen is not None:
            self._seen.clear()

    def _stamp(self, path):
        """What changes with a file; ``None`` if there is none."""
        if self._seen is None:
            return traces.stamp(path)
        if path not in self._seen:
            self._seen[path] = traces.stamp(path)
        return self._seen[path]

    def _exists(self, path):
        """RefusedError where that cannot be known."""
        if self._seen is None or self._stamp(path) is None:
            return traces.exists(path)
        return True

    # its own configuration

    @cached_property
    def flavour(self):
        """The `Flavour` of the node's vzctl; where it does not answer, that of its files: 4.x, or one with links."""
        try:
            return self.vzctl.flavour
        except errors.CannotAskError:
            return next(filter(self._has_links_of, FLAVOURS), LEGACY)

    def _has_links_of(self, its):
        """Whether a container's file is a link as this family makes them."""
        directory, name = self.path(its.places.CONTAINERS), its.places.REAL_FILE
        targets = (traces.leads_to(os.path.join(directory, one)) for one in (listdir(directory) if name else ()))
        return any(target and os.path.basename(target) == name for target in targets)

    @cached_property
    def release(self):
        """The version of the node's vzctl, ``None`` where it does not answer."""
        try:
            return self.vzctl.release()[1]
        except errors.CannotAskError:
            return None

    @cached_property
    def vz_conf(self):
        """vz.conf, with vzctl's defaults for what it leaves out."""
        path = self.path(self.flavour.places.NODE_FILE)
        text = files.text(path)
        if text is None:
            raise errors.ConfigurationError(f"{path} does not exist; is vzctl installed, and openvz:config_dir right?")
        return {**self.flavour.places.NODE, **self.flavour.reading.parse(text).values}

    def path(self, *parts):
        """``path("conf", "209.conf")`` -> ``/etc/vz/conf/209.conf``"""
        return os.path.join(self.config_dir, *parts)

    @property
    def containers_dir(self):
        """The directory of the containers' configuration files, and of samples."""
        return self.path(self.flavour.places.CONTAINERS)

    @property
    def names_dir(self):
        """The directory of the links of names."""
        return self.path(self.flavour.places.NAMES)

    def link_path(self, name):
        """Where the link of a name is."""
        return self.path(self.flavour.places.NAMES, name)

    def conf_path(self, ctid):
        if ctid not in self._conf_paths:
            self._conf_paths[ctid] = self.path(self.flavour.places.CONTAINERS, self.flavour.places.file(ctid))
        return self._conf_paths[ctid]

    def lock_path(self, ctid):
        return os.path.join(self.vz_conf["LOCKDIR"], self.flavour.places.lock(ctid))

    def turn_path(self, ctid):
        """The file by which vzctls of container `ctid` wait for each other, ``None`` where they do not."""
        name = self.flavour.places.TURN_FILE
        return os.path.join(self.private(ctid), name) if name else None

    def dump_path(self, ctid):
        return self.flavour.places.dump(ctid, self.vz_conf, self.private(ctid))

    def has_dump(self, ctid):
        return self._exists(self.dump_path(ctid))

    def has_template(self, name):
        """Whether the template cache holds one of that name."""
        return any(self.flavour.places.is_template(name, cached) for cached in self.templates())

    def templates(self):
        """The names of what is in the template cache, as a document says them."""
        found = map(self.flavour.places.of_template, listdir(os.path.join(self.vz_conf["TEMPLATE"], "cache")))
        return sorted({name for name in found if name})

    def has_sample(self, name):
        """Whether there is a sample configuration of that name."""
        return traces.exists(self.sample_path(name))

    def sample(self, config=None):
        """The domain that a sample configuration makes, before any option; the node's default if none is named."""
        if config not in self._samples:
            its = self.flavour.reading
            found = its.domain(its.parse(self.sample_text(config)), 0)
            self._samples[config] = known(found, self.flavour, self.release)
        return self._samples[config]

    def sample_text(self, config=None):
        """The text of a sample configuration, empty if there is none."""
        return files.text(self.sample_path(config)) or ""

    def sample_path(self, config=None):
        """The path of a sample configuration, of the node's default if none is named."""
        name = self.flavour.places.sample(config or self.vz_conf["CONFIGFILE"])
        return self.path(self.flavour.places.CONTAINERS, name)

    def stamp(self, ctid):
        """What changes with the configuration file of container `ctid`; ``None`` if there is none."""
        return self._stamp(self.conf_path(ctid))

    def text(self, ctid):
        """The text of a container's configuration file, ``None`` if there is none."""
        return files.text(self.conf_path(ctid))

    def values(self, ctid):
        """The keys and values of a container's configuration file, as vzctl reads them."""
        return self.flavour.reading.parse(files.text(self.conf_path(ctid)) or "").values

    # its kernel

    @cached_property
    def states(self):
        """What the kernel tells of containers that run and of mounts."""
        cgroups = os.path.normpath(os.path.join(self.sys_class_net, "..", "..", "fs", "cgroup"))
        return States(self.proc_dir, cgroups, self.flavour.listing)

    @cached_property
    def mounts(self):
        """Mount point -> type of its file system, as they were when first asked for; ``None`` where not known."""
        return self.states.mounts()

    @cached_property
    def host_name(self):
        """What the node calls itself, in the owners of areas too."""
        return (files.text(os.path.join(self.proc_dir, "sys", "kernel", "hostname")) or os.uname().nodename).strip()

    # its network devices

    def has_bridge(self, name):
        return traces.exists(os.path.join(self.sys_class_net, name, "bridge"))

    def has_path(self, path):
        """Whether there is anything at a path of the node."""
        return traces.exists(path)

    def has_device(self, name):
        return traces.exists(os.path.join(self.sys_class_net, name))

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
        name = self.flavour.places.NETWORK_FILE
        text = files.text(self.path(name)) if name else None
        return bool(self.flavour.reading.parse(text or "").get("EXTERNAL_SCRIPT"))

    def bridge_holds(self, bridge, device):
        return traces.exists(os.path.join(self.sys_class_net, bridge, "brif", device))

    def bridge_of(self, device):
        """The bridge that holds a device, or ``None``."""
        return next((name for name in listdir(self.sys_class_net) if self.bridge_holds(name, device)), None)

    def is_foreign(self, name):
        """Whether a device is not a bridge of the kernel, but may be one of Open vSwitch: who is in it is not known."""
        return self.has_device(name) and not self.has_bridge(name)
