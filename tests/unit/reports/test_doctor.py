"""What would keep containers off the network or from starting: each thing that is broken is one finding."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from library import CONF, OTHER_UUID, UUID
from vzdomain import errors
from vzdomain.reports import doctor
from vzdomain.reports.doctor import lines

from vzsim.grammar import conf

WORLDS = Path(__file__).parents[2] / "contract/data/worlds.jsonl"
COMPLAINT = re.compile(r":(\d+)(?: \(|: invalid value for (\S*) )")
NETIF = 'NETIF="ifname=eth0,bridge=br0,mac=00:18:51:00:00:{0:02x},host_ifname=v{0}.0,host_mac=FE:FF:FF:FF:FF:FF"\n'
SYSCTL = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/conf/all/proxy_arp": "0",
    "net/ipv4/conf/default/proxy_arp": "0",
}
INACTIVE = """\
#!/bin/sh
[ "$*" = '{}' ] && exec virsh --quiet --connect test:///default 'net-destroy default; net-list --name --inactive'
"""


class Patient:
    """A node in a directory where nothing is wrong; tests break it."""

    def __init__(self, directory):
        self.directory, self.proc, self.net = directory, directory.root / "proc", directory.net
        self.vzctl, self.virsh, self.networks = directory.vzctl, str(directory.root / "virsh"), None
        self.vzctl.vzctl, self.vzctl.vzlist, self.vzctl.version = "vzctl", "vzlist", lambda: "4.11.1"
        (self.proc / "vz").mkdir(parents=True)
        for name, value in SYSCTL.items():
            self.sysctl(name, value)
        self.template = directory.root / "template/cache/debian-12-x86_64.tar.gz"
        self.template.touch()
        self.settings('DEF_OSTEMPLATE="debian-12-x86_64"')
        (directory.etc / "vznet.conf").write_text('EXTERNAL_SCRIPT="/usr/sbin/vznetaddbr"\n')
        directory.add_bridge("br0", "v101.0")
        self.device("v101.0")
        directory.add("101", CONF + NETIF.format(101) + 'IP_ADDRESS="198.51.100.1"\n', "running", name="web01")
        directory.add("102", CONF + NETIF.format(102) + f"#UUID: {UUID}\n", name="web 02")
        self.append("102", 'IP_ADDRESS="198.51.100.2 2001:db8::2"', 'NETDEV="eth1"')
        self.device("eth1")
        directory.lock("101").write_text(f"{os.getpid()}\n")

    def findings(self, **options):
        options = {"virsh": self.virsh, "networks": self.networks, **options}
        return doctor.examine(self.directory.node(), str(self.proc), **options)

    def only(self):
        """The one finding that there is."""
        (found,) = self.findings()
        return found

    def sysctl(self, name, value):
        path = self.proc / "sys" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{value}\n")

    def device(self, name):
        (self.net / name).mkdir()

    def append(self, ctid, *lines):
        with self.directory.conf(ctid).open("a") as stream:
            stream.writelines(f"{line}\n" for line in lines)

    def replace(self, ctid, old, new):
        path = self.directory.conf(ctid)
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def settings(self, *lines):
        with (self.directory.etc / "vz.conf").open("a") as stream:
            stream.writelines(f"{line}\n" for line in lines)

    def fail(self, command, error):
        def version():
            raise error

        if command == "vzctl":
            self.vzctl.version = version
        else:
            self.vzctl.failures["list"] = error


@pytest.fixture
def patient(directory):
    return Patient(directory)


def test_a_node_where_all_is_well_has_nothing_to_say(patient):
    assert patient.findings() == []
    assert doctor.as_data([]) == []


def test_a_node_without_containers_has_nothing_to_say_either(patient):
    for ctid in ("101", "102"):
        patient.directory.remove(ctid)
    shutil.rmtree(patient.directory.etc / "names")
    patient.vzctl.statuses.clear()

    assert patient.findings() == []


def test_looking_changes_nothing_and_lists_the_node_once(patient):
    def everything():
        paths = sorted(patient.directory.root.rglob("*"))
        return [(path, path.is_file() and path.read_bytes()) for path in paths]

    before = everything()

    patient.findings()

    assert everything() == before
    assert (patient.vzctl.runs, len(patient.vzctl.lists)) == ([], 1)


def brief(found):
    return found.check, found.containers


# the node

NODE = {
    "no vzctl": (
        lambda p: p.fail("vzctl", errors.MissingProgramError("vzctl cannot be run: No such file; install vzctl")),
        ("vzctl", ()),
        "vzctl",
        "vzctl cannot be run: No such file",
        "install vzctl 4.x",
    ),
    "another vzctl": (
        lambda p: p.fail("vzctl", errors.UnsupportedFlavourError("vzctl says 'vzctl version 7.0'")),
        ("vzctl", ()),
        "vzctl",
        "version 7.0",
        "use vzctl 4.x",
    ),
    "a vzctl that fails": (
        lambda p: p.fail("vzctl", errors.CannotAskError("vzctl --version ended with code 1")),
        ("vzctl", ()),
        "vzctl",
        "code 1",
        "run vzctl --version",
    ),
    "a vzlist that fails": (
        lambda p: p.fail("vzlist", errors.CannotAskError("vzlist ended with code 1: no")),
        ("vzlist", ()),
        "vzlist",
        "code 1: no",
        "run vzlist -a",
    ),
    "no OpenVZ kernel": (
        lambda p: (p.proc / "vz").rmdir(),
        ("kernel", ()),
        "proc/vz",
        "not an OpenVZ kernel",
        "modprobe vzmon",
    ),
    "no forwarding": (
        lambda p: p.sysctl("net/ipv4/ip_forward", "0"),
        ("ip_forward", ("101", "102")),
        "proc/sys/net/ipv4/ip_forward",
        "net.ipv4.ip_forward is 0",
        "sysctl -w net.ipv4.ip_forward=1",
    ),
    "no forwarding of IPv6": (
        lambda p: p.sysctl("net/ipv6/conf/all/forwarding", "0"),
        ("ipv6_forward", ("102",)),
        "proc/sys/net/ipv6/conf/all/forwarding",
        "container 102 cannot be reached",
        "sysctl -w net.ipv6.conf.all.forwarding=1",
    ),
    "proxy ARP": (
        lambda p: p.sysctl("net/ipv4/conf/default/proxy_arp", "1"),
        ("proxy_arp", ()),
        "proc/sys/net/ipv4/conf/default/proxy_arp",
        "net.ipv4.conf.default.proxy_arp is 1",
        "sysctl -w net.ipv4.conf.default.proxy_arp=0",
    ),
    "a kernel setting that is no file": (
        lambda p: ((p.proc / "sys/net/ipv4/ip_forward").unlink(), (p.proc / "sys/net/ipv4/ip_forward").mkdir()),
        ("cannot_ask", ("101", "102")),
        "proc/sys/net/ipv4/ip_forward",
        "is not a regular file",
        "openvz.doctor again",
    ),
    "a kernel setting that is not there": (
        lambda p: (p.proc / "sys/net/ipv4/conf/all/proxy_arp").unlink(),
        ("cannot_ask", ()),
        "proc/sys/net/ipv4/conf/all/proxy_arp",
        "is unknown",
        "openvz:proc_dir",
    ),
    "an empty template cache": (
        lambda p: p.template.rename(p.template.with_name("debian-12-x86_64.tar.part")),
        ("template_cache", ()),
        "template/cache",
        "no OS template",
        "vztmpl-dl NAME",
    ),
    "a default template that is not there": (
        lambda p: p.template.rename(p.template.with_name("centos-7.tar.xz")),
        ("default_template", ()),
        "etc/vz.conf",
        "names the OS template debian-12-x86_64",
        "vztmpl-dl debian-12-x86_64",
    ),
    "the sample's template that is not there": (
        lambda p: (p.directory.etc / "conf/ve-vswap-256m.conf-sample").write_text('OSTEMPLATE="centos-6-x86"\n'),
        ("default_template", ()),
        "etc/conf/ve-vswap-256m.conf-sample",
        "centos-6-x86",
        "vztmpl-dl centos-6-x86",
    ),
    "a lock of a dead process": (
        lambda p: p.directory.lock("102").write_text(f"{2**22}\n"),
        ("lock", ("102",)),
        "lock/102.lck",
        "process 4194304, which is gone",
        "rm ",
    ),
    "a lock of nobody": (
        lambda p: p.directory.lock("102").write_bytes(b"\xff\n"),
        ("lock", ("102",)),
        "lock/102.lck",
        "names no process",
        "rm ",
    ),
    "a lock that is no file": (
        lambda p: p.directory.lock("102").mkdir(),
        ("cannot_ask", ("102",)),
        "lock/102.lck",
        "is not a regular file",
        "openvz.doctor again",
    ),
    "no vz.conf": (
        lambda p: (p.directory.etc / "vz.conf").unlink(),
        ("vz_conf", ()),
        "etc/vz.conf",
        "does not exist",
        "restore",
    ),
    "a vz.conf that is a pipe": (
        lambda p: ((p.directory.etc / "vz.conf").unlink(), os.mkfifo(p.directory.etc / "vz.conf")),
        ("cannot_ask", ()),
        "etc/vz.conf",
        "is not a regular file",
        "openvz.doctor again",
    ),
}

NETWORK = {
    "no bridge script": (
        lambda p: (p.directory.etc / "vznet.conf").unlink(),
        ("bridge_script", ("101", "102")),
        "etc/vznet.conf",
        "EXTERNAL_SCRIPT is not set",
        'EXTERNAL_SCRIPT="/usr/sbin/vznetaddbr"',
    ),
    "an empty bridge script": (
        lambda p: (p.directory.etc / "vznet.conf").write_text('EXTERNAL_SCRIPT=""\n'),
        ("bridge_script", ("101", "102")),
        "etc/vznet.conf",
        "EXTERNAL_SCRIPT is not set",
        "restart",
    ),
    "no bridge": (
        lambda p: p.replace("102", "bridge=br0", "bridge=br9"),
        ("bridge", ("102",)),
        "net/br9",
        "there is no bridge br9",
        "brctl addbr br9",
    ),
    "no bridge for one that runs": (
        lambda p: p.replace("101", "bridge=br0", "bridge=br9"),
        ("bridge", ("101",)),
        "net/br9",
        "there is no bridge br9",
        "brctl addbr br9",
    ),
    "a bridge that is none": (
        lambda p: p.replace("102", "bridge=br0", "bridge=eth1"),
        ("bridge", ("102",)),
        "net/eth1",
        "is not a Linux bridge",
        "vzctl set 102 --ifname eth0 --bridge",
    ),
    "a bridge that is down": (
        lambda p: (p.net / "br0/flags").write_text("0x1002\n"),
        ("bridge_down", ("101", "102")),
        "net/br0",
        "is down",
        "ip link set br0 up",
    ),
    "a veth out of its bridge": (
        lambda p: (p.net / "br0/brif/v101.0").unlink(),
        ("veth", ("101",)),
        "net/br0/brif/v101.0",
        "is not in br0",
        "ip link set dev v101.0 master br0 || brctl addif br0 v101.0",
    ),
    "a veth in another bridge": (
        lambda p: (p.directory.add_bridge("br1", "v101.0"), (p.net / "br0/brif/v101.0").unlink()),
        ("veth", ("101",)),
        "net/br0/brif/v101.0",
        "is not in br0",
        "ip link set dev v101.0 master br0 || (brctl delif br1 v101.0 && brctl addif br0 v101.0)",
    ),
    "a veth that is gone": (
        lambda p: ((p.net / "br0/brif/v101.0").unlink(), (p.net / "v101.0").rmdir()),
        ("veth", ("101",)),
        "net/br0/brif/v101.0",
        "is not on the node",
        "vzctl restart 101",
    ),
    "a veth that vzctl named itself": (
        lambda p: p.replace("101", "host_ifname=v101.0,", ""),
        ("veth", ("101",)),
        "net/br0/brif/veth101.0",
        "its veth101.0",
        "vzctl restart 101",
    ),
    "a device that is not on the node": (
        lambda p: (p.net / "eth1").rmdir(),
        ("netdev", ("102",)),
        "net/eth1",
        "is not on this node",
        "--netdev_del eth1",
    ),
    "one address twice": (
        lambda p: p.replace("102", "198.51.100.2", "198.51.100.1/24"),
        ("duplicate_ip", ("101", "102")),
        "198.51.100.1",
        "containers 101, 102",
        "vzctl set 102 --ipdel 198.51.100.1 --save",
    ),
    "one MAC twice": (
        lambda p: p.replace("102", "mac=00:18:51:00:00:66", "mac=00:18:51:00:00:65"),
        ("duplicate_mac", ("101", "102")),
        "00:18:51:00:00:65",
        "2 interfaces",
        "--ifname eth0 --mac NEW",
    ),
    "one MAC on either side": (
        lambda p: p.replace("102", "FE:FF:FF:FF:FF:FF", "00:18:51:00:00:65"),
        ("duplicate_mac", ("101", "102")),
        "00:18:51:00:00:65",
        "2 interfaces",
        "--mac NEW",
    ),
    "one MAC twice in a container": (
        lambda p: p.replace("102", 'NETIF="', 'NETIF="ifname=eth2,mac=00:18:51:00:00:66,host_ifname=v102.2;'),
        ("duplicate_mac", ("102",)),
        "00:18:51:00:00:66",
        "2 interfaces of container 102",
        "--mac NEW",
    ),
    "one veth twice": (
        lambda p: p.replace("102", "host_ifname=v102.0", "host_ifname=v101.0"),
        ("duplicate_veth", ("101", "102")),
        "v101.0",
        "called v101.0 on the node",
        "--host_ifname NEW",
    ),
    "one device twice": (
        lambda p: p.append("101", 'NETDEV="eth1"'),
        ("duplicate_netdev", ("101", "102")),
        "eth1",
        "passed through to containers 101, 102",
        "--netdev_del eth1",
    ),
}

FILES = {
    "a file that is a link to nowhere": (
        lambda p: (p.directory.conf("102").unlink(), p.directory.conf("102").symlink_to("gone")),
        ("conf_file", ("102",)),
        "conf/102.conf",
        "is a broken link",
        "restore",
    ),
    "a file that is a loop": (
        lambda p: (p.directory.conf("102").unlink(), p.directory.conf("102").symlink_to("102.conf")),
        ("conf_file", ("102",)),
        "conf/102.conf",
        "cannot be read",
        "restore",
    ),
    "a file that is a pipe": (
        lambda p: (p.directory.conf("102").unlink(), os.mkfifo(p.directory.conf("102"))),
        ("conf_file", ("102",)),
        "conf/102.conf",
        "is not a regular file",
        "restore",
    ),
    "lines that are none": (
        lambda p: p.append("102", "nonsense", 'HOSTNAME="open', "# a comment", "", '="x"'),
        ("conf_line", ("102",)),
        "conf/102.conf",
        "line 9 (has no =), line 10 (has unmatched quotes), line 13 (has no key)",
        "by hand",
    ),
    "many lines that are none": (
        lambda p: p.append("102", *"abcdefg"),
        ("conf_line", ("102",)),
        "conf/102.conf",
        "line 13 (has no =) and 2 more",
        "by hand",
    ),
    "values that are none": (
        lambda p: p.append("102", 'CPUS="two"', 'ONBOOT="YES"'),
        ("conf_value", ("102",)),
        "conf/102.conf",
        'CPUS="two" in line 9, ONBOOT="YES" in line 10',
        "--save",
    ),
    "an address that is none": (
        lambda p: p.replace("102", "198.51.100.2", "0.0.0.0 198.51.100.2 nonsense"),
        ("conf_value", ("102",)),
        "conf/102.conf",
        'IP_ADDRESS="nonsense" in line 7',
        "--save",
    ),
    "a switch that is none": (
        lambda p: p.append(
            "102", 'CAPABILITY="KILL:on,NOSUCH:on"', 'FEATURES="nfs:none sit:on"', 'DEVNODES="net/tun:x"'
        ),
        ("conf_value", ("102",)),
        "conf/102.conf",
        'CAPABILITY="NOSUCH:on" in line 9, FEATURES="nfs:none" in line 10, DEVNODES="net/tun:x" in line 11',
        "--save",
    ),
    "a veth that is none": (
        lambda p: p.replace("102", 'NETIF="', 'NETIF="ifname=eth2,mac=none,host_ifname=v102.2;'),
        ("conf_value", ("102",)),
        "conf/102.conf",
        'NETIF="ifname=eth2,mac=none,host_ifname=v102.2" in line 4',
        "--save",
    ),
    "veths that are none": (
        lambda p: p.replace(
            "102", 'NETIF="', 'NETIF="mac=00:18:51:00:00:01;ifname=;ifname=eth3,host_ifname=x,host_mac=no;'
        ),
        ("conf_value", ("102",)),
        "conf/102.conf",
        'NETIF="mac=00:18:51:00:00:01" in line 4, NETIF="ifname=" in line 4, NETIF="ifname=eth3,',
        "--save",
    ),
    "an indented key": (
        lambda p: p.append("102", ' CPUS="2"'),
        ("conf_key", ("102",)),
        "conf/102.conf",
        "no effect on CPUS",
        "leave one line",
    ),
    "a doubled key of which the last counts": (
        lambda p: p.append("102", 'PHYSPAGES="0:65536"'),
        ("conf_key", ("102",)),
        "conf/102.conf",
        "no effect on PHYSPAGES",
        "leave one line",
    ),
    "a doubled list": (
        lambda p: p.append("102", 'NAMESERVER="192.0.2.1"', 'NAMESERVER="192.0.2.2"'),
        ("conf_key", ("102",)),
        "conf/102.conf",
        "no effect on NAMESERVER",
        "leave one line",
    ),
    "no limit of swap": (
        lambda p: p.replace("102", "SWAPPAGES", "#SWAPPAGES"),
        ("memory", ("102",)),
        "conf/102.conf",
        "has no SWAPPAGES",
        "--swap 512M",
    ),
    "no limits at all": (
        lambda p: p.replace("102", 'PHYSPAGES="0:65536"', 'PHYSPAGES="0:unlimited"'),
        ("memory", ("102",)),
        "conf/102.conf",
        "has no DCACHESIZE, DGRAMRCVBUF, KMEMSIZE, ",
        "--ram",
    ),
    "a file without a private area": (
        lambda p: shutil.rmtree(p.directory.private("102")),
        ("half", ("102",)),
        "conf/102.conf",
        "private/102 does not",
        "rm -r ",
    ),
    "a file without a private area and without memory": (
        lambda p: (shutil.rmtree(p.directory.private("102")), p.replace("102", "SWAPPAGES", "#SWAPPAGES")),
        ("half", ("102",)),
        "conf/102.conf",
        "private/102 does not",
        "rm -r ",
    ),
    "a private area without a file": (
        lambda p: (p.directory.private("150") / "etc").mkdir(parents=True),
        ("half", ("150",)),
        "private/150",
        "conf/150.conf does not",
        "rm -r ",
    ),
    "a dump without a file": (
        lambda p: p.directory.dump("150").touch(),
        ("half", ("150",)),
        "dump/Dump.150",
        "conf/150.conf does not",
        "rm -r ",
    ),
    "a container that runs without a file": (
        lambda p: p.vzctl.statuses.update({"150": "running"}),
        ("half", ("150",)),
        "conf/150.conf",
        "is running according to vzlist",
        "restore the file",
    ),
    "a link to nowhere": (
        lambda p: p.directory.link("old", "150"),
        ("name_link", ()),
        "names/old",
        "does not exist",
        "rm ",
    ),
    "a link to another's file": (
        lambda p: p.directory.link("other", "102"),
        ("name_link", ("102",)),
        "names/other",
        "points to container 102, whose file says NAME web 02",
        "rm ",
    ),
    "a link to no container": (
        lambda p: (p.directory.etc / "names/global").symlink_to("../vz.conf"),
        ("name_link", ()),
        "names/global",
        "not a container's configuration file",
        "rm ",
    ),
    "a link that is none": (
        lambda p: (p.directory.etc / "names/plain").touch(),
        ("name_link", ()),
        "names/plain",
        "is not a link",
        "rm ",
    ),
    "a name without a link": (
        lambda p: (p.directory.etc / "names/web 02").unlink(),
        ("name_link", ("102",)),
        "names/web 02",
        "says NAME web 02",
        "vzctl set 102 --name 'web 02' --save creates it",
    ),
    "a name whose link leads to nowhere": (
        lambda p: ((p.directory.etc / "names/web 02").unlink(), p.directory.link("web 02", "150")),
        ("name_link", ()),
        "names/web 02",
        "does not exist",
        "names/web 02', then vzctl set 102 --name 'web 02' --save",
    ),
    "one name twice": (
        lambda p: (p.replace("102", "web 02", "web01"), (p.directory.etc / "names/web 02").unlink()),
        ("duplicate_name", ("101", "102")),
        "web01",
        "containers 101, 102",
        "vzctl set 102 --name ANOTHER --save",
    ),
    "a mark of another container": (
        lambda p: p.append("101", "#SALT-OPENVZ: managed 102 node"),
        ("mark", ("101",)),
        "101.conf",
        "Salt's mark of 102 on node",
        "openvz.adopt 101",
    ),
    "keys that are none for a blank, a letter or a word": (
        lambda p: p.append("102", 'CPUS = "2"', 'onboot="yes"', 'export BOOTORDER="5"', ';IOPRIO="4"', 'HOSTNAM="x"'),
        ("conf_ignored", ("102",)),
        "conf/102.conf",
        "line 9 ('CPUS ' is not CPUS), line 10 ('onboot' is not ONBOOT), line 11 ('export BOOTORDER' is not "
        "BOOTORDER), line 12 (';IOPRIO' is not IOPRIO), line 13 ('HOSTNAM' is not HOSTNAME)",
        "by hand",
    ),
    "a mark of byte order before the first key": (
        lambda p: p.replace("102", "PHYSPAGES", "\ufeffCPUS=2\nPHYSPAGES"),
        ("conf_ignored", ("102",)),
        "conf/102.conf",
        "is not CPUS",
        "by hand",
    ),
    "a UUID that is none": (
        lambda p: p.replace("102", UUID, "TODO"),
        ("conf_ignored", ("102",)),
        "conf/102.conf",
        "container 102 has no UUID by line 5 (#UUID: TODO is not a UUID)",
        "remove the line from ",
    ),
    "an attribute of a veth that is none": (
        lambda p: p.replace("102", ",bridge=br0", ", bridge=br0,BRIDGE=br0"),
        ("conf_ignored", ("102",)),
        "conf/102.conf",
        "(NETIF:  bridge=br0), line 4 (NETIF: BRIDGE=br0)",
        "by hand",
    ),
    "a veth twice": (
        lambda p: p.replace("102", 'FF"', 'FF;ifname=eth0,bridge=br1"'),
        ("conf_ignored", ("102",)),
        "conf/102.conf",
        "(NETIF: ifname=eth0,bridge=br1)",
        "by hand",
    ),
    "a MAC filter that is none": (
        lambda p: p.replace("102", 'NETIF="', 'NETIF="ifname=eth1,mac_filter=maybe;'),
        ("conf_value", ("102",)),
        "conf/102.conf",
        'NETIF="ifname=eth1,mac_filter=maybe" in line 4',
        "--save",
    ),
    "lines of vz.conf that are none": (
        lambda p: p.settings('IPTABLES="iptable_filter', " ipt_TOS", ' xt_mac"'),
        ("conf_line", ()),
        "vz.conf",
        "at each run, line 8 (has unmatched quotes), line 9 (has no =), line 10 (has no =)",
        "read on its own",
    ),
    "a value of vz.conf that is none": (
        lambda p: p.settings('NETFILTER="maybe"'),
        ("conf_line", ()),
        "vz.conf",
        'NETFILTER="maybe" in line 8',
        "read on its own",
    ),
    "keys of vz.conf that are none": (
        lambda p: p.settings('export NETFILTER="full"', 'DISK_QUOTA = "no"', 'TEMPLATES="x"'),
        ("conf_ignored", ()),
        "vz.conf",
        "line 8 ('export NETFILTER' is not NETFILTER), line 9 ('DISK_QUOTA ' is not DISK_QUOTA)",
        "read on its own",
    ),
    "more than a document can hold": (
        lambda p: p.append("102", f'NAMESERVER="{" ".join(f"192.0.{n // 256}.{n % 256}" for n in range(5000))}"'),
        ("document", ("102",)),
        "conf/102.conf",
        "openvz.dump leaves it out: line ",
        "fix that value",
    ),
    "one UUID twice": (
        lambda p: p.append("101", f"#UUID: {UUID.upper()}"),
        ("duplicate_uuid", ("101", "102")),
        UUID,
        "containers 101, 102",
        "#UUID",
    ),
}
NETWORK["one device twice, and one of them has it"] = (
    lambda p: (p.append("101", 'NETDEV="eth1"'), (p.net / "eth1").rmdir()),
    *NETWORK["one device twice"][1:],
)
BROKEN = {**NODE, **NETWORK, **FILES}


@pytest.mark.parametrize(("breaks", "is_", "where", "what", "remedy"), BROKEN.values(), ids=BROKEN)
def test_what_is_broken_is_its_one_finding(patient, breaks, is_, where, what, remedy):
    breaks(patient)

    found = patient.only()

    assert brief(found) == is_
    assert found.where == where or found.where.endswith(f"/{where}")
    assert what in found.what
    assert remedy in found.remedy


def test_every_check_that_has_a_place_in_the_order_can_be_found():
    assert {is_[0] for _, is_, *_ in BROKEN.values()} | {"network_inactive", "libvirt", "setting"} == set(doctor.ORDER)


# what is no fault


@pytest.mark.parametrize(
    "change",
    {
        "a bridge that is up": lambda p: (p.net / "br0/flags").write_text("0x1003\n"),
        "an address of no container": lambda p: p.append("101", "# 198.51.100.2"),
        "no IPv6, and nobody with such an address": lambda p: (
            p.replace("102", " 2001:db8::2", ""),
            shutil.rmtree(p.proc / "sys/net/ipv6"),
        ),
        "no script, and no veth that would be in a bridge": lambda p: (
            p.replace("101", "bridge=br0,", ""),
            p.replace("102", "bridge=br0,", ""),
            (p.directory.etc / "vznet.conf").unlink(),
        ),
        "a pair whose ends have one MAC": lambda p: p.replace("102", "FE:FF:FF:FF:FF:FF", "00:18:51:00:00:66"),
        "a stopped container's veth": lambda p: p.vzctl.statuses.update({"101": "stopped"}),
        "a device that a running container has": lambda p: (
            (p.net / "eth1").rmdir(),
            p.vzctl.statuses.update({"102": "running"}),
            p.device("v102.0"),
            (p.net / "br0/brif/v102.0").touch(),
        ),
        "a device of a container that is suspended": lambda p: (
            (p.net / "eth1").rmdir(),
            p.vzctl.statuses.update({"102": "suspended"}),
        ),
        "a device that is taken away": lambda p: p.append("102", 'DEVNODES="net/tun:none"', 'DEVICES="c:10:200:none"'),
        "a lock that is released meanwhile": lambda p: p.directory.lock("101").unlink(),
        "a lock that is gone when it is looked at": lambda p: p.directory.lock("102").symlink_to("gone"),
        "another file in the lock directory": lambda p: (p.directory.root / "lock/vz.lck").touch(),
        "half a container that a vzctl is making": lambda p: (
            p.directory.conf("150").write_text(CONF),
            p.directory.lock("150").write_text(f"{os.getpid()}\n"),
        ),
        "a doubled key of which the first counts": lambda p: p.append("102", 'CPUS="2"', 'CPUS="3"'),
        "an empty value": lambda p: p.append("102", 'NUMPROC=""'),
        "a key that is none of vzctl's": lambda p: p.append("102", ' MINE="x"', 'MINE="y"'),
        "a limit of swap in vz.conf": lambda p: (
            p.replace("102", "SWAPPAGES", "#SWAPPAGES"),
            p.settings('SWAPPAGES="0:1G"'),
        ),
        "the sample's own configuration of the node": lambda p: (p.directory.etc / "conf/0.conf").write_text("x\n"),
        "UUIDs that differ": lambda p: p.append("101", f"#UUID: {OTHER_UUID}"),
    }.items(),
    ids=lambda one: one[0],
)
def test_what_is_as_it_should_be_is_not_a_finding(patient, change):
    change[1](patient)

    assert patient.findings() == []


def test_half_a_container_whose_vzctl_has_died_is_found(patient):
    patient.directory.conf("150").write_text(CONF)
    patient.directory.lock("150").write_text(f"{2**22}\n")

    assert [brief(found) for found in patient.findings()] == [("half", ("150",)), ("lock", ("150",))]


def test_what_vzlist_says_beside_its_table_is_passed_over(patient):
    patient.vzctl.listed = "Warning at 101.conf: skipped\nodd line\n 101 running\n 102 stopped\n"
    (patient.net / "eth1").rmdir()

    assert brief(patient.only()) == ("netdev", ("102",))


def test_a_file_that_is_removed_meanwhile_is_not_a_finding(patient, monkeypatch):
    monkeypatch.setattr("vzdomain.host.node.Node.ctids", lambda node: ["101", "102", "150"])

    assert patient.findings() == []


# what cannot be asked


def test_one_thing_that_cannot_be_read_hides_no_other(patient):
    (patient.proc / "sys/net/ipv4/ip_forward").unlink()
    patient.sysctl("net/ipv4/conf/all/proxy_arp", "1")
    patient.fail("vzlist", errors.CannotAskError("vzlist ended with code 1"))
    patient.directory.conf("101").unlink()
    patient.directory.conf("101").mkdir()
    patient.append("102", "nonsense")

    checks = [found.check for found in patient.findings()]

    assert checks == ["vzlist", "cannot_ask", "proxy_arp", "conf_file", "conf_line"]


def test_without_vz_conf_the_kernel_is_looked_at_anyway(patient):
    (patient.directory.etc / "vz.conf").unlink()
    patient.sysctl("net/ipv4/ip_forward", "0")
    patient.fail("vzctl", errors.MissingProgramError("vzctl cannot be run"))

    assert [found.check for found in patient.findings()] == ["vzctl", "vz_conf", "ip_forward"]


def test_a_directory_of_files_that_is_not_there_is_a_finding(patient):
    shutil.rmtree(patient.directory.etc / "conf")

    found = {found.where.rpartition("/")[2] for found in patient.findings() if found.check == "cannot_ask"}

    assert "conf" in found


def test_a_configuration_directory_that_is_not_there_is_an_error(patient):
    shutil.rmtree(patient.directory.etc)

    with pytest.raises(errors.ConfigurationError, match="does not exist; is vzctl installed"):
        patient.findings()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=strategies.configuration_files)
def test_no_file_keeps_the_doctor_from_looking(patient, text):
    patient.directory.conf("101").write_bytes(text.encode("utf-8", "surrogatepass"))

    found = patient.findings()

    assert json.dumps(doctor.as_data(found), ensure_ascii=False).encode()


# lines and values, as vzctl and a simulator that shares no code with us see them


def test_what_vzctl_skips_in_the_recorded_worlds_is_what_the_doctor_names():
    files = [text for line in WORLDS.open() for text in json.loads(line)["files"].values() if isinstance(text, str)]
    complained = 0

    for text in files:
        said = (message for _, message in conf.parse(text, "c").messages if "skip" in message)
        theirs = {COMPLAINT.search(message).groups() for message in said}
        ours = {(str(number), None) for number, why in lines._skipped(text) if why != "has no key"}
        ours |= {(str(number), key) for number, key, _ in lines._unread(text) if key != "FEATURES"}
        assert {one for one in theirs if one[1] != ""} == ours, text
        complained += bool(theirs)

    assert complained > 20


# libvirt


def test_an_active_network_is_not_a_finding(patient):
    assert patient.findings(virsh="virsh", uri="test:///default") == []


@pytest.mark.parametrize(
    ("uri", "argv", "start"),
    [
        (None, "net-list --name --inactive", "net-start default"),
        (
            "qemu:///system",
            "--connect qemu:///system net-list --name --inactive",
            "--connect qemu:///system net-start default",
        ),
    ],
)
def test_a_network_that_is_not_active_is_found(patient, uri, argv, start):
    program(patient.virsh, INACTIVE.format(argv))

    (found,) = patient.findings(uri=uri)

    assert brief(found) == ("network_inactive", ())
    assert found.where == "default"
    assert start in found.remedy


def test_a_network_that_configuration_gives_a_bridge_need_not_be_active(patient):
    program(patient.virsh, INACTIVE.format("net-list --name --inactive"))

    assert patient.findings(networks={"default": "br0"}) == []


@pytest.mark.parametrize(
    ("wanted", "networks", "found"),
    [
        ((), {}, []),
        ({"lan"}, {}, []),
        ({"default"}, {}, ["network_inactive"]),
        ({"default", "lan"}, {"default": "br0"}, []),
    ],
)
def test_an_inactive_network_is_found_where_a_document_names_it(patient, wanted, networks, found):
    program(patient.virsh, INACTIVE.format("net-list --name --inactive"))

    assert [one.check for one in patient.findings(wanted=wanted, networks=networks)] == found


@pytest.mark.parametrize(
    ("wanted", "networks", "found"),
    [((), {}, []), ({"lan"}, {"lan": "br0"}, []), ({"lan"}, {}, ["libvirt"]), (None, {}, ["libvirt"])],
)
def test_a_libvirt_that_is_down_is_found_where_something_needs_it(patient, wanted, networks, found):
    program(patient.virsh, "#!/bin/sh\nexit 1\n")

    assert [one.check for one in patient.findings(wanted=wanted, networks=networks)] == found


def test_a_libvirt_that_is_down_is_found_where_the_bridge_of_a_container_is_gone(patient):
    program(patient.virsh, "#!/bin/sh\nexit 1\n")
    patient.replace("102", "bridge=br0", "bridge=virbr7")

    checks = {one.check for one in patient.findings(wanted=())}

    assert {"bridge", "libvirt"} <= checks


def test_a_key_that_is_not_a_setting_is_found_with_what_may_be_meant(patient):
    known, odd = patient.findings(settings=[("pillar openvz:network", "openvz:networks"), ("pillar openvz:x", None)])

    assert (known.check, known.remedy) == ("setting", "rename it to openvz:networks")
    assert (odd.what, odd.remedy) == ("pillar openvz:x is not a setting", "remove it")


def test_a_network_with_blanks_in_its_name_is_found(patient):
    program(patient.virsh, "#!/bin/sh\necho 'two words'\necho\n")

    assert [found.where for found in patient.findings()] == ["two words"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/sh\necho 'error: failed to connect to the hypervisor' >&2; exit 1\n", "failed to connect"),
        ("#!/bin/sh\nexit 1\n", "no message"),
        ("no program", "Exec format error"),
    ],
)
def test_a_libvirt_that_cannot_be_asked_is_a_finding(patient, text, said):
    program(patient.virsh, text)

    (found,) = patient.findings(uri="qemu:///system")

    assert brief(found) == ("libvirt", ())
    assert found.where == "qemu:///system"
    assert said in found.what
    assert patient.only().where == patient.virsh


def test_a_libvirt_that_does_not_answer_is_a_finding(patient, monkeypatch):
    monkeypatch.setattr(doctor.system, "_LIBVIRT_TIMEOUT", 0.2)
    program(patient.virsh, "#!/bin/sh\nsleep 60 & wait\n")

    assert "did not answer" in patient.only().what


def program(path, text):
    Path(path).write_text(text)
    Path(path).chmod(0o755)


# how it is shown


def test_what_keeps_most_containers_from_working_comes_first(patient):
    patient.append("102", "nonsense", 'IP_ADDRESS="198.51.100.1"')
    patient.sysctl("net/ipv4/ip_forward", "0")
    (patient.proc / "vz").rmdir()
    patient.directory.lock("102").write_text("gone\n")

    checks = [found.check for found in patient.findings()]

    assert checks == ["kernel", "ip_forward", "duplicate_ip", "conf_line", "conf_key", "lock"]


def test_of_two_bridges_the_one_of_more_containers_comes_first(patient):
    for ctid, bridge in (("103", "br8"), ("104", "br9"), ("105", "br9")):
        patient.directory.add(ctid, CONF + NETIF.format(int(ctid)).replace("br0", bridge))

    assert [found.containers for found in patient.findings()] == [("104", "105"), ("103",)]


def test_as_data_each_finding_is_plain(patient):
    patient.replace("102", "bridge=br0", "bridge=br9")

    (found,) = doctor.as_data(patient.findings())

    assert set(found) == {"check", "containers", "where", "what", "remedy"}
    assert (found["check"], found["containers"]) == ("bridge", [102])


def test_names_that_no_terminal_should_see_are_shown_plain(patient):
    (patient.directory.etc / os.fsdecode(b"names/caf\xe9\x1b[2J")).symlink_to("gone")

    found = patient.only()

    assert found.where.endswith("/names/caf\ufffd\ufffd[2J")
    assert json.dumps(doctor.as_data([found]), ensure_ascii=False).encode()


def test_of_many_containers_a_few_are_named(patient):
    for ctid in map(str, range(103, 120)):
        patient.directory.add(ctid, CONF + NETIF.format(int(ctid)).replace("br0", "br9"))

    found = patient.only()

    assert len(found.containers) == 17
    assert "containers 103, 104, 105, 106, 107, 108 and 11 more" in found.what
