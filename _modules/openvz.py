"""
Run OpenVZ containers that are described by libvirt domain XML
==============================================================

:depends: lxml, and ``vzctl`` 4.x or 7.0.180 to 9 on the node

A container is written down as a domain document (``<domain type='openvz'>``, see
https://libvirt.org/formatdomain.html), in the form libvirt knows today or in the one proposed for OpenVZ in 2008.
What a document does not say is neither compared nor changed.

Mind the word *destroy*: in virsh it powers a machine off, in vzctl and here it **deletes** a container.

A container is named by its CTID, its vzctl name or its UUID. Every function that changes something returns
``{"name": "209", "ctid": 209, "changes": {...}, "did": [...], "warnings": [...]}`` and honours ``test=True``. ``did``
has words for what ``changes`` show: ``created``, ``updated (memory)``, ``started``. Fields that are saved and wait for
the container to be restarted are under ``pending``.

Configuration is read from the key ``openvz`` of the pillar, then of the minion configuration: ``vzctl``, ``vzlist``,
``ip``, ``brctl``, ``config_dir``, ``sys_class_net``, ``proc_dir``, ``networks``, ``libvirt_uri``, ``first_ctid``,
``lock_timeout``, ``command_timeout``, ``history_days``, ``protected``, ``vzmigrate``, ``vzmlocal``, ``rsync``, ``ssh``,
``ssh_host``, ``templates``. docs/reference/configuration.md has them all.
"""

import contextlib
import dataclasses
import glob
import importlib.util
import logging
import os
import threading
from collections.abc import Mapping

import salt.payload
import salt.utils.args
import salt.utils.data
import salt.utils.dictupdate
import salt.utils.files
import salt.utils.hashutils
import salt.utils.templates
import salt.utils.user
from salt.exceptions import CommandExecutionError, SaltException, SaltInvocationError

try:
    import vzdomain  # synced: Salt puts <extension_modules>/utils on sys.path while it loads this file

    vzdomain = vzdomain.current()
except ImportError:
    from saltext.openvz.utils import vzdomain  # pip

returns = vzdomain.reports.returns
_taking, _cloning = vzdomain.execution.snapshots.doing, vzdomain.execution.snapshots.cloning
log = logging.getLogger(__name__)

__virtualname__ = "openvz"
__func_alias__ = {"set_": "set", "exec_": "exec", "list_": "list"}
# By the name that a function has in this file. Shown as text for people; --out=json gives the data.
__outputter__ = dict.fromkeys(
    """
    doctor explain list_ info drift plan apply purge define define_xml_str define_xml_path adopt create set_
    start stop restart suspend resume pause unpause register unregister destroy set_password history
    clone snapshot snapshots snapshot_switch snapshot_delete snapshot_mount snapshot_umount
    moves survey stats capacity templates fetch_template
    """.split(),
    "openvz",
) | dict.fromkeys(("sls", "highstate", "apply_states"), "highstate")

_DOMAINS = vzdomain.document.sources.CONTAINERS
_MINE = "openvz.node_info"  # what nodes tell the mine


def __virtual__():
    problem = vzdomain.document.etree.problem()
    return (False, f"The openvz execution module needs lxml: {problem}") if problem else __virtualname__


# asking


def version():
    """
    Return the version of vzctl on this node, such as ``4.11.1``.

    Raises CommandExecutionError where vzctl is missing, or is neither 4.x nor 7.0.180 to 9. Runs ``vzctl --version``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.version
    """
    with _salt_errors():
        return vzdomain.execution.setup.vzctl(_settings()).version()


def list_domains():
    """
    Return the names of all containers of this node; the name of one without a name is its CTID.

    Raises CommandExecutionError where the node cannot be asked. Reads the configuration files, and runs at most
    one vzlist for the status.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.list_domains
    """
    return _names(lambda container: True)


def list_active_vms():
    """
    Return the names of the running containers, paused ones too.

    Raises CommandExecutionError where the node cannot be asked. Runs at most one vzlist.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.list_active_vms
    """
    return _names(lambda container: container.running)


def list_inactive_vms():
    """
    Return the names of the containers that do not run: stopped, mounted, suspended.

    Raises CommandExecutionError where the node cannot be asked. Runs at most one vzlist.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.list_inactive_vms
    """
    return _names(lambda container: not container.running)


def state(name=None):
    """
    Return the status of containers: ``running``, ``stopped``, ``mounted``, ``suspended`` or ``paused`` (vzctl 7).

    name
        A container; all of them if left out.

    Raises CommandExecutionError where the node cannot be asked, or has no such container. Runs at most one vzlist.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.state
        salt '*' openvz.state 209
    """
    return _harmless({container.domain.name: container.status for container in _selected(name)})


def status(name, dry=False, wait=False):
    """
    Return the status of one container, ``absent`` if there is none.

    name
        CTID, name or UUID.

    dry
        Within a dry run of states: the status that the states before this one would leave.

    wait
        Let whoever works on the container finish first, for up to ``openvz:lock_timeout`` seconds.

    Raises CommandExecutionError where the node cannot be asked: that is not ``absent``. Runs at most one vzlist.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.status 209
    """
    with _salt_errors():
        reconciler = _reconciler()
        if _is(wait):
            reconciler.wait_for(name)
        container = (reconciler.dry if _is(dry) else reconciler).look_up(name)
    return container.status if container else "absent"


def info(name=None, dry=False):
    """
    Return what is known of containers, by name: status, CTID, UUID, ownership, and the fields of their domain.

    Sizes are KiB. ``None`` is what the container's configuration file does not set.

    name
        A container; all of them if left out.

    dry
        Within a dry run of states: what the states before this one would leave.

    Raises CommandExecutionError where the node cannot be asked, or has no such container. The fields and their
    units are those of docs/reference/domain.md.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.info 209
    """
    with _salt_errors():
        protected = _reconciler().is_protected
        found = {
            one.domain.name: {**returns.information(one), "protected": protected(one)}
            for one in _selected(name, _is(dry))
        }
    return _harmless(found)


def get_xml(name, dialect="libvirt", networks=True):
    """
    Return the domain document of a container as it is configured now.

    name
        CTID, name or UUID.

    dialect
        ``libvirt`` for the form of today, ``2008`` for that of the OpenVZ proposal, ``vz`` for libvirt's Virtuozzo
        driver.

    networks
        Where an interface is in the bridge of a libvirt network of this node, name the network. ``False`` names the
        bridge alone, and asks libvirt nothing.

    Raises CommandExecutionError where the node cannot be asked, or has no such container, and where there is no
    such dialect. Elements: https://libvirt.org/formatdomain.html, and docs/reference/domain.md for those in
    ``<metadata>``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.get_xml 209
        salt '*' openvz.get_xml 209 dialect=2008
    """
    with _salt_errors():
        reconciler = _reconciler()
        domain = reconciler.as_document(reconciler.resolve(name).domain, _is(networks))
        return vzdomain.document.codec.render(domain, str(dialect))


def validate(
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    schema=True,
    writable=True,
    family=None,
):
    """
    Read a domain document and return its name, its CTID if it says one, warnings about it, and what schemas say of it.

    What the ``family`` of vzctl cannot have is an error that says which one can. Nothing else is compared with the
    node. An error names line, column and element. ``schemas`` has an answer for each schema: ``openvz.rng`` is that of
    our elements; libvirt's own is used where this minion has it. A document in the words of 2008 is good here and not
    valid for libvirt. For the other parameters see :py:func:`openvz.define`.

    schema
        Path of libvirt's ``domain.rng``; ``True`` is the one that libvirt installs, ``False`` asks no schema at all.

    writable
        A value that vzctl could not be given (a quote in a description, say) is an error. ``False`` passes over it: a
        container may have it already, set by someone else.

    family
        The vzctl that the document is for: ``4``, ``7``, ``8``, ``9``, a version such as ``9.0.1``, or what the grain
        ``openvz:flavour`` has. Left out, it is the vzctl of this minion; where there is none, no family is asked, and
        the ``family`` that is returned is ``None``.

    Raises CommandExecutionError for a document that cannot be followed or found, SaltInvocationError where not
    exactly one document is given.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.validate pillar_key=openvz:containers:web01:xml
        salt '*' openvz.validate source=salt://containers/web01.xml
        salt '*' openvz.validate source=salt://containers/web01.xml family=7
    """
    with _salt_errors():
        its, version = vzdomain.execution.setup.family(_settings(), family)
        text, place = _sources().text(xml, pillar_key, source, template, saltenv)
        with vzdomain.document.sources.placed(place):
            refused = vzdomain.flavours.refusing(its, version) if its else None
            document = vzdomain.document.codec.parse(text, _is(strict), refused)
            vzdomain.document.codec.check(document, _is(writable))
        schemas = _schemas(text, schema)
    domain = document.domain
    return {
        "name": domain.name,
        "ctid": vzdomain.model.ctid.data(domain.stated_ctid),
        "family": its and (version or its.family),
        "warnings": list(document.warnings),
        "schemas": schemas,
    }


def _schemas(text, schema):
    if isinstance(schema, str) and "/" in schema:
        return vzdomain.document.schema.check(text, schema)
    return vzdomain.document.schema.check(text) if _is(schema) else {}


def explain(xml=None, pillar_key=None, source=None, template=None, saltenv="base", family=None):
    """
    Return what each line of a domain document means here.

    That is the field of the container, the option of vzctl, the key of the configuration file, and when it is in
    effect: at once, after a restart, at creation only. What has no effect, or is not understood, is explained as that.
    Nothing is compared with the node. For the other parameters see :py:func:`openvz.define`.

    family
        The vzctl that it is explained for, as for :py:func:`openvz.validate`; the minion's own if left out.

    The list has a dictionary for each line: ``line``, ``element``, ``field``, ``option``, ``key``, ``effect``
    (``live``, ``file``, ``restart``, ``stopped``, ``creation``) and ``note``. Salt shows it as a table (outputter
    ``openvz``), and with ``--out=json`` as it is.

    Raises CommandExecutionError for a document that cannot be read or found, SaltInvocationError where not exactly
    one is given, or where there is no vzctl and no ``family`` is named.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.explain pillar_key=openvz:containers:web01:xml
        salt '*' openvz.explain source=salt://containers/web01.xml
        salt '*' openvz.explain source=salt://containers/web01.xml family=9
    """
    with _salt_errors():
        its, version = vzdomain.execution.setup.family(_settings(), family)
        if not its:
            raise SaltInvocationError("there is no vzctl on this minion to explain it for; pass family=4, 7, 8 or 9")
        text, place = _sources().text(xml, pillar_key, source, template, saltenv)
        with vzdomain.document.sources.placed(place):
            lines = vzdomain.reports.explain.explain(text, its, version)
    return _harmless(vzdomain.reports.explain.as_data(lines))


def doctor():
    """
    Look at the node and return what would keep its containers off the network or from starting.

    That is the kernel and its settings, vzctl, bridges, libvirt's networks, templates, locks, names, addresses that
    two containers have, configuration files that vzctl does not read to the end, moves that nobody drives any more, and
    old copies that moves have left. Each finding says where it is
    and how to fix it; what keeps most containers from working comes first. Nothing is changed. What cannot be read
    is a finding too.

    The list has a dictionary for each: ``check`` (``ip_forward``, ``bridge``, ``duplicate_mac``, ...), ``containers``
    (the CTIDs concerned), ``where``, ``what`` and ``remedy``. It is empty when all is well. Salt shows it as a table
    (outputter ``openvz``), and with ``--out=json`` as it is.

    Raises CommandExecutionError only where a setting of ``openvz`` cannot be used.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.doctor
    """
    with _salt_errors():
        settings = _settings()
        node = vzdomain.execution.setup.node(settings, __opts__["id"])
        libvirt = {"networks": settings["networks"], "uri": settings["libvirt_uri"], "wanted": _sources().networks()}
        more = {"settings": settings.unknown(), "moves": lambda: vzdomain.execution.moving.closing.moves(_mover())}
        findings = vzdomain.reports.doctor.examine(node, node.proc_dir, **libvirt, **more)
    return vzdomain.reports.doctor.as_data(findings)


