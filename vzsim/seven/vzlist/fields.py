"""
Kinds of columns of ``vzlist`` 9: how they look as text and as JSON, and how they sort.

A column takes a :class:`vzsim.seven.vzlist.containers.Container`; which columns there are is in
:mod:`vzsim.seven.vzlist.columns`. Widths count bytes. Nothing is cut but lists of addresses, and JSON strings are
written as they are: a quote in a description makes a document that no parser takes.
"""

UBC_PARTS = ("held", "maxheld", "barrier", "limit", "failcnt")
QUOTA_PARTS = ("usage", "softlimit", "hardlimit")
LIST_WIDTH = 15  # of a list of addresses that is not the last column
UNSIGNED = 2**32
SMALLEST_NEGATIVE = 2**31  # an unsigned number printed as a signed one


def padded(value, width):
    """Pad to a width of bytes, as in printf(3): negative widths are left-aligned."""
    text = str(value)
    blanks = " " * (abs(width) - len(text.encode("utf-8", "surrogateescape")))
    return text + blanks if width < 0 else blanks + text


def quoted(text):
    return f'"{text}"'


def entries(pairs):
    """A JSON object within a container's object."""
    return "{\n" + ",\n".join(f'      "{name}": {value}' for name, value in pairs) + "\n    }"


def absent_first(value):
    return (value is not None, value if value is not None else 0)


def absent_last_descending(value):
    return (value is None, -value if value is not None else 0)


class Field:
    """
    A column of text; ``width`` is that of its header and, unless ``text_width`` says otherwise, of its values.

    ``order`` makes a sort key of the value; without it, sorting by the column changes nothing.
    """

    listed = True  # by ``vzlist -L``

    def __init__(self, name, header, width, value, text_width=None, order=None):
        self.name = name
        self.header = header
        self.width = width
        self.text_width = text_width or width
        self.value = value
        self.order = order

    def text(self, container, last):
        """The column in a line; ``last`` says whether it is the last one."""
        value = self.value(container)
        return padded("-" if value is None else value, self.text_width)

    def json(self, container):
        value = self.value(container)
        return "null" if value is None else quoted(value)

    def sort_key(self, container):
        return self.order(self.value(container)) if self.order else 0


class ById(Field):
    """A column that sorts by CT ID, whatever it shows."""

    def sort_key(self, container):
        return container.ctid


class Text(Field):
    """Free text, sorted byte by byte, containers without it first."""

    def sort_key(self, container):
        value = self.value(container)
        return (value is not None, (value or "").encode("utf-8", "surrogateescape"))


class Dashed(Text):
    """Text that is a dash in JSON too if there is none."""

    def json(self, container):
        value = self.value(container)
        return quoted("-" if value is None else value)


class SmartName(Text):
    """The name if there is one, else the CT ID."""

    def text(self, container, last):
        return padded(container.ctid, -36) if container.name is None else super().text(container, last)

    def json(self, container):
        return quoted(container.ctid if container.name is None else container.name)


class Place(Field):
    """A path: the directory of the simulated node in front of it does not count for the width."""

    def text(self, container, last):
        path = self.value(container) or "-"
        inner = container.node.strip(path)
        return path[: len(path) - len(inner)] + padded(inner, self.text_width)


class Status(Field):
    def sort_key(self, container):
        return (container.status_mask, container.ctid)


class Words(Text):
    """A list; unless it is the last column, only its first word, cut to the width."""

    def text(self, container, last):
        words = self.value(container)
        if last:
            return padded(" ".join(words) or "-", self.text_width)
        return padded(words[0] if words else "-", self.text_width)[:LIST_WIDTH]

    def json(self, container):
        return "[" + ", ".join(quoted(word) for word in self.value(container)) + "]"

    def sort_key(self, container):
        return " ".join(self.value(container)).encode("utf-8", "surrogateescape")


class Number(Field):
    """``dash`` says whether text shows a dash for 0, ``unset`` is what JSON shows for no value."""

    def __init__(self, *arguments, dash=False, unset="null", **settings):
        super().__init__(*arguments, **settings)
        self.dash = dash
        self.unset = unset

    def text(self, container, last):
        value = self.value(container)
        return padded("-" if value is None or (self.dash and not value) else value, self.text_width)

    def json(self, container):
        value = self.value(container)
        return self.unset if value is None else str(value)


class Signed(Number):
    """An unsigned number that the program prints as a signed one: 3000000000 -> -1294967296 (read, not run)."""

    def __init__(self, name, header, width, value, order=None):
        super().__init__(name, header, width, lambda container: _signed(value(container)), dash=True, unset="0")
        self.order = order


def _signed(value):
    if value is None:
        return None
    value %= UNSIGNED
    return value - UNSIGNED if value >= SMALLEST_NEGATIVE else value


