"""
What must be there for packets to flow, looked at before anything runs; and what is told of a network afterwards.

Everything goes through Salt's loader to a simulated node. Whatever libvirt says here is said by libvirt's own virsh
and its test driver.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from returns import fields
from salt.exceptions import CommandExecutionError
from saltfactories.utils.functional import Loaders

VIRSH = shutil.which("virsh")
UP, DOWN = "0x1003\n", "0x1002\n"
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
FE_FF = "fe:ff:ff:ff:ff:ff"


def domain(name, *devices, metadata=""):
    devices = "".join(devices)
    return f"<domain type='openvz'>\n<name>{name}</name>\n{metadata}\n<devices>{devices}</devices>\n</domain>"


def pair(bridge, **said):
    """``pair("br0", mac="...", guest="eth3")``: a veth pair in a bridge."""
    attributes = {"mac": "address", "target": "dev", "guest": "dev"}
    more = "".join(f"<{tag} {attributes[tag]}='{value}'/>" for tag, value in said.items())
    return f"<interface type='bridge'><source bridge='{bridge}'/>{more}</interface>"


def of_network(network):
    return f"<interface type='network'><source network='{network}'/></interface>"


def routed(*addresses):
    """``routed("10.0.0.1", "fd00::1/64")``"""
    parts = (address.partition("/") for address in addresses)
    ips = (f"<ip address='{host}'" + (f" prefix='{prefix}'/>" if prefix else "/>") for host, _, prefix in parts)
    return f"<interface type='route'>{''.join(ips)}</interface>"


def device(name):
    return f"<hostdev mode='capabilities' type='net'><source><interface>{name}</interface></source></hostdev>"


def ifname(name, **said):
    attributes = "".join(f" {key}='{value}'" for key, value in said.items())
    return (
        "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>\n"
        f"<openvz:ifname name='{name}'{attributes}/></metadata>"
    )


def netif(node, ctid):
    """``{"eth0": {"bridge": "br0", "mac": ...}}`` of a configuration file."""
    entries = filter(None, node.conf(ctid).get("NETIF", "").split(";"))
    pairs = [dict(field.split("=") for field in entry.split(",")) for entry in entries]
    return {each.pop("ifname"): each for each in pairs}


def files(node):
    """The text of every container's configuration file."""
    return {path.name: path.read_bytes() for path in (node.directory / "etc/vz/conf").glob("*.conf")}


def set_flags(node, device, flags):
    (node.directory / "sys/class/net" / device / "flags").write_text(flags)


def remove_device(node, device):
    shutil.rmtree(node.directory / "sys/class/net" / device)


@pytest.fixture
def refused(states, node):
    """The sentence with which a document is refused, dry and real, before anything is run."""

    def refused(xml, by=states, state="defined"):
        before = files(node)
        node.forget_calls()
        dry, real = (getattr(by, state)("one", xml=xml, test=test) for test in (True, False))
        assert (dry.result, dry.changes) == (False, {}), dry.comment
        assert (real.result, real.changes) == (False, {}), real.comment
        assert dry.comment == real.comment
        assert node.calls() == []
        assert files(node) == before
        return real.comment

    return refused


@pytest.fixture
def many(loaders, state_files):
    """Run states that follow one another: ``many(("openvz.running", {...}), ..., test=True)``."""

    def run(*steps, test=False):
        (state_files / "many.sls").write_text(
            json.dumps({f"step {n}": {function: [arguments]} for n, (function, arguments) in enumerate(steps)})
        )
        return list(loaders.modules.state.sls("many", test=test))

    return run


# what another container has

TAKEN = {
    routed("198.51.100.1"): "the address 198.51.100.1 belongs to container 310 of this node; take it from there first",
    device("eth1"): "the network device eth1 is handed to container 310 of this node; take it from there first",
    pair("br0", target="router-out"): (
        "the device router-out on the node is container 310's; choose another <target dev=>"
    ),
}


@pytest.fixture(params=["stopped", "running"])
def other(request, openvz):
    """Container 310, in each status that it may have when somebody wants what it has."""

    def make(*devices):
        openvz.define(xml=domain(310, *devices))
        if request.param == "running":
            openvz.start(310)

    return make


