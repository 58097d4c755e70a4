"""
``vzctl set --userpasswd``: chpasswd inside the container, which is started for it if need be.

No password is kept as it is: etc/shadow of the private area gets a salted digest (not one of ``crypt(3)``).
"""

import os

from vzsim import power
from vzsim import run as codes
from vzsim.node import read_text, write_text
from vzsim.run import Failed

PLACES = ("usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin")


def change(run, userpasswd):
    """``root:secret``; without a colon nothing happens, and nobody notices."""
    if run.is_running():
        chpasswd(run, userpasswd)
        return
    power.boot(run, setup=False)
    try:
        chpasswd(run, userpasswd)
    finally:
        power.stop_running(run, fast=True)


def chpasswd(run, userpasswd):
    problem = missing_program(run.private)
    if problem:
        run.say(f"/bin/sh: chpasswd: {problem}")
        run.say("Password change failed")
        raise Failed(codes.CHANGEPASS)
    user, colon, secret = userpasswd.partition(":")
    if colon:
        write_shadow(f"{run.private}/etc/shadow", user, secret)


def missing_program(private):
    """Why the shell of the container cannot run chpasswd; ``None`` if it can."""
    problem = "not found"
    for place in PLACES:
        path = f"{private}/{place}/chpasswd"
        if os.path.lexists(path):
            if os.path.islink(path) or os.stat(path).st_mode & 0o111:
                return None
            problem = "Permission denied"
    return problem


def write_shadow(path, user, secret):
    import hashlib

    if not os.path.isfile(path) or os.path.islink(path):
        return
    salt = os.urandom(8).hex()
    digest = hashlib.sha512(f"{salt}{secret}".encode("utf-8", "surrogateescape")).hexdigest()
    lines = read_text(path).split("\n")
    for at, line in enumerate(lines):
        name, _, rest = line.partition(":")
        if name == user and rest:
            lines[at] = ":".join([name, f"$vzsim${salt}${digest}", *rest.split(":")[1:]])
    write_text(path, "\n".join(lines))
