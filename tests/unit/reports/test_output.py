"""The outputter: text for 80 columns out of what the functions return, and nothing that drives a terminal."""

import importlib.util
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from columns import columns
from hypothesis import example, given
from hypothesis import strategies as st
from vzdomain.flavours.flavour import EFFECTS
from vzdomain.reports import explain

REPO = Path(__file__).parents[3]
SEED = (REPO / "tests/unit/data/seed.xml").read_text()
NETIF = "ifname=eth0,mac=00:18:51:10:00:01,host_ifname=veth101.0,host_mac=00:18:51:10:00:02,bridge=br0"
STEP = {
    "argv": ["set", "101", "--ram", "1G", "--description", "it's a test", "--netif_add", NETIF, "--save"],
    "comments": {"SALT-OPENVZ": "managed"},
    "changes": {"memory": {"old": "512 MiB", "new": "1 GiB"}, "addresses": {"old": None, "new": ["10.0.0.1"]}},
    "disruption": "live",
}
PLAN = {
    "plan_id": "3f9c",
    "name": "web01",
    "ctid": 101,
    "steps": [STEP],
    "changes": STEP["changes"],
    "disruption": "live",
    "pending": ["features"],
    "warnings": ["the template differs"],
}
DRIFT = {
    "calm": {"ctid": 102, "status": "in sync", "fields": {}},
    "web01": {
        "ctid": 101,
        "status": "drifted",
        "fields": {"memory": {"status": "drifted", "pillar": "1 GiB", "file": "512 MiB", "running": "512 MiB"}},
    },
    "odd": {"ctid": None, "status": "error", "fields": {}, "error": "line 1, column 2: this is no document"},
}
LIST = {
    "web01": {
        "ctid": 101,
        "status": "running",
        "managed": True,
        "hostname": "web.example.org",
        "addresses": ["198.51.100.10", "2001:db8::10"],
        "memory": "512 MiB",
        "vcpu": 2,
        "template": "debian-12-x86_64",
    },
    "old": {
        "ctid": 7001,
        "status": "stopped",
        "managed": False,
        "hostname": None,
        "addresses": [],
        "memory": None,
        "vcpu": None,
        "template": None,
    },
}
DOCTOR = [
    {
        "check": "bridge",
        "containers": list(range(101, 115)),
        "where": "br9",
        "what": "fourteen containers want the bridge br9, which is not on this node, and so they have no network",
        "remedy": "brctl addbr br9",
    }
]
FINDING = {
    "severity": "error",
    "rule": "duplicate_ip",
    "nodes": ["hn1", "hn2"],
    "labels": ["web01", "web02"],
    "what": "198.51.100.10 is wanted by 2 containers",
    "remedy": "give each container its own address",
}
LINT = {"findings": [FINDING], "nodes": 2, "containers": 30, "retcode": 1}
FLEET = {"nodes": {"hn2": DRIFT, "hn1": LIST}, "errors": {"hn3": "did not answer"}, "retcode": 1}
SHOWN = {
    "explain": {"hn1": explain.as_data(explain.explain(SEED))},
    "doctor": {"hn1": DOCTOR},
    "list": {"hn1": LIST, "hn2": {}},
    "drift": {"hn1": DRIFT},
    "plan of one": {"hn1": PLAN},
    "plan of all": {"hn1": {"plan_id": "77", "counts": {"creates": 1}, "containers": {"web01": PLAN}}},
    "lint": LINT,
    "fleet": FLEET,
}


@pytest.fixture(scope="module")
def outputter():
    spec = importlib.util.spec_from_file_location("openvz_output", REPO / "_output/openvz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__salt__ = {"nested": lambda data, **kwargs: f"nested {data}"}
    return module


def is_narrow(line):
    """Within 80 columns, or a word that cannot be cut beside what it is told by."""
    return columns(line) <= 80 or len(line.split()) <= 2 + line.endswith("\\")


@pytest.mark.parametrize("data", SHOWN.values(), ids=SHOWN)
def test_no_line_is_longer_than_80_columns(outputter, data):
    text = outputter.output(data)

    assert not text.startswith("nested")
    assert [line for line in text.splitlines() if not is_narrow(line)] == []
    assert text.endswith("\n") and "None" not in text


def with_text(value, text):
    """The data with a text in place of each of its strings that is no word of ours."""
    ours = {"status", "severity", "disruption", "effect", "in sync", "drifted", "error", "live", "nested"}
    if isinstance(value, dict):
        return {key: with_text(one, text) for key, one in value.items()}
    if isinstance(value, list):
        return [with_text(one, text) for one in value]
    return f"{text}{value}{text}" if isinstance(value, str) and value not in ours else value


@pytest.mark.parametrize("data", SHOWN.values(), ids=SHOWN)
def test_no_value_reaches_the_terminal_as_a_command(outputter, data):
    text = outputter.output(with_text(data, "a\x1b[2J\r\x07\x9b31m\u202eb\nc"))

    assert not text.startswith("nested")
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text) == []
    assert "\ufffd" in text


