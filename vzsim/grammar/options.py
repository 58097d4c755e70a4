"""
The options of ``vzctl set`` and ``vzctl create``: argv -> :class:`Wanted`.

All options are parsed before anything happens, so a syntax error never touches a container.
They are applied by :mod:`vzsim.commands.setting.command` and :mod:`vzsim.commands.create`.
"""

import os

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, SYSTEM_ERROR, Failed
from vzsim.grammar import conf, getopt, netvalues, switches
from vzsim.grammar import values as v
from vzsim.grammar.tables import DISKS

OPTION_LIMIT = netvalues.NAME_LIMIT + 1  # maximum length of a single device name (read, not run)

# The options of ``set``, in the order in which getopt lists candidates.
SET_OPTIONS = (
    "save", "force", "applyconfig", "applyconfig_map", "reset_ub", "iptables", "netfilter",
    *(key.lower() for key in conf.UB_KEYS),
    "vm_overcommit", "capability", "ipadd", "ip", "ipdel", "skip_arpdetect", "netdev_add", "netdev_del", "hostname",
    "nameserver", "searchdomain", "userpasswd", "devices", "devnodes", "pci_add", "pci_del", "root", "private",
    "mount_opts", "ostemplate", "cpuunits", "cpuweight", "cpulimit", "cpus", "cpumask", "nodemask", "onboot", "setmode",
    "disabled", "diskquota", "diskspace", "diskinodes", "quotatime", "quotaugidlimit", "meminfo", "netif_add",
    "netif_del", "mac_filter", "mac", "ifname", "host_mac", "host_ifname", "bridge", "name", "features", "ioprio",
    "iolimit", "iopslimit", "description", "bootorder", "ram", "swap", "stop-timeout", "offline-resize", "offline",
)  # fmt: skip
SET_FLAGS = ("save", "force", "reset_ub", "skip_arpdetect", "offline-resize", "offline")
# Two words for one option: getopt takes an abbreviation of both as the first.
SAME = {"offline": "offline-resize", "ip": "ipadd", "ve_layout": "layout", "velayout": "layout"}

# Options that set one key of another name.
OTHER_NAMES = {
    "CPUUWEIGHT": "cpuweight",
    "DISK_QUOTA": "diskquota",
    "NETDEV": "netdev_add",
    "PCI": "pci_add",
    "STOP_TIMEOUT": "stop-timeout",
    "VE_PRIVATE": "private",
    "VE_ROOT": "root",
}
NO_OPTIONS = ("IP_ADDRESS", "VE_LAYOUT", "ORIGIN_SAMPLE", "LOCAL_UID", "LOCAL_GID", "NETIF")
SET_KEYS = {OTHER_NAMES.get(key, key.lower()): key for key in conf.KEYS if key not in NO_OPTIONS}

BAD_MAC = ("Invalid container MAC address length", "Invalid container MAC address format")
BAD_HOST_MAC = ("Invalid host MAC address",) * 2

# Options whose lists are split in place, like the values of CUT_AT.
CUT_AT = {
    **dict.fromkeys(("ipadd", "ip", "ipdel", "netdev_del"), " \t"),
    **dict.fromkeys(("netif_add", "pci_del"), " "),
}

VSWAP_KEYS = {"ram": "PHYSPAGES", "swap": "SWAPPAGES"}

CREATE_OPTIONS = (
    "ostemplate", "config", "private", "root", "ipadd", "hostname", "name", "description", "layout", "ve_layout",
    "velayout", "diskspace", "diskinodes", "local_uid", "local_gid",
)  # fmt: skip
CREATE_KEYS = {
    **dict.fromkeys(("layout", "ve_layout", "velayout"), "VE_LAYOUT"),
    **{SAME.get(name, name): name.upper() for name in CREATE_OPTIONS if name.upper() in conf.KEYS},
    "private": "VE_PRIVATE",
    "root": "VE_ROOT",
}


