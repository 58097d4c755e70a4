"""``openvz.doctor`` through Salt's loader, on a simulated node: all is well, and then one thing is not."""

import pytest
from salt.exceptions import CommandExecutionError
from simnode import SimNode

SECOND = """\
<domain type='openvz'>
  <name>310</name>
  <devices>
    <filesystem type='template'><source name='debian-12-x86_64'/></filesystem>
    <interface type='bridge'><source bridge='br0'/><target dev='v310.0'/></interface>
    <interface type='route'><ip address='198.51.100.31'/><ip address='2001:db8::31'/></interface>
  </devices>
</domain>
"""


@pytest.fixture(autouse=True)
def libvirt(monkeypatch):
    """A libvirt whose one network is active."""
    monkeypatch.setenv("VIRSH_DEFAULT_CONNECT_URI", "test:///default")


@pytest.fixture(scope="module")
def inhabited(pristine, loaders, tmp_path_factory):
    """A copy of the node with three containers: web01 (101) and 310 run, 209 is defined."""
    node = pristine.restore()
    define, running = loaders.states.openvz.defined, loaders.states.openvz.running
    assert running("web", pillar_key="openvz:containers:web01:xml").result is True
    assert running("second", xml=SECOND).result is True
    assert define("seed", pillar_key="openvz:containers:seed:xml").result is True
    copy = tmp_path_factory.mktemp("inhabited") / "node"
    SimNode(copy).restore(node.directory)
    return copy


@pytest.fixture
def world(node, inhabited):
    """A node with those containers."""
    node.restore(inhabited)
    return node


def sysctl(node, name):
    return node.directory / "proc/sys" / name


def test_a_fresh_node_has_nothing_to_say(openvz, node):
    assert openvz.doctor() == []


def test_a_node_with_containers_has_nothing_to_say(openvz, world):
    assert openvz.doctor() == []
    for ctid in (101, 310):
        world.vzctl("stop", ctid)
    world.vzctl("start", 209)
    assert openvz.doctor() == []


def test_looking_runs_nothing_but_one_vzlist(openvz, world):
    world.forget_calls()

    openvz.doctor()

    assert world.calls() == []
    assert len(world.calls(program="vzlist")) == 1


def append(node, ctid, text):
    with node.conf_path(ctid).open("a") as stream:
        stream.write(text)


def remove_tree(node, path):
    (node.directory / path).rename(node.directory / "tmp/removed")


BROKEN = {
    "forwarding is off": (
        lambda node: sysctl(node, "net/ipv4/ip_forward").write_text("0\n"),
        ("ip_forward", [101, 209, 310]),
    ),
    "forwarding of IPv6 is off": (
        lambda node: sysctl(node, "net/ipv6/conf/all/forwarding").write_text("0\n"),
        ("ipv6_forward", [310]),
    ),
    "the node answers ARP for others": (
        lambda node: sysctl(node, "net/ipv4/conf/all/proxy_arp").write_text("1\n"),
        ("proxy_arp", []),
    ),
    "the bridge script is not set": (
        lambda node: (node.directory / "etc/vz/vznet.conf").write_text(""),
        ("bridge_script", [101, 209, 310]),
    ),
    "a bridge is down": (
        lambda node: (node.directory / "sys/class/net/virbr0/flags").write_text("0x1002\n"),
        ("bridge_down", [101, 209]),
    ),
    "a veth has left its bridge": (
        lambda node: (node.directory / "sys/class/net/br0/brif/v310.0").unlink(),
        ("veth", [310]),
    ),
    "a bridge is gone": (
        lambda node: remove_tree(node, "sys/class/net/virbr0"),
        ("bridge", [101, 209]),
    ),
    "a device to be passed through is gone": (
        lambda node: remove_tree(node, "sys/class/net/eth1"),
        ("netdev", [209]),
    ),
    "the template cache is empty": (
        lambda node: remove_tree(node, "vz/template/cache"),
        ("template_cache", []),
    ),
    "the default template is gone": (
        lambda node: remove_tree(node, "vz/template/cache/debian-12-x86_64.tar.gz"),
        ("default_template", []),
    ),
    "a vzctl has died": (
        lambda node: (node.directory / "vz/lock/209.lck").write_text(f"{2**22}\n\n"),
        ("lock", [209]),
    ),
    "a link dangles": (
        lambda node: (node.directory / "etc/vz/names/old").symlink_to("../conf/150.conf"),
        ("name_link", []),
    ),
    "a name has lost its link": (
        lambda node: (node.directory / "etc/vz/names/web01").unlink(),
        ("name_link", [101]),
    ),
    "an address is given twice": (
        lambda node: node.vzctl("set", 209, "--ipadd", "198.51.100.31", "--save"),
        ("duplicate_ip", [209, 310]),
    ),
    "a device is passed through twice": (
        lambda node: append(node, 310, 'NETDEV="eth1"\n'),
        ("duplicate_netdev", [209, 310]),
    ),
    "a UUID was copied": (
        lambda node: append(node, 310, "#UUID: 5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001\n"),
        ("duplicate_uuid", [101, 310]),
    ),
    "a line is none": (
        lambda node: append(node, 209, "to do: more memory\n"),
        ("conf_line", [209]),
    ),
    "a value is none": (
        lambda node: append(node, 209, 'ONBOOT="maybe"\n'),
        ("conf_value", [209]),
    ),
    "a key is indented": (
        lambda node: append(node, 209, '  HOSTNAME="seed"\n'),
        ("conf_key", [209]),
    ),
    "a private area is gone": (
        lambda node: remove_tree(node, "vz/private/209"),
        ("half", [209]),
    ),
    "vzctl is gone": (
        lambda node: remove_tree(node, "bin/vzctl"),
        ("vzctl", []),
    ),
    "vzlist fails": (
        lambda node: node.fault("--program", "vzlist", "--rc", "1", "--stderr", "no"),
        ("vzlist", []),
    ),
}


