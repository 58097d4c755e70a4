"""
Values of vzctl 7 to 9 with one meaning: numbers, sizes, pairs, words, masks.

Each function takes the text of an option or a key and returns what is written into the configuration, ``None`` for
"no change"; it raises :class:`Bad` for what vzctl refuses.
"""

import struct

from vzsim.codes import PARAM_VALUE

PAGE = 4096  # bytes
LONG_MAX = 2**63 - 1
ULONG_MAX = 2**64 - 1
UINT_MAX = 2**32 - 1
DELIMITERS = "\t ,"
BLANKS = " \t\n\r\v\f"
SUFFIXES = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
UNLIMITED = "unlimited"
MASK_BITS = 4096  # largest mask; assumed
SET_DEVICES = 86
CPUUNITS = (8, 500000)
MEMGUARANTEE_LIMIT = 11  # characters that are kept


class Bad(ValueError):
    """A value that is refused: the exit code, and what is said before the line that names the parameter."""

    def __init__(self, *lines, rc=PARAM_VALUE):
        super().__init__(*lines)
        self.lines = lines
        self.rc = rc


def words(text, delimiters=DELIMITERS):
    """``"a, b"`` -> ``["a", "b"]``, the way strtok(3) splits."""
    for mark in delimiters[1:]:
        text = text.replace(mark, delimiters[0])
    return [word for word in text.split(delimiters[0]) if word]


def scan(text):
    """
    A number at the beginning of a text, as strtoull(3) reads it: ``scan("10M")`` -> ``(10, "M")``.

    A negative one wraps around, nothing at all is 0; ``None`` in its place if it is too large.
    """
    rest = text.lstrip(BLANKS)
    sign = rest[:1] if rest[:1] in ("+", "-") else ""
    digits = rest[len(sign) :]
    end = next((at for at, char in enumerate(digits) if char not in "0123456789"), len(digits))
    if not end:
        return 0, text
    number = int(digits[:end])
    if number > ULONG_MAX:
        return None, digits[end:]
    return (-number) % (ULONG_MAX + 1) if sign == "-" else number, digits[end:]


def number(text):
    """An unsigned number and nothing else; ``-1`` is the largest one."""
    value, tail = scan(text)
    if not text or tail or value is None:
        raise Bad
    return value


def unsigned(text):
    return str(number(text))


def up_to(limit):
    """A reader of numbers with an upper limit."""

    def read(text):
        if number(text) > limit:
            raise Bad
        return unsigned(text)

    return read


def word(text):
    """Any text."""
    return text


def one_of(*choices):
    """A reader of fixed words."""

    def read(text):
        if text not in choices:
            raise Bad
        return text

    return read


yes_no = one_of("yes", "no")


# pairs