class Wanted:
    """
    What the options of one call ask for.

    ``params`` has the keys to set, the other attributes additions and removals.
    """

    ip_del_all = False
    netif_del_all = False

    def __init__(self, ctid, argc):
        self.ctid = ctid
        self.argc = argc  # words after the CT ID
        self.given = []
        self.params = {}
        self.flags = set()
        self.texts = {}
        self.passwords = []
        self.ip_add = []
        self.ip_del = []
        self.netif_add = []
        self.netif_del = []
        self.netif_change = {}
        self.netif_change_at = 0  # how many --netif_add came before it
        self.netdev_del = []
        self.pci_del = []

    @property
    def save(self):
        return "save" in self.flags

    @property
    def changes_ip(self):
        return bool(self.ip_add or self.ip_del or self.ip_del_all)

    @property
    def changes_netif(self):
        return bool(self.netif_add or self.netif_del or self.netif_del_all or self.netif_change)


def read_set(run, argv):
    """The options of ``vzctl set``."""
    wanted = Wanted(run.ctid, len(argv))
    _read(run, argv, {name: name not in SET_FLAGS for name in SET_OPTIONS}, SET_KEYS, wanted)
    return wanted


def read_create(run, argv):
    """The options of ``vzctl create``."""
    wanted = Wanted(run.ctid, len(argv))
    _read(run, argv, dict.fromkeys(CREATE_OPTIONS, True), CREATE_KEYS, wanted)
    return wanted


def _read(run, argv, known, keys, wanted):
    extra, error = [], None
    try:
        options, extra = getopt.parse(argv, known, same=SAME)
    except getopt.OptionError as found:
        options, error = found.before, found
    for name, value in options:
        _take_or_fail(run, wanted, keys, name, value)
    if error is not None:
        raise Failed(PARAM_VALUE, str(error), loud=True)
    if extra:
        raise Failed(PARAM_SYNTAX, "Invalid extra arguments: " + "".join(word + " " for word in extra), loud=True)


def _take_or_fail(run, wanted, keys, name, value):
    wanted.given.append(name)
    try:
        if value is None:
            wanted.flags.add(SAME.get(name, name))
        elif name in VSWAP_KEYS:
            _take_vswap(run, wanted, VSWAP_KEYS[name], value)
        elif name in keys:
            _take_key(run, wanted, name, keys[name], value)
        elif name in CHANGES:
            _take_change(wanted, name, value)
        elif name in TEXTS:
            _take_text(wanted, name, value)
        else:
            TAKERS[name](wanted, value)
    except v.Bad as bad:
        run.repeat(bad.lines)
        raise Failed(PARAM_VALUE, f"Bad parameter for --{name}: {_shown(keys, name, value)}") from None


def _shown(keys, name, value):
    """What an error message shows of a value; of a list only the first word is left by then."""
    return conf.first_word(keys[name], value) if name in keys else conf.cut(value, CUT_AT.get(name, ""))


def _take_key(run, wanted, name, key, value):
    """
    The first of several options wins, lists accumulate, memory and I/O limits take the last.

    Later ones are not even parsed (read, not run).
    """
    parser, second = conf.KEYS[key]
    if second in (conf.FIRST, conf.FIRST_OF_ALL) and key in wanted.params:
        return
    if key == "IOLIMIT":
        meaning = v.parse_iolimit(value, bare=1 << 20)
    elif key == "DEVNODES":
        meaning = switches.parse_devnodes(value, exists=lambda device: _is_device_file(run, device))
    else:
        meaning = parser(value)
    if meaning is None:
        return
    if second == conf.MERGE:
        if meaning:
            known = wanted.params.get(key)
            wanted.params[key] = meaning if known is None else conf.merged(key, known, meaning)
    else:
        wanted.params[key] = meaning


def _is_device_file(run, name):
    return (run.openvz_kernel and name in DISKS) or os.path.exists(run.node.path(f"/dev/{name}"))


def _take_vswap(run, wanted, key, value):
    """``--ram`` and ``--swap`` need a vswap kernel, or ``--force`` before them."""
    if not run.node.kernel.get("vswap") and "force" not in wanted.flags:
        run.complain("Error: kernel does not support vswap, unable to use --ram/--swap parameters")
        raise Failed(SYSTEM_ERROR, "Error parsing options")
    wanted.params[key] = (0, v.parse_ram(value))


