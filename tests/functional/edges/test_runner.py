"""The runner on a master's configuration and caches, by Salt's own loader: no minion and no master is up."""

import json
import os

import pytest
import salt.cache
from salt.exceptions import CommandExecutionError
from simmaster import MINE, Master

pytestmark = pytest.mark.salt_api

DOCUMENT = "<domain type='openvz'><name>{}</name><devices>{}</devices></domain>"


@pytest.fixture
def master(tmp_path):
    return Master(tmp_path)


def test_a_fleet_without_faults_ends_with_0(master):
    master.knows("hn1", {"a": DOCUMENT.format(201, "")})
    master.knows("hn2", {"a": DOCUMENT.format(201, ""), "b": {"state": "absent"}})

    assert master.lint() == ([], 0)
    assert (master.data["nodes"], master.data["containers"]) == (2, 3)


def test_a_double_across_nodes_ends_with_1(master):
    master.knows("hn1", {"a": DOCUMENT.format("web", "")})
    master.knows("hn2", {"b": DOCUMENT.format("web", "")})

    assert master.lint() == ([("error", "duplicate_name", ["hn1", "hn2"], ["a", "b"])], 1)
    assert master.lint("hn1") == ([], 0)


def test_pillars_are_compiled_for_the_grains_of_each_minion(master):
    text = "openvz: {domains: {a: \"<domain type='openvz'><name>{{ grains.ctname }}</name></domain>\"}}"
    master.knows("hn1", text, {"id": "hn1", "ctname": "same"})
    master.knows("hn2", text, {"id": "hn2", "ctname": "same"})

    assert master.lint()[0] == [("error", "duplicate_name", ["hn1", "hn2"], ["a", "a"])]


OURS = "https://openvz.org/schemas/domain/salt/1"
AUTOSTOP = f"""<domain type='openvz'><name>201</name>
<metadata xmlns:openvz='{OURS}'><openvz:autostop>stop</openvz:autostop></metadata></domain>"""


def test_each_node_is_asked_for_what_its_own_vzctl_can(master):
    master.knows("hn1", {"a": AUTOSTOP}, {"id": "hn1", "openvz": {"version": "4.11.1"}})
    master.knows("hn2", {"a": AUTOSTOP}, {"id": "hn2", "openvz": {"version": "9.0.1"}})
    master.knows("hn3", {"a": AUTOSTOP}, {"id": "hn3", "openvz": {"version": ["odd"]}})

    assert master.lint() == ([("error", "family", ["hn1"], ["a"])], 1)
    (finding,) = master.data["findings"]
    assert finding["what"].startswith("line 2, ")
    assert finding["what"].endswith("vzctl 4.11.1 has no parameter for it (Virtuozzo 7 to 9 has)")


def test_all_nodes_can_be_asked_for_what_one_family_can(master):
    master.knows("hn1", {"a": AUTOSTOP}, {"id": "hn1", "openvz": {"version": "4.11.1"}})
    master.knows("hn2", {"a": AUTOSTOP})

    assert master.lint(family=9) == ([], 0)
    assert master.lint(family="OpenVZ legacy")[1] == 1
    with pytest.raises(CommandExecutionError, match="is not a family of vzctl"):
        master.lint(family="12")


def test_warnings_alone_end_with_0(master):
    master.knows("hn1", {"a": DOCUMENT.format(201, "")}, mine=None)

    assert master.lint() == ([("warning", "no_mine", ["hn1"], [])], 0)


def test_a_mine_with_salts_note_of_who_may_read_it_is_read(master):
    wrapped = {"__saltmine_acl__": 1, "__data__": {**MINE, "bridges": []}}
    pair = "<interface type='bridge'><source bridge='br0'/></interface>"
    master.knows("hn1", {"a": DOCUMENT.format(201, pair)}, mine=wrapped)

    assert master.lint()[0] == [("error", "bridge", ["hn1"], ["a"])]


def test_a_pillar_with_errors_is_an_error(master):
    master.knows("hn1", "openvz: {{ no.such.thing }}")

    rows, retcode = master.lint()

    assert ("error", "pillar", ["hn1"], []) in rows and retcode == 1


