"""
Networks by name: what must be there for packets to flow, and what a document says of them.

Whatever libvirt says here is said by its own virsh and its test driver.
"""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from saltfactories.utils.functional import Loaders
from wiring import DOWN, domain, netif, of_network, pair, remove_device, routed, set_flags

VIRSH = shutil.which("virsh")
INACTIVE = """\
#!/bin/sh
# libvirt's own virsh on its test driver, whose network is stopped in the same breath
uri=$2
shift 2
exec {virsh} --quiet --connect "$uri" "net-destroy default; $*"
"""
NETWORKS = """\
<node>
  <network><name>default</name><bridge name='virbr0'/><ip address='192.168.122.1' netmask='255.255.255.0'/></network>
  <network><name>sriov</name><forward mode='hostdev'><pf dev='eth1'/></forward></network>
</node>
"""


@dataclass(frozen=True)
class Libvirt:
    """A minion that asks libvirt, and the file that is libvirt's test driver's whole knowledge."""

    file: Path
    loaders: Loaders

    @property
    def openvz(self):
        return self.loaders.modules.openvz

    @property
    def states(self):
        return self.loaders.states.openvz


@pytest.fixture(scope="module")
def asking(loaders, minion_opts, tmp_path_factory):
    file = tmp_path_factory.mktemp("libvirt") / "node.xml"
    settings = {**minion_opts["openvz"], "networks": {"wrong": "br7"}, "libvirt_uri": f"test://{file}"}
    yield Libvirt(file, Loaders({**minion_opts, "openvz": settings}))
    loaders.reload_all()  # Salt gives the loaders of all other tests these settings, until they load again


@pytest.fixture
def libvirt(asking, node):
    asking.file.write_text(NETWORKS)
    return asking


@pytest.fixture
def inactive(monkeypatch, tmp_path):
    """virsh finds its network defined and not active."""
    program = tmp_path / "bin/virsh"
    program.parent.mkdir()
    program.write_text(INACTIVE.format(virsh=VIRSH))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")


def test_a_network_that_is_not_active_is_refused_with_the_command_that_starts_it(libvirt, node, refused, inactive):
    remove_device(node, "virbr0")

    virsh = f"virsh --connect test://{libvirt.file}"
    assert refused(domain(209, of_network("default")), by=libvirt.states) == (
        "libvirt's network 'default' is not active, so its bridge virbr0 is not on this node; "
        f"start it: {virsh} net-start default ({virsh} net-autostart default for the next boot)"
    )


def test_an_active_network_whose_bridge_is_gone_is_refused_with_the_commands_that_make_it(libvirt, node, refused):
    remove_device(node, "virbr0")

    virsh = f"virsh --connect test://{libvirt.file}"
    assert refused(domain(209, of_network("default")), by=libvirt.states) == (
        "libvirt's network 'default' is active, but its bridge virbr0 is not on this node; "
        f"start it again: {virsh} net-destroy default, then {virsh} net-start default"
    )


def test_a_setting_with_a_bridge_that_is_not_there_is_named(libvirt, refused):
    assert refused(domain(209, of_network("wrong")), by=libvirt.states) == (
        "openvz:networks gives the network 'wrong' the bridge br7, which is not on this node; "
        "make the bridge, or fix the setting"
    )


@pytest.mark.parametrize("known_by", ["libvirt", "openvz:networks"])
def test_a_network_whose_bridge_is_down_is_refused(states, libvirt, node, refused, known_by):
    set_flags(node, "virbr0", DOWN)

    assert refused(domain(209, of_network("default")), by=libvirt.states if known_by == "libvirt" else states) == (
        "interface eth0 needs bridge virbr0, which is down; ip link set virbr0 up"
    )


def test_a_network_without_bridge_is_refused(libvirt, refused):
    assert refused(domain(209, of_network("sriov")), by=libvirt.states) == (
        "the network 'sriov' has no bridge: its forward mode is 'hostdev'; "
        "use a network of mode nat, route, open or bridge, or set openvz:networks:sriov to a bridge"
    )


