"""Starting and stopping containers of vzctl 7 to 9: what the records do not show, and the rules behind them."""

import json

import pytest

ETH0 = "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=veth72000001"
UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


def script(bench, ctid, name, text):
    place = bench.area(ctid) / "scripts" / name
    place.write_text(f"#!/bin/sh\n{text}\n")
    place.chmod(0o755)


def test_readers_see_a_running_container_in_veinfo_and_its_cgroups(seven):
    seven.container(UUID, CPUUNITS="500", CPULIMIT="150", CPUS="2", IP_ADDRESS="10.0.0.1/255.255.255.0 10.0.0.2 ")
    seven.vzctl("start", UUID)

    assert seven.path("proc/vz/veinfo").read_text().split()[:5] == [UUID, "0", "2", "10.0.0.1", "10.0.0.2"]
    assert seven.cgroup(f"ve/{UUID}/ve.state") == "RUNNING"
    assert seven.cgroup(f"cpu/machine.slice/{UUID}/cpu.shares") == "512"
    assert seven.cgroup(f"cpu/machine.slice/{UUID}/cpu.rate") == "1536"
    assert seven.cgroup(f"cpu/machine.slice/{UUID}/cpu.nr_cpus") == "2"

    seven.vzctl("stop", UUID)

    assert seven.path("proc/vz/veinfo").read_text().split() == ["0", "0", "120"]
    assert seven.cgroup(f"ve/{UUID}/ve.state") is None
    assert seven.cgroup(f"cpu/machine.slice/{UUID}/cpu.shares") is None


def test_a_paused_container_is_frozen_until_it_starts_or_stops(seven):
    seven.container(101, running=True)

    assert seven.vzctl("pause", 101).rc == 0
    assert seven.cgroup("freezer/machine.slice/101/freezer.state") == "FROZEN"
    assert seven.vzctl("status", 101).out == "VEID 101 exist mounted paused\n"
    assert seven.vzctl("start", 101).out.startswith("Unpause the Container\n")
    assert seven.cgroup("freezer/machine.slice/101/freezer.state") == "THAWED"

    seven.vzctl("pause", 101)

    assert "in the suspended state\n\tunfreeze\n" in seven.vzctl("stop", 101).out
    assert seven.live(101) is None


def test_force_beats_neither_disabled_nor_a_running_container(seven):
    seven.container(101, running=True)

    assert seven.vzctl("stop", 101, "--force") == (0, "", "")
    assert seven.live(101) is not None

    seven.container(102, DISABLED="yes")

    assert seven.vzctl("start", 102, "--force").rc == 105
    assert seven.live(102) is None


@pytest.mark.parametrize(
    ("values", "rc"),
    [
        ({"CPUMASK": "7"}, 146),
        ({"NODEMASK": "3"}, 146),
        ({"BINDMOUNT": "/nosuch:/mnt "}, 50),
        ({"NETIF": f"{ETH0},network=nosuch"}, 136),
        ({"NETIF": f"{ETH0},type=bridge,network=br9"}, 136),
        ({"NETDEV": "nosuch0"}, 3),
    ],
)
def test_a_start_that_fails_leaves_nothing_running_or_mounted(seven, values, rc):
    seven.container(101, **values)

    answer = seven.vzctl("start", 101)

    assert answer.rc == rc
    assert answer.err.endswith("Failed to start the Container\n")
    assert seven.vzctl("status", 101).out == "VEID 101 exist unmounted down\n"
    assert not seven.path("sys/class/net/veth72000001").exists()
    assert not (seven.area(101) / ".running").exists()


def test_a_pair_is_a_port_of_the_bridge_of_its_network_while_the_container_runs(seven):
    seven.container(101, NETIF=f"{ETH0},network=Bridged", running=True)

    assert seven.bridge("br0") == ["veth72000001"]
    assert seven.path("sys/class/net/veth72000001/address").read_text() == "fe:37:72:00:00:01\n"

    seven.vzctl("stop", 101)

    assert seven.bridge("br0") == []


def test_a_pair_whose_name_another_running_container_has_is_refused(seven):
    seven.container(101, NETIF=ETH0, running=True)
    seven.container(102, NETIF=ETH0)

    assert seven.vzctl("start", 102).rc == 136
    assert seven.live(101)["netif"]["eth0"]["host_ifname"] == "veth72000001"


def test_the_end_of_a_pair_that_a_killed_start_left_behind_is_taken_over(seven):
    seven.container(101, NETIF=f"{ETH0},network=Bridged", running=True)
    seven.path("proc/vz/ct/101.json").unlink()  # killed before the container ran

    assert seven.vzctl("start", 101).rc == 0
    assert seven.bridge("br0") == ["veth72000001"]


def test_the_pseudo_device_of_venet_stays_in_the_conf(seven):
    seven.container(101, NETIF=ETH0, IP_ADDRESS="10.0.0.1 ")

    seven.vzctl("start", 101)
    first = seven.values(101)["NETIF"]
    seven.vzctl("restart", 101)

    assert first.startswith(f"{ETH0};ifname=venet0,mac=C4:37:72:") and first.endswith(",type=routed")
    assert seven.values(101)["NETIF"] == first


