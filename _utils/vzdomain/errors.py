"""
What can go wrong, one class per outcome that a caller can act on.

Every message is one sentence for an operator: what was found, and what to do where that can be said.
"""

import datetime
import re
from collections.abc import Mapping

# Control characters, line breaks, what turns the direction of writing, and halves of characters.
_TURNING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
_NOT_SHOWN = re.compile(f"[\x00-\x1f\x7f-\x9f{_TURNING}\ud800-\udfff]")
_HARMFUL = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_TURNING}\ufeff\ud800-\udfff]")  # lines may break
_LONGEST = 2000  # characters
HIDDEN = "(hidden)"  # stands for a password
MASK = "**********"  # what Salt 3008 gives in the place of a pillar value that a module may not see


def shown(text):
    """Text in one line that no terminal obeys and every log can hold; of a whole book the beginning and the end."""
    text = text if text.isprintable() else _NOT_SHOWN.sub(_escaped, text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} ... {text[-_LONGEST // 2 :]}"


def harmless(value):
    """The same data with ``\\u202e`` for each character that drives a terminal or turns the direction of writing."""
    if isinstance(value, str):
        return _HARMFUL.sub(_escaped, value)
    if isinstance(value, dict):
        return {harmless(key): harmless(one) for key, one in value.items()}
    return [harmless(one) for one in value] if isinstance(value, (list, tuple)) else value


def referred(xml):
    """A document with a character reference for each of those: it is read as the same."""
    if xml.replace("\n", "").isprintable():  # as nearly all are
        return xml
    return _HARMFUL.sub(lambda found: f"&#{ord(found.group())};", xml)


def _escaped(found):
    return found.group().encode("unicode_escape").decode("ascii")


def public(text):
    """The text without what may be a secret in a URL: what stands before an ``@``, and the query, often a token."""
    text = re.sub(r"//[^/\s]*@", "//", text)
    return re.sub(r"(\b(?!salt)[a-z0-9]+://[^\s?]*\?)\S+", r"\1...", text)


def sentence(err):
    """What an operator is told of any exception: one sentence, without Python's words for it."""
    if isinstance(err, OpenVZError):
        return str(err)
    if isinstance(err, MemoryError):
        return "the minion is out of memory"
    if isinstance(err, OSError) and err.strerror:
        return shown(f"{err.filename}: {err.strerror}" if err.filename else err.strerror)
    if isinstance(err, RecursionError):
        return "something is nested too deeply"
    if isinstance(err, UnicodeError):
        return "a text is not in its declared encoding; see the traceback in the minion's log"
    return "this is a bug in the openvz extension; see the traceback in the minion's log"


_KINDS = (  # the first that fits; true is a number to Python
    (type(None), "empty"),
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "text"),
    (Mapping, "a mapping"),
    ((list, tuple), "a list"),
    ((set, frozenset), "a set"),
    ((datetime.date, datetime.time), "a date"),
    ((bytes, bytearray), "binary data"),
)
_WORDS = {
    **dict.fromkeys(("NoneType", "None"), "nothing"),
    "bool": "true or false",
    **dict.fromkeys(("int", "float"), "a number"),
    "str": "text",
    **dict.fromkeys(("dict", "OrderedDict", "HashableOrderedDict", "MaskedDict"), "a mapping"),
    **dict.fromkeys(("list", "tuple", "MaskedList"), "a list"),
}
_TYPE = re.compile(r"""(['"])(?:[A-Za-z_]\w*\.)*({})(?: object)?\1(?: object)?""".format("|".join(_WORDS)))


def kind_of(value):
    """
    What a value is, in the words of YAML: ``a list``, ``a mapping``, ``text``, ``a number``, ``empty``, ...

    For messages about a value of the wrong kind: they name the key and this, never the value, which may be a secret.
    """
    return next((word for kinds, word in _KINDS if isinstance(value, kinds)), "something that YAML does not have")


def in_words(text):
    """A sentence of Python's or Jinja's, with YAML's words for its types: ``'dict object' has ...``."""
    return _TYPE.sub(lambda found: _WORDS[found[2]], text)


class OpenVZError(Exception):
    """Base class of all errors of this library; `done` holds the changes made before it, by domain name."""

    done: dict | None = None

    def __init__(self, message=""):
        super().__init__(shown(str(message)))


class DocumentError(OpenVZError):
    """The domain document is invalid; has the element's path, line and column."""

    def __init__(self, message, path="", line=None, column=None):
        self.message, self.path, self.line, self.column = shown(message), path, line, column
        super().__init__(self._place() + message)

    def _place(self):
        position = "" if self.line is None else f"line {self.line}"
        if self.column is not None:
            position += f", column {self.column}"
        place = " ".join(part for part in (position, self.path) if part)
        return f"{place}: " if place else ""


class UnknownElementError(DocumentError):
    """The document has an unknown element or attribute."""


class UnsafeDocumentError(DocumentError):
    """The document has a document type or an entity, or is too large or too deep."""


class RefusedError(OpenVZError):
    """The change would affect something that Salt does not manage or must not touch."""


class UnusableError(RefusedError):
    """A container is there, but vzctl refuses to work on it."""


class PlanMovedError(RefusedError):
    """Documents or containers have changed since the plan was made."""


class MovingError(RefusedError):
    """The container is being moved to another node: until that is over nothing else is done to it."""


class MovedError(MovingError):
    """The container was moved to another node: it is no longer this one's."""


class CannotAskError(OpenVZError):
    """The node could not be queried, so the container may exist or not."""


class MissingProgramError(CannotAskError):
    """vzctl, vzlist, ip or brctl is missing or not executable."""


class CommandTimeoutError(CannotAskError):
    """A command exceeded its time limit and was killed; what it did is unknown."""


class UnsupportedFlavourError(CannotAskError):
    """The node's vzctl belongs to a family that is not supported yet."""


class ConfigurationError(OpenVZError):
    """An ``openvz:`` setting or one of the node's configuration files is invalid."""


class ArgumentError(OpenVZError):
    """An argument of a call is invalid."""


class SourceError(OpenVZError):
    """A document cannot be loaded: it is not in the pillar or on the master, or its template cannot be rendered."""


class LxmlMissingError(OpenVZError):
    """Salt's Python has no lxml, or cannot import it."""


class GoneError(OpenVZError):
    """Someone else removed the container during the run."""


class DefectError(OpenVZError):
    """An unexpected failure, a defect of this library; the log has the traceback."""


class NotTakenError(OpenVZError):
    """vzctl reported success, but the container still differs."""


class VzctlError(OpenVZError):
    """vzctl exited with a code other than 0; has the code and the arguments."""

    def __init__(self, message, rc=None, argv=()):
        self.rc, self.argv = rc, tuple(argv)
        super().__init__(message)


class LockedError(VzctlError):
    """Code 9: another vzctl holds the container's lock."""


class AbsentError(VzctlError):
    """Code 14: there is no such container."""


class NotRunningError(VzctlError):
    """Code 31: the container is not running."""


class RunningError(VzctlError):
    """Code 32: the container is running, but must be stopped for this."""


class BadParameterError(VzctlError):
    """Codes 20 and 21: vzctl does not accept an option or its value."""


class TemplateMissingError(VzctlError):
    """Codes 48, 91 and 211: the OS template is not in the cache and cannot be downloaded."""


class DiskFullError(VzctlError):
    """Code 46: no space for the container's files."""


class PrivateAreaExistsError(VzctlError):
    """Code 44: a non-empty private area exists already."""


class PrivateAreaMissingError(VzctlError):
    """Code 43: the private area is missing."""


class MountedError(VzctlError):
    """Code 41: the container is mounted, but must be unmounted for this."""


class DisabledError(VzctlError):
    """Code 105: the container is disabled and cannot be started."""


class NameConflictError(VzctlError):
    """Codes 131 and 137: the name belongs to another container."""


class NotSavedError(VzctlError):
    """Code 139: the configuration file could not be written."""


class DeviceError(VzctlError):
    """Codes 104, 130 and 136: a network device could not be set up."""


class SnapshotError(VzctlError):
    """Codes 156, 158, 159, 160, 161: a snapshot could not be taken, deleted, brought back, mounted or unmounted."""


class InsideError(OpenVZError):
    """Nothing could be run inside a container, or its answer makes no sense."""


class NetworkError(OpenVZError):
    """A libvirt network has no usable bridge, or libvirt cannot be queried."""


class LibvirtMissingError(NetworkError):
    """virsh is not installed on the node."""


class LibvirtUnreachableError(NetworkError):
    """virsh cannot reach libvirt's daemon."""


class NetworkUndefinedError(NetworkError):
    """libvirt has no network of that name."""


class NetworkInactiveError(NetworkError):
    """The network is defined but not active."""


class BridgeMissingError(NetworkError):
    """A bridge does not exist on the node, is not a bridge, or is down."""


class LinkError(NetworkError):
    """Neither ip nor brctl could put the node's end of a veth pair into its bridge."""


class NetworkWithoutBridgeError(NetworkError):
    """The network's forward mode does not use a bridge."""