def drift(key=_DOMAINS, only=None, status=None, name=None, all=False):
    """
    Compare pillar, configuration file and running container of all containers of this node, field by field.

    Returns ``{label: {"ctid": 209, "status": ..., "fields": {field: {"status", "pillar", "file", "running"}}}}``, with
    ``notes`` where there is something to know, ``moving`` where the container changed during the look, and ``error``.
    Nothing is changed, and at most one vzlist is run.

    ``in sync``
        All three agree, as far as the document says something.

    ``pending restart``
        Saved, and in effect after the container's next restart.

    ``unsaved``
        The running container has something else than the file says: it is lost at the next restart. vzlist shows
        memory, processors and beancounters of the kernel, cpulimit within one percent; ``/proc/vz/veinfo`` (without
        it the node's routes) shows addresses, and ``/sys/class/net`` the bridges of veth pairs.

    ``not known``
        Nothing on the node tells whether the running container has the addresses of its file.

    ``drifted``
        The file, the status, or that there is a container at all, is not as the pillar has it: what
        :py:func:`openvz.define`, ``start``, ``stop`` or ``destroy`` would change. A container that Salt did not make is
        compared as well; a note says that it is left alone until it is adopted.

    ``unmanaged``
        A container that no entry of the pillar means; its label is its name.

    ``moving``
        The container is being moved to another node, or here: it is not compared until that is over.

    ``error``
        The entry cannot be followed, the container exists only in part, or a change would be refused.

    A container has the worst status of its fields. As text, those that are in sync are counted and not shown. Where one
    has an ``error`` the job's return code is 1. Raises CommandExecutionError where the pillar has no such key, the node
    cannot be asked, or there is no such status.

    key
        Where the pillar has the containers of this node.

    only, status
        Only containers with these statuses: a list, or with commas between them.

    name
        Only containers whose label or CTID matches one of these globs.

    all
        Show those that are in sync too; they have ``asked`` then. So has what ``only`` asks for.

    CLI Example:

    .. code-block:: bash

        salt hn1 openvz.drift
        salt hn1 openvz.drift only=drifted,unmanaged
        salt '*' openvz.drift key=openvz:containers all=True
    """
    with _salt_errors():
        selection = vzdomain.reports.selection.Selection(vzdomain.reports.selection.DRIFT, only, status, name)
        found = vzdomain.reports.drift.examine(_new_reconciler(), _sources().entries(key))
    chosen = {label: one for label, one in found.items() if selection.has({one["status"]}, label, one["ctid"])}
    chosen = _harmless(chosen)
    _fail_for(chosen)
    return {label: returns.asked(one, selection, _is(all)) for label, one in chosen.items()}


def dump(dialect="libvirt", data=False):
    """
    Return the YAML of a pillar for all containers of this node. Put into the pillar as it is, it changes nothing.

    Each container is an entry under ``openvz:domains``, with its document and, where it runs, ``state: running``. The
    first line, ``#!yaml``, keeps Jinja away from what descriptions say. A container that exists only in part, or
    whose document could not be read back, is named in a comment and in the minion's log.

    dialect
        ``libvirt`` for the documents of today, ``2008`` for those of the OpenVZ proposal, ``vz`` for libvirt's
        Virtuozzo driver.

    data
        Return the pillar as a dictionary instead.

    Raises CommandExecutionError where the node cannot be asked, and where there is no such dialect.

    CLI Example:

    .. code-block:: bash

        salt-call --local openvz.dump --out=json | python3 -c 'import json,sys; print(json.load(sys.stdin)["local"])'
        salt '*' openvz.dump dialect=2008 data=True
    """
    with _salt_errors():
        found, left_out = vzdomain.reports.dump.domains(_reconciler(), str(dialect))
    if not _is(data):
        return vzdomain.reports.dump.as_yaml(_DOMAINS, found, left_out)
    for name in reversed(_DOMAINS.split(":")):
        found = {name: found}
    return found


def list_(only=None, status=None, name=None):
    """
    Return all containers of this node, by CTID: name, status, whether Salt manages it, and what tells them apart.

    ``{"web01": {"ctid": 101, "uuid": ..., "status": "running", "managed": True, "hostname": ..., "addresses": [...],
    "macs": [...], "memory": "512 MiB", "vcpu": 2, "template": ...}}``; ``None`` is what the configuration file does not
    set. ``macs`` are those of both ends of the veth pairs.

    only, status
        Only containers that are ``running``, ``paused``, ``stopped``, ``mounted``, ``suspended``, ``unusable``,
        ``managed``, ``unmanaged``, or a ``copy`` of a managed one: a list, or with commas between them. Where both are
        given, a container must have a word of each.

    name
        Only containers whose name, hostname, CTID or UUID matches one of these globs.

    One that is ``unusable``, since vzctl 7 refuses to work on it, has the reason as ``error``.

    Raises CommandExecutionError where the node cannot be asked, or there is no such status. Reads the configuration
    files, and runs at most one vzlist.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.list
        salt '*' openvz.list status=running name='2*'
    """
    with _salt_errors():
        selection = vzdomain.reports.selection.Selection(vzdomain.reports.selection.LIST, only, status, name)
        found = _harmless(vzdomain.reports.inventory.listing(_reconciler()))
    return {
        label: one
        for label, one in found.items()
        if selection.has(vzdomain.reports.inventory.words(one), label, one["ctid"], one["uuid"], one["hostname"])
    }


def history(name=None, limit=20, since=None):
    """
    Return what Salt did to the containers of this node: the calls of vzctl, the newest first.

    ``{"history": [{"time": "2026-03-01T04:05:00Z", "ctid": 101, "name": "web01", "did": ["updated (memory)"],
    "changes": {...}, "command": ["vzctl", "set", ...], "result": "done", "error": None, "jid": ..., "fun": ...,
    "user": ...}, ...], "begins": "2025-09-12T20:00:00Z"}``. ``name`` is what the container was called then. ``result``
    is ``done``, ``failed`` (``error`` says why), ``cut off`` where the minion was killed or the node went down, or
    ``in progress``. ``jid``, ``fun`` and ``user`` tell the job, its function and who started it; in a masterless run
    that is who called ``salt-call``. ``begins`` is the time of the oldest call that is known; it and all times are UTC.

    What people did with vzctl is not in it, nor what :py:func:`openvz.exec` ran. Calls are known for
    ``openvz:history_days`` days, and no more than the last 50,000.

    name
        A container, by CTID, name or UUID: one that is there, one that was deleted, or that had the name before. All
        of them if left out.

    limit
        How many calls, from 1 on.

    since
        Only calls since then: a time in UTC (``2026-03-01``, ``'2026-03-01 04:05'``), or how long ago (``30m``,
        ``12h``, ``7d``, ``2w``).

    Raises CommandExecutionError where neither the node nor the history has such a container, or the journal cannot be
    read; SaltInvocationError for a limit or a time that is none. Runs nothing.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.history since=12h
        salt '*' openvz.history 209 limit=5
    """
    with _salt_errors():
        most = vzdomain.settings.whole("limit", limit, lowest=1)
        return _harmless(vzdomain.reports.history.history(_new_reconciler(), name, most, since))


def node_info(key=_DOMAINS):
    """
    Return what documents for this node can count on, and what no other node may have too; made for the mine.

    ``version`` of vzctl, ``templates`` in the cache, ``samples``, ``bridges``, ``networks`` (name to bridge, of
    ``openvz:networks`` and of libvirt, as far as it answers), and ``containers``: name to ``ctid``, ``uuid``, ``name``
    and ``addresses``, with ``inside`` for those of veth pairs. ``wanted`` has the same of the entries of the pillar
    that want a container. ``time`` is now, in UTC; ``machine`` stays the same where the minion gets another id. No
    vzlist is run.

    key
        Where the pillar has the containers of this node.

    Raises CommandExecutionError where the node cannot be asked. A libvirt that does not answer is not an error, nor a
    pillar without containers.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.node_info
    """
    with _salt_errors():
        entries = _wanted_here(key)
        machine = vzdomain.execution.journal.machine.token(os.path.join(__opts__["cachedir"], "openvz"))
        return _harmless(vzdomain.reports.inventory.facts(_reconciler(), entries, machine))


def find(xml=None, pillar_key=None, source=None, template=None, saltenv="base", strict=True, dry=False):
    """
    Return the CTID of the container that a document means on this node, ``None`` if there is none yet.

    It is the one with the CTID that the document says, with its UUID, or with its name. Where these are different
    containers, or the container has another UUID, that is an error. For the other parameters see
    :py:func:`openvz.define`.

    dry
        Within a dry run of states: what the states before this one would leave.

    Raises CommandExecutionError for such a disagreement, for a document that cannot be followed, and where the node
    cannot be asked; SaltInvocationError where not exactly one document is given.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.find pillar_key=openvz:containers:seed:xml
    """
    with _salt_errors():
        document = _sources().document(xml, pillar_key, source, template, saltenv, _is(strict))
        container = _reconciler(_is(dry)).meant(document.domain)
    return container.ctid.data if container else None


def diff(xml=None, pillar_key=None, source=None, template=None, saltenv="base", strict=True, adopt=False, exact=False):
    """
    Return the differences between a document and its container: ``{"memory": {"old": ..., "new": ...}}``.

    For the parameters see :py:func:`openvz.define`.

    Raises the same as :py:func:`openvz.plan`.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.diff pillar_key=openvz:containers:web01:xml
    """
    return plan(xml, pillar_key, source, template, saltenv, strict, adopt, exact)["changes"]


def plan(
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    adopt=False,
    exact=False,
    restart=False,
    snapshot=None,
    keep=None,
    key=_DOMAINS,
    only=None,
    status=None,
    name=None,
    all=False,
):
    """
    Return what :py:func:`openvz.define` would do for one document, or without a document what
    :py:func:`openvz.apply` would do for all containers of the pillar, call by call.

    ``steps`` are dicts of ``argv`` (after ``vzctl``), ``comments`` (notes that Salt puts into the configuration file),
    ``changes`` and ``disruption``: ``none``, ``live``, ``network`` (connections may break) or ``restart``.
    ``plan_id`` names the plan, over what is desired and what was observed: ``openvz.apply plan_id=...`` with the same
    arguments does it, or refuses where either has moved. For all containers, ``containers`` has a plan or an ``error``
    for each, and ``counts`` says how many would be created, restarted or stopped, destroyed, or lose connections.
    ``status`` of each is the worst that can be said of it: ``error``, ``destroy``, ``create``, ``restart`` (or stop),
    ``network``, ``change``, ``unchanged``; ``summary`` says how many there are of each. As text, those that are
    unchanged are counted and not shown. States of an entry's ``inside`` are tried (``test=True``) in containers that
    run and are not restarted first; ``inside`` says which would change something, or when they are applied.

    key
        Where the pillar has the containers of this node; see :py:func:`openvz.apply`.

    only, status
        Only containers with these statuses: a list, or with commas between them. The plan, its id and its counts are
        of all containers.

    name
        Only containers whose label, name or CTID matches one of these globs.

    all
        Show those that are unchanged too; they have ``asked`` then. So has what ``only`` asks for.

    For the other parameters see :py:func:`openvz.define`.

    Raises CommandExecutionError where the document cannot be followed or the change would be refused, where the
    node cannot be asked, and where the pillar has no such key. What is wrong with one of all containers is its
    ``error``, and the job's return code is 1 then.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.plan source=salt://containers/web01.xml
        salt '*' openvz.plan
        salt '*' openvz.plan only=error,restart name='web*'
    """
    with _salt_errors():
        selection = vzdomain.reports.selection.Selection(vzdomain.reports.selection.PLAN, only, status, name)
        how = (adopt, exact, restart, snapshot, keep)
        one = _one_entry(xml, pillar_key, source, template, saltenv, strict, *how)
        reconciler = _reconciler()
        jobs = vzdomain.planning.planner.Planner(reconciler.overlay()).jobs([one] if one else _sources().entries(key))
        jobs = vzdomain.execution.inside.applying.foresee(reconciler, jobs)
        plan_id, gone = vzdomain.planning.planner.plan_id(jobs), reconciler.reports_of_gone()
    if one:
        if jobs[0].error:
            raise CommandExecutionError(jobs[0].error)
        told = _harmless(returns.planned(jobs[0]))
        return {"plan_id": plan_id, **told, "warnings": [*told["warnings"], *_settings().misspelled(pillar_key)]}
    containers = _harmless({job.label: returns.planned(job) for job in jobs})
    _fail_for(containers)
    summary = vzdomain.reports.selection.counted(
        (told["status"] for told in containers.values()), vzdomain.reports.selection.PLAN
    )
    shown = {
        label: returns.asked(told, selection, _is(all))
        for label, told in containers.items()
        if selection.has({told["status"]}, label, told["name"], told.get("ctid"))
    }
    told = {
        "plan_id": plan_id,
        "counts": vzdomain.planning.planner.counts(jobs),
        "summary": summary,
        "containers": shown,
    }
    warnings = [*gone, *_settings().misspelled(key)]
    return {**told, "warnings": warnings} if warnings else told


def _fail_for(containers):
    """A report that has an error in it is a failed job for whoever asks for its code."""
    if any("error" in one for one in containers.values()):
        __context__["retcode"] = 1


def _one_entry(xml, pillar_key, source, template, saltenv, strict, adopt, exact, restart, snapshot=None, keep=None):
    """The one document that is named, as an entry that leaves power alone; ``None`` if none is named."""
    if (xml, pillar_key, source) == (None, None, None):
        return None
    document = _sources().document(xml, pillar_key, source, template, saltenv, _is(strict))
    how = {"adopt": _is(adopt), "exact": _is(exact), "restart": _is(restart), **_before(snapshot, keep)}
    return vzdomain.document.entries.Entry(document.domain.name, document=document, **how)


def _before(snapshot, keep):
    """The snapshot that is wanted before a change, and how many of those stay, as an `Entry` has them."""
    number = None if keep is None else vzdomain.settings.whole("keep", keep, lowest=1)
    vzdomain.document.entries.check_snapshot(snapshot, number, vzdomain.errors.ArgumentError)
    return {"snapshot": snapshot, "keep": number}


# documents


