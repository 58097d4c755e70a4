"""What tests of the library share: containers as plans see them, a node in a directory, and a vzctl that obeys."""

import contextlib
import json
import shutil
import sqlite3
from dataclasses import replace

from vzdomain import errors
from vzdomain.flavours import LEGACY
from vzdomain.flavours.calls import Call
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.host import process
from vzdomain.host.container import Container
from vzdomain.host.node import Node
from vzdomain.model.actions import Create, Destroy, Rename, Restart, Resume, Start, Stop
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.model.units import UNLIMITED
from vzdomain.planning import plan
from vzdomain.planning.changes import show

UUID = "8dea22b3-1d52-d8f3-2516-782e98ab8fa0"
OTHER_UUID = "52cbd4bf-1ecf-4ee8-aa31-7f3a20f4d7f9"
MARKED = "#SALT-OPENVZ: managed $CTID node\n"  # `NodeDirectory.add` puts the CTID
CONF = 'PHYSPAGES="0:65536"\nSWAPPAGES="0:131072"\nOSTEMPLATE="debian-12-x86_64"\n'
SAMPLE = Domain("0", memory=262144, swap=524288)
NODE = plan.Context(LEGACY, bridges={"default": "virbr0"}, node_id="node-1", sample=SAMPLE)
VZ_CONF = """\
LOCKDIR={root}/lock
DUMPDIR={root}/dump
TEMPLATE={root}/template
VE_PRIVATE={root}/private/$VEID
VE_ROOT={root}/root/$VEID
CONFIGFILE="vswap-256m"
"""


def note_as(journal, kind, ctid, text):
    """Put the text of a note into the file of a journal, as whoever damages it would."""
    with contextlib.closing(sqlite3.connect(journal.path)) as base, base:
        base.execute("REPLACE INTO notes VALUES (?, ?, ?)", (kind, str(ctid), text))


def argv_of(call):
    """The words after ``vzctl``, all of those of another program; of a call that writes comments, the comments."""
    return call.comments or (call.argv if call.program == "vzctl" else call.command)


def steps(desired, live, **given):
    """The plan's argument vectors; for a step that writes comments, the comments."""
    made = plan.make(desired, live, Ctid("209"), replace(NODE, **given))
    return [argv_of(call) for call in made.calls]


def call(*argv, **how):
    """A call of vzctl; its actions are those of the verbs and options that tests need, where none are given."""
    words = dict(zip(argv, argv[1:], strict=False))
    verbs = {"start": Start, "stop": Stop, "resume": Resume, "destroy": Destroy}
    found = [verbs[argv[0]]("stopped")] if argv and argv[0] in verbs else []
    found += [Restart()] if argv[:1] == ("restart",) else []
    found += [Rename(None, words["--name"])] if "--name" in words and argv[0] == "set" else []
    found += [Create(words.get("--name", argv[1]))] if argv[:1] == ("create",) else []
    return Call(argv, how.pop("actions", tuple(found)), **how)


def done(err):
    """What an error says was done, as Salt shows it."""
    return err.done and {name: show(actions) for name, actions in err.done.items()}


def listed(ctid, status="running", **values):
    """A container in the JSON of vzlist; beancounters are pairs: ``listed("209", physpages=(0, 65536))``."""
    counters = {row.field: (UNLIMITED, UNLIMITED) for row in TABLE if row.kernel and row.column.count(".") == 2}
    pairs = counters | {"physpages": (0, 65536), "swappages": (0, 131072)}
    said = {
        "ctid": int(ctid),
        "status": status,
        "uptime": 5.25,
        "ip": [],
        "cpus": 0,
        "cpuunits": None,
        "cpulimit": None,
    }
    said |= {name: dict(zip(("barrier", "limit"), pair, strict=True)) for name, pair in pairs.items()}
    return said | {
        name: dict(zip(("barrier", "limit"), value, strict=True)) if name in pairs else value
        for name, value in values.items()
    }


