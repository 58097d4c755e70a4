"""
Patterns as ``fnmatch(3)`` takes them in the C locale: byte by byte, a backslash takes the next character as it is.
"""

import re


def fits(text, pattern):
    """``fits("web1", "web[^2]")`` -> ``True``"""
    return re.fullmatch(_translated(_bytes(pattern)), _bytes(text), re.DOTALL) is not None


def _bytes(text):
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _translated(pattern):
    parts, at = [], 0
    while at < len(pattern):
        char, at = pattern[at], at + 1
        if char == "*":
            parts.append(".*")
        elif char == "?":
            parts.append(".")
        elif char == "[":
            part, at = _bracket(pattern, at)
            parts.append(part)
        else:
            escaped = char == "\\" and at < len(pattern)
            parts.append(re.escape(pattern[at] if escaped else char))
            at += escaped
    return "".join(parts)


def _bracket(pattern, at):
    """``[a-c]``, ``[!a]``, ``[^a]``; an unterminated one is an ordinary character."""
    start = at + (pattern[at : at + 1] in ("!", "^"))
    end = pattern.find("]", start + 1)
    if end < 0:
        return re.escape("["), at
    members = "".join("\\" + char if char in "\\[]^&~|" else char for char in pattern[start:end])
    return f"[{'^' if start > at else ''}{members}]", end + 1
