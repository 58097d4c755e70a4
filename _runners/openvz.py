"""
See and move the containers of all nodes from the master
========================================================

:depends: lxml on the master, for ``openvz.lint``

``openvz.move`` and ``openvz.evacuate`` move containers from node to node, ``openvz.convert`` brings one from vzctl 4 to
vzctl 7. ``openvz.list``, ``openvz.drift``, ``openvz.find`` and ``openvz.capacity`` ask the nodes. ``openvz.lint`` asks
none: it compiles their pillars here, as the master would for them, from the grains and the mine that it has of them. So
it can run where a change of the pillar is tested.

Each returns ``{"data": ..., "outputter": "openvz"}``; ``--out=json`` shows the data. ``salt-run`` ends with the
``retcode`` in them.
"""

import contextlib
import contextvars
import functools
import logging
import os
import re
import secrets
import shutil
import sys
import threading
import time
import urllib.parse
from collections.abc import Mapping

import salt.client
import salt.fileclient
import salt.pillar
import salt.utils.data
import salt.utils.event
import salt.utils.master
import salt.utils.mine
import salt.utils.minions
import salt.utils.templates
from salt.exceptions import CommandExecutionError, SaltException, SaltRenderError

try:
    import vzdomain  # synced: Salt puts <extension_modules>/utils on sys.path while it loads this file

    vzdomain = vzdomain.current()
except ImportError:
    from saltext.openvz.utils import vzdomain  # pip

log = logging.getLogger(__name__)

__virtualname__ = "openvz"
__func_alias__ = {"list_": "list"}

_OnMinionOnly = vzdomain.document.sources.OnMinionOnly
_NO_ANSWER = "did not answer"
_ODD = "gave an answer that cannot be read"
_WORST_FIRST = vzdomain.reports.selection.DRIFT
_PAUSE = 2  # seconds between two looks at what a node does
_LONGEST = 2000  # characters of what a node says of its failure
_OPTS = re.compile(r"(?<![\w-])opts\s*[\[.]")  # a template that looks at the minion's configuration


def __virtual__():
    return __virtualname__


def list_(tgt="*", tgt_type="glob", timeout=None, only=None, status=None, name=None):
    """
    Return all containers of all nodes, and the nodes that could not be asked.

    ``nodes`` has what ``openvz.list`` says on each, ``errors`` a sentence for each node that did not answer or could
    not say it; then ``retcode`` is 1.

    tgt, tgt_type
        The nodes.

    timeout
        Seconds to wait for them; the master's own if left out.

    only, status, name
        Which containers, as in the function of the nodes: ``running``, ``stopped``, ``mounted``, ``suspended``,
        ``managed``, ``unmanaged``; globs of names.

    Raises CommandExecutionError where no minion matches, and for a status that there is not.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.list
        salt-run openvz.list 'G@openvz:flavour:*' tgt_type=compound
        salt-run openvz.list status=running name='2*'
    """
    asked = _selected(vzdomain.reports.selection.LIST, only, status, name)
    answers, failures = _ask("openvz.list", tgt, tgt_type, timeout, asked)
    return _shown({"nodes": {node: answers[node] for node in sorted(answers)}, "errors": failures}, bool(failures))


def drift(tgt="*", tgt_type="glob", timeout=None, only=None, status=None, name=None, all=False):
    """
    Return where pillar, configuration files and running containers differ, the worst nodes first.

    ``errors`` has a sentence for each node that did not answer or could not say it, which is the worst; then
    ``retcode`` is 1. ``nodes`` has what ``openvz.drift`` says on each. For the other parameters see
    :py:func:`openvz.list`. Raises the same.

    only, status, name, all
        Which containers, as in the function of the nodes: ``drifted,error``; globs of labels and CTIDs; ``all=True``
        shows those that are in sync too.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.drift
        salt-run openvz.drift 'hn*' --out=json
        salt-run openvz.drift only=drifted,unmanaged
    """
    asked = {**_selected(vzdomain.reports.selection.DRIFT, only, status, name), **({"all": True} if all else {})}
    answers, failures = _ask("openvz.drift", tgt, tgt_type, timeout, asked)
    ordered = sorted(answers, key=lambda node: (_worst(answers[node]), node))
    return _shown({"nodes": {node: answers[node] for node in ordered}, "errors": failures}, bool(failures))


def lint(tgt="*", tgt_type="glob", key="openvz:domains", saltenv="base", pillarenv=None, family=None):
    """
    Return what is wrong with the pillars of a fleet, without asking any node.

    Errors are: an entry or document that cannot be followed, or says what the vzctl of its node cannot have; a CTID,
    device passed through or ``<target dev>`` twice on one node; a UUID, name, MAC or address twice in the fleet (a
    number for a name is a CTID, and counts on its node only); a network, bridge or sample configuration that the node's
    mine says it lacks; a container that the mine says is another one, or is on another node; an sls of ``inside`` that
    the file roots do not have; a pillar with errors. Warnings are: what a document asks in vain, a template that is not
    in the cache, a key that is near to a setting and is none, and what could not be looked at from here.

    The mine is that of ``openvz.node_info``. A source with ``template`` is rendered with the grains and the pillar of
    each minion; one that calls functions of the minion, or looks at its ``opts``, cannot be judged here and is a
    warning.

    ``retcode`` is 1 where there are errors, and ``salt-run`` ends with it.

    tgt, tgt_type
        The nodes. Minions whose pillar has no such key have no containers.

    key
        Path of the containers in the pillar.

    saltenv, pillarenv
        Environments that the pillars are compiled for.

    family
        The vzctl that all documents are for: ``4``, ``7``, ``8``, ``9``, a version such as ``9.0.1``, or what the grain
        ``openvz:flavour`` has. Left out, it is that of each node, by its grains.

    Raises CommandExecutionError without lxml, and for a family that there is not. That no minion matches is a finding.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.lint
        salt-run openvz.lint 'hn*' pillarenv=staging --out=json
        salt-run openvz.lint family=9
    """
    problem = vzdomain.document.etree.problem()
    if problem:
        raise CommandExecutionError(f"openvz.lint needs lxml on the master: {problem}")
    if family is not None:
        _named(family)
    known = salt.utils.master.MasterPillarUtil(
        tgt, tgt_type, use_cached_grains=True, grains_fallback=False, opts=__opts__
    )
    grains, mines = known.get_minion_grains(), known.get_cached_mine_data()
    opts = dict(__opts__)  # once: Salt 3008 has a class for it that takes its time
    with salt.fileclient.FSClient(__opts__) as files:
        nodes = [
            _Node(name, grains[name], mines.get(name), key, files, family).compile(opts, saltenv, pillarenv)
            for name in sorted(grains)
        ]
    return _report(nodes, f"{tgt} ({tgt_type})", key)


# moving