def define(
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    adopt=False,
    exact=False,
    allocate=True,
    restart=False,
    protected=False,
    start=False,
    force=False,
    snapshot=None,
    keep=None,
    test=None,
):
    """
    Make a container exist and follow its domain document. It is neither started nor stopped.

    Exactly one of ``xml``, ``pillar_key`` and ``source`` says where the document is.

    xml
        The document as text.

    pillar_key
        Path of the document in the pillar, with colons: ``openvz:containers:web01:xml``.

    source
        A file of the master: ``salt://containers/web01.xml``.

    template
        Render ``source`` with this engine first, such as ``jinja``.

    saltenv
        The environment of ``source``.

    strict
        An element or attribute that is not supported is an error; with ``False`` it is a warning.

    adopt
        Take over a container that Salt did not make. Without it such a container is only compared.

    exact
        Lists that the document does not name at all (addresses, interfaces, devices) are emptied too.

    allocate
        A new container whose document says no CTID gets the lowest free one. ``False``: that is an error.

    restart
        Restart a running container that waits for it: vzctl saves some parameters (features, capabilities, ...) and
        they are in effect after the next start. Without it they are named under ``pending``, in every run until then.

    protected
        Never restart it, whatever ``restart`` says.

    start
        It is to be started next: refuse, before anything is done, a document that disables it, or that leaves disabled
        what is. It is not started here.

    force
        Also delete the disks, with their data, that the container has and the document does not name. Without it that
        is refused, and nothing is done.

    snapshot
        ``before``: take a snapshot first where the change restarts the container, cuts connections, shrinks a disk or
        deletes one. Where that fails nothing else is done. ``snapshot`` of the return has its ``id`` and ``name``. A
        container that can have no snapshots (simfs) is refused then.

    keep
        How many of these snapshots stay, the youngest: older ones that Salt took itself are deleted when all is done.
        Left out: all of them.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError; the changes made until then are in its ``info``. Runs ``vzctl create`` and ``vzctl
    set --save``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.define pillar_key=openvz:containers:web01:xml test=True
        salt '*' openvz.define source=salt://containers/web01.xml
    """
    with _salt_errors():
        document = _sources().document(xml, pillar_key, source, template, saltenv, _is(strict))
        how = {"adopt": _is(adopt), "exact": _is(exact), "restart": _is(restart), "protected": _is(protected)}
        how |= {"allocate": _is(allocate), "starts": _is(start), "force": _is(force), **_before(snapshot, keep)}
        entry = vzdomain.document.entries.Entry(document.domain.name, document=document, **how)
        return _followed(_reconciler(_test(test)), entry, test)


def _followed(reconciler, entry, test):
    """Do what :py:func:`openvz.apply` does, for one entry."""
    limits = {"disk_deletes": 0}
    if _test(test):
        (job,) = vzdomain.planning.planner.Planner(reconciler).jobs([entry])
        if job.error:
            raise CommandExecutionError(job.error)
        vzdomain.planning.planner.check([job], limits)
        return returns.announced(job.plan, [*reconciler.reports_of_gone(), *job.plan.warnings])
    jobs = _with_templates(reconciler, vzdomain.planning.planner.begin(reconciler, [entry], limits))
    (done,) = vzdomain.execution.executor.Executor(reconciler).do(jobs)
    _tell_of(*done.actions)
    if done.error:
        changes = {done.name: done.changes} if done.changes else None
        raise CommandExecutionError(done.error, info=changes and {"changes": _harmless(changes)})
    return returns.result(done, done.actions, [*reconciler.reports_of_gone(), *done.warnings])


def apply(
    plan_id=None,
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    adopt=False,
    exact=False,
    restart=False,
    snapshot=None,
    keep=None,
    key=_DOMAINS,
    entries=None,
    seen=(),
    max_workers=4,
    max_creates=None,
    max_restarts=None,
    max_destroys=1,
    max_network_changes=None,
    max_disk_deletes=0,
    failhard=False,
    test=None,
):
    """
    Do what :py:func:`openvz.plan` says: make all containers of the pillar, or that of one document, as they are wanted.

    Everything is planned before the first command; then each container's own steps are done in order, several
    containers at a time. A container that fails stops no other but those that wait for what it should give up.
    Progress is told on Salt's event bus, as ``openvz/MINION/progress``.

    Returns ``{"plan_id": ..., "summary": ..., "containers": {label: {"name", "ctid", "changes", "did", "warnings",
    "pending"}}}``, and for an entry with ``inside`` the names of the states that ``changed`` or ``failed`` there, never
    what they changed; a state that failed is the failure of its container. As text, containers to which nothing was
    done are counted and not shown. Raises CommandExecutionError when a container failed, with the same in its ``info``,
    and ``error`` for those that did.

    plan_id
        Of :py:func:`openvz.plan`, which was called with the same arguments: refuse to do anything else than that
        plan. Without it the plan is made now.

    xml, pillar_key, source, template, saltenv, strict, adopt, exact, restart, snapshot, keep
        One document and how to follow it, as in :py:func:`openvz.define`. Without a document: all of the pillar.

    key
        Where the pillar has the containers of this node. Each is the text of a document, or a mapping with ``xml`` or
        ``source`` (and ``template``, ``saltenv``); ``state``: ``running``, ``stopped``, ``suspended``, ``paused``
        (vzctl 7) or ``absent``, left out: its power is left alone; ``protected``: never stopped, restarted or
        destroyed; ``adopt``, ``exact``, ``restart``, ``strict``, ``snapshot``, ``keep`` as in
        :py:func:`openvz.define` (a change of its power counts as well); ``force``: with ``absent``, also while it runs;
        otherwise, delete disks that the document does not name; ``inside``: the states that are applied in it
        when all else is done (``sls``, a list, or ``highstate: true``; ``id``, ``saltenv``, ``pillar``, ``pillar_key``,
        ``grains``, ``exclude``, ``timeout``); ``wait_for``: what must be true first (``true``: a command can be run in
        it; or a mapping of ``exec``, ``address``, ``port``, ``command``, ``limit`` in seconds).

    entries
        Only these entries of the pillar: label to what :py:func:`openvz.survey` has for it, its ``id`` or, whatever
        its container is by now, its ``wanted``. If that of one is another, nothing is done. The runner of this name
        uses it.

    seen
        With ``entries``: the nodes that the master has compared with this one, or ``*`` for all that there are. What
        the mine knows of them is older.

    max_workers
        How many containers are worked on at a time.

    max_creates, max_restarts, max_destroys, max_network_changes, max_disk_deletes
        Budgets: containers that the plan may create, restart or stop, destroy, break connections of, or delete disks
        of. Over budget nothing was done. ``None`` is no limit. An entry with ``force`` may have its disks deleted
        without a budget.

    failhard
        Begin no other container when one has failed.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.apply test=True
        salt hn1 openvz.apply plan_id=plan-3f0c1a7be92d4485
        salt '*' openvz.apply max_restarts=2 max_network_changes=0
    """
    budgets = {
        "max_creates": max_creates,
        "max_restarts": max_restarts,
        "max_destroys": max_destroys,
        "max_network_changes": max_network_changes,
        "max_disk_deletes": max_disk_deletes,
    }
    with _salt_errors():
        limits = _limits(**budgets)
        workers = vzdomain.settings.whole("max_workers", max_workers, lowest=1)
        how = (adopt, exact, restart, snapshot, keep)
        one = _one_entry(xml, pillar_key, source, template, saltenv, strict, *how)
        chosen = _chosen(entries, one or plan_id)
        entries = [one] if one else _sources().entries(key)
        warnings = _settings().misspelled(pillar_key or key)
        reconciler, others = _reconciler(_test(test)), None
        if chosen is not None:  # as it was planned by the survey, which does not ask the mine
            others, reconciler.elsewhere = reconciler.elsewhere.apart_from(seen), None
        how = {"warnings": warnings, "chosen": chosen, "others": others}
        return _carried_out(reconciler, entries, limits, plan_id, workers, failhard, test, **how)


def _chosen(entries, other):
    """The argument ``entries`` of :py:func:`openvz.apply`; `other` is what cannot be given beside it."""
    if entries is None:
        return None
    if other:
        raise SaltInvocationError("entries= is for entries of the pillar alone: leave out plan_id and the document")
    if not isinstance(entries, Mapping) or not entries:
        raise SaltInvocationError("entries must be a mapping of labels to ids, such as {web01: entry-3f0c1a7be92d4485}")
    return {str(label): str(known) for label, known in entries.items()}


def purge(key=_DOMAINS, max_destroys=1, force=False, failhard=False, test=None):
    """
    **Delete** the containers that Salt made or adopted and that the pillar has no more.

    They bear Salt's mark, and no entry of the pillar means them. What the pillar never had is not touched. What other
    states define from elsewhere is deleted: give all containers of a node under one key. A protected one is left alone,
    with a warning; so is one that the pillar of another node wants now, as far as the mine knows. An empty pillar, or
    one with an entry that cannot be read, is an error. Returns what :py:func:`openvz.apply` does. Raises the same; runs
    ``vzctl destroy``.

    key
        Where the pillar has the containers of this node.

    max_destroys
        Over this number nothing was done at all. ``None`` is no limit.

    force
        Also containers that are running or suspended.

    failhard
        Begin no other container when one has failed.

    test
        Only say what would be deleted. Default: the minion's ``test`` option.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.purge test=True
        salt '*' openvz.purge max_destroys=3
    """
    with _salt_errors():
        limits = _limits(max_destroys=max_destroys)
        reconciler, entries = _reconciler(_test(test)), _sources().entries(key)
        if not entries:
            raise CommandExecutionError(f"pillar {key} is empty: that would delete every container that Salt made")
        orphans = vzdomain.planning.protection.orphans(reconciler, entries)
        orphans, said = vzdomain.planning.protection.left_alone(reconciler, orphans)
        entries = vzdomain.planning.planner.destroy_entries(orphans, _is(force))
        report = _carried_out(reconciler, entries, limits, None, 1, failhard, test)
    return {**report, "warnings": [*report.get("warnings", ()), *said]}


def _carried_out(reconciler, entries, limits, plan_id, workers, failhard, test, warnings=(), chosen=None, others=None):
    """Plan and, unless `test`, do; returns what happened to each entry, or raises with it."""
    warnings = [*reconciler.reports_of_gone(), *warnings]
    if _test(test):
        jobs = vzdomain.planning.planner.Planner(reconciler).jobs(entries)
        jobs = vzdomain.execution.inside.applying.foresee(reconciler, jobs, workers, chosen)
        jobs = vzdomain.planning.planner.picked(jobs, chosen, others)
        vzdomain.planning.planner.check(jobs, limits, plan_id)
        done = [vzdomain.execution.executor.untouched(job) for job in jobs]
    else:
        foreseen = _foreseen(reconciler, entries, workers, chosen) if plan_id or chosen else None
        jobs = vzdomain.planning.planner.begin(reconciler, entries, limits, plan_id, chosen, others, foreseen)
        jobs = _with_templates(reconciler, jobs)
        done = vzdomain.execution.executor.Executor(reconciler, workers, _is(failhard), _Progress()).do(jobs)
        _tell_of(*(action for one in done for action in one.actions))
    befores = {job.label: job.before for job in jobs}
    report = _harmless({one.label: returns.became(one, befores[one.label]) for one in done})
    summary = vzdomain.reports.telling.summary(report.values(), _test(test))
    failed = [f"{one.name}: {one.error}" for one in done if one.error]
    if failed:
        changes = _harmless({one.name: one.changes for one in done if one.changes})
        info = {"changes": changes, "containers": report, "summary": summary, "warnings": warnings}
        sentence = f"{len(failed)} of {len(done)} containers failed: {'; '.join(failed)}"
        error = CommandExecutionError(sentence, info={**info, "containers": returns.touched(report)})
        error.info = info
        raise error
    told = {"plan_id": vzdomain.planning.planner.plan_id(jobs), "summary": summary, "containers": report}
    told = {**told, "warnings": warnings} if warnings else told
    return {**told, "test": True} if _test(test) else told


def _foreseen(reconciler, entries, workers, chosen):
    """What the states inside containers would do now, by label: whoever names a plan has seen that of then."""
    if not any(entry.inside for entry in entries):
        return None
    jobs = vzdomain.planning.planner.Planner(reconciler.overlay()).jobs(entries)
    jobs = vzdomain.execution.inside.applying.foresee(reconciler, jobs, workers, chosen)
    return {job.label: job.inside for job in jobs}


class _Progress:
    """Tells Salt's event bus what happens to which container; says no more once nobody can be told."""

    def __init__(self):
        self._heard = _has_bus()

    def __call__(self, number, total, job, what):
        if self._heard:
            step = what if isinstance(what, str) else _in_words(what)
            data = {
                "n": number,
                "of": total,
                "name": job.name,
                "ctid": vzdomain.model.ctid.data(job.plan.ctid),
                "step": step,
            }
            self._heard = __salt__["event.send"](f"openvz/{__opts__['id']}/progress", data)


def _has_bus():
    """Without a master there is a bus only where a minion runs; Salt would wait a second for each event."""
    is_local = __opts__.get("local") or __opts__["file_client"] == "local" or __opts__["master_type"] == "disable"
    if not is_local or __opts__.get("use_master_when_local"):
        return True
    return bool(glob.glob(os.path.join(glob.escape(__opts__["sock_dir"]), "minion_event_*_pull.ipc")))