def test_a_minion_that_the_master_never_saw_is_an_error(master):
    master.knows("hn1", {"a": DOCUMENT.format(201, "")}, grains={})

    rows, retcode = master.lint()

    assert rows == [("error", "grains", ["hn1"], [])] and retcode == 1


def test_an_entry_that_cannot_be_read_names_place_and_line(master):
    master.knows("hn1", {"a": DOCUMENT.format(201, "<nonsense/>"), "b": {"colour": "red"}})

    rows, _ = master.lint()

    assert rows == [("error", "entry", ["hn1"], ["a"]), ("error", "entry", ["hn1"], ["b"])]
    first, second = [one["what"] for one in master.data["findings"]]
    assert first.startswith("pillar openvz:domains:a: line 1") and "nonsense" in first
    assert "colour is not a key" in second


@pytest.mark.parametrize(
    ("tgt", "key", "rule"), [("nobody*", "openvz:domains", "target"), ("*", "openvz:dommains", "key")]
)
def test_to_look_at_nothing_is_an_error(master, tgt, key, rule):
    master.knows("hn1", {"a": DOCUMENT.format(201, "")})

    assert master.lint(tgt, key=key) == ([("error", rule, [], [])], 1)


def test_a_key_that_is_near_to_a_setting_is_a_warning(master):
    said = {"openvz": {"domains": {"a": DOCUMENT.format(201, "")}, "network": {"default": "br0"}, "mine": {}}}
    master.knows("hn1", json.dumps(said))

    assert master.lint() == ([("warning", "setting", ["hn1"], [])], 0)
    assert master.data["findings"][0]["what"].endswith("did you mean openvz:networks?")


def test_a_key_that_is_not_a_mapping_is_an_error(master):
    master.knows("hn1", "openvz: {domains: [a, b]}")

    assert master.lint() == ([("error", "pillar", ["hn1"], [])], 1)


def test_sources_are_read_from_the_file_server(master):
    master.source("web.xml", DOCUMENT.format("web", ""))
    master.knows("hn1", {"a": {"source": "salt://web.xml"}, "b": DOCUMENT.format("web", "")})

    assert master.lint()[0] == [("error", "duplicate_name", ["hn1", "hn1"], ["a", "b"])]


def test_a_source_that_is_missing_is_an_error(master):
    master.knows("hn1", {"a": {"source": "salt://web.xml"}})

    assert master.lint() == ([("error", "entry", ["hn1"], ["a"])], 1)
    assert "salt://web.xml is not on the master" in master.data["findings"][0]["what"]


@pytest.mark.parametrize("template", [None, "jinja"])
def test_a_source_is_read_in_the_encoding_that_it_declares(master, template):
    document = DOCUMENT.format("web", "").replace("</name>", "</name><title>café</title>")
    text = f"<?xml version='1.0' encoding='iso-8859-1'?>{document}"
    (master.home / "states/web.xml").write_bytes(text.encode("iso-8859-1"))
    entry = {"source": "salt://web.xml", **({"template": template} if template else {})}
    master.knows("hn1", {"a": entry, "b": DOCUMENT.format("web", "")})

    assert master.lint()[0] == [("error", "duplicate_name", ["hn1", "hn1"], ["a", "b"])]


def test_a_template_is_rendered_with_grains_and_pillar_of_the_minion(master):
    name = "{{ grains['os'] }}{{ pillar['n'] }}{{ salt['pillar.get']('openvz:x', 'y') }}{{ salt['grains.get']('os') }}"
    master.source("web.xml", "{% from 'map.jinja' import tail %}" + DOCUMENT.format(name + "{{ tail }}", ""))
    master.source("map.jinja", "{% set tail = '-z' %}")
    domains = {"a": {"source": "salt://web.xml", "template": "jinja"}, "b": DOCUMENT.format("Debian7yDebian-z", "")}
    master.knows("hn1", json.dumps({"n": 7, "openvz": {"domains": domains}}))

    assert master.lint()[0] == [("error", "duplicate_name", ["hn1", "hn1"], ["a", "b"])]


