"""What one plan for all nodes costs on a master, when they have answered and their pillars are compiled."""

import gc
import json
import time
import tracemalloc
from dataclasses import dataclass

from vzdomain.document import entries
from vzdomain.fleet import plan
from vzdomain.planning import planner

from . import fleet
from .minion import Failed

EACH = 100  # containers of a node
FIRST = 100001
PLACE = "openvz:domains"
KNOWN = {"family": "4.x", "version": "4.11.1", "moves": []}


@dataclass(frozen=True)
class Planned:
    """Seconds of CPU, and KiB of memory at the most beside the answers, for so many nodes."""

    nodes: int
    seconds: float
    memory: float

    @property
    def count(self):
        return self.nodes * EACH

    @property
    def each(self):
        """Microseconds for one container."""
        return self.seconds / self.count * 1e6

    @property
    def memory_each(self):
        """KiB for one container."""
        return self.memory / self.count


def measure(sizes, rounds):
    """A `Planned` for each number of nodes, by the quickest of some rounds; the sizes take turns."""
    made = {nodes: answers(nodes) for nodes in sizes}
    seconds = {nodes: [] for nodes in sizes}
    for _ in range(rounds):
        for nodes, given in made.items():
            seconds[nodes].append(_cpu(given))
    return tuple(Planned(nodes, min(seconds[nodes]), _memory(made[nodes])) for nodes in sizes)


def _cpu(given):
    """Without the collector, which looks through all answers of all sizes again and again."""
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        planned(given)
        return time.process_time() - begun
    finally:
        gc.enable()


def planned(given):
    """The plan as data; one container of each node is to move to the next node, and one more to be changed."""
    nodes = [plan.answered(name, survey, wanted) for name, survey, wanted in given]
    data = plan.told.of_plan(plan.plan(nodes), {})
    usual = {"move": len(given), "change": len(given), "unchanged": len(given) * (EACH - 2)}
    if data["summary"] != usual or data["findings"]:
        raise Failed(f"this was not to be measured: {json.dumps(data['summary'])} {data['findings'][:3]}")
    return data


def _memory(given):
    gc.collect()
    tracemalloc.start()
    try:
        planned(given)
        return tracemalloc.get_traced_memory()[1] / 1024
    finally:
        tracemalloc.stop()


def answers(nodes):
    """``[(name, survey, entries), ...]`` of so many nodes, as `openvz.survey` and the pillars say."""
    names = [f"hn{number:03}" for number in range(nodes)]
    return [_answer(name, number, names) for number, name in enumerate(names)]


def _answer(name, number, names):
    ctids = range(FIRST + number * EACH, FIRST + (number + 1) * EACH)
    before = FIRST + (number - 1) % len(names) * EACH  # the first one of the node before goes here
    wanted = [_entry(ctid) for ctid in (before, *ctids[1:])]
    meant = zip(wanted, (before, *ctids[1:]), strict=True)
    asked = {entry.label: _asked(entry, ctid, before, ctids) for entry, ctid in meant}
    containers = [_container(ctid, ctid != ctids[0]) for ctid in ctids]
    return name, {**KNOWN, "plan": asked, "containers": containers}, wanted


def _entry(ctid):
    entry = entries.read(f"web{ctid}", fleet.document(ctid), PLACE)
    return entries.with_document(entry, entry.xml)


def _asked(entry, ctid, before, ctids):
    known = {**fleet.facts(ctid), "ctid": ctid}
    told = {"id": f"entry-{ctid:016}", "wanted": planner.wanted_id(entry), "name": entry.called, "uuid": known["uuid"]}
    told |= {"ctid": ctid, "state": None, "is_read": True, "costs": [], "takes": [], "gives": [], "after": []}
    if ctid == before:
        return {**told, "status": "create", "costs": ["creates"], "takes": [known["address"]], "did": ["created"]}
    if ctid == ctids[1]:
        memory = {"memory": {"old": "256 MiB", "new": "512 MiB"}}
        return {**told, "status": "change", "changes": memory, "did": ["updated (memory)"]}
    return {**told, "status": "unchanged", "changes": {}, "did": []}


def _container(ctid, is_meant):
    known = fleet.facts(ctid)
    told = {"ctid": ctid, "uuid": known["uuid"], "name": f"web{ctid}", "addresses": [known["address"]], "managed": True}
    told |= {"routed": [known["address"]], "status": "running", "protected": False}
    return {**told, "entry": f"web{ctid}"} if is_meant else {**told, "entry": None, "xml": fleet.document(ctid)}
