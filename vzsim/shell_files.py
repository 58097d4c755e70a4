"""
Files as the commands of the container's shell see and change them.

Each command is a function of the shell and its words; it returns the status.
"""

import errno
import os
import shutil
import stat
import time

from vzsim import jail

# What a program in the container may read of the kernel.
PROC = {
    "/proc/1/comm": "init\n",
    "/proc/1/cmdline": "init\0",
    "/proc/loadavg": "0.00 0.00 0.00 1/2 2\n",
    "/proc/uptime": "0.00 0.00\n",
    "/proc/mounts": "/dev/simfs / simfs rw,relatime 0 0\n",
    "/dev/null": "",
}


def place(shell, path, follow=True):
    """The real place of a path as the container names it."""
    return jail.resolve(shell.root, shell.cwd, path, follow)


def content(shell, path):
    """The text of a file in the container."""
    if path in PROC:
        return PROC[path]
    with open(place(shell, path), encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def failure(shell, name, message, status=1):
    """Complain as the command ``name``."""
    shell.streams[2].write(f"{name}: {message}\n")
    return status


def options(argv, with_value=""):
    """``["ls", "-la", "/tmp"]`` -> ``({"l": "", "a": ""}, ["/tmp"])``"""
    found, words, rest = {}, [], list(argv[1:])
    while rest:
        word = rest.pop(0)
        if word == "--":
            words += rest
            break
        if word.startswith("-") and word != "-":
            _option_letters(word[1:], rest, with_value, found)
        else:
            words.append(word)
    return found, words


def _option_letters(letters, rest, with_value, found):
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in with_value:
            found[letter] = letters or (rest.pop(0) if rest else "")
            return
        found[letter] = ""


def _reason(problem):
    return os.strerror(problem.errno) if problem.errno else str(problem)


# looking


def ls(shell, argv):
    """``ls [-1aAdl] [path ...]``"""
    flags, paths = options(argv)
    status, files, directories = 0, [], []
    for path in paths or ["."]:
        there = place(shell, path, follow=not ("l" in flags or "d" in flags))
        if path in PROC and not os.path.lexists(there):
            files.append((path, None))
        elif not os.path.lexists(there):
            status = failure(shell, "ls", f"{path}: No such file or directory")
        elif os.path.isdir(there) and "d" not in flags:
            directories.append((path, there))
        else:
            files.append((path, there))
    _print_entries(shell, files, flags)
    for number, (path, there) in enumerate(directories):
        if len(paths) > 1:
            shell.streams[1].write(("\n" if number or files else "") + f"{path}:\n")
        _print_entries(shell, [(name, f"{there}/{name}") for name in _visible(there, flags)], flags)
    return status


def _visible(directory, flags):
    names = sorted(os.listdir(directory))
    if "a" in flags:
        return [".", "..", *names]
    return names if "A" in flags else [name for name in names if not name.startswith(".")]


def _print_entries(shell, entries, flags):
    for name, there in entries:
        shell.streams[1].write((_long(name, there) if "l" in flags and there else name) + "\n")


def _long(name, there):
    """Everything belongs to root: who runs the simulation has no meaning inside."""
    found = os.lstat(there)
    when = time.strftime("%b %e %H:%M", time.gmtime(found.st_mtime))
    arrow = f" -> {os.readlink(there)}" if stat.S_ISLNK(found.st_mode) else ""
    return f"{stat.filemode(found.st_mode)} {found.st_nlink:4} root     root     {found.st_size:9} {when} {name}{arrow}"


def readlink(shell, argv):
    """``readlink path``"""
    _, paths = options(argv)
    try:
        shell.streams[1].write(os.readlink(place(shell, paths[0], follow=False)) + "\n")
    except (OSError, IndexError):
        return 1
    return 0


def which(shell, argv):
    """``which name ...``"""
    status = 0
    for name in argv[1:]:
        try:
            found = shell.find(name)
        except OSError:
            found = None
        if found is None:
            status = 1
        else:
            shell.streams[1].write((jail.inside(shell.root, found) if found.startswith("/") else f"/bin/{name}") + "\n")
    return status


# changing


def mkdir(shell, argv):
    """``mkdir [-p] path ...``"""
    flags, paths = options(argv, with_value="m")
    return _each(shell, "mkdir", paths, _mkdir, flags, "can't create directory '{}': {}")


def _mkdir(there, flags):
    if "p" in flags:
        os.makedirs(there, exist_ok=True)
    else:
        os.mkdir(there)


def rmdir(shell, argv):
    """``rmdir path ...``"""
    flags, paths = options(argv)
    return _each(shell, "rmdir", paths, _rmdir, flags, "'{}': {}")


def _rmdir(there, flags):
    os.rmdir(there)


def touch(shell, argv):
    """``touch path ...``"""
    flags, paths = options(argv)
    return _each(shell, "touch", paths, _touch, flags, "{}: {}")


def _touch(there, flags):
    with open(there, "ab"):
        os.utime(there)


def rm(shell, argv):
    """``rm [-rf] path ...``"""
    flags, paths = options(argv)
    return _each(shell, "rm", paths, _rm, flags, "can't remove '{}': {}", follow=False)


def _rm(there, flags):
    if "f" in flags and not os.path.lexists(there):
        return
    if os.path.isdir(there) and not os.path.islink(there):
        if not ("r" in flags or "R" in flags):
            raise IsADirectoryError(errno.EISDIR, "is a directory")
        shutil.rmtree(there)
    else:
        os.unlink(there)


def chmod(shell, argv):
    """``chmod 640 path ...``; only numbers"""
    flags, words = options(argv)
    if len(words) < 2 or not words[0].isdecimal():
        return failure(shell, "chmod", f"invalid mode '{words[0] if words else ''}'")
    flags["mode"] = words[0]
    return _each(shell, "chmod", words[1:], _chmod, flags, "{}: {}")


def _chmod(there, flags):
    os.chmod(there, int(flags["mode"], 8))


def chown(shell, argv):
    """``chown user path ...``: everything belongs to root and stays so."""
    flags, words = options(argv)
    return _each(shell, argv[0], words[1:], _exists, flags, "{}: {}")


def _exists(there, flags):
    os.lstat(there)


def _each(shell, name, paths, action, flags, message, follow=True):
    status = 0
    for path in paths:
        try:
            action(place(shell, path, follow), flags)
        except OSError as problem:
            reason = problem.strerror if problem.strerror == "is a directory" else _reason(problem)
            status = failure(shell, name, message.format(path, reason))
    return status


def cp(shell, argv):
    """``cp [-ra] from ... to``"""
    flags, paths = options(argv)
    return _into(shell, "cp", paths, _cp, flags, "can't stat")


def _cp(source, target, flags):
    if os.path.isdir(source):
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy(source, target)


def mv(shell, argv):
    """``mv from ... to``"""
    flags, paths = options(argv)
    return _into(shell, "mv", paths, _mv, flags, "can't rename")


def _mv(source, target, flags):
    os.rename(source, target)


def _into(shell, name, paths, action, flags, message):
    if len(paths) < 2:
        return failure(shell, name, "missing file operand")
    *sources, target = paths
    there, status = place(shell, target), 0
    for path in sources:
        source = place(shell, path, follow=name == "cp")
        if not os.path.lexists(source):
            status = failure(shell, name, f"{message} '{path}': No such file or directory")
            continue
        try:
            within = os.path.isdir(there)  # a link of that name in it must not lead out either
            action(
                source, place(shell, f"{target}/{os.path.basename(source)}", name == "cp") if within else there, flags
            )
        except OSError as problem:
            status = failure(shell, name, f"can't create '{target}': {_reason(problem)}")
    return status


def ln(shell, argv):
    """``ln [-sf] target name``"""
    flags, paths = options(argv)
    if len(paths) != 2:
        return failure(shell, "ln", "missing file operand")
    target, name = paths
    there = place(shell, name, follow=False)
    if os.path.isdir(place(shell, name)):
        there = f"{place(shell, name)}/{os.path.basename(target)}"
    try:
        if "f" in flags and os.path.lexists(there):
            os.unlink(there)
        if "s" in flags:
            os.symlink(target, there)
        else:
            os.link(place(shell, target), there)
    except OSError as problem:
        return failure(shell, "ln", f"{name}: {_reason(problem)}")
    return 0


COMMANDS = {
    "ls": ls,
    "readlink": readlink,
    "which": which,
    "mkdir": mkdir,
    "rmdir": rmdir,
    "touch": touch,
    "rm": rm,
    "chmod": chmod,
    "chown": chown,
    "chgrp": chown,
    "cp": cp,
    "mv": mv,
    "ln": ln,
}
