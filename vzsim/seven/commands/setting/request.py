"""
What one ``vzctl set`` asks for, option by option, and what that changes in a configuration.

Of an option given twice the first counts for some, the last for others; lists accumulate.
"""

from vzsim.codes import PARAM_VALUE, Failed
from vzsim.seven.grammar import addresses, lists, macs, netif


class Request:
    """
    The options of a run.

    ``values`` are keys with their new texts, ``None`` for keys to remove; ``nic`` is the device that ``--ifname`` and
    the options for it describe, ``nics_added`` and ``nics_removed`` are those of ``--netif_add`` and ``--netif_del``;
    ``disk`` has what the disk options say, ``None`` without any.
    """

    def __init__(self):
        self.save = False
        self.name = None
        self.passwords = []
        self.setmode = None
        self.sample = None
        self.values = {}
        self.lists = {}  # key -> words so far, of lists that replace the old one
        self.ip_added, self.ip_removed, self.ip_remove_all = {}, {}, False
        self.features = {}
        self.devices, self.devnodes, self.has_devices = [], {}, False
        self.words_added, self.words_removed = {}, {}  # key -> words
        self.mounts, self.unmount_all, self.has_mounts = {}, False, False
        self.nic = {"ip": {}}
        self.nics_added, self.nics_removed, self.renews_macs = [], [], False
        self.disk = None
        self.warnings = []  # said on standard output when the values are merged
        self.skips_warning = False
        self.has_noatime = False
        self.recreates = False

    # what is written

    def changes(self, values, is_old=False):
        """
        The keys of a configuration with these values that change: ``{"CPUS": "2", "CPULIMIT_MHZ": None}``.

        Fails with 21 for ``--ifname`` of a device that neither is there nor is added.
        """
        changed = dict(self.values)
        changed.update((key, " ".join(words)) for key, words in self.lists.items() if words)
        if self.features:
            changed["FEATURES"] = lists.features_written(self.features)
        if self.has_devices and (self.devices or self.devnodes):
            old = lists.known_devnodes(values.get("DEVNODES", ""))
            changed["DEVICES"] = lists.devices_written(self.devices)
            changed["DEVNODES"] = lists.devnodes_written(old, self.devnodes)
        for key in {*self.words_added, *self.words_removed}:
            added, removed = self.words_added.get(key, ()), self.words_removed.get(key, ())
            if added or removed:
                changed[key] = lists.merge_words(lists.read_words(values.get(key, "")), added, removed)
        if self.mounts or self.unmount_all:
            old = lists.read_bindmounts(values.get("BINDMOUNT", ""))
            changed["BINDMOUNT"] = lists.merge_bindmounts(old, self.mounts, self.unmount_all)
        if self.ip_added or self.ip_removed or self.ip_remove_all:
            old = addresses.read_list(values.get("IP_ADDRESS", ""))
            merged = addresses.merged(old, self.ip_added, self.ip_removed, self.ip_remove_all)
            changed["IP_ADDRESS"] = addresses.written(merged)
        devices = self.devices_after(values, is_old)
        if devices is not None:
            changed["NETIF"] = netif.written(devices, is_old)
        return changed

    def devices_after(self, values, is_old=False):
        """The network devices after the change, ``None`` if nothing is asked for."""
        old = netif.read(values.get("NETIF", ""), is_old)
        added = self._added(old)
        if not added and not self.nics_removed and not (self.renews_macs and old):
            return None
        kept = [device for device in old if device["ifname"] not in self.nics_removed]
        new = {device["ifname"]: device for device in added}
        merged = [netif.merge(d, new[d["ifname"]], is_old) if d["ifname"] in new else d for d in kept]
        there = {device["ifname"] for device in old}
        merged += [netif.merge({"ip": {}}, device, is_old) for device in added if device["ifname"] not in there]
        return [netif.renewed(device) for device in merged] if self.renews_macs else merged

    def changed_devices(self):
        """Names of the network devices that are added or changed."""
        own = [self.nic["ifname"]] if self.nic.get("ifname") else []
        return list(dict.fromkeys([device["ifname"] for device in self.nics_added] + own))

    def _added(self, old):
        """The devices of ``--netif_add``, and that of ``--ifname``, which must be one of them or of the old ones."""
        name = self.nic.get("ifname")
        if not name:
            return [dict(device) for device in self.nics_added]
        added = []
        for device in self.nics_added:
            added.append(self._named(device, old) if device["ifname"] == name else dict(device))
        if name not in {device["ifname"] for device in added}:
            if name not in {device["ifname"] for device in old}:
                raise Failed(PARAM_VALUE, f"Virtual adapter {name} is not configured")
            added.append({**self.nic, **self._without_dhcp()})
        return added

    def _without_dhcp(self):
        """What new addresses switch off; read, not run."""
        return {"dhcp6" if ":" in address else "dhcp": "no" for address in self.nic["ip"]}

    def _named(self, device, old):
        """A device of ``--netif_add`` with the options for it, and a name on the node made of its MAC."""
        known = next((other for other in old if other["ifname"] == device["ifname"]), {})
        whole = {**device, **self.nic}
        mac = whole.get("mac") or known.get("mac") or macs.new()
        whole["mac"] = mac
        if not self.nic.get("host_ifname"):
            whole["host_ifname"] = macs.host_ifname(mac)
        return whole
