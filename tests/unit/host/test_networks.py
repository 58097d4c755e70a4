"""libvirt network -> bridge, asked of the real virsh and libvirt's test driver."""

import socket

import pytest
from vzdomain import errors
from vzdomain.host.networks import Networks

NODE = """
<node>
  <network><name>lan</name><forward mode='bridge'/><bridge name='br0'/></network>
  <network><name>two words</name><bridge name='virbr11'/></network>
  <network><name>sriov</name><forward mode='hostdev' managed='yes'><pf dev='eth1'/></forward></network>
  <network><name>macvtap</name><forward mode='passthrough'><interface dev='eth1'/></forward></network>
  <network><name>odd</name><forward mode='bridge'/><bridge name='br;0'/></network>
  <network>
    <name>nameless</name>
    <forward mode='nat'/>
    <ip address='192.168.10.1' netmask='255.255.255.0'/>
  </network>
</node>
"""


@pytest.fixture
def node(tmp_path):
    file = tmp_path / "node.xml"
    file.write_text(NODE)
    return f"test://{file}"


@pytest.fixture
def deaf_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_the_default_network_has_its_bridge():
    assert Networks(uri="test:///default").bridge("default") == "virbr0"


@pytest.mark.parametrize(("name", "bridge"), [("lan", "br0"), ("two words", "virbr11")])
def test_a_network_of_this_node_has_its_bridge(node, name, bridge):
    assert Networks(uri=node).bridge(name) == bridge


def test_configuration_comes_before_libvirt(tmp_path):
    networks = Networks({"default": "br7"}, uri="test:///default", virsh=str(tmp_path / "none"))

    assert networks.bridge("default") == "br7"


def test_a_network_that_configuration_does_not_name_is_asked_of_libvirt():
    assert Networks({"lan": "br7"}, uri="test:///default").bridge("default") == "virbr0"


def test_without_a_uri_virsh_uses_its_own(monkeypatch):
    monkeypatch.setenv("VIRSH_DEFAULT_CONNECT_URI", "test:///default")

    assert Networks().bridge("default") == "virbr0"


def test_virsh_speaks_no_other_language_than_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    program = tmp_path / "virsh"
    program.write_text("#!/bin/sh\necho \"<network><bridge name='$LC_ALL'/></network>\"\n")
    program.chmod(0o755)

    assert Networks(virsh=str(program)).bridge("default") == "C"


def test_what_virsh_is_asked_is_logged_without_the_password_of_its_connection(caplog):
    caplog.set_level("DEBUG")

    Networks(uri="test://root:sesame@/default", virsh="/bin/false").by_bridge()

    assert "Running ['/bin/false', '--connect', 'test:///default', 'net-list', '--name']" in caplog.text
    assert "sesame" not in caplog.text


def test_a_bridge_is_asked_for_once(tmp_path, node):
    networks = Networks(uri=node)
    networks.bridge("lan")
    (tmp_path / "node.xml").unlink()

    assert networks.bridge("lan") == "br0"


def test_a_failure_is_asked_for_once(tmp_path, node):
    networks = Networks(uri=node)
    with pytest.raises(errors.NetworkUndefinedError):
        networks.bridge("late")
    (tmp_path / "node.xml").write_text(NODE.replace("lan", "late"))

    with pytest.raises(errors.NetworkUndefinedError):
        networks.bridge("late")


def refusal(networks, name):
    with pytest.raises(errors.OpenVZError) as caught:
        networks.bridge(name)
    return type(caught.value), str(caught.value)


def test_a_network_that_is_not_defined_is_named(node):
    assert refusal(Networks(uri=node), "nosuch") == (
        errors.NetworkUndefinedError,
        f"libvirt at {node} has no network 'nosuch'; define it (virsh net-define), "
        "or set openvz:networks:nosuch to the bridge",
    )


@pytest.mark.parametrize(("name", "mode"), [("sriov", "hostdev"), ("macvtap", "passthrough")])
def test_a_network_without_bridge_is_reported_by_its_mode(node, name, mode):
    assert refusal(Networks(uri=node), name) == (
        errors.NetworkWithoutBridgeError,
        f"the network '{name}' has no bridge: its forward mode is '{mode}'; "
        f"use a network of mode nat, route, open or bridge, or set openvz:networks:{name} to a bridge",
    )


