"""Network devices: in the conf, in a running container, in the bridges of the node."""

import pytest

from vzsim import network

OLD = "ifname=eth0,bridge=br0,mac=00:18:51:AA:BB:01,host_ifname=veth301.0,host_mac=00:18:51:AA:BB:02"


def devices(bench):
    """``{"eth0": {"bridge": "br0", ...}}`` of container 301's conf."""
    line = next(line for line in bench.conf(301).splitlines() if line.startswith("NETIF="))
    found = {}
    for part in filter(None, line[len('NETIF="') : -1].split(";")):
        fields = dict(field.split("=") for field in part.split(","))
        found[fields.pop("ifname")] = fields
    return found


@pytest.fixture
def bare(bench):
    bench.container(301)
    return bench


@pytest.fixture
def wired(bench):
    bench.container(301, f'NETIF="{OLD}"\n')
    return bench


# the conf


def test_a_new_device_gets_names_and_addresses_that_stay_the_same(bare):
    bare.vzctl("set", 301, "--netif_add", "eth7", "--save")
    first = devices(bare)
    bare.vzctl("set", 301, "--netif_del", "eth7", "--save")
    bare.vzctl("set", 301, "--netif_add", "eth7", "--save")

    assert devices(bare) == first
    assert first["eth7"]["host_ifname"] == "veth301.7"
    assert first["eth7"]["mac"].startswith("00:18:51:")
    assert first["eth7"]["mac"] != first["eth7"]["host_mac"]


@pytest.mark.parametrize(
    ("option", "same"),
    [
        ("eth8,00:18:51:aa:bb:08", True),
        ("eth8,,veth301.2", True),
        ("eth8,,,,br1", False),
        ("eth8,00:18:51:aa:bb:08,,,br1", False),
        ("eth8,,,FF:FF:FF:FF:FF:FF", False),
        ("eth8,", False),
        ("eth8,,", True),
        ("eth8,00:18:51:aa:bb:08,", True),
        ("eth8,00:18:51:aa:bb:08,,", False),
        ("eth8,00:18:51:aa:bb:08,v8,", True),
        ("eth8,00:18:51:aa:bb:08,v8,,br1", False),
    ],
)
def test_a_device_of_which_something_is_known_has_one_mac_for_both_sides(bare, option, same):
    bare.vzctl("set", 301, "--netif_add", option, "--save")

    device = devices(bare)["eth8"]
    assert (device["mac"] == device["host_mac"]) is same


def test_more_than_five_fields_end_up_in_the_bridge(bare):
    bare.vzctl("set", 301, "--netif_add", "eth1,00:18:51:AA:BB:02,v1,00:18:51:AA:BB:12,br0,on,x", "--save")

    assert 'NETIF="ifname=eth1,bridge=br0,on,x,mac=00:18:51:AA:BB:02,host_ifname=v1,' in bare.conf(301)


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--netif_add", "eth0"], {}),
        (["--netif_add", "eth0,,,,br7"], {"bridge": "br7"}),
        (["--netif_add", "eth0,00:18:51:ff:ff:01"], {"mac": "00:18:51:FF:FF:01", "host_mac": "00:18:51:FF:FF:01"}),
        (["--ifname", "eth0", "--mac", "00:18:51:ff:ff:01"], {"mac": "00:18:51:FF:FF:01"}),
        (["--ifname", "eth0", "--bridge", ""], {}),
        (["--ifname", "eth0", "--mac_filter", "off", "--host_ifname", "v"], {"mac_filter": "off", "host_ifname": "v"}),
        (["--netif_del", "eth9"], {}),
        (["--netif_add", ""], {}),
        (["--netif_add", "eth0,,v9"], {"host_ifname": "v9"}),
        (["--ifname", "eth0", "--host_ifname", "", "--bridge", "br5"], {"bridge": "br5"}),
        (["--netif_add", "eth0,,,,br7", "--ifname", "eth0", "--bridge", "br5"], {"bridge": "br7"}),
    ],
)
def test_an_existing_device_is_updated(wired, options, changed):
    before = devices(wired)["eth0"]

    assert wired.vzctl("set", 301, *options, "--save").rc == 0

    assert devices(wired) == {"eth0": {**before, **changed}}


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--netif_del", "eth0", "--netif_add", "eth0,,,,br7"], []),
        (["--netif_del", "all", "--netif_add", "eth0,,,,br7", "--netif_add", "eth5"], ["eth0", "eth5"]),
        (["--netif_add", "eth2", "--ifname", "eth2", "--bridge", "br2"], ["eth0", "eth2"]),
        (["--netif_del", "all"], []),
        (["--netif_del", "eth0", "--ifname", "eth0", "--bridge", "br5"], []),
        (["--netif_del", ""], ["eth0"]),
    ],
)
def test_devices_are_added_before_they_are_removed_and_all_goes_first(wired, options, left):
    wired.vzctl("set", 301, *options, "--save")

    assert list(devices(wired)) == left


