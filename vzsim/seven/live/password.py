"""
``vzctl set --userpasswd``: a stopped container is started for it and stopped again.

vzsim writes a placeholder into ``etc/shadow``; nobody can log in with it. A user that is missing is added.
"""

import os

from vzsim.codes import CHANGEPASS, Failed
from vzsim.files import read_text, replace_text
from vzsim.seven.commands.power import booting, mounting

ROOT = "root"
HASH = "$vzsim$"  # what stands for a password
FIRST_USER = 1000
NO_USERADD = "main: line 1003: useradd: command not found"


def change(run, user):
    """Give a user a new password; fails with 74, or with what keeps the container from starting."""
    if run.is_running():
        _change(run, user)
        return
    booting.check(run)
    run.say("Starting Container ...")
    was_mounted = run.is_mounted()
    if not was_mounted:
        mounting.mount(run)
    booting.begin(run)
    try:
        _change(run, user)
    finally:
        run.say("Cancel init execution")
        if not was_mounted:
            mounting.unmount(run)


def _change(run, user):
    content = mounting.content(run)
    if content is None:
        if user != ROOT:
            run.say(NO_USERADD)
            raise Failed(CHANGEPASS, "Password change failed")
        return
    passwd, shadow = f"{content}/etc/passwd", f"{content}/etc/shadow"
    if not os.path.isfile(passwd) or not os.path.isfile(shadow):
        raise Failed(CHANGEPASS, "Password change failed")
    if user not in _names(passwd):
        _add_user(content, passwd, user)
    lines = [line for line in read_text(shadow).splitlines() if line.partition(":")[0] != user]
    replace_text(shadow, "".join(f"{line}\n" for line in [*lines, f"{user}:{HASH}:19000:0:99999:7:::"]))


def _names(path):
    return {line.partition(":")[0] for line in read_text(path).splitlines()}


def _add_user(content, passwd, user):
    number = FIRST_USER + len(_names(passwd))
    replace_text(passwd, read_text(passwd) + f"{user}:x:{number}:{number}::/home/{user}:/bin/sh\n")
    os.makedirs(f"{content}/home/{user}", exist_ok=True)
