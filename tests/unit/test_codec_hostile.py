"""Documents that mean harm, or no XML at all."""

import pytest
from vzdomain import codec, codec_xml, errors

BODY = "<domain type='openvz'><name>209</name></domain>"
LAUGHS = """<!DOCTYPE lolz [
 <!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
]>
<domain type='openvz'><name>209</name><title>&c;</title></domain>"""
DOCTYPE = "a document type (<!DOCTYPE>) is not accepted, nor are the entities it could declare; remove it"


def refusal(text):
    with pytest.raises(errors.DocumentError) as caught:
        codec.parse(text)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        f"<!DOCTYPE domain>\n{BODY}",
        f"<!DOCTYPE domain SYSTEM 'http://192.0.2.1/domain.dtd'>\n{BODY}",
        f"<!DOCTYPE domain [<!ENTITY % x SYSTEM 'http://192.0.2.1/x'> %x;]>\n{BODY}",
    ],
)
def test_a_document_type_is_refused(text):
    error = refusal(text)

    assert type(error) is errors.UnsafeDocumentError
    assert (error.line, error.message) == (1, DOCTYPE)


def test_an_external_entity_does_not_read_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    text = f"<!DOCTYPE d [<!ENTITY x SYSTEM 'file://{secret}'>]>\n{BODY.replace('209', '&x;')}"

    error = refusal(text)

    assert error.message == DOCTYPE
    assert "s3cret" not in str(error)


def test_a_huge_text_is_refused_before_it_is_read():
    error = refusal("<domain type='openvz'><!--" + "x" * 10_000_000)

    assert type(error) is errors.UnsafeDocumentError
    assert error.message == "the document has 10000026 bytes; 1048576 are accepted"


def test_bytes_are_counted_and_not_characters():
    assert type(refusal(f"<!--{chr(0x4E2D) * 400_000}-->{BODY}")) is errors.UnsafeDocumentError


def test_the_largest_text_is_read():
    padding = "x" * (codec_xml.MAX_BYTES - len(BODY) - len("<!---->"))

    assert codec.parse(f"<!--{padding}-->{BODY}").domain.name == "209"


def test_deep_nesting_is_refused():
    error = refusal("<domain>" * 100_000)

    assert type(error) is errors.UnsafeDocumentError
    assert (error.message, error.line, error.column) == ("elements are nested more than 64 deep", 1, 64 * 8 + 1)


def test_nesting_within_the_limit_is_read():
    depth = 64 - 2
    metadata = "<metadata>" + "<a:a xmlns:a='urn:a'>" * depth + "</a:a>" * depth + "</metadata>"

    assert codec.parse(BODY.replace("</domain>", f"{metadata}</domain>")).domain.name == "209"


def test_many_unknown_elements_do_not_fill_the_log():
    with pytest.raises(errors.UnknownElementError) as caught:
        codec.parse(BODY.replace("</domain>", "<x/>" * 4_000 + "</domain>"), strict=False)

    assert caught.value.path == "domain/x[101]"


def test_a_sentence_does_not_quote_a_whole_book():
    error = refusal(BODY.replace("209", "/" * 500_000))

    assert len(str(error)) < 1000
    assert error.message.endswith("use letters, digits, blanks and - + _ .")


@pytest.mark.parametrize(
    ("text", "line", "column", "sentence"),
    [
        ("", 1, 1, "Document is empty"),
        ("hello", 1, 1, "Start tag expected, '<' not found"),
        ("<domain>\n<name>209</nam></domain>", 2, 16, "Opening and ending tag mismatch: name line 2 and nam"),
        ("<domain>\n", 2, 1, "Premature end of data in tag domain line 1"),
        ("<domain>&nbsp;</domain>", 1, 15, "Entity 'nbsp' not defined"),
        ("<domain>\n<name>2\0</name></domain>", 2, 8, "Invalid character: Char 0x0 out of allowed range"),
        ("<a:domain/>", 1, 10, "Namespace prefix a on domain is not defined"),
        (f"{BODY}{BODY}", 1, 48, "Extra content at the end of the document"),
    ],
)
def test_xml_that_is_not_well_formed_is_refused_with_its_place(text, line, column, sentence):
    error = refusal(text)

    assert type(error) is errors.DocumentError
    assert error.message == f"this is not well-formed XML: {sentence}"
    assert (error.line, error.column) == (line, column)


def test_a_name_that_only_one_of_the_two_readers_takes_is_refused():
    name = "x:\u2c00"  # XML 1.0 allows it since the fifth edition, and expat knows the fourth

    error = refusal(BODY.replace("</domain>", f"<metadata>\n<{name} xmlns:x='urn:x'/></metadata></domain>"))

    assert error.message == "this is not well-formed XML: not well-formed (invalid token)"
    assert (error.line, error.column) == (2, 4)


def test_half_a_character_is_refused_with_its_place():
    error = refusal("<domain>\n<\udcff")

    assert (error.message, error.line, error.column) == ("the text holds half a character ('\\udcff')", 2, 2)


@pytest.mark.parametrize("value", [None, 209, {"domain": 1}, b"<domain/>"])
def test_what_is_no_text_is_a_mistake_of_the_caller(value):
    with pytest.raises(TypeError):
        codec.parse(value)
