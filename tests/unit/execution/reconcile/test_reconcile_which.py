"""Which container a document means, and which number a new one gets."""

import multiprocessing
import threading

import pytest
from library import CONF, MARKED, OTHER_UUID, UUID, Bridges, NodeDirectory, ObedientVzctl, done
from racing import Taken
from vzdomain import errors
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import CTID_TRIES, Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain, Interface
from vzdomain.planning import power

# which container


@pytest.mark.parametrize(
    ("document", "ctid"),
    [
        (Domain("209"), "209"),
        (Domain("999"), "999"),
        (Domain("web"), "101"),
        (Domain("other", uuid=UUID), "102"),
        (Domain("web", uuid=OTHER_UUID), "101"),
        (Domain("new", ctid=500), 500),
        (Domain("web", ctid=Ctid("101")), "101"),
        (Domain("102", uuid=UUID), "102"),
        (Domain("nobody"), None),
        (Domain("nobody", uuid=OTHER_UUID), None),
    ],
)
def test_a_document_means_its_ctid_else_its_uuid_else_its_name(directory, reconciler, document, ctid):
    directory.add("101", name="web")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")
    directory.add("209")

    assert reconciler.find(document) == ctid


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Domain("209", uuid=UUID), f"container 102 has the UUID {UUID}, but the document means container 209"),
        (Domain("web", uuid=UUID), "container 101 has the name web, but the document means container 102"),
        (Domain("web", ctid=Ctid("209")), "container 101 has the name web, but the document means container 209"),
        (Domain("new", ctid=Ctid("209"), uuid=UUID), f"container 102 has the UUID {UUID}, .* container 209"),
        (
            Domain("web", ctid=Ctid("102"), uuid=UUID),
            "container 101 has the name web, but the document means container 102",
        ),
    ],
)
def test_a_document_that_means_two_containers_is_refused(directory, reconciler, document, message):
    directory.add("101", name="web")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")
    directory.add("209")

    with pytest.raises(errors.RefusedError, match=message):
        reconciler.plan(document)
    with pytest.raises(errors.RefusedError, match=message):
        reconciler.define(document)
    assert directory.vzctl.runs == []


@pytest.mark.parametrize(
    ("name", "ctid"), [("101", "101"), ("101", "101"), ("0101", "101"), (" web ", "101"), (UUID.upper(), "102")]
)
def test_a_container_is_looked_up_by_number_name_or_uuid(directory, reconciler, name, ctid):
    directory.add("101", name="web")
    directory.add("102", f"#UUID: {UUID}\n{CONF}")

    assert reconciler.look_up(name).ctid == reconciler.resolve(name).ctid == ctid


@pytest.mark.parametrize("name", [999, "nobody", OTHER_UUID])
def test_a_container_that_is_not_there_is_absent(reconciler, name):
    assert reconciler.look_up(name) is None
    with pytest.raises(errors.AbsentError, match=f"there is no container {name} on this node"):
        reconciler.resolve(name)


def test_protection_is_by_number_or_name(directory, reconciler):
    for ctid, name in (("101", "web"), (300, None), ("301", "db")):
        directory.add(ctid, name=name)

    assert [reconciler.is_protected(reconciler.resolve(ctid)) for ctid in ("101", 300, "301")] == [True, True, False]


# creation


def test_a_document_is_defined_and_defined_again_without_a_step(directory, reconciler, journal):
    desired = Domain("web", uuid=UUID, vcpu=2)

    made, outcome = reconciler.define(desired)
    again, nothing = reconciler.define(desired)

    assert made.ctid == again.ctid == "101"
    assert outcome.changes == made.changes
    assert [step.argv[0] for step in made.calls if step.argv] == ["create", "set"]
    assert (again.calls, nothing.changes) == ((), {})
    assert directory.comments("101") == {"SALT-OPENVZ": "managed 101 node", "UUID": UUID}
    assert journal.ctids() == []


def test_a_change_that_vzctl_did_not_take_is_an_error(directory, reconciler):
    directory.vzctl.deaf.add("--cpus")

    with pytest.raises(errors.NotTakenError, match="still differs in: vcpu") as caught:
        reconciler.define(Domain("209", vcpu=2))

    assert done(caught.value) == {"209": {"container": {"old": None, "new": "created"}}}


def test_a_dry_run_says_what_the_real_run_does(reconciler):
    desired = Domain("209", uuid=UUID, vcpu=2, description="d")

    planned = reconciler.plan(desired)
    made, outcome = reconciler.define(desired)

    assert planned == made
    assert outcome.changes == planned.changes


def test_the_lowest_free_number_from_the_first_is_taken(directory, journal):
    reconciler = Reconciler(directory.node(), Bridges(), journal, first_ctid=200)
    for ctid in ("101", "200", "202"):
        directory.add(ctid)
    directory.dump("201").write_text("")

    assert reconciler.plan(Domain("web")).ctid == "203"


