"""How vzctl 7 to 9 reads single values and lists, where recorded runs say little."""

import pytest

from vzsim.seven.grammar import addresses, disks, keys, lists, netif
from vzsim.seven.grammar import values as v


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("100:200", "100:200"),
        ("1.5", "1:1"),
        ("  7", "7:7"),
        ("+7", "7:7"),
        ("-5", "9223372036854775807:9223372036854775807"),
        ("", "0:0"),
        ("unlimited:5", "9223372036854775807:5"),
    ],
)
def test_counts_are_read_as_strtoull_does(text, pair):
    assert v.items(text) == pair


@pytest.mark.parametrize(("text", "line"), [("5MB", "B"), ("5M:6MB", "B"), ("18446744073709551616", "(null)")])
def test_a_refused_size_names_what_was_not_understood(text, line):
    with pytest.raises(v.Bad) as bad:
        v.pages(text)

    assert bad.value.lines == (f"An incorrect value: {line}",)


@pytest.mark.parametrize(("text", "pages"), [("0.5G", "131072:131072"), ("2t", "536870912:536870912"), ("4095", "0:0")])
def test_memory_is_rounded_down_to_pages(text, pages):
    assert v.bytes_as_pages(text) == pages


@pytest.mark.parametrize("text", ["1,3-1", "1-", "-1", "a", "1,,2", "4096", "0 1"])
def test_a_mask_is_a_list_of_numbers_and_rising_ranges(text):
    with pytest.raises(v.Bad):
        v.mask(text)


def test_a_mask_is_written_in_ranges():
    assert v.mask("7,1,0,5-6,3") == "0-1,3,5-7"


@pytest.mark.parametrize(("text", "size"), [("1", 1), ("1:2g", 2097152), ("5K", 5), ("", None), ("1:2:3", None)])
def test_a_disk_is_measured_in_kib(text, size):
    assert v.disk_size(text) == size


@pytest.mark.parametrize(("text", "rc"), [("5x", 1), ("", 1), ("4T", 21), ("99999999999999999999", 21)])
def test_limits_of_io_have_two_codes_for_what_they_refuse(text, rc):
    with pytest.raises(v.Bad) as bad:
        v.io_limit(text)

    assert bad.value.rc == rc


@pytest.mark.parametrize(("text", "shown"), [("1.25x", "1.25"), (" 3e1", "30"), (".5", "0.5"), ("0.1", "0.1")])
def test_overcommit_is_the_number_at_the_beginning(text, shown):
    assert v.overcommit(text) == shown


@pytest.mark.parametrize("text", ["pages", "pages:", "none:1", "privvmpages:x", "words:1"])
def test_memory_information_needs_a_known_mode_and_its_number(text):
    with pytest.raises(v.Bad):
        v.memory_info(text)


@pytest.mark.parametrize(
    ("prefix", "mask"), [("8", "255.0.0.0"), ("32", "255.255.255.255"), ("0", "255.255.255.255"), ("33", "128.0.0.0")]
)
def test_a_prefix_becomes_a_mask_however_long_it_is(prefix, mask):
    assert addresses.read_one(f"10.0.0.1/{prefix}") == ("10.0.0.1", mask)


@pytest.mark.parametrize("text", ["10.0.0.1/x", "10.0.0.1/-1", "10.0.0.1/255.255.255", "::1/129", "10.0.0.1/", "::1::"])
def test_an_address_with_a_mask_that_is_none_is_refused(text):
    with pytest.raises(v.Bad):
        addresses.read_one(text)


def test_the_last_blank_of_addresses_is_cut_where_the_buffer_ends():
    full = {"10.0.0.1": "255.255.255.255"}

    assert addresses.written(full) == "10.0.0.1/255.255.255.255"
    assert addresses.written({"10.0.0.2": "", **full}) == "10.0.0.2 10.0.0.1/255.255.255.255 "


