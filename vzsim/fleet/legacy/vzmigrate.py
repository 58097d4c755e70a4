"""
``vzmigrate [options] HOST CTID|NAME``: the order of its steps, as in 109 recorded runs of vzctl 4.11.1.
"""

from vzsim.codes import write
from vzsim.fleet.calls import Calls
from vzsim.fleet.legacy import checks, locking, options, script, sourcing, stages


def main(node, words):
    """Run ``vzmigrate``; the exit status."""
    try:
        return _run(node, words)
    except (options.Ended, script.Exit, sourcing.Died) as end:
        return end.rc


def _run(node, words):
    values = options.read(words)
    calls = Calls(node, "vzmigrate", words)
    values["VEID"] = _number(calls, values["VEID"])
    if node.vz_conf is None:
        write(2, f"Error: Can't read global config file {node.vz_conf_path}\n")
        return script.NO_SUCH
    move = script.Script(node, calls, _variables(node, values))
    move.debug(f"Loading {node.vz_conf_path}")
    move.values.update(sourcing.source(node, node.vz_conf_path, move.values))
    locking.take(move)
    _check(move)
    if move.is_on("check_only"):
        locking.drop(move)
        return 0
    _move(move)
    locking.drop(move)
    return 0


def _number(calls, word):
    """A CT ID, or the one of a name; vzlist says what is wrong with it."""
    if word.isascii() and word.isdigit():
        return word
    number = calls.run("name", ["vzlist", "-o", "ctid", "-H", word], capture=True).text.replace(" ", "").strip()
    if not number:
        raise script.Exit(script.NO_SUCH)
    return number


def _variables(node, values):
    confdir = node.path("/etc/vz/conf")
    ssh = f"ssh {values['ssh_options']}"
    return {
        **values,
        "confdir": confdir,
        "vpsconf": f"{confdir}/{values['VEID']}.conf",
        "tmpdir": script.TEMPORARY,
        "SSH": ssh,
        "SCP": f"scp {values['ssh_options'].replace('-p', '-P', 1)}",
        "RSYNC": f"rsync {values['rsync_options']}",
        "VZCTL_L": f"{values['VZCTL']} --skiplock",
        "PLOOP": "no",
    }


def _check(move):
    checks.status(move)
    checks.announce(move)
    checks.connection(move)
    if move.is_on("online"):
        checks.checkpointing(move)
    checks.existence(move)
    if move.is_on("online") or move["suspended"] == "suspended":
        checks.kernels(move)
    checks.configuration(move)
    checks.other_configuration(move)
    checks.images(move)
    checks.addresses(move)


def _move(move):
    stages.prepare(move)
    stages.trim(move)
    stages.first_copy(move)
    if move.is_on("online"):
        stages.freeze(move)
    else:
        stages.stop(move)
    stages.second_copy(move)
    if move.is_on("online"):
        stages.thaw(move)
    else:
        stages.start(move)
    stages.hand_over(move)
