"""
What the control groups of a running container say of its limits: cgroup v1, and of v2 what vzctl sets there.

vzlist shows processors and units as the file has them, and starts a program for each container; these files are what
vzctl has set in the kernel (which file says what is recorded from runs of 9.0.1; v2 is read, not run).
"""

import math

from ...model.units import UNLIMITED, UNLIMITED_KIB, bounded

_UNITS = 1024 / 1000  # shares of a processor for one unit
_FULL_RATE = 1024  # of cpu.rate: one whole processor
_PAGE = 4096
_NONE = 2**63 - _PAGE  # bytes: what v1 shows for no limit


def values(ctid, read):
    """
    Field -> what the kernel has, of those that can be known.

    `read` gives the text of a file below ``/sys/fs/cgroup``, or ``None`` for one that is not there.
    """
    found = {}
    memory, both = (
        _number(read(f"memory/machine.slice/{ctid}/memory.{name}limit_in_bytes")) for name in ("", "memsw.")
    )
    if memory is not None:
        found["memory"] = _kib(memory)
        if both is not None and both >= memory:
            found["swap"] = UNLIMITED if both >= _NONE else _kib(both - memory)
    else:
        for field, name in (("memory", "memory.max"), ("swap", "memory.swap.max")):
            size = _number(read(f"machine.slice/{ctid}/{name}"))
            found |= {} if size is None else {field: _kib(size)}
    return found | _processors(ctid, read)


def counted(ctid, read):
    """
    What a running container has used: ``cpu_seconds``, and ``..._used_bytes``, ``..._limit_bytes`` of memory and swap,
    and ``processes_used``.

    `read` as for `values`; what no file says is left out; a limit that there is not is ``None``. Which file says what
    is used is read, not run.
    """
    found = {}
    nanoseconds = _number(read(f"cpuacct/machine.slice/{ctid}/cpuacct.usage"))
    microseconds = _stat(read(f"machine.slice/{ctid}/cpu.stat"), "usage_usec") if nanoseconds is None else None
    if nanoseconds is not None:
        found["cpu_seconds"] = nanoseconds / 1e9
    elif microseconds is not None:
        found["cpu_seconds"] = microseconds / 1e6
    one, two = f"memory/machine.slice/{ctid}/memory.", f"machine.slice/{ctid}/memory."
    said = {
        "memory_used_bytes": (_number(read(f"{one}usage_in_bytes")), _number(read(f"{two}current"))),
        "processes_used": tuple(_number(read(f"{place}machine.slice/{ctid}/pids.current")) for place in ("pids/", "")),
        "swap_used_bytes": (_stat(read(f"{one}stat"), "total_swap"), _number(read(f"{two}swap.current"))),
    }
    found |= {name: next(n for n in pair if n is not None) for name, pair in said.items() if pair != (None, None)}
    limits = {name: size for name, size in values(ctid, read).items() if name in ("memory", "swap")}
    return found | {f"{name}_limit_bytes": None if size >= UNLIMITED else size * 1024 for name, size in limits.items()}


def _stat(text, name):
    """The number behind a name, in a file of lines of both."""
    pairs = (line.partition(" ") for line in (text or "").splitlines())
    return next((_number(number) for key, _, number in pairs if key == name), None)


def _processors(ctid, read):
    """v2 has none of it but the weight, which is a tenth of the units and does not tell them."""
    files = {"vcpu": "cpu.nr_cpus", "cpuunits": "cpu.shares", "cpulimit": "cpu.rate"}
    said = {field: _number(read(f"cpu/machine.slice/{ctid}/{name}")) for field, name in files.items()}
    made = {
        "vcpu": lambda number: number,
        "cpuunits": lambda number: math.ceil(number / _UNITS),
        "cpulimit": lambda number: number * 100 // _FULL_RATE,
    }
    return {field: made[field](number) for field, number in said.items() if number is not None}


def _number(text):
    """A number; no limit for ``max``, ``None`` for nothing and for anything else."""
    text = (text or "").strip()
    if text == "max":
        return _NONE
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 25 else None


def _kib(size):
    kib = size // 1024
    return UNLIMITED if size >= _NONE or kib >= UNLIMITED_KIB else bounded(kib)