def move(
    name,
    destination,
    source=None,
    online=False,
    keep_for=None,
    lost=None,
    force=False,
    take_over=False,
    timeout=None,
    test=False,
):
    """
    Move a container to another node, and judge by what both nodes have of it whether it has moved.

    Both nodes check first whether it would work. Then the source runs its ``vzmigrate``, which outlives this command.
    Until the end nothing else of this extension touches the container on either node, and neither starts it at boot. At
    the end one node has it: it runs there if it ran before, starts at boot if it did, and is marked as that node's. The
    source keeps its copy, which nothing starts, until :py:func:`openvz.remove_copies`.

    Whatever stopped a move, the same command goes on with it from where both nodes are. It returns ``summary``,
    ``result`` (``moved``, ``would move``, ``already there``, ``refused``: nothing was done, ``failed``: the source has
    it as before, ``stopped``: look at both nodes), a sentence for each node as ``sentences``, ``command`` (what to type
    next), ``problems`` (rule, sentence and remedy of each), ``warnings``, and the ``steps`` with their times.
    ``retcode`` is 1 unless the container is where it should be, or would be.

    Progress is told on Salt's event bus, as ``openvz/fleet/progress``, and as a bar on a terminal.

    name
        A container, by name, CTID or UUID.

    destination, source
        Minion ids. The source is found by asking all nodes if left out.

    online
        Move a running container without stopping it, where both nodes can.

    keep_for
        Days after which :py:func:`openvz.remove_copies` removes the old copy; 0 removes it at the end of the move. Left
        out, it is kept until somebody asks for it.

    lost
        A node that is off for good, or several with commas between them. By this you say that nothing runs there, and
        the move is finished with the other node alone.

    force
        Also a protected container that would be stopped.

    take_over
        Go on although another master drives this move. One that is dead counts as such after a minute without it.

    timeout
        Seconds to wait for ``vzmigrate``, which goes on after that; left out, there is no limit.

    test
        Check on both nodes and change nothing. The nodes' ``vzmigrate`` is asked too, as far as it can be.

    Raises CommandExecutionError where no node has the container, several have it, or a minion id is unknown.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.move web01 hn2 test=True
        salt-run openvz.move web01 hn2
        salt-run openvz.move web01 hn2 online=True keep_for=7
    """
    nodes = _Nodes(__opts__)
    gone = tuple(_words(lost))
    with _runner_errors():
        nodes.know(destination, *_words(source), *gone)
        answers, silent = nodes.look(str(name), [source, destination] if source else None)
        limit, days = vzdomain.settings.timeout("timeout", timeout), vzdomain.settings.timeout("keep_for", keep_for)
        said = {"online": bool(online), "force": bool(force), "keep_for": days, "lost": gone, **nodes.driver}
        wanted = vzdomain.fleet.moving.finding.request(str(name), destination, answers, silent, source, **said)
        surveys = nodes.surveys([wanted.source, wanted.destination])
        with nodes.bar(1) as told:
            outcome = nodes.drive(wanted, told, bool(test), bool(take_over), limit)
    outcome.warnings += vzdomain.fleet.moving.finding.of_pillars([wanted], surveys)
    return _shown(outcome.data, not outcome.is_good)


def convert(
    name,
    destination,
    source=None,
    pillar_key=None,
    decide=None,
    keep_for=None,
    force=False,
    take_over=False,
    timeout=None,
    test=False,
):
    """
    Bring a container from a node with vzctl 4 to one with vzctl 7 to 9: a planned outage, driven step by step.

    No vzmigrate goes from the one to the other. So the container is made anew on the destination, from its document
    there, with its CTID, UUID and name. Its files are copied by rsync while it runs; then it is stopped and disabled,
    what has changed since is copied, both are compared, and the new one is started. From then on all is as after
    :py:func:`openvz.move`: the source keeps its copy, which nothing starts, until :py:func:`openvz.remove_copies`.

    It stops where a person must decide, and says why and what to type next: the document is missing or cannot be
    followed there, files differ after the last copy, a shell in the new container does not run. The same command goes
    on from wherever both nodes are. Until the new container is started the old one is the container, and
    ``decide=back`` brings it back as it was.

    Returns the same as :py:func:`openvz.move`, and tells of its progress in the same way. ``retcode`` is 1 unless the
    container is where it should be, or would be.

    name
        A container, by name, CTID or UUID.

    destination, source
        Minion ids. The source is found by asking all nodes if left out.

    pillar_key
        Where the pillar of the destination has the document, if no entry of its ``openvz:domains`` has that UUID or
        name.

    decide
        ``accept``: the new container is good, whatever was found wrong in it. ``back``: give it up, remove the new one,
        and have the old one as before; what was written in the new one is lost.

    keep_for, force, take_over, timeout
        As for :py:func:`openvz.move`; ``timeout`` is that of the copies.

    test
        Check both nodes and the document, and change nothing.

    Raises CommandExecutionError where no node has the container, several have it, or a minion id is unknown. Runs
    ``rsync`` on the source, with ``ssh`` to the destination as root.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.convert web01 vz1 test=True
        salt-run openvz.convert web01 vz1
        salt-run openvz.convert web01 vz1 decide=back
    """
    nodes, drive = _Nodes(__opts__), vzdomain.fleet.convert.drive
    if decide not in (None, *vzdomain.fleet.convert.judge.DECISIONS):
        raise CommandExecutionError("decide must be accept or back")
    with _runner_errors():
        nodes.know(destination, *_words(source))
        answers, silent = nodes.look(str(name), [source, destination] if source else None)
        limit, days = vzdomain.settings.timeout("timeout", timeout), vzdomain.settings.timeout("keep_for", keep_for)
        found = vzdomain.fleet.moving.finding.request(
            str(name), destination, answers, silent, source, keep_for=days, force=bool(force), **nodes.driver
        )
        wanted = drive.Conversion.of(found, pillar_key)
        with nodes.bar(1) as told:
            how = functools.partial(drive.convert, decided=decide)
            outcome = nodes.drive(wanted, told, bool(test), bool(take_over), limit, how)
    return _shown(outcome.data, not outcome.is_good)


def evacuate(
    node,
    to=None,
    max_at_once=1,
    online=False,
    keep_for=None,
    failhard=False,
    force=False,
    take_over=False,
    timeout=None,
    test=False,
):
    """
    Move all containers of a node to others.

    Each goes to the node that has the most memory left, counted by what is promised to the containers there, the
    largest first; whether the disk has room is checked when its turn comes. One that cannot go anywhere is named with
    the reason, and the others go. See :py:func:`openvz.move` for how each is moved.

    Whatever stopped it, the same command goes on: containers that are on their way come first, and what has moved is
    not moved again. Returns ``summary``, a row for each container in ``containers`` (``result``, ``said``, and all that
    openvz.move returns as ``move``), and as ``command`` what to type next. ``retcode`` is 1 if one is left on the node.

    node
        The minion id of the node to empty.

    to
        The nodes that may take them: a list, or with commas between them. All others of the same family of vzctl if
        left out.

    max_at_once
        How many are moved at a time.

    failhard
        Begin no other move after the first that did not succeed.

    online, keep_for, force, take_over, timeout, test
        As for :py:func:`openvz.move`; ``timeout`` is that of each move.

    Raises CommandExecutionError where the node does not answer, or a minion id is unknown.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.evacuate hn1 test=True
        salt-run openvz.evacuate hn1 to=hn2,hn3 max_at_once=2
    """
    nodes = _Nodes(__opts__)
    targets = _words(to)
    with _runner_errors():
        limit, days = vzdomain.settings.timeout("timeout", timeout), vzdomain.settings.timeout("keep_for", keep_for)
        most = vzdomain.settings.whole("max_at_once", max_at_once, lowest=1)
        said = {"online": bool(online), "force": bool(force), "keep_for": days, "why": f"openvz.evacuate {node}"}
        nodes.know(node, *targets)
        surveys = nodes.surveys([node, *targets] if targets else None)
        if node not in surveys:
            raise CommandExecutionError(f"{node} does not answer: {nodes.failures.get(node, _NO_ANSWER)}")
        ways = vzdomain.fleet.moving.evacuate.ways(node, surveys, targets or sorted(surveys))
        with nodes.bar(len(ways)) as told:

            def drive(way):
                return nodes.drive(way.move(node, **said, **nodes.driver), told, bool(test), bool(take_over), limit)

            carry_out = vzdomain.fleet.moving.evacuate.carry_out
            results = carry_out(ways, drive, most, bool(failhard), told.ended, nodes.stop.set)
    data = vzdomain.fleet.moving.evacuate.told(node, results, bool(test))
    command = f"salt-run openvz.evacuate {node}{f' to={chr(44).join(targets)}' if targets else ''}"
    rest = {"errors": {one: nodes.failures[one] for one in sorted(nodes.failures)}}
    more = {"command": command if data["left"] or test else f"salt-run openvz.remove_copies node={node} all=True"}
    more["warnings"] = list(vzdomain.fleet.moving.finding.of_pillars(_moved(node, results), surveys))
    return _shown({**data, **rest, **(more if ways else {})}, bool(data["left"]))


