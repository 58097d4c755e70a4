"""
Golden plans: the plan for a document, a configuration file and the circumstances, as text.

Each folder of ``tests/plans`` is a case; the README there explains the files. ``make golden`` rewrites the expected
texts. Only `_planned` and what it calls know the planner's interface.
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
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import ctconf
from vzdomain.host.container import Container
from vzdomain.model.ctid import Ctid
from vzdomain.planning import changes, exclusives, planner, power
from vzdomain.planning.plan import Context, make

PLANS = Path(__file__).parent / "plans"
RECORDED = Path(__file__).parent / "contract/data"
OF_RECORDED = PLANS / "recorded.calls"
EXPECTED = "legacy.calls"
SAMPLE = 'PHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\n'
DEFAULTS = {
    "ctid": Ctid("209"),
    "node_id": "node-1",
    "status": "stopped",
    "bridges": {"default": "virbr0"},
    "power": None,
}
LISTS = ("pending", "routed", "foreign")
_BESIDE = (" ", "costs: ", "takes: ", "gives: ")
COPIED = ("adopt", "exact", "restart", "protected", "ours", "bridge_script", "held")


def cases():
    """The folders of all cases."""
    return sorted(path for path in PLANS.iterdir() if path.is_dir())


def expected(folder):
    """The expected plan of a case; empty for a new one."""
    return _text(folder / EXPECTED) or ""


def calls(folder):
    """The plan of a case as of now, in the form of its ``legacy.calls``."""
    said = DEFAULTS | json.loads(_text(folder / "circumstances.json") or "{}")
    unknown = said.keys() - {*DEFAULTS, *COPIED, *LISTS}
    if unknown:
        raise ValueError(f"{folder.name}/circumstances.json has {', '.join(sorted(unknown))}")
    said["ctid"] = Ctid(said["ctid"])
    live = _container(_text(folder / "live.conf"), said["ctid"], said["node_id"], said["status"])
    return _as_text(lambda: _planned(_text(folder / "desired.xml"), live, said, _text(folder / "sample.conf")))


def recorded():
    """``(CTID, text)`` of each distinct configuration file in the recorded worlds."""
    return sorted({place for world in _worlds().values() for place in _configurations(world)})


def calls_of_dump(ctid, text, status="stopped", dialect="libvirt"):
    """The plan for a container and the document rendered from its own configuration file."""
    return _as_text(lambda: _planned_from(ctid, text, text, status, dialect))


def calls_of_recorded():
    """The text of `OF_RECORDED`: for each recorded run, the plan from the file before it to the file after it."""
    found, worlds = {}, _worlds()
    for run in _lines("transcripts.jsonl"):
        before, after = worlds[run["world_before"]], worlds[run["world_after"]]
        old = dict(_configurations(before))
        for ctid, new in _configurations(after):
            if ctid in old and old[ctid] != new:
                status = "running" if before["ct"].get(ctid, {}).get("running") else "stopped"
                found.setdefault((ctid, old[ctid], new, status), run)
    texts = (_transition(run, *place) for place, run in found.items())
    return "\n".join(texts)


def _transition(run, ctid, old, new, status):
    marked = ctconf.with_comments(old, **{ctconf.MARK: ctconf.mark(ctid, DEFAULTS["node_id"])})
    planned = _as_text(lambda: _planned_from(ctid, marked, new, status)).splitlines()
    calls = "".join(f"{line}\n" for line in planned if not line.startswith(_BESIDE))
    return f"{run['id']} ({status}): {shlex.join(run['argv'])}\n{calls}"


def _lines(name):
    return map(json.loads, (RECORDED / name).read_text("utf-8").splitlines())


@functools.cache
def _worlds():
    return {world["id"]: world for world in _lines("worlds.jsonl")}


def _configurations(world):
    for name, text in world["files"].items():
        if isinstance(text, str) and re.fullmatch(r"[1-9][0-9]*\.conf", name):
            yield Ctid(name.removesuffix(".conf")), text


def differences(expected, found, name):
    """A unified diff of two plans."""
    lines = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), f"{name} (expected)", f"{name} (planned now)", lineterm="", n=9
    )
    return "\n".join(lines)


def main():
    """Rewrite the expected plans, and print a diff of each that changes."""
    pairs = [(folder / EXPECTED, calls(folder)) for folder in cases()] + [(OF_RECORDED, calls_of_recorded())]
    changed = [(path, found) for path, found in pairs if found != _text(path)]
    for path, found in changed:
        print(differences(_text(path) or "", found, path.relative_to(PLANS)), end="\n\n")
        path.write_text(found, "utf-8")
    print(f"{len(changed)} of {len(pairs)} files rewritten")


# asking the planner


def _planned(document, live, said, sample=None):
    """The plan, and the container it starts from."""
    if said["power"]:
        ((verb, options),) = said["power"].items()
        return getattr(power, verb)(live, LEGACY, **options), live
    read = codec.parse(document)
    given = Context(
        LEGACY,
        bridges=said["bridges"],
        node_id=said["node_id"],
        sample=ctconf.domain(ctconf.parse(SAMPLE if sample is None else sample), 0),
        unwritable=read.unwritable,
        pending=tuple(said.get("pending", ())),
        routed=frozenset(map(ipaddress.ip_address, said.get("routed", ()))),
        foreign=frozenset(said.get("foreign", ())),
        **{name: said[name] for name in COPIED if name in said},
    )
    return make(read.domain, live, said["ctid"], given), live


def _planned_from(ctid, old, new, status, dialect="libvirt"):
    """The plan from one configuration file to the document of another."""
    document = codec.render(ctconf.domain(ctconf.parse(new), ctid), dialect)
    return _planned(document, _container(old, ctid, DEFAULTS["node_id"], status), DEFAULTS | {"ctid": ctid})


def _container(text, ctid, node_id, status):
    """The container as read on a node whose vz.conf sets VE_PRIVATE and nothing else."""
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
    """A plan, its costs and claims as lines; or the refusal."""
    try:
        made, _ = planned()
    except OpenVZError as err:
        return f"refused: {err}\n"
    lines = [line for call in made.calls for line in _lines_of(call)] or ["nothing"]
    lines += [f"disruption: {made.disruption}"] if made.disruption != "none" else []
    lines += _line("costs", sorted(planner.costs(made)))
    lines += _line("takes", map(" ".join, exclusives.claimed(made)))
    lines += _line("gives", map(" ".join, exclusives.given_up(made)))
    lines += _line("pending", made.pending)
    lines += [f"warning: {warning}" for warning in made.warnings]
    return "\n".join(lines) + "\n"


def _line(what, words):
    said = ", ".join(words)
    return [f"{what}: {said}"] if said else []


def _lines_of(call):
    if call.argv:
        yield shlex.join(call.command)
    for name, value in call.comments.items():
        yield f"# comment {name}" + ("" if value is None else f"={value}")
    for name, change in changes.show(call.actions).items():
        old, new = (json.dumps(change[side], ensure_ascii=False, sort_keys=True) for side in ("old", "new"))
        yield f"    {name}: {old} -> {new}"
    for guest, bridge in call.attach:
        yield f"    attach: {guest} {bridge}"
    if call.pending:
        yield f"    pending: {', '.join(call.pending)}"


def _text(path):
    return path.read_text("utf-8") if path.exists() else None


if __name__ == "__main__":
    main()