@pytest.mark.parametrize("status", ["absent", "running"])
def test_what_another_container_has_is_refused_and_the_sentence_names_it(openvz, other, refused, status):
    other(*TAKEN)
    if status == "running":
        openvz.define(xml=domain(209, pair("eth10")))
        openvz.start(209)

    for xml, sentence in TAKEN.items():
        assert refused(domain(209, pair("eth10"), xml)) == sentence


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::1/64", "2001:0db8::1/128"),
        ("198.51.100.1/24", "198.51.100.1/25"),
    ],
)
def test_an_address_is_the_same_in_every_spelling_and_with_every_prefix(openvz, refused, theirs, ours):
    openvz.define(xml=domain(310, routed(theirs)))

    assert "belongs to container 310" in refused(domain(209, routed(ours)))


def test_an_address_that_somebody_spelled_by_hand_is_the_same_too(node, refused):
    node.vzctl("create", "310")
    with node.conf_path(310).open("a") as stream:
        stream.write('IP_ADDRESS="2001:DB8:0::0:1/64"\n')

    assert "the address 2001:db8::1 belongs to container 310" in refused(domain(209, routed("2001:db8::1")))


def test_a_name_that_vzctl_would_give_is_refused_too_where_another_container_has_it(openvz, other, refused):
    other(pair("br0", target="veth209.0"))

    assert "the device veth209.0 on the node is container 310's" in refused(domain(209, pair("br0")))


def test_a_mac_that_another_container_has_is_a_warning(openvz, states, node):
    mac = "02:16:3e:00:00:01"
    openvz.define(xml=domain(310, pair("br0", mac=mac)))

    for test in (True, False):
        ret = states.defined("one", xml=domain(209, pair("eth10", mac=mac)), test=test)
        assert ret.result is (None if test else True), ret.comment
        (warning,) = ret.full_return["warnings"]
        assert f"the MAC {mac} is that of container 310 of this node too" in warning
    assert netif(node, 209)["eth0"]["mac"] == mac.upper()


@pytest.mark.parametrize("guest", [None, "eth1"])
def test_a_device_is_not_handed_in_beside_a_pair_of_its_name(openvz, refused, guest):
    pairs = (pair("br0"), pair("eth10", guest=guest) if guest else pair("eth10"))  # eth0 and eth1
    openvz.define(xml=domain(209, *pairs))

    assert "eth1" in refused(domain(209, *pairs, device("eth1")))


def test_what_a_container_has_itself_is_no_conflict(openvz, node):
    xml = domain(209, *TAKEN)
    openvz.define(xml=xml)
    openvz.start(209)

    assert set(openvz.define(xml=xml.replace("<devices>", "<vcpu>2</vcpu><devices>"))["changes"]) == {"vcpu"}


def test_an_address_that_another_container_loses_is_free(openvz, node):
    openvz.define(xml=domain(310, routed("198.51.100.1", "198.51.100.2")))
    openvz.define(xml=domain(310, routed("198.51.100.2")))

    openvz.define(xml=domain(209, routed("198.51.100.1")))

    assert node.conf(209)["IP_ADDRESS"] == "198.51.100.1"


KEPT = (pair("eth10"), routed("203.0.113.1"))
MOVED = {
    "address": routed("198.51.100.1"),
    "device": device("eth1"),
    "veth": pair("br0", target="router-out"),
}


@pytest.fixture
def moved(many):
    """Two states of one run: the first takes it from container 310, the second gives it to 209."""

    def moved(xml, test):
        return many(
            ("openvz.defined", {"xml": domain(310, *KEPT), "exact": True}),
            ("openvz.defined", {"xml": domain(209, xml)}),
            test=test,
        )

    return moved


@pytest.mark.parametrize("thing", MOVED)
def test_what_one_state_takes_away_the_next_gives(node, other, moved, thing):
    other(*KEPT, MOVED[thing])

    assert [(ret.result, ret.comment) for ret in moved(MOVED[thing], test=False)] == [
        (True, f"Container 310 was updated ({_changed(thing)})"),
        (True, "Container 209 was created"),
    ]


@pytest.mark.parametrize("thing", MOVED)
def test_a_dry_run_knows_what_one_state_would_take_away_for_the_next(node, other, moved, thing):
    other(*KEPT, MOVED[thing])

    assert [(ret.result, ret.comment) for ret in moved(MOVED[thing], test=True)] == [
        (None, f"Container 310 would be updated ({_changed(thing)})"),
        (None, "Container 209 would be created"),
    ]


