"""Snapshots of vzctl 4.11, none of which was recorded beyond the refusals."""

import os

import pytest

from vzsim.ploop import images, savedstates

UUID = "6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"
ONE, TWO, THREE = (f"{{{digit * 8}-2222-4333-8444-555555555555}}" for digit in "123")
NO_SNAPSHOT = "Snapshot feature is only available for ploop-based CTs\n"
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
    """The stopped container web1 in an image."""
    assert bench.vzctl("create", 201, "--layout", "ploop", "--diskspace", "1G", "--name", "web1").rc == 0
    return bench


def take(bench, *guids):
    for guid in guids:
        assert bench.vzctl("snapshot", 201, "--id", guid).rc == 0


def data(bench, text=None):
    """Write a file of the container, or read it."""
    place = bench.path("vz/private/201/root.hdd/files/root/data")
    if text is not None:
        place.write_text(text)
    return place.read_text()


def rows(bench, *options):
    answer = bench.vzctl("snapshot-list", 201, "-H", *options)
    assert answer.rc == 0
    return answer.out.splitlines()


def chain(bench):
    return images.read(str(bench.path("vz/private/201/root.hdd"))).get("snapshots")


def kept(bench):
    """What is beside the image in the private area."""
    return sorted(os.listdir(bench.path("vz/private/201/dump")))


class TestRefusing:
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
    def test_snapshots_need_an_image(self, simfs, command, options, rc):
        assert simfs.vzctl(command, 201, *options) == (rc, "", NO_SNAPSHOT)
        assert simfs.vzctl("--quiet", command, 201, *options) == (rc, "", "")

    @pytest.mark.parametrize(
        ("words", "rc", "err"),
        [
            (["snapshot-delete", 201], 20, "Invalid syntax: snapshot id is missing\n"),
            (["snapshot-switch", 201, "--skip-resume"], 20, "Invalid syntax: snapshot id is missing\n"),
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
        ],
    )
    def test_what_the_options_are_checked_for(self, simfs, words, rc, err):
        assert simfs.vzctl(*words) == (rc, "", err)

    @pytest.mark.parametrize(
        ("command", "rc", "err"),
        [
            ("snapshot-switch", 159, f"Unable to find snapshot by uuid {ONE}\n"),
            ("snapshot-delete", 158, f"Unable to find snapshot by uuid {ONE}\n"),
            ("snapshot-mount", 160, "Snapshot description file /vz/private/201/Snapshots.xml not found\n"),
        ],
    )
    def test_without_any_snapshot_only_that_is_said(self, image, command, rc, err):
        target = ["--target", "/mnt"] if command == "snapshot-mount" else []
        assert image.vzctl(command, 201, "--id", ONE, *target) == (rc, "", err)

    def test_one_that_is_not_in_the_tree_is_not_found(self, image):
        take(image, ONE)
        missing = f"Unable to find snapshot by uuid {TWO}\n"
        assert image.vzctl("snapshot-switch", 201, "--id", TWO).err == f"{missing}Failed to switch to snapshot {TWO}\n"
        assert image.vzctl("snapshot-delete", 201, "--id", TWO).err == f"{missing}Failed to delete snapshot {TWO}\n"
        assert image.vzctl("snapshot-mount", 201, "--id", TWO, "--target", "/mnt") == (160, "", missing)

    def test_an_id_is_not_given_twice(self, image):
        take(image, ONE)
        answer = image.vzctl("snapshot", 201, "--id", ONE)
        refused = f"Invalid guid {ONE} specified: already exists\nFailed to create snapshot\n"
        assert answer == (156, f"Creating snapshot {ONE}\n", refused)
        assert rows(image, "-o", "uuid") == [ONE]

    def test_a_tree_that_is_damaged_is_refused(self, image):
        image.path("vz/private/201/Snapshots.xml").write_text("<ParallelsSavedStates>")
        assert image.vzctl("snapshot-list", 201).rc == 3
        assert image.vzctl("snapshot", 201).rc == 156
        assert image.vzctl("snapshot-switch", 201, "--id", ONE).rc == 159


