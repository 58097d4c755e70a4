"""
The CPU time of running containers, from ``/proc/vz/vestat`` of the OpenVZ kernel (read, not run).

After a line with the version and one with the heads, a line for each container: CTID, user, nice, system and uptime in
ticks of the kernel, and more that is not used. How long a tick is, it does not say: the uptime in seconds, which vzlist
shows, tells which of the rates that kernels are built with it is.
"""

from ...model.ctid import Ctid, is_ctid

_RATES = (100, 250, 300, 1000)  # ticks in a second
_TOLERANCE = 0.1  # of a rate: vzlist and this file are read one after the other
_LEAST = 20  # seconds of uptime that tell a rate


def cpu_seconds(text, uptimes):
    """
    CTID -> seconds of CPU time; nothing of a container that the text does not have.

    uptimes
        CTID -> seconds since the start of each container that runs.
    """
    rows = {}
    for words in map(str.split, text.splitlines()):
        if len(words) > 4 and is_ctid(words[0]) and all(word.isdecimal() and word.isascii() for word in words[1:5]):
            rows[Ctid(words[0])] = [int(word) for word in words[1:5]]
    rate = _rate(rows, uptimes)
    return {} if rate is None else {ctid: sum(row[:3]) / rate for ctid, row in rows.items()}


def _rate(rows, uptimes):
    """Told by the container that has been up the longest; ``None`` where none has been up long enough."""
    known = [(uptimes[ctid], row[3]) for ctid, row in rows.items() if uptimes.get(ctid, 0) >= _LEAST]
    if not known:
        return None
    seconds, ticks = max(known)
    nearest = min(_RATES, key=lambda rate: abs(rate - ticks / seconds))
    return nearest if abs(nearest - ticks / seconds) <= nearest * _TOLERANCE else None
