"""A fleet in memory: nodes with containers and pillars that answer surveys and do what they are told, one by one."""

import functools
import hashlib
import json
import threading
from dataclasses import dataclass, field, replace

from vzdomain.document import entries
from vzdomain.fleet import plan
from vzdomain.planning import planner

FLAVOUR = {"family": "4.x", "version": "4.11.1", "memory_kib": None, "free_kib": None, "moves": []}


@dataclass
class Container:
    """One that is there."""

    ctid: int
    name: str
    uuid: str | None = None
    addresses: tuple = ()
    status: str = "running"
    managed: bool = True

    @property
    def running(self):
        return self.status == "running"

    @property
    def xml(self):
        return document(self.name, self.uuid, self.addresses)


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012}"


def document(name, uuid=None, addresses=(), memory=None):
    """A domain document."""
    said = f"<uuid>{uuid}</uuid>" if uuid else ""
    said += f"<memory unit='MiB'>{memory}</memory>" if memory else ""
    ips = "".join(f"<ip address='{one}'/>" for one in addresses)
    devices = f"<devices><interface type='ethernet'>{ips}</interface></devices>" if addresses else "<devices/>"
    return f"<domain type='openvz'><name>{name}</name>{said}{devices}</domain>"


@functools.cache
def entry(label, value):
    """What a pillar says, as JSON, of one container."""
    found = entries.read(label, json.loads(value), "openvz:domains")
    return entries.with_document(found, found.xml) if found.xml else found


class Broken(Exception):
    """A law of the fleet does not hold."""


