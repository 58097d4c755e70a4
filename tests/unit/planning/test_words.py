"""What is done to a container, in words: made of the actions, and of nothing that people are shown."""

import pytest
from vzdomain.model import actions
from vzdomain.planning import changes

MEMORY, CPUS = actions.Assign("memory", 1024, 2048), actions.Assign("vcpu", 1, 2)
TAKEN, GONE = actions.TakeSnapshot("a2", "old"), actions.DeleteSnapshot("a1")
START, STOP = actions.Start("stopped"), actions.Stop("running")


@pytest.mark.parametrize(
    ("done", "words"),
    [
        ([], []),
        ([MEMORY, CPUS], ["updated (memory, vcpu)"]),
        ([MEMORY, MEMORY], ["updated (memory)"]),
        ([MEMORY, actions.Restart()], ["updated (memory)", "restarted"]),
        ([actions.Create("web01"), MEMORY, START], ["created", "started"]),
        ([actions.Mark(adopted=True)], ["updated (managed)"]),
        ([actions.Mark("101 hn1")], []),
        ([actions.Resume("suspended")], ["started"]),
        ([actions.Suspend("running")], ["suspended"]),
        ([STOP], ["stopped"]),
        ([STOP, START], ["started"]),
        ([actions.Stop("running", is_last=True), actions.Destroy("running")], ["destroyed"]),
        ([actions.Stop("running", is_last=True)], ["stopped"]),
        ([actions.Unmount(), actions.Destroy("mounted")], ["destroyed"]),
        ([actions.Type(("--cpus", "2"))], []),
        ([actions.Wrote("CPUS", "1", "2")], ["updated (CPUS)"]),
        ([TAKEN, MEMORY, GONE], ["saved as snapshot old", "updated (memory)", "updated (snapshot a1 deleted)"]),
        (
            [actions.SwitchSnapshot("a1", "old"), actions.PutMarkBack("x")],
            ["switched to snapshot old", "updated (mark)"],
        ),
    ],
)
def test_the_words_say_what_is_done(done, words):
    assert changes.words(done) == words


def test_the_words_do_not_depend_on_how_a_status_is_shown(monkeypatch):
    monkeypatch.setattr(changes, "_STATUS", {actions.Restart: "gone round"})

    assert changes.words([actions.Restart()]) == ["restarted"]


@pytest.mark.parametrize("kind", actions.POWER)
def test_every_action_of_power_has_a_word(kind):
    assert len(changes.words([kind("running")])) == 1
