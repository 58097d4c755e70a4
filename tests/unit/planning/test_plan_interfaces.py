"""Plans as data for veth pairs: one that comes, goes or changes, and no other."""

from dataclasses import replace

import pytest
from library import NODE, UUID, argv_of, container, domain, one_set, steps
from vzdomain.errors import RefusedError
from vzdomain.model.domain import Interface
from vzdomain.planning import plan
from vzdomain.planning.changes import show
from vzdomain.planning.match import derived_mac

FE_FF = "fe:ff:ff:ff:ff:ff"
ETH0 = Interface(bridge="br0", mac="00:18:51:00:00:01", target="veth209.0", guest="eth0", host_mac=FE_FF)
ETH1 = Interface(bridge="br1", mac="00:18:51:00:00:02", target="veth209.1", guest="eth1", host_mac=FE_FF)
ETH0_SHOWN = {"bridge": "br0", "mac": "00:18:51:00:00:01", "target": "veth209.0", "host_mac": FE_FF}


def bridged(*bridges):
    return tuple(Interface(bridge=bridge) for bridge in bridges)


def test_adding_an_interface_names_just_that_one():
    live = container(uuid=UUID, interfaces=(ETH0, ETH1), status="running")
    mac = derived_mac(UUID, "eth2").upper()

    made = plan.make(domain(interfaces=bridged("br0", "br9", "br1")), live, "209", NODE)

    assert [argv_of(step) for step in made.calls] == one_set("--netif_add", f"eth2,{mac},,FE:FF:FF:FF:FF:FF,br9")
    assert list(made.changes) == ["interface eth2"]
    assert (made.disruption, made.calls[0].attach) == ("live", (("eth2", "br9"),))


def test_two_devices_with_the_same_digits_get_two_ends_on_the_node():
    desired = domain(interfaces=(Interface(bridge="br0"), Interface(bridge="br1", guest="wan0")))

    made = plan.make(desired, container(uuid=UUID), "209", NODE)

    ends = [word.split(",")[2] for word in made.calls[0].argv if word.startswith(("eth0,", "wan0,"))]
    assert ends == ["", "v209.0"]
    assert made.changes["interface wan0"]["new"]["target"] == "v209.0"


def test_removing_an_interface_names_just_that_one():
    live = container(interfaces=(ETH0, ETH1), status="running")

    made = plan.make(domain(interfaces=bridged("br1")), live, "209", NODE)

    assert [argv_of(step) for step in made.calls] == one_set("--netif_del", "eth0")
    assert made.changes == {"interface eth0": {"old": ETH0_SHOWN, "new": None}}
    assert made.disruption == "network"


def test_an_absent_mac_keeps_the_live_one():
    assert steps(domain(uuid=UUID, interfaces=bridged("br0")), container(uuid=UUID, interfaces=(ETH0,))) == []


def test_a_network_is_compared_by_its_bridge_on_this_node():
    desired = domain(interfaces=(Interface(bridge="eth11", network="default"),))

    assert steps(desired, container(interfaces=(replace(ETH0, bridge="virbr0"),))) == []
    assert steps(desired, container(interfaces=(replace(ETH0, bridge="eth11"),))) == one_set(
        "--netif_add", "eth0,00:18:51:00:00:01,veth209.0,FE:FF:FF:FF:FF:FF,virbr0"
    )


def test_a_changed_bridge_keeps_the_device():
    live = container(interfaces=(ETH0,), status="running")

    made = plan.make(domain(interfaces=bridged("br7")), live, "209", NODE)

    assert [argv_of(step) for step in made.calls] == [
        *one_set("--netif_add", "eth0,00:18:51:00:00:01,veth209.0,FE:FF:FF:FF:FF:FF,br7"),
        ("ip", "link", "set", "dev", "veth209.0", "master", "br7"),
    ]
    assert made.changes == {
        "interface eth0": {"old": ETH0_SHOWN, "new": ETH0_SHOWN | {"bridge": "br7"}},
        "bridge eth0": {"old": "br0", "new": "br7"},
    }
    assert (made.disruption, made.warnings) == ("network", ())


def test_a_mac_is_changed_only_while_the_container_is_stopped():
    desired = domain(interfaces=(Interface(bridge="br0", mac="00:18:51:00:00:09"),))

    made = plan.make(desired, container(interfaces=(ETH0,)), "209", NODE)

    assert [argv_of(step) for step in made.calls] == one_set(
        "--netif_add", "eth0,00:18:51:00:00:09,veth209.0,FE:FF:FF:FF:FF:FF,br0"
    )
    with pytest.raises(RefusedError, match="interface eth0 of container 209 gets another mac only while it is stopped"):
        plan.make(desired, container(interfaces=(ETH0,), status="running"), "209", NODE)


@pytest.mark.parametrize(
    ("live", "desired"),
    [((), (Interface(bridge="br0"),)), ((ETH0,), (Interface(guest="eth0"),))],
    ids=["the first", "the only one out of its bridge"],
)
def test_a_running_container_gets_no_first_interface_where_a_bridge_script_wants_one_saved(live, desired):
    scripted = replace(NODE, bridge_script=True)
    running = container(interfaces=live, status="running")

    with pytest.raises(RefusedError, match="is running and has no interface other than eth0"):
        plan.make(domain(interfaces=desired), running, "209", scripted)
    for status, given in (("running", NODE), ("stopped", scripted)):
        assert plan.make(domain(interfaces=desired), container(interfaces=live, status=status), "209", given).calls


