"""
What a plan must know beside its document: the node's networks and sample, and what the kernel and the journal tell.
"""

from dataclasses import replace

from ..host.kernel import addresses, bridges
from ..planning import context, plan, update
from . import partial_create


def gather(finder, domain, ctid, **decided):
    """The `context.Context` for a document; `decided` are the fields of it that the caller decides."""
    flavour, version = finder.node.vzctl.release()
    names = {one.network for one in domain.interfaces or () if one.network and not flavour.pairs.HAS_NETWORKS}
    networks = {name: finder.networks.bridge(name) for name in sorted(names)}
    wanted = {networks.get(one.network, one.bridge) for one in domain.interfaces or ()} - {None}
    return context.Context(
        bridges=networks,
        flavour=flavour,
        version=version,
        foreign=frozenset(filter(finder.node.is_foreign, wanted)),
        node_id=finder.node.node_id,
        sample=finder.node.sample(None if "config" in (decided.get("unwritable") or ()) else domain.config),
        ours=is_begun(finder, domain, ctid) or finder.recovery.was_switching(ctid),
        bridge_script=finder.node.has_bridge_script,
        **decided,
    )


def of_running(finder, context, domain, live):
    """
    The same with what is known of the container: what it waits for, bridges of its pairs, and its addresses where some
    are to be added.

    One that is protected is not restarted. What a dry run has imagined is as it should be in the kernel.
    """
    if live is None:
        return context
    if not live.running:
        return context
    waiting = finder.view.waiting(live.ctid)
    waiting = pending(finder, live) if waiting is None else waiting
    known = {"pending": waiting, "protected": context.protected or bool(finder.protection.of(live))}
    if is_seen(finder, live):
        adds = "addresses" not in context.unwritable and update.added_hosts(domain.addresses, live.domain.addresses)
        known["routed"] = addresses.of(finder.node.proc_dir, live.ctid) if adds else frozenset()
        known["held"] = bridges.held(finder.node, live)
    return replace(context, **known)


def is_seen(finder, live):
    """Whether a container is one that is there, and not one that a dry run has imagined."""
    return live is not None and live.ctid not in finder.view.ctids


def pending(finder, container):
    """The fields that a running container waits for, and those that an interrupted run was saving."""
    noted = finder.journal.pending(container.ctid, lambda: finder.node.uptime(container.ctid))
    return tuple(dict.fromkeys((*noted, *finder.recovery.pending(container.ctid))))


def is_begun(finder, domain, ctid):
    """Whether an earlier run of ours began container `ctid`, and what is there looks like what it began."""
    node, journal = finder.node, finder.journal
    is_noted = node.remember(("begun", ctid, domain.name), lambda: journal.has(ctid, domain.name))
    if not (is_noted and journal.has(ctid, domain.name, node.private(ctid))):  # mostly it is not even noted
        return False
    if node.leftovers(ctid) or _is_unfinished(finder, domain, ctid):
        return True
    return plan.is_as_created(domain, node.there(ctid).domain, node.sample(domain.config), node.flavour)


def live(finder, domain, ctid, context):
    """The container; one of ours whose ``create`` did not finish counts as none: it is created again."""
    if context.ours and not finder.recovery.was_switching(ctid) and _is_unfinished(finder, domain, ctid):
        return None
    return finder.seen(ctid)


def _is_unfinished(finder, domain, ctid):
    """Whether a ``create`` of ours did not finish."""
    since = finder.journal.begun(ctid) or 0
    return not finder.node.is_unpacked(ctid) or partial_create.is_half(finder.node, ctid, domain.config, since)
