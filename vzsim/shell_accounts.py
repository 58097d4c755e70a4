"""
Accounts of a container: ``chpasswd`` and ``getent`` on its own etc/passwd and etc/shadow.

A password given in plain text is never written: what lands in etc/shadow is a mark made by hashing
it, in the place and of the kind where crypt(3) would put a hash. Nobody can log in with it.
"""

import os

from vzsim.shell_files import content, failure, options, place

DAYS = 86400  # seconds


def chpasswd(shell, argv):
    """``echo 'root:HASH' | chpasswd -e``; without ``-e`` the password is plain."""
    encrypted = any(word in ("-e", "--encrypted") for word in argv[1:])
    status, changed = 0, {}
    users = {line.partition(":")[0] for line in _lines(shell, "/etc/passwd")}
    for number, line in enumerate(shell.streams[0].read().splitlines(), 1):
        user, colon, password = line.partition(":")
        if not colon:
            status = failure(shell, "chpasswd", f"line {number}: missing new password")
        elif user not in users:
            status = failure(shell, "chpasswd", f"line {number}: user '{user}' does not exist")
        else:
            changed[user] = password if encrypted else _mark(password)
    if status:
        return failure(shell, "chpasswd", "error detected, changes ignored")
    _write_shadow(shell, changed)
    return 0


def _mark(password):
    import base64
    import hashlib

    digest = hashlib.sha512(b"vzsim" + password.encode("utf-8", "surrogateescape")).digest()
    return "$6$vzsim$" + base64.b64encode(digest, altchars=b"./").decode().rstrip("=")


def _write_shadow(shell, changed):
    import time

    today = str(int(time.time() // DAYS))
    lines, known = [], set()
    for line in _lines(shell, "/etc/shadow"):
        user, *fields = line.split(":")
        known.add(user)
        if user in changed:
            fields[:2] = [changed[user], today]
        lines.append(":".join([user, *fields]))
    lines += [f"{user}:{password}:{today}:0:99999:7:::" for user, password in changed.items() if user not in known]
    scratch = place(shell, "/etc/shadow+")
    with open(scratch, "w", encoding="utf-8", errors="surrogateescape") as file:
        os.chmod(scratch, 0o600)
        file.write("".join(line + "\n" for line in lines))
    os.replace(scratch, place(shell, "/etc/shadow"))


def _lines(shell, path):
    try:
        return content(shell, path).splitlines()
    except OSError:
        return []


def getent(shell, argv):
    """``getent shadow root``"""
    _, words = options(argv)
    if not words or words[0] not in ("passwd", "shadow", "group", "hosts"):
        return failure(shell, "getent", f"Unknown database: {words[0] if words else ''}")
    lines = _lines(shell, f"/etc/{words[0]}")
    found = [line for line in lines if len(words) == 1 or line.split(":")[0] in words[1:]]
    shell.streams[1].write("".join(line + "\n" for line in found))
    return 0 if found else 2


COMMANDS = {"chpasswd": chpasswd, "getent": getent}
