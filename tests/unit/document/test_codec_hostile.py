"""Documents that mean harm, or no XML at all."""

import pytest
from vzdomain import errors
from vzdomain.document import codec, reader, schema
from vzdomain.flavours import LEGACY
from vzdomain.reports import explain

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
    assert error.message == "the document has 10000026 bytes; the limit is 1048576"


def test_bytes_are_counted_and_not_characters():
    assert type(refusal(f"<!--{chr(0x4E2D) * 400_000}-->{BODY}")) is errors.UnsafeDocumentError


def test_the_largest_text_is_read():
    padding = "x" * (reader.MAX_BYTES - len(BODY) - len("<!---->"))

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
    assert error.message.endswith("use letters, digits, spaces and - + _ .")


@pytest.mark.parametrize(
    ("text", "line", "column", "sentence"),
    [
        ("", 1, 1, "it does not begin with <"),
        ("hello", 1, 1, "it does not begin with <"),
        ("<domain>\n<name>209</nam></domain>", 2, 16, "this end tag does not match its start tag"),
        ("<domain>\n", 2, 1, "an element has no end tag"),
        ("<domain>&nbsp;</domain>", 1, 15, "there is no such entity; write & as &amp;"),
        ("<domain>\n<name>2\0</name></domain>", 2, 8, "this character is not allowed in XML"),
        (
            "<a:domain/>",
            1,
            10,
            "this prefix is not declared; declare the extension's with xmlns:openvz='https://openvz.org/schemas/domain/salt/1'",
        ),
        (f"{BODY}{BODY}", 1, 48, "there is something after the end of the root element"),
    ],
)
def test_xml_that_is_not_well_formed_is_refused_with_its_place(text, line, column, sentence):
    error = refusal(text)

    assert type(error) is errors.DocumentError
    assert error.message == f"this is not well-formed XML: {sentence}"
    assert (error.line, error.column) == (line, column)


PASSWORDS = [
    "<sesame", "<sesame>", "<sesame/>", "<sesame&", "<sesame=1", "<a sesame", "<a sesame='", "<a sesame=x>",
    "&sesame", "</sesame>", "<?sesame", "<?sesame x?><a/>", "<!sesame", "<!--sesame", "<!--sesame--x--><a/>",
    "<![CDATA[sesame", "<sesame:a/>", "<a xmlns='sesame x'/>", "<a sesame:b=''/>", "<a sesame='' sesame=''/>",
    "<a>&sesame;</a>", "<a></sesame>", "<a xml:id='sesame x'/>", "<a/>sesame", "<a/><sesame/>", "<!DOCTYPE sesame>",
    "<domain>&sesame;</domain>", "<domain></sesame>", "<domain xmlns:sesame=''/>", "<{urn:x}sesame/>", "sesame",
    "\0sesame", "<x:sesame xmlns:x='urn:x'/>", "<domain><name>a</name></sesame>", "<domain type='sesame'/>",
    "<?xml version='1.0' encoding='sesame'?>", "<?xml version='sesame'?><a/>",
    "<a xmlns:x='sesame' xmlns:y='sesame' x:b='' y:b=''/>",
]  # fmt: skip


@pytest.mark.parametrize("text", PASSWORDS)
def test_a_password_that_stands_where_a_document_should_is_not_quoted(text):
    error = refusal(text)

    assert "sesame" not in f"{error} {error!r} {error.message} {error.path} {error.args}"
    explained = refused_by(lambda one: explain.explain(one, LEGACY), text)
    assert "sesame" not in str(refused_by(schema.check, text)) + str(explained)


def refused_by(read, text):
    """What is said of a text that may be no document."""
    try:
        return read(text)
    except errors.OpenVZError as err:
        return err


def test_a_name_that_only_one_of_the_two_readers_takes_is_refused():
    name = "x:\u2c00"  # XML 1.0 allows it since the fifth edition, and expat knows the fourth

    error = refusal(BODY.replace("</domain>", f"<metadata>\n<{name} xmlns:x='urn:x'/></metadata></domain>"))

    assert error.message == "this is not well-formed XML: not well-formed (invalid token)"
    assert (error.line, error.column) == (2, 4)


def test_half_a_character_is_refused_with_its_place():
    error = refusal("<domain>\n<\udcff")

    assert (error.message, error.line, error.column) == ("the text has an unpaired surrogate ('\\udcff')", 2, 2)


@pytest.mark.parametrize("value", [None, 209, {"domain": 1}, b"<domain/>"])
def test_what_is_not_text_is_a_mistake_of_the_caller(value):
    with pytest.raises(TypeError):
        codec.parse(value)
