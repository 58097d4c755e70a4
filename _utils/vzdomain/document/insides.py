"""
What an entry says of the inside of its container: the states that are applied there, and what is waited for before.

::

    web01:
      xml: ...
      state: running
      wait_for: {exec: true, address: 10.0.0.5, port: 80, limit: 120}
      inside: {sls: [nginx, users], pillar: {port: 80}, pillar_key: web01}
"""

import ipaddress
import math
from collections.abc import Mapping

from ..errors import MASK, DocumentError, kind_of, shown
from ..model.inside import How, Waiting
from ..model.nearest import meant

_INSIDE = ("sls", "highstate", "id", "saltenv", "pillar", "pillar_key", "grains", "exclude", "timeout")
_WAITING = ("exec", "address", "port", "command", "limit")
LONGEST = 86_400  # seconds


def inside(value):
    """The `How` that the key ``inside`` says, and the path in the pillar of more pillar, or ``None``."""
    value = _mapping("inside", value, _INSIDE)
    highstate, names = (
        _switch("inside:highstate", value.get("highstate", False)),
        _words("inside:sls", value.get("sls")),
    )
    if highstate == bool(names):
        raise DocumentError("inside needs either sls, such as [nginx, users], or highstate: true")
    how = {"sls": names if not highstate else None, "exclude": _words("inside:exclude", value.get("exclude"))}
    how |= {name: _text(f"inside:{name}", value[name]) for name in ("id", "saltenv") if value.get(name) is not None}
    if "/" in how.get("id", "") or how.get("id", "x").startswith("."):
        raise DocumentError("inside:id must be a minion id: no / in it, and no dot at its beginning")
    for name in ("pillar", "grains"):
        if value.get(name) is not None:
            how[name] = _values(f"inside:{name}", value[name])
    if value.get("timeout") is not None:
        how["timeout"] = _seconds("inside:timeout", value["timeout"])
    key = value.get("pillar_key")
    return How(**how), None if key is None else _text("inside:pillar_key", key)


def waiting(value):
    """The `Waiting` that the key ``wait_for`` says; ``None`` for ``false``."""
    if not isinstance(value, Mapping):
        return Waiting() if _switch("wait_for", value, ", or a mapping") else None
    value = _mapping("wait_for", value, _WAITING)
    found = {"exec": _switch("wait_for:exec", value.get("exec", True))}
    if value.get("address") is not None:
        found["address"] = _address(value["address"])
    if value.get("port") is not None:
        found["port"] = _port(value["port"], "address" in found)
    if value.get("command") is not None:
        found["command"] = _command(value["command"])
    if value.get("limit") is not None:
        found["limit"] = _seconds("wait_for:limit", value["limit"])
    if not (found["exec"] or "address" in found or "command" in found):
        raise DocumentError("wait_for waits for nothing: give exec: true, an address or a command, or leave it out")
    return Waiting(**found)


def merged(below, above):
    """Two pillars in one: where both have a value the second wins, mappings are merged."""
    found = dict(below)
    for name, value in above.items():
        both = isinstance(value, Mapping) and isinstance(found.get(name), Mapping)
        found[name] = merged(found[name], value) if both else value
    return found


def _mapping(key, value, known):
    if not isinstance(value, Mapping):
        raise DocumentError(f"{key} must be a mapping with {known[0]}, not {kind_of(value)}")
    unknown = sorted(name for name in map(str, value) if name not in known)
    if unknown:
        near = meant(unknown[0], known)
        raise DocumentError(f"{unknown[0]} is not a key of {key}{near}; the keys are {', '.join(known)}")
    return value


def _values(key, value):
    if not isinstance(value, Mapping) or not all(isinstance(name, (str, int)) for name in value):
        raise DocumentError(f"{key} must be a mapping of names to values, not {kind_of(value)}")
    refuse_masks(key, value)
    return dict(value)


def refuse_masks(key, value):
    """DocumentError where a pillar has a mask in the place of a value: it would be written into the container."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            refuse_masks(f"{key}:{name}", one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            refuse_masks(key, one)
    elif isinstance(value, str) and value == MASK:
        raise DocumentError(f"the pillar has only a masked value for {shown(key)}; the value itself is needed")


def _switch(key, value, more=""):
    word = str(value).strip().lower()
    if isinstance(value, (list, tuple, Mapping)) or word not in ("true", "yes", "on", "1", "false", "no", "off", "0"):
        raise DocumentError(f"{key} must be true or false{more}, not {kind_of(value)}")
    return word in ("true", "yes", "on", "1")


def _text(key, value):
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise DocumentError(f"{key} must be text, not {kind_of(value)}")
    text = str(value).strip()
    if not text:
        raise DocumentError(f"{key} is empty")
    if text == MASK:
        raise DocumentError(f"the pillar has only a masked value for {key}; the value itself is needed")
    if shown(text) != text:
        raise DocumentError(f"{key} is too long, or has a line break or control character in it")
    return text


def _words(key, value):
    """A list of words; one word, or several with commas between them, is a list as well."""
    if value is None:
        return ()
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        raise DocumentError(f"{key} must be a list, such as [nginx, users], not {kind_of(value)}")
    found = tuple(_text(key, word) for word in words)
    if not found:
        raise DocumentError(f"{key} is empty")
    return found


def _seconds(key, value):
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not 0 < number <= LONGEST:
        raise DocumentError(f"{key} must be a number of seconds above 0 and up to {LONGEST}")
    return number


def _address(value):
    try:
        return str(ipaddress.ip_address(_text("wait_for:address", value)))
    except ValueError:
        raise DocumentError("wait_for:address must be an IP address, such as 10.0.0.5") from None


def _port(value, has_address):
    text = str(value).strip()
    is_number = not isinstance(value, bool) and text.isascii() and text.isdecimal() and len(text) <= len("65535")
    if not is_number or not 0 < int(text) < 1 << 16:
        raise DocumentError("wait_for:port must be a number from 1 to 65535")
    if not has_address:
        raise DocumentError("wait_for:port needs an address beside it, such as address: 10.0.0.5")
    return int(text)


def _command(value):
    """The words of a command; text is one for the shell."""
    if isinstance(value, str):
        return ("/bin/sh", "-c", _text("wait_for:command", value))
    if not isinstance(value, (list, tuple)) or not value:
        raise DocumentError("wait_for:command must be a list of words, such as [systemctl, is-system-running]")
    return tuple(_text("wait_for:command", word) for word in value)
