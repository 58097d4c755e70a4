"""Network devices of a running container: bridges of the node, devices of the node, one name twice."""

import pytest

from vzsim.grammar import netvalues

OLD = "ifname=eth0,bridge=br0,mac=00:18:51:AA:BB:01,host_ifname=veth301.0,host_mac=00:18:51:AA:BB:02"


@pytest.fixture
def wired(bench):
    bench.container(301, f'NETIF="{OLD}"\n')
    return bench


# bridges


def test_a_started_container_is_in_its_bridge_until_it_stops(wired):
    wired.vzctl("start", 301)
    assert wired.bridge("br0") == ["veth301.0"]
    assert wired.path("sys/class/net/veth301.0/address").read_text() == "00:18:51:aa:bb:02\n"
    assert wired.path("sys/class/net/veth301.0/master").resolve().name == "br0"

    wired.vzctl("stop", 301)

    assert wired.bridge("br0") == []
    assert not wired.path("sys/class/net/veth301.0").exists()


def test_a_live_device_is_bridged_only_when_the_script_finds_it_in_the_conf(wired):
    wired.vzctl("start", 301)

    wired.vzctl("set", 301, "--netif_add", "eth1,,,,eth10", "--save")
    assert wired.path("sys/class/net/veth301.1").is_dir()
    assert wired.bridge("eth10") == []

    wired.vzctl("set", 301, "--netif_add", "eth1", "--save")
    assert wired.bridge("eth10") == ["veth301.1"]


def test_the_first_device_of_a_running_container_is_made_and_not_saved(bench):
    bench.container(301, running=True)

    answer = bench.vzctl("set", 301, "--netif_add", "eth0,,,,br0", "--save")

    assert answer.rc == 130
    assert "CT301 has no veth interface configured.\n/usr/sbin/vznetcfg exited with error\n" in answer.err
    assert "NETIF" not in bench.conf(301)
    assert bench.path("sys/class/net/veth301.0").exists()
    assert list(bench.live(301)["veth"]) == ["eth0"]


def test_a_device_that_was_there_goes_if_the_script_fails(wired):
    wired.vzctl("start", 301)
    wired.conf(301, wired.conf(301).replace("NETIF", "#NETIF"))

    assert wired.vzctl("set", 301, "--netif_add", "eth0", "--save").rc == 130

    assert wired.bridge("br0") == []
    assert not wired.path("sys/class/net/veth301.0").exists()


@pytest.mark.parametrize("options", [["--ifname", "eth0", "--bridge", "virbr0"], ["--netif_add", "eth0,,,,virbr0"]])
def test_a_live_device_stays_in_its_bridge_whatever_the_conf_says(wired, options):
    wired.vzctl("start", 301)

    wired.vzctl("set", 301, *options, "--save")
    answer = wired.vzctl("set", 301, *options, "--save")

    assert (answer.rc, wired.bridge("br0"), wired.bridge("virbr0")) == (0, ["veth301.0"], [])
    assert answer.err == ("device veth301.0 is already a member of a bridge; can't enslave it to bridge virbr0.\n")
    assert wired.devices()["eth0"]["bridge"] == "virbr0"
    wired.vzctl("restart", 301)
    assert (wired.bridge("br0"), wired.bridge("virbr0")) == ([], ["veth301.0"])


def test_a_pair_that_was_left_over_stays_in_its_bridge_at_the_next_start(wired):
    wired.vzctl("start", 301)
    wired.path("proc/vz/ct/301.json").unlink()
    wired.conf(301, wired.conf(301).replace("bridge=br0", "bridge=virbr0"))

    assert wired.vzctl("start", 301).rc == 0

    assert (wired.bridge("br0"), wired.bridge("virbr0")) == (["veth301.0"], [])


def test_the_kernel_keeps_the_addresses_of_a_live_device(wired):
    wired.vzctl("start", 301)
    before = wired.live(301)["veth"]

    wired.vzctl("set", 301, "--netif_add", "eth0", "--save")

    assert wired.live(301)["veth"] == before
    assert wired.devices()["eth0"]["mac"] != before["eth0"]["mac"]


def test_a_second_live_device_is_remarked_upon(wired):
    wired.vzctl("start", 301)

    answer = wired.vzctl("set", 301, "--netif_add", "eth1", "--save")

    assert (answer.rc, answer.err) == (0, "Container does not have configured veth: eth1, skipped\n")
    assert list(wired.live(301)["veth"]) == ["eth0", "eth1"]


def test_the_script_takes_the_conf_as_a_shell_does(wired):
    wired.conf(301, wired.conf(301) + 'NETIF="ifname=eth0,bridge=virbr0,host_ifname=veth301.0"\n')
    wired.vzctl("start", 301)
    assert wired.bridge("virbr0") == ["veth301.0"]
    wired.vzctl("stop", 301)

    wired.conf(301, wired.conf(301) + 'DESCRIPTION="a"b"\n')
    assert wired.vzctl("start", 301).rc == 130


@pytest.mark.parametrize("which", ["eth0", "all"])
def test_a_removed_device_leaves_its_bridge(wired, which):
    wired.vzctl("start", 301)

    assert wired.vzctl("set", 301, "--netif_del", which, "--save").rc == 0

    assert wired.bridge("br0") == []


@pytest.mark.parametrize(("there", "ports"), [(True, ["veth301.0"]), (False, [])])
def test_a_device_without_a_bridge_goes_to_vmbr0_if_there_is_one(bench, there, ports):
    for place in ("bridge", "brif") if there else ():
        bench.path(f"sys/class/net/vmbr0/{place}").mkdir(parents=True)

    bench.container(301, 'NETIF="ifname=eth0,host_ifname=veth301.0"\n', running=True)

    assert [name for bridge in ("br0", "vmbr0") if bridge == "br0" or there for name in bench.bridge(bridge)] == ports


