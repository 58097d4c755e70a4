"""``vzctl set`` on running containers of vzctl 7 to 9: what is applied, what is saved, and which code says so."""

import pytest

ETH0 = "ifname=eth0,mac=C4:37:72:00:00:01,host_mac=FE:37:72:00:00:01,host_ifname=veth72000001"
MEMORY = "memory/machine.slice/101/memory.limit_in_bytes"
WITH_SWAP = "memory/machine.slice/101/memory.memsw.limit_in_bytes"


@pytest.fixture
def running(seven):
    seven.container(101, running=True)
    return seven


def test_swap_alone_fails_and_is_saved_but_the_kernel_keeps_the_memory(running):
    answer = running.vzctl("set", 101, "--swap", "1G", "--save")

    assert answer.rc == 255
    assert running.values(101)["SWAPPAGES"] == "262144:262144"
    assert running.cgroup(MEMORY) == str(512 << 20)
    assert running.cgroup(WITH_SWAP) == str(1 << 30)  # of swap alone, as if there were no memory


def test_memory_below_what_is_in_use_fails_and_is_saved(running):
    answer = running.vzctl("set", 101, "--ram", "1M", "--save")

    assert answer.rc == 255
    assert "Lowering the current memory limit (memory.limit_in_bytes) is prohibited.\n" in answer.err
    assert running.values(101)["PHYSPAGES"] == "256:256"
    assert running.cgroup(MEMORY) == str(512 << 20)


def test_memory_and_swap_together_are_applied_up_and_down(running):
    for memory, swap in ((2048, 0), (64, 64), (1024, 2048)):
        assert running.vzctl("set", 101, "--ram", f"{memory}M", "--swap", f"{swap}M", "--save").rc == 0
        assert running.cgroup(MEMORY) == str(memory << 20)
        assert running.cgroup(WITH_SWAP) == str((memory + swap) << 20)


def test_unlimited_memory_is_what_the_kernel_can_show(running):
    running.vzctl("set", 101, "--ram", "unlimited", "--swap", "unlimited", "--save")

    assert running.cgroup(MEMORY) == running.cgroup(WITH_SWAP) == "9223372036854771712"


def test_a_mask_is_cut_to_the_cpus_of_the_node_and_saved_whole(running):
    assert running.vzctl("set", 101, "--cpumask", "1-5", "--save").rc == 0
    assert running.cgroup("cpuset/machine.slice/101/cpuset.cpus") == "1"
    assert running.values(101)["CPUMASK"] == "1-5"


def test_everything_before_a_failure_is_applied_nothing_after_it_and_all_is_saved(running):
    rc = running.vzctl("set", 101, "--numproc", "70", "--cpumask", "9", "--hostname", "new", "--save").rc

    assert rc == 146
    assert running.cgroup("pids/machine.slice/101/pids.max") == "70"
    assert running.live(101)["hostname"] == "localhost.localdomain"
    assert running.values(101)["HOSTNAME"] == "new"


def test_what_needs_a_restart_keeps_the_rest_from_being_applied(running):
    answer = running.vzctl("set", 101, "--features", "nfs:on", "--cpus", "1", "--save")

    assert answer.rc == 32
    assert "Please consider using --setmode option\n" in answer.err
    assert running.cgroup("cpu/machine.slice/101/cpu.nr_cpus") is None
    assert (running.values(101)["FEATURES"], running.values(101)["CPUS"]) == ("nfs:on ", "1")


def test_setmode_restart_starts_the_container_with_all_of_it(running):
    answer = running.vzctl("set", 101, "--setmode", "restart", "--features", "nfs:on", "--hostname", "new", "--save")

    assert answer.rc == 0
    assert answer.out.startswith("Restart the Container\n")
    assert running.live(101)["hostname"] == "new"
    assert running.values(101)["HOSTNAME"] == "new"


def test_a_pair_that_gets_no_bridge_is_not_saved_and_stays_inside(running):
    answer = running.vzctl("set", 101, "--netif_add", "eth0", "--network", "nosuch", "--cpus", "1", "--save")

    assert answer.rc == 136
    assert "NETIF" not in running.values(101)
    assert running.values(101)["CPUS"] == "1"
    assert list(running.live(101)["netif"]) == ["eth0"]


@pytest.mark.parametrize("option", ["netif_add", "ifname"])
def test_a_device_that_a_call_deletes_is_not_set_up_by_it(running, option):
    running.vzctl("set", "101", "--netif_add", "eth7", "--save")

    done = running.vzctl(
        "set", "101", "--netif_del", "eth7", f"--{option}", "eth7", "--mac", "02:00:00:00:00:01", "--save"
    )

    assert done.rc == 0
    assert "eth7" not in running.live(101).get("netif", {})


