"""
Commands of the container's shell that work on text.

Each is a function of the shell and its words; it returns the status.
"""

import os

from vzsim.shell_files import content, failure, options, place

ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "\\": "\\", "e": "\033"}


def inputs(shell, name, paths, message="can't open '{}': {}"):
    """``([(path, text), ...], status)`` of the files named, or of standard input."""
    status, texts = 0, []
    for path in paths or ["-"]:
        try:
            texts.append((path, shell.streams[0].read() if path == "-" else content(shell, path)))
        except OSError as problem:
            status = failure(shell, name, message.format(path, os.strerror(problem.errno)))
    return texts, status


# printing


def echo(shell, argv):
    """``echo [-neE] word ...``"""
    words, newline, escapes = argv[1:], "\n", False
    while words and len(words[0]) > 1 and words[0][0] == "-" and not words[0][1:].strip("neE"):
        flags = words.pop(0)
        newline = "" if "n" in flags else newline
        escapes = "e" in flags or (escapes and "E" not in flags)
    text = " ".join(words)
    shell.streams[1].write((_unescaped(text) if escapes else text) + newline)
    return 0


def _unescaped(text):
    r"""``a\tb`` -> a, tab, b; also ``\x41`` and ``\0101``"""
    done, at = "", 0
    while at < len(text):
        sign, following = text[at], text[at + 1 : at + 2]
        if sign != "\\" or not following:
            done, at = done + sign, at + 1
        elif following in ESCAPES:
            done, at = done + ESCAPES[following], at + 2
        else:
            base, start = (16, at + 2) if following == "x" else (8, at + 1)
            end = start
            while end < min(len(text), start + (2 if base == 16 else 4)) and _is_digit(text[end], base):
                end += 1
            done += chr(int(text[start:end], base)) if end > start else sign
            at = end if end > start else at + 1
    return done


def _is_digit(sign, base):
    return sign in "0123456789abcdefABCDEF"[: 8 if base == 8 else 22]


def printf(shell, argv):
    """``printf '%s %d\\n' a 1``; the format is used again while there are words."""
    if len(argv) < 2:
        return failure(shell, "sh", "printf: usage: printf FORMAT [ARG...]", status=2)
    form, words, status = argv[1], argv[2:], 0
    while True:
        left = len(words)
        words, failed = _print_once(shell, form, words)
        status = status or failed
        if not words or len(words) == left:
            return status


def _print_once(shell, form, words):
    at, status = 0, 0
    while at < len(form):
        if form[at] != "%":
            end = form.find("%", at)
            end = len(form) if end < 0 else end
            shell.streams[1].write(_unescaped(form[at:end]))
            at = end
            continue
        end = at + 1
        while end < len(form) and form[end] in "-+ #0123456789.":
            end += 1
        kind = form[end : end + 1]
        if kind == "%":
            shell.streams[1].write("%")
        else:
            word, words = (words[0], words[1:]) if words else ("", [])
            status = _print_one(shell, form[at:end], kind, word) or status
        at = end + 1
    return words, status


def _print_one(shell, start, kind, word):
    status = 0
    if kind in ("s", "b"):
        text = _unescaped(word) if kind == "b" else word
        shell.streams[1].write((start + "s") % text)
    elif kind == "c":
        shell.streams[1].write(word[:1])
    elif kind and kind in "diuxXofeg":
        try:
            number = float(word or 0) if kind in "feg" else int(word or "0", 0)
        except ValueError:
            number, status = 0, failure(shell, "sh", f"invalid number '{word}'")
        shell.streams[1].write((start + ("d" if kind in "iu" else kind)) % number)
    return status


def cat(shell, argv):
    """``cat [path ...]``"""
    _, paths = options(argv)
    texts, status = inputs(shell, "cat", paths)
    for _, text in texts:
        shell.streams[1].write(text)
    return status


def tee(shell, argv):
    """``tee path ...``"""
    flags, paths = options(argv)
    text = shell.streams[0].read()
    shell.streams[1].write(text)
    for path in paths:
        with open(place(shell, path), "a" if "a" in flags else "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    return 0


# parts of texts


def head(shell, argv):
    """``head [-n N] [path ...]``"""
    return _lines_of(shell, argv, "head", "{}: {}", first=True)


def tail(shell, argv):
    """``tail [-n N] [path ...]``"""
    return _lines_of(shell, argv, "tail", "can't open '{}': {}", first=False)


def _lines_of(shell, argv, name, message, first):
    argv = ["-n" + word[1:] if word[:1] == "-" and word[1:].isdecimal() else word for word in argv]
    flags, paths = options(argv, with_value="nc")
    texts, status = inputs(shell, name, paths, message)
    for _, text in texts:
        unit = list(text) if "c" in flags else text.splitlines(keepends=True)
        wanted = flags.get("c") or flags.get("n") or "10"
        count = abs(int(wanted))
        if wanted.startswith("+"):
            kept = unit[count - 1 :] if not first else unit[:count]
        else:
            kept = unit[:count] if first else unit[len(unit) - min(count, len(unit)) :]
        shell.streams[1].write("".join(kept))
    return status


def wc(shell, argv):
    """``wc [-lwc] [path ...]``: lines, words, bytes"""
    flags, paths = options(argv)
    texts, status = inputs(shell, "wc", paths, "{}: {}")
    shown = [letter for letter in "lwc" if letter in flags] or list("lwc")
    for path, text in texts:
        counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode("utf-8", "surrogateescape"))}
        width = 0 if len(shown) == 1 and len(paths) < 2 else 9
        numbers = " ".join(f"{counts[letter]:{width}}" for letter in shown)
        shell.streams[1].write(numbers + (f" {path}" if paths else "") + "\n")
    return status


