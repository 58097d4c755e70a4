"""
What documents of libvirt's Virtuozzo driver have beside the rest: ``<domain type='vz'>`` and, of old, ``'parallels'``.

Read in libvirt's sources (src/vz/vz_sdk.c, versions 1.2 to 9), not run: what it prints of a container, and what it
refuses to define. A value that it would refuse goes into ``<metadata>``, which it passes over.
"""

from ..reader import Shape

TYPES = ("vz", "parallels")
ROUTED = ("host-routed", "Routed")  # the network that venet0 is in to it; the second until libvirt 1.3
# Devices that it prints of containers too, and vzctl has nothing for.
IDLE = "graphics video input console serial controller memballoon channel"
_LINK = Shape(attributes="state")


def is_vz(reader):
    """Whether the document is one of that driver."""
    return reader.root.get("type") in TYPES


def warn_of_idle(reader, parts):
    """A warning for each device that a container of vzctl cannot have."""
    for tag in IDLE.split():
        for element in parts.get(tag, ()):
            reader.warn(element, "has no effect: containers of vzctl have no such device")


def is_routed(element):
    """Whether an ``<interface type='network'>`` stands for venet0, which has the routed addresses."""
    source = element.find("source")
    if source is None or source.get("network") not in ROUTED:
        return False
    return next(element.iterancestors("domain")).get("type") in TYPES


def parse_pair(reader, element, parts, values):
    """What such an ``<interface>`` says beside libvirt's usual: whether it is up, and its MAC filter."""
    if "link" in parts:
        state = reader.only(parts["link"], _LINK)
        if state != "up":
            raise reader.error(parts["link"], f"vzctl cannot take an interface {state!r}; leave it out", "state")
    trusted = element.get("trustGuestRxFilters")
    if trusted is not None:
        if trusted not in ("yes", "no"):
            raise reader.error(element, f"{trusted!r} is neither yes nor no", "trustGuestRxFilters")
        values["mac_filter"] = trusted == "yes"  # the driver has it that way round
        reader.means(element, "interfaces.mac_filter")
