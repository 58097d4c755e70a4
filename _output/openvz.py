"""
Show what the ``openvz`` functions return, for a terminal of 80 columns
=======================================================================

The functions of the module ``openvz`` that return more than a word, and all functions of the runner ``openvz``, ask
for this outputter. ``--out=json`` gives the data instead. What is none of these, an error say, is shown by Salt's
``nested``. It is needed where the command line is: on the master (``salt-run saltutil.sync_output``), and on minions
for ``salt-call``; where it is missing Salt logs an error and uses ``nested`` too.

No line is longer than 80 columns, except for a word that cannot be cut: people copy commands and paths. Control
characters, and those that turn the direction of writing, are replaced, so that they cannot drive the terminal; of a
text of more than 2,000 characters the beginning is shown. A minion whose answer makes no sense is one line.
"""

import importlib.util
import os
from collections.abc import Mapping

__virtualname__ = "openvz"


def _beside(name, **known):
    """
    The module in a file beside this one, which finds `known` among its names.

    Salt 3008 loads no outputter that is a package, and has the library on no path of theirs. An ordinary import would
    keep the old file after a sync.
    """
    path = os.path.join(os.path.dirname(__file__), f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"{__name__}{name}", path)
    module = importlib.util.module_from_spec(spec)
    vars(module).update(known)
    spec.loader.exec_module(module)
    return module


tty = _beside("_openvz_tty")
node = _beside("_openvz_node", tty=tty)
usage = _beside("_openvz_usage", tty=tty)
fleet = _beside("_openvz_fleet", tty=tty, node=node)

_ODD = "an answer that cannot be read"


def __virtual__():
    return __virtualname__


def output(data, **kwargs):
    """
    Return the text for what minions returned, or for what the runner did.

    data
        ``{minion: return}``, or the data of a function of the runner.

    kwargs
        What Salt passes to every outputter; passed on to ``nested``.

    CLI Example:

    .. code-block:: bash

        salt '*' openvz.drift
        salt '*' openvz.plan --out=openvz
    """
    if _is_state_run(data):
        return __salt__["highstate"](data, **kwargs)
    lines = _tried(_whole, data)
    if lines is None:
        return __salt__["nested"](tty.cleaned(data), **kwargs)
    return "\n".join(lines) + "\n"


def _tried(show, *args):
    """What `show` makes of an answer, ``None`` where it looks like ours and is not: a minion may say anything."""
    try:
        return show(*args)
    except Exception:
        return None


def _whole(data):
    """The lines for all that is to be shown; ``None`` for what only ``nested`` can show."""
    if not isinstance(data, Mapping):
        return None
    show = _shape(data, _OF_RUNNER)
    if show:
        return show(data)
    blocks = [(minion, _tried(_return, ret)) for minion, ret in data.items()]
    if all(block is None for _, block in blocks):
        return None
    return [
        line for (minion, block), ret in zip(blocks, data.values(), strict=True) for line in _below(minion, block, ret)
    ]


def _below(minion, block, ret=None):
    """The lines of one minion; one whose answer cannot be read is one line, or its own words."""
    if block is None:
        texts = tty.cut(ret).split("\n") if isinstance(ret, str) else [_ODD]
        block = [line for text in texts for line in tty.wrapped(text)]
    return [f"{tty.plain(minion)}:", *(tty.indented(line) for line in block)]


def _return(ret):
    """The lines for what one minion returned, or ``None``."""
    show = _shape(ret, _OF_NODE)
    return show(ret) if show else None


def _fleet(data):
    """Nodes that gave no answer first, then those that did, in their order; those with nothing to show in one line."""
    lines, idle = [], []
    for name, error in data["errors"].items():
        lines += _below(name, tty.wrapped(error))
    blocks = [(name, ret, _tried(_return, ret)) for name, ret in data["nodes"].items()]
    if blocks and not lines and all(block is None for _, _, block in blocks):
        return None
    for name, ret, block in blocks:
        if isinstance(ret, Mapping) and not ret:
            idle.append(tty.plain(name))
        else:
            lines += _below(name, block)
    lines += tty.wrapped(f"no containers to show: {', '.join(idle)}", indent=0) if idle else []
    return lines or ["no node was asked"]


# which return is shown how


def _shape(ret, shapes):
    """What shows a return: that of the first shape that it has, ``None`` where it has none."""
    return next((show for fits, show in shapes if fits(ret)), None)


def _has(**kinds):
    """A mapping with these keys, and values of these kinds."""
    return lambda ret: (
        isinstance(ret, Mapping) and all(key in ret and isinstance(ret[key], kind) for key, kind in kinds.items())
    )


def _all(kind, *keys, any_of=()):
    """A mapping or a list of mappings which have these keys, and one of the others."""

    def fits(ret):
        members = (ret.values() if isinstance(ret, Mapping) else ret) if isinstance(ret, kind) else ()
        return bool(members) and all(
            isinstance(one, Mapping) and set(keys) <= set(one) and (not any_of or bool(set(any_of) & set(one)))
            for one in members
        )

    return fits


_OF_RUNNER = (
    (_has(plan_id=str, summary=Mapping, nodes=Mapping, steps=list, findings=list), fleet.plan),
    (_has(findings=list, retcode=object), fleet.lint),
    (_has(nodes=Mapping, errors=Mapping), _fleet),
    (_has(page=str, retcode=int), fleet.page),
    (_has(path=str, containers=int, nodes=int, errors=Mapping), fleet.written),
    (lambda ret: "retcode" in ret and fleet.is_told(ret), lambda ret: fleet.told(ret, 0)),
)
_OF_NODE = (
    (lambda ret: ret == [], node.healthy),
    (lambda ret: isinstance(ret, Mapping) and not ret, node.empty),
    (_has(steps=list), node.plan_of_one),
    (_has(plan_id=object, containers=Mapping, counts=object), node.plan_of_all),
    (_has(plan_id=object, containers=Mapping), node.applied),
    (_has(history=list, begins=object), node.history),
    (_has(name=object, ctid=object, changes=object, warnings=object), node.done),
    (_has(snapshots=list, name=object), fleet.snapshots),
    (_has(moves=list, copies=list, arrivals=list), fleet.moves),
    (_has(plan=Mapping, containers=list, version=object), fleet.survey),
    (_has(memory=Mapping, swap=Mapping, cpus=Mapping, disk=list, templates=list), usage.capacity),
    (_has(templates=Mapping, missing=Mapping), usage.templates),
    (fleet.is_told, fleet.told),
    (_all(Mapping, "status", "unlimited", "unknown"), usage.stats),
    (_all(list, "check", "where", "what", "remedy"), node.doctor),
    (_all(list, "line", "element", "note"), node.explained),
    (lambda ret: _all(Mapping, "old", "new")(ret) and all(len(one) == 2 for one in ret.values()), node.changed),
    (_all(Mapping, "status", "managed", "uuid", "onboot"), node.infos),
    (_all(Mapping, "status", "managed"), node.containers),
    (_all(Mapping, "status", any_of=("fields", "error")), node.drift),
)


# runs of states


def _is_state_run(data):
    """Whether these are returns of states, by the keys that Salt gives them."""
    if not (isinstance(data, Mapping) and data):
        return False
    return all(
        isinstance(ret, Mapping)
        and ret
        and all("_|-" in str(key) and isinstance(one, Mapping) for key, one in ret.items())
        for ret in data.values()
    )
