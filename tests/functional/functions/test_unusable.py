"""Containers of vzctl 7 on which it refuses to work are told of, and never taken for absent."""

import pytest
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN

UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f002"
DOCUMENT = f"""
<domain type='openvz'>
  <name>shop</name>
  <uuid>{UUID}</uuid>
  <memory unit='MiB'>512</memory>
  <vcpu>1</vcpu>
  <os><type>exe</type></os>
  <devices>
    <filesystem type='template'><source name='almalinux-9'/><target dir='/'/></filesystem>
  </devices>
</domain>
"""


@pytest.fixture
def shop(openvz, node):
    assert openvz.define(xml=DOCUMENT)["ctid"] == UUID
    return node


def bad_gateway(node):
    """As ``vzctl set --ifname eth0 --gw x --save`` leaves the file."""
    with open(node.area("shop") / "ve.conf", "a", encoding="utf-8") as stream:
        stream.write('NETIF="ifname=eth0,gw=x,configure=all"\n')


def away(node):
    node.area("shop").rename(node.directory / "away")


def unregistered(node):
    node.conf_path("shop").unlink()


def in_capitals(node):
    path = node.conf_path(UUID)
    path.rename(path.with_name(f"{UUID.upper()}.conf"))


BROKEN = {
    "a value that vzctl refuses": (bad_gateway, "says NETIF='ifname=eth0,gw=x,configure=all', which is not valid"),
    "an area that is away": (away, "which does not exist; mount or restore"),
    "an area that is not registered": (unregistered, "openvz.adopt .* registers it"),
    "a file in capitals": (in_capitals, "to vzctl it is that of another container"),
}


@pytest.mark.parametrize(("breaks", "says"), BROKEN.values(), ids=BROKEN)
def test_it_is_neither_created_again_nor_called_absent_nor_destroyed(openvz, shop, breaks, says):
    breaks(shop)
    shop.forget_calls()

    with pytest.raises(CommandExecutionError, match=says):
        openvz.define(xml=DOCUMENT)
    with pytest.raises(CommandExecutionError, match=says):
        openvz.status(UUID)
    with pytest.raises(CommandExecutionError, match=says):
        openvz.destroy(UUID)
    assert not [argv for argv in shop.calls() if argv[0] in ("create", "set", "destroy")]


@pytest.mark.parametrize(("breaks", "says"), BROKEN.values(), ids=BROKEN)
def test_the_doctor_finds_it_with_what_to_type(openvz, shop, breaks, says):
    breaks(shop)

    found = [one for one in openvz.doctor() if UUID in one["containers"]]

    assert found and all(one["remedy"] for one in found)


def test_a_value_that_vzctl_refuses_does_not_hide_it_from_the_list_nor_others(openvz, shop):
    shop.vzctl("create", "101", "--ostemplate", "almalinux-9")
    bad_gateway(shop)

    found = openvz.list()

    assert (found["shop"]["status"], found["101"]["status"]) == ("unusable", "stopped")
    assert "which is not valid" in found["shop"]["error"]
    assert list(openvz.list(status="unusable")) == ["shop"]


def test_a_name_that_is_the_ctid_of_another_container_is_not_followed(openvz, shop):
    for ctid in ("101", "102"):
        shop.vzctl("create", ctid, "--ostemplate", "almalinux-9")
    with open(shop.area("101") / "ve.conf", "a", encoding="utf-8") as stream:
        stream.write('NAME="102"\n')
    (shop.directory / "etc/vz/names/102").symlink_to(shop.area("101") / "ve.conf")
    assert shop.vzctl("status", "102").stdout.startswith("VEID 101 ")

    with pytest.raises(CommandExecutionError, match="to vzctl 102 is the name of container 101"):
        openvz.status("102")


