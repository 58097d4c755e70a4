"""
XML text -> elements that know where they stand. Nothing of OpenVZ or libvirt lives here.

lxml builds the tree, once for each text. Before that expat stops at whatever a domain document has no use for (a
document type, entities, depth) where any of it is possible; it stays unasked for a short text of ASCII that begins no
declaration. Lines and columns are looked for once somebody must be told.
"""

import bisect
import re
import threading
from functools import cached_property
from xml.parsers import expat

from ..errors import DocumentError, UnknownElementError, UnsafeDocumentError, kind_of
from . import etree

ADVICE = "; remove it, or set strict to False to ignore it"
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 5000
MAX_NAMESPACES = 100  # declared in all: each element is asked for all that hold for it
_LEAST = MAX_NAMESPACES * len("xmlns=''")  # bytes that so many take
MAX_WARNINGS = 100
_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
_OWN = threading.local()
_FEW = 20  # children that are counted again for each of them that somebody must be told of
_HALF_LINE = 200  # characters
_UNDECLARED = "NS_ERR_UNDEFINED_NAMESPACE"  # a prefix that no xmlns declares
# What is wrong with the XML, by libxml2's code. Its own sentences quote the text, which may be a password out of place.
_SYNTAX = {
    "ERR_DOCUMENT_EMPTY": "it does not begin with <",
    "ERR_DOCUMENT_END": "there is something after the end of the root element",
    "ERR_TAG_NAME_MISMATCH": "this end tag does not match its start tag",
    "ERR_TAG_NOT_FINISHED": "an element has no end tag",
    "ERR_UNDECLARED_ENTITY": "there is no such entity; write & as &amp;",
    "ERR_ENTITYREF_SEMICOL_MISSING": "write & as &amp;",
    "ERR_NAME_REQUIRED": "a name is missing; write < as &lt; and & as &amp;",
    "ERR_LT_IN_ATTRIBUTE": "write < as &lt; in an attribute",
    "ERR_ATTRIBUTE_NOT_STARTED": "the value of an attribute needs quotes",
    "ERR_ATTRIBUTE_WITHOUT_VALUE": "an attribute has no value",
    "ERR_ATTRIBUTE_REDEFINED": "an attribute appears twice",
    "ERR_GT_REQUIRED": "a tag has no >",
    "ERR_INVALID_CHAR": "this character is not allowed in XML",
    _UNDECLARED: "this prefix is not declared; declare the extension's with xmlns:openvz='https://openvz.org/schemas/domain/salt/1'",
}
# Blanks before the XML declaration, which templates leave; nobody can mean anything by them.
_LATE_DECLARATION = re.compile(
    r"""\ufeff?[ \t\r\n]+<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"1\.\d{1,9}"|'1\.\d{1,9}')[^<>?]{0,200}\?>"""
)
_TAGS = re.compile(r"<(?:([^/!?])|!--.*?-->|!\[CDATA\[.*?\]\]>|\?.*?\?>)", re.DOTALL)  # the group is of a start tag
_END_OF_LINE = re.compile("\n")
_BLACK = re.compile(r"[^\r\n]")


class _Scout:
    """Stops at what is unsafe; one that is `thorough` looks at each element for it."""

    def __init__(self, thorough):
        self.elements = self.depth = self.namespaces = 0
        self.parser = expat.ParserCreate("utf-8")
        self.parser.StartDoctypeDeclHandler = self.doctype
        if thorough:
            self.parser.StartElementHandler = self.start
            self.parser.EndElementHandler = self.end

    def start(self, _name, attributes):
        self.elements += 1
        self.depth += 1
        for name in attributes:
            self.namespaces += name.startswith("xmlns")
        if self.depth > MAX_DEPTH:
            self.stop(f"elements are nested more than {MAX_DEPTH} deep")
        if self.elements > MAX_ELEMENTS:
            self.stop(f"there are more than {MAX_ELEMENTS} elements")
        if self.namespaces > MAX_NAMESPACES:
            self.stop(f"there are more than {MAX_NAMESPACES} namespace declarations")

    def stop(self, sentence):
        raise UnsafeDocumentError(sentence, "", *_place(self.parser))

    def end(self, _name):
        self.depth -= 1

    def doctype(self, *_declaration):
        self.stop("a document type (<!DOCTYPE>) is not accepted, nor are the entities it could declare; remove it")