def remove_copies(name=None, node=None, all=False, test=False):
    """
    Remove old copies that moves have left on their sources; by default those whose ``keep_for`` is over.

    A copy is removed only after its container was seen whole on the node that has it now. Returns ``summary``, a row
    for each copy in ``copies``, and ``errors`` for nodes that did not answer; ``retcode`` is 1 if one that was asked
    for is still there.

    name
        The copies of this container, by name, CTID or UUID, however long they were to be kept.

    node
        Those on this node only.

    all
        All of them, however long they were to be kept.

    test
        Say which would be removed.

    Raises CommandExecutionError where no minion is known by that id.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.remove_copies test=True
        salt-run openvz.remove_copies web01
        salt-run openvz.remove_copies node=hn1 all=True
    """
    nodes = _Nodes(__opts__)
    moving = vzdomain.fleet.moving
    with _runner_errors():
        nodes.know(*_words(node))
        notes = nodes.notes()
        chosen = moving.copies.chosen(notes, name, node, bool(all))
        rows = [nodes.remove(copy, bool(test)) for copy in chosen]
    left = sum(bool(row["why"]) for row in rows)
    verb = "would be removed" if test else "removed"
    summary = f"{len(rows) - left} of {len(rows)} old copies {verb}" if rows else "there are no old copies to remove"
    said = [f"{row['container']} on {row['kept on']}: {row['why']}" for row in rows if row["why"]]
    table = [{key: row[key] for key in ("container", "kept on", "now on", "result")} for row in rows]
    data = {"summary": summary, "copies": rows, "sentences": said, "errors": dict(sorted(nodes.failures.items()))}
    return _shown({**data, **({"tables": {"": table}} if table else {})}, bool(left or nodes.failures))


def moves(tgt="*", tgt_type="glob", timeout=None):
    """
    Return the moves of a fleet: those under way, the old copies that are kept, and what arrived and has no entry yet.

    ``moves`` has a row for each move under way; one that nobody drives any more has the command that goes on with it.
    ``copies`` are old copies, with the nodes that keep them and until when; ``arrivals`` are containers that came by a
    move and that no entry of their node's pillar has followed yet. ``errors`` has a sentence for each node that did not
    answer; then ``retcode`` is 1.

    tgt, tgt_type, timeout
        As for :py:func:`openvz.list`. Raises the same.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.moves
        salt-run openvz.moves --out=json
    """
    notes, failures = _ask("openvz.moves", tgt, tgt_type, timeout, {})
    data = vzdomain.fleet.moving.copies.overview(notes, time.time())
    headings = {"moves": "under way", "copies": "old copies that are kept", "arrivals": "arrived, and in no entry yet"}
    rows = {key: [{name: row[name] for name in row if name != "command"} for row in data[key]] for key in headings}
    tables = {heading: rows[key] for key, heading in headings.items() if rows[key]}
    left = [row["command"] for row in data["moves"] if row["command"]]
    counted = f"{len(data['moves'])} moves under way, {len(data['copies'])} old copies kept"
    said = {"summary": counted, **data, "tables": tables, "errors": failures, "command": left}
    return _shown(said, bool(failures))


# what the fleet has


def find(what, tgt="*", tgt_type="glob", timeout=None):
    """
    Return which container has an address, a MAC, a UUID, a name or a CTID, and on which node it is.

    ``found`` has a row for each: ``node``, ``ctid``, ``name``, ``status``, and ``matches``, what of it was meant.
    ``errors`` names the nodes that did not answer; what those told the mine is looked through as well, and its rows say
    so. ``retcode`` is 1 if none is found, or a node did not answer.

    what
        An address of IPv4 or IPv6 in any spelling; a network (``10.20.0.0/24``) finds all in it. A MAC with colons,
        hyphens, dots or nothing between its digits, of either end of a veth pair. A UUID, a name, a hostname (with
        ``*`` for any letters), or a CTID.

    tgt, tgt_type, timeout
        As for :py:func:`openvz.list`. Raises the same.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.find 10.20.0.7
        salt-run openvz.find 00-18-51-AA-BB-CC
        salt-run openvz.find 'web*'
    """
    searching = vzdomain.fleet.searching
    query = searching.Query(what)
    lists, failures = _ask("openvz.list", tgt, tgt_type, timeout, {})
    rows = searching.found(query, lists)
    if failures:
        how = {"use_cached_grains": True, "grains_fallback": False, "opts": __opts__}
        mines = salt.utils.master.MasterPillarUtil("*", "glob", **how).get_cached_mine_data()
        rows += searching.remembered(query, {node: _node_info(mines.get(node) or {}) for node in failures})
    return _shown(searching.told(query, rows, failures), bool(failures or not rows))


def capacity(memory=None, disk=None, cpus=None, template=None, family=None, tgt="*", tgt_type="glob", timeout=None):
    """
    Return on which nodes a new container would fit, best first, and why it would not on the others.

    Memory has to fit into what the node has and has not promised to its containers, running or not: so counts
    :py:func:`openvz.evacuate`, too. The disk has to be free where new private areas are put. Processors are shared: the
    node only needs as many.

    ``fits`` has a row for each node, in bytes; ``reasons`` a sentence for each other one; ``errors`` one for each that
    did not answer. ``retcode`` is 1 if it fits nowhere, or a node did not answer. With nothing asked, all nodes are
    shown.

    memory, disk
        What the container is to have, with a unit: ``2G``, ``512M``.

    cpus
        Its processors.

    template
        Only nodes that have this template.

    family
        Only nodes of this family of vzctl: ``4`` or ``7``.

    tgt, tgt_type, timeout
        As for :py:func:`openvz.list`. Raises the same, and CommandExecutionError for what is not a size.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.capacity
        salt-run openvz.capacity memory=2G disk=20G cpus=2
    """
    placing = vzdomain.fleet.placing
    with _runner_errors():
        wanted = {"memory": placing.size("memory", memory), "disk": placing.size("disk", disk)}
        wanted["cpus"] = None if cpus is None else vzdomain.settings.whole("cpus", cpus, lowest=1)
    wanted |= {"template": template, "family": None if family is None else _named(str(family))[0].family}
    capacities, failures = _ask("openvz.capacity", tgt, tgt_type, timeout, {})
    rows, reasons = placing.placed(capacities, **wanted)
    is_asked = any(value is not None for value in wanted.values())
    return _shown(placing.told(rows, reasons, failures, is_asked), bool(failures or not rows))


