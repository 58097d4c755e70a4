"""The plan of all containers of a pillar on one node: the order, what moves between them, and what is refused."""

import pytest
from library import CONF, MARKED, UUID
from managing import done, entry, planned, routed, template
from vzdomain.document import entries
from vzdomain.planning import planner


def bare(label, **said):
    return entries.Entry(label, **said)


def argvs(job):
    return [step.argv[:2] for step in job.plan.calls if step.argv]


def test_a_plan_has_the_document_first_and_then_the_power(directory, reconciler):
    directory.add("101", MARKED + CONF)

    job = planned(reconciler, entry("101", "<vcpu>2</vcpu>", "running"))["101"]

    assert argvs(job) == [("set", "101"), ("start", "101")]
    assert set(job.plan.changes) == {"vcpu", "status"}


@pytest.mark.parametrize(
    ("state", "status", "verbs"),
    [
        (None, "running", []),
        ("running", "stopped", ["start"]),
        ("running", "suspended", ["start"]),
        ("stopped", "running", ["stop"]),
        ("stopped", "mounted", []),
        ("stopped", "suspended", []),
        ("suspended", "running", ["suspend"]),
        ("suspended", "suspended", []),
        ("suspended", "stopped", ["start", "suspend"]),
        ("absent", "stopped", ["destroy"]),
        ("absent", "mounted", ["umount", "destroy"]),
    ],
)
def test_power_is_changed_only_where_an_entry_says_it(directory, reconciler, state, status, verbs):
    directory.add("101", MARKED + CONF, status)

    job = planned(reconciler, entry("101", state=state))["101"]

    assert [verb for verb, _ in argvs(job)] == verbs
    if verbs:
        assert next(iter(job.plan.changes.values()))["old"] == status


DISABLED, ENABLED = (
    "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>"
    f"<openvz:disabled>{word}</openvz:disabled></metadata>"
    for word in ("yes", "no")
)


@pytest.mark.parametrize("state", ["running", "suspended"])
@pytest.mark.parametrize("there", [None, "", 'DISABLED="yes"\n'])
def test_a_start_that_the_document_forbids_is_refused_before_anything_is_done(directory, reconciler, there, state):
    if there is not None:
        directory.add("101", MARKED + CONF + there)
    wanted = entry("101", f"<vcpu>2</vcpu>{DISABLED}", state)

    dry, real = planned(reconciler, wanted)["101"], done(reconciler, wanted)["101"]

    assert dry.error == real.error
    assert f"101 should be {state}, but its document disables it" in real.error
    assert [argv for argv in directory.vzctl.runs if argv[0] != "status"] == []
    assert real.changes == {}


@pytest.mark.parametrize("state", ["running", "suspended"])
def test_a_disabled_container_starts_where_the_document_enables_it(directory, reconciler, state):
    directory.add("101", MARKED + CONF + 'DISABLED="yes"\n')
    wanted = entry("101", ENABLED, state)

    dry, real = planned(reconciler, wanted)["101"], done(reconciler, wanted)["101"]

    assert (dry.error, real.error) == (None, None)
    assert dry.plan.changes == real.changes
    assert directory.vzctl.statuses["101"] == state


def test_a_disabled_container_of_which_the_document_says_nothing_is_not_changed_and_then_left(directory, reconciler):
    directory.add("101", MARKED + CONF + 'DISABLED="yes"\n')

    one = done(reconciler, entry("101", "<vcpu>2</vcpu>", "running"))["101"]

    assert "container 101 is disabled" in one.error
    assert one.changes == {}


@pytest.mark.parametrize(
    ("state", "status"),
    [("running", "running"), ("stopped", "running"), ("suspended", "running"), ("suspended",) * 2, (None, None)],
)
def test_what_needs_no_start_may_be_disabled(directory, reconciler, state, status):
    if status:
        directory.add("101", MARKED + CONF, status)

    one = done(reconciler, entry("101", DISABLED, state))["101"]

    assert (one.error, "disabled" in one.changes or "container" in one.changes) == (None, True)


