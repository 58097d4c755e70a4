"""Grains of a container: those of the Salt inside it, and what the node knows of it."""

import fnmatch


def items(sanitize=False):
    """Return all grains."""
    return {**__resource_funcs__["openvz.call"]("inside_grains"), **__resource_funcs__["openvz.grains"]()}


def ls():
    """Return the names of all grains."""
    return sorted(items())


def get(key, default="", delimiter=":"):
    """Return one grain; `key` is a path with colons."""
    found = items()
    for word in key.split(delimiter):
        if not isinstance(found, dict) or word not in found:
            return default
        found = found[word]
    return found


def item(*keys):
    """Return these grains; each of `keys` is a name or a glob."""
    return {name: value for name, value in items().items() if any(fnmatch.fnmatchcase(name, key) for key in keys)}
