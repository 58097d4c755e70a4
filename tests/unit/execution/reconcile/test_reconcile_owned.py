"""Whose container it is, and what the node must have and nobody else may need before anything runs."""

import pytest
from library import CONF, MARKED, OTHER_UUID, UUID
from vzdomain import errors
from vzdomain.model.domain import Domain, Interface

# ownership


def test_an_unmarked_container_that_differs_is_refused_untouched(directory, reconciler):
    directory.add("209")

    with pytest.raises(errors.RefusedError, match="not managed by Salt and differs"):
        reconciler.define(Domain("209", vcpu=2))

    assert directory.conf("209").read_text() == CONF
    assert directory.vzctl.runs == []


def test_an_unmarked_container_that_is_equal_is_left_untouched(directory, reconciler):
    directory.add("209", f"#UUID: {UUID}\n{CONF}")
    before = directory.conf("209").read_text()

    made, outcome = reconciler.define(Domain("209", uuid=UUID))

    assert (made.calls, outcome.changes) == ((), {})
    assert directory.conf("209").read_text() == before


def test_an_adopted_container_is_ours_from_then_on(directory, reconciler):
    directory.add("209", f"#UUID: {OTHER_UUID}\n{CONF}")

    reconciler.define(Domain("209", uuid=UUID), adopt=True)
    made, _ = reconciler.define(Domain("209", uuid=UUID, vcpu=2))

    assert directory.comments("209") == {"SALT-OPENVZ": "managed 209 node", "UUID": UUID}
    assert list(made.changes) == ["vcpu"]


def test_adopting_alone_marks_and_changes_nothing_else(directory, reconciler):
    directory.add("209")
    made = reconciler.adopt(reconciler.resolve("209"))

    outcome = reconciler.run(made)

    assert outcome.changes == {"managed": {"old": False, "new": True}}
    assert directory.conf("209").read_text() == CONF + MARKED.replace("$CTID", "209")
    assert reconciler.adopt(reconciler.resolve("209")).calls == ()


# what the node must have


def test_a_bridge_that_is_not_on_the_node_is_refused_before_anything_runs(directory, reconciler):
    with pytest.raises(errors.BridgeMissingError, match="interface eth0 needs bridge br9, which is not on this node"):
        reconciler.define(Domain("209", interfaces=(Interface(bridge="br9"),)))

    assert directory.vzctl.runs == []


@pytest.mark.parametrize("flags", ["0x1002", "0x1003"])
def test_a_device_that_is_not_a_bridge_of_the_kernel_is_left_to_the_bridge_script(directory, reconciler, flags):
    (directory.net / "ovsbr0").mkdir()
    (directory.net / "ovsbr0/flags").write_text(f"{flags}\n")

    made, _ = reconciler.define(Domain("209", interfaces=(Interface(bridge="ovsbr0"),)))

    assert [warning for warning in made.warnings if "interface eth0 needs bridge ovsbr0, which is not a" in warning]
    assert any("--netif_add" in argv for argv in directory.vzctl.runs)


@pytest.mark.parametrize(("flags", "refused"), [("0x1002", True), ("0x1003", False), ("", False)])
def test_a_bridge_that_is_down_is_refused(directory, reconciler, flags, refused):
    (directory.net / "br0/bridge").mkdir(parents=True)
    (directory.net / "br0/flags").write_text(flags)
    document = Domain("209", interfaces=(Interface(bridge="br0"),))

    if refused:
        with pytest.raises(errors.BridgeMissingError, match="br0, which is down; ip link set br0 up"):
            reconciler.plan(document)
    else:
        assert reconciler.plan(document).calls


def test_a_network_whose_bridge_is_missing_has_its_reason_asked(directory, reconciler):
    with pytest.raises(errors.NetworkInactiveError, match="default behind virbr0"):
        reconciler.plan(Domain("209", interfaces=(Interface(network="default"),)))


