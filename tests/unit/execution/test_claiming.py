"""Two jobs at once that want the same for two containers: one gets it, and the other is told who."""

import contextlib
import multiprocessing
import os
import threading

import pytest
from library import CONF, MARKED, UUID, Bridges, NodeDirectory, ObedientVzctl, note_as
from vzdomain import errors
from vzdomain.execution.journal import Journal
from vzdomain.execution.reconcile import Reconciler
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy.typed import OPTIONS
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain, Interface
from vzdomain.planning import exclusives, typed

ADDRESS = "10.0.0.1"
ROUNDS = 25
WANTED = {
    "an address": {"addresses": (ADDRESS,)},
    "a device of the node": {"interfaces": (Interface(guest="eth0", bridge="br0", target="shared0"),)},
    "a UUID": {"uuid": UUID},
}
FOR_TWO_THAT_ARE_THERE = [(WANTED[what], True) for what in WANTED]
FOR_TWO_THAT_ARE_MADE = [(WANTED[what], False) for what in WANTED]


@pytest.fixture
def reconciler(directory, journal):
    directory.add_bridge("br0")
    return lambda: Reconciler(directory.node(), Bridges(), Journal(journal.directory), lock_timeout=30)


def give(reconciler, ctid, wanted, agree=None):
    """``None``, or why the container did not get it."""
    try:
        reconciler.define(Domain(f"web{ctid}", ctid=Ctid(ctid), **wanted), agree=agree)
    except errors.RefusedError as err:
        return str(err)


@contextlib.contextmanager
def in_work(reconciler, ctid):
    """Another job that holds a container meanwhile, in another thread."""
    begun, over = threading.Event(), threading.Event()

    def work():
        with reconciler.recovery.at(ctid, []):
            begun.set()
            over.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(60)
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize(("wanted", "are_there"), FOR_TWO_THAT_ARE_THERE + FOR_TWO_THAT_ARE_MADE)
def test_of_two_jobs_that_have_both_planned_for_it_one_gets_it(directory, journal, reconciler, wanted, are_there):
    barrier, told = threading.Barrier(2), {}
    for ctid in ("101", "102") if are_there else ():
        directory.add(ctid, MARKED + CONF, name=f"web{ctid}")

    def job(ctid):
        told[ctid] = give(reconciler(), ctid, wanted, lambda _: barrier.wait(60))

    jobs = [threading.Thread(target=job, args=(ctid,)) for ctid in ("101", "102")]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()

    assert sorted(told) == ["101", "102"]
    loser = next(ctid for ctid in told if told[ctid])
    winner = next(ctid for ctid in told if ctid != loser)
    assert told[winner] is None
    kind = next(iter(wanted))
    assert f"container {winner}" in told[loser] or (kind == "uuid" and f"{winner}.conf" in told[loser])
    assert journal.claims() == {} == journal.steps()
    assert journal.ctids() == []


def _give(root, journal, ctid, wanted, barrier, told):
    directory = NodeDirectory.__new__(NodeDirectory)
    directory.root, directory.etc, directory.net = root, root / "etc", root / "net"
    directory.vzctl = ObedientVzctl(directory)
    reconciler = Reconciler(directory.node(), Bridges(), Journal(journal), lock_timeout=30)
    for number in range(ROUNDS):
        said = give(reconciler, 200 + 2 * number + ctid, wanted(number), lambda _: barrier.wait(60))
        told.put((number, ctid, said))
        barrier.wait(60)


def test_in_many_rounds_two_processes_never_give_one_address_to_two_containers(directory, journal):
    fork = multiprocessing.get_context("fork")
    barrier, told = fork.Barrier(2), fork.SimpleQueue()
    arguments = (lambda number: {"addresses": (f"10.0.0.{number}",)}, barrier, told)
    jobs = [fork.Process(target=_give, args=(directory.root, journal.directory, ctid, *arguments)) for ctid in (0, 1)]

    for job in jobs:
        job.start()
    said = sorted(told.get() for _ in range(2 * ROUNDS))
    for job in jobs:
        job.join()

    for number in range(ROUNDS):
        errors_ = [error for one, _, error in said if one == number]
        assert errors_.count(None) == 1, errors_
        assert len(directory.node().claims()["addresses", f"10.0.0.{number}"]) == 1


def test_who_is_giving_it_away_is_named(reconciler, directory, journal):
    journal = Journal(journal.directory, who=lambda: {"jid": "20261127", "fun": "openvz.apply"})
    with journal.hold("102"):
        journal.claim("102", [("addresses", ADDRESS)])
        told = give(reconciler(), "101", WANTED["an address"])

    assert told.startswith(f"{exclusives.TAKEN['addresses'].format(ADDRESS, 102)} (process {os.getpid()}")
    assert told.endswith("Salt job 20261127, openvz.apply is assigning it there now)")
    assert not [argv for argv in directory.vzctl.runs if argv[0] == "create"]


@pytest.mark.parametrize("noted", ["targets", "hostdevs"])
def test_a_device_is_one_of_the_node_whatever_it_is_wanted_for(reconciler, journal, noted):
    with journal.hold("102"):
        journal.claim("102", [(noted, "shared0")])

        assert "container 102" in give(reconciler(), "101", WANTED["a device of the node"])


