"""
What an operator may type: the options that ``openvz.create`` and ``openvz.set`` pass on, as far as families share it.
"""

from ..document import vocabulary
from ..errors import ArgumentError, RefusedError, kind_of
from ..model import names
from ..model.exclusive import host
from ..model.kinds.scalars import Text
from ..model.nearest import nearest


class Options:
    """
    The options of one family; each is given in full, since vzctl would guess abbreviations.

    table
        Its `Parameter` rows.

    create, known
        The options that ``vzctl create`` and ``vzctl set`` take. No password among them: argv is public.
    """

    SAVE = "--save"  # keep it in the configuration file
    FLAGS = frozenset()  # options without a value
    KEYS = {}  # option -> the keys of the file that it writes, where that is not the key of its row
    BESIDE = ()  # sets of keys that are written together
    CHECKED = {}  # option -> what reads its value, or raises ValueError with a sentence
    WITH_VEID = ("private", "root")

    def __init__(self, table, create, known):
        self.create, self.known = frozenset(create), frozenset(known)
        self._rows = {row.field: row for row in table}
        texts = {row.option: row.kind.parse for row in table if row.option and isinstance(row.kind, Text)}
        self._checked = {**texts, "applyconfig": names.sample, **self.CHECKED}
        self._keys = {row.option: {row.key} for row in table if row.option} | self.KEYS

    def argument(self, option, text):
        """
        An argument as somebody has typed it: the same text, or ValueError with a sentence.

        What vzctl would not read back equal is refused, what a shell would act on (its scripts source the configuration
        file), and a name that would lead to another file than it should.
        """
        if text and option in self._checked:
            self._checked[option](text)
        return text if option in self.WITH_VEID else names.word(text)

    def given(self, options, known):
        """
        The words of vzctl for ``{"cpus": 2, "ipadd": ["a", "b"]}``; `known` are the options that it takes.

        YAML on the command line has turned ``yes`` into a boolean. ArgumentError for a value that is not text,
        RefusedError for an option that there is not and for what `argument` refuses.
        """
        pairs = []
        for name, value in options.items():
            option = name if name in known else name.replace("_", "-")
            if option not in known:
                raise RefusedError(f"{name} {self.why_not(name) or f'is not an option here{self.advice(name, known)}'}")
            pairs += [(option, self._text(option, one)) for one in (value if _is_list(value) else [value])]
        return [word for option, value in self.ordered(pairs) for word in self._words(option, value)]

    def why_not(self, name):
        """What is to be said of an option of vzctl that is not taken, after its name; ``None`` of others."""
        return

    def ordered(self, pairs):
        """The options in the order in which vzctl understands them."""
        return pairs

    def _words(self, option, value):
        if option not in self.FLAGS:
            return [f"--{option}", value]
        return [f"--{option}"] if value == "yes" else []

    def _text(self, option, value):
        if not isinstance(value, (str, int, float)):
            raise ArgumentError(f"{option} must be text, not {kind_of(value)}")
        word = ("yes" if value else "no") if isinstance(value, bool) else str(value)
        if option in self.FLAGS and word not in ("yes", "no"):
            raise RefusedError(f"{option} has no value: write {option}=yes")
        try:
            return self.argument(option, word)
        except ValueError as err:
            raise RefusedError(f"{option}: {err}") from None

    def advice(self, name, known):
        """What to type instead of an option that vzctl does not have here, as the end of a sentence."""
        field = vocabulary.field_meant(name)
        found = self._rows[field].option if field in self._rows else None
        if found in known:
            return f"; did you mean {found}?"
        likely = nearest(name, known)
        if likely:
            return f"; did you mean {likely}?"
        if found in self.known:
            return f"; set it after the creation, with openvz.set and {found}"
        return f"; there are: {', '.join(sorted(known))}"

    def pairs(self, words):
        """``["--cpus", "2", "--enable", "--save"]`` -> ``("cpus", "2"), ("enable", None)``"""
        words = iter(words)
        for word in words:
            if word != self.SAVE:
                option = word[2:]
                yield option, None if option in self.FLAGS else next(words, None)

    def keys_of(self, words):
        """The keys that the words of a ``set`` may write to a file; ``None`` where it may be any."""
        found = set()
        for option, _ in self.pairs(words):
            if option not in self._keys:
                return None
            found |= self._keys[option]
        return found.union(*(keys for keys in self.BESIDE if keys & found))

    def restarts(self, words):
        """Whether the words of a ``set`` that somebody has typed would restart a running container."""
        return ("setmode", "restart") in self.pairs(words)

    def ignores(self, words):
        """Whether they tell vzctl to apply what it can where something else of them needs a restart."""
        return ("setmode", "ignore") in self.pairs(words)

    def claims_of(self, words):
        """What the words of a ``set`` that somebody has typed take and containers cannot share."""
        read = self._rows["addresses"].kind.read
        for option, value in self.pairs(words):
            if option == "ipadd" and self.is_routed(words):
                yield from (("addresses", host(one)) for one in read(value) or ())
            elif option == "netdev_add":
                yield "hostdevs", value
            elif target := self.target(option, value):
                yield "targets", target

    def is_routed(self, words):
        """Whether addresses among the words are routed ones, and not a veth pair's own."""
        return True

    def target(self, option, value):
        """The node's end of a veth pair that an option names, or ``None``."""
        return value if option == "host_ifname" else None


def _is_list(value):
    return isinstance(value, (list, tuple))
