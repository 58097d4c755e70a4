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
from vzdomain.flavours import FLAVOURS  # noqa: E402
from vzdomain.model import fields, names, units  # noqa: E402
from vzdomain.model.domain import BindMount, Limit  # noqa: E402
from vzdomain.model.kinds import lists  # noqa: E402

README = DOCS.parent / "README.md"
_BEGIN, _END = "<!-- made by docs/generate.py: what each family can -->", "<!-- end -->"
_SHORT = {"live": "at once", "file": "file", "restart": "restart", "stopped": "stopped", "creation": "creation"}


def domain_page():
    """The text of reference/domain.md."""
    return _filled(
        "domain.md",
        NAMESPACE=metadata.NAMESPACE,
        FAMILIES=" | ".join(_family(its) for its in FLAVOURS),
        RULE="---|" * len(FLAVOURS),
        ROWS="".join(_row(row) for row in fields.FIELDS),
        SECTIONS="".join(_section(row) for row in fields.FIELDS),
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


def families_page():
    """The text of reference/families.md."""
    return _filled(
        "families.md",
        TABLE=families_table(),
        COUNT=str(len(fields.FIELDS)),
        ROWS="".join(_difference(row) for row in fields.FIELDS if _differs(row)),
        FAMILIES=" | ".join(_family(its) for its in FLAVOURS),
        RULE="---|" * len(FLAVOURS),
    )


def families_table():
    """What each family of vzctl can: a table in Markdown."""
    head = _table_row("", *(f"{_family(its)} ({its.name})" for its in FLAVOURS))
    rows = (_table_row(label, *(_cell(can(its)) for its in FLAVOURS)) for label, can in CAN)
    return head + "|---|" + "---|" * len(FLAVOURS) + "\n" + "".join(rows)


def readme():
    """README.md with the table of families as it is now."""
    text = README.read_text()
    before, _, rest = text.partition(_BEGIN)
    return f"{before}{_BEGIN}\n{families_table()}{_END}{rest.partition(_END)[2]}"


def exit_codes_page():
    """The text of reference/exit-codes.md."""
    known = {code: kind for its in FLAVOURS for code, kind in its.exit_codes.items()}
    rows = [
        _table_row(code, _families_of(lambda its, code=code: code in its.exit_codes), *_code(known[code]), DONE[code])
        for code in sorted(known)
    ]
    return _filled("exit-codes.md", ROWS="".join(rows), FAMILY=" and ".join(map(_family, FLAVOURS)))


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
    meaning = re.sub(r"^Codes? [0-9, and]+: ", "", _said(kind)).rstrip(".")
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
    48: "The dry run warns that the template is not in the cache",
    91: "The dry run warns that the template is not in the cache",
    104: "Only the error",
    105: "A disabled container is refused before vzctl runs, as `restart` would stop it; no function forces a start",
    130: "Only the error. The first veth of a running container is refused before vzctl runs if the node's bridge "
    "script cannot add it",
    131: "The name is set in a call of its own, so all other changes are made",
    136: "As 130",
    137: "As 131",
    139: "The kernel of a running container may have the value all the same; the message says so",
    156: "A container on simfs, or one that is suspended, is refused before vzctl runs. A change with "
    "`snapshot: before` is not begun",
    158: "A snapshot that is not there is refused before vzctl runs, and for vzctl 4 one that several others stand on",
    159: "What the snapshot brings back is looked at before vzctl runs; afterwards the node is read again",
    160: "Only the error",
    161: "A snapshot that is not mounted is left as it is",
    211: "As 48",
}


def _words(words):
    return ", ".join(f"`{word}`" for word in words)


def _family(its):
    return f"vzctl {its.family}"


def _families_of(has):
    """``4.x``, ``7 to 9``, ``all``: those for which it holds."""
    names = [its.family for its in FLAVOURS if has(its)]
    return "all" if len(names) == len(FLAVOURS) else ", ".join(names)


def _row(field):
    cells = [f"[`{_place(field)}`](#{_anchor(field)})", field.unit, *(_called(field, its) for its in FLAVOURS)]
    return "| " + " | ".join(cells) + " |\n"


def _called(field, its):
    """``--ram`` `PHYSPAGES`, at once: what a family calls a field, and when it is in effect."""
    called = its.parameters.get(field.name)
    if not called:
        return "–"
    named = [_option(called, its), called.key and f"`{called.key}`"]
    only = [f"{called.versions}"] if called.since or called.until else []
    return "; ".join([" ".join(filter(None, named)), _SHORT[called.effect], *only])


def _option(called, its):
    option = called.option or ""
    options = [f"`--{option}`"] if option else []
    options += [f"`--{option.replace('_add', '_del')}`"] if option.endswith("_add") else []
    options += ["`--ipdel`"] if option == "ipadd" else []
    options += ["`--device-set`, `--device-del`"] if option == "device-add" else []
    return ", ".join(options) or _WITHOUT[called.field]


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
    said += _of_vzctl(field)
    text = f"### {_place(field)}\n\n{' '.join(said)}\n\n```xml\n{field.example}\n```\n\n"
    if field.fallback:
        text += f"If libvirt's element cannot express the value:\n\n```xml\n{_fallback(field)}\n```\n\n"
    return text