def test_what_the_other_one_got_after_planning_is_seen_by_a_worker_too(directory, reconciler):
    whole = reconciler()
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF, name=f"web{ctid}")
    whole.plan(Domain("web101", ctid=Ctid("101"), **WANTED["an address"]))
    worker = whole.alone("101")
    directory.conf("102").write_text(f'IP_ADDRESS="{ADDRESS}"\n{CONF}')

    told = give(worker, "101", WANTED["an address"])

    assert told == f"{exclusives.TAKEN['addresses'].format(ADDRESS, 102)} (it got it after this run was planned)"


def test_what_a_container_has_whose_file_is_away_for_a_moment_is_not_given_away(directory, reconciler):
    whole = reconciler()
    directory.add("101", MARKED + CONF, name="web101")
    directory.add("102", f'IP_ADDRESS="{ADDRESS}"\n{CONF}')
    whole.node.claims()
    directory.conf("102").unlink()

    assert "belongs to container 102" in give(whole.alone("101"), "101", WANTED["an address"])


def test_a_note_of_a_dead_run_keeps_nobody_from_anything_and_goes_with_the_next(reconciler, journal):
    journal.claim("102", [("addresses", ADDRESS)])

    assert give(reconciler(), "101", WANTED["an address"]) is None
    assert journal.claims() == {}


def test_the_next_job_of_a_container_is_not_taken_for_the_dead_one(directory, reconciler, journal):
    directory.add("102", MARKED + CONF)
    journal.claim("102", [("addresses", ADDRESS)])

    with in_work(reconciler(), "102"):
        assert give(reconciler(), "101", WANTED["an address"]) is None


def test_a_note_of_a_dead_run_counts_while_its_vzctl_goes_on_alone(directory, reconciler, journal):
    directory.add("102", MARKED + CONF)
    journal.claim("102", [("addresses", ADDRESS)])
    directory.lock("102").write_text(f"{os.getpid()}\n")

    told = give(reconciler(), "101", WANTED["an address"])

    assert told.startswith(exclusives.TAKEN["addresses"].format(ADDRESS, "102"))
    assert f"is held by process {os.getpid()}" in told


@pytest.mark.parametrize("failure", [None, errors.OpenVZError("no")])
def test_the_note_is_there_while_vzctl_runs_and_gone_however_it_ends(directory, reconciler, journal, failure):
    directory.add("101", MARKED + CONF, name="web101")
    seen, run = [], directory.vzctl._set

    def _set(*arguments):
        seen.append((journal.claims(), journal.is_held("claiming")))
        if failure:
            raise failure
        run(*arguments)

    directory.vzctl._set = _set
    with pytest.raises(errors.OpenVZError) if failure else contextlib.nullcontext():
        give(reconciler(), "101", WANTED["an address"])

    assert seen == [({"101": {("addresses", ADDRESS)}}, False)]
    assert journal.claims() == {}


def test_what_takes_nothing_from_others_takes_no_turn(directory, reconciler, monkeypatch):
    monkeypatch.setattr(Journal, "claiming", lambda _: pytest.fail("it takes its turn"))
    directory.add("101", f'IP_ADDRESS="{ADDRESS}"\n{MARKED}{CONF}', name="web101")

    assert give(reconciler(), "101", {"vcpu": 2}) is None
    assert give(reconciler(), "101", WANTED["an address"]) is None


def test_a_set_as_typed_is_done_and_others_are_reported(directory, reconciler, journal):
    for ctid in ("101", "102"):
        directory.add(ctid, MARKED + CONF, name=f"web{ctid}")
    told, run = [], directory.vzctl._set

    def _set(ctid, options):
        if ctid == "102":
            told.append(give(reconciler(), "101", WANTED["an address"]))
        run(ctid, options)

    directory.vzctl._set = _set
    typing = reconciler()
    container = typing.resolve("102")
    typing.change(typed.settings(container, ("--ipadd", f"{ADDRESS}/24"), LEGACY), container)

    assert told[0].startswith(exclusives.TAKEN["addresses"].format(ADDRESS, "102"))
    assert journal.claims() == {}


def test_of_what_is_typed_addresses_and_devices_are_known():
    words = "--ipadd FD00::0:1/64 --netdev_add eth5 --netif_add eth0,,v0,,br0 --netif_add eth1 --host_ifname v1"

    assert list(OPTIONS.claims_of(words.split())) == [
        ("addresses", "fd00::1"), ("hostdevs", "eth5"), ("targets", "v0"), ("targets", "v1"),
    ]  # fmt: skip


def test_a_damaged_note_of_claims_is_none(journal):
    journal.begin("101", "web")
    note_as(journal, "claims", "101", "[]")
    note_as(journal, "claims", "102", '{"claims": 1}')
    note_as(journal, "claims", "103", '{"claims": [["addresses", "10.0.0.1"], 5]}')

    assert journal.claims() == {"103": {("addresses", "10.0.0.1"), ()}}
