"""``vzctl set`` on a running container: what is applied, and what of it is saved."""

from vzsim.seven.live import apply, setting


def change(run, request, changes, pending):
    """
    Apply the changes; the exit code.

    All are saved, whether they could be applied or not, but for network devices and bind mounts that failed.
    """
    wanted = apply.Wanted(
        {**{key: value for key, value in changes.items() if value is not None}, **_without_limit(changes)},
        devices=request.changed_devices(),
        removed=request.nics_removed,
        addresses="IP_ADDRESS" in changes,
        mounts=[apply.mount_of(entry) for entry in request.mounts.values() if entry],
        unmounts=[target for target, entry in request.mounts.items() if entry is None],
        netdevs=request.words_added.get("NETDEV", ()),
        lost_netdevs=request.words_removed.get("NETDEV", ()),
        setmode=request.setmode,
    )
    failed = _Failed(wanted)
    rc = setting.change(run, wanted)
    if "NETIF" in changes:
        changes["NETIF"] = wanted.values["NETIF"]  # with venet0, if that is new
    if failed.devices():
        request.nics_added = [device for device in request.nics_added if device["ifname"] not in failed.devices()]
        if request.nic.get("ifname") in failed.devices():
            request.nic = {"ip": {}}
    for target in failed.mounts():
        del request.mounts[target]
    if failed.devices() or failed.mounts():
        kept = request.changes(run.values, run.node.is_old)
        changes = {key: value for key, value in changes.items() if key not in ("NETIF", "BINDMOUNT") or key in kept}
        changes.update((key, kept[key]) for key in ("NETIF", "BINDMOUNT") if key in kept)
    pending.update(changes)
    return rc


def _without_limit(changes):
    """No number of CPUs is 0 to the kernel."""
    return {"CPUS": "0"} if "CPUS" in changes and changes["CPUS"] is None else {}


class _Failed:
    """What is no longer among the wanted ones."""

    def __init__(self, wanted):
        self._wanted = wanted
        self._devices, self._mounts = list(wanted.devices), list(wanted.mounts)

    def devices(self):
        return [name for name in self._devices if name not in self._wanted.devices]

    def mounts(self):
        return [target for source, target in self._mounts if (source, target) not in self._wanted.mounts]
