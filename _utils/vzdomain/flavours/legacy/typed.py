"""
What an operator may type: the options that ``openvz.create`` and ``openvz.set`` pass on to vzctl 4.x.
"""

from ...document import vocabulary
from ...errors import ArgumentError, RefusedError, kind_of
from ...model import fields, names
from ...model.actions import host
from ...model.kinds.scalars import Text
from ...model.nearest import nearest
from .parameters import PARAMETERS, TABLE

SAVE = "--save"  # keep it in the configuration file
_CREATE = """
    config description diskinodes diskspace hostname ipadd layout local_gid local_uid name ostemplate private root
"""
_SET = """
    applyconfig bootorder bridge capability cpulimit cpumask cpus cpuunits cpuweight description devices devnodes
    disabled diskinodes diskquota diskspace features host_ifname host_mac hostname ifname iolimit iopslimit ioprio
    ipadd ipdel iptables mac mac_filter meminfo mount_opts name nameserver netdev_add netdev_del netfilter netif_add
    netif_del nodemask onboot ostemplate pci_add pci_del private quotatime quotaugidlimit ram root searchdomain
    setmode stop-timeout swap vm_overcommit
"""
# What vzctl(8) 4.11 takes, spelled in full: it would guess abbreviations. Not --userpasswd: argv is public.
CREATE = frozenset(_CREATE.split())
SET = frozenset((*_SET.split(), *fields.BEANCOUNTERS))
_CHECKED = {row.option: row.kind.parse for row in TABLE if row.option and isinstance(row.kind, Text)}
_CHECKED["applyconfig"] = names.sample
_WITH_VEID = ("private", "root")
_OTHER_KEYS = {
    "ipdel": "IP_ADDRESS",
    "netdev_del": "NETDEV",
    "netif_del": "NETIF",
    "pci_del": "PCI",
    **dict.fromkeys(("bridge", "host_ifname", "host_mac", "ifname", "mac", "mac_filter"), "NETIF"),
}
_COUNTED_TOGETHER = {"PHYSPAGES", "SWAPPAGES", "VM_OVERCOMMIT", "PRIVVMPAGES"}


def argument(option, text):
    """
    An argument as somebody has typed it: the same text, or ValueError with a sentence.

    What vzctl would not read back equal is refused, what a shell would act on (its scripts source the configuration
    file), and a name that would lead to another file than it should.
    """
    if text and option in _CHECKED:
        _CHECKED[option](text)
    return text if option in _WITH_VEID else names.word(text)


def given(options, known):
    """
    The words of vzctl for ``{"cpus": 2, "ipadd": ["a", "b"]}``; `known` are the options that it takes.

    YAML on the command line has turned ``yes`` into a boolean. ArgumentError for a value that is not text, RefusedError
    for an option that there is not and for what `argument` refuses.
    """
    pairs = []
    for name, value in options.items():
        option = name if name in known else name.replace("_", "-")
        if option not in known:
            raise RefusedError(f"{name} is not an option here{advice(name, known)}")
        pairs += [(option, _text(option, one)) for one in (value if isinstance(value, (list, tuple)) else [value])]
    return words(pairs)


def _text(option, value):
    if not isinstance(value, (str, int, float)):
        raise ArgumentError(f"{option} must be text, not {kind_of(value)}")
    word = ("yes" if value else "no") if isinstance(value, bool) else str(value)
    try:
        return argument(option, word)
    except ValueError as err:
        raise RefusedError(f"{option}: {err}") from None


def advice(name, known):
    """What to type instead of an option that vzctl does not have here, as the end of a sentence."""
    field = vocabulary.field_meant(name)
    found = PARAMETERS[field].option if field else None
    if found in known:
        return f"; did you mean {found}?"
    likely = nearest(name, known)
    if likely:
        return f"; did you mean {likely}?"
    if found in SET:
        return f"; set it after the creation, with openvz.set and {found}"
    return f"; there are: {', '.join(sorted(known))}"


def keys_of(words):
    """The keys that the words ``--option value ...`` of a ``set`` may write to a file; ``None`` where it may be any."""
    keys = {row.option: row.key for row in TABLE if row.option} | _OTHER_KEYS
    found = {keys.get(word[2:]) for word in words[::2] if word != SAVE}
    if None in found:
        return None
    return found | (_COUNTED_TOGETHER if found & _COUNTED_TOGETHER else set())


def words(pairs):
    """``[("cpus", "2")]`` -> ``["--cpus", "2"]``"""
    return [word for option, value in pairs for word in (f"--{option}", value)]


def restarts(words):
    """Whether the words of a ``set`` that somebody has typed would restart a running container."""
    return "--setmode" in words and "restart" in words


def claims_of(words):
    """What the words of a ``set`` that somebody has typed take and containers cannot share."""
    for word, value in zip(words, words[1:], strict=False):
        if word == "--ipadd":
            read = PARAMETERS["addresses"].kind.read(value) or ()
            yield from (("addresses", host(one)) for one in read)
        elif word == "--netdev_add":
            yield "hostdevs", value
        elif word in ("--netif_add", "--host_ifname"):
            target = value if word == "--host_ifname" else (value.split(",") + ["", ""])[2]
            yield from (("targets", target),) if target else ()
