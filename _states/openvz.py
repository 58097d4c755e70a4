"""
Keep OpenVZ containers as their domain documents say
====================================================

A document is given as text (``xml``), by its place in the pillar (``pillar_key``) or as a file of the master
(``source``). With a document its ``<name>`` says which container is meant and the state's id is a label; without one
the id is the container: CTID, name or UUID.

What a document does not say is left alone. Lists it names (addresses, interfaces, devices passed through) belong to it:
what it does not list is removed. A container that Salt did not make is compared, and changed only with
``adopt: True``. Nothing is ever destroyed in order to change it.

With ``test=True`` the result is ``None`` where something would be changed, and ``changes`` are those of the real run:
for each container a line for what a field was, and one for what it is. ``containers`` beside them has the same as data
(``--out=json``): ``{"web01": {"changes": {"memory": {"old": "256 MiB", "new": "512 MiB"}}}}``.
What goes wrong is never raised: the result is ``False``, the comment says why, and ``changes`` hold what was done.
docs/reference/exit-codes.md has what vzctl's codes mean, docs/reference/domain.md the elements of a document.

.. code-block:: yaml

    web01:
      openvz.running:
        - pillar_key: openvz:containers:web01:xml
"""

import inspect

from salt.exceptions import CommandExecutionError, SaltInvocationError
from salt.utils.data import is_true

try:
    import vzdomain  # synced: Salt puts <extension_modules>/utils on sys.path while it loads this file

    vzdomain = vzdomain.current()
except ImportError:
    from saltext.openvz.utils import vzdomain  # pip

__virtualname__ = "openvz"

_ERRORS = (CommandExecutionError, SaltInvocationError)
_DOCUMENT = ("xml", "pillar_key", "source", "template", "saltenv", "strict")


def __virtual__():
    if "openvz.define" not in __salt__:
        return False, "The openvz state module needs the openvz execution module (is lxml installed?)"
    return __virtualname__


def mod_init(low):
    """
    Let one run of states read the node once. Salt calls it before the first state of a run.

    low
        The state that comes first.
    """
    __context__["openvz.run"] = {}
    return True


def defined(
    name,
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    adopt=False,
    exact=False,
    restart=False,
    force=False,
    snapshot=None,
    keep=None,
):
    """
    Ensure that a container exists and follows its domain document. It is neither started nor stopped.

    name
        A label; the document names the container.

    xml, pillar_key, source
        The document: as text, by its path in the pillar, or as ``salt://`` file. Exactly one of them.

    template
        Render ``source`` with this engine first, such as ``jinja``.

    saltenv
        The environment of ``source``.

    strict
        ``False``: an element that is not supported is a warning instead of an error.

    adopt
        Take over a container that Salt did not make.

    exact
        Lists that the document does not name at all are emptied too.

    restart
        Restart a running container where a change needs it. Without it the comment says what waits for a restart.

    force
        Also delete the disks, with their data, that the container has and the document does not name.

    snapshot, keep
        ``snapshot: before`` takes one before a change that breaks something; see the function :py:func:`openvz.define`.

    .. code-block:: yaml

        web01:
          openvz.defined:
            - source: salt://containers/web01.xml
            - template: jinja
    """
    report = _report(name)
    try:
        how = {"force": force, "snapshot": snapshot, "keep": keep}
        _define(report, xml, pillar_key, source, template, saltenv, strict, adopt, exact, restart, **how)
    except _ERRORS as err:
        return _failed(report, err)
    return report.finished()


def running(
    name,
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    adopt=False,
    exact=False,
    restart=False,
    protected=False,
    force=False,
    snapshot=None,
    keep=None,
    wait_for=None,
):
    """
    Ensure that a container runs; a suspended or paused one goes on. With a document, first that it follows that
    (``defined``).

    ``watch`` restarts a container that ran before. Whether it starts with the node (onboot) is not touched; a warning
    says when it does not.

    protected
        ``True``: nothing restarts it, neither a watched change nor ``restart``; a warning says so.

    wait_for
        ``True``, or a mapping as the key ``wait_for`` of an entry has: the state has failed if that does not become
        true after a start.

    The other parameters are those of :py:func:`openvz.defined`; ``snapshot`` counts for a watched restart too.

    .. code-block:: yaml

        '209':
          openvz.running: []
    """
    report = _report(name)
    try:
        container = ctid = str(name)
        if (xml, pillar_key, source) != (None, None, None):
            document = (xml, pillar_key, source, template, saltenv, strict)
            how = {"force": force, "snapshot": snapshot, "keep": keep}
            container, ctid = _define(report, *document, adopt, exact, restart, protected, True, **how)
        started = __salt__["openvz.start"](ctid, test=__opts__["test"])
        report.take(container, started)
        if started["changes"] and wait_for not in (None, False) and not __opts__["test"]:
            __salt__["openvz.wait_for"](ctid, **(dict(wait_for) if isinstance(wait_for, dict) else {}))
        _warn_of_onboot(report, container, ctid)
    except _ERRORS as err:
        return _failed(report, err)
    return report.finished()


