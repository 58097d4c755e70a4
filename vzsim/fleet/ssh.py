"""
``ssh [options] root@HOST COMMAND`` and ``scp [options] FILE... root@HOST:PATH`` between the nodes of a fleet.

The command goes on if its ssh is killed, as with a real one. Only root can log in, and only with a command.
"""

import os
import shutil

from vzsim.codes import write
from vzsim.fleet import paths, peers, processes, remote

NO_LOGIN = 255
WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw"  # options of ssh(1) that take a value
WITHOUT_VALUE = "46AaCfGgKkMNnqsTtVvXxYyr"
USAGE = "usage: ssh [options] destination [command]\n"


def main(node, words):
    """Run ``ssh``; the exit status of the command, 255 if there is no connection."""
    options, rest = read_options(words)
    if options is None or not rest:
        write(2, USAGE)
        return NO_LOGIN
    user, at, host = rest[0].rpartition("@")
    user = user if at else options.get("-l", "root")
    command = " ".join(rest[1:])
    try:
        there = log_in(node, user, host)
    except peers.Unreachable as problem:
        write(2, f"ssh: {problem}\n" if not str(problem).endswith(").") else f"{problem}\n")
        return NO_LOGIN
    command = paths.translated(command, node.directory, there)
    if not command:
        write(2, "vzsim: ssh runs commands only\n")
        return NO_LOGIN
    stdin = os.open(processes.NOWHERE, os.O_RDONLY) if "-n" in options else 0
    streams = stdin, 1, 2
    pid = processes.start(["sh", "-c", command], lambda: remote.run(there, command), streams, elsewhere=True)
    rc = processes.wait(pid)
    if peers.is_down(there):  # meanwhile: the answer is lost
        write(2, "client_loop: send disconnect: Broken pipe\n")
        return NO_LOGIN
    return rc


def log_in(node, user, host):
    """The directory of the node that answers; raises :class:`vzsim.fleet.peers.Unreachable`."""
    there = peers.find(node.directory, host)
    if user != "root":
        raise peers.Unreachable(f"{user}@{host}: Permission denied (publickey,password).")
    return there


def read_options(words):
    """``["-o", "BatchMode=yes", "root@hn2", "ls"]`` -> ``({"-o": "BatchMode=yes"}, ["root@hn2", "ls"])``"""
    options, words = {}, list(words)
    while words and words[0].startswith("-") and words[0] != "-":
        word = words.pop(0)
        if word == "--":
            break
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter in WITH_VALUE:
                if not letters and not words:
                    return None, []
                options[f"-{letter}"] = letters or words.pop(0)
                letters = ""
            elif letter in WITHOUT_VALUE:
                options[f"-{letter}"] = True
            else:
                return None, []
    return options, words


def scp(node, words):
    """Run ``scp``: files from this node to another one, with their modes; folders only with ``-r``."""
    options, rest = read_options(words)
    if options is None or len(rest) < 2:
        write(2, "usage: scp [options] source ... target\n")
        return 1
    user, at, place = rest[-1].rpartition("@")
    host, _, path = place.partition(":")
    try:
        there = log_in(node, user if at else "root", host)
    except peers.Unreachable as problem:
        write(2, f"ssh: {problem}\n")
        return 1
    target = paths.real(there, paths.translated(path, node.directory, there))
    results = [_copy(paths.real(node.directory, source), target, "-r" in options) for source in rest[:-1]]
    return 1 if False in results else 0


def _copy(source, target, is_deep):
    try:
        if os.path.isdir(source) and not is_deep:
            write(2, f"scp: {source}: not a regular file\n")
            return False
        if os.path.isdir(source):
            shutil.copytree(source, f"{target}/{os.path.basename(source)}", symlinks=True, dirs_exist_ok=True)
            return True
        if not os.path.isdir(target) and target.endswith("/"):
            raise NotADirectoryError(20, "Not a directory", target)
        place = f"{target.rstrip('/')}/{os.path.basename(source)}" if os.path.isdir(target) else target
        is_new = not os.path.exists(place)
        shutil.copyfile(source, place)
        if is_new:
            os.chmod(place, os.stat(source).st_mode & 0o777)
    except OSError as problem:
        write(2, f"scp: {problem.filename2 or problem.filename}: {problem.strerror}\n")
        return False
    return True
