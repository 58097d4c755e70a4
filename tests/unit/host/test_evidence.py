"""Nothing is created, and nothing called absent, where anything tells of the container: its file may be away."""

import os
import threading

import pytest
from library import CONF, MARKED, UUID
from vzdomain import errors
from vzdomain.document.entries import Entry, read, with_document
from vzdomain.execution import executor
from vzdomain.execution.reconcile import Reconciler
from vzdomain.host.networks import Networks
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.planning import planner, protection

NO_LIMITS = dict.fromkeys(planner.COUNTS)


@pytest.fixture
def reconciler(directory, journal):
    return Reconciler(directory.node(), Networks({}), journal, lock_timeout=0)


@pytest.fixture
def lost(directory):
    """The running container 101, named web, whose configuration file somebody has removed."""
    directory.add("101", f"#UUID: {UUID}\n{MARKED}{CONF}", "running", name="web")
    directory.conf("101").unlink()
    return directory


def entry(name, *inner, **said):
    xml = f"<domain type='openvz'><name>{name}</name>{''.join(inner)}</domain>"
    found = read(name, {"xml": xml, **said})
    return with_document(found, found.xml)


def created(directory):
    return [argv for argv in directory.vzctl.runs if argv[0] == "create"]


@pytest.mark.parametrize(
    "document",
    [
        Domain("web"),
        Domain("web", uuid=UUID),
        Domain("web", ctid=Ctid("101")),
        Domain("web", ctid=Ctid("102")),
        Domain("101"),
        Domain("101", uuid=UUID),
        Domain("other", ctid=Ctid("101")),
    ],
)
def test_a_container_whose_file_is_lost_gets_no_twin(lost, reconciler, document):
    with pytest.raises(errors.RefusedError, match="101"):
        reconciler.plan(document)
    with pytest.raises(errors.RefusedError, match="101"):
        reconciler.define(document)
    assert created(lost) == []


def test_a_document_that_was_followed_is_known_by_its_uuid_when_its_file_is_lost(lost, reconciler):
    reconciler.journal.follow({"101": {"label": "openvz:domains:web", "uuid": UUID}})
    document = Domain("other", uuid=UUID)

    with pytest.raises(errors.RefusedError, match=f"container 101 had the UUID {UUID}, and exists only in part"):
        reconciler.define(document)
    assert created(lost) == []


@pytest.mark.parametrize("text", [None, "", " \n"])
def test_a_uuid_is_not_called_unknown_while_a_file_that_may_say_it_is_gone_or_empty(lost, reconciler, text):
    if text is not None:
        lost.conf("101").write_text(text)

    with pytest.raises(errors.RefusedError, match=r"101.* is gone or empty .* restore .*101\.conf"):
        reconciler.look_up(UUID)
    with pytest.raises(errors.RefusedError, match=r"101"):
        reconciler.define(Domain("other", uuid=UUID))
    assert created(lost) == []


def test_a_link_that_points_to_nothing_keeps_no_new_uuid_from_being_made(directory, reconciler):
    (directory.etc / "names/gone").symlink_to(directory.conf("101"))

    assert reconciler.look_up(UUID) is None
    reconciler.define(Domain("other", uuid=UUID))
    assert len(created(directory)) == 1


@pytest.mark.parametrize("document", [Domain("web"), Domain("web", uuid=UUID), Domain("101")])
def test_a_running_container_without_file_and_link_gets_no_twin_either(lost, reconciler, document):
    (lost.etc / "names/web").unlink()

    with pytest.raises(errors.RefusedError, match="container 101 is"):
        reconciler.define(document)
    assert created(lost) == []


@pytest.mark.parametrize("trace", ["link", "area", "dump", "root", "vzlist", "dangling", "directory"])
def test_whatever_tells_of_a_container_keeps_it_from_being_made_or_called_absent(directory, reconciler, trace):
    leave(directory, trace)

    for ask in (
        lambda: reconciler.define(Domain("101")),
        lambda: reconciler.look_up("101"),
        lambda: planner.destruction(reconciler, Entry("101", state="absent", adopt=True)),
    ):
        with pytest.raises((errors.RefusedError, errors.CannotAskError), match="101"):
            ask()
    assert created(directory) == []


@pytest.mark.parametrize("trace", ["link", "area", "dump", "root", "vzlist", "dangling", "directory", "lock"])
def test_a_new_container_gets_no_ctid_of_which_anything_is_there(directory, reconciler, trace):
    directory.vzctl.statuses["300"] = "stopped"
    directory.add("300")
    leave(directory, trace)

    if trace == "vzlist":
        with pytest.raises(errors.RefusedError, match="container 101 is running according to vzlist"):
            reconciler.define(Domain("new"))
    else:
        assert reconciler.define(Domain("new"))[0].ctid == "102"


def leave(directory, trace):
    """One thing alone of container 101."""
    if trace == "link":
        directory.link("web", "101")
    elif trace == "area":
        (directory.private("101") / "etc").mkdir(parents=True)
    elif trace == "dump":
        directory.dump("101").touch()
    elif trace == "root":
        (directory.root / "root/101/etc").mkdir(parents=True)
    elif trace == "vzlist":
        directory.vzctl.statuses["101"] = "running"
    elif trace == "dangling":
        directory.conf("101").symlink_to(directory.root / "nowhere")
    elif trace == "lock":
        directory.lock("101").write_text(f"{os.getpid()}\n")
    else:
        directory.conf("101").mkdir()


