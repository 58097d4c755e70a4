"""
Which file or tool a command of the shell is: what ``execvp(3)`` would find inside the container.
"""

import errno
import os

from vzsim import jail, shell_accounts, shell_builtins, shell_tools

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def find(shell, name):
    """The file of a command, its bare name if a tool of this shell stands for it, or ``None``."""
    directories = [""] if "/" in name else shell.variables.get("PATH", "").split(":")
    denied = False
    for directory in directories:
        place = jail.resolve(shell.root, shell.cwd, f"{directory}/{name}" if directory else name)
        if os.path.isfile(place) and os.stat(place).st_mode & 0o111:
            return place
        denied = denied or os.path.exists(place)
    if denied:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    tool = os.path.basename(name)
    known = os.path.dirname(name) in ("", *PATH.split(":")) and tool_of(tool)
    return tool if known and _is_there(shell, tool) else None


def tool_of(name):
    """The function that stands for a program of the container."""
    return shell_tools.COMMANDS.get(name) or shell_builtins.SHELLS.get(name)


def _is_there(shell, tool):
    """busybox brings all but the account tools; a template with no tool as a file stands for a full one."""
    entries = set()
    for directory in PATH.split(":"):
        place = jail.resolve(shell.root, "/", directory)
        entries.update(os.listdir(place) if os.path.isdir(place) else ())
    if "busybox" in entries:
        return tool not in shell_accounts.COMMANDS
    return not entries.intersection(shell_tools.COMMANDS)
