"""
The options of ``vzctl set`` and ``unset`` of vzctl 7 to 9, in the order in which getopt lists them.
"""

from vzsim.grammar import getopt

# Name -> the key it is for, in the order of the program; those with a dash in front take no argument.
NAMES = """
    -save vetype ext_ipadd ext_ipdel -skip_arpdetect userpasswd noatime -crypted -reset_ub mount_opts apply_iponly
    apply-iponly setmode ostemplate distribution device-add size image device device-uuid mnt -offline storage-url
    encryption-keyid -reencrypt -wipe -recreate -enable -disable device-del -detach-only -detach device-set applyconfig
    applyconfig_map netif_add netif_del -netif_mac_renew default_gateway default_gw ifname mac host_mac host_ifname
    gateway gw gateway6 gw6 network dhcp dhcp6 mac_filter configure nettype vporttype bindmount_add bindmount-add
    bindmount_del bindmount-del onboot autostopt root private ip ipadd ipdel diskspace diskinodes quotatime
    quotaugidlimit journalled_quota jquota slmmemorylimit slmmode description name hostname nameserver searchdomain
    rate ratebound kmemsize lockedpages privvmpages shmpages ipcshmpages anonshpages numproc physpages rsspages
    vmguarpages oomguarpages oomguar numtcpsock numsock numflock numpty numsiginfo tcpsndbuf tcpsendbuf tcprcvbuf
    othersockbuf unixsockbuf dgramrcvbuf sockrcvbuf numothersock numunixsock numfile dcachesize dcache numiptent
    iptentries avnumproc swappages swap totvmpages memory ram memguarantee vm_overcommit pagecache-isolation
    num-memory-subgroups numnetif cpuweight cpulimit cpuunits burst_cpu_avg_usage burst_cpulimit capability devices
    devnodes config_customized origin_sample iptables netfilter netdev_add netdev-add netdev_del netdev-del disabled
    meminfo cpus cpumask nodemask ioprio iolimit iopslimit features bootorder pci_add pci-add pci_del pci-del ha_enable
    ha-enable ha ha_prio ha-prio offline_management offline_service
""".split()
KNOWN = {name.lstrip("-"): not name.startswith("-") for name in NAMES}
ONLY_OLD = ("iptables", "netfilter")  # gone with vzctl 8.0.26

# Other spellings of the same option; a prefix of both is not ambiguous.
SAME = {
    "apply-iponly": "apply_iponly", "detach-only": "detach", "default_gw": "default_gateway", "gateway": "gw",
    "gateway6": "gw6", "bindmount-add": "bindmount_add", "bindmount-del": "bindmount_del", "ip": "ipadd",
    "diskspace": "size", "journalled_quota": "jquota", "tcpsendbuf": "tcpsndbuf", "dcache": "dcachesize",
    "iptentries": "numiptent", "memory": "ram", "netdev-add": "netdev_add", "netdev-del": "netdev_del",
    "pci-add": "pci_add", "pci-del": "pci_del", "ha-enable": "ha_enable", "ha": "ha_enable", "ha-prio": "ha_prio",
    "offline_service": "offline_management",
}  # fmt: skip

LETTERS = {
    "p": "numproc", "k": "kmemsize", "b": "tcprcvbuf", "l": "lockedpages", "n": "numfile", "f": "numflock",
    "t": "numpty", "i": "numsiginfo", "x": "dcachesize", "e": "numiptent",
}  # fmt: skip

# Here reading stops without a word, and what follows counts as left over.
TRAPS = frozenset(("mount_opts", "default_gateway", "default_gw", "offline_management", "offline_service"))

# Key of the configuration that an option stands for, for `unset`.
KEYS = {
    **{name: name.upper() for name in """
        quotaugidlimit slmmemorylimit slmmode description hostname nameserver searchdomain rate ratebound kmemsize
        lockedpages privvmpages shmpages numproc physpages vmguarpages numflock numpty numsiginfo numfile numiptent
        avnumproc swappages vm_overcommit memguarantee numnetif cpulimit cpuunits burst_cpu_avg_usage burst_cpulimit
        devices devnodes disabled meminfo cpus cpumask nodemask ioprio iolimit iopslimit features bootorder ha_enable
        ha_prio onboot diskinodes quotatime cpuweight ostemplate distribution
    """.split()},
    "root": "VE_ROOT", "private": "VE_PRIVATE", "autostopt": "AUTOSTOP", "jquota": "JOURNALED_QUOTA",
    "pagecache-isolation": "PAGECACHE_ISOLATION", "num-memory-subgroups": "NUMMEMORYSUBGROUPS",
    "bindmount_add": "BINDMOUNT", "netdev_add": "NETDEV", "pci_add": "PCI",
    "netfilter": "NETFILTER", "iptables": "IPTABLES",
}  # fmt: skip


def known(is_old):
    """Option -> whether it takes an argument."""
    return {name: takes for name, takes in KNOWN.items() if is_old or name not in ONLY_OLD}


class Reader:
    """
    The words behind the CT ID, one option after the other, as getopt_long(3) gives them.

    ``extra`` holds the words that are no options; ``rest`` what is not read yet. ``program`` begins the complaints.
    """

    def __init__(self, argv, options, program, letters=None):
        self.rest = list(argv)
        self.extra = []
        self._options = options
        self._program = program
        self._letters = letters

    def __iter__(self):
        """Pairs of an option's full name and its argument; a letter without a meaning is an option ``None``."""
        while self.rest:
            word = self.rest.pop(0)
            if word == "--":
                self.extra += self.rest
                self.rest = []
            elif word.startswith("--"):
                yield self._long(word[2:])
            elif word.startswith("-") and word != "-":
                yield self._short(word[1:])
            else:
                self.extra.append(word)

    def _long(self, text):
        try:
            return getopt.long_option(text, self.rest, self._options, SAME)
        except getopt.OptionError as error:
            raise getopt.OptionError(f"{self._program}: {str(error).removeprefix('vzctl: ')}") from None

    def _short(self, text):
        if self._letters is None:
            raise getopt.OptionError(f"{self._program}: invalid option -- '{text[0]}'")
        value = text[1:] or (self.rest.pop(0) if self.rest else None)
        if value is None:
            raise getopt.OptionError(f"{self._program}: option requires an argument -- '{text[0]}'")
        return self._letters.get(text[0]), value
