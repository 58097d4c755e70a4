"""
``ip link set``: the part of iproute2 that moves a device between bridges.

Messages and exit codes are those of iproute2 6.1 (run); everything else is refused with ip's
message for invalid arguments.
"""

from vzsim.codes import write
from vzsim.node import bridges

USAGE_ERROR = 255
NO_DEVICE = 1
REFUSED_BY_KERNEL = 2


class Refused(Exception):
    """The program ends with this code; the text goes to standard error."""

    def __init__(self, rc, text):
        super().__init__(text)
        self.rc = rc


def main(node, words):
    """Run ``ip`` with the words after its name; the exit status."""
    try:
        device, bridge = _asked(node, list(words))
        _change(node, device, bridge)
    except Refused as refused:
        write(2, f"{refused}\n")
        return refused.rc
    return 0


def _asked(node, words):
    """``["link", "set", "dev", "veth101.0", "master", "br0"]`` -> ``("veth101.0", "br0")``"""
    if not words:
        raise Refused(USAGE_ERROR, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }")
    if words[0] != "link":
        raise Refused(NO_DEVICE, f'Object "{words[0]}" is unknown, try "ip help".')
    if words[1:2] != ["set"]:
        command = words[1] if len(words) > 1 else ""
        raise Refused(USAGE_ERROR, f'Command "{command}" is unknown, try "ip link help".')
    rest, device, asked, bridge = words[2:], None, False, None
    while rest:
        word = rest.pop(0)
        if word == "nomaster":
            asked, bridge = True, None
        elif word == "master":
            asked, bridge = True, _following(rest)
            if not bridges.is_device(node, bridge):
                raise Refused(USAGE_ERROR, f'Error: argument "{bridge}" is wrong: Device does not exist\n')
        elif device is None:
            device = _following(rest) if word == "dev" else word
        else:
            raise Refused(USAGE_ERROR, f'Error: either "dev" is duplicate, or "{word}" is a garbage.')
    if device is None:
        raise Refused(USAGE_ERROR, 'Not enough information: "dev" argument is required.')
    if not bridges.is_device(node, device):
        raise Refused(NO_DEVICE, f'Cannot find device "{device}"')
    return device, bridge if asked else bridges.master(node, device)


def _following(rest):
    if not rest:
        raise Refused(USAGE_ERROR, 'Command line is not complete. Try option "help"')
    return rest.pop(0)


def _change(node, device, bridge):
    """The kernel removes a device from its bridge before it checks the new one."""
    if bridge == bridges.master(node, device):
        return
    bridges.leave(node, device)
    if bridge is None:
        return
    if not bridges.is_bridge(node, bridge):
        raise Refused(REFUSED_BY_KERNEL, "RTNETLINK answers: Operation not supported")
    if device in bridges.NO_PORTS or bridges.is_bridge(node, device):
        raise Refused(REFUSED_BY_KERNEL, "RTNETLINK answers: Invalid argument")
    bridges.enter(node, device, bridge)
