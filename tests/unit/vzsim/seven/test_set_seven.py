"""``vzctl set`` and ``unset`` of vzctl 7 to 9 on containers that do not run: rules for which few runs are recorded."""

import json

import pytest

ETH0 = "ifname=eth0,mac=00:18:51:AA:BB:01,host_mac=00:18:51:AA:BB:02,host_ifname=vethabc0"
ETH1 = "ifname=eth1,mac=00:18:51:AA:BB:03,host_mac=00:18:51:AA:BB:04,host_ifname=vethabc1"
OTHER = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"
SAVED = "Saved parameters for Container 101\n"


@pytest.fixture
def ct(seven):
    """A container 101 with a name; ``ct(*options)`` sets and saves."""
    seven.container(101, NAME="web1")

    def change(*options):
        return seven.vzctl("set", 101, *options, "--save")

    return change


def make_old(seven):
    place = seven.path("proc/vz/node.json")
    place.write_text(json.dumps({**json.loads(place.read_text()), "release": "7.0.254"}))


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        (("--cpuunits", "9", "--cpuunits", "x"), "CPUUNITS", "9"),
        (("--ha_prio", "1", "--ha-prio", "2"), "HA_PRIO", "1"),
        (("--jquota", "no", "--journalled_quota", "yes"), "JOURNALED_QUOTA", "no"),
        (("--ha", "yes", "--ha_enable", "no"), "HA_ENABLE", "no"),
        (("--ram", "1G", "--physpages", "5"), "PHYSPAGES", "5:5"),
        (("--nameserver", "a,b", "--nameserver", "b c"), "NAMESERVER", "a b c"),
        (("--devices", "c:1:3:r", "--devices", "c:1:3:w"), "DEVICES", "c:1:3:r c:1:3:w "),
        (("--rate", "eth0:01:8", "--rate", "eth0:1:9"), "RATE", "eth0:1:8 eth0:1:9"),
    ],
)
def test_of_an_option_given_twice_the_first_or_the_last_counts(seven, ct, options, key, value):
    assert ct(*options).rc == 0

    assert seven.values(101)[key] == value


def test_what_stands_before_a_bad_option_is_judged_first(ct):
    assert ct("--cpus", "x", "--nosuch").err == "Bad parameter for --cpus: x\n"
    assert ct("--cpus", "1", "--nosuch").err == "101: unrecognized option '--nosuch'\n"


def test_a_prefix_is_ambiguous_only_among_different_options(ct):
    assert ct("--pci_d", "00:01.0").rc == 0
    assert "possibilities: '--numproc'" in ct("--num", "1").err


def test_outer_addresses_are_checked_and_change_nothing(seven, ct):
    before = seven.values(101)

    assert ct("--ext_ipadd", "10.0.0.1/24 all ::", "--ext_ipdel", "all").rc == 0
    assert ct("--ext_ipadd", "10.0.0.1 x").rc == 21

    assert seven.values(101) == before


def test_reading_stops_at_a_trap_and_forgets_other_words_before_it(ct):
    answer = ct("extra", "--mount_opts", "x")

    assert (answer.rc, answer.out) == (20, "non-option ARGV-elements: --save \n")


def test_a_failed_name_leaves_out_everything_else_and_says_saved(seven, ct):
    seven.container(102, NAME="db1")

    answer = ct("--name", "db1", "--cpus", "2")

    assert (answer.rc, answer.out) == (137, SAVED)
    assert "CPUS" not in seven.values(101)


def test_an_unknown_device_comes_after_the_name_is_saved(seven, ct):
    answer = ct("--name", "web2", "--ifname", "eth9", "--gw", "")

    assert (answer.rc, answer.out) == (21, f"Name web2 assigned\n{SAVED}")
    assert seven.values(101)["NAME"] == "web2"


def test_a_name_goes_with_its_own_link_only(seven, ct):
    seven.container(102)
    seven.path("etc/vz/names/web1").unlink()
    seven.path("etc/vz/names/web1").symlink_to(seven.area(102) / "ve.conf")

    assert ct("--name", "").out == f"Name web1 detached\n{SAVED}"

    assert seven.path("etc/vz/names/web1").is_symlink()


def test_a_name_that_is_another_confs_is_refused_even_if_it_is_no_ctid(seven, ct):
    seven.path("etc/vz/conf/old.conf").write_text("")

    assert ct("--name", "old").err == "Conflict: name old used as ctid\n"