def stopped(
    name,
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    fast=False,
    force=False,
):
    """
    Ensure that a container does not run. A mounted or suspended one satisfies this; the comment says which.

    name
        CTID, name or UUID; with a document a label.

    xml, pillar_key, source, template, saltenv, strict
        A document, of which nothing but the container it names is used. Its parameters are those of
        :py:func:`openvz.defined`.

    fast
        Kill it instead of waiting for it to halt.

    force
        Also a protected container.

    .. code-block:: yaml

        '209':
          openvz.stopped: []
    """
    report = _report(name)
    try:
        container, ctid = _named(name, xml, pillar_key, source, template, saltenv, strict)
        report.take(container, __salt__["openvz.stop"](ctid, fast=fast, force=force, test=__opts__["test"]))
        if not report.changes:
            return report.finished(f"Container {container} is {_status(ctid)}")
    except _ERRORS as err:
        return _failed(report, err)
    return report.finished()


def absent(
    name,
    xml=None,
    pillar_key=None,
    source=None,
    template=None,
    saltenv="base",
    strict=True,
    force=False,
    adopt=False,
):
    """
    Ensure that a container does not exist: it is **deleted**, with its files.

    ``containers`` of the return has its document (``--out=json``): a way back to an empty container like it, not to its
    files. vzctl 4 keeps its configuration as ``CTID.conf.destroyed`` besides, later ones keep nothing.

    name
        CTID, name or UUID; with a document a label.

    xml, pillar_key, source, template, saltenv, strict
        A document, of which nothing but the container it names is used. Its parameters are those of
        :py:func:`openvz.defined`.

    force
        Also a container that is running, suspended or protected.

    adopt
        Also a container that Salt did not make.

    .. code-block:: yaml

        '209':
          openvz.absent: []
    """
    report = _report(name)
    try:
        container, ctid = _named(name, xml, pillar_key, source, template, saltenv, strict)
        if _status(ctid, wait=True) == "absent":  # what an interrupted run has to say of it
            report.take(container, __salt__["openvz.destroy"](ctid, missing=True, test=__opts__["test"]))
            return report.finished(f"Container {container} is absent")
        _refuse_foreign(ctid, adopt)
        result = __salt__["openvz.destroy"](ctid, force=force, adopt=adopt, test=__opts__["test"])
        result["changes"]["xml"] = {"old": result["xml"], "new": None}
        report.take(container, result)
    except _ERRORS as err:
        return _failed(report, err)
    return report.finished()


def managed(
    name,
    key="openvz:domains",
    max_workers=4,
    max_creates=None,
    max_restarts=None,
    max_destroys=1,
    max_network_changes=None,
    max_disk_deletes=0,
):
    """
    Ensure that all containers that the pillar has for this node are as it says, in one state.

    Everything is planned before the first command. One container that fails stops no other, unless ``failhard`` is set
    for the state or the minion. ``salt-run state.event 'openvz/*/progress'`` shows how far it is. A pillar without the
    key, or with errors, is a failure. What is no longer in the pillar is left alone; see :py:func:`openvz.purged`.

    name
        A label.

    key
        Where the pillar has the containers. Each is the text of a document, or a mapping with ``xml`` or ``source``
        (and ``template``, ``saltenv``); ``state``: ``running``, ``stopped``, ``suspended``, ``paused`` (vzctl 7) or
        ``absent``, left out: its power is left alone; ``protected``: never stopped, restarted or destroyed; ``adopt``,
        ``exact``, ``restart``, ``strict``, ``snapshot``, ``keep`` as in :py:func:`openvz.defined`; ``force``: with
        ``absent``, also while it runs; otherwise, delete disks that the document does not name; ``inside``: states
        that are applied in it, and ``wait_for``: what must be true of it first, see :py:func:`openvz.apply`.

    max_workers
        How many containers are worked on at a time.

    max_creates, max_restarts, max_destroys, max_network_changes, max_disk_deletes
        Budgets: containers that one run may create, restart or stop, destroy, break connections of, or delete disks
        of. Over budget nothing was done, and the comment says what would have been. Where they are left out
        ``max_destroys`` is 1 and ``max_disk_deletes`` 0, the others have no limit; ``null`` is no limit.

    .. code-block:: yaml

        containers:
          openvz.managed:
            - max_restarts: 2
            - max_network_changes: 5
    """
    budgets = {
        "max_creates": max_creates,
        "max_restarts": max_restarts,
        "max_destroys": max_destroys,
        "max_network_changes": max_network_changes,
        "max_disk_deletes": max_disk_deletes,
    }
    return _of_many(name, "openvz.apply", "The pillar has no containers", key=key, max_workers=max_workers, **budgets)