@pytest.mark.parametrize("what", ["file", "directory"])
def test_what_stands_in_the_place_of_a_link_of_a_name_keeps_the_name_from_being_given(directory, reconciler, what):
    path = directory.etc / "names/web"
    path.touch() if what == "file" else path.symlink_to(directory.root)

    with pytest.raises(
        errors.RefusedError, match="names/web exists but does not point to a container's file; remove it"
    ):
        reconciler.define(Domain("web"))


def test_many_at_once_make_no_twin_and_go_on_with_the_others(lost, reconciler):
    jobs = planner.begin(reconciler, [entry("web"), entry("db")], NO_LIMITS)
    done = {one.label: one for one in executor.Executor(reconciler, 2).do(jobs)}

    assert "container 101" in done["web"].error
    assert done["db"].error is None
    assert [argv[1] for argv in created(lost)] == ["102"]


def test_purging_does_nothing_where_an_entry_means_a_container_whose_file_is_lost(lost, reconciler):
    lost.add("105", MARKED + CONF)

    with pytest.raises(errors.RefusedError, match="101"):
        protection.orphans(reconciler, [entry("web")])


def test_a_directory_in_the_place_of_a_file_hides_no_other_container(directory, reconciler):
    directory.add("101", MARKED + CONF, name="web")
    directory.conf("105").mkdir()

    assert [one.ctid for one in reconciler.node.containers()] == ["101"]
    assert reconciler.look_up("web").ctid == "101"
    assert reconciler.define(Domain("new"))[0].ctid == "102"


# made by somebody else between planning and doing


@pytest.mark.parametrize(
    ("document", "made"),
    [
        (Domain("web"), lambda d: d.add(150, name="web")),
        (Domain("web"), lambda d: d.link("web", 150)),
        (Domain("web", uuid=UUID), lambda d: d.add(150, f"#UUID: {UUID}\n{CONF}")),
        (Domain("web"), lambda d: d.add(150, CONF + 'NAME="web"\n')),
        (Domain("101"), lambda d: d.add("101")),
        (Domain("101"), lambda d: (d.private("101") / "etc").mkdir(parents=True)),
    ],
)
@pytest.mark.parametrize("many", [False, True])
def test_what_somebody_makes_between_planning_and_creating_is_seen(directory, reconciler, document, made, many):
    if many:
        found = Entry("web", document=type("Document", (), {"domain": document, "warnings": (), "unwritable": {}})())
        jobs = planner.begin(reconciler, [found], NO_LIMITS)
        made(directory)
        (one,) = executor.Executor(reconciler).do(jobs)
        error = one.error
    else:
        with pytest.raises(errors.RefusedError) as caught:
            reconciler.define(document, agree=lambda _: made(directory))
        error = str(caught.value)

    assert created(directory) == []
    told = ("exists", "appeared after", "points to container 150")
    assert error is None or any(words in error for words in told)  # None: it is as it should be
    assert reconciler.journal.ctids() == []


# files that are away for a moment


class Flicker:
    """Renames a file away and back, again and again, while the block runs."""

    def __init__(self, path):
        self.path, self.away = str(path), f"{path}.away"
        self._over, self._thread = threading.Event(), threading.Thread(target=self._run)

    def _run(self):
        while not self._over.is_set():
            os.rename(self.path, self.away)
            self._over.wait(0.002)
            os.rename(self.away, self.path)
            self._over.wait(0.002)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


@pytest.mark.parametrize(
    "document",
    [
        Domain("web"),
        Domain("web", uuid=UUID),
        Domain("101"),
        Domain("other", uuid=UUID),
        Domain("web", ctid=Ctid("101")),
    ],
)
def test_a_file_that_flickers_never_makes_a_twin_and_is_never_absent(directory, journal, document):
    directory.add("101", f"#UUID: {UUID}\n{MARKED}{CONF}", name="web")
    outcomes = []

    with Flicker(directory.conf("101")):
        for _ in range(25):
            reconciler = Reconciler(directory.node(), Networks({}), journal, lock_timeout=0)
            try:
                made = reconciler.plan(document)
                outcomes.append(made.ctid)
                assert "container" not in made.changes
                assert reconciler.meant(document) is not None
            except (errors.RefusedError, errors.CannotAskError, errors.GoneError) as err:
                outcomes.append(str(err))

    assert {one for one in outcomes if isinstance(one, int)} <= {"101"}
    assert "101" in outcomes


def test_purging_never_deletes_a_container_whose_file_flickers(directory, journal):
    directory.add("101", f"#UUID: {UUID}\n{MARKED}{CONF}", name="web")

    with Flicker(directory.conf("101")):
        for _ in range(25):
            reconciler = Reconciler(directory.node(), Networks({}), journal, lock_timeout=0)
            try:
                assert protection.orphans(reconciler, [entry("web", f"<uuid>{UUID}</uuid>")]) == []
            except (errors.RefusedError, errors.CannotAskError):
                continue
