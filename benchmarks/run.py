"""
``make bench``: measure everything and write the tables of docs/performance.md and its picture (quick: build/bench).

    python -m benchmarks.run [--sizes "10 100"] [--quick]
"""

import argparse
import os
import platform
import re
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from . import changes, creations, highstate, inside, page, plot
from .minion import REPO, Failed

SIZES = (10, 100, 1000, 10000)
QUICK_SIZES = (10, 100)
PAGE = REPO / "docs/performance.md"
WORKERS = (1, 2, 4)


def main(argv=None):
    """Measure, write the page, say where; 1 where something else happened than what was to be measured."""
    options = _options(argv)
    begun = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="bench") as home:
            results = measure(Path(home), options)
    except Failed as err:
        print(f"bench: {err}", file=sys.stderr)
        return 1
    options.output.mkdir(parents=True, exist_ok=True)
    plot.draw(results.costs, options.output / "performance.svg")
    (options.output / PAGE.name).write_text(page.filled(PAGE.read_text(), results))
    print(page.blocks(results)["targets"])
    print(f"Written to {options.output}/performance.md, after {time.monotonic() - begun:.0f} seconds.")
    return 0


def measure(home, options):
    """The `page.Results`."""
    rounds = 2 if options.quick else 5
    created = 4 if options.quick else 50
    facts = machine()
    costs = tuple(highstate.measure(home / "highstate", options.sizes, rounds, say))
    say("changes of fields")
    fields = changes.measure(home / "changes")
    seconds = creations.measure(home / "creations", created, WORKERS, say)
    say("states inside a container")
    within = inside.measure(home / "inside", rounds)
    from . import compiling, documents, planning  # here: a child begins with the memory that its parent has

    say("documents")
    read = tuple(documents.measure(20 if options.quick else 300))
    nodes = 10 if options.quick else 200
    say(f"openvz.lint, {nodes} nodes")
    lint = compiling.measure(home / "lint", nodes, 2 if options.quick else 3)
    say(f"openvz.plan of {nodes} nodes")
    plans = planning.measure((nodes // 2, nodes), 2 if options.quick else 9)
    return page.Results(facts, command(options), rounds, costs, read, lint, plans, fields, created, seconds, within)


def command(options):
    """How to repeat it."""
    words = ["make bench"]
    usual = QUICK_SIZES if options.quick else SIZES
    words += [f'SIZES="{" ".join(map(str, options.sizes))}"'] if tuple(options.sizes) != usual else []
    return " ".join(words + (["QUICK=1"] if options.quick else []))


def machine():
    """What the numbers are taken on: ``{"Processor": ..., "Cores": ...}``, all as text."""
    return {
        "Processor": _line("/proc/cpuinfo", "model name") or platform.machine(),
        "Cores": str(os.cpu_count()),
        "Memory": f"{int(_line('/proc/meminfo', 'MemTotal').split()[0]) / 1024 / 1024:.1f} GiB",
        "Kernel": f"{platform.system()} {platform.release().partition('-')[0]}",
        "Python": platform.python_version(),
        "Salt": version("salt"),
        "lxml": version("lxml"),
        "Load before": f"{os.getloadavg()[0]:.1f} (near 0 is a quiet machine; any other makes every time too long)",
    }


def _line(path, key):
    """The first value of a key in a file of /proc, empty if there is none."""
    found = re.search(rf"^{key}\s*:\s*(.*)$", Path(path).read_text(), re.MULTILINE)
    return found.group(1).strip() if found else ""


def say(what):
    print(f"{time.strftime('%H:%M:%S')} {what}", flush=True)


def _options(argv):
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n")[1])
    parser.add_argument("--sizes", type=_sizes, help="numbers of containers, with blanks between")
    parser.add_argument("--quick", action="store_true", help="few containers, few rounds: half a minute")
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="where the page goes (quick: build/bench, else docs)"
    )
    options = parser.parse_args(argv)
    options.output = options.output or REPO / ("build/bench" if options.quick else "docs")
    options.sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    return options


def _sizes(text):
    """``"10 100"`` -> (10, 100)"""
    sizes = tuple(int(word) for word in text.split())
    if any(size < 1 for size in sizes):
        raise ValueError(text)
    return tuple(sorted(set(sizes)))


if __name__ == "__main__":
    sys.exit(main())
