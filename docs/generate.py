"""
Write the pages of docs/reference that come from the table of the library: ``make reference``.

    python docs/generate.py
"""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS.parent / "_utils"))

from lxml import etree  # noqa: E402
from vzdomain import codec_metadata, kinds_lists, options, schema, units  # noqa: E402
from vzdomain.domain import Limit  # noqa: E402

_SHORT = {"live": "at once", "file": "file", "restart": "restart", "stopped": "stopped", "creation": "creation"}


def domain_page():
    """The text of reference/domain.md."""
    text = (DOCS / "templates/domain.md").read_text()
    for name, value in {
        "NAMESPACE": codec_metadata.NAMESPACE,
        "ROWS": "".join(_row(row) for row in options.TABLE),
        "SECTIONS": "".join(_section(row) for row in options.TABLE),
        "FEATURES": _words(options.BY_FIELD["features"].kind.known),
        "CAPABILITIES": _words(options.BY_FIELD["capabilities"].kind.known),
        "UNITS": _words(units.LIBVIRT_UNITS),
    }.items():
        text = text.replace(f"@{name}@", value)
    return text


def _words(words):
    return ", ".join(f"`{word}`" for word in words)


def _row(row):
    cells = (
        f"[`{_place(row)}`](#{_anchor(row)})",
        _option(row),
        row.key and f"`{row.key}`",
        row.column and " ".join(f"`{column}`" for column in row.column.split(":")),
        row.kind.unit + row.kind.per,
        _SHORT[row.effect],
    )
    return "| " + " | ".join(cell or "" for cell in cells) + " |\n"


def _option(row):
    options_ = [f"`--{row.option}`"] if row.option else []
    options_ += [f"`--{row.option.replace('_add', '_del')}`"] if row.option and row.option.endswith("_add") else []
    options_ += ["`--ipdel`"] if row.option == "ipadd" else []
    return ", ".join(options_) or _WITHOUT.get(row.field)


_WITHOUT = {"ctid": "the CTID", "uuid": "comment `#UUID:`", "title": "comment `#TITLE:`", "init": "none"}


def _place(row):
    return row.element.removeprefix("metadata/")


def _anchor(row):
    return f"field-{row.field.replace('_', '-')}"


def _section(row):
    said = [f"{row.about[0].upper()}{row.about[1:]}."]
    words = getattr(row.kind, "words", None)
    said += [f"One of {_words(words)}."] if words else []
    said += [f"{_range(row.kind)}."] if _range(row.kind) else []
    if isinstance(row.kind, kinds_lists.Switches | kinds_lists.Words):
        said += ["Once for each."]
    said += [f"`vzctl create` takes it{', and `vzctl set`' if row.effect != 'creation' else ''}."] if row.create else []
    said += [f"vzctl {row.since} only."] if row.since == row.until else []
    said += [f"vzctl {row.since} to {row.until}."] if row.until not in (row.since, "9") else []
    text = f'<a id="{_anchor(row)}"></a>\n### {_place(row)}\n\n{" ".join(said)}\n\n```xml\n{row.example}\n```\n\n'
    if row.fallback:
        text += f"Where libvirt's element has no room for the value:\n\n```xml\n{_fallback(row)}\n```\n\n"
    return text


def _fallback(row):
    """The element of ours that can say the same: with a value that libvirt's cannot, where there is one."""
    metadata = etree.Element("metadata", nsmap={"openvz": codec_metadata.NAMESPACE})
    codec_metadata.render_value(metadata, row, _BEYOND[row.field])
    text = etree.tostring(metadata[0], encoding="unicode").strip()
    return text.replace(f' xmlns:openvz="{codec_metadata.NAMESPACE}"', "")


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
    return {"reference/domain.md": domain_page(), "reference/openvz.rng": schema.relaxng()}


if __name__ == "__main__":
    for name, text in pages().items():
        (DOCS / name).write_text(text)
