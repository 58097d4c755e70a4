"""The page of the fleet: what nodes said is shown as text, and what they did not say is not made up."""

import base64
import errno
import hashlib
import os
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vzdomain.errors import RefusedError
from vzdomain.fleet.report import facts, page, place, style

MADE = "2026-03-01 04:05 UTC"


def container(ctid, name, **said):
    its = {"ctid": ctid, "name": name, "status": "running", "managed": True, "entry": name, "addresses": []}
    return {**its, "memory_kib": 1 << 20, "disk_kib": 10 << 20, "pending": [], **said}


def survey(*containers, **said):
    its = {"family": "4.x", "version": "4.11.1", "memory_kib": 4 << 20, "space_kib": 100 << 20, "free_kib": 50 << 20}
    return {**its, "containers": list(containers), "moves": [], **said}


def drift(**statuses):
    return {name: {"ctid": None, "status": status, "fields": {}} for name, status in statuses.items()}


class Text(HTMLParser):
    """The words of a page, its cells by row, and its elements."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.words, self.attributes = set(), [], [], set()
        self.is_in_row = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.is_in_row = tag == "tr" or (self.is_in_row and tag != "section")
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.lasttag not in ("style", "script"):
            self.words.append(data)
            if self.is_in_row and data.strip():
                self.rows[-1][-1] = f"{self.rows[-1][-1]} {data}".strip()


def test_what_is_no_text_is_replaced_and_the_page_is_written(tmp_path):
    place.put(tmp_path / "fleet.html", f"{page.BEGINS}web\udcff")

    assert (tmp_path / "fleet.html").read_text("utf-8") == f"{page.BEGINS}web?"


def shown(surveys, drifts=None, unasked=None, undrifted=None):
    return Text(page.page(facts.fleet(surveys, drifts or {}, unasked or {}, undrifted or {}), MADE))


def row(text, name):
    (found,) = [cells for cells in text.rows if cells[0] == name]
    return found[1:]


def test_a_container_is_shown_with_all_that_is_known_of_it():
    web = container(101, "web01", addresses=["198.51.100.1", "2001:db8::1"], pending=["features"])
    fields = {"memory": {"status": "drifted", "pillar": "640 MiB", "file": "1 GiB", "running": "1 GiB"}}

    text = shown({"hn1": survey(web)}, {"hn1": {"web": {"ctid": 101, "status": "drifted", "fields": fields}}})

    node, ctid, status, addresses, memory, disk, word, waits = row(text, "web01")
    assert (node, ctid, status, memory, disk, word) == ("hn1", "101", "running", "1 GiB", "10 GiB", "drifted")
    assert addresses.replace(" ", "") == "198.51.100.12001:db8::1"
    assert waits == "waits for a restart: features memory memory: pillar 640 MiB; file 1 GiB; running 1 GiB"


def test_a_node_is_shown_with_what_it_promises_against_what_it_has():
    here = [container(101, "a"), container(102, "b", memory_kib=None, status="stopped"), container(103, "c")]

    text = shown({"hn1": survey(*here, memory_kib=1 << 20)}, {"hn1": drift(a="in sync", b="error", c="in sync")})

    version, count, memory, disk, words = row(text, "hn1")
    assert (version, count, words) == ("4.11.1", "3, 2 running", "1 error 2 in sync")
    assert memory == "2 GiB of 1 GiB 200 %, 1 without a limit"
    assert disk == "30 GiB of 100 GiB 30 %; 50 GiB free"


def test_the_worst_comes_first_and_numbers_in_names_count_as_numbers():
    names = {"hn10": "in sync", "hn9": "in sync", "hn2": "drifted", "hn1": "unmanaged", "hn3": "error"}
    surveys = {name: survey(container(101, f"web-{name}")) for name in names}

    text = shown(surveys, {name: drift(**{f"web-{name}": word}) for name, word in names.items()})

    order = ["hn3", "hn2", "hn1", "hn9", "hn10"]
    assert [cells[0] for cells in text.rows if cells[0] in names] == order
    assert [cells[0] for cells in text.rows if cells[0].startswith("web-")] == [f"web-{name}" for name in order]


def test_a_node_that_did_not_answer_is_named_and_never_shown_as_one_without_containers():
    text = shown({"hn1": survey()}, {"hn1": {}}, {"hn2": "did not answer"})
    words = " ".join(text.words)

    assert "Nothing is known of 1 node" in words and "hn2 : did not answer" in words
    assert [cells[0] for cells in text.rows] == ["node", "hn1"]
    assert "No containers are known: see above." in words and "There are no containers." not in words
    assert "There are no containers." in shown({"hn1": survey()}, {"hn1": {}}).words


def test_where_the_drift_of_a_node_is_not_known_nothing_is_called_in_sync():
    fleet = facts.fleet({"hn1": survey(container(101, "a"))}, {}, {}, {"hn1": "the pillar has no openvz:domains"})

    assert [(one.drift, one.unsaid) for one in fleet.nodes] == [("not known", "the pillar has no openvz:domains")]
    assert fleet.errors == {"hn1": "drift is not known: the pillar has no openvz:domains"}
    assert "in sync" not in Text(page.page(fleet, MADE)).words


def test_an_empty_node_whose_drift_is_not_known_is_not_in_sync():
    fleet = facts.fleet({"hn1": survey()}, {}, {}, {"hn1": "did not answer"})

    assert fleet.nodes[0].drift == "not known"


def test_an_entry_without_container_is_shown_and_counts_for_nothing_that_is_there():
    fleet = facts.fleet({"hn1": survey(container(101, "a"))}, {"hn1": drift(a="in sync", new="drifted")}, {}, {})

    assert [(one.name, one.status, one.drift) for one in fleet.containers] == [
        ("new", "not there", "drifted"),
        ("a", "running", "in sync"),
    ]
    assert fleet.there == 1 and fleet.nodes[0].promised("memory") == (1 << 20, 0)


def test_two_containers_of_one_name_are_told_apart_by_their_ctid():
    here = [container(101, "web", entry=None), container(102, "web")]
    said = {"web": {"ctid": 102, "status": "drifted"}, "web (101)": {"ctid": 101, "status": "unmanaged"}}

    fleet = facts.fleet({"hn1": survey(*here)}, {"hn1": said}, {}, {})

    assert {one.ctid: one.drift for one in fleet.containers} == {"101": "unmanaged", "102": "drifted"}


HOSTILE = "</td><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e\x1b[2J\x00\ud800&lt;"


def test_whatever_a_node_says_is_text():
    bad = dict.fromkeys(("status", "entry", "error"), HOSTILE)
    said = survey(container(HOSTILE, HOSTILE, **{**bad, "addresses": [HOSTILE], "pending": [HOSTILE]}), version=HOSTILE)
    said["moves"] = [dict.fromkeys(("name", "ctid", "source", "destination", "since", "state"), HOSTILE)]
    field = dict.fromkeys(("status", "pillar", "file", "running"), HOSTILE)
    report = {"ctid": HOSTILE, "status": HOSTILE, "error": HOSTILE, "notes": [HOSTILE], "fields": {HOSTILE: field}}
    fleet = facts.fleet({HOSTILE: said}, {HOSTILE: {HOSTILE: report}}, {HOSTILE + "2": HOSTILE}, {})

    text = page.page(fleet, MADE)

    text.encode()
    calm = facts.fleet({"hn1": survey(container("x" * 36, "a", managed=False, addresses=["::1"], pending=["b"]))},
                       {"hn1": {"a": {"ctid": "x" * 36, "status": "drifted", "fields": {"b": {}}}}},
                       {"hn2": "c"}, {})  # fmt: skip
    known = Text(page.page(calm, MADE))
    assert Text(text).tags <= known.tags and Text(text).attributes <= known.attributes
    assert "alert(1)" in " ".join(Text(text).words)
    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text) == []


KEYS = (
    "containers moves version memory_kib free_kib ctid name status fields error notes addresses pending entry".split()
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(), inner)
)


@given(said=JSON, more=JSON)
def test_nothing_that_a_node_can_say_keeps_the_page_from_being_written(said, more):
    surveys = {"hn1": said, "hn2": {"containers": [said, more], "moves": more}, "hn3": {"containers": said}}

    text = page.page(facts.fleet(surveys, {"hn2": {"a": said, "b": more}, "hn3": more}, {}, {}), MADE)

    assert {"hn1", "hn2", "hn3"} <= set(Text(text).words)


def test_the_page_asks_for_nothing_and_the_browser_may_run_its_one_script_alone():
    text = page.page(facts.fleet({"hn1": survey(container(101, "a"))}, {}, {}, {}), MADE)
    (script,) = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hashed}'" in text
    assert not re.search(r"\b(src|href)=|url\(|@import", text)
    assert script == style.SCRIPT


def contrast(one, other):
    """The ratio of WCAG 2 of two colours ``#rrggbb``."""

    def light(colour):
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_text_stands_out_from_what_is_behind_it(scheme):
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", style.CSS.split(":root {")[scheme + 1]))
    pairs = [(word, f"{word}-back") for word in ("bad", "warn", "good", "move")]
    pairs += [(text, back) for text in ("front", "soft", "bad") for back in ("back", "band")]

    assert {pair: round(contrast(*map(colours.get, pair)), 1) for pair in pairs if
            contrast(*map(colours.get, pair)) < 4.5} == {}  # fmt: skip


def test_a_page_takes_the_place_of_a_page_and_everybody_may_read_it(tmp_path):
    text = page.page(facts.fleet({}, {}, {}, {}), MADE)

    for words in (text, text + "<!-- newer -->"):
        path = place.put(tmp_path / "fleet.html", words)
        assert (tmp_path / "fleet.html").read_text() == words

    assert path == str(tmp_path / "fleet.html") and os.listdir(tmp_path) == ["fleet.html"]
    assert os.stat(path).st_mode & 0o777 == 0o644


def test_a_file_that_is_no_page_stays_as_it_is(tmp_path):
    (tmp_path / "passwd").write_text("root:x:0:0")
    (tmp_path / "link").symlink_to(tmp_path / "passwd")
    os.mkfifo(tmp_path / "pipe")

    for name in ("passwd", "link", "pipe", ""):
        with pytest.raises(RefusedError, match="is not a page of openvz.report, and stays as it is: remove it, or"):
            place.put(tmp_path / name, page.BEGINS)

    assert (tmp_path / "passwd").read_text() == "root:x:0:0"


@pytest.mark.parametrize("path", ["no/such/folder/fleet.html", "a\0b"])
def test_where_no_page_can_be_written_the_reason_is_said(tmp_path, path):
    with pytest.raises(RefusedError, match="the page cannot be written: .*(No such file or directory|is not a path)"):
        place.put(str(tmp_path / path), page.BEGINS)

    assert os.listdir(tmp_path) == []


def test_a_page_that_cannot_be_finished_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch):
    place.put(tmp_path / "fleet.html", page.BEGINS)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RefusedError, match="the page cannot be written: No space left on device"):
        place.put(tmp_path / "fleet.html", page.BEGINS + "more")

    assert (tmp_path / "fleet.html").read_text() == page.BEGINS and os.listdir(tmp_path) == ["fleet.html"]


def test_a_move_under_way_is_one_row_whoever_says_it_and_a_kept_copy_another():
    intent = {"ctid": "101", "name": "web", "source": "hn1", "destination": "hn2", "since": 1772332200.5}
    copy = {"ctid": "102", "name": "db", "to": "hn2", "when": "2026-03-01T02:10:00Z", "until": None}
    surveys = {
        "hn1": survey(container(101, "web"), moves=[intent], copies=[copy]),
        "hn2": survey(moves=[{**intent, "since": 1772332259.5}]),
    }

    fleet = facts.fleet(surveys, {"hn1": drift(web="in sync"), "hn2": {}}, {}, {})

    assert [one.drift for one in fleet.containers] == ["moving"]
    assert [(one.name, one.source, one.destination, one.state) for one in fleet.moves] == [
        ("web", "hn1", "hn2", "under way"),
        ("db", "hn1", "hn2", "old copy on hn1, kept until it is removed"),
    ]
    assert [one.since for one in fleet.moves] == ["2026-03-01 02:30 UTC", "2026-03-01 02:10 UTC"]
