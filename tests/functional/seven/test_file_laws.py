"""
The document of a container of family 7 changes nothing in it, whatever lines its file has of all that were recorded.
"""

import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from simnode import SimNode
from vzdomain.document import codec
from vzdomain.errors import RefusedError
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.host.node import Node
from vzdomain.host.vzctl import Vzctl

CONFS = Path(__file__).parent / "confs.jsonl.gz"
OWN = re.compile(r"\s*(?:NAME|UUID|VEID|VE_PRIVATE|VE_ROOT)\s*=")
NO_SHRINKING = settings(phases=[Phase.reuse, Phase.generate])  # each example takes a while
AT_ONCE = 5  # containers on a node, of which each has its own addresses and devices


def lines():
    """Every line that any recorded file has, but for those that say which container it is."""
    with gzip.open(CONFS, "rt", encoding="utf-8") as texts:
        found = {line for text in texts for line in json.loads(text).splitlines()}
    return sorted(line for line in found if line.isprintable() and not OWN.match(line))


class Bench:
    """A simulated node of family 7 with the library on it, without Salt."""

    def __init__(self, directory):
        self.sim = SimNode.make(directory / "n1", "7")
        self.vzctl = Vzctl(self.sim.options["vzctl"], self.sim.options["vzlist"])
        self.journal = Journal(str(directory / "journal"))

    def reconciler(self):
        """One that has read nothing yet."""
        options = self.sim.options
        node = Node(self.vzctl, options["config_dir"], options["sys_class_net"], "hn1", options["proc_dir"])
        return Reconciler(node, Networks({}), self.journal, lock_timeout=1)

    def put(self, ctid, text):
        """A container with that configuration file."""
        area = self.sim.directory / f"vz/private/{ctid}"
        if not area.exists():
            area.mkdir()
            (area / ".ve.layout").symlink_to("5")
            self.sim.conf_path(ctid).symlink_to(area / "ve.conf")
        (area / "ve.conf").write_text(f'{text}VEID="{ctid}"\n')


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return Bench(tmp_path_factory.mktemp("bench"))


FILES = st.lists(st.sampled_from(lines()), max_size=15).map(lambda chosen: "".join(f"{line}\n" for line in chosen))


@NO_SHRINKING
@given(texts=st.lists(FILES, min_size=AT_ONCE, max_size=AT_ONCE), dialect=st.sampled_from(codec.DIALECTS))
def test_the_document_of_a_container_changes_nothing_in_it(bench, texts, dialect):
    for ctid, text in enumerate(texts, 1000):
        bench.put(ctid, text)
    reconciler = bench.reconciler()

    for ctid, text in enumerate(texts, 1000):
        try:
            domain = reconciler.resolve(ctid).domain
        except RefusedError as err:
            assert "which is not valid" in str(err), text
            continue
        document = codec.parse(codec.render(domain, dialect))
        made = reconciler.plan(document.domain, unwritable=document.unwritable)
        assert made.calls == (), text