# the plan of all nodes


def plan(tgt="*", tgt_type="glob", timeout=None, key="openvz:domains", saltenv="base", pillarenv=None):
    """
    Return what a fleet would do to be as its pillars want it: the dry run of :py:func:`openvz.apply`.

    The pillars are compiled here, and each node is asked once (``openvz.survey``). A container whose entry is in the
    pillar of another node **moves** there: that is the one with the entry's UUID, or without one its name, that Salt
    made and that no entry of its own node means. An address that goes from one node to another is given up before it is
    taken. Two containers that swap addresses are without one for a moment.

    Nothing is done for an entry that is in two pillars, or whose container nobody can tell; each is named in
    ``findings``, with what to do. A container in no pillar is left alone. What a node that did not answer may have is
    not known: nothing is created that it may have, and nothing moves from it or to it.

    Returns ``plan_id``, ``summary`` and ``counts`` (how many entries are to be moved, created, ..., and how many
    containers count for each budget), ``nodes`` (what becomes of each entry), ``steps`` in their order, ``findings`` as
    :py:func:`openvz.lint` has them, ``errors`` (a sentence for each node that did not answer), and ``command``, which
    carries it out. ``retcode`` is 1 if there are errors; that there is something to do is no error.
    Where there is nothing to do, ``steps`` is empty.

    A minion with an older pillar than the master's is told to refresh it, and asked once more.

    tgt, tgt_type, timeout
        As for :py:func:`openvz.list`. Of other nodes their mine is asked what they have (``openvz.node_info``).

    key
        Path of the containers in the pillars.

    saltenv, pillarenv
        Environments that the pillars are compiled for.

    Raises CommandExecutionError where no minion matches, and without lxml.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.plan
        salt-run openvz.plan 'hn*' --out=json
    """
    fleet = _Fleet(__opts__, tgt, tgt_type, timeout, key, saltenv, pillarenv)
    data = vzdomain.fleet.plan.told.of_plan(fleet.plan(), fleet.errors, **fleet.arguments)
    return _shown(data, vzdomain.fleet.plan.told.is_bad(data))


def apply(
    plan_id=None,
    tgt="*",
    tgt_type="glob",
    timeout=None,
    key="openvz:domains",
    saltenv="base",
    pillarenv=None,
    max_creates=None,
    max_restarts=None,
    max_destroys=1,
    max_network_changes=None,
    max_disk_deletes=0,
    max_moves=None,
    max_nodes_at_once=1,
    max_workers=4,
    failhard=True,
    online=False,
    keep_for=None,
):
    """
    Carry out a plan of :py:func:`openvz.plan`, and nothing else: without a ``plan_id`` nothing is done.

    It is planned anew first; if that is another plan, because a pillar or a node has changed since, nothing is done.
    Each node carries out an entry only if entry and container are as they were planned, and no more than was planned of
    what budgets count.

    How far it is stands in ``openvz/plans`` in the master's cache. After a failure, or if this master was killed, the
    same command goes on: what is done is not done again. A plan that has been carried out is only reported, unless the
    nodes are again as they were when it was made.

    Returns ``summary``, ``steps`` (with ``state``: ``done``, ``failed``, ``held`` or ``left``, ``seconds`` and
    ``error``), and as ``command`` what to type next. ``retcode`` is 1 unless all steps are done, and if the plan had
    errors. Progress is told on Salt's event bus, as ``openvz/fleet/progress``, and as a bar on a terminal.

    plan_id
        Of ``openvz.plan``, which was called with the same ``tgt``, ``tgt_type``, ``key`` and environments.

    max_creates, max_restarts, max_destroys, max_network_changes, max_disk_deletes, max_moves
        Budgets over all nodes: containers that the plan may create, restart or stop, destroy, break connections of,
        delete disks of, or move. Over budget nothing was done. ``None`` is no limit.

    max_nodes_at_once
        How many nodes are at work at a time; a move is at work on two.

    max_workers
        How many containers of one node are worked on at a time.

    failhard
        Begin nothing more after the first step that failed. ``False`` holds back only what needs it.

    online, keep_for
        Of the moves, as for :py:func:`openvz.move`.

    For the other parameters see :py:func:`openvz.plan`.

    Raises CommandExecutionError where nothing was done: without a plan or with another one, over budget, while another
    process carries it out.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.apply plan_id=fleet-3f0c1a7be92d4485
        salt-run openvz.apply plan_id=fleet-3f0c1a7be92d4485 max_nodes_at_once=5 max_moves=10 failhard=False
    """
    if plan_id is None:
        raise CommandExecutionError(
            "plan_id is missing, and nothing was done: salt-run openvz.plan shows what would be done to all nodes, and "
            "the command that does it"
        )
    fleet = _Fleet(__opts__, tgt, tgt_type, timeout, key, saltenv, pillarenv)
    with _runner_errors():
        limits = {
            name: vzdomain.settings.whole(f"max_{name}", value)
            for name, value in (
                ("creates", max_creates),
                ("restarts", max_restarts),
                ("destroys", max_destroys),
                ("moves", max_moves),
                ("network_changes", max_network_changes),
                ("disk_deletes", max_disk_deletes),
            )
        }
        at_once = vzdomain.settings.whole("max_nodes_at_once", max_nodes_at_once, lowest=1)
        workers = vzdomain.settings.whole("max_workers", max_workers, lowest=1)
        days = vzdomain.settings.timeout("keep_for", keep_for)
        stop = salt.utils.data.is_true(failhard)
        how = {"max_workers": workers, "failhard": stop}
        move = {"online": salt.utils.data.is_true(online), "keep_for": days, "why": f"openvz.apply {plan_id}"}
        data = fleet.apply(plan_id, limits, at_once, how, move)
    return _shown(data, not data.pop("is_done") or bool(data["problems"]))


# the nodes of a move


def _moved(node, results):
    """The moves of an evacuation that have succeeded, or would."""
    return [way.move(node) for way, outcome in results if outcome and outcome.is_good]