def test_a_document_without_a_uuid_gets_one_that_stays(openvz, node):
    document = DOCUMENT.replace(f"<uuid>{UUID}</uuid>", "")
    planned = openvz.define(xml=document, test=True)

    made = openvz.define(xml=document)

    assert made["ctid"] == planned["ctid"] == planned["changes"]["uuid"]["new"]
    assert node.conf("shop")["UUID"] == made["ctid"]
    assert openvz.define(xml=document)["changes"] == {}


def test_a_container_is_found_by_name_ctid_and_uuid(openvz, node):
    node.vzctl("create", "101", "--ostemplate", "almalinux-9", "--name", "shop", "--uuid", UUID)

    assert [list(openvz.info(name)) for name in ("shop", "101", UUID, UUID.upper())] == [["shop"]] * 4
    assert list(openvz.list(name=UUID)) == ["shop"]


def test_a_look_at_all_containers_starts_no_vzlist(openvz, shop):
    shop.vzctl("start", "shop")
    shop.forget_calls()
    assert openvz.define(xml=DOCUMENT)["changes"] == {}

    assert openvz.list()["shop"]["status"] == "running"
    assert openvz.state() == {"shop": "running"}
    assert shop.calls(program="vzlist") == []


def test_a_number_that_is_a_name_is_not_given_to_a_new_container(openvz, shop):
    shop.vzctl("set", "shop", "--name", "555", "--save")
    shop.forget_calls()

    with pytest.raises(CommandExecutionError, match=f"to vzctl 555 is the name of container {UUID}"):
        openvz.define(xml=DOCUMENT.replace("<name>shop</name>", "<name>555</name>").replace(UUID, UUID[:-1] + "9"))
    assert not [argv for argv in shop.calls() if argv[0] in ("create", "set")]


def test_a_container_with_a_number_for_a_name_is_found_by_it(openvz, shop):
    shop.vzctl("set", "shop", "--name", "555", "--save")

    assert openvz.info("555")[UUID]["ctid"] == UUID


@pytest.fixture
def two(openvz, shop, pillar):
    """A container that vzctl refuses, and one that it takes, both in the pillar."""
    other = DOCUMENT.replace("shop", "wiki").replace(UUID, UUID[:-1] + "9")
    openvz.define(xml=other)
    pillar.put_setting(domains={"shop": {"xml": DOCUMENT}, "wiki": {"xml": other}})
    bad_gateway(shop)
    return shop


def test_drift_reports_the_one_and_compares_the_other(openvz, two):
    found = openvz.drift(all=True)

    assert (found["shop"]["status"], found["wiki"]["status"]) == ("error", "in sync")
    assert "which is not valid" in found["shop"]["error"]


def test_a_dump_leaves_the_one_out_and_says_why(openvz, two):
    found = openvz.dump()

    assert "which is not valid" in found and "<name>wiki</name>" in found and "<name>shop</name>" not in found


def test_a_run_over_the_pillar_fails_for_the_one_and_leaves_it_alone(openvz, two):
    two.forget_calls()

    with pytest.raises(CommandExecutionError, match="which is not valid"):
        openvz.apply()
    assert not [argv for argv in two.calls() if argv[0] in ("create", "destroy", "set")]


def test_nobody_gets_an_address_that_the_one_has(openvz, shop):
    with open(shop.area("shop") / "ve.conf", "a", encoding="utf-8") as stream:
        stream.write('IP_ADDRESS="198.51.100.7/255.255.255.255 "\nCPUUNITS="x"\n')
    other = DOCUMENT.replace("shop", "wiki").replace(UUID, UUID[:-1] + "9")
    address = "<interface type='ethernet'><ip address='198.51.100.7'/></interface></devices>"

    with pytest.raises(CommandExecutionError, match=f"198.51.100.7 .*{UUID}"):
        openvz.define(xml=other.replace("</devices>", address))


def test_what_documents_can_count_on_has_it_too(openvz, two):
    assert openvz.node_info()["containers"]["shop"]["uuid"] == UUID
