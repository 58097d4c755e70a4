"""Which files a private area of vzctl 7 to 9 has, besides its images."""

import contextlib
import os

from vzsim.seven.node import LAYOUT

FILE = ".ve.layout"  # a link whose target is the number
OLDEST = 4
DIRECTORIES = ("dump", "fs", "root.hdd", "scripts")


def number(area):
    """The layout of an area; 0 if it does not say."""
    try:
        return int(os.readlink(f"{area}/{FILE}"))
    except (OSError, ValueError):
        return 0


def is_new(area):
    """Whether the area can be registered."""
    return number(area) >= OLDEST


def make(area):
    """Make the directories and the layout of a new area."""
    for name in DIRECTORIES:
        os.makedirs(f"{area}/{name}", exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.symlink(LAYOUT, f"{area}/{FILE}")
