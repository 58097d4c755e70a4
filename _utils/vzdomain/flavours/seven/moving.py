"""
vzmigrate of Virtuozzo 7 to 9 (read in OpenVZ/vzmigrate 7.0.152, not run).

It talks to vzmdest on the other node by ssh. After a failure both sides put things back; one that is killed, or whose
last answer is lost (21, 22), says nothing of the other node: that is looked at.
"""

import re

CHECKED = (0,)  # its man page says 104, its code 0
DONE = (0,)
SCRIPTS = ()  # they are in the private area
HELPERS = frozenset("vzmigrate vzmsrc vzmdest pmigrate.c2c ssh tar rsync p.haul p.haul-service vzctl rm ploop".split())
IN_AREA = True
_COPY = ".migrated"
# p.haul, or vzmdest, starts the container on the other node, and no line says so: once copying has begun, either may.
_START_LINES = re.compile("migration stage started|copy CT private|Starting container")
_SENTENCES = {
    0: "it says that it is done",
    1: "it was called wrongly, or cannot do this kind of move",
    2: "a system call failed",
    3: "the container is locked",
    4: "root cannot log in to the other node, or that node is not there",
    6: "copying failed",
    7: "the container could not be mounted or started",
    9: "the other node has this container, or its private area",
    11: "its mount script failed",
    13: "it has a mount script",
    21: "the connection to the other node broke",
    22: "the other node did not answer in time",
    25: "it was stopped by a signal",
    26: "the two nodes do not speak the same protocol",
    31: "the other node has not enough space on its disk",
    32: "the other node lacks technologies that the container uses",
    33: "the other node has other classes of network rates",
    34: "source and destination are the same",
    36: "it has bind mounts",
    37: "the layout of its private area is not supported",
    43: "libvzctl failed",
    45: "the other node has a container of that name",
    46: "on shared storage the private area must stay where it is",
    48: "the other node is too old for a live move",
    50: "the other node refused",
    58: "ploop failed",
    73: "p.haul failed: look at /var/log/phaul.log",
    74: "it has a backup attached",
}


def words(ctid, host, online=False, dry=False):
    """``-r no --online hn2 7d1a...``: the old copy is kept, and no check is left out."""
    return [*(["--dry-run"] if dry else []), "-r", "no", *(["--online"] if online else []), host, str(ctid)]


def start_sent(log):
    """Whether it has come to the start on the other node."""
    return bool(_START_LINES.search(log))


def touched(log):
    """Its checks send the configuration file already."""
    return True


def thaw(ctid, log):
    """One that is frozen is paused, and a start lets it go on."""
    return


def sentence(code):
    """What an exit code means; of one that is not known that it is not."""
    return _SENTENCES.get(code, "this code is not known")


def copies(conf, area):
    """There is no file beside the area, which is called ``AREA.migrated``."""
    return None, area + _COPY


def risks(text, ctid):
    """It reads the file as vzctl does: nothing in it is obeyed."""
    return ()