def _changed(thing):
    return {"address": "addresses", "device": "hostdevs", "veth": "interface eth1"}[thing]


def test_in_the_wrong_order_the_move_is_refused_dry_and_real(openvz, many):
    openvz.define(xml=domain(310, routed("198.51.100.1")))
    give = ("openvz.defined", {"xml": domain(209, routed("198.51.100.1"))})
    take = ("openvz.defined", {"xml": domain(310, routed("203.0.113.1"))})

    for test in (True, False):
        first, _ = many(give, take, test=test)
        assert first.result is False
        assert "take it from there first" in first.comment


# bridges


def spoil(node, how):
    """Make br0 unfit to carry anything; what the sentence says of it."""
    if how == "down":
        set_flags(node, "br0", DOWN)
        return "which is down and carries nothing; ip link set br0 up"
    if how == "missing":
        remove_device(node, "br0")
        return f"which is not on this node (see {node.options['sys_class_net']})"
    remove_device(node, "br0")
    (node.directory / "sys/class/net/br0").mkdir()
    return "which is not a bridge of the kernel"


SPOILT = ("missing", "no bridge", "down")


def test_a_device_that_is_not_a_bridge_of_the_kernel_is_a_warning(openvz, node):
    what = spoil(node, "no bridge")

    warnings = openvz.plan(xml=domain(209, pair("br0")))["warnings"]

    assert any(warning.startswith(f"interface eth0 wants bridge br0, {what}") for warning in warnings)


@pytest.mark.parametrize("how", ["missing", "down"])
def test_a_bridge_that_carries_nothing_is_refused(node, refused, how):
    what = spoil(node, how)

    assert refused(domain(209, pair("br0"))) == f"interface eth0 wants bridge br0, {what}"


@pytest.mark.parametrize("how", SPOILT)
def test_a_container_that_needs_no_change_is_not_refused_for_its_bridge(openvz, states, node, how):
    xml = domain(209, pair("br0"))
    openvz.define(xml=xml)
    spoil(node, how)

    for test in (True, False):
        ret = states.defined("one", xml=xml, test=test)
        assert (ret.result, ret.changes) == (True, {}), ret.comment
    ret = states.defined("one", xml=xml.replace("<devices>", "<vcpu>2</vcpu><devices>"))
    assert set(fields(ret)["209"]) == {"vcpu"}, ret.comment


def test_a_bridge_that_is_up_carries(openvz, node):
    set_flags(node, "br0", UP)

    openvz.define(xml=domain(209, pair("br0")))

    assert netif(node, 209)["eth0"]["bridge"] == "br0"


# networks of libvirt


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
def asking(minion_opts, tmp_path_factory):
    file = tmp_path_factory.mktemp("libvirt") / "node.xml"
    settings = {**minion_opts["openvz"], "networks": {"wrong": "br7"}, "libvirt_uri": f"test://{file}"}
    return Libvirt(file, Loaders({**minion_opts, "openvz": settings}))


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
        "libvirt's network 'default' is not active, so that its bridge virbr0 is not on this node; "
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
        "make the bridge, or mend the setting"
    )


@pytest.mark.parametrize("known_by", ["libvirt", "openvz:networks"])
def test_a_network_whose_bridge_is_down_is_refused(states, libvirt, node, refused, known_by):
    set_flags(node, "virbr0", DOWN)

    assert refused(domain(209, of_network("default")), by=libvirt.states if known_by == "libvirt" else states) == (
        "interface eth0 wants bridge virbr0, which is down and carries nothing; ip link set virbr0 up"
    )


def test_a_network_without_bridge_is_refused(libvirt, refused):
    assert refused(domain(209, of_network("sriov")), by=libvirt.states) == (
        "the network 'sriov' has no bridge: its forward mode is 'hostdev'; "
        "use a network of mode nat, route, open or bridge, or set openvz:networks:sriov to a bridge"
    )


def test_a_network_that_libvirt_does_not_know_is_refused(libvirt, refused):
    assert refused(domain(209, of_network("nosuch")), by=libvirt.states) == (
        f"libvirt at test://{libvirt.file} knows no network 'nosuch'; define it (virsh net-define), "
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
        "virsh is not installed, so that the bridge of network 'default' is not known; "
        "install libvirt-clients, or set openvz:networks:default to the bridge"
    )


