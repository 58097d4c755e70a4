"""Entries of a pillar, and what is planned and done for them."""

from vzdomain.document import entries
from vzdomain.execution import executor
from vzdomain.planning import planner

NO_LIMITS = {}


class Networks:
    """A node without libvirt; no document here names a network."""

    def by_bridge(self):
        return {}


def entry(label, inner="", state=None, **said):
    """An entry with a document of that name (a label of digits is a CTID)."""
    text = f"<domain type='openvz'><name>{label}</name>{inner}</domain>"
    return entries.with_document(entries.Entry(label, xml=text, state=state, **said), text)


def routed(*addresses):
    pairs = "".join(f"<interface type='ethernet'><ip address='{one}' family='ipv4'/></interface>" for one in addresses)
    return f"<devices>{pairs}</devices>"


def template(inner=""):
    return f"<devices><filesystem type='template'><source name='debian-12-x86_64'/></filesystem>{inner}</devices>"


def planned(reconciler, *wanted):
    return {job.label: job for job in planner.Planner(reconciler.overlay()).jobs(wanted)}


def done(reconciler, *wanted, **how):
    """What becomes of entries when they are carried out."""
    jobs = planner.begin(reconciler, wanted, NO_LIMITS)
    return {one.label: one for one in executor.Executor(reconciler, **how).do(jobs)}