class YesNo(Field):
    """``known`` says what JSON calls true, where that differs from what text calls yes."""

    def __init__(self, name, header, width, value, known=None):
        super().__init__(name, header, width, value)
        self.known = known or value

    def text(self, container, last):
        return padded("yes" if self.value(container) else "no", self.text_width)

    def json(self, container):
        return "true" if self.known(container) else "false"


class Counter(Field):
    """One number of a beancounter; without processes (stopped, paused), what is held is a dash."""

    def __init__(self, name, header, resource, part, sort_part):
        super().__init__(name, header, 10, None)
        self.resource = resource
        self.part = part
        self.sort_part = sort_part

    def text(self, container, last):
        value = container.counter(self.resource)[self.part]
        if value is None or (UBC_PARTS[self.part] in ("held", "maxheld", "failcnt") and not container.is_counted):
            return padded("-", self.text_width)
        return padded(value, self.text_width)

    def json(self, container):
        numbers = [number or 0 for number in container.counter(self.resource)]
        return entries(zip(UBC_PARTS, numbers, strict=True))

    def sort_key(self, container):
        return container.counter(self.resource)[self.sort_part] or 0


class Usage(Field):
    """Disk space or inodes; a usage of 0 is a dash."""

    def __init__(self, name, header, kind, part):
        super().__init__(name, header, 10, None)
        self.kind = kind
        self.part = part

    def text(self, container, last):
        value = container.usage(self.kind)[self.part]
        return padded("-" if self.part == 0 and value == 0 else value, self.text_width)

    def json(self, container):
        return entries(zip(QUOTA_PARTS, container.usage(self.kind), strict=True))

    def sort_key(self, container):
        return container.usage(self.kind)[self.part]


class Laverage(Field):
    def text(self, container, last):
        load = container.loadavg
        return padded("-", self.text_width) if load is None else "/".join(f"{number:.2f}" for number in load)

    def json(self, container):
        load = container.loadavg
        return "null" if load is None else "[" + ", ".join(f"{number:.2f}" for number in load) + "]"

    def sort_key(self, container):
        load = container.loadavg
        return (load is not None, tuple(int(number * 100) for number in load or ()))


class Uptime(Field):
    """Sorted with the longest first, after those that do not run."""

    def text(self, container, last):
        seconds = container.uptime
        if seconds is None:
            return padded("-", self.text_width)
        days, rest = divmod(int(seconds), 24 * 60 * 60)
        return f"{days:03}d{rest // 3600:02}h:{rest // 60 % 60:02}m:{rest % 60:02}s"

    def json(self, container):
        return f"{container.uptime or 0:.3f}"

    def sort_key(self, container):
        return (container.uptime is not None, -(container.uptime or 0))


class Device(Text):
    """
    One property of the network devices.

    Text shows those of all devices as the last column, else of the first one; JSON always of the first one. With
    ``-i``, only the devices that match count.
    """

    def __init__(self, name, header, width, key, lower=False, is_padded=True):
        super().__init__(name, header, width, lambda container: _first(container.devices, key))
        self.key = key
        self.lower = lower
        self.is_padded = is_padded

    def text(self, container, last):
        found = [device[self.key] for device in container.devices if device[self.key] is not None]
        if last and found:
            return " ".join(found)
        first = self.value(container)
        if first is not None and not self.is_padded:
            return first
        return padded("-" if first is None else first, self.width)

    def json(self, container):
        value = self.value(container)
        return "null" if value is None else quoted(value.lower() if self.lower else value)

    def sort_key(self, container):
        return 0


class Interfaces(Device):
    """The host's devices of a container, all of them wherever the column is, and then unpadded."""

    def text(self, container, last):
        names = [device[self.key] or "" for device in container.devices]
        return " ".join([*names, ""]) if names else padded("-", self.text_width)


def _first(devices, key):
    return devices[0][key] if devices else None


class Features(Field):
    """In the order of the program: text in a buffer of 63 characters, JSON as an object."""

    def text(self, container, last):
        switches = self.value(container)
        if not switches:
            return padded("-", self.text_width)
        return padded(",".join(f"{name}:{'on' if on else 'off'}" for name, on in switches)[:63], self.text_width)

    def json(self, container):
        switches = self.value(container)
        return entries((name, "true" if on else "false") for name, on in switches) if switches else "null"


class Devnodes(Field):
    """``null:rw zero:r`` as it is in the configuration."""

    def text(self, container, last):
        words = (self.value(container) or "").split()
        return "".join(f"{word} " for word in words) or padded("-", self.text_width)

    def json(self, container):
        words = (self.value(container) or "").split()
        pairs = [word.partition(":") for word in words]
        return entries((name, quoted(mode if colon else "(null)")) for name, colon, mode in pairs) if pairs else "null"


class Gone(Field):
    """A column without a value: a dash, and in JSON nothing at all after the colon."""

    listed = False

    def text(self, container, last):
        return padded("-", 10)

    def json(self, container):
        return ""