@pytest.mark.parametrize(("breaks", "is_"), BROKEN.values(), ids=BROKEN)
def test_each_thing_that_is_broken_is_one_finding(openvz, world, breaks, is_):
    breaks(world)

    (found,) = openvz.doctor()

    assert (found["check"], found["containers"]) == is_
    assert found["where"] and found["what"] and found["remedy"]


def test_what_vzctl_does_not_save_is_what_the_doctor_says(openvz, world):
    append(world, 209, '  BOOTORDER="5"\n')

    (found,) = openvz.doctor()
    world.vzctl("set", 209, "--bootorder", "7", "--save")

    assert (found["check"], openvz.info(209)["209"]["bootorder"]) == ("conf_key", 5)
    assert "BOOTORDER" in found["what"]


def test_what_the_doctor_says_of_a_name_fixes_it(openvz, world):
    (world.directory / "etc/vz/names/web01").unlink()
    (found,) = openvz.doctor()
    assert found["remedy"].startswith("vzctl set 101 --name web01 --save")

    world.vzctl("set", "101", "--name", "web01", "--save")

    assert openvz.doctor() == []


DOCUMENT = "<domain type='openvz'><name>401</name><devices><interface type='network'>{}</interface></devices></domain>"


def test_an_inactive_network_is_found_where_a_document_names_it(openvz, loaders, world, monkeypatch, tmp_path):
    program = tmp_path / "virsh"
    program.write_text("#!/bin/sh\nprintf 'default\\nlan\\n\\n'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    ours = loaders.modules.pack["__pillar__"]["openvz"]
    assert openvz.doctor() == []
    monkeypatch.setitem(ours, "mine", {"401": {"xml": DOCUMENT.format("<source network='lan'/>")}, "odd": "<x>"})

    (found,) = openvz.doctor()  # the minion's openvz:networks has a bridge for default

    assert (found["check"], found["where"]) == ("network_inactive", "lan")


def test_a_libvirt_that_is_down_is_not_a_finding_where_the_bridges_are_named(openvz, world, monkeypatch):
    monkeypatch.setenv("VIRSH_DEFAULT_CONNECT_URI", "qemu+unix:///system?socket=/nowhere")

    assert openvz.doctor() == []


def test_an_unknown_setting_is_named_with_the_nearest_one_and_other_data_is_not(
    openvz, states, loaders, world, monkeypatch
):
    ours = loaders.modules.pack["__pillar__"]["openvz"]
    document = "<domain type='openvz'><name>209</name></domain>"
    monkeypatch.setitem(ours, "domain", {"209": {"xml": document}})
    monkeypatch.setitem(ours, "network", {"default": "br0"})
    monkeypatch.setitem(ours, "colour", "red")

    assert [one["what"] for one in openvz.doctor()] == [
        "pillar openvz:colour is not a setting",
        "pillar openvz:domain is not a setting; did you mean openvz:domains?",
        "pillar openvz:network is not a setting; did you mean openvz:networks?",
    ]
    with pytest.raises(CommandExecutionError, match="has no openvz:domains; did you mean openvz:domain"):
        openvz.plan()
    said = ["pillar openvz:network is not a setting; did you mean openvz:networks?"]
    assert openvz.plan(key="openvz:domain")["warnings"] == said
    assert openvz.apply(key="openvz:domain", test=True)["warnings"] == said
    assert openvz.plan(pillar_key="openvz:domain:209:xml")["warnings"][-1:] == said


def test_a_wrong_place_of_the_configuration_is_an_error(openvz, node):
    remove_tree(node, "etc/vz")

    with pytest.raises(CommandExecutionError, match="etc/vz does not exist; is vzctl installed"):
        openvz.doctor()


def test_what_keeps_most_containers_from_working_comes_first(openvz, world):
    sysctl(world, "net/ipv4/ip_forward").write_text("0\n")
    append(world, 209, "nonsense\n")

    first, last = openvz.doctor()

    assert (first["check"], last["check"]) == ("ip_forward", "conf_line")
    assert first["remedy"].startswith("sysctl -w net.ipv4.ip_forward=1")
    assert first["containers"] == [101, 209, 310]
