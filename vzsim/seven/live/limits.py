"""
Limits of a running container: memory, processes, CPUs, I/O, as libvzctl writes them into cgroups (v1).

Each function takes the values of the keys that are to be applied, and changes the live record.
"""

import struct

from vzsim.codes import Failed
from vzsim.seven import kernel

PAGE = 4096  # bytes
FAILED = 255  # what vzctl makes of -1
BAD_MASK = 146
USED = 1563 * PAGE  # bytes that a running container needs (recorded once; assumed for all)
DEFAULT_PROCESSES = "131072"
PROCESSES_LIMIT = 4194304  # of a kernel

MEMORY = "memory.limit_in_bytes"
WITH_SWAP = "memory.memsw.limit_in_bytes"


# memory


def limit(value):
    """The limit of a pair in a conf, as a number: ``"1:2"`` -> 2, ``"2"`` -> 2."""
    text = value.rpartition(":")[2]
    return 2**63 - 1 if text == "unlimited" else int(text)


def apply_memory(run, record, values, is_new=False):
    """
    PHYSPAGES and SWAPPAGES; the missing one is taken from the kernel.

    On a running container, swap alone asks for no memory at all, which the kernel refuses: 255. Numbers are those of
    32-bit floats, as in libvzctl.
    """
    if "PHYSPAGES" not in values and "SWAPPAGES" not in values:
        return
    cgroup = record["cgroup"]
    memory, both = int(cgroup[MEMORY]), int(cgroup[WITH_SWAP])
    swap = _float(limit(values["SWAPPAGES"]) * PAGE) if "SWAPPAGES" in values else _float(both - memory)
    wanted = _float(limit(values["PHYSPAGES"]) * PAGE) if "PHYSPAGES" in values else 0.0
    new, new_both = _bytes(wanted), _bytes(_float(swap + wanted))
    order = [(MEMORY, new), (WITH_SWAP, new_both)]
    try:
        for parameter, amount in order if new_both < memory else reversed(order):
            _set_memory(run, cgroup, parameter, amount, is_new)
    except BlockingIOError:
        run.complain(f"Lowering the current memory limit ({parameter}) is prohibited.")
        raise Failed(FAILED, f"Current/set memsw: {both}/{new_both} mem: {memory}/{new}") from None


def _set_memory(run, cgroup, parameter, amount, is_new):
    if amount < USED and not is_new:
        run.complain(_not_written(run, parameter, amount, "Device or resource busy"))
        raise BlockingIOError
    cgroup[parameter] = str(min(amount, kernel.UNLIMITED) // PAGE * PAGE)


def _not_written(run, parameter, amount, reason):
    return f"Error writing to {kernel.shown_path(run.ctid, parameter)} data='{amount}': {reason}"


def _float(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def _bytes(number):
    return min(int(number), kernel.UNLIMITED)


# processes


def apply_processes(run, record, values, is_new=False):
    """NUMPROC; a starting container without it gets a default."""
    if "NUMPROC" in values:
        record["cgroup"]["pids.max"] = str(min(limit(values["NUMPROC"]), PROCESSES_LIMIT))
    elif is_new:
        record["cgroup"]["pids.max"] = DEFAULT_PROCESSES


# CPUs


def apply_cpu(run, record, values, is_new=False):
    """CPUUNITS, CPULIMIT, CPUS, CPUMASK and NODEMASK, in this order; 146 for a mask without any CPU of the node."""
    cgroup = record["cgroup"]
    if values.get("CPUUNITS"):
        cgroup["cpu.shares"] = str(int(values["CPUUNITS"]) * 1024 // 1000)
    percent = _percent(values)
    if percent is not None:
        run.say(f"CPU limit: {percent:.1f}%")
        cgroup["cpu.rate"] = str(int(percent * 1024 / 100))
    if values.get("CPUS") is not None:
        cgroup["cpu.nr_cpus"] = values["CPUS"]
    if values.get("CPUMASK") != "auto":
        _apply_mask(record["cgroup"], "cpus", values.get("CPUMASK"), kernel.CPUS)
    _apply_mask(record.setdefault("other", {}), "mems", values.get("NODEMASK"), kernel.MEMORY_NODES)


def _percent(values):
    """CPULIMIT in percent of one CPU; CPULIMIT_MHZ is converted with the speed of the node's CPUs."""
    key = next((key for key in reversed(values) if key in ("CPULIMIT", "CPULIMIT_MHZ")), None)  # the last counts
    if key is None or values[key] is None:
        return None
    return float(values[key]) * (100 / kernel.MHZ if key == "CPULIMIT_MHZ" else 1)


def _apply_mask(cgroup, name, text, available):
    """What the node has of a mask; an empty one means all."""
    if text is None:
        return
    known = members(available)
    wanted = members(text) if text not in ("", "all") else known
    if not wanted & known:
        raise Failed(BAD_MASK, f"Unable to set {name} value {text}, supported range: {available}")
    cgroup[f"cpuset.{name}"] = mask(wanted & known)


def members(text):
    """``members("0-2,5")`` -> ``{0, 1, 2, 5}``"""
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def mask(numbers):
    """``mask({0, 1, 2, 5})`` -> ``"0-2,5"``"""
    parts = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


# I/O

WEIGHTS = (320, 365, 410, 460, 500, 550, 600, 640)  # of priorities 0 to 7 (read, not run)


def apply_io(run, record, values, is_new=False):
    """IOPRIO, IOLIMIT and IOPSLIMIT."""
    other = record.setdefault("other", {})
    if values.get("IOPRIO") is not None:
        run.say(f"Set up ioprio: {values['IOPRIO']}")
        other["blkio.weight"] = str(WEIGHTS[int(values["IOPRIO"])])
    for key, name in (("IOLIMIT", "iolimit"), ("IOPSLIMIT", "iopslimit")):
        if values.get(key) is not None:
            run.say(f"Set up {name}: {values[key]}")
            other[f"beancounter.{name}.speed"] = values[key]