def test_an_address_that_is_both_added_and_removed_goes():
    known = {"10.0.0.1": "255.0.0.0", "10.0.0.2": ""}

    assert addresses.merged(known, {"10.0.0.1": ""}, {"10.0.0.1": ""}) == {"10.0.0.2": ""}
    assert addresses.merged(known, {"10.0.0.1": ""}, {}) == {"10.0.0.2": "", "10.0.0.1": ""}


DEVICE = "ifname=eth0,mac=00:18:51:AA:BB:01,host_mac=00:18:51:AA:BB:02,host_ifname=vethabc0"
DISK = "uuid={0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303}"


def test_an_empty_list_of_ipv6_addresses_loses_its_sign_before_the_next_device():
    first, second = f"{DEVICE},ip=10.0.0.1,ip6=", DEVICE.replace("eth0", "eth1")

    written = netif.written(netif.read(f"{first};{second}"))

    assert written == f"{DEVICE},ip=10.0.0.1,ip6;{second}"
    assert [device["ip"] for device in netif.read(written)] == [{"10.0.0.1": ""}, {}]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("gw=x", "An incorrect ip address x"),
        ("host_mac=1:2", "Incorrect host_mac=1:2"),
        ("network=a/b", "Incorrect veth network 'a/b' parameter"),
        ("type=other", "Incorrect veth network type 'other'"),
    ],
)
def test_each_field_of_a_device_is_checked(field, line):
    with pytest.raises(v.Bad) as bad:
        netif.read(f"{DEVICE},{field};ifname=eth1")

    assert bad.value.lines == (line, f"Incorrect netif parameter {DEVICE},{field}")


def test_an_address_of_a_device_that_is_none_is_left_out_with_a_word():
    said = []

    (device,) = netif.read(f"{DEVICE},ip=10.0.0.1:y,ip6=::1,z", skipped=said)

    assert device["ip"] == {"10.0.0.1": "", "::1": ""}
    assert said == [
        "An incorrect ip address y",
        "Incorrect veth ip y, skipped",
        "An incorrect ip address z",
        "Incorrect veth ip6 z, skipped",
    ]


def test_a_device_without_a_name_is_refused_and_unknown_fields_are_dropped():
    with pytest.raises(v.Bad):
        netif.read("mac=00:18:51:AA:BB:01")

    assert netif.written(netif.read(f"{DEVICE},bridge=br0,network=")) == DEVICE


def test_vzctl_7_0_does_not_know_routed_devices():
    with pytest.raises(v.Bad):
        netif.read(f"{DEVICE},type=routed", is_old=True)

    assert netif.read(f"{DEVICE},type=routed")[0]["type"] == "routed"


def test_features_are_written_in_the_order_of_the_program():
    assert lists.features_written(lists.read_features("nfsd:on,sysfs:off nfsd:off")) == "sysfs:off nfsd:on "


@pytest.mark.parametrize("text", ["c:1:3", "c:x:3:rw", "c:1:x:rw", "d:1:3:rw", "c:1:3:z", "c:1:3:rw:x", "c:1::rw"])
def test_a_device_is_a_kind_two_numbers_and_a_mode(text):
    with pytest.raises(v.Bad):
        lists.read_devices(text)


def test_modes_of_devices_are_written_in_one_order():
    assert lists.devices_written(lists.read_devices("b:8:all:qwr c:1:3:none")) == "b:8:all:rwq c:1:3:none "


def test_equal_devices_are_all_written():
    assert lists.devices_written(lists.read_devices("c:1:3:r c:1:3:w")) == "c:1:3:r c:1:3:w "


@pytest.mark.parametrize(("text", "written"), [("none:", "none"), ("pages:7x", "pages:7"), ("pages: 7", "pages:7")])
def test_memory_information_is_read_up_to_the_end_of_its_number(text, written):
    assert v.memory_info(text) == written


@pytest.mark.parametrize("text", ["none:1", "pages:0", "pages:", "pages", ":1", "x:1"])
def test_memory_information_needs_a_number_except_for_none(text):
    with pytest.raises(v.Bad):
        v.memory_info(text)


