"""What stands in the place of a file of the node: pipes, devices, links, directories, far too much."""

import contextlib
import os
import resource
import signal
import socket
import sqlite3
import stat
import threading

import pytest
from library import note_as
from vzdomain import errors
from vzdomain.execution.journal import Journal
from vzdomain.host import files, marks
from vzdomain.reports import doctor

SECONDS = 20  # a pipe without writer would be waited for without end
MANY_BYTES = 1024**3


@pytest.fixture(autouse=True)
def no_waiting_without_end():
    signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)


def _give_up(*_):
    raise AssertionError("it waits without end")


def pipe(path):
    os.mkfifo(path)


def unix_socket(path):
    here = os.open(path.parent, os.O_RDONLY)  # the path of a socket has no more than 107 bytes
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
        one.bind(f"/proc/self/fd/{here}/{path.name}")
    os.close(here)


def device(path):
    os.symlink("/dev/zero", path)


def folder(path):
    path.mkdir()


def huge(path):
    with open(path, "wb") as stream:
        stream.truncate(MANY_BYTES)


ODD = [pipe, unix_socket, device, folder, huge]
WHY = "cannot be read: it (is not a regular file|has more than 4194304 bytes)"


def put(make, path):
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    make(path)


@pytest.mark.parametrize("make", ODD)
def test_only_a_regular_file_of_a_sensible_size_is_read(tmp_path, make):
    make(tmp_path / "209.conf")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB

    with pytest.raises(errors.CannotAskError, match=f"209.conf {WHY}"):
        files.text(str(tmp_path / "209.conf"))

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024


def test_a_file_that_becomes_a_pipe_between_looking_and_opening_is_not_waited_for(tmp_path, monkeypatch):
    (tmp_path / "209.conf").touch()
    look = os.stat

    def look_and_swap(path):
        found = look(path)
        put(pipe, tmp_path / "209.conf")
        return found

    with monkeypatch.context() as patched, pytest.raises(errors.CannotAskError, match="it is not a regular file"):
        patched.setattr(files.os, "stat", look_and_swap)
        files.text(str(tmp_path / "209.conf"))


@pytest.mark.parametrize("path", ["/etc/vz\0", "/etc/\ud800"])
def test_a_path_that_no_file_can_have_is_an_error(path):
    with pytest.raises(errors.CannotAskError, match="the path contains a NUL or an invalid character"):
        files.text(path)


@pytest.mark.parametrize("ask", ["container", "values", "layout", "text"])
@pytest.mark.parametrize("make", ODD)
def test_an_odd_configuration_file_is_one_error_that_names_it(directory, make, ask):
    directory.add("209")
    put(make, directory.conf("209"))

    with pytest.raises(errors.CannotAskError, match=f"209.conf {WHY}"):
        getattr(directory.node(), ask)("209")


@pytest.mark.parametrize("make", ODD)
def test_an_odd_configuration_file_hides_no_other_container_and_is_not_a_proof_of_absence(directory, make):
    directory.add("208", name="web")
    put(make, directory.conf("209"))
    assert [one.ctid for one in directory.node().containers()] == ["208"]
    assert directory.node().by_name("web") == "208"
    assert directory.node().leftovers("209") == (str(directory.conf("209")),)

    (directory.private("209") / "etc").mkdir(parents=True)
    with pytest.raises(errors.RefusedError, match=r"209.conf cannot be read, but container 209 exists"):
        directory.node().make_sure()


@pytest.mark.parametrize("make", ODD)
def test_odd_files_of_the_node_itself_are_errors_that_name_them(directory, make):
    put(make, directory.etc / "conf/ve-odd.conf-sample")
    put(make, directory.etc / "vznet.conf")

    with pytest.raises(errors.CannotAskError, match=f"ve-odd.conf-sample {WHY}"):
        directory.node().sample("odd")
    with pytest.raises(errors.CannotAskError, match=f"vznet.conf {WHY}"):
        _ = directory.node().has_bridge_script
    put(make, directory.etc / "vz.conf")
    with pytest.raises(errors.CannotAskError, match=f"vz.conf {WHY}"):
        _ = directory.node().vz_conf


