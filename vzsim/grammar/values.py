"""
The values of ``ctid.conf(5)``: numbers, sizes and words; one parser and one writer for each kind.

The configuration file and the options of ``vzctl set`` share these parsers,
as they do in vzctl 4.11. An invalid value raises :class:`Bad`, sometimes with messages of its own.
"""

PAGE = 4096
LONG_MAX = 2**63 - 1
ULONG_RANGE = 2**64
INT_RANGE = 2**32
INT_MAX = 2**31 - 1
CPUS = 2  # processors of the node, 100 % each
CPUMASK_BITS = 4096

BLANKS = " \t\n\v\f\r"
SUFFIXES = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40, "p": PAGE}


class Bad(ValueError):
    """
    An invalid value.

    ``lines`` are printed before the usual message: ``[("err", "Incorrect netfilter value: x")]``.
    ``keep`` is what a configuration file gets anyway (the addresses before the first bad one); ``too_large`` is true if
    that is the largest possible number. If ``lines`` are enough, a file gets no further message.
    """

    def __init__(self, *lines, keep=None, too_large=False, told=False):
        super().__init__()
        self.lines = list(lines)
        self.keep = keep
        self.too_large = too_large
        self.told = told


def words(text, delimiters=" \t"):
    """``"a  b\\tc"`` -> ``["a", "b", "c"]``"""
    for delimiter in delimiters:
        text = text.replace(delimiter, " ")
    return [word for word in text.split(" ") if word]


# numbers


def is_number(text):
    """Only digits; ``str.isdigit`` would take ``"²"`` as well."""
    return text.isascii() and text.isdecimal()


def scan_int(text):
    """``"12x"`` -> ``(12, "x")``, as strtol(3) reads a number in front; ``""`` -> ``(0, "")``"""
    body = text.lstrip(BLANKS)
    sign = -1 if body[:1] == "-" else 1
    digits = body[1:] if body[:1] in ("-", "+") else body
    end = 0
    while end < len(digits) and digits[end] in "0123456789":
        end += 1
    if not end:
        return 0, text
    return sign * int(digits[:end]), digits[end:]


def scan_unsigned(text):
    """The same for strtoull(3), which accepts a minus sign: ``"-1"`` is the largest number."""
    number, tail = scan_int(text)
    if abs(number) >= ULONG_RANGE:
        raise Bad()
    return number % ULONG_RANGE, tail