class _Nodes:
    """The nodes of this master, as moves ask them; `failures` are sentences about those that did not answer."""

    def __init__(self, opts):
        self.opts, self.failures = dict(opts), {}
        self.driver = {"master": str(opts["id"]), "run": f"salt-run-{os.getpid()}-{secrets.token_hex(4)}"}
        self._turns = vzdomain.execution.journal.turns.Turns(os.path.join(opts["cachedir"], "openvz", "moves"), 0)
        self.stop = threading.Event()  # set by Ctrl-C: what is at work on the nodes goes on without this process

    def know(self, *names):
        """Refuse minion ids that this master has no key of."""
        known = salt.utils.minions.CkMinions(self.opts).check_minions("*", "glob")["minions"]
        for name in names:
            if name not in known:
                raise CommandExecutionError(f"{name} is not a minion of this master: salt-key -L lists them")

    def _call(self, tgt, function, asked):
        """What each node returned; a sentence for each of those that did not goes into `failures`."""
        options = {"tgt_type": "glob" if tgt == "*" else "list", "full_return": True, "kwarg": asked}
        with salt.client.get_local_client(mopts=self.opts) as client:
            returns = client.cmd(tgt, function, **options) or {}
        return returns if tgt == "*" else {node: returns.get(node) for node in tgt}

    def _answers(self, tgt, function, asked):
        returns = self._call(tgt, function, asked)
        failures = {node: _failure(returned) for node, returned in returns.items()}
        self.failures.update({node: why for node, why in failures.items() if why})
        return {node: returns[node]["ret"] for node, why in failures.items() if not why}

    def look(self, name, nodes=None):
        """What all nodes have by that name, and which did not answer."""
        asked = {"step": "look", "move": {"name": name, "driver": self.driver}}
        answers = self._answers(nodes or "*", "openvz.move_step", asked)
        return answers, sorted(self.failures)

    def surveys(self, nodes=None):
        """What ``openvz.survey`` says on these nodes, or on all of them."""
        return self._answers(nodes or "*", "openvz.survey", {})

    def notes(self):
        """What ``openvz.moves`` says on all nodes."""
        return self._answers("*", "openvz.moves", {})

    def ask(self, node, step, **arguments):
        """One step on one node, as `vzdomain.fleet.moving.drive` asks for it."""
        answer = self._step([node], {"step": step, **arguments})[node]
        if isinstance(answer, vzdomain.errors.OpenVZError):
            raise answer
        return answer

    def looks(self, nodes, move):
        """A look on several nodes in one job."""
        return self._step(nodes, {"step": "look", "move": move})

    def _step(self, nodes, asked):
        """What each node answered, or the error; nobody answers while the master is down."""
        answers, none = {}, vzdomain.fleet.moving.values.NoAnswerError
        try:
            returns = self._call(nodes, "openvz.move_step", asked)
        except SaltException as err:
            return {node: none(f"{node} cannot be asked: {err}") for node in nodes}
        for node, returned in returns.items():
            why = _failure(returned)
            if why == _NO_ANSWER:
                answers[node] = none(f"{node} {why}")
            elif why:
                answers[node] = vzdomain.errors.RefusedError(why.removeprefix("ERROR: "))
            else:
                answers[node] = returned["ret"]
        return answers

    def drive(self, wanted, told, is_test=False, take_over=False, timeout=None, how=None):
        """The `Outcome` of one move, or of what `how` drives, of which nobody else on this master drives another."""
        moving = vzdomain.fleet.moving.drive
        ends = {"pause": self.stop.wait, "ended": self.stop.is_set}
        means, how = moving.Means(self.ask, self.looks, told, timeout=timeout, **ends), how or moving.move
        if is_test:
            return how(means, wanted, True)
        key = urllib.parse.quote(wanted.uuid or f"{wanted.source} {wanted.ctid}", safe=" ")
        try:
            with self._turns.hold(key):
                return how(means, wanted, False, take_over)
        except vzdomain.errors.LockedError:
            why = f"{self._turns.holder(key)} moves it now: wait for that, or end it and type this again"
            return moving.Outcome(moving.REFUSED, why, "driven", {}, wanted.command, {**wanted.data})

    def remove(self, copy, is_test):
        """Remove one old copy, and say what became of it."""
        moving = vzdomain.fleet.moving
        why, owner = "no other node is known to have it", "-"
        for owner in copy.owners:
            wanted = copy.move(owner, **self.driver)
            try:
                answer = self.ask(owner, "look", move=wanted.data)
            except vzdomain.errors.OpenVZError as err:
                answer, why = None, str(err)
            why = moving.copies.proof(copy, answer, owner)
            if not why:
                break
        if not why and not is_test:
            why = self._cleaned(copy, wanted, answer)
        result = "kept" if why else "would be removed" if is_test else "removed"
        return {"container": copy.name, "kept on": copy.node, "now on": owner, "result": result, "why": why}

    def _cleaned(self, copy, wanted, answer):
        try:
            self.ask(copy.node, "clean", move=wanted.data, proof=answer)
        except vzdomain.errors.OpenVZError as err:
            return str(err)
        return ""

    def bar(self, total):
        """Tells of steps on the event bus and on the terminal."""
        return _Bar(self.opts, total)


class _Bar:
    """Called with what a driver tells; `ended` counts the moves that are over. Threads may call it."""

    def __init__(self, opts, total):
        self.opts, self.total, self.over = opts, max(1, total), 0
        self._parts, self._lock = {}, threading.Lock()
        self._is_drawn, self._has_bus = sys.stderr.isatty(), True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._is_drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, said):
        with self._lock:
            part = vzdomain.fleet.progress.of_move(said["step"])
            self._parts[said["container"]] = max(part, self._parts.get(said["container"], 0))
            if said["step"] != "wait":
                self._fire({**said, "number": self.over, "total": self.total})
            self._draw(f"{said['container']}: {said['node'] and said['node'] + ' '}{said['why']}")

    def ended(self, way, outcome, count):
        with self._lock:
            self.over = count
            self._parts.pop(way.name, None)
            said = {"container": way.name, "step": "ended", "result": outcome.result, "number": count}
            self._fire({**said, "total": self.total})
            self._draw(f"{way.name}: {outcome.result}")

    def _fire(self, said):
        if not self._has_bus:
            return
        self._has_bus, bus = False, salt.utils.event.get_master_event(self.opts, self.opts["sock_dir"], listen=False)
        with contextlib.suppress(Exception), bus:  # a bus that is not there takes seconds, each time
            self._has_bus = bool(bus.fire_event(said, "openvz/fleet/progress"))

    def _draw(self, text):
        if self._is_drawn:
            part = (self.over + sum(self._parts.values())) / self.total
            columns = shutil.get_terminal_size().columns
            sys.stderr.write(f"\r\x1b[K{vzdomain.fleet.progress.line(part, text, columns)}")
            sys.stderr.flush()


def _words(said):
    """A list, or text with commas between."""
    if isinstance(said, (list, tuple)):
        return [str(one) for one in said]
    return [word.strip() for word in str(said).split(",") if word.strip()] if said is not None else []


@contextlib.contextmanager
def _runner_errors():
    try:
        yield
    except vzdomain.errors.OpenVZError as err:
        raise CommandExecutionError(str(err)) from None


# the nodes of a plan


