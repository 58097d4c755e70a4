"""
Programs inside a container, run by ``bwrap`` (Debian package bubblewrap).

The private area is ``/``. A private area without programs is lent the node's ``/usr``, ``/bin`` and ``/lib``,
read-only, and busybox as ``/bin/sh``. Each call has its own process, network, host name and user namespaces; calls
share only files, and everything a call started ends with it. A ``vzctl`` that is killed alone leaves its call running.

``busybox time`` starts each program: unlike bwrap, it tells exit status 137 from signal 9.
"""

import _signal  # signal takes longer to load than `vzctl stop` takes
import contextlib
import errno
import os
import sys
from collections import namedtuple

from vzsim.files import SAMPLES, read_text, write_text

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ENVIRONMENT = {"HOME": "/", "TERM": "linux", "PATH": PATH}
SHELLS = ("/bin/bash", "/bin/sh")  # in vzctl's order; it knows each by its path
NAMESPACES = ("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-ipc")
# Without CAP_SYS_ADMIN nobody inside can make /usr or /proc writable again.
RIGHTS = ("--uid", "0", "--gid", "0", "--cap-add", "ALL", "--cap-drop", "CAP_SYS_ADMIN")
# What root of the node could write to in /proc without a capability is read-only.
DEVICES = ("--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev")
HELPER = "/dev/.vzsim/busybox"
LINKS_AT_MOST = 40
IDS = 65536  # users and groups of a container
HOSTNAME_LIMIT = 64  # bytes: the kernel takes no more

SYSTEM = ("bin", "sbin", "usr/bin", "usr/sbin")
LENT = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "etc/alternatives", "etc/ld.so.cache", "etc/pam.d")
MINIMAL_ETC = os.path.join(SAMPLES, "etc")

PACKAGES = {"bwrap": "bubblewrap", "busybox": "busybox-static"}  # of Debian
LOADERS = b"ld-linux", b"ld-musl"  # a busybox that needs one cannot run in a container that has none

SIGKILL = _signal.SIGKILL
WATCH = 1.0  # seconds between two looks whether the node is still there

Ended = namedtuple("Ended", "rc signal")


class UnavailableError(Exception):
    """Nothing can run inside; the text names what is missing on this machine."""


class NotStartedError(Exception):
    """The container has no such program."""


class Guest:
    """The inside of a container, running or not: ``Guest(run, "web1").shell("echo hello")``"""

    def __init__(self, run, hostname):
        self.run = run
        self.area = run.content
        self.hostname = os.fsencode(hostname)[:HOSTNAME_LIMIT]
        self.is_lent = not _has_programs(self.area)
        self.lent = list(_lent(self.area)) if self.is_lent else []

    def shell(self, line=None, stdin=None, out=1, err=2):
        """Run a line, or a script from standard input: `stdin` if given, else vzctl's own."""
        options = [] if line is None else ["-c", line]
        for path in SHELLS[1:] if self.is_lent else SHELLS:
            if self.is_lent or self._find(path):
                return self._start([path, *options], stdin, out, err)
        raise NotStartedError

    def execute(self, argv):
        """Run a program by its argument vector."""
        place = self.find(argv[0])
        if not place:
            raise NotStartedError
        return self._start([place, *argv[1:]], None, 1, 2)

    def find(self, name):
        """``"cat"`` -> ``"/bin/cat"``, as ``execvp`` finds it; ``None`` if it is not there or cannot be executed."""
        paths = [name] if "/" in name else [f"{directory}/{name}" for directory in PATH.split(":")]
        return next((path for path in paths if self._find(path)), None)

    def _find(self, path):
        try:
            place = resolve(self.area, path)
        except OSError:  # links without end
            return False
        inside = self._inside(place)
        if any(inside.startswith(f"/{lent}/") for lent in self.lent):
            place = inside
        return os.path.isfile(place) and os.access(place, os.X_OK)

    def _inside(self, place):
        """``/srv/n1/vz/private/101/bin/sh`` -> ``/bin/sh``"""
        return place[len(self.area) :]

    # bubblewrap

    def _start(self, argv, stdin, out, err):
        """Run a program of the container until its end; it ignores SIGPIPE, as with vzctl (read, not run)."""
        if any(os.path.islink(f"{self.area}/{name}") for name in ("dev", "proc")):
            raise NotStartedError  # a mount there would follow the link
        bwrap, busybox = _tool("bwrap"), _tool("busybox")
        code, status = _in_worker(lambda: self._work(bwrap, busybox, argv, (stdin, out, err)))
        return Ended(0, -code) if code < 0 else _ended(status)

    def _work(self, bwrap, busybox, argv, streams):
        """Run bwrap until its end; its exit code, and what busybox says of the program's."""
        users = _Users()
        arguments = self._arguments(busybox) + users.arguments
        with _memory(arguments) as options, _memory(b"") as status, _standard_input(streams[0]) as source:
            command = ["init", "--args", str(options), "--"]
            command += [HELPER, "time", "-o", f"/proc/self/fd/{status}", "-f", "%x", *argv]
            pid = os.posix_spawn(
                self._init(bwrap),
                [os.fsencode(word) for word in command],
                ENVIRONMENT,
                file_actions=_streams((source, *streams[1:]), (options, status, *users.inherited)),
            )
            with _noted(self.run.node, self.run.ctid, pid):
                users.map()
                return _awaited(pid, self.run.node.directory), os.pread(status, 200, 0)

    def _arguments(self, busybox):
        """bwrap's options, for `--args`, so that nobody inside sees the node's paths."""
        words = [*NAMESPACES, *RIGHTS, "--die-with-parent", "--new-session", "--hostname", self.hostname]
        words += ["--bind", self.area, "/"]
        for path in self.lent:
            words += ["--ro-bind", f"/{path}", f"/{path}"]
        if self.is_lent and _is_blank(f"{self.area}/etc"):
            words += ["--ro-bind", MINIMAL_ETC, "/etc"]
        for path in ["/bin/sh"] if self.is_lent else _stand_ins(self.area):
            words += ["--ro-bind", busybox, self._inside(resolve(self.area, path))]
        for path, size in self.run.node.kernel.get("small_disks", {}).items():
            words += ["--size", str(size), "--tmpfs", path]
        words += [*DEVICES, "--ro-bind", busybox, HELPER, "--chdir", "/"]
        return b"".join(os.fsencode(word) + b"\0" for word in words)

    def _init(self, bwrap):
        """bwrap by the name that process 1 of a container has."""
        link = self.run.node.path("/proc/vz/init")
        if not os.path.islink(link) or os.readlink(link) != bwrap:
            os.symlink(bwrap, f"{link}.{os.getpid()}")
            os.replace(f"{link}.{os.getpid()}", link)
        return link


