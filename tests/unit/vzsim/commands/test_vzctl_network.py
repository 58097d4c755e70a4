"""Network devices and addresses: in the conf and in a running container."""

import pytest

from vzsim.grammar import netvalues

OLD = "ifname=eth0,bridge=br0,mac=00:18:51:AA:BB:01,host_ifname=veth301.0,host_mac=00:18:51:AA:BB:02"


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
    first = bare.devices()
    bare.vzctl("set", 301, "--netif_del", "eth7", "--save")
    bare.vzctl("set", 301, "--netif_add", "eth7", "--save")

    assert bare.devices() == first
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

    device = bare.devices()["eth8"]
    assert (device["mac"] == device["host_mac"]) is same


def test_more_than_five_fields_end_up_in_the_bridge(bare):
    bare.vzctl("set", 301, "--netif_add", "eth1,00:18:51:AA:BB:02,v1,00:18:51:AA:BB:12,br0,on,x", "--save")

    assert 'NETIF="ifname=eth1,bridge=br0,on,x,mac=00:18:51:AA:BB:02,host_ifname=v1,' in bare.conf(301)


MADE_UP = {"mac": netvalues.generate_mac(301, "eth0"), "host_mac": netvalues.generate_mac(301, "veth301.0")}
ONE_MAC = {"mac": "00:18:51:FF:FF:01", "host_mac": "00:18:51:FF:FF:01"}


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize(
    ("option", "changed"),
    [
        ("eth0", MADE_UP),
        ("eth0,,,,br7", {"bridge": "br7", **MADE_UP}),
        ("eth0,00:18:51:ff:ff:01", ONE_MAC),
        ("eth0,,v9", {"host_ifname": "v9", "mac": MADE_UP["mac"], "host_mac": MADE_UP["mac"]}),
        ("eth0,00:18:51:aa:bb:01,,,br7", {"bridge": "br7", "host_mac": MADE_UP["host_mac"]}),
        ("eth0,00:18:51:aa:bb:01,veth301.0,00:18:51:aa:bb:02,br7", {"bridge": "br7"}),
        ("eth0,00:18:51:aa:bb:01,veth301.0,00:18:51:aa:bb:02", {}),
        ("", {}),
    ],
)
def test_an_addition_of_a_device_that_is_there_makes_again_what_is_not_given(wired, option, changed, running):
    if running:
        wired.vzctl("start", 301)
    before = wired.devices()["eth0"]

    assert wired.vzctl("set", 301, "--netif_add", option, "--save").rc == 0

    assert wired.devices() == {"eth0": {**before, **changed}}


def test_the_name_on_the_node_is_made_again_as_well(bench):
    bench.container(301, f'NETIF="{OLD.replace("veth301.0", "v9")}"\n')

    bench.vzctl("set", 301, "--netif_add", "eth0,00:18:51:aa:bb:01,,00:18:51:aa:bb:02", "--save")

    assert bench.devices()["eth0"]["host_ifname"] == "veth301.0"


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (["--ifname", "eth0", "--mac", "00:18:51:ff:ff:01"], {"mac": "00:18:51:FF:FF:01"}),
        (["--ifname", "eth0", "--bridge", ""], {}),
        (["--ifname", "eth0", "--mac_filter", "off", "--host_ifname", "v"], {"mac_filter": "off", "host_ifname": "v"}),
        (["--netif_del", "eth9"], {}),
        (["--ifname", "eth0", "--host_ifname", "", "--bridge", "br5"], {"bridge": "br5"}),
        (["--netif_add", "eth0,,,,br7", "--ifname", "eth0", "--bridge", "br5"], {"bridge": "br7", **MADE_UP}),
        (["--netif_add", "eth0", "--ifname", "eth0", "--mac", "00:18:51:ff:ff:01", "--bridge", "br5"],
         {"bridge": "br5", **MADE_UP}),
    ],
)  # fmt: skip
def test_a_change_of_a_device_keeps_what_is_not_given(wired, options, changed):
    before = wired.devices()["eth0"]

    assert wired.vzctl("set", 301, *options, "--save").rc == 0

    assert wired.devices() == {"eth0": {**before, **changed}}


def test_a_conf_that_gives_no_mac_has_one_for_both_sides_made_of_the_name_on_the_node(bench):
    bench.container(301, 'NETIF="ifname=eth0,bridge=br0"\n', running=True)

    mac = netvalues.generate_mac(301, "veth301.0")
    assert bench.live(301)["veth"]["eth0"] == {"mac": mac, "host_ifname": "veth301.0", "host_mac": mac}


