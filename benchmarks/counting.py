"""
``salt-call``, which notes in a file every program it starts, and each opening of a container's configuration file:
``counting.py FILE ARGUMENTS...``; not with an empty name.

Python itself tells of each (PEP 578), so that nothing is missed that goes past subprocess. Copies of Salt count, too.
"""

import os
import re
import sys
from functools import partial

PLACES = {"subprocess.Popen": 0, "os.posix_spawn": 0, "os.exec": 0, "os.spawn": 1}  # of the program among the arguments
COPIES = ("os.fork", "os.forkpty")
OPENED = ".conf"  # what is noted for a configuration file; no program is called so
_CONFIGURATION = re.compile(r"/vz/conf/[0-9a-f-]+\.conf")


def note(path, event, arguments):
    """Add a line for what is started."""
    if event == "open":
        if not isinstance(arguments[0], str) or not _CONFIGURATION.search(arguments[0]):
            return
        name = OPENED
    elif event in COPIES:
        name = "fork"
    elif event in PLACES:
        name = os.path.basename(os.fsdecode(arguments[PLACES[event]] or arguments[1][0]))
    elif event == "os.system":
        name = "sh"
    else:
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    os.write(descriptor, f"{name}\n".encode())
    os.close(descriptor)


def main():
    """Run salt-call in this process."""
    path = sys.argv.pop(1)
    if path:
        sys.addaudithook(partial(note, path))
    from salt.scripts import salt_call

    sys.argv[0] = "salt-call"
    salt_call()


if __name__ == "__main__":
    main()
