"""
Tell the master what has happened to the containers of this node
================================================================

.. code-block:: yaml

    beacons:
      openvz:
        - interval: 300
        - drift: true
        - stopped: true
        - failcnt: true
        - thresholds:
            memory: 90
            disk: 90
            inodes: 90
            load: 8

Each of the first three is on unless it is set to false. ``thresholds`` are looked at if there are any: percent of the
limit for ``memory``, ``disk`` and ``inodes``, and the load average of 5 minutes for ``load``. ``interval`` is Salt's
own: seconds between two looks. ``key`` is the path of the containers in the pillar, where it is not
``openvz:domains``. The events:

``salt/beacon/<minion>/openvz/drift``
    Drift has appeared, changed or gone: ``label``, ``ctid``, ``status`` (``in sync`` when it is gone), ``was``,
    ``fields`` as ``openvz.drift`` has them.
``salt/beacon/<minion>/openvz/stopped``
    A container whose entry says ``state: running`` does not run: ``label``, ``ctid``, ``status``.
``salt/beacon/<minion>/openvz/failcnt``
    The kernel has refused a running container something: ``ctid``, and ``resources`` with ``by`` and ``failcnt``.
``salt/beacon/<minion>/openvz/usage``
    A container has reached a threshold (``over: true``), or has been back below nine tenths of it (``over: false``):
    ``label``, ``ctid``, ``what``, ``value``, ``threshold``. One that stops is forgotten without an event.
``salt/beacon/<minion>/openvz/error``
    The node could not be asked: ``asked``, ``error``.

An event comes when something has changed since the last look, an error once until asking works again. What differs of
a running container that changes during a look is told by the next one. Nothing is told of a container that is being
moved to another node, or here. After a start of the minion drift and stopped containers are news again; counters are
compared from the second look on. Each look runs what ``openvz.drift`` and ``openvz.list`` run, one vzlist for the
counters, and ``openvz.stats`` if there are thresholds.
"""

import logging
import os
from collections.abc import Mapping

import salt.utils.beacons
from salt.exceptions import CommandExecutionError, SaltException

try:
    import vzdomain  # synced: Salt puts <extension_modules>/utils on sys.path while it loads this file

    vzdomain = vzdomain.current()
except ImportError:
    from saltext.openvz.utils import vzdomain  # pip

log = logging.getLogger(__name__)

__virtualname__ = "openvz"

_LOOKS = ("drift", "stopped", "failcnt")
_SALTS = {"interval", "enabled", "disable_during_state_run", "beacon_module", "run_once"}
_IN_SYNC = vzdomain.reports.selection.IN_SYNC
_thresholds = vzdomain.reports.usage.thresholds
_QUIET = (_IN_SYNC, vzdomain.reports.selection.UNMANAGED)
_RUNNING, _ABSENT = vzdomain.document.entries.RUNNING, vzdomain.document.entries.ABSENT
_LXML, _OTHER = "lxml", "other"  # why something could not be asked, as it is remembered
_TIMEOUT = 60  # seconds for one vzlist: other beacons wait for this one


def __virtual__():
    return __virtualname__


def validate(config):
    """
    Return whether the configuration of the beacon can be used, and a sentence.

    config
        A list of dictionaries of one option each.
    """
    if not isinstance(config, list) or not all(isinstance(one, Mapping) for one in config):
        return False, "Configuration for openvz beacon must be a list of dictionaries."
    options = salt.utils.beacons.list_to_dict(config)
    for name, value in options.items():
        if name in _LOOKS and not isinstance(value, bool):
            return False, f"Configuration for openvz beacon: {name} must be true or false."
        if name == "key" and not (isinstance(value, str) and value):
            return False, "Configuration for openvz beacon: key must be a path in the pillar."
        if name == "thresholds":
            problem = _thresholds.problem(value) if isinstance(value, Mapping) else "thresholds must be a mapping"
            if problem:
                return False, f"Configuration for openvz beacon: {problem}."
        if name not in (*_LOOKS, "key", "thresholds", *_SALTS) and not str(name).startswith("_"):
            return False, f"Configuration for openvz beacon: there is no option {name}."
    return True, "Valid beacon configuration"


def beacon(config):
    """
    Look at the node once and return the events, empty where nothing has changed since the last look.

    config
        As :py:func:`validate` wants it.
    """
    options = salt.utils.beacons.list_to_dict(config)
    name = options.get("_beacon_name", "openvz")
    place = f"openvz.beacon.{name}"
    if place not in __context__:  # every refresh begins a new one
        __context__[place] = vzdomain.reports.memory.Memory(os.path.join(__opts__["cachedir"], "openvz"), name)
    return _Look(__context__[place], options).events()


