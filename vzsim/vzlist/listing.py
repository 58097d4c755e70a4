"""
``vzlist`` 4.11: the containers and their state.

This module selects containers and writes the two output formats. The options are in
:mod:`vzsim.vzlist.options`, what is known of a container in :mod:`vzsim.vzlist.containers`, the columns
in :mod:`vzsim.vzlist.columns`. See ``vzlist(8)``.
"""

import os

from vzsim.codes import write
from vzsim.grammar.values import scan_int
from vzsim.node import kernelfiles
from vzsim.node.names import CTID_MAX
from vzsim.vzlist.columns import FIELDS
from vzsim.vzlist.containers import Container
from vzsim.vzlist.fields import padded, shortened
from vzsim.vzlist.options import Refused, Request

LINE_LIMIT = 4094  # bytes of a text line, whatever the columns hold (read, not run)


def main(node, argv):
    """Run ``vzlist`` with the words after its name; the exit status."""
    try:
        request = Request(argv)
        if request.listing:
            write(1, "".join(f"{field.name:<15} {field.header:<15}\n" for field in FIELDS))
            return 0
        request.resolve(node)
        if not node.is_root:
            raise Refused("This program can only be run under root.\n")
        return _list(node, request)
    except Refused as refused:
        write(2, refused.message)
        write(1, refused.output)
    except OSError as problem:  # a damaged node
        write(2, f"{problem.filename or 'Error'}: {problem.strerror}\n")
    return 1


def _list(node, request):
    kernelfiles.write_vestat(node)
    running = [ctid for ctid in node.running_ctids() if request.wants(ctid)]
    ctids = set(running)
    if request.wants_stopped:
        ctids |= {ctid for ctid in _configured(node) if request.wants(ctid)}
    if not ctids:
        write(1, "[]\n") if request.json else write(2, "Container(s) not found\n")
        return 1 if request.ctids is not None else 0
    if node.vz_conf is None:
        write(2, f"Unable to open {node.vz_conf_path}: No such file or directory\n")
    containers = [Container(node, ctid, ctid in running, request.resources) for ctid in sorted(ctids)]
    for messages in (node.vz_conf_messages, *(container.conf.messages for container in containers)):
        _pass_on(messages)
    shown = _shown(node, request, containers)
    write(1, _as_json(request, shown) if request.json else _as_text(request, shown))
    return 0


def _configured(node):
    """Every ``N.conf``, 0.conf too: it counts as found, but has no private area."""
    try:
        entries = os.listdir(node.conf_dir)
    except OSError:
        return []
    found = []
    for entry in entries:
        ctid, tail = scan_int(entry)
        if tail == entry:
            continue
        if tail == ".conf" and 0 <= ctid <= CTID_MAX:
            found.append(ctid)
        elif tail == ".conf":
            write(2, f"Warning: invalid CTID in config file name: {entry}, skipping\n")
    return found


def _pass_on(messages):
    for stream, message in messages:
        if stream != "verbose":
            write(1 if stream == "out" else 2, message + "\n")


def _shown(node, request, containers):
    found = [container for container in containers if container.status == "running" or _exists(container.private)]
    if request.wants_field("status"):
        _note_status(node, found)
    found = [container for container in found if _matches(request, container)]
    if request.sort_field is not None:
        found.sort(key=request.sort_field.sort_key)
    return found[::-1] if request.reverse else found


def _exists(path):
    return path is not None and os.path.exists(path)


def _note_status(node, containers):
    for container in containers:
        if container.status == "running":
            continue
        if node.is_suspended(container.ctid):
            container.status = "suspended"
        if container.root is not None and not os.path.exists(container.root):
            write(2, f"stat({container.root}): No such file or directory\n")
        elif container.root is not None and node.is_mounted(container.ctid):
            container.status = "mounted"


def _matches(request, container):
    if "S" in request.flags and container.status == "running":
        return False
    texts = {"h": container.param("HOSTNAME"), "N": container.name, "d": container.param("DESCRIPTION")}
    return all(_fits(texts[letter], pattern) for letter, pattern in request.patterns.items())


def _fits(text, pattern):
    from vzsim.grammar import globbing  # imports re, which most runs need not wait for

    return text is not None and globbing.fits(text, pattern)


def _as_text(request, containers):
    lines = []
    if "H" not in request.flags:
        lines.append(_header(request.fields))
    lines += [_line(request, container) for container in containers]
    return "".join(shortened(line, LINE_LIMIT).rstrip() + "\n" for line in lines)


def _header(fields):
    return " ".join(padded(field.header, field.header_width) for field in fields)


def _line(request, container):
    last = len(request.fields) - 1
    cut = "t" not in request.flags
    return " ".join(field.text(container, cut and place < last) for place, field in enumerate(request.fields))


def _as_json(request, containers):
    objects = []
    for container in containers:
        entries = [f'    "{field.name}": {field.json(container)}' for field in request.fields]
        objects.append("\n  {\n" + ",\n".join(entries) + "\n  }")
    return "[" + ",".join(objects) + "\n]\n"
