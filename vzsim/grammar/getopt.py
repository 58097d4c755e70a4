"""
Long options the way ``getopt_long(3)`` reads them: abbreviated, permuted, with its complaints.
"""


class OptionError(ValueError):
    """
    An option that getopt rejects; the text is getopt's message.

    ``before`` are the options before it, ``extra`` the other words before it, ``rest`` the words after it.
    """

    def __init__(self, message, before=()):
        super().__init__(message)
        self.before = list(before)
        self.extra = []
        self.rest = []


def parse(argv, known, letters=None, same=None):
    """
    Split ``argv`` into options and other words.

    ``known`` maps option -> whether it takes an argument; ``letters`` are short forms, ``{"H": "no-header"}``;
    ``same`` are synonyms, ``{"offline": "offline-resize"}``, which do not make an abbreviation ambiguous.
    ``parse(["x", "--cpus", "2"], {"cpus": True})`` -> ``([("cpus", "2")], ["x"])``
    """
    options, extra, rest = [], [], list(argv)
    while rest:
        word = rest.pop(0)
        if word == "--":
            extra += rest
            break
        if word.startswith("--"):
            try:
                options.append(long_option(word[2:], rest, known, same or {}))
            except OptionError as error:
                error.before, error.extra, error.rest = options, extra, rest
                raise
        elif word.startswith("-") and word != "-":
            _short(word[1:], rest, known, letters or {}, options)
        else:
            extra.append(word)
    return options, extra


def long_option(text, rest, known, same):
    """One option behind its dashes; its argument is taken from ``rest`` if the option has none of its own."""
    name, equals, value = text.partition("=")
    name = _complete(name, known, same)
    if not known[name]:
        if equals:
            raise OptionError(f"vzctl: option '--{name}' doesn't allow an argument")
        return name, None
    if equals:
        return name, value
    if not rest:
        raise OptionError(f"vzctl: option '--{name}' requires an argument")
    return name, rest.pop(0)


def _short(text, rest, known, letters, options):
    while text:
        letter, text = text[0], text[1:]
        if letter not in letters:
            raise OptionError(f"vzctl: invalid option -- '{letter}'", options)
        name = letters[letter]
        if not known[name]:
            options.append((name, None))
            continue
        if not text and not rest:
            raise OptionError(f"vzctl: option requires an argument -- '{letter}'", options)
        options.append((name, text or rest.pop(0)))
        return


def _complete(name, known, same):
    if name in known:
        return name
    candidates = [option for option in known if option.startswith(name)]
    if not candidates:
        raise OptionError(f"vzctl: unrecognized option '--{name}'")
    if len({same.get(option, option) for option in candidates}) > 1:
        possible = " ".join(f"'--{option}'" for option in candidates)
        raise OptionError(f"vzctl: option '--{name}' is ambiguous; possibilities: {possible}")
    return candidates[0]
