"""Images, snapshots and disk quota, none of which a simulated node has: how they are refused."""

import pytest

UUID = "6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"
NO_SNAPSHOT = "Snapshot feature is only available for ploop-based CTs\n"
NO_PLOOP = (
    "No ploop support in the kernel, or kernel is way too old.\n"
    "Make sure you have OpenVZ kernel 042stab058.7 or later running,\n"
    "and kernel ploop modules loaded.\n"
)
USAGE = (
    "vzctl snapshot-list <ctid|name> [-H] [-o field[,field...]] [--id <uuid>]\n"
    "vzctl snapshot-list <ctid|name> -L | --list\n"
)


@pytest.fixture
def simfs(bench):
    bench.container(201)
    return bench


@pytest.fixture
def image(bench):
    bench.container(201)
    bench.conf(201, bench.conf(201).replace("simfs", "ploop"))
    return bench


@pytest.mark.parametrize(
    ("command", "options", "rc"),
    [
        ("snapshot", ["--id", UUID, "--name", "x", "--description", "y", "--skip-suspend", "--skip-config"], 156),
        ("snapshot-delete", ["--id", UUID], 158),
        ("snapshot-delete", ["--uuid", "{" + UUID + "}"], 158),
        ("snapshot-switch", ["--id", UUID.upper(), "--skip-resume", "--must-resume", "--skip-config"], 159),
        ("snapshot-mount", ["--id", UUID, "--target", "/mnt"], 160),
        ("snapshot-umount", ["--id", UUID], 161),
        ("snapshot-list", ["-H", "-o", "UUID,date,", "--id", UUID], 167),
    ],
)
def test_snapshots_need_an_image(simfs, command, options, rc):
    assert simfs.vzctl(command, 201, *options) == (rc, "", NO_SNAPSHOT)
    assert simfs.vzctl("--quiet", command, 201, *options) == (rc, "", "")


@pytest.mark.parametrize(
    ("words", "rc", "err"),
    [
        (["snapshot-delete", 201], 20, "Invalid syntax: snapshot id is missing\n"),
        (["snapshot-switch", 201, "--skip-resume", "--skip_arpdetect"], 20, "Invalid syntax: snapshot id is missing\n"),
        (["snapshot-mount", 201, "--target", "/mnt"], 20, "Invalid syntax: snapshot id is missing\n"),
        (["snapshot-mount", 201, "--id", UUID], 20, "Invalid syntax: snapshot mount target is missing\n"),
        (["snapshot-umount", 201], 20, "Invalid syntax: snapshot id is missing\n"),
        (["snapshot", 201, "--frob"], 21, "vzctl: unrecognized option '--frob'\n"),
        (["snapshot", 201, "--uuid", "x", "--frob"], 21, "Bad parameter for --uuid: x\n"),
        (["snapshot", 201, "--id", "{{" + UUID], 21, "Bad parameter for --id: {{" + UUID + "\n"),
        (["snapshot", 201, "more"], 20, "Invalid extra arguments: more \n"),
        (["snapshot-list", 201, "--id", "x"], 21, "Invalid guid is specified: x\n"),
        (["snapshot-list", 201, "-o", "uuid,size"], 21, "Unknown field: size\n"),
        (["snapshot-list", 201, "more"], 20, "non-option ARGV-elements: more \n"),
        (["snapshot-list", 201, "-x"], 20, "vzctl: invalid option -- 'x'\n" + USAGE),
        (["snapshot-list", 201, "-o"], 20, "vzctl: option requires an argument -- 'o'\n" + USAGE),
        (["convert", 201], 99, NO_PLOOP),
        (["convert", 201, "--velayout", "ploop:raw"], 99, NO_PLOOP),
        (["convert", 201, "--layout", "simfs"], 21, "Only conversion to ploop is supported\n"),
        (["convert", 201, "--layout", "ext4"], 21, "Bad parameter for --layout: ext4\n"),
        (["convert", 201, "more"], 20, "Invalid extra arguments: more \n"),
    ],
)
def test_what_the_options_are_checked_for(simfs, words, rc, err):
    assert simfs.vzctl(*words) == (rc, "", err)


def test_the_list_tells_its_fields_and_its_use(simfs):
    assert simfs.vzctl("snapshot-list", 201, "-L").out.split()[:4] == ["uuid", "UUID", "parent_uuid", "PARENT_UUID"]
    assert simfs.vzctl("snapshot-list", 201, "--help") == (0, USAGE, "")


def test_nothing_is_done_with_an_image(image):
    assert image.vzctl("snapshot", 201) == (156, "", NO_PLOOP)
    assert image.vzctl("mount", 201) == (99, "", NO_PLOOP)
    assert image.vzctl("start", 201) == (99, "Starting container...\n", NO_PLOOP)
    assert image.vzctl("compact", 201) == (99, "", NO_PLOOP)
    assert image.vzctl("convert", 201) == (0, "CT is already on ploop\n", "")
    assert image.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"


def test_the_size_of_an_image_cannot_be_set(image):
    refused = "Error: failed to apply some parameters, not saving configuration file!\n"
    assert image.vzctl("set", 201, "--diskspace", "1G", "--save") == (99, "", NO_PLOOP + refused)
    unsaved = "Error: can't use --diskspace without --save for a ploop-based container\n"
    assert image.vzctl("set", 201, "--diskspace", "1G") == (20, "", unsaved)

    answer = image.vzctl("set", 201, "--diskinodes", "1000", "--save")

    assert answer.rc == 0
    assert answer.out.startswith("Warning: --diskinodes is ignored for ploop-based container\n")


def test_an_image_is_known_by_its_descriptor(bench):
    bench.container(201, base=bench_conf_without_layout())
    (bench.path("vz/private/201/root.hdd")).mkdir()
    (bench.path("vz/private/201/root.hdd/DiskDescriptor.xml")).touch()

    assert bench.vzctl("start", 201).out.startswith(
        "Starting container...\nSaving VE layout 'ploop' to the VE config file\n"
    )
    assert bench.conf(201).endswith('VE_LAYOUT="ploop"\n')


def bench_conf_without_layout():
    return 'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nOSTEMPLATE="debian-12-x86_64"\n'


def test_without_a_private_area_there_is_nothing_to_compact(bench):
    bench.conf(201, bench_conf_without_layout())

    assert bench.vzctl("compact", 201) == (43, "", "Container private area /vz/private/201 does not exist\n")


def test_disk_quota_may_be_that_of_one_container_and_needs_the_kernel(bench):
    bench.container(201, 'DISK_QUOTA="yes"\n')
    assert bench.vzctl("quotaon", 201) == (0, "", "")

    bench.foreign_kernel()

    assert bench.vzctl("quotaon", 201) == (60, "Disk quota is not enabled, skipping operation\n", "")