@given(text=st.text(max_size=300))
@example(text="e\u0301 " * 120)  # more characters than columns
@example(text="漢字 " * 60)  # and fewer
def test_any_text_in_an_error_fits(outputter, text):
    shown = outputter.output({"hn1": {"web01": {"ctid": 1, "status": "error", "fields": {}, "error": text}}})

    assert [line for line in shown.split("\n") if columns(line) > 80 and " " in line.strip(" ")] == []
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown) == []


def test_letters_that_take_two_columns_count_for_two(outputter):
    shown = outputter.output({"hn1": {"a": {"ctid": 1, "status": "error", "fields": {}, "error": "漢字 " * 60}}})

    assert max(map(columns, shown.splitlines())) <= 80


def test_what_is_not_known_is_shown_by_nested(outputter):
    for data in ("an error", {"hn1": "an error"}, {"hn1": {"a": 1}}, {"hn1": [1]}, {"hn1": True}, [], {}):
        assert outputter.output(data, retcode=1) == f"nested {data}"


def test_nested_gets_no_control_characters_either(outputter):
    assert outputter.output({"hn1": ["a\x1b[2J\nb"]}) == "nested {'hn1': ['a\ufffd[2J\\nb']}"


LIES = [
    {"hn1": {"steps": [5]}},
    {"hn1": {"plan_id": "x", "containers": {"a": 5}}},
    {"hn1": {"a": {"status": "drifted", "fields": {"memory": 5}}}},
    {"hn1": {"a": {"status": "running", "managed": True, "addresses": 5}}},
    {"hn1": [{"line": None, "element": "a\x1b", "note": {}}]},
    {"nodes": {"hn1": {"steps": [5]}}, "errors": {}},
    {"findings": [{"severity": "error"}], "retcode": 1},
]


@pytest.mark.parametrize("data", LIES, ids=str)
def test_what_only_looks_like_ours_is_shown_by_nested(outputter, data):
    shown = outputter.output(data)

    assert shown.startswith("nested") and "\x1b" not in shown


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
    text = outputter.output({"hn1": explain.as_data(explain.explain(SEED))})

    assert "      19          source" in text
    assert "vzctl --diskspace" in " ".join(text.split())


def test_effects_are_reported_in_the_words_of_the_table(outputter):
    assert outputter._EFFECTS == EFFECTS


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


# whatever a minion says

WORDS = st.sampled_from(
    "nodes errors findings retcode plan_id containers counts summary steps argv changes status managed fields error "
    "name ctid warnings old new check where what remedy line element note severity labels asked addresses test xml "
    "openvz_|-a_|-a_|-managed comment".split()
)
TEXTS = st.text(max_size=30) | st.sampled_from(["drifted", "in sync", "error", "\u202e\x1b[2J\x9b", "x" * 9000])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | WORDS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | TEXTS, inner, max_size=6), max_leaves=30
)


@given(data=JSON)
def test_nothing_that_a_minion_can_say_stops_the_outputter(outputter, data):
    outputter.__salt__["highstate"] = outputter.__salt__["nested"]
    for said in (data, {"hn1": data}, {"nodes": {"hn1": data, "hn2": DRIFT}, "errors": {"hn3": data}}):
        text = outputter.output(said)

        if not text.startswith("nested"):
            assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) == []
            assert all(len(line) < 2200 for line in text.splitlines())


def nest(levels, said=None):
    for _ in range(levels):
        said = [said] if levels % 2 else {"a": said}
    return said


BAD = [nest(500), nest(501), 5, "x" * 5_242_880, {"a": 5}, [None], b"\xff", 10**5000, None]


@pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
def test_one_bad_minion_is_one_bad_row_of_the_fleets_table(outputter, bad):
    lines = outputter.output({"nodes": {"hn1": bad, "hn2": LIST}, "errors": {"hn3": "did not answer"}}).splitlines()

    assert [line for line in lines if not line.startswith(" ")] == ["hn3:", "hn1:", "hn2:"]
    assert "web01  198.51.100.10 +1" in lines[-2]
    assert lines[3].startswith("    an answer that cannot be read") or lines[3].startswith("    xxx")
    assert max(map(len, lines)) < 2200


def test_of_an_error_of_megabytes_the_beginning_is_shown(outputter):
    for said in ({"hn1": "x" * 5_242_880}, {"nodes": {}, "errors": {"hn1": "x" * 5_242_880}}):
        text = outputter.output(said)

        assert "xxx … 5,242,880 characters, cut" in " ".join(text.split()) and len(text) < 2200


def test_what_is_too_deep_for_nested_is_cut(outputter):
    assert "more than 40 levels, cut" in outputter.output({"hn1": nest(500)})