@dataclass
class Fleet:
    """
    Nodes and what their pillars want.

    containers
        Node -> its `Container`s.

    pillars
        Node -> label -> a document, or a mapping as in a pillar.
    """

    containers: dict = field(default_factory=dict)
    pillars: dict = field(default_factory=dict)
    silent: dict = field(default_factory=dict)  # node -> why it does not answer
    history: list = field(default_factory=list)
    counted: dict = field(default_factory=dict)  # what has been done how often
    lock: object = field(default_factory=threading.Lock, repr=False)

    def count(self, what):
        self.counted[what] = self.counted.get(what, 0) + 1

    def entries(self, node):
        return [entry(label, json.dumps(value)) for label, value in self.pillars.get(node, {}).items()]

    def nodes(self):
        return [
            plan.silent(name, self.silent[name], self.entries(name))
            if name in self.silent
            else plan.answered(name, self.survey(name), self.entries(name))
            for name in sorted(self.containers)
        ]

    def plan(self):
        return plan.plan(self.nodes())

    # what a node says

    def survey(self, node):
        asked = self._asked(node)
        means = {one["container"].ctid: label for label, one in asked.items() if one.get("container")}
        return {
            **FLAVOUR,
            "ssh_host": node,
            "plan": {label: {k: v for k, v in one.items() if k != "container"} for label, one in asked.items()},
            "containers": [self._shown(one, means.get(one.ctid)) for one in self.containers[node]],
        }

    def _shown(self, one, label):
        told = {"ctid": one.ctid, "uuid": one.uuid, "name": one.name, "addresses": list(one.addresses)}
        told |= {"routed": list(one.addresses), "status": one.status, "managed": one.managed, "entry": label}
        return {**told, "xml": one.xml} if one.managed and label is None else told

    def _asked(self, node):
        """Label -> what the node's planner says; it follows what others refuse as long as that makes a difference."""
        held = {address: one for one in self.containers[node] for address in one.addresses}
        names = {one.ctid for one in self.containers[node]}
        givers, told, waiting = {}, {}, self.entries(node)
        while waiting:
            refused = []
            for entry in waiting:
                told[entry.label] = self._one(node, entry, held, names, givers)
                refused += [entry] if "error" in told[entry.label] else []
            if len(refused) == len(waiting):
                break
            waiting = refused
        return {entry.label: told[entry.label] for entry in self.entries(node)}

    def _one(self, node, entry, held, numbers, givers):
        container = self.means(node, entry)
        wants = tuple(entry.domain.addresses or ()) if entry.domain else ()
        old = container.addresses if container else ()
        gone = entry.state == "absent"
        takes = [one for one in wants if one not in old] if not gone else []
        gives = [
            one for one in old if gone or (entry.domain and entry.domain.addresses is not None and one not in wants)
        ]
        told = {
            "wanted": planner.wanted_id(entry),
            "name": entry.called,
            "uuid": entry.domain and entry.domain.uuid,
            "state": entry.state,
            "is_read": not entry.error,
            "container": container,
        }
        taken = [one for one in takes if one in held and held[one] is not container]
        if taken:
            return {**told, "status": "error", "error": f"the address {taken[0]} is taken", "id": "entry-none"}
        status, costs, ctid = "unchanged", [], container.ctid if container else None
        if gone and container:
            status, costs = "destroy", ["destroys"]
        elif not gone and container is None:
            ctid = next(number for number in range(101, 999) if number not in numbers)
            numbers.add(ctid)
            status, costs = "create", ["creates"]
        elif takes or gives:
            status, costs = "network", ["network_changes"]
        for one in takes:
            held[one] = container or entry
        for one in gives:
            held.pop(one, None)
        after = sorted({givers[one] for one in takes if one in givers} - {entry.label})
        givers.update(dict.fromkeys(gives, entry.label))
        known = repr((told["wanted"], container and vars(container), status, ctid))
        told |= {"id": f"entry-{hashlib.sha256(known.encode()).hexdigest()[:16]}", "status": status, "costs": costs}
        return told | {"ctid": ctid, "takes": takes, "gives": gives, "after": after}

    def means(self, node, entry):
        """The container of a node that an entry means."""
        for one in self.containers[node]:
            if entry.domain and entry.domain.uuid and one.uuid:
                if one.uuid == entry.domain.uuid:
                    return one
            elif one.name == entry.called:
                return one
        return None

    # what a node does

    def do(self, step):
        """Carry out a step, and check the law after each change of it."""
        self.history.append(step.number)
        getattr(self, f"_{step.kind}")(step)

    def carry(self, step, again=False):
        """The same as a runner asks for it: of what was begun already only what is left."""
        with self.lock:
            if again and step.kind == "apply":
                asked = self._asked(step.node)
                left = {label: step.wanted[label] for label in step.entries if asked[label]["status"] != "unchanged"}
                step = replace(step, entries=left)
            there = [one.uuid for one in self.containers[step.node]]
            if not (again and step.kind == "move" and step.uuid in there):
                self.do(step)
        return {}

    def _apply(self, step):
        asked, done = self._asked(step.node), set()
        for label, known in step.entries.items():
            if known not in (asked[label]["id"], asked[label]["wanted"]):
                raise Broken(f"{label} is not what was planned")
        while len(done) < len(step.entries):
            ready = [
                label
                for label in step.entries
                if label not in done and set(asked[label].get("after", ())) & set(step.entries) <= done
            ]
            label = ready[-1]  # whichever order the workers of a node have
            self._follow(step.node, next(one for one in self.entries(step.node) if one.label == label), asked[label])
            done.add(label)

    def _follow(self, node, entry, told):
        container = self.means(node, entry)
        if entry.state == "absent":
            self.containers[node].remove(container)
        elif container is None:
            self.count("creates")
            wants = tuple(entry.domain.addresses or ())
            if told["ctid"] in [one.ctid for one in self.containers[node]]:
                raise Broken(f"CTID {told['ctid']} is taken on {node}")
            self.containers[node].append(Container(told["ctid"], entry.called, entry.domain.uuid, wants))
        elif entry.domain and entry.domain.addresses is not None:
            container.addresses = tuple(entry.domain.addresses)
        self.check()

    def _move(self, step):
        (one,) = [one for one in self.containers[step.source] if str(one.ctid) == step.ctid]
        if any(other.ctid == one.ctid for other in self.containers[step.node]):
            raise Broken(f"CTID {one.ctid} is taken on {step.node}")
        if any(set(other.addresses) & set(one.addresses) for other in self.containers[step.node]):
            raise Broken(f"an address of {one.name} is taken on {step.node}")
        self.count("moves")
        self.containers[step.source].remove(one)
        self.containers[step.node].append(one)
        self.check()

    def _release(self, step):
        (one,) = [one for one in self.containers[step.node] if str(one.ctid) == step.ctid]
        one.addresses = tuple(address for address in one.addresses if address not in step.addresses)
        self.check()

    def check(self):
        """No address is on two running containers, and no container is there twice."""
        addresses, uuids = {}, {}
        for node, containers in self.containers.items():
            for one in containers:
                for address in one.addresses if one.running else ():
                    if address in addresses:
                        raise Broken(f"{address} is on {addresses[address]} and on {one.name} of {node}")
                    addresses[address] = f"{one.name} of {node}"
                if one.uuid and one.uuid in uuids:
                    raise Broken(f"{one.uuid} is there twice")
                uuids[one.uuid] = node

    def carry_out(self, made, choose=min):
        """All steps of a plan, each as soon as those before it are done, in whatever order `choose` takes them."""
        waiting, done = {step.number: step for step in made.steps}, set()
        while waiting:
            ready = [number for number, step in waiting.items() if done.issuperset(step.after)]
            number = choose(ready)
            self.do(waiting.pop(number))
            done.add(number)

    def copy(self):
        containers = {node: [replace(one) for one in there] for node, there in self.containers.items()}
        return Fleet(containers, {node: dict(said) for node, said in self.pillars.items()}, dict(self.silent))
