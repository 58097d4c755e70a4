"""A container of a node of vzctl 4 becomes one of vzctl 7: the real steps, on two simulated nodes."""

import contextlib
import io
import itertools
import os
import subprocess

import pytest
from library import OTHER_UUID, UUID, Bridges
from vzdomain import errors
from vzdomain.document import entries
from vzdomain.execution.converting.converter import Converter
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.fleet.convert import drive
from vzdomain.fleet.moving.drive import Means
from vzdomain.host.node import Node
from vzdomain.host.process import Program
from vzdomain.host.vzctl import Vzctl

from vzsim import cli

LIMIT = 60  # seconds for one program
TEMPLATE = "debian-12-x86_64"
CONF = (
    f'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nVE_LAYOUT="simfs"\nOSTEMPLATE="{TEMPLATE}"\nONBOOT="yes"\nNAME="shop"\n'
)
CONF += f'IP_ADDRESS="198.51.100.30"\n#UUID: {UUID}\n#SALT-OPENVZ: managed 101 hn1\n'
DOCUMENT = f"""\
<domain type='openvz'>
  <name>shop</name>
  <uuid>{UUID}</uuid>
  <memory unit='MiB'>512</memory>
  <devices>
    <filesystem type='template'><source name='{TEMPLATE}'/></filesystem>
    <interface type='ethernet'><ip address='198.51.100.30' family='ipv4'/></interface>
  </devices>
</domain>
"""
_RUNS = itertools.count()


class Side:
    """One node, and what it does of a conversion."""

    def __init__(self, place, name):
        self.place, self.name, self.document = place, name, DOCUMENT

    def vzctl(self, *words):
        done = subprocess.run(
            [self.place / "bin/vzctl", *map(str, words)], capture_output=True, text=True, check=False, timeout=LIMIT
        )
        return done.returncode, done.stdout.strip()

    @property
    def status(self):
        """``exist mounted running``"""
        return self.vzctl("--quiet", "status", 101)[1].removeprefix("CTID 101 ").removeprefix(f"CTID {UUID} ")

    @property
    def converter(self):
        vzctl = Vzctl(*(str(self.place / f"bin/{name}") for name in ("vzctl", "vzlist")), lock_timeout=0)
        etc, net, proc = (str(self.place / name) for name in ("etc/vz", "sys/class/net", "proc"))
        node = Node(vzctl, etc, net, self.name, proc)
        made = Reconciler(node, Bridges(), Journal(str(self.place / "journal"), 0), lock_timeout=0)
        tools = {name: Program(str(self.place / "bin" / name), name, name) for name in ("rsync", "ssh")}
        return Converter(made, (str(self.place / "bin/vzmigrate"),), self.name, tools, self.entries)

    def entries(self, key):
        if self.document is None:
            return []
        return [entries.with_document(entries.read("shop", self.document), self.document)]


class Conversion:
    """hn1 has shop as container 101 and runs it; vz1 has vzctl 7 and nothing."""

    def __init__(self, directory):
        with contextlib.redirect_stdout(io.StringIO()):
            words = ["--nodes", "hn1,vz1", "--family", "4,7", "--template", TEMPLATE]
            assert cli.main(["fleet", str(directory), *words]) == 0
        self.a, self.b = Side(directory / "hn1", "hn1"), Side(directory / "vz1", "vz1")
        self.sides = {"hn1": self.a, "vz1": self.b}
        path, area = self.a.place / "etc/vz/conf/101.conf", self.a.place / "vz/private/101"
        path.write_text(CONF)
        (self.a.place / "etc/vz/names/shop").symlink_to(path)
        for place in ("etc", "sbin", "proc", "bin"):
            (area / place).mkdir(parents=True, exist_ok=True)
        (area / "sbin/init").touch()
        (area / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (area / "etc/marker").write_text("data of hn1")
        (self.a.place / "vz/root/101").mkdir(exist_ok=True)
        assert self.a.vzctl("start", 101)[0] == 0

    def ask(self, node, step, move, **arguments):
        return self.sides[node].converter.step(step, move, **arguments)

    def __call__(self, decided=None, is_test=False, name="shop"):
        run = f"run-{next(_RUNS)}"
        request = drive.Conversion("", name, None, name, "hn1", "vz1", master="m", run=run)
        means = Means(self.ask, pause=lambda seconds: os.sched_yield())
        return drive.convert(means, request, is_test, True, decided)

    @property
    def marker(self):
        """What the container on vz1 has in its file, seen from inside."""
        return self.b.vzctl("exec", 101, "cat /etc/marker")[1]


@pytest.fixture
def convert(tmp_path, server):
    with server.patched():
        yield Conversion(tmp_path / "fleet")


def test_it_runs_on_the_new_node_with_its_files_its_name_and_its_uuid(convert):
    outcome = convert()

    assert outcome.result == "moved", outcome
    assert (convert.a.status, convert.marker) == ("deleted unmounted down", "data of hn1")
    assert "running" in convert.b.status
    found = convert.b.converter.node.containers()[0]
    assert (found.domain.uuid, found.domain.name, found.managed, found.onboot) == (UUID, "shop", True, True)
    assert found.domain.memory == 512 * 1024, "by the document, and not by the old file"
    assert (convert.a.place / "etc/vz/conf/101.conf.migrated").exists()


def test_without_a_document_nothing_is_done_and_it_says_where_to_get_one(convert):
    convert.b.document = None

    outcome = convert()

    assert (outcome.result, outcome.reason) == ("refused", "the pillar of vz1 has no document for shop")
    assert outcome.command.startswith("add an entry with its document there")
    assert "running" in convert.a.status


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("<memory unit='MiB'>512</memory>", "", "memory"),
        (UUID, "52cbd4bf-1ecf-4ee8-aa31-7f3a20f4d7f9", "uuid"),
        ("<name>shop</name>", "<name>other</name>", "name"),
        (TEMPLATE, "centos-6-x86_64", "template"),
        ("ethernet'><ip address='198.51.100.30' family='ipv4'/>", "bridge'><source bridge='br7'/>", "plan"),
    ],
)
def test_a_document_that_would_be_another_container_is_refused_before_anything_is_done(convert, old, new, rule):
    convert.b.document = DOCUMENT.replace(old, new)

    outcome = convert(is_test=True)

    assert (outcome.result, outcome.rule) == ("refused", rule), outcome.problems
    assert "running" in convert.a.status


