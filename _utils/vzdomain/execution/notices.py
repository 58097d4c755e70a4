"""
What is said beside a plan, and what is refused for the sake of other containers of the node.
"""

from ..errors import RefusedError
from ..model.actions import Create, Destroy, Rename
from ..model.ctid import Ctid, is_ctid
from ..model.nearest import nearest
from ..planning.exclusives import CLAIMED, TAKEN, claimed, kinds_against, of_new
from ..planning.protection import canonical


def left_behind(finder, place, label, made, meant=()):
    """
    A warning for each container that the entry at `place` meant before a plan that creates another.

    `meant` are the CTIDs of containers that others mean now.
    """
    for ctid, left in _meant_before(finder, place, {made.ctid, *meant}) if made.creates else ():
        yield (
            f"{label} used to be container {ctid} ({left.domain.name}); that one stays as it is, and "
            f"{made.name} is created next to it. To rename it instead, write <openvz:ctid>{ctid}</openvz:ctid> in "
            f"the document, or its UUID; to delete it, add an entry with name: '{ctid}' and state: absent"
        )


def renamed(finder, place, label, domain, meant=()):
    """The same where that creation was refused, mostly for what the container before has: how to rename it."""
    if finder.find(domain) is None:
        for ctid, left in _meant_before(finder, place, meant):
            yield (
                f"{label} used to be container {ctid} ({left.domain.name}): to rename that one to {domain.name}, "
                f"write <openvz:ctid>{ctid}</openvz:ctid> in the document, or its UUID"
            )


def _meant_before(finder, place, others):
    """The containers of ours that the entry at `place` meant, but for the CTIDs `others`."""
    for ctid in finder.journal.followed(label=place) if place else ():
        left = None if ctid in others or finder.node.leftovers(ctid) else finder.look_up(ctid)
        if left and left.managed:
            yield ctid, left


def check_others(finder, made):
    """What another container of this node has is not given to this one; a MAC twice is a warning."""
    warnings = []
    for kind, value in claimed(made):
        for ctid in sorted(_holders(finder, kind, value) - {made.ctid}):
            if kind != "macs":
                raise RefusedError(TAKEN[kind].format(value, ctid))
            warnings.append(TAKEN[kind].format(value, ctid))
    return warnings


def check_names(finder, made, domain):
    """A new UUID or name does not mean another container: vzctl ends with 21 for such a name (recorded)."""
    for kind, value in of_new(made, domain):
        others = sorted(finder.view.holders([("uuid", value)]) - {made.ctid}) if kind == "uuid" else ()
        if others:
            raise RefusedError(CLAIMED[kind].format(value, others[0]))
        other = canonical(value) if kind == "name" else None
        if other not in (None, made.ctid) and is_ctid(other) and finder.seen(Ctid(other)):
            raise RefusedError(
                f"the name {value} is the CTID of another container on this node, which vzctl refuses; choose another"
            )


def check_elsewhere(finder, made, domain, live):
    """What another node of the fleet has, or its pillar wants, is neither made here nor given to a container here."""
    wanted = [*of_new(made, domain), *(claim for claim in claimed(made) if claim[0] in ("addresses", "inside"))]
    if finder.elsewhere is None or not wanted:
        return []
    own = (live.domain.uuid, live.domain.name) if live else (None, None)
    return finder.elsewhere.check(made.name, wanted, own)


def _holders(finder, kind, value):
    """The CTIDs of the containers that have it, in the view of the run."""
    claims = [(one, value) for one in kinds_against(kind)]
    return finder.view.holders(claims)


def of(finder, made, domain, context):
    if finder.documents.setdefault(made.ctid, domain) != domain:
        other = f"another document of this run also refers to container {made.ctid}"
        yield f"{other}; they would undo each other on every run"
    if made.creates and domain.config and not finder.node.has_sample(domain.config):
        raise RefusedError(
            f"sample configuration {domain.config} is not on this node (ve-{domain.config}.conf-sample in "
            f"{finder.node.containers_dir})"
        )
    if made.creates and domain.template and not finder.node.has_template(domain.template):
        known = finder.node.template_sources.get(domain.template)
        told = (
            f"it is fetched from {known} first" if known else _likely_template(domain.template, finder.node.templates())
        )
        yield f"template {domain.template} is not in the cache of this node; {told}"
    yield from _of_link(finder, made, domain)
    for one in domain.interfaces or ():
        bridge = context.bridges.get(one.network)
        if one.network and one.bridge and one.bridge != bridge:
            known = f"has bridge {bridge} on this node" if bridge else "is looked up by vzctl"
            yield (
                f"network {one.network} {known}; "
                f"<source bridge='{one.bridge}'> next to it has no effect and can be removed"
            )


def _of_link(finder, made, domain):
    """A name that the file has and whose link does not lead there: the document changes nothing about it."""
    if made.has(Create, Destroy, Rename) or domain.name.isdecimal():
        return
    linked = finder.node.linked(domain.name)
    if linked != made.ctid:
        leads = f"points to container {linked}" if linked else "does not exist"
        yield (
            f"{finder.node.path('names', domain.name)} {leads}: vzctl finds container {made.ctid} by its CTID only, "
            f"until vzctl set {made.ctid} --name NAME --save"
        )


def _likely_template(name, known):
    """What to say instead of a template that the node lacks."""
    suffix = next((end for end in (".tar.gz", ".tar.xz", ".tar.bz2", ".tar", ".tgz") if name.endswith(end)), None)
    if suffix and name.removesuffix(suffix) in known:
        return f"write it without {suffix}: {name.removesuffix(suffix)}"
    longer = [one for one in known if one.startswith(f"{name}-")]
    likely = longer[0] if len(longer) == 1 else nearest(name, [one for one in known if _version(one) == _version(name)])
    return (
        f"did you mean {likely}? Otherwise vzctl will try to download it" if likely else "vzctl will try to download it"
    )


def _version(name):
    """Another version of a distribution is not a slip of the hand."""
    return [char for char in name if char.isdigit()]
