"""Notes of containers being created."""

import multiprocessing
import threading

import pytest
from vzdomain.errors import ConfigurationError
from vzdomain.journal import Journal


def test_a_note_is_there_until_it_is_ended(journal):
    assert not journal.has(101, "web")

    journal.begin(101, "web")
    assert journal.has(101, "web")

    journal.end(101)
    assert not journal.has(101, "web")
    assert journal.ctids() == []


def test_a_note_is_one_name_and_one_number(journal):
    journal.begin(101, "web")
    journal.begin(102, "db")

    assert not journal.has(101, "db")
    assert (journal.ctid_of("web"), journal.ctid_of("db"), journal.ctid_of("mail")) == (101, 102, None)
    assert journal.ctids() == [101, 102]


def test_notes_survive_the_process(journal):
    journal.begin(101, "web 1 ü")

    assert Journal(journal.directory).has(101, "web 1 ü")


def test_ending_what_never_began_is_no_error(journal):
    journal.end(101)


@pytest.mark.parametrize("text", ["", '{"name": "we', "null", "[]", '"web"', "\xff"])
def test_a_note_cut_short_tells_nothing(journal, tmp_path, text):
    journal.begin(101, "web")
    (tmp_path / "journal" / "101.creating").write_bytes(text.encode("latin-1"))

    assert not journal.has(101, "web")
    assert journal.ctids() == [101]


def test_other_files_are_no_notes(journal, tmp_path):
    journal.begin(101, "web")
    (tmp_path / "journal" / "x.creating").touch()
    (tmp_path / "journal" / "102.creating~").touch()

    assert journal.ctids() == [101]


def test_the_notes_are_for_the_minion_alone(journal, tmp_path):
    journal.begin(101, "web")

    assert (tmp_path / "journal").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "use",
    [
        lambda journal: journal.begin(101, "web"),
        lambda journal: journal.allocation().__enter__(),
        lambda journal: journal.has(101, "web"),
        lambda journal: journal.ctids(),
        lambda journal: journal.end(101),
    ],
)
def test_a_directory_that_cannot_be_used_is_one_sentence(tmp_path, use):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match=f"the notes in {tmp_path}/file cannot be used: "):
        use(Journal(str(tmp_path / "file")))


def test_a_full_disk_is_one_sentence(journal, tmp_path):
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "101.creating").symlink_to("/dev/full")

    with pytest.raises(ConfigurationError, match="No space left"):
        journal.begin(101, "web")


def test_one_at_a_time_chooses_a_number(journal):
    order = []
    with journal.allocation():
        second = threading.Thread(target=_choose, args=(journal, order))
        second.start()
        second.join(0.1)
        order.append("first")
    second.join()

    assert order == ["first", "second"]


def _choose(journal, order):
    with journal.allocation():
        order.append("second")


def test_processes_take_turns_too(journal):
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_take_lowest, args=(journal, f"web{number}")) for number in range(4)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert journal.ctids() == [101, 102, 103, 104]
    assert sorted(journal.ctid_of(f"web{number}") for number in range(4)) == [101, 102, 103, 104]


def _take_lowest(journal, name):
    with journal.allocation():
        taken = journal.ctids()
        journal.begin(next(ctid for ctid in range(101, 200) if ctid not in taken), name)