def test_vzctl_7_0_has_no_pseudo_device_for_addresses(seven):
    place = seven.path("proc/vz/node.json")
    place.write_text(json.dumps({**json.loads(place.read_text()), "release": "7.0.254"}))
    seven.container(101, IP_ADDRESS="10.0.0.1 10.0.0.2 ")

    assert "Adding ip address(es): 10.0.0.1 10.0.0.2\n" in seven.vzctl("start", 101).out
    assert "NETIF" not in seven.values(101)


@pytest.mark.parametrize("name", ["mount", "start"])
def test_a_failing_script_of_the_area_is_79_and_undoes_what_was_done(seven, name):
    seven.container(101)
    script(seven, 101, name, "exit 3")

    answer = seven.vzctl("start", 101)

    assert answer.rc == 79
    assert f"/vz/private/101/scripts/{name}\n" in answer.err
    assert seven.vzctl("status", 101).out == "VEID 101 exist unmounted down\n"


def test_a_failing_stop_script_keeps_the_container_running(seven):
    seven.container(101, running=True)
    script(seven, 101, "stop", "exit 3")

    assert seven.vzctl("stop", 101).rc == 79
    assert seven.live(101) is not None


def test_scripts_in_the_directory_of_confs_are_ignored(seven):
    seven.container(101)
    place = seven.path("etc/vz/conf/101.start")
    place.write_text("#!/bin/sh\nexit 3\n")
    place.chmod(0o755)

    assert seven.vzctl("start", 101).rc == 0


def test_images_are_mounted_in_order_and_unmounted_in_reverse(seven):
    first, second, third = (f"uuid={{{digit * 8}-1111-1111-1111-111111111111}}" for digit in "123")
    disks = f"{first},size=1048576,enabled=yes,mnt=/data,image=data.hdd"
    seven.container(101, DISK=f"{disks};{second},enabled=no,image=off.hdd;{third},device=/dev/sdb")
    (seven.area(101) / "data.hdd").mkdir()
    (seven.area(101) / "data.hdd/DiskDescriptor.xml").write_text(json.dumps({"size_kib": 1048576}))

    mounted, unmounted = seven.vzctl("mount", 101).out, seven.vzctl("umount", 101).out

    assert mounted.splitlines()[:2] == [f"Mount image: /vz/private/101/{name}.hdd " for name in ("root", "data")]
    assert unmounted.splitlines()[:2] == [
        f"Unmount image: /vz/private/101/{name}.hdd (190)" for name in ("data", "root")
    ]


def test_a_suspended_container_goes_on_with_what_it_had(seven):
    seven.container(101, NETIF=f"{ETH0},network=Bridged", running=True)
    seven.vzctl("suspend", 101)

    assert seven.vzctl("status", 101).out == "VEID 101 exist unmounted suspended\n"
    assert seven.bridge("br0") == []
    assert seven.vzctl("resume", 101).rc == 0
    assert seven.bridge("br0") == ["veth72000001"]
    assert seven.vzctl("status", 101).out == "VEID 101 exist mounted running\n"
    assert not (seven.area(101) / "dump/Dump").exists()


def test_a_start_restores_a_dump_and_starts_anew_if_that_fails(seven):
    seven.container(101, running=True)
    seven.vzctl("suspend", 101)

    assert "Container was restored successfully\n" in seven.vzctl("start", 101).out

    seven.vzctl("stop", 101)
    (seven.area(101) / "dump/Dump").mkdir()

    answer = seven.vzctl("start", 101)

    assert answer.rc == 0
    assert answer.err == "Failed to restore the Container\n"
    assert answer.out.endswith("Container start in progress...\n")
    assert not (seven.area(101) / "dump/Dump").exists()


def test_without_criu_a_container_is_not_suspended(seven):
    seven.container(101, running=True)
    seven.kernel(tools=[])

    assert seven.vzctl("suspend", 101).rc == 16
    assert seven.live(101) is not None


@pytest.mark.parametrize("command", ["quotaon", "quotaoff", "quotainit"])
def test_quota_commands_warn_and_look_at_no_container(seven, command):
    assert seven.vzctl(command) == (0, "", f"Warning: The '{command}' action is deprecated\n")


def test_an_option_error_names_the_container_as_it_was_typed(seven):
    seven.container(101, NAME="web1")

    assert seven.vzctl("start", "web1", "--nosuch").err == "web1: unrecognized option '--nosuch'\n"
    assert seven.vzctl("start", "0101", "--wa=1").err == "0101: option '--wait' doesn't allow an argument\n"


def test_a_tracker_is_stopped_only_with_suspend(seven):
    seven.container(101, running=True)

    assert seven.vzctl("suspend", 101, "--stop-tracker").rc == 20
    assert seven.vzctl("suspend", 101, "--stop-tracker", "--suspend").rc == 0
