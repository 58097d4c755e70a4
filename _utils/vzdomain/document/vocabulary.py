"""
What the author of a document may have meant by a word that is not supported where it stands.

The words are those of the dialects, of vzctl's options and keys, and of what people bring along from libvirt, LXC and
Virtuozzo.
"""

from ..model import fields
from ..model.nearest import nearest
from . import etree

NAMESPACE = "https://openvz.org/schemas/domain/salt/1"
_PLACES = {
    "domain": """
        name uuid title description metadata memory currentMemory memtune vcpu cputune numatune blkiotune features os
        devices
    """,
    "memtune": "hard_limit soft_limit swap_hard_limit min_guarantee",
    "cputune": "shares period quota",
    "blkiotune": "weight",
    "features": "capabilities",
    "os": "init",
    "devices": "filesystem disk interface hostdev",
    "filesystem": "space_hard_limit space_soft_limit",
    "interface": "guest mac route virtualport",
}
_PARENTS = {word: parent for parent, words in _PLACES.items() for word in words.split()}
_ALIASES = {
    "memory": "ram mem maxmem maxmemory memory_limit",
    "vcpu": "vcpus cpu cpus cores cpucount processors vcpu_count",
    "addresses": "ip ips address addresses ipaddress ip_address ipaddr ipadd ipv4 ipv6",
    "interfaces": "network nic net veth netif netif_add eth0 eth bridge",
    "nameserver": "dns nameservers resolver",
    "searchdomain": "search searchdomains",
    "onboot": "autostart start_on_boot boot",
    "template": "ostemplate os_template image distro rootfs",
    "hostname": "fqdn host_name utsname",
    "ctid": "veid vmid ct",
    "description": "desc comment notes",
    "capabilities": "capability caps",
    "diskspace": "disksize disk_space quota_size size",
    "diskinodes": "inodes",
    "swap": "swapsize swap_limit",
    "hostdevs": "netdev netdev_add",
    "pci": "pci_add",
    "config": "origin_sample",
    "layout": "ve_layout",
    "private": "ve_private",
    "root": "ve_root",
    "diskquota": "disk_quota",
    "cpuweight": "cpuuweight",
    "disks": "disk device_add hdd harddisk",
    "bindmounts": "bindmount bindmount_add bind_mount",
    "jquota": "journaled_quota",
    "num_memory_subgroups": "nummemorysubgroups",
}
_FIELDS = {word: field for field, words in _ALIASES.items() for word in words.split()}
_FIELDS |= {
    word.lower(): row.name
    for row in fields.FIELDS
    for word in (row.name, row.tag)
    if word and word.lower() not in _FIELDS
}
# What libvirt has, and OpenVZ nothing for: no advice is the best one.
_LIBVIRTS = frozenset(
    """
    alias backend bandwidth bios blockio boot channel cmdline codec console controller device driver emulator
    emulatorpin event filter filterref genid graphics hub initarg initdir initenv initgroup inituser input iommu
    iothreads kernel keywrap launchSecurity lease link loader local maxMemory memballoon memoryBacking memnode model
    mtu nvram panic parallel perf pm port rate_period redirdev resource rng rom seclabel serial shmem smartcard sound
    sysinfo throttlegroup tpm tune vcpupin video vlan vsock watchdog
    """.split()
)
_ATTRIBUTES = {
    "ip": "address", "addr": "address", "hwaddr": "address", "hwaddress": "address", "netmask": "prefix",
    "mask": "prefix", "units": "unit", "device": "dev", "ifname": "dev", "br": "bridge", "value": "state",
    "min": "barrier", "max": "limit", "file": "dir", "path": "dir",
}  # fmt: skip
_INSIDE = {  # what an <interface> says in elements, and people in attributes
    "bridge": "<source bridge='br0'/>",
    "network": "<source network='default'/>",
    "mac": "<mac address='02:16:3e:00:00:01'/>",
    "name": "<guest dev='eth0'/>",
    "dev": "<guest dev='eth0'/>",
    "ifname": "<guest dev='eth0'/>",
    "host_ifname": "<target dev='veth209.0'/>",
    "gateway": "<route gateway='192.0.2.1'/>",
    "gw": "<route gateway='192.0.2.1'/>",
}
_ALIKE = 0.85  # a word of another place has to be nearer


