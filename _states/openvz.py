"""
Keep OpenVZ containers as their domain documents say
====================================================

A document is given as text (``xml``), by its place in the pillar (``pillar_key``) or as a file of the master
(``source``). With a document its ``<name>`` says which container is meant and the state's id is a label; without one
the id is the container: CTID, name or UUID.

What a document does not say is left alone. Lists it names (addresses, interfaces, devices handed in) belong to it:
what it does not list is removed. A container that Salt did not make is compared, and changed only with
``adopt: True``. Nothing is ever destroyed in order to change it.

.. code-block:: yaml

    web01:
      openvz.running:
        - pillar_key: openvz:containers:web01:xml
"""

from salt.exceptions import CommandExecutionError, SaltInvocationError
from salt.utils.data import is_true

__virtualname__ = "openvz"

_ERRORS = (CommandExecutionError, SaltInvocationError)
_DOCUMENT = ("xml", "pillar_key", "source", "template", "saltenv", "strict")


def __virtual__():
    if "openvz.define" not in __salt__:
        return False, "The openvz state module needs the openvz execution module (is lxml installed?)"
    return __virtualname__


def mod_init(low):
    """Let one run of states read the node once."""
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
        ``False``: an element that is not understood is a warning instead of an error.

    adopt
        Take over a container that Salt did not make.

    exact
        Lists that the document does not name at all are emptied too.

    restart
        Restart a running container where a change needs it. Without it the comment says what waits for a restart.

    .. code-block:: yaml

        web01:
          openvz.defined:
            - source: salt://containers/web01.xml
            - template: jinja
    """
    report = _Report(name)
    try:
        _define(report, xml, pillar_key, source, template, saltenv, strict, adopt, exact, restart)
    except _ERRORS as err:
        return report.failed(err)
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
):
    """
    Ensure that a container runs; a suspended one goes on. With a document, first that it follows it (``defined``).

    ``watch`` restarts a container that ran before. Whether it starts with the node (onboot) is not touched; a warning
    says when it does not.

    protected
        ``True``: nothing restarts it, neither a watched change nor ``restart``; a warning says so.

    The other parameters are those of :py:func:`openvz.defined`.

    .. code-block:: yaml

        '209':
          openvz.running: []
    """
    report = _Report(name)
    try:
        container = str(name)
        if (xml, pillar_key, source) != (None, None, None):
            document = (xml, pillar_key, source, template, saltenv, strict)
            container = _define(report, *document, adopt, exact, restart, protected)
        report.take(container, __salt__["openvz.start"](container, test=__opts__["test"]), "started")
        _warn_of_onboot(report, container)
    except _ERRORS as err:
        return report.failed(err)
    return report.finished()


def stopped(name, xml=None, pillar_key=None, source=None, template=None, saltenv="base", strict=True, fast=False):
    """
    Ensure that a container does not run. A mounted or suspended one satisfies this; the comment says which.

    name
        CTID, name or UUID; with a document a label.

    xml, pillar_key, source, template, saltenv, strict
        A document, of which nothing but the container it names is used. Its parameters are those of
        :py:func:`openvz.defined`.

    fast
        Kill it instead of waiting for it to halt.

    .. code-block:: yaml

        '209':
          openvz.stopped: []
    """
    report = _Report(name)
    try:
        container = _named(name, xml, pillar_key, source, template, saltenv, strict)
        report.take(container, __salt__["openvz.stop"](container, fast=fast, test=__opts__["test"]), "stopped")
        if not report.changes:
            return report.finished(f"Container {container} is {_status(container)}")
    except _ERRORS as err:
        return report.failed(err)
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

    vzctl keeps its configuration as ``CTID.conf.destroyed``, and ``changes`` hold its document: a way back to an empty
    container like it, not to its files.

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
    report = _Report(name)
    try:
        container = _named(name, xml, pillar_key, source, template, saltenv, strict)
        if _status(container) == "absent":
            return report.finished(f"Container {container} is absent")
        _refuse_foreign(container, adopt)
        result = __salt__["openvz.destroy"](container, force=force, test=__opts__["test"])
        result["changes"]["xml"] = {"old": result["xml"], "new": None}
        report.take(container, result, "destroyed")
    except _ERRORS as err:
        return report.failed(err)
    return report.finished()


def mod_watch(name, sfun="running", **kwargs):
    """
    Restart the container of a ``running`` state when what it watches has changed. The other states have no more to do.
    """
    report = _Report(name)
    if sfun != "running":
        return report.finished(f"Container {name} follows its state; a watch has nothing to add")
    try:
        container = _named(name, **{key: value for key, value in kwargs.items() if key in _DOCUMENT})
        if is_true(kwargs.get("protected")) or _info(container)["protected"]:
            report.warn(f"Container {container} is protected: it is not restarted.")
            return report.finished(f"Container {container} is left running")
        report.take(container, __salt__["openvz.restart"](container, test=__opts__["test"]), "restarted")
    except _ERRORS as err:
        return report.failed(err)
    return report.finished()


class _Report:
    """The return of a state while it is made: only what has happened, or in a dry run would happen, gets in."""

    def __init__(self, name):
        self.name, self.label = name, str(name)
        self.changes, self.warnings, self.deeds, self.pending = {}, [], [], []

    def take(self, container, result, deed):
        """Add what an execution function returned."""
        self.label = container
        for warning in result["warnings"]:
            self.warn(warning if warning.endswith(".") else f"{warning}.")  # Salt joins them with blanks
        self.pending = result.get("pending", self.pending)
        if result["ctid"] and str(result["ctid"]) != container:
            self.label = f"{container} (CTID {result['ctid']})"
        if result["changes"]:
            self.changes.setdefault(container, {}).update(result["changes"])
            self.deeds.append(deed)

    def warn(self, warning):
        if warning not in self.warnings:
            self.warnings.append(warning)

    def finished(self, comment=None):
        """The return of a state that came to its end."""
        waits = f"; {', '.join(self.pending)} pending until it is restarted" if self.pending else ""
        if not self.deeds:
            return self._ret(True, (comment or f"Container {self.label} is in the declared state") + waits)
        deeds = " and ".join(self.deeds)
        if __opts__["test"]:
            return self._ret(None, f"Container {self.label} would be {deeds}{waits}")
        return self._ret(True, f"Container {self.label} was {deeds}{waits}")

    def failed(self, err):
        """The return of a state that was stopped by an error."""
        info = getattr(err, "info", None) or {}
        for container, changes in info.get("changes", {}).items():
            self.changes.setdefault(container, {}).update(changes)
        return self._ret(False, getattr(err, "error", None) or str(err))

    def _ret(self, result, comment):
        for changes in self.changes.values():
            changes["diff"] = _diff(changes)
        ret = {"name": self.name, "result": result, "changes": self.changes, "comment": comment}
        return {**ret, "warnings": self.warnings} if self.warnings else ret


def _define(report, *document):
    """Make a container follow its document; returns its name."""
    names = ("xml", "pillar_key", "source", "template", "saltenv", "strict", "adopt", "exact", "restart", "protected")
    arguments = dict(zip(names, document, strict=False))  # a state that cannot be protected says nothing of it
    result = __salt__["openvz.define"](**arguments, allocate=not _parallel(), test=__opts__["test"])
    fields = [name for name in result["changes"] if name not in ("container", "status")]
    deeds = [f"updated ({', '.join(fields)})"] if fields else []
    deeds = ["created"] if "container" in result["changes"] else deeds
    deeds += ["restarted"] if "status" in result["changes"] else []
    report.take(result["name"], result, " and ".join(deeds))
    return result["name"]


def _named(name, xml=None, pillar_key=None, source=None, template=None, saltenv="base", strict=True):
    """The container that a state means: the one its document means, whatever it is called now, or its own name's."""
    if (xml, pillar_key, source) == (None, None, None):
        return str(name)
    document = (xml, pillar_key, source, template, saltenv, strict)
    said = __salt__["openvz.validate"](*document, schema=False, writable=False)["name"]
    ctid = __salt__["openvz.find"](*document, dry=__opts__["test"])
    return said if ctid is None else next(iter(__salt__["openvz.info"](ctid, dry=__opts__["test"])))


