"""Files and documents as they are in the field, through Salt's loader on a simulated node."""

import json
import shutil
from pathlib import Path

import pytest
from salt.exceptions import CommandExecutionError

DATA = Path(__file__).parent / "field-cases"
KERNELS = pytest.mark.parametrize("vswap", [True, False], ids=["vswap", "beancounters"])


def text(name):
    return (DATA / name).read_text()


@pytest.fixture
def found(node):
    """Put a configuration file of the field on the node, with a private area; returns the CTID."""

    def found(name):
        ctid = int(Path(name).stem)
        node.vzctl("create", ctid, "--ostemplate", "debian-12-x86_64")
        shutil.copy(DATA / name, node.conf_path(ctid))
        return ctid

    return found


def checks(openvz, ctid):
    """``{"conf_value": "vzctl cannot read ..."}``: what the doctor says of a container."""
    return {one["check"]: one["what"] for one in openvz.doctor() if ctid in one["containers"]}


def is_settled(openvz, ctid):
    """Whether the container is listed, its document changes nothing, and a dump has it."""
    label = next(label for label, one in openvz.list().items() if one["ctid"] == ctid)
    xml = openvz.get_xml(ctid)
    return openvz.plan(xml=xml)["steps"] == [] and openvz.dump(data=True)["openvz"]["domains"][label]["xml"] == xml


# beancounters


def set_kernel(node, vswap):
    path = node.directory / "proc/vz/kernel.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "vswap": vswap}))


@KERNELS
@pytest.mark.parametrize(("number", "limit"), [(104, "unlimited"), (106, "2147483647")])
def test_a_container_of_the_beancounter_age_is_made_again_as_it_was(openvz, node, found, number, limit, vswap):
    set_kernel(node, vswap)
    ctid = found(f"beancounters-as-memory/{number}.conf")
    xml = openvz.get_xml(ctid)
    assert "<memory" not in xml
    assert f'<openvz:physpages barrier="0" limit="{limit}"/>' in xml
    assert openvz.list()[str(ctid)]["memory"] == "272 MiB"
    assert is_settled(openvz, ctid)

    openvz.destroy(ctid, force=True)
    openvz.define(xml=xml)

    again = openvz.get_xml(ctid).splitlines()
    assert [line for line in xml.splitlines() if line not in again] == []
    assert openvz.plan(xml=xml)["steps"] == []


# addresses


@pytest.mark.parametrize("odd", ["0::", "::/128", "::/64", "0:0:0:0:0:0:0:0", "0.0.0.0/32", "0.0.0.0/0"])
def test_an_address_that_is_none_in_another_spelling_is_one_to_vzctl_and_goes(openvz, node, odd):
    """vzctl skips ``--ipdel ::`` and ``--ipdel 0.0.0.0``, so that they have to be told with a mask."""
    node.vzctl("create", 301, "--ostemplate", "debian-12-x86_64")
    node.conf_path(301).write_text(f'IP_ADDRESS="{odd} 10.0.0.1"\n{node.conf_path(301).read_text()}')
    openvz.adopt("301")
    assert is_settled(openvz, 301)
    kept = "<interface type='ethernet'><ip address='10.0.0.1'/></interface>"

    openvz.define(xml=f"<domain type='openvz'><name>301</name><devices>{kept}</devices></domain>")

    assert 'IP_ADDRESS="10.0.0.1"' in node.conf_path(301).read_text()


@pytest.mark.parametrize("odd", ["0.0.0.0", "::", "::0"])
def test_an_address_that_vzctl_skips_is_none(openvz, node, odd):
    node.vzctl("create", 301, "--ostemplate", "debian-12-x86_64")
    node.conf_path(301).write_text(f'IP_ADDRESS="{odd} 10.0.0.1"\n{node.conf_path(301).read_text()}')

    assert openvz.list()["301"]["addresses"] == ["10.0.0.1"]
    assert is_settled(openvz, 301)


# NETIF


def test_a_mac_with_dashes_is_the_mac_of_its_interface(openvz, found):
    ctid = found("netif-as-vzctl-reads-it/307.conf")

    assert '<mac address="00:18:51:00:05:10"/>' in openvz.get_xml(ctid)
    assert is_settled(openvz, ctid)
    assert "conf_value" not in checks(openvz, ctid)


def test_a_device_that_vzctl_skips_is_not_shown_and_named(openvz, found):
    ctid = found("netif-as-vzctl-reads-it/309.conf")

    assert "<interface" not in openvz.get_xml(ctid)
    assert "mac_filter=maybe" in checks(openvz, ctid)["conf_value"]
    assert is_settled(openvz, ctid)


# one value


