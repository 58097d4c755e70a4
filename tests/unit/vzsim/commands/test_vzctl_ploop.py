"""Containers in an image: how they are made, mounted, resized and converted, and how that is refused."""

import pytest

from vzsim.ploop import images

UUID = "6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5"
NO_PLOOP = (
    "No ploop support in the kernel, or kernel is way too old.\n"
    "Make sure you have OpenVZ kernel 042stab058.7 or later running,\n"
    "and kernel ploop modules loaded.\n"
)
UNCHANGED = "Error: failed to apply some parameters, not saving configuration file!\n"


@pytest.fixture
def simfs(bench):
    bench.container(201)
    return bench


@pytest.fixture
def image(bench):
    """A container in an image of 1 GiB."""
    assert bench.vzctl("create", 201, "--layout", "ploop", "--diskspace", "1G").rc == 0
    return bench


def place(bench):
    return str(bench.path("vz/private/201/root.hdd"))


def size(bench):
    return images.read(place(bench))["size_kib"]


class TestMaking:
    def test_the_files_of_the_template_are_in_the_image(self, bench):
        answer = bench.vzctl("create", 201, "--layout", "ploop", "--diskspace", "500M:1000M")

        assert answer == (
            0,
            "Creating image: /vz/private/201.tmp/root.hdd/root.hdd size=1024000K\n"
            "Creating container private area (debian-12-x86_64)\nPerforming postcreate actions\n"
            "CT configuration saved to /etc/vz/conf/201.conf\nContainer private area was created\n",
            "",
        )
        assert 'VE_LAYOUT="ploop"\n' in bench.conf(201)
        assert size(bench) == 1024000
        assert sorted(path.name for path in bench.path("vz/private/201").iterdir()) == ["root.hdd"]
        assert bench.path("vz/private/201/root.hdd/files/etc/passwd").exists()

    def test_the_sample_says_how_large_it_is(self, bench):
        assert bench.vzctl("create", 201, "--layout", "ploop").rc == 0
        assert size(bench) == images.whole(2306867)

    @pytest.mark.parametrize(
        ("options", "rc", "said"),
        [
            (["--diskspace", "0"], 63, "Error: diskspace not set (required for ploop)"),
            (["--diskspace", "17T"], 151, "Failed to create image: The size 18253611008K is too big [38]"),
            (["--ostemplate", "nosuch"], 91, "nosuch.tar[.gz|.bz2|.xz] not found"),
            (["--diskspace", "0", "--ostemplate", "nosuch"], 63, "Error: diskspace not set (required for ploop)"),
        ],
    )
    def test_a_create_that_fails_leaves_nothing_mounted(self, bench, options, rc, said):
        answer = bench.vzctl("create", 201, "--layout", "ploop", *options)

        assert (answer.rc, said in answer.err) == (rc, True)
        assert not bench.path("vz/private/201").exists()
        assert not bench.path("vz/private/201.tmp").exists()
        assert not bench.path("etc/vz/conf/201.conf").exists()
        assert bench.path("proc/vz/mounts.json").read_text().strip() == "{}"

    def test_a_template_that_is_larger_than_the_image_is_not_unpacked(self, bench):
        assert bench.vzctl("create", 201, "--layout", "ploop", "--diskspace", "1:1").rc == 0
        bench.path("vz/template/cache/large.tar").write_bytes(large_template())
        answer = bench.vzctl("create", 202, "--layout", "ploop", "--diskspace", "1:1", "--ostemplate", "large")
        assert answer.rc == 47
        assert "No space left on device" in answer.err


def large_template():
    import io
    import tarfile

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo("large")
        entry.size = 4096
        archive.addfile(entry, io.BytesIO(b"x" * 4096))
    return stream.getvalue()


class TestLiving:
    def test_it_starts_runs_programs_and_stops(self, image):
        assert image.vzctl("mount", 201) == (0, "Container is mounted\n", "")
        assert image.vzctl("start", 201).rc == 0
        assert image.vzctl("exec", 201, "cat /etc/template; echo here > /root/file").out == "debian-12-x86_64\n"
        assert image.path("vz/private/201/root.hdd/files/root/file").read_text() == "here\n"
        assert image.vzctl("set", 201, "--userpasswd", "root:x").rc == 0
        assert image.vzctl("stop", 201).out.endswith("Container is unmounted\n")
        assert image.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"
        assert image.vzctl("destroy", 201).rc == 0
        assert not image.path("vz/private/201").exists()

    def test_it_can_be_suspended_and_resumed(self, image):
        image.vzctl("start", 201)
        assert image.vzctl("suspend", 201).rc == 0
        assert image.vzctl("resume", 201).rc == 0

    def test_an_image_that_cannot_be_read_is_not_mounted(self, image):
        descriptor = image.path("vz/private/201/root.hdd/DiskDescriptor.xml")
        descriptor.write_text("<Parallels_disk_image/>")
        unread = "Failed to read /vz/private/201/root.hdd/DiskDescriptor.xml\n"

        assert image.vzctl("mount", 201) == (152, "", unread)
        assert image.vzctl("start", 201) == (152, "Starting container...\n", unread)
        assert image.vzctl("snapshot", 201).rc == 156
        assert image.vzctl("set", 201, "--diskspace", "2G", "--save").rc == 154

    def test_an_image_is_known_by_its_descriptor(self, image):
        image.conf(201, image.conf(201).replace('VE_LAYOUT="ploop"\n', ""))

        assert "Saving VE layout 'ploop' to the VE config file\n" in image.vzctl("start", 201).out
        assert image.conf(201).endswith('VE_LAYOUT="ploop"\n')

    def test_without_ploop_nothing_is_done_with_an_image(self, image):
        image.without_ploop()

        assert image.vzctl("snapshot", 201) == (156, "", NO_PLOOP)
        assert image.vzctl("mount", 201) == (99, "", NO_PLOOP)
        assert image.vzctl("start", 201) == (99, "Starting container...\n", NO_PLOOP)
        assert image.vzctl("compact", 201) == (99, "", NO_PLOOP)
        assert image.vzctl("set", 201, "--diskspace", "1G", "--save") == (99, "", NO_PLOOP + UNCHANGED)
        assert image.vzctl("convert", 201) == (0, "CT is already on ploop\n", "")
        assert image.vzctl("status", 201).out == "CTID 201 exist unmounted down\n"


