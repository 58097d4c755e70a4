"""What became of containers, said in one sentence."""

import pytest
from vzdomain.reports import telling

CREATED = {"did": ["created", "started"]}
CHANGED = {"did": ["updated (memory)"]}
STOPPED = {"did": ["stopped"]}
GONE = {"did": ["destroyed"]}
CALM = {"did": []}
WAITING = {"did": [], "pending": ["features"]}
FAILED = {"did": ["updated (memory)"], "error": "no space"}


@pytest.mark.parametrize(
    ("told", "sentence", "dry"),
    [
        ([CREATED], "1 container created and started", "1 container would be created and started"),
        ([CALM], "1 container unchanged", "1 container unchanged"),
        ([FAILED], "1 container failed", "1 container failed"),
        ([GONE], "1 container destroyed", "1 container would be destroyed"),
        ([WAITING], "1 container waiting for a restart", "1 container waiting for a restart"),
        ([CALM] * 3, "3 containers unchanged", "3 containers unchanged"),
        (
            [FAILED, *[CALM] * 48, CHANGED],
            "50 containers: 48 unchanged, 1 changed, 1 failed",
            "50 containers: 48 unchanged, 1 would be changed, 1 failed",
        ),
        (
            [CREATED, STOPPED, CREATED],
            "3 containers: 2 created and started, 1 stopped",
            "3 containers: 2 would be created and started, 1 would be stopped",
        ),
        ([], "no containers: nothing to do", "no containers: nothing to do"),
    ],
)
def test_a_summary_says_what_was_done_or_would_be(told, sentence, dry):
    assert telling.summary(told) == sentence
    assert telling.summary(told, test=True) == dry
