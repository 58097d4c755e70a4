"""
A template from elsewhere into the cache of vzctl 4: looked at first, and under its name only when all of it is there.
"""

import bz2
import contextlib
import gzip
import lzma
import os
import re
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping

from ... import errors
from ...errors import RefusedError, kind_of, public

SUFFIXES = (".tar.gz", ".tar.bz2", ".tar.xz", ".tar")  # what vzctl 4.11 looks for, as recorded
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*", re.ASCII)
_KEYS = {"source", "source_hash"}
_READERS = {".tar.gz": gzip.open, ".tar.bz2": bz2.open, ".tar.xz": lzma.open}  # each checks its checksums
_DAMAGED = (tarfile.TarError, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
_PIECE = 1 << 20  # bytes


class Source:
    """Where one template comes from; `shown` is that without a password."""

    def __init__(self, name, source, source_hash=None):
        if not _NAME.fullmatch(str(name)):
            raise errors.ArgumentError(f"{errors.shown(str(name))!r} cannot be the name of a template")
        self.name, self.source, self.source_hash = str(name), str(source), source_hash
        self.shown = public(self.source)
        path = re.sub(r"[?#].*", "", self.source)
        self.suffix = next((end for end in SUFFIXES if path.endswith(end)), None)
        if self.suffix is None:
            known = ", ".join(SUFFIXES)
            raise errors.ArgumentError(f"{self.shown} cannot be a template: its name must end in one of {known}")
        if not source_hash and not self.source.startswith("salt://"):
            raise errors.ArgumentError(f"source_hash is missing for {self.shown}; write sha256=... beside it")


def sources(setting):
    """Name -> `Source`, of the setting ``templates``; ConfigurationError for one that cannot be used."""
    found = {}
    for name, value in setting.items():
        value = {"source": value} if isinstance(value, str) else value
        if not isinstance(value, Mapping) or not value.get("source") or set(value) - _KEYS:
            had = "other keys" if isinstance(value, Mapping) else kind_of(value)
            raise errors.ConfigurationError(
                f"openvz:templates:{name} needs source, and source_hash for a URL; it has {had}"
            )
        try:
            found[str(name)] = Source(name, value["source"], value.get("source_hash"))
        except errors.ArgumentError as err:
            raise errors.ConfigurationError(f"openvz:templates:{name}: {err}") from None
    return found


def refuse(node):
    """RefusedError where templates are not files that can be put there."""
    if not node.flavour.places.NUMBERS:
        raise RefusedError(
            "templates of vzctl 7 to 9 are made by vzpkg and cannot be fetched as a file: install the package of the "
            "template, then vzpkg create cache NAME"
        )


def install(node, source, path):
    """Put a file that was fetched to `path` into the cache as `source.name`; RefusedError where that cannot be."""
    place = os.path.join(node.vz_conf["TEMPLATE"], "cache")
    _look_at(path, source)
    needed, free = os.path.getsize(path), shutil.disk_usage(place).free
    if needed > free:
        raise RefusedError(
            f"template {source.name} needs {needed >> 20} MiB in {place}, and {free >> 20} MiB are free there"
        )
    number, made = tempfile.mkstemp(dir=place, prefix=f".{source.name}.")
    try:
        with open(number, "wb") as target, open(path, "rb") as fetched:
            shutil.copyfileobj(fetched, target)
            os.fchmod(target.fileno(), 0o644)
            target.flush()
            os.fsync(target.fileno())
        os.replace(made, os.path.join(place, source.name + source.suffix))
    except OSError as err:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise RefusedError(f"template {source.name} cannot be written to {place}: {err.strerror}") from None


def _look_at(path, source):
    """All of it can be read as an archive, and none of its files leads out of the container."""
    opened = _READERS.get(source.suffix, open)
    try:
        with opened(path, "rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                for name in (member.name, member.linkname if member.islnk() else ""):
                    if name.startswith("/") or ".." in name.split("/"):
                        shown = errors.shown(name)
                        raise RefusedError(f"{source.shown} is not used: it contains the path {shown}")
            _read_rest(stream)
    except _DAMAGED:
        raise RefusedError(f"{source.shown} is damaged, or not an archive of the kind that its name says") from None


def _read_rest(stream):
    """Behind its end mark an archive has zeros; what is compressed has its checksum behind these."""
    while piece := stream.read(_PIECE):
        if piece.strip(b"\0"):
            raise ValueError