def _in_words(call):
    return " ".join(call.command) or "mark"


def define_xml_str(xml, **kwargs):
    """
    Like :py:func:`openvz.define` with the document as text.

    xml
        The document. Mind that a shell and YAML both read it before Salt does.

    kwargs
        ``strict``, ``adopt``, ``exact``, ``allocate``, ``restart``, ``protected``, ``start``, ``force``, ``snapshot``,
        ``keep``, ``test`` as in :py:func:`openvz.define`.

    Raises the same as :py:func:`openvz.define`.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.define_xml_str "<domain type='openvz'><name>209</name></domain>" test=True
    """
    return define(xml=xml, **salt.utils.args.clean_kwargs(**kwargs))


def define_xml_path(path, **kwargs):
    """
    Like :py:func:`openvz.define` with the document in a file of the minion.

    path
        Absolute path of the file.

    kwargs
        ``strict``, ``adopt``, ``exact``, ``allocate``, ``restart``, ``test`` as in :py:func:`openvz.define`.

    Raises the same as :py:func:`openvz.define`, and CommandExecutionError where the file cannot be read.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.define_xml_path /srv/containers/web01.xml
    """
    if not isinstance(path, str):  # a number would be a file that the minion has open
        kind = vzdomain.errors.kind_of(path)
        raise SaltInvocationError(f"path must be text, such as /srv/containers/web01.xml, not {kind}")
    with _salt_errors():
        xml, _ = vzdomain.host.encoding.load(path)
    return define(xml=xml, **salt.utils.args.clean_kwargs(**kwargs))


def adopt(name, test=None):
    """
    Put Salt's mark on a container, so that documents may change it from now on. Nothing else is changed.

    The mark names the container and this minion. One that came with a copied file, or from before the minion had
    another id, is replaced. A private area that is on disk and not registered (vzctl 7 and later) is registered first,
    as :py:func:`openvz.register` does.

    name
        CTID, name or UUID, or the path of a private area.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where the node cannot be asked, has no such container, or the container stays
    locked. Writes the comment ``#SALT-OPENVZ: managed CTID MINION`` into its configuration file.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.adopt 209
    """
    with _salt_errors():
        reconciler = _reconciler()
        area = vzdomain.execution.registering.area_of(reconciler.node, str(name))
        known = vzdomain.execution.registering.known_as(reconciler.node, area)
        if area and not known:

            def planner():
                return _area(reconciler, area).plan(adopt=True)

            return _registered(reconciler, planner, test)
        return _run(reconciler, reconciler.adopt, _settled(reconciler, known or name), test)


# vzctl's own verbs


def register(area, ctid=None, name=None, test=None):
    """
    Make a private area that is on disk a container of this node (vzctl 7 and later).

    Nothing in it is changed but what vzctl keeps there of its registration. The container is neither started nor
    adopted: :py:func:`openvz.adopt` does both steps in one.

    area
        Path of the private area, which contains ``ve.conf``; or the CTID, UUID or name that this file says, for an area
        in the node's own place.

    ctid
        The CTID that the container gets. Left out: the one it had, else its UUID.

    name
        The name that it gets. Left out: the one in its file.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    Raises CommandExecutionError where the area is none that vzctl would register, or is registered already, and where
    the CTID, the UUID or the name belongs to another container. Runs ``vzctl register``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.register /vz/private/web01
        salt '*' openvz.register /vz/private/copy ctid=0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303 name=web02
    """
    with _salt_errors():
        reconciler = _reconciler()
        said = None if ctid is None else str(ctid), None if name is None else str(name)
        found = vzdomain.execution.registering.area_of(reconciler.node, str(area)) or str(area)

        def planner():
            return _area(reconciler, found).plan(*said)

        return _registered(reconciler, planner, test)


def unregister(name, force=False, test=None):
    """
    Take a container from this node and leave its files where they are (vzctl 7 and later).

    The private area can be registered again, here or on another node: see :py:func:`openvz.register`. A mounted
    container is unmounted.

    name
        CTID, name or UUID.

    force
        Also a container that is protected, or that Salt does not manage.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    Returns the path of the private area as ``area`` besides. Raises CommandExecutionError where there is no such
    container, it runs, or its file is not a link into its private area (vzctl would delete it). Runs ``vzctl
    unregister``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.unregister web01
    """
    with _salt_errors():
        reconciler = _reconciler()
        container = _settled(reconciler, name)

        def planner():
            return vzdomain.execution.registering.leaving(reconciler, reconciler.resolve(container.ctid), _is(force))

        return {**_registered(reconciler, planner, test), "area": container.private}


def _area(reconciler, path):
    return vzdomain.execution.registering.Area(reconciler.node, path, reconciler.elsewhere)


def _registered(reconciler, planner, test):
    """Do, or in a test run announce, what `planner` makes of an area or a container."""
    made = planner()
    if _test(test):
        return returns.announced(made, [*reconciler.reports_of_gone(), *reconciler.reports(made.ctid), *made.warnings])
    outcome = vzdomain.execution.registering.do(reconciler, made, planner)
    _tell_of(*outcome.actions)
    return returns.result(made, outcome.actions, [*reconciler.reports_of_gone(), *outcome.warnings])


def create(ctid, test=None, **options):
    """
    Create a container without a document. It stays unmanaged until it is adopted.

    ctid
        The CTID, a number from 101 to 2147483644; with vzctl 7 and later a UUID as well.

    options
        Options of ``vzctl create``, spelled without the dashes: ``ostemplate``, ``config``, ``hostname``, ...
        A list repeats the option.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is such a container, for an option that ``vzctl create`` has not, and
    for what vzctl says. Runs ``vzctl create``; see vzctl(8) for the options and their units.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.create 309 ostemplate=debian-12-x86_64 hostname=web.example.org
    """
    with _salt_errors():
        reconciler = _reconciler()
        its = reconciler.node.flavour
        ctid = _ctid(ctid, its)
        words = _options(its, options, its.create)
        reconciler.wait_for(ctid)
        if reconciler.look_up(ctid):
            raise CommandExecutionError(f"container {ctid} already exists")
        if options.get("name") is not None and reconciler.look_up(options["name"]):
            raise CommandExecutionError(_shown(f"a container {options['name']} already exists"))
        config = options.get("config")
        made = vzdomain.planning.typed.creation(ctid, words, its, config, reconciler.brought_by(config))
        said = reconciler.elsewhere.check(made.name, _taken(ctid, words, its, options))
        source = _missing_template(reconciler.node, options.get("ostemplate"))
        if _test(test):
            reconciler.imagine(made)
            said = [*said, *([f"template {source.name} is fetched from {source.shown} first"] if source else [])]
            return returns.announced(made, [*reconciler.reports_of_gone(), *reconciler.reports(ctid), *said])
        if source:
            _fetched(reconciler.node, source)
        outcome, told = reconciler.run(made), reconciler.reports_of_gone()
        _tell_of(*outcome.actions)
    return returns.result(made, outcome.actions, [*told, *said, *outcome.warnings])


def _taken(ctid, words, its, options):
    """What a creation that was typed takes of what a container of another node may have, as pairs of kind and value."""
    named = [("name", options.get("name")), ("uuid", options.get("uuid") or (ctid if ctid.number is None else None))]
    return [*((kind, str(value)) for kind, value in named if value is not None), *its.typed.claims_of(words)]


def set_(name, save=True, test=None, **options):
    """
    Change parameters of a container without a document, as ``vzctl set`` does.

    What a document says about them too comes back with its next ``define``.

    name
        CTID, name or UUID.

    save
        Also keep the change in the configuration file (``--save``). ``False`` lasts until the next stop.

    options
        Options of ``vzctl set``, spelled without the dashes (``stop_timeout`` for ``--stop-timeout``). A list repeats
        the option: ``ipadd=['10.0.0.5','10.0.0.6']``. Passwords: see :py:func:`openvz.set_password`. A new name comes
        by a document.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Whoever made the container: what is typed is done. ``setmode=restart`` is refused for one that is protected.

    Returns the changed keys of the configuration file under ``changes``, ``{}`` in a test run.
    Raises CommandExecutionError for an option that ``vzctl set`` does not have, where there is no such container, and
    for what vzctl says. Runs ``vzctl set``; see vzctl(8) for the options and their units.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.set 209 cpus=2 onboot=yes
    """
    with _salt_errors():
        reconciler = _reconciler()
        container = _settled(reconciler, name)
        its = reconciler.node.flavour
        words = _options(its, options, its.set - {"name"})
        made = vzdomain.planning.typed.settings(container, words, its, _is(save))
        if made.disruption == "restart":
            reconciler.refuse_restart(container)
        if _test(test):
            return returns.announced(made, [*reconciler.reports_of_gone(), *reconciler.reports(container.ctid)])
        outcome, told = reconciler.change(made, container), reconciler.reports_of_gone()
        _tell_of(*outcome.actions, addresses=its.parameters["addresses"].key)
    return returns.result(made, outcome.actions, [*told, *outcome.warnings])


def start(name, test=None):
    """
    Start a container; a suspended one goes on where it was. ``changes`` are empty if it runs already.

    name
        CTID, name or UUID.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, it is disabled, or it does not run afterwards.
    Runs ``vzctl start``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.start 209
    """
    return _power("start", name, test)


def stop(name, fast=False, force=False, test=None):
    """
    Stop a container. ``changes`` are empty if it does not run.

    name
        CTID, name or UUID.

    fast
        Kill it instead of waiting up to STOP_TIMEOUT seconds for it to halt (``vzctl stop --fast``).

    force
        Also a protected container.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, or it runs afterwards. Runs ``vzctl stop``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.stop 209
        salt '*' openvz.stop 209 fast=True
    """
    return _power("stop", name, test, _is(fast), force=force)


def restart(name, force=False, snapshot=None, keep=None, test=None):
    """
    Stop a container and start it again; one that does not run is started.

    name
        CTID, name or UUID.

    force
        Also a protected container.

    snapshot, keep
        ``snapshot=before`` takes a snapshot before it stops a running one; see :py:func:`openvz.define`.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, it is disabled, or it does not run afterwards.
    Runs ``vzctl restart``, or ``vzctl start``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.restart 209
    """
    with _salt_errors():
        before = _before(snapshot, keep)
    return _power("restart", name, test, force=force, before=before)


def suspend(name, force=False, test=None):
    """
    Freeze a running container into a dump file (``vzctl suspend``). Read, not run, on a real OpenVZ kernel.

    name
        CTID, name or UUID.

    force
        Also a protected container.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, or it does not run. Runs ``vzctl suspend``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.suspend 209
    """
    return _power("suspend", name, test, force=force)


def resume(name, test=None):
    """
    Let a suspended container go on (``vzctl resume``). Read, not run, on a real OpenVZ kernel.

    name
        CTID, name or UUID.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, or it is not suspended. Runs ``vzctl resume``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.resume 209
    """
    return _power("resume", name, test)


def pause(name, force=False, test=None):
    """
    Freeze a running container in memory (``vzctl pause``); only vzctl 7 and later can.

    Its processes stand still, and whoever waits for one of them waits: nothing can be run inside.

    name
        CTID, name or UUID.

    force
        Also a protected container.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, it does not run, or the node's vzctl has no
    ``pause``. Runs ``vzctl pause``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.pause 209
    """
    return _power("pause", name, test, force=force)


def unpause(name, test=None):
    """
    Let a paused container go on (``vzctl start`` does that with a paused one).

    name
        CTID, name or UUID.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, or it is not paused. Runs ``vzctl start``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.unpause 209
    """
    return _power("unpause", name, test)


def destroy(name, force=False, adopt=False, missing=False, test=None):
    """
    **Delete** a container and its files (``vzctl destroy``); to power it off use :py:func:`openvz.stop`.

    ``xml`` in the return is the document of what was there. vzctl 4 keeps the configuration as ``CTID.conf.destroyed``
    too, later ones keep nothing: then that document is all that is left. A mounted container is unmounted first.

    name
        CTID, name or UUID.

    force
        Also a container that is running, suspended or protected, that Salt does not manage, or that the pillar of
        another node wants (as the mine has it) before it has it.

    adopt
        Also a container that Salt does not manage, for which ``force`` says too much.

    missing
        One that is not there is not an error: nothing is changed then.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, it runs, is suspended, protected or not managed and
    ``force`` is not given, or something of it is left. Runs ``vzctl destroy``, and ``vzctl umount`` or ``stop`` before
    it where needed.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.destroy 209
    """
    with _salt_errors():
        reconciler = _reconciler(_test(test))
        reconciler.wait_for(name)
        may_miss = _is(missing) or reconciler.was_destroying(name)
        if may_miss and reconciler.look_up(name) is None:
            made, told = vzdomain.planning.plan.Plan(str(name), None), reconciler.reports_of_gone()
            return {
                **(returns.announced(made, told) if _test(test) else returns.result(made, (), told)),
                "xml": None,
            }
        container = reconciler.resolve(name)
        how = {"force": _is(force), "adopt": _is(adopt)}
        made = reconciler.destroy_plan(container, **how)
        if not _is(force):
            reconciler.elsewhere.refuse_destroying(container)
        xml = vzdomain.document.codec.render(container.domain)
        if _test(test):
            reconciler.imagine(made)
            told = [*reconciler.reports_of_gone(), *reconciler.reports(made.ctid), *made.warnings]
            return {**returns.announced(made, told), "xml": xml}
        outcome = reconciler.destroy(made, lambda: reconciler.destroy_plan(reconciler.resolve(made.ctid), **how))
        _tell_of(*outcome.actions)
        told = [*reconciler.reports_of_gone(), *outcome.warnings, *made.warnings]
    return {**returns.result(made, outcome.actions, told), "xml": xml}


