"""What must be in order before a container starts, resumes or is unmounted."""

import pytest

BARE = 'VE_LAYOUT="simfs"\nOSTEMPLATE="debian-12-x86_64"\n'
NO_SWAP = BARE + 'PHYSPAGES="0:256M"\n'
MISSING = "Error: required UB parameter swappages not set\n"
UNKNOWN = "Warning: distribution not specified in CT config, using defaults from /etc/vz/dists/default\n"


def test_a_missing_private_area_is_found_before_the_container_is_found_running(bench):
    bench.container(201, running=True)
    bench.path("vz/private/201").rename(bench.path("vz/private/away"))

    assert bench.vzctl("start", 201).rc == 43


def test_a_foreign_kernel_has_no_users_of_its_own(bench):
    bench.foreign_kernel()
    bench.container(201, 'LOCAL_UID="100000"\nLOCAL_GID="5"\n')

    refusal = (
        "Container private area is owned by 0:0, but configuration file says we should run with 100000:5.\n"
        "Refusing to run.\n"
    )
    assert bench.vzctl("start", 201) == (47, "Starting container...\n", refusal)


def test_an_openvz_kernel_does_not_ask_for_users(bench):
    bench.container(201, 'LOCAL_UID="100000"\n')

    assert bench.vzctl("start", 201).rc == 0


def test_too_little_room_for_netfilter_is_remarked_upon(bench):
    bench.container(201, 'NUMIPTENT="5:4"\n')

    warning = "Warning: NUMIPTENT 5:4 is less than minimally allowable value, set to 16:16\n"
    assert bench.vzctl("start", 201).err == warning


def test_a_container_without_a_distribution_starts_with_a_warning(bench):
    bench.container(201, base=(NO_SWAP + 'SWAPPAGES="0:0"\n').replace('OSTEMPLATE="debian-12-x86_64"\n', ""))

    assert bench.vzctl("start", 201).err == UNKNOWN
    assert bench.vzctl("set", 201, "--hostname", "x", "--save").err == UNKNOWN
    assert bench.vzctl("set", 201, "--quotaugidlimit", "0", "--save").err == UNKNOWN


def test_resume_needs_what_start_needs(bench):
    bench.foreign_kernel()
    bench.container(201, base=NO_SWAP)

    assert bench.vzctl("resume", 201) == (28, "", MISSING)

    bench.path("vz/private/201").rename(bench.path("vz/private/away"))
    assert bench.vzctl("resume", 201) == (3, "", "Can't stat /vz/private/201: No such file or directory\n")


def test_a_dump_that_cannot_be_used_does_not_keep_a_container_from_failing_by_itself(bench):
    bench.container(201, base=NO_SWAP)
    bench.path("vz/dump/Dump.201").touch()

    answer = bench.vzctl("start", 201)

    assert (answer.rc, answer.err) == (28, MISSING * 2)


def test_a_mounted_container_is_mounted_again_for_a_resume(bench):
    bench.foreign_kernel()
    bench.container(201)
    bench.vzctl("mount", 201)

    answer = bench.vzctl("resume", 201)

    assert (answer.rc, answer.out) == (17, "Container is unmounted\nContainer is mounted\nContainer is unmounted\n")

    bench.vzctl("mount", 201)

    answer = bench.vzctl("resume", 201, "--skip-remount", "--skip-fsck")

    assert (answer.rc, answer.out) == (17, "Container is unmounted\n")


def test_a_mount_point_that_is_missing_cannot_be_unmounted(bench):
    bench.container(201)
    bench.path("vz/root/201").rmdir()

    answer = bench.vzctl("umount", 201)

    assert answer.rc == 51
    assert answer.err.splitlines()[-1] == "Can't umount /vz/root/201: No such file or directory"


def test_action_scripts_come_in_the_order_of_the_program(bench):
    bench.container(201)
    log = bench.path("tmp/log")
    log.parent.mkdir(exist_ok=True)
    for name in ("premount", "mount", "umount", "postumount"):
        for stem in ("vps", "201"):
            script = bench.path(f"etc/vz/conf/{stem}.{name}")
            script.write_text(f"#!/bin/sh\necho {stem}.{name} >> {log}\n")
            script.chmod(0o755)

    bench.vzctl("mount", 201)
    bench.vzctl("umount", 201)

    mounting = ["vps.premount", "201.premount", "vps.mount", "201.mount"]
    assert log.read_text().split() == [*mounting, "201.umount", "vps.umount", "201.postumount", "vps.postumount"]


@pytest.mark.parametrize(
    ("limits", "quota"),
    [("CPUS=1\nCPULIMIT=50\n", "50000"), ("CPUS=1\nCPULIMIT=250\n", "100000"), ("CPULIMIT=0\n", None)],
)
def test_of_two_limits_of_the_processor_the_lower_one_counts(bench, limits, quota):
    bench.container(201, limits, running=True)

    assert bench.live(201).get("cgroup", {}).get("cpu.cfs_quota_us") == quota
