"""Containers of ours that no entry of the pillar means any longer."""

import pytest
from library import CONF, MARKED, UUID
from managing import done, entry, template
from vzdomain import errors
from vzdomain.document import entries
from vzdomain.planning import planner, protection


def test_orphans_have_our_mark_and_no_entry(directory, reconciler):
    directory.add("101", MARKED + CONF, name="kept")
    directory.add("102", CONF, name="theirs")
    directory.add("103", MARKED + CONF, name="dropped")
    directory.add("104", MARKED + CONF + f"#UUID: {UUID}\n", name="renamed")

    wanted = [entry("kept"), entry("new", f"<uuid>{UUID}</uuid>"), entry("other", template())]

    assert [one.ctid for one in protection.orphans(reconciler, wanted)] == ["103"]


def test_two_strangers_of_one_name_are_told_apart(directory, reconciler):
    directory.add("101", MARKED + CONF, name="web")
    directory.add("102", MARKED + CONF + 'NAME="web"\n')

    report = done(reconciler, *planner.destroy_entries(protection.orphans(reconciler, [entry("kept")]), force=False))

    assert {label: (one.ctid, one.error) for label, one in report.items()} == {
        "web": ("101", None),
        "web (102)": ("102", None),
    }


def test_nothing_is_an_orphan_while_an_entry_cannot_be_read(directory, reconciler):
    directory.add("103", MARKED + CONF)

    with pytest.raises(errors.RefusedError, match="the pillar cannot be evaluated: line 3"):
        protection.orphans(reconciler, [entry("101"), entries.failed("x", "line 3")])