@pytest.mark.parametrize("make", ODD)
def test_the_doctor_names_odd_files_and_goes_on(directory, tmp_path, make):
    directory.add("208")
    for path in (directory.conf("209"), directory.lock("208")):
        put(make, path)

    directory.vzctl.version, directory.vzctl.vzctl = lambda: "4.11.1", "vzctl"
    found = doctor.examine(directory.node(), str(tmp_path / "proc"), {}, None)

    said = [f"{one.where} {one.what}" for one in found]
    for name in ("209.conf", "208.lck"):
        assert any(name in one and "cannot be read: it" in one for one in said), said


@pytest.mark.parametrize("make", ODD)
def test_our_comments_are_not_written_into_an_odd_file(directory, make):
    directory.add("209")
    put(make, directory.conf("209"))

    with pytest.raises(errors.CannotAskError, match=f"209.conf {WHY}"):
        marks.write(directory.node(), "209", UUID="x")

    assert not directory.lock("209").exists()


@pytest.mark.parametrize("make", ODD)
def test_an_odd_lock_file_is_an_error_that_names_it_and_stays(directory, make):
    directory.add("209")
    put(make, directory.lock("209"))

    with pytest.raises(errors.CannotAskError, match="lock .*209.lck cannot be taken"):
        marks.write(directory.node(), "209", patience=0, UUID="x")

    assert os.path.lexists(directory.lock("209"))


@pytest.mark.parametrize("make", ODD)
@pytest.mark.parametrize("name", ["journal.sqlite", "209.lock", "journal.lock", "journal.sqlite-journal"])
def test_odd_files_among_our_notes_are_errors_that_name_the_place(tmp_path, make, name):
    journal = Journal(str(tmp_path))
    make(tmp_path / name)

    with contextlib.suppress(errors.ConfigurationError), journal.hold("209"):
        journal.begin("209", "web")
        journal.is_held("209")

    if make is not huge:
        with pytest.raises(errors.ConfigurationError, match=str(tmp_path)), Journal(str(tmp_path)).hold("209"):
            Journal(str(tmp_path)).begin("210", "web")


def foreign(*statements):
    """The bytes of a database that these make."""
    with contextlib.closing(sqlite3.connect(":memory:")) as base:
        base.executescript(";".join(statements))
        return base.serialize()


HARM = {
    "text": b"[" * 100_000,
    "zeros": bytes(10_000),
    "a database of somebody else": foreign("CREATE TABLE history (id)"),
    "another version": foreign("PRAGMA user_version = 99", "CREATE TABLE notes (kind, ctid, note)"),
    "no notes": foreign("PRAGMA user_version = 1", "CREATE TABLE other (kind)"),
    "other columns": foreign("PRAGMA user_version = 1", "CREATE TABLE notes (ctid)"),
    "the beginning of one": foreign("CREATE TABLE history (id)")[:700],
}


@pytest.mark.parametrize("harm", HARM)
def test_notes_that_mean_harm_are_set_aside(tmp_path, harm):
    (tmp_path / "journal.sqlite").write_bytes(HARM[harm])
    journal = Journal(str(tmp_path))

    journal.begin("209", "web")

    assert journal.ctids() == ["209"]
    assert (tmp_path / "journal.sqlite.damaged").read_bytes() == HARM[harm]


@pytest.mark.parametrize("note", ['{"%s": {}}' % ("9" * 5000), "[" * 100_000, '{"a": %s}' % ("9" * 5000), "\0"])
def test_a_note_that_means_harm_is_none(tmp_path, note):
    journal = Journal(str(tmp_path))
    journal.begin("209", "web")
    note_as(journal, "creating", "210", note)
    note_as(journal, "steps", "x", note)

    assert (journal.ctids(), journal.steps(), journal.damage()) == (["209"], {}, None)


@pytest.mark.parametrize("time", ["1e300", "-1e300", "9" * 400, "NaN", "Infinity"])
def test_a_note_of_no_time_at_all_can_be_shown(tmp_path, time):
    journal = Journal(str(tmp_path))
    journal.begin("209", "web")
    note_as(journal, "steps", "209", f'{{"name": "web", "time": {time}}}')

    assert "1970" in str(journal.step("209"))


# links


def test_a_configuration_file_that_is_a_link_stays_one_as_with_vzctl(directory, tmp_path):
    directory.add("209")
    real = tmp_path / "elsewhere.conf"
    directory.conf("209").rename(real)
    directory.conf("209").symlink_to(real)

    marks.write(directory.node(), "209", UUID="8dea22b3-1d52-d8f3-2516-782e98ab8fa0")

    assert directory.conf("209").is_symlink()
    assert "#UUID: 8dea22b3" in real.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["elsewhere.conf", "node"]