@pytest.mark.parametrize(
    "asks",
    ["{{ salt['cmd.run']('hostname') }}", "{{ salt.test.ping() }}", "{{ opts['master'] }}", "{{ opts.master }}"],
)
def test_a_template_that_asks_the_minion_is_not_passed_over_in_silence(master, asks):
    master.source("web.xml", DOCUMENT.format("web", "") + asks)
    master.knows("hn1", {"a": {"source": "salt://web.xml", "template": "jinja"}})

    assert master.lint() == ([("warning", "unchecked", ["hn1"], ["a"])], 0)


@pytest.mark.parametrize("template", ["jinja", "nonsense"])
def test_a_template_that_cannot_be_rendered_is_an_error(master, template):
    master.source("web.xml", "{{ no.such.thing }}")
    master.knows("hn1", {"a": {"source": "salt://web.xml", "template": template}})

    assert master.lint() == ([("error", "entry", ["hn1"], ["a"])], 1)
    assert "salt://web.xml" in master.data["findings"][0]["what"]


def test_a_file_that_is_not_the_masters_is_not_passed_over_in_silence(master):
    master.knows("hn1", {"a": {"source": "/srv/web.xml"}})

    assert master.lint() == ([("warning", "unchecked", ["hn1"], ["a"])], 0)


# asking nodes: only what comes back is replaced here; the integration tests ask real ones


class Client:
    """A master that has asked, and got these returns."""

    asked = None

    def __init__(self, returns):
        self.returns = returns

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def cmd(self, *args, **kwargs):
        Client.asked = kwargs["kwarg"]
        return self.returns


@pytest.fixture
def returns(monkeypatch):
    """Decide what the nodes return."""
    said = {}
    monkeypatch.setattr("salt.client.get_local_client", lambda **options: Client(said))
    return said


def test_nodes_that_do_not_answer_are_named(master, returns):
    returns["hn2"] = {"ret": {"web": {"ctid": 101, "status": "running", "managed": True}}, "retcode": 0}
    returns["hn1"] = {"ret": {}, "retcode": 0}
    returns["hn3"] = False
    returns["hn4"] = {"out": "no_return", "ret": "Minion did not return. [No response]"}
    returns["hn5"] = {"ret": "ERROR: vzctl cannot be run", "retcode": 1}

    shown = master.run["openvz.list"]()

    assert shown["outputter"] == "openvz" and shown["data"]["retcode"] == 1
    assert list(shown["data"]["nodes"]) == ["hn1", "hn2"]
    assert shown["data"]["nodes"]["hn2"] == returns["hn2"]["ret"]
    assert shown["data"]["errors"] == {
        "hn3": "did not answer",
        "hn4": "did not answer",
        "hn5": "ERROR: vzctl cannot be run",
    }


def test_drift_has_the_worst_nodes_first(master, returns):
    for node, status in (("hn1", "in sync"), ("hn2", "unsaved"), ("hn3", "error"), ("hn4", "drifted")):
        calm = {"ctid": 101, "status": "in sync", "fields": {}}
        returns[node] = {"ret": {"a": calm, "b": {"ctid": 102, "status": status, "fields": {}}}, "retcode": 0}
    returns["hn0"] = {"ret": {}, "retcode": 0}

    shown = master.run["openvz.drift"]()

    assert list(shown["data"]["nodes"]) == ["hn3", "hn4", "hn2", "hn1", "hn0"]
    assert (shown["data"]["errors"], shown["data"]["retcode"]) == ({}, 0)


def test_the_nodes_are_asked_for_what_the_runner_is_asked_for(master, returns):
    returns["hn1"] = {"ret": {}, "retcode": 0}

    master.run["openvz.list"](status="running", name="web*")
    assert Client.asked == {"status": "running", "name": "web*"}
    master.run["openvz.drift"](only=["drifted"], all=True)
    assert Client.asked == {"only": ["drifted"], "all": True}


