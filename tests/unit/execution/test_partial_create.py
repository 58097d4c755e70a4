"""What a create that was killed leaves, and that nothing else is taken for it."""

import os
import time

import pytest
from library import CONF
from vzdomain import errors
from vzdomain.execution import partial_create

SAMPLE = 'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\n'


def half(directory, text=SAMPLE, area=True):
    directory.conf("209").write_text(text)
    if area:
        (directory.private("209") / "etc").mkdir(parents=True)
    directory.vzctl.statuses["209"] = "stopped"
    return directory.node()


@pytest.mark.parametrize("area", [True, False])
@pytest.mark.parametrize("text", [SAMPLE, SAMPLE[:20], ""])
def test_a_file_that_is_the_beginning_of_the_sample_was_never_finished(directory, text, area):
    node = half(directory, text, area)

    assert partial_create.is_half(node, "209", None, time.time() - 60)


@pytest.mark.parametrize("text", [SAMPLE + 'OSTEMPLATE="x"\n', CONF, SAMPLE.replace("256", "257")])
def test_a_file_that_says_more_was_finished_or_is_somebody_elses(directory, text):
    node = half(directory, text)

    assert not partial_create.is_half(node, "209", None, time.time() - 60)


def test_an_area_without_a_file_is_none_of_ours(directory):
    node = half(directory)
    directory.conf("209").unlink()

    assert not partial_create.is_half(node, "209", None, time.time() - 60)


def test_what_was_there_before_the_creation_began_is_none_of_ours(directory):
    node = half(directory)

    assert not partial_create.is_half(node, "209", None, time.time() + 60)


def test_the_sample_that_was_named_counts(directory):
    node = half(directory, "CPUS=1\n")
    (directory.etc / "conf" / "ve-small.conf-sample").write_text("CPUS=1\nX=1\n")

    assert partial_create.is_half(node, "209", "small", time.time() - 60)
    assert not partial_create.is_half(node, "209", None, time.time() - 60)


def test_a_partial_container_makes_room_and_its_area_goes_where_vzctl_unpacks(directory):
    node = half(directory)

    partial_create.clear(node, "209", None, time.time() - 60, patience=0)

    assert not directory.conf("209").exists()
    assert not directory.private("209").exists()
    assert os.listdir(f"{directory.private(209)}.tmp") == ["etc"]
    assert os.listdir(directory.root / "lock") == []


def test_a_mounted_partial_container_is_unmounted_first(directory):
    node = half(directory)
    directory.vzctl.statuses["209"] = "mounted"

    partial_create.clear(node, "209", None, time.time() - 60, patience=0)

    assert directory.vzctl.runs == [("umount", "209")]
    assert not directory.private("209").exists()


@pytest.mark.parametrize("text", [CONF, SAMPLE + "X=1\n"])
def test_what_is_no_half_stays(directory, text):
    node = half(directory, text)

    partial_create.clear(node, "209", None, time.time() - 60, patience=0)

    assert directory.conf("209").read_text() == text
    assert (directory.private("209") / "etc").is_dir()


def test_a_partial_container_that_somebody_works_on_stays(directory):
    node = half(directory)
    directory.lock("209").write_text(f"{os.getpid()}\n")

    with pytest.raises(errors.LockedError):
        partial_create.clear(node, "209", None, time.time() - 60, patience=0)

    assert (directory.private("209") / "etc").is_dir()


def test_an_area_that_cannot_be_moved_is_named(directory, monkeypatch):
    node = half(directory)
    monkeypatch.setattr(os, "rename", _busy)

    with pytest.raises(errors.NotSavedError, match=f"{directory.private(209)} is left over from an earlier creation"):
        partial_create.clear(node, "209", None, time.time() - 60, patience=0)

    assert directory.conf("209").exists()


def _busy(old, new):
    raise OSError(16, "Device or resource busy", old)