def test_numbers_that_a_dry_run_gave_are_not_given_again(reconciler):
    made = [reconciler.dry.plan(Domain(name)) for name in ("web", "db", "web")]

    assert [each.ctid for each in made] == ["101", "102", "101"]
    assert made[0].calls and made[1].calls and not made[2].calls
    for name in ("web", "101", "db", "102"):
        assert reconciler.dry.resolve(name).status == "stopped"
        assert reconciler.look_up(name) is None


def test_a_dry_run_goes_on_from_what_it_would_have_done(directory, reconciler):
    directory.add("209", MARKED + CONF)
    wanted = Domain("209", vcpu=2, addresses=("10.0.0.1",), interfaces=(Interface(),))

    first = reconciler.dry.plan(wanted)
    second = reconciler.dry.plan(wanted)
    reconciler.dry.imagine(power.start(reconciler.dry.resolve("209"), LEGACY))
    running = reconciler.dry.resolve("209").status
    reconciler.dry.imagine(reconciler.destroy_plan(reconciler.dry.resolve("209"), force=True))

    assert first.calls and not second.calls
    assert running == "running"
    assert reconciler.dry.look_up("209") is None
    assert reconciler.resolve("209").status == "stopped"
    assert reconciler.plan(wanted).calls


def test_two_documents_for_one_container_are_warned_of(directory, reconciler):
    directory.add("209", MARKED + CONF)
    reconciler.plan(Domain("209", vcpu=2))

    assert reconciler.plan(Domain("209", vcpu=2)).warnings == ()
    assert "another document of this run" in reconciler.plan(Domain("209", vcpu=1)).warnings[0]


def test_in_parallel_a_document_must_say_its_number(directory, reconciler, journal):
    for do in (reconciler.plan, reconciler.define):
        with pytest.raises(errors.RefusedError, match="web needs a CTID in its document"):
            do(Domain("web"), allocate=False)
        assert do(Domain("db", ctid=Ctid("105")), allocate=False)
    assert journal.ctids() == []


def test_a_number_taken_meanwhile_is_tried_again_with_the_next(directory, reconciler):
    create = directory.vzctl._create
    directory.vzctl._create = Taken(directory, create, times=2)

    made, _ = reconciler.define(Domain("web", uuid=UUID))

    assert made.ctid == "103"
    assert directory.comments("101") == directory.comments("102") == {}
    assert directory.comments("103")["UUID"] == UUID


def test_trying_again_ends(directory, reconciler, journal):
    directory.vzctl._create = Taken(directory, None, times=99)

    with pytest.raises(errors.OpenVZError, match="every CTID tried for web was taken"):
        reconciler.define(Domain("web"))

    assert len(directory.vzctl.runs) == CTID_TRIES
    assert journal.ctids() == []


def test_a_number_that_the_document_says_is_tried_once(directory, reconciler):
    directory.vzctl._create = Taken(directory, None, times=99)

    with pytest.raises(errors.PrivateAreaExistsError):
        reconciler.define(Domain("209"))

    assert len(directory.vzctl.runs) == 1


def test_a_document_that_cannot_be_planned_keeps_no_number(reconciler, journal):
    with pytest.raises(errors.NetworkUndefinedError):
        reconciler.define(Domain("web", interfaces=(Interface(network="lan"),)))

    assert journal.ctids() == []


def test_a_number_is_not_chosen_while_another_process_chooses(directory, reconciler, journal):
    choosing = threading.Thread(target=reconciler.define, args=(Domain("web"),))
    with Journal(journal.directory).allocation():
        choosing.start()
        choosing.join(0.1)
        assert directory.vzctl.runs == []
        journal.begin("101", "another")
    choosing.join()

    assert directory.vzctl.runs[0] == ("create", "102", "--name", "web")


def _define(root, journal, name):
    directory = NodeDirectory.__new__(NodeDirectory)
    directory.root, directory.etc, directory.net = root, root / "etc", root / "net"
    directory.vzctl = ObedientVzctl(directory)
    Reconciler(directory.node(), Bridges(), Journal(journal), lock_timeout=30).define(Domain(name))


def test_two_processes_never_choose_one_number(directory, journal):
    fork = multiprocessing.get_context("fork")
    names = [f"web{number}" for number in range(4)]
    workers = [fork.Process(target=_define, args=(directory.root, journal.directory, name)) for name in names]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert directory.node().ctids() == ["101", "102", "103", "104"]
    found = {name for ctid in range(101, 105) for name in names if f'NAME="{name}"' in directory.conf(ctid).read_text()}
    assert found == set(names)