def test_a_driver_that_dies_after_each_step_is_followed_by_one_that_goes_on_from_there(convert):
    class Died(BaseException):
        pass

    ask, done = convert.ask, []

    def dying(node, step, move, **arguments):
        found = ask(node, step, move, **arguments)
        if step != "look" and (node, step) not in done:
            done.append((node, step))
            if not step.startswith("check"):
                raise Died
        return found

    convert.ask = dying
    for _ in range(30):
        with contextlib.suppress(Died):
            last = convert()
            break
        assert not ("running" in convert.a.status and "running" in convert.b.status)

    assert last.result in ("moved", "already there")
    assert len(done) == len(dict.fromkeys(done)) > 12
    assert (convert.a.status, convert.marker) == ("deleted unmounted down", "data of hn1")


@pytest.mark.parametrize(("verb", "code", "rule", "command"), [
    ("exec3", 8, "inside", "salt-run openvz.convert shop vz1 decide=accept"),
    ("start", 47, "failed", "salt-run openvz.convert shop vz1"),
])  # fmt: skip
def test_a_new_one_that_does_nothing_is_for_a_person_and_going_back_leaves_nothing(convert, verb, code, rule, command):
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["fault", str(convert.b.place), "--command", verb, "--rc", str(code)]) == 0

    asked = convert()
    back = convert(decided="back")

    assert (asked.result, asked.rule, asked.command) == ("stopped", rule, command), asked
    assert any("decide=back" in said for said in (asked.reason, *asked.warnings))
    assert back.result == "failed", back
    assert (convert.a.status, "running" in convert.b.status) == ("exist mounted running", False)
    its = convert.a.converter.node.containers()[0]
    assert (its.onboot, its.disabled) == (True, False)
    assert convert.b.converter.node.ctids() == []
    assert not (convert.b.place / "vz/private/101").exists()


def test_the_new_one_is_not_started_before_the_old_one_is_stopped_and_disabled(convert):
    with pytest.raises(errors.RefusedError, match="not stopped and disabled on hn1: nothing is started here"):
        convert_until(convert, "copy_first")
        move = {**convert.move, "kind": "convert"}
        proof = convert.ask("hn1", "look", move)
        convert.ask("vz1", "own", move, power="running", proof=proof)


def convert_until(convert, last):
    """Drive it until that step has been done; `move` is what the nodes were told."""

    class Stopped(BaseException):
        pass

    ask = convert.ask

    def watched(node, step, move, **arguments):
        convert.move = move
        found = ask(node, step, move, **arguments)
        if step == last:
            raise Stopped
        return found

    convert.ask = watched
    with contextlib.suppress(Stopped):
        convert()
    convert.ask = ask


def test_an_image_is_copied_by_where_it_is_mounted_and_unmounted_at_the_end(convert):
    create = ("--layout", "ploop", "--ostemplate", TEMPLATE, "--name", "db", "--diskspace", "1G")
    for words in (("create", 102, *create), ("start", 102), ("exec", 102, "echo data of db > /etc/marker")):
        assert convert.a.vzctl(*words)[0] == 0
    convert.b.document = DOCUMENT.replace("shop", "db").replace(UUID, OTHER_UUID).replace("100.30", "100.31")

    outcome = convert(name="db")

    assert outcome.result == "moved", outcome
    assert convert.b.vzctl("exec", 102, "cat /etc/marker") == (0, "data of db")
    assert convert.a.vzctl("--quiet", "status", 102)[1].removeprefix("CTID 102 ") == "deleted unmounted down"


def test_a_node_that_cannot_log_in_there_is_told_before_anything_is_done(convert):
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["fleet", str(convert.a.place.parent), "--down", "vz1"]) == 0

    outcome = convert()

    assert (outcome.result, outcome.rule) == ("refused", "ssh"), outcome
    assert "root of hn1 cannot run rsync on vz1 (code 255)" in outcome.reason
    assert "running" in convert.a.status