def test_an_entry_without_document_is_about_power_alone(directory, reconciler):
    directory.add("101", CONF, "running", name="old")

    assert argvs(planned(reconciler, bare("old", state="stopped"))["old"]) == [("stop", "101")]
    assert planned(reconciler, bare("gone", state="absent"))["gone"].plan.calls == ()
    assert "there is no container gone" in planned(reconciler, bare("gone", state="running"))["gone"].error


def test_new_containers_get_numbers_that_no_other_entry_says(reconciler):
    said = entry(
        "db",
        "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:ctid>103</openvz:ctid></metadata>",
    )
    broken = entries.failed("104", "line 3")

    jobs = planned(
        reconciler, entry("one"), entry("two"), entry("101"), said, bare("105", state="absent"), broken, entry("three")
    )

    assert {label: job.plan.ctid for label, job in jobs.items() if job.plan} == {
        "one": "102", "two": "104", "101": "101", "db": "103", "105": None, "three": "106",
    }  # fmt: skip


@pytest.mark.parametrize("first", ["giver", "taker"])
def test_an_address_moves_whatever_the_order_of_the_entries(directory, reconciler, first):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)
    both = {"giver": entry("101", routed("10.0.0.9")), "taker": entry("102", routed("10.0.0.1"))}

    jobs = planned(reconciler, both.pop(first), *both.values())

    assert jobs["102"].error is None
    assert (jobs["101"].after, jobs["102"].after) == ((), ("101",))


def test_an_address_comes_free_with_a_container_that_goes(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)

    jobs = planned(reconciler, entry("102", routed("10.0.0.1")), entry("101", state="absent"))

    assert (jobs["102"].error, jobs["102"].after) == (None, ("101",))


@pytest.mark.parametrize("step", [1, -1])
def test_a_row_of_containers_that_each_take_the_next_ones_address_is_planned_in_a_few_turns(
    directory, reconciler, monkeypatch, step
):
    for number in range(1, 21):
        directory.add(str(100 + number), MARKED + CONF + f'IP_ADDRESS="10.0.0.{number}"\n')
    asked, overlay = [], reconciler.overlay()
    whole = overlay.plan
    monkeypatch.setattr(overlay, "plan", lambda *said, **how: asked.append(said) or whole(*said, **how))

    jobs = planner.Planner(overlay).jobs([entry(str(100 + n), routed(f"10.0.0.{n + step}")) for n in range(1, 21)])

    assert [job.error for job in jobs] == [None] * 20
    assert len(asked) <= 3 * 20


