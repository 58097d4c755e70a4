"""
Expansion of words in the container's shell: ``"$HOME/$(echo x)"`` -> ``["//x"]``.

Parameters, command substitution, sums, field splitting and path patterns, in the order of POSIX
("Word Expansions"). The shell itself (variables, running a command) is handed in.
"""

import fnmatch
import os

from vzsim import jail

BLANK = " \t\n"
PATTERN_SIGNS = "*?["
LEVELS = (("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<=", ">=", "<", ">"), ("+", "-"), ("*", "/", "%"))


class ExpansionError(Exception):
    """A word cannot be expanded; the message is the shell's."""


def fields(shell, words):
    """All words of a command -> its arguments."""
    found = []
    for word in words:
        found.extend(_fields_of(shell, word))
    return found


def text(shell, word):
    """A word where no splitting takes place: ``A=word``, ``> word``, a here-document."""
    return "".join(string for string, _ in _expanded(shell, word))


def pattern(shell, word):
    """A word of ``case``: quoted signs stand for themselves."""
    return "".join(_escaped(string) if quoted else string for string, quoted in _expanded(shell, word))


def _fields_of(shell, word):
    if len(word) == 1 and word[0][0] == "param" and word[0][1] == "@" and word[0][-1]:
        return list(shell.arguments)
    split = []  # fields, each a list of (string, quoted)
    open_field = False
    for (string, quoted), piece in _expanded_with_pieces(shell, word):
        if quoted or piece[0] == "text":
            split = split if open_field else [*split, []]
            split[-1].append((string, quoted))
            open_field = True
            continue
        for place, part in enumerate(_split_blank(string)):
            if place or not open_field:
                split.append([])
            open_field = True
            split[-1].append((part, False))
        if string and string[-1] in BLANK:
            open_field = False
    kept = [field for field in split if any(string or quoted for string, quoted in field)]
    return [name for field in kept for name in _paths(shell, field)]


def _split_blank(string):
    """``" a b"`` -> ``["", "a", "b"]``: an empty first part ends the field before it."""
    parts = string.split()
    return ["", *parts] if string[:1] in tuple(BLANK) else parts


def _expanded(shell, word):
    return [found for found, _ in _expanded_with_pieces(shell, word)]


def _expanded_with_pieces(shell, word):
    for piece in word:
        kind, quoted = piece[0], piece[-1]
        if kind == "text":
            string = piece[1]
        elif kind == "command":
            string = shell.substitute(piece[1]).rstrip("\n")
        elif kind == "sum":
            string = str(calculate(shell, piece[1]))
        else:
            string = _parameter(shell, piece)
        yield (string, quoted), piece


# parameters


def _parameter(shell, piece):
    _, name, operator, word, _ = piece
    value = shell.parameter(name)
    if operator == "length":
        return str(len(value or ""))
    if operator[:1] in ("#", "%") and operator:
        return _trimmed(value or "", operator, pattern(shell, word))
    missing = not value if operator.startswith(":") else value is None
    action = operator[-1:]
    if action == "+":
        return "" if missing else text(shell, word)
    if not missing or not action:
        return value or ""
    if action == "?":
        raise ExpansionError(f"{name}: {text(shell, word) or 'parameter not set'}")
    value = text(shell, word)
    if action == "=":
        shell.variables[name] = value
    return value


def _trimmed(value, operator, glob):
    """``("a.tar.gz", "%", ".*")`` -> ``a.tar``; twice the sign is the longest match."""
    lengths = range(len(value) + 1) if len(operator) == 1 else range(len(value), -1, -1)
    for length in lengths:
        if operator[0] == "#" and fnmatch.fnmatchcase(value[:length], glob):
            return value[length:]
        if operator[0] == "%" and fnmatch.fnmatchcase(value[len(value) - length :], glob):
            return value[: len(value) - length]
    return value


# path patterns


def _escaped(string):
    return "".join(f"[{sign}]" if sign in PATTERN_SIGNS else sign for sign in string)


