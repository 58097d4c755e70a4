"""What a run over containers costs that are as their documents say, above a run of states that do nothing."""

import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

from lxml import etree

from . import fleet, fleet7
from .counting import OPENED
from .minion import Minion

MANAGED, RUNNING = "managed", "running"  # functions of the state module, and files of states
MOST_STATES = 1000  # above it a state for each container is no way to write it
FAMILIES = {"4": fleet, "7": fleet7}  # family of vzctl -> its node


@dataclass(frozen=True)
class Cost:
    """Runs of one state over so many containers, and of ``test.nop`` in its place, taken in turns."""

    state: str
    family: str  # of vzctl: "4", "7"
    count: int
    floors: tuple  # of minion.Taken
    runs: tuple
    started: Counter  # programs that the run started and the floor did not
    vzlist: float  # seconds of vzsim's vzlist alone
    bare: float  # seconds for opening and reading all configuration files and for lxml to parse all documents, alone

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
    def ratio(self):
        """The time above the floor without vzlist, in times of `bare`."""
        return (self.above - self.vzlist) / self.bare

    @property
    def opened(self):
        """How often each configuration file was opened."""
        return self.started[OPENED] / self.count

    @property
    def peak(self):
        """MiB of the run, and of the floor."""
        return tuple(max(taken.peak for taken in some) / 1024 for some in (self.runs, self.floors))


def measure(home, sizes, rounds, tell):
    """A `Cost` for each size, of one ``openvz.managed`` and of an ``openvz.running`` for each container."""
    for count in sizes:
        for family, node in FAMILIES.items():
            minion = make(home / f"{family}-{count}", count, node)
            both = count <= MOST_STATES and node is fleet
            for state in (MANAGED, RUNNING) if both else (MANAGED,):
                tell(f"openvz.{state}, {count} containers of vzctl {family}")
                yield _cost(minion, state, family, count, rounds)


def make(place, count, fleet=fleet):
    """A minion whose node has the containers of its pillar, all running."""
    minion = Minion(place / "minion", fleet.make(place / "node"), first_ctid=fleet.FIRST)
    minion.write(MANAGED, {"what the pillar has": {"openvz.managed": []}})
    minion.give(fleet.pillar(fleet.ctids(1), state="running"))
    minion.apply(MANAGED, changes=True)
    fleet.fill(minion.node, count)
    minion.give(fleet.pillar(fleet.ctids(count), state="running"))
    minion.write(f"{MANAGED}-floor", {"what the pillar has": {"test.nop": []}})
    for name, function in ((RUNNING, "openvz.running"), (f"{RUNNING}-floor", "test.nop")):
        minion.write(name, {f"web{ctid}": {function: [_key(ctid)]} for ctid in fleet.ctids(count)})
    return minion


def _key(ctid):
    return {"pillar_key": f"openvz:{fleet.KEY}:web{ctid}:xml"}


def _cost(minion, state, family, count, rounds):
    names = (f"{state}-floor", state)
    base, started = (Counter(minion.processes(name)) for name in names)  # it warms up what Salt caches, too
    pairs = [tuple(minion.apply(name) for name in names) for _ in range(rounds)]
    floors, runs = zip(*pairs, strict=True)
    found = started - base
    its = FAMILIES[family]
    vzlist = _seconds_of(minion.node, its.LISTING, rounds) if found["vzlist"] else 0
    return Cost(state, family, count, floors, runs, found, vzlist, _bare(minion.node, its, count, rounds))


def _bare(node, fleet, count, rounds):
    paths = [str(fleet.conf_path(node, ctid)) for ctid in fleet.ctids(count)]
    texts = [fleet.document(ctid).encode() for ctid in fleet.ctids(count)]
    return min(_read(paths, texts) for _ in range(rounds))


def _read(paths, texts):
    begun = time.perf_counter()
    for path, text in zip(paths, texts, strict=True):
        with open(path, "rb") as file:
            file.read()
        etree.fromstring(text)
    return time.perf_counter() - begun


def _seconds_of(node, words, rounds):
    return min(_seconds([str(node / "bin/vzlist"), *words]) for _ in range(rounds))


def _seconds(command):
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
