"""
The command line of vzmigrate, read by getopt(1): options anywhere, long ones abbreviated.
"""

from vzsim.codes import write

USAGE_ERROR = 1
# name -> whether it takes a value: no, yes, or only after an equals sign
SHORT = {"v": "no", "r": "yes", "c": "no", "s": "no", "f": "attached", "t": "no", "h": "no"}
LONG = {
    "live": "no", "online": "no", "remove-area": "yes", "keep-dst": "no", "compact": "no", "snapshot": "no",
    "check-only": "no", "dry-run": "no", "nodeps": "attached", "ssh": "yes", "rsync": "yes", "times": "no",
    "ssh-mux": "no", "help": "no", "usage": "no",
}  # fmt: skip
SWITCHES = {
    "--live": "online", "--online": "online", "--keep-dst": "keep_dst", "-c": "compact", "--compact": "compact",
    "-s": "snapshot", "--snapshot": "snapshot", "--check-only": "check_only", "--dry-run": "check_only",
    "-t": "times", "--times": "times", "--ssh-mux": "ssh_mux",
}  # fmt: skip
CHECKS = {"cpu": ("cpu",), "cpu_check": ("cpu",), "ipv6": ("ipv6",), "all": ("cpu", "ipv6"), "": ("cpu", "ipv6")}
BAD_USAGE = "Invalid usage{}\n\nFor command line syntax, please check\n  vzmigrate --help\n  man vzmigrate\n"

USAGE = """\
This program is used for container migration to another node.
Usage:
  vzmigrate [option ...] destination_address <CTID>
Options:
-r, --remove-area yes|no
\tWhether to remove container on source host after successful migration.
--ssh=<ssh options>
\tAdditional options that will be passed to ssh while establishing
\tconnection to destination host. Please be careful with options
\tpassed, DO NOT pass destination hostname.
--ssh-mux
\tUse ssh connection multiplexing (speeds up live migration).
--rsync=<rsync options>
\tAdditional options that will be passed to rsync.
--keep-dst
\tDo not clean synced destination container private area in case of some
\terror. It makes sense to use this option on big container migration to
\tavoid re-syncing container private area in case some error
\t(on container stop for example) occurs during first migration attempt.
-c, --compact
\tCompact a container image before migration. Works for ploop only.
-s, --snapshot
\tCreate a container snapshot before migration. Works for ploop only.
--live
\tPerform live migration: instead of restarting a container, checkpoint
\tand restore are used, so there is no container downtime or service
\tinterruption. Additional steps are performed to minimize the time
\twhen a container is in suspended state.
--check-only, --dry-run
\tDo not perform actual migration, stop after preliminary checks.
\tThis is used to check if a CT can possibly be migrated. Combine
\twith --live to enable more checks for live migration case.
-f, --nodeps[=<check>[,<check> ...]]
\tContinue migration, ignoring some or all preliminary check failures.
\tParticular checks can be ignored by providing an argument to
\t--nodeps option. The following options can be used (comma-separated):
\t  * cpu\t\t- ignore cpu capabilities check
\t  * ipv6\t- ignore ipv6 module check
-v
\tVerbose mode. Causes vzmigrate to print debugging messages about
\tits progress (including some time statistics). Multiple -v options
\tincrease the verbosity. The maximum is 4.
-t, --times
\tAt the end of live migration, output various timings for migration
\tstages that affect total suspended CT time.

Examples:
\tOnline migration of CT #101 to foo.com:
\t\tvzmigrate --live foo.com 101
\tMigration of CT #102 to foo.com with downtime:
\t\tvzmigrate foo.com 102
Notes:
\tThis program uses ssh as a transport layer. You need to put ssh
\tpublic key to destination node and be able to connect without
\tentering a password.
"""


class Ended(Exception):
    """The command line says all: a page was printed, or what is wrong with it."""

    def __init__(self, rc):
        super().__init__(rc)
        self.rc = rc