def test_a_bridge_that_is_not_there_is_no_error(bench):
    bench.container(301, 'NETIF="ifname=eth0,bridge=nosuch"\n', running=True)

    assert bench.path("sys/class/net/veth301.0").is_dir()
    assert not bench.path("sys/class/net/veth301.0/master").exists()


@pytest.fixture
def foreign(wired):
    wired.foreign_kernel()
    wired.vzctl("start", 301)
    return wired


def test_the_foreign_kernel_cannot_change_a_live_device_without_its_name_on_the_node(foreign):
    answer = foreign.vzctl("set", 301, "--ifname", "eth0", "--bridge", "br9", "--save")

    assert answer.rc == 20
    assert answer.err.startswith("vps-netns_dev_add ERROR: Missing parameter: HNAME\n")


def test_the_foreign_kernel_gives_a_live_device_other_addresses(foreign):
    foreign.vzctl("set", 301, "--netif_add", "eth0", "--save")

    assert foreign.live(301)["veth"]["eth0"] == {
        "mac": netvalues.generate_mac(301, "eth0"),
        "host_mac": netvalues.generate_mac(301, "veth301.0"),
        "host_ifname": "veth301.0",
    }


def test_the_foreign_kernel_makes_no_second_pair_of_one_name(foreign):
    answer = foreign.vzctl("set", 301, "--netif_add", "lan,,veth301.0", "--netif_add", "eth0,,v9", "--save")

    lost = 'Cannot find device "v9"\n'
    assert answer.err == 'Cannot find device "lan"\n' + "RTNETLINK answers: File exists\n" + lost * 3
    assert list(foreign.live(301)["veth"]) == ["eth0"]


def test_the_foreign_kernel_wants_a_name_inside(foreign):
    answer = foreign.vzctl("set", 301, "--netif_add", ",,v9", "--save")

    assert answer.rc == 20
    assert answer.err.startswith("vps-netns_dev_add ERROR: Missing parameter: VNAME\n")


# devices of the node


def test_a_device_of_the_node_goes_into_the_container_and_comes_back(bench):
    bench.container(301, 'NETDEV="eth1"\n', running=True)
    assert not bench.path("sys/class/net/eth1").exists()

    bench.vzctl("stop", 301)

    assert bench.path("sys/class/net/eth1/address").exists()


def test_a_live_device_comes_back_when_it_is_removed(bench):
    bench.container(301, running=True)
    bench.vzctl("set", 301, "--netdev_add", "eth1", "--save")
    assert not bench.path("sys/class/net/eth1").exists()

    bench.vzctl("set", 301, "--netdev_del", "eth1", "--save")

    assert bench.path("sys/class/net/eth1/address").exists()


def test_a_device_that_the_node_has_not_is_code_104(bench):
    bench.container(301, running=True)
    assert bench.vzctl("set", 301, "--netdev_add", "eth9", "--save").rc == 104

    bench.container(302, 'NETDEV="eth1 eth9"\n')
    assert bench.vzctl("start", 302).rc == 104
    assert bench.vzctl("status", 302).out == "CTID 302 exist unmounted down\n"
    assert bench.path("sys/class/net/eth1/address").exists()


def test_suspended_devices_come_back(wired):
    wired.vzctl("start", 301)
    wired.vzctl("suspend", 301)
    assert wired.bridge("br0") == []

    wired.vzctl("resume", 301)

    assert wired.bridge("br0") == ["veth301.0"]


def test_a_host_name_is_set_before_the_devices_fail(bench):
    bench.container(301, running=True)

    answer = bench.vzctl("set", 301, "--netif_add", "eth0", "--hostname", "new", "--save")

    assert answer.rc == 130
    assert bench.live(301)["hostname"] == "new"
    assert "HOSTNAME" not in bench.conf(301)


# two devices of one name inside a container


@pytest.fixture
def twins(bench):
    """A container with a veth and a device of the node, both called eth1."""
    bench.container(301, 'NETIF="ifname=eth1,bridge=br0"\nNETDEV="eth1"\n')
    return bench


def test_a_container_with_two_devices_of_one_name_does_not_start(twins):
    answer = twins.vzctl("start", 301)

    assert (answer.rc, twins.live(301)) == (104, None)
    assert "Unable to add veth eth1: File exists\n" in answer.err
    assert twins.bridge("br0") == []
    assert twins.path("sys/class/net/eth1/address").exists()


@pytest.mark.parametrize(
    ("there", "options"),
    [
        ('NETIF="ifname=eth1,bridge=br0"\n', ["--netdev_add", "eth1"]),
        ('NETDEV="eth1"\nNETIF="ifname=eth0"\n', ["--netif_add", "eth1"]),
    ],
)
def test_a_running_container_gets_no_second_device_of_a_name(bench, there, options):
    bench.container(301, there, running=True)
    before = bench.conf(301), bench.live(301)

    assert bench.vzctl("set", 301, *options, "--save").rc == 104

    assert (bench.conf(301), bench.live(301)) == before


def test_a_conf_that_is_gone_or_wrong_names_no_bridges(bench):
    bench.container(301, 'NETIF="ifname=eth0,bridge=br0"\n', running=True)

    bench.conf(301, bench.conf(301) + 'NETIF="ifname=eth1,mac=zz"\n')
    assert bench.vzctl("set", 301, "--netif_add", "eth0").rc == 0
    bench.path("etc/vz/conf/301.conf").unlink()
    assert bench.vzctl("set", 301, "--netif_add", "eth1").rc == 130
