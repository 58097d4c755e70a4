"""
What is carried into a container: the node's Salt as a thin, the files that states name, and custom modules.

Loaded by ``_openvz_inside.py``.
"""

import contextlib
import fcntl
import hashlib
import io
import json
import os
import re
import shutil
import sys
import tarfile
import tempfile
import time

import salt.utils.thin
import salt.utils.url
import salt.version

vzdomain = globals()["vzdomain"]
InsideError = vzdomain.errors.InsideError

KINDS = "modules states grains renderers returners output utils serializers matchers".split()
MOST = 256 << 20  # bytes of files for one run
_OURS = re.compile(r"_\w+/_?openvz|_utils/vzdomain/|_resources/")
_SOURCE = re.compile(r"\.(pyx?|so)$")
_IMPORTS = re.compile(r"""\{%[-+]?\s*(?:from|import|include|extends)\s+(["'])(.+?)\1""")
_TEMPLATE = 1 << 20  # a longer one is not searched for what it imports
_MAKING = """
import inspect, json, os, sys
os.umask(0o077)
sys.path[:] = json.loads(sys.argv.pop())
import salt.utils.thin
make, (place, extra, so) = salt.utils.thin.gen_thin, sys.argv[1:]
more = {"exclude_saltexts": True} if "exclude_saltexts" in inspect.signature(make).parameters else {}
make(place, extra_mods=extra, so_mods=so, **more)
"""
_LONGEST = 600  # seconds that making a thin may take
_UNUSED = 30 * 86400  # seconds after which a thin of another Salt is removed


def thin(place, extra="", so=""):
    """
    The path and sha256 of the thin of this Salt, made if there is none yet: once, and for nobody else to read.

    In a process of its own: Salt changes the working directory for it, which other jobs may share.
    """
    version = f"{salt.version.__version__}-{sys.version_info[0]}.{sys.version_info[1]}"
    words = hashlib.sha256(json.dumps([extra, so]).encode()).hexdigest()[:8]
    home = os.path.join(place, "thin", f"{version}-{words}")
    path, noted = os.path.join(home, "thin", "thin.tgz"), os.path.join(home, "digest.json")
    found = _digest(path, noted)
    if found is None:
        os.makedirs(home, 0o700, exist_ok=True)
        with _locked(os.path.join(place, "thin", "lock")):
            found = _digest(path, noted)
            if found is None:
                _make(home, extra, so)
                _forget_others(home)
                found = _note(path, noted)
    return path, found


def _make(home, extra, so):
    path = json.dumps([name for name in sys.path if name])
    try:
        code, _, said = vzdomain.host.process.run([sys.executable, "-c", _MAKING, home, extra, so, path], _LONGEST)
        why = said.decode(errors="replace").strip().rpartition("\n")[2] if code else ""
    except (OSError, vzdomain.host.process.TooMuchError) as err:
        why = str(err) or f"it took more than {_LONGEST} seconds"
    if why or not os.path.exists(os.path.join(home, "thin", "thin.tgz")):
        raise InsideError(
            f"the thin that is sent into containers cannot be made in {home}: {vzdomain.errors.shown(why)}"
        )


def _digest(path, noted):
    """What was noted of the file, if it still is that file."""
    try:
        said = os.stat(path)
        with open(noted, encoding="utf-8") as stream:
            note = json.load(stream)
        return note["sha256"] if note["file"] == [said.st_size, said.st_mtime_ns] else None
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _note(path, noted):
    os.chmod(path, 0o600)
    said, digest = os.stat(path), hashlib.sha256()
    with open(path, "rb") as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    write(noted, {"sha256": digest.hexdigest(), "file": [said.st_size, said.st_mtime_ns]})
    return digest.hexdigest()


def _forget_others(home):
    parent = os.path.dirname(home)
    for name in os.listdir(parent):
        other = os.path.join(parent, name)
        if other != home and os.path.isdir(other) and time.time() - os.stat(other).st_mtime > _UNUSED:
            shutil.rmtree(other, ignore_errors=True)


