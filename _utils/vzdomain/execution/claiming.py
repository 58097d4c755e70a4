"""
Taking what containers cannot share, so that of two jobs at once that want it for two containers only one gets it.

Planning looks at the other containers long before vzctl is called, and each job has the lock of its own container
alone. So what a plan takes is noted in the journal directly before its first call, one job at a time: after a look at
the notes of the others, and then at their files. In that order: a note goes when the file has what it said.
"""

from ..errors import RefusedError
from ..planning.exclusives import CLAIMED, claimed, kinds_against, of_new


def take(made, domain, node, journal, recovery, refuse=None):
    """
    Note what a plan takes: nobody else takes it until the caller's work on the container (`Recovery.at`) ends.

    `refuse` is called for a creation while nobody else takes anything. RefusedError where another container has it by
    now, or another job of this minion is giving it to one.
    """
    wanted = list(dict.fromkeys([*_exclusive(made), *of_new(made, domain)]))
    if not (wanted or made.creates):
        return
    with journal.claiming():
        dead = _refuse_claimed(wanted, made, journal, recovery)
        if refuse and made.creates:
            refuse()
        _refuse_held(wanted, made, node)
        journal.claim(made.ctid, wanted, dead)


def _exclusive(made):
    return ((kind, value) for kind, value in claimed(made) if kind != "macs")


def _refuse_claimed(wanted, made, journal, recovery):
    """Refuse what another job is giving to its container; the CTIDs of dead jobs' notes."""
    dead = []
    for ctid, claims in journal.claims().items():
        if ctid == made.ctid:
            continue
        if not (journal.is_held(ctid) or recovery.at_work(ctid)):
            dead.append(ctid)
            continue
        for kind, value in wanted:
            if any((one, value) in claims for one in kinds_against(kind, noted=True)):
                who = (journal.is_held(ctid) and journal.holder(ctid)) or recovery.at_work(ctid) or "another job"
                raise RefusedError(f"{CLAIMED[kind].format(value, ctid)} ({who} is assigning it there now)")
    return dead


def _refuse_held(wanted, made, node):
    """Refuse what the files of other containers say by now; only those are read that are new or have changed."""
    files = node.held_now()
    for kind, value in wanted:
        holders = {ctid for one in kinds_against(kind) for ctid in files.get((one, value), ())}
        others = sorted(holders - {made.ctid})
        if others:
            raise RefusedError(f"{CLAIMED[kind].format(value, others[0])} (it got it after this run was planned)")