class TestResizing:
    def test_an_image_grows_and_shrinks(self, image):
        assert image.vzctl("set", 201, "--diskspace", "2G", "--save").rc == 0
        assert size(image) == 2 << 20
        image.vzctl("start", 201)
        assert image.vzctl("set", 201, "--diskspace", "1G:1500M", "--save").rc == 0
        assert size(image) == 1500 << 10
        assert 'DISKSPACE="1048576:1536000"' in image.conf(201)

    def test_it_never_gets_smaller_than_what_is_in_it(self, image):
        image.path("vz/private/201/root.hdd/files/root/large").write_bytes(b"x" * 5000)
        answer = image.vzctl("set", 201, "--diskspace", "4", "--save")
        assert (answer.rc, "Failed to resize image: Unable to change image size to 8 sectors" in answer.err) == (
            154,
            True,
        )
        assert size(image) == 1 << 20

    def test_a_mounted_one_is_not_resized_offline(self, image):
        image.vzctl("mount", 201)
        assert image.vzctl("set", 201, "--diskspace", "2G", "--offline-resize", "--save").rc == 154
        image.vzctl("umount", 201)
        assert image.vzctl("set", 201, "--diskspace", "2G", "--offline-resize", "--save").rc == 0

    def test_the_size_must_be_saved_and_inodes_have_no_limit(self, image):
        unsaved = "Error: can't use --diskspace without --save for a ploop-based container\n"
        assert image.vzctl("set", 201, "--diskspace", "1G") == (20, "", unsaved)
        answer = image.vzctl("set", 201, "--diskinodes", "1000", "--save")
        assert answer.rc == 0
        assert answer.out.startswith("Warning: --diskinodes is ignored for ploop-based container\n")


class TestConverting:
    def test_the_files_move_into_an_image(self, simfs):
        simfs.conf(201, simfs.conf(201) + 'DISKSPACE="1G:1G"\n')
        simfs.path("vz/private/201/kept").write_text("still here")

        answer = simfs.vzctl("convert", 201)

        assert (answer.rc, answer.out.splitlines()[:2]) == (
            0,
            [
                "Creating image: /vz/private/201.ploop/root.hdd/root.hdd size=1048576K",
                "Copying content to ploop...",
            ],
        )
        assert 'VE_LAYOUT="ploop"' in simfs.conf(201)
        assert [path.name for path in simfs.path("vz/private").iterdir()] == ["201"]
        assert simfs.path("vz/private/201/root.hdd/files/kept").read_text() == "still here"
        assert simfs.vzctl("start", 201).rc == 0

    def test_only_a_stopped_container_with_a_size_is_converted(self, simfs):
        assert simfs.vzctl("convert", 201) == (63, "", "Error: diskspace not set\n")
        simfs.vzctl("mount", 201)
        assert simfs.vzctl("convert", 201) == (41, "", "CT is mounted (umount it first)\n")
        simfs.vzctl("start", 201)
        assert simfs.vzctl("convert", 201) == (32, "", "CT is running (stop it first)\n")
        assert not simfs.path("vz/private/201.ploop").exists()

    def test_what_does_not_fit_stays_where_it_is(self, simfs):
        simfs.conf(201, simfs.conf(201) + 'DISKSPACE="1:1"\n')
        simfs.path("vz/private/201/large").write_bytes(b"x" * 5000)
        assert simfs.vzctl("convert", 201).rc == 3
        assert [path.name for path in simfs.path("vz/private").iterdir()] == ["201"]
        assert simfs.path("vz/private/201/large").exists()

    @pytest.mark.parametrize(
        ("words", "rc", "err"),
        [
            (["--velayout", "ploop:raw"], 99, NO_PLOOP),
            ([], 99, NO_PLOOP),
            (["--layout", "simfs"], 21, "Only conversion to ploop is supported\n"),
            (["--layout", "ext4"], 21, "Bad parameter for --layout: ext4\n"),
            (["more"], 20, "Invalid extra arguments: more \n"),
        ],
    )
    def test_what_its_options_are_checked_for(self, simfs, words, rc, err):
        simfs.without_ploop()
        assert simfs.vzctl("convert", 201, *words) == (rc, "", err)

    def test_an_image_is_compacted_and_left_as_it_was(self, image):
        assert image.vzctl("compact", 201).out == "Container is mounted\nContainer is unmounted\n"
        image.vzctl("start", 201)
        assert image.vzctl("compact", 201) == (0, "", "")

    def test_without_a_private_area_there_is_nothing_to_compact(self, bench):
        bench.conf(201, 'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nOSTEMPLATE="debian-12-x86_64"\n')
        assert bench.vzctl("compact", 201) == (43, "", "Container private area /vz/private/201 does not exist\n")


def test_disk_quota_may_be_that_of_one_container_and_needs_the_kernel(bench):
    bench.container(201, 'DISK_QUOTA="yes"\n')
    assert bench.vzctl("quotaon", 201) == (0, "", "")

    bench.foreign_kernel()

    assert bench.vzctl("quotaon", 201) == (60, "Disk quota is not enabled, skipping operation\n", "")
