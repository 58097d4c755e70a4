"""A minion that is killed at any moment, with vzctl or without: the next run finishes what was begun, and says so."""

import json
import os
import re
import shutil

import interrupting
import pytest
from families import BOTH, FOUR, SEVEN
from salt.exceptions import CommandExecutionError
from simnode import SimNode
from vzdomain.execution.journal import Journal
from vzdomain.flavours.calls import Call

DOCUMENT = """\
<domain type='openvz'>
  <name>{name}</name>
  <uuid>5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001</uuid>
  <memory unit='MiB'>{memory}</memory>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='bridge'><source bridge='{bridge}'/></interface>
    {more}
    <interface type='ethernet'><ip address='{address}' family='ipv4'/></interface>
  </devices>
</domain>
"""
MADE_UP = re.compile("(FE|C4):37:72:[0-9A-F:]{8}|veth72[0-9a-f]{6}")  # by vzctl 7: for its end of a pair, and venet0

PASSING = ("ve.conf.tmp", ".running")  # of vzctl 7: a write that was cut off, and what a start writes last

pytestmark = BOTH
BEFORE = DOCUMENT.format(name="web01", bridge="br0", memory=512, address="198.51.100.10", more="")
SECOND = "<interface type='bridge'><source bridge='eth10'/><target dev='second'/></interface>"
AFTER = DOCUMENT.format(name="web02", bridge="virbr0", memory=768, address="198.51.100.11", more=SECOND)


class Case:
    """A node to go back to, the document it is to follow, and what it looks like when nobody was killed."""

    def __init__(self, openvz, node, cachedir, pristine, document):
        self.openvz, self.node, self.document = openvz, node, document
        self.notes, self.pristine = cachedir / "openvz", pristine
        self.restore()
        self.apply()
        self.expected = world(node)
        self.ctid = node.ctid(re.search("<name>(.*)</name>", document or BEFORE).group(1))
        self.restore()

    def restore(self):
        self.node.restore(self.pristine)
        shutil.rmtree(self.notes, ignore_errors=True)

    def apply(self):
        """One run, as the state ``running`` does it."""
        defined = self.openvz.define(xml=self.document)
        started = self.openvz.start(defined["name"])
        return {**defined["changes"], **started["changes"]}, [*defined["warnings"], *started["warnings"]]

    def check(self, where):
        """The next run finishes it and reports it once, the one after it has nothing to do."""
        interrupted = self.journal.steps()
        _, warnings = self.apply()
        assert len([one for one in warnings if "was interrupted" in one]) == len(interrupted), (where, warnings)
        assert self.apply() == ({}, []), where
        assert world(self.node) == self.expected, where
        assert (self.journal.steps(), self.journal.ctids()) == ({}, []), where

    @property
    def journal(self):
        return Journal(str(self.notes))


def world(node):
    """What the node is: files, links, areas, what runs with which addresses; without what vzctl's own dead leave."""
    etc, live = node.directory / "etc/vz", node.directory / "proc/vz/ct"
    places = (etc / "conf", etc / "names", node.directory / "vz/private")
    paths = (path for place in places for path in place.rglob("*") if path.name not in PASSING)
    found = {str(path): content(path) for path in paths}
    for path in live.glob("*.json"):
        told = json.loads(MADE_UP.sub("made up", path.read_text()))
        found[f"live {path.name}"] = {**told, "started": None}
    locks = [path.name for path in (node.directory / "vz/lock").iterdir()]
    found["locks"] = [name for name in locks if not re.search(r"\.lck\.\d+$", name)]
    found["mounts"] = (node.directory / "proc/vz/mounts.json").read_text()
    return found | {bridge: node.bridge(bridge) for bridge in ("br0", "eth10", "virbr0")}


def content(path):
    """Where a link points to, or the text of a file."""
    if path.is_symlink():
        return os.readlink(path)
    return path.is_dir() or MADE_UP.sub("made up", path.read_text())


@pytest.fixture
def cachedir(minion_opts, tmp_path):
    return type(tmp_path)(minion_opts["cachedir"])


@pytest.fixture
def empty(node, tmp_path):
    """A copy of the node without containers, whose vzctl can be killed."""
    interrupting.install_vzctl(node)
    SimNode(tmp_path / "empty").restore(node.directory)
    return tmp_path / "empty"


@pytest.fixture
def creation(openvz, node, cachedir, empty):
    return Case(openvz, node, cachedir, empty, BEFORE)


@pytest.fixture
def change(openvz, node, cachedir, empty, tmp_path):
    """The container runs; memory, name, its only address, its bridge and the number of its interfaces are to change."""
    Case(openvz, node, cachedir, empty, BEFORE).apply()
    SimNode(tmp_path / "before").restore(node.directory)
    return Case(openvz, node, cachedir, tmp_path / "before", AFTER)


@pytest.fixture(params=["creation", "change"])
def case(request, family):
    return request.getfixturevalue(request.param)


WORDS = {"creation": ("create", "set", "start"), "change": ("--ram", "--name")}


