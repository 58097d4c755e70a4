"""
What is in the template cache: size, date, and who was made of it.
"""

import os

from ...host import traces
from ...model import times


def listing(node, entries=()):
    """
    ``{"templates": {name: {"size_bytes", "date", "file", "containers"}}, "missing": {name: [labels]}}``

    Size and date are ``None`` for a link that leads nowhere. ``missing`` are those that `entries` of a pillar want for
    containers that are not there yet. A template of vzctl 7 to 9 is a cache that vzpkg has made.
    """
    its, place = node.flavour.places, os.path.join(node.vz_conf["TEMPLATE"], "cache")
    containers = node.containers()
    found = {}
    wants = [one.domain for one in containers if one.domain.template]
    for file in sorted(traces.listdir(place)):
        name = its.of_template(file)
        if name:
            path = os.path.join(place, file)
            made = [domain.name for domain in wants if its.is_template(domain.template, name)]
            found[name] = {**_stated(path), "file": path, "containers": made}
    there = {one.domain.name for one in containers}
    missing = {}
    for entry in entries:
        wanted = entry.domain and entry.state != "absent" and entry.called not in there and entry.domain.template
        if wanted and not node.has_template(wanted):
            missing.setdefault(wanted, []).append(entry.label)
    return {"templates": found, "missing": missing}


def _stated(path):
    try:
        found = os.stat(path)
    except OSError:
        return {"size_bytes": None, "date": None}
    return {"size_bytes": found.st_size, "date": times.stamp(found.st_mtime)}
