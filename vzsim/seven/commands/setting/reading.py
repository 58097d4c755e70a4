"""
The options of ``vzctl set``, each with what it does to the request.

All are read before anything is looked at. The first that is wrong ends it, after a line that names it.
"""

import os

from vzsim.codes import PARAM_SYNTAX, PARAM_VALUE, Failed
from vzsim.grammar.getopt import OptionError
from vzsim.seven import ids
from vzsim.seven.commands.setting.request import Request
from vzsim.seven.grammar import addresses, getopt, keys, lists, netif, options
from vzsim.seven.grammar import values as v
from vzsim.seven.grammar.values import Bad
from vzsim.seven.node import CPUS

SWAP_WARNING = "WARNING: Use of swap significantly slows down both the container and the node."
NETFILTER = ("disabled", "stateless", "stateful", "full")
DEPRECATED = (
    "oomguarpages", "numtcpsock", "tcpsndbuf", "tcprcvbuf", "othersockbuf", "dgramrcvbuf", "numothersock", "dcachesize",
)  # fmt: skip


def read(run, argv):
    """The words behind the CT ID as a :class:`Request`; fails with 21 or 20."""
    request = Request()
    is_for_nic = "--ifname" in argv or "--netif_add" in argv
    reading = Reading(run, request, is_for_nic, "--ifname" in argv)
    reader = options.Reader(argv, options.known(run.node.is_old), run.word, options.LETTERS)
    try:
        for name, text in reader:
            if name is None or name in options.TRAPS:
                reader.extra = reader.rest
                break
            reading.take(name, text)
    except OptionError as error:
        raise Failed(PARAM_VALUE, str(error)) from None
    reading.finish()
    getopt.refuse(reader.extra)
    return request