def _in_worker(work):
    """
    The code and the bytes that `work` returns, done by a process of its own.

    As vzctl does it, that one stays when vzctl alone is killed, and is in the same process group (read, not run).
    """
    with _memory(b"") as told:
        worker = os.fork()
        if not worker:
            try:
                os.pwrite(told, b"%d %b" % work(), 0)
            except BaseException:
                sys.excepthook(*sys.exc_info())
            finally:
                os._exit(0)
        os.waitpid(worker, 0)
        code, _, said = os.pread(told, 300, 0).partition(b" ")
        return int(code or -SIGKILL), said


def _awaited(pid, directory):
    """The exit code of bwrap, negative for a signal; it is killed when the node is removed."""
    _signal.signal(_signal.SIGALRM, lambda *_: os.path.isdir(directory) or os.kill(pid, SIGKILL))
    _signal.setitimer(_signal.ITIMER_REAL, WATCH, WATCH)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class _Users:
    """
    The users of the container: all of the node's if root runs vzctl; otherwise only root, who is that user.

    bwrap reports its child's process id and waits until that process has its map of users.
    """

    def __init__(self):
        self.arguments, self.inherited, self._own = b"", (), ()
        if os.geteuid() == 0 and all(_has_all_ids(kind) for kind in ("uid", "gid")):
            told, tell = os.pipe()
            awaited, release = os.pipe()
            self.inherited, self._own = (tell, awaited), (told, release)
            for number in self.inherited:
                os.set_inheritable(number, True)
            self.arguments = f"--info-fd\0{tell}\0--userns-block-fd\0{awaited}\0".encode()

    def map(self):
        """Let bwrap go on."""
        for number in self.inherited:
            os.close(number)
        if not self._own:
            return
        told, release = self._own
        with contextlib.suppress(OSError):  # bwrap has failed, or been killed
            child = _child_pid(told)
            for kind in ("uid", "gid"):
                write_text(f"/proc/{child}/{kind}_map", f"0 0 {IDS}\n")
            os.write(release, b"1")
        os.close(told)
        os.close(release)


def _has_all_ids(kind):
    with open(f"/proc/self/{kind}_map", encoding="ascii") as file:
        first, _, count = file.readline().split()
    return first == "0" and int(count) >= IDS


def _child_pid(told):
    """``{"child-pid": 123, ...}`` -> ``"123"``; ``""`` if bwrap ends before."""
    text, part = "", b"{"
    while part and "}" not in text:
        part = os.read(told, 4096)
        text += part.decode("ascii")
    return text.partition('"child-pid":')[2].partition("\n")[0].strip(" ,")


def resolve(area, path):
    """The place of a path of the container; links are followed as inside, and none leads out of the private area."""
    pending, done, links = _parts(path), [], 0
    while pending:
        part = pending.pop(0)
        if part == "..":
            done = done[:-1]
            continue
        place = "/".join([area, *done, part])
        if not os.path.islink(place):
            done.append(part)
            continue
        links += 1
        if links > LINKS_AT_MOST:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(place)
        done = [] if target.startswith("/") else done
        pending = _parts(target) + pending
    return "/".join([area, *done])


