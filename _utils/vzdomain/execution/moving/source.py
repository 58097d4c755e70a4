"""
Whether a container can be moved from this node: what vzmigrate checks, and what it does not.
"""

import os
import re
import secrets
import time

from ...errors import CannotAskError
from ...host import files, locks, process, traces
from ...model import exclusive, names

_DU_LIMIT = 1800  # seconds
_MARKER = ".salt-openvz-move-"
_MARKED = re.compile(r"\.salt-openvz-move-[0-9a-f]{16}")
_OLD = 3600  # seconds after which a marker is of nobody


def check(mover, move):
    """
    ``{"facts": {...}, "problems": [[rule, sentence, what to do], ...], "warnings": [...]}`` of a container.

    AbsentError where there is none. It writes a marker beside the private area, by which the other node knows whether
    both have the same storage.
    """
    container = mover.reconciler.resolve(str(move.get("name") or move.get("ctid")))
    node = mover.node
    facts = _facts(mover, container)
    problems = [list(map(str, one)) for one in _problems(mover, container, move)]
    warnings = [f"container {container.ctid} {container.unmanaged}, and will not be on the other node either"]
    warnings = [] if container.managed else warnings
    if facts["snapshots"]:
        warnings.append(f"its {facts['snapshots']} snapshots travel with it")
    if move.get("online") and not container.running:
        what = f"container {container.ctid} is {container.status}: there is nothing to move online"
        problems.append(["online", what, "leave online out"])
    if not problems:
        facts["marker"] = _mark(node, container.private)
        mover.intents.keep_facts(container.ctid, {"marker": facts["marker"]})
    return {"facts": facts, "problems": problems, "warnings": warnings}


def clear_markers(directory, age=0):
    """Remove the markers beside private areas that are older than `age` seconds."""
    for name in traces.listdir(directory):
        path = os.path.join(directory, name)
        if _MARKED.fullmatch(name):
            try:
                if time.time() - os.lstat(path).st_mtime >= age:
                    os.unlink(path)
            except OSError:
                continue


def _facts(mover, container):
    node, domain = mover.node, container.domain
    pairs = domain.interfaces or ()
    said = node.identities().get(container.ctid)
    return {
        "ctid": str(container.ctid),
        "uuid": domain.uuid,
        "name": domain.name,
        "family": node.flavour.family,
        "version": node.release,
        "status": container.status,
        "onboot": container.onboot,
        "managed": container.managed,
        "addresses": [exclusive.host(one) for one in domain.addresses or ()],
        "macs": [pair.mac for pair in pairs if pair.mac],
        "targets": list(said.targets) if said else [],
        "inside": list(said.inside) if said else [],
        "networks": sorted({one for pair in pairs for one in (pair.network or pair.bridge,) if one}),
        "hostdevs": list(domain.hostdevs or ()),
        "area": container.private,
        "root": node.root(container.ctid),
        "used_kib": used_kib(container.private),
        "memory_kib": domain.memory,
        "layout": container.layout,
        "snapshots": _snapshots(container.private) if container.layout == "ploop" else 0,
        "ssh_host": mover.ssh_host,
        "marker": None,
        "disabled": container.disabled,
        "template": domain.template,
    }


def used_kib(path):
    """What a private area takes on its disk, in KiB; asked of du(1), which takes a while for many files."""
    result = process.Program("du", "coreutils").run(["-skx", path], _DU_LIMIT)
    found = re.match(r"([0-9]{1,18})\s", result.stdout)
    if not found:  # files that go away meanwhile make it fail, and it says the sum all the same
        raise CannotAskError(f"du -skx {path} ended with code {result.rc}: {result.message or 'no message'}")
    return int(found[1])


def _snapshots(area):
    """
    How many the private area has, in the file in which both families keep their tree.

    Only of an area that the container itself cannot write to.
    """
    text = files.text(os.path.join(area, "Snapshots.xml"))
    return len(re.findall(r"<SavedStateItem\b[^>]*\bguid=", text or ""))