def purged(name, key="openvz:domains", max_destroys=1, force=False):
    """
    Ensure that no container is left that Salt made or adopted and that is no longer in the pillar: it is **deleted**.

    A state of its own, since nothing brings the files back. The dry run lists what would go. A container that Salt did
    not make is never touched, a protected one is left alone. Whatever other states define under other keys bears
    Salt's mark too: use this state only where all containers of the node are under ``key``. A pillar without the key,
    an empty one, or one with errors is a failure.

    name
        A label.

    key
        Where the pillar has the containers of this node.

    max_destroys
        Over this number nothing was done at all; ``null`` is no limit.

    force
        Also containers that are running or suspended.

    .. code-block:: yaml

        what is no longer in the pillar:
          openvz.purged:
            - max_destroys: 2
    """
    nothing = "Every container with Salt's mark is in the pillar"
    return _of_many(name, "openvz.purge", nothing, key=key, max_destroys=max_destroys, force=force)


def template_present(name, source=None, source_hash=None):
    """
    Have a template in the cache of this node.

    name
        Such as ``debian-12-x86_64``.

    source, source_hash
        Where it comes from, as for :py:func:`openvz.fetch_template`. Default: what ``openvz:templates`` says.

    .. code-block:: yaml

        alma-9-x86_64:
          openvz.template_present:
            - source: salt://templates/alma-9-x86_64.tar.gz
    """
    told = {"name": name, "result": True, "changes": {}, "comment": f"Template {name} is in the cache"}
    try:
        found = __salt__["openvz.fetch_template"](name, source, source_hash, test=__opts__["test"])
    except _ERRORS as err:
        return {**told, "result": False, "comment": str(err)}
    if not found["changes"]:
        return told
    done = "would be" if found.get("test") else "was"
    comment = f"Template {name} {done} fetched from {found['source']}"
    return {**told, "result": None if found.get("test") else True, "changes": found["changes"], "comment": comment}


def sls_applied(
    name,
    mods=None,
    saltenv=None,
    pillar=None,
    pillar_key=None,
    exclude=None,
    timeout=None,
    id=None,
    grains=None,
    extra_filerefs=None,
    wait_for=None,
):
    """
    Ensure that states are applied inside a running container, which needs Python 3 and no Salt.

    ``changes`` have for each state that changed something what it changed. ``watch`` applies them once more. In a dry
    run the states are tried inside; where the container does not run yet, the comment says when they will be applied.

    name
        The container: CTID, name or UUID.

    mods
        Names of SLS files: a list, or text with commas. Left out, it is the highstate of the container.

    wait_for
        ``True``, or a mapping as the key ``wait_for`` of an entry has: what must be true of the container first.

    saltenv, pillar, pillar_key, exclude, timeout, id, grains, extra_filerefs
        As for the function :py:func:`openvz.sls`.

    .. code-block:: yaml

        '209':
          openvz.sls_applied:
            - mods: [nginx, users]
            - wait_for: {exec: true, limit: 60}
    """
    said = {"saltenv": saltenv, "pillar": pillar, "pillar_key": pillar_key, "exclude": exclude, "timeout": timeout}
    said |= {"id": id, "grains": grains, "extra_filerefs": extra_filerefs}
    ret = {"name": name, "result": True, "changes": {}, "comment": ""}
    try:
        if __opts__["test"] and _status(name) == "running" and __salt__["openvz.status"](name) != "running":
            return {**ret, "result": None, "comment": f"States inside container {name} come after it has started"}
        if wait_for not in (None, False) and not __opts__["test"]:
            __salt__["openvz.wait_for"](name, **(dict(wait_for) if isinstance(wait_for, dict) else {}))
        returns = __salt__["openvz.apply_states"](name, mods, **said, test=__opts__["test"])
        done = vzdomain.model.inside.of_returns(returns)
    except (*_ERRORS, ValueError) as err:
        return {**ret, "result": False, "comment": str(err)}
    changes = {str(name): dict(done.changed)} if done.changed else {}
    return {**ret, **_of_states(name, done), "changes": changes}


