"""
``vzctl`` 4.11 over a node in a directory: global options, commands, the order of checks.

A command is looked at in this order: its name, the CT ID, its options, whether
the conf exists, the lock; only then something happens. See ``vzctl(8)``.
"""

import importlib

from vzsim import locks, names
from vzsim import run as codes
from vzsim.run import Failed, Run, write
from vzsim.values import is_number

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


def command_line(run, words):
    """Global options, command, CT ID."""
    run.verbose = verbosity(run.node.setting("VERBOSE", "0"))
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
    command = ALIASES.get(words[0], words[0])
    if command not in COMMANDS:
        raise Failed(codes.PARAM_SYNTAX, f"Bad command: {words[0]}", loud=True)
    if len(words) < 2:
        raise Failed(codes.PARAM_VALUE, "CT ID missing", loud=True)
    return run_command(run, command, words[1], words[2:])


def verbosity(text):
    return int(text) if is_number(text) else 0


def run_command(run, command, word, argv):
    """Find the container, read the command's options and the conf, then go."""
    run.ctid, name = names.find_ctid(run, word)
    if run.node.vz_conf is None:
        raise Failed(codes.NOCONFIG, f"Unable to open {run.node.vz_conf_path}: No such file or directory")
    run.repeat(run.node.vz_conf_messages)
    read, act, needs_conf, locked = COMMANDS[command]
    options = read(run, command, argv)
    if run.ctid == 0 and command != "set":
        raise Failed(codes.PARAM_VALUE, "Only set actions are allowed for CT0", loud=True)
    run.load_conf()
    names.check_name(run, name)
    if needs_conf and not run.has_conf:
        raise Failed(codes.NOVECONFIG, "Container config file does not exist")
    if not locked:
        return act(run, command, options)
    with locks.held(run):
        return act(run, command, options)


def set_quiet(run):
    run.quiet = True


def set_verbose(run):
    run.verbose += 1


def set_skiplock(run):
    run.skip_lock = True


GLOBAL_OPTIONS = {"--quiet": set_quiet, "--verbose": set_verbose, "--skiplock": set_skiplock}


# A command's options are read by one function, obeyed by another; modules are loaded as they are needed.


def module(name):
    return importlib.import_module(f"vzsim.{name}")


def read_nothing(run, command, argv):
    if argv:
        raise Failed(codes.PARAM_SYNTAX, "Invalid options: " + "".join(word + " " for word in argv), loud=True)


def read_set(run, command, argv):
    return module("options").read_set(run, argv)


def read_create(run, command, argv):
    return module("options").read_create(run, argv)


def read_power(run, command, argv):
    return module("power").read_options(command, argv)


def read_checkpoint(run, command, argv):
    return module("checkpoint").read_options(argv)


def read_exec(run, command, argv):
    return module("inside").read_command(command, argv)


def read_script(run, command, argv):
    return module("inside").read_script(argv)


def read_enter(run, command, argv):
    return module("inside").read_enter(argv)


def read_snapshot(run, command, argv):
    return module("ploop").read_snapshot(command, argv)


def read_anything(run, command, argv):
    return argv


def do_set(run, command, wanted):
    return module("setcmd").set_(run, wanted)


def do_create(run, command, wanted):
    return module("create").create(run, wanted)


def do_destroy(run, command, options):
    return module("create").destroy(run)


def do_plain_power(run, command, options):
    return getattr(module("power"), command)(run)


def do_power(run, command, options):
    return getattr(module("power"), command)(run, options)


def do_checkpoint(run, command, options):
    return getattr(module("checkpoint"), command)(run, options)


def do_exec(run, command, argv):
    return module("inside").execute(run, command, argv)


def do_script(run, command, path):
    return module("inside").run_script(run, path)


def do_inside(run, command, options):
    return getattr(module("inside"), command)(run)


def do_snapshot(run, command, options):
    return module("ploop").snapshot(run, command)


def do_ploop(run, command, options):
    return getattr(module("ploop"), command)(run)


def do_quota(run, command, options):
    return module("ploop").quota(run, command)


# command: (how its options are read, what it does, whether a conf must exist, whether it takes the lock)
COMMANDS = {
    "set": (read_set, do_set, False, True),
    "create": (read_create, do_create, False, True),
    "destroy": (read_nothing, do_destroy, True, True),
    "status": (read_nothing, do_plain_power, False, False),
    "mount": (read_nothing, do_plain_power, True, True),
    "umount": (read_nothing, do_plain_power, True, True),
    "start": (read_power, do_power, True, True),
    "stop": (read_power, do_power, True, True),
    "restart": (read_power, do_power, True, True),
    "suspend": (read_checkpoint, do_checkpoint, True, True),
    "resume": (read_checkpoint, do_checkpoint, True, True),
    "exec": (read_exec, do_exec, True, False),
    "exec2": (read_exec, do_exec, True, False),
    "exec3": (read_exec, do_exec, True, False),
    "runscript": (read_script, do_script, True, True),
    "enter": (read_enter, do_inside, True, False),
    "console": (read_anything, do_inside, True, False),
    "compact": (read_nothing, do_ploop, True, True),
    "convert": (read_anything, do_ploop, True, True),
    **dict.fromkeys(("quotaon", "quotaoff", "quotainit"), (read_nothing, do_quota, True, True)),
    **dict.fromkeys(
        (
            "snapshot",
            "snapshot-delete",
            "snapshot-switch",
            "snapshot-mount",
            "snapshot-umount",
            "snapshot-list",
        ),
        (read_snapshot, do_snapshot, True, True),
    ),
}
