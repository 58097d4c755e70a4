"""A node in a directory where nothing is wrong, for tests to break."""

import os

from library import CONF, UUID
from vzdomain.reports import doctor

NETIF = 'NETIF="ifname=eth0,bridge=br0,mac=00:18:51:00:00:{0:02x},host_ifname=v{0}.0,host_mac=FE:FF:FF:FF:FF:FF"\n'
SYSCTL = {
    "net/ipv4/ip_forward": "1",
    "net/ipv6/conf/all/forwarding": "1",
    "net/ipv4/conf/all/proxy_arp": "0",
    "net/ipv4/conf/default/proxy_arp": "0",
}


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


def brief(found):
    return found.check, found.containers
