"""
The settings below the key ``openvz`` of a minion: names, defaults, and what they mean.

Module, grain and beacon take their defaults from here, and the page docs/reference/configuration.md is made of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One setting; `about` is for people, in Markdown."""

    name: str
    default: object
    kind: str
    about: str
    unit: str = ""


TABLE = (
    Setting("vzctl", "vzctl", "text", "The program, or the path to it."),
    Setting("vzlist", "vzlist", "text", "The program, or the path to it."),
    Setting(
        "config_dir",
        "/etc/vz",
        "path",
        "Has `vz.conf`, `conf/` and `names/`. All other places (locks, private areas, templates) stand in `vz.conf`.",
    ),
    Setting("sys_class_net", "/sys/class/net", "path", "Where bridges and network devices are looked for."),
    Setting("proc_dir", "/proc", "path", "Where `openvz.doctor` looks at the kernel and its settings."),
    Setting(
        "networks",
        {},
        "map",
        "libvirt network to bridge of this node. For any other network `virsh` is asked (Debian: libvirt-clients).",
    ),
    Setting("libvirt_uri", None, "text", "The connection for that, such as `qemu:///system`. None: virsh's own."),
    Setting("first_ctid", 101, "number", "Where the search for a free CTID begins, from 101 on.", "CTID"),
    Setting(
        "lock_timeout",
        60,
        "number",
        "How long to go on trying while another vzctl holds a container, and how long to wait for its lock.",
        "seconds",
    ),
    Setting(
        "command_timeout",
        None,
        "number",
        "How long any one run of vzctl or vzlist may take; then it is killed. None: 30 minutes for `create`, "
        "STOP_TIMEOUT and 30 seconds for `stop` and `restart`, 5 minutes for the rest.",
        "seconds",
    ),
    Setting(
        "protected",
        [],
        "list",
        "Names, CTIDs or UUIDs of containers that are deleted only with `force` (by `openvz.managed` not even then), "
        "that `openvz.managed` neither stops nor suspends, and that neither a `watch` nor `restart: True` restarts.",
    ),
)
DEFAULTS = {one.name: one.default for one in TABLE}
TEXTS = frozenset(one.name for one in TABLE if one.kind in ("text", "path"))