def test_a_uuid_that_is_none_is_none(openvz, node, found):
    ctid = found("one-value-hides-a-container/101.conf")
    uuid = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
    assert is_settled(openvz, ctid)
    assert "#UUID: TODO is not a UUID" in checks(openvz, ctid)["conf_ignored"]

    openvz.define(xml=f"<domain type='openvz'><name>{ctid}</name><uuid>{uuid}</uuid></domain>", adopt=True)

    assert f"#UUID: {uuid}\n" in node.conf_path(ctid).read_text()
    assert "TODO" not in node.conf_path(ctid).read_text()


def test_a_mac_of_many_hides_no_container(openvz, found):
    ctid = found("one-value-hides-a-container/312.conf")

    assert is_settled(openvz, ctid)
    assert '<mac address="01:18:51:00:05:16"/>' in openvz.get_xml(ctid)
    with pytest.raises(CommandExecutionError, match="01:18:51:00:05:16"):
        openvz.define(xml=openvz.get_xml(ctid).replace("312", "313"))


# lines


@pytest.mark.parametrize(("number", "said"), [(303, "'CPUS ' is not CPUS"), (305, "'cpus' is not CPUS")])
def test_a_line_that_vzctl_ignores_is_named(openvz, found, number, said):
    ctid = found(f"ignored-lines/{number}.conf")

    assert said in checks(openvz, ctid)["conf_ignored"]


def test_lines_of_vz_conf_that_vzctl_skips_are_named_once(openvz, node, written, domains):
    with (node.directory / "etc/vz/vz.conf").open("a") as stream:
        stream.write(text("vz-conf-lines/vz.conf.tail"))
    for ctid in (301, 302):
        domains[str(ctid)] = {"xml": f"<domain type='openvz'><name>{ctid}</name><vcpu>1</vcpu></domain>"}

    warnings = written.managed("node").full_return["warnings"]

    assert len([warning for warning in warnings if "vz.conf:" in warning]) == 3
    (one,) = [one for one in openvz.doctor() if one["where"].endswith("vz.conf")]
    assert (one["check"], one["containers"]) == ("conf_line", [])
    assert "has unmatched quotes" in one["what"]


# what is written and refused


@pytest.mark.parametrize("number", [203, 204, 205, 206, 207])
def test_validate_says_how_a_value_that_is_there_may_stay(openvz, found, number):
    ctid = found(f"validate-refuses-get-xml/{number}.conf")
    xml = openvz.get_xml(ctid)

    assert is_settled(openvz, ctid)
    with pytest.raises(CommandExecutionError, match="a container that has it already may keep it: writable=False$"):
        openvz.validate(xml=xml)
    assert openvz.validate(xml=xml, writable=False)["name"] == str(ctid)


# messages


def test_a_bridge_of_open_vswitch_is_left_to_the_bridge_script(openvz, node):
    bridge = node.directory / "sys/class/net/ovsbr0"
    bridge.mkdir()
    (bridge / "address").write_text("02:00:00:00:00:01\n")

    made = openvz.plan(xml=text("ovs-bridge/doc.xml"))

    assert any("ovsbr0, which is not a Linux bridge" in warning for warning in made["warnings"])
    assert "interface eth0" in openvz.define(xml=text("ovs-bridge/doc.xml"))["changes"]
    assert openvz.plan(xml=text("ovs-bridge/doc.xml"))["steps"] == []


def test_an_address_in_a_veth_pair_is_said_to_be_the_containers_own_affair(openvz):
    with pytest.raises(CommandExecutionError) as caught:
        openvz.plan(xml=text("messages/ip-in-bridge.xml"))

    assert "sets no address inside a veth pair" in str(caught.value)
    assert "<interface type='ethernet'>" in str(caught.value)


def test_a_template_with_its_suffix_is_reported_without(openvz):
    warnings = openvz.plan(xml=text("messages/template-with-suffix.xml"))["warnings"]

    assert [one for one in warnings if "write it without .tar.gz: debian-12-x86_64" in one]


def test_an_option_by_another_name_is_told_by_vzctls(openvz, node):
    node.vzctl("create", 101)

    with pytest.raises(CommandExecutionError, match="memory is not an option here; did you mean ram"):
        openvz.set(101, memory="512M")


@pytest.mark.parametrize("name", ["memory-kib.xml", "bytes.xml"])
def test_a_unit_is_taken_in_any_case(openvz, name):
    steps = openvz.plan(xml=text(f"units/{name}"))["steps"]

    assert [step["changes"]["memory"]["new"] for step in steps if "memory" in step["changes"]] == ["512 MiB"]


def test_a_size_that_no_container_lives_with_is_a_warning_everywhere(openvz, written, domains):
    xml = "<domain type='openvz'><name>301</name><memory>512</memory></domain>"
    domains["301"] = {"xml": xml}
    sentence = "memory is 512 KiB, which is too little for a container; did you mean unit='MiB'?"

    assert any(sentence in warning for warning in openvz.validate(xml=xml)["warnings"])
    assert any(sentence in warning for warning in openvz.plan(xml=xml)["warnings"])
    assert any(sentence in warning for warning in written.managed("node", test=True).full_return["warnings"])
