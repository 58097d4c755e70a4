"""
Kinds of values with members: lists, which are replaced as a whole, and maps, where only the named keys count.
"""

import ipaddress
from itertools import chain, takewhile

from .. import names
from ..nearest import meant
from .scalars import Kind, plain

_SWITCH = ("on", "off")
_AGREED = {**dict.fromkeys(("yes", "true", "1"), "on"), **dict.fromkeys(("no", "false", "0"), "off")}


class Words(Kind):
    """A list of words, replaced as a whole. Its order counts if it is `ordered`."""

    form = "list"

    def __init__(self, rule, ordered=True):
        self.rule = self.parse = rule
        self.ordered = ordered

    def read(self, text):
        return self.gathered(map(self._spelled, text.split())) or None

    def _spelled(self, word):
        """``FD00::0:1`` is ``fd00::1``; an invalid word stays as it is."""
        try:
            return self.parse(word)
        except ValueError:
            return plain(word)

    def gathered(self, words):
        words = dict.fromkeys(words)
        return tuple(words) if self.ordered else tuple(sorted(words))

    def write(self, value):
        return list(value)

    def parse_lenient(self, text):
        if not text.strip() or len(text.split()) > 1:
            raise ValueError(text)
        return text.strip()

    def show(self, value):
        return None if value is None else list(value)

    def _merged(self, values):
        return self.gathered(chain.from_iterable(values))


class Addresses(Words):
    """Routed addresses; their order means nothing, except for the source address at creation."""

    def __init__(self):
        super().__init__(_read_routed)

    def read(self, text):
        found = []
        for word in text.split():
            try:
                address = self.rule(word)
            except ValueError:  # as in vzctl the first bad one ends the list
                break
            found += [address] if address else []
        return self.gathered(found)

    def gathered(self, words):
        """Each host once; the same address with another mask is ignored."""
        found = {}
        for word in words:
            found.setdefault(word.partition("/")[0], word)
        return tuple(found.values())

    def same(self, new, old):
        return set(new) == set(old or ())


def read_address(text):
    """``"10.1.0.1/32"`` -> ``"10.1.0.1"``, ``"FD00::0:1/64"`` -> ``"fd00::1/64"``. ValueError if it is none."""
    if names.is_ipv4(text):
        return text
    host, slash, mask = text.partition("/")
    if "." in mask:
        raise ValueError(f"{text!r} has a dotted netmask, which vzctl does not accept")
    if "%" in text:  # any text would do for a zone, a quote and a line break as well
        raise ValueError(f"{text!r} has a zone, which a routed address cannot have")
    address = ipaddress.ip_interface(f"{host}/{mask or 0}" if slash else host)  # vzctl reads an empty mask as 0
    return names.spelled(address.ip, address.network.prefixlen)


# vzctl skips these three words, in a file and on its command line; with a mask, or spelled 0::, they count. The first
# is recorded, the others are read, not run.
NO_ADDRESS = ("0.0.0.0", "::", "::0")


def _read_routed(text):
    return None if text in NO_ADDRESS else read_address(text)


class Devices(Words):
    """Devices of the node passed through: a set."""

    def __init__(self, rule):
        super().__init__(rule, ordered=False)

    def read(self, text):
        found = takewhile(lambda word: not word.startswith(names.NEVER_PASSED), text.split())
        return tuple(sorted(set(map(plain, found))))

    def same(self, new, old):
        return set(new) == set(old or ())


class Pci(Devices):
    """PCI devices passed through, as ``domain:bus:slot.function``."""

    datatype = "pci"

    def read(self, text):
        found = []
        for word in text.split():
            try:
                found.append(self.rule(word))
            except ValueError:
                break
        return tuple(sorted(set(found)))


class Modules(Words):
    """Netfilter modules, each with those that it needs."""

    def __init__(self, needs):
        super().__init__(self._known, ordered=False)
        self.needs = needs

    def _known(self, text):
        if text not in self.needs:
            raise ValueError(
                f"{text!r} is not a module that vzctl knows; it knows {', '.join(self.needs)}{meant(text, self.needs)}"
            )
        return text

    def read(self, text):
        return self.gathered(word for word in _words(text) if word in self.needs) or None

    def parse_lenient(self, text):
        raise ValueError(text)

    def gathered(self, words):
        found, open_ = set(), list(words)
        while open_:
            word = open_.pop()
            if word not in found:
                found.add(word)
                open_ += self.needs[word]
        return tuple(sorted(found))