class TestTaking:
    def test_of_a_stopped_one_files_and_configuration_are_kept(self, image):
        answer = image.vzctl("snapshot", 201, "--id", UUID, "--name", "a<b>", "--description", "why]]>")
        assert answer.out == (
            f"Creating snapshot {{{UUID}}}\nStoring /vz/private/201/Snapshots.xml.tmp\n"
            f"Snapshot {{{UUID}}} has been successfully created\n"
        )
        assert kept(image) == [f"{{{UUID}}}.ve.conf"]
        assert rows(image, "-o", "name,desc") == [f"{'a<b>':<32} why]]>"]
        assert "<ParallelsSavedStates>" in image.path("vz/private/201/Snapshots.xml").read_text()
        assert not image.path("vz/private/201/Snapshots.xml.tmp").exists()

    def test_of_a_running_one_the_processes_too_and_it_keeps_running(self, image):
        image.vzctl("start", 201)
        take(image, ONE)
        assert image.vzctl("snapshot", 201, "--id", TWO, "--skip-suspend", "--skip-config").rc == 0
        assert kept(image) == [ONE, f"{ONE}.ve.conf"]
        assert image.live(201) is not None

    def test_a_kernel_that_cannot_checkpoint_takes_none_of_a_running_one(self, image):
        image.vzctl("start", 201)
        image.kernel(checkpoint=None)
        assert image.vzctl("snapshot", 201, "--id", ONE).rc == 156
        assert rows(image) == []
        assert (chain(image), kept(image)) == (None, [])
        assert image.vzctl("snapshot", 201, "--id", ONE, "--skip-suspend").rc == 0

    def test_without_an_id_it_makes_one_up_and_says_which(self, image):
        said = image.vzctl("snapshot", 201).out.splitlines()[0]
        assert rows(image, "-o", "uuid") == [said.removeprefix("Creating snapshot ")]


class TestSwitching:
    def test_files_come_back_and_what_was_written_since_is_gone(self, image):
        data(image, "one")
        take(image, ONE)
        data(image, "two")
        image.path("vz/private/201/root.hdd/files/root/new").write_text("")
        assert image.vzctl("snapshot-switch", 201, "--id", ONE).out.endswith(
            "Container has been successfully switched to another snapshot\n"
        )
        assert data(image) == "one"
        assert not image.path("vz/private/201/root.hdd/files/root/new").exists()

    def test_the_whole_configuration_comes_back_but_not_the_link_of_the_name(self, image):
        image.vzctl("set", 201, "--onboot", "yes", "--ipadd", "10.0.0.1", "--save")
        then = image.conf(201)
        take(image, ONE)
        image.vzctl("set", 201, "--name", "web2", "--onboot", "no", "--ipdel", "all", "--ipadd", "10.0.0.2", "--save")
        now = image.conf(201)
        assert image.vzctl("snapshot-switch", 201, "--id", ONE).rc == 0
        assert image.conf(201) == then
        assert image.path("etc/vz/conf/201.conf.old").read_text() == now
        assert image.names() == {"web2": "201.conf"}

    def test_the_configuration_may_be_left_alone(self, image):
        take(image, ONE)
        image.vzctl("set", 201, "--cpus", "3", "--save")
        now = image.conf(201)
        assert image.vzctl("snapshot-switch", 201, "--id", ONE, "--skip-config").rc == 0
        assert image.conf(201) == now
        assert image.vzctl("snapshot", 201, "--id", TWO, "--skip-config").rc == 0
        assert image.vzctl("snapshot-switch", 201, "--id", TWO).rc == 0
        assert image.conf(201) == now
        assert not image.path("etc/vz/conf/201.conf.old").exists()

    def test_the_size_comes_back_too(self, image):
        take(image, ONE)
        image.vzctl("set", 201, "--diskspace", "3G", "--save")
        image.vzctl("snapshot-switch", 201, "--id", ONE)
        assert images.read(str(image.path("vz/private/201/root.hdd")))["size_kib"] == 1 << 20

    def test_processes_go_on_if_there_were_any_and_end_if_not(self, image):
        take(image, ONE)
        image.vzctl("start", 201)
        take(image, TWO)
        assert image.vzctl("snapshot-switch", 201, "--id", ONE).rc == 0
        assert image.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"
        assert image.vzctl("snapshot-switch", 201, "--id", TWO).rc == 0
        assert image.vzctl("status", 201).out == "CTID 201 exist mounted running\n"
        assert TWO in kept(image)

    def test_resuming_may_be_skipped(self, image):
        image.vzctl("start", 201)
        take(image, ONE)
        assert image.vzctl("snapshot-switch", 201, "--id", ONE, "--skip-resume").rc == 0
        assert image.live(201) is None

    def test_a_resume_that_fails_is_a_warning_unless_it_must_not(self, image):
        image.vzctl("start", 201)
        take(image, ONE)
        image.vzctl("stop", 201)
        image.path(f"vz/private/201/dump/{ONE}").write_text("no dump")
        now = image.conf(201) + "# now\n"
        image.conf(201, now)
        answer = image.vzctl("snapshot-switch", 201, "--id", ONE, "--must-resume")
        assert (answer.rc, answer.err.splitlines()[-2:]) == (
            159,
            ["Error: failed to resume CT", f"Failed to switch to snapshot {ONE}"],
        )
        assert image.conf(201) == now
        answer = image.vzctl("snapshot-switch", 201, "--id", ONE)
        assert (answer.rc, "Warning: failed to resume CT, ignoring" in answer.out) == (0, True)
        assert image.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"

    def test_what_must_resume_needs_a_dump(self, image):
        take(image, ONE)
        data(image, "now")
        assert image.vzctl("snapshot-switch", 201, "--id", ONE, "--must-resume").rc == 159
        assert data(image) == "now"

    def test_the_next_snapshot_stands_on_the_one_switched_to(self, image):
        take(image, ONE, TWO)
        image.vzctl("snapshot-switch", 201, "--id", ONE)
        take(image, THREE)
        assert rows(image, "-o", "uuid,parent_uuid,current") == [
            f"{ONE} {'':38} ",
            f"{TWO} {ONE} ",
            f"{THREE} {ONE} *",
        ]