def test_a_configuration_file_that_points_nowhere_is_half_a_container(directory, tmp_path):
    directory.conf("209").symlink_to(tmp_path / "nowhere")

    with pytest.raises(errors.RefusedError, match=r"209 exists only in part: .*209.conf"):
        directory.node().container("209")
    with pytest.raises(errors.NotSavedError, match="nowhere cannot be written: No such file"):
        marks.write(directory.node(), "209", UUID="x")
    assert directory.node().containers() == []
    assert directory.node().free_ctid(209) == "210"
    assert not (tmp_path / "nowhere").exists()


def test_a_lock_that_is_a_link_is_removed_and_what_it_points_to_stays(directory, tmp_path):
    directory.add("209")
    (tmp_path / "precious").write_text("no number\n")
    directory.lock("209").symlink_to(tmp_path / "precious")

    marks.write(directory.node(), "209", patience=1, UUID="x")

    assert (tmp_path / "precious").read_text() == "no number\n"
    assert not os.path.lexists(directory.lock("209"))


def test_what_we_write_beside_a_file_goes_through_no_link(directory, tmp_path):
    directory.add("209")
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    own = f"{directory.lock(209)}.salt.{os.getpid()}.{threading.get_ident()}"
    for path in (own, marks.scratch(str(directory.conf("209")))):
        os.symlink(precious, path)

    marks.write(directory.node(), "209", UUID="x")

    assert precious.read_text() == "mine\n"
    assert "#UUID: x" in directory.conf("209").read_text()


@pytest.mark.parametrize("name", ["journal.sqlite", "journal.sqlite-journal", "209.lock", "journal.lock"])
def test_our_notes_go_through_no_link(tmp_path, name):
    (tmp_path / "cache").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    (tmp_path / "cache" / name).symlink_to(precious)
    journal = Journal(str(tmp_path / "cache"))

    with pytest.raises(errors.ConfigurationError, match="symbolic links|not a regular file"), journal.hold("209"):
        journal.begin("209", "web")

    assert precious.read_text() == "mine\n"


def test_notes_and_their_place_are_for_nobody_else(tmp_path):
    journal = Journal(str(tmp_path / "cache"))

    with journal.hold("209"):
        journal.begin("209", "web")

    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "cache").iterdir()} == {0o600}


ELSEWHERE = ["/etc/passwd", "../../../etc/passwd", "../vz.conf", "x" * 4000, "209.conf/..", ".", "٢٠٩.conf"]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_a_name_whose_link_points_elsewhere_is_not_a_container(directory, target):
    directory.add("209")
    (directory.etc / "names/web").symlink_to(target)

    with pytest.raises(
        errors.RefusedError, match="names/web exists but does not point to a container's file; remove it"
    ):
        directory.node().by_name("web")


@pytest.mark.parametrize("name", ["../conf/209.conf", "/etc/passwd", ".", "..", "", "a\0b", "x" * 5000, "\ud800"])
def test_no_text_for_a_name_leads_out_of_the_names(directory, name):
    directory.add("209")

    assert directory.node().by_name(name) is None


def test_a_private_area_that_is_a_link_is_a_private_area(directory, tmp_path):
    directory.add("209")
    directory.private("209").rename(tmp_path / "moved")
    directory.private("209").symlink_to(tmp_path / "moved")

    assert directory.node().container("209").ctid == "209"


@pytest.mark.parametrize("name", ["1\u0663.conf", "0209.conf", "-1.conf", "209.conf ", "209.CONF", "\u0662\u0660.conf"])
def test_a_file_whose_name_is_nearly_a_ctid_is_not_a_container(directory, name):
    directory.add("208")
    (directory.etc / "conf" / name).write_text("")

    assert [one.ctid for one in directory.node().containers()] == directory.node().ctids() == ["208"]


def test_a_number_of_thousands_of_digits_is_none(directory):
    directory.add("209", f'STOP_TIMEOUT="{"9" * 5000}"\nDISKSPACE="{"9" * 400}.5G"\nCPUS="{"9" * 5000}"\n')

    container = directory.node().container("209")

    assert (container.stop_timeout, container.domain.diskspace, container.domain.vcpu) == (None, None, None)