def test_a_network_that_libvirt_does_not_know_is_refused(libvirt, refused):
    assert refused(domain(209, of_network("nosuch")), by=libvirt.states) == (
        f"libvirt at test://{libvirt.file} has no network 'nosuch'; define it (virsh net-define), "
        f"or set openvz:networks:nosuch to the bridge"
    )


def test_a_libvirt_that_cannot_be_reached_is_one_sentence(libvirt, refused):
    libvirt.file.unlink()

    comment = refused(domain(209, of_network("default")), by=libvirt.states)

    assert comment.startswith(f"libvirt at test://{libvirt.file} cannot be reached to ask for the network 'default': ")
    assert comment.endswith("; start its daemon, set openvz:libvirt_uri, or set openvz:networks:default to the bridge")
    assert "\n" not in comment


def test_a_libvirt_that_is_not_installed_is_one_sentence(libvirt, refused, monkeypatch, tmp_path):
    assert refused(domain(209, of_network("sriov")), by=libvirt.states)  # Salt looks for programs while it loads
    monkeypatch.setenv("PATH", str(tmp_path))

    assert refused(domain(209, of_network("default")), by=libvirt.states) == (
        "virsh is not installed, so the bridge of network 'default' is unknown; "
        "install libvirt-clients, or set openvz:networks:default to the bridge"
    )


def test_a_running_container_gets_nothing_of_a_document_whose_network_is_refused(openvz, libvirt, refused):
    openvz.define(xml=domain(209, pair("br0")))
    openvz.start(209)

    xml = domain(209, pair("br0"), of_network("nosuch"), routed("198.51.100.1"))

    assert "has no network 'nosuch'" in refused(xml, by=libvirt.states, state="running")


def test_a_network_moves_with_its_bridge(libvirt, node):
    libvirt.openvz.define(xml=domain(209, of_network("default")))
    libvirt.file.write_text(NETWORKS.replace("virbr0", "br0"))

    libvirt.openvz.define(xml=domain(209, of_network("default")))

    assert netif(node, 209)["eth0"]["bridge"] == "br0"


# networks in get_xml


@pytest.mark.parametrize("known_by", ["libvirt", "openvz:networks"])
@pytest.mark.parametrize("dialect", ["libvirt", "2008"])
def test_the_document_of_a_container_names_the_network_of_its_bridge(openvz, libvirt, known_by, dialect):
    openvz.define(xml=domain(209, pair("virbr0"), pair("br0")))
    knowing = libvirt.openvz if known_by == "libvirt" else openvz

    named = knowing.get_xml(209, dialect=dialect)
    plain = knowing.get_xml(209, dialect=dialect, networks=False)

    assert re.findall('network="(.*?)"', named) == ["default"]
    assert re.findall('network="(.*?)"', plain) == []
    for xml in (named, plain):
        assert re.findall('bridge="(.*?)"', xml) == ["virbr0", "br0"]
        assert knowing.define(xml=xml)["changes"] == {}
        assert knowing.plan(xml=xml)["steps"] == []


def test_a_document_without_networks_asks_libvirt_nothing(libvirt, openvz, monkeypatch, tmp_path):
    openvz.define(xml=domain(209, pair("virbr0")))
    asked = tmp_path / "asked"
    virsh = tmp_path / "bin/virsh"
    virsh.parent.mkdir()
    virsh.write_text(f"#!/bin/sh\ntouch {asked}\nexit 1\n")
    virsh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{virsh.parent}:{os.environ['PATH']}")

    assert "network=" not in libvirt.openvz.get_xml(209, networks=False)
    assert not asked.exists()
    assert "network=" not in libvirt.openvz.get_xml(209)
    assert asked.exists()


def test_where_libvirt_does_not_answer_the_document_names_the_bridge(libvirt, openvz):
    openvz.define(xml=domain(209, pair("virbr0")))
    libvirt.file.unlink()

    xml = libvirt.openvz.get_xml(209)

    assert 'bridge="virbr0"' in xml
    assert "network=" not in xml


def test_a_network_that_is_not_active_is_not_named(libvirt, openvz, inactive):
    openvz.define(xml=domain(209, pair("virbr0")))

    xml = libvirt.openvz.get_xml(209)

    assert 'bridge="virbr0"' in xml
    assert "network=" not in xml