def sort(shell, argv):
    """``sort [-nru] [path ...]``, by bytes"""
    flags, paths = options(argv, with_value="kt")
    texts, status = inputs(shell, "sort", paths, "{}: {}")
    lines = [line for _, text in texts for line in text.splitlines()]
    lines.sort(key=_number if "n" in flags else os.fsencode, reverse="r" in flags)
    lines = list(dict.fromkeys(lines)) if "u" in flags else lines
    shell.streams[1].write("".join(line + "\n" for line in lines))
    return 2 if status else 0


def _number(line):
    digits = line.strip().partition(" ")[0]
    return int(digits) if digits.lstrip("-").isdecimal() else 0


def uniq(shell, argv):
    """``uniq [path]``"""
    _, paths = options(argv)
    texts, status = inputs(shell, "uniq", paths)
    before = None
    for line in "".join(text for _, text in texts).splitlines():
        if line != before:
            shell.streams[1].write(line + "\n")
        before = line
    return status


def pattern_of(source, ignore_case=False):
    """A compiled regular expression; ``ValueError`` if it is none."""
    import re

    try:
        return re.compile(source, re.IGNORECASE if ignore_case else 0)
    except re.error as problem:
        raise ValueError(str(problem)) from None


def grep(shell, argv):
    """``grep [-vicqEF] pattern [path ...]``"""
    import re

    flags, words = options(argv, with_value="e")
    wanted = flags["e"] if "e" in flags else words.pop(0)
    source = re.escape(wanted) if "F" in flags or argv[0] == "fgrep" else wanted
    matcher = pattern_of(source, ignore_case="i" in flags)
    texts, status = inputs(shell, "grep", words, "{}: {}")
    found = []
    for path, text in texts:
        start = f"{path}:" if len(words) > 1 and "h" not in flags else ""
        found += [start + line for line in text.splitlines() if bool(matcher.search(line)) != ("v" in flags)]
    if "c" in flags:
        shell.streams[1].write(f"{len(found)}\n")
    elif "q" not in flags:
        shell.streams[1].write("".join(line + "\n" for line in found))
    return 2 if status else int(not found)


def cut(shell, argv):
    """``cut -d: -f1,3 [path ...]`` or ``cut -c 1-3``"""
    flags, paths = options(argv, with_value="dfcb")
    texts, status = inputs(shell, "cut", paths, "{}: {}")
    chosen = flags.get("f") or flags.get("c") or flags.get("b") or "1-"
    sign = flags.get("d", "\t") if "f" in flags else None
    for line in "".join(text for _, text in texts).splitlines():
        parts = line.split(sign) if sign else list(line)
        if sign and sign not in line:
            kept = line
        else:
            kept = (sign or "").join(part for number, part in enumerate(parts, 1) if _chosen(number, chosen))
        shell.streams[1].write(kept + "\n")
    return status


def _chosen(number, ranges):
    for span in ranges.split(","):
        first, dash, last = span.partition("-")
        if int(first or 1) <= number <= (int(last or number) if dash else int(first)):
            return True
    return False


def tr(shell, argv):
    """``tr a-z A-Z``, ``tr -d x``, ``tr -s x``"""
    flags, sets = options(argv)
    text, first = shell.streams[0].read(), _signs(sets[0])
    if "d" in flags:
        text = "".join(sign for sign in text if sign not in first)
    elif len(sets) > 1:
        second = _signs(sets[1])
        table = {sign: second[min(place, len(second) - 1)] for place, sign in enumerate(first)}
        text = "".join(table.get(sign, sign) for sign in text)
    if "s" in flags:
        squeezed = _signs(sets[-1])
        text = "".join(
            sign for place, sign in enumerate(text) if not (sign in squeezed and text[place - 1 : place] == sign)
        )
    shell.streams[1].write(text)
    return 0


def _signs(words):
    """``a-c\\n`` -> a, b, c, newline"""
    for name, span in (("[:lower:]", "a-z"), ("[:upper:]", "A-Z"), ("[:digit:]", "0-9"), ("[:space:]", " \t\n")):
        words = words.replace(name, span)
    words, signs, at = _unescaped(words), [], 0
    while at < len(words):
        if words[at + 1 : at + 2] == "-" and at + 2 < len(words):
            signs += [chr(code) for code in range(ord(words[at]), ord(words[at + 2]) + 1)]
            at += 3
        else:
            signs.append(words[at])
            at += 1
    return signs


def seq(shell, argv):
    """``seq [first] last``"""
    numbers = [int(word) for word in argv[1:]]
    first, last = (1, numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[-1])
    shell.streams[1].write("".join(f"{number}\n" for number in range(first, last + 1)))
    return 0


def basename(shell, argv):
    """``basename /a/b.c .c``"""
    name = os.path.basename(argv[1].rstrip("/")) or "/"
    if len(argv) > 2 and name != argv[2] and name.endswith(argv[2]):
        name = name[: -len(argv[2])]
    shell.streams[1].write(name + "\n")
    return 0


def dirname(shell, argv):
    """``dirname /a/b``"""
    shell.streams[1].write((os.path.dirname(argv[1].rstrip("/")) or ("/" if argv[1].startswith("/") else ".")) + "\n")
    return 0


COMMANDS = {
    "echo": echo,
    "printf": printf,
    "cat": cat,
    "tee": tee,
    "head": head,
    "tail": tail,
    "wc": wc,
    "sort": sort,
    "uniq": uniq,
    "grep": grep,
    "egrep": grep,
    "fgrep": grep,
    "cut": cut,
    "tr": tr,
    "seq": seq,
    "basename": basename,
    "dirname": dirname,
}
