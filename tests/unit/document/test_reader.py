"""How often a document is read, and by whom; what only one of the two readers finds."""

import threading
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vzdomain import errors
from vzdomain.document import codec, etree, reader

PLAIN = """\
<domain type='openvz'>
  <name>web1</name>
  <!-- what it may have -->
  <memory unit='MiB'>512</memory>
  <devices><interface type='bridge'><source bridge='br0'/></interface></devices>
</domain>
"""
SMALL = "<domain type='openvz'><name>web1</name><memory>512</memory></domain>"  # a warning
QUIRK = """\
<domain type='openvz'><name>web1</name>
  <openvz:root>/vz/1</openvz:root><metadata><a xmlns='u'/></metadata></domain>"""


@pytest.fixture
def readings(monkeypatch):
    """Which reader was started, for each time that it was."""
    started = []
    fromstring, create = etree.fromstring, reader.expat.ParserCreate
    monkeypatch.setattr(etree, "fromstring", lambda *args: started.append("lxml") or fromstring(*args))
    monkeypatch.setattr(reader.expat, "ParserCreate", lambda *args: started.append("expat") or create(*args))
    return started


def test_a_plain_document_is_read_once(readings):
    codec.parse(PLAIN)

    assert readings == ["lxml"]


@pytest.mark.parametrize(
    "text",
    [
        PLAIN.replace("what it may have", "für sie"),
        f"<?xml version='1.0'?>{PLAIN}",
        PLAIN.replace("<!-- what it may have -->", "<title><![CDATA[a <!DOCTYPE]]></title>"),
        PLAIN.replace("<memory", f"<metadata xmlns:x='urn:x'>{'<x:a/>' * 128}</metadata><memory"),
    ],
)
def test_expat_looks_first_where_it_may_refuse_what_lxml_takes(readings, text):
    codec.parse(text)

    assert readings == ["expat", "lxml"]


def test_a_warning_costs_no_second_reading(readings):
    assert codec.parse(SMALL).warnings[0].startswith("line 1, column 40 ")
    assert readings == ["lxml"]


BETWEEN = ("\r", "\r\n", "\n", "\t", "é", "漢", "\U0001f600", "&lt;", "<x/>", "<y>\r</y>", "<z a='>' b=\"/>\"/>")
SKIPPED = ("<!-- <a> -->", "<!---->", "<![CDATA[<b>]]>", "<![CDATA[]]>", "<?pi <x ?>", "<?a?>")


@given(st.lists(st.sampled_from((*BETWEEN, *SKIPPED)), max_size=12), st.sampled_from(["", "\ufeff"]))
def test_elements_are_where_expat_says(parts, mark):
    text = f"{mark}<domain>{''.join(parts)}</domain>"
    expected, parser = [], expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda *_: expected.append((parser.CurrentLineNumber, parser.CurrentColumnNumber + 1))
    parser.Parse(text.encode(), True)

    read = reader.Reader(text, strict=True)

    assert [read.place(element) for element in read.root.iter("*")] == expected


def test_a_prefix_that_lxml_forgives_is_refused():
    """libxml2 warns of the namespace that follows, and lxml takes the warning for all that there was."""
    with pytest.raises(errors.DocumentError) as failure:
        codec.parse(QUIRK)

    assert (failure.value.line, failure.value.column) == (2, 15)
    assert "this prefix is not declared" in failure.value.message


def test_what_follows_the_end_is_refused_behind_a_prefix_that_lxml_forgives():
    with pytest.raises(errors.DocumentError, match="line 2, column 79: .* junk after document element"):
        codec.parse(QUIRK + "<domain/>")


def test_a_mistake_is_not_remembered_for_the_next_document():
    for wrong in (QUIRK, "<domain", "<a><b></a>"):
        with pytest.raises(errors.DocumentError):
            codec.parse(wrong)

        assert codec.parse(PLAIN).domain.name == "web1"


def test_threads_read_documents_beside_each_other():
    found, wrong = [], []

    def read(number):
        for _ in range(50):
            found.append(codec.parse(PLAIN.replace("web1", f"web{number}")).domain.name == f"web{number}")
            try:
                codec.parse(f"<domain>{number}")
            except errors.DocumentError as err:
                wrong.append(err.line)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [True] * 200
    assert wrong == [1] * 200
