"""
``vzctl`` 7 to 9 on a node in a directory: global options, commands, the order of checks.

Checked in this order: the command, the CT ID or name, the options, the conf, the owner, the lock; only then anything
is done. An option error touches nothing.
"""

import contextlib
import importlib

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.node import latency
from vzsim.seven import ids, locks, owner
from vzsim.seven.run import Run

NO_VZ_CONF = 4
SYNTAX = "Usage:\nvzctl {commands}\n"

ALIASES = {"delete": "destroy", "chkpnt": "suspend", "restore": "resume"}


def main(node, argv):
    """Run ``vzctl`` with the words after its name; the exit status."""
    run = Run(node)
    try:
        return command_line(run, list(argv)) or 0
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        return failure.rc
    except OSError as problem:  # a damaged node
        run.complain(f"{problem.filename or 'Error'}: {problem.strerror}")
        return codes.SYSTEM_ERROR


def version(node):
    return f"vzctl v.{node.release}\n"


def usage(node):
    return version(node) + "\n" + SYNTAX.format(commands=" | ".join(sorted(COMMANDS)))


def command_line(run, words):
    """Global options, command, CT ID."""
    while words and words[0].startswith("--"):
        word = words.pop(0)
        if word in ("--version", "--help"):
            write(1, version(run.node) if word == "--version" else usage(run.node))
            return 0
        if word == "--configure-timeout":
            _check_timeout(words.pop(0) if words else "")
        elif word in FLAGS:
            setattr(run, FLAGS[word], True)
        else:
            words.insert(0, word)
            break
    if not words:
        write(1, usage(run.node))
        return codes.PARAM_SYNTAX
    run.command = ALIASES.get(words[0], words[0])
    if run.command not in COMMANDS:
        raise Failed(codes.PARAM_SYNTAX, f"Bad command: {words[0]}")
    command = COMMANDS[run.command]
    if command.takes_area:
        return function(command.module, command.act)(run, words[1:])
    if len(words) < 2:
        raise Failed(codes.PARAM_VALUE, "ctid is not given")
    return run_command(run, command, words[1], words[2:])


def _check_timeout(text):
    if not (text.isascii() and text.isdigit()):
        raise Failed(codes.SETUBC_ERROR, f"An incorrect value '{text}' for --configure-timeout is specified")


# Global options that only switch something; --ignore-ha-cluster changes nothing here.
FLAGS = {
    "--quiet": "quiet",
    "--verbose": "verbose",
    "--skiplock": "skip_lock",
    "--skipowner": "skip_owner",
    "--ignore-ha-cluster": "ignore_cluster",
}


def run_command(run, command, word, argv):
    """Find the container, read the command's options, look at conf and owner, lock, act."""
    run.word = word
    run.ctid = ids.find(run.node, word, command.by_name)
    options = function(command.module, command.read)(run, argv)
    if run.node.vz_conf is None:
        line = f"Unable to read {run.node.vz_conf_path}: No such file or directory"
        raise Failed(NO_VZ_CONF, f"{line}\n{line}")
    run.quiet = run.quiet or command.is_silent
    run.load_conf()
    if not run.has_conf and command.needs_conf:
        raise Failed(codes.NOVECONFIG, "Container configuration file does not exist")
    if command.checks_conf:
        run.check_conf()
    if command.checks_owner:
        owner.check(run)
    with locks.held(run) if command.locks else contextlib.nullcontext():
        latency.wait(run.node, run.command)
        return function(command.module, command.act)(run, options)


class Command:
    """
    One command: its module, the functions ``read(run, argv)`` and ``act(run, options)`` in it (or the names given as
    ``read`` and ``act``), and what is looked at before it acts.

    ``needs_conf``: 14 without one. ``checks_conf``: 21 for an invalid one. ``is_silent``: nothing is said of a failure.
    ``takes_area``: no CT ID comes first; ``act`` gets all words. ``by_name``: a container's name will do as well.
    """

    def __init__(self, module, **settings):
        self.module = module
        self.read = settings.get("read", "read")
        self.act = settings.get("act", "act")
        self.needs_conf = settings.get("needs_conf", True)
        self.checks_conf = settings.get("checks_conf", True)
        self.checks_owner = settings.get("checks_owner", True)
        self.locks = settings.get("locks", True)
        self.is_silent = settings.get("is_silent", False)
        self.takes_area = settings.get("takes_area", False)
        self.by_name = settings.get("by_name", True)


def function(module, name):
    """``("commands.status", "act")`` -> the function; its module is loaded now, not before it is needed."""
    return getattr(importlib.import_module(f"vzsim.seven.{module}"), name)


COMMANDS = {
    "set": Command("commands.setting.command", needs_conf=False),
    "unset": Command("commands.unset"),
    "status": Command("commands.status", needs_conf=False, checks_owner=False, locks=False),
    "create": Command("commands.areas.create", needs_conf=False, checks_owner=False, by_name=False),
    "destroy": Command("commands.areas.destroy"),
    "register": Command("commands.areas.register", takes_area=True),
    "unregister": Command("commands.areas.unregister", checks_owner=False, locks=False),
    "reinstall": Command("commands.areas.reinstall"),
    **dict.fromkeys(("start", "restart"), Command("commands.power.start")),
    "stop": Command("commands.power.stop", needs_conf=False),
    **dict.fromkeys(("mount", "umount"), Command("commands.power.mount")),
    "pause": Command("commands.power.pause"),
    **dict.fromkeys(("suspend", "resume"), Command("commands.power.checkpoint")),
    "convert": Command("commands.power.idle"),
    **dict.fromkeys(("quotaon", "quotaoff", "quotainit"), Command("commands.power.idle", act="warn", takes_area=True)),
    **dict.fromkeys(("exec", "exec2", "exec3"), Command("commands.inside.execute", locks=False)),
    "runscript": Command("commands.inside.execute", act="run_script"),
    "enter": Command("commands.inside.terminal", read="read_nothing", act="enter", locks=False),
    "console": Command("commands.inside.terminal", read="read_console", act="console", locks=False),
    "monitor": Command("commands.inside.terminal", act="monitor", locks=False),
    "execaction": Command("commands.inside.terminal", read="read_action", act="action"),
    "compact": Command("commands.compact"),
    "snapshot": Command("commands.snapshot.changing", act="take"),
    "snapshot-switch": Command("commands.snapshot.changing", act="switch"),
    "snapshot-delete": Command("commands.snapshot.changing", act="delete"),
    "snapshot-mount": Command("commands.snapshot.mounting", act="mount"),
    "snapshot-umount": Command("commands.snapshot.mounting", act="umount"),
    "snapshot-list": Command("commands.snapshot.listing", locks=False, is_silent=True),
}
