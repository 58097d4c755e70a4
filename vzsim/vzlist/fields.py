"""
Kinds of columns of ``vzlist`` 4.11: how they look as text and as JSON, and how they sort.

A field is a function of a :class:`vzsim.vzlist.containers.Container`; which there are is in
:mod:`vzsim.vzlist.columns`. JSON is written as the program writes it: strings are not escaped.
"""

STATUSES = ("running", "stopped", "mounted", "suspended")  # in the order in which they are sorted
UBC_PARTS = ("held", "maxheld", "barrier", "limit", "failcnt")
SWITCHES_LIMIT = 63  # characters of the features; vzlist's buffer holds no more (read, not run)
QUOTA_PARTS = ("usage", "softlimit", "hardlimit")


class Field:
    """
    One column.

    ``width`` is as in printf(3): negative is left-aligned; ``header_width`` too, where it differs.
    """

    part = None  # which number of several, ``None`` outside of beancounters and quota
    in_json = True

    def __init__(self, name, header, width, value, header_width=None):
        self.name = name
        self.header = header
        self.width = width
        self.header_width = header_width or width
        self.value = value

    def text(self, container, cut):
        """The column in a line; ``cut`` is false in the last column and with ``-t``."""
        value = self.value(container)
        return padded("-" if value is None else value, self.width)

    def json(self, container):
        value = self.value(container)
        return "null" if value is None else quoted(value)

    def sort_key(self, container):
        """``None`` sorts first; columns vzlist cannot sort by keep the order."""
        return present_last(self.value(container))


class String(Field):
    """Free text, left-aligned, cut at its width."""

    def text(self, container, cut):
        text = super().text(container, cut)
        return shortened(text, self.width) if cut else text

    def sort_key(self, container):
        value = self.value(container)
        return (value is not None, (value or "").encode("utf-8", "surrogateescape"))


class Place(String):
    """A path: the directory of the simulated node in front of it does not count for the width."""

    def text(self, container, cut):
        path = self.value(container) or "-"
        inner = container.node.strip(path)
        text = padded(inner, self.width)
        return path[: len(path) - len(inner)] + (shortened(text, self.width) if cut else text)


class Words(String):
    """A list: the first word only, where there is no room."""

    def text(self, container, cut):
        words = self.value(container)
        shown = (words[0] if cut else " ".join(words) + " ") if words else "-"
        text = padded(shown, self.width)
        return shortened(text, self.width) if cut else text

    def json(self, container):
        return "[" + ", ".join(quoted(word) for word in self.value(container)) + "]"

    def sort_key(self, container):
        words = self.value(container)
        return (bool(words), " ".join(words).encode("utf-8", "surrogateescape"))


class SmartName(String):
    """The name if there is one, else the CTID."""

    def text(self, container, cut):
        if container.name is None:
            return padded(container.ctid, self.width)
        return super().text(container, cut)

    def json(self, container):
        return str(container.ctid) if container.name is None else quoted(container.name)


class Number(Field):
    """``unset`` is what JSON shows where text shows a dash."""

    def __init__(self, name, header, width, value, unset="null"):
        super().__init__(name, header, width, value)
        self.unset = unset

    def json(self, container):
        value = self.value(container)
        return self.unset if value is None else f"{value:g}" if isinstance(value, float) else str(value)

    def text(self, container, cut):
        value = self.value(container)
        return padded("-" if value is None else f"{value:g}" if isinstance(value, float) else value, self.width)


class Overcommit(Number):
    def sort_key(self, container):
        return ()


class Layout(String):
    """Sorted by number, simfs before ploop (read, not run)."""

    def sort_key(self, container):
        return container.layout != "simfs"


class Bootorder(Number):
    """Equal and missing values: highest CTID first."""

    def sort_key(self, container):
        value = self.value(container)
        return (value is not None, value or 0, -container.ctid)


class Status(Field):
    def sort_key(self, container):
        return (STATUSES.index(container.status), container.ctid)


class YesNo(Field):
    def text(self, container, cut):
        value = self.value(container)
        return padded("-" if value is None else "yes" if value else "no", self.width)

    def json(self, container):
        value = self.value(container)
        return "null" if value is None else "true" if value else "false"

    def sort_key(self, container):
        return ()


