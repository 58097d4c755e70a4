"""``vzmigrate [options] [USER@]HOST CT[:DST[:AREA[:ROOT]]]...`` and ``vzmlocal``: their command lines and signals."""

import os
import signal

from vzsim.codes import write
from vzsim.fleet import peers
from vzsim.fleet.calls import Calls
from vzsim.fleet.seven import failures, options
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.seven import ids

SIGNALS = (signal.SIGTERM, signal.SIGINT)
SEVERAL = 255  # the code of a run with several containers if one fails


def main(node, words):
    """Run ``vzmigrate``; the exit status."""
    try:
        given = options.read(node, words)
        if given.host in peers.LOCAL:
            return _locally(node, given)
        if given.host not in peers.read(node.directory)[1]:
            raise MoveFailed(failures.USAGE, f"Can not resolve {given.host}: Name or service not known")
    except MoveFailed as failure:
        return _refuse(failure, options.USAGE)
    from vzsim.fleet.seven import source

    return _move(node, "vzmigrate", words, given, source.Departure)


def local(node, words):
    """Run ``vzmlocal``; the exit status."""
    try:
        given = options.read_local(words)
    except MoveFailed as failure:
        return _refuse(failure, options.LOCAL_USAGE)
    return _move_here(node, words, given)


def _locally(node, given):
    """To this node itself: that is a task for vzmlocal."""
    if given.values.get("removes") or given.skipped:
        raise options.Misused
    words = [":".join(part or "" for part in entry).rstrip(":") for entry in given.entries]
    return _move_here(node, words, given)


def _move_here(node, words, given):
    from vzsim.fleet.seven import local as moving

    return _move(node, "vzmlocal", words, given, moving.Local)


def _refuse(failure, usage):
    if failure.text:
        write(2, failure.text + "\n")
    if isinstance(failure, options.Misused):
        write(2, usage)
    return failure.rc


def _move(node, program, words, given, kind):
    if node.vz_conf is None:
        write(2, f"Can't read global config file {node.strip(node.vz_conf_path)}\n")
        return failures.SYSTEM
    calls = Calls(node, program, words)
    _listen()
    for entry in given.entries:
        rc = _one(node, calls, given, entry, kind)
        if rc:
            return rc if len(given.entries) == 1 else SEVERAL
    return 0


def _one(node, calls, given, entry, kind):
    found = ids.ctid_of_name(node, entry[0]) or ids.read_ctid(entry[0])
    if found is None:
        write(2, f"Invalid source CT name specified: {entry[0]}\n")
        return failures.SYSTEM
    try:
        kind(node, calls, given, [found, *entry[1:]]).run()
    except MoveFailed as failure:
        return failure.rc
    except failures.Terminated:
        return failures.TERMINATED
    return 0


def _listen():
    """A signal ends what runs for this program, and then itself with 25, after it has taken back what it did."""
    owner = os.getpid()

    def end(number, _):
        if os.getpid() != owner:  # a child in which Python runs goes like any other program
            os._exit(128 + number)
        ignore_signals()
        os.killpg(0, signal.SIGTERM)
        raise failures.Terminated

    if os.getpgrp() != owner:
        os.setpgid(0, 0)
    for number in SIGNALS:
        signal.signal(number, end)


def ignore_signals():
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