def test_a_device_that_leaves_its_bridge_is_deleted_in_one_call_and_added_in_the_next():
    live = container(interfaces=(ETH0,))

    made = plan.make(domain(vcpu=2, interfaces=(Interface(),)), live, "209", NODE)

    assert [argv_of(step) for step in made.calls] == [
        ("set", "209", "--cpus", "2", "--netif_del", "eth0", "--save"),
        ("set", "209", "--netif_add", "eth0,00:18:51:00:00:01,veth209.0,FE:FF:FF:FF:FF:FF", "--save"),
    ]
    old, new = ETH0_SHOWN, {name: value for name, value in ETH0_SHOWN.items() if name != "bridge"}
    assert show(made.calls[0].actions)["interface eth0"] == {"old": old, "new": None}
    assert show(made.calls[1].actions) == {"interface eth0": {"old": old, "new": new}}
    assert made.changes["interface eth0"] == {"old": old, "new": new}


def test_a_stopped_container_is_disturbed_by_nothing():
    live = container(interfaces=(ETH0, ETH1), hostdevs=("eth5",), addresses=("10.0.0.1",), memory=4, swap=0)
    desired = domain(interfaces=(Interface(), Interface(bridge="br9")), hostdevs=(), addresses=("10.0.0.2",), memory=8)

    made = plan.make(desired, live, "209", NODE)

    assert made.disruption == "none"
    assert all(step.attach == () for step in made.calls)


def test_a_device_passed_through_keeps_its_name():
    desired = domain(interfaces=bridged("br0"), hostdevs=("eth0",))

    assert steps(desired, container(interfaces=()))[0][5].startswith("eth1,")


# the node's end


def veth(guest="eth0", **said):
    return Interface(guest=guest, **said)


def at(guest, **said):
    """A live veth of container 209."""
    return veth(guest, mac="02:00:00:00:00:01", target=f"veth209.{guest[3:]}", **said)


def test_the_nodes_end_of_a_new_pair_gets_the_mac_that_is_said():
    (argv,) = steps(domain(interfaces=(veth(host_mac="00:18:51:00:00:02", mac="02:00:00:00:00:01"),)), container())

    assert argv == ("set", "209", "--netif_add", "eth0,02:00:00:00:00:01,,00:18:51:00:00:02", "--save")


def test_another_mac_of_the_nodes_end_changes_that_alone():
    wanted, live = (
        veth(bridge="br0", host_mac="00:18:51:00:00:02"),
        at("eth0", bridge="br0", host_mac="fe:ff:ff:ff:ff:ff"),
    )

    assert steps(domain(interfaces=(wanted,)), container(interfaces=(live,))) == one_set(
        "--netif_add", "eth0,02:00:00:00:00:01,veth209.0,00:18:51:00:00:02,br0"
    )


def test_a_mac_of_the_nodes_end_that_is_not_said_stays():
    live = at("eth0", bridge="br0", host_mac="00:18:51:00:00:02", mac_filter=False)

    assert steps(domain(interfaces=(Interface(bridge="br0"),)), container(interfaces=(live,))) == []


@pytest.mark.parametrize(
    ("wanted", "found", "argv"),
    [
        (False, None, ("--ifname", "eth0", "--mac_filter", "off")),
        (False, True, ("--ifname", "eth0", "--mac_filter", "off")),
        (True, False, ("--ifname", "eth0", "--mac_filter", "on")),
        (True, None, None),
        (True, True, None),
        (False, False, None),
        (None, False, None),
    ],
)
def test_the_mac_filter_is_on_unless_it_is_off(wanted, found, argv):
    desired = domain(interfaces=(veth(mac_filter=wanted),))

    assert steps(desired, container(interfaces=(at("eth0", mac_filter=found),))) == (one_set(*argv) if argv else [])


def test_each_further_mac_filter_is_a_call_of_its_own():
    desired = domain(vcpu=2, interfaces=(veth("eth0", mac_filter=False), veth("eth1", mac_filter=False)))

    first, second = steps(desired, container(interfaces=(at("eth0"), at("eth1"))))

    assert first == ("set", "209", "--cpus", "2", "--ifname", "eth0", "--mac_filter", "off", "--save")
    assert second == ("set", "209", "--ifname", "eth1", "--mac_filter", "off", "--save")


def test_a_new_device_is_there_before_its_filter_is_reported():
    add, told = steps(domain(interfaces=(veth(mac_filter=False),)), container())

    assert add[2] == "--netif_add"
    assert told == ("set", "209", "--ifname", "eth0", "--mac_filter", "off", "--save")


def test_a_device_that_comes_again_keeps_its_filter_off():
    live = at("eth0", bridge="br0", mac_filter=False)

    delete, add, told = steps(domain(interfaces=(veth(),)), container(interfaces=(live,)))

    assert (delete[2], add[2]) == ("--netif_del", "--netif_add")
    assert told == ("set", "209", "--ifname", "eth0", "--mac_filter", "off", "--save")


def test_the_filter_of_a_running_container_is_not_changed():
    desired = domain(interfaces=(veth(mac_filter=False),))

    with pytest.raises(RefusedError, match="gets another MAC filter only while it is stopped"):
        steps(desired, container(status="running", interfaces=(at("eth0"),)))
