"""
States inside a container beside the same states on the node itself.

``openvz.sls`` runs in a process that has loaded Salt, as a minion has; ``salt-call --local state.sls`` starts its own.
Both apply one ``test.nop``, in turns: Salt takes an SLS file without any state for an error.
"""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import fleet
from .minion import REPO, Failed, Minion

EMPTY = "nothing"
NAME, FIRST = "web01", 101
DOCUMENT = f"""\
<domain type='openvz'>
  <name>{NAME}</name>
  <memory unit='MiB'>512</memory>
  <devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem></devices>
</domain>
"""


@dataclass(frozen=True)
class Inside:
    """Seconds of each run, and bytes of the thin that were sent in each of those inside, the first one too."""

    cold: float
    warm: tuple
    alone: tuple  # salt-call on the node
    whole: tuple  # salt-call openvz.sls, which starts a Salt of its own as well
    sent: tuple

    @property
    def ratio(self):
        return median(self.warm) / median(self.alone)


def measure(home, rounds):
    """The `Inside` of a container that was never entered before."""
    minion = Minion(home / "minion", fleet.make(home / "node"), first_ctid=FIRST)
    minion.give({})
    minion.write(EMPTY, {"nothing": {"test.nop": []}})
    command = [sys.executable, "-m", "benchmarks.inside", str(minion.home), str(rounds)]
    result = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    if result.returncode:
        raise Failed(f"states inside: {result.stderr[-2000:]}")
    found = json.loads(result.stdout.splitlines()[-1])
    return Inside(found["cold"], *(tuple(found[name]) for name in ("warm", "alone", "whole", "sent")))


def _child(home, rounds):
    """In a process that stands for the minion: print what was measured."""
    import salt.config
    import salt.loader

    opts = salt.config.minion_config(str(Path(home) / "minion"))
    opts["grains"], opts["pillar"] = salt.loader.grains(opts), {}
    functions = salt.loader.minion_mods(opts)
    functions["openvz.define"](xml=DOCUMENT)
    functions["openvz.start"](NAME)
    sent = _watched(functions)

    def inside():
        functions["openvz.sls"](NAME, EMPTY)

    def salt_call(*argv):
        subprocess.run(
            [str(Path(sys.executable).with_name("salt-call")), "--local", "--config-dir", home, *argv],
            capture_output=True,
            check=True,
        )

    found = {"cold": _seconds(inside), "warm": [], "alone": [], "whole": []}
    salt_call("state.sls", EMPTY)
    for _ in range(rounds):
        found["warm"].append(_seconds(inside))
        found["alone"].append(_seconds(lambda: salt_call("state.sls", EMPTY)))
        found["whole"].append(_seconds(lambda: salt_call("openvz.sls", NAME, EMPTY)))
    print(json.dumps({**found, "sent": sent}))


def _watched(functions):
    """A list to which each run inside adds the bytes of the thin that it has sent."""
    functions["openvz.version"]()  # loads the library
    door = sys.modules["vzdomain"].execution.inside.door.Door
    run, sent = door.run, []

    def watched(self, *args, **kwargs):
        answer = run(self, *args, **kwargs)
        sent.append(answer.sent)
        return answer

    door.run = watched
    return sent


def _seconds(function):
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


if __name__ == "__main__":
    _child(sys.argv[1], int(sys.argv[2]))