class TestDeleting:
    def test_children_go_to_the_parent_and_nothing_of_it_is_left(self, image):
        image.vzctl("start", 201)
        take(image, ONE, TWO)
        assert image.vzctl("snapshot-delete", 201, "--id", ONE).rc == 0
        assert rows(image, "-o", "parent_uuid,current,uuid") == [f"{'':38} * {TWO}"]
        assert kept(image) == [TWO, f"{TWO}.ve.conf"]
        assert sorted(os.listdir(image.path("vz/private/201/root.hdd"))) == sorted(
            ["DiskDescriptor.xml", "files", f"{TWO}.files"]
        )

    def test_one_on_which_two_stand_is_not_deleted(self, image):
        take(image, ONE, TWO)
        image.vzctl("snapshot-switch", 201, "--id", ONE)
        answer = image.vzctl("snapshot-delete", 201, "--id", ONE)
        assert (answer.rc, "There are 2 references" in answer.err) == (158, True)
        assert rows(image, "-o", "uuid") == [ONE, TWO]
        assert not image.path("vz/private/201/Snapshots.xml.tmp").exists()

    def test_one_that_the_image_lacks_goes_from_the_list(self, image):
        take(image, ONE)
        images.delete(str(image.path("vz/private/201/root.hdd")), ONE)
        assert image.vzctl("snapshot-delete", 201, "--id", ONE).rc == 0
        assert rows(image) == []

    def test_a_container_with_snapshots_is_destroyed_with_them(self, image):
        take(image, ONE)
        assert image.vzctl("destroy", 201).rc == 0


class TestListing:
    def test_it_tells_its_fields_and_its_use(self, simfs):
        assert simfs.vzctl("snapshot-list", 201, "-L").out.split()[:4] == [
            "uuid", "UUID", "parent_uuid", "PARENT_UUID",
        ]  # fmt: skip
        assert simfs.vzctl("snapshot-list", 201, "--help") == (0, USAGE, "")

    def test_it_takes_no_lock(self, image):
        take(image, ONE)
        image.path("vz/lock/201.lck").write_text(f"{os.getpid()}\n\n")
        assert image.vzctl("snapshot", 201).rc == 9
        assert rows(image, "-o", "uuid") == [ONE]

    def test_without_snapshots_there_is_only_the_header(self, image):
        assert image.vzctl("snapshot-list", 201, "-o", "uuid,name").out == f"{'UUID':<38} {'NAME':<32}\n"

    def test_with_a_uuid_it_shows_that_one_and_those_below(self, image):
        take(image, ONE, TWO, THREE)
        assert rows(image, "-o", "uuid", "--id", TWO) == [TWO, ONE]
        assert image.vzctl("snapshot-list", 201, "--id", UUID).rc == 21

    def test_those_of_a_level_stand_together(self, image):
        take(image, ONE, TWO, THREE)
        image.vzctl("snapshot-switch", 201, "--id", ONE)
        assert image.vzctl("snapshot", 201, "--id", UUID).rc == 0
        assert rows(image, "-o", "uuid") == [ONE, TWO, f"{{{UUID}}}", THREE]


class TestMounting:
    def test_the_files_of_then_appear_in_the_directory(self, image):
        data(image, "one")
        take(image, ONE)
        data(image, "two")
        image.path("mnt").mkdir()
        answer = image.vzctl("snapshot-mount", 201, "--id", ONE, "--target", "/mnt")
        assert answer == (0, f"Mounting snapshot {ONE} to /mnt\n", "")
        assert image.path("mnt/root/data").read_text() == "one"
        assert rows(image, "-o", "target") == ["/mnt"]
        assert image.vzctl("snapshot-umount", 201, "--id", ONE) == (0, f"Umounting snapshot {ONE}\n", "")
        assert list(image.path("mnt").iterdir()) == []
        assert image.vzctl("snapshot-umount", 201, "--id", ONE).rc == 161

    def test_it_needs_an_empty_directory(self, image):
        take(image, ONE)
        assert image.vzctl("snapshot-mount", 201, "--id", ONE, "--target", "/nosuch").rc == 160
        assert image.vzctl("snapshot-mount", 201, "--id", ONE, "--target", "/etc").rc == 160
        assert rows(image, "-o", "target") == [""]


def test_the_tree_is_read_as_it_was_written(tmp_path):
    snapshots = savedstates.added(savedstates.added([], ONE, "a&b", ""), TWO, "", "x")
    place = tmp_path / "Snapshots.xml"
    place.write_text(savedstates.document(snapshots, savedstates.LEGACY_ROOT))
    assert savedstates.read(str(place)) == snapshots
