"""
The names of the files that vzctl 4.x keeps of a node and of its containers.
"""

import os
import re

from ...model.ctid import Ctid, ctid_of

NODE_FILE = "vz.conf"  # below the configuration directory, as all of these
NETWORK_FILE = "vznet.conf"  # names the script that leads pairs to their bridges
CONTAINERS, NAMES = "conf", "names"
FILLS_EMPTY_AREAS = True  # as private areas of new containers
TEMPLATES = ("vztmpl-dl --list-remote shows templates, vztmpl-dl NAME gets one", "vztmpl-dl {}")  # how to get them
NUMBERS = True  # new containers get the lowest free one
TURN_FILE = None  # vzctl fails where another one has the container
REAL_FILE = None  # in the private area, to which the configuration file is a link; None: it is a file
ROOT_IMAGE = "root.hdd"
NODE = {  # vzctl's own values for what vz.conf leaves out
    "LOCKDIR": "/vz/lock",
    "DUMPDIR": "/vz/dump",
    "TEMPLATE": "/vz/template",
    "VE_PRIVATE": "/vz/private/$VEID",
    "VE_ROOT": "/vz/root/$VEID",
    "CONFIGFILE": "",
}
_FILE = re.compile(r"([1-9][0-9]{0,254})\.conf")  # 0.conf is the node's own
_TARGET = re.compile(r"([0-9]{1,255})\.conf")
_DUMP = re.compile(r"Dump\.([1-9][0-9]{0,254})")
_LOCK = re.compile(r"([1-9][0-9]{0,254})\.lck")
_AREA = re.compile("([1-9][0-9]{0,254})")
_SAMPLE = re.compile(r"ve-(.+)\.conf-sample")
_TEMPLATE = re.compile(r"(.+)\.tar(?:\.gz|\.bz2|\.xz)?")
_AREAS = re.compile(r"(.*/)\$(?:VEID|\{VEID\})(.*)", re.DOTALL)


def file(ctid):
    """``209.conf``"""
    return f"{ctid}.conf"


def lock(ctid):
    """``209.lck``, in LOCKDIR"""
    return f"{ctid}.lck"


def dump(ctid, conf, private):
    """``/vz/dump/Dump.209``; `conf` is the node's own configuration."""
    return os.path.join(conf["DUMPDIR"], f"Dump.{ctid}")


def dumps(conf):
    """The directory of all dumps, ``None`` where each is in the private area of its container."""
    return conf["DUMPDIR"]


def sample(name):
    """``ve-vswap-256m.conf-sample``"""
    return f"ve-{name}.conf-sample"


def of_file(name):
    """The `Ctid` of a configuration file; ``None`` for any other name, and for 0.conf."""
    return _numbered(_FILE, name)


def of_other_spelling(_name):
    """Every name is one of a container, or not."""
    return


def of_lock(name):
    """The `Ctid` of a lock file, or ``None``."""
    return _numbered(_LOCK, name)


def of_dump(name):
    """The `Ctid` of the dump of a suspended container, or ``None``."""
    return _numbered(_DUMP, name)


def of_area(name):
    """The `Ctid` of what is in the node's place for private areas, or ``None``."""
    return _numbered(_AREA, name)


def of_target(path):
    """The `Ctid` of the file that a link of the names directory points to; ``None`` for any other path."""
    match = _TARGET.fullmatch(os.path.basename(path))
    return ctid_of(match.group(1)) if match else None


def of_template(name):
    """``"debian-12-x86_64.tar.gz"`` -> ``"debian-12-x86_64"``, of a file in TEMPLATE/cache; or ``None``."""
    match = _TEMPLATE.fullmatch(name)
    return match and match.group(1)


def is_template(name, cached):
    """Whether `cached`, a template in the cache, is the one that a document calls `name`."""
    return name == cached


def of_sample(name):
    """``"ve-light.conf-sample"`` -> ``"light"``, or ``None``."""
    match = _SAMPLE.fullmatch(name)
    return match and match.group(1)


def areas(setting):
    """``"/vz/private/$VEID/fs"`` -> ``("/vz/private/", "/fs")``; ``None`` where areas are in no common place."""
    match = _AREAS.match(setting)
    return match and match.groups()


def _numbered(pattern, name):
    match = pattern.fullmatch(name)
    return Ctid(match.group(1)) if match else None
