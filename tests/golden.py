"""
Golden plans: the plan for a document, a configuration file and the circumstances, as text.

Each folder of ``tests/plans`` is a case for each family of vzctl; the README there explains the files. ``make golden``
rewrites the expected texts. Only `_planned` and what it calls know the planner's interface.
"""

import difflib
import functools
import gzip
import ipaddress
import json
import re
import shlex
from pathlib import Path

from vzdomain.document import codec
from vzdomain.errors import OpenVZError
from vzdomain.flavours import LEGACY, SEVEN, known, refusing
from vzdomain.host.container import Container
from vzdomain.model.ctid import Ctid
from vzdomain.model.snapshot import Snapshot
from vzdomain.planning import changes, exclusives, planner, power
from vzdomain.planning.plan import Context, make
from vzdomain.planning.snapshots import verbs
from vzdomain.planning.snapshots.before import Before, with_snapshot
from vzdomain.planning.snapshots.tree import Then, Tree

PLANS = Path(__file__).parent / "plans"
FAMILIES = {"legacy": LEGACY, "seven": SEVEN}
RECORDED = {"legacy": Path(__file__).parent / "contract/data", "seven": Path(__file__).parent / "contract/data7"}
OF_RECORDED = {name: PLANS / f"recorded.{name}.calls" for name in FAMILIES}
SAMPLE = 'PHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\n'
DEFAULTS = {
    "ctid": Ctid("209"),
    "node_id": "node-1",
    "status": "stopped",
    "bridges": {"default": "virbr0"},
    "power": None,
    "versions": {"7 to 9": "9.0.1"},  # of vzctl, by its family; any, where none is said
}
LISTS = ("pending", "routed", "foreign")
SNAPSHOTS = ("tree", "before", "snapshot")
_BESIDE = (" ", "costs: ", "takes: ", "gives: ")
COPIED = ("adopt", "exact", "restart", "protected", "ours", "bridge_script", "held")


def cases():
    """The folders of all cases, each with the families that it is for."""
    folders = sorted(path for path in PLANS.iterdir() if path.is_dir())
    return [(folder, family) for folder in folders for family in _said(folder).get("families", FAMILIES)]


def _said(folder):
    return json.loads(_text(folder / "circumstances.json") or "{}")


def expected(folder, family):
    """The expected plan of a case; empty for a new one."""
    return _text(folder / f"{family}.calls") or ""


def calls(folder, family):
    """The plan of a case as of now, in the form of its ``legacy.calls``."""
    its = FAMILIES[family]
    said = DEFAULTS | _said(folder)
    unknown = said.keys() - {*DEFAULTS, *COPIED, *LISTS, *SNAPSHOTS, "families"}
    if unknown:
        raise ValueError(f"{folder.name}/circumstances.json has {', '.join(sorted(unknown))}")
    said["ctid"] = Ctid(said["ctid"])
    live = _container(its, _file(folder, "live", family), said["ctid"], said["node_id"], said["status"])
    sample = _file(folder, "sample", family)
    then = _file(folder, "then", family)
    return _as_text(lambda: _planned(its, _text(folder / "desired.xml"), live, said, sample, then))


def _file(folder, name, family):
    """The configuration file of a case; that of 4.x in the words of another family, where the case has none for it."""
    own, text = _text(folder / f"{name}.{family}.conf"), _text(folder / f"{name}.conf")
    if own is not None or text is None:
        return own
    return text if family == "legacy" else as_seven(text)


def as_seven(text):
    """
    A configuration file of 4.x with the same meaning for 7.

    The UUID is a key, a bridge is a network of type bridge, one number of pages stands twice, and there is one layout.
    """
    text = re.sub(r"^#UUID: *(\S+)$", r'UUID="\1"', text, flags=re.MULTILINE)
    text = re.sub(r"\bbridge=([^,;\"]+)", r"type=bridge,network=\1", text)
    text = re.sub(r'^(PHYSPAGES|SWAPPAGES)="0:([^"]+)"$', r'\1="\2:\2"', text, flags=re.MULTILINE)
    return re.sub(r'^VE_LAYOUT="simfs.*\n', "", text, flags=re.MULTILINE)


def recorded(family):
    """``(CTID, text)`` of each distinct configuration file in the recorded worlds."""
    return sorted({place for world in _worlds(family).values() for place in _configurations(family, world)})


def calls_of_dump(family, ctid, text, status="stopped", dialect="libvirt"):
    """The plan for a container and the document rendered from its own configuration file."""
    return _as_text(lambda: _planned_from(FAMILIES[family], ctid, text, text, status, dialect))


def calls_of_recorded(family):
    """The text of `OF_RECORDED`: for each recorded run, the plan from the file before it to the file after it."""
    found, worlds = {}, _worlds(family)
    for run in _lines(family, "transcripts.jsonl"):
        before, after = worlds[run["world_before"]], worlds[run["world_after"]]
        old = dict(_configurations(family, before))
        for ctid, new in _configurations(family, after):
            if ctid in old and old[ctid] != new:
                running = before.get("ct", {}).get(ctid, {}).get("running")
                found.setdefault((ctid, old[ctid], new, "running" if running else "stopped"), run)
    return "\n".join(_transition(FAMILIES[family], run, *place) for place, run in found.items())


def _transition(its, run, ctid, old, new, status):
    conf = its.reading
    marked = conf.with_comments(old, **{conf.MARK: conf.mark(ctid, DEFAULTS["node_id"])})
    planned = _as_text(lambda: _planned_from(its, ctid, marked, new, status)).splitlines()
    calls = "".join(f"{line}\n" for line in planned if not line.startswith(_BESIDE))
    return f"{run['id']} ({status}): {shlex.join(run['argv'])}\n{calls}"


