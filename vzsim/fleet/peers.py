"""
Who reaches whom: ``fleet.json`` in each node of a fleet, ``{"name": "hn1", "nodes": {"hn1": "/srv/f/hn1", ...}}``.

A node is down if the directory of the fleet says so in ``down.json``: nobody can log in there, and it reaches nobody.
Its own programs go on, as on a node whose network is cut off.
"""

import os

from vzsim.files import read_json, write_json

FILE = "fleet.json"
DOWN = "down.json"  # in the directory of the fleet: the names of nodes that do not answer
LOCAL = ("localhost", "127.0.0.1", "::1")


class Unreachable(Exception):
    """No login there; the text is the one of ssh, without its name."""


def write(directory, name, nodes):
    """Write one node's fleet.json; ``nodes`` maps all names to directories."""
    write_json(f"{directory}/{FILE}", {"name": name, "nodes": nodes})


def read(directory):
    """``("hn1", {"hn1": "/srv/f/hn1", "hn2": "/srv/f/hn2"})``; ``(None, {})`` for a node of no fleet."""
    said = read_json(f"{directory}/{FILE}", {})
    return said.get("name"), said.get("nodes", {})


def find(directory, host):
    """The directory of the node that ``host`` means for the node in ``directory``; raises `Unreachable`."""
    name, nodes = read(directory)
    host = name if host in LOCAL and name else host
    if host not in nodes:
        raise Unreachable(f"Could not resolve hostname {host}: Name or service not known")
    place = nodes[host]
    if is_down(directory) and place != directory:
        raise Unreachable(f"connect to host {host} port 22: Network is unreachable")
    if is_down(place) or not os.path.isdir(place):
        raise Unreachable(no_route(host))
    return place


def is_down(directory):
    """Whether nobody can log in to the node in a directory."""
    return os.path.basename(directory) in down(os.path.dirname(directory))


def no_route(host):
    return f"connect to host {host} port 22: No route to host"


def down(fleet):
    """The names of the nodes that are down."""
    return read_json(f"{fleet}/{DOWN}", [])


def set_down(fleet, names):
    write_json(f"{fleet}/{DOWN}", sorted(names))
