"""
Salt inside a container, without a minion there: what ``openvz.call``, ``openvz.sls`` and ``openvz.highstate`` do.

Loaded by ``openvz.py`` beside it, which gives it the library. Nothing is installed: the node's Salt goes in as a thin
and is kept by its hash; states are compiled on the node and run inside. All that is told to the container goes over the
standard input of one ``vzctl exec3``; all that comes back is looked at before it is believed.
"""

import hashlib
import json
import os
import threading
import time
from collections import namedtuple
from collections.abc import Mapping

import salt.fileclient
import salt.version
from salt.exceptions import CommandExecutionError, SaltException

vzdomain, compiling, carrying = (globals()[name] for name in ("vzdomain", "compiling", "carrying"))
InsideError = vzdomain.errors.InsideError

_COMPILING = threading.RLock()  # Salt's compiler is not made for two threads; a template may call a function
_TRIES = 3  # of a run, where the container's grains change meanwhile
_SENTENCE = 2000  # characters
_CALLING = 60  # seconds at most of a call in a template: all other containers wait to be compiled meanwhile
_UNUSED = 90 * 86400  # seconds after which the grains of a container that is gone are forgotten
_SOURCE = os.path.join(os.path.dirname(__file__), "_openvz_within.py")

Who = namedtuple("Who", "id grains")


class Inside:
    """
    Runs Salt in the containers of this node; several threads may use it.

    opts
        The options of the minion.

    door
        Makes the library's `Door` of a container.

    mine
        ``mine.get`` of the minion, for templates.
    """

    def __init__(self, opts, door, mine=None):
        self._opts, self._door = {name: opts[name] for name in opts}, door
        self._place = os.path.join(opts["cachedir"], "openvz")
        self._mine = mine or (lambda *args, **kwargs: {})

    def grains(self, container, how, timeout=None):
        """The grains of the container as they are now, with those that `how` adds."""
        value = self._asked(container, how, timeout, what="grains").value
        return self._noted(container, how, value)

    def call(self, container, how, function, args=(), kwargs=None, timeout=None, typed=True):
        """What one function returns inside, and its exit code; InsideError where it fails. `typed`: by a person."""
        job = {"what": "call", "fun": function, "typed": typed, "args": _plain(args), "kwargs": _plain(kwargs or {})}
        answer = self._asked(container, how, timeout, **job)
        if "return" not in answer.value:
            raise InsideError(_wrong(container, "an answer without a return"))
        return answer.value["return"], answer.retcode

    def states(self, container, how, test):
        """Apply the states of `how` inside, or with `test` say what they would change: a `StatesDone`."""
        try:
            return self._applied(container, how, test)
        except SaltException as err:
            raise InsideError(_sentence(f"container {_name(container)}: {err}")) from None

    def _applied(self, container, how, test):
        began, sent = time.monotonic(), 0
        grains, known = self._remembered(container, how) or (None, None)
        for _ in range(_TRIES):
            if grains is None:
                grains = self.grains(container, how, how.timeout)
                grains, known = self._remembered(container, how) or (grains, None)
            made, payload = self._compiled(container, how, grains, test)
            if made.chunks is None:
                return self._done(container, made.errors or made.returns, began, sent)
            job = {"what": "states", "chunks": _plain(made.chunks), "test": bool(test), "known": known}
            answer = self._asked(container, how, how.timeout, payload, exclusive=True, **job)
            sent += answer.sent
            if "return" in answer.value:
                return self._done(container, answer.value["return"], began, sent)
            grains = self._noted(container, how, answer.value)
            known = answer.value["known"]
        raise InsideError(
            f"the grains of container {_name(container)} are others each time they are asked for, so its states are "
            "never those that it should have; look at openvz.inside_grains"
        )

    def _done(self, container, returns, began, sent):
        try:
            return vzdomain.model.inside.of_returns(returns, round(time.monotonic() - began, 3), sent)
        except ValueError as err:
            raise InsideError(_wrong(container, err)) from None

    def _compiled(self, container, how, grains, test):
        """What is to run, and the archive of files for it."""
        remote = self._remote(container, how)
        with _COMPILING, salt.fileclient.get_file_client(dict(self._opts)) as client:
            who = Who(_id(container, how), grains)
            made = compiling.compiled(self._opts, client, who, how, test, remote, self._mine)
            if made.chunks is None:
                return made, None
            extra = [*how.extra_filerefs, *_split(self._opts.get("extra_filerefs"))]
            cargo = carrying.Cargo(client)
            cargo.custom(_envs(how, made.chunks))
            cargo.referred(made.chunks, extra)
            return made, cargo.payload

    def _remote(self, container, how):
        """How templates call functions inside; without arguments, whether there is that function."""

        limit = min(how.timeout or _CALLING, _CALLING)

        def remote(function, args, kwargs):
            try:
                if args is None:
                    return self._asked(container, how, limit, what="has", fun=function).value.get("return") is True
                return self.call(container, how, function, args, kwargs, limit, typed=False)[0]
            except vzdomain.errors.OpenVZError as err:
                raise CommandExecutionError(str(err)) from None

        return remote

    def _asked(self, container, how, timeout, payload=None, **job):
        """The answer of the program inside; it has a `value` that is a mapping."""
        if payload is None and job["what"] != "states":
            payload = self._custom(how)
        job |= {"id": _id(container, how), "pillar": _plain(how.pillar), "grains": _plain(how.grains)}
        job["opts"] = _plain({name: self._opts[name] for name in compiling.GOES_INSIDE if name in self._opts})
        door, deposit = self._door(container), self._deposit()
        answer = door.run(_program(), job, payload=payload, deposit=deposit, timeout=timeout)
        value = answer.value
        if not isinstance(value, Mapping):
            raise InsideError(_wrong(container, "no mapping"))
        if "broken" in value:
            raise InsideError(_does_not_start(container, value))
        if "error" in value:
            raise InsideError(f"container {_name(container)}: {_sentence(value['error'])}")
        return answer

    def _custom(self, how):
        with _COMPILING, salt.fileclient.get_file_client(dict(self._opts)) as client:
            cargo = carrying.Cargo(client)
            cargo.custom(_envs(how))
            return cargo.payload

    def _deposit(self):
        extra, so = (self._opts.get(name) or "" for name in ("thin_extra_mods", "thin_so_mods"))
        path, digest = carrying.thin(self._place, extra, so)
        return vzdomain.execution.inside.door.Deposit("thin", digest, path)

    # grains

    def _remembered(self, container, how):
        """The grains of the last run and their fingerprint, ``None`` if there was none with this id."""
        try:
            with open(self._grains_file(container), encoding="utf-8") as stream:
                note = json.load(stream)
            if note["for"] == _fingerprint(container, how):
                return _of_grains(note["grains"]), str(note["known"])
        except (OSError, ValueError, LookupError, TypeError):
            pass
        return None

    def _noted(self, container, how, value):
        try:
            grains, known = _of_grains(value["grains"]), value["known"]
        except (LookupError, ValueError):
            raise InsideError(_wrong(container, "no grains")) from None
        path = self._grains_file(container)
        carrying.write(path, {"for": _fingerprint(container, how), "grains": grains, "known": str(known)[:64]})
        return grains

    def _grains_file(self, container):
        return os.path.join(self._place, "grains", f"{container.ctid}.json")


