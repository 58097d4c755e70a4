"""
Paths in commands that one node sends to another: those of a node and real ones.
"""

import re

# Places that a node has below its directory. What else an absolute path names is the machine's own.
OWN = r"(?:etc/vz|etc/init\.d|etc/sysconfig|proc/vz|proc/cpt|proc/rst|sys/module|sys/class/net|vz|var/tmp|var/log|srv)"
OWN_PATH = re.compile(rf"/{OWN}(?=/|$)")
IN_TEXT = re.compile(rf"(?<![\w./$}}-])/{OWN}(?=[/\s;&|\"')]|$)")


def real(directory, path):
    """``real("/srv/f/hn2", "/vz/private/101")`` -> ``"/srv/f/hn2/vz/private/101"``; other paths stay."""
    if path.startswith(directory + "/") or not OWN_PATH.match(path):
        return path
    return directory + path


def real_text(directory, text):
    """The same for all paths in a line of the shell."""
    return IN_TEXT.sub(lambda found: directory + found.group(), text)


def translated(text, here, there):
    """A path or command of the node ``here``, for the node ``there``."""
    return text.replace(f"{here}/", f"{there}/") if here != there else text
