"""
Further commands of the container's shell: what a busybox has and people like to ask.

What tells about the machine is made up and small: a container with one process, no devices, no load.
Each is a function of the shell and its words; it returns the status.
"""

import os

from vzsim.shell_files import content, failure, options, place
from vzsim.shell_text import inputs, pattern_of


def sed(shell, argv):
    """``sed [-n] 's/a/b/g' [path ...]``: substitution, ``p`` and ``d``, with a line number or pattern in front"""
    flags, words = options(argv, with_value="e")
    script = flags["e"] if "e" in flags else words.pop(0)
    address, command = _address(script.strip())
    texts, status = inputs(shell, "sed", words, "{}: {}")
    for number, line in enumerate("".join(text for _, text in texts).splitlines(), 1):
        for shown in _edited(line, _is_meant(address, number, line), command, quiet="n" in flags):
            shell.streams[1].write(shown + "\n")
    return status


def _address(script):
    """``"/x/d"`` -> ``("x", "d")``, ``"2p"`` -> ``("2", "p")``, ``"s/a/b/"`` -> ``("", "s/a/b/")``"""
    if script.startswith("/"):
        pattern, _, command = script[1:].partition("/")
        return f"/{pattern}", command.strip()
    command = script.lstrip("0123456789$")
    return script[: len(script) - len(command)], command.strip()


def _is_meant(address, number, line):
    if address.startswith("/"):
        return pattern_of(address[1:]).search(line) is not None
    return not address or address == str(number)


def _edited(line, meant, command, quiet):
    kind = command[:1]
    if kind not in ("s", "p", "d"):
        raise ValueError(command)
    shown = [] if quiet or (meant and kind == "d") else [line]
    if meant and kind == "s":
        _, pattern, text, flags = command[1:].split(command[1])
        pattern, text = pattern.replace("\\(", "(").replace("\\)", ")"), text.replace("&", "\\g<0>")
        edited = _substituted(pattern, text, line, count=0 if "g" in flags else 1)
        shown = [] if quiet else [edited]
        shown += [edited] if "p" in flags and edited != line else []
    return shown + ([line] if meant and kind == "p" else [])


def _substituted(pattern, text, line, count):
    import re

    try:
        return pattern_of(pattern).sub(text, line, count=count)
    except re.error as problem:  # a group that is not there
        raise ValueError(str(problem)) from None


def find(shell, argv):
    """``find path [-name pattern] [-type f|d|l]``"""
    from fnmatch import fnmatchcase

    words = argv[1:]
    start = words.pop(0) if words and not words[0].startswith("-") else "."
    tests = dict(zip(words[::2], words[1::2], strict=False))
    top = place(shell, start, follow=False)
    if not os.path.lexists(top):
        return failure(shell, "find", f"{start}: No such file or directory")
    for path in _walk(top):
        shown = start.rstrip("/") + path[len(top) :] if path != top else start
        name = tests.get("-name")
        if (name is None or fnmatchcase(os.path.basename(path), name)) and _is_type(path, tests.get("-type")):
            shell.streams[1].write(shown + "\n")
    return 0


def _walk(top):
    yield top
    if os.path.isdir(top) and not os.path.islink(top):
        for name in sorted(os.listdir(top)):
            yield from _walk(f"{top}/{name}")


def _is_type(path, kind):
    if kind is None:
        return True
    found = "l" if os.path.islink(path) else "d" if os.path.isdir(path) else "f"
    return found == kind


def expr(shell, argv):
    """``expr 1 + 2``"""
    from vzsim import shell_words

    value = shell_words.calculate(shell, " ".join(argv[1:]))
    shell.streams[1].write(f"{value}\n")
    return int(not value)


def digest(shell, argv):
    """``md5sum path``, ``sha1sum``, ``sha256sum``, ``sha512sum``"""
    import hashlib

    _, paths = options(argv)
    texts, status = inputs(shell, argv[0], paths)
    for path, text in texts:
        data = text.encode("utf-8", "surrogateescape")
        shell.streams[1].write(f"{hashlib.new(argv[0].removesuffix('sum'), data).hexdigest()}  {path}\n")
    return status


def xargs(shell, argv):
    """``xargs command``: once, with all words of the input"""
    return shell.start((argv[1:] or ["echo"]) + shell.streams[0].read().split())


def around(shell, argv):
    """``nice command``, ``nohup command``: just the command"""
    return shell.start([word for word in argv[1:] if not word.startswith("-")])


def ps(shell, argv):
    """``ps``"""
    shell.streams[1].write("PID   USER     COMMAND\n    1 root     init\n")
    return 0


def df(shell, argv):
    """``df``"""
    shell.streams[1].write("Filesystem           1K-blocks      Used Available Use% Mounted on\n")
    shell.streams[1].write("/dev/simfs             2097152      1968   2095184   0% /\n")
    return 0


def free(shell, argv):
    """``free``"""
    shell.streams[1].write("              total        used        free      shared  buff/cache   available\n")
    shell.streams[1].write("Mem:         262144         980      261164           0           0      261164\n")
    return 0


def mount(shell, argv):
    """``mount``: shows what is mounted, mounts nothing"""
    if len(argv) > 1:
        return failure(shell, "mount", "permission denied (are you root?)")
    shell.streams[1].write(content(shell, "/proc/mounts"))
    return 0


def uptime(shell, argv):
    """``uptime``"""
    shell.streams[1].write(" 00:00:00 up 0 min,  0 users,  load average: 0.00, 0.00, 0.00\n")
    return 0


def nproc(shell, argv):
    """``nproc``"""
    shell.streams[1].write("1\n")
    return 0


def nothing(shell, argv):
    """A command of which nothing is to be seen here: ``sync``, ``ip``, ``ifconfig`` ..."""
    return 0


COMMANDS = {
    "sed": sed,
    "find": find,
    "expr": expr,
    **dict.fromkeys(("md5sum", "sha1sum", "sha256sum", "sha512sum"), digest),
    "xargs": xargs,
    **dict.fromkeys(("nice", "nohup", "ionice"), around),
    "ps": ps,
    "df": df,
    "free": free,
    "mount": mount,
    "uptime": uptime,
    "nproc": nproc,
    **dict.fromkeys(("sync", "ip", "ifconfig", "route", "netstat", "dmesg", "umount", "who"), nothing),
}
