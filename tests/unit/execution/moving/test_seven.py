"""The steps of a move on nodes of vzctl 9, whose settings are in the private area; files go as vzmdest puts them."""

import shutil

import pytest
from simfleet import SimFleet
from vzdomain.errors import MovedError
from vzdomain.model.domain import Domain

UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


class SevenFleet(SimFleet):
    """hn1 has web01, which runs, and hn2 has nothing."""

    def _container(self, is_up):
        template = ("--ostemplate", "debian-12-x86_64")
        assert self.a.vzctl("create", UUID, *template, "--name", "web01")[0] == 0
        assert self.a.vzctl("set", UUID, "--onboot", "yes", "--save")[0] == 0
        assert self.a.reconciler.run(self.a.reconciler.adopt(self.a.reconciler.resolve("web01")))
        if is_up:
            assert self.a.vzctl("start", UUID)[0] == 0

    def copy(self):
        """What vzmdest has put on hn2 before it starts the container."""
        assert self.a.vzctl("stop", UUID)[0] == 0
        area = self.b.path(f"vz/private/{UUID}")
        shutil.copytree(self.a.path(f"vz/private/{UUID}"), area, symlinks=True)
        assert self.b.vzctl("register", area, UUID, "--name", "web01")[0] == 0

    def hand_over(self):
        """What vzmigrate leaves on both when it has succeeded."""
        self.copy()
        assert self.b.vzctl("start", UUID)[0] == 0
        area = self.a.path(f"vz/private/{UUID}")
        assert self.a.vzctl("unregister", UUID)[0] == 0
        area.rename(f"{area}.migrated")


@pytest.fixture
def fleet(tmp_path, server):
    with server.patched():
        yield SevenFleet(tmp_path / "fleet", family="7", ctid=UUID, uuid=UUID)


def test_a_container_that_was_moved_is_whole_and_at_home_on_the_other_node(fleet):
    fleet.begin()
    assert fleet.a.step("look")["onboot"] is False
    fleet.hand_over()
    before = fleet.a.step("look")
    there = fleet.b.step("own", power="running")
    gone = fleet.a.step("close", owner="destination", proof=there)
    there = fleet.b.step("close", owner="destination", proof=there)

    assert (before["handed_over"], before["status"], gone["handed_over"]) == (True, "none", True)
    assert [path.rpartition("/")[2] for path in gone["kept"]] == [f"{UUID}.migrated"]
    keys = ("whole", "status", "onboot", "marked_by", "uuid", "name")
    assert [there[key] for key in keys] == [True, "running", True, "hn2", UUID, "web01"]
    with pytest.raises(MovedError, match="was moved to hn2 on"):
        fleet.a.reconciler.dry.plan(Domain("web01", uuid=UUID))
    clean = fleet.a.step("clean", proof=fleet.b.step("look"))
    assert (clean["kept"], clean["area"]) == ([], False)


def test_a_failed_move_is_cleared_and_the_source_runs_again(fleet):
    fleet.begin()
    fleet.copy()

    left = fleet.b.step("clear", proof=fleet.a.step("look"))
    here = fleet.a.step("own", power="running")

    assert (left["registered"], left["area"], left["name"]) == (False, False, "web01")
    assert not fleet.b.path("etc/vz/names/web01").is_symlink()
    assert [here[key] for key in ("whole", "status", "onboot", "marked_by")] == [True, "running", True, "hn1"]


def test_a_container_that_is_still_registered_on_the_source_is_made_an_old_copy(fleet):
    fleet.begin()
    fleet.copy()
    assert fleet.b.vzctl("start", UUID)[0] == 0
    there = fleet.b.step("own", power="running")

    gone = fleet.a.step("close", owner="destination", proof=there)

    assert (gone["handed_over"], gone["registered"]) == (True, False)
    assert not fleet.a.path("etc/vz/names/web01").is_symlink()


def test_an_old_copy_is_the_container_again_where_the_destination_is_lost(fleet):
    fleet.begin()
    fleet.hand_over()

    here = fleet.a.step("own", power="running")

    keys = ("whole", "status", "onboot", "handed_over", "name", "uuid")
    assert [here[key] for key in keys] == [True, "running", True, False, "web01", UUID]
    assert fleet.a.path("etc/vz/names/web01").is_symlink()


def test_the_destination_gives_way_where_both_run(fleet):
    fleet.begin()
    fleet.copy()
    for side in (fleet.a, fleet.b):
        assert side.vzctl("start", UUID)[0] == 0

    there = fleet.b.step("give_way", proof=fleet.a.step("look"))

    assert (there["status"], there["whole"]) == ("stopped", True)