def exec_(name, *command, stdin=None, timeout=None, user=None, cwd=None, env=None, max_output=None, test=None):
    """
    Run a command inside a running container and return ``retcode``, ``stdout`` and ``stderr``.

    The arguments are passed on as they are, no shell is involved (``vzctl exec3``). For a shell say
    ``salt '*' -- openvz.exec 209 /bin/sh -c 'cd /tmp; ls'``: without ``--`` the option would be Salt's.
    The code of the command is that of the job, as with ``cmd.run``: ``salt-call`` ends with it, ``salt`` with a code
    other than 0.

    name
        CTID, name or UUID.

    command
        The command and its arguments.

    stdin
        Text for the standard input of the command.

    timeout
        Seconds after which vzctl and the command are killed; what has started a session of its own inside goes on.

    user
        User inside to run it as (``su`` of the container). Default: root.

    cwd
        Directory inside to run it in. If there is none, the code is 126.

    env
        Mapping of environment variables. They go in over standard input and are in no argument vector; Salt's job cache
        has them.

    max_output
        Bytes of each output that are returned. If there are more, ``truncated`` lists the outputs that were cut.
        Default: ``openvz:inside_max_output`` (1 MiB).

    test
        Run nothing; ``retcode`` is ``None``. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, it does not run, or the time is over;
    SaltInvocationError without a command. Runs ``vzctl exec3``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.exec 209 cat /etc/hostname
        salt '*' openvz.exec 209 ls cwd=/etc env='{LANG: C}'
    """
    if not command:
        raise SaltInvocationError("openvz.exec needs a command")
    with _salt_errors():
        limit = vzdomain.settings.timeout("timeout", timeout)
        most = None if max_output is None else vzdomain.settings.whole("max_output", max_output, 1)
        reconciler = _reconciler()
        how = {"user": user, "cwd": cwd, "env": env, "keep": most or int(max(1, min(reconciler.max_output, 2**31)))}
        container = _running(reconciler, name)
        if _test(test):
            return {"retcode": None, "stdout": "", "stderr": "", "test": True}
        words = [_typed(word) for word in command]
        text = None if stdin is None else str(stdin).encode("utf-8", "replace")  # YAML makes a number of 5
        done = vzdomain.execution.inside.commands.run(
            reconciler.node, container, words, stdin=text, timeout=limit, **how
        )
    if done.rc:
        __context__["retcode"] = done.rc
    result = {"retcode": done.rc, "stdout": done.stdout, "stderr": done.stderr}
    return result | {"truncated": list(done.truncated)} if done.truncated else result


def copy_to(
    name,
    source=None,
    target=None,
    text=None,
    owner=None,
    group=None,
    mode=None,
    max_size=None,
    saltenv="base",
    timeout=None,
    test=None,
):
    """
    Copy a file into a running container, and return what that changed.

    The file goes in over the standard input of ``vzctl exec3``, is written beside the target and renamed. Nothing is
    written if the target is the same already (by SHA-256). A link at the target is replaced. The container needs
    ``/bin/sh`` and the core utilities (``sha256sum``, ``stat``, ``mktemp``).

    ``{"name": "web01", "ctid": 101, "changes": {"/etc/motd": ["contents", "mode"]}}``; a file that was not there is
    ``["new"]``. Nothing to do: ``changes`` is empty.

    name
        CTID, name or UUID.

    source
        Absolute path on the node, or a ``salt://`` URL.

    target
        Absolute path of the file inside. Its directory must exist.

    text
        The contents, instead of a source.

    owner, group
        Names or numbers inside. Default: what the file has; root for a new one.

    mode
        Octal, in quotes: ``'0644'``. Default: what the file has; 0600 for a new one.

    max_size
        Bytes that the file may have. Default: 32 MiB.

    saltenv
        Environment of a ``salt://`` URL.

    timeout
        Seconds that each of the two calls may take.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where the container does not run, the source cannot be read or is too large, or the
    target cannot be written; SaltInvocationError for arguments that cannot be used.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.copy_to 209 /etc/hosts /etc/hosts mode="'0644'"
        salt '*' openvz.copy_to 209 target=/etc/motd text='Mind the step'
    """
    files = vzdomain.execution.inside.files
    if target is None or (source is None) == (text is None):
        raise SaltInvocationError("openvz.copy_to needs a target, and either a source or a text")
    is_test = _test(test)
    with _salt_errors():
        limit, most = vzdomain.settings.timeout("timeout", timeout), _size(max_size)
        reconciler = _reconciler()
        container = _running(reconciler, name)
        data = files.source(_of_node(source, saltenv), most) if text is None else str(text).encode("utf-8", "replace")
        how = {"owner": owner, "group": group, "mode": mode, "max_size": most, "timeout": limit, "test": is_test}
        changed = files.copy_to(reconciler.node, container, data, str(target), **how)
    return _copied(container, str(target), list(changed), is_test)


def copy_from(name, source, target, max_size=None, timeout=None, test=None):
    """
    Copy a file of a running container to the node, and return what that changed.

    The target is a new file that only root can read, renamed over an old one; a link there is replaced. Nothing is
    written if the target is the same already. The return is that of :py:func:`openvz.copy_to`, with ``contents``.

    name
        CTID, name or UUID.

    source
        Absolute path of a file inside. Links are followed inside the container.

    target
        Absolute path on the node. Its directory must exist.

    max_size
        Bytes that the file may have. Default: 32 MiB.

    timeout
        Seconds that it may take.

    test
        Read the file, write nothing. Default: the minion's ``test`` option.

    Raises CommandExecutionError where the container does not run, there is no such file, it is too large, or the target
    cannot be written; SaltInvocationError for arguments that cannot be used.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.copy_from 209 /etc/hostname /srv/containers/hostname-of-209
    """
    is_test = _test(test)
    with _salt_errors():
        limit, most = vzdomain.settings.timeout("timeout", timeout), _size(max_size)
        reconciler = _reconciler()
        container = _running(reconciler, name)
        how = {"max_size": most, "timeout": limit, "test": is_test}
        is_changed = vzdomain.execution.inside.files.copy_from(
            reconciler.node, container, str(source), str(target), **how
        )
    return _copied(container, str(target), ["contents"] if is_changed else [], is_test)


def _size(max_size):
    return vzdomain.settings.whole(
        "max_size", vzdomain.execution.inside.files.MAX_SIZE if max_size is None else max_size, 1
    )


def _of_node(source, saltenv):
    """The path on the node of what is to be copied."""
    path = str(source)
    if path.startswith("salt://"):
        path = __salt__["cp.cache_file"](path, saltenv=saltenv)
        if not path:
            raise CommandExecutionError(_shown(f"{source} is not in the file roots of {saltenv}"))
    elif not path.startswith("/"):
        raise SaltInvocationError("the source must be an absolute path of the node or a salt:// URL")
    return path


def _copied(container, target, changed, is_test):
    told = {"name": container.domain.name, "ctid": container.ctid.data}
    return _harmless(told | {"changes": {target: changed} if changed else {}} | ({"test": True} if is_test else {}))


def set_password(name, user, pillar_key, test=None):
    """
    Set the password of a user inside a running container, from a crypt hash in the pillar.

    The hash goes to ``chpasswd -e`` inside the container over standard input and is compared with its
    ``/etc/shadow`` first. It never stands in an argument vector, a log, a return or an event.

    name
        CTID, name or UUID.

    user
        A user that the container has.

    pillar_key
        Path of the hash in the pillar, with colons. The hash is what ``openssl passwd -6`` prints.

    test
        Only say what would be changed. Default: the minion's ``test`` option.

    Raises CommandExecutionError where the pillar has no such key, it has no crypt hash there, or the container does
    not run or has no such user. Runs ``chpasswd -e`` by ``vzctl exec3``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.set_password 209 root openvz:passwords:web01
    """
    with _salt_errors():
        secret = _sources().at(pillar_key)
        reconciler = _reconciler()
        container = _running(reconciler, name)
        made = vzdomain.execution.password.plan(reconciler.node.vzctl, container, str(user), secret)
        if _test(test):
            return returns.announced(made, [])
        if made.calls:
            with reconciler.journal.recorded(made.ctid, made.name, *made.calls):
                vzdomain.execution.password.change(reconciler.node.vzctl, container, str(user), secret)
    return returns.result(made, made.actions, [])


# snapshots


def snapshot(name, snapshot=None, description=None, memory=True, test=None):
    """
    Take a snapshot of a container: its files, its configuration, and what it has in memory if it runs.

    A running container stands still meanwhile, mostly for seconds. What a snapshot holds grows with what is written
    afterwards: delete those that nobody needs.

    name
        CTID, name or UUID.

    snapshot
        The name of the snapshot (``vzctl snapshot --name``); it may be left out. Names that begin with ``salt-before-``
        are Salt's own.

    description
        A text for people, in one line.

    memory
        Keep what a running container has in memory, so that :py:func:`openvz.snapshot_switch` lets its processes go on.
        ``False`` (``--skip-suspend``) is faster and needs no checkpointing; vzctl 4 does not even freeze it then: what
        is being written is in the snapshot as after a power failure.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    Returns the ``id`` and ``name`` of the snapshot as ``snapshot`` besides. Raises CommandExecutionError where there is
    no such container, it is not stored in images (ploop), it is suspended, or vzctl cannot take it (codes 156 to 161).
    Runs ``vzctl snapshot``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.snapshot web01
        salt '*' openvz.snapshot web01 snapshot=release-7 description='before release 7' memory=False
    """
    words = ("" if snapshot is None else str(snapshot), "" if description is None else str(description), _is(memory))
    return _of_snapshots(name, test, lambda node, found: _taking.take(node, found, *words))


def snapshots(name):
    """
    Return the snapshots of a container, the first one first.

    ``{"name": "web01", "ctid": 101, "snapshots": [{"id", "name", "description", "date", "parent", "current", "memory",
    "settings", "own"}], "warnings": [...]}``: ``date`` is in the node's own time; ``parent`` is the id of the one that
    it stands on; the container stands on the ``current`` one; ``memory`` and ``settings`` tell whether the snapshot has
    what was in memory, and the configuration of its time; ``own`` are those that Salt took by itself. A container that
    can have none has an empty list and a warning that says why.

    name
        CTID, name or UUID.

    Raises CommandExecutionError where there is no such container, or its list of snapshots cannot be read. Reads
    ``Snapshots.xml`` in its private area, and runs nothing.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.snapshots web01
    """
    with _salt_errors():
        reconciler = _reconciler()
        container = reconciler.resolve(name)
        rows, warnings = _taking.listing(reconciler, container)
    told = {"name": container.domain.name, "ctid": container.ctid.data, "snapshots": rows, "warnings": warnings}
    return _harmless(told)


def snapshot_switch(name, snapshot, resume=True, force=False, key=_DOMAINS, test=None):
    """
    Bring back a snapshot: **what is on the container's disks and in its memory now is lost**.

    The configuration of that time comes back too: with ``test=True``, ``changes`` say beforehand which fields. Name,
    UUID and Salt's mark stay what they are now. A running container is killed; if the snapshot has what was in memory,
    its processes go on, otherwise the container is stopped then. To lose nothing, take a snapshot first.

    The entry of the container in the pillar is planned anew: ``document`` in the return has its ``entry`` and the
    ``changes`` that :py:func:`openvz.apply` would make now, and a warning says so.

    name
        CTID, name or UUID.

    snapshot
        The id of the snapshot, with or without braces, or its name if no other snapshot has it.

    resume
        ``False`` (``--skip-resume``): leave the container stopped, whatever the snapshot has of its memory.

    force
        Also a protected container.

    key
        Where the pillar has the containers of this node.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container or snapshot, the container is protected and ``force``
    is not given, it is suspended, another container has by now what would come back (an address, a device), or it is
    not as it should be afterwards. Runs ``vzctl snapshot-switch``; where the old name or mark came back, ``vzctl set
    --name`` too.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.snapshot_switch web01 release-7 test=True
        salt '*' openvz.snapshot_switch web01 6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5
    """
    how = {"resume": _is(resume), "force": _is(force)}
    told = _of_snapshots(name, test, lambda node, found: _taking.switch(node, found, str(snapshot), **how))
    with _salt_errors():
        planned = _reconciler() if not _test(test) else _imagined(name, snapshot, how)
        document = _planned_anew(planned, told["ctid"], key)
    if document and (document.get("changes") or document.get("error")):
        fields = ", ".join(document.get("changes", ()))
        what = document.get("error") or f"openvz.apply would change {fields}"
        told["warnings"] = [*told["warnings"], _shown(f"entry {document['entry']} of the pillar: {what}")]
    return {**told, "document": document} if document else told