def _parts(path):
    return [part for part in path.split("/") if part not in ("", ".")]


def _has_programs(area):
    """An empty ``sh`` or ``init`` only stands for one."""
    for directory in SYSTEM:
        with contextlib.suppress(OSError), os.scandir(resolve(area, directory)) as entries:
            if any(entry.name not in ("sh", "init") or entry.stat(follow_symlinks=False).st_size for entry in entries):
                return True
    return False


def _lent(area, paths=LENT):
    """The node's directories that a private area lacks: ``usr``, or the missing ones in ``usr``."""
    for path in paths:
        parent = os.path.dirname(path)
        if not os.path.exists(f"/{path}") or os.path.islink(f"{area}/{parent}") or os.path.islink(f"{area}/{path}"):
            continue
        if parent == "etc" and _is_blank(f"{area}/etc"):
            continue
        if _is_blank(f"{area}/{path}"):
            yield path
        elif path == "usr":
            yield from _lent(area, [f"usr/{name}" for name in sorted(os.listdir("/usr"))])


def _is_blank(place):
    """Whether a path is missing, an empty file, or a directory of empty files."""
    if not os.path.isdir(place):
        return not os.path.lexists(place) or os.path.getsize(place) == 0
    with os.scandir(place) as entries:
        return all(entry.is_file(follow_symlinks=False) and not entry.stat().st_size for entry in entries)


def _stand_ins(area):
    """Empty files that stand for busybox in the records' template."""
    places = {path: resolve(area, path) for path in ("/bin/busybox", "/bin/sh")}
    return [path for path, place in places.items() if os.path.isfile(place) and _is_blank(place)]


def _tool(name):
    for directory in os.environ.get("PATH", os.defpath).split(":"):
        place = f"{directory}/{name}"
        if os.path.isfile(place) and os.access(place, os.X_OK):
            break
    else:
        raise UnavailableError(_missing(name))
    if name == "busybox":
        with open(place, "rb") as file:
            start = file.read(4096)
        if any(loader in start for loader in LOADERS):
            raise UnavailableError(_missing("a static busybox"))
    return os.path.realpath(place)


def _missing(name):
    package = PACKAGES[name.split()[-1]]
    return f"vzsim runs programs in a container with {name}, which is not installed: apt-get install {package}"


@contextlib.contextmanager
def _memory(content):
    """A file in memory that a child inherits; yields its number."""
    number = os.memfd_create("vzsim", 0)
    try:
        os.write(number, content)
        os.lseek(number, 0, os.SEEK_SET)
        yield number
    finally:
        os.close(number)


@contextlib.contextmanager
def _standard_input(text):
    """The number of a file with that text, or our own standard input if open."""
    if text is not None:
        with _memory(os.fsencode(text)) as number:
            yield number
        return
    number = os.open(os.devnull, os.O_RDONLY)
    try:
        yield 0 if _is_open(0) else number
    finally:
        os.close(number)


def _is_open(number):
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _streams(numbers, kept):
    """Spawn actions: three streams and `kept`, everything else closed."""
    actions = [(os.POSIX_SPAWN_DUP2, number, at) for at, number in enumerate(numbers) if number != at]
    others = {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2, *kept}
    return actions + [(os.POSIX_SPAWN_CLOSE, number) for number in others]


def _ended(status):
    """``b"Command exited with non-zero status 3\\n3\\n"`` -> ``Ended(3, None)``, and so for a signal."""
    lines = status.decode("ascii").split("\n")
    if len(lines) < 2:
        raise UnavailableError(
            "bwrap could not enter the container: are user namespaces off on this machine? (package bubblewrap)"
        )
    *_, signals = lines[0].rpartition("terminated by signal ")
    return Ended(0, int(signals)) if "signal" in lines[0] else Ended(int(lines[-2]), None)


@contextlib.contextmanager
def _noted(node, ctid, pid):
    """Record the process of a running program, for whoever stops the container."""
    folder = _folder(node)
    os.makedirs(folder, exist_ok=True)
    place = f"{folder}/{ctid}.{pid}"
    write_text(place, _began(pid))
    try:
        yield
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(place)


def end(node, ctid):
    """Kill everything that runs in a container; each bwrap takes its namespace with it."""
    folder = _folder(node)
    names = os.listdir(folder) if os.path.isdir(folder) else []
    for name in names:
        owner, _, pid = name.partition(".")
        if owner == str(ctid):
            with contextlib.suppress(OSError):
                if read_text(f"{folder}/{name}") == _began(pid):
                    os.kill(int(pid), SIGKILL)
                os.unlink(f"{folder}/{name}")


def _folder(node):
    return node.path("/proc/vz/guests")


def _began(pid):
    """When a process began, in ticks since boot: with its id, this identifies a process."""
    with contextlib.suppress(OSError):
        return read_text(f"/proc/{pid}/stat").rpartition(")")[2].split()[19]
    return ""