class Reading:
    """Takes one option after the other into a request."""

    def __init__(self, run, request, is_for_nic, has_ifname):
        self.run = run
        self.node = run.node
        self.request = request
        self.is_for_nic = is_for_nic
        self.has_ifname = has_ifname

    def take(self, name, text):
        if options.SAME.get(name, name) in ("swap", "swappages") and not self.node.is_old:
            self.run.complain(SWAP_WARNING)
        try:
            self._take(name, text)
        except Bad as bad:
            for line in bad.lines:
                self.run.complain(line)
            raise Failed(bad.rc, f"Bad parameter for --{name}: {text}") from None

    def _take(self, name, text):
        plain = options.SAME.get(name, name)
        if plain in SCALARS:
            key, read_value, is_first = SCALARS[plain]
            self._scalar(key, read_value, text, is_first)
        elif plain.upper() in NIC_FIELDS or plain in NIC_FIELDS:
            self._nic(plain, text)
        elif plain in DEPRECATED:
            self.run.say(f"Warning: {plain.upper()} parameter is deprecated")
        else:
            method = getattr(self, "_take_" + plain.replace("-", "_"), None)
            if method:
                method(text)

    def _scalar(self, key, read_value, text, is_first):
        """Of the options for which the first counts, later ones are not even looked at."""
        if is_first and key in self.request.values:
            return
        value = read_value(text)
        if value is not None:
            self.request.values[key] = value

    def finish(self):
        """What is wrong with the options together."""
        request = self.request
        if request.disk is not None:
            self._finish_disk(request.disk)
        if request.has_mounts and not request.save:
            raise Failed(PARAM_SYNTAX, "The --bindmount-* options must be used together with the --save option.")

    def _finish_disk(self, disk):
        if "action" not in disk:
            disk.update(action="set", uuid=f"{{{ids.ZERO_UUID}}}")
            if not disk.get("size"):
                raise Failed(PARAM_SYNTAX, "Incorrect size is specified: 0")
        elif not self.request.save and "device" not in disk:
            raise Failed(PARAM_SYNTAX, "The --save option have to be used with --device-*")

    # the command itself

    def _take_save(self, _):
        self.request.save = True

    def _take_name(self, text):
        self.request.name = text

    def _take_userpasswd(self, text):
        user, colon, password = text.partition(":")
        if colon and user and password:
            self.request.passwords.append(user)
            self.request.skips_warning = True

    def _take_reset_ub(self, _):
        self.request.skips_warning = True

    def _take_setmode(self, text):
        self.request.setmode = v.one_of("restart", "ignore")(text)

    def _take_applyconfig(self, text):
        self.request.sample = text

    def _take_applyconfig_map(self, text):
        v.one_of("name")(text)

    def _take_noatime(self, text):
        v.yes_no(text)
        self.request.has_noatime = True

    def _take_ext_ipadd(self, text):
        """Read, not run, with no further effect; refused are words that are no addresses."""
        for word in v.words(text, "\t "):
            if word not in ("all", "::", "::0"):
                addresses.read_one(word)

    _take_ext_ipdel = _take_ext_ipadd

    def _take_apply_iponly(self, text):
        v.yes_no(text)

    def _take_capability(self, _):
        self.run.complain("Warning: The --capability option is deprecated")

    def _take_netif_mac_renew(self, _):
        self.request.renews_macs = True

    # values with more to them

    def _take_cpulimit(self, text):
        if {"CPULIMIT", "CPULIMIT_MHZ"} & set(self.request.values):
            return
        key, limit = v.cpu_limit(text)
        other = "CPULIMIT" if key == "CPULIMIT_MHZ" else "CPULIMIT_MHZ"
        self.request.values.update({key: str(limit), other: None})
        if key == "CPULIMIT" and limit > CPUS * keys.CPUS_PERCENT:
            self.request.warnings.append(keys.cpu_warning(limit, CPUS))
            self.run.say(self.request.warnings[-1])

    def _take_cpus(self, text):
        if "CPUS" not in self.request.values:
            count = v.unsigned(text)
            self.request.values["CPUS"] = count if count != "0" else None

    def _take_cpuweight(self, text):
        v.number(text)

    def _take_memguarantee(self, text):
        self._scalar("MEMGUARANTEE", v.memory_guarantee, text, True)
        self.request.values["MEMGUARANTEE_BYTES"] = None

    def _take_netfilter(self, text):
        self._scalar("NETFILTER", v.one_of(*NETFILTER), text, False)

    def _take_iptables(self, text):
        raise Bad(f"Unknown iptable module {text}, skipped")

    def _take_nameserver(self, text):
        self._list("NAMESERVER", lists.read_words(text))

    def _take_searchdomain(self, text):
        self._list("SEARCHDOMAIN", lists.read_words(text))

    def _take_rate(self, text):
        self.request.lists.setdefault("RATE", []).extend(lists.read_rates(text))

    def _list(self, key, words):
        known = self.request.lists.setdefault(key, [])
        known += [word for word in words if word not in known]

    def _take_features(self, text):
        for name, switch in lists.read_features(text).items():
            self.request.features.setdefault(name, switch)

    def _take_devices(self, text):
        self.request.has_devices = True
        self.request.devices += lists.read_devices(text)

    def _take_devnodes(self, text):
        self.request.has_devices = True
        self.request.devnodes.update(lists.read_devnodes(text, self._has_device))

    def _has_device(self, name):
        return name in lists.DEVICE_FILES or bool(name) and os.path.exists(self.node.path(f"/dev/{name}"))

    def _take_netdev_add(self, text):
        self._words("words_added", "NETDEV", lists.read_netdev(text))

    def _take_netdev_del(self, text):
        self._words("words_removed", "NETDEV", lists.read_netdev(text))

    def _take_pci_add(self, text):
        exists = self.node.kernel.get("pci", ()).__contains__
        self._words("words_added", "PCI", lists.read_pci(text, exists))

    def _take_pci_del(self, text):
        self._words("words_removed", "PCI", lists.read_pci(text))

    def _words(self, which, key, words):
        getattr(self.request, which).setdefault(key, []).extend(words)

    def _take_bindmount_add(self, text):
        self._mounts(lists.read_bindmounts(text))

    def _take_bindmount_del(self, text):
        if text == "all":
            self.request.has_mounts = self.request.unmount_all = True
            return
        self._mounts(lists.read_unmounts(text))

    def _mounts(self, found):
        self.request.has_mounts = True
        for target, entry in found.items():
            self.request.mounts.setdefault(target, entry)

    # addresses and network devices

    def _take_ipadd(self, text):
        found = addresses.read_list(text, addresses.AFTER_OPTION)
        if not self.is_for_nic:
            found.pop(addresses.NONE, None)
            for address, mask in found.items():
                self.request.ip_added.setdefault(address, mask)
            return
        for address, mask in found.items():
            self.request.nic["ip"].setdefault(address, mask)
        self.request.nic.setdefault("configure", "all")

    def _take_ipdel(self, text):
        if text == "all":
            if self.is_for_nic:
                self.request.nic["del_all"] = True
            else:
                self.request.ip_remove_all = True
            return
        found = addresses.read_list(text, addresses.AFTER_OPTION)
        if self.is_for_nic:
            self.request.nic.setdefault("ip_del", {}).update(found)
        else:
            self.request.ip_removed.update(found)

    def _take_netif_add(self, text):
        if not self.has_ifname:
            self._nic("ifname", text)
        for word in text.split(" "):
            self._add_nic(word, self.request.nics_added)

    def _take_netif_del(self, text):
        found = []
        for word in text.split(" "):
            self._add_nic(word, found)
        self.request.nics_removed += [device["ifname"] for device in found]

    def _add_nic(self, word, known):
        """``NAME[,MAC[,HOST_IFNAME[,HOST_MAC]]]``, of which the name is the only usable form without ``--ifname``."""
        if not word:
            return
        name, comma, rest = word.partition(",")
        if len(name) > netif.NAME_LIMIT:
            raise Bad
        device = {"ifname": name, "ip": {}, "mac_filter": "on"}
        if rest:
            mac, _, rest = rest.partition(",")
            if len(mac) != netif.MAC_LENGTH:
                raise Bad(f"Invalid Container MAC address length: {word.partition(',')[2]}")
            device.update(mac=_mac(mac, "Invalid Container MAC address format"), host_mac=mac.upper())
        if rest:
            host_ifname, _, rest = rest.partition(",")
            if len(host_ifname) > netif.NAME_LIMIT:
                raise Bad
            device["host_ifname"] = host_ifname
        if rest:
            device["host_mac"] = _mac(rest, "Invalid host MAC address")
        if all(other["ifname"] != name for other in known):
            known.append(device)

    def _nic(self, field, text):
        nic = self.request.nic
        if field == "ifname":
            if nic.get("ifname"):
                raise Bad("Multiple use of --ifname option not allowed")
            if len(text) > netif.NAME_LIMIT:
                raise Bad
            nic["ifname"] = text
            return
        field, read_value = NIC_FIELDS[field]
        if field == "type" and self.node.is_old:
            read_value = v.one_of(*netif.OLD_TYPES)
        value = read_value(text)
        if field == "network":
            if "network" in nic:
                return
            if not self.node.is_old:
                nic.pop("type", None)
        nic[field] = value
        if field in ("gw", "dhcp", "dhcp6"):
            nic.setdefault("configure", "all")

    # disks

    def _disk(self):
        if self.request.disk is None:
            self.request.disk = {}
        return self.request.disk

    def _take_device_add(self, text):
        disk = self._disk()
        if text != "hdd":
            raise Failed(PARAM_VALUE, f"Incorrect device type is specified: {text}")
        disk.setdefault("action", "add")

    def _take_device_del(self, text):
        self._action("del", text)

    def _take_device_set(self, text):
        self._action("set", text)

    def _action(self, action, text):
        disk = self._disk()
        if "action" not in disk:
            disk.update(uuid=_disk_uuid(text), action=action)

    def _take_device_uuid(self, text):
        self._disk()["uuid"] = _disk_uuid(text)

    def _take_detach(self, _):
        self._disk()["action"] = "detach"

    def _take_size(self, text):
        size = v.disk_size(text)
        if size is None:
            raise Failed(PARAM_VALUE, f"Incorrect size is specified: {text}")
        self._disk()["size"] = size

    def _take_image(self, text):
        self._disk()["image"] = text
        self._disk().pop("device", None)

    def _take_device(self, text):
        self._disk()["device"] = text
        self._disk().pop("image", None)

    def _take_mnt(self, text):
        self._disk()["mnt"] = text

    def _take_enable(self, _):
        self._disk()["enabled"] = "yes"

    def _take_disable(self, _):
        self._disk()["enabled"] = "no"

    def _take_offline(self, _):
        self._disk()["offline"] = True

    def _take_storage_url(self, text):
        self._disk()["storage_url"] = text

    def _take_encryption_keyid(self, text):
        self._disk()["key"] = text

    def _take_recreate(self, _):
        self.request.recreates = True


