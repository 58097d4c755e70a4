"""Documents and entries from a pillar and from the files of a master, without Salt."""

import pytest
from vzdomain import errors
from vzdomain.document.sources import OnMinionOnly, Sources, log

XML = "<domain type='openvz'><name>209</name></domain>"
BROKEN = "<domain type='openvz'><name>209</name><memory unit='MiB'>much</memory></domain>"


FILES = {
    "web": XML,
    "odd": "{{ odd }}",
    "silent": "{{ silent }}",
    "away": ConnectionError("https://x/?token=hunter2"),
    "scheme": ValueError("odd scheme"),
    "defect": KeyError("x"),
}


def traverse(data, path, default):
    for part in path.split(":"):
        if not isinstance(data, dict) or part not in data:
            return default
        data = data[part]
    return data


class Master:
    """Its files, in a dictionary."""

    engines = ("jinja", "py")
    failures = ConnectionError

    def __init__(self, **files):
        self.files = {f"salt://{name}.xml": text for name, text in files.items()}

    def fetch(self, source, saltenv):
        if source.startswith("https:"):
            raise OnMinionOnly(f"{source} is not a file of the master")
        if isinstance(self.files.get(source), Exception):
            raise self.files[source]
        return source if source in self.files else ""

    def read(self, path, name):
        return self.files[path], "utf-8"

    def render(self, source, text, encoding, template, saltenv):
        if "{{ odd }}" in text:
            raise ConnectionError("'odd' is\n undefined")
        return None if "{{ silent }}" in text else text.replace("{{ name }}", "209")


def sources(pillar=None, **files):
    return Sources(pillar or {}, traverse, Master(**files))


def containers(**entries):
    return {"openvz": {"domains": entries}}


def test_entries_are_read_from_the_pillar_and_from_files_rendered_or_not():
    pillar = containers(web=XML, db={"source": "salt://db.xml", "template": "jinja"}, old={"state": "absent"})

    found = sources(pillar, db=XML.replace("209", "{{ name }}")).entries("openvz:domains")

    assert [(one.label, one.stated_ctid, one.error) for one in found] == [
        ("web", "209", None),
        ("db", "209", None),
        ("old", None, None),
    ]
    assert {one.place for one in found} == {"openvz:domains"}


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (5, "pillar openvz:domains:web: web is a number; write the document, or a mapping with xml or source"),
        ({"source": "salt://web.xml", "template": "mako"}, "salt://web.xml: template must be one of jinja, py"),
        ({"source": "salt://none.xml"}, "salt://none.xml is not on the master (saltenv base)"),
        ({"source": "web.xml"}, "source is not the URL of a file, such as salt://web01.xml"),
        ({"source": "salt://odd.xml", "template": "jinja"}, "salt://odd.xml cannot be rendered: 'odd' is undefined"),
        ({"source": "salt://silent.xml", "template": "jinja"}, "salt://silent.xml cannot be rendered with jinja; the"),
        ({"source": "salt://away.xml"}, "salt://away.xml cannot be fetched: https://x/?..."),
        ({"source": "salt://scheme.xml"}, "source salt://scheme.xml is not the URL of a file: odd scheme"),
        ({"source": "salt://defect.xml"}, "salt://defect.xml: this is a bug in the openvz extension"),
    ],
)
def test_an_entry_that_cannot_be_followed_says_why_and_hides_no_other(monkeypatch, value, error):
    monkeypatch.setattr(log, "disabled", True)
    found = sources(containers(web=value, db=XML), **FILES).entries("openvz:domains")

    assert found[0].error.startswith(error)
    assert found[1].stated_ctid == "209"


def test_a_broken_document_is_reported_by_where_its_author_finds_it():
    for entry, place in (
        (BROKEN, "pillar openvz:domains:web: line 1"),
        ({"source": "salt://web.xml"}, "salt://web.xml: line 1"),
    ):
        (found,) = sources(containers(web=entry), web=BROKEN).entries("openvz:domains")
        assert found.error.startswith(place)


def test_an_empty_file_is_not_an_entry_without_a_document():
    (found,) = sources(containers(web={"source": "salt://web.xml"}), web="").entries("openvz:domains")

    assert found.error == "salt://web.xml: the document is empty"


def test_what_only_the_minion_can_read_is_an_entry_that_says_so():
    (found,) = sources(containers(web={"source": "https://example.org/web.xml"})).entries("openvz:domains")

    assert (found.unread, found.error, found.domain) == (
        "https://example.org/web.xml is not a file of the master",
        None,
        None,
    )


def test_a_label_that_is_there_as_a_number_and_as_text_is_refused():
    with pytest.raises(errors.SourceError, match="has 101 twice"):
        sources().listed("openvz:domains", {101: XML, "101": XML})


@pytest.mark.parametrize(
    ("pillar", "path", "sentence"),
    [
        ({"_errors": ["x"], **containers(web=XML)}, "openvz:domains", "has errors and is not used"),
        ({}, "openvz:domains", "^the pillar has no openvz:domains$"),
        ({"openvz": {"domain": {}}}, "openvz:domains", "did you mean openvz:domain?"),
        ({"openvz": {"passwords": {"db": "x"}}}, "openvz:passwords:web", "has openvz:passwords, but not the rest"),
        ({}, "hunter2", "^the pillar has nothing at the given path, which is not shown"),
        ({"openvz": {"domains": None}}, "openvz:domains", "openvz:domains is empty"),
        ({"openvz": {"domains": errors.MASK}}, "openvz:domains", "only a masked value for openvz:domains"),
    ],
)
def test_a_path_without_a_value_is_reported_without_what_may_be_a_secret(pillar, path, sentence):
    with pytest.raises(errors.SourceError, match=sentence) as caught:
        sources(pillar).at(path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("path", [True, None, ["openvz"]])
def test_a_path_that_is_not_text_is_an_argument_that_cannot_be_used(path):
    with pytest.raises(errors.ArgumentError, match="must be text, such as openvz:domains"):
        sources().at(path)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "not none"),
        ({"xml": XML, "source": "salt://web.xml"}, "not xml and source"),
        ({"xml": {"domain": 1}}, "the document must be text, not a mapping"),
        ({"xml": " "}, r"the document is empty \(xml\)"),
    ],
)
def test_exactly_one_document_must_be_named_and_be_text(given, sentence):
    with pytest.raises(errors.ArgumentError, match=sentence):
        sources().text(given.get("xml"), None, given.get("source"), None, "base")


@pytest.mark.parametrize(
    ("pillar", "labels", "unknown"),
    [
        (containers(web={"state": "running", "protected": True}, db=XML), ["web"], None),
        (containers(web={"protected": "perhaps"}), ["web"], "an entry that may protect it cannot be read: "),
        ({"openvz": {"domains": []}}, [], "pillar openvz:domains is not a mapping of containers"),
        ({"_errors": ["x"]}, [], "the pillar of this minion has errors; see pillar.items"),
        ({}, [], None),
    ],
)
def test_what_protects_is_known_or_it_is_said_why_not(pillar, labels, unknown):
    found, why = sources(pillar).protecting()

    assert [one.label for one in found] == labels
    assert why is None if unknown is None else why.startswith(unknown)


def test_the_networks_of_all_documents_are_wanted_wherever_they_are():
    pair = "<interface type='network'><source network='{}'/></interface>"
    xml = XML.replace("</domain>", f"<devices>{pair.format('lan')}</devices></domain>")

    assert sources({"openvz": {"domains": {"web": xml}, "others": {"db": XML}, "networks": {"x": xml}}}).networks() == {
        "lan"
    }