class _Fleet:
    """The nodes that a plan is for: their pillars, what they say, and a way to tell each what to do."""

    def __init__(self, opts, tgt, tgt_type, timeout, key, saltenv, pillarenv):
        problem = vzdomain.document.etree.problem()
        if problem:
            raise CommandExecutionError(f"a plan of all nodes needs lxml on the master: {problem}")
        self.opts, self.key = dict(opts), key
        self.errors = {}  # of nodes that did not answer
        self._target, self._timeout, self._environments = (tgt, tgt_type), timeout, (saltenv, pillarenv)
        self._nodes = _Nodes(opts)
        usual = {"tgt": "*", "tgt_type": "glob", "key": "openvz:domains", "saltenv": "base", "pillarenv": None}
        given = {"tgt": tgt, "tgt_type": tgt_type, "key": key, "saltenv": saltenv, "pillarenv": pillarenv}
        self.arguments = {name: value for name, value in given.items() if value != usual[name]}

    # planning

    def plan(self):
        """The `FleetPlan`; `errors` has a sentence for each node that did not answer."""
        compiled = self._compiled()
        returns = self._asked(*self._target)
        if not returns and not compiled:
            raise CommandExecutionError(f"no minion matches {self._target[0]} ({self._target[1]})")
        if compiled and not any(one.has_key or one.findings for one in compiled.values()):
            raise CommandExecutionError(f"no pillar of {self._target[0]} has {self.key}: fix key, or the top file")
        nodes = {name: self._node(name, returns.get(name), compiled.get(name)) for name in {*returns, *compiled}}
        stale = sorted(name for name, node in nodes.items() if node and node.stale)
        if stale:
            nodes |= self._refreshed(stale, compiled)
        nodes = {name: node for name, node in sorted(nodes.items()) if node}
        self.errors = {name: node.failure for name, node in nodes.items() if node.failure}
        return vzdomain.fleet.plan.plan([*nodes.values(), *self._beside(nodes)])

    def _compiled(self):
        """Minion -> its pillar, as the master would compile it, with what is wrong with it."""
        known = self._known(*self._target)
        grains, mines = known.get_minion_grains(), known.get_cached_mine_data()
        opts = dict(self.opts)  # once: Salt 3008 has a class for it that takes its time
        with salt.fileclient.FSClient(self.opts) as files:
            return {
                name: _Node(name, said, mines.get(name), self.key, files, None).compile(opts, *self._environments)
                for name, said in grains.items()
            }

    def _known(self, tgt, tgt_type):
        how = {"use_cached_grains": True, "grains_fallback": False}
        return salt.utils.master.MasterPillarUtil(tgt, tgt_type, **how, opts=self.opts)

    def _asked(self, tgt, tgt_type, function="openvz.survey", **asked):
        options = {"timeout": self._timeout, "tgt_type": tgt_type, "full_return": True}
        asked = asked or {"key": self.key}
        with salt.client.get_local_client(mopts=self.opts) as client:
            return client.cmd(tgt, function, **options, kwarg=asked) or {}

    def _node(self, name, returned, compiled):
        """What is known of a minion; ``None`` for one that is no node."""
        known, entries = vzdomain.fleet.plan, compiled.pillar.entries if compiled else ()
        failure = _failure(returned)
        if failure and self._is_other(failure, compiled):
            return None
        found = compiled.findings if compiled else ()
        broken = next((one.what for one in found if (one.severity, one.rule) == ("error", "pillar")), None)
        if failure or broken:
            return known.silent(name, failure or broken, entries)
        return known.answered(name, returned["ret"], entries, compiled.pillar.bridged if compiled else None)

    @staticmethod
    def _is_other(failure, compiled):
        """Whether a minion is no node; of one that the master never saw nobody knows, unless it says so itself."""
        if compiled and (compiled.has_key or _family(compiled.grains)):
            return False
        return failure.endswith("is not available.") or bool(compiled and compiled.grains)

    def _refreshed(self, stale, compiled):
        """The same for minions whose pillar was older than the master's, once they have a new one."""
        self._asked(stale, "list", "saltutil.refresh_pillar", wait=True)
        returns = self._asked(stale, "list")
        return {name: self._node(name, returns.get(name), compiled.get(name)) for name in stale}

    def _beside(self, nodes):
        """The minions that are not asked, by what their mine says."""
        if self._target == ("*", "glob"):
            return []
        mines = self._known("*", "glob").get_cached_mine_data()
        others = {name: _node_info(mine or {}) for name, mine in mines.items() if name not in nodes}
        return [vzdomain.fleet.plan.beside(name, mine) for name, mine in sorted(others.items()) if mine]

    # carrying out

    def apply(self, plan_id, limits, at_once, how, move):
        """Carry out a plan, or go on with it; what is told of it."""
        plans, directory = vzdomain.fleet.plan, os.path.join(self.opts["cachedir"], "openvz", "plans")
        with plans.progress.alone(directory, plan_id):
            plans.progress.forget_old(directory)
            kept = plans.Progress.found(directory, plan_id)
            made = self.plan() if kept is None or kept.is_done else None
            if kept is None or made and made.id == plan_id:  # what was done once may have to be done once more
                made.check(limits, plan_id)
                seen = [name for name, node in made.nodes.items() if node.is_asked and not node.failure]
                kept = plans.Progress.of(directory, made, seen=seen, **plans.told.findings(made.findings))
            kept.check(limits)
            states = {step.number: kept.state(step) for step in kept.steps}
            if not kept.is_done:
                states = self._carried_out(kept, at_once, how, move)
            command = plans.told.command(plan_id, **self.arguments)
            return plans.told.of_apply(kept, plans.carrying.report(kept, states), command, move["keep_for"] != 0)

    def _carried_out(self, kept, at_once, how, move):
        with _PlanBar(self.opts, len(kept.steps)) as bar:
            bar.over = sum(kept.state(step) == vzdomain.fleet.plan.progress.DONE for step in kept.steps)
            doers = {"apply": self._apply, "move": self._move, "release": self._release}

            def do(step, again):
                return doers[step.kind](step, again, bar, move if step.kind == "move" else how)

            how = {**how, "seen": kept.said.get("seen") or []}
            carrier = vzdomain.fleet.plan.Carrier(kept, do, at_once, how["failhard"], bar.tell)
            carrier.carry_out()
        return carrier.states

    def _apply(self, step, again, bar, how):
        entries = step.entries
        if again:
            self._let_end(step.node)
            asked = self._survey(step.node).wanted
            done = [label for label in step.wanted if label in asked and asked[label].status == "unchanged"]
            entries = {label: wanted for label, wanted in step.wanted.items() if label not in done}
        if not entries:
            return {"did": {}}
        counts = vzdomain.planning.planner.COUNTS
        budgets = {f"max_{name}": step.limits.get(name, 0) for name in counts}
        answer = self._told(step.node, "openvz.apply", entries=entries, key=self.key, test=False, **budgets, **how)
        containers = answer.get("containers") or {}
        return {
            "did": {label: one["did"] for label, one in containers.items() if one.get("did")},
            "warnings": [f"{step.node}: {word}" for one in containers.values() for word in one.get("warnings") or ()],
        }

    def _release(self, step, again, bar, how):
        addresses = list(step.addresses)
        if again:
            there = [one for found in self._survey(step.node).found if found.ctid == step.ctid for one in found.routed]
            addresses = [one for one in addresses if one in there]
        if addresses:
            self._told(step.node, "openvz.set", name=step.ctid, ipdel=addresses, test=False)
        return {"did": {label: [f"gave up {', '.join(step.addresses)}"] for label in step.labels}}

    def _move(self, step, again, bar, how):
        named = {"ctid": step.ctid, "uuid": step.uuid, "name": step.name, "source": step.source}
        wanted = vzdomain.fleet.moving.values.Move("", destination=step.node, **named, **how, **self._nodes.driver)
        outcome = self._nodes.drive(wanted, bar)
        if outcome.is_good:
            warnings = [f"{step.name}: {warning}" for warning in outcome.warnings]
            return {"did": {label: [f"moved from {step.source}"] for label in step.labels}, "warnings": warnings}
        nodes = [f"{node}: {said}" for node, said in outcome.nodes.items()]
        why = "; ".join([outcome.reason, *nodes, *([outcome.command] if outcome.command else [])])
        return {"error": why}

    def _survey(self, node):
        """What a node says now, as the plan knows it."""
        known = vzdomain.fleet.plan.answered(node, self._told(node, "openvz.survey", key=self.key))
        if known.failure:
            raise vzdomain.errors.CannotAskError(f"{node} {known.failure}")
        return known

    def _told(self, node, function, **asked):
        """What a node answers; an error of the library where it does not, or says no."""
        returned = self._asked([node], "list", function, **asked).get(node)
        why = _failure(returned)
        if why == _NO_ANSWER:
            raise vzdomain.errors.CannotAskError(f"{node} {why}: the same command looks how far it came, and goes on")
        if why or not isinstance(returned["ret"], Mapping):
            raise vzdomain.errors.RefusedError((why or f"{node} {_ODD}").removeprefix("ERROR: "))
        return returned["ret"]

    def _let_end(self, node):
        """Wait for what an earlier runner has begun on a node, and which goes on without it."""
        while True:
            returned = self._asked([node], "list", "saltutil.is_running", fun="openvz.apply").get(node)
            running = returned.get("ret") if isinstance(returned, Mapping) else None
            if not isinstance(running, list):  # that it does not answer does not mean that it is done
                raise vzdomain.errors.CannotAskError(
                    f"{node} {_NO_ANSWER}: the same command looks how far it came, and goes on"
                )
            if not running:
                return
            time.sleep(_PAUSE)


