"""A run opens each configuration file once; counted by Python's own audit events, whoever opens it."""

import json
import sys
from collections import Counter

import pytest
from library import CONF, MARKED, listed
from vzdomain.document import codec, entries
from vzdomain.execution import executor
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.host.networks import Networks
from vzdomain.planning import planner, power
from vzdomain.reports import drift, dump

CTIDS = [str(number) for number in range(101, 111)]


class Opened:
    """How often each file has been opened since `begin`; an audit hook cannot be taken away again."""

    def __init__(self):
        self.counts, self.is_counting = Counter(), False
        sys.addaudithook(self._hear)

    def _hear(self, event, arguments):
        """`open` with an opener is told of twice: with its mode, and as ``os.open`` without one."""
        if self.is_counting and event == "open" and isinstance(arguments[0], str):
            self.counts[arguments[0], arguments[1] is None] += 1

    def of(self, path):
        return max(self.counts[path, True], self.counts[path, False])

    def begin(self):
        self.counts.clear()
        self.is_counting = True


@pytest.fixture(scope="module")
def only_opened():
    return Opened()


@pytest.fixture
def opened(only_opened):
    only_opened.counts.clear()
    yield only_opened
    only_opened.is_counting = False


@pytest.fixture
def fleet(directory):
    """Ten running containers that follow their documents, by label."""
    directory.add_bridge("br0")
    for ctid in CTIDS:
        directory.add(
            ctid, f'{MARKED}CPUS="1"\nIP_ADDRESS="10.0.0.{ctid}"\n{CONF}', status="running", name=f"web{ctid}"
        )
    node = directory.node()
    return {f"web{ctid}": codec.render(node.there(ctid).domain) for ctid in map(str, node.ctids())}


def wanted(documents, **said):
    return [entries.with_document(entries.Entry(label, xml=xml, **said), xml) for label, xml in documents.items()]


def managed(directory, journal, documents):
    reconciler = Reconciler(directory.node(), Networks(), journal)
    jobs = planner.begin(reconciler, wanted(documents, state="running"))
    done = executor.Executor(reconciler).do(jobs)
    assert [one.error for one in done] == [None] * len(documents)
    return {one.name for one in done if one.actions}


def opens(directory, opened):
    return {ctid: opened.of(str(directory.conf(ctid))) for ctid in CTIDS}


def test_a_run_over_unchanged_containers_opens_each_file_once(directory, journal, fleet, opened):
    opened.begin()

    assert managed(directory, journal, fleet) == set()

    assert opens(directory, opened) == dict.fromkeys(CTIDS, 1)


def test_a_run_that_changes_one_container_looks_at_that_one_again_alone(directory, journal, fleet, opened):
    documents = fleet | {"web105": fleet["web105"].replace("<vcpu>1</vcpu>", "<vcpu>2</vcpu>")}
    opened.begin()

    assert managed(directory, journal, documents) == {"web105"}

    counts = opens(directory, opened)
    assert counts.pop("105") > 1
    assert set(counts.values()) == {1}


def test_states_of_one_run_share_what_was_read(directory, journal, fleet, opened):
    reconciler = Reconciler(directory.node(), Networks(), journal)
    opened.begin()

    for name in fleet:
        reconciler.wait_for(name)
        assert power.start(reconciler.resolve(name), LEGACY).calls == ()

    assert opens(directory, opened) == dict.fromkeys(CTIDS, 1)


@pytest.mark.parametrize(
    "report",
    [
        lambda reconciler, fleet: drift.examine(reconciler, wanted(fleet)),
        lambda reconciler, fleet: dump.domains(reconciler),
    ],
    ids=["drift", "dump"],
)
def test_a_report_opens_each_file_once(directory, journal, fleet, opened, report):
    shown = [listed(ctid, physpages=(0, 65536), ip=[f"10.0.0.{ctid}"], cpus=1) for ctid in CTIDS]
    directory.vzctl.listed = json.dumps(shown, indent=2)
    reconciler = Reconciler(directory.node(), Networks(), journal)
    opened.begin()

    report(reconciler, fleet)

    assert opens(directory, opened) == dict.fromkeys(CTIDS, 1)
