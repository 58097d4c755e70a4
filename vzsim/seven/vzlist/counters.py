"""
The beancounters that ``vzlist`` 9 shows of a running container.

There are none in its kernel: a helper program makes them from cgroup files. What it cannot find there is unlimited or
0; two resources are 0 throughout, since vzlist does not understand the helper's line of kmemsize and there is none of
swappages. The 7.0 line reads the kernel's own counters.
"""

UNLIMITED = 2**63 - 1
PAGE = 4096  # bytes
PROCESSES = 2  # of a container; invented
HELD = {"shmpages": 3, "physpages": 1563, "oomguarpages": 1563}  # a few small processes; invented
MOST_HELD = {"physpages": 2178, "oomguarpages": 2178}
KMEM_HELD = 450560  # bytes, in the 7.0 line; invented
UNFILLED = ("kmemsize", "swappages")


def counters(resource, cgroup, is_old):
    """
    held, maxheld, barrier, limit and failcnt of a resource; ``None`` for what the cgroup calls ``max``.

    ``cgroup`` are the parameters of the container: ``{"pids.max": "131072", ...}``.
    """
    if resource in UNFILLED:
        return _old(resource, cgroup) if is_old else (0, 0, 0, 0, 0)
    if resource == "numproc":
        limit = cgroup.get("pids.max", "max")
        if limit == "max":
            return (None,) * 5  # the whole line is lost (assumed)
        return (PROCESSES, PROCESSES, int(limit), int(limit), 0)
    limit = _pages(cgroup.get("memory.limit_in_bytes")) if resource == "physpages" else UNLIMITED
    held = HELD.get(resource, 0)
    return (held, MOST_HELD.get(resource, held), limit, limit, 0)


def _old(resource, cgroup):
    """What the kernel of the 7.0 line has (read, not run)."""
    if resource == "kmemsize":
        return (KMEM_HELD, KMEM_HELD, UNLIMITED, UNLIMITED, 0)
    limit = _pages(cgroup.get("memory.memsw.limit_in_bytes"))
    if limit != UNLIMITED:
        limit = max(0, limit - _pages(cgroup.get("memory.limit_in_bytes")))
    return (0, 0, limit, limit, 0)


def _pages(text):
    return int(text) // PAGE if text and text.isdigit() else UNLIMITED
