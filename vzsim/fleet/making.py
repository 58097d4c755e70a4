"""
``vzsim fleet DIR``: make nodes that reach each other, mend the paths of a fleet that was moved, take nodes down.
"""

import os

from vzsim import making, programs
from vzsim.files import read_json
from vzsim.fleet import peers
from vzsim.making import Refused


def make(fleet, names, families, release=None, templates=(), networks=None, vswap=True):
    """
    Make the nodes that are missing; ``families`` is one for all or one for each name.

    Returns the names of the new ones. A name that is there already stays as it is.
    """
    fleet = os.path.realpath(fleet)
    families = list(families) * len(names) if len(families) == 1 else list(families)
    if len(families) != len(names):
        raise Refused(f"{len(names)} nodes, but {len(families)} families")
    for word, given in (("release", release), ("network", networks)):
        if given and programs.SEVEN not in families:
            raise Refused(f"--{word} goes with --family {programs.SEVEN} only")
    fresh = []
    for name, family in zip(names, families, strict=True):
        if os.path.exists(f"{fleet}/{name}/{programs.MARK}"):
            continue
        more = {"release": release, "networks": networks} if family == programs.SEVEN else {}
        making.init(f"{fleet}/{name}", vswap, templates, family, **more)
        fresh.append(name)
    mend(fleet)
    return fresh


def mend(fleet):
    """Tell every node where all of them are, after correcting the paths of those that were moved; their names."""
    fleet = os.path.realpath(fleet)
    names = nodes(fleet)
    if not names:
        raise Refused(f"{fleet} has no nodes; make some: vzsim fleet {fleet} --nodes hn1,hn2")
    places = {name: f"{fleet}/{name}" for name in names}
    for place in places.values():
        mark = read_json(f"{place}/{programs.MARK}", {})
        if mark["directory"] != place:
            making.renew(place, mark)
    for name, place in places.items():
        peers.write(place, name, places)
        making.write_snippet(place, ssh_host=name)
    return names


def nodes(fleet):
    """The names of the nodes in a directory."""
    if not os.path.isdir(fleet):
        return []
    return sorted(name for name in os.listdir(fleet) if os.path.isfile(f"{fleet}/{name}/{programs.MARK}"))


def switch(fleet, down, up, others=()):
    """Nodes that nobody can log in to from now on, and those to which one can again; ``others`` must be there too."""
    fleet = os.path.realpath(fleet)
    known = nodes(fleet)
    for name in (*down, *up, *others):
        if name not in known:
            raise Refused(f"{fleet} has no node {name}; it has {', '.join(known) or 'none'}")
    peers.set_down(fleet, (set(peers.down(fleet)) | set(down)) - set(up))
