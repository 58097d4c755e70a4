"""What the master and its command line do with this extension: text for people, data for programs, codes for CI."""

import json

import pytest

pytestmark = pytest.mark.integration


def test_lint_ends_with_0_where_there_are_no_errors(command):
    shown = command("salt-run", "openvz.lint", "key=openvz:containers")
    data = command("salt-run", "openvz.lint", "key=openvz:containers", "--out=json")

    assert shown.returncode == data.returncode == 0, shown
    assert shown.stdout.endswith("0 errors and 1 warning in 3 containers of 3 nodes\n")
    said = json.loads(data.stdout)
    assert [(one["rule"], one["nodes"]) for one in said["findings"]] == [("no_mine", ["hn1", "hn2", "hn3"])]


def test_lint_ends_with_1_where_there_are_errors(command):
    shown = command("salt-run", "openvz.lint", "hn1", "key=openvz:passwords")

    assert shown.returncode == 1, shown
    assert shown.stdout.startswith("error     hn1 root\n          pillar openvz:passwords:root: ")


def test_every_node_is_named_by_list_and_drift(command):
    for function in ("openvz.list", "openvz.drift"):
        data = json.loads(command("salt-run", function, "--out=json").stdout)

        assert sorted([*data["nodes"], *data["errors"]]) == ["hn1", "hn2", "hn3"]


def test_minions_ask_for_the_outputter_and_json_stays_data(command):
    shown = command("salt", "*", "openvz.doctor")
    data = command("salt", "*", "openvz.doctor", "--out=json", "--static")

    said = json.loads(data.stdout)
    assert sorted(said) == ["hn1", "hn2", "hn3"] and all(isinstance(found, list) for found in said.values())
    assert "- \n" not in shown.stdout and "----------" not in shown.stdout
    first = said["hn1"][0]["check"] if said["hn1"] else "No problems found"
    assert f"hn1:\n    {first}" in shown.stdout


def test_an_error_of_a_minion_is_shown_by_nested(command):
    shown = command("salt", "hn1", "openvz.explain", "pillar_key=no:such:key")

    assert shown.stdout.startswith("hn1:\n    ERROR: the pillar has nothing at the given path"), shown


def test_the_grain_makes_nodes_targets(command):
    command("salt", "*", "saltutil.refresh_grains")

    asked = {flavour: f"openvz:flavour:{flavour}" for flavour in ("OpenVZ legacy", "Virtuozzo 7 to 9")}
    words = ("grains.get", "openvz:version", "--out=json", "--static")
    said = {flavour: json.loads(command("salt", "-G", grain, *words).stdout) for flavour, grain in asked.items()}

    assert said["OpenVZ legacy"] == dict.fromkeys(("hn1", "hn2"), "4.11.1-3.ga3f732ef")
    assert said["Virtuozzo 7 to 9"] == {"hn3": "9.0.1"}
