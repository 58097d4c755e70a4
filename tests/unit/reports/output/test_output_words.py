"""What the outputter shows of each return of the module and the runner."""

import re
import shlex
import subprocess

import pytest
from columns import columns
from samples import (
    DOCTOR,
    DRIFT,
    FLEET,
    FLEET_PLAN,
    LINT,
    LIST,
    MOVES,
    PAGE,
    PLAN,
    SEED,
    SNAPSHOTS,
    STEP,
    SURVEY,
    TOLD,
    WRITTEN,
)
from vzdomain.flavours import LEGACY
from vzdomain.flavours.flavour import EFFECTS
from vzdomain.reports import explain, selection


def test_a_doctor_who_finds_nothing_says_so(outputter):
    assert outputter.output({"hn1": []}) == (
        "hn1:\n    No problems found that would keep containers from starting or from the network.\n"
    )


def test_of_the_doctor_each_finding_is_a_block(outputter):
    lines = outputter.output({"hn1": DOCTOR}).splitlines()

    assert lines[1] == "    bridge            br9"
    assert "concerns containers 101, 102, 103, 104, 105, 106 and 8 more" in " ".join(" ".join(lines).split())
    assert lines[-1].strip() == "fix: brctl addbr br9"


def test_a_document_is_explained_line_by_line(outputter):
    text = outputter.output({"hn1": explain.as_data(explain.explain(SEED, LEGACY))})

    assert "      19          source" in text
    assert "vzctl --diskspace" in " ".join(text.split())


def test_effects_are_reported_in_the_words_of_the_table(outputter):
    assert outputter.node._EFFECTS == EFFECTS


def test_every_status_of_drift_has_its_place(outputter):
    assert set(outputter.node._WORST_FIRST) == set(selection.DRIFT)


def test_drift_is_shown_worst_first_with_all_three_truths(outputter):
    lines = outputter.output({"hn1": DRIFT}).splitlines()

    assert [line.split()[-1] for line in lines if re.match(r" {10,13}[-\d]", line)] == ["odd", "web01"]
    assert [" ".join(line.split()) for line in lines[5:9]] == [
        "memory: drifted",
        "pillar 1 GiB",
        "file 512 MiB",
        "running 512 MiB",
    ]


def test_drift_counts_what_is_in_sync_and_shows_it_when_it_was_asked_for(outputter):
    calm = {f"web{n:02}": {"ctid": 101 + n, "status": "in sync", "fields": {}} for n in range(48)}

    brief = outputter.output({"hn1": {**calm, **DRIFT}}).splitlines()
    asked = outputter.output({"hn1": {label: {**one, "asked": True} for label, one in calm.items()}}).splitlines()

    assert brief[1] == "    50 containers: 1 error, 1 drifted, 48 in sync"
    assert len(brief) == 9 and not any("web00" in line for line in brief)
    assert asked[1] == "    48 containers, all in sync"
    assert len(asked) == 50


def test_drift_says_what_there_is_to_know_beside_the_fields(outputter):
    note = "not managed by Salt, and left as it is until it is adopted (adopt: True)"

    text = outputter.output({"hn1": {"web01": {**DRIFT["web01"], "notes": [note]}}})

    assert " ".join(text.split()).endswith(f"running 512 MiB note: {note}")