def _take_ipadd(wanted, value):
    for address in netvalues.parse_addresses(value):
        netvalues.add_missing(wanted.ip_add, address)


def _take_ipdel(wanted, value):
    found = v.words(value)
    wanted.ip_del_all = wanted.ip_del_all or "all" in found
    for address in netvalues.parse_addresses(" ".join(word for word in found if word != "all")):
        netvalues.add_missing(wanted.ip_del, address)


def _take_netif_add(wanted, value):
    for word in v.words(value, " "):
        wanted.netif_add.append(_new_device(word, wanted.ctid))


def _new_device(text, ctid):
    """
    ``eth0,MAC,HOST_IFNAME,HOST_MAC,BRIDGE``; any of them may be empty.

    Missing names and MACs are generated right away, so they replace those of an existing device; only a bridge is kept.
    With nothing after the MAC or the host's name, both ends get one MAC.
    """
    ifname, _, rest = text.partition(",")
    device = {"ifname": netvalues.parse_device_name(ifname)}
    default = netvalues.default_host_ifname(ctid, ifname)
    if not rest:
        macs = {"mac": netvalues.generate_mac(ctid, ifname), "host_mac": netvalues.generate_mac(ctid, default)}
        return {**device, "host_ifname": default, **macs}
    mac, _, rest = rest.partition(",")
    device["mac"] = netvalues.parse_mac_field(mac, *BAD_MAC) if mac else netvalues.generate_mac(ctid, ifname)
    host_ifname, _, after = rest.partition(",")
    device["host_ifname"] = netvalues.parse_device_name(host_ifname) or default
    if not rest or (host_ifname and not after):
        return {**device, "host_mac": device["mac"]}
    host_mac, _, bridge = after.partition(",")
    made_up = netvalues.generate_mac(ctid, device["host_ifname"])
    device["host_mac"] = netvalues.parse_mac_field(host_mac, *BAD_HOST_MAC) if host_mac else made_up
    bridge = netvalues.parse_device_name(bridge)
    return {**device, "bridge": bridge} if bridge else device


def _take_netif_del(wanted, value):
    if _option_name(value) == "all":
        wanted.netif_del_all = True
    else:
        wanted.netif_del.append(value)


def _take_netdev_del(wanted, value):
    wanted.netdev_del += netvalues.parse_netdev(value)


def _take_pci_del(wanted, value):
    wanted.pci_del += v.parse_pci(value)


def _take_userpasswd(wanted, value):
    """A list like others: a blank in a password splits it (read, not run)."""
    wanted.passwords += [word for word in v.parse_words(value) if word not in wanted.passwords]


def _take_change(wanted, name, value):
    """``--ifname`` selects the device, the others its attributes; it may be given once."""
    if name in ("ifname", "bridge") and wanted.netif_change.get(name):
        raise v.Bad(("err", f"Multiple use of --{name} option not allowed"))
    if not wanted.netif_change:
        wanted.netif_change_at = len(wanted.netif_add)
    wanted.netif_change[name] = CHANGES[name](value)


def _take_text(wanted, name, value):
    """The first one wins, except for ``--setmode``, where the last does (read, not run)."""
    if TEXTS[name] and value not in TEXTS[name]:
        raise v.Bad()
    if name == "setmode" or name not in wanted.texts:
        wanted.texts[name] = value


def _option_name(value):
    return netvalues.parse_device_name(value, OPTION_LIMIT)


# Options that change an existing device.
CHANGES = {
    "ifname": _option_name,
    "mac": netvalues.parse_mac,
    "host_mac": netvalues.parse_mac,
    "host_ifname": _option_name,
    "bridge": _option_name,
    "mac_filter": netvalues.parse_mac_filter,
}

# Options stored as given, and their allowed values.
TEXTS = {"setmode": ("restart", "ignore"), "applyconfig": (), "applyconfig_map": ("name",), "config": ()}

TAKERS = {
    "ipadd": _take_ipadd,
    "ip": _take_ipadd,
    "ipdel": _take_ipdel,
    "netif_add": _take_netif_add,
    "netif_del": _take_netif_del,
    "netdev_del": _take_netdev_del,
    "pci_del": _take_pci_del,
    "userpasswd": _take_userpasswd,
}