def load(text):
    """The root element of `text`; DocumentError for what is not XML or not safe to read."""
    return _tree(_encode(text))


def _tree(data):
    is_plain = _is_plain(data)
    problem = None if is_plain else _problem(data)
    parser = _parser()
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as err:
        raise _malformed(_sentence(err, problem or _problem(data)), *err.position) from None
    if parser.error_log:  # lxml takes some of what libxml2 has called wrong, if a warning follows
        problem = problem or _problem(data)
        bare = next((one for one in parser.error_log if one.type_name == _UNDECLARED), None)
        if bare and not problem:
            raise _malformed(_SYNTAX[_UNDECLARED], bare.line, bare.column)
    if problem:
        raise _malformed(expat.ErrorString(problem.code), problem.lineno, problem.offset + 1)
    return root


def _parser():
    """The parser of this thread: a new one costs as much as a short document, and has one log for all who use it."""
    if not hasattr(_OWN, "parser"):
        _OWN.parser = etree.XMLParser(
            encoding="utf-8",  # whatever the declaration says: the text was decoded before it came here
            resolve_entities=False,
            no_network=True,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
    return _OWN.parser


def _places(data, root):
    """
    Element -> where its start tag begins in the text, in which every line ends with one ``\\n``.

    The text is well-formed and has no document type, so that a ``<`` is one of these.
    """
    text = data.decode()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    starts = [found.start() for found in _TAGS.finditer(text) if found.lastindex]
    return text, dict(zip(root.iter("*"), starts, strict=True))


def _place(parser):
    return parser.CurrentLineNumber, parser.CurrentColumnNumber + 1


def _encode(text):
    if not isinstance(text, str):
        raise TypeError(f"a document must be text, not {kind_of(text)}")
    late = _LATE_DECLARATION.match(text)
    if late:  # as many blanks in its place, so that lines and columns stay
        text = _BLACK.sub(" ", late.group()) + text[late.end() :]
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as err:
        line = text.count("\n", 0, err.start) + 1
        column = err.start - text.rfind("\n", 0, err.start)
        raise DocumentError(f"the text has an unpaired surrogate ({text[err.start]!r})", "", line, column) from None
    if len(data) > MAX_BYTES:
        raise UnsafeDocumentError(f"the document has {len(data)} bytes; the limit is {MAX_BYTES}")
    return data


def _problem(data):
    """Return expat's error, or ``None``: lxml finds the same mistake and has the better sentence for it."""
    try:
        _Scout(thorough=not _is_small(data)).parser.Parse(data, True)
    except expat.ExpatError as err:
        return err
    return None


def _is_plain(data):
    """
    Whether lxml alone refuses whatever expat would.

    Names beyond ASCII are more to it than to expat, which goes by an older edition of XML, and it has been seen to take
    other processing instructions. A document type begins with ``<!DOCTYPE``.
    """
    is_declared = (b"?" in data and b"<?" in data) or (b"!" in data and b"<!D" in data)  # one byte is found sooner
    return data.isascii() and not is_declared and _is_small(data)


def _is_small(data):
    """Whether no element can be too deep or one too many: each but the innermost has two tags."""
    return data.count(b"<") <= 2 * MAX_DEPTH and (len(data) < _LEAST or data.count(b"xmlns") <= MAX_NAMESPACES)


def _sentence(err, problem):
    """What is wrong, without a word of the text: ours, else expat's, else libxml2's name for it."""
    name = next((entry.type_name for entry in err.error_log if entry.type == err.code), "")
    return _SYNTAX.get(name) or (expat.ErrorString(problem.code) if problem else name or "libxml2 cannot read it")


def _malformed(sentence, line, column):
    return DocumentError(f"this is not well-formed XML: {sentence}", "", line, column)


class Shape:
    """What an element may hold: attributes, children that come once, and children that come any number of times."""

    def __init__(self, attributes="", once="", many="", namespace=None, alike=""):
        """
        Words with blanks between; children of another `namespace` than this are not looked at, if it is one.

        A namespace that has `alike` in it is a slip of the hand.
        """
        self.attributes, self.namespace, self.alike = tuple(attributes.split()), namespace, alike
        self.usual = list(self.attributes)  # the names of an element that has them all, in this order
        self.comes_often = {**dict.fromkeys(once.split(), False), **dict.fromkeys(many.split(), True)}


_BARE = Shape()


class Reader:
    """A document while it is read: what may stand where, and what its author must be told."""

    def __init__(self, text, strict, advise=lambda *_: None):
        """`advise` tells what may have been meant by an element or attribute: see `vocabulary.advise`."""
        self._data = _encode(text)
        self.root = _tree(self._data)
        self.strict, self._advise, self._remarks, self._unsaid = strict, advise, [], 0
        self.fields, self.unwritable = {}, {}
        self.said = []  # (element, field), in the order of reading
        self.pairs = {}  # field that is a map -> key -> the element that said it first, and its value

    @cached_property
    def _places(self):
        return _places(self._data, self.root)

    @cached_property
    def _ends(self):
        """Where the lines of the text end: counted once, since a document may have many elements to be told of."""
        return [found.start() for found in _END_OF_LINE.finditer(self._places[0])]

    @cached_property
    def _numbers(self):
        """Parent -> which of its twins each child is; filled as it is asked for."""
        return {}

    @cached_property
    def meanings(self):
        """Element -> the fields that it is about, when all has been read; ``interfaces.gateway`` is a part of one."""
        found = {}
        for element, field in self.said:
            if "." in field:
                continue
            fields = found.setdefault(element, [])
            if field not in fields:
                fields.append(field)
        return found

    @property
    def noted(self):
        """What was said of which element, from the first line to the last."""
        return sorted(self._remarks, key=lambda each: (each[1].line, each[1].column))

    @property
    def warnings(self):
        """The same as text."""
        listed = tuple(str(remark) for _, remark in self.noted) if self._remarks else ()
        return (*listed, f"{self._unsaid} more warnings are not listed") if self._unsaid else listed

    def parts(self, element, shape):
        """
        Check `element` against the `Shape` that it may have; return the children that are there, by tag.

        ``parts(os, Shape(once="type init"))`` -> {"init": an element}; for a tag that may come often, a list.
        """
        names = element.keys()
        if names != shape.usual:
            for name in names:
                if name not in shape.attributes:
                    self._unknown(element, name, shape.attributes, tuple(shape.comes_often))
        found, known = {}, shape.comes_often
        for child in element[:]:  # half of what an iterator costs
            tag = child.tag
            if tag not in known:
                self._misplaced(child, shape)
            elif known[tag]:
                found.setdefault(tag, []).append(child)
            elif tag in found:
                raise self.error(child, f"appears twice; the first is in line {self.line(found[tag])}")
            else:
                found[tag] = child
        return found

    def _misplaced(self, child, shape):
        namespace = None if shape.namespace is None else etree.QName(child).namespace
        if namespace in (None, shape.namespace):
            self._unknown(child, None, tuple(shape.comes_often), ())
        elif shape.alike in namespace.lower():
            self.pass_over(child, f"unknown namespace; write xmlns:openvz='{shape.namespace}'")

    def _unknown(self, element, attribute, known, inside):
        what = "element" if attribute is None else "attribute"
        advice = self._advise(element, attribute, known, inside) or ADVICE
        self.pass_over(element, f"this {what} is not supported{advice}", attribute)

    def put(self, element, field, value, attribute=None):
        """Keep what `element` says of a field; what is said twice must be the same."""
        if field in self.fields and self.fields[field] != value:
            line = self.line(self.first(field))
            raise self.error(
                element,
                f"line {line} sets the same thing to another value; remove one of them",
                attribute,
            )
        self.fields[field] = value
        self.said.append((element, field))

    def first(self, field):
        """The element that said a field first, ``None`` if none did."""
        return next((element for element, about in self.said if about == field), None)

    def means(self, element, field):
        """Note that `element` is about a field, for who wants to have the document explained."""
        self.said.append((element, field))

    def value(self, element, shape, field, kind):
        """The value of the one attribute of a `Shape`; see `only` and `taken`."""
        text = self.only(element, shape)
        try:
            return kind.parse(text)
        except ValueError:
            return self.taken(element, field, kind, text, shape.attributes[0])

    def say(self, element, field, kind):
        """Keep the text of an element as the value of a field; see `words`, `taken` and `put`."""
        text = self.words(element)
        try:
            value = kind.parse(text)
        except ValueError:
            value = self.taken(element, field, kind, text)
        self.put(element, field, value)

    def taken(self, element, field, kind, text, attribute=None):
        """The value of a text; one that a container may have, but vzctl could not be given, is kept with its error."""
        try:
            return kind.parse(text)
        except ValueError as err:
            error = self.error(element, str(err), attribute)
        try:
            value = kind.parse_lenient(text)
        except ValueError:
            raise error from None
        self.unwritable.setdefault(field, error)
        return value

    def pass_over(self, element, sentence, attribute=None):
        """Refuse a strict document; say the same as a warning about any other."""
        error = self.error(element, sentence, attribute, UnknownElementError)
        if self.strict or len(self._remarks) >= MAX_WARNINGS:
            raise error
        self._remarks.append((element, error))

    def warn(self, element, sentence):
        """Note something that the author should know, up to MAX_WARNINGS times; the document is good."""
        if len(self._remarks) >= MAX_WARNINGS:
            self._unsaid += 1
        else:
            self._remarks.append((element, self.error(element, sentence)))

    def error(self, element, sentence, attribute=None, kind=DocumentError):
        """``raise reader.error(element, "must not be 0")``."""
        path = self.path(element) + ("" if attribute is None else f"/@{label(element, attribute)}")
        return kind(_cut(sentence), _cut(path), *self.place(element))

    def line(self, element):
        """The line that `element` starts in."""
        return self.place(element)[0]

    def place(self, element):
        """Line and column that `element` starts at."""
        start = self._places[1][element]
        number = bisect.bisect_left(self._ends, start)
        return number + 1, start - (self._ends[number - 1] if number else -1)

    def attribute(self, element, name):
        """The value of an attribute that must be there."""
        value = element.get(name)
        if value is None:
            raise self.error(element, f"needs an attribute {name!r}")
        return value

    def only(self, element, shape):
        """The value of the one attribute of a `Shape`, which must be there and has nothing beside it."""
        if element.keys() != shape.usual or len(element):
            self.parts(element, shape)
        value = element.get(shape.attributes[0])
        return self.attribute(element, shape.attributes[0]) if value is None else value

    def checked(self, element, rule, text, attribute=None):
        """``checked(mac, names.mac, "00:16:3E:00:00:01")``: the rule's answer, or its sentence with the place."""
        try:
            return rule(text)
        except ValueError as err:
            raise self.error(element, str(err), attribute) from None

    def words(self, element, shape=_BARE):
        """The text of an element that has no children, stripped."""
        if element.keys() != shape.usual or len(element):
            self.parts(element, shape)
        return (element.text or "").strip()

    def _number(self, parent, element):
        """Which of its twins a child is, from 1 on; ``None`` for one that has no twin."""
        if len(parent) > _FEW and parent not in self._numbers:
            self._numbers[parent] = _numbers(parent)
        if parent in self._numbers:
            return self._numbers[parent][element]
        twins = [child for child in parent[:] if child.tag == element.tag]
        return twins.index(element) + 1 if len(twins) > 1 else None

    def path(self, element):
        """``domain/devices/interface[2]/mac``"""
        steps = []
        for parent in element.iterancestors():
            name, number = label(element, element.tag), self._number(parent, element)
            steps.append(name if number is None else f"{name}[{number}]")
            element = parent
        return "/".join([label(element, element.tag), *reversed(steps)])


def _cut(text):
    """A sentence that quotes a whole book -> its beginning and its end."""
    return text if len(text) <= 2 * _HALF_LINE else f"{text[:_HALF_LINE]} ... {text[-_HALF_LINE:]}"


def _numbers(parent):
    """Which of its twins each child is, from 1 on; ``None`` for one that has no twin."""
    twins = {}
    for child in parent[:]:
        twins.setdefault(child.tag, []).append(child)
    return {child: number if len(same) > 1 else None for same in twins.values() for number, child in enumerate(same, 1)}


def label(element, tag):
    """``{https://...}ctid`` -> ``openvz:ctid``, with the prefix that the document uses."""
    if not tag.startswith("{"):
        return tag
    name = etree.QName(tag)
    known = {**element.nsmap, "xml": _XML_NAMESPACE}
    prefixes = [prefix for prefix, uri in known.items() if prefix and uri == name.namespace]
    return f"{prefixes[0]}:{name.localname}" if prefixes else name.localname
