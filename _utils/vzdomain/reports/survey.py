"""
All that a master has to know of one node to plan for many: asked once, and data that it can compare with other nodes'.

`plan` is what the node's own planner would do for each entry; `containers` are all that are there, whoever made them.
"""

import contextlib
import os
import re

from ..document import codec
from ..errors import OpenVZError
from ..execution.inside import applying
from ..host import files
from ..model.ctid import data
from ..model.exclusive import host
from ..model.units import UNLIMITED
from ..planning import changes, planner
from . import inventory

ADDRESSES = ("addresses", "inside")  # the kinds of claims that count beyond a node
INCOMPLETE = "incomplete"  # the status of what is there only in part
_TOTAL = re.compile(r"^MemTotal:\s+([0-9]{1,15}) kB", re.ASCII | re.MULTILINE)


def survey(reconciler, entries, ssh_host):
    """
    What a node has and what its entries ask of it; sizes are KiB.

    reconciler
        A new one: it is used for a dry run.

    entries
        The `Entry` of each container in the node's pillar.

    ssh_host
        Name or address by which other nodes reach this one.

    CannotAskError where the node cannot be asked; what is wrong with one entry is its ``error``.
    """
    jobs = applying.foresee(reconciler, planner.Planner(reconciler.overlay()).jobs(entries))
    node = reconciler.node
    return {
        "family": node.flavour.family,
        "version": node.vzctl.version(),
        "ssh_host": ssh_host,
        "plan": {job.label: _planned(job) for job in jobs},
        "containers": list(_containers(reconciler, jobs)),
        "memory_kib": _memory_kib(node),
        **_space(node),
    }


def _planned(job):
    """What an entry asks: what the planner says, and what the master needs to compare it with that of other nodes."""
    plan, entry, states = job.plan, job.entry, job.inside
    told = {
        "id": planner.entry_id(job),
        "wanted": planner.wanted_id(entry),
        "status": planner.status(job),
        "name": job.name,
        "ctid": data(plan.ctid if plan else entry.stated_ctid),
        "uuid": entry.domain.uuid if entry.domain else None,
        "state": entry.state,
        "is_read": not entry.error,
        "costs": sorted(job.costs),
    }
    if job.error:
        return {**told, "error": job.error}
    return {
        **told,
        "changes": plan.changes | ({"inside": states.change} if states and states.change else {}),
        "did": [*changes.words(plan.actions), *([states.did] if states and states.did else [])],
        "takes": addresses(planner.claimed(plan)),
        "inside": addresses(claim for claim in planner.claimed(plan) if claim[0] == "inside"),
        "gives": addresses(planner.given_up(plan)),
        "after": list(job.after),
        "warnings": [*plan.warnings, *([states.skipped] if states and states.skipped else [])],
        "pending": list(plan.pending),
        **({"error": states.wrong} if states and states.wrong else {}),
    }


def addresses(claims):
    """The addresses among claims, without what they are in: another node's bridge of that name is the same network."""
    return list(dict.fromkeys(value.split(" in ")[0] for kind, value in claims if kind in ADDRESSES))


def _containers(reconciler, jobs):
    """Every container; the document of one that Salt made and no entry means, since another node's entry may."""
    node, labels = reconciler.node, _labels(reconciler, jobs)
    for ctid in node.ctids():
        if node.leftovers(ctid):
            yield {"ctid": data(ctid), "status": INCOMPLETE, "managed": False, "entry": labels.get(ctid)}
    for container in node.containers():
        told = _container(reconciler, container, labels.get(container.ctid))
        if container.managed and told["entry"] is None:
            with contextlib.suppress(OpenVZError):
                told["xml"] = codec.render(reconciler.as_document(container.domain, False))
        yield told


def _labels(reconciler, jobs):
    """CTID -> label of the entry that means it, be it one that cannot be followed."""
    found = {job.plan.ctid: job.label for job in jobs if job.plan and job.plan.ctid}
    for job in jobs:
        if job.plan is None and not job.entry.error:
            with contextlib.suppress(OpenVZError):
                ctid = reconciler.find(job.entry.domain) if job.entry.domain else None
                if ctid or job.entry.stated_ctid:
                    found.setdefault(ctid or job.entry.stated_ctid, job.label)
    return found


def _container(reconciler, container, label):
    domain = container.domain
    inside = [one for pair in domain.interfaces or () for one in pair.addresses or ()]
    return {
        "ctid": data(container.ctid),
        "uuid": domain.uuid,
        "name": domain.name,
        "addresses": list(dict.fromkeys(map(host, (*(domain.addresses or ()), *inside)))),
        "routed": [host(one) for one in domain.addresses or ()],
        "status": container.status,
        **({"error": container.trouble} if container.trouble else {}),
        "managed": container.managed,
        "entry": label,
        "layout": container.layout,
        "protected": reconciler.is_protected(container),
        "memory_kib": _limited(inventory.memory(domain)),
        "disk_kib": _limited(domain.diskspace.hard if domain.diskspace else None),
        "pending": _pending(reconciler, container),
    }


def _pending(reconciler, container):
    if not container.running:
        return []
    return list(reconciler.journal.pending(container.ctid, lambda: reconciler.node.uptime(container.ctid)))


def _limited(size):
    """A size in KiB; ``None`` for one without a limit."""
    return None if size is None or size >= UNLIMITED else size


def _memory_kib(node):
    """What memory the node has; ``None`` where its kernel does not say."""
    found = _TOTAL.search(files.text(os.path.join(node.proc_dir, "meminfo"), broken="replace") or "")
    return int(found.group(1)) if found else None


def _space(node):
    """What room there is where new private areas are put, and what of it is free; ``None`` where that is not known."""
    place = (node.flavour.places.areas(node.vz_conf["VE_PRIVATE"]) or ("",))[0]
    try:
        said = os.statvfs(place)
    except OSError:
        return {"space_kib": None, "free_kib": None}
    kib = said.f_frsize / 1024
    return {"space_kib": int(said.f_blocks * kib), "free_kib": int(said.f_bavail * kib)}
