"""What is to be typed next is taken by a shell and by Salt as it is, whatever the container is called."""

import shlex

import pytest
from vzdomain.execution.moving.intents import Intent
from vzdomain.fleet.convert.drive import Conversion
from vzdomain.fleet.moving import copies
from vzdomain.fleet.moving.values import Move
from vzdomain.reports.doctor import moving

NAMES = {"web01": "web01", "web 01": "web 01", "-web": "name=-web", "+x": "+x"}
ID = "move-0123456789abcdef"


def commands(name):
    """Everything that says how a move of that container goes on."""
    move = Move(ID, "101", None, name, "hn1", "hn2")
    intent = {"id": ID, "ctid": "101", "name": name, "kind": "move", "role": "source", "since": 0}
    intent |= {"source": "hn1", "destination": "hn2"}
    yield move.command
    yield Intent(intent).command
    yield str(Intent(intent).refusal()).rpartition("; ")[2].removesuffix(" goes on")
    yield copies.overview({"hn1": {"moves": [intent]}}, 1000)["moves"][0]["command"]
    yield moving.command(intent).removesuffix(" goes on")


@pytest.mark.parametrize(("name", "word"), NAMES.items())
def test_a_name_is_one_word_of_the_next_command_and_no_option(name, word):
    for command in commands(name):
        assert shlex.split(command) == ["salt-run", "openvz.move", word, "hn2"], command
    converted = Conversion.of(Move(ID, "101", None, name, "hn1", "hn2")).command
    assert shlex.split(converted) == ["salt-run", "openvz.convert", word, "hn2"]


def test_how_long_the_copy_is_kept_is_typed_again():
    assert Move(ID, "101", None, "web01", "hn1", "hn2", keep_for=7.0).options == " keep_for=7"
    assert Move(ID, "101", None, "web01", "hn1", "hn2", online=True, keep_for=0).options == " online=True keep_for=0"


def test_a_conversion_that_nobody_drives_goes_on_as_one():
    intent = {"id": ID, "ctid": "101", "name": "web01", "kind": "convert", "destination": "vz1"}

    assert moving.command(intent) == "salt-run openvz.convert web01 vz1 goes on"


def test_a_note_that_cannot_be_read_is_removed_by_hand():
    assert (
        Intent({"ctid": "101", "path": "/x/101.json"}, damaged=True).command
        == "look at both nodes, then rm /x/101.json"
    )
