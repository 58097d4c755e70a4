"""What a pillar may say of a container, and what is told of what it may not."""

import pytest
from vzdomain.document import entries
from vzdomain.errors import DocumentError

XML = "<domain type='openvz'><name>web01</name></domain>"


def test_text_alone_is_a_document_whose_power_is_left_alone():
    entry = entries.read("web", XML)

    assert entry == entries.Entry("web", xml=XML)
    assert (entry.state, entry.protected, entry.adopt) == (None, False, False)


def test_a_mapping_says_how_the_document_is_followed():
    entry = entries.read(209, {"source": "salt://a.xml", "template": "jinja", "state": "running", "protected": "yes"})

    assert (entry.label, entry.source, entry.template) == ("209", "salt://a.xml", "jinja")
    assert (entry.state, entry.protected) == ("running", True)


def test_a_container_is_called_as_its_document_says_else_by_name_else_by_label():
    assert entries.with_document(entries.read("a", XML), XML).called == "web01"
    assert entries.read("a", {"name": 209, "state": "absent"}).called == "209"
    assert entries.read("a", {"state": "stopped"}).called == "a"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (None, "web is empty; write the document, or a mapping"),
        (209, "web is a number; write the document"),
        ([XML], "web is a list; write the document"),
        ("  ", "the document is empty"),
        ("**********", "only a masked value for the document"),
        ({"xml": "**********"}, "only a masked value for xml"),
        ({"xml": {"domain": {}}}, "xml must be text, not a mapping"),
        ({"xml": XML, "source": "salt://a.xml"}, "xml and source are both given"),
        ({"xml": XML, "name": "other"}, "the name comes from the document"),
        ({"xml": XML, "template": "jinja"}, "template works with source only"),
        ({"xml": XML, "state": "frozen"}, "state must be one of running, stopped, suspended, paused, absent$"),
        ({"xml": XML, "state": "Runing"}, "absent; is it running[?]$"),
        ({"xml": XML, "state": True}, "state must be text, not true or false"),
        (
            {"xml": XML, "protect": True},
            "protect is not a key of a container; did you mean 'protected'[?]; the keys are",
        ),
        ({"xml": XML, "adopt": "perhaps"}, "adopt must be true or false, not text"),
        ({"protected": True}, "give a document .* or a state"),
    ],
)
def test_what_is_not_an_entry_is_refused_with_the_reason(value, message):
    with pytest.raises(DocumentError, match=message):
        entries.read("web", value)


def test_an_entry_that_is_not_strict_has_its_document_read_so():
    entry = entries.read("web", {"xml": XML.replace("</name>", "</name><new/>"), "strict": False})

    assert entries.with_document(entry, entry.xml).document.warnings
    with pytest.raises(DocumentError, match="new"):
        entries.with_document(entries.read("web", entry.xml), entry.xml)