def test_what_an_option_leaves_as_it_is_loses_its_quotes_and_comments_all_the_same(seven, ct):
    place = seven.area(101) / "ve.conf"
    place.write_text(place.read_text() + "CPUS=2 # two\n")

    ct("--cpus", "2")

    assert 'CPUS="2"\n' in place.read_text()


def test_a_device_that_is_added_again_filters_macs_and_has_a_name_of_its_mac(seven, ct):
    seven.container(103, NETIF=f"{ETH0},network=Bridged,mac_filter=off;{ETH1}")

    seven.vzctl("set", 103, "--netif_add", "eth0", "--save")

    changed = ETH0.replace("vethabc0", "veth51aabb01")
    assert seven.values(103)["NETIF"] == f"{changed},network=Bridged;{ETH1}"


def test_an_address_switches_dhcp_of_a_known_device_off_but_not_of_a_new_one(seven, ct):
    seven.container(102, NETIF=f"{ETH0},configure=all,dhcp=yes,dhcp6=yes")

    assert seven.vzctl("set", 102, "--ifname", "eth0", "--ipadd", "10.0.0.1", "--dhcp", "yes", "--save").rc == 0
    assert ct("--netif_add", "eth0", "--dhcp", "yes", "--ipadd", "10.0.0.1").rc == 0

    assert seven.values(102)["NETIF"] == f"{ETH0},configure=all,ip=10.0.0.1,dhcp6=yes"
    assert seven.values(101)["NETIF"].endswith(",configure=all,dhcp=yes,ip6=")


def test_a_conf_with_an_address_that_is_none_still_works_and_says_so(seven):
    seven.container(103, NETIF=f"{ETH0},ip=x")

    answer = seven.vzctl("set", 103, "--cpus", "2", "--save")

    assert (answer.rc, answer.err) == (0, "An incorrect ip address x\nIncorrect veth ip x, skipped\n")


def test_another_network_forgets_the_type_of_the_old_one_but_not_in_7_0(seven):
    seven.container(103, NETIF=f"{ETH0},network=br0,type=bridge")

    seven.vzctl("set", 103, "--ifname", "eth0", "--network", "Bridged", "--save")
    assert seven.values(103)["NETIF"] == f"{ETH0},network=Bridged"

    make_old(seven)
    seven.vzctl("set", 103, "--ifname", "eth0", "--nettype", "bridge", "--network", "br0", "--save")
    assert seven.values(103)["NETIF"] == f"{ETH0},network=Bridged,type=bridge".replace("Bridged", "br0")


def test_of_two_networks_in_a_call_the_first_counts(seven):
    seven.container(103, NETIF=ETH0)

    seven.vzctl("set", 103, "--ifname", "eth0", "--network", "a", "--network", "b", "--save")

    assert seven.values(103)["NETIF"] == f"{ETH0},network=a"


def test_addresses_belong_to_the_device_wherever_it_is_named_in_the_call(seven):
    seven.container(103, NETIF=ETH0, IP_ADDRESS="10.0.0.1 ")

    seven.vzctl("set", 103, "--ipadd", "10.2.0.1", "--save", "--ifname", "eth0")

    assert seven.values(103)["IP_ADDRESS"] == "10.0.0.1 "
    assert seven.values(103)["NETIF"] == f"{ETH0},configure=all,ip=10.2.0.1,ip6="


def test_a_gateway_that_is_none_makes_the_container_unusable(seven):
    seven.container(103, NAME="gw", NETIF=ETH0)

    assert seven.vzctl("set", 103, "--ifname", "eth0", "--gw", "none", "--save").rc == 0

    assert [seven.vzctl(command, 103).rc for command in ("status", "start", "destroy", "unregister")] == [21] * 4
    assert seven.vzctl("status", "gw").err == "Invalid ctid is specified: gw\n"


def test_a_disk_gets_an_image_of_whole_clusters_and_is_resized_with_the_root_disk_left_out(seven, ct):
    ct("--device-add", "hdd", "--size", "1500", "--device-uuid", OTHER, "--mnt", "/data")
    ct("--device-set", OTHER, "--size", "1M", "--disable")

    assert seven.values(101)["DISK"] == f"uuid={{{OTHER}}},size=1024,enabled=no,mnt=/data,image=disk-{{{OTHER}}}.hdd"
    image = seven.area(101) / f"disk-{{{OTHER}}}.hdd/DiskDescriptor.xml"
    assert json.loads(image.read_text())["size_kib"] == 1024