def _paths(shell, field):
    plain = "".join(string for string, _ in field)
    if not any(sign in string for string, quoted in field if not quoted for sign in PATTERN_SIGNS):
        return [plain]
    glob = "".join(_escaped(string) if quoted else string for string, quoted in field)
    start = "/" if glob.startswith("/") else ""
    found = [start]
    for part in glob.strip("/").split("/"):
        found = [path for known in found for path in _children(shell, known, part)]
    return found or [plain]


def _children(shell, directory, glob):
    place = jail.resolve(shell.root, shell.cwd, directory or ".")
    try:
        entries = sorted(os.listdir(place))
    except OSError:
        return []
    start = f"{directory}/" if directory.strip("/") else directory
    visible = [entry for entry in entries if glob.startswith(".") or not entry.startswith(".")]
    return [start + entry for entry in visible if fnmatch.fnmatchcase(entry, glob)]


# sums


def calculate(shell, source):
    """``i+1`` -> 3, if i is 2; whole numbers as in C."""
    word = [*_sum_pieces(source)]
    tokens = _tokens(text(shell, word))
    value, rest = _assigned(shell, tokens)
    if rest:
        raise ExpansionError("arithmetic syntax error")
    return value


def _sum_pieces(source):
    from vzsim.shell_syntax import Parser

    return Parser(source).quoted_pieces(end=None)


def _tokens(source):
    tokens, at = [], 0
    while at < len(source):
        end = at + 1
        if source[at].isalnum() or source[at] == "_":
            while end < len(source) and (source[end].isalnum() or source[end] == "_"):
                end += 1
        elif source[at : at + 2] in ("==", "!=", "<=", ">=", "&&", "||", "+=", "-=", "*="):
            end += 1
        if source[at] not in BLANK:
            tokens.append(source[at:end])
        at = end
    return tokens


def _assigned(shell, tokens):
    if len(tokens) > 2 and tokens[1] in ("=", "+=", "-=", "*="):
        value, rest = _assigned(shell, tokens[2:])
        if tokens[1] != "=":
            value = _combined(tokens[1][0], _number(shell, tokens[0]), value)
        shell.variables[tokens[0]] = str(value)
        return value, rest
    return _level(shell, tokens, 0)


def _level(shell, tokens, level):
    if level == len(LEVELS):
        return _operand(shell, tokens)
    value, rest = _level(shell, tokens, level + 1)
    while rest and rest[0] in LEVELS[level]:
        operator = rest[0]
        right, rest = _level(shell, rest[1:], level + 1)
        value = _combined(operator, value, right)
    return value, rest


def _operand(shell, tokens):
    if not tokens:
        raise ExpansionError("arithmetic syntax error")
    sign, rest = tokens[0], tokens[1:]
    if sign in ("-", "+", "!"):
        value, rest = _operand(shell, rest)
        return {"-": -value, "+": value, "!": int(not value)}[sign], rest
    if sign == "(":
        value, rest = _assigned(shell, rest)
        if rest[:1] != [")"]:
            raise ExpansionError("arithmetic syntax error")
        return value, rest[1:]
    return _number(shell, sign), rest


def _number(shell, token):
    if not (token[0].isalnum() or token[0] == "_"):
        raise ExpansionError("arithmetic syntax error")
    if not token[0].isdecimal():
        token = shell.parameter(token) or "0"
    try:
        return int(token, 8) if len(token) > 1 and token.isdecimal() and token[0] == "0" else int(token, 0)
    except ValueError:
        raise ExpansionError("arithmetic syntax error") from None


def _combined(operator, left, right):
    if operator in ("/", "%") and right == 0:
        raise ExpansionError("divide by zero")
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1) if right else 0
    return int(
        {
            "+": left + right,
            "-": left - right,
            "*": left * right,
            "/": quotient,
            "%": left - quotient * right,
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
            "<=": left <= right,
            ">=": left >= right,
            "&&": bool(left and right),
            "||": bool(left or right),
            "&": left & right,
            "|": left | right,
            "^": left ^ right,
        }[operator]
    )