@pytest.mark.parametrize(
    ("conf", "document", "message"),
    [
        ('IP_ADDRESS="10.0.0.1/24"', Domain("209", addresses=("10.0.0.1",)), "address 10.0.0.1 belongs to container 2"),
        ('IP_ADDRESS="FD00:0::1"', Domain("209", addresses=("fd00::1/64",)), "address fd00::1 belongs to container 2"),
        ('NETDEV="eth1"', Domain("209", hostdevs=("eth1",)), "network device eth1 is passed through to container 210"),
        (
            'NETIF="ifname=eth0,host_ifname=out"',
            Domain("209", interfaces=(Interface(target="out"),)),
            "the device out on the node is container 210's",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("exists", [True, False])
def test_what_another_container_has_is_not_given_to_this_one(directory, reconciler, conf, document, message, exists):
    (directory.net / "eth1").mkdir()
    directory.add("210", f"{conf}\n{CONF}")
    if exists:
        directory.add("209", MARKED + CONF)

    for one in (reconciler.dry, reconciler):
        with pytest.raises(errors.RefusedError, match=message):
            one.plan(document)

    assert directory.vzctl.runs == []


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("br0", "network device br0 is a bridge and cannot be passed through; .*<source bridge='br0'/>"),
        ("lo", "network device lo is the node's own"),
        ("venet0", "network device venet0 is the node's own"),
    ],
)
def test_what_the_node_cannot_be_without_is_not_passed_through(directory, reconciler, device, message):
    (directory.net / "br0/bridge").mkdir(parents=True)
    for name in ("lo", "venet0"):
        (directory.net / name).mkdir()

    with pytest.raises(errors.RefusedError, match=message):
        reconciler.plan(Domain("209", hostdevs=(device,)))


def test_a_name_on_the_node_that_a_passed_through_device_will_need_again_is_not_given(directory, reconciler):
    directory.add("210", f'NETDEV="eth1"\n{CONF}', status="running")

    with pytest.raises(errors.RefusedError, match="the device eth1 on the node is container 210's"):
        reconciler.plan(Domain("209", interfaces=(Interface(target="eth1"),)))


def test_a_name_that_vzctl_gave_counts_as_said(directory, reconciler):
    directory.add("210", f'NETIF="ifname=eth0"\n{CONF}')

    with pytest.raises(errors.RefusedError, match="the device veth210.0 on the node is container 210's"):
        reconciler.plan(Domain("209", interfaces=(Interface(target="veth210.0"),)))


def test_what_a_container_has_already_is_not_a_conflict(directory, reconciler):
    both = 'IP_ADDRESS="10.0.0.1"\n'
    directory.add("210", both + CONF)
    directory.add("209", MARKED + both + CONF)

    assert reconciler.plan(Domain("209", addresses=("10.0.0.1",))).calls == ()
    assert reconciler.plan(Domain("209", addresses=("10.0.0.1", "10.0.0.2"))).calls


def test_a_mac_of_another_container_is_a_warning(directory, reconciler):
    directory.add("210", f'NETIF="ifname=eth0,mac=00:18:51:AA:BB:01"\n{CONF}')

    made = reconciler.plan(Domain("209", interfaces=(Interface(mac="00:18:51:aa:bb:01"),)))

    assert made.calls
    assert [warning for warning in made.warnings if "is already used by container 210 on this node" in warning]


def test_a_dry_run_counts_what_it_would_take_and_give_back(directory, reconciler):
    directory.add("210", f'{MARKED}IP_ADDRESS="10.0.0.1"\n{CONF}')
    reconciler.dry.plan(Domain("210", addresses=("10.0.0.9",)))

    assert reconciler.dry.plan(Domain("209", addresses=("10.0.0.1",))).calls
    with pytest.raises(errors.RefusedError, match="the address 10.0.0.9 belongs to container 210"):
        reconciler.dry.plan(Domain("211", addresses=("10.0.0.9",)))


def test_a_bridge_named_as_the_nodes_end_of_a_pair_is_told_from_one(directory, reconciler):
    (directory.net / "br0/bridge").mkdir(parents=True)

    with pytest.raises(errors.RefusedError, match="br0 is a bridge; .* write <source bridge='br0'/>"):
        reconciler.plan(Domain("209", interfaces=(Interface(target="br0"),)))


def test_a_live_domain_as_a_document_names_networks_and_no_conventional_mac(reconciler):
    pairs = (
        Interface(bridge="virbr0", guest="eth0", host_mac="fe:ff:ff:ff:ff:ff"),
        Interface(bridge="br0", guest="eth1", host_mac="00:18:51:00:00:01"),
        Interface(guest="eth2"),
    )

    said = reconciler.as_document(Domain("209", interfaces=pairs))
    plain = reconciler.as_document(Domain("209", interfaces=pairs), networks=False)

    assert said.interfaces == (
        Interface(bridge="virbr0", network="default", guest="eth0"),
        Interface(bridge="br0", guest="eth1", host_mac="00:18:51:00:00:01"),
        Interface(guest="eth2"),
    )
    assert [pair.network for pair in plain.interfaces] == [None, None, None]


def test_a_device_that_is_not_on_the_node_is_refused_before_anything_runs(directory, reconciler):
    (directory.net / "eth1").mkdir()

    with pytest.raises(errors.RefusedError, match="network device eth2 is not in"):
        reconciler.define(Domain("209", hostdevs=("eth1", "eth2")))

    assert directory.vzctl.runs == []


def test_a_device_inside_its_container_is_not_looked_for(directory, reconciler):
    directory.add("209", f'{MARKED}{CONF}NETDEV="eth1"\n')

    assert reconciler.plan(Domain("209", hostdevs=("eth1",))).calls == ()


def test_a_template_that_is_not_in_the_cache_is_a_warning(directory, reconciler):
    (directory.root / "template" / "cache" / "debian-12.tar.gz").touch()

    assert "template fedora is not in the cache" in reconciler.plan(Domain("209", template="fedora")).warnings[0]
    assert reconciler.plan(Domain("210", template="debian-12")).warnings == ()


def test_a_hint_that_the_network_overrules_is_one_warning_and_no_difference(directory, reconciler):
    directory.add_bridge("virbr0")
    netif = "ifname=eth0,bridge=virbr0,mac=00:18:51:00:00:01,host_ifname=veth209.0"
    directory.add("209", f'{MARKED}{CONF}NETIF="{netif}"\n')

    made = reconciler.plan(Domain("209", interfaces=(Interface(bridge="eth11", network="default"),)))

    assert made.calls == ()
    assert len(made.warnings) == 1
    assert "network default has bridge virbr0" in made.warnings[0] and "bridge='eth11'" in made.warnings[0]
