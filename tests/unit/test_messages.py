"""What a message says of a value that cannot be used: its key and its kind in YAML's words, and never the value."""

import ast
import datetime
import re
from pathlib import Path

import pytest
from vzdomain import errors, settings
from vzdomain.document import entries
from vzdomain.host import networks

REPO = Path(__file__).parents[2]
PARTS = ("_utils/vzdomain", "_modules", "_states", "_beacons", "_grains", "_runners", "_resources")
SOURCES = sorted(path for part in PARTS for path in (REPO / part).rglob("*.py"))
SECRET = "hunter2"
PYTHON = re.compile(r"\b(NoneType|bool|int|float|str|dict|list object|tuple|bytes|datetime|Masked\w+|OrderedDict)\b")
MASK = re.compile(r"\*{3}")


class MaskedDict(dict):
    """As Salt 3008's of that name: a mapping that shows a mask."""

    def __repr__(self):
        return repr(dict.fromkeys(self, "**********"))


class MaskedList(list):
    def __repr__(self):
        return repr(["**********" for _ in self])


VALUES = {
    "a mapping": {"key": SECRET},
    "a mapping of Salt's": MaskedDict(key=SECRET),
    "a list": [SECRET],
    "a list of Salt's": MaskedList([SECRET]),
    "a list of lists": [[SECRET]],
    "text": SECRET + "\n",
    "a number": 4711.25,
    "true or false": True,
    "a date": datetime.date(1971, 4, 11),
    "binary data": SECRET.encode(),
    "a set": {SECRET},
}


def assert_says_nothing_of(value, message):
    assert not PYTHON.search(message), message
    assert not MASK.search(message), message
    assert SECRET not in message and "4711" not in message and "1971" not in message, message
    assert message == errors.shown(message)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", settings.DEFAULTS)
def test_a_setting_of_the_wrong_kind_is_named_with_its_kind(name, kind):
    try:
        said = settings.checked(name, VALUES[kind])
    except errors.ConfigurationError as err:
        assert_says_nothing_of(VALUES[kind], str(err))
        assert str(err).startswith(f"openvz:{name} must be ")
    else:
        assert said == VALUES[kind] or said == [VALUES[kind]]  # it may be so


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("key", [*entries._TEXTS, *entries._SWITCHES])
def test_a_key_of_an_entry_that_cannot_be_used_is_named_with_its_kind(key, kind):
    entry = {"xml": "<domain/>"} if key not in ("xml", "source", "template", "name") else {"state": "running"}
    entry |= {"source": "salt://a.xml"} if key == "template" else {}

    try:
        entries.read("web", {**entry, key: VALUES[kind]})
    except errors.DocumentError as err:
        assert_says_nothing_of(VALUES[kind], str(err))
        assert key in str(err)
    else:
        assert (key, kind) in {("xml", "text"), *((switch, "true or false") for switch in entries._SWITCHES)}


@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind not in ("text", "a mapping", "a mapping of Salt's")])
def test_an_entry_that_is_none_is_named_with_its_kind(kind):
    with pytest.raises(errors.DocumentError) as caught:
        entries.read("web", VALUES[kind])

    assert_says_nothing_of(VALUES[kind], str(caught.value))
    assert re.match("web is (a|true|binary)", str(caught.value))


@pytest.mark.parametrize("kind", VALUES)
def test_a_bridge_that_is_none_is_named_with_its_kind(kind):
    with pytest.raises(errors.NetworkError) as caught:
        networks.Networks({"lan": VALUES[kind]}).bridge("lan")

    assert_says_nothing_of(VALUES[kind], str(caught.value))
    assert str(caught.value).startswith("openvz:networks:lan ")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "empty"),
        (True, "true or false"),
        (0, "a number"),
        (1.5, "a number"),
        ("", "text"),
        (MaskedDict(a=1), "a mapping"),
        (MaskedList([1]), "a list"),
        ((1,), "a list"),
        (datetime.datetime(2026, 1, 1), "a date"),
        (b"a", "binary data"),
        (object(), "something that YAML does not have"),
    ],
)
def test_kinds_have_the_words_of_yaml(value, kind):
    assert errors.kind_of(value) == kind


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Jinja variable 'dict object' has no attribute 'web'", "Jinja variable a mapping has no attribute 'web'"),
        ("'salt.utils.secret.MaskedDict object' has no attribute 'x'", "a mapping has no attribute 'x'"),
        ("'NoneType' object is not iterable", "nothing is not iterable"),
        ("unsupported operand type(s) for +: 'int' and 'str'", "unsupported operand type(s) for +: a number and text"),
        ("nope is undefined", "nope is undefined"),
    ],
)
def test_what_python_says_of_a_template_has_them_too(said, shown):
    assert errors.in_words(said) == shown


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_text_is_made_with_the_name_of_a_python_type(path):
    for text in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)):
        inside = [node for node in ast.walk(text) if isinstance(node, (ast.Call, ast.Attribute))]
        calls = {node.func.id for node in inside if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
        names = {node.attr for node in inside if isinstance(node, ast.Attribute)}
        assert "type" not in calls and not names & {"__name__", "__class__"}, ast.unparse(text)