def test_a_running_container_gets_nothing_of_a_document_whose_network_is_refused(openvz, libvirt, refused):
    openvz.define(xml=domain(209, pair("br0")))
    openvz.start(209)

    xml = domain(209, pair("br0"), of_network("nosuch"), routed("198.51.100.1"))

    assert "knows no network 'nosuch'" in refused(xml, by=libvirt.states, state="running")


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


# guesses often made


@pytest.mark.parametrize("interface", ["<interface type='ethernet'>{}</interface>", of_network("default"), pair("br0")])
def test_a_bridge_as_the_nodes_end_of_a_pair_is_told_what_to_write_instead(refused, interface):
    target = "<target dev='virbr0'/>"
    xml = interface.format(target) if "{}" in interface else interface.replace("</interface>", f"{target}</interface>")

    assert refused(domain(209, xml)) == (
        "interface eth0: <target dev='virbr0'> names the node's end of the veth pair, and virbr0 is a bridge; "
        "for a pair in that bridge write <source bridge='virbr0'/>, for a network of libvirt <source network=>"
    )


def test_a_bridge_in_the_place_of_the_nodes_end_is_told_where_bridges_are_written(refused):
    comment = refused(domain(209, "\n<interface type='bridge'><target dev='br0'/></interface>"))

    assert comment.startswith("line 5")
    assert "needs a <source bridge=> (<target dev='br0'> is the node's end of the pair" in comment
    assert "for the bridge, <source bridge='br0'/>)" in comment


@pytest.mark.parametrize("test", [True, False])
def test_a_bridge_beside_a_network_that_has_another_is_a_warning_that_names_both(states, node, test):
    xml = (
        "<interface type='bridge'><source bridge='br0'/>"
        "<target type='network'><source network='default'/></target></interface>"
    )

    ret = states.defined("one", xml=domain(209, xml), test=test)

    (warning,) = ret.full_return["warnings"]
    assert "network default has bridge virbr0 on this node; <source bridge='br0'> beside it has no effect" in warning
    assert test or netif(node, 209)["eth0"]["bridge"] == "virbr0"


def test_a_bridge_beside_a_network_that_has_the_same_is_no_warning(states):
    xml = "<interface type='network'><source network='default' bridge='virbr0'/></interface>"

    assert "warnings" not in states.defined("one", xml=domain(209, xml)).full_return


# the node's end of a pair


def with_ifname(**said):
    return domain(209, pair("br0", guest="wan0"), pair("eth10", guest="lan0"), metadata=ifname("wan0", **said))


FILTERED = {"host_mac": "02:00:00:00:00:aa", "mac_filter": "off"}
PLAIN = domain(209, pair("br0", guest="wan0"), pair("eth10", guest="lan0"))


@pytest.fixture
def attributes(node):
    """MAC and filter of wan0's end on the node; lan0's are as ever."""

    def attributes():
        pairs = netif(node, 209)
        assert (pairs["lan0"]["host_mac"], pairs["lan0"].get("mac_filter")) == (FE_FF.upper(), None)
        return pairs["wan0"]["host_mac"].lower(), pairs["wan0"].get("mac_filter")

    return attributes


def test_mac_and_filter_of_the_nodes_end_are_made(openvz, attributes):
    openvz.define(xml=with_ifname(**FILTERED))

    assert attributes() == ("02:00:00:00:00:aa", "off")
    assert openvz.plan(xml=with_ifname(**FILTERED))["steps"] == []


def test_mac_and_filter_of_the_nodes_end_are_changed_on_a_stopped_container(openvz, attributes):
    openvz.define(xml=PLAIN)

    changes = openvz.define(xml=with_ifname(**FILTERED))["changes"]

    assert changes["mac_filter wan0"] == {"old": "on", "new": "off"}
    assert changes["interface wan0"]["new"]["host_mac"] == "02:00:00:00:00:aa"
    assert set(changes) == {"interface wan0", "mac_filter wan0"}
    assert attributes() == ("02:00:00:00:00:aa", "off")
    openvz.define(xml=with_ifname(host_mac=FE_FF.upper(), mac_filter="on"))
    assert attributes() == (FE_FF, "on")


def test_what_the_document_does_not_say_of_the_nodes_end_is_kept(openvz, attributes):
    openvz.define(xml=with_ifname(**FILTERED))

    assert openvz.define(xml=PLAIN)["changes"] == {}
    assert openvz.define(xml=with_ifname(mac_filter="off"))["changes"] == {}
    openvz.define(xml=PLAIN.replace("bridge='br0'", "bridge='eth11'"))
    assert attributes() == ("02:00:00:00:00:aa", "off")