def read(words):
    """The script's variables after its options, ``{"host": "hn2", "VEID": "101", "online": 0, ...}``; or `Ended`."""
    if not words:
        write(1, USAGE)
        raise Ended(0)
    known = dict.fromkeys((*SWITCHES.values(), "verbose", "ignore_cpu", "ignore_ipv6", "debug"), 0)
    known |= {"remove_area": 1, "ssh_options": "-o BatchMode=yes", "rsync_options": "-aHAX --delete --numeric-ids"}
    given, operands = _split(words)
    for option, value in given:
        _take(known, option, value)
    if len(operands) < 2:
        _refuse(": not enough parameters")
    if len(operands) > 2:
        _refuse(f": too many parameters: {' '.join(operands)}")
    known["host"], known["VEID"] = operands
    _add_verbosity(known)
    return known


def _add_verbosity(known):
    verbose = known["verbose"]
    known["times"] = known["times"] or int(verbose > 0)
    more = min(3, max(0, verbose - 1))
    known["rsync_options"] += " -v" * more
    known["VZCTL"] = "vzctl" + " --verbose" * more
    known["ssh_options"] += " -v" if verbose > 3 else ""


def _take(known, option, value):
    if option in ("-h", "--help", "--usage"):
        write(1, USAGE)
        raise Ended(0)
    if option in SWITCHES:
        known[SWITCHES[option]] = 1
    elif option == "-v":
        known["verbose"] += 1
    elif option in ("-r", "--remove-area"):
        if value not in ("yes", "no"):
            _refuse(f": bad argument for {option}: {value}")
        known["remove_area"] = int(value == "yes")
    elif option in ("-f", "--nodeps"):
        for check in (value or "").removeprefix("=").replace(",", " ").split() or [""]:
            if check not in CHECKS:
                _refuse(f": unknown {option} argument: {check}")
            known.update(dict.fromkeys((f"ignore_{name}" for name in CHECKS[check]), 1))
    elif option == "--ssh":
        known["ssh_options"] += f" {value}"
    elif option == "--rsync":
        known["rsync_options"] += f" {value}"


def _refuse(text=""):
    write(1, BAD_USAGE.format(text))
    raise Ended(USAGE_ERROR)


def _split(words):
    """``["-r", "no", "hn2", "101"]`` -> ``([("-r", "no")], ["hn2", "101"])``; complaints as getopt(1) has them."""
    given, operands, words, is_wrong = [], [], list(words), False
    while words:
        word = words.pop(0)
        try:
            if word == "--":
                operands += words
                break
            if word.startswith("--"):
                given.append(_long(word[2:], words))
            elif word.startswith("-") and word != "-":
                given += _letters(word[1:], words)
            else:
                operands.append(word)
        except ValueError as problem:
            write(2, f"vzmigrate: {problem}\n")
            is_wrong = True
    if is_wrong:
        _refuse()
    return given, operands


def _long(text, words):
    name, equals, value = text.partition("=")
    found = [name] if name in LONG else [one for one in LONG if one.startswith(name)]
    if not found:
        raise ValueError(f"unrecognized option '--{name}'")
    if len(found) > 1:
        likely = " ".join(f"'--{one}'" for one in found)
        raise ValueError(f"option '--{name}' is ambiguous; possibilities: {likely}")
    name, kind = found[0], LONG[found[0]]
    if kind == "no" and equals:
        raise ValueError(f"option '--{name}' doesn't allow an argument")
    if kind == "yes" and not equals:
        if not words:
            raise ValueError(f"option '--{name}' requires an argument")
        value = words.pop(0)
    return f"--{name}", value


def _letters(letters, words):
    found = []
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter not in SHORT:
            raise ValueError(f"invalid option -- '{letter}'")
        value = ""
        if SHORT[letter] == "attached" or (SHORT[letter] == "yes" and letters):
            value, letters = letters, ""
        elif SHORT[letter] == "yes":
            if not words:
                raise ValueError(f"option requires an argument -- '{letter}'")
            value = words.pop(0)
        found.append((f"-{letter}", value))
    return found
