"""What a run over containers costs that are as their documents say, above a run of states that do nothing."""

import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

from . import fleet
from .minion import Minion

MANAGED, RUNNING = "managed", "running"  # functions of the state module, and files of states
MOST_STATES = 1000  # above it a state for each container is no way to write it
_LISTING = ("-a", "-j", "-o", "ctid,status,uptime")


@dataclass(frozen=True)
class Cost:
    """Runs of one state over so many containers, and of ``test.nop`` in its place, taken in turns."""

    state: str
    count: int
    floors: tuple  # of minion.Taken
    runs: tuple
    started: Counter  # programs that the run started and the floor did not
    vzlist: float  # seconds of vzsim's vzlist alone

    @property
    def above(self):
        """Seconds above the floor: the median of the pairs."""
        return median(run.seconds - floor.seconds for floor, run in zip(self.floors, self.runs, strict=True))

    @property
    def least(self):
        """Seconds above the floor: the quickest run beside the quickest floor."""
        return min(run.seconds for run in self.runs) - min(floor.seconds for floor in self.floors)

    @property
    def each(self):
        """Milliseconds above the floor for one container."""
        return self.above / self.count * 1000

    @property
    def peak(self):
        """MiB of the run, and of the floor."""
        return tuple(max(taken.peak for taken in some) / 1024 for some in (self.runs, self.floors))


def measure(home, sizes, rounds, tell):
    """A `Cost` for each size, of one ``openvz.managed`` and of an ``openvz.running`` for each container."""
    for count in sizes:
        place = home / str(count)
        minion = make(place, count)
        for state in (MANAGED, RUNNING) if count <= MOST_STATES else (MANAGED,):
            tell(f"openvz.{state}, {count} containers")
            yield _cost(minion, state, count, rounds)


def make(place, count):
    """A minion whose node has the containers of its pillar, all running."""
    minion = Minion(place / "minion", fleet.make(place / "node"), first_ctid=fleet.FIRST)
    minion.write(MANAGED, {"what the pillar has": {"openvz.managed": []}})
    minion.give(fleet.pillar(1, state="running"))
    minion.apply(MANAGED, changes=True)
    fleet.fill(minion.node, count)
    minion.give(fleet.pillar(count, state="running"))
    minion.write(f"{MANAGED}-floor", {"what the pillar has": {"test.nop": []}})
    for name, function in ((RUNNING, "openvz.running"), (f"{RUNNING}-floor", "test.nop")):
        minion.write(name, {f"web{ctid}": {function: [_key(ctid)]} for ctid in fleet.ctids(count)})
    return minion


def _key(ctid):
    return {"pillar_key": f"openvz:domains:web{ctid}:xml"}


def _cost(minion, state, count, rounds):
    names = (f"{state}-floor", state)
    base, started = (Counter(minion.processes(name)) for name in names)  # it warms up what Salt caches, too
    pairs = [tuple(minion.apply(name) for name in names) for _ in range(rounds)]
    floors, runs = zip(*pairs, strict=True)
    return Cost(state, count, floors, runs, started - base, _vzlist(minion.node, rounds))


def _vzlist(node, rounds):
    return min(_seconds([str(node / "bin/vzlist"), *_LISTING]) for _ in range(rounds))


def _seconds(command):
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
