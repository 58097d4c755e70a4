"""Elements are written as lxml would write them."""

from hypothesis import given
from hypothesis import strategies as st
from vzdomain.document import etree, writer

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TAGS = st.sampled_from(["a", "name", "memory"])
ATTRIBUTES = st.dictionaries(st.sampled_from(["unit", "dev"]), st.none() | TEXTS | st.integers(), max_size=2)
LEAVES = st.builds(lambda tag, text, more: (tag, text, more, ()), TAGS, st.none() | TEXTS | st.integers(), ATTRIBUTES)
TREES = st.recursive(
    LEAVES,
    lambda inside: st.builds(
        lambda tag, more, children: (tag, None, more, children), TAGS, ATTRIBUTES, st.lists(inside, max_size=3)
    ),
    max_leaves=8,
)


def ours(tree, parent=None):
    tag, text, attributes, children = tree
    element = writer.add(parent, tag, text, **attributes) if parent else writer.Element(tag, text, attributes)
    for child in children:
        ours(child, element)
    return element


def theirs(tree):
    """The same of lxml, which takes no text that XML cannot hold."""
    tag, text, attributes, children = tree
    element = etree.Element(tag, {name: held(value) for name, value in attributes.items() if value is not None})
    element.text = None if text is None else held(text)
    element.extend(map(theirs, children))
    return element


def held(value):
    return "".join(one if one in "\t\n\r" or " " <= one not in ("\ufffe", "\uffff") else "\ufffd" for one in str(value))


@given(TREES)
def test_a_tree_is_written_as_lxml_writes_it(tree):
    root = theirs(tree)
    etree.indent(root, "  ")

    assert writer.written(ours(tree)) == etree.tostring(root, encoding="unicode") + "\n"