class Switches(Kind):
    """A map of names to ``on`` or ``off``; vzctl merges what it is given and cannot remove a name."""

    form = "map"
    attribute = "state"
    datatype = "onoff"

    def __init__(self, known):
        self.known = known

    def write(self, value):
        return [f"{name}:{state}" for name, state in value]

    def parse_pair(self, name, state):
        if name not in self.known:
            raise ValueError(f"{name!r} is not one of {', '.join(self.known)}{meant(name, self.known)}")
        if state not in _SWITCH:
            raise ValueError(f"{state!r} is neither on nor off{meant(state, _SWITCH, _AGREED)}")
        return name, state

    def show(self, value):
        return None if value is None else dict(value)

    def same(self, new, old):
        return all(dict(old or ()).get(name) == state for name, state in new)

    def differing(self, new, old):
        known = dict(old or ())
        changed = tuple((name, state) for name, state in new if not self.same(((name, state),), old))
        return changed, tuple((name, known[name]) for name, _ in changed if name in known) or None

    def merged_over(self, value, over):
        return tuple(sorted((dict(over or ()) | dict(value)).items()))

    def replacing(self, new, old):
        """All members of a map, for an option that replaces the `old` ones; `new` are those that change."""
        return self.merged_over(new, old)

    def _merged(self, values):
        """On anywhere is on."""
        pairs = set(chain.from_iterable(values))
        return tuple(sorted({name: "on" if (name, "on") in pairs else "off" for name, _ in pairs}.items()))


class Features(Switches):
    """As vzctl reads them: it skips one that it does not know."""

    def read(self, text):
        found = {}
        for word in _words(text):
            name, _, state = word.partition(":")
            if name not in self.known:  # any other name of four letters is taken for this one
                name, state = "nfsd", word[len("nfsd:") :]
            if state in _SWITCH:
                found[name] = "on" if found.get(name) == "on" else state
        return tuple(sorted(found.items())) or None


class Capabilities(Switches):
    """As vzctl reads them: it stops at one that it does not know."""

    def read(self, text):
        found = {}
        for word in _words(text):
            name, _, state = word.rpartition(":")
            name = name.lower()
            if name not in self.known or state not in _SWITCH:
                break
            found[name] = "on" if found.get(name) == "on" else state
        return tuple(sorted(found.items())) or None


class Access(Switches):
    """A map of devices to what may be done with them: ``r``, ``w`` and ``q``, or ``none``, which takes one away."""

    attribute = "access"
    datatype = "access"
    known = ()

    def __init__(self, rule):
        self.rule = rule

    def read(self, text):
        found = {}
        for word in text.split():
            name, colon, access = word.rpartition(":")
            try:
                name, access = self.parse_pair(name, access)
            except ValueError:
                break
            if colon and access != "none":
                found[name] = access
        return tuple(sorted(found.items())) or None

    def parse_pair(self, name, access):
        name = self.rule(name)
        if access == "none":
            return name, access
        letters = "".join(letter for letter in "rwq" if letter in access)
        if not letters or set(access) - set("rwq"):
            raise ValueError(f"{access!r} is not a valid access mode; use a combination of r, w and q, or none")
        return name, letters

    def same(self, new, old):
        return all(dict(old or ()).get(name, "none") == access for name, access in new)

    def merged_over(self, value, over):
        return tuple(pair for pair in super().merged_over(value, over) if pair[1] != "none")

    def replacing(self, new, old):
        """One that is taken away is named as well: else a running container would keep it."""
        gone = [(name, access) for name, access in new if access == "none" and name in dict(old or ())]
        return tuple(sorted((*self.merged_over(new, old), *gone)))

    def _merged(self, values):
        return tuple(sorted(dict(chain.from_iterable(values)).items()))


def _words(text):
    return text.replace(",", " ").split()
