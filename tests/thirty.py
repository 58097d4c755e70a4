"""Thirty containers on three nodes: what the pillars say of them, and what the nodes have of it."""

import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field

import psutil

STATES = """\
what the pillar has for this node:
  openvz.managed: []
"""
CAREFUL = """\
what the pillar has for this node:
  openvz.managed:
    - max_creates: 0
    - max_network_changes: 2
"""
METADATA = """\
<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>{ctid}</openvz:ctid></metadata>
"""
TODAY = """\
<domain type='openvz'>
  <name>{name}</name>
  {extra}
  <memory unit='MiB'>{memory}</memory>
  <vcpu>{vcpu}</vcpu>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/><target dir='/'/></filesystem>
    {veth}
    {addresses}
  </devices>
</domain>
"""
OF_2008 = """\
<domain type='openvz'>
  <name>{name}</name>
  {extra}
  <memory>{kib}</memory>
  <devices>
    <filesystem type='template'><source name='fedora-core-5-i386'/><quota type='size' max='{quota}'/></filesystem>
    {addresses}
  </devices>
</domain>
"""
VETHS = (
    "<interface type='bridge'><source bridge='br0'/></interface>",
    "<interface type='network'><source network='default'/></interface>",
    "",
)
DEADLINE = 180  # seconds, for a machine that others use too


@dataclass
class Wanted:
    """One container: number `index` of node `number`."""

    number: int
    index: int
    state: str | None = "running"
    memory: int = 256  # MiB
    addresses: list = field(default_factory=list)
    veth: str = ""
    fixed: int | None = None  # the CTID that the document says

    @classmethod
    def make(cls, number, index):
        state = {8: "stopped", 9: None}.get(index, "running")
        address = [f"10.{number}.0.{index + 10}"]
        fixed = 400 + index if index % 3 == 0 else None
        return cls(number, index, state, 256 + 16 * index, address, VETHS[index % len(VETHS)], fixed)

    @property
    def name(self):
        return f"hn{self.number}-web{self.index}"

    @property
    def entry(self):
        said = {"xml": self.xml}
        return {**said, "state": self.state} if self.state else said

    @property
    def xml(self):
        form = OF_2008 if self.index % 5 == 4 else TODAY
        kind = {"ethernet": TODAY, "route": OF_2008}
        wires = next(name for name, one in kind.items() if one is form)
        return form.format(
            name=self.name,
            extra=METADATA.format(ctid=self.fixed) if self.fixed else "",
            memory=self.memory,
            kib=self.memory * 1024,
            vcpu=1 + self.index % 2,
            quota=(1 + self.index) << 20,
            veth=self.veth,
            addresses="".join(f"<interface type='{wires}'><ip address='{one}'/></interface>" for one in self.addresses),
        )


class Fleet:
    """
    Pillars and states of the master, and `wanted`: ``{"hn1": {label: Wanted}}``.

    What a test changes is in effect after `publish`; `restore` brings back what was there before.
    """

    def __init__(self, command, nodes, file_root, pillar_root):
        self.command, self.nodes = command, nodes
        self._pillars = {host: pillar_root / f"{host}.sls" for host in nodes}
        self._states = file_root / "containers.sls"
        self._before = {path: path.read_text() for path in (*self._pillars.values(), self._states)}
        self.settings = {host: {} for host in nodes}  # more of the key openvz
        self.pillar = {host: {} for host in nodes}  # beside it
        self.wanted = {}
        for number, host in enumerate(nodes, 1):
            several = (Wanted.make(number, index) for index in range(10))
            self.wanted[host] = {f"web{one.index}": one for one in several}
        self._states.write_text(STATES)
        (file_root / "careful.sls").write_text(CAREFUL)

    def publish(self):
        """Write the pillars and have the minions read them."""
        for host, path in self._pillars.items():
            said = json.loads(self._before[path])
            domains = {label: one.entry for label, one in self.wanted[host].items()}
            said["openvz"] = {**said["openvz"], "domains": domains, **self.settings[host]}
            path.write_text(json.dumps({**said, **self.pillar[host]}))
        self._refresh()

    def restore(self):
        for path, text in self._before.items():
            path.write_text(text)
        self._refresh()

    def _refresh(self):
        said = self.command.json("salt", "*", "saltutil.refresh_pillar", "wait=True")
        assert said == dict.fromkeys(self.nodes, True), said

    def edit(self, host, *indexes):
        """More memory, and one more address."""
        for index in indexes or range(10):
            one = self.wanted[host][f"web{index}"]
            one.memory += 64
            one.addresses.append(f"10.{one.number}.{len(one.addresses)}.{index + 10}")

    def highstate(self, *argv):
        """``salt '*' state.highstate``: the return of the one state of each minion."""
        return states(self.command.json("salt", "*", "state.highstate", *argv))

    def ctid(self, host, index):
        """The CTID that a container has now, as text."""
        return self.nodes[host].ctid(self.wanted[host][f"web{index}"].name)

    def check(self, *hosts):
        """The nodes have what the pillars say, nothing was lost, and nothing was created twice."""
        for host in hosts or self.nodes:
            node = self.nodes[host]
            for one in self.wanted[host].values():
                ctid = self.ctid(host, one.index)
                conf = node.conf(ctid)
                assert conf["NAME"] == one.name
                addresses = [word.partition("/")[0] for word in conf["IP_ADDRESS"].split()]
                assert sorted(addresses) == sorted(one.addresses), (host, ctid)
                assert node.memory(ctid) == one.memory, (host, ctid)
                assert ("running" in node.status(ctid)) is (one.state == "running"), (host, ctid)
            created = Counter(argv[1] for argv in node.calls("create"))
            assert set(created.values()) == {1}, (host, created)
            assert len(list((node.directory / "vz/private").iterdir())) == len(created), host


def states(returns):
    """``{minion: the return of its one openvz state}``, of those that have returned states."""
    whole = {minion: ret for minion, ret in returns.items() if isinstance(ret, dict)}
    found = {minion: [one for key, one in ret.items() if key.startswith("openvz")] for minion, ret in whole.items()}
    return {minion: one for minion, (one,) in found.items()}


def until(condition, *arguments, what=None):
    """Wait until it returns something true, and return that; `what` is said where it never does."""
    last = time.monotonic() + DEADLINE
    while not (found := condition(*arguments)):
        assert time.monotonic() < last, f"{what or condition.__name__}, and did not within {DEADLINE} seconds"
        time.sleep(0.1)
    return found


def vzctl_of(minion, *words):
    """The processes that run vzctl for a minion now, with these words."""
    found = []
    for one in psutil.Process(minion.pid).children(recursive=True):
        try:
            cmdline = one.cmdline()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
        if any(word.endswith("/bin/vzctl") for word in cmdline) and set(map(str, words)) <= set(cmdline):
            found.append(one)
    return found


def kill(minion, spare):
    """Kill the minion and all that it has started at once, except for the processes to `spare`."""
    main = psutil.Process(minion.pid)
    doomed = [one for one in (main, *main.children(recursive=True)) if one not in spare]
    for signal in ("suspend", "kill"):
        for one in doomed:
            try:
                getattr(one, signal)()
            except psutil.NoSuchProcess:
                continue
    psutil.wait_procs([one for one in doomed if one != main], timeout=DEADLINE)


def objects(stdout):
    """One dictionary of all the JSON objects that a command has shown, a minion each, among other lines."""
    found, place = {}, 0
    while begins := re.compile(r"^\{", re.MULTILINE).search(stdout, place):
        one, place = json.JSONDecoder().raw_decode(stdout, begins.start())
        found.update(one)
    return found