def test_a_detached_image_stays_and_can_be_registered_again(seven, ct):
    ct("--device-add", "hdd", "--size", "1G", "--image", "d.hdd")
    uuid = seven.values(101)["DISK"].partition("{")[2].partition("}")[0]
    assert "successfully detached" in ct("--device-del", uuid, "--detach").out

    assert "already exists: register" in ct("--device-add", "hdd", "--image", "d.hdd").out
    assert ct("--device-add", "hdd", "--image", "none.hdd").rc == 163


def test_an_image_below_the_area_is_written_without_it_and_registered_once(seven, ct):
    image = "/vz/private/101/d.hdd"

    assert ct("--device-add", "hdd", "--size", "1G", "--image", image).rc == 0

    assert seven.values(101)["DISK"].endswith(",image=d.hdd")
    answer = ct("--device-add", "hdd", "--image", image)
    assert (answer.rc, answer.err) == (163, f"Failed to add ploop image: the image {image} already registerd\n")


def test_a_folder_that_is_no_image_is_not_overwritten(seven, ct):
    (seven.area(101) / "d.hdd").mkdir()

    answer = ct("--device-add", "hdd", "--size", "1G", "--image", "d.hdd")

    missing = "/vz/private/101/d.hdd/DiskDescriptor.xml"
    assert (answer.rc, answer.err) == (21, f"Failed to register ploop image: no such file {missing}\n")
    assert list((seven.area(101) / "d.hdd").iterdir()) == []


def test_recreating_an_image_keeps_its_size_and_forgets_its_snapshots(seven, ct):
    place = seven.area(101) / "d.hdd"
    place.mkdir()
    (place / "DiskDescriptor.xml").write_text('{"size_kib": 1048576, "snapshots": {"{a}": ""}, "top": "{a}"}')

    assert "d.hdd already exists: recreate" in ct("--device-add", "hdd", "--image", "d.hdd", "--recreate").out

    assert json.loads((place / "DiskDescriptor.xml").read_text()) == {"size_kib": 1048576}


def test_a_disk_is_resized_before_it_gets_another_image(seven, ct):
    ct("--device-add", "hdd", "--size", "1G", "--device-uuid", OTHER, "--image", "d.hdd")

    answer = ct("--device-set", OTHER, "--size", "2G", "--image", "e.hdd")

    assert (answer.rc, seven.values(101)["DISK"]) == (0, f"uuid={{{OTHER}}},size=2097152,image=e.hdd")
    image = json.loads((seven.area(101) / "d.hdd/DiskDescriptor.xml").read_text())
    assert image["size_kib"] == 2097152
    assert ct("--device-set", OTHER, "--size", "3G").rc == 162


def test_a_disk_mounted_at_the_root_is_the_root_disk_whatever_its_uuid(seven, ct):
    ct("--device-add", "hdd", "--size", "1G", "--device-uuid", OTHER, "--image", "d.hdd")
    ct("--device-del", "00000000-0000-0000-0000-000000000000", "--detach")
    assert seven.values(101)["ROOT_DISK"] == "no"

    ct("--device-set", OTHER, "--mnt", "/")
    assert seven.values(101)["ROOT_DISK"] == "yes"
    ct("--device-set", OTHER, "--size", "2G")
    assert seven.values(101)["DISKSPACE"] == "2097152:2097152"
    ct("--device-set", OTHER, "--mnt", "/data")
    assert seven.values(101)["ROOT_DISK"] == "no"


def test_of_a_disk_to_remove_that_is_not_there_only_the_entry_goes(seven, ct):
    ct("--device-add", "hdd", "--device", "/dev/nosuch", "--device-uuid", OTHER)
    assert "The ploop device /dev/nosuch has been successfully unregistered" in ct("--device-del", OTHER).out
    ct("--device-add", "hdd", "--device", "/dev/loop1", "--device-uuid", OTHER)
    assert "The ploop device /dev/loop1 has been successfully detached" in ct("--device-del", OTHER).out

    assert seven.values(101)["DISK"] == ""


def test_keys_of_vz_conf_are_appended_before_all_others(seven, ct):
    assert ct("--cpus", "2", "--rate", "*:1:9", "--ratebound", "yes", "--ipadd", "10.0.0.1").rc == 0

    assert list(seven.values(101))[-4:] == ["RATE", "IP_ADDRESS", "CPUS", "RATEBOUND"]


def test_without_save_a_disk_is_resized_and_written_all_the_same(seven, ct):
    seven.vzctl("set", 101, "--size", "20G", "--cpus", "2")

    values = seven.values(101)
    assert values["DISKSPACE"] == "20971520:20971520" and "size=20971520" in values["DISK"]
    assert "CPUS" not in values


