"""Two nodes in memory, hn1 and hn2, and a vzmigrate that copies files between them."""

import secrets
import shutil
import stat

from library import UUID, Bridges, NodeDirectory
from vzdomain.execution.journal import Journal
from vzdomain.execution.moving import closing
from vzdomain.execution.moving.mover import Mover
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.kernel.processes import wait_while
from vzdomain.host.node import Node

CONF = (
    'PHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\nOSTEMPLATE="debian-12-x86_64"\nONBOOT="yes"\nIP_ADDRESS="10.1.0.5"\n'
    f"#SALT-OPENVZ: managed $CTID hn1\n#UUID: {UUID}\n"
)
ID = f"move-{secrets.token_hex(8)}"  # by which processes are known, those of other runs of these tests too
MOVE = {"id": ID, "ctid": "101", "uuid": UUID, "name": "web01"}
MOVE |= {"source": "hn1", "destination": "hn2", "online": False, "driver": {"master": "salt", "run": "run1"}}
SCRIPT = """\
#!/bin/sh
echo "$@" >> {log}
echo "Starting migration of CT 101 to hn2"
{more}
"""


class Side:
    """One node: its files, its notes, and what its part of a move is done by."""

    def __init__(self, place, name):
        self.name, self.place = name, place
        self.files = NodeDirectory(place / "node")
        self.vzctl, self.program, self.called = self.files.vzctl, place / "vzmigrate", place / "called"
        self.says("exit 0")

    def says(self, more):
        """Make a vzmigrate of these lines of shell."""
        self.program.write_text(SCRIPT.format(log=self.called, more=more))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    @property
    def reconciler(self):
        """One that has read nothing yet, as every call of a module has."""
        node = Node(
            self.vzctl, str(self.files.etc), str(self.files.net), self.name, str(self.files.root / "proc")
        )  # fmt: skip
        journal = Journal(str(self.place / "journal"), 0)
        return Reconciler(node, Bridges(), journal, lock_timeout=0)

    @property
    def mover(self):
        return Mover(self.reconciler, (str(self.program),), f"{self.name}.example.org")

    def step(self, step, move=None, **arguments):
        return self.mover.step(step, {**MOVE, **(move or {})}, **arguments)

    def mover_moves(self):
        """What the node says of its moves."""
        return closing.moves(self.mover)

    def conf(self, ctid="101"):
        return self.files.conf(ctid).read_text()


class Pair:
    """hn1, which has web01, and hn2, which has nothing."""

    def __init__(self, place):
        self.a, self.b = Side(place / "a", "hn1"), Side(place / "b", "hn2")
        self.a.files.add("101", CONF, "running", "web01")
        (self.a.files.private("101") / "etc/marker").write_text("data of A")

    def begin(self):
        """The intent on both."""
        facts = self.a.step("check_source")["facts"]
        self.b.step("check_destination", facts=facts)
        self.b.step("intend")
        self.a.step("intend")

    def copy(self):
        """What vzmigrate has put on hn2 before it starts the container there; returns what it has there then."""
        shutil.copytree(self.a.files.private("101"), self.b.files.private("101"), dirs_exist_ok=True)
        shutil.copy(self.a.files.conf("101"), self.b.files.conf("101"))
        self.b.files.link("web01", "101")
        self.a.vzctl.statuses["101"] = self.b.vzctl.statuses["101"] = "stopped"

    def hand_over(self):
        """What a vzmigrate that has succeeded leaves on both."""
        self.copy()
        self.files_of_old_copy()
        self.b.vzctl.statuses["101"] = "running"

    def files_of_old_copy(self):
        conf = self.a.files.conf("101")
        conf.rename(f"{conf}.migrated")
        del self.a.vzctl.statuses["101"]

    def wait(self):
        """Until nobody is at work on hn1; what it has then."""
        assert not wait_while(lambda: self.a.step("look")["at_work"], 30)
        return self.a.step("look")
