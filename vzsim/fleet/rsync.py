"""
``rsync [options] SRC/ root@HOST:DST/``: a tree from one node to another, or between two folders of one node.

Owners, modes, times, links, hard links, devices and extended attributes are kept as the options say; the receiving
end is a process of the other node. See ``rsync(1)``; messages are those of 3.5.
"""

import os

from vzsim import programs
from vzsim.codes import write
from vzsim.fleet import paths, peers, processes, trees
from vzsim.ploop import images

VERSION = "3.5.0"
SYNTAX, PARTIAL, STREAM, LOST = 1, 23, 12, 255
ARCHIVE = "rlptgoD"
LETTERS = "rlptgoDHAXSvqnzihuxWcPEUN"  # the rest does nothing here
SAID = {
    SYNTAX: "syntax or usage error",
    STREAM: "error in rsync protocol data stream",
    PARTIAL: "some files/attrs were not transferred (see previous errors)",
    LOST: "unexplained error",
}
SWITCHES = {
    "archive": "a", "recursive": "r", "links": "l", "perms": "p", "times": "t", "group": "g", "owner": "o",
    "hard-links": "H", "acls": "A", "xattrs": "X", "sparse": "S", "verbose": "v", "quiet": "q", "dry-run": "n",
    "itemize-changes": "i", "checksum": "c", "whole-file": "W", "one-file-system": "x", "compress": "z",
    "devices": "D", "specials": "D", "human-readable": "h", "update": "u",
    "delete": "delete", "delete-before": "delete", "delete-during": "delete", "delete-after": "delete",
    "delete-delay": "delete", "delete-excluded": "delete-excluded", "numeric-ids": "", "inplace": "", "partial": "",
    "stats": "", "progress": "", "no-inc-recursive": "", "fsync": "", "protect-args": "", "secluded-args": "",
    "old-args": "", "fake-super": "",
}  # fmt: skip
WITH_VALUE = ("rsh", "exclude", "bwlimit", "timeout", "contimeout", "rsync-path", "partial-dir", "chmod", "info",
              "out-format", "log-file", "max-size", "block-size", "temp-dir")  # fmt: skip


class Misused(Exception):
    """Options that rsync does not know."""


def main(node, words):
    """Run ``rsync``; the exit status."""
    try:
        given, excluded, rest = read_options(words)
        if len(rest) != 2:
            raise Misused("vzsim: rsync takes one source and one target")
        return _transfer(node, given, excluded, *rest, words)
    except Misused as problem:
        write(2, f"rsync: {problem}\n{complaint(SYNTAX)}")
        return SYNTAX
    except peers.Unreachable as problem:
        write(2, f"ssh: {problem}\n{broken_off(LOST)}")
        return LOST


def read_options(words):
    """``(["-aHX", "--delete", "A/", "B/"])`` -> the switches, the patterns left out, the other words."""
    given, excluded, rest, words = set(), [], [], list(words)
    while words:
        word = words.pop(0)
        if word.startswith("--") and len(word) > 2:
            _read_long(word[2:], words, given, excluded)
        elif word.startswith("-") and len(word) > 1 and word != "--":
            _read_letters(word[1:], words, given)
        elif word != "--":
            rest.append(word)
    return given, excluded, rest


def _read_long(text, words, given, excluded):
    name, equals, value = text.partition("=")
    if name in WITH_VALUE:
        if not equals and not words:
            raise Misused(f"--{name}: missing argument")
        value = value if equals else words.pop(0)
        if name == "exclude":
            excluded.append(value)
        return
    if name not in SWITCHES or equals:
        raise Misused(f"--{text}: unknown option")
    given.update(ARCHIVE if SWITCHES[name] == "a" else [SWITCHES[name]])


def _read_letters(letters, words, given):
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter == "a":
            given.update(ARCHIVE)
        elif letter == "e":
            if not letters and not words:
                raise Misused("-e: missing argument")
            letters = "" if letters or words.pop(0) else ""
        elif letter in LETTERS:
            given.add(letter)
        else:
            raise Misused(f"-{letter}: unknown option")


def _transfer(node, given, excluded, source, target, words):
    """One end may be another node; the copying is done by the receiving end, a process of that node."""
    here, there = node.directory, node.directory
    host, path = _remote(source)
    if host:
        here, source = peers.find(node.directory, host), path
        source = paths.translated(source, node.directory, here)
    host, path = _remote(target)
    if host:
        there, target = peers.find(node.directory, host), path
        target = paths.translated(target, node.directory, there)
    source, target = seen_at(here, paths.real(here, source)), seen_at(there, paths.real(there, target))
    sender = os.getpid()

    def is_cut():
        return os.getppid() != sender or peers.is_down(here) or peers.is_down(there)

    def receive():
        with programs.shown(there):
            return trees.Copy(given, excluded, is_cut).run(source, target)

    server = ["rsync", "--server", *[word for word in words[:-2] if word.startswith("--")], ".", target]
    rc = processes.wait(processes.start(server, receive, elsewhere=True))
    if rc == trees.CUT:
        write(2, broken_off(STREAM))
        return STREAM
    if rc and rc < 128:
        write(2, complaint(rc))
        return rc
    if rc:
        write(2, broken_off(STREAM))
        return STREAM
    return 0


def seen_at(directory, path):
    """Where the files are that are seen at a path below a mounted container's root: in its area, or in its image."""
    node = programs.node_at(directory)
    for ctid, area in node.mounts().items():
        root = f"{directory}/vz/root/{ctid}"
        if f"{path}/".startswith(f"{root}/"):
            place = images.content(f"{node.path(area)}/root.hdd")
            return (place if os.path.isdir(place) else node.path(area)) + path[len(root) :]
    return path


def _remote(word):
    """``"root@hn2:/vz"`` -> ``("hn2", "/vz")``; ``("", "/vz")`` for a path of this node."""
    place, colon, path = word.partition(":")
    if not colon or "/" in place:
        return "", word
    user, at, host = place.rpartition("@")
    if at and user != "root":
        raise peers.Unreachable(f"{user}@{host}: Permission denied (publickey,password).")
    return host, path


def complaint(rc, place="main.c", end=f"[sender={VERSION}]"):
    """The last line of a run that ends with this exit code."""
    if rc == trees.VANISHED:
        text = "rsync warning: some files vanished before they could be transferred"
    else:
        text = f"rsync error: {SAID.get(rc, 'unexplained error')}"
    return f"{text} (code {rc}) at {place} {end}\n"


def broken_off(rc):
    """What rsync says when the other end is gone, or ended with this exit code."""
    gone = "rsync: connection unexpectedly closed (0 bytes received so far) [sender]\n"
    return gone + complaint(rc, "io.c(285)")