class _PlanBar(_Bar):
    """The same for the steps of a plan; moves among them tell theirs, too."""

    def tell(self, step, what):
        name = step.name or ", ".join(step.labels[:3])
        said = {"container": name, "node": step.node, "step": step.kind, "number": step.number, "total": self.total}
        with self._lock:
            if what != "begun":
                self.over += 1
                self._parts.pop(name, None)
            self._fire({**said, "result": what})
            self._draw(f"{vzdomain.fleet.plan.told.words(step)}: {what}")


# lint


def _report(nodes, target, key):
    found = [one for node in nodes for one in node.findings]
    if not nodes:
        found.append(_finding("error", "target", [], f"no minion that the master knows matches {target}", "fix tgt"))
    elif not found and not any(node.has_key for node in nodes):
        found.append(_finding("error", "key", [], f"no pillar of {target} has {key}", "fix key, or the top file"))
    pillars = [node.pillar for node in nodes]
    found = vzdomain.reports.lint.in_order([*found, *vzdomain.reports.lint.examine(pillars)])
    data = {
        "findings": vzdomain.reports.lint.as_data(found),
        "nodes": len(nodes),
        "containers": sum(len(pillar.entries) for pillar in pillars),
    }
    return _shown(data, any(one.severity == "error" for one in found))


# the report


def report(tgt="*", tgt_type="glob", timeout=None, path=None):
    """
    Write one HTML page of the fleet: its nodes and containers, what is promised of memory and disk, drift and moves.

    The page has all that it needs in itself; a browser fetches nothing for it. It stands as the nodes said at its time,
    the worst first. A node that did not answer is named at the top, and its containers are not on the page. Each node
    is asked for :py:func:`openvz.survey` and ``openvz.drift``. For the other parameters see :py:func:`openvz.list`.

    Returns ``path``, ``nodes`` and ``containers`` (how many), and ``errors``, a sentence for each node that did not
    answer or could not say its drift; then ``retcode`` is 1. The page is written all the same.

    path
        The file, which everybody may read; there are names, addresses and sizes in it, and no secrets. It is replaced
        at once, by whole pages alone, and only if it is a page of this function. Left out, the page is printed.

    Raises CommandExecutionError where no minion matches and where the file cannot be written.

    CLI Example:

    .. code-block:: bash

        salt-run openvz.report path=/srv/containers/fleet.html
        salt-run openvz.report 'hn*' --out=json
    """
    surveys, unasked = _ask("openvz.survey", tgt, tgt_type, timeout, {})
    drifts, undrifted = _ask("openvz.drift", list(surveys), "list", timeout, {}) if surveys else ({}, {})
    made = vzdomain.model.times.minute(time.time())
    fleet = vzdomain.fleet.report.facts.fleet(surveys, drifts, unasked, undrifted)
    text = vzdomain.fleet.report.page.page(fleet, made)
    data = {"nodes": len(fleet.nodes), "containers": fleet.there, "errors": fleet.errors}
    if path is None:
        return _shown({**data, "page": text}, bool(fleet.errors))
    try:
        path = vzdomain.fleet.report.place.put(str(path), text)
    except vzdomain.errors.OpenVZError as err:
        raise CommandExecutionError(str(err)) from None
    return _shown({**data, "path": path}, bool(fleet.errors))


def _shown(data, is_bad):
    """What salt-run prints, and where it finds the code that it ends with."""
    return {"data": {**data, "retcode": int(is_bad)}, "outputter": "openvz"}


# asking the nodes


def _selected(known, only, status, name):
    """What the nodes are asked to show; a status that there is not is refused here, once."""
    try:
        vzdomain.reports.selection.Selection(known, only, status, name)
    except vzdomain.errors.RefusedError as err:
        raise CommandExecutionError(str(err)) from None
    return {key: value for key, value in (("only", only), ("status", status), ("name", name)) if value is not None}


def _ask(function, tgt, tgt_type, timeout, asked):
    """What the nodes answered, and a sentence for each that did not."""
    with salt.client.get_local_client(mopts=__opts__) as client:
        options = {"timeout": timeout, "tgt_type": tgt_type, "full_return": True, "kwarg": asked}
        returns = client.cmd(tgt, function, **options) or {}
    if not returns:
        raise CommandExecutionError(f"no minion matches {tgt} ({tgt_type})")
    failures = {node: _failure(returns[node]) for node in sorted(returns)}
    answers = {node: returns[node]["ret"] for node, failure in failures.items() if failure is None}
    return answers, {node: failure for node, failure in failures.items() if failure is not None}


def _failure(returned):
    """Why a node has no answer; ``None`` where it has one."""
    if not returned or (isinstance(returned, Mapping) and returned.get("out") == "no_return"):
        return _NO_ANSWER
    answer = returned.get("ret") if isinstance(returned, Mapping) else returned
    if isinstance(answer, Mapping):
        return None if answer is not returned else _ODD
    if isinstance(answer, str) and answer.strip():
        answer = answer.strip()
        return answer if len(answer) <= _LONGEST else f"{answer[:_LONGEST]} … {len(answer):,} characters, cut"
    return _ODD if answer else _NO_ANSWER


def _worst(containers):
    """The rank of the worst container of a node."""
    ranks = [_rank(one.get("status")) for one in containers.values() if isinstance(one, Mapping)]
    return min(ranks, default=len(_WORST_FIRST))


def _rank(status):
    return _WORST_FIRST.index(status) if status in _WORST_FIRST else 0


# compiling pillars


