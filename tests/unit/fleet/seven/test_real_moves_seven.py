"""The driver, with the real steps of two simulated nodes of vzctl 9 and their vzmigrate (read, not run)."""

import pytest
from simfleet import SimFleet
from test_real_moves import Runner

from vzsim.ploop import images
from vzsim.seven.commands.areas import layout

UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
CONF = (
    'ONBOOT="yes"\nPHYSPAGES="131072:131072"\nSWAPPAGES="131072:131072"\nNAME="web01"\nVEID="101"\n'
    'VE_ROOT="{0}/vz/root/$VEID"\nVE_PRIVATE="{0}/vz/private/$VEID"\nUUID="{1}"\n#SALT-OPENVZ: managed 101 hn1\n'
)


class Sevens(SimFleet):
    def __init__(self, directory, is_up=True):
        super().__init__(directory, is_up, "7", uuid=UUID)

    def _container(self, is_up):
        area = self.a.path("vz/private/101")
        layout.make(str(area))
        (area / "ve.conf").write_text(CONF.format(self.a.place, UUID))
        images.write(f"{area}/root.hdd", {"size_kib": 10485760})
        for place in ("etc", "sbin"):
            (area / "root.hdd/files" / place).mkdir(parents=True)
        (area / "root.hdd/files/sbin/init").touch()
        (area / "root.hdd/files/etc/marker").write_text("data of A")
        self.a.path("etc/vz/conf/101.conf").symlink_to(area / "ve.conf")
        self.a.path("etc/vz/names/web01").symlink_to(area / "ve.conf")
        self.a.path("vz/root/101").mkdir(exist_ok=True)
        if is_up:
            assert self.a.vzctl("start", 101)[0] == 0


@pytest.fixture
def fleet(tmp_path, server):
    with server.patched():
        yield Sevens(tmp_path / "fleet")


@pytest.fixture
def runner(fleet):
    return Runner(fleet)


def status(side):
    return side.vzctl("--quiet", "status", 101)[1].removeprefix("VEID 101 ")


def marker(side):
    place = side.path("vz/private/101/root.hdd/files/etc/marker")
    return place.read_text() if place.exists() else None


def test_a_move_ends_on_the_other_node_with_its_data_mark_and_start_at_boot(runner, fleet):
    assert runner.move(is_test=True).result == "would move"
    outcome = runner.move()

    assert outcome.result == "moved", outcome
    assert (status(fleet.a), status(fleet.b)) == ("deleted unmounted down", "exist mounted running")
    assert marker(fleet.b) == "data of A"
    conf = fleet.b.path("etc/vz/conf/101.conf").read_text()
    assert 'ONBOOT="yes"' in conf and "managed 101 hn2" in conf
    assert runner.move().result == "already there"


ROWS = {
    "copying fails": (("copy", "--rc", "2"), "failed", "hn1"),
    "the line is lost while the disk is copied": (("contents1", "--lost"), "failed", "hn1"),
    "the line is lost after the start": (("start", "--lost", "--when", "after"), "failed", "hn1"),
    "a signal ends it when it is down on both": (("contents2", "--kill", "TERM"), "failed", "hn1"),
    "it is killed at the start": (("start", "--kill", "KILL"), "failed", "hn1"),
    "the last answer is lost": (("final", "--lost", "--when", "after"), "moved", "hn2"),
    "it is killed at the end": (("final", "--kill", "KILL"), "failed", "hn1"),
    "it is killed before it hands over": (("rename", "--kill", "KILL"), "moved", "hn2"),
    "it is killed while it hands over": (("destroy", "--kill", "KILL"), "moved", "hn2"),
}


@pytest.mark.parametrize(("fault", "result", "owner"), ROWS.values(), ids=ROWS)
def test_after_each_failure_one_runs_and_the_next_command_moves_it(runner, fleet, fault, result, owner):
    fleet.fault(*fault)

    outcome = runner.move()

    assert outcome.result == result, outcome
    assert [side.name for side in (fleet.a, fleet.b) if "running" in status(side)] == [owner], outcome
    fleet.mend()
    again = runner.move()
    assert again.result in ("moved", "already there"), again
    assert [side.name for side in (fleet.a, fleet.b) if "running" in status(side)] == ["hn2"], again
    assert marker(fleet.b) == "data of A"