def snapshot_delete(name, snapshot, force=False, test=None):
    """
    Delete a snapshot of a container. The container itself stays as it is; snapshots that stand on it stay too.

    What it held is merged into what stands on it, which may take minutes.

    name
        CTID, name or UUID.

    snapshot
        The id of the snapshot, with or without braces, or its name if no other snapshot has it.

    force
        Also one of a protected container.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container or snapshot, the container is protected and ``force``
    is not given, or vzctl cannot delete it (vzctl 4: where several others stand on it). Runs ``vzctl snapshot-delete``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.snapshot_delete web01 release-7
    """
    forced = _is(force)
    return _of_snapshots(name, test, lambda node, found: _taking.delete(node, found, str(snapshot), forced))


def snapshot_mount(name, snapshot, target, test=None):
    """
    Mount a snapshot of a container at a directory of the node, read-only: to look at its files, or to copy them.

    name
        CTID, name or UUID.

    snapshot
        The id of the snapshot, with or without braces, or its name if no other snapshot has it.

    target
        Absolute path of an empty directory of the node.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    ``changes`` are empty if it is mounted there already. Raises CommandExecutionError where there is no such container
    or snapshot, it is mounted elsewhere, or vzctl cannot mount it. Runs ``vzctl snapshot-mount``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.snapshot_mount web01 release-7 /mnt/web01
    """
    return _of_snapshots(name, test, lambda node, found: _taking.mount(node, found, str(snapshot), str(target)))


def snapshot_umount(name, snapshot, test=None):
    """
    Unmount a snapshot of a container that :py:func:`openvz.snapshot_mount` has mounted.

    name
        CTID, name or UUID.

    snapshot
        The id of the snapshot, with or without braces, or its name if no other snapshot has it.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    ``changes`` are empty if it is not mounted. Raises CommandExecutionError where there is no such container or
    snapshot, or vzctl cannot unmount it. Runs ``vzctl snapshot-umount``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.snapshot_umount web01 release-7
    """
    return _of_snapshots(name, test, lambda node, found: _taking.unmount(node, found, str(snapshot)))


def clone(name, xml=None, pillar_key=None, source=None, template=None, saltenv="base", strict=True, test=None):
    """
    Make a container as a copy of another one, with its files, for a domain document (vzctl 7 and later).

    Name, UUID, addresses, veth pairs, and devices that are passed through are those of the document, never those of the
    source; what else it does not say is as the source has it. The clone is disabled before it could be started with the
    addresses of its source, and enabled when it has its own. It does not start with the node unless the document says
    ``onboot``. The source may run: the clone gets its files of one moment, as after a power failure. Copying takes as
    long as the disks are large; the minion goes on when the client does not wait any longer.

    name
        CTID, name or UUID of the container that is copied.

    xml, pillar_key, source, template, saltenv, strict
        The document of the clone, as in :py:func:`openvz.define`.

    test
        Only say what would be done. Default: the minion's ``test`` option.

    Raises CommandExecutionError where there is no such container, or there is one of that name, UUID or CTID already,
    where something that the document says belongs to another container, for a document that cannot be followed, and on
    vzctl 4, which has nothing that clones. Runs ``vzmlocal -C`` (``openvz:vzmlocal``), then ``vzctl set``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.clone 209 source=salt://containers/web02.xml test=True
    """
    with _salt_errors():
        document = _sources().document(xml, pillar_key, source, template, saltenv, _is(strict))
        reconciler = _reconciler(_test(test))
        _settled(reconciler, name)
        if _test(test):
            made = _cloning.plan(reconciler, name, document.domain)
            warnings = [*reconciler.reports_of_gone(), *document.warnings, *made.warnings]
            return returns.announced(made, warnings)
        made, outcome = _cloning.do(reconciler, name, document.domain)
        _tell_of(*outcome.actions)
        warnings = [*reconciler.reports_of_gone(), *document.warnings, *outcome.warnings]
        return returns.result(made, outcome.actions, warnings)


def _of_snapshots(name, test, planner):
    """Do, or in a test run announce, what `planner` makes of a container and its snapshots."""
    with _salt_errors():
        reconciler = _reconciler()
        container = _settled(reconciler, name)
        if _test(test):
            made = planner(reconciler, container)
            told = [*reconciler.reports_of_gone(), *reconciler.reports(made.ctid), *made.warnings]
            return returns.announced(made, told)
        made, outcome = _taking.do(reconciler, container.ctid, lambda found: planner(reconciler, found))
        _tell_of(*outcome.actions)
        return returns.result(made, outcome.actions, [*reconciler.reports_of_gone(), *outcome.warnings])


def _imagined(name, snapshot, how):
    """The library, with a switch imagined that a dry run has announced."""
    reconciler = _new_reconciler().overlay()
    container = reconciler.resolve(name)
    _taking.imagined(reconciler, _taking.switch(reconciler, container, str(snapshot), **how), container)
    return reconciler


def _planned_anew(reconciler, ctid, key):
    """What the entry of a container in the pillar would change now; ``None`` where the pillar has none."""
    try:
        entries = _sources().entries(key)
    except vzdomain.errors.SourceError:
        return None
    over = reconciler if not reconciler.view.is_live else reconciler.overlay()
    jobs = vzdomain.planning.planner.Planner(over).jobs(entries)
    job = next((one for one in jobs if one.plan and one.plan.ctid and one.plan.ctid.data == ctid), None)
    return job and _harmless({"entry": job.label, "changes": job.plan.changes})


# moving


def move_step(step, move, **arguments):
    """
    Do one step of a move to another node, for the runner ``openvz.move``, which drives it.

    Nobody needs to type this. Each step may come twice, and be cut off: all that is needed to go on is kept on both
    nodes.

    step
        ``check_source``, ``check_destination``, ``check_program``, ``intend``, ``send``, ``look``, ``own``,
        ``give_way``, ``clear``, ``clean`` or ``close``. A move whose ``kind`` is ``convert`` has, in the place of
        ``check_program`` and ``send``: ``make``, ``mount``, ``copy_first``, ``halt``, ``copy_final``, ``copy_check``,
        ``umount``, ``verify``, ``accept``, ``withdraw`` and ``yield_up``.

    move
        ``id`` (``move-`` and 16 hexadecimal digits), ``ctid``, ``uuid``, ``name``, ``source`` and ``destination``
        (minion ids), ``online``, and ``driver`` (``master``, ``run``); of ``check_source`` only ``name``.

    arguments
        ``facts`` of check_destination: those of check_source. ``to`` of check_program and send: the ``ssh_host`` of the
        destination. ``noted`` of intend on the destination: that of the source's intent. ``take_over`` of intend: also
        from a driver that is alive. ``power`` of own: ``running`` or ``stopped``. ``proof`` of give_way, clear and
        clean: what ``look`` has returned on the other node. ``owner`` (``source`` or ``destination``) and ``keep_for``
        (days) of close.

    Checks return ``facts``, ``problems`` (a rule, a sentence, and what to do, of each) and ``warnings``; all others
    what this node has of the container: ``whole``, ``status``, ``at_work``, ``handed_over``, ``intent``, ``log``, ...

    Raises CommandExecutionError where the step must not be done, or the node cannot be asked. Runs ``vzmigrate`` in a
    session of its own, ``vzctl set``, ``start``, ``stop`` and ``status``, and ``du``.

    CLI Example:

    .. code-block:: bash

        salt hn1 openvz.move_step check_source '{"name": "209"}'
    """
    with _salt_errors():
        kind = move.get("kind") if isinstance(move, Mapping) else None
        mover = _converter() if kind == "convert" else _mover()
        if _test(None) and step not in mover.NAMED:
            raise CommandExecutionError("this minion's option test is true: nothing is moved from it or to it")
        found = mover.step(str(step), move, **salt.utils.args.clean_kwargs(**arguments))
        if step in ("close", "clean"):
            _tell_mine()
    return _harmless(found)


def moves():
    """
    Return the moves of containers from and to this node: those under way, and what is left of those that are over.

    ``moves`` are under way. ``copies`` are old copies, with their paths, of containers that were moved away.
    ``arrivals`` are containers that came from other nodes and that no entry of this node has followed yet:
    ``openvz.purge`` leaves them alone.

    Raises CommandExecutionError where the notes cannot be read.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.moves
    """
    with _salt_errors():
        return _harmless(vzdomain.execution.moving.closing.moves(_mover()))


def _mover():
    return vzdomain.execution.setup.mover(_settings(), _new_reconciler())


def _converter():
    return vzdomain.execution.setup.converter(_settings(), _new_reconciler(), _documents)


def _documents(key):
    """The entries among which that of a container to convert is: of this node, or the one document at a key."""
    if key is None:
        return _sources().wanted(_DOMAINS)
    document = _sources().document(None, str(key), None, None, "base", True)
    return [vzdomain.document.entries.Entry(document.domain.name, document=document)]


# the fleet


def survey(key=_DOMAINS):
    """
    Return all that the master has to know of this node for one plan of many nodes.

    ``family``, ``version``, ``ssh_host`` (name or address by which other nodes reach this one), ``memory_kib`` of the
    node, ``space_kib`` and ``free_kib`` where private areas are; ``moves``: those that are under way from or to this
    node; ``copies``: old copies of containers that were moved away.

    ``plan`` has for each entry of the pillar what :py:func:`openvz.plan` says of it: ``status``, ``name``, ``ctid``,
    ``uuid``, ``state``, ``changes``, ``did``, ``costs`` (the budgets that it counts for), ``takes`` and ``gives``
    (addresses), ``inside`` (those that it takes in a veth pair), ``after`` (labels that give up what it takes),
    ``warnings``, ``pending`` or an ``error``. Its ``id`` and its ``wanted`` are what :py:func:`openvz.apply` takes in
    ``entries``.

    ``containers`` is a list of all that are there, with ``ctid``, ``uuid``, ``name``, ``addresses``, ``routed`` (those
    of them that are not a veth pair's), ``status`` (``incomplete`` for one that is there only in part), ``managed``,
    ``entry`` (the label of the entry that means it, ``None`` for none), ``layout``, ``protected``, ``memory_kib``,
    ``disk_kib`` (``None``: no limit) and ``pending``. One that Salt made and that is in no entry has its document as
    ``xml``: the entry may be on another node.

    Nothing is changed. Raises CommandExecutionError where the node cannot be asked, and where its pillar has errors. A
    pillar without the key has no entries. Sizes are KiB.

    key
        Where the pillar has the containers of this node.

    CLI Example:

    .. code-block:: bash

        salt hn1 openvz.survey --out=json
    """
    with _salt_errors():
        mover = _mover()
        mover.reconciler.elsewhere = None  # the master compares the nodes, and knows them better than the mine does
        found = vzdomain.reports.survey.survey(mover.reconciler, _sources().wanted(key), mover.ssh_host)
        told = vzdomain.execution.moving.closing.moves(mover)
        return _harmless({**found, "moves": told["moves"], "copies": told["copies"]})


# what containers use


def stats(name=None):
    """
    Return what containers use: memory, swap, processes, CPU time, load, disk, beancounters.

    ``{"web01": {"ctid": 101, "name": "web01", "status": "running", "memory_used_bytes": ..., "memory_peak_bytes": ...,
    "memory_limit_bytes": ..., "swap_used_bytes": ..., "swap_limit_bytes": ..., "processes_used": ...,
    "processes_limit": ..., "cpu_seconds": ..., "load_1": ..., "load_5": ..., "load_15": ..., "disk_used_bytes": ...,
    "disk_soft_bytes": ..., "disk_hard_bytes": ..., "inodes_used": ..., "inodes_soft": ..., "inodes_hard": ...,
    "uptime_seconds": ..., "failcnt": 0, "beancounters": {"numproc": {"held": ..., "maxheld": ..., "barrier": ...,
    "limit": ..., "failcnt": ...}, ...}, "unlimited": [...], "unknown": {"cpu": "why"}}}``

    ``failcnt`` is the sum of the fail counters since the start of the container. Beancounters are in the kernel's
    units: pages of 4096 bytes (``...pages``), bytes (``kmemsize``, ``...buf``, ``dcachesize``), else counts. A limit
    that there is not is left out and named in ``unlimited``. What cannot be asked is left out, and ``unknown`` has the
    reason; it is never 0. People are shown the worst first.

    name
        A container, by CTID, name or UUID; all of them if left out.

    Raises CommandExecutionError where the node cannot be asked or has no such container. Runs one vzlist for all of
    them; that of vzctl 8 and 9 takes 44 ms for each container.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.stats
        salt hn1 openvz.stats 209 --out=json
    """
    with _salt_errors():
        reconciler = _reconciler()
        chosen = None if name is None else [reconciler.resolve(name)]
        return _harmless(vzdomain.reports.usage.stats.stats(reconciler, chosen))


