"""
Write the pages of docs/reference that come from tables of the library: ``make reference``.

    python docs/generate.py
"""

import re
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "_utils"))

from vzdomain import errors, settings  # noqa: E402
from vzdomain.document import metadata, schema, writer  # noqa: E402
from vzdomain.flavours import LEGACY  # noqa: E402
from vzdomain.flavours.legacy.parameters import LAST_FAMILY  # noqa: E402
from vzdomain.model import fields, names, units  # noqa: E402
from vzdomain.model.domain import Limit  # noqa: E402
from vzdomain.model.kinds import lists  # noqa: E402

_SHORT = {"live": "at once", "file": "file", "restart": "restart", "stopped": "stopped", "creation": "creation"}


def domain_page():
    """The text of reference/domain.md."""
    return _filled(
        "domain.md",
        NAMESPACE=metadata.NAMESPACE,
        ROWS="".join(_row(row) for row in fields.FIELDS if row.name in LEGACY.parameters),
        SECTIONS="".join(_section(row) for row in fields.FIELDS if row.name in LEGACY.parameters),
        FEATURES=_words(fields.BY_NAME["features"].kind.known),
        CAPABILITIES=_words(fields.BY_NAME["capabilities"].kind.known),
        UNITS=_words(units.LIBVIRT_UNITS),
    )


def configuration_page():
    """The text of reference/configuration.md."""
    return _filled(
        "configuration.md",
        ROWS="".join(_table_row(*_setting(one)) for one in settings.TABLE),
        CTID_FIRST=str(names.CTID_FIRST),
        CTID_LAST=str(names.CTID_LAST),
    )


def exit_codes_page():
    """The text of reference/exit-codes.md."""
    rows = [_table_row(code, *_code(kind), DONE[code]) for code, kind in sorted(LEGACY.exit_codes.items())]
    return _filled("exit-codes.md", ROWS="".join(rows), FAMILY=f"{LEGACY.family} ({LEGACY.name})")


def errors_page():
    """The text of reference/errors.md."""
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.OpenVZError)]
    rows = [_table_row(f"`{one.__name__}`", f"`{one.__base__.__name__}`", _said(one)) for one in kinds]
    return _filled("errors.md", ROWS="".join(rows))


def _filled(template, **values):
    text = (DOCS / "templates" / template).read_text()
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _table_row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def _setting(one):
    default = "none" if one.default is None else f"`{one.default}`"
    return f"`{one.name}`", default, one.kind, one.unit, one.about


def _code(kind):
    """What an exit code means, and the error that stands for it."""
    meaning = re.sub(r"^Codes? [0-9 and]+: ", "", _said(kind)).rstrip(".")
    return meaning, f"`{kind.__name__}`"


def _said(kind):
    """The docstring of an error, in Markdown and one line."""
    return " ".join(kind.__doc__.replace("``", "`").split())


# How the library and the module handle each code.
DONE = {
    9: "Retried, after 0.1 seconds at first and 5 at most, until `lock_timeout` is over",
    14: "Containers are looked up first, so it was deleted in the meantime. If an interrupted run explains it, "
    "everything is planned again, once",
    20: "A defect, or a bad argument of `openvz.set` or `openvz.create`, which pass on what they are given",
    21: "The same. Values in documents are checked before anything runs",
    31: "Somebody else stopped it in the meantime. If an interrupted run explains it, everything is planned again, "
    "once",
    32: "Somebody else started it in the meantime; otherwise as for 31. `destroy` refuses a running container before "
    "vzctl runs, and stops it with `force`",
    41: "`destroy` unmounts first; otherwise as for 31",
    43: "Such a container is refused before vzctl runs, as *only in part*",
    44: "If Salt chose the CTID, it tries the next free one. If the document gives it, this is an error",
    46: "What a failed `create` of a document leaves behind is recorded; the next run creates it again",
    91: "The dry run warns that the template is not in the cache",
    104: "Only the error",
    105: "A disabled container is refused before vzctl runs, as `restart` would stop it; no function forces a start",
    130: "Only the error. The first veth of a running container is refused before vzctl runs if the node's bridge "
    "script cannot add it",
    131: "The name is set in a call of its own, so all other changes are made",
    139: "The kernel of a running container may have the value all the same; the message says so",
}


