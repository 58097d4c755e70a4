"""The docstrings of the modules as tests read them: public functions, parameters, and blocks of examples."""

import importlib.util
import inspect
import re
import textwrap
import types
from pathlib import Path

REPO = Path(__file__).parents[1]
# Directory -> the page of docs/reference that shows it.
KINDS = {
    "_modules": "module",
    "_states": "states",
    "_runners": "runner",
    "_grains": "grains",
    "_beacons": "beacon",
    "_output": "output",
}
_BLOCK = re.compile(r"^( *)\.\. code-block:: (\w+)\n\n((?:\1 +.*\n|\n)+)", re.MULTILINE)


def module(directory):
    """``_modules/openvz.py`` and the like as a plain module, to read docstrings from without a loader."""
    name = f"openvz_docs{directory}"
    spec = importlib.util.spec_from_file_location(name, REPO / directory / "openvz.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def public(directory):
    """The functions that people call, by the names that they type."""
    found = module(directory)
    aliases = getattr(found, "__func_alias__", {})
    return {
        aliases.get(name, name): one
        for name, one in vars(found).items()
        if isinstance(one, types.FunctionType) and one.__module__ == found.__name__ and not name.startswith("_")
    }


def docstrings(directory):
    """``name -> docstring``, that of the module itself under ``""``."""
    return {"": inspect.getdoc(module(directory)), **{name: documented(one) for name, one in public(directory).items()}}


def documented(function):
    return inspect.getdoc(function) or ""


def blocks(text):
    """``[("bash", "salt '*' openvz.version"), ...]`` of a docstring."""
    return [(language, textwrap.dedent(body).strip("\n")) for _, language, body in _BLOCK.findall(f"{text}\n")]


def parameters(text):
    """The words that a docstring explains: ``name`` or ``a, b`` in a line of its own, and something below, indented."""
    heads = re.findall(r"^(\w+(?:, \w+)*)\n {4}\S", text, re.MULTILINE)
    return {word for head in heads for word in head.split(", ")}


def commands(text):
    """Every command of a docstring: the lines of its blocks, and what it says in passing of functions of ours."""
    lines = [line for language, block in blocks(text) if language == "bash" for line in block.splitlines()]
    said = [" ".join(words.split()) for words in re.findall(r"``(salt.*?)``", text, re.DOTALL)]
    return lines + [line for line in said if " openvz." in line]