def test_a_minion_killed_before_any_operation_leaves_nothing_to_do_by_hand(case):
    places, number, ended = (case.node.directory, case.notes), 0, False

    while not ended:
        number += 1
        case.restore()
        ended = interrupting.kill_at(number, places, case.apply)
        case.check(f"operation {number}")

    assert number > 12


def test_a_minion_and_its_vzctl_killed_together_leave_nothing_to_do_by_hand(case, request):
    counts = []

    for word in WORDS[request.node.callspec.params["case"]]:
        number, struck = 0, True
        while struck:
            number += 1
            case.restore()
            struck = interrupting.kill_while_vzctl(case.node, word, number, "both", case.apply)
            case.check(f"operation {number} of {word}")
        counts.append(number)

    assert min(counts) >= 5


@pytest.mark.parametrize("number", [2, 6, 10])  # it takes the lock with its first operation
def test_a_vzctl_that_keeps_running_is_waited_for(case, request, number):
    for word in WORDS[request.node.callspec.params["case"]]:
        case.restore()
        interrupting.kill_while_vzctl(case.node, word, number, "minion", case.apply)

        case.check(f"operation {number} of {word}")


# what is told of it


REPORT = r"an earlier run was interrupted on \d{4}-\d\d-\d\d \d\d:\d\d UTC while it ran: vzctl "


def test_a_dry_run_reports_what_was_interrupted_and_leaves_it_to_the_next_real_one(change):
    interrupting.kill_while_vzctl(change.node, "set", 6, "both", change.apply)

    dry = [change.openvz.define(xml=AFTER, test=True)["warnings"] for _ in range(2)]
    real = [change.openvz.define(xml=AFTER)["warnings"] for _ in range(2)]

    assert [len(warnings) for warnings in (*dry, *real)] == [1, 1, 1, 0]
    for (warning,) in (*dry, real[0]):
        assert re.match(REPORT + f"set {change.ctid} --ram 786432K ", warning)


def test_a_state_says_once_what_was_interrupted(change, states):
    interrupting.kill_while_vzctl(change.node, "set", 6, "both", change.apply)

    dry = states.running("web", xml=AFTER, test=True).full_return["warnings"]
    first, second = (states.running("web", xml=AFTER) for _ in range(2))

    assert len(dry) == len(first.full_return["warnings"]) == 1
    assert first.result is True
    assert (second.result, second.changes, "warnings" in second.full_return) == (True, {}, False)


@pytest.mark.parametrize(
    ("verb", "status"), [("start", "running"), ("stop", "stopped"), ("restart", "running"), ("destroy", "absent")]
)
def test_what_an_orphaned_vzctl_finishes_is_not_done_again(change, verb, status):
    """The container runs, and is stopped first where it is to be started."""
    change.apply()
    if verb == "start":
        change.openvz.stop("web02")
    force = {"force": True} if verb == "destroy" else {}
    interrupting.kill_while_vzctl(
        change.node, verb, 2, "minion", getattr(change.openvz, verb), "web02", *force.values()
    )
    change.node.forget_calls()

    result = getattr(change.openvz, verb)("web02", **force)

    assert re.match(REPORT + f"{verb} {change.ctid}", result["warnings"][0])
    assert change.openvz.status("web02") == status
    assert len(change.node.calls(verb)) == (2 if verb == "restart" else 1)
    assert change.journal.steps() == {}


def test_a_run_that_is_at_work_is_not_taken_for_one_that_was_interrupted(change):
    change.apply()
    change.journal.begin_step(change.ctid, "web02", Call(("set", change.ctid)))
    with (
        change.journal.hold(change.ctid),
        pytest.raises(CommandExecutionError, match=f"container {change.ctid} is being worked on by process"),
    ):
        change.openvz.define(xml=AFTER, test=True)

    assert len(change.openvz.define(xml=AFTER, test=True)["warnings"]) == 1


def test_an_error_of_the_next_run_carries_the_report(change):
    interrupting.kill_while_vzctl(change.node, "set", 6, "both", change.apply)
    change.node.fault("--command", "set", "--rc", "46", "--stderr", "No disk space left", "--times", "1")

    with pytest.raises(CommandExecutionError, match="No disk space left; .*" + REPORT):
        change.openvz.define(xml=AFTER)

    change.check("after the error")


WAITING = {  # what waits for a restart -> how a document says it
    FOUR: ("capabilities", "<features><capabilities><sys_time state='on'/></capabilities></features>"),
    SEVEN: (
        "features",
        "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/>"
        "</metadata>",
    ),
}


def test_a_field_that_was_saved_by_a_run_that_was_interrupted_waits_for_its_restart(change, family):
    field, element = WAITING[family]
    document = AFTER.replace("<devices>", f"{element}<devices>")
    change.apply()
    change.document = document
    assert interrupting.kill_while_vzctl(change.node, "set", 3, "minion", change.apply)

    made = [change.openvz.define(xml=document) for _ in range(2)]

    assert [one.get("pending") for one in made] == [[field], [field]]


