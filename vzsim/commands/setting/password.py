"""
``vzctl set --userpasswd``: chpasswd inside the container, which is started for it if necessary.

For a private area without programs vzsim edits etc/shadow itself, so that this works without bubblewrap. It writes a
placeholder derived from the password that looks like a hash of crypt(3); nobody can log in with it.
"""

import os

from vzsim import codes, guest
from vzsim.codes import Failed, write
from vzsim.commands import inside, power
from vzsim.files import read_text

DAY = 86400  # seconds


def change(run, passwords):
    """``["root:secret"]``; it is for chpasswd to find mistakes in them."""
    if run.is_running():
        chpasswd(run, passwords)
        return
    power.boot_bare(run)
    try:
        chpasswd(run, passwords)
    finally:
        power.stop_running(run, fast=True, scripts=False)


def chpasswd(run, passwords):
    within = guest.Guest(run, run.node.running(run.ctid)["hostname"])
    if within.is_lent:
        problems = write_shadow(run.content, passwords)
        rc = int(bool(problems))
    elif within.find("chpasswd"):
        rc, problems = run_program(run, within, passwords), ""
    else:
        rc, problems = 127, "/bin/sh: chpasswd: not found\n"
    if not run.quiet:
        write(1, problems)
    if rc:
        run.say("Password change failed")
        raise Failed(codes.CHANGEPASS)


def run_program(run, within, passwords):
    """The container's own chpasswd; both its streams are vzctl's standard output."""
    lines = "".join(line + "\n" for line in passwords)
    silence = os.open(os.devnull, os.O_WRONLY)
    out = silence if run.quiet else 1
    try:
        return inside.ended(run, within.shell, "chpasswd", stdin=lines, out=out, err=out)
    finally:
        os.close(silence)


def write_shadow(area, passwords):
    """Change etc/shadow of a private area; returns chpasswd's complaints about the lines."""
    problems, changed = "", {}
    users = {line.partition(":")[0] for line in _lines(area, "/etc/passwd")}
    for number, line in enumerate(passwords, 1):
        user, colon, password = line.partition(":")
        if not colon:
            problems += f"chpasswd: line {number}: missing new password\n"
        elif user not in users:
            problems += f"chpasswd: line {number}: user '{user}' does not exist\n"
        else:
            changed[user] = _mark(password)
    if problems:
        return problems + "chpasswd: error detected, changes ignored\n"
    _replace(area, changed)
    return ""


def _replace(area, changed):
    import time

    today = str(int(time.time() // DAY))
    lines, known = [], set()
    for line in _lines(area, "/etc/shadow"):
        user, *fields = line.split(":")
        known.add(user)
        if user in changed:
            fields[:2] = [changed[user], today]
        lines.append(":".join([user, *fields]))
    lines += [f"{user}:{mark}:{today}:0:99999:7:::" for user, mark in changed.items() if user not in known]
    scratch = guest.resolve(area, "/etc/shadow+")
    with open(scratch, "w", encoding="utf-8", errors="surrogateescape") as file:
        os.chmod(scratch, 0o600)
        file.write("".join(line + "\n" for line in lines))
    os.replace(scratch, guest.resolve(area, "/etc/shadow"))


def _mark(password):
    import base64
    import hashlib

    digest = hashlib.sha512(b"vzsim" + password.encode("utf-8", "surrogateescape")).digest()
    return "$6$vzsim$" + base64.b64encode(digest, altchars=b"./").decode().rstrip("=")


def _lines(area, path):
    try:
        return read_text(guest.resolve(area, path)).splitlines()
    except OSError:
        return []
