"""The page of results: numbers, and whether each target is met, put into benchmarks/template.md."""

from dataclasses import dataclass
from statistics import median

from . import creations
from .highstate import MANAGED, RUNNING
from .minion import REPO

TEMPLATE = REPO / "benchmarks/template.md"
MOST_EACH = 1.0  # milliseconds for an unchanged container above Salt's floor
MOST_RATIO = 5.0  # times lxml
MOST_GROWTH = 1.25  # what a container costs at the largest size, beside the next one
MANY = 1000  # from this size on a container's own cost counts, and no longer what a run costs at all
_PYTHON = (
    "Python itself is the reason. lxml's two calls run in C; the codec looks at every element and attribute by name, "
    "converts units, checks values, remembers which element said what for its errors, and has expat look at the text "
    "first."
)


@dataclass(frozen=True)
class Results:
    """All that was measured; what was left out is empty."""

    machine: dict
    command: str
    rounds: int
    costs: tuple  # of highstate.Cost
    documents: tuple  # of documents.Document
    fields: dict  # number of fields -> programs started
    created: int
    creations: dict  # workers -> seconds


def text(results):
    """The text of performance.md."""
    page = TEMPLATE.read_text()
    for name, value in {
        "MACHINE": table(("", ""), results.machine.items()),
        "COMMAND": results.command,
        "ROUNDS": str(results.rounds),
        "TARGETS": "".join(f"- {line}\n" for line in targets(results)),
        "COSTS": table(_COSTS, map(_cost_row, results.costs)),
        "GROWTH": growth_sentence(results.costs),
        "FIELDS": table(("fields", "vzctl", "vzlist", "others"), map(_fields_row, results.fields.items())),
        "DOCUMENTS": table(_DOCUMENTS, map(_document_row, results.documents)),
        "CREATED": str(results.created),
        "LATENCY": " and ".join(f"`{name}` {seconds:g} s" for name, seconds in creations.LATENCY.items()),
        "CREATIONS": table(("workers", "seconds", "times as fast"), _creation_rows(results.creations)),
    }.items():
        page = page.replace(f"@{name}@", value)
    return page


_COSTS = (
    "state",
    "containers",
    "floor, s (least / median)",
    "run, s (least / median)",
    "above the floor, s (least / median)",
    "of it vzsim's vzlist, s",
    "ms per container",
    "vzctl + vzlist + others started",
    "peak memory, MiB (floor / run)",
)
_DOCUMENTS = ("document", "bytes", "parse, µs", "lxml, µs", "render, µs", "lxml, µs", "both, times lxml")


def table(heads, rows):
    """``| a | b |`` and so on."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _cost_row(cost):
    return (
        f"`openvz.{cost.state}`{' each' if cost.state == RUNNING else ''}",
        f"{cost.count:,}",
        _least_and_median(cost.floors),
        _least_and_median(cost.runs),
        f"{cost.least:.2f} / {cost.above:.2f}",
        f"{cost.vzlist:.2f}",
        f"{cost.each:.2f}",
        " + ".join(map(str, _programs(cost.started))),
        "{1:.0f} / {0:.0f}".format(*cost.peak),
    )


def _least_and_median(some):
    seconds = [taken.seconds for taken in some]
    return f"{min(seconds):.2f} / {median(seconds):.2f}"


def _programs(started):
    known = [started[name] for name in ("vzctl", "vzlist")]
    return (*known, started.total() - sum(known))


def _fields_row(item):
    return item[0], *_programs(item[1])


def _document_row(one):
    times = (one.parse, one.fromstring, one.render, one.tostring)
    return one.name, f"{one.size:,}", *(f"{seconds * 1e6:.0f}" for seconds in times), f"{one.ratio:.1f}"


def _creation_rows(seconds):
    first = next(iter(seconds.values()), None)
    return [(workers, f"{taken:.1f}", f"{first / taken:.1f}") for workers, taken in seconds.items()]


# targets


def targets(results):
    """A sentence for each target, with "met" or "missed" by the numbers."""
    yield _listing(results.costs)
    yield from _each(results.costs)
    yield _linear(results.costs)
    yield _codec(results.documents)
    yield _calls(results.fields)


def verdict(is_met):
    return "**met**" if is_met else "**missed**"


def _listing(costs):
    counts = sorted({cost.started["vzlist"] for cost in costs})
    return f"One vzlist per run at any size: {verdict(counts == [1])} ({_range(counts)} in every run counted)."


def _each(costs):
    target = f"At most {MOST_EACH:g} ms per unchanged container above Salt's floor"
    many = [cost for cost in costs if cost.count >= MANY]
    if not many:
        yield f"{target}: {_not_judged('one size')}"
    for cost in many:
        reason = "" if cost.each <= MOST_EACH else _why_slow(cost)
        said = f"`openvz.{cost.state}`, {cost.count:,} containers"
        yield f"{target}, {said}: {verdict(cost.each <= MOST_EACH)} ({cost.each:.2f} ms, by the median).{reason}"


def _not_judged(sizes):
    return f"not judged, since that takes {sizes} of {MANY:,} containers or more: few share what a run costs at all."


def _why_slow(cost):
    own = (cost.above - cost.vzlist) / cost.count * 1000
    return f" {own:.2f} ms of it are Salt's and ours; the rest is vzsim's vzlist, a Python program."


def growth(costs):
    """How many times what it costs at the next smaller size a container costs at the largest one; or ``None``."""
    many = [cost for cost in costs if cost.state == MANAGED and cost.count >= MANY]
    sized = sorted(many, key=lambda cost: cost.count)[-2:]
    return (sized[1].each / sized[0].each, sized[0].count, sized[1].count) if len(sized) == 2 else None


def growth_sentence(costs):
    found = growth(costs)
    if not found:
        return f"Growth is {_not_judged('two sizes')}"
    return f"A container costs {found[0]:.2f} times as much among {found[2]:,} as among {found[1]:,}."


def _linear(costs):
    found = growth(costs)
    target = f"Growth no more than linear (at most {MOST_GROWTH:g} times)"
    if not found:
        return f"{target}: {_not_judged('two sizes')}"
    return f"{target}: {verdict(found[0] <= MOST_GROWTH)}. {growth_sentence(costs)}"


def _codec(documents):
    ratios = [one.ratio for one in documents]
    is_met = max(ratios) <= MOST_RATIO
    said = f"({min(ratios):.1f} to {max(ratios):.1f} times)"
    reason = "" if is_met else f" {_PYTHON}"
    return f"Parse and render at most {MOST_RATIO:g} times bare lxml: {verdict(is_met)} {said}.{reason}"


def _calls(fields):
    is_met = len({tuple(_programs(started)) for started in fields.values()}) == 1
    said = ", ".join(f"{number}: {started.total()}" for number, started in fields.items())
    return f"Twelve fields cost as many processes as one: {verdict(is_met)} (fields and processes: {said})."


def _range(counts):
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