def _mark(node, area):
    directory, token = os.path.dirname(area), secrets.token_hex(8)
    clear_markers(directory, _OLD)
    path = os.path.join(directory, f"{_MARKER}{token}")
    try:
        os.close(files.own(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    except OSError as err:
        raise CannotAskError(
            f"{path} cannot be written: {err.strerror}; whether both nodes share it is not known"
        ) from None
    return path


def _problems(mover, container, move):
    """(rule, sentence, what to do) of each."""
    node, ctid, here = mover.node, container.ctid, mover.node.node_id
    yield from _of_others(mover, container, move.get("id"))
    protected = mover.reconciler.protection.of(container)
    if container.running and protected and not (move.get("online") or move.get("force")):
        verb, to = move.get("kind") or "move", move.get("destination")
        what = f"container {ctid} is {protected} and {container.status}: openvz.{verb} would stop it"
        yield "protected", what, f"salt-run openvz.{verb} {names.typed(container.domain.name)} {to} force=True"
    if container.status not in ("running", "stopped", "mounted"):
        verb = {"paused": "unpause", "suspended": "resume"}.get(container.status, "start")
        what = f"container {ctid} is {container.status}: what it has in memory would not be moved"
        yield "status", what, f"salt {here} openvz.{verb} {ctid}, then move it"
    if node.has_dump(ctid) and container.status != "suspended":
        path = node.dump_path(ctid)
        yield (
            "dump",
            f"{path} is there: the next start would go on from that old state",
            f"remove {path}, or resume from it",
        )
    if container.status == "mounted":
        yield "mounted", f"container {ctid} is mounted", f"vzctl umount {ctid} on {here}"
    if container.disabled and container.status == "running":
        what = f"container {ctid} is disabled and runs: it could not be started on the other node"
        yield "disabled", what, f"vzctl set {ctid} --disabled no --save on {here}"
    yield from _of_files(node, container)


def _of_others(mover, container, id):
    """What others are doing to it; `id` is that of the move that is gone on with, which is none of them."""
    node, ctid = mover.node, container.ctid
    intent = mover.intents.get(ctid)
    if intent and intent.id != id:
        yield "intent", str(intent.refusal()), intent.command
    dead = locks.left_by(node.lock_path(ctid))
    if dead is not None:
        path = node.lock_path(ctid)
        yield "lock", f"{path} was left by process {dead}, which is dead: vzmigrate would refuse", f"rm {path}"
    step = mover.journal.interrupted_step(ctid)
    if step:
        yield "interrupted", str(step), f"salt {node.node_id} openvz.apply, which clears up, then move it"
    who = mover.reconciler.recovery.at_work(ctid)
    if who:
        yield "at work", f"container {ctid} is being worked on by {who}", "wait until that is finished"


def _of_files(node, container):
    """What is wrong with file and private area for a move."""
    ctid, its = container.ctid, node.flavour
    text = files.text(container.file) or ""
    for what, remedy in its.moving.risks(text, ctid):
        yield "configuration", f"{container.file}: {what}", remedy
    invalid = its.reading.refused(its.reading.parse(text), node.release)
    if invalid:
        yield (
            "configuration",
            f"{container.file} says {invalid[0]}={invalid[1]!r}, which vzctl refuses",
            "fix that line",
        )
    name = container.domain.name
    if not name.isdecimal() and name != str(ctid) and node.linked(name) != ctid:
        yield (
            "name",
            f"{node.link_path(name)} does not lead to container {ctid}",
            f"vzctl set {ctid} --name {names.typed(name)} --save",
        )
    if os.path.islink(container.private):
        yield "area", f"{container.private} is a link", "move the private area to its place, and set VE_PRIVATE"
    conf, old = its.moving.copies(container.file, container.private)
    for path in filter(None, (conf, old if old != container.private else None)):
        if os.path.lexists(path):
            yield (
                "copy",
                f"{path} is left from an earlier move, and the container is here",
                f"look what it is, and move {path} away",
            )
    yield from _mount_scripts(node, container)


def _mount_scripts(node, container):
    """With one vzmigrate of 7 refuses; told past that, it would leave the container stopped (read, not run)."""
    if node.flavour.moving.IN_AREA:
        path = os.path.join(container.private, "scripts", "mount")
        if os.path.lexists(path):
            yield (
                "scripts",
                f"{path} is a mount script, with which vzmigrate refuses",
                f"move {path} away, and back on the other node",
            )