def capacity():
    """
    Return what this node has, what of it is free, and what its containers have been promised. Bytes.

    ``memory`` (``total_bytes``, ``available_bytes``) and ``swap`` (``total_bytes``, ``free_bytes``), both with
    ``promised_bytes`` (the limits of all containers), ``promised_running_bytes`` (of those that run) and ``unlimited``
    (the names of those without a limit); ``cpus`` with ``total``, ``promised``, ``promised_running`` and ``unlimited``.
    ``disk`` is a list of the file systems that have private areas, or get new ones (``new``): ``path``,
    ``total_bytes``, ``free_bytes``, ``inodes``, ``inodes_free``, ``promised_bytes``, ``layouts`` (how many containers
    are ``ploop`` and ``simfs``) and ``unlimited``. ``templates`` are in the cache. ``family``, ``containers`` and
    ``running`` (how many). What the kernel does not say is left out, and ``unknown`` has the reason.

    Raises CommandExecutionError where the node cannot be asked. Runs at most one vzlist.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.capacity
    """
    with _salt_errors():
        return _harmless(vzdomain.reports.usage.capacity.capacity(_reconciler()))


def metrics(path=None):
    """
    Return what containers and node use as text for Prometheus, or write it for the textfile collector.

    What :py:func:`openvz.stats` and :py:func:`openvz.capacity` say, as ``openvz_container_...`` with the labels
    ``ctid`` and ``name``, and ``openvz_node_...``. What is not known has no line.

    path
        Write it there, whole or not at all, for everybody to read, and return ``{"path": ..., "containers": ...}``. The
        name ends in ``.prom``; the directory is there already.

    Raises CommandExecutionError where the node cannot be asked, or the file cannot be written. Runs one vzlist.

    CLI Example:

    .. code-block:: bash

        salt hn1 openvz.metrics
        salt '*' openvz.metrics path=/srv/containers/openvz.prom
    """
    its = vzdomain.reports.usage
    with _salt_errors():
        reconciler = _reconciler()
        used = its.stats.stats(reconciler)
        text = its.metrics.exposition(_harmless(used), _harmless(its.capacity.capacity(reconciler)))
        return text if path is None else {"path": its.metrics.put(str(path), text), "containers": len(used)}


# templates


def templates(key=_DOMAINS):
    """
    Return the templates in the cache of this node, and those that the pillar wants and the node lacks.

    ``{"templates": {"debian-12-x86_64": {"size_bytes": 1024, "date": "2026-03-01T02:10:00Z", "file": ..., "containers":
    ["web01"]}}, "missing": {"debian-13-x86_64": ["db01"]}}``; ``missing`` has the entries of containers to come.

    key
        Where the pillar has the containers of this node.

    Raises CommandExecutionError where the node cannot be asked. Runs nothing but vzctl's ``--version``, once.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.templates
    """
    with _salt_errors():
        entries = _wanted_here(key)
        return _harmless(vzdomain.execution.templates.listing.listing(_reconciler().node, entries))


def fetch_template(name, source=None, source_hash=None, test=None):
    """
    Fetch a template into the cache of this node, if it is not there.

    What was fetched must have its checksum and be a whole archive before it stands there under its name. Returns
    ``changes``, ``{"template": {"old": None, "new": ...}}`` or empty, and ``source`` without a password. For vzctl 4;
    templates of vzctl 7 to 9 are made by vzpkg.

    name
        Such as ``debian-12-x86_64``.

    source
        ``salt://`` or a URL; it ends in ``.tar.gz``, ``.tar.xz``, ``.tar.bz2`` or ``.tar``. Default: what
        ``openvz:templates`` says of this name.

    source_hash
        Checksum, or where it is, as for ``file.managed``; it must be given for a URL.

    test
        Only say what would be fetched. Default: the minion's ``test`` option.

    Raises CommandExecutionError where it cannot be fetched, or is not what it should be; SaltInvocationError where
    nobody says where it comes from.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.fetch_template alma-9-x86_64 salt://alma-9-x86_64.tar.xz test=True
    """
    with _salt_errors():
        node = _reconciler().node
        if node.has_template(str(name)):
            return {"name": str(name), "changes": {}, "source": None}
        vzdomain.execution.templates.fetching.refuse(node)
        known = None if source else _template_sources().get(str(name))
        if not (source or known):
            raise SaltInvocationError(f"template {_shown(str(name))} is not here: give source, or set openvz:templates")
        one = known or vzdomain.execution.templates.fetching.Source(name, source, source_hash)
        if not _test(test):
            _fetched(node, one)
        changes = {"template": {"old": None, "new": one.name}}
    return {"name": one.name, "changes": changes, "source": one.shown, **({"test": True} if _test(test) else {})}


def _template_sources():
    return vzdomain.execution.setup.template_sources(_settings())


def _fetched(node, source):
    """Have Salt fetch it, compare its checksum, and put it into the cache."""
    try:
        path = __salt__["cp.cache_file"](source.source, source_hash=source.source_hash)
        wanted = source.source_hash and __salt__["file.get_source_sum"](
            source=source.source, source_hash=source.source_hash
        )
    except SaltException as err:
        why = vzdomain.errors.public(str(err))
        raise CommandExecutionError(
            _shown(f"template {source.name} cannot be fetched from {source.shown}: {why}")
        ) from None
    if not path:
        raise CommandExecutionError(f"template {source.name} cannot be fetched from {source.shown}")
    if wanted and salt.utils.hashutils.get_hash(path, wanted["hash_type"]) != wanted["hsum"].lower():
        if _is_cached(path):
            os.unlink(path)  # or Salt would take it for the right one next time
        raise CommandExecutionError(f"{source.shown} has another checksum than template {source.name} must have")
    vzdomain.execution.templates.fetching.install(node, source, path)


def _is_cached(path):
    """Whether Salt has made this file; of a source on this node it gives the path of that itself."""
    cache = os.path.realpath(__opts__["cachedir"])
    return os.path.commonpath((cache, os.path.realpath(path))) == cache


def _missing_template(node, name):
    """Where this template is to be fetched from, ``None`` if it is there, or if nobody says so."""
    is_wanted = name in node.template_sources and node.flavour.places.NUMBERS and not node.has_template(name)
    return _template_sources()[name] if is_wanted else None


def _with_templates(reconciler, jobs):
    """The jobs, once the templates of new containers are there; those whose template cannot be got have an error."""
    failed, node = {}, reconciler.node
    wanted = [job for job in jobs if job.plan and job.plan.creates and job.entry.domain and not job.error]
    for name in sorted({job.entry.domain.template for job in wanted} & node.template_sources.keys()):
        try:
            if source := _missing_template(node, name):
                _fetched(node, source)
        except (SaltException, vzdomain.errors.OpenVZError) as err:
            failed[name] = _shown(str(err))
    return [_without(job, failed) if job in wanted else job for job in jobs]


def _without(job, failed):
    why = failed.get(job.entry.domain.template)
    return job if why is None else vzdomain.planning.planner.Job(job.entry, error=why, before=job.before)


# Salt inside


def call(name, function, /, *args, **kwargs):
    """
    Call a function of Salt inside a running container, and return what it returns.

    The container needs Python 3, and no Salt: this minion's goes in as a thin over the standard input of
    ``vzctl exec3`` and is kept below ``/var/cache/salt-openvz``. Custom modules of the file roots go with it. The exit
    code of the job is that of the function. Nothing of the call is in an argument vector.

    The function sees the id, grains and pillar that the entry of the container has as ``inside``, and nothing of this
    minion's pillar. Functions of ``state`` are refused: see :py:func:`openvz.sls`.

    name
        CTID, name or UUID.

    function
        Such as ``pkg.install``.

    args, kwargs
        Those of the function: text, numbers, lists and mappings.

    Raises CommandExecutionError where there is no such container, it does not run, it has no Python, or the function
    fails; SaltInvocationError for arguments that cannot be sent.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.call 209 test.ping
        salt '*' openvz.call 209 cmd.run 'cat /proc/loadavg' python_shell=False
    """
    function = str(function)
    if function.startswith("state."):
        raise SaltInvocationError(f"{function} is not called inside a container: use openvz.sls or openvz.highstate")
    if "." not in function:
        raise SaltInvocationError(f"{_shown(function)} is no function: name module and function, such as test.ping")
    with _salt_errors():
        reconciler = _reconciler()
        container = _running(reconciler, name)
        how = _said_inside(reconciler, container)
        found, retcode = _inside(reconciler).call(
            container, how, function, args, salt.utils.args.clean_kwargs(**kwargs)
        )
    if retcode:
        __context__["retcode"] = retcode
    return found


def sls(
    name,
    mods,
    saltenv=None,
    pillar=None,
    pillar_key=None,
    test=None,
    exclude=None,
    timeout=None,
    id=None,
    grains=None,
    extra_filerefs=None,
):
    """
    Apply SLS files inside a running container, and return what ``state.sls`` returns.

    The states are compiled here, with the id, grains and pillar of the container, and run inside; ``salt["cmd.run"]``
    in a template runs inside too. Files that states name by ``salt://``, what their templates import, and custom
    modules go with them. The container needs Python 3, and no Salt. The exit code is that of ``state.sls``: 1 where the
    states cannot be compiled, 2 where one fails.

    Mind that :py:func:`openvz.apply` is something else: it makes containers as the pillar says.

    name
        CTID, name or UUID.

    mods
        Names of SLS files: a list, or text with commas.

    saltenv
        Their environment; ``base`` if left out.

    pillar, pillar_key
        What the container sees as its pillar: a mapping, and the path of one in this minion's pillar; the former counts
        where both say something. Nothing else of this minion's pillar gets into the container. Left out, it is what the
        entry of the container has as ``inside``.

    test
        Change nothing, and say what would be changed. Default: the minion's ``test`` option.

    exclude
        What is left out, as for ``state.sls``: names of SLS files, or mappings such as ``{"id": "nginx"}``.

    timeout
        Seconds after which what runs inside is killed. Default: ``openvz:inside_timeout``.

    id, grains
        The minion id that templates and targets see, and grains beside those of the container. Default: what the entry
        says, and the name of the container.

    extra_filerefs
        ``salt://`` files that go inside though no state names them.

    Raises CommandExecutionError where there is no such container, it does not run, has no Python or no space, or does
    not answer. Runs ``vzctl exec3`` once; the first time also for the thin, and for each function in a template.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.sls 209 nginx,users
        salt '*' openvz.sls 209 nginx test=True pillar='{"port": 8080}'
    """
    mods = _listed(mods)
    if not mods:
        raise SaltInvocationError("openvz.sls needs the name of an SLS file; openvz.highstate applies the top file")
    changed = {"saltenv": saltenv, "pillar": pillar, "pillar_key": pillar_key, "exclude": exclude, "timeout": timeout}
    return _apply_inside(name, tuple(mods), test, **changed, id=id, grains=grains, extra_filerefs=extra_filerefs)


def highstate(
    name,
    saltenv=None,
    pillar=None,
    pillar_key=None,
    test=None,
    exclude=None,
    timeout=None,
    id=None,
    grains=None,
    extra_filerefs=None,
):
    """
    Apply inside a running container what the top file has for it, and return what ``state.highstate`` returns.

    The top file is that of this minion; targets match the container's id (its name, unless ``inside: id`` says another)
    and its grains. ``master_tops`` are not asked: they do not know the container.

    name
        CTID, name or UUID.

    saltenv
        Only what the top file has for this environment.

    The other parameters are those of :py:func:`openvz.sls`.

    Raises CommandExecutionError as :py:func:`openvz.sls` does.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.highstate 209 test=True
    """
    changed = {"saltenv": saltenv, "pillar": pillar, "pillar_key": pillar_key, "exclude": exclude, "timeout": timeout}
    return _apply_inside(name, None, test, **changed, id=id, grains=grains, extra_filerefs=extra_filerefs)


def apply_states(name, mods=None, **kwargs):
    """
    :py:func:`openvz.sls` with SLS files, :py:func:`openvz.highstate` without, as ``state.apply``.

    name
        CTID, name or UUID.

    mods
        Names of SLS files.

    kwargs
        The parameters of these functions.

    Raises what these functions raise.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.apply_states 209
        salt '*' openvz.apply_states 209 nginx
    """
    kwargs = salt.utils.args.clean_kwargs(**kwargs)
    return sls(name, mods, **kwargs) if mods else highstate(name, **kwargs)


def inside_grains(name):
    """
    Return the grains of a running container, as Salt finds them inside.

    name
        CTID, name or UUID.

    Raises CommandExecutionError as :py:func:`openvz.call` does.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.inside_grains 209
    """
    with _salt_errors():
        reconciler = _reconciler()
        container = _running(reconciler, name)
        return _inside(reconciler).grains(container, _said_inside(reconciler, container))


def wait_for(name, exec=True, address=None, port=None, command=None, limit=120):
    """
    Wait until a running container is up; returns ``True``.

    name
        CTID, name or UUID.

    exec
        Until a command can be run inside.

    address, port
        Until an address answers (ping), with ``port`` that TCP port of it.

    command
        Until a command ends with 0 inside: a list of words, or text that is cut at its blanks.

    limit
        Seconds; then it is an error that has the last answer.

    Raises CommandExecutionError where there is no such container, it does not run, or it is not up in time.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.wait_for 209
        salt '*' openvz.wait_for 209 command='test -d /etc' limit=300
    """
    said = {"exec": exec, "address": address, "port": port, "command": command, "limit": limit}
    with _salt_errors():
        waiting = vzdomain.document.insides.waiting({key: one for key, one in said.items() if one is not None})
        reconciler = _reconciler()
        reconciler.inside.wait(_running(reconciler, name), waiting)
    return True


