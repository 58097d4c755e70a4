"""
How long commands of vzctl take: invented, to measure what waits for what.

vzsim unpacks a template of a few files and asks no kernel, so it is much faster than vzctl on disks. The seconds for
each command are in the node's latency.json; the command sleeps that long with the container locked.
"""

import math
import time

from vzsim.files import read_json, write_json

FILE = "/latency.json"
HELPER = "vzlist"  # not a command of vzctl: what vzlist of vzctl 8 and 9 spends on each container it lists


def parse(text, commands):
    """``parse("create=1.5,set=0.005", COMMANDS)`` -> ``{"create": 1.5, "set": 0.005}``; ValueError for nonsense."""
    found = {}
    for part in text.split(","):
        command, _, said = part.strip().partition("=")
        if command not in commands:
            raise ValueError(f"{command!r} is not a vzctl command")
        found[command] = _seconds(said)
    return found


def _seconds(text):
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise ValueError(f"{text!r} is not a number of seconds")
    return seconds


def write(node, seconds):
    """Set how long commands of this node take: ``{"create": 1.5}``; others are not delayed."""
    write_json(node.path(FILE), seconds)


def wait(node, command, times=1):
    """Sleep as long as the command should take, ``times`` over."""
    time.sleep(read_json(node.path(FILE), {}).get(command, 0) * times)
