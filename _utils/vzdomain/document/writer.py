"""
Elements that are to be written -> XML text, each on its own line, as ``virsh dumpxml`` has them.

lxml's elements are made for reading and changing: each costs three times as much as one of these.
"""

import re
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ODD = re.compile("[^ !#-%'-;=?-~]")  # what cannot be written as it is, and whatever is not ASCII
_IN_TEXT = {"\r": "&#13;"}
_IN_ATTRIBUTE = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


class Element:
    """An element with children or a text; a tag with a prefix is written as it is."""

    __slots__ = ("attributes", "children", "tag", "text")

    def __init__(self, tag, text=None, attributes=None):
        self.tag, self.text, self.attributes, self.children = tag, text, attributes or {}, []


def add(parent, tag, text=None, **attributes):
    """``add(devices, "mac", address="...")``: a new child; attributes that are ``None`` are left out."""
    element = Element(tag, text, attributes)
    parent.children.append(element)
    return element


def written(root):
    """The text of an element, with a line break at its end."""
    lines = []
    _write(root, "", lines)
    return "\n".join(lines) + "\n"


def _write(element, margin, lines):
    start = f"{margin}<{element.tag}"
    for name, value in element.attributes.items():
        if value is not None:
            text = str(value)
            start += f' {name}="{_escaped(text, _IN_ATTRIBUTE) if _ODD.search(text) else text}"'
    if element.children:
        lines.append(f"{start}>")
        for child in element.children:
            _write(child, f"{margin}  ", lines)
        lines.append(f"{margin}</{element.tag}>")
    elif element.text is None:
        lines.append(f"{start}/>")
    else:
        text = str(element.text)
        lines.append(f"{start}>{_escaped(text, _IN_TEXT) if _ODD.search(text) else text}</{element.tag}>")


def _escaped(text, entities):
    """Text as XML can hold it: a file may contain any byte, and U+FFFD stands for what no document can say."""
    return escape(_NOT_XML.sub("\ufffd", text), entities)