def _apply_inside(name, mods, test, **said):
    with _salt_errors():
        reconciler = _reconciler()
        container = _running(reconciler, name)
        how = _how(_said_inside(reconciler, container), mods, **said)
        done = _inside(reconciler).states(container, how, _test(test))
    __context__["retcode"] = done.retcode
    return done.returns


def _how(how, mods, *, pillar, pillar_key, exclude, grains, timeout, extra_filerefs, **said):
    """What an entry says, with what is said here in its place."""
    changed = {name: str(value) for name, value in said.items() if value is not None}
    if pillar_key is not None or pillar is not None:
        changed["pillar"] = _merged(pillar_key, pillar)
    if grains is not None:
        changed["grains"] = _mapping("grains", grains)
    if exclude is not None:
        changed["exclude"] = tuple(exclude if isinstance(exclude, (list, tuple)) else _listed(exclude))
    if timeout is not None:
        changed["timeout"] = vzdomain.settings.timeout("timeout", timeout)
    return dataclasses.replace(how, sls=mods, extra_filerefs=tuple(_listed(extra_filerefs)), **changed)


def _merged(key, pillar):
    found = {}
    if key is not None:
        found = salt.utils.data.traverse_dict_and_list(__pillar__, str(key), None)
        if found is None:
            raise SaltInvocationError(f"the pillar has no {_shown(str(key))}, which pillar_key names")
        found = _mapping(f"the pillar {_shown(str(key))}", found)
    return salt.utils.dictupdate.merge(found, _mapping("pillar", pillar or {}))


def _mapping(name, value):
    if not isinstance(value, Mapping):
        raise SaltInvocationError(f"{name} must be a mapping")
    return dict(value)


def _listed(value):
    """Names as the command line or YAML has them: a list, or text with commas."""
    if value is None:
        return []
    parts = value if isinstance(value, (list, tuple)) else str(value).split(",")
    return [str(part).strip() for part in parts if str(part).strip()]


def _said_inside(reconciler, container):
    """What the entry of a container has as ``inside``; nothing for one without."""
    entries = salt.utils.data.traverse_dict_and_list(__pillar__, _DOMAINS, None)
    if not isinstance(entries, Mapping) or not any(
        isinstance(entry, Mapping) and entry.get("inside") for entry in entries.values()
    ):
        return vzdomain.model.inside.How()
    for entry in _sources().wanted(_DOMAINS):
        if entry.inside is None:
            continue
        with contextlib.suppress(vzdomain.errors.OpenVZError):
            if reconciler.look_up(entry.called).ctid == container.ctid:
                return entry.inside
    return vzdomain.model.inside.How()


def _inside(reconciler):
    return reconciler.inside.made()


class _Way:
    """
    Salt's way into containers, from the files beside this one, which are loaded when one is used.

    Threads of the library use it: what is Salt's is taken before.
    """

    def __init__(self, node, door):
        # Salt's loader gives these names to its own thread alone.
        opts = __opts__.value() if hasattr(__opts__, "value") else __opts__
        self._node, self._given = node, (opts, door, __salt__.get("mine.get", None))
        self._made, self._making = None, threading.Lock()

    def made(self):
        with self._making:
            if self._made is None:
                known = {"vzdomain": vzdomain, "compiling": _beside("_openvz_compiling")}
                known["carrying"] = _beside("_openvz_carrying", vzdomain=vzdomain)
                self._made = _beside("_openvz_inside", **known).Inside(*self._given)
        return self._made

    def states(self, container, how, test):
        return self.made().states(container, how, test)

    def wait(self, container, waiting):
        vzdomain.execution.inside.waiting.wait_for(self._node, container, waiting)


def _beside(name, **known):
    """The module in a file beside this one, which finds `known` among its names; the loader skips it by its name."""
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{__name__}{name}", path)
    module = importlib.util.module_from_spec(spec)
    vars(module).update(known)
    spec.loader.exec_module(module)
    return module


# the plumbing


def _power(verb, name, test, *options, force=False, before=None):
    with _salt_errors():
        reconciler = _reconciler(_test(test))
        container = _settled(reconciler, name)
        planner, its = getattr(vzdomain.planning.power, verb), reconciler.node.flavour

        def checked(found):
            made = reconciler.refuse_unless_forced(planner(found, its, *options), found, _is(force))
            wanted = vzdomain.document.entries.Entry(found.domain.name, **before) if before else None
            return reconciler.protect(made, found, wanted and vzdomain.planning.planner.before(wanted))

        return _run(reconciler, checked, container, test)


def _settled(reconciler, name):
    """The container that is to be changed, once nobody else is at work on it."""
    reconciler.wait_for(name)
    return reconciler.resolve(name)


def _run(reconciler, planner, container, test):
    """Do, or in a test run announce, what `planner` makes of a container."""
    made = planner(container)
    if _test(test):
        reconciler.imagine(made)
        return returns.announced(made, [*reconciler.reports_of_gone(), *reconciler.reports(made.ctid), *made.warnings])
    outcome, told = reconciler.run(made, lambda: planner(reconciler.resolve(made.ctid))), reconciler.reports_of_gone()
    return returns.result(made, outcome.actions, [*told, *outcome.warnings])


def _options(flavour, options, known):
    return flavour.typed.given(salt.utils.args.clean_kwargs(**options), known)


def _typed(word):
    """A word of a command: YAML on the command line has made booleans of the programs true and false."""
    return str(word).lower() if isinstance(word, bool) else str(word)


def _running(reconciler, name):
    container = reconciler.resolve(name)
    if container.status != "running":
        first = f"; openvz.unpause {container.ctid} first: a command would hang" if container.running else ""
        raise CommandExecutionError(f"container {container.ctid} is {container.status}, not running{first}")
    return container


def _names(wanted):
    return _harmless([container.domain.name for container in _selected(None) if wanted(container)])


def _selected(name, dry=False):
    with _salt_errors():
        reconciler = _reconciler(dry)
        if name is not None:
            return [reconciler.resolve(name)]
        for ctid in reconciler.node.ctids():
            if reconciler.node.leftovers(ctid):
                log.warning("Container %s exists only in part and is not listed", ctid)
        return reconciler.node.containers()


def _test(test):
    return _is(__opts__.get("test") if test is None else test)


def _is(value):
    """``"no"`` in quotes is as good as ``no``."""
    return salt.utils.data.is_true(value)


def _ctid(value, its):
    """The CTID of a container to come: a number, or, where the family `its` calls containers by it, a UUID."""
    if not its.places.NUMBERS:
        with contextlib.suppress(ValueError):
            return vzdomain.model.ctid.Ctid(vzdomain.model.names.uuid(str(value)))
    try:
        return vzdomain.model.names.new_ctid(str(value))
    except ValueError as err:
        more = "" if its.places.NUMBERS else ", or a UUID"
        raise CommandExecutionError(_shown(f"{err}{more}")) from None


def _harmless(data):
    """Data that people are shown by whatever outputter: a configuration file may say anything."""
    return vzdomain.errors.harmless(data)


def _shown(sentence):
    """For a sentence that quotes somebody and is not an error of the library, which does this by itself."""
    return vzdomain.errors.shown(sentence)


@contextlib.contextmanager
def _salt_errors():
    """Errors of the library as Salt's, with what was changed before."""
    try:
        yield
    except vzdomain.errors.ArgumentError as err:
        raise SaltInvocationError(str(err)) from err
    except vzdomain.errors.OpenVZError as err:
        done = {name: vzdomain.planning.changes.show(actions) for name, actions in (err.done or {}).items()}
        raise CommandExecutionError(str(err), info={"changes": _harmless(done)} if done else None) from err
    except (CommandExecutionError, SaltInvocationError):
        raise
    except Exception as err:
        raise CommandExecutionError(_unexpected(err)) from err


def _unexpected(err):
    """The sentence for an exception that nobody here expects; where it came from is in the log."""
    log.error("A function of openvz was stopped", exc_info=err)
    return _shown(str(err)) if isinstance(err, SaltException) else vzdomain.errors.sentence(err)


def _reconciler(dry=False):
    """
    The library, set up for this minion; `dry` for one that only imagines what it would do.

    The state module makes room for one in ``__context__`` at the beginning of each run, so that a run over many
    containers reads the node once. Elsewhere every call reads again.
    """
    run = __context__.get("openvz.run")
    if run is None:
        found = _new_reconciler()
    else:
        found = run["reconciler"] = run.get("reconciler") or _new_reconciler()
    return found.dry if dry else found


def _new_reconciler():
    cache, protecting = __opts__["cachedir"], _sources().protecting
    elsewhere = vzdomain.fleet.elsewhere.at(_mines if _has_mine() else None)
    made = vzdomain.execution.setup.reconciler(_settings(), __opts__["id"], cache, _job, protecting, elsewhere)
    made.inside = _Way(made.node, made.door)
    return made


def _has_mine():
    """Without a master there is a mine of this minion alone."""
    return not (__opts__.get("local") or __opts__["file_client"] == "local" or __opts__["master_type"] == "disable")


def _mines():
    """What all nodes have told the mine."""
    try:
        return __salt__["mine.get"]("*", _MINE)
    except SaltException as err:
        raise vzdomain.errors.CannotAskError(f"the mine cannot be asked: {err}") from None


def _tell_of(*actions, addresses=None):
    """
    Let other nodes know at once of a container that was made, deleted or renamed here, or has other addresses.

    `addresses` is the key of a configuration file that has them.
    """
    if vzdomain.fleet.elsewhere.is_news(actions, addresses):
        _tell_mine()


def _tell_mine():
    """Send what this node has now, where the pillar has that function for the mine."""
    if not _has_mine():
        return
    try:
        functions = __salt__["config.merge"]("mine_functions", {})
        if _MINE in (functions or ()):
            told = functions[_MINE] if isinstance(functions, Mapping) else []
            __salt__["mine.update"](mine_functions={_MINE: told})
    except Exception:
        log.warning("The mine cannot be told what has changed; the next mine.update does it", exc_info=True)


def _settings():
    return vzdomain.settings.Settings(__pillar__, __opts__)


def _wanted_here(key):
    """The entries of the pillar; none where it has no such key."""
    try:
        return _sources().entries(key)
    except vzdomain.errors.SourceError:
        return []


def _sources():
    traverse, refusing = salt.utils.data.traverse_dict_and_list, vzdomain.execution.setup.refusing(_settings())
    return vzdomain.document.sources.Sources(__pillar__, traverse, _Master(), refusing)


def _limits(**budgets):
    """``max_creates=2`` -> ``{"creates": 2}``"""
    return {name.removeprefix("max_"): vzdomain.settings.whole(name, value) for name, value in budgets.items()}


def _job():
    """Whose work this is: number, function and user of the job; Salt notes which process does which."""
    found = []
    for path in glob.glob(os.path.join(glob.escape(__opts__["cachedir"]), "proc", "[0-9]*")):
        with contextlib.suppress(OSError, ValueError, TypeError, SaltException):
            with salt.utils.files.fopen(path, "rb") as stream:
                job = salt.payload.load(stream)
            if job["pid"] == os.getpid():
                found.append((str(job["jid"]), str(job["fun"]), _user(job)))
    if not found:
        return {"user": salt.utils.user.get_specific_user()}
    return dict(zip(("jid", "fun", "user"), map(" or ".join, zip(*sorted(found), strict=True)), strict=True))


def _user(job):
    """Who started a job: a publication names him, a schedule has only a name, and ``salt-call`` runs as somebody."""
    if job.get("schedule"):
        return f"schedule {job['schedule']}"
    return str(job.get("user") or salt.utils.user.get_specific_user())


class _Master:
    """How `document.sources` gets files of the master, and has them rendered."""

    engines = salt.utils.templates.TEMPLATE_REGISTRY
    failures = (SaltException, SyntaxError)  # the latter of the engine py

    @staticmethod
    def fetch(source, saltenv):
        return __salt__["cp.cache_file"](source, saltenv=saltenv)

    read = staticmethod(vzdomain.host.encoding.load)

    def render(self, source, text, encoding, template, saltenv):
        if encoding == "utf-8":
            return self._rendered(source, source, template, saltenv)
        with _scratch() as path:  # Salt reads templates as UTF-8
            with open(path, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
            return self._rendered(path, source, template, saltenv)

    @staticmethod
    def _rendered(file, source, template, saltenv):
        with _scratch() as path:
            is_made = __salt__["cp.get_template"](file, path, template=template, saltenv=saltenv)
            # in UTF-8, whatever it declares
            text = vzdomain.host.files.text(path, vzdomain.errors.public(source), broken="strict")
        return text if is_made else None


@contextlib.contextmanager
def _scratch():
    """The path of a file for a moment, for nobody else to read."""
    path = salt.utils.files.mkstemp()
    try:
        yield path
    finally:
        os.unlink(path)
