"""
What ``ssh`` runs on a node: its own programs as forks, ``rm`` with a look at what is mounted, all else by ``/bin/sh``.

Paths of the node in a command are made real ones, and its programs come first on the PATH.
"""

import contextlib
import os
import re
import shlex

from vzsim import programs
from vzsim.codes import write
from vzsim.fleet import paths, processes

SHELL = "/bin/sh"
TEMPORARY = ("/tmp/", "/dev/shm/")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NEEDS_SHELL = re.compile(r"[;|&<>`$()*?\[\]{}~\n#=]")
TO_NOWHERE = re.compile(r"(?<!\s)\s*>\s*/dev/null\s*$")


def run(directory, command):
    """Run a line of the shell on the node in a directory; its exit status. This process becomes that of the command."""
    os.environ.pop("VZSIM_UID", None)
    os.chdir(directory)
    parts = [_parsed(directory, part) for part in command.split(" && ")]
    if None in parts:
        return _shell(directory, command)
    rc = 0
    for words, is_silent in parts:
        with _silent() if is_silent else contextlib.nullcontext():
            rc = _simple(directory, words)
        if rc:
            break
    return rc


def _parsed(directory, line):
    """The words of a command that needs no shell, and whether its output goes to /dev/null; else ``None``."""
    is_silent = bool(TO_NOWHERE.search(line))
    line = TO_NOWHERE.sub("", line)
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if not words or NEEDS_SHELL.search(_unquoted(line)):
        return None
    return words, is_silent


def _simple(directory, words):
    is_own = words[0] in programs.programs_of(directory)
    processes.retitle([f"{directory}/bin/{words[0]}", *words[1:]] if is_own else words, keeps_environment=False)
    if is_own:
        return programs.main(words[0], directory, words[1:])
    if words[0] in ("rm", "/bin/rm"):
        return remove(directory, words[1:])
    return _shell(directory, shlex.join(words))


def _unquoted(line):
    """What of a line is in no quotes."""
    return re.sub(r"'[^']*'|\"[^\"$`]*\"", "", line)


@contextlib.contextmanager
def _silent():
    kept, nowhere = os.dup(1), os.open(processes.NOWHERE, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _shell(directory, line):
    environment = {**os.environ, "PATH": f"{directory}/bin:{PATH}"}
    pid = os.posix_spawn(SHELL, ["sh", "-c", paths.real_text(directory, line)], environment)
    with programs.shown(directory):
        return processes.wait(pid)


def remove(directory, words):
    """``rm [-r] [-f] PATH...``: what is in a mounted area goes, its mount point stays and is busy."""
    flags = "".join(word[1:] for word in words if word.startswith("-"))
    rc = 0
    for path in (paths.real(directory, word) for word in words if not word.startswith("-")):
        try:
            _remove(directory, path, "r" in flags or "R" in flags)
        except FileNotFoundError as problem:
            if "f" not in flags:
                write(2, f"rm: cannot remove '{path}': {problem.strerror}\n")
                rc = 1
        except OSError as problem:
            write(2, f"rm: cannot remove '{path}': {problem.strerror}\n")
            rc = 1
    return rc


def _is_own(directory, path):
    """Whether a path is one of the fleet, or of temporary files: nothing else of the machine is removed."""
    return os.path.normpath(path).startswith((os.path.dirname(directory) + "/", *TEMPORARY))


def _remove(directory, path, is_deep):
    if os.path.normpath(path) == directory:
        raise OSError(16, "It is dangerous to operate recursively on '/'", path)
    if not _is_own(directory, path):
        raise OSError(30, "Read-only file system", path)
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    if not is_deep:
        raise IsADirectoryError(21, "Is a directory", path)
    import shutil

    mounted = paths.mount_points(directory).get(os.path.realpath(path))
    if mounted:
        _empty(mounted)
        raise OSError(16, "Device or resource busy", path)
    shutil.rmtree(path)


def _empty(area):
    """Removing a mount point first removes what is seen in it."""
    import shutil

    with contextlib.suppress(FileNotFoundError):
        for entry in os.scandir(area):
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
