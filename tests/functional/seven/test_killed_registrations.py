"""A minion that is killed while it registers, unregisters or pauses: the next run finishes it, and says so once."""

import interrupting
import pytest
from families import ONLY_SEVEN
from simnode import SimNode
from vzdomain.execution.journal import Journal

pytestmark = ONLY_SEVEN
WEB = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


@pytest.fixture
def notes(minion_opts, tmp_path):
    return type(tmp_path)(minion_opts["cachedir"]) / "openvz"


def killed_at_each_step(node, notes, before, do, check):
    """Kill the minion at its first operation, its second and so on, until it finishes."""
    number, ended = 0, False
    while not ended:
        number += 1
        node.restore(before)
        for path in notes.glob("*") if notes.exists() else ():
            path.unlink()
        ended = interrupting.kill_at(number, (node.directory, notes), do)
        interrupted = Journal(str(notes)).steps()

        warnings = check()["warnings"]

        assert len([one for one in warnings if "was interrupted" in one]) == len(interrupted), (number, warnings)
        assert Journal(str(notes)).steps() == {}, number
    return number


def test_an_adoption_of_an_area_is_finished_by_the_next_one(openvz, node, notes, tmp_path):
    area = node.make_area("area1", WEB, 'NAME="web"')
    SimNode(tmp_path / "before").restore(node.directory)

    def check():
        told = openvz.adopt(area)
        assert openvz.info("web")["web"]["managed"] is True
        return told

    assert killed_at_each_step(node, notes, tmp_path / "before", lambda: openvz.adopt(area), check) > 4


def test_a_pause_is_finished_by_the_next_one(openvz, node, notes, tmp_path):
    openvz.adopt(node.make_area(WEB, WEB, 'NAME="web"'))
    openvz.start("web")
    SimNode(tmp_path / "before").restore(node.directory)

    def check():
        told = openvz.pause("web")
        assert openvz.status("web") == "paused"
        return told

    assert killed_at_each_step(node, notes, tmp_path / "before", lambda: openvz.pause("web"), check) > 2


def test_a_container_that_is_to_leave_its_node_leaves_with_the_next_run(openvz, node, notes, tmp_path):
    openvz.adopt(node.make_area(WEB, WEB, 'NAME="web"'))
    SimNode(tmp_path / "before").restore(node.directory)

    def check():
        if node.conf(WEB) is None:
            return openvz.register(str(node.area(WEB)))
        told = openvz.unregister("web")
        assert openvz.status("web") == "absent"
        return told

    assert killed_at_each_step(node, notes, tmp_path / "before", lambda: openvz.unregister("web"), check) > 2
