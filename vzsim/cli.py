"""
The command ``vzsim``: make a simulated OpenVZ node, inject failures, replay recorded runs.
"""

import argparse
import os
import sys
import textwrap

from vzsim import making, programs
from vzsim.commands import vzctl as legacy
from vzsim.fleet import booting, peers, steps
from vzsim.fleet import making as fleets
from vzsim.node import faults, latency
from vzsim.seven import vzctl as seven
from vzsim.seven.node import RELEASES

COMMANDS = (*legacy.COMMANDS, *(command for command in seven.COMMANDS if command not in legacy.COMMANDS))
FAULT_KEYS = ("program", "match", "step", "rc", "stdout", "stderr", "hang", "until", "kill", "when", "times")


def main(argv=None):
    """Run ``vzsim``; the exit status."""
    argv = sys.argv[1:] if argv is None else list(argv)
    if argv[:1] == ["replay"]:
        from vzsim.replay import records

        return records.main(argv[1:])
    options = _parser().parse_args(argv)
    try:
        return options.act(options)
    except (making.Refused, OSError) as problem:
        print(f"vzsim: {problem}", file=sys.stderr)
        return 1


def _parser():
    parser = argparse.ArgumentParser(prog="vzsim", description="An OpenVZ node in a directory.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_init(commands.add_parser("init", help="make a node, or fix the paths of one that was moved"))
    _add_fleet(commands.add_parser("fleet", help="make nodes that reach each other, or fix a fleet that was moved"))
    _add_fault(commands.add_parser("fault", help="let the next runs of a program, or of a step, fail or hang"))
    commands.add_parser("replay", help="replay recorded runs of vzctl and vzlist", add_help=False)
    return parser


def _add_init(parser):
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--no-vswap", dest="vswap", action="store_false", help="a kernel without --ram and --swap")
    parser.add_argument("--vswap", dest="vswap", action="store_true", help="a kernel with them (default)")
    parser.add_argument("--family", choices=programs.FAMILIES, default=programs.LEGACY, help="4: vzctl 4.11 (default)")
    parser.add_argument("--release", choices=RELEASES, help="of family 7 (default: the latest)")
    parser.add_argument("--template", action="append", default=[], metavar="NAME", help="one more OS template")
    more = {"action": "append", "default": []}
    parser.add_argument("--network", type=_network, metavar="NAME=BRIDGE", help="one more virtual network", **more)
    parser.add_argument("--latency", type=_latency, metavar="COMMAND=SECONDS,...", help="make commands take this long")
    parser.set_defaults(act=_init, vswap=True)


def _add_fleet(parser):
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--nodes", type=_names, default=[], metavar="NAME,...", help="make DIR/NAME, each a node")
    parser.add_argument(
        "--family", type=_names, default=[programs.LEGACY], metavar="N,...", help="for all, or one each"
    )
    parser.add_argument("--release", choices=RELEASES, help="of those of family 7 (default: the latest)")
    parser.add_argument("--template", action="append", default=[], metavar="NAME", help="one more OS template")
    more = {"action": "append", "default": []}
    parser.add_argument("--network", type=_network, metavar="NAME=BRIDGE", help="one more virtual network", **more)
    parser.add_argument("--down", type=_names, default=[], metavar="NAME,...", help="nobody can log in there")
    parser.add_argument("--up", type=_names, default=[], metavar="NAME,...", help="one can log in there again")
    parser.add_argument("--reboot", type=_names, default=[], metavar="NAME,...", help="cut the power there, and boot")
    parser.set_defaults(act=_fleet)


def _add_fault(parser):
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "".join(f"steps of {program}:\n{_wrapped(names)}\n" for program, names in steps.BY_FAMILY.items())
    parser.add_argument("directory", metavar="DIR")
    parser.add_argument("--clear", action="store_true", help="forget all faults")
    parser.add_argument("--list", action="store_true", help="show the faults that are still set")
    parser.add_argument("--program", choices=programs.PROGRAMS)
    known = (*COMMANDS, *steps.STEPS)
    parser.add_argument("--command", dest="at", choices=known, metavar="COMMAND", help="such as set or vzmigrate")
    parser.add_argument(
        "--step", type=_step, help="of a program below: strike there; a group such as checks: at its first"
    )
    parser.add_argument("--match", metavar="TEXT", help="only if the command line contains this text")
    parser.add_argument("--rc", type=int, metavar="N", help="exit code")
    parser.add_argument("--stdout", metavar="TEXT")
    parser.add_argument("--stderr", metavar="TEXT")
    parser.add_argument("--hang", type=float, metavar="SECONDS")
    parser.add_argument("--until", metavar="FILE", help="make FILE, and hang until somebody removes it")
    parser.add_argument("--kill", choices=("TERM", "KILL"), help="kill the program whose step this is; children go on")
    parser.add_argument("--lost", action="store_true", help="lose the connection for the rest of the program")
    parser.add_argument("--when", choices=("before", "after"), help="after: the action is done, its answer is lost")
    parser.add_argument("--times", type=int, metavar="N", help="how many times (default: always)")
    parser.set_defaults(act=_fault)


def _latency(text):
    try:
        return latency.parse(text, (*COMMANDS, latency.HELPER))
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None


def _network(text):
    name, equals, bridge = text.partition("=")
    if not (name and equals and bridge):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=BRIDGE")
    return name, bridge


def _names(text):
    return [name for name in text.split(",") if name]


def _step(text):
    if not steps.known(text):
        raise argparse.ArgumentTypeError(f"no program has a step {text!r}")
    return text


def _wrapped(words):
    return textwrap.fill(" ".join(words), 100, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def _fleet(options):
    fleet = os.path.realpath(options.directory)
    if options.nodes:
        for family in options.family:
            if family not in programs.FAMILIES:
                raise making.Refused(f"no family {family!r}: {' or '.join(programs.FAMILIES)}")
        more = (options.family, options.release, options.template, dict(options.network))
        fresh = fleets.make(fleet, options.nodes, *more)
    else:
        fresh = []
        fleets.mend(fleet)
    fleets.switch(fleet, options.down, options.up, options.reboot)
    for name in options.reboot:
        started = booting.reboot(f"{fleet}/{name}")
        print(f"{name} was rebooted; started at boot: {', '.join(started) or 'nothing'}")
    down = peers.down(fleet)
    for name in fleets.nodes(fleet):
        said = [f"family {programs.family_of(f'{fleet}/{name}')}"]
        said += ["new"] if name in fresh else []
        said += ["down"] if name in down else []
        print(f"{name}: {fleet}/{name} ({', '.join(said)})")
    return 0


def _init(options):
    directory = os.path.realpath(options.directory)
    for word in ("release", "network"):
        if getattr(options, word) and options.family != programs.SEVEN:
            raise making.Refused(f"--{word} goes with --family {programs.SEVEN} only")
    more = {"release": options.release, "networks": dict(options.network)}
    is_new = making.init(directory, options.vswap, options.template, options.family, **more)
    if options.latency:
        latency.write(programs.node_at(directory), options.latency)
    print(f"{directory} is ready to use as a node" if is_new else f"{directory} was moved: its paths are right again")
    print(f"  vzctl: {directory}/bin/vzctl")
    print(f"  configuration for a minion: {directory}/openvz.conf")
    return 0


def _fault(options):
    if not os.path.isfile(f"{options.directory}/etc/vz/vz.conf"):
        raise making.Refused(f"{options.directory} is not a node")
    node = programs.node_at(options.directory)
    if options.clear:
        faults.clear(node)
        return 0
    if options.list:
        for fault in faults.waiting(node):
            print(", ".join(f"{key} {value}" for key, value in fault.items()))
        return 0
    fault = _fault_of(options)
    faults.add(node, fault)
    return 0


def _fault_of(options):
    """The options as :func:`vzsim.node.faults.add` takes them."""
    fault = {key: getattr(options, key) for key in FAULT_KEYS if getattr(options, key) is not None}
    if options.lost:
        fault["lost"] = True
    if options.until:
        fault["until"] = os.path.abspath(options.until)
    if not fault.keys() & {"rc", "stdout", "stderr", "hang", "until", "kill", "lost"}:
        raise making.Refused("a fault needs --rc, --hang, --until, --kill, --lost, --stderr or --stdout")
    if fault.keys() & {"kill", "lost"} and not options.step:
        raise making.Refused("--kill and --lost go with --step only")
    if options.step and options.at not in steps.STEPS:
        raise making.Refused(f"--step goes with --command {' or '.join(steps.STEPS)} only")
    if options.at:
        fault["program" if options.at in steps.STEPS else "command"] = options.at
    return fault


if __name__ == "__main__":
    sys.exit(main())