def test_a_missing_root_image_cannot_be_resized(seven, ct):
    (seven.area(101) / "root.hdd/DiskDescriptor.xml").unlink()

    answer = ct("--diskspace", "20G")

    assert (answer.rc, answer.out.endswith(SAVED)) == (162, True)
    assert "DISK" not in seven.values(101)


def test_options_win_over_a_sample_and_invalid_values_of_it_stop_everything(seven, ct):
    samples = seven.path("etc/vz/conf")
    (samples / "ve-a.conf-sample").write_text('CPULIMIT="50"\nHOSTNAME="h"\nONBOOT="yes"\nCPUS="0"\nSWAPPAGES="0"\n')
    (samples / "ve-b.conf-sample").write_text('ONBOOT="maybe"\n')

    assert ct("--cpulimit", "400m", "--applyconfig", "a").rc == 0
    assert ct("--applyconfig", "b").rc == 21

    values = seven.values(101)
    assert (values["CPULIMIT_MHZ"], values["ONBOOT"], values["SWAPPAGES"]) == ("400", "yes", "0:0")
    assert not {"CPULIMIT", "HOSTNAME", "CPUS"} & set(values)


def test_a_limit_above_the_nodes_cpus_is_warned_of_with_every_command_that_reads_it(seven, ct):
    line = "Warning: the specified CPU limit 201 is higher the total 200\n"
    assert ct("--cpulimit", "201%").out == line * 2 + SAVED

    assert ct("--cpus", "1").out == line + SAVED
    assert seven.vzctl("status", 101).out == "VEID 101 exist unmounted down\n"


def test_restarting_needs_save(seven, ct):
    assert seven.vzctl("set", 101, "--setmode", "restart", "--cpus", "2").rc == 20


def test_7_0_still_has_netfilter_and_does_not_warn_of_swap(seven, ct):
    assert ct("--netfilter", "full").err == "101: unrecognized option '--netfilter'\n"
    make_old(seven)

    assert ct("--netfilter", "full", "--swap", "1G").err == ""
    assert ct("--netfilter", "some").rc == ct("--iptables", "x").rc == ct("--nettype", "routed").rc == 21

    assert seven.values(101)["NETFILTER"] == "full"
    assert seven.vzctl("--version").out == "vzctl v.7.0.254\n"


def test_a_conf_that_9_has_written_is_unreadable_to_7_0(seven):
    seven.container(103, NETIF=f"{ETH0},type=routed")
    make_old(seven)

    answer = seven.vzctl("status", 103)

    assert answer.rc == 21
    assert answer.err.startswith("Incorrect veth network type 'routed'\nIncorrect netif parameter ")


def test_an_iptables_module_that_7_0_does_not_know_is_named_and_9_does_not_look(seven):
    seven.container(103, IPTABLES="iptable_nat ipt_nosuch")
    assert seven.vzctl("set", 103, "--cpus", "2", "--save").err == ""
    make_old(seven)

    answer = seven.vzctl("set", 103, "--cpus", "3", "--save")

    assert (answer.rc, answer.err) == (0, "Unknown iptable module ipt_nosuch, skipped\n")


# unset


@pytest.mark.parametrize(
    ("option", "key"),
    [
        ("--pagecache-isolation", "PAGECACHE_ISOLATION"),
        ("--ha-prio", "HA_PRIO"),
        ("--bindmount-add", "BINDMOUNT"),
        ("--iptentries", "NUMIPTENT"),
    ],
)
def test_unset_removes_the_key_of_an_option_by_any_of_its_names(seven, option, key):
    seven.container(101, **{key: {"BINDMOUNT": "/a:/b ", "PAGECACHE_ISOLATION": "yes"}.get(key, "1")})

    assert seven.vzctl("unset", 101, option, "--save").rc == 0

    assert key not in seven.values(101)


@pytest.mark.parametrize("option", ["--size", "--device-add", "--enable", "--offline_service", "--capability"])
def test_unset_refuses_what_is_no_setting_without_a_word(seven, ct, option):
    answer = seven.vzctl("unset", 101, option, "--save")

    assert tuple(answer) == (20, "", "")


def test_unset_counts_its_numbers_from_one_more_in_7_0(seven, ct):
    assert seven.vzctl("unset", 101, "--ram").err == "Inknown parameter 65694\n"
    make_old(seven)
    assert seven.vzctl("unset", 101, "--ram").err == "Inknown parameter 65695\n"