@pytest.mark.parametrize("text", ["/", "x", "/a:b", ":/b", "/a:/", "/a,rw", "/a,", "/a,ro,,ro"])
def test_a_bind_mount_leads_to_an_absolute_place_that_is_not_the_root(text):
    with pytest.raises(v.Bad):
        lists.read_bindmounts(text)


def test_options_of_a_bind_mount_to_remove_are_checked():
    with pytest.raises(v.Bad):
        lists.read_unmounts("/a,rw")
    assert lists.read_unmounts("/a, /b,ro,") == {"/a": None, "/b": None}
    assert lists.read_bindmounts("/b,ro,") == {"/b": "/b,ro"}


def test_a_bind_mount_replaces_the_one_with_the_same_place():
    old = lists.read_bindmounts("/a:/x,nodev,nosuid /b:/y")

    assert lists.merge_bindmounts(old, lists.read_bindmounts("/c:/x")) == "/b:/y /c:/x "
    assert lists.merge_bindmounts(old, lists.read_unmounts("/b:/y,ro")) == "/a:/x,nosuid,nodev "


@pytest.mark.parametrize("text", ["eth0:1", "eth0:1:x", ":1:2", "eth0:1:2:3"])
def test_a_rate_is_a_device_a_class_and_a_number(text):
    with pytest.raises(v.Bad):
        lists.read_rates(text)


def test_a_pci_address_is_written_in_full():
    assert lists.read_pci("A:b:1.2 0:1.0") == ["000a:0b:01.2", "0000:00:01.0"]


def test_the_root_disk_is_written_only_when_it_changes():
    other = "uuid={0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303},size=1,image=d.hdd"
    known = disks.of_container({"DISK": other, "DISKSPACE": "1G:2G"})

    assert disks.written(known) == other
    assert disks.written(known, (disks.ROOT,)).startswith(f"uuid={disks.ROOT},size=2097152,enabled=yes,")
    assert disks.find(disks.of_container({"ROOT_DISK": "no"}), disks.ROOT) is None


def test_another_disk_at_the_root_takes_the_place_of_the_unlisted_one():
    assert [disk["image"] for disk in disks.of_container({"DISK": f"{DISK},mnt=/,image=d.hdd"})] == ["d.hdd"]


def test_fields_of_a_disk_that_are_unknown_or_empty_are_dropped():
    said = []

    (disk,) = disks.read(f"{DISK},mnt=,colour=red,blue,autocompact=x,device=/dev/sda,image=d.hdd", said)

    assert disks.written([disk]) == f"{DISK},image=d.hdd".replace(",", ",size=0,")
    assert said == ["skip unknown parameter colour=red", "skip unknown parameter blue", "Incorrect autocompact=x"]


@pytest.mark.parametrize("field", ["enabled=on", "size=1G", "uuid=x"])
def test_a_wrong_field_of_a_disk_is_named(field):
    with pytest.raises(v.Bad) as caught:
        disks.read(f"{DISK},{field},image=d.hdd")

    assert caught.value.lines == (f"Incorrect {field}", f"Incorrect DISK parameter ({DISK},{field},image=d.hdd)")


def test_a_disk_needs_an_image_or_a_device_before_a_uuid():
    with pytest.raises(v.Bad) as caught:
        disks.read("size=1")
    assert caught.value.lines == ("The path parameter is not specified", "Incorrect DISK parameter (size=1)")
    with pytest.raises(v.Bad) as caught:
        disks.read("device=/dev/sda")
    assert caught.value.lines[0] == "The uuid parameter is not specified"


def test_every_wrong_key_is_named_and_the_first_gives_the_code():
    found = keys.problems({"IOLIMIT": "x", "CPUS": "y", "HOSTNAME": "z", "UNKNOWN": "?"})

    assert found == [(1, []), (21, ["Invalid parameter CPUS: 'y'"])]


def test_keys_are_appended_in_the_order_of_the_program_and_others_last():
    assert list(keys.in_order({"RATE": "", "NAME": "", "IP_ADDRESS": "", "CPUS": ""})) == [
        "IP_ADDRESS",
        "CPUS",
        "RATE",
        "NAME",
    ]