def one_set(*argv):
    return [("set", "209", *argv, "--save")]


def domain(**fields):
    return Domain("209", **fields)


def container(ctid="209", status="stopped", managed=True, layout="simfs", **fields):
    """A live container; its domain has what `fields` say, and lists that are empty."""
    said = {"name": str(ctid), "interfaces": (), "hostdevs": (), "addresses": (), "pci": (), **fields}
    return Container(
        ctid=Ctid(ctid),
        status=status,
        domain=Domain(**said),
        managed=managed,
        private=f"/vz/private/{ctid}",
        file=f"/etc/vz/conf/{ctid}.conf",
        onboot=False,
        disabled=False,
        layout=layout,
        stop_timeout=None,
    )


class ObedientVzctl:
    """
    Stands in for `vzctl.Vzctl` over a `NodeDirectory`: remembers what was run and does it in the plainest way.

    `failures` maps a command (the first word) to the exception that it raises; `deaf` are options that are accepted
    and not taken.
    """

    def __init__(self, directory):
        self.directory, self.vzctl = directory, "vzctl"
        self.statuses, self.uptimes, self.runs, self.lists, self.limits = {}, {}, [], [], []
        self.failures, self.deaf, self.listed, self.conf = {}, set(), None, CONF
        self.links = lambda device, bridge: None  # what ip does, and ``brctl addif``
        self.unlinks = lambda device, bridge: None  # ``brctl delif``

    flavour = LEGACY

    def release(self):
        return LEGACY, "4.11.1"

    def run(self, *argv, stop_timeout=None, **_):
        self.runs.append(argv)
        self.limits.append(stop_timeout)
        if argv[0] in self.failures:
            raise self.failures[argv[0]]
        if argv[0] in ("set", "destroy") and not self.directory.conf(argv[1]).exists():
            raise errors.AbsentError(f"vzctl {argv[0]} {argv[1]} ended with code 14: no such container", 14)
        return process.Result(0, getattr(self, f"_{argv[0]}")(argv[1], argv[2:]) or "", "")

    def link(self, *argv):
        self.runs.append(("ip", *argv))
        if "ip" in self.failures:
            raise self.failures["ip"]
        self.links(argv[3], argv[5])

    def bridge(self, command, bridge, device):
        self.runs.append(("brctl", command, bridge, device))
        if command in self.failures:
            raise self.failures[command]
        (self.unlinks if command == "delif" else self.links)(device, bridge)

    def list(self, *argv):
        self.lists.append(argv)
        if "list" in self.failures:
            raise self.failures["list"]
        if self.listed is not None:
            return self.listed
        rows = {ctid: (status, float(self.uptimes.get(ctid, 0))) for ctid, status in self.statuses.items()}
        return json.dumps([{"ctid": int(ctid), "status": status, "uptime": up} for ctid, (status, up) in rows.items()])

    def _create(self, ctid, options):
        area = self.directory.private(ctid)
        if area.is_dir() and any(area.iterdir()):
            raise errors.PrivateAreaExistsError(f"vzctl create {ctid} ended with code 44: exists", 44)
        self.directory.add(ctid, self.conf)
        self.statuses[ctid] = "stopped"
        self._set(ctid, options)

    def _set(self, ctid, options):
        path = self.directory.conf(ctid)
        words = dict(zip(options[::2], options[1::2], strict=False))
        keys = {"--cpus": "CPUS", "--description": "DESCRIPTION", "--name": "NAME", "--ipadd": "IP_ADDRESS"}
        keys |= {"--features": "FEATURES", "--netfilter": "NETFILTER", "--disabled": "DISABLED"}
        keys |= {"--onboot": "ONBOOT"}
        for option, key in keys.items():
            if option in words and option not in self.deaf:
                path.write_text(f'{key}="{words[option]}"\n' + path.read_text())
        if "--name" in words and "--name" not in self.deaf:
            self.directory.link(words["--name"], ctid)
        if "--netif_add" in words and "--netif_add" not in self.deaf:
            guest, mac, target, host_mac, bridge = (words["--netif_add"].split(",") + [""] * 4)[:5]
            target = target or f"veth{ctid}.{guest[3:]}"
            netif = f"ifname={guest},bridge={bridge or 'br0'},host_ifname={target}{mac and f',mac={mac}'}"
            netif += host_mac and f",host_mac={host_mac}"
            path.write_text(f'NETIF="{netif}"\n' + path.read_text())

    def _status(self, ctid, _):
        status = self.statuses.get(ctid)
        words = {"running": "mounted running", "mounted": "mounted down", "suspended": "unmounted down suspended"}
        return f"CTID {ctid} {'exist' if status else 'deleted'} {words.get(status, 'unmounted down')}\n"

    def _start(self, ctid, _):
        self.statuses[ctid] = "running"

    _resume = _start

    def _restart(self, ctid, _):
        self.statuses[ctid], self.uptimes[ctid] = "running", 0

    def _stop(self, ctid, _):
        self.statuses[ctid] = "stopped"

    _umount = _stop

    def _suspend(self, ctid, _):
        self.statuses[ctid] = "suspended"

    def _destroy(self, ctid, _):
        self.statuses.pop(ctid, None)
        self.directory.remove(ctid)


