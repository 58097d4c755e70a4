"""A document is refused: the error, its place, and the ends of its sentences."""

from vzdomain import errors
from vzdomain.document import codec

OURS = f"xmlns:openvz='{codec.NAMESPACE}'"


def refusal(text):
    """What is refused at once, or whenever it would have to be written: a container may have it by other hands."""
    try:
        document = codec.parse(text)
    except errors.DocumentError as err:
        return err
    return next(iter(document.unwritable.values()))


def check(body, line, path, message, first=2, kind=None):
    """The body stands in a domain document, and its first line is line `first` of it."""
    opening = "<domain type='openvz'><name>209</name>" + "\n" * (first - 1)
    error = refusal(f"{opening}{body}\n</domain>")

    assert (error.path, error.message, error.line) == (path, message, line)
    assert str(error).startswith(f"line {line}, column {error.column} {path}: ")
    assert type(error) is (kind or errors.DocumentError)
