"""Bytes of a document -> text: what its first bytes tell, and what is said of a file that tells something else."""

import codecs

import pytest
from vzdomain import errors
from vzdomain.document import codec
from vzdomain.host import encoding

TITLE = "caf\u00e9"
BODY = f"<domain type='openvz'><name>209</name><title>{TITLE}</title></domain>"


def declared(name, before=""):
    return f"{before}<?xml version='1.0' encoding='{name}'?>{BODY}"


@pytest.mark.parametrize("before", ["", "\n", " \r\n\t"])
@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("utf-8", b""),
        ("UTF-8", codecs.BOM_UTF8),
        ("iso-8859-1", b""),
        ("ISO-8859-15", b""),
        ("windows-1252", b""),
        ("utf-16", b""),  # Python writes the mark
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32", b""),
    ],
)
def test_a_document_is_read_in_the_encoding_that_its_bytes_tell(tmp_path, name, mark, before):
    (tmp_path / "web.xml").write_bytes(mark + declared(name, before).encode(name))

    text, _ = encoding.load(tmp_path / "web.xml")

    assert text == declared(name, before)
    assert codec.parse(text).domain.title == TITLE


@pytest.mark.parametrize("data", [BODY.encode(), declared("utf-8").replace("encoding='utf-8'", "").encode(), b""])
def test_without_a_declaration_it_is_utf_8(data):
    assert encoding.decoded(data, "web.xml") == (data.decode(), "utf-8")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (BODY.encode("latin-1"), "byte 49 is not utf-8; declare its encoding: <?xml version='1.0' encoding='...'?>"),
        (declared("utf-8").encode("latin-1"), "byte 87 is not utf-8; correct its XML declaration"),
        (declared("us-ascii").encode(), "byte 90 is not us-ascii; correct its XML declaration"),
        (
            declared("utf-16").encode(),
            "it declares the encoding utf-16 but is written in another one; correct its XML declaration",
        ),
        (
            declared("cp037").encode("latin-1"),
            "it declares the encoding cp037 but is written in another one; correct its XML declaration",
        ),
        (declared("x-none").encode(), "it declares the encoding x-none, which is unknown; save it as UTF-8"),
        (declared("utf-7").encode(), "it declares the encoding utf-7, which is unknown; save it as UTF-8"),
        (declared("rot13").encode(), "it declares the encoding rot13, which is unknown; save it as UTF-8"),
        (declared("zip").encode(), "it declares the encoding zip, which is unknown; save it as UTF-8"),
        (
            codecs.BOM_UTF16_LE + b"<",
            "byte 3 is not utf-16-le; declare its encoding: <?xml version='1.0' encoding='...'?>",
        ),
    ],
)
def test_a_file_in_another_encoding_is_one_sentence(data, sentence):
    with pytest.raises(errors.CannotAskError) as caught:
        encoding.decoded(data, "salt://web.xml")

    assert str(caught.value) == f"salt://web.xml cannot be read: {sentence}"


@pytest.mark.parametrize("before", ["\n", " \t", "\r\n\n", "\ufeff\n"])
@pytest.mark.parametrize("name", ["utf-8", "utf-16", "no-such-thing"])
def test_blanks_before_the_declaration_mean_nothing_and_count_as_lines(before, name):
    text = f"{before}<?xml version='1.0' encoding='{name}' standalone=\"yes\" ?>\n{BODY}"
    wrong = text.replace("<title>", "\n<titel>").replace("</title>", "</titel>")

    assert codec.parse(text).domain == codec.parse(BODY).domain
    with pytest.raises(errors.DocumentError) as caught:
        codec.parse(wrong)
    assert caught.value.line == before.replace("\r\n", "\n").count("\n") + 3


@pytest.mark.parametrize("before", ["x", "<!-- -->\n", "\u00a0", "&#10;"])
def test_anything_else_before_it_is_refused(before):
    with pytest.raises(errors.DocumentError):
        codec.parse(f"{before}<?xml version='1.0'?>{BODY}")


@pytest.mark.parametrize(
    "late", ["<?xml?>", "<?xml version='2.0'?>", "<?xml encoding='utf-8'?>", "<?xml version='1.0'>"]
)
def test_a_late_declaration_that_is_none_is_refused(late):
    with pytest.raises(errors.DocumentError):
        codec.parse(f"\n{late}{BODY}")