class _Look:
    """One look at the node; `memory` is what is kept until the next one."""

    def __init__(self, memory, options):
        self.memory, self.options = memory, options
        self._answers, self._errors, self._refreshed = {}, {}, False

    def events(self):
        """The news. They are remembered as told before Salt gets them: rather once too little than again and again."""
        looks = {"drift": self._drift, "stopped": self._stopped, "failcnt": self._failcnt}
        found = [event for name in _LOOKS if self.options.get(name, True) for event in looks[name]()]
        found += self._usage() if self.options.get("thresholds") else ()
        before = self.memory["errors"]
        self.memory["errors"] = {name: _code(err) for name, err in self._errors.items()}
        self.memory.save()
        errors = [(asked, str(err)) for asked, err in self._errors.items() if asked not in before]
        return found + [{"tag": "error", "asked": asked, "error": error} for asked, error in errors]

    def _asked(self, name, ask):
        """An answer, ``None`` where there is none; each thing is asked once."""
        if name not in self._answers:
            try:
                self._answers[name] = ask()
            except (SaltException, vzdomain.errors.OpenVZError) as err:
                self._answers[name], self._errors[name] = None, err
        return self._answers[name]

    def _drift(self):
        """What differs otherwise than at the last look; nothing is forgotten where nothing could be asked."""
        reports = self._asked("openvz.drift", self._ask_drift)
        if reports is None:
            return
        before, now = self.memory["drift"], {}
        for label, one in reports.items():
            if one.get("moving"):
                now |= {label: before[label]} if label in before else {}
            elif one["status"] not in _QUIET:
                now[label] = [one["status"], vzdomain.reports.memory.digest(one.get("fields") or {})]
        self.memory["drift"] = now
        for label in sorted({*before, *now}):
            if before.get(label) != now.get(label):
                was = before[label][0] if label in before else _IN_SYNC
                yield self._drifted(label, was, label in now, reports.get(label) or {})

    def _drifted(self, label, was, is_drifted, report):
        event = {
            "tag": "drift",
            "label": label,
            "ctid": report.get("ctid"),
            "status": report.get("status", _IN_SYNC),
        }
        event |= {"was": was, "fields": (report.get("fields") or {}) if is_drifted else {}}
        return {**event, "error": report["error"]} if report.get("error") else event

    def _stopped(self):
        """Containers that should run and do not, and did at the last look."""
        drift = self._asked("openvz.drift", self._ask_drift)
        listed = self._asked("openvz.list", self._ask_list)
        if drift is None or listed is None:
            return
        statuses = {one["ctid"]: one["status"] for one in listed.values()}
        ctids = {label: (drift.get(label) or {}).get("ctid") for label in self._should_run()}
        now = {label: [ctid, statuses.get(ctid, _ABSENT)] for label, ctid in ctids.items()}
        now = {label: one for label, one in now.items() if one[1] != _RUNNING}
        before = self.memory["stopped"]
        moving = {label for label in now if (drift.get(label) or {}).get("status") == vzdomain.reports.selection.MOVING}
        now = {label: one for label, one in now.items() if label not in moving}
        self.memory["stopped"] = now | {label: one for label, one in before.items() if label in moving}
        for label, (ctid, status) in now.items():
            if before.get(label) != [ctid, status]:
                yield {"tag": "stopped", "label": label, "ctid": ctid, "status": status}

    def _failcnt(self):
        """Counters that grew since the last look; a restart of the container resets them. Zeros are not kept."""
        now = self._asked("vzlist", self._ask_counters)
        if now is None:
            return
        before = self.memory["failcnt"]
        self.memory["failcnt"] = {str(ctid): {name: n for name, n in one.items() if n} for ctid, one in now.items()}
        for ctid, counters in now.items():
            old = before.get(str(ctid), counters)
            counts = ((name, count, count - old.get(name, 0)) for name, count in counters.items())
            grown = {name: (count, by) for name, count, by in counts if by > 0}
            if grown:
                resources = {name: {"failcnt": count, "by": by} for name, (count, by) in grown.items()}
                yield {"tag": "failcnt", "ctid": ctid.data, "resources": resources}

    def _usage(self):
        """Which containers have come over a threshold, or below it; nothing is forgotten where nothing was said."""
        rows = self._asked("openvz.stats", lambda: self._call("openvz.stats"))
        if rows is None:
            return []
        events, over = _thresholds.crossed(rows, self.options["thresholds"], self.memory["usage"])
        self.memory["usage"] = over
        return [{"tag": "usage", **event} for event in events]

    def _ask_drift(self):
        return self._call("openvz.drift", **({"key": self.options["key"]} if "key" in self.options else {}))

    def _ask_list(self):
        return self._call("openvz.list")

    def _call(self, function, **kwargs):
        """What an execution function says; one that is not there is an error like others."""
        if function in __salt__:
            return __salt__[function](**kwargs)
        reason = vzdomain.document.etree.problem()
        if reason:
            raise vzdomain.errors.LxmlMissingError(reason)
        if not self._refreshed and self.memory["errors"].get(function) == _LXML:
            self._refreshed = True
            __salt__["saltutil.refresh_modules"]()  # Salt has remembered that the module refused to load without it
        raise CommandExecutionError(f"{function} is not available on this minion")

    def _should_run(self):
        """The labels of the entries that say so. config.get gives the pillar unmasked, in Salt 3008 too."""
        containers = __salt__["config.get"](self.options.get("key", vzdomain.document.sources.CONTAINERS), {})
        entries = containers.items() if isinstance(containers, Mapping) else ()
        running = [label for label, one in entries if isinstance(one, Mapping) and one.get("state") == _RUNNING]
        return [vzdomain.errors.shown(str(label)) for label in running]  # as openvz.drift calls them

    def _ask_counters(self):
        """``{101: {"numproc": 0, ...}}`` of the running containers, by one vzlist."""
        return vzdomain.host.kernel.runtime.failcounts(vzdomain.execution.setup.asking(_settings(), _TIMEOUT))


def _code(err):
    """Why something could not be asked; a function of the module tells of a library's error by its cause."""
    missing = vzdomain.errors.LxmlMissingError
    return _LXML if isinstance(err, missing) or isinstance(err.__cause__, missing) else _OTHER


def _settings():
    """What pillar and minion configuration say. config.get gives the pillar unmasked, in Salt 3008 too."""
    configured = __salt__["config.get"](vzdomain.settings.KEY, None, omit_opts=True, omit_grains=True)
    return vzdomain.settings.Settings({vzdomain.settings.KEY: configured}, __opts__)
