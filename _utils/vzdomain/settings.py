"""
The settings below the key ``openvz`` of a minion: names, defaults, what they mean, and who wins.

Module, beacon, grain and runner read them here and nowhere else; docs/reference/configuration.md is made of the table.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import MASK, ArgumentError, ConfigurationError, kind_of, shown
from .model import names
from .model.nearest import nearest


@dataclass(frozen=True)
class Setting:
    """One setting; `about` is for people, in Markdown."""

    name: str
    default: object
    kind: str
    about: str
    unit: str = ""


OFF, WARN, REQUIRE = _MODES = ("off", "warn", "require")

TABLE = (
    Setting("vzctl", "vzctl", "text", "Name or path of the program."),
    Setting("vzlist", "vzlist", "text", "Name or path of the program."),
    Setting(
        "ip",
        "ip",
        "text",
        "Name or path of iproute2's program. It moves the veth pair of a running container to another bridge.",
    ),
    Setting(
        "brctl",
        "brctl",
        "text",
        "Name or path of bridge-utils' program. It moves the pair if `ip` is missing or fails (CentOS 6).",
    ),
    Setting("vzmigrate", "vzmigrate", "text", "Name or path of the program that moves a container to another node."),
    Setting("vzmlocal", "vzmlocal", "text", "Name or path of the program of vzctl 7 to 9 that clones a container."),
    Setting("rsync", "rsync", "text", "Name or path of the program. `openvz.convert` copies private areas by it."),
    Setting("ssh", "ssh", "text", "Name or path of the program. `openvz.convert` reaches the other node by it."),
    Setting(
        "ssh_host",
        None,
        "text",
        "Name or address by which the other nodes reach this one as root, by ssh. None: the minion's id.",
    ),
    Setting(
        "config_dir",
        "/etc/vz",
        "path",
        "Contains `vz.conf`, `conf/` and `names/`. `vz.conf` sets all other paths (locks, private areas, templates).",
    ),
    Setting("sys_class_net", "/sys/class/net", "path", "Where to look for bridges and network devices."),
    Setting(
        "proc_dir",
        "/proc",
        "path",
        "Where `openvz.doctor` reads kernel settings and `openvz.drift` addresses.",
    ),
    Setting(
        "networks",
        {},
        "map",
        "Maps libvirt networks to bridges of this node. `virsh` is asked for all others (Debian: libvirt-clients).",
    ),
    Setting(
        "templates",
        {},
        "map",
        "Where templates come from that the cache of a node of vzctl 4 lacks: name to `source` (`salt://`, or a URL "
        "with `source_hash`). `openvz.apply` fetches them before it creates containers of them.",
    ),
    Setting("libvirt_uri", None, "text", "virsh's connection, such as `qemu:///system`. None: its default."),
    Setting(
        "first_ctid",
        101,
        "CTID",
        "Where the search for a free CTID begins, at least 101. vzctl 7 to 9 uses the UUID instead.",
        "CTID",
    ),
    Setting(
        "lock_timeout",
        60,
        "number",
        "How long to wait for another vzctl or job that holds a container, or for another job that chooses CTIDs.",
        "seconds",
    ),
    Setting(
        "command_timeout",
        None,
        "number",
        "How long one call of vzctl or vzlist may take before it is killed. None: 30 minutes for `create`, "
        "STOP_TIMEOUT plus 30 seconds for `stop` and `restart`, 5 minutes for all others.",
        "seconds",
    ),
    Setting(
        "history_days",
        400,
        "number",
        "How long `openvz.history` knows what was done to containers. 0 keeps nothing of it.",
        "days",
    ),
    Setting(
        "protected",
        [],
        "list",
        "Names, CTIDs or UUIDs of containers that are stopped, restarted, suspended and deleted only with `force` "
        "(never by `openvz.managed`) and that neither `watch` nor `restart: True` restarts. `protected: true` in an "
        "entry of `openvz:domains` also protects a container.",
    ),
    Setting(
        "inside_timeout",
        3600,
        "number",
        "How long functions and states of Salt may take inside a container.",
        "seconds",
    ),
    Setting(
        "inside_python",
        None,
        "text",
        "Name or path of Python inside containers. None: `python3`, and what distributions call it else.",
    ),
    Setting(
        "inside_max_output",
        1048576,
        "number",
        "How much of each output of a command `openvz.exec` returns; the rest is dropped.",
        "bytes",
    ),
    Setting(
        "fleet",
        WARN,
        "mode",
        "Whether other nodes are asked, by the mine, before a container is created or deleted. `off`: never. `warn`: a "
        "container, name or address of another node is refused, and a warning says if the mine knows nothing. "
        "`require`: that is an error too.",
    ),
)
DEFAULTS = {one.name: one.default for one in TABLE}
KEY = "openvz"  # the key that all settings are below
DOMAINS = "domains"  # beside the settings: the containers of the node
_NEAR = 0.75  # likeness: network is near to networks, containers to nothing
KINDS = {one.name: one.kind for one in TABLE}


class Settings:
    """
    The settings of one minion: ``settings["lock_timeout"]``.

    pillar, configuration
        The whole pillar, and the whole configuration of the minion. The pillar wins, setting by setting; what neither
        says, or says as ``null``, is the default. Who has no pillar yet (a grain) gives none.

    ConfigurationError says which setting cannot be used and of what kind it is, never the value.
    """

    def __init__(self, pillar=None, configuration=None):
        configuration = {} if configuration is None else configuration  # whether it is empty takes Salt 0.7 ms to tell
        self._places = (("pillar", pillar or {}), ("minion configuration", configuration))

    def __getitem__(self, name):
        for _, place in self._places:
            value = _below(place).get(name)
            if value is not None:
                return checked(name, value)
        return checked(name, None)

    def unknown(self, path=None):
        """
        ``[("pillar openvz:network", "openvz:networks"), ...]``: keys that are not settings, and what may be meant.

        A key that `path`, a path in the pillar, goes through is not unknown.
        """
        words = str(path).split(":")
        used = words[1:2] if words[0] == KEY else ()
        return [
            (f"{where} {KEY}:{name}", f"{KEY}:{near}" if near else None)
            for where, place in self._places
            for name, near in unknown(place.get(KEY), used)
        ]

    def misspelled(self, path=None):
        """A sentence for each key that is probably a misspelled setting."""
        return [no_setting(name, near) for name, near in self.unknown(path) if near]


def _below(place):
    """What the pillar or a configuration has below our key."""
    settings = place.get(KEY)
    if settings == MASK:
        raise _masked(KEY)
    if settings is not None and not isinstance(settings, Mapping):
        raise _wrong(KEY, "a mapping", settings)
    return settings or {}


def no_setting(name, near=None):
    """The sentence for a key that is not a setting."""
    return f"{name} is not a setting" + (f"; did you mean {near}?" if near else "")


def unknown(settings, used=()):
    """
    ``[("network", "networks"), ("colour", None)]``: the keys of `settings` that are unknown, each with the nearest.

    Those that `used` names are left out, and those that hold a mapping unless they are near to a setting: documents and
    hashes are kept there, and asked for by their place.
    """
    known = [*DEFAULTS, DOMAINS]
    found = []
    for key in settings if isinstance(settings, Mapping) else ():
        name = shown(str(key))
        if name in known or name in used:
            continue
        near = nearest(name, known, _NEAR)
        if near or not isinstance(settings[key], Mapping):
            found.append((name, near))
    return found


def checked(name, value):
    """The value of a setting as the library takes it: seconds as a number, names as a list; ``None`` is the default."""
    if value is None:
        return DEFAULTS[name]
    place = f"{KEY}:{name}"
    if value == MASK:
        raise _masked(place)
    return _CHECKS[KINDS[name]](place, value)


def timeout(name, value):
    """An argument that is a number of seconds, ``None`` for no limit of its own; ArgumentError for anything else."""
    try:
        return None if value is None else seconds(name, value)
    except ConfigurationError as err:
        raise ArgumentError(str(err)) from None


def whole(name, value, lowest=0):
    """An argument that is a whole number, ``None`` (no limit) where `lowest` is 0; ArgumentError for anything else."""
    if value is None and lowest == 0:
        return None
    try:
        number = int(str(value))
    except ValueError:
        number = lowest - 1
    if isinstance(value, bool) or number < lowest:
        kind = kind_of(value)
        raise ArgumentError(
            f"{name} must be a whole number of at least {lowest}" + ("" if kind == "a number" else f", not {kind}")
        )
    return number


def seconds(name, value):
    """A number of seconds; ConfigurationError for anything else."""
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise _wrong(name, "a number", value)
    return number


def _text(name, value):
    """What names a program, a place or a connection: nothing could be run or opened with a number or a NUL."""
    if not isinstance(value, str):
        raise _wrong(name, "one line of text", value)
    if shown(value) != value:
        raise ConfigurationError(f"{name} must be one line of text, and is too long or has control characters in it")
    return value


def _ctid(name, value):
    try:
        return names.new_ctid(str(value) if isinstance(value, (int, str)) else "").number
    except ValueError:
        wanted = f"a number from {names.CTID_FIRST_NEW} to {names.CTID_LAST}"
        raise _wrong(name, wanted, value) from None


def _mapping(name, value):
    if not isinstance(value, dict):
        raise _wrong(name, "a mapping", value)
    return value


def _names(name, value):
    """A list of names; one name alone is a list too."""
    found = list(value) if isinstance(value, (list, tuple)) else [value]
    for one in found:
        if isinstance(one, bool) or not isinstance(one, (str, int)):
            inside = " with other things in it" if isinstance(value, (list, tuple)) else ""
            raise ConfigurationError(f"{name} must be a list of names, not {kind_of(value)}{inside}")
    return found


def _mode(name, value):
    """One of `_MODES`; YAML makes false of ``off``."""
    value = OFF if value is False else value
    if value not in _MODES:
        kind = "" if isinstance(value, str) else f", not {kind_of(value)}"
        raise ConfigurationError(f"{name} must be {OFF}, {WARN} or {REQUIRE}{kind}")
    return value


def _masked(name):
    return ConfigurationError(f"the pillar has only a masked value for {name}; the value itself is needed")


def _wrong(name, wanted, value):
    """The error for a value of the wrong kind; one of the right kind is only not as it must be."""
    is_kind = wanted.startswith(kind_of(value))
    return ConfigurationError(f"{name} must be {wanted}" + ("" if is_kind else f", not {kind_of(value)}"))


_CHECKS = {
    "text": _text,
    "path": _text,
    "map": _mapping,
    "number": seconds,
    "CTID": _ctid,
    "list": _names,
    "mode": _mode,
}
