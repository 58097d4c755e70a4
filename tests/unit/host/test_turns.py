"""The flock by which vzctls of family 7 wait for each other, taken beside vzctl's lock file."""

import fcntl

import pytest
from vzdomain import errors
from vzdomain.host import locks


def test_the_turn_of_vzctls_that_wait_for_each_other_is_waited_for_and_held(tmp_path):
    turn, path = tmp_path / "area.lck", str(tmp_path / "101.lck")
    with open(turn, "w", encoding="ascii") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert locks.is_flocked(str(turn))
        with pytest.raises(errors.LockedError, match=f"another vzctl holds {turn}"), locks.lock(path, 0, str(turn)):
            pass
        assert not (tmp_path / "101.lck").exists()

    with locks.lock(path, 0, str(turn)):
        assert (tmp_path / "101.lck").exists()
        assert locks.is_flocked(str(turn))
    assert not locks.is_flocked(str(turn))


def test_without_an_area_there_is_no_turn_to_wait_for(tmp_path):
    turn = str(tmp_path / "gone" / ".lck")

    with locks.lock(str(tmp_path / "101.lck"), 0, turn):
        assert not locks.is_flocked(turn)


def test_an_error_of_the_work_under_a_turn_stays_what_it_is(tmp_path):
    with pytest.raises(PermissionError), locks.lock(str(tmp_path / "101.lck"), 0, str(tmp_path / ".lck")):
        raise PermissionError