@pytest.mark.parametrize("option", [",02:00:00:00:00:05", ",02:00:00:00:00:05,,,", ","])
def test_a_device_without_a_name_is_stored_and_is_none_when_it_is_read(bare, option):
    assert bare.vzctl("set", 301, "--netif_add", option, "--save").rc == 0

    assert 'NETIF="mac=' in bare.conf(301)
    assert "invalid value for NETIF" in bare.vzctl("set", 301, "--onboot", "yes", "--save").err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("lan,0:1:2:3:4:5,hhhhhhhhhhhhhhhhh", "Invalid container MAC address length\n"),
        ("lan,00:18:51:aa:bb:zz,hhhhhhhhhhhhhhhhh", "Invalid container MAC address format\n"),
        ("lan,,hhhhhhhhhhhhhhhhh,00", ""),
        ("lllllllllllllllll,00", ""),
        ("lan,,h,00,bbbbbbbbbbbbbbbbb", "Invalid host MAC address\n"),
        ("lan,,h,,bbbbbbbbbbbbbbbbb", ""),
    ],
)
def test_of_several_bad_fields_the_first_is_complained_of(bare, option, said):
    answer = bare.vzctl("set", 301, "--netif_add", option, "--save")

    assert (answer.rc, answer.err) == (21, f"{said}Bad parameter for --netif_add: {option}\n")


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

    assert list(wired.devices()) == left


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
    assert netvalues.default_host_ifname(101, ifname) == host


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

    assert list(wired.devices()) == names


def test_of_two_additions_of_one_device_the_first_counts(wired):
    wired.vzctl("set", 301, "--netif_add", "eth0,,,,brA", "--netif_add", "eth0,,,,brB", "--save")

    assert wired.devices()["eth0"]["bridge"] == "brA"


def test_a_device_that_is_changed_while_all_are_removed_has_only_what_is_said(wired):
    wired.vzctl("set", 301, "--netif_del", "all", "--ifname", "eth0", "--bridge", "brA", "--save")

    assert wired.devices() == {"eth0": {"bridge": "brA"}}


# addresses


def test_the_kernel_has_an_address_once(bench):
    bench.container(301, 'IP_ADDRESS="10.0.0.1"\n', running=True)
    bench.container(302, 'IP_ADDRESS="10.0.0.2"\n', running=True)

    answer = bench.vzctl("set", 302, "--ipadd", "10.0.0.3", "--ipadd", "10.0.0.1", "--save")
    assert (answer.rc, answer.err.splitlines()[0]) == (78, "Unable to add IP 10.0.0.1: Address already in use")
    assert bench.live(302)["ip"] == ["10.0.0.2"]
    assert 'IP_ADDRESS="10.0.0.2"' in bench.conf(302)


def test_what_was_added_without_saving_is_lost_when_it_is_added_again(bench):
    bench.container(301, running=True)
    bench.vzctl("set", 301, "--ipadd", "10.0.0.1")

    assert bench.vzctl("set", 301, "--ipadd", "10.0.0.1", "--save").rc == 78
    assert bench.live(301)["ip"] == []


def test_what_was_added_without_saving_is_saved_when_the_same_call_takes_it_away(bench):
    bench.container(301, running=True)
    bench.vzctl("set", 301, "--ipadd", "10.0.0.1")

    answer = bench.vzctl("set", 301, "--ipdel", "10.0.0.1/24", "--ipadd", "10.0.0.1/24", "--save")

    assert "Deleting IP address(es): 10.0.0.1/24\nAdding IP address(es): 10.0.0.1/24\n" in answer.out
    assert (answer.rc, bench.live(301)["ip"]) == (0, ["10.0.0.1"])
    assert 'IP_ADDRESS="10.0.0.1/24"' in bench.conf(301)


def test_two_of_one_address_are_two_on_a_kernel_without_venet(bench):
    bench.foreign_kernel()
    for ctid in (301, 302):
        bench.container(ctid, 'IP_ADDRESS="10.0.0.1"\n', running=True)
    assert bench.live(301)["ip"] == bench.live(302)["ip"] == ["10.0.0.1"]


def test_a_container_whose_address_is_taken_does_not_start(bench):
    bench.container(301, 'IP_ADDRESS="10.0.0.1"\n', running=True)
    bench.container(302, 'IP_ADDRESS="10.0.0.1"\n')

    answer = bench.vzctl("start", 302)
    assert answer.rc == 78
    assert answer.err.startswith("Unable to add IP 10.0.0.1: Address already in use\nContainer start failed")
    assert bench.live(302) is None


def test_a_node_without_ipv6_adds_no_such_address(bench):
    vz_conf = bench.path("etc/vz/vz.conf")
    vz_conf.write_text(vz_conf.read_text().replace('IPV6="yes"', 'IPV6="no"'))
    bench.container(301, running=True)

    answer = bench.vzctl("set", 301, "--ipadd", "10.0.0.1", "--ipadd", "fd00::1", "--save")
    assert (answer.rc, "WARNING: IPv6 support is disabled\n" in answer.out) == (0, True)
    assert bench.live(301)["ip"] == ["10.0.0.1"]
    assert 'IP_ADDRESS="10.0.0.1"' in bench.conf(301)