def test_an_address_that_nobody_gives_up_is_refused_and_stops_no_other(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.add("102", MARKED + CONF)

    jobs = planned(reconciler, entry("102", routed("10.0.0.1")), entry("101", "<vcpu>2</vcpu>"))

    assert "the address 10.0.0.1 belongs to container 101" in jobs["102"].error
    assert argvs(jobs["101"]) == [("set", "101")]


def test_nobody_counts_on_what_an_entry_gives_up_whose_power_is_refused(directory, reconciler):
    directory.add("101", MARKED + CONF + 'IP_ADDRESS="10.0.0.1"\n', "running")
    directory.add("102", MARKED + CONF)
    giver = entry("101", routed("10.0.0.9"), "stopped", protected=True)

    jobs = planned(reconciler, giver, entry("102", routed("10.0.0.1")))

    assert "container 101 is protected and running" in jobs["101"].error
    assert "the address 10.0.0.1 belongs to container 101" in jobs["102"].error


def test_two_entries_for_one_container_are_both_refused(directory, reconciler):
    directory.add("101", MARKED + CONF, name="web")

    jobs = planned(reconciler, entry("web", "<vcpu>2</vcpu>"), entry("101", "<vcpu>4</vcpu>"))

    assert {job.error for job in jobs.values()} == {"web and 101 refer to the same container 101"}


@pytest.mark.parametrize("first", ["goes", "comes"])
def test_two_entries_for_a_container_to_come_are_both_refused_in_whatever_order(reconciler, first):
    both = {"goes": bare("old", name="web", state="absent"), "comes": entry("web", template())}

    jobs = planned(reconciler, both.pop(first), *both.values())

    assert all("refer to the same container" in job.error for job in jobs.values())


@pytest.mark.parametrize("state", ["stopped", "suspended", "absent"])
@pytest.mark.parametrize("how", ["entry", "configuration"])
def test_a_protected_container_is_never_taken_down(directory, reconciler, state, how):
    name = "safe" if how == "configuration" else "web"
    directory.add("101", MARKED + CONF, "running", name=name)

    job = planned(reconciler, entry(name, state=state, protected=how == "entry", force=True))[name]

    assert "is protected" in job.error


def test_protection_by_a_name_holds_while_that_name_is_taken_away(directory, reconciler):
    directory.add("101", MARKED + CONF + f"#UUID: {UUID}\n", "running", name="safe")

    job = planned(reconciler, entry("other", f"<uuid>{UUID}</uuid>", "stopped"))["other"]

    assert (
        job.error == "container 101 is protected (openvz:protected names it) and running: it is not changed to stopped"
    )


def test_a_protected_container_is_not_restarted_for_what_waits(directory, reconciler):
    directory.add("101", MARKED + CONF, "running")
    nfs = "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/>"

    free = planned(reconciler, entry("101", nfs + "</metadata>", restart=True))["101"]
    safe = planned(reconciler, entry("101", nfs + "</metadata>", restart=True, protected=True))["101"]

    assert argvs(free) == [("set", "101"), ("restart", "101")]
    assert argvs(safe) == [("set", "101")]
    assert safe.plan.pending == ("features",)


def test_a_container_that_is_to_be_stopped_is_not_restarted_first(directory, reconciler):
    directory.add("101", MARKED + CONF, "running")
    nfs = "<metadata xmlns:openvz='https://openvz.org/schemas/domain/salt/1'><openvz:features name='nfs' state='on'/>"

    job = planned(reconciler, entry("101", nfs + "</metadata>", "stopped", restart=True))["101"]

    assert argvs(job) == [("set", "101"), ("stop", "101")]
    assert job.plan.pending == ()


@pytest.mark.parametrize(
    ("mark", "said", "message"),
    [
        ("", {}, "container 101 is not managed by Salt; adopt: true"),
        (MARKED, {"status": "running"}, "container 101 is running; it is destroyed only with force"),
    ],
)
def test_absence_has_the_same_guards_as_the_state_of_that_name(directory, reconciler, mark, said, message):
    directory.add("101", mark + CONF, **said)

    assert message in planned(reconciler, entry("101", state="absent"))["101"].error


def test_a_warning_about_other_containers_is_in_the_plan_and_in_what_was_done(directory, reconciler):
    directory.add_bridge("br0")
    netif = "ifname=eth0,bridge=br0,mac=02:00:00:00:00:01,host_ifname=veth101.0"
    directory.add("101", MARKED + CONF + f'NETIF="{netif}"\n')
    pair = "<interface type='bridge'><mac address='02:00:00:00:00:01'/><source bridge='br0'/></interface>"
    wanted = entry("102", template(pair))

    dry, real = planned(reconciler, wanted)["102"].plan, done(reconciler, wanted)["102"]

    assert any("the MAC 02:00:00:00:00:01 is already used by container 101" in one for one in dry.warnings)
    assert real.warnings == list(dry.warnings)


def test_starts_go_by_boot_order(directory, reconciler):
    for ctid, order in (("101", ""), ("102", 'BOOTORDER="5"\n'), ("103", 'BOOTORDER="90"\n'), ("104", "")):
        directory.add(ctid, MARKED + CONF + order)

    done(reconciler, *(entry(str(ctid), state="running") for ctid in ("101", "102", "103", "104")))

    started = [argv[1] for argv in directory.vzctl.runs if argv[0] == "start"]
    assert started == ["103", "102", "101", "104"]