def test_another_network_moves_the_pair_to_its_bridge(seven):
    seven.container(101, NETIF=f"{ETH0},network=Bridged", running=True)

    rc = seven.vzctl("set", 101, "--ifname", "eth0", "--network", "virbr0", "--nettype", "bridge", "--save").rc

    assert rc == 0
    assert (seven.bridge("br0"), seven.bridge("virbr0")) == ([], ["veth72000001"])


def test_a_pair_without_a_network_leaves_its_bridge(seven):
    seven.container(101, NETIF=f"{ETH0},network=Bridged", running=True)

    assert seven.vzctl("set", 101, "--ifname", "eth0", "--network", "", "--save").rc == 0

    assert seven.bridge("br0") == []


def test_another_name_on_the_node_is_refused_while_the_pair_is_there(seven):
    seven.container(101, NETIF=ETH0, running=True)

    assert seven.vzctl("set", 101, "--ifname", "eth0", "--host_ifname", "vethnew", "--save").rc == 136
    assert seven.values(101)["NETIF"] == ETH0


def test_a_removed_device_is_gone_from_bridge_and_node(seven):
    seven.container(101, NETIF=f"{ETH0},network=Bridged", running=True)

    assert seven.vzctl("set", 101, "--netif_del", "eth0", "--save").rc == 0
    assert seven.bridge("br0") == []
    assert seven.values(101)["NETIF"] == ""


def test_addresses_without_save_still_leave_venet0_in_the_conf(running):
    running.vzctl("set", 101, "--ipadd", "10.0.0.1")

    assert running.path("proc/vz/veinfo").read_text().split()[3] == "10.0.0.1"
    assert running.values(101)["NETIF"].startswith("ifname=venet0,")
    assert "IP_ADDRESS" not in running.values(101)


def test_a_device_removed_in_the_call_that_gives_the_first_address_stays_away(seven):
    seven.container(101, NETIF=ETH0, running=True)

    seven.vzctl("set", 101, "--netif_del", "eth0", "--ipadd", "10.0.0.1", "--save")

    netif = seven.values(101)["NETIF"]
    assert netif.startswith("ifname=venet0,") and "eth0" not in netif


def test_a_bind_mount_without_a_source_directory_is_not_saved(running):
    answer = running.vzctl("set", 101, "--bindmount_add", "/nosuch:/mnt", "--cpus", "1", "--save")

    assert answer.rc == 50
    assert not running.values(101).get("BINDMOUNT")
    assert running.values(101)["CPUS"] == "1"


def test_a_further_disk_is_mounted_at_once_and_unmounted_before_it_is_removed(running):
    added = running.vzctl("set", 101, "--device-add", "hdd", "--size", "1G", "--mnt", "/data", "--save")
    uuid = running.values(101)["DISK"].partition("uuid={")[2].partition("}")[0]
    removed = running.vzctl("set", 101, "--device-del", uuid, "--save")

    assert "\nMount image: /vz/private/101/disk-" in added.out
    assert removed.out.startswith("Unmount image: /vz/private/101/disk-")


def test_a_device_of_the_node_is_inside_until_the_container_stops(running):
    assert running.vzctl("set", 101, "--netdev_add", "eth1", "--save").rc == 0
    assert not running.path("sys/class/net/eth1").exists()

    running.vzctl("stop", 101)

    assert running.path("sys/class/net/eth1").exists()


def test_cpus_and_limits_of_a_paused_container_change_too(running):
    running.vzctl("pause", 101)

    assert running.vzctl("set", 101, "--cpuunits", "3000", "--save").rc == 0
    assert running.cgroup("cpu/machine.slice/101/cpu.shares") == "3072"
    assert running.cgroup("freezer/machine.slice/101/freezer.state") == "FROZEN"


def test_a_password_starts_a_stopped_container_for_a_moment(seven):
    seven.vzctl("create", 101, "--ostemplate", "almalinux-9")

    answer = seven.vzctl("set", 101, "--userpasswd", "joe:secret", "--save")

    assert answer.rc == 0
    assert "secret" not in answer.out + answer.err
    assert seven.vzctl("status", 101).out == "VEID 101 exist unmounted down\n"
    content = seven.area(101) / "root.hdd/files/etc"
    assert "joe:x:1001:1001::" in (content / "passwd").read_text()
    assert "joe:$vzsim$:" in (content / "shadow").read_text()