def _words(words):
    return ", ".join(f"`{word}`" for word in words)


def _row(field):
    called = LEGACY.parameters[field.name]
    cells = (
        f"[`{_place(field)}`](#{_anchor(field)})",
        _option(called),
        called.key and f"`{called.key}`",
        called.column and " ".join(f"`{column}`" for column in called.column.split(":")),
        field.unit,
        _SHORT[called.effect],
    )
    return "| " + " | ".join(cell or "" for cell in cells) + " |\n"


def _option(called):
    option = called.option or ""
    options = [f"`--{option}`"] if option else []
    options += [f"`--{option.replace('_add', '_del')}`"] if option.endswith("_add") else []
    options += ["`--ipdel`"] if option == "ipadd" else []
    return ", ".join(options) or _WITHOUT.get(called.field)


_WITHOUT = {"ctid": "the CTID", "uuid": "comment `#UUID:`", "title": "comment `#TITLE:`", "init": "none"}


def _place(field):
    return field.element.removeprefix("metadata/")


def _anchor(field):
    """What a code host and the site call the heading of a row."""
    return re.sub(r"[^\w -]", "", _place(field).lower()).replace(" ", "-")


def _section(field):
    said = [f"{field.about[0].upper()}{field.about[1:]}."]
    words = getattr(field.kind, "words", None)
    said += [f"One of {_words(words)}."] if words else []
    said += [f"{_range(field.kind)}."] if _range(field.kind) else []
    if isinstance(field.kind, lists.Switches | lists.Words):
        said += ["One element for each."]
    said += _of_vzctl(LEGACY.parameters[field.name])
    text = f"### {_place(field)}\n\n{' '.join(said)}\n\n```xml\n{field.example}\n```\n\n"
    if field.fallback:
        text += f"If libvirt's element cannot express the value:\n\n```xml\n{_fallback(field)}\n```\n\n"
    return text


def _of_vzctl(called):
    """Which of its commands take a parameter, and which families have it."""
    if called.create:
        yield f"`vzctl create` takes it{', and `vzctl set`' if called.effect != 'creation' else ''}."
    last = LAST_FAMILY.get(called.field)
    if last:
        yield f"vzctl 4 {'only' if last == '4' else f'to {last}'}."


def _fallback(field):
    """The element of ours that can say the same: with a value that libvirt's cannot, where there is one."""
    element = writer.Element("metadata")
    metadata.render_value(element, field, _BEYOND[field.name])
    return writer.written(element.children[0]).strip()


_BEYOND = {
    "swap": 1048576,
    "vcpu": 0,
    "cpumask": "all",
    "cpuunits": 1000,
    "cpulimit": 200000000000000,
    "nodemask": "all",
    "template": "debian-12.5-x86_64",
    "private": "/vz/private/$VEID",
    "diskspace": Limit(10485760, 11534336),
    "ioprio": 4,
    "capabilities": (("ve_admin", "on"),),
    "devnodes": (("net/tun", "r"),),
    "privvmpages": Limit(65536, 69632),
    "vmguarpages": Limit(33792, 33792),
}


def _range(kind):
    least, most = getattr(kind, "least", None), getattr(kind, "most", None)
    return f"vzctl takes {least} to {most}" if least is not None and most != 2**31 - 1 else None


def pages():
    """Path below docs -> its text."""
    return {
        "reference/domain.md": domain_page(),
        "reference/configuration.md": configuration_page(),
        "reference/exit-codes.md": exit_codes_page(),
        "reference/errors.md": errors_page(),
        "reference/openvz.rng": schema.relaxng(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text)