def part(text, divisor, default):
    """
    One side of ``barrier:limit``: ``("1.5G:2G", 4096, 1)`` -> ``(393216, ":2G")``.

    A number without suffix is divided by ``default``, bytes by ``divisor``; 0 for it: no suffix allowed.
    """
    if text.startswith(UNLIMITED):
        return LONG_MAX, text[len(UNLIMITED) :]
    value, tail = scan(text)
    if value is None:
        raise Bad("An incorrect value: (null)")
    exact = value
    if tail.startswith("."):
        from fractions import Fraction  # slow to load

        end = next((at for at, char in enumerate(tail[1:], 1) if char not in "0123456789"), len(tail))
        exact += Fraction(f"0{tail[:end]}" if end > 1 else "0")
        tail = tail[end:]
    if not tail or tail.startswith(":"):
        return min(int(exact) // default, LONG_MAX), tail
    if not divisor or tail[0].lower() not in SUFFIXES:
        raise Bad("An incorrect value: (null)")
    return min(int(exact * SUFFIXES[tail[0].lower()] // divisor), LONG_MAX), tail[1:]


def pair_of(text, divisor, default=1):
    """``("100:200", 0)`` -> ``(100, 200)``; one number counts for both."""
    barrier, tail = part(text, divisor, default)
    if not tail:
        return barrier, barrier
    if not tail.startswith(":"):
        raise Bad(f"An incorrect value: {tail}")
    limit, rest = part(tail[1:], divisor, default)
    if rest:
        raise Bad(f"An incorrect value: {rest}")
    return barrier, limit


def pair(divisor, default=1):
    """A reader of ``barrier:limit``."""

    def read(text):
        return "{}:{}".format(*pair_of(text, divisor, default))

    return read


items = pair(0)
pages = pair(PAGE)
bytes_as_pages = pair(PAGE, PAGE)
plain_bytes = pair(1)
kibibytes = pair(1024)


def single(text):
    """The limit of a pair."""
    return str(pair_of(text, 0)[1])


def disk_size(text):
    """KiB, or with K, M, G, T; of ``A:B`` B counts; ``None`` for anything else."""
    found = None
    sides = text.split(":")
    if len(sides) > 2:
        return None
    for side in sides:
        if side == UNLIMITED:
            found = 50 * 2**30  # KiB: 50 TiB
            continue
        digits = side[:-1] if side[-1:].lower() in ("k", "m", "g", "t") else side
        if not (digits.isascii() and digits.isdigit()):
            return None
        found = int(digits) * (SUFFIXES[side[-1].lower()] // 1024 if digits != side else 1)
    return found


# the rest


def cpu_limit(text):
    """``"50%"`` -> ``("CPULIMIT", 50)``, ``"400m"`` -> ``("CPULIMIT_MHZ", 400)``"""
    value, tail = scan(text)
    if value is None:
        raise Bad
    if tail.lower() in ("m", "mhz"):
        return "CPULIMIT_MHZ", value
    if tail not in ("", "%"):
        raise Bad
    return "CPULIMIT", value


def cpu_limit_key(text):
    return str(cpu_limit(text)[1])


def cpu_units(text):
    if not CPUUNITS[0] <= number(text) <= CPUUNITS[1]:
        raise Bad
    return unsigned(text)


def mask(text):
    """``"0,1,2-3"`` -> ``"0-3"``; ``all`` and nothing are all, which is written as nothing."""
    if text in ("", "all"):
        return ""
    bits = set()
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        if not all(end.isascii() and end.isdigit() for end in ((first, last) if dash else (first,))):
            raise Bad
        low, high = int(first), int(last or first)
        if low > high or high >= MASK_BITS:
            raise Bad
        bits.update(range(low, high + 1))
    return ranges(sorted(bits))


def cpu_mask(text):
    return text if text == "auto" else mask(text)


def ranges(bits):
    """``[0, 1, 3]`` -> ``"0-1,3"``"""
    runs = []
    for bit in bits:
        if runs and bit == runs[-1][1] + 1:
            runs[-1][1] = bit
        else:
            runs.append([bit, bit])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)


def io_priority(text):
    value = text[1:] if text[:1] == "+" else text
    if len(value) != 1 or value not in "01234567":
        raise Bad
    return value


def io_limit(text):
    """Bytes per second, of a suffix only the first letter counts; the largest number is not written."""
    value, tail = scan(text)
    if tail and tail[0].lower() not in SUFFIXES or not text:
        raise Bad(rc=1)
    value = UINT_MAX + 1 if value is None else value * (SUFFIXES[tail[0].lower()] if tail else 1)
    if value > UINT_MAX:
        raise Bad
    return None if value == UINT_MAX else str(value)


def iops_limit(text):
    value, tail = scan(text)
    if tail or not text:
        raise Bad(rc=1)
    if value is None or value > UINT_MAX:
        raise Bad
    return None if value == UINT_MAX else str(value)


def old_number(text):
    """A number whose refusal has the code 1."""
    try:
        return unsigned(text)
    except Bad:
        raise Bad(rc=1) from None


def memory_guarantee(text):
    return text if text == "auto" else unsigned(text)[:MEMGUARANTEE_LIMIT]


def overcommit(text):
    """A float at the beginning of the text, in single precision."""
    rest = text.lstrip(BLANKS)
    for end in range(len(rest), 0, -1):
        if rest[end - 1] in "0123456789." and "_" not in rest[:end]:
            try:
                value = float(rest[:end])
            except ValueError:
                continue
            return f"{struct.unpack('f', struct.pack('f', value))[0]:g}"
    raise Bad


def memory_info(text):
    """``"none"``, ``"pages:256"``, ``"privvmpages:2"``; nothing changes nothing, and what follows a number neither."""
    if not text:
        return None
    mode, _, amount = text.partition(":")
    value, tail = scan(amount)
    has_number = tail != amount
    if mode == "none" and not has_number:
        return mode
    if mode not in ("pages", "privvmpages") or not has_number or value == 0:
        raise Bad
    return f"{mode}:{ULONG_MAX if value is None else value}"