def _mac(text, complaint):
    try:
        return netif.check_mac(text)
    except Bad:
        raise Bad(complaint) from None


def _disk_uuid(text):
    uuid = ids.read_uuid(text)
    if uuid is None:
        raise Failed(PARAM_VALUE, f"Incorrect device uuid specified: {text}")
    return f"{{{uuid}}}"


def _configure(text):
    return {"no": "none", "yes": "all"}.get(text) or v.one_of("none", "all")(text)


def _host_ifname(text):
    if len(text) > netif.NAME_LIMIT:
        raise Bad
    return text


# Option -> (field of NETIF, how its value is read). Gateways are not checked.
NIC_FIELDS = {
    "ifname": ("ifname", v.word),
    "mac": ("mac", netif.check_mac),
    "host_mac": ("host_mac", netif.check_mac),
    "host_ifname": ("host_ifname", _host_ifname),
    "gw": ("gw", v.word),
    "gw6": ("gw6", v.word),
    "network": ("network", netif.check_network),
    "dhcp": ("dhcp", v.yes_no),
    "dhcp6": ("dhcp6", v.yes_no),
    "mac_filter": ("mac_filter", v.one_of("on", "off")),
    "configure": ("configure", _configure),
    "nettype": ("type", v.one_of(*netif.TYPES)),
    "vporttype": ("vport", v.one_of("ovs")),
}