@pytest.mark.parametrize(
    ("said", "what"), [({"host_mac": "02:00:00:00:00:bb"}, "host_mac"), ({"mac_filter": "off"}, "MAC filter")]
)
def test_mac_and_filter_of_the_nodes_end_stay_while_the_container_runs(openvz, refused, said, what):
    openvz.define(xml=PLAIN)
    openvz.start(209)

    comment = refused(with_ifname(**said), state="running")

    assert comment.startswith(f"interface wan0 of container 209 gets another {what} only while it is stopped")


def test_a_running_container_gets_a_new_pair_with_its_filter(openvz, node):
    openvz.define(xml=domain(209, pair("eth10", guest="lan0")))
    openvz.start(209)

    openvz.define(xml=with_ifname(**FILTERED))

    assert netif(node, 209)["wan0"]["mac_filter"] == "off"
    assert node.bridge("br0") == [netif(node, 209)["wan0"]["host_ifname"]]


@pytest.mark.parametrize("dialect", ["libvirt", "2008"])
def test_the_document_of_a_container_says_mac_and_filter_of_the_nodes_end(openvz, dialect):
    openvz.define(xml=with_ifname(**FILTERED))

    xml = openvz.get_xml(209, dialect=dialect)

    assert '<openvz:ifname name="wan0" host_mac="02:00:00:00:00:aa" mac_filter="off"/>' in xml
    assert xml.count("openvz:ifname") == 1
    assert openvz.define(xml=xml)["changes"] == {}


def test_the_nodes_end_of_an_interface_that_the_document_lacks_is_an_error_with_its_line(refused):
    comment = refused(domain(209, pair("br0", guest="wan0"), metadata=ifname("wan1", mac_filter="off")))

    assert comment.startswith("line 4")
    assert "wan1" in comment


# while the container runs


@pytest.fixture
def running(openvz, node):
    """Container 209 runs with these devices, and nothing has been called yet."""

    def running(*devices):
        openvz.define(xml=domain(209, *devices))
        openvz.start(209)
        node.forget_calls()

    return running


def test_a_second_pair_ends_in_its_bridge_with_a_second_call(openvz, node, running):
    running(pair("br0"))

    openvz.define(xml=domain(209, pair("br0"), pair("eth10")))

    first, second = node.calls()
    assert first[3].startswith("eth1,")
    eth1 = netif(node, 209)["eth1"]
    whole = f"eth1,{eth1['mac']},veth209.1,{FE_FF.upper()},eth10"
    assert second == ["set", "209", "--netif_add", whole, "--save"]
    assert (node.bridge("br0"), node.bridge("eth10")) == (["veth209.0"], ["veth209.1"])


def test_a_second_pair_needs_no_second_call_where_no_script_is_set_up(openvz, node, running):
    (node.directory / "etc/vz/vznet.conf").unlink()
    running("<interface type='ethernet'/>")

    openvz.define(xml=domain(209, "<interface type='ethernet'/>", "<interface type='ethernet'/>"))

    assert len(node.calls()) == 1


def test_a_pair_goes_from_bridge_to_bridge(openvz, node, running):
    running(pair("br0"), pair("eth10"))
    before = netif(node, 209)

    openvz.define(xml=domain(209, pair("eth11", guest="eth0"), pair("eth10")))

    assert (node.bridge("br0"), node.bridge("eth11"), node.bridge("eth10")) == ([], ["veth209.0"], ["veth209.1"])
    before["eth0"]["bridge"] = "eth11"
    assert netif(node, 209) == before


@pytest.fixture(params=[True, False], ids=["with a bridge script", "without one"])
def family(request, node):
    """Nodes whose vznet.conf names a bridge script, and nodes where nothing puts a pair into its bridge."""
    if not request.param:
        (node.directory / "etc/vz/vznet.conf").write_text("")
    return request.param