def _lines(family, name):
    path = RECORDED[family] / name
    packed = path.with_name(f"{name}.gz")
    text = gzip.decompress(packed.read_bytes()).decode() if packed.exists() else path.read_text("utf-8")
    return map(json.loads, text.splitlines())


@functools.cache
def _worlds(family):
    return {world["id"]: world for world in _lines(family, "worlds.jsonl")}


def _configurations(family, world):
    """Of whole containers: what vzctl would refuse, or make first, is no container that a document can follow."""
    if family == "legacy":
        for name, text in world["files"].items():
            if isinstance(text, str) and re.fullmatch(r"[1-9][0-9]*\.conf", name):
                yield Ctid(name.removesuffix(".conf")), text
        return
    for name, link in world.get("files", {}).items():
        ctid = SEVEN.places.of_file(name)
        area = (
            world.get("areas", {}).get(str(Path(link["link"]).parent))
            if isinstance(link, dict) and "link" in link
            else None
        )
        text = area and area.get("ve.conf")
        if ctid and isinstance(text, str) and not SEVEN.reading.parse(text).invalid:
            yield ctid, text


def differences(expected, found, name):
    """A unified diff of two plans."""
    lines = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), f"{name} (expected)", f"{name} (planned now)", lineterm="", n=9
    )
    return "\n".join(lines)


def main():
    """Rewrite the expected plans, and print a diff of each that changes."""
    pairs = [(folder / f"{family}.calls", calls(folder, family)) for folder, family in cases()]
    pairs += [(OF_RECORDED[family], calls_of_recorded(family)) for family in FAMILIES]
    changed = [(path, found) for path, found in pairs if found != _text(path)]
    for path, found in changed:
        print(differences(_text(path) or "", found, path.relative_to(PLANS)), end="\n\n")
        path.write_text(found, "utf-8")
    print(f"{len(changed)} of {len(pairs)} files rewritten")


# asking the planner


def _planned(its, document, live, said, sample=None, then=None):
    """The plan, and the container it starts from; with the snapshot that is wanted before it."""
    if "snapshot" in said:
        return _of_snapshots(its, live, said, then), live
    made = _planned_without(its, document, live, said, sample)
    return (with_snapshot(made, live, its, _tree(said), Before(**said["before"])) if "before" in said else made), live


def _tree(said):
    """What is known of snapshots; those that are ``own`` are the minion's."""
    rows = said.get("tree", ())
    if isinstance(rows, str):
        return Tree(problem=rows)
    shown = [Snapshot(**{name: value for name, value in row.items() if name != "own"}) for row in rows]
    return Tree(tuple(shown), own=tuple(_by_date(rows)))


def _by_date(rows):
    return [row["id"] for row in sorted(rows, key=lambda row: row.get("date", "")) if row.get("own")]


def _of_snapshots(its, live, said, then):
    """A verb of snapshots; `then` is the configuration that a switch would bring back."""
    ((verb, options),) = said["snapshot"].items()
    tree = _tree(said)
    if verb != "switch":
        return getattr(verbs, verb)(live, its, tree, **options)
    options = dict(options)
    found = Then(has_memory=options.pop("has_memory", False))
    if then is not None:
        conf = its.reading.parse(then)
        domain, mark = its.reading.domain(conf, said["ctid"]), conf.comments.get(its.reading.MARK, "")
        found = Then(domain, found.has_memory, conf.name, mark, conf.uuid or "", options.pop("elsewhere", None))
    mark = its.reading.mark(said["ctid"], said["node_id"]) if live.managed else ""
    return verbs.switch(live, its, tree, tree.one(live.ctid, options.pop("word")), found, mark, **options)


def _planned_without(its, document, live, said, sample=None):
    if said["power"]:
        ((verb, options),) = said["power"].items()
        return getattr(power, verb)(live, its, **options)
    version = said["versions"].get(its.family)
    read = codec.parse(document, refused=refusing(its, version))
    given = Context(
        its,
        bridges=said["bridges"],
        node_id=said["node_id"],
        version=version,
        sample=its.reading.domain(its.reading.parse(SAMPLE if sample is None else sample), "0"),
        unwritable=read.unwritable,
        pending=tuple(said.get("pending", ())),
        routed=frozenset(map(ipaddress.ip_address, said.get("routed", ()))),
        foreign=frozenset(said.get("foreign", ())),
        **{name: said[name] for name in COPIED if name in said},
    )
    return make(read.domain, live, said["ctid"], given)


def _planned_from(its, ctid, old, new, status, dialect="libvirt"):
    """The plan from one configuration file to the document of another."""
    had = known(its.reading.domain(its.reading.parse(new), ctid), its, DEFAULTS["versions"].get(its.family))
    document = codec.render(had, dialect)
    return _planned(its, document, _container(its, old, ctid, DEFAULTS["node_id"], status), DEFAULTS | {"ctid": ctid})


def _container(its, text, ctid, node_id, status):
    """The container as read on a node whose vz.conf sets VE_PRIVATE and nothing else."""
    if text is None:
        return None
    conf = its.reading.parse(text)
    timeout = conf.get("STOP_TIMEOUT", "")
    return Container(
        ctid=ctid,
        status=status,
        domain=its.reading.domain(conf, ctid),
        managed=conf.is_marked(ctid, node_id),
        mark=conf.foreign_mark(ctid, node_id),
        private=conf.private(ctid, {"VE_PRIVATE": "/vz/private/$VEID"}),
        file=f"/etc/vz/conf/{ctid}.conf",
        onboot={"yes": True, "no": False}.get(conf.get("ONBOOT")),
        disabled=conf.get("DISABLED") == "yes",
        layout=conf.get("VE_LAYOUT", "simfs" if its is LEGACY else "ploop").partition(":")[0],
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