class Parts(Field):
    """Several numbers under one name: an object in JSON, separate columns in text."""

    def __init__(self, name, header, value, part, parts, sorted_by):
        super().__init__(name, header, 10, value)
        self.part = part
        self.parts = parts
        self.sorted_by = sorted_by
        self.in_json = part == 0

    def text(self, container, cut):
        numbers = self.value(container)
        return padded("-" if numbers is None or self._unknown(container, numbers) else numbers[self.part], self.width)

    def _unknown(self, container, numbers):
        if self.parts is QUOTA_PARTS:
            return self.part == 0 and not numbers[0]
        return container.status != "running" and UBC_PARTS[self.part] in ("held", "maxheld", "failcnt")

    def json(self, container):
        numbers = self.value(container)
        if numbers is None:
            return "null"
        lines = [f'      "{part}": {number}' for part, number in zip(self.parts, numbers, strict=True)]
        return "{\n" + ",\n".join(lines) + "\n    }"

    def sort_key(self, container):
        numbers = self.value(container)
        return (numbers is not None, numbers[self.sorted_by] if numbers else 0)


class Switches(Field):
    """``nfs:on,ppp:off``"""

    def __init__(self, name, header, width, value, names, limited):
        super().__init__(name, header, width, value)
        self.names = names
        self.limited = limited

    def _states(self, container):
        switches = self.value(container) or {}
        return [(name.lower(), switches[name]) for name in self.names if name in switches]

    def text(self, container, cut):
        states = self._states(container)
        text = ",".join(f"{name}:{'on' if state else 'off'}" for name, state in states) or "-"
        text = padded(text[:SWITCHES_LIMIT] if self.limited else text, self.width)
        return shortened(text, self.width) if cut and self.limited else text

    def json(self, container):
        states = self._states(container)
        if not states:
            return "null"
        lines = [f'      "{name}": {"true" if state else "false"}' for name, state in self._as_printed(states)]
        return "{\n" + ",\n".join(lines) + "\n    }"

    def _as_printed(self, states):
        """A capability shorter than the one before it shows that one's tail: vzlist overwrites one buffer."""
        if self.limited:
            return states
        shown, buffer = [], ""
        for name, state in states:
            buffer = name + buffer[len(name) :]
            shown.append((buffer, state))
        return shown

    def sort_key(self, container):
        return ()


class Netfilter(Field):
    """``(null)`` if unset, as printf(3) prints a null string."""

    def text(self, container, cut):
        return padded(container.param("NETFILTER") or "(null)", self.width)

    def sort_key(self, container):
        return ()


class Laverage(Field):
    def text(self, container, cut):
        loads = container.loadavg
        return padded("-", self.width) if loads is None else "/".join(f"{load:1.2f}" for load in loads)

    def json(self, container):
        loads = container.loadavg
        return "null" if loads is None else "[" + ", ".join(f"{load:1.2f}" for load in loads) + "]"

    def sort_key(self, container):
        return (container.loadavg is not None, container.loadavg or [])


class Uptime(Field):
    def text(self, container, cut):
        if container.uptime is None:
            return padded("-", self.width)
        minutes, seconds = divmod(int(container.uptime), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours // 24:03}d{hours % 24:02}h:{minutes:02}m:{seconds:02}s"

    def json(self, container):
        return f"{container.uptime or 0.0:.3f}"

    def sort_key(self, container):
        return (container.uptime is not None, -int(container.uptime or 0))


def padded(value, width):
    """``padded("a", -3)`` -> ``"a  "``; the width counts bytes, as printf(3) does."""
    text = str(value)
    missing = " " * (abs(width) - len(text.encode("utf-8", "surrogateescape")))
    return text + missing if width < 0 else missing + text


def shortened(text, width):
    """Cut at so many bytes, in the middle of a character if need be."""
    return text.encode("utf-8", "surrogateescape")[: abs(width)].decode("utf-8", "surrogateescape")


def quoted(text):
    return f'"{text}"'


def present_last(value):
    return (value is not None, 0 if value is None else value)