class NodeDirectory:
    """A node's files below `root`."""

    def __init__(self, root):
        self.root, self.etc, self.net = root, root / "etc", root / "net"
        for name in ("conf", "names"):
            (self.etc / name).mkdir(parents=True)
        for name in ("lock", "dump", "template/cache", "private"):
            (root / name).mkdir(parents=True)
        self.net.mkdir()
        (self.etc / "vz.conf").write_text(VZ_CONF.format(root=root))
        (self.etc / "conf" / "ve-vswap-256m.conf-sample").write_text('PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\n')
        self.vzctl = ObedientVzctl(self)

    def node(self):
        """A `Node` that has read nothing yet."""
        return Node(self.vzctl, str(self.etc), str(self.net), "node", str(self.root / "proc"))

    def conf(self, ctid):
        return self.etc / "conf" / f"{ctid}.conf"

    def private(self, ctid):
        return self.root / "private" / str(ctid)

    def dump(self, ctid):
        return self.root / "dump" / f"Dump.{ctid}"

    def lock(self, ctid):
        return self.root / "lock" / f"{ctid}.lck"

    def link(self, name, ctid):
        (self.etc / "names" / name).symlink_to(self.conf(ctid))

    def add(self, ctid, text=CONF, status="stopped", name=None):
        """A whole container; with `name` also the key and the link."""
        self.conf(ctid).write_text(text.replace("$CTID", str(ctid)) + (f'NAME="{name}"\n' if name else ""))
        self.private(ctid).mkdir(exist_ok=True)
        (self.private(ctid) / "etc").mkdir(exist_ok=True)
        self.vzctl.statuses[ctid] = status
        if name:
            self.link(name, ctid)

    def remove(self, ctid):
        for link in (self.etc / "names").iterdir():
            if link.is_symlink() and link.readlink() == self.conf(ctid):
                link.unlink()
        self.conf(ctid).unlink()
        if self.private(ctid).exists():  # vzctl deletes without one, too
            shutil.rmtree(self.private(ctid))

    def add_bridge(self, name, *devices):
        (self.net / name / "bridge").mkdir(parents=True)
        (self.net / name / "brif").mkdir()
        for device in devices:
            (self.net / name / "brif" / device).touch()

    def comments(self, ctid):
        return ctconf.parse(self.conf(ctid).read_text()).comments


class Bridges:
    """Networks of a node that has one."""

    def bridge(self, name):
        if name != "default":
            raise errors.NetworkUndefinedError(f"libvirt has no network {name}")
        return "virbr0"

    def why_without(self, name, bridge):
        return errors.NetworkInactiveError(f"{name} behind {bridge}")

    def by_bridge(self):
        return {"virbr0": "default"}