def test_a_planned_command_can_be_copied_into_a_shell(outputter):
    text = outputter.output({"hn1": PLAN})
    command = re.search(r"vzctl set.*?--save", text, re.DOTALL).group(0)

    words = subprocess.run(
        ["sh", "-c", command.replace("vzctl", "printf '%s\\n'", 1)], capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert words == STEP["argv"]
    assert shlex.split(command.replace("\\\n", "")) == ["vzctl", *STEP["argv"]]


def test_a_plan_shows_disruption_changes_what_waits_and_warnings(outputter):
    text = outputter.output({"hn1": PLAN})

    assert "    web01 (CTID 101): disruption live\n" in text
    assert "            -memory: 512 MiB\n            +memory: 1 GiB\n" in text
    assert "+addresses: 10.0.0.1\n" in text and "-addresses" not in text
    assert "waiting for a restart: features\n" in text and "warning: the template differs\n" in text


def test_of_many_plans_errors_and_restarts_come_first(outputter):
    containers = {
        "a": {**PLAN, "steps": [], "disruption": "none"},
        "b": {**PLAN, "disruption": "restart"},
        "c": {"error": "no document"},
    }

    text = outputter.output({"hn1": {"plan_id": "77", "counts": {"restarts": 1}, "containers": containers}})

    assert "plan 77: 1 in error, 1 to be restarted or stopped, 1 unchanged" in text
    assert [line[4] for line in text.splitlines() if re.match(r" {4}[abc]", line)] == ["c", "b", "a"]
    assert "a (CTID 101): nothing to do" in text


NAMES = {
    "short": "web{}",
    "the longest a person writes": "customer-shop-frontend-production-{}-eu-central-1a",
    "a hostname": "container-{}.customers.hosting.example-provider.co.uk",
    "wide letters": "東京のウェブサーバー第{}号機の予備の控え",
}
ADDRESSES = {
    "no address": [],
    "IPv4": ["198.51.100.254"],
    "IPv6 and others": ["2001:db8:1234:5678:9abc:def0:1234:5678", "198.51.100.254", "2001:db8::1"],
}


@pytest.mark.parametrize("addresses", ADDRESSES.values(), ids=ADDRESSES)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_fifty_containers_of_any_name_and_address_are_fifty_lines(outputter, name, addresses):
    line = {"managed": True, "hostname": None, "addresses": addresses, "memory": "1023.5 MiB", "vcpu": 16}
    said = {name.format(n): {**line, "ctid": 2147483594 + n, "status": "suspended"} for n in range(50)}

    lines = outputter.output({"hn1": said}).splitlines()

    assert len(lines) == 50 + len(["hn1", "summary", "head"])
    assert max(map(columns, lines)) <= 80
    assert all((addresses or [""])[0][:6] in line and name[:2] in line for line in lines[3:])


def test_a_container_without_a_name_is_called_by_its_hostname(outputter):
    said = {"209": {**LIST["web01"], "ctid": 209, "hostname": "old.example.org"}}

    assert "     209  running  512 MiB     2  old.example.org  198.51" in outputter.output({"hn1": said})


def test_a_plan_names_its_errors_first_and_counts_what_is_unchanged(outputter):
    idle = {"name": "a", "ctid": 5, "status": "unchanged", "steps": [], "warnings": []}
    containers = {f"web{n}": idle for n in range(48)} | {"odd": {"status": "error", "error": "no document"}}
    plan = {"plan_id": "plan-1", "counts": {}, "summary": {"error": 1, "unchanged": 48}, "containers": containers}

    lines = outputter.output({"hn1": plan}).splitlines()

    assert lines[1] == "    plan plan-1: 1 in error, 48 unchanged"
    assert lines[2:] == ["    odd: error", "        no document"]


MEMORY, STATUS = {"old": "1 GiB", "new": "2 GiB"}, {"old": "stopped", "new": "running"}
APPLIED = {
    "plan_id": "plan-1",
    "summary": "3 containers: 1 unchanged, 2 changed",
    "containers": {
        "a": {"name": "a", "ctid": 101, "changes": {}, "did": [], "warnings": []},
        "b": {
            "name": "b",
            "ctid": 102,
            "changes": {"memory": MEMORY},
            "did": ["updated (memory)"],
            "warnings": ["hot"],
        },
        "c": {"name": "c", "ctid": 103, "changes": {"status": STATUS}, "did": ["started"], "warnings": []},
    },
}


def test_what_was_applied_is_summed_up_and_the_unchanged_are_left_out(outputter):
    assert outputter.output({"hn1": APPLIED}).splitlines()[1:] == [
        "    3 containers: 1 unchanged, 2 changed",
        "    Container b (CTID 102) was updated (memory)",
        "        -memory: 1 GiB",
        "        +memory: 2 GiB",
        "        warning: hot",
        "    Container c (CTID 103) was started",
        "        -status: stopped",
        "        +status: running",
    ]


def test_a_dry_run_says_would_be(outputter):
    text = outputter.output({"hn1": {**APPLIED, "test": True}})

    assert "Container b (CTID 102) would be updated (memory)" in text
    assert " was " not in text


DESTROYED = {
    "name": "web01",
    "ctid": 101,
    "changes": {"container": {"old": "stopped", "new": "destroyed"}},
    "did": ["destroyed"],
    "warnings": [],
    "xml": "<domain type='openvz'>\n  <name>web01</name>\n</domain>\n",
}


@pytest.mark.parametrize(("test", "words"), [({}, "was destroyed"), ({"test": True}, "would be destroyed")])
def test_a_result_of_a_function_says_what_was_done_or_would_be(outputter, test, words):
    lines = outputter.output({"hn1": {**DESTROYED, **test}}).splitlines()

    assert lines[1] == f"    Container web01 (CTID 101) {words}"
    assert lines[-3:] == [
        "            <domain type='openvz'>",
        "              <name>web01</name>",
        "            </domain>",
    ]


def test_a_result_without_changes_says_so(outputter):
    assert outputter.output({"hn1": {**DESTROYED, "changes": {}, "did": [], "xml": None}}) == (
        "hn1:\n    Container web01 (CTID 101) is unchanged\n"
    )


def test_info_leaves_out_what_is_not_set(outputter):
    said = {"ctid": 101, "status": "running", "uuid": None, "managed": True, "onboot": None, "memory": 524288}
    said["interfaces"] = [{"guest": "eth0", "mac": None, "bridge": "br0"}]

    assert outputter.output({"hn1": {"web01": said}}).splitlines()[1:] == [
        "    web01 (CTID 101), sizes in KiB",
        "        status              running",
        "        managed             yes",
        "        memory              524288",
        "        interfaces          guest eth0, bridge br0",
    ]


def test_a_state_run_is_salts_own_to_show(outputter, monkeypatch):
    monkeypatch.setitem(outputter.__salt__, "highstate", lambda data, **kwargs: data)
    run = {"hn1": {"openvz_|-a_|-a_|-managed": {"result": True, "comment": "", "changes": {}}}}

    assert outputter.output(run) == run


def test_the_list_names_a_copy_and_of_what_it_is_one(outputter):
    text = outputter.output({"hn1": {"old": {**LIST["old"], "mark": "101 on hn1"}}})

    assert text.splitlines()[-1] == "    * old (CTID 7001) is a copy of 101 on hn1"


def test_the_list_is_by_ctid_and_says_what_is_not_managed(outputter):
    lines = outputter.output({"hn1": LIST}).splitlines()

    assert lines == [
        "hn1:",
        "    2 containers: 1 running, 1 stopped; 1 not managed by Salt (*)",
        "    CTID  status    memory  cpus  name   addresses",
        "     101  running  512 MiB     2  web01  198.51.100.10 +1",
        "    7001  stopped        -     -  old *",
    ]


def test_nodes_that_gave_no_answer_come_before_the_others(outputter):
    lines = outputter.output(FLEET).splitlines()

    assert [line for line in lines if not line.startswith(" ")] == ["hn3:", "hn2:", "hn1:"]
    assert lines[1] == "    did not answer"


def test_lint_names_places_fact_and_remedy_and_counts(outputter):
    assert outputter.output(LINT) == (
        "error     hn1 web01, hn2 web02\n"
        "          198.51.100.10 is wanted by 2 containers\n"
        "          fix: give each container its own address\n"
        "1 error and 0 warnings in 30 containers of 2 nodes\n"
    )


def test_a_return_that_says_its_own_words_is_shown_in_one_order_with_what_to_type_next(outputter):
    assert outputter.output(TOLD).splitlines() == [
        "3 containers were moved from hn1 to hn2, and one stays",
        "kept:",
        "node  container                                                  KiB  until",
        "hn1   web01                                                 10485760  2026-03-01",
        "hn1   one that no person has eve…t no person has ever read         7  -",
        "hn3: did not answer",
        "bridge            the bridge br9 of web04 is not on hn2",
        "                  fix: ip link add br9 type bridge",
        "problem: no disk space",
        "warning: the pillar of hn1 still has web01",
        "hn1: web04 runs, and nothing was touched",
        "hn2: has no web04",
        "next:",
        "    salt-run openvz.move web04 hn2",
    ]


def test_a_report_says_where_it_is_and_what_it_does_not_know_or_is_printed_as_it_is(outputter):
    assert outputter.output(WRITTEN) == "/srv/fleet.html: 2 containers on 1 node\nhn3: did not answer\n"
    assert outputter.output(PAGE) == "<!doctype html>\n<p>b</p>\n"


def test_snapshots_are_a_tree_and_what_calls_one_can_be_copied(outputter):
    assert outputter.output({"hn1": SNAPSHOTS}).splitlines() == [
        "hn1:",
        "    web01 (CTID 101): 5 snapshots, * is where the container stands",
        "      2026-03-01 04:05:00  fresh",
        "      2026-03-01 04:05:00    salt-before-1",
        "                             with memory, taken by Salt",
        "    * 2026-03-01 04:05:00      6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f3",
        "                               before the great upgrade of all that is on this",
        "                               machine, and more",
        "      2026-03-01 04:05:00    6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f4",
        "                             name twin",
        "      2026-03-01 04:05:00      6f4cf5c0-3f1a-4c9a-8f1d-1de5b2d1a1f5",
        "                               name twin",
        "    warning: the pillar has another memory",
    ]


@pytest.mark.parametrize("parents", [[2, 1], [1, 2]], ids=["a circle", "each its own parent"])
def test_snapshots_that_stand_on_each_other_stop_nothing(outputter, parents):
    rows = [
        {"id": number, "name": f"s{number}", "parent": parent} for number, parent in zip((1, 2), parents, strict=True)
    ]

    lines = outputter.output({"hn1": {"name": "web01", "ctid": 101, "snapshots": rows}}).splitlines()

    assert lines[1] == "    web01 (CTID 101): 2 snapshots"
    assert sorted(line.split()[-1] for line in lines[2:]) == ["s1", "s2"]


def test_moves_say_what_is_under_way_what_is_kept_and_what_has_come(outputter):
    assert outputter.output({"hn1": MOVES}).splitlines() == [
        "hn1:",
        "    web01 (CTID 101) is being moved from hn1 to hn2, since 2026-03-01 02:30:00",
        "        UTC",
        "        to go on: salt-run openvz.move web01 hn2",
        "    old copy of db (CTID 102), moved to hn2 on 2026-03-01 02:10:00 UTC; kept",
        "        until it is removed",
        "        /vz/a",
        "    shop (CTID 103) came from hn3 on 2026-03-01 02:10:00 UTC; no entry of this",
        "        node has been applied to it since",
    ]
    calm = {"node": "hn1", "moves": [], "copies": [], "arrivals": []}
    assert outputter.output({"hn1": calm}) == "hn1:\n    no moves under way, and no old copies\n"


def test_a_survey_shows_the_entries_that_would_change_something(outputter):
    lines = outputter.output({"hn1": SURVEY}).splitlines()

    assert lines[1:4] == [
        "    vzctl 4.11.1: 2 containers, 1 running; 3 entries, 2 not as in the pillar",
        "        web01 (CTID 101): change; updated (memory)",
        "        bad: error; no document",
    ]
    assert "is being moved" in lines[4]


def test_the_plan_of_a_fleet_says_what_is_wrong_then_the_steps_then_what_changes_on_each_node(outputter):
    assert outputter.output(FLEET_PLAN).splitlines() == [
        "plan fleet-0123456789abcdef for 2 nodes: 1 in error, 1 to be moved, 1 to be",
        "changed, 47 unchanged",
        "hn3: did not answer",
        "error     hn1 web01, hn2 web02",
        "          198.51.100.10 is wanted by 2 containers",
        "          fix: give each container its own address",
        "step 1    hn1: take 10.0.0.7 off web07 for a moment",
        "step 2    hn1: apply web00, web01, web02, web03, web04, web05 and 3 more (after",
        "          1)",
        "step 3    hn2: move db from hn1",
        "hn1:",
        "    web01 (CTID 101): change; updated (memory)",
        "        -memory: 512 MiB",
        "        +memory: 1 GiB",
        "        +addresses: 10.0.0.1",
        "hn2:",
        "    db (CTID 102): move from hn1",
        "next:",
        "    salt-run openvz.apply plan_id=fleet-0123456789abcdef",
    ]


def inside(**told):
    return {"what": "nginx, users", "states": 7, "changed": [], **told}


def planned(status, **told):
    return {"name": "c", "status": status, "steps": [], "changes": {}, "pending": [], "warnings": [], **told}


def test_a_plan_says_what_states_inside_would_change_and_when_that_is_not_known(outputter):
    motd = ["file.managed /etc/motd", "service.running nginx"]
    ret = {
        "plan_id": "plan-1",
        "counts": {"creates": 0},
        "containers": {
            "web01": planned("change", ctid=101, inside=inside(changed=motd)),
            "web02": planned("change", ctid=102, inside=inside(later="after it has started")),
            "web03": planned("unchanged", ctid=103, inside=inside()),
        },
    }

    assert outputter.output({"hn1": ret}).splitlines()[1:] == [
        "    plan plan-1: 2 to be changed, 1 unchanged",
        "    web01 (CTID 101): no calls of vzctl",
        "        states inside (nginx, users): 2 of 7 would change: file.managed",
        "        /etc/motd, service.running nginx",
        "    web02 (CTID 102): no calls of vzctl",
        "        states inside (nginx, users): after it has started",
    ]


def test_of_50_containers_with_states_inside_one_failure_is_one_block_of_narrow_lines(outputter):
    names = [f"file.managed /etc/some/long/path/number/{number}" for number in range(30)]
    error = "states inside (nginx, users): 1 of 7 failed: service.running nginx: " + "no such service " * 9
    fine = {"changes": {}, "did": [], "warnings": [], "inside": inside()}
    rows = {f"web{number:02}": {"name": f"web{number:02}", "ctid": 101 + number, **fine} for number in range(49)}
    rows["web49"] = {"name": "web49", "ctid": 150, "changes": {"inside": {"old": None, "new": names}}, "did": []}
    rows["web49"] |= {"warnings": [], "error": error}
    ret = {"plan_id": "plan-1", "summary": "50 containers: 49 unchanged, 1 failed", "containers": rows}

    lines = outputter.output({"hn1": ret}).splitlines()

    assert [line for line in lines if "web" in line] == [lines[2]]
    assert lines[2].startswith("    Container web49 (CTID 150) failed: states inside (nginx, users): 1 of 7")
    assert max(map(len, lines)) <= 80
