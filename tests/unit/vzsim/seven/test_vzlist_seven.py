"""vzlist of vzctl 7 to 9 on small nodes: what no recorded run shows, and the rules behind those that do."""

import json
import os

import pytest

from vzsim import files
from vzsim.ploop import images
from vzsim.seven.node import Node
from vzsim.seven.vzlist import listing
from vzsim.seven.vzlist.containers import decoded

ONE = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
TWO_DEVICES = (
    "ifname=eth0,mac=00:18:51:AA:BB:01,host_mac=00:18:51:AA:BB:02,host_ifname=veth0,gw=10.2.0.254,"
    "ip=10.2.0.1/255.255.255.0:10.2.0.2/255.0.0.0,ip6;ifname=eth1,host_ifname=veth1,ip6=2001:db8::1/64,2001:db8::2/64"
)


@pytest.fixture
def node(tmp_path):
    """A node of vzctl 9.0.1 with nothing on it."""
    for path in ("etc/vz/conf", "etc/vz/names", "vz/private", "vz/root", "proc/vz/ct"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "etc/vz/vz.conf").write_text("VE_ROOT=/vz/root/$VEID\nVE_PRIVATE=/vz/private/$VEID\n")
    return Node(str(tmp_path))


def add(node, ctid, running=None, **values):
    """Put a container on the node, with these values in its configuration."""
    area = node.path(f"/vz/private/{ctid}")
    os.makedirs(area)
    lines = [f'{key}="{value}"\n' for key, value in {"VEID": ctid, **values}.items()]
    files.write_text(f"{area}/ve.conf", "".join(lines))
    os.symlink(f"{area}/ve.conf", node.conf_path(ctid))
    if "NAME" in values:
        os.symlink(f"{area}/ve.conf", f"{node.names_dir}/{values['NAME']}")
    if running is not None:
        node.set_running(ctid, running)


class Ask:
    """Run vzlist on the node: its standard output; rc and standard error are kept."""

    def __init__(self, node, capfd):
        self.node = node
        self.capfd = capfd

    def __call__(self, *words):
        self.rc = listing.main(self.node, list(words))
        out, self.err = self.capfd.readouterr()
        return out


