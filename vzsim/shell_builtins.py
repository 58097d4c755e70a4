"""
Commands that are part of the shell itself: they need no file in the container.

Each is a function of the shell and the words of the command; it returns the status.
"""

import os
import signal

from vzsim import jail, shell_files, shell_tools
from vzsim.shell_leaving import Exit, Jump, Killed
from vzsim.shell_tools import failure


def _colon(shell, argv):
    return 0


def _false(shell, argv):
    return 1


def _cd(shell, argv):
    path = argv[1] if len(argv) > 1 else shell.variables.get("HOME", "/")
    place = jail.resolve(shell.root, shell.cwd, path)
    if not os.path.isdir(place):
        reason = "Not a directory" if os.path.exists(place) else "No such file or directory"
        return _builtin_error(shell, argv, f"can't cd to {path}: {reason}")
    shell.cwd = shell.variables["PWD"] = jail.inside(shell.root, place)
    return 0


def _pwd(shell, argv):
    shell.streams[1].write(shell.cwd + "\n")
    return 0


def _export(shell, argv):
    names = [word for word in argv[1:] if word != "-p"]
    for word in names:
        name, equals, value = word.partition("=")
        shell.exported.add(name)
        if equals:
            shell.variables[name] = value
    if not names:
        _list(shell, "export ", sorted(shell.exported))
    return 0


def _list(shell, start, names):
    for name in names:
        if name in shell.variables:
            quoted = shell.variables[name].replace("'", "'\"'\"'")
            shell.streams[1].write(f"{start}{name}='{quoted}'\n")


def _set(shell, argv):
    if len(argv) == 1:
        _list(shell, "", sorted(shell.variables))
    words = argv[1:]
    while words and words[0][:1] in ("-", "+") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            shell.arguments = words
            return 0
        shell.options = shell.options | set(word[1:]) if word[0] == "-" else shell.options - set(word[1:])
    if words:
        shell.arguments = words
    return 0


def _unset(shell, argv):
    for name in argv[1:]:
        shell.variables.pop(name, None)
        shell.functions.pop(name, None)
        shell.exported.discard(name)
    return 0


def _shift(shell, argv):
    shell.arguments = shell.arguments[int(argv[1]) if len(argv) > 1 else 1 :]
    return 0


def _exit(shell, argv):
    if len(argv) > 1 and not argv[1].isdecimal():
        raise Exit(_builtin_error(shell, argv, f"Illegal number: {argv[1]}"))
    raise Exit(int(argv[1]) & 255 if len(argv) > 1 else shell.status)


def _jump(shell, argv):
    number = int(argv[1]) if len(argv) > 1 and argv[1].isdecimal() else None
    if argv[0] == "return":
        raise Jump("return", shell.status if number is None else number)
    if not shell.loops:
        return 0
    raise Jump(argv[0], number or 1)


def _read(shell, argv):
    names = [word for word in argv[1:] if not word.startswith("-")] or ["REPLY"]
    line = shell.streams[0].readline()
    words = line.split(None, len(names) - 1) if len(names) > 1 else [line.strip()]
    for place, name in enumerate(names):
        shell.variables[name] = words[place].strip() if place < len(words) else ""
    return 0 if line.endswith("\n") else 1


def _eval(shell, argv):
    return shell.run_text(" ".join(argv[1:]))


def _dot(shell, argv):
    try:
        return shell.run_text(shell_files.content(shell, argv[1]))
    except OSError:
        return _builtin_error(shell, argv, f"can't open '{argv[1]}': No such file or directory")


def _exec(shell, argv):
    raise Exit(shell.start(argv[1:]))


def _command(shell, argv):
    if argv[1:2] in (["-v"], ["-V"]):
        return max([_describe(shell, name, short=argv[1] == "-v") for name in argv[2:]], default=0)
    return shell.call(argv[1:]) if len(argv) > 1 else 0


def _type(shell, argv):
    return max([_describe(shell, name, short=False) for name in argv[1:]], default=0)


def _describe(shell, name, short):
    kind = "a function" if name in shell.functions else "a shell builtin"
    if name not in COMMANDS and name not in shell.functions:
        try:
            place = shell.find(name)
        except OSError:
            place = None
        if place is None:
            shell.streams[1].write("" if short else f"{name}: not found\n")
            return 127
        kind = jail.inside(shell.root, place) if place.startswith("/") else f"/bin/{name}"
        shell.streams[1].write(f"{kind}\n" if short else f"{name} is {kind}\n")
        return 0
    shell.streams[1].write(f"{name}\n" if short else f"{name} is {kind}\n")
    return 0


def _kill(shell, argv):
    """Only the shell itself can be reached: nothing else runs in a simulated container."""
    words, number = argv[1:], signal.SIGTERM
    if words[:1] == ["-s"]:
        words = ["-" + words[1], *words[2:]]
    if words and words[0].startswith("-"):
        number = _signal(words.pop(0)[1:])
    if number is None or not words:
        return failure(shell, "sh", f"bad signal name '{argv[1][1:]}'" if words else "you need to specify whom to kill")
    if words[0] == "1":  # init is there, and ignores what it does not expect
        return 0
    if words[0] != str(os.getpid()):
        return failure(shell, "sh", f"can't kill pid {words[0]}: No such process")
    if number:
        raise Killed(int(number))
    return 0


def _signal(word):
    """``"9"``, ``"KILL"``, ``"SIGKILL"`` -> 9"""
    if word.isdecimal():
        return int(word)
    name = word.upper() if word.upper().startswith("SIG") else f"SIG{word.upper()}"
    return getattr(signal, name, None)


def _sh(shell, argv):
    """``sh -c 'text'`` or ``sh file``"""
    if argv[1:2] == ["-c"]:
        return shell.subshell(("script", argv[2] if len(argv) > 2 else "", argv[4:]), {})
    if len(argv) > 1 and not argv[1].startswith("-"):
        try:
            text = shell_files.content(shell, argv[1])
        except OSError:
            return failure(shell, argv[0], f"can't open '{argv[1]}': No such file or directory", status=2)
        return shell.subshell(("script", text, argv[2:]), {})
    return shell.subshell(("script", shell.streams[0].read(), []), {})


def _umask(shell, argv):
    shell.streams[1].write("" if len(argv) > 1 else "0022\n")
    return 0


def _builtin_error(shell, argv, message):
    shell.complain(f"{argv[0]}: line 0: {message}")
    return 2


COMMANDS = {
    ":": _colon,
    "true": _colon,
    "false": _false,
    "wait": _colon,
    "trap": _colon,
    "ulimit": _colon,
    "cd": _cd,
    "pwd": _pwd,
    "export": _export,
    "readonly": _export,
    "local": _export,
    "set": _set,
    "unset": _unset,
    "shift": _shift,
    "exit": _exit,
    "break": _jump,
    "continue": _jump,
    "return": _jump,
    "read": _read,
    "eval": _eval,
    ".": _dot,
    "exec": _exec,
    "command": _command,
    "type": _type,
    "kill": _kill,
    "umask": _umask,
    "echo": shell_tools.COMMANDS["echo"],
    "printf": shell_tools.COMMANDS["printf"],
    "test": shell_tools.COMMANDS["test"],
    "[": shell_tools.COMMANDS["["],
}

# A shell inside the container is found by its file, but it is this shell.
SHELLS = {"sh": _sh, "ash": _sh, "bash": _sh, "dash": _sh}
