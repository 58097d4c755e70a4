"""
The destination's part of a conversion: it makes the container from its document, takes its files, and starts it.
"""

from ...errors import ArgumentError, OpenVZError, RefusedError
from ...host.container import UP
from ...model import names
from ...model.ctid import Ctid
from ...planning import power as power_
from ..moving import destination as moving
from ..moving import owning
from ..moving.intents import DESTINATION, Move
from ..moving.owning import RUNNING, STOPPED, do, refuse_work
from . import documents, source

_READY = ("/bin/sh", "-c", "echo ready")  # what a container must be able to run


def check(converter, move, facts, pillar_key=None):
    """
    Whether the container can be made here, and from which document: see `moving.destination.check`.

    facts
        Those of `source.check`.

    pillar_key
        Where the pillar of this node has the document, if not among its containers.
    """
    if not isinstance(facts, dict) or not facts.get("ctid"):
        raise ArgumentError("facts must be what check_source has found of this container")
    node = converter.node
    own = {"family": node.flavour.family, "version": node.release}
    told = {**facts, **own, **dict.fromkeys(("networks", "hostdevs", "macs", "targets", "inside"), ())}
    found = moving.check(converter, move, told)
    problems, warnings = found["problems"], found["warnings"]
    if not node.flavour.places.REAL_FILE:
        what = f"{node.node_id} has vzctl {own['family']}, as {move.get('source')} has"
        problems.append(["family", what, f"salt-run openvz.move {names.typed(facts['name'])} {node.node_id}"])
        return found
    entry = _entry(converter, facts.get("uuid"), facts["name"], pillar_key)
    problems += [list(map(str, one)) for one in documents.problems(converter, entry, facts)]
    if not problems:
        warnings += documents.warnings(entry.domain, facts)
        node.forget(Ctid(facts["ctid"]))  # as in `make`
        known = Move.of({**_UNNAMED, **facts, "driver": {"run": "check"}})
        refused = documents.of_plan(converter, documents.on_the_way(entry.domain, known))
        problems += [["plan", refused, f"see salt {node.node_id} openvz.plan"]] if refused else []
    return found


_UNNAMED = {"id": "move-0000000000000000", "source": "source", "destination": "destination"}


def _entry(converter, uuid, name, key):
    return documents.chosen(converter.documents(key), uuid, name)


def make(converter, move, pillar_key=None):
    """Make the container from its document, stopped, and so that no reboot starts it; goes on where it was cut off."""
    _refuse_role(converter, move)
    entry = _entry(converter, move.uuid, move.name, pillar_key)
    if entry is None or entry.error or not entry.domain:
        why = entry.error if entry and entry.error else f"there is no document for {move.name}"
        raise RefusedError(f"{why}: container {move.ctid} is not made on {converter.node.node_id}")
    found = converter.see(move.ctid)
    if found["status"] in UP:
        raise RefusedError(f"container {move.ctid} runs on {converter.node.node_id}: it is left alone")
    domain = documents.on_the_way(entry.domain, move)
    converter.node.forget(move.ctid)  # what was just asked of one that is not there would be taken for one
    converter.reconciler.define(domain, unwritable=entry.document.unwritable, exact=entry.exact)
    converter.node.forget(move.ctid)
    if entry.domain.onboot is not None:
        converter.intents.note(move.ctid, onboot=entry.domain.onboot)
    converter.intents.note(move.ctid, made=True)
    return converter.see(move.ctid)


def mount(converter, move):
    """Mount it, for its files to come in."""
    _refuse_role(converter, move)
    return _mounted(converter, move, "mount", True)


def umount(converter, move):
    """Unmount it, on whichever node: its files are all there."""
    return _mounted(converter, move, "umount", False)


def _mounted(converter, move, verb, wanted):
    found = converter.see(move.ctid)
    refuse_work(move.ctid, found)
    if found["status"] in UP:
        raise RefusedError(f"container {move.ctid} runs on {converter.node.node_id}: it is left alone")
    if found["mounted"] != wanted:
        converter.node.vzctl.run(verb, str(move.ctid))
        converter.node.forget(move.ctid)
    return converter.see(move.ctid)


def own(converter, move, power, proof):
    """
    This node is the owner: see `moving.owning.own`.

    proof
        What the other node has. The destination starts nothing before the source is stopped and disabled, and the
        source nothing while the container runs on the destination.
    """
    role = converter.role_of(move)
    other = move.source if role == DESTINATION else move.destination
    if not isinstance(proof, dict) or proof.get("node") != other:
        raise ArgumentError(f"proof must be what look returns on {other}")
    if role == DESTINATION:
        if not source.is_down(proof):
            raise RefusedError(f"container {move.ctid} is not stopped and disabled on {other}: nothing is started here")
        if converter.see(move.ctid)["mounted"]:
            umount(converter, move)
        return owning.own(converter, move, power)
    if proof.get("status") in UP or proof.get("at_work"):
        raise RefusedError(f"container {move.ctid} is in use on {other}: nothing is started here")
    source.enable(converter, move)
    return owning.own(converter, move, power)


def verify(converter, move):
    """Look whether the container that was started does anything; what is wrong is noted as ``inside``."""
    _refuse_role(converter, move)
    wrong = _wrong(converter, move.ctid)
    converter.intents.note(move.ctid, inside=wrong, verified=wrong is None)
    return converter.see(move.ctid)


def accept(converter, move):
    """A person has looked at it and takes it as it is."""
    _refuse_role(converter, move)
    converter.intents.note(move.ctid, verified=True)
    return converter.see(move.ctid)


def yield_up(converter, move):
    """Stop it again: a person goes back to the source's, and what was written here since is lost."""
    _refuse_role(converter, move)
    do(converter, move.ctid, lambda one: power_.stop(one, converter.node.flavour))
    do(converter, move.ctid, lambda one: source.kept_down(one, converter.node.flavour))
    converter.intents.note(move.ctid, owned=None, verified=None, inside=None)
    return converter.see(move.ctid)


def _wrong(converter, ctid):
    node = converter.node
    container = node.there(ctid)
    if not container.running:
        return f"container {ctid} was started and is {container.status}"
    try:
        result = node.vzctl.run("exec3", str(ctid), *_READY, check=False)
    except OpenVZError as err:
        return str(err)
    if result.rc or result.stdout.strip() != "ready":
        return f"container {ctid} runs, and a shell in it does not (code {result.rc}): {result.message or 'no message'}"
    return None


def _refuse_role(converter, move):
    if converter.role_of(move) != DESTINATION:
        raise RefusedError(f"{converter.node.node_id} is not the destination of this conversion")


__all__ = ["RUNNING", "STOPPED", "accept", "check", "make", "mount", "own", "umount", "verify", "yield_up"]