@pytest.mark.parametrize(("function", "known"), [("list", "running, paused, stopped"), ("drift", "error, drifted")])
def test_a_status_that_there_is_not_is_refused_before_any_node_is_asked(master, returns, function, known):
    with pytest.raises(CommandExecutionError, match=f"only: lost is not a valid status; use one of: {known}"):
        master.run[f"openvz.{function}"](only="lost")


@pytest.mark.parametrize("said", [[], [1], None, "gone mad", 5, {"ret": [1]}, {"ret": None}, {"ret": 5}, {}])
@pytest.mark.parametrize("function", ["list", "drift"])
def test_a_minion_that_answers_nonsense_is_one_bad_row(master, returns, function, said):
    returns["hn1"] = said
    returns["hn2"] = {"ret": {"web": {"ctid": 101, "status": "in sync", "fields": {}}}, "retcode": 0}

    data = master.run[f"openvz.{function}"]()["data"]

    assert (list(data["nodes"]), list(data["errors"]), data["retcode"]) == (["hn2"], ["hn1"], 1)


def test_of_an_error_of_megabytes_the_beginning_is_kept(master, returns):
    returns["hn1"] = {"ret": "ERROR: " + "x" * (5 * 2**20 - 7), "retcode": 1}

    (error,) = master.run["openvz.list"]()["data"]["errors"].values()

    assert error.startswith("ERROR: xxx") and error.endswith(" … 5,242,880 characters, cut")
    assert len(error) < 2100


def test_to_ask_nobody_is_an_error(master, returns):
    with pytest.raises(CommandExecutionError, match=r"no minion matches \* \(glob\)"):
        master.run["openvz.list"]()


@pytest.mark.parametrize(
    "said", [{"__saltmine_acl__": 1}, {"networks": 5}, {"bridges": [[1]]}, {"containers": {"a": 5}}]
)
def test_a_minion_that_lies_in_its_mine_stops_no_lint(master, said):
    pair = "<interface type='network'><source network='default'/></interface>"
    master.knows("hn1", {"a": DOCUMENT.format(201, pair), "b": DOCUMENT.format(201, "")}, mine=said)

    assert ("error", "duplicate_ctid", ["hn1", "hn1"], ["a", "b"]) in master.lint()[0]


def test_networks_of_a_pillar_that_have_no_bridges_stop_no_lint(master):
    pair = "<interface type='network'><source network='default'/></interface>"
    domains = {"a": DOCUMENT.format(201, pair)}
    master.knows("hn1", json.dumps({"openvz": {"domains": domains, "networks": {"default": ["br0"]}}}))

    assert master.lint() == ([], 0)


@pytest.mark.parametrize("url", ["salt://[", "salt://[x]", "salt://pipe", "salt://huge"])
def test_a_source_that_is_not_a_file_is_an_error_of_its_entry(master, url):
    os.mkfifo(master.home / "states/pipe")
    with open(master.home / "states/huge", "wb") as stream:
        stream.truncate(5 * 2**20)
    master.knows("hn1", {"a": {"source": url}, "b": DOCUMENT.format(201, "")})

    assert master.lint() == ([("error", "entry", ["hn1"], ["a"])], 1)


def test_a_template_that_is_a_program_is_not_run_on_the_master(master, tmp_path):
    master.source("web.py", f"open('{tmp_path}/canary', 'w')")
    master.knows("hn1", {"a": {"source": "salt://web.py", "template": "py"}})

    assert master.lint() == ([("warning", "unchecked", ["hn1"], ["a"])], 0)
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("said", [[1], "gone mad", 5, {"openvz.node_info": [1]}, {"openvz.node_info": "x"}], ids=str)
def test_a_mine_that_is_nonsense_is_a_finding_of_its_minion_alone(master, said):
    master.knows("hn1", {"a": DOCUMENT.format(201, "")}, mine=None)
    master.knows("hn2", {"a": DOCUMENT.format(202, "<nonsense/>")})
    salt.cache.factory(master.opts).store("minions/hn1", "mine", said)
    salt.cache.factory(master.opts).store("mine", "hn1", said)

    assert ("error", "entry", ["hn2"], ["a"]) in master.lint()[0]


