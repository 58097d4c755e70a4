"""
The names of the files that vzctl 7 to 9 keeps of a node and of its containers.

``/etc/vz/conf/CTID.conf`` is a link to ``AREA/ve.conf``, and so is ``/etc/vz/names/NAME``; an area may have any name.
"""

import os
import re

from ...model import names
from ...model.ctid import Ctid, ctid_of

NODE = {  # vzctl's own values for what vz.conf leaves out (read, not run)
    "LOCKDIR": "/vz/lock",
    "TEMPLATE": "/vz/template",
    "VE_PRIVATE": "/vz/private/$VEID",
    "VE_ROOT": "/vz/root/$VEID",
    "CONFIGFILE": "",
}
NODE_FILE = "vz.conf"
NETWORK_FILE = None  # vzctl leads pairs to their bridges itself
CONTAINERS, NAMES = "conf", "names"
FILLS_EMPTY_AREAS = False  # create ends with 44 where the directory is there (recorded)
TEMPLATES = ("vzpkg list -O shows templates, vzpkg create cache NAME makes one ready", "vzpkg create cache {}")
NUMBERS = False  # new containers are called by their UUID
REAL_FILE, ROOT_IMAGE = "ve.conf", "root.hdd"
OWNER_FILE, LAYOUT_FILE = ".owner", ".ve.layout"  # of an area: the node that it belongs to, and a link to LAYOUT
LAYOUT = "5"
TURN_FILE = ".lck"  # of an area: vzctl has its flock from before it takes the lock file until it ends (recorded)
SHARED = re.compile(r"nfs4?|gfs2|fuse(?:\..+|blk)?")  # file systems on which vzctl looks at the owner

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CTID = f"([1-9][0-9]{{0,9}}|{_UUID})"
_FILE = re.compile(rf"{_CTID}\.conf")  # 0.conf is the node's own
_OTHER_FILE = re.compile(rf"(0[0-9]{{1,40}}|\{{?{_UUID}\}}?|[0-9a-f]{{32}})\.conf", re.IGNORECASE)
_LOCK = re.compile(rf"{_CTID}\.lck")
_AREA = re.compile(_CTID)
_SAMPLE = re.compile(r"ve-(.+)\.conf-sample")
_AREAS = re.compile(r"(.*/)\$(?:VEID|\{VEID\})(.*)", re.DOTALL)
# ``almalinux-9-x86_64.plain.ploopv2.tar.lz4`` (read, not run)
_TEMPLATE = re.compile(r"([^/]+?)(?:\.plain|\.qcow2)?(?:\.ploop(?:v2)?)?\.tar(?:\.(?:lz4|lzrw|gz|xz|zst))?")


def file(ctid):
    """``7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101.conf``"""
    return f"{ctid}.conf"


def lock(ctid):
    """``101.lck``, in LOCKDIR"""
    return f"{ctid}.lck"


def dump(ctid, conf, private):
    """``/vz/private/101/dump/Dump``, whatever it is, is that of a suspended container."""
    return os.path.join(private, "dump", "Dump")


def dumps(_conf):
    """There is no directory of all dumps."""
    return


def sample(name):
    """``ve-vswap.256MB.conf-sample``"""
    return f"ve-{name}.conf-sample"


def of_file(name):
    """The `Ctid` of a configuration file; ``None`` for any other name, and for 0.conf."""
    return _named(_FILE, name)


def of_other_spelling(name):
    """The `Ctid` that was meant by the name of a file that is another container's to vzctl, such as one in capitals."""
    match = _OTHER_FILE.fullmatch(name)
    if not match or _FILE.fullmatch(name):
        return None
    try:
        return ctid_of(names.uuid(match.group(1).strip("{}")))
    except ValueError:
        return ctid_of(match.group(1))


def of_lock(name):
    """The `Ctid` of a lock file, or ``None``."""
    return _named(_LOCK, name)


def of_dump(_name):
    """A dump does not name its container."""
    return


def of_area(name):
    """The `Ctid` that a private area is named for, or ``None``; it may be registered as another one."""
    return _named(_AREA, name)


def of_target(path):
    """
    The `Ctid` that the target of a link of the names directory names, ``None`` for any other path.

    That is ``AREA/ve.conf``, of an area that is named for its container, or the link in the directory of containers.
    """
    directory, name = os.path.split(path)
    return of_area(os.path.basename(directory)) if name == REAL_FILE else of_file(name)


def of_sample(name):
    """``"ve-light.conf-sample"`` -> ``"light"``, or ``None``."""
    match = _SAMPLE.fullmatch(name)
    return match and match.group(1)


def of_template(name):
    """``"almalinux-9-x86_64.plain.ploopv2.tar.lz4"`` -> ``"almalinux-9-x86_64"``, or ``None``."""
    match = _TEMPLATE.fullmatch(name)
    return match and match.group(1)


def is_template(name, cached):
    """Whether `cached`, a template in the cache, is the one that a document calls `name`: it may lack ``-x86_64``."""
    return cached == name or cached.startswith(f"{name}-")


def areas(setting):
    """``"/vz/private/$VEID/fs"`` -> ``("/vz/private/", "/fs")``; ``None`` where areas are in no common place."""
    match = _AREAS.match(setting)
    return match and match.groups()


def _named(pattern, name):
    match = pattern.fullmatch(name)
    return Ctid(match.group(1)) if match else None
