"""The tables of docs/performance.md: numbers, and whether each target is met. People write the text around them."""

import re
from dataclasses import dataclass
from statistics import median

from . import creations
from .counting import OPENED
from .highstate import MANAGED, RUNNING

MOST_TIMES = 12  # times opening and reading each configuration file and parsing each document with lxml alone
MOST_EACH = 0.45  # milliseconds above Salt's floor for a container with a state of its own
MOST_MEMORY = 15  # KiB for each container
MOST_CODEC = 8  # times lxml
MOST_LINT = 8  # times lxml: a third of what lint took when each document was looked through field by field
MOST_PLAN = 80  # microseconds of a fleet plan for each container
MOST_GROWTH = 1.1  # what a container costs at the largest size, beside the next one
MOST_PLAN_GROWTH = 1.2  # more containers fit worse into the processor's cache
MOST_INSIDE = 1.5  # times salt-call on the node, for a container that has the thin
MANY = 1000  # from this size on a container's own cost counts, and no longer what a run costs at all
_BLOCK = re.compile(r"(<!-- bench: ([a-z]+) -->\n).*?(<!-- /bench -->\n)", re.DOTALL)


@dataclass(frozen=True)
class Results:
    """All that was measured; what was left out is empty."""

    machine: dict
    command: str
    rounds: int
    costs: tuple  # of highstate.Cost
    documents: tuple  # of documents.Document
    lint: object  # compiling.Lint
    plans: tuple  # of planning.Planned, the fewest nodes first
    fields: dict  # number of fields -> programs started
    created: int
    creations: dict  # workers -> seconds
    inside: object  # inside.Inside


def filled(page, results):
    """The page with the blocks between its comments made again; KeyError for one that is not known."""
    made = blocks(results)
    return _BLOCK.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", page)


def blocks(results):
    """Name -> text of each block that a page can have."""
    return {
        "targets": table(("target", "at most", "measured", ""), targets(results)),
        "machine": table(("", ""), results.machine.items()),
        "command": f"```console\n$ {results.command}\n```\n",
        "rounds": f"Floor and run take turns, {results.rounds} times each.\n",
        "costs": table(_COSTS, map(_cost_row, results.costs)),
        "fields": table(("fields", "vzctl", "vzlist", "others"), map(_fields_row, results.fields.items())),
        "documents": table(_DOCUMENTS, map(_document_row, results.documents)),
        "lint": table(_LINT, [_lint_row(results.lint)]),
        "plans": table(_PLANS, map(_plan_row, results.plans)),
        "inside": table(("run", "seconds", "bytes of the thin sent"), _inside_rows(results.inside)),
        "creations": _created(results)
        + table(("workers", "seconds", "times as fast"), _creation_rows(results.creations)),
    }


_COSTS = (
    "state",
    "containers",
    "floor, s (least / median)",
    "run, s (least / median)",
    "above the floor, s (least / median)",
    "of it vzsim's vzlist, s",
    "ms per container",
    "times reading alone",
    "openings of each file",
    "vzctl + vzlist + others started",
    "peak memory, MiB (floor / run)",
)
_DOCUMENTS = (
    "document",
    "bytes",
    "parse, µs",
    "lxml, µs",
    "parse, times",
    "render, µs",
    "lxml, µs",
    "both, times lxml",
)
_LINT = ("nodes", "containers", "Salt's compiler, s", "lint with it, s", "µs per container", "lxml, µs", "times lxml")


_PLANS = ("nodes", "containers", "plan, s", "µs per container", "KiB per container")


