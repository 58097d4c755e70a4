"""Pairs and devices of a container that runs are moved, given and taken back, by vzctl, ip or brctl."""

import os
import subprocess

import pytest
from returns import fields
from salt.exceptions import CommandExecutionError
from wiring import FE_FF, device, domain, elsewhere, netif, pair, remove_device, routed


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
def bridge_script(request, node):
    """Nodes whose vznet.conf names a bridge script, and nodes where nothing puts a pair into its bridge."""
    if not request.param:
        (node.directory / "etc/vz/vznet.conf").write_text("")
    return request.param


@pytest.mark.parametrize("test", [True, False])
def test_a_live_move_is_planned_with_the_call_of_ip(openvz, node, bridge_script, running, test):
    running(pair("br0"))

    plan = openvz.plan(xml=domain(209, pair("eth11")))
    openvz.define(xml=domain(209, pair("eth11")), test=test)

    move = ["ip", "link", "set", "dev", "veth209.0", "master", "eth11"]
    assert [step["argv"] for step in plan["steps"]][1:] == [move]
    assert plan["steps"][1]["disruption"] == "network"
    assert plan["steps"][1]["changes"] == {"bridge eth0": {"old": "br0", "new": "eth11"}}
    assert node.calls(program="ip") == ([] if test else [move[1:]])
    assert node.bridge("br0" if test else "eth11") == ["veth209.0"]


def test_two_pairs_change_their_bridges_with_each_other_and_keep_all_else(openvz, node, bridge_script, running):
    running(pair("br0", mac="02:16:3e:00:00:01"), pair("eth10", target="out1"))
    before = netif(node, 209)

    for _ in range(2):
        openvz.define(xml=domain(209, pair("eth10", guest="eth0"), pair("br0", guest="eth1")))

    before["eth0"]["bridge"], before["eth1"]["bridge"] = "eth10", "br0"
    assert netif(node, 209) == before
    assert (node.bridge("eth10"), node.bridge("br0")) == (["veth209.0"], ["out1"])
    assert len(node.calls("set")) == 1


def test_a_pair_goes_into_its_first_bridge_while_the_container_runs(openvz, node, bridge_script, running):
    running("<interface type='ethernet'/>", pair("br0"))
    before = netif(node, 209)

    openvz.define(xml=domain(209, pair("eth11", guest="eth0"), pair("br0", guest="eth1")))

    assert node.bridge("eth11") == ["veth209.0"]
    assert netif(node, 209) == {**before, "eth0": {**before["eth0"], "bridge": "eth11"}}


@pytest.mark.parametrize("status", ["stopped", "running"])
def test_a_pair_that_leaves_its_bridge_keeps_its_names_and_macs(openvz, node, bridge_script, status):
    openvz.define(xml=domain(209, pair("br0", mac="02:16:3e:00:00:01", target="out0"), pair("eth10")))
    if status == "running":
        openvz.start(209)
    before = netif(node, 209)

    openvz.define(xml=domain(209, "<interface type='ethernet'><guest dev='eth0'/></interface>", pair("eth10")))

    assert before["eth0"].pop("bridge") == "br0"
    assert netif(node, 209) == before
    assert node.bridge("br0") == []


def test_a_move_that_ip_did_not_make_fails_and_the_next_run_makes_it(openvz, states, node, bridge_script, running):
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


def test_where_ip_knows_no_master_brctl_moves_the_pair(states, node, bridge_script, running, old):
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


def test_what_doctor_says_of_a_pair_out_of_its_bridge_fixes_it_on_an_old_node(openvz, node, running, old):
    running(pair("br0"))
    elsewhere(node, "veth209.0", "eth11")
    old()

    (found,) = (one for one in openvz.doctor() if one["check"] == "veth")
    environ = {**os.environ, "PATH": f"{node.directory}/bin"}
    subprocess.run(["/bin/sh", "-c", found["remedy"]], check=True, env=environ, stdin=subprocess.DEVNULL)

    assert (node.bridge("br0"), node.bridge("eth11")) == (["veth209.0"], [])


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


def test_a_start_puts_pairs_into_their_bridges_where_no_script_does(openvz, node, bridge_script):
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
        "container 209 is running and has no interface other than eth0: vzctl cannot add the "
        "first one to a running container; stop it first"
    )


def test_the_first_pair_of_a_stopped_container_is_in_its_bridge_when_it_starts(openvz, node):
    openvz.define(xml=domain(209, routed("198.51.100.1")))
    openvz.define(xml=domain(209, pair("br0")))

    openvz.start(209)

    assert node.bridge("br0") == ["veth209.0"]