@pytest.mark.parametrize("test", [True, False])
def test_a_live_move_is_planned_with_the_call_of_ip(openvz, node, family, running, test):
    running(pair("br0"))

    plan = openvz.plan(xml=domain(209, pair("eth11")))
    openvz.define(xml=domain(209, pair("eth11")), test=test)

    move = ["ip", "link", "set", "dev", "veth209.0", "master", "eth11"]
    assert [step["argv"] for step in plan["steps"]][1:] == [move]
    assert plan["steps"][1]["disruption"] == "network"
    assert plan["steps"][1]["changes"] == {"bridge eth0": {"old": "br0", "new": "eth11"}}
    assert node.calls(program="ip") == ([] if test else [move[1:]])
    assert node.bridge("br0" if test else "eth11") == ["veth209.0"]


def test_two_pairs_change_their_bridges_with_each_other_and_keep_all_else(openvz, node, family, running):
    running(pair("br0", mac="02:16:3e:00:00:01"), pair("eth10", target="out1"))
    before = netif(node, 209)

    for _ in range(2):
        openvz.define(xml=domain(209, pair("eth10", guest="eth0"), pair("br0", guest="eth1")))

    before["eth0"]["bridge"], before["eth1"]["bridge"] = "eth10", "br0"
    assert netif(node, 209) == before
    assert (node.bridge("eth10"), node.bridge("br0")) == (["veth209.0"], ["out1"])
    assert len(node.calls("set")) == 1


def test_a_pair_goes_into_its_first_bridge_while_the_container_runs(openvz, node, family, running):
    running("<interface type='ethernet'/>", pair("br0"))
    before = netif(node, 209)

    openvz.define(xml=domain(209, pair("eth11", guest="eth0"), pair("br0", guest="eth1")))

    assert node.bridge("eth11") == ["veth209.0"]
    assert netif(node, 209) == {**before, "eth0": {**before["eth0"], "bridge": "eth11"}}


@pytest.mark.parametrize("status", ["stopped", "running"])
def test_a_pair_that_leaves_its_bridge_keeps_its_names_and_macs(openvz, node, family, status):
    openvz.define(xml=domain(209, pair("br0", mac="02:16:3e:00:00:01", target="out0"), pair("eth10")))
    if status == "running":
        openvz.start(209)
    before = netif(node, 209)

    openvz.define(xml=domain(209, "<interface type='ethernet'><guest dev='eth0'/></interface>", pair("eth10")))

    assert before["eth0"].pop("bridge") == "br0"
    assert netif(node, 209) == before
    assert node.bridge("br0") == []


def test_a_move_that_ip_did_not_make_fails_and_the_next_run_makes_it(openvz, states, node, family, running):
    running(pair("br0"))
    node.fault("--program", "ip", "--rc", "2", "--stderr", "RTNETLINK answers: Operation not supported")
    node.fault("--program", "brctl", "--rc", "1", "--stderr", "can't setup bridge control: Permission denied")

    failed = states.defined("one", xml=domain(209, pair("eth11")))

    assert failed.result is False
    assert (
        "ip link set dev veth209.0 master eth11 ended with code 2: RTNETLINK answers: Operation not" in failed.comment
    )
    assert "brctl delif br0 veth209.0 ended with code 1: can't setup bridge control: Permission" in failed.comment
    assert "; veth209.0 is in br0; " in failed.comment
    assert "by hand: brctl delif br0 veth209.0 && brctl addif eth11 veth209.0" in failed.comment
    assert "interface eth0" in fields(failed)["209"]
    assert "bridge eth0" not in fields(failed)["209"]
    node.fault("--clear")
    again = states.defined("one", xml=domain(209, pair("eth11")))
    assert again.result is True
    assert fields(again)["209"]["bridge eth0"] == {"old": "br0", "new": "eth11"}
    assert "interface eth0" not in fields(again)["209"]
    assert (node.bridge("br0"), node.bridge("eth11")) == ([], ["veth209.0"])
    assert states.defined("one", xml=domain(209, pair("eth11"))).changes == {}


def test_a_node_with_neither_ip_nor_brctl_says_how_to_get_them(node, running, states):
    running(pair("br0"))
    for program in ("ip", "brctl"):
        (node.directory / "bin" / program).unlink()

    ret = states.defined("one", xml=domain(209, pair("eth11")))

    assert ret.result is False
    for program, package in {"ip": "iproute2", "brctl": "bridge-utils"}.items():
        said = f"{program} cannot be run: No such file or directory; install {package}, or set openvz:{program} to its"
        assert said in ret.comment