def _program():
    with open(_SOURCE, encoding="utf-8") as stream:
        return stream.read()


def _id(container, how):
    return how.id or _name(container)


def _name(container):
    return container.domain.name or str(container.ctid)


def _envs(how, chunks=()):
    """The environments whose custom modules count, the weakest first."""
    envs = dict.fromkeys(["base", how.saltenv or "base", *(str(chunk.get("__env__") or "base") for chunk in chunks)])
    return list(envs)


def _fingerprint(container, how):
    words = json.dumps([str(container.ctid), _id(container, how), _plain(how.grains)], sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()


def _split(value):
    return value.split(",") if isinstance(value, str) else list(value or ())


def _of_grains(found):
    """Grains for templates: text in one line, since a line more would be a line of a template's YAML."""
    if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
        raise ValueError("no grains")
    return {name: _one_line(value) for name, value in found.items()}


def _one_line(value):
    if isinstance(value, str):
        lines = value.splitlines()  # at U+2028 too, where YAML breaks lines as well
        return " ".join(lines) if len(lines) > 1 else value.rstrip("\r\n")
    if isinstance(value, Mapping):
        return {_one_line(str(key)): _one_line(one) for key, one in value.items()}
    return [_one_line(one) for one in value] if isinstance(value, list) else value


def _plain(value, path=""):
    """What JSON can say; ArgumentError names what it cannot, never the value."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(one, f"{path}:{key}") for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one, f"{path}[{number}]") for number, one in enumerate(value)]
    where = f" at {path.strip(':')}" if path else ""
    raise vzdomain.errors.ArgumentError(f"only text, numbers, lists and mappings can be sent into a container{where}")


def _wrong(container, what):
    return (
        f"what container {_name(container)} answered makes no sense ({what}): nothing of it is used; is python3 inside "
        "the container what it should be?"
    )


def _does_not_start(container, value):
    python = ".".join(str(one) for one in value["python"]) if isinstance(value.get("python"), list) else "that version"
    return (
        f"Salt {salt.version.__version__} of the node does not start with Python {_sentence(python)} of "
        f"container {_name(container)} ({_sentence(value['broken'])}); install a newer "
        "one inside, and name it as openvz:inside_python"
    )


def _sentence(text):
    return vzdomain.errors.shown(str(text)[:_SENTENCE])