@pytest.fixture
def ask(node, capfd, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return Ask(node, capfd)


class TestWhichContainers:
    def test_a_running_one_is_listed_without_any_option_and_a_mounted_one_is_not(self, node, ask):
        add(node, "101", running={})
        add(node, "102")
        node.set_mounted("102", "/vz/private/102")
        assert ask("-1").split() == ["101"]

    def test_a_paused_one_is_among_those_that_run_and_among_the_stopped_ones(self, node, ask):
        add(node, "101", running={"paused": True})
        assert ask("-1").split() == ask("-S", "-1").split() == ["101"]

    def test_one_that_ends_while_it_is_looked_at_is_not_among_those_that_run(self, node, ask, monkeypatch):
        add(node, "101")
        monkeypatch.setattr(node, "running_ctids", lambda: ["101"])
        assert ask("-1") == ""

    def test_a_file_whose_name_vzctl_would_write_differently_is_no_container(self, node, ask):
        add(node, "101")
        os.rename(node.conf_path("101"), node.conf_path("0101"))
        assert ask("-a", "-H") == ""

    def test_an_argument_that_is_a_link_to_another_name_is_no_container_even_if_it_is_a_ct_id(self, node, ask):
        add(node, "101", NAME="web")
        os.symlink(node.conf_path("101"), f"{node.names_dir}/101")
        assert ask("101") == ""
        assert (ask.rc, ask.err) == (1, "Container ID 101 is invalid.\n")

    def test_a_name_leads_to_the_ct_id_in_the_configuration_it_is_linked_to(self, node, ask):
        add(node, "101", NAME="web")
        add(node, "102")
        files.write_text(node.path("/vz/private/101/ve.conf"), 'NAME="web"\nVEID="102"\n')
        assert ask("-H", "-o", "ctid", "web").split() == ["102"]

    def test_a_name_outside_ascii_cannot_be_asked_for_in_the_c_locale(self, node, ask, monkeypatch):
        add(node, "101", NAME="café")
        assert ask("-H", "-o", "ctid", "café").split() == ["101"]
        monkeypatch.setenv("LC_ALL", "C")
        assert ask("-H", "-o", "ctid", "café") == ""
        assert ask.rc == 1

    def test_the_area_of_another_node_counts_on_shared_storage_only(self, node, ask):
        add(node, "101")
        files.write_text(node.path("/vz/private/101/.owner"), "elsewhere")
        assert ask("-a", "-1").split() == ["101"]
        files.write_json(node.path("/proc/vz/kernel.json"), {"shared_fs": True})
        assert Ask(Node(node.directory), ask.capfd)("-a", "-1") == ""


class TestOrder:
    def test_status_sorts_stopped_mounted_running_suspended_paused(self, node, ask):
        add(node, "1", running={"paused": True})
        add(node, "2")
        files.write_json(node.path("/vz/private/2/dump/Dump"), {})
        add(node, "3", running={})
        add(node, "4")
        node.set_mounted("4", "/vz/private/4")
        add(node, "5")
        assert ask("-a", "-H", "-o", "status", "-s", "status").split() == [
            "stopped",
            "mounted",
            "running",
            "suspended",
            "paused",
        ]

    def test_ct_ids_are_sorted_as_text(self, node, ask):
        add(node, "9")
        add(node, "10")
        assert ask("-a", "-1").split() == ["10", "9"]

    def test_io_priorities_are_sorted_from_the_highest_and_those_without_come_last(self, node, ask):
        add(node, "1")
        add(node, "2", IOPRIO="3")
        add(node, "3", IOPRIO="7")
        assert ask("-a", "-1", "-s", "ioprio").split() == ["3", "2", "1"]

    def test_a_column_that_cannot_be_sorted_by_leaves_the_order(self, node, ask):
        add(node, "1", CPUS="9", DISTRIBUTION="z")
        add(node, "2", CPUS="1", DISTRIBUTION="a")
        for field in ("cpus", "distribution", "features"):
            assert ask("-a", "-1", "-s", field).split() == ["1", "2"]
        assert ask("-a", "-1", "-s", "-cpus").split() == ["2", "1"]


class TestColumns:
    def test_only_the_first_address_is_shown_where_another_column_follows_and_it_is_cut(self, node, ask):
        add(node, "101", IP_ADDRESS="2001:db8:0:1::abcd/64 10.0.0.1/24 ")
        assert ask("-a", "-H", "-o", "configured_ip,ctid") == f"2001:db8:0:1::a {'101':>36}\n"
        assert ask("-a", "-H", "-o", "ctid,configured_ip").split() == ["101", "2001:db8:0:1::abcd", "10.0.0.1"]

    def test_json_names_the_first_device_and_text_all_of_them(self, node, ask):
        add(node, "101", NETIF=TWO_DEVICES)
        assert ask("-a", "-H", "-o", "ifname") == "eth0 eth1\n"
        assert ask("-a", "-H", "-o", "gw") == "10.2.0.254\n"
        assert json.loads(ask("-a", "-j", "-o", "ifname,mac,network"))[0] == {
            "ifname": "eth0",
            "mac": "30:30:3a:31:38:3a",
            "network": None,
        }

    def test_the_network_is_not_padded_where_another_column_follows_unless_there_is_none(self, node, ask):
        add(node, "1", NETIF="ifname=eth0,network=Bridged")
        add(node, "2", NETIF="ifname=eth0;ifname=eth1,network=Bridged")
        assert ask("-a", "-H", "-o", "network,layout") == f"Bridged      0\n{'-':32}      0\n"

    def test_addresses_of_devices_follow_those_of_venet_without_masks(self, node, ask):
        add(node, "101", IP_ADDRESS="10.0.0.1/24 0.0.0.0 ", NETIF=TWO_DEVICES)
        assert ask("-a", "-H", "-o", "configured_ip").split() == [
            "10.0.0.1",
            "10.2.0.1",
            "10.2.0.2",
            "2001:db8::1",
            "2001:db8::2",
        ]

    def test_a_device_is_found_by_either_name_and_only_its_addresses_are_shown(self, node, ask):
        add(node, "101", IP_ADDRESS="10.0.0.1/24 ", NETIF=TWO_DEVICES)
        add(node, "102")
        for name in ("eth1", "veth1"):
            assert ask("-a", "-H", "-i", name, "-o", "ctid,ifname,configured_ip").split() == [
                "101",
                "eth1",
                "2001:db8::1",
                "2001:db8::2",
            ]

    def test_the_kernels_list_has_the_latest_address_first_unless_all_are_asked_for(self, node, ask):
        add(node, "101", running={"ip": ["10.0.0.1", "10.0.0.2"]}, IP_ADDRESS="10.0.0.3/24 ")
        assert ask("-H", "-o", "configured_ip").split() == ["10.0.0.2", "10.0.0.1"]
        assert ask("-a", "-H", "-o", "configured_ip").split() == ["10.0.0.3"]

    def test_a_large_io_limit_is_printed_as_a_negative_number(self, node, ask):
        add(node, "101", IOLIMIT="3000000000")
        assert ask("-a", "-H", "-o", "iolimit").split() == ["-1294967296"]

    def test_boot_with_auto_is_yes_in_text_and_false_in_json(self, node, ask):
        for ctid, value in (("1", "yes"), ("2", "auto"), ("3", "no")):
            add(node, ctid, ONBOOT=value)
        assert ask("-a", "-H", "-o", "onboot").split() == ["yes", "yes", "no"]
        assert [entry["onboot"] for entry in json.loads(ask("-a", "-j", "-o", "onboot"))] == [True, False, False]

    def test_a_limit_in_mhz_is_shown_in_percent_too(self, node, ask):
        add(node, "1", CPULIMIT="100")
        add(node, "2", CPULIMIT="7", CPULIMIT_MHZ="4890")
        assert ask("-a", "-H", "-o", "cpulimit,cpulimitM").split() == ["100", "2445", "200", "4890"]

    def test_process_counters_of_a_container_without_a_limit_are_a_dash(self, node, ask):
        add(node, "1", running={"cgroup": {"pids.max": "max"}})
        add(node, "2", running={"cgroup": {"pids.max": "50"}})
        assert ask("-H", "-o", "numproc,numproc.l").split() == ["-", "-", "2", "50"]

    def test_a_paused_container_shows_the_limits_of_its_configuration(self, node, ask):
        add(node, "1", running={"paused": True, "cgroup": {"pids.max": "50"}}, NUMPROC="10:20")
        assert ask("-H", "-o", "numproc,numproc.b,numproc.l").split() == ["-", "10", "20"]

    def test_limits_with_a_suffix_are_shown_in_pages(self, node, ask):
        add(node, "1", PHYSPAGES="0:512M", SWAPPAGES="unlimited")
        assert ask("-a", "-H", "-o", "physpages.l,swappages.b").split() == ["131072", "9223372036854775807"]

    def test_disk_usage_is_that_of_the_image_and_without_one_the_limits_of_the_configuration(self, node, ask):
        add(node, "1", DISKSPACE="1000:2000")
        assert ask("-a", "-H", "-o", "diskspace,diskspace.s,diskspace.h").split() == ["-", "1000", "2000"]
        os.makedirs(node.path("/vz/private/1/root.hdd"))
        assert ask("-a", "-H", "-o", "diskspace.h").split() == ["2000"]
        images.write(node.path("/vz/private/1/root.hdd"), {"size_kib": 1048576})
        assert ask("-a", "-H", "-o", "diskspace,diskspace.s,diskspace.h").split() == ["102400", "983040", "983040"]

    @pytest.mark.parametrize(
        ("key", "value", "field", "shown"),
        [
            ("UUID", f"{{{ONE}}}", "uuid", ONE),
            ("CPUMASK", "0,1,3", "cpumask", "0-1,3"),
            ("DISKSPACE", "1G", "diskspace.h", "1048576"),
            ("IP_ADDRESS", "2001:0db8::0001/64 ", "configured_ip", "2001:db8::1"),
            ("NAMESERVER", "10.0.0.1,10.0.0.2 10.0.0.1", "nameserver", "10.0.0.1 10.0.0.2"),
            ("CPUS", "-1", "cpus", "-"),
            ("BOOTORDER", "007", "bootorder", "7"),
            ("CPULIMIT", "4890m", "cpulimit", "200"),
        ],
    )
    def test_values_are_shown_as_vzctl_understands_them(self, node, ask, key, value, field, shown):
        add(node, "1", **{key: value})
        assert ask("-a", "-H", "-o", field).strip() == shown

    def test_a_device_node_without_permissions_is_shown_as_nothing_in_json(self, node, ask):
        add(node, "1", DEVNODES="null zero:r ")
        assert json.loads(ask("-a", "-j", "-o", "devnodes"))[0]["devnodes"] == {"null": "(null)", "zero": "r"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a=3Db", "a=b"),
        ("a=", "a"),
        ("a=4", "a\x04"),
        ("a=ZZ", "a=ZZ"),
        ("a= b", "a\x0b"),
        ("a=-1", "a\udcff"),
        ("caf=c3=a9", "café"),
        ("a=00b", "a"),
    ],
)
def test_a_description_is_decoded(text, shown):
    assert decoded(text) == shown