class _Node:
    """One minion as the master knows it: `pillar` for `vzdomain.reports.lint`, and `findings` of the reading."""

    def __init__(self, name, grains, mine, key, files, family):
        self.name, self.grains, self.key, self.files = name, grains, key, files
        self.family = family or _family(grains)
        self.findings, self.has_key = [], False
        self.pillar = vzdomain.reports.lint.Pillar(name, mine=_node_info(mine or {}))
        self._pillar = {}

    def compile(self, opts, saltenv, pillarenv):
        """Compile the pillar and read the documents; what fails is a finding."""
        if not self.grains or not isinstance(self.grains, dict):  # Salt 3006 dies of others
            self._find("error", "grains", "the master has no grains for it, and cannot compile its pillar", "start it")
            return self
        try:
            # A copy: Salt puts the grains of the minion into what it is given.
            pillar = salt.pillar.Pillar({**opts}, self.grains, self.name, saltenv, pillarenv=pillarenv)
            self._pillar = pillar.compile_pillar()
        except SaltException as err:
            self._find("error", "pillar", f"the pillar cannot be compiled: {err}", "fix the pillar")
            return self
        for error in self._pillar.get("_errors") or ():
            self._find("error", "pillar", f"the pillar has errors: {error}", "fix the pillar")
        self._read_entries()
        return self

    def _find(self, severity, rule, what, remedy, label=""):
        self.findings.append(_finding(severity, rule, [(self.name, label)], what, remedy))

    def _warn_of_settings(self, settings):
        """Keys that are near to a setting and are none; what `key` names is asked for."""
        for name, near in settings.unknown(self.key):
            if near:
                self._find("warning", "setting", vzdomain.settings.no_setting(name, near), f"rename it to {near}")

    def _tried(self, ask, *what):
        """What the pillar says; empty where it cannot be followed, which is a finding."""
        try:
            return ask(*what)
        except vzdomain.errors.OpenVZError as err:
            self._find("error", "pillar", str(err), "fix the pillar")
            return ()

    def _read_entries(self):
        settings = vzdomain.settings.Settings(self._pillar)
        self._warn_of_settings(settings)
        containers = salt.utils.data.traverse_dict_and_list(self._pillar, self.key, None)
        self.has_key = containers is not None
        if not self.has_key:
            return
        refused = vzdomain.flavours.refusing(*_named(self.family)) if self.family else None
        traverse = salt.utils.data.traverse_dict_and_list
        sources = vzdomain.document.sources.Sources(self._pillar, traverse, self, refused)
        entries = self._tried(sources.listed, self.key, containers)
        networks = self._tried(lambda: settings["networks"])
        for entry in entries:
            if entry.unread:
                what = f"{entry.unread}: the document was not checked"
                self._find("warning", "unchecked", what, "try it on the node", entry.label)
            self._look_for_states(entry)
        networks = vzdomain.reports.mine.bridged(networks)
        self.pillar = vzdomain.reports.lint.Pillar(self.name, tuple(entries), self.pillar.mine, networks)

    def _look_for_states(self, entry):
        """Names of states for the inside of a container that the file roots do not have."""
        how = entry.inside
        for name in (how.sls or ()) if how else ():
            if set(name).isdisjoint("*?[") and not self.files.get_state(name, how.saltenv or "base"):
                path = name.replace(".", "/")
                what = f"inside: the file roots have no sls {name} (saltenv {how.saltenv or 'base'})"
                self._find("error", "inside_sls", what, f"write {path}.sls or {path}/init.sls", entry.label)

    # what `document.sources` asks for

    engines = salt.utils.templates.TEMPLATE_REGISTRY
    failures = SaltException

    def fetch(self, source, saltenv):
        """A file of the master, and no other."""
        if not source.startswith("salt://"):
            raise _OnMinionOnly(f"{vzdomain.errors.public(source)} is not a file of the master")
        return self.files.cache_file(source, saltenv=saltenv)

    read = staticmethod(vzdomain.host.encoding.load)

    def render(self, source, text, encoding, template, saltenv):
        """What a template makes of the grains and the pillar."""
        name = vzdomain.errors.public(source)
        if template == "py":
            raise _OnMinionOnly(f"{name} is a program")
        functions = _Functions(self._pillar, self.grains)
        made, error = self._made(text, template, saltenv, functions)
        if functions.asked or _OPTS.search(text):
            asked = sorted(f"salt[{one!r}]" for one in functions.asked) or ["opts"]
            raise _OnMinionOnly(f"{name} asks the minion for {', '.join(asked)}")
        if error:
            raise vzdomain.errors.SourceError(f"{name} cannot be rendered: {vzdomain.errors.in_words(error)}")
        return made

    def _made(self, text, template, saltenv, functions):
        """The rendered text and ``None``, or ``None`` and why not."""
        opts = {**__opts__, "id": self.name, "grains": self.grains, "pillar": self._pillar}
        words = {"salt": functions, "pillar": self._pillar, "grains": self.grains, "opts": opts, "saltenv": saltenv}
        render = salt.utils.templates.TEMPLATE_REGISTRY[template]
        outside = contextvars.Context()  # a runner's own has no file client, which Salt would look for
        try:
            made = outside.run(render, text, from_str=True, to_str=True, fileclient=self.files, **words)
        except SaltRenderError as err:
            return None, " ".join(str(err.error).split())
        data = made["data"]
        return (data, None) if made["result"] else (None, " ".join(str(data).split()))


def _family(grains):
    """The version of a node's vzctl by its grains, or its family; ``None`` where they have none that is known."""
    said = grains.get("openvz") if isinstance(grains, Mapping) else None
    version = (said.get("version") or said.get("flavour")) if isinstance(said, Mapping) else None
    try:
        return version and str(version) if _named(version) else None
    except CommandExecutionError:
        return None


def _named(family):
    try:
        return vzdomain.flavours.named(family)
    except vzdomain.errors.ArgumentError as err:
        raise CommandExecutionError(str(err)) from None


class _Functions(Mapping):
    """What a template may ask of ``salt`` where the master knows the answer; `asked` is what it does not know."""

    def __init__(self, pillar, grains):
        self.asked = set()
        self._sources = {"pillar.get": pillar, "grains.get": grains}

    def __getitem__(self, name):
        if name not in self:
            raise KeyError(f"{name} can only be evaluated on the minion")
        return _Lookup(self._sources[name])

    def __getattr__(self, name):
        if name != "whitelist":  # Salt 3008 asks for it itself
            self.asked.add(f"{name}.*")
        raise AttributeError(name)

    def __contains__(self, name):
        if name not in self._sources:
            self.asked.add(str(name))
        return name in self._sources

    def __iter__(self):
        return iter(self._sources)

    def __len__(self):
        return len(self._sources)


class _Lookup:
    """``pillar.get`` and ``grains.get`` over what the master has."""

    def __init__(self, data):
        self._data = data

    def __call__(self, key, default="", delimiter=":", **kwargs):
        return salt.utils.data.traverse_dict_and_list(self._data, key, default, delimiter)


def _node_info(mine):
    """What ``openvz.node_info`` said, with or without Salt's note of who may read it."""
    info = mine.get("openvz.node_info")
    if isinstance(info, Mapping) and salt.utils.mine.MINE_ITEM_ACL_ID in info:
        info = info.get(salt.utils.mine.MINE_ITEM_ACL_DATA)
    return vzdomain.reports.mine.believed(info)


def _finding(severity, rule, places, what, remedy):
    return vzdomain.reports.lint.finding(severity, rule, places, what, remedy)
