"""
Paths in commands that one node sends to another: those of a node and real ones.

Below the mount point of a mounted container is what its private area has, or its image.
"""

import os
import re

from vzsim.files import read_json
from vzsim.ploop import images

# Places that a node has below its directory. What else an absolute path names is the machine's own.
OWN = r"(?:etc/vz|etc/init\.d|etc/sysconfig|proc/vz|proc/cpt|proc/rst|sys/module|sys/class/net|vz|var/tmp|var/log|srv)"
OWN_PATH = re.compile(rf"/{OWN}(?=/|$)")
IN_TEXT = re.compile(rf"(?<![\w./$}}-])/{OWN}(?=[/\s;&|\"')]|$)")


def real(directory, path):
    """``real("/srv/f/hn2", "/vz/private/101")`` -> ``"/srv/f/hn2/vz/private/101"``; other paths stay."""
    if not path.startswith(directory + "/"):
        if path and not path.strip("/"):
            return directory + "/"
        if not OWN_PATH.match(path):
            return path
        path = directory + path
    return _mounted(directory, path)


def real_text(directory, text):
    """The same for all paths in a line of the shell."""
    return _mounted(directory, IN_TEXT.sub(lambda found: directory + found.group(), text))


def _mounted(directory, text):
    """Paths of what is in mounted containers; their mount points themselves only where something below is meant."""
    for ctid, area in read_json(f"{directory}/proc/vz/mounts.json", {}).items():
        place = area if area.startswith(directory + "/") else directory + area
        image = f"{place}/root.hdd"
        place = images.content(image) if images.is_image(image) else place
        text = text.replace(f"{directory}/vz/root/{ctid}/", f"{place}/")
    return text


def mount_points(directory):
    """The real places of mount points that are in use: ``{"/srv/f/hn2/vz/root/101": "/srv/f/hn2/vz/private/101"}``"""
    points = [f"{directory}/vz/root/{ctid}" for ctid in read_json(f"{directory}/proc/vz/mounts.json", {})]
    return {os.path.realpath(point): _mounted(directory, f"{point}/").rstrip("/") for point in points}


def translated(text, here, there):
    """A path or command of the node ``here``, for the node ``there``."""
    return text.replace(f"{here}/", f"{there}/") if here != there else text