FIRST, LAST = True, False
# Option -> (key, how its value is read, whether the first of several counts).
SCALARS = {
    **{name: (name.upper(), keys.READERS[name.upper()], LAST) for name in """
        kmemsize lockedpages privvmpages shmpages numproc physpages vmguarpages numflock numpty numsiginfo numfile
        numiptent avnumproc swappages numnetif vm_overcommit meminfo ioprio iolimit iopslimit onboot bootorder
        ha_enable disabled slmmemorylimit slmmode burst_cpu_avg_usage burst_cpulimit ratebound
    """.split()},
    **{name: (name.upper(), keys.READERS[name.upper()], FIRST) for name in """
        cpuunits cpumask nodemask quotaugidlimit diskinodes ha_prio
    """.split()},
    **{name: (name.upper(), v.word, FIRST) for name in ("hostname", "description", "ostemplate", "distribution")},
    "root": ("VE_ROOT", v.word, FIRST),
    "private": ("VE_PRIVATE", v.word, FIRST),
    "autostopt": ("AUTOSTOP", keys.READERS["AUTOSTOP"], LAST),
    "jquota": ("JOURNALED_QUOTA", v.yes_no, FIRST),
    "swap": ("SWAPPAGES", v.bytes_as_pages, LAST),
    "ram": ("PHYSPAGES", v.bytes_as_pages, LAST),
    "pagecache-isolation": ("PAGECACHE_ISOLATION", v.yes_no, LAST),
    "num-memory-subgroups": ("NUMMEMORYSUBGROUPS", v.single, LAST),
}  # fmt: skip