@pytest.mark.parametrize("grains", [[1], "gone mad", 5, {"id": ["hn1"]}, {"id": "hn1", "os": {"a": [None]}}], ids=str)
def test_grains_that_are_nonsense_are_a_finding_of_their_minion_alone(master, grains):
    master.knows("hn1", {"a": DOCUMENT.format(201, "")}, grains=grains)
    master.knows("hn2", {"a": DOCUMENT.format(202, "<nonsense/>")})

    assert ("error", "entry", ["hn2"], ["a"]) in master.lint()[0]


# the report


@pytest.fixture
def told(monkeypatch):
    """Decide what the nodes return to which function; those of the target alone are asked."""
    said = {"openvz.survey": {}, "openvz.drift": {}}

    class Asked(Client):
        def cmd(self, tgt, function, **options):
            found = {node: {"ret": ret, "retcode": 0} for node, ret in said[function].items()}
            return found if options["tgt_type"] != "list" else {node: found.get(node, False) for node in tgt}

    monkeypatch.setattr("salt.client.get_local_client", lambda **options: Asked(said))
    return said


SURVEY = {"version": "4.11.1", "memory_kib": 1, "space_kib": 1, "free_kib": 1, "moves": [], "containers": []}


def test_a_report_is_a_page_of_all_nodes_and_ends_with_0(master, told, tmp_path):
    web = {"ctid": 101, "name": "web01", "status": "running", "managed": True, "entry": "web", "memory_kib": 1024}
    told["openvz.survey"] = {"hn1": {**SURVEY, "containers": [web]}, "hn2": SURVEY}
    told["openvz.drift"] = {"hn1": {"web": {"ctid": 101, "status": "drifted", "fields": {}}}, "hn2": {}}

    shown = master.run["openvz.report"](path=str(tmp_path / "fleet.html"))

    data = {"nodes": 2, "containers": 1, "errors": {}, "path": str(tmp_path / "fleet.html"), "retcode": 0}
    assert shown == {"data": data, "outputter": "openvz"}
    assert "drifted" in (tmp_path / "fleet.html").read_text().partition("<body>")[2]


def test_without_a_path_the_page_is_returned_and_a_node_that_did_not_answer_ends_it_with_1(master, told):
    told["openvz.survey"] = {"hn1": SURVEY, "hn2": SURVEY, "hn3": "ERROR: vzctl cannot be run"}
    told["openvz.drift"] = {"hn1": {}}

    data = master.run["openvz.report"]()["data"]

    assert data["errors"] == {"hn3": "ERROR: vzctl cannot be run", "hn2": "drift is not known: did not answer"}
    assert (data["nodes"], data["retcode"]) == (2, 1)
    assert "Nothing is known of 1 node" in data["page"]


def test_where_no_node_answers_there_is_a_page_that_says_so(master, told):
    told["openvz.survey"] = {"hn1": None}

    data = master.run["openvz.report"]()["data"]

    assert data["retcode"] == 1 and "No node answered." in data["page"]


def test_a_file_that_is_something_else_is_not_replaced_by_a_report(master, told, tmp_path):
    told["openvz.survey"] = {"hn1": SURVEY}
    (tmp_path / "shadow").write_text("root:*:0")

    with pytest.raises(CommandExecutionError, match="is not a page of openvz.report, and stays as it is"):
        master.run["openvz.report"](path=str(tmp_path / "shadow"))

    assert (tmp_path / "shadow").read_text() == "root:*:0"


def test_states_for_the_inside_of_a_container_that_the_file_roots_lack_are_an_error(master):
    (master.home / "states/users").mkdir()
    master.source("users/init.sls", "")
    entry = {"xml": DOCUMENT.format(201, ""), "state": "running", "inside": {"sls": ["users", "web.nginx", "all*"]}}
    master.knows("hn1", {"a": entry})

    assert master.lint() == ([("error", "inside_sls", ["hn1"], ["a"])], 1)
    (finding,) = master.data["findings"]
    assert finding["what"] == "inside: the file roots have no sls web.nginx (saltenv base)"
    assert finding["remedy"] == "write web/nginx.sls or web/nginx/init.sls"
