"""Times that people ask the history for."""

import pytest
from vzdomain import errors
from vzdomain.reports.history import moment

NOON = 1795348800  # 2026-11-22 12:00 UTC


@pytest.mark.parametrize(
    ("since", "seconds"),
    [
        ("2026-11-22", NOON - 43200),
        ("2026-11-22 12:00", NOON),
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T13:00:00+01:00", NOON),
        ("30m", NOON - 1800),
        ("12h", NOON - 43200),
        ("7 d", NOON - 7 * 86400),
        ("2w", NOON - 14 * 86400),
        ("999999w", 0),
        ("1960-01-01", 0),
    ],
)
def test_a_time_is_a_date_in_utc_or_how_long_ago(since, seconds):
    assert moment(since, NOON) == seconds


@pytest.mark.parametrize("since", ["yesterday", "", "12", 1795348800, "-3h", "3y", "2026-13-01", True, "9" * 5000])
def test_anything_else_is_an_error_that_shows_both_forms(since):
    with pytest.raises(errors.ArgumentError, match=r"such as 2026-03-01 or .*, or how long ago, as 12h"):
        moment(since, NOON)
