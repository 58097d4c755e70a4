"""
Configuration files of vzctl 7 to 9: vz.conf, ``ve.conf`` and the samples.

A backslash makes the next character literal, a word that begins with ``#`` outside quotes ends the line, one quote of
either kind is dropped at each end of a value, and of several lines with the same key the last counts. A change
rewrites every such line and leaves all others as they are.
"""

import os

from vzsim.files import read_text, write_text

READ_LIMIT = 40 * 1024 - 1  # bytes of a line that are read at a time
SAVE_LIMIT = 64 * 1024 - 1  # the same while a file is rewritten
KEY_LIMIT = 4096  # bytes; longer keys are ignored
BLANKS = " \t\n\r\v\f"

# Keys of vz.conf that do not count for containers.
NODE_ONLY = ("NETFILTER", "VEID", "UUID")


def expand(text, ctid):
    """``/vz/private/$VEID`` -> ``/vz/private/101``; only the first occurrence, and without trailing slashes."""
    mark = "$VEID" if "$VEID" in text else "${VEID}"
    return text.rstrip("/").replace(mark, ctid, 1)


def unescape(line):
    """A backslash is dropped, the next character kept: ``a\\\\nb`` -> ``anb``"""
    if "\\" not in line:
        return line
    kept, chars = [], iter(line)
    for char in chars:
        kept.append(next(chars, "") if char == "\\" else char)
    return "".join(kept)


def without_comment(line):
    """Cut a line at the first word that begins with ``#`` outside quotes."""
    if "#" not in line:
        return line
    quote, starts_word = "", True
    for at, char in enumerate(line):
        if quote:
            if char == quote:
                quote, starts_word = "", False
        elif char in "'\"":
            quote, starts_word = char, False
        elif char == "#" and starts_word:
            return line[:at]
        else:
            starts_word = char in BLANKS
    return line


def split_line(line):
    """
    One line -> ``(key, value)``; ``None`` for a comment, an empty line and anything else without an assignment.

    ``CPUS="2" # two`` -> ``("CPUS", "2")``
    """
    line = without_comment(unescape(line.partition("\0")[0])).strip(BLANKS)
    if not line or line.startswith("#"):
        return None
    if line[-1] in "'\"":
        line = line[:-1]
    key, equals, value = line.partition("=")
    if not equals or len(key.encode("utf-8", "surrogateescape")) >= KEY_LIMIT:
        return None
    if value[:1] in ("'", '"'):
        value = value[1:]
    return key, value


def lines_of(text, limit):
    """Lines with their ends; one that is too long comes in pieces, as fgets(3) reads it."""
    for line in text.split("\n"):
        data = (line + "\n").encode("utf-8", "surrogateescape") if len(line) * 4 > limit else b""
        if len(data) <= limit:
            yield line + "\n"
            continue
        for at in range(0, len(data), limit):
            yield data[at : at + limit].decode("utf-8", "surrogateescape")


def read_values(text):
    """``{key: value}`` of a configuration; the last of several counts."""
    found = {}
    for line in lines_of(text, READ_LIMIT):
        pair = split_line(line)
        if pair:
            found[pair[0]] = pair[1]
    return found


def with_defaults(node_values, values):
    """The values that count for a container: those of vz.conf, overridden by its own."""
    return {**{key: value for key, value in node_values.items() if key not in NODE_ONLY}, **values}


def rewrite(text, changes):
    """
    Change keys in the text of a configuration: ``{"CPUS": "2", "NAME": None}``.

    Every line of a changed key is replaced, or removed for ``None``; missing keys are appended in the given order.
    Nothing is escaped.
    """
    kept, seen = [], set()
    lines = list(lines_of(text, SAVE_LIMIT))
    lines[-1] = lines[-1].removesuffix("\n")
    for line in lines:
        pair = split_line(line)
        if pair is None or pair[0] not in changes:
            kept.append(line)
            continue
        seen.add(pair[0])
        if changes[pair[0]] is not None:
            kept.append(f'{pair[0]}="{changes[pair[0]]}"\n')
    added = [f'{key}="{value}"\n' for key, value in changes.items() if key not in seen and value is not None]
    return "".join(kept + added)


def save(path, changes):
    """
    Rewrite a configuration file through ``FILE.tmp``, FILE being what a link leads to.

    A link that leads nowhere is replaced by a file. An OSError's ``filename`` is the file concerned, ``filename2`` is
    set if the last step, the renaming, failed.
    """
    real = os.path.realpath(path) if os.path.exists(path) else path
    try:
        text = "" if os.path.isdir(real) else read_text(real)
    except FileNotFoundError:
        text = ""
    scratch = f"{real}.tmp"
    write_text(scratch, rewrite(text, changes))
    try:
        os.replace(scratch, real)
    except OSError:
        os.unlink(scratch)
        raise