def _of_vzctl(field):
    """Which of its commands take a parameter, and where vzlist shows it."""
    rows = {its: its.parameters[field.name] for its in FLAVOURS if field.name in its.parameters}
    creating = [its for its, row in rows.items() if row.create]
    if creating:
        whose = "" if len(creating) == len(rows) else f" {creating[0].family}"
        both = any(row.option and row.effect != "creation" for row in rows.values())
        yield f"`vzctl create`{whose} takes it{', and `vzctl set`' if both else ''}."
    columns = {row.column for row in rows.values() if row.column}
    if columns:
        (column,) = columns
        shown = " ".join(f"`{one}`" for one in column.split(":"))
        lacking = [its.family for its, row in rows.items() if not row.column]
        yield f"vzlist{f' (not of {lacking[0]})' if lacking else ''}: {shown}."
    for its in FLAVOURS:
        if its not in rows:
            yield f"Not in vzctl {its.family}."
        elif rows[its].since or rows[its].until:
            yield f"In vzctl {its.family}: {rows[its].versions}."


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
    "hostdevs": ("eth1",),
    "bindmounts": (BindMount("/srv/shop", "/mnt/shop", ("nosuid", "ro")),),
}


# what each family can


def _inside(*names):
    return lambda its: all(name in its.pairs.ATTRIBUTES for name in names)


def _numbered_or_uuid(its):
    known = its.places.of_file("7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101.conf")
    return "a number or a UUID" if known else "a number"


def _layouts(its):
    row = its.parameters["layout"]
    words = [word for word in row.kind.words if not (row.refuse and row.refuse(word))]
    return ", ".join(sorted({word.partition(":")[0] for word in words}))


def _cell(answer):
    return {True: "yes", False: "–"}.get(answer, answer)


def _difference(field):
    cells = [f"[`{_place(field)}`](domain.md#{_anchor(field)})", *(_called(field, its) for its in FLAVOURS)]
    return _table_row(*cells)


def _differs(field):
    """Whether a family, or some versions of one, lack a field."""
    rows = [its.parameters.get(field.name) for its in FLAVOURS]
    return any(row is None or row.since or row.until for row in rows)


CAN = (
    ("a container is called by", _numbered_or_uuid),
    ("its states", lambda its: ", ".join(its.statuses)),
    ("its files", _layouts),
    ("fields of a document", lambda its: f"{len(its.parameters)} of {len(fields.FIELDS)}"),
    ("routed addresses (venet)", lambda its: "addresses" in its.parameters),
    ("addresses and gateway inside a veth pair", _inside("addresses", "gateway", "gateway6")),
    ("DHCP inside a veth pair", _inside("dhcp", "dhcp6")),
    ("Open vSwitch", _inside("vport")),
    ("virtual networks of the node itself", lambda its: its.pairs.HAS_NETWORKS),
    ("moves a running veth pair to another bridge", lambda its: its.pairs.MOVES),
    ("further disks", lambda its: "disks" in its.parameters),
    ("directories of the node (bind mounts)", lambda its: "bindmounts" in its.parameters),
    ("rate limits", lambda its: "rate" in its.parameters),
    ("memory guarantee", lambda its: "memguarantee" in its.parameters),
    ("processor limit in MHz", lambda its: "cpulimit_mhz" in its.parameters),
    ("high availability", lambda its: "ha_enable" in its.parameters),
    ("capabilities", lambda its: "capabilities" in its.parameters),
    ("beancounters", lambda its: str(len(fields.BEANCOUNTERS & its.parameters.keys()))),
    ("snapshots", lambda its: f"of {next(word for word in _layouts(its).split(', ') if word == 'ploop')}"),
    ("a switch to a snapshot keeps name and UUID by itself", lambda its: "name" in its.snapshots.KEPT),
    ("clones containers", lambda its: its.snapshots.CLONES),
    ("`vzctl destroy` unmounts", lambda its: its.destroys_mounted),
    ("`vzctl destroy` keeps `CTID.conf.destroyed`", lambda its: its.keeps_destroyed),
    ("`vzctl` waits for another one", lambda its: f"{its.waits} seconds" if its.waits else False),
)


def _range(kind):
    least, most = getattr(kind, "least", None), getattr(kind, "most", None)
    return f"vzctl takes {least} to {most}" if least is not None and most != 2**31 - 1 else None


def pages():
    """Path below docs -> its text."""
    return {
        "reference/domain.md": domain_page(),
        "reference/configuration.md": configuration_page(),
        "reference/exit-codes.md": exit_codes_page(),
        "reference/families.md": families_page(),
        "reference/errors.md": errors_page(),
        "reference/openvz.rng": schema.relaxng(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text)
    README.write_text(readme())
