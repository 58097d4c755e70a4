"""
Golden plans: what the planner makes of a document, a configuration file and the circumstances, as text.

A folder of ``tests/plans`` is a case; its README says what the files are. ``make golden`` writes the expected texts
anew. Only `_planned` and what it calls know how the planner is asked.
"""

import difflib
import functools
import ipaddress
import json
import re
import shlex
from pathlib import Path

from vzdomain.document import codec
from vzdomain.errors import OpenVZError
from vzdomain.flavours import ctconf
from vzdomain.host.node import Container
from vzdomain.planning import power, steps
from vzdomain.planning.plan import Circumstances, make

PLANS = Path(__file__).parent / "plans"
RECORDED = Path(__file__).parent / "contract/data/worlds.jsonl"
EXPECTED = "legacy.calls"
SAMPLE = 'PHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\n'
DEFAULTS = {"ctid": 209, "node_id": "node-1", "status": "stopped", "bridges": {"default": "virbr0"}, "power": None}
LISTS = ("pending", "routed", "foreign")
COPIED = ("adopt", "exact", "restart", "protected", "ours", "bridge_script", "held")


def cases():
    """The folders of all cases."""
    return sorted(path for path in PLANS.iterdir() if path.is_dir())


def expected(folder):
    """The plan that is kept of a case; empty where `main` has not written it yet."""
    return _text(folder / EXPECTED) or ""


def calls(folder):
    """The plan of a case, as its ``legacy.calls`` has it."""
    said = DEFAULTS | json.loads(_text(folder / "circumstances.json") or "{}")
    unknown = said.keys() - {*DEFAULTS, *COPIED, *LISTS}
    if unknown:
        raise ValueError(f"{folder.name}/circumstances.json has {', '.join(sorted(unknown))}")
    live = _container(_text(folder / "live.conf"), said["ctid"], said["node_id"], said["status"])
    return _as_text(lambda: _planned(_text(folder / "desired.xml"), live, said, _text(folder / "sample.conf")))


@functools.cache
def recorded():
    """The configuration files of all recorded worlds with the CTID of each, every pair once."""
    worlds = map(json.loads, RECORDED.read_text("utf-8").splitlines())
    found = [(name, text) for world in worlds for name, text in world["files"].items() if isinstance(text, str)]
    return sorted({(int(name[:-5]), text) for name, text in found if re.fullmatch(r"[1-9][0-9]*\.conf", name)})


def calls_of_dump(ctid, text, status="stopped", dialect="libvirt"):
    """The plan for a container and the document that is made of its own configuration file."""
    live = _container(text, ctid, DEFAULTS["node_id"], status)
    said = DEFAULTS | {"ctid": ctid}
    return _as_text(lambda: _planned(codec.render(live.domain, dialect), live, said))


def differences(expected, found, name):
    """What to read when a plan is another one."""
    lines = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), f"{name} (expected)", f"{name} (planned now)", lineterm="", n=99
    )
    return "\n".join(lines)


def main():
    """Write what is planned now; say what changes."""
    changed = 0
    for folder in cases():
        before, found = expected(folder), calls(folder)
        if found != before:
            changed += 1
            (folder / EXPECTED).write_text(found, "utf-8")
            print(differences(before, found, f"{folder.name}/{EXPECTED}"), end="\n\n")
    print(f"{changed} of {len(cases())} plans written anew")


# asking the planner


def _planned(document, live, said, sample=None):
    """The plan; the only one who knows what the planner wants to be told."""
    if said["power"]:
        ((verb, options),) = said["power"].items()
        return getattr(power, verb)(live, **options)
    read = codec.parse(document)
    given = Circumstances(
        bridges=said["bridges"],
        node_id=said["node_id"],
        sample=ctconf.domain(ctconf.parse(SAMPLE if sample is None else sample), 0),
        unwritable=read.unwritable,
        pending=tuple(said.get("pending", ())),
        routed=frozenset(map(ipaddress.ip_address, said.get("routed", ()))),
        foreign=frozenset(said.get("foreign", ())),
        **{name: said[name] for name in COPIED if name in said},
    )
    return make(read.domain, live, said["ctid"], given)


def _container(text, ctid, node_id, status):
    """The container as a node reads it whose vz.conf says no more than where private areas are."""
    if text is None:
        return None
    conf = ctconf.parse(text)
    timeout = conf.get("STOP_TIMEOUT", "")
    return Container(
        ctid=ctid,
        status=status,
        domain=ctconf.domain(conf, ctid),
        managed=conf.is_marked(ctid, node_id),
        mark=conf.foreign_mark(ctid, node_id),
        private=conf.path("VE_PRIVATE", ctid, "/vz/private/$VEID"),
        file=f"/etc/vz/conf/{ctid}.conf",
        onboot={"yes": True, "no": False}.get(conf.get("ONBOOT")),
        disabled=conf.get("DISABLED") == "yes",
        layout=conf.get("VE_LAYOUT", "simfs").partition(":")[0],
        stop_timeout=int(timeout) if timeout.isdecimal() else None,
    )


def _as_text(planned):
    """A plan, or why there is none, in lines."""
    try:
        made = planned()
    except OpenVZError as err:
        return f"refused: {err}\n"
    lines = [line for step in made.steps for line in _lines_of(step)] or ["nothing"]
    lines += [f"disruption: {made.disruption}"] if made.disruption != "none" else []
    lines += [f"pending: {' '.join(made.pending)}"] if made.pending else []
    lines += [f"warning: {warning}" for warning in made.warnings]
    return "\n".join(lines) + "\n"


def _lines_of(step):
    if step.argv:
        yield shlex.join(steps.command(step.argv))
    for name, value in step.comments.items():
        yield f"# comment {name}" + ("" if value is None else f"={value}")
    for name, change in step.changes.items():
        old, new = (json.dumps(change[side], ensure_ascii=False, sort_keys=True) for side in ("old", "new"))
        yield f"    {name}: {old} -> {new}"
    for guest, bridge in step.attach:
        yield f"    attach: {guest} {bridge}"
    if step.pending:
        yield f"    pending: {' '.join(step.pending)}"


def _text(path):
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