def test_a_partial_container_that_somebody_has_changed_is_not_created_again(creation, family):
    """It has what the killed create left, and one key more."""
    number, first = 0, "ve.conf" if family == SEVEN else "etc"
    while not (creation.node.area(creation.ctid) / first).exists():
        number += 1
        creation.restore()
        assert interrupting.kill_while_vzctl(creation.node, "create", number, "both", creation.apply)
    if family == SEVEN:
        assert creation.node.conf(creation.ctid) is None
        creation.node.vzctl("register", creation.node.area(creation.ctid), creation.ctid)
    else:
        assert "OSTEMPLATE" not in creation.node.conf(creation.ctid)
    creation.node.vzctl("--skiplock", "set", creation.ctid, "--onboot", "no", "--save")
    left = sorted(creation.node.area(creation.ctid).rglob("*"))

    with pytest.raises(CommandExecutionError, match=creation.ctid):
        creation.openvz.define(xml=BEFORE)

    assert sorted(creation.node.area(creation.ctid).rglob("*")) == left


class Fleet(Case):
    """Two new containers and one that runs and gives its address to another, done by two workers at once."""

    ENTRIES = {
        "web01": {"xml": AFTER.replace("web02", "web01").replace(".11", ".12"), "state": "running"},
        "web03": {
            "xml": DOCUMENT.format(name="web03", bridge="br0", memory=384, address="198.51.100.10", more=""),
            "state": "running",
        },
        "web04": {"xml": DOCUMENT.format(name="web04", bridge="br0", memory=384, address="198.51.100.14", more="")},
    }

    def apply(self):
        report = self.openvz.apply(max_workers=2)["containers"].values()
        changes = {one["name"]: one["changes"] for one in report if one["changes"]}
        return changes, [warning for one in report for warning in one["warnings"]]


@pytest.fixture
def fleet(loaders, openvz, node, cachedir, empty, tmp_path):
    Case(openvz, node, cachedir, empty, BEFORE).apply()
    SimNode(tmp_path / "before").restore(node.directory)
    pillar = loaders.modules.pack["__pillar__"]["openvz"]
    pillar["domains"] = {
        label: {**entry, "xml": re.sub("<uuid>.*</uuid>", "" if label != "web01" else r"\g<0>", entry["xml"])}
        for label, entry in Fleet.ENTRIES.items()
    }
    yield Fleet(openvz, node, cachedir, tmp_path / "before", None)
    del pillar["domains"]


def test_a_killed_run_over_a_whole_node_leaves_nothing_to_do_by_hand(fleet):
    places, number, ended = (fleet.node.directory, fleet.notes), 0, False

    while not ended:
        number += 2
        fleet.restore()
        ended = interrupting.kill_at(number, places, fleet.apply)
        fleet.check(f"operation {number}")

    assert number > 24


# a deletion


@pytest.fixture
def deletion(change):
    """The container is stopped and is to be deleted."""
    change.apply()
    change.openvz.stop("web02")
    SimNode(change.pristine).restore(change.node.directory)
    return change


def traces_of(node, ctid):
    """Whatever tells of a container, but for what vzctl keeps aside."""
    etc = node.directory / "etc/vz"
    paths = [path for path in (etc / "names").iterdir() if ctid in os.readlink(path)]
    paths += [etc / f"conf/{ctid}.conf", node.area(ctid), node.directory / f"vz/lock/{ctid}.lck"]
    return [path for path in paths if os.path.lexists(path)]


def run_next(case, states, how):
    """What people do after a deletion that was cut off; tells the warnings."""
    if how == "destroy":
        return case.openvz.destroy("web02", missing=True)["warnings"]
    if how == "absent":
        done = states.absent("web02")
        assert done.result is True, done.comment
        return done.full_return.get("warnings", [])
    return case.openvz.define(xml=AFTER)["warnings"]


@pytest.mark.parametrize("how", ["destroy", "absent", "define"])
def test_a_deletion_that_is_killed_with_its_vzctl_is_finished_by_whatever_comes_next(deletion, states, how):
    number, struck, halves = 0, True, 0

    while struck:
        number += 1
        deletion.restore()
        struck = interrupting.kill_while_vzctl(
            deletion.node, "destroy", number, "both", deletion.openvz.destroy, "web02"
        )
        area = deletion.node.area(deletion.ctid)
        is_half = not area.exists() and traces_of(deletion.node, deletion.ctid) != []
        halves += is_half
        interrupted = deletion.journal.steps()

        if how == "absent":
            assert states.absent("web02", test=True).result in (None, True)
        warnings = run_next(deletion, states, how)

        assert len([one for one in warnings if "was interrupted" in one]) == len(interrupted), (number, warnings)
        if how == "define":
            assert deletion.openvz.define(xml=AFTER)["changes"] == {}, number
            assert deletion.openvz.status("web02") == "stopped"
        else:
            assert traces_of(deletion.node, deletion.ctid) == [], number
            assert deletion.openvz.destroy("web02", missing=True)["changes"] == {}
        assert deletion.journal.steps() == {}, number

    assert halves >= 2