def advise(element, attribute, known, inside):
    """
    What to write instead of an element or attribute, as the end of a sentence; ``None`` where nothing comes near.

    `known` are the names that could stand there, `inside` the children that the element may have.
    """
    if attribute is not None:
        return _of_attribute(etree.QName(element).localname, etree.QName(attribute).localname, known, inside)
    name, parent = etree.QName(element), etree.QName(element.getparent()).localname
    models = {"address": "type" in element.attrib, "cpu": bool(element.attrib) or len(element) > 0}
    if name.localname in _LIBVIRTS or models.get(name.localname) or name.namespace not in (None, NAMESPACE):
        return None
    if parent == "interface" and _FIELDS.get(name.localname.lower()) == "addresses":
        routed = element.getparent().get("type") in ("ethernet", "route")
        prefix = "" if routed else " prefix='24'"
        return f"; write <ip address='192.0.2.4'{prefix}/>"
    return _of_element(name.localname, name.namespace, parent, known)


def _of_attribute(tag, name, known, inside):
    lower = name.lower()
    likely = next((word for word in known if word.lower() == lower), None)
    alias = _ATTRIBUTES.get(lower)
    likely = likely or (alias if alias in known else None)
    if not likely and tag == "interface" and lower in _INSIDE:
        return f"; write {_INSIDE[lower]} inside <interface>"
    if not likely and lower in inside:
        return f"; it is an element, <{lower}> inside <{tag}>"
    if tag == "source" and lower == "network" and "bridge" in known:
        return "; for a network, write <interface type='network'>"
    if tag == "source" and lower in ("dev", "name") and "bridge" in known:
        likely = known[0]
    likely = likely or nearest(name, known)
    return f"; did you mean {likely}=?" if likely else None


def _of_element(tag, namespace, parent, known):
    names = {etree.QName(one).localname: one for one in known}
    likely = next((name for name in names if name.lower() == tag.lower()), None)
    if likely:
        return _did_you_mean(names[likely], namespace)
    if parent == "interface" and tag.lower() in _INSIDE:
        return f"; write {_INSIDE[tag.lower()]} inside <interface>"
    field = _FIELDS.get(tag.lower().replace("-", "_"))
    if field in names or (field and fields.BY_NAME[field].tag in names and parent == "metadata"):
        return _did_you_mean(names.get(field) or names[fields.BY_NAME[field].tag], namespace)
    if tag in _PARENTS and _PARENTS[tag] != parent:
        return f" here: <{tag}> belongs in <{_PARENTS[tag]}>"
    if field:
        return _write(fields.BY_NAME[field])
    likely = nearest(tag, names)
    if likely:
        return _did_you_mean(names[likely], namespace)
    return _from_afar(tag)


def _from_afar(tag):
    """A word that is near to one of another place."""
    likely = nearest(tag, (*_PARENTS, *_FIELDS), _ALIKE)
    if likely in _PARENTS:
        return f"; did you mean <{likely}>, which belongs in <{_PARENTS[likely]}>?"
    return _write(fields.BY_NAME[_FIELDS[likely]]) if likely else None


def _did_you_mean(tag, namespace):
    """The namespace is named to who has left it out."""
    name = etree.QName(tag)
    if name.namespace != NAMESPACE:
        return f"; did you mean <{name.localname}>?"
    declared = "" if namespace == NAMESPACE else f", with xmlns:openvz='{NAMESPACE}'"
    return f"; did you mean <openvz:{name.localname}>{declared}?"


def _write(row):
    """The example of a row, and where it goes."""
    example = row.example
    if example.startswith("<openvz:"):
        return f"; write {example} in <metadata xmlns:openvz='{NAMESPACE}'>"
    if row.element.startswith("devices/") and not example.startswith("<space"):
        return f"; write {example} in <devices>"
    if example.startswith("<space"):
        return f"; write {example} in <filesystem>"
    return f"; write {example} in <domain>"


def field_meant(word):
    """The field that somebody may have meant by the name of an option, ``None`` where nothing comes near."""
    word = word.lower().replace("-", "_")
    return _FIELDS.get(word) or _FIELDS.get(nearest(word, _FIELDS))