def scan_real(text):
    """``"1.5G"`` -> ``(1.5, "G")``"""
    import re

    match = re.match(r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?", text, re.IGNORECASE)
    if not match:
        raise Bad()
    return float(match.group()), text[match.end() :]


def parse_uint(text):
    """``"10"`` -> 10; the empty string counts as 0, as in vzctl, ``unlimited`` as the largest number."""
    if text == "unlimited":  # read, not run
        return LONG_MAX
    return parse_int_range(text, 0, LONG_MAX)


def parse_local_id(text):
    """A value that is not a number is ignored silently (read, not run)."""
    try:
        return parse_uint(text)
    except Bad:
        return None


def parse_int_range(text, low, high):
    number, tail = scan_int(text)
    if tail or not low <= number <= high:
        raise Bad()
    return number


def parse_int(text):
    return parse_int_range(text, -INT_MAX - 1, INT_MAX)


def parse_timeout(text):
    return parse_int_range(text, 0, INT_MAX)


def parse_cpuunits(text):
    return parse_int_range(text, 8, 500000)


def parse_ioprio(text):
    return parse_int_range(text, 0, 7)


def parse_iopslimit(text):
    return parse_int_range(text, 0, INT_MAX)


def parse_cpulimit(text):
    """``"50"`` -> 50, percent of one processor; ``"50%"`` of the machine; ``"-5"`` wraps round."""
    number, tail = scan_int(text)
    if tail not in ("", "%") or abs(number) >= ULONG_RANGE:
        raise Bad()
    number = (number + INT_RANGE // 2) % INT_RANGE - INT_RANGE // 2  # an int on the way (read, not run)
    if tail == "%":
        if not 0 <= number <= 100:
            raise Bad()
        number *= CPUS
    return number % ULONG_RANGE


def parse_overcommit(text):
    """``"0.5x"`` -> 0.5: trailing characters are ignored."""
    return scan_real(text)[0]


def parse_size(text, unit=1, suffixes=True):
    """
    One size: a bare number as it is, one with a suffix in units of ``unit`` bytes.

    ``parse_size("2.2G", 1024)`` -> 2306867
    """
    number, suffix = scan_unsigned(text)
    if suffix[:1] == ".":
        number, suffix = scan_real(text)
    if not suffix:
        return int(number) % ULONG_RANGE
    if not suffixes or suffix.lower() not in SUFFIXES:
        raise Bad()
    scale = SUFFIXES[suffix.lower()]
    size = number * scale // unit if isinstance(number, int) else int(number * scale / unit)
    return min(size % ULONG_RANGE if size < 0 else size, LONG_MAX + 1)


def parse_pair(text, parse_one):
    """``"1:2"`` -> ``(1, 2)``; one number stands for both."""
    first, colon, second = text.partition(":")
    barrier = parse_one(first)
    return (barrier, parse_one(second)) if colon else (barrier, barrier)


def parse_limits(text, parse_one):
    """A barrier and a limit; a number too large for the machine is stored as the largest one."""
    pair = parse_pair(text, parse_one)
    if max(pair) > LONG_MAX:
        raise Bad(keep=tuple(min(number, LONG_MAX) for number in pair), too_large=True)
    return pair


def parse_quota(text, parse_one):
    """The same for the disk, where a number that is too large is invalid."""
    try:
        return parse_limits(text, parse_one)
    except Bad as bad:
        raise Bad(keep=bad.keep) from None


def _kib(text):
    return parse_size(text, 1024)


def _pages(text):
    return LONG_MAX if text == "unlimited" else parse_size(text, PAGE)


def _bytes(text):
    return LONG_MAX if text == "unlimited" else parse_size(text)


def _count(text):
    return LONG_MAX if text == "unlimited" else parse_size(text, suffixes=False)


def parse_diskspace(text):
    """``"2G:2.2G"`` -> ``(2097152, 2306867)`` KiB"""
    return parse_quota(text, _kib)


def parse_diskinodes(text):
    return parse_quota(text, parse_size)


def parse_pages(text):
    """``"0:256M"`` -> ``(0, 65536)``"""
    return parse_limits(text, _pages)


def parse_bytes(text):
    return parse_limits(text, _bytes)


def parse_count(text):
    return parse_limits(text, _count)


def parse_ram(text):
    """``"512M"`` -> 131072 pages; a bare number is bytes, a part of a page is a page."""
    return (_bytes(text) + PAGE - 1) % ULONG_RANGE // PAGE


def parse_iolimit(text, bare=1):
    """``"10M"`` -> 10485760 bytes/s; ``bare`` is what a number without suffix counts. There is room for an int."""
    if text == "unlimited":
        return 0
    number, suffix = scan_unsigned(text)
    if suffix and suffix.lower() not in SUFFIXES:
        raise Bad()
    scale = SUFFIXES[suffix.lower()] if suffix else bare
    if number > INT_MAX or number * scale > INT_MAX:
        raise Bad(keep=INT_MAX, too_large=True)
    return number * scale


def write_ub(pair):
    """``(65536, 65536)`` -> ``"65536"``, ``(0, LONG_MAX)`` -> ``"0:unlimited"``"""
    barrier, limit = ("unlimited" if number == LONG_MAX else str(number) for number in pair)
    return barrier if barrier == limit else f"{barrier}:{limit}"


def write_pair(pair):
    return f"{pair[0]}:{pair[1]}"


# words and texts


def parse_text(text):
    return text


def parse_yes_no(text):
    if text not in ("yes", "no"):
        raise Bad()
    return text == "yes"


def write_yes_no(flag):
    return "yes" if flag else "no"


def parse_name(text):
    """Letters, digits, blank, ``-+_.``; the empty name removes the name."""
    if not all(char.isascii() and (char.isalnum() or char in " -+_.") for char in text):
        raise Bad()
    return text


def parse_layout(text):
    """``"simfs"``, or ``"ploop"`` with an optional mode, ``"ploop:raw"``"""
    layout, colon, mode = text.partition(":")
    if layout not in ("simfs", "ploop") or (colon and (layout == "simfs" or mode not in ("expanded", "plain", "raw"))):
        raise Bad()
    return layout


def parse_netfilter(text):
    if text not in ("disabled", "stateless", "stateful", "full"):
        raise Bad(("err", f"Incorrect netfilter value: {text}"))
    return text


def parse_meminfo(text):
    """``"pages:0256"`` -> ``"pages:256"``, ``"none"``; the empty text changes nothing (read, not run)."""
    if not text:
        return None
    mode, _, rest = text.partition(":")
    number, tail = scan_int(rest)
    counted = tail != rest
    if mode == "none" and not counted:
        return mode
    if mode not in ("pages", "privvmpages") or not counted or not number:
        raise Bad()
    return f"{mode}:{number % ULONG_RANGE}"


def parse_pci(text):
    """``"00:1f.0 00:1f.3"`` -> ``["0000:00:1f.0", "0000:00:1f.3"]``"""
    import re

    found = []
    for word in words(text, " "):
        match = re.match(r"(?:([0-9a-f]+):)?([0-9a-f]+):([0-9a-f]+)\.([0-9]+)", word, re.IGNORECASE)
        if not match:
            raise Bad(keep=found)
        domain, bus, slot = (int(part or "0", 16) for part in match.groups()[:3])
        device = f"{domain:04x}:{bus:02x}:{slot:02x}.{int(match.group(4))}"
        found += [device] if device not in found else []
    return found


def parse_words(text):
    """``"a b a"`` -> ``["a", "b"]``"""
    return list(dict.fromkeys(words(text)))


def parse_mask(text):
    """``"0,1,4-5"`` -> ``"0-1,4-5"``; ``all`` stays."""
    if text in ("all", "auto"):
        return text
    members = set()
    for part in text.removesuffix(",").split(","):
        first, dash, last = part.partition("-")
        if not is_number(first) or (dash and not is_number(last)):
            raise Bad()
        low, high = int(first), int(last or first)
        if low > high or high >= CPUMASK_BITS:
            raise Bad()
        members.update(range(low, high + 1))
    if len(members) == CPUMASK_BITS:
        return "all"
    return _write_ranges(sorted(members))


def parse_nodemask(text):
    if text == "auto":
        raise Bad()
    return parse_mask(text)


def _write_ranges(numbers):
    ranges = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ranges)
