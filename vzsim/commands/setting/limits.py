"""
Limits of a running container: memory, processors, disks; messages and refusals.
"""

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import ready
from vzsim.grammar import conf
from vzsim.grammar import values as v

# What an OpenVZ kernel knows of a running container; vzlist shows this, whatever the conf says.
KERNEL_KEYS = (*conf.UB_KEYS, "CPUS", "CPUUNITS", "CPULIMIT")

CPU_KEYS = ("CPUUNITS", "CPUUWEIGHT", "CPULIMIT", "CPUS", "CPUMASK", "NODEMASK")
IO_UNITS = {"IOLIMIT": "bytes/sec", "IOPSLIMIT": "iops"}
# Set with the memory of a vswap conf, unless given.
SECONDARY = ("LOCKEDPAGES", "OOMGUARPAGES", "VMGUARPAGES", "PRIVVMPAGES")
HELD_PAGES = 245  # of a container as small as those of the records

LIMITS_SET = "UB limits were set successfully"
NO_CPU_LIMIT = "Failed to set limits for CPU limits (Invalid argument)"
NO_IOPRIO = "Warning: ioprio not supported by the kernel, skipping"

# Printed for each CPU parameter on an OpenVZ kernel (read, not run), in this order.
CPU_LINES = {
    "CPULIMIT": "Setting CPU limit: {}",
    "CPUUNITS": "Setting CPU units: {}",
    "CPUS": "Setting CPUs: {}",
    "CPUMASK": "Setting CPU mask: {}",
    "NODEMASK": "Setting NUMA node mask: {}",
}


# memory


def limits_memory(run, asked):
    """Whether there are limits to set: true for a vswap conf, unless it has beancounters too."""
    known = run.conf.params
    newer = ready.is_vswap(known) or ready.is_vswap(asked)
    derived = newer and any(key not in known and key not in asked for key in SECONDARY)
    return derived or any(key in asked for key in conf.UB_KEYS)


def set_memory(run, asked):
    """The foreign kernel's cgroup uses the barrier, which must not be below the current usage."""
    if not run.openvz_kernel and 0 < asked.get("PHYSPAGES", (0, 0))[0] < HELD_PAGES:
        run.complain("Failed to set limits for Memory (Device or resource busy)")
    if limits_memory(run, asked):
        run.say(LIMITS_SET)


# processors


def limit_cpu(limits, params):
    """Record CPU limits as the container's cgroup shows them."""
    if "CPUUNITS" in params:
        limits["cpu.shares"] = str(params["CPUUNITS"])
        if params["CPUUNITS"] == 1000:  # the default, not recorded
            del limits["cpu.shares"]
    # If both are given, the lower limit counts (read, not run).
    rates = [params["CPUS"] * 100] if "CPUS" in params else []
    rates += [params["CPULIMIT"]] if params.get("CPULIMIT") or ("CPULIMIT" in params and not rates) else []
    if rates:
        limits["cpu.cfs_quota_us"] = str(min(rates) * 1000)
        if not min(rates):
            del limits["cpu.cfs_quota_us"]
    if "CPUMASK" in params:
        limits["cpuset.cpus"] = params["CPUMASK"]


def set_cpu(run, live, params):
    limits = live.setdefault("cgroup", {})
    try:
        if run.openvz_kernel:
            say_cpu(run, params)
        limit_cpu(limits, params)
        if not run.openvz_kernel and params.get("CPUS") == 0:
            raise Failed(codes.CGROUP_ERROR, NO_CPU_LIMIT)
    finally:
        if not limits:
            del live["cgroup"]


def say_cpu(run, params):
    """What the scheduler of an OpenVZ kernel is told, at start too (read, not run)."""
    for key, line in CPU_LINES.items():
        if key in params and params[key] != "auto":
            run.say(line.format(f"0-{v.CPUMASK_BITS - 1}" if params[key] == "all" else params[key]))


# disks


def set_io(run, params):
    """
    Set I/O limits; a kernel without priorities says so and goes on.

    A kernel without limits (``"io_limits": false`` in proc/vz/kernel.json) fails, like that of the older records.
    """
    if "IOPRIO" in params and not run.openvz_kernel:
        run.complain(NO_IOPRIO)
    for key in IO_UNITS:
        if key in params:
            say_io(run, key, params[key])
            if run.node.kernel.get("io_limits") is False:
                raise Failed(codes.SET_IO, f"Unable to set {key.lower()}: Bad file descriptor")


def say_io(run, key, limit):
    run.say(f"Setting {key.lower()}: {limit} {IO_UNITS[key] if limit else '(unlimited)'}")