class TestCommandLine:
    def test_a_wrong_option_prints_the_usage_and_succeeds_but_not_in_the_old_line(self, node, ask):
        assert (ask("--nosuch=1"), ask.rc) == ("", 0)
        assert ask.err.startswith("vzlist: unrecognized option '--nosuch=1'\nUsage: vzlist\t[-a|-S]")
        files.write_json(node.path("/proc/vz/node.json"), {"family": "7", "release": "7.0.254"})
        old = Ask(Node(node.directory), ask.capfd)
        assert (old("-t"), old.rc) == ("", 1)

    def test_abbreviations_are_understood_unless_several_options_begin_so(self, ask):
        assert ask("--no") == ""
        assert "Usage" not in ask.err
        ask("--n")
        possible = "possibilities: '--no-header' '--name' '--name_filter' '--netif'\n"
        assert ask.err.startswith(f"vzlist: option '--n' is ambiguous; {possible}")

    def test_the_last_of_the_options_that_choose_columns_counts(self, node, ask):
        add(node, "101", NAME="web")
        assert ask("-a", "-n", "-o", "name") == "NAME\nweb\n"
        assert ask("-a", "-o", "name", "-1") == f"{'101':>36}\n"

    def test_compat_shows_the_uuid_where_the_ct_id_is_asked_for(self, node, ask):
        add(node, "101", UUID=ONE)
        assert ask("-a", "-c", "-H", "-o", "ctid").split() == [ONE]

    def test_netfilter_is_a_column_of_the_old_line_only(self, node, ask):
        add(node, "101", NETFILTER="full")
        assert ask("-a", "-o", "netfilter") == ""
        assert ask.err == "Unknown field: netfilter\n"
        files.write_json(node.path("/proc/vz/node.json"), {"family": "7", "release": "7.0.254"})
        old = Ask(Node(node.directory), ask.capfd)
        assert old("-a", "-o", "netfilter,layout") == "NETFILTER LAYOUT\nfull           0\n"
        assert old("-a", "-j").rstrip().endswith('"netfilter": "full"\n  }\n]')

    def test_only_root_may_list(self, node, capfd):
        other = Ask(Node(node.directory, 1000), capfd)
        assert (other("-a"), other.rc, other.err) == ("", 1, "This program can be run by root only.\n")


class TestTheHelper:
    @pytest.fixture
    def waits(self, monkeypatch):
        found = []
        monkeypatch.setattr(listing.latency, "wait", lambda node, command, times: found.append((command, times)))
        return found

    def test_it_runs_for_each_listed_container_and_not_for_stopped_ones_alone(self, node, ask, waits):
        add(node, "1")
        add(node, "2")
        ask("-a", "-N", "nobody")
        ask("-S")
        ask("1")
        assert waits == [("vzlist", 2), ("vzlist", 1)]

    def test_the_old_line_has_none(self, node, ask, waits):
        add(node, "1")
        files.write_json(node.path("/proc/vz/node.json"), {"family": "7", "release": "7.0.254"})
        Ask(Node(node.directory), ask.capfd)("-a")
        assert waits == []
