"""
What containers of a node cannot share of what they have: how addresses and ends of veth pairs are told apart.
"""

ENDS = (("mac", "macs"), ("target", "targets"))  # of a veth pair: attribute -> what containers cannot share


def inside(pair):
    """``10.2.0.1 in br0``: the addresses that a pair has in its bridge or network; none where it is in neither."""
    plugged = pair.bridge or pair.network
    return [f"{host(one)} in {plugged}" for one in pair.addresses or () if plugged]


def storage(disk, area=None):
    """The path of a disk's image or device, where it is known: that of an image in the private area `area`."""
    path = disk.device or disk.image
    if path and not path.startswith("/"):
        return f"{area.rstrip('/')}/{path}" if area else None
    return path


def host(address):
    """An address without its prefix."""
    return address.partition("/")[0]


def beyond(kind, values, others):
    """In their order, not a set's: which conflict is named first must not change from one process to the next."""
    known = set(others)
    return [(kind, one) for one in dict.fromkeys(values) if one not in known]


def ends(pair, other):
    """The MAC, the device on the node and the addresses inside that the one pair has and the other has not."""
    for name, kind in ENDS:
        value = getattr(pair, name) if pair else None
        if value and value != (getattr(other, name) if other else None):
            yield kind, value
    yield from beyond("inside", inside(pair) if pair else (), inside(other) if other else ())
