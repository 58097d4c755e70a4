"""
Paths inside a container: its private area is "/", and nothing leads out of it.

A symbolic link is followed as the container would, ``..`` stops at the top. Programs
run inside in :mod:`vzsim.guest`.
"""

import errno
import os

LINKS_AT_MOST = 40


def resolve(root, cwd, path, follow=True):
    """``("/srv/n1/vz/private/101", "/etc", "../tmp/x")`` -> ``/srv/n1/vz/private/101/tmp/x``"""
    pending = _split(path) if path.startswith("/") else _split(cwd) + _split(path)
    done, links = [], 0
    while pending:
        part = pending.pop(0)
        if part == "..":
            done = done[:-1]
            continue
        place = "/".join([root, *done, part])
        if (pending or follow) and os.path.islink(place):
            links += 1
            if links > LINKS_AT_MOST:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            target = os.readlink(place)
            done = [] if target.startswith("/") else done
            pending = _split(target) + pending
            continue
        done.append(part)
    return "/".join([root, *done])


def _split(path):
    return [part for part in path.split("/") if part not in ("", ".")]
