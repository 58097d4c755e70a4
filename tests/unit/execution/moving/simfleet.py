"""Two simulated nodes that reach each other, hn1 and hn2, and what each of them does of a move."""

import contextlib
import io
import subprocess

from library import UUID, Bridges
from pairs import MOVE
from vzdomain.execution.journal import Journal
from vzdomain.execution.moving.mover import Mover
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.kernel.processes import wait_while
from vzdomain.host.node import Node
from vzdomain.host.vzctl import Vzctl

from vzsim import cli

CONF = (
    'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\n'
    f'VE_LAYOUT="simfs"\nOSTEMPLATE="debian-12-x86_64"\nONBOOT="yes"\nNAME="web01"\n#UUID: {UUID}\n'
    "#SALT-OPENVZ: managed 101 hn1\n"
)
LIMIT = 60  # seconds for one program


class Side:
    """One node of the fleet."""

    def __init__(self, place, name, move=MOVE):
        self.place, self.name, self.move = place, name, move

    def path(self, path):
        return self.place / path

    def vzctl(self, *words):
        """Run vzctl by hand; its code and what it says."""
        done = subprocess.run(
            [self.path("bin/vzctl"), *map(str, words)], capture_output=True, text=True, check=False, timeout=LIMIT
        )
        return done.returncode, done.stdout.strip()

    @property
    def status(self):
        """``exist mounted running``"""
        return self.vzctl("--quiet", "status", 101)[1].removeprefix("CTID 101 ")

    @property
    def marker(self):
        place = self.path("vz/private/101/etc/marker")
        return place.read_text() if place.exists() else None

    @property
    def reconciler(self):
        vzctl = Vzctl(*(str(self.path(f"bin/{name}")) for name in ("vzctl", "vzlist")), lock_timeout=0)
        node = Node(vzctl, str(self.path("etc/vz")), str(self.path("sys/class/net")), self.name, str(self.path("proc")))
        return Reconciler(node, Bridges(), Journal(str(self.place / "journal"), 0), lock_timeout=0)

    def step(self, step, move=None, **arguments):
        return self.take(step, {**self.move, **(move or {})}, **arguments)

    def take(self, step, move, **arguments):
        """A step as a driver asks for it, with all that it says of the move."""
        mover = Mover(self.reconciler, (str(self.path("bin/vzmigrate")),), self.name)
        return mover.step(step, move, **arguments)


class SimFleet:
    """hn1 has web01 as container 101, and hn2 has nothing."""

    def __init__(self, directory, is_up=True, family="4", **move):
        self.directory = directory
        template = ("--template", "debian-12-x86_64") if family == "7" else ()
        self.manage("fleet", directory, "--nodes", "hn1,hn2", "--family", family, *template)
        self.a, self.b = (Side(directory / name, name, {**MOVE, **move}) for name in ("hn1", "hn2"))
        self._container(is_up)

    @staticmethod
    def manage(command, place, *words):
        with contextlib.redirect_stdout(io.StringIO()):
            assert cli.main([command, str(place), *map(str, words)]) == 0

    def fault(self, step, *words):
        self.manage("fault", self.a.place, "--command", "vzmigrate", "--step", step, *words)

    def mend(self):
        """Nothing fails any more, and a line that was lost is there again."""
        self.manage("fault", self.a.place, "--clear")

    def _container(self, is_up):
        path = self.a.path("etc/vz/conf/101.conf")
        path.write_text(CONF)
        self.a.path("etc/vz/names/web01").symlink_to(path)
        area = self.a.path("vz/private/101")
        for place in ("etc", "sbin", "proc"):
            (area / place).mkdir(parents=True, exist_ok=True)
        (area / "sbin/init").touch()
        (area / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (area / "etc/marker").write_text("data of A")
        self.a.path("vz/root/101").mkdir(exist_ok=True)
        if is_up:
            assert self.a.vzctl("start", 101)[0] == 0

    def begin(self):
        """The checks, and the intent on both."""
        facts = self.a.step("check_source")
        assert facts["problems"] == []
        assert self.b.step("check_destination", facts=facts["facts"])["problems"] == []
        self.b.step("intend")
        self.a.step("intend")

    def send(self):
        """Begin, send, and wait until nobody is at work on either node; what both have then."""
        self.begin()
        self.a.step("send", to="hn2")
        return self.settled()

    def settled(self):
        looks = lambda: [side.step("look")["at_work"] for side in (self.a, self.b)]  # noqa: E731
        assert not wait_while(lambda: any(looks()), LIMIT), looks()
        return self.a.step("look"), self.b.step("look")
