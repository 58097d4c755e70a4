"""rsync between the nodes of a fleet, as vzmigrate and others call it."""

import os

import pytest

OPTIONS = ("-aHAX", "--delete", "--numeric-ids")


@pytest.fixture
def tree(fleet):
    """A folder of the first node with one of everything."""
    place = fleet.path("hn1", "vz/private/101")
    (place / "etc/deep").mkdir(parents=True)
    (place / "etc/file").write_text("one")
    (place / "etc/file").chmod(0o640)
    os.link(place / "etc/file", place / "etc/again")
    (place / "etc/link").symlink_to("/nowhere")
    (place / "tmp").mkdir()
    (place / "tmp").chmod(0o1777)
    os.mkfifo(place / "tmp/pipe")
    os.utime(place / "etc/file", ns=(10**18, 10**18 + 5))
    return place


def send(fleet, *options, target="/vz/private/101/"):
    return fleet.run("hn1", "rsync", *OPTIONS, *options, "/vz/private/101/", f"root@hn2:{target}")


def test_modes_times_links_and_pipes_arrive(fleet, tree):
    assert send(fleet).rc == 0

    copy = fleet.path("hn2", "vz/private/101")
    assert (copy / "etc/file").stat().st_mode & 0o777 == 0o640
    assert (copy / "etc/file").stat().st_mtime_ns == 10**18 + 5
    assert (copy / "etc/file").stat().st_ino == (copy / "etc/again").stat().st_ino
    assert os.readlink(copy / "etc/link") == "/nowhere"
    assert (copy / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert (copy / "tmp/pipe").is_fifo()


def test_owners_arrive_by_their_numbers(fleet, tree):
    owner = (4321, 1234) if os.geteuid() == 0 else (os.getuid(), os.getgid())  # only root gives files away
    os.chown(tree / "etc/file", *owner)

    assert send(fleet).rc == 0
    found = fleet.path("hn2", "vz/private/101/etc/file").stat()
    assert (found.st_uid, found.st_gid) == owner


def test_what_the_source_has_not_is_removed_only_with_delete(fleet, tree):
    more = fleet.path("hn2", "vz/private/101/etc/more")
    more.parent.mkdir(parents=True)
    more.write_text("x")

    assert fleet.run("hn1", "rsync", "-a", "/vz/private/101/", "root@hn2:/vz/private/101/").rc == 0
    assert more.exists()
    assert send(fleet).rc == 0
    assert not more.exists()


def test_a_dry_run_lists_the_differences_and_changes_nothing(fleet, tree):
    assert send(fleet).rc == 0
    (tree / "etc/file").write_text("three")
    (tree / "etc/link").unlink()

    answer = send(fleet, "--dry-run", "--itemize-changes")

    assert answer.rc == 0
    assert answer.out == "*deleting   etc/link\n<f.st...... etc/again\n"
    assert fleet.path("hn2", "vz/private/101/etc/file").read_text() == "one"
    assert send(fleet).rc == 0
    assert send(fleet, "-n", "-i").out == ""


def test_without_a_slash_the_folder_itself_is_sent(fleet, tree):
    assert fleet.run("hn1", "rsync", "-a", "/vz/private/101", "root@hn2:/vz/dump").rc == 0
    assert fleet.path("hn2", "vz/dump/101/etc/file").read_text() == "one"


def test_what_is_excluded_stays_behind_and_survives_there(fleet, tree):
    there = fleet.path("hn2", "vz/private/101/etc/file")
    there.parent.mkdir(parents=True)
    there.write_text("theirs")

    assert send(fleet, "--exclude", "etc/file", "--exclude=again").rc == 0
    assert there.read_text() == "theirs"
    assert not fleet.path("hn2", "vz/private/101/etc/again").exists()
    assert send(fleet, "--exclude=etc/file", "--delete-excluded").rc == 0
    assert not there.exists()


def test_a_node_fetches_from_another(fleet, tree):
    assert fleet.run("hn2", "rsync", "-a", "root@hn1:/vz/private/101/", "/vz/private/102/").rc == 0
    assert fleet.path("hn2", "vz/private/102/etc/file").read_text() == "one"


def test_one_folder_on_shared_storage_is_not_copied_onto_itself(fleet, tree):
    fleet.path("hn2", "vz/private").rmdir()
    fleet.path("hn2", "vz/private").symlink_to(tree.parent)

    assert send(fleet).rc == 0
    assert (tree / "etc/file").read_text() == "one"


@pytest.mark.parametrize(
    ("words", "rc", "said"),
    [
        (["--bogus", "/vz/", "root@hn2:/vz/"], 1, "rsync: --bogus: unknown option"),
        (["-a", "/vz/nothing/", "root@hn2:/vz/x/"], 23, 'change_dir "/hn1/vz/nothing" failed'),
        (["-a", "/vz/lock/", "root@hn2:/vz/a/b/c/"], 11, 'mkdir "/hn2/vz/a/b/c" failed'),
        (["-a", "/vz/lock/", "root@hn9:/vz/lock/"], 255, "Could not resolve hostname hn9"),
        (["-a", "/vz/lock/", "joe@hn2:/vz/lock/"], 255, "joe@hn2: Permission denied"),
    ],
)
def test_what_rsync_cannot_do(fleet, words, rc, said):
    answer = fleet.run("hn1", "rsync", *words)

    assert answer.rc == rc
    assert said in answer.err


def test_a_fault_of_rsync_itself(fleet, tree):
    fleet.manage("fault", "--program", "rsync", "--rc", 12, "--times", 1, node="hn1")

    assert send(fleet).rc == 12
    assert send(fleet).rc == 0


def test_both_ends_are_processes_of_their_nodes_and_the_receiving_one_ends_with_the_other(fleet, tree):
    gate = fleet.directory / "gate"
    fleet.manage("fault", "--program", "rsync", "--until", gate, "--times", 1, node="hn1")
    process = fleet.begin("hn1", "rsync", *OPTIONS, "/vz/private/101/", "root@hn2:/vz/private/101/")
    fleet.until(gate.exists)

    assert any("rsync -aHAX" in line for line in fleet.at_work("hn1"))
    process.kill()
    process.communicate()
    gate.unlink()
    fleet.settle()
    assert not fleet.path("hn2", "vz/private/101").exists()