def _of_states(name, done):
    """Result and comment for what states inside a container did."""
    many = f"{done.count} state{'' if done.count == 1 else 's'} inside container {name}"
    if done.failed:
        why = "; ".join(f"{state}: {comment}" if comment else state for state, comment in done.failed.items())
        first = f"{len(done.failed)} of {many} failed" if done.count else f"States inside container {name} not compiled"
        return {"result": False, "comment": f"{first}: {why.removeprefix('not compiled: ')}"}
    if not done.changed:
        return {"result": True, "comment": f"{many}: nothing to do"}
    would = "would change" if __opts__["test"] else "changed"
    result = None if __opts__["test"] else True
    return {"result": result, "comment": f"{len(done.changed)} of {many} {would} something"}


def mod_watch(name, sfun="running", **kwargs):
    """
    Restart the container of a ``running`` state when what it watches has changed, and apply ``sls_applied`` once more.
    The other states have no more to do.

    Salt calls it for ``watch``; nobody writes it down.

    name
        CTID, name or UUID; with a document a label.

    sfun
        The state that watches.

    kwargs
        The arguments of that state.
    """
    report = _report(name)
    if sfun == "sls_applied":
        known = inspect.signature(sls_applied).parameters
        return sls_applied(name, **{key: value for key, value in kwargs.items() if key in known})
    if sfun != "running":
        return report.finished(f"Container {name} follows its declared state; watch adds nothing")
    try:
        container, ctid = _named(name, **{key: value for key, value in kwargs.items() if key in _DOCUMENT})
        if is_true(kwargs.get("protected")) or _info(ctid)["protected"]:
            report.warn(f"Container {container} is protected: it is not restarted.")
            return report.finished(f"Container {container} is left running")
        how = {name: kwargs[name] for name in ("snapshot", "keep") if name in kwargs}
        report.take(container, __salt__["openvz.restart"](ctid, **how, test=__opts__["test"]))
    except _ERRORS as err:
        return _failed(report, err)
    return report.finished()


def _of_many(name, function, nothing, **arguments):
    """The return of a state over many containers, from what an execution function says of each, or of none."""
    try:
        result = __salt__[function](**arguments, failhard=_failhard(), test=__opts__["test"])
    except _ERRORS as err:
        result = getattr(err, "info", None) or {}
        if "containers" not in result:
            return _failed(_report(name), err)
    return vzdomain.reports.states.of_many(name, result, nothing, __opts__["test"])


def _failhard():
    low = globals().get("__low__", {})
    return is_true(low.get("failhard", __opts__.get("failhard", False)))


def _report(name):
    return vzdomain.reports.states.Report(name, __opts__["test"])


def _failed(report, err):
    """The return of a state that was stopped by an error, with what was done before."""
    info = getattr(err, "info", None) or {}
    return report.failed(getattr(err, "error", None) or str(err), info.get("changes"))


def _define(report, *document, **how):
    """Make a container follow its document; returns its name and its CTID, since two may have one name."""
    names = (*_DOCUMENT, "adopt", "exact", "restart", "protected", "start")
    arguments = dict(zip(names, document, strict=False))  # a state that starts nothing says nothing of the last two
    result = __salt__["openvz.define"](**arguments, **how, allocate=not _parallel(), test=__opts__["test"])
    report.take(result["name"], result)
    return result["name"], result["ctid"]


def _named(name, xml=None, pillar_key=None, source=None, template=None, saltenv="base", strict=True):
    """
    What the container that a state means is called, and what functions know it by.

    It is the one that the document means, whatever it is called now, or that of the state's own name.
    """
    if (xml, pillar_key, source) == (None, None, None):
        return str(name), str(name)
    document = (xml, pillar_key, source, template, saltenv, strict)
    stated = __salt__["openvz.validate"](*document, schema=False, writable=False)["name"]
    ctid = __salt__["openvz.find"](*document, dry=__opts__["test"])
    return (stated, stated) if ctid is None else (next(iter(__salt__["openvz.info"](ctid, dry=__opts__["test"]))), ctid)


def _info(name):
    """What the execution module knows of one container, whatever it is called there."""
    return next(iter(__salt__["openvz.info"](name, dry=__opts__["test"]).values()))


def _status(name, wait=False):
    return __salt__["openvz.status"](name, dry=__opts__["test"], wait=wait)


def _refuse_foreign(name, adopt):
    info = _info(name)
    if not (is_true(adopt) or info["managed"]):
        copy = f" (its mark is that of {info['mark']}: the file is a copy)" if info["mark"] else ""
        raise CommandExecutionError(f"container {name} is not managed by Salt{copy}; adopt: True destroys it anyway")


def _warn_of_onboot(report, container, ctid):
    if _info(ctid)["onboot"] is False:
        report.warn(
            f"Container {container} does not start with the node: its onboot is no "
            f"(openvz.set {container} onboot=yes changes that)."
        )


def _parallel():
    return bool(globals().get("__low__", {}).get("parallel"))
