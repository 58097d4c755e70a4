"""
What the kernel of a node of the second family shows of running containers, for readers that ask no vzctl.

The truth is a live record per running container, in proc/vz/ct: ``{"hostname": "web", "netif": {"eth0": {"mac": ...,
"host_ifname": ..., "host_mac": ...}}, "ip": ["10.0.0.1"], "cgroup": {"cpu.shares": "1024"}, "paused": True}``; all but
``hostname`` and ``cgroup`` may be missing. Files in sys/fs/cgroup (cgroup v1) and proc/vz/veinfo come from it, in
the format that libvzctl reads: CT ID, class, number of processes, addresses (which file says what: read, not run).
"""

import os
import zlib

from vzsim.files import exclusive, read_text, replace_text, write_text

SLICE = "machine.slice"
WITHOUT_SLICE = ("ve", "systemd")  # hierarchies where a container's cgroup is at the top
UNLIMITED = 2**63 - 4096  # bytes: a memory limit that was never set
CPUS = "0-1"  # of the node
MEMORY_NODES = "0"
MHZ = 2445  # of one processor of the node
PROCESSES = 2  # of a running container
NODE_PROCESSES = 120
USED = {  # what a container has used, invented; the kernel's names (read, not run)
    "cpuacct.usage": "12500000000",
    "memory.usage_in_bytes": str(1586 * 4096),
    "memory.stat": "cache 0\nrss 6496256\nswap 0\ntotal_cache 0\ntotal_rss 6496256\ntotal_swap 0",
}
ROOT_FILE_SYSTEM = "/dev/sda1 / ext4 rw,relatime 0 0"  # in proc/mounts


def new_cgroup():
    """The parameters of a cgroup that was just made."""
    return {
        "memory.limit_in_bytes": str(UNLIMITED),
        "memory.memsw.limit_in_bytes": str(UNLIMITED),
        "cpu.shares": "1024",
        "cpuset.cpus": CPUS,
        "pids.max": "max",
    }


def set_live(node, ctid, record):
    """Record what runs in a container; ``None`` if it has stopped."""
    node.set_running(ctid, record)
    if record is None:
        _remove_cgroups(node, ctid)
    else:
        _write_cgroups(node, ctid, record)


def publish(node):
    """Rewrite proc/vz/veinfo from the live records."""
    path = node.path("/proc/vz/veinfo")
    with exclusive(path):
        records = {ctid: node.running(ctid) or {} for ctid in node.running_ctids()}
        lines = [veinfo_line(ctid, PROCESSES, record.get("ip", [])) for ctid, record in records.items()]
        replace_text(path, "".join([*lines, veinfo_line("0", NODE_PROCESSES, [])]))


def veinfo_line(ctid, processes, addresses):
    """``veinfo_line("101", 2, ["10.0.0.1"])`` -> ``"       101     0     2        10.0.0.1\\n"``"""
    return f"{ctid:>10} {0:>5} {processes:>5}" + "".join(f" {address:>15}" for address in addresses) + "\n"


def shown_path(ctid, parameter):
    """``shown_path("101", "cpu.shares")`` -> ``/sys/fs/cgroup/cpu/machine.slice/101/cpu.shares``"""
    hierarchy = parameter.partition(".")[0]
    place = ctid if hierarchy in WITHOUT_SLICE else f"{SLICE}/{ctid}"
    return f"/sys/fs/cgroup/{hierarchy}/{place}/{parameter}"


def _write_cgroups(node, ctid, record):
    if not os.path.isdir(node.path("/sys/fs/cgroup")):
        return
    shown = {
        **record["cgroup"],
        **record.get("other", {}),
        "cpuset.mems": record.get("other", {}).get("cpuset.mems", MEMORY_NODES),
        "freezer.state": "FROZEN" if record.get("paused") else "THAWED",
        "ve.state": "RUNNING",
        **USED,
    }
    for parameter, value in shown.items():
        path = node.path(shown_path(ctid, parameter))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_text(path, f"{value}\n")


def _remove_cgroups(node, ctid):
    top = node.path("/sys/fs/cgroup")
    for hierarchy in os.listdir(top) if os.path.isdir(top) else []:
        place = os.path.dirname(node.path(shown_path(ctid, hierarchy)))
        if os.path.isdir(place):
            import shutil

            shutil.rmtree(place)


def publish_mount(node, ctid, root=None):
    """Add the mount point of a container to proc/mounts, or take it away; the node's own file system is in it, too."""
    path = node.path("/proc/mounts")
    device = f"/dev/ploop{zlib.crc32(str(ctid).encode()) % 100000}p1"  # any name will do, the same for one container
    with exclusive(path):
        lines = read_text(path).splitlines() if os.path.exists(path) else [ROOT_FILE_SYSTEM]
        lines = [line for line in lines if line.partition(" ")[0] != device]
        lines += [f"{device} {root} ext4 rw,relatime 0 0"] if root else []
        replace_text(path, "".join(f"{line}\n" for line in lines))
