"""
``vzctl set 0``: CT 0 is the node itself. Limits and processors are applied; everything else only goes into 0.conf.
"""

from vzsim.commands.setting import limits, netif
from vzsim.grammar import conf, merging


def apply(run, wanted):
    """None of the checks for containers apply (names, devices and I/O: read, not run)."""
    reset = "reset_ub" in wanted.flags
    asked = run.conf.params if reset else wanted.params
    if any(key in asked for key in conf.UB_KEYS):
        run.say(limits.LIMITS_SET)
    limits.set_io(run, wanted.params)
    if "CPUUNITS" in wanted.params and not reset:
        run.say(limits.CPU_LINES["CPUUNITS"].format(wanted.params["CPUUNITS"]))
    params = dict(wanted.params)
    merging.merge_lists(run, wanted, params)
    if wanted.changes_netif:
        params["NETIF"] = netif.new_devices(run, run.conf.params.get("NETIF", []), wanted)
    return params
