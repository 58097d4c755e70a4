"""The rows of the table, a document with the example of each, and what vzctl makes of it."""

import pytest
from vzdomain.document import codec
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.model.fields import BY_NAME

OPENVZ = "https://openvz.org/schemas/domain/salt/1"
STOPPED, RUNNING = 310, 311
ROWS = [row for row in TABLE if row.option]
LIVE = [row for row in ROWS if row.effect not in ("creation", "stopped") and row.field not in ("name", "interfaces")]
RESTARTING = [row.field for row in ROWS if row.effect == "restart"]

# What vzctl writes into the configuration file for the example of each row.
WRITTEN = {
    "name": "web01",
    "description": "The shop of example.org",
    "hostname": "web01.example.org",
    "onboot": "yes",
    "bootorder": "10",
    "disabled": "yes",
    "stop_timeout": "60",
    "memory": "0:131072",
    "swap": "0:262144",
    "vm_overcommit": "1.5",
    "meminfo": "privvmpages:1",
    "vcpu": "2",
    "cpumask": "0-3",
    "cpuunits": "2000",
    "cpuweight": "500",
    "cpulimit": "150",
    "nodemask": "0",
    "template": "debian-12-x86_64",
    "config": "vswap-256m",
    "layout": "simfs",
    "private": "{node}/srv/vz/209",
    "root": "/vz/root/$VEID",
    "local_uid": "100000",
    "local_gid": "100000",
    "mount_opts": "noatime",
    "diskspace": "10485760:10485760",
    "diskinodes": "200000:220000",
    "diskquota": "yes",
    "quotatime": "600",
    "quotaugidlimit": "100",
    "ioprio": "4",
    "iolimit": "10485760",
    "iopslimit": "100",
    "interfaces": "ifname=eth0,bridge=br0,mac={mac},host_ifname=veth{ctid}.0,host_mac=FE:FF:FF:FF:FF:FF",
    "addresses": "192.168.122.15",
    "hostdevs": "eth1",
    "nameserver": "192.168.122.1",
    "searchdomain": "example.org",
    "netfilter": "stateful",
    "iptables": "ip_tables ip_conntrack iptable_nat ",
    "features": "nfs:on",
    "capabilities": "NET_ADMIN:on",
    "devnodes": "net/tun:rw ",
    "devices": "c:10:200:rw ",
    "pci": "0000:00:1f.0",
    "kmemsize": "14372700:14790164",
    "lockedpages": "2048",
    "privvmpages": "65536:69632",
    "shmpages": "21504",
    "numproc": "240",
    "physpages": "65536:131072",
    "swappages": "65536:131072",
    "vmguarpages": "33792:unlimited",
    "oomguarpages": "26112:unlimited",
    "numtcpsock": "360",
    "numflock": "188:206",
    "numpty": "16",
    "numsiginfo": "256",
    "tcpsndbuf": "1720320:2703360",
    "tcprcvbuf": "1720320:2703360",
    "othersockbuf": "1126080:2097152",
    "dgramrcvbuf": "262144",
    "numothersock": "360",
    "dcachesize": "3409920:3624960",
    "numfile": "9312",
    "numiptent": "128",
    "avnumproc": "180",
}


def rows(chosen):
    return pytest.mark.parametrize("row", chosen, ids=[row.field for row in chosen])


def document(body="", name=STOPPED, metadata=""):
    metadata = f"<metadata xmlns:openvz='{OPENVZ}'>{metadata}</metadata>" if metadata else ""
    return f"<domain type='openvz'><name>{name}</name>{metadata}{body}</domain>"


def example(row, node, name=STOPPED):
    """A document with the example of a row in its place; ``no`` would be as good as nothing."""
    said = BY_NAME[row.field].example.replace(">no<", ">yes<").replace("/srv/vz", f"{node.directory}/srv/vz")
    if said.startswith("<openvz:"):
        return document(metadata=said, name=name)
    if said.startswith("<name>"):
        return document(name="web01")
    if said.startswith("<space_"):
        said = f"<filesystem type='template'><source name='debian-12-x86_64'/><target dir='/'/>{said}</filesystem>"
    if said.startswith(("<interface", "<hostdev", "<filesystem", "<disk ")):
        said = f"<devices>{said}</devices>"
    return document(("<memory unit='MiB'>512</memory>" if row.field == "swap" else "") + said, name)


def written(row, node, ctid):
    """Whether the configuration file has what vzctl makes of the example."""
    text = node.conf(ctid)[row.key]
    mac = text.partition("mac=")[2][:17]
    return text == WRITTEN[row.field].format(node=node.directory, ctid=ctid, mac=mac)


def says(xml, row, wanted):
    """Whether a document says of a row what another one does, or more of a map."""
    said, hoped = (getattr(codec.parse(one).domain, row.field) for one in (xml, wanted))
    if row.field == "interfaces":
        return [one.bridge for one in said] == [one.bridge for one in hoped]
    return row.kind.same(hoped, said)
