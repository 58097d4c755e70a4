"""
One run of ``vzctl``: its messages, its failures, how it saves confs.

Progress goes to standard output, errors to standard error, ``--quiet``
silences both. Every failure is a :class:`vzsim.codes.Failed` with an exit code of
``vzctl(8)``.
"""

import os

from vzsim.codes import CONFIG_SAVE_ERROR, VE_PRIVATE_NOTSET, VE_ROOT_NOTSET, Failed, write
from vzsim.grammar import conf as conf_file
from vzsim.ploop import images


class Run:
    """
    A run of the program on one container.

    ``conf`` is the container's configuration as found, empty if there is none.
    """

    ROOT_IMAGE = "root.hdd"  # in the private area of a container in an image

    def __init__(self, node):
        self.node = node
        self.quiet = False
        self.verbose = 0
        self.skip_lock = False
        self.command = None
        self.ctid = None
        self.conf = conf_file.Conf()
        self.has_conf = False

    def say(self, text, level=0):
        """Print a line of progress; ``level`` 1 and above need ``--verbose``."""
        if not self.quiet and level <= self.verbose:
            write(1, text + "\n")

    def complain(self, text):
        """Print a line about something wrong."""
        if not self.quiet:
            write(2, text + "\n")

    def repeat(self, messages):
        """Print the messages of parsing a configuration or a value: ``[("err", "Warning ...")]``"""
        for stream, text in messages:
            if stream == "err":
                self.complain(text)
            else:
                self.say(text, level=int(stream == "verbose"))

    @property
    def openvz_kernel(self):
        """False on the foreign kernel of the recorded runs, true on a node made by ``vzsim init``."""
        return bool(self.node.kernel.get("openvz_kernel"))

    @property
    def conf_path(self):
        return self.node.conf_path(self.ctid)

    @property
    def private(self):
        return self.node.private(self.ctid, self.conf.values)

    @property
    def image(self):
        """The real place of the image, if the container is in one."""
        return f"{self.private}/{self.ROOT_IMAGE}"

    @property
    def is_ploop(self):
        """Whether the container is in an image: by the conf, or else by what is in the private area."""
        layout = self.conf.params.get("VE_LAYOUT")
        return layout == "ploop" or (not layout and images.is_image(self.image))

    @property
    def content(self):
        """The real place of the container's file system: the private area, or what is in its image."""
        return images.content(self.image) if self.is_ploop else self.private

    @property
    def root(self):
        return self.node.root(self.ctid, self.conf.values)

    def require_places(self):
        """Fail unless conf or vz.conf name a mount point and a private area."""
        for key, rc in (("VE_ROOT", VE_ROOT_NOTSET), ("VE_PRIVATE", VE_PRIVATE_NOTSET)):
            if key not in self.conf.values and not self.node.setting(key):
                raise Failed(rc, f"{key} is not set")

    def quota_enabled(self):
        """DISK_QUOTA of the conf or vz.conf; only an OpenVZ kernel has quota, whatever they say."""
        known = self.conf.params.get("DISK_QUOTA")
        enabled = known if known is not None else self.node.setting("DISK_QUOTA") == "yes"
        return self.openvz_kernel and enabled

    def is_running(self):
        return self.node.is_running(self.ctid)

    def is_mounted(self):
        """
        Whether the container is mounted; a missing mount point is complained about.

        What is mounted must still be there (recorded), and must be the private area, except on an OpenVZ kernel, where
        any counts (read, not run).
        """
        if not os.path.exists(self.root):
            self.complain(f"stat({self.root}): No such file or directory")
            return False
        mounted = self.node.mounts().get(str(self.ctid))
        if mounted is None or not os.path.isdir(self.node.path(mounted)):
            return False
        return self.openvz_kernel or mounted == self.node.strip(self.private)

    def load_conf(self):
        """Read the container's configuration, with the parser's warnings."""
        try:
            self.conf = conf_file.load(self.node, self.ctid)
        except OSError:
            return
        self.has_conf = True
        self.repeat(self.conf.messages)

    def save_conf(self, changes):
        """Write changed keys into the container's configuration."""
        path = self.conf_path
        immutable = self.node.strip(path) in self.node.kernel.get("immutable", ())
        try:
            if immutable:
                raise PermissionError(1, "Operation not permitted", path)
            conf_file.save(path, changes)
        except OSError as error:
            reason = os.strerror(error.errno)
            if error.filename == path or error.filename2:
                raise Failed(CONFIG_SAVE_ERROR, f"Unable to move {path}.tmp -> {path}: {reason}") from None
            raise Failed(CONFIG_SAVE_ERROR, f"Unable to create configuration file {path}.tmp: {reason}") from None
        self.say(f"CT configuration saved to {path}")