def table(heads, rows):
    """``| a | b |`` and so on."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _cost_row(cost):
    return (
        f"`openvz.{cost.state}`{' each' if cost.state == RUNNING else ''}, vzctl {cost.family}",
        f"{cost.count:,}",
        _least_and_median(cost.floors),
        _least_and_median(cost.runs),
        f"{cost.least:.2f} / {cost.above:.2f}",
        f"{cost.vzlist:.2f}",
        f"{cost.each:.2f}",
        f"{cost.ratio:.1f}",
        f"{cost.opened:g}",
        " + ".join(map(str, _programs(cost.started))),
        "{1:.0f} / {0:.0f}".format(*cost.peak),
    )


def _least_and_median(some):
    seconds = [taken.seconds for taken in some]
    return f"{min(seconds):.2f} / {median(seconds):.2f}"


def _programs(started):
    known = [started[name] for name in ("vzctl", "vzlist")]
    return (*known, started.total() - sum(known) - started[OPENED])


def _fields_row(item):
    return item[0], *_programs(item[1])


def _document_row(one):
    parse, fromstring, render, tostring = (
        f"{seconds * 1e6:.0f}" for seconds in (one.parse, one.fromstring, one.render, one.tostring)
    )
    times = f"{one.parse / one.fromstring:.1f}"
    return one.name, f"{one.size:,}", parse, fromstring, times, render, tostring, f"{one.ratio:.1f}"


def _lint_row(one):
    alone = one.fromstring / one.count * 1e6
    times = f"{one.compiled:.1f}", f"{one.linted:.1f}", f"{one.each:.0f}", f"{alone:.1f}", f"{one.ratio:.1f}"
    return one.nodes, f"{one.count:,}", *times


def _plan_row(one):
    return one.nodes, f"{one.count:,}", f"{one.seconds:.2f}", f"{one.each:.0f}", f"{one.memory_each:.1f}"


def _inside_rows(one):
    yield "`openvz.sls`, the first time in a container", f"{one.cold:.2f}", f"{one.sent[0]:,}"
    yield "`openvz.sls` again", f"{median(one.warm):.2f}", f"{max(one.sent[1:]):,}"
    yield "`salt-call --local state.sls` on the node", f"{median(one.alone):.2f}", ""
    yield "`salt-call --local openvz.sls`, which starts Salt on the node as well", f"{median(one.whole):.2f}", ""


def _created(results):
    latency = " and ".join(f"`{name}` {seconds:g} s" for name, seconds in creations.LATENCY.items())
    return f"{results.created} containers, {latency}:\n\n"


def _creation_rows(seconds):
    first = next(iter(seconds.values()), None)
    return [(workers, f"{taken:.1f}", f"{first / taken:.1f}") for workers, taken in seconds.items()]


# targets


def targets(results):
    """A row for each target: what, the most, what was measured, whether it is met."""
    large = [cost for cost in results.costs if cost.count >= MANY]
    yield _row("vzlist runs per state run", 1, [cost.started["vzlist"] for cost in results.costs])
    yield _row("openings of each configuration file per run", 1, [cost.opened for cost in results.costs])
    for family, name in (("4", "4"), ("7", "7 to 9")):
        its = [cost for cost in large if cost.family == family]
        yield _row(f"{_WHAT}, `openvz.managed`, vzctl {name}", MOST_TIMES, _of(its, MANAGED, "ratio"), " times", 1)
    yield _row("one container, `openvz.running` for each", MOST_EACH, _of(large, RUNNING, "each"), " ms", 2)
    yield _row(_GROWTH, MOST_GROWTH, growth(large, "above"), " times", 2)
    yield _row("memory for each more container", MOST_MEMORY, growth(large, "memory"), " KiB", 1)
    yield _row("parse and render a document", MOST_CODEC, [one.ratio for one in results.documents], " times lxml", 1)
    yield _row("`openvz.lint` above Salt's compiler", MOST_LINT, [results.lint.ratio], " times lxml", 1)
    yield _row("a plan of all nodes, for each container", MOST_PLAN, [one.each for one in results.plans], " µs")
    yield _row(_PLAN_GROWTH, MOST_PLAN_GROWTH, plan_growth(results.plans), " times", 2)
    yield _calls(results.fields)
    yield _row(_INSIDE, MOST_INSIDE, [results.inside.ratio], " times", 2)


_WHAT = "unchanged containers above Salt's floor, vzlist aside, against opening each file and parsing each document"
_INSIDE = "`openvz.sls` in a container that has the thin, against `salt-call --local state.sls` on the node"
_PLAN_GROWTH = "the same with the most nodes, against half of them"
_GROWTH = "what a container costs at the largest size, against the next one"


def _row(what, most, found, unit="", digits=0):
    numbers = dict.fromkeys(f"{one:.{digits}f}" for one in (min(found), max(found))) if found else ()
    measured = f"{' to '.join(numbers)}{unit}" if found else ""
    verdict = "not judged" if not found else "**met**" if max(found) <= most else "**missed**"
    return what, f"{most:g}{unit}", measured, verdict


def _of(costs, state, name):
    return [getattr(cost, name) for cost in costs if cost.state == state]


def growth(costs, name):
    """How a container among the most costs beside one among the next fewer: times as long, or KiB; needs two sizes."""
    its = [cost for cost in costs if (cost.state, cost.family) == (MANAGED, "4")]
    sized = sorted(its, key=lambda cost: cost.count)[-2:]
    if len(sized) < 2:
        return []
    few, many = sized
    if name == "above":
        return [many.each / few.each]
    more = (many.peak[0] - many.peak[1]) - (few.peak[0] - few.peak[1])
    return [more * 1024 / (many.count - few.count)]


def plan_growth(plans):
    """How a container among the most nodes costs beside one among the next fewer."""
    return [plans[-1].each / plans[-2].each] if len(plans) > 1 else []


def _calls(fields):
    counts = {number: sum(_programs(started)) for number, started in fields.items()}
    said = ", ".join(f"{number}: {count}" for number, count in counts.items())
    verdict = "**met**" if len(set(counts.values())) == 1 else "**missed**"
    return "programs for a change of twelve fields", "as for one", said, verdict