def write(path, data):
    """A file of JSON, whole or not at all, that nobody else can read."""
    os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
    number, made = tempfile.mkstemp(dir=os.path.dirname(path))
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            json.dump(data, stream)
        os.replace(made, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(made)
        raise


@contextlib.contextmanager
def _locked(path):
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


class Cargo:
    """The files of one run, by their names in the archive; `payload` is the archive, ``None`` if there are none."""

    def __init__(self, client):
        self._client, self._files, self._lists, self._size = client, {}, {}, 0
        self._is_keeping = False

    def custom(self, envs):
        """The custom modules of these environments, those of the last before others; not ours, which need a node."""
        for env in envs:
            for name in self._client.file_list(env, prefix="_"):
                kind, _, rest = name[1:].partition("/")
                if kind in KINDS and rest and _SOURCE.search(name) and not _OURS.match(name):
                    self._take(name, env, f"ext/{kind}/{rest}")

    def referred(self, chunks, extra=()):
        """What states name by ``salt://``, and what their templates import."""
        self._is_keeping = any("keep" in (one.get("mode"), one.get("file_mode")) for one in chunks)
        envs = {"base"}
        for chunk in chunks:
            env = str(chunk.get("__env__") or "base")
            envs.add(env)
            for url in _urls({key: one for key, one in chunk.items() if not key.startswith("__")}):
                self._refer(url, env, bool(chunk.get("template")))
        for url in extra:
            for env in envs:
                self._refer(url, env, True)

    def _refer(self, url, env, is_template):
        path, other = salt.utils.url.parse(url.partition("?saltenv=")[0])
        env = url.partition("?saltenv=")[2] or other or env
        path = path.strip("/")
        if not path or self._take(path, env, f"roots/{env}/{path}", is_template):
            return  # asked for by its name: lists are some seconds old
        for name in sorted(self._names(env)):
            if name.startswith(f"{path}/"):
                self._take(name, env, f"roots/{env}/{name}", is_template)
        for name in self._client.file_list_emptydirs(env, prefix=path):
            self._files.setdefault(f"roots/{env}/{name.strip('/')}", (None, 0o755))

    def _names(self, env):
        if env not in self._lists:
            self._lists[env] = set(self._client.file_list(env))
        return self._lists[env]

    def _take(self, name, env, into, is_template=False):
        """Whether there is that file."""
        if into in self._files:
            return True
        path = self._client.cache_file(salt.utils.url.create(name), env)
        if not path or not os.path.isfile(path):
            return False
        said = os.stat(path)
        self._size += said.st_size
        if self._size > MOST:
            raise InsideError(
                f"the states name more than {MOST >> 20} MiB of files by salt://, which is the most that is sent into "
                "a container at once; let it get large ones by http://"
            )
        self._files[into] = (path, self._mode(name, env, said))
        if is_template and said.st_size <= _TEMPLATE:
            self._imported(path, name, env)
        return True

    def _mode(self, name, env, said):
        """That of the file on the master, where a state asks for it."""
        if self._is_keeping:
            with contextlib.suppress(Exception):
                kept = self._client.hash_and_stat_file(salt.utils.url.create(name), env)[1]
                return kept[0] & 0o777
        return said.st_mode & 0o777

    def _imported(self, path, name, env):
        with open(path, encoding="utf-8", errors="replace") as stream:
            text = stream.read()
        for _, other in _IMPORTS.findall(text):
            if other.startswith("."):
                other = os.path.normpath(os.path.join(os.path.dirname(name), other))
            self._refer(f"salt://{other}", env, True)

    @property
    def payload(self):
        if not self._files:
            return None
        kept = io.BytesIO()
        with tarfile.open(fileobj=kept, mode="w:gz", compresslevel=1) as archive:
            for name, (path, mode) in self._files.items():
                member = tarfile.TarInfo(name)
                member.mode = mode
                if path is None:
                    member.type = tarfile.DIRTYPE
                    archive.addfile(member)
                    continue
                with open(path, "rb") as stream:
                    member.size, member.mtime = (
                        os.fstat(stream.fileno()).st_size,
                        int(os.fstat(stream.fileno()).st_mtime),
                    )
                    archive.addfile(member, stream)
        return kept.getvalue()


def _urls(value):
    if isinstance(value, str):
        return [value] if value.startswith("salt://") else []
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return []
    return [url for one in value for url in _urls(one)]