@pytest.fixture(params=["an ip of 2009", "no ip"])
def old(request, node):
    """A node such as those of CentOS 6: ip does not know ``master``, or there is none."""

    def make():
        if request.param == "no ip":
            (node.directory / "bin/ip").unlink()
        else:
            node.fault("--program", "ip", "--rc", "255", "--stderr", OLD_IP)

    return make


OLD_IP = 'Error: either "dev" is duplicate, or "master" is a garbage.'  # iproute2 2.6.31


def test_where_ip_knows_no_master_brctl_moves_the_pair(states, node, family, running, old):
    running(pair("br0"))
    before = netif(node, 209)
    old()

    ret = states.defined("one", xml=domain(209, pair("eth11")))

    assert ret.result is True, ret.comment
    assert fields(ret)["209"]["bridge eth0"] == {"old": "br0", "new": "eth11"}
    assert node.calls(program="brctl") == [["delif", "br0", "veth209.0"], ["addif", "eth11", "veth209.0"]]
    assert (node.bridge("br0"), node.bridge("eth11")) == ([], ["veth209.0"])
    assert netif(node, 209) == {"eth0": {**before["eth0"], "bridge": "eth11"}}
    node.forget_calls()
    again = states.defined("one", xml=domain(209, pair("eth11")))
    assert (again.result, again.changes) == (True, {})
    assert node.calls(program="brctl") == []


def test_a_pair_that_brctl_took_out_and_could_not_put_in_is_put_there_by_the_next_run(states, node, running, old):
    running(pair("br0"))
    old()
    node.fault("--program", "brctl", "--match", "addif", "--rc", "1", "--stderr", "can't add it", "--times", "1")

    failed, again, clean = (states.defined("one", xml=domain(209, pair("eth11"))) for _ in range(3))

    assert failed.result is False
    assert failed.comment.count("brctl addif eth11 veth209.0 ended with code 1: can't add it; ") == 1
    assert "veth209.0 was taken out of br0 and is in no bridge now, and the next run tries again; " in failed.comment
    assert failed.comment.endswith("by hand: brctl addif eth11 veth209.0")
    assert "bridge eth0" not in fields(failed)["209"]
    assert again.result is True, again.comment
    assert fields(again)["209"] == {"bridge eth0": {"old": None, "new": "eth11"}}
    assert (node.bridge("br0"), node.bridge("eth11")) == ([], ["veth209.0"])
    assert (clean.result, clean.changes) == (True, {})


@pytest.mark.parametrize("bridge", ["eth11", None])
def test_a_pair_that_has_drifted_is_put_back_by_brctl_where_ip_is_old(states, node, running, old, bridge):
    running(pair("br0"))
    elsewhere(node, "veth209.0", bridge)
    old()

    ret = states.defined("one", xml=domain(209, pair("br0")))

    assert ret.result is True, ret.comment
    assert fields(ret)["209"]["bridge eth0"] == {"old": bridge, "new": "br0"}
    assert (node.bridge("br0"), node.bridge("eth11")) == (["veth209.0"], [])


def test_a_start_puts_pairs_into_their_bridges_where_ip_is_old_and_no_script_does(openvz, node, old):
    (node.directory / "etc/vz/vznet.conf").write_text("")
    openvz.define(xml=domain(209, pair("br0"), pair("eth10")))
    old()

    openvz.start(209)
    openvz.define(xml=domain(209, pair("br0"), pair("eth10"), pair("eth11")))

    assert [node.bridge(name) for name in ("br0", "eth10", "eth11")] == [["veth209.0"], ["veth209.1"], ["veth209.2"]]


def test_what_doctor_says_of_a_pair_out_of_its_bridge_mends_it_on_an_old_node(openvz, node, running, old):
    running(pair("br0"))
    elsewhere(node, "veth209.0", "eth11")
    old()

    (found,) = (one for one in openvz.doctor() if one["check"] == "veth")
    environ = {**os.environ, "PATH": f"{node.directory}/bin"}
    subprocess.run(["/bin/sh", "-c", found["remedy"]], check=True, env=environ, stdin=subprocess.DEVNULL)

    assert (node.bridge("br0"), node.bridge("eth11")) == (["veth209.0"], [])