def test_twice_in_one_call_makes_two_of_them(bare):
    bare.vzctl("set", 301, "--netif_add", "eth5", "--netif_add", "eth5", "--save")

    assert bare.conf(301).count("ifname=eth5,") == 2


@pytest.mark.parametrize(
    ("ifname", "host"),
    [
        ("eth0", "veth101.0"),
        ("eth10", "veth101.10"),
        ("lan", "veth101.0"),
        ("eth007", "veth101.7"),
        ("0eth1", "veth101.0"),
        ("eth1234567890", "veth101.1234567"),
    ],
)
def test_the_name_on_the_node(ifname, host):
    assert network.default_host_ifname(101, ifname) == host


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


def test_the_first_device_of_a_running_container_is_rolled_back(bench):
    bench.container(301, running=True)

    answer = bench.vzctl("set", 301, "--netif_add", "eth0,,,,br0", "--save")

    assert answer.rc == 130
    assert "NETIF" not in bench.conf(301)
    assert not bench.path("sys/class/net/veth301.0").exists()
    assert "veth" not in bench.live(301)


def test_a_change_of_the_bridge_takes_a_second_look_of_the_script(wired):
    wired.vzctl("start", 301)

    wired.vzctl("set", 301, "--ifname", "eth0", "--bridge", "virbr0", "--save")
    assert wired.bridge("br0") == ["veth301.0"]
    wired.vzctl("set", 301, "--ifname", "eth0", "--bridge", "virbr0", "--save")

    assert (wired.bridge("br0"), wired.bridge("virbr0")) == ([], ["veth301.0"])


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


def test_the_foreign_kernel_cannot_change_a_live_device(wired):
    wired.foreign_kernel()
    wired.vzctl("start", 301)

    answer = wired.vzctl("set", 301, "--ifname", "eth0", "--bridge", "br9", "--save")

    assert answer.rc == 20
    assert answer.err.startswith("vps-netns_dev_add ERROR: Missing parameter: HNAME\n")


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


# several options about one device


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--netif_add", "eth9", "--netif_del", "eth9"], ["eth0", "eth9"]),
        (["--netif_add", "eth0", "--netif_del", "eth0"], []),
        (["--netif_del", "all", "--netif_del", "eth9", "--netif_add", "eth9"], ["eth9"]),
        (["--ifname", "eth8", "--bridge", "b", "--netif_add", "eth7", "--netif_add", "eth8"], ["eth0", "eth8", "eth7"]),
    ],
)
def test_which_devices_are_left_and_where(wired, options, names):
    wired.vzctl("set", 301, *options, "--save")

    assert list(devices(wired)) == names


def test_of_two_additions_of_one_device_the_first_counts(wired):
    wired.vzctl("set", 301, "--netif_add", "eth0,,,,brA", "--netif_add", "eth0,,,,brB", "--save")

    assert devices(wired)["eth0"]["bridge"] == "brA"


def test_a_device_that_is_changed_while_all_are_removed_has_only_what_is_said(wired):
    wired.vzctl("set", 301, "--netif_del", "all", "--ifname", "eth0", "--bridge", "brA", "--save")

    assert devices(wired) == {"eth0": {"bridge": "brA"}}