def test_a_bridge_that_has_no_name_yet_is_not_a_bridge(node):
    assert refusal(Networks(uri=node), "nameless") == (
        errors.NetworkWithoutBridgeError,
        "the bridge of network 'nameless' has no name yet; start it (virsh net-start nameless), "
        "or set openvz:networks:nameless to the bridge",
    )


def test_a_bridge_that_linux_would_not_name_so_is_refused(node):
    kind, sentence = refusal(Networks(uri=node), "odd")

    assert kind is errors.NetworkError
    assert sentence.startswith("the bridge of network 'odd' cannot be used: 'br;0' is not a valid network device name")


def test_a_daemon_that_is_not_there_is_unreachable(tmp_path):
    uri = f"qemu+unix:///system?socket={tmp_path}/none"

    kind, sentence = refusal(Networks(uri=uri), "default")

    assert kind is errors.LibvirtUnreachableError
    assert sentence == (
        f"libvirt at {uri} cannot be reached to ask for the network 'default': failed to connect to the hypervisor; "
        f"Failed to connect socket to '{tmp_path}/none': No such file or directory; "
        "start its daemon, set openvz:libvirt_uri, or set openvz:networks:default to the bridge"
    )


def test_virsh_that_is_not_installed_is_told_from_all_else(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert refusal(Networks(uri="test:///default"), "default") == (
        errors.LibvirtMissingError,
        "virsh is not installed, so the bridge of network 'default' is unknown; "
        "install libvirt-clients, or set openvz:networks:default to the bridge",
    )


def test_virsh_that_may_not_be_run_is_missing_too(tmp_path):
    kind, sentence = refusal(Networks(virsh=str(tmp_path)), "default")

    assert kind is errors.LibvirtMissingError
    assert "cannot be run (Permission denied)" in sentence


def test_a_daemon_that_does_not_answer_ends_in_its_time(deaf_port):
    networks = Networks(uri=f"qemu+tcp://127.0.0.1:{deaf_port}/system", timeout=0.5)

    assert refusal(networks, "default") == (
        errors.CommandTimeoutError,
        "virsh did not answer within 0.5 seconds when asked for the network 'default'; "
        "check libvirt on this node, or set openvz:networks:default to the bridge",
    )


def test_a_virsh_that_hangs_is_asked_once_however_many_networks_there_are(tmp_path):
    virsh = tmp_path / "virsh"
    virsh.write_text(f"#!/bin/sh\necho asked >> {tmp_path}/asked\nsleep 600\n")
    virsh.chmod(0o755)
    networks = Networks(virsh=str(virsh), timeout=0.3)

    sentences = [refusal(networks, name)[1] for name in ("one", "two")]

    assert [name in said for name, said in zip(("'one'", "'two'"), sentences, strict=True)] == [True, True]
    assert (tmp_path / "asked").read_text() == "asked\n"


def test_any_other_failure_is_passed_on():
    assert refusal(Networks(virsh="/bin/false"), "default") == (
        errors.NetworkError,
        "virsh could not show the network 'default': no message",
    )


def test_an_answer_that_is_not_xml_is_an_error():
    kind, sentence = refusal(Networks(virsh="/bin/echo"), "default")

    assert kind is errors.NetworkError
    assert sentence.startswith("virsh's description of the network 'default' cannot be read: line 1, column 1")


@pytest.mark.parametrize("name", ["-x", "--help", "", "a;b", "a/b", "a\nb", "a\0b", "a,b", '"a"'])
def test_an_odd_name_is_refused_before_virsh_is_run(name, tmp_path):
    kind, sentence = refusal(Networks(virsh=str(tmp_path / "none")), name)

    assert kind is errors.NetworkError
    assert sentence == (f"{name!r} is not a valid network name; use letters, digits and _ . + @ : -, not a leading -")


@pytest.mark.parametrize("bridge", [None, 7, ["br0"], "", "br 0", "-br0", "br0,br1", "a-name-too-long-for-linux"])
def test_a_bridge_in_configuration_must_be_the_name_of_a_device(bridge):
    kind, sentence = refusal(Networks({"lan": bridge}), "lan")

    assert kind is errors.NetworkError
    assert sentence.startswith("openvz:networks:lan")


# why a network's bridge is not there


@pytest.fixture
def stopped(tmp_path):
    """The real virsh, in a process that has stopped the network first: libvirt's test driver forgets it after that."""
    program = tmp_path / "virsh"
    program.write_text('#!/bin/sh\nshift 2\nexec virsh --connect test:///default "net-destroy default; $*"\n')
    program.chmod(0o755)
    return Networks(uri="test:///default", virsh=str(program))


def test_an_inactive_network_is_the_reason(stopped):
    error = stopped.why_without("default", "virbr0")

    assert type(error) is errors.NetworkInactiveError
    assert str(error) == (
        "libvirt's network 'default' is not active, so its bridge virbr0 is not on this node; "
        "start it: virsh --connect test:///default net-start default "
        "(virsh --connect test:///default net-autostart default for the next boot)"
    )


def test_an_active_network_without_its_bridge_is_to_be_started_again():
    error = Networks(uri="test:///default").why_without("default", "virbr0")

    assert type(error) is errors.BridgeMissingError
    assert str(error).startswith("libvirt's network 'default' is active, but its bridge virbr0 is not on this node")


def test_a_bridge_of_configuration_is_configurations_fault(tmp_path):
    error = Networks({"lan": "br7"}, virsh=str(tmp_path / "none")).why_without("lan", "br7")

    assert type(error) is errors.BridgeMissingError
    assert str(error).startswith("openvz:networks gives the network 'lan' the bridge br7, which is not on this node")


def test_libvirt_that_cannot_say_why_is_the_reason(node):
    assert type(Networks(uri=node).why_without("nosuch", "virbr9")) is errors.NetworkUndefinedError


# which network a bridge belongs to


def test_every_active_network_with_a_bridge_is_known_by_it(node):
    assert Networks(uri=node).by_bridge() == {"br0": "lan", "virbr11": "two words"}


def test_a_network_that_is_not_active_is_not_known_by_its_bridge(stopped):
    assert stopped.by_bridge() == {}


def test_configuration_says_it_before_libvirt(node):
    assert Networks({"home": "br0"}, uri=node).by_bridge() == {"br0": "home", "virbr11": "two words"}


@pytest.mark.parametrize("virsh", ["/nonexistent/virsh", "/bin/false"])
def test_where_libvirt_is_silent_configuration_is_all(virsh):
    assert Networks({"home": "br0"}, virsh=virsh).by_bridge() == {"br0": "home"}


def test_the_networks_of_a_node_are_asked_for_once_however_many_containers_there_are(tmp_path):
    program, calls = tmp_path / "virsh", tmp_path / "calls"
    program.write_text(f'#!/bin/sh\necho "$*" >> {calls}\nexec virsh "$@"\n')
    program.chmod(0o755)
    networks = Networks(uri="test:///default", virsh=str(program))

    networks.by_bridge()
    networks.by_bridge()

    assert calls.read_text().count("net-list") == 1


def test_all_networks_that_are_known_have_their_bridges():
    networks = Networks({"lan": "br0", "office": "br0", "odd": 7}, uri="test:///default")

    assert networks.known() == {"lan": "br0", "office": "br0", "default": "virbr0"}


def test_without_libvirt_the_networks_of_the_configuration_are_known(tmp_path):
    networks = Networks({"lan": "br0"}, virsh=str(tmp_path / "none"))

    assert networks.known() == {"lan": "br0"}


def test_only_what_can_be_a_network_with_a_bridge_is_known(tmp_path):
    mapping = {5: "br5", True: "br6", "a\x01": "br7", "-x": "br8", "odd": "\x1b", "none": None, "lan": "br0"}

    networks = Networks(mapping, virsh=str(tmp_path / "none"))

    assert networks.known() == {"5": "br5", "True": "br6", "lan": "br0"}
    assert networks.by_bridge() == {"br5": "5", "br6": "True", "br0": "lan"}
    assert networks.bridge("5") == "br5"
