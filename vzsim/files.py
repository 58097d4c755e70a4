"""
Read and write files of a node, without losing a byte and without readers seeing half a file.
"""

import contextlib
import os

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")  # configuration files of vzctl 4.11
ENCODING = {"encoding": "utf-8", "errors": "surrogateescape"}


def read_text(path):
    """The text of a file; bytes that are not UTF-8 survive a round trip."""
    with open(path, newline="", **ENCODING) as stream:
        return stream.read()


def write_text(path, text):
    """Write a file the way :func:`read_text` reads it."""
    with open(path, "w", newline="", **ENCODING) as stream:
        stream.write(text)


def read_json(path, default):
    """The content of a JSON file, or ``default`` if there is none."""
    import json

    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return json.load(stream)
    except FileNotFoundError:
        return default


def write_json(path, content):
    """Replace a JSON file in one step, so that a reader never sees half of it."""
    import json

    os.makedirs(os.path.dirname(path), exist_ok=True)
    scratch = f"{path}.{os.getpid()}"
    with open(scratch, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=1, sort_keys=True)
    os.replace(scratch, path)


def replace_text(path, text):
    """Replace a file in one step."""
    scratch = f"{path}.{os.getpid()}"
    write_text(scratch, text)
    os.replace(scratch, path)


@contextlib.contextmanager
def exclusive(path):
    """Keep other runs from changing a file of the node while it is read and written."""
    import fcntl

    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.lock", "w", encoding="ascii") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