def elsewhere(node, device, bridge):
    """Somebody takes a device out of its bridge, and puts it into another (or none)."""
    argv = [node.options["ip"], "link", "set", "dev", device, *(["master", bridge] if bridge else ["nomaster"])]
    subprocess.run(argv, check=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("bridge", ["eth11", None])
def test_a_running_pair_that_is_not_in_its_bridge_has_drifted_and_is_put_there(openvz, states, node, running, bridge):
    running(pair("br0"))
    elsewhere(node, "veth209.0", bridge)

    document = domain(209, pair("br0"))
    dry, real = (states.defined("one", xml=document, test=test) for test in (True, False))

    assert dry.changes == real.changes
    assert fields(real)["209"]["bridge eth0"] == {"old": bridge, "new": "br0"}
    assert (dry.result, real.result) == (None, True)
    assert node.bridge("br0") == ["veth209.0"]
    assert node.calls("set") == []


def test_a_start_puts_pairs_into_their_bridges_where_no_script_does(openvz, node, family):
    openvz.define(xml=domain(209, pair("br0"), pair("eth10")))

    assert openvz.start(209)["changes"] == {"status": {"old": "stopped", "new": "running"}}

    assert (node.bridge("br0"), node.bridge("eth10")) == (["veth209.0"], ["veth209.1"])


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_a_start_that_leaves_a_pair_out_of_its_bridge_is_a_failure_that_says_it(openvz, node, running, verb):
    running(pair("br0"))
    if verb == "start":
        openvz.stop(209)
    (node.directory / "etc/vz/vznet.conf").write_text("")
    node.fault("--program", "ip", "--rc", "2", "--stderr", "no")
    node.fault("--program", "brctl", "--rc", "1", "--stderr", "no")

    with pytest.raises(CommandExecutionError, match="container 209 runs, but not all of its interfaces are") as caught:
        getattr(openvz, verb)(209)

    assert "brctl addif br0 veth209.0" in str(caught.value)
    assert list(caught.value.info["changes"]["209"]) == ["status"]


def test_a_start_over_a_bridge_that_is_gone_is_a_failure_that_names_it(openvz, node):
    openvz.define(xml=domain(209, pair("eth11")))
    remove_device(node, "eth11")

    with pytest.raises(CommandExecutionError, match="should be in bridge eth11, which is not on this node"):
        openvz.start(209)


def test_of_a_bridge_that_is_gone_under_a_running_container_a_run_warns(openvz, states, node, running):
    running(pair("eth11"))
    elsewhere(node, "veth209.0", None)
    remove_device(node, "eth11")

    for test in (True, False):
        ret = states.defined("one", xml=domain(209, pair("eth11")), test=test)
        assert (ret.result, ret.changes) == (True, {})
        (warning,) = ret.full_return["warnings"]
        assert "its interface eth0 is in no bridge: eth11 is not on this node" in warning


def test_a_device_comes_back_when_the_document_names_another(openvz, node, running):
    (node.directory / "sys/class/net/eth2").mkdir()
    running(device("eth1"))
    assert not (node.directory / "sys/class/net/eth1").exists()

    openvz.define(xml=domain(209, device("eth2")))

    assert (node.directory / "sys/class/net/eth1").exists()
    assert not (node.directory / "sys/class/net/eth2").exists()
    assert node.conf(209)["NETDEV"] == "eth2"


def test_a_device_comes_back_when_no_document_names_any(openvz, node, running):
    running(device("eth1"), pair("br0"))

    openvz.define(xml=domain(209, pair("br0")), exact=True)

    assert (node.directory / "sys/class/net/eth1").exists()
    assert node.conf(209)["NETDEV"] == ""


def test_a_device_that_is_not_on_the_node_is_refused(node, refused):
    assert refused(domain(209, device("eth7"))) == (
        f"network device eth7 is not in {node.options['sys_class_net']} of this node"
    )


def test_the_first_pair_of_a_running_container_is_refused_and_the_reason_given(refused, running):
    running(routed("198.51.100.1"))

    comment = refused(domain(209, routed("198.51.100.1"), pair("br0")), state="running")

    assert comment == (
        "container 209 is running and has no interface beside eth0: vzctl cannot add the first one then; "
        "stop it for that"
    )


def test_the_first_pair_of_a_stopped_container_is_in_its_bridge_when_it_starts(openvz, node):
    openvz.define(xml=domain(209, routed("198.51.100.1")))
    openvz.define(xml=domain(209, pair("br0")))

    openvz.start(209)

    assert node.bridge("br0") == ["veth209.0"]
