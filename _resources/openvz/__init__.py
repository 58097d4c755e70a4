"""
Containers as targets of Salt: the resource type ``openvz``
===========================================================

For Salt 3008 and newer; older ones do not look here. Nothing happens before the pillar of a node asks for it::

    resources:
      openvz:
        running: true      # only those that run; default: all
        only: [web*]       # patterns of ids; default: all

Then ``salt -C 'T@openvz:web01' test.ping`` reaches container web01 of whatever node has it. Functions run inside, by
``openvz.call`` and its like of the execution module; the container needs Python 3 and no Salt. A container's id is the
label of its entry in ``openvz:domains``, else its name, else its CTID.
"""

import json
import logging
import os
import time

import salt.loader
import salt.utils.args
import salt.utils.atomicfile
import salt.utils.data
import salt.utils.files
from salt.exceptions import CommandExecutionError, SaltException

try:
    import vzdomain  # synced: Salt puts <extension_modules>/utils on sys.path while it loads this file

    vzdomain = vzdomain.current()
except ImportError:
    from saltext.openvz.utils import vzdomain  # pip

log = logging.getLogger(__name__)

_KEPT = "openvz.resources"
_AGE = 30  # seconds that what the node has is remembered: Salt asks for the grains of one after the other


def __virtual__():
    return "openvz"


def init(opts):
    """
    Begin; there is nothing to connect to.

    opts
        The options of the minion.
    """
    __context__[_KEPT] = {}


def initialized():
    """Return whether `init` was called."""
    return _KEPT in __context__


def discover(opts):
    """
    Return the ids of the containers of this node, those that the pillar key ``resources:openvz`` wants.

    Salt asks when the minion starts and at each ``saltutil.refresh_pillar``, so new containers are targets after that.

    opts
        The options of the minion, with its pillar and grains.
    """
    wanted, kept = _wanted(opts), os.path.join(opts["cachedir"], "openvz/targets.json")
    functions = salt.loader.minion_mods(opts)
    try:
        targets = _targets(functions, opts["id"])
        if salt.utils.data.is_true(wanted.get("running", False)):
            running = {str(one["ctid"]) for one in functions["openvz.list"](status="running").values()}
            targets = {name: ctid for name, ctid in targets.items() if ctid in running}
        found = sorted(targets)
    except SaltException as err:
        log.error("The containers of this node cannot be asked for, so Salt's targets stay as they are: %s", err)
        return vzdomain.execution.inside.targets.chosen(_remembered(kept), _patterns(wanted))
    _remember(kept, found)
    return vzdomain.execution.inside.targets.chosen(found, _patterns(wanted))


def grains():
    """Return what the node knows of the container, without going inside: those by which ``salt -G`` finds it."""
    name = __resource__["id"]
    found = {"id": name, "virtual": "openvz", "openvz_node": __opts__["id"]}
    try:
        one = _known().get(name) or {}
    except SaltException as err:
        log.warning("Nothing is known of container %s: %s", name, err)
        return found
    said = {f"openvz_{key}": one.get(key) for key in ("ctid", "name", "status", "template", "managed")}
    addresses = [word.partition("/")[0] for word in one.get("addresses") or ()]
    said |= {"host": one.get("hostname"), "ipv4": [word for word in addresses if ":" not in word]}
    said["ipv6"] = [word for word in addresses if ":" in word]
    return {**found, **{key: value for key, value in said.items() if value not in (None, "", [])}}


def grains_refresh():
    """Return the grains, asked anew."""
    __context__.pop(_KEPT, None)
    return grains()


def ping():
    """Return whether a command can be run in the container."""
    try:
        return __salt__["openvz.exec"](ctid_of(__resource__["id"]), "true", timeout=30)["retcode"] == 0
    except SaltException as err:
        log.warning("Container %s does not answer: %s", __resource__["id"], err)
        return False


def shutdown(opts):
    """
    End; nothing was connected to.

    opts
        The options of the minion.
    """
    __context__.pop(_KEPT, None)


def call(function, *args, **kwargs):
    """
    Return what a function of the execution module ``openvz`` returns for the container of this job.

    function
        Its name without ``openvz.``: ``call``, ``exec``, ``sls``.

    args, kwargs
        What it takes after the name of the container.
    """
    asked = __salt__[f"openvz.{function}"]
    context = asked.loader.pack["__context__"]  # not ours: where the minion's functions leave their exit codes
    context.pop("retcode", None)
    found = asked(ctid_of(__resource__["id"]), *args, **salt.utils.args.clean_kwargs(**kwargs))
    __context__["retcode"] = context.get("retcode", 0)
    return found


def ctid_of(name):
    """
    Return the CTID of the container that is this target.

    name
        An id that `discover` has returned.

    Raises CommandExecutionError where the node has no such container any more.
    """
    found = _targets(__salt__, __opts__["id"])  # asked anew: a CTID may be another container's by now
    if name not in found:
        raise CommandExecutionError(f"this node has no container {name}; saltutil.refresh_pillar tells Salt so")
    return found[name]


def _known():
    """Id -> what ``openvz.list`` has of it; Salt asks for the grains of one after the other."""
    kept = __context__.get(_KEPT) or {}
    if kept.get("until", 0) < time.monotonic():
        listed = {str(one["ctid"]): {**one, "name": label} for label, one in __salt__["openvz.list"]().items()}
        targets = _targets(__salt__, __opts__["id"])
        kept = {"listed": {name: listed.get(ctid) for name, ctid in targets.items()}, "until": time.monotonic() + _AGE}
        __context__[_KEPT] = kept
    return kept["listed"]


def _wanted(opts):
    key = opts.get("resource_pillar_key") or "resources"
    said = ((opts.get("pillar") or {}).get(key) or {}).get("openvz")
    return said if isinstance(said, dict) else {}


def _patterns(wanted):
    only = wanted.get("only")
    return [only] if isinstance(only, str) else None if only is None else [str(one) for one in only]


def _targets(functions, minion):
    return vzdomain.execution.inside.targets.targets(functions["openvz.node_info"](), minion)


def _remember(path, ids):
    """What is there now, for a time when the node cannot be asked."""
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with salt.utils.atomicfile.atomic_open(path, "w") as stream:
            stream.write(json.dumps(ids))
    except OSError as err:
        log.warning("%s cannot be written: %s", path, err)


def _remembered(path):
    try:
        with salt.utils.files.fopen(path) as stream:
            found = json.loads(stream.read())
    except (OSError, ValueError):
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
