"""
The bytes of a document -> text, by the encoding that its first bytes tell (https://www.w3.org/TR/xml, appendix F).

A mark of byte order counts first, then the XML declaration; without either it is UTF-8. Text has no encoding any more:
what a declaration says in the text of a pillar, or of a rendered template, means nothing.
"""

import codecs
import re

from ..errors import CannotAskError
from . import files

_MARKS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS = {  # which of the first four bytes are zero, where the first character is of ASCII
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
_HEAD = 4096  # bytes that a declaration is looked for in
_DECLARED = re.compile(
    r"""[ \t\r\n]*<\?xml[ \t\r\n][^<>]{0,200}?\bencoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][\w.-]{0,39})\1""",
    re.ASCII,
)
_NO_CHARACTERS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "mbcs", "oem"}


def load(path, name=None):
    """
    The text of a document in a file, and its encoding as Python calls it; `name` is what an error calls the file.

    CannotAskError where there is no such file, as `files.data` says, for a file that is not in its encoding, and for
    an encoding that is not known.
    """
    data = files.data(path, name)
    if data is None:
        raise CannotAskError(f"{name or path} cannot be read: there is no such file")
    return decoded(data, name or path)


def decoded(data, name):
    """The text of some bytes, and the encoding that they are in, as Python calls it."""
    mark, encoding = next(((mark, one) for mark, one in _MARKS if data.startswith(mark)), (b"", None))
    encoding = encoding or _ZEROS.get(tuple(not byte for byte in data[:4]))
    found = None if encoding else _DECLARED.match(data[:_HEAD].decode("latin-1"))
    declared = found[2] if found else None
    encoding = encoding or (_known(declared, name) if declared else "utf-8")
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as err:
        place = err.start + 1 + len(mark)
        raise _error(name, f"byte {place} is not {declared or encoding}; {_remedy(declared)}") from None
    if declared and not text.lstrip().startswith("<?xml"):
        raise _error(name, f"it declares the encoding {declared} but is written in another one; {_remedy(declared)}")
    return text, encoding


def _known(declared, name):
    try:
        found = codecs.lookup(declared)
    except LookupError:
        found = None
    if found is None or not getattr(found, "_is_text_encoding", True) or found.name in _NO_CHARACTERS:
        raise _error(name, f"it declares the encoding {declared}, which is unknown; save it as UTF-8")
    return found.name


def _remedy(declared):
    return "correct its XML declaration" if declared else "declare its encoding: <?xml version='1.0' encoding='...'?>"


def _error(name, sentence):
    return CannotAskError(f"{name} cannot be read: {sentence}")