def _info(name):
    """What the execution module knows of one container, whatever it is called there."""
    return next(iter(__salt__["openvz.info"](name, dry=__opts__["test"]).values()))


def _status(name):
    return __salt__["openvz.status"](name, dry=__opts__["test"])


def _refuse_foreign(name, adopt):
    if not (is_true(adopt) or _info(name)["managed"]):
        raise CommandExecutionError(f"container {name} is not managed by Salt; adopt: True destroys it all the same")


def _warn_of_onboot(report, container):
    if _info(container)["onboot"] is False:
        report.warn(
            f"Container {container} does not start with the node: its onboot is no "
            f"(openvz.set {container} onboot=yes changes that)."
        )


def _parallel():
    return bool(globals().get("__low__", {}).get("parallel"))


def _diff(changes):
    """The changes as text: ``-memory: 256 MiB`` and ``+memory: 512 MiB``."""
    lines = []
    for field, change in changes.items():
        if field in ("diff", "xml"):
            continue
        lines += [
            f"{sign}{field}: {_text(change[side])}"
            for sign, side in (("-", "old"), ("+", "new"))
            if change[side] is not None
        ]
    return "\n".join(lines) + "\n"


def _text(value):
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return (", ".join(map(str, value)) or "none") if isinstance(value, (list, tuple)) else str(value)
