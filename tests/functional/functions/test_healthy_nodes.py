"""
Laws of a node where nobody has touched anything: no running container differs from its file, and its dump is a pillar
that changes nothing.
"""

import json
import re
from pathlib import Path

import pytest
import salt.utils.yaml
import strategies
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from simnode import SimNode
from vzdomain.document import codec, entries
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.host.node import Node
from vzdomain.host.vzctl import Vzctl
from vzdomain.reports import drift, dump

from vzsim import programs
from vzsim.node import node as simulated

WORLDS = Path(__file__).parents[2] / "contract/data/worlds.jsonl"
# These lines need more of a node than a test with hundreds of containers gives.
PLACES = re.compile(r"(?m)^\s*(NAME|VE_PRIVATE|VE_ROOT|VE_LAYOUT|NETIF|NETDEV|LOCAL_UID|LOCAL_GID|#\s*UUID\s*:).*$")
A_NODE = 60  # containers; vzsim writes what the kernel says of all of them at each start
NO_SHRINKING = settings(phases=[Phase.reuse, Phase.generate])  # each example takes a while


class Bench:
    """A simulated node with the library on it, without Salt."""

    def __init__(self, directory):
        self.sim = SimNode.make(directory / "n1")
        self.vzctl = Vzctl(self.sim.options["vzctl"], self.sim.options["vzlist"])
        self.journal = Journal(str(directory / "journal"))

    def reconciler(self):
        """One that has read nothing yet."""
        places = [self.sim.options[name] for name in ("config_dir", "sys_class_net")]
        node = Node(self.vzctl, *places, proc_dir=self.sim.options["proc_dir"])
        return Reconciler(node, Networks({}), self.journal, lock_timeout=1)

    def fill(self, texts):
        """Containers with these configuration files, from CTID 1000 on, in place of those before."""
        for path in (self.sim.directory / "etc/vz/conf").glob("[1-9]*.conf"):
            path.unlink()
        for path in (self.sim.directory / "etc/vz/names").iterdir():
            path.unlink()
        for path in (self.sim.directory / "proc/vz/ct").glob("*.json"):
            path.unlink()
        for ctid, text in enumerate(texts, 1000):
            self.sim.conf_path(ctid).write_bytes(text.encode("utf-8", "surrogatepass"))
            (self.sim.directory / f"vz/private/{ctid}/sbin").mkdir(parents=True, exist_ok=True)
            (self.sim.directory / f"vz/private/{ctid}/sbin/init").touch()
        return list(range(1000, 1000 + len(texts)))

    def start(self, ctids):
        """Start them as ``vzctl start`` does, in this process; those that run."""
        node = simulated.Node(str(self.sim.directory))
        return [ctid for ctid in ctids if programs.run("vzctl", node, ["start", str(ctid), "--force"]) == 0]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("bench"))


def recorded():
    """The configuration files of all recorded worlds, each once."""
    files = [text for line in WORLDS.open() for text in json.loads(line)["files"].values() if isinstance(text, str)]
    return [PLACES.sub("", text) for text in dict.fromkeys(files)]


def not_in_sync(found):
    """What a node of strangers says beside that they are strangers."""
    return {label: one for label, one in found.items() if one["fields"] or one["status"] == "error"}


def startable(text):
    """With limits of memory, where the file has none that count, since vzctl starts nothing without."""
    return 'PHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\n' + text


def test_no_container_that_was_just_started_differs_from_any_recorded_file(bench):
    texts = [variant for text in recorded() for variant in (text, startable(text))]
    running, found = 0, []

    for at in range(0, len(texts), A_NODE):
        running += len(bench.start(bench.fill(texts[at : at + A_NODE])))
        found.append(not_in_sync(drift.examine(bench.reconciler(), [])))

    assert len(texts) > 900
    assert running > 800
    assert found == [{}] * len(found)


FILES = st.lists(strategies.configuration_files.map(lambda text: PLACES.sub("", startable(text))), min_size=20)


@settings(NO_SHRINKING, max_examples=25)
@given(texts=FILES)
def test_no_container_that_was_just_started_differs_from_its_file(bench, texts):
    running = bench.start(bench.fill(texts))
    assume(running)

    found = drift.examine(bench.reconciler(), [])

    assert not_in_sync(found) == {}


# cpuunits and cpulimit go through whole numbers of the scheduler


def test_rounding_by_the_scheduler_is_not_a_difference(bench):
    units = [8, 9, 333, 1000, 1001, 1500, 3001, 77777, 333334, 499999, 500000]
    limits = [0, 1, 3, 7, 30, 33, 99, 101, 150, 6400]
    texts = [startable(f'CPUUNITS="{one}"\nCPULIMIT="{other}"\n') for one in units for other in limits]
    running = bench.start(bench.fill(texts))

    found = drift.examine(bench.reconciler(), [])

    assert len(running) == len(texts)
    assert not_in_sync(found) == {}


# the dump


DUMPED = strategies.configuration_files.map(lambda text: PLACES.sub("", startable(text)))
NODES = st.lists(DUMPED, min_size=100, max_size=100)
PROSE = [
    "{{ pillar }}",
    "{% raw %} #}",
    "# {# no comment",
    "a: b",
    "'single' & <more>",
    "  *star",
    "caf\xe9 \x85 \u2028x",
]


def named(number, text):
    """Every second one with a name and a text that Jinja or YAML might take for theirs."""
    if number % 2:
        return text
    return f'NAME="{["yes", "1.5", "null", "web 01", "a.b", "007x"][number // 2 % 6]}{number}"\n' + (
        f'DESCRIPTION="{PROSE[number // 2 % len(PROSE)]}"\n{text}'
    )


def fill_named(bench, texts):
    ctids = bench.fill([named(number, text) for number, text in enumerate(texts)])
    for ctid in ctids:
        name = re.match('NAME="(.*)"', bench.sim.conf_path(ctid).read_text("utf-8", "surrogateescape"))
        if name:
            (bench.sim.directory / "etc/vz/names" / name.group(1)).symlink_to(bench.sim.conf_path(ctid))
    return ctids


def followed(text):
    """The entries of a pillar file that was not rendered."""
    said = salt.utils.yaml.safe_load(text)["openvz"]["domains"]
    found = [entries.read(label, value) for label, value in said.items()]
    return [entries.with_document(entry, entry.xml) for entry in found]


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@settings(NO_SHRINKING, max_examples=3)
@given(texts=NODES)
def test_the_dump_of_a_node_put_into_the_pillar_changes_nothing(bench, dialect, texts):
    bench.start(fill_named(bench, texts)[::3])
    found, left_out = dump.domains(bench.reconciler(), dialect)

    wanted, reconciler = followed(dump.as_yaml("openvz:domains", found, left_out)), bench.reconciler()

    assert left_out == []
    assert {
        entry.label: {"xml": entry.xml} | ({"state": entry.state} if entry.state else {}) for entry in wanted
    } == found
    plans = [reconciler.plan(one.domain, unwritable=one.document.unwritable) for one in wanted]
    assert [plan.ctid.number for plan in plans] == list(range(1000, 1100))
    assert [plan.calls for plan in plans] == [()] * 100
    assert {one["status"] for one in drift.examine(bench.reconciler(), wanted).values()} == {"in sync"}
    assert [one.state for one in wanted] == [
        "running" if reconciler.node.container(plan.ctid).running else None for plan in plans
    ]
