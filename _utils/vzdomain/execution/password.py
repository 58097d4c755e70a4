"""
Passwords inside a container, as crypt hashes.

A hash goes over the standard input of ``chpasswd -e``; it is in no argument vector, plan, change or error.
Neither is anything else that these calls print: all hashes of a container's shadow file may be among it.
"""

import re

from ..errors import NotTakenError, RefusedError
from ..model.actions import SetPassword
from ..planning import context

_HASH = re.compile(r"\$[0-9a-z]+\$[./0-9A-Za-z$=,]+")
_USER = re.compile(r"[a-z_][a-z0-9_.-]*\$?", re.IGNORECASE)


def plan(vzctl, container, user, secret):
    """The `Plan` to give `user` the hash `secret`: no call if the container's shadow file has it."""
    if not isinstance(secret, str) or not _HASH.fullmatch(secret):
        raise RefusedError(f"the password of {user} must be a crypt hash, as openssl passwd -6 prints it")
    if not _USER.fullmatch(user):
        raise RefusedError("the user is not a valid user name; the order is name, user, pillar_key")
    same = _shadow(vzctl, container, user) == secret
    return context.of(container, vzctl.flavour, *(() if same else (SetPassword(user),)))


def change(vzctl, container, user, secret):
    """Do it, and look again."""
    vzctl.run("exec3", str(container.ctid), "chpasswd", "-e", stdin=f"{user}:{secret}\n", secret=True)
    if _shadow(vzctl, container, user) != secret:
        raise NotTakenError(f"chpasswd in container {container.ctid} reported success, but {user} has another password")


def _shadow(vzctl, container, user):
    """The hash that the container has for `user`."""
    shadow = vzctl.run("exec3", str(container.ctid), "cat", "/etc/shadow", secret=True).stdout
    fields = (line.split(":") for line in shadow.splitlines())
    found = next((parts[1] for parts in fields if parts[0] == user and len(parts) > 1), None)
    if found is None:
        raise RefusedError(f"container {container.ctid} has no user {user}")
    return found
