"""Times in UTC, from seconds of the epoch: `minute` for people, `stamp` for what programs read and sort by."""

import time


def minute(seconds):
    """``2026-03-01 02:10 UTC``; the beginning of the epoch for what is no time."""
    return _formatted("%Y-%m-%d %H:%M UTC", seconds)


def stamp(seconds):
    """``2026-03-01T02:10:00Z``; the beginning of the epoch for what is no time."""
    return _formatted("%Y-%m-%dT%H:%M:%SZ", seconds)


def is_time(value):
    """Whether it can be a time: a number of this age of the world."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**38


def _formatted(pattern, seconds):
    return time.strftime(pattern, time.gmtime(seconds if is_time(seconds) else 0))
