"""
``vzctl`` 4.11 on a node in a directory: global options, commands, the order of checks.

Checked in this order: the command, the CT ID, the options, whether the conf exists,
the lock; only then anything is done. See ``vzctl(8)``.
"""

import contextlib
import importlib

from vzsim import codes
from vzsim.codes import Failed, write
from vzsim.commands.run import Run
from vzsim.grammar.values import scan_int
from vzsim.node import latency, locks, names

VERSION = "vzctl version 4.11.1-3.ga3f732ef\n"
USAGE = VERSION + (
    "\n"
    "Usage: vzctl [options] <command> <ctid> [parameters]\n"
    "\n"
    "Commands: create destroy mount umount start stop restart status set suspend resume\n"
    "   exec exec2 exec3 runscript enter console convert compact quotaon quotaoff quotainit\n"
    "   snapshot snapshot-switch snapshot-delete snapshot-mount snapshot-umount snapshot-list\n"
    "Options: --quiet --verbose --skiplock --version --help\n"
)

SILENT = -1  # verbosity without any progress

ALIASES = {"delete": "destroy", "chkpnt": "suspend", "restore": "resume"}


def main(node, argv):
    """Run ``vzctl`` with the words after its name; the exit status."""
    run = Run(node)
    try:
        return command_line(run, list(argv)) or 0
    except Failed as failure:
        if failure.message and failure.loud:
            write(2, failure.message + "\n")
        elif failure.message:
            run.complain(failure.message)
        return failure.rc
    except OSError as problem:  # a damaged node
        run.complain(f"{problem.filename or 'Error'}: {problem.strerror}")
        return codes.SYSTEM_ERROR


def command_line(run, words):
    """Global options, command, CT ID."""
    while words and words[0].startswith("--"):
        if words[0] == "--version":
            write(1, VERSION)
            return 0
        if words[0] == "--help":
            write(1, USAGE)
            return 0
        if words[0] not in GLOBAL_OPTIONS:
            break
        GLOBAL_OPTIONS[words.pop(0)](run)
    if not words:
        write(2, USAGE)
        return codes.PARAM_SYNTAX
    run.command = ALIASES.get(words[0], words[0])
    if run.command == "status":  # prints only its line and errors (read, not run)
        run.verbose = SILENT
    if run.command not in COMMANDS:
        raise Failed(codes.PARAM_SYNTAX, f"Bad command: {words[0]}", loud=True)
    if len(words) < 2:
        raise Failed(codes.PARAM_VALUE, "CT ID missing", loud=True)
    return run_command(run, words[1], words[2:])


def verbosity(text):
    """VERBOSE of vz.conf, at least -1 (read, not run)."""
    number, tail = scan_int(text)
    return max(SILENT, number) if not tail else 0


def run_command(run, word, argv):
    """Find the container, read the command's options and the conf, run the command."""
    command = COMMANDS[run.command]
    run.ctid, name = names.find_ctid(run, word)
    if run.node.vz_conf is None:
        raise Failed(codes.NOCONFIG, f"Unable to open {run.node.vz_conf_path}: No such file or directory")
    run.repeat(run.node.vz_conf_messages)
    run.verbose = run.verbose or verbosity(run.node.setting("VERBOSE", "0"))
    options = function(command.reader)(run, argv)
    if run.ctid == 0 and run.command != "set":
        raise Failed(codes.PARAM_VALUE, "Only set actions are allowed for CT0", loud=True)
    run.load_conf()
    names.check_name(run, name)
    if command.needs_conf and not run.has_conf:
        raise Failed(codes.NOVECONFIG, "Container config file does not exist")
    with locks.held(run) if command.locks else contextlib.nullcontext():
        latency.wait(run.node, run.command)
        return function(command.action)(run, options)


def set_quiet(run):
    run.quiet = True


def set_verbose(run):
    run.verbose += 1


def set_skiplock(run):
    run.skip_lock = True


GLOBAL_OPTIONS = {"--quiet": set_quiet, "--verbose": set_verbose, "--skiplock": set_skiplock}


class Command:
    """One command: how its options are read, what it does, whether a conf must exist, whether it takes the lock."""

    def __init__(self, action, reader="commands.vzctl.read_nothing", needs_conf=True, locks=True):
        self.action = action
        self.reader = reader
        self.needs_conf = needs_conf
        self.locks = locks


def function(path):
    """``"commands.power.start"`` -> the function; its module is loaded now, not before it is needed."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"vzsim.{module}"), name)


def read_nothing(run, argv):
    if argv:
        raise Failed(codes.PARAM_SYNTAX, "Invalid options: " + "".join(word + " " for word in argv), loud=True)


def read_anything(run, argv):
    return argv


EXEC = ("exec", "exec2", "exec3")
SNAPSHOT = "commands.snapshot.options.read"

COMMANDS = {
    "set": Command("commands.setting.command.set_", "grammar.options.read_set", needs_conf=False),
    "create": Command("commands.create.create", "grammar.options.read_create", needs_conf=False),
    "destroy": Command("commands.create.destroy"),
    "status": Command("commands.power.status", needs_conf=False, locks=False),
    "mount": Command("commands.mounting.mount"),
    "umount": Command("commands.mounting.umount"),
    "start": Command("commands.power.start", "commands.power.read_options"),
    "stop": Command("commands.power.stop", "commands.power.read_options"),
    "restart": Command("commands.power.restart", "commands.power.read_options"),
    "suspend": Command("commands.checkpoint.suspend", "commands.checkpoint.read_options"),
    "resume": Command("commands.checkpoint.resume", "commands.checkpoint.read_options"),
    **dict.fromkeys(
        ("exec", "exec2", "exec3"), Command("commands.inside.execute", "commands.inside.read_command", locks=False)
    ),
    "runscript": Command("commands.inside.run_script", "commands.inside.read_script"),
    "enter": Command("commands.inside.enter", "commands.inside.read_enter", locks=False),
    "console": Command("commands.inside.console", "commands.vzctl.read_anything", locks=False),
    "compact": Command("commands.ploop.compact"),
    "convert": Command("commands.ploop.convert", "commands.ploop.read_convert"),
    **dict.fromkeys(("quotaon", "quotaoff", "quotainit"), Command("commands.ploop.quota")),
    "snapshot": Command("commands.snapshot.changing.take", SNAPSHOT),
    "snapshot-switch": Command("commands.snapshot.changing.switch", SNAPSHOT),
    "snapshot-delete": Command("commands.snapshot.changing.delete", SNAPSHOT),
    "snapshot-mount": Command("commands.snapshot.mounting.mount", SNAPSHOT),
    "snapshot-umount": Command("commands.snapshot.mounting.umount", SNAPSHOT),
    "snapshot-list": Command("commands.snapshot.listing.act", "commands.vzctl.read_anything", locks=False),
}
