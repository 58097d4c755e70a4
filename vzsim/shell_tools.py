"""
All commands of the container's shell, and those that test conditions or tell about the container.

Each is a function of the shell and its words; it returns the status. Text is worked on in
:mod:`vzsim.shell_text`, files in :mod:`vzsim.shell_files`; what belongs to the shell itself is in
:mod:`vzsim.shell_builtins`.
"""

import os
import time

from vzsim import shell_accounts, shell_extras, shell_files, shell_text
from vzsim.shell_files import failure, options, place

SLEEP_AT_MOST = 10.0  # seconds
MACHINE = "x86_64"
RELEASE = "2.6.32-042stab120.18"  # a kernel of OpenVZ legacy


# conditions


def test(shell, argv):
    """``test -f /etc/passwd`` or ``[ 1 -lt 2 ]``"""
    words = argv[1:]
    if argv[0] == "[":
        if words[-1:] != ["]"]:
            return failure(shell, "sh", "missing ]", status=2)
        words = words[:-1]
    try:
        return int(not _either(shell, words))
    except ValueError as problem:
        word = str(problem).partition(": ")[2].strip("'")
        return failure(shell, "sh", f"{word}: bad number", status=2)


def _either(shell, words):
    for sign, combine in (("-o", any), ("-a", all)):
        if sign in words[1:-1] and len(words) > 3:
            at = words.index(sign, 1)
            return combine([_either(shell, words[:at]), _either(shell, words[at + 1 :])])
    if words[:1] == ["!"] and len(words) > 1:
        return not _either(shell, words[1:])
    if words[:1] == ["("] and words[-1:] == [")"] and len(words) > 2:
        return _either(shell, words[1:-1])
    return _primary(shell, words)


def _primary(shell, words):
    if len(words) == 3:
        left, operator, right = words
        if operator in ("=", "==", "!="):
            return (left == right) == (operator != "!=")
        numbers = {"-eq": "==", "-ne": "!=", "-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">="}
        if operator in numbers:
            return _compare(int(left), numbers[operator], int(right))
    if len(words) == 2:
        return _about(shell, *words)
    return bool(words and words[0])


def _compare(left, operator, right):
    return {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


def _about(shell, question, word):
    if question in ("-z", "-n"):
        return bool(word) == (question == "-n")
    there = place(shell, word, follow=question not in ("-L", "-h"))
    if word in shell_files.PROC:
        return question in ("-e", "-r", "-c" if word == "/dev/null" else "-f")
    answers = {"-e": os.path.exists, "-f": os.path.isfile, "-d": os.path.isdir, "-L": os.path.islink}
    answers.update({"-h": os.path.islink, "-r": os.path.exists, "-w": os.path.exists})
    if question == "-x":
        return os.path.exists(there) and bool(os.stat(there).st_mode & 0o111)
    if question == "-s":
        return os.path.exists(there) and os.path.getsize(there) > 0
    return question in answers and answers[question](there)


# about the container


def env(shell, argv):
    """``env [-i] [A=b ...] [command ...]``"""
    words, names = argv[1:], set(shell.exported)
    if words[:1] in (["-i"], ["-"]):
        words, names = words[1:], set()
    values = {name: shell.variables[name] for name in shell.variables if name in names}
    while words and "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        values[name] = value
    if words:
        before = shell.variables, shell.exported
        shell.variables, shell.exported = values, set(values)
        try:
            return shell.start(words)
        finally:
            shell.variables, shell.exported = before
    shell.streams[1].write("".join(f"{name}={value}\n" for name, value in values.items()))
    return 0


def hostname(shell, argv):
    """``hostname``; setting it is not possible here."""
    _, words = options(argv)
    if words:
        return failure(shell, "hostname", "sethostname: Operation not permitted")
    shell.streams[1].write(shell.hostname + "\n")
    return 0


def uname(shell, argv):
    """``uname [-asnrvmo]``"""
    flags, _ = options(argv)
    parts = {"s": "Linux", "n": shell.hostname, "r": RELEASE, "v": "#1 SMP", "m": MACHINE, "o": "GNU/Linux"}
    shown = "snrvmo" if "a" in flags else [letter for letter in "snrvmo" if letter in flags] or "s"
    shell.streams[1].write(" ".join(parts[letter] for letter in shown) + "\n")
    return 0


def arch(shell, argv):
    """``arch``"""
    shell.streams[1].write(MACHINE + "\n")
    return 0


def identity(shell, argv):
    """``id [-un]``: always root"""
    flags, _ = options(argv)
    short = "root" if "n" in flags else "0"
    shell.streams[1].write((short if flags else "uid=0(root) gid=0(root) groups=0(root)") + "\n")
    return 0


def whoami(shell, argv):
    """``whoami``"""
    shell.streams[1].write("root\n")
    return 0


def tty(shell, argv):
    """``tty``: there is none"""
    shell.streams[1].write("not a tty\n")
    return 1


def date(shell, argv):
    """``date [+FORMAT]``, in UTC"""
    formats = [word[1:] for word in argv[1:] if word.startswith("+")]
    shell.streams[1].write(time.strftime(formats[0] if formats else "%a %b %e %H:%M:%S UTC %Y", time.gmtime()) + "\n")
    return 0


def sleep(shell, argv):
    """``sleep N``; not longer than a test can bear"""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    seconds = 0.0
    for word in argv[1:]:
        number, unit = (word[:-1], units[word[-1]]) if word[-1:] in units else (word, 1)
        if not number.replace(".", "", 1).isdecimal():
            return failure(shell, "sleep", f"invalid number '{word}'")
        seconds += float(number) * unit
    time.sleep(min(seconds, SLEEP_AT_MOST))
    return 0


def succeed(shell, argv):
    """``true``, which is a file as well: exec3 has no shell that knows it"""
    return 0


def fail(shell, argv):
    """``false``"""
    return 1


COMMANDS = {
    **shell_files.COMMANDS,
    **shell_text.COMMANDS,
    **shell_accounts.COMMANDS,
    **shell_extras.COMMANDS,
    "true": succeed,
    "false": fail,
    "test": test,
    "[": test,
    "env": env,
    "printenv": env,
    "hostname": hostname,
    "uname": uname,
    "arch": arch,
    "id": identity,
    "whoami": whoami,
    "tty": tty,
    "date": date,
    "sleep": sleep,
}
