"""
``vzlist`` 9.0.1: the containers and their state.

This module selects containers and writes the two output formats; the options are in
:mod:`vzsim.seven.vzlist.options`, what is known of a container in :mod:`vzsim.seven.vzlist.containers`, the columns in
:mod:`vzsim.seven.vzlist.columns`. Only containers whose private area exists and whose configuration is valid are
listed; nothing is said of the others.
"""

import os

from vzsim.codes import write
from vzsim.files import read_text
from vzsim.node import latency
from vzsim.seven import ids, owner
from vzsim.seven.grammar import conf, keys
from vzsim.seven.vzlist.containers import Container
from vzsim.seven.vzlist.fields import padded
from vzsim.seven.vzlist.options import Refused, Request

BLANKS = " \t\n\r\v\f"


def main(node, argv):
    """Run ``vzlist`` with the words after its name; the exit status."""
    try:
        request = Request(node, argv)
        if request.listing:
            write(1, "".join(f"{field.name:<15} {field.header:<15}\n" for field in request.known if field.listed))
            return 0
        request.resolve(ctid_of_word)
        if not node.is_root:
            raise Refused("This program can be run by root only.\n")
        return _list(node, request)
    except Refused as refused:
        write(2, refused.message)
        return refused.rc
    except OSError as problem:  # a damaged node
        write(2, f"{problem.filename or 'Error'}: {problem.strerror}\n")
    return 1


def ctid_of_word(node, word):
    """
    The container that a CT ID or a name means; ``None`` if it has no configuration.

    A name's link comes first, and if it leads to a configuration that is invalid or has another name, the word is no
    good even as a CT ID (read, not run).
    """
    ctid = ids.read_ctid(word)
    has_conf = ctid is not None and os.path.exists(node.conf_path(ctid))
    if not word or "/" in word or not os.path.exists(f"{node.names_dir}/{word}"):
        return ctid if has_conf else None
    try:
        values = conf.read_values(read_text(f"{node.names_dir}/{word}"))
    except OSError:
        return None
    if keys.problems(values, node.is_old) or values.get("NAME") != word:
        return None
    return ids.read_ctid(values.get("VEID", ""))


def _list(node, request):
    if node.vz_conf is None:
        write(2, f"Unable to read {node.vz_conf_path}: No such file or directory\n")
    containers = _found(node, request) if node.vz_conf is not None else []
    if not containers and request.ctids is not None:
        raise Refused("Container is not found\n")
    if "S" not in request.flags and not node.is_old:
        latency.wait(node, latency.HELPER, len(containers))
    shown = [container for container in containers if _matches(request, container)]
    if request.sort_field is not None:
        shown.sort(key=request.sort_field.sort_key)
    shown = shown[::-1] if request.reverse else shown
    write(1, _as_json(request, shown) if request.is_json else _as_text(request, shown))
    return 0


def _found(node, request):
    """The containers asked for, before any filter, sorted by CT ID as text."""
    ctids = _configured(node) if request.wants_stopped else node.running_ctids()
    containers = [_container(node, ctid) for ctid in sorted(ctids) if request.wants(ctid)]
    containers = [container for container in containers if container is not None]
    if not request.wants_stopped:
        containers = [container for container in containers if container.is_running]  # it may have ended meanwhile
    for container in containers:
        container.netif_pattern = request.netif
        container.is_from_kernel = not request.wants_stopped
    return containers


def _configured(node):
    """The CT IDs of all files named as vzctl names them: ``0101.conf`` is none."""
    try:
        entries = os.listdir(node.conf_dir)
    except OSError:
        return []
    ctids = [entry.removesuffix(".conf") for entry in entries if entry.endswith(".conf")]
    return [ctid for ctid in ctids if ids.read_ctid(ctid) == ctid]


def _container(node, ctid):
    """``None`` if the configuration cannot be read or is invalid, or the private area is missing or another node's."""
    try:
        own = conf.read_values(read_text(node.conf_path(ctid)))
    except OSError:
        return None
    values = conf.with_defaults(node.vz_conf, own)
    container = Container(node, ctid, values)
    if not container.area or not os.path.exists(container.area) or owner.foreign(node, container.area) is not None:
        return None
    return None if keys.problems(values, node.is_old) else container


def _matches(request, container):
    if "S" in request.flags and container.is_counted:
        return False
    texts = {"h": container.values.get("HOSTNAME"), "N": container.name, "d": container.description}
    if not all(_fits(texts[letter], pattern) for letter, pattern in request.patterns.items()):
        return False
    # With venet0, every container is shown: there is always a list of addresses, if an empty one (read, not run).
    return request.netif is None or request.netif == "venet0" or bool(container.devices)


def _fits(text, pattern):
    from vzsim.grammar import globbing  # imports re, which most runs need not wait for

    return text is not None and globbing.fits(text, pattern)


def _as_text(request, containers):
    lines = [] if "H" in request.flags else [_header(request.fields)]
    last = len(request.fields) - 1
    for container in containers:
        columns = [field.text(container, place == last) for place, field in enumerate(request.fields)]
        lines.append(" ".join(columns).rstrip(BLANKS))
    return "".join(line + "\n" for line in lines)


def _header(fields):
    """Every header is padded and has a blank after it, but for a left-aligned one at the end."""
    *others, last = fields
    line = "".join(padded(field.header, field.width) + " " for field in others)
    return line + (last.header if last.width < 0 else padded(last.header, last.width) + " ")


def _as_json(request, containers):
    objects = []
    for container in containers:
        columns = [f'\n    "{field.name}": {field.json(container)}' for field in request.fields]
        objects.append("\n  {" + ",".join(columns) + "\n  }")
    return "[" + ",".join(objects) + "\n]\n"
