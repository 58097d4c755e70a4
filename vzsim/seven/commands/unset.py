"""
``vzctl unset`` of vzctl 7 to 9: remove keys from the configuration of a container.

Nothing is applied to a running one, and without ``--save`` nothing is done, except that ``--name`` goes at once.
"""

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, Failed
from vzsim.grammar.getopt import OptionError
from vzsim.seven import naming
from vzsim.seven.grammar import getopt, options

# Options without a key; they are refused with the program's own number for them, known for some.
NUMBERS = {
    "netif_add": 65638, "netif_del": 65639, "ifname": 65640, "mac": 65641, "ram": 65694, "swap": 65693,
    "origin_sample": 65611, "hostname": 65568,
}  # fmt: skip
NO_KEY = frozenset((
    "netif_add", "netif_del", "ifname", "mac", "host_mac", "host_ifname", "gw", "gw6", "network", "dhcp", "dhcp6",
    "mac_filter", "configure", "nettype", "vporttype", "bindmount_del", "netdev_del", "pci_del", "ram", "swap",
    "origin_sample", "config_customized",
))  # fmt: skip
# Refused without a word.
REFUSED = frozenset((
    "ipadd", "ipdel", "size", "capability", "device-add", "image", "device", "device-uuid", "mnt", "offline",
    "storage-url", "encryption-keyid", "reencrypt", "wipe", "recreate", "enable", "disable", "device-del", "detach",
    "device-set", *options.TRAPS,
))  # fmt: skip
OBSOLETE = {  # option -> key that may stand in an old configuration
    name: name.upper()
    for name in (
        "ipcshmpages anonshpages rsspages oomguarpages oomguar numtcpsock numsock tcpsndbuf tcprcvbuf othersockbuf "
        "unixsockbuf dgramrcvbuf sockrcvbuf numothersock numunixsock dcachesize totvmpages"
    ).split()
}


class Request:
    def __init__(self):
        self.save = False
        self.removes_name = False
        self.keys = {}


def read(run, argv):
    """The options, none of which takes a value; the conf is read with the first that stands for a key."""
    request = Request()
    reader = options.Reader(argv, dict.fromkeys(options.known(run.node.is_old), False), run.word)
    try:
        for name, _ in reader:
            _take(run, request, options.SAME.get(name, name))
    except OptionError as error:
        raise Failed(PARAM_VALUE, str(error)) from None
    getopt.refuse(reader.extra)
    return request


def _take(run, request, name):
    if name in REFUSED:
        raise Failed(PARAM_SYNTAX)
    if name == "save":
        request.save = True
    elif name == "name":
        request.removes_name = True
    elif name in NO_KEY or name in options.KEYS or name in OBSOLETE:
        if name in NO_KEY or not _is_readable(run):
            raise Failed(PARAM_SYNTAX, f"Inknown parameter {NUMBERS.get(name, 0) + run.node.is_old}")
        request.keys[options.KEYS.get(name) or OBSOLETE[name]] = None


def _is_readable(run):
    if not run.has_conf:
        run.load_conf()
    try:
        run.check_conf()
    except Failed:
        return False
    return True


def act(run, request):
    """Remove the keys; the name first."""
    if request.removes_name:
        naming.change(run, "")
    if request.save and run.save_conf(request.keys):
        run.say(f"Unset parameters for Container {run.ctid}")
    return 0
