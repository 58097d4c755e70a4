"""
What the kernel of the node shows of the addresses of running containers: proc/vz/veinfo and veip, and routes.

vzlist does not show them reliably: where a container has none, it shows those of the conf. The formats are those of the
OpenVZ kernels of 2.6.32 and of Linux (read, not run).
"""

import os
import time

from vzsim.files import exclusive, read_json, replace_text

NODE_PROCESSES = 120  # process count in the node's own line; not used
PROCESSES = 4  # of a container, as vzlist shows it
HZ = 1000  # ticks per second (read, not run)
CYCLES = 2400000  # per tick
VESTAT_HEAD = "      VEID     user      nice     system     uptime                 idle   other..\n"
VEIP_HEAD = "Version: 2.5\n"
ROUTE_LINE = 127  # characters of a line of proc/net/route
ROUTE_HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT"
NO_ADDRESS6 = "0" * 32


def write(node):
    """Rewrite the files from the live records of the containers."""
    with exclusive(node.path("/proc/vz/veinfo")):
        running = {ctid: read_json(node.running_path(ctid), {}).get("ip", []) for ctid in node.running_ctids()}
        # Later containers and addresses are listed first; the node itself is last.
        lines = [veinfo_line(ctid, PROCESSES, addresses[::-1]) for ctid, addresses in sorted(running.items())[::-1]]
        replace_text(node.path("/proc/vz/veinfo"), "".join([*lines, veinfo_line(0, NODE_PROCESSES, [])]))
        lines = [f"{address:>39} {ctid:>10}\n" for ctid in sorted(running) for address in running[ctid]]
        replace_text(node.path("/proc/vz/veip"), "".join([VEIP_HEAD, *lines]))
        addresses = [address for ctid in sorted(running) for address in running[ctid]]
        os.makedirs(node.path("/proc/net"), exist_ok=True)
        routes = [route_line(address) for address in addresses if ":" not in address]
        replace_text(node.path("/proc/net/route"), "".join(f"{line:<{ROUTE_LINE}}\n" for line in [ROUTE_HEAD, *routes]))
        replace_text(node.path("/proc/net/ipv6_route"), "".join(map(route6_line, addresses)))


def write_vestat(node):
    """Rewrite proc/vz/vestat, which the kernel makes anew for each reader: vzlist and whoever reads it after vzlist."""
    now, rows = time.time(), []
    for ctid in node.running_ctids():
        started = read_json(node.running_path(ctid), {}).get("started")
        rows += [vestat_line(ctid, int((now - started) * HZ))] if started else []
    replace_text(node.path("/proc/vz/vestat"), "".join(["Version: 2.2\n", VESTAT_HEAD, *rows]))


def vestat_line(ctid, ticks):
    """
    User, nice, system and uptime in ticks, then cycles; a tenth of its time the container computes (invented).

    The columns are those of the OpenVZ kernel (read, not run).
    """
    user, system = ticks * 3 // 40, ticks // 40
    return f"{ctid:>10} {user:>8} {0:>9} {system:>10} {ticks:>10} {ticks * CYCLES:>20}" + f" {0:>20}" * 6 + "\n"


def veinfo_line(ctid, processes, addresses):
    """``veinfo_line(101, 4, ["10.0.0.1"])`` -> ``"       101     0     4        10.0.0.1\\n"``"""
    columns = [f" {address:>{39 if ':' in address else 15}}" for address in addresses]
    return f"{ctid:>10} {0:>5} {processes:>5}" + "".join(columns) + "\n"


def route_line(address):
    """A route to one address by venet0; numbers are in the byte order of the machine."""
    number = "".join(f"{int(byte):02X}" for byte in reversed(address.split(".")))
    return f"venet0\t{number}\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0"


def route6_line(address):
    """The same in proc/net/ipv6_route; nothing for an address of IPv4."""
    if ":" not in address:
        return ""
    import socket

    number = socket.inet_pton(socket.AF_INET6, address).hex()
    return f"{number} 80 {NO_ADDRESS6} 00 {NO_ADDRESS6} 00000400 00000000 00000000 00000001   venet0\n"
