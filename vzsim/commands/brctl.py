"""
``brctl addif`` and ``brctl delif``: the part of bridge-utils that moves a device between bridges.

Messages and exit codes are those of bridge-utils 1.5 (read, not run).
"""

from vzsim.codes import write
from vzsim.node import bridges

FAILED = 1
COMMANDS = {"addif": bridges.addif, "delif": bridges.delif}
HELP = "Usage: brctl [commands]\ncommands:\n" + "".join(f"\t{name:<10}\t<bridge> <device>\n" for name in COMMANDS)


def main(node, words):
    """Run ``brctl`` with the words after its name; the exit status."""
    change = COMMANDS.get(words[0]) if words else None
    if change is None:
        if words:
            write(2, f"never heard of command [{words[0]}]\n")
        write(1, HELP)
        return FAILED
    if len(words) < len(("addif", "BRIDGE", "DEVICE")):
        write(1, f"Incorrect number of arguments for command\nUsage: brctl {words[0]} <bridge> <device>\n")
        return FAILED
    for device in words[2:]:
        complaint = change(node, words[1], device)
        if complaint:
            write(2, complaint + "\n")
            return FAILED
    return 0
