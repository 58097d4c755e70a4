"""
``p.haul``: how a running container changes its node, in a process of its own.

It reaches the other node through vzmigrate, which hands on its requests. When vzmigrate is gone, or anything fails, it
starts the container here again, or lets it go on.

Of a signal to vzmigrate it dies as well, which leaves the container as it is at that moment (assumed).
"""

import json
import os

from vzsim import programs
from vzsim.codes import write
from vzsim.fleet import processes
from vzsim.fleet.seven import failures
from vzsim.fleet.seven.channel import read_line
from vzsim.fleet.seven.failures import MoveFailed
from vzsim.seven import kernel

PROGRAM = "/usr/libexec/phaul/p.haul"
LOG = "/var/log/phaul.log"
CRIU = "criu"


def move(departure):
    """Run p.haul for a departure, and be its way to the other node; fails with 73."""
    is_online = departure.given.has("online")
    write(1, f"{'Live' if is_online else 'Warm'} migration stage started\n")
    relay = Relay(departure.channel)
    down, theirs = os.pipe()
    ours, up = os.pipe()
    words = [PROGRAM, "vz", departure.container.ctid, *_options(departure, is_online)]
    pid = processes.start(words, lambda: _haul(departure, is_online), (down, up, 2))
    os.close(down)
    os.close(up)
    relay.serve(ours, theirs)
    if processes.wait(pid) or relay.failure:
        raise MoveFailed(failures.PHAUL, f"Phaul failed to live migrate CT ({LOG})")
    write(1, "Successfully completed\n")


def _options(departure, is_online):
    mode = [] if is_online else ["--mode", "restart"]
    there = ["--dst-id", departure.ctid] if departure.ctid != departure.container.ctid else []
    return [*there, *mode, "--log-file", LOG, *([] if departure.starts else ["--nostart"])]


class Relay:
    """Hands p.haul's requests on to vzmdest; a request that fails, or the end of either, is the end of it."""

    def __init__(self, channel):
        self.channel = channel
        self.failure = None
        self.buffer = b""

    def serve(self, source, out):
        self.source = source
        while self.failure is None and (line := read_line(self)) is not None:
            request = json.loads(line)
            try:
                reply = self.channel.ask(request.pop("step"), request.pop("command"), **request)
            except MoveFailed as failure:
                self.failure, reply = failure, {"rc": failure.rc}
            if reply.get("rc") != failures.BROKEN:
                os.write(out, json.dumps(reply).encode() + b"\n")
        os.close(out)
        os.close(source)


class Gone(Exception):
    """The other node has refused, or nobody is there to ask it."""


class Haul:
    """p.haul itself; its standard input and output lead to vzmigrate."""

    def __init__(self, departure):
        self.departure = departure
        self.container = departure.container
        self.calls = departure.calls
        self.node = departure.node
        self.source = 0
        self.buffer = b""

    def ask(self, step, command, **arguments):
        try:
            os.write(1, json.dumps({"step": step, "command": command, **arguments}).encode() + b"\n")
        except OSError:
            raise Gone from None
        line = read_line(self)
        if line is None or json.loads(line).get("rc"):
            raise Gone
        return json.loads(line)

    def vzctl(self, step, command, *options):
        rc = self.container.vzctl(step, command, *options, quiet=True)
        if rc:
            self.log(f"vzctl {command} exited with code {rc}")
            raise Gone

    def log(self, text):
        path = self.node.path(LOG)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a", encoding="utf-8") as stream:
            stream.write(text + "\n")

    def contents(self, step):
        """The disks as they are now."""
        here = self.container.contents()
        there = self.ask("haul-place", "copy")["area"]
        self.ask(step, "contents", pairs=[[f"{self.container.area}/{name}", f"{there}/{name}"] for name in here])

    def restart(self):
        """Stop here, start there; whatever fails in between, start here again."""
        self.contents("contents1")
        try:
            self.vzctl("stop", "stop", "--skip-umount")
            self.contents("contents2")
            if self.departure.starts:
                self.ask("start", "start")
        except Gone:
            self.log("start the container here again")
            if not self.container.is_running():
                self.container.vzctl("restart", "start", quiet=True)
            raise
        self.container.vzctl("source-umount", "umount", quiet=True)

    def live(self):
        """Freeze here, let it go on there; whatever fails in between, let it go on here."""
        ctid, record = self.container.ctid, self.node.running(self.container.ctid)
        self.contents("contents1")
        rc = self.calls.here("dump")
        if rc or CRIU not in self.node.kernel.get("tools", ()):
            self.log("Can't dump")
            raise Gone
        kernel.set_live(self.node, ctid, {**record, "paused": True})
        try:
            self.contents("contents2")
            self.ask("restore", "start", record=record)
        except Gone:
            kernel.set_live(self.node, ctid, record)
            raise
        self.vzctl("kill", "stop", "--fast", "--skip-umount")
        self.container.vzctl("source-umount", "umount", quiet=True)


def _haul(departure, is_online):
    """What the process does; its exit status."""
    haul = Haul(departure)
    with programs.shown(departure.node.directory):
        try:
            (haul.live if is_online else haul.restart)()
        except Gone:
            return 1
        except BaseException:
            import traceback

            haul.log(traceback.format_exc())
            raise
    return 0
