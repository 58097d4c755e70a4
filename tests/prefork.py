"""
Runs the simulated vzctl and vzlist as forks of one process that has loaded them, since starting Python takes longer.

Each is a process as before: it can be killed, locks by its own id, reads its own standard input. While `Server.patched`
holds, ``subprocess.Popen`` starts every program that `vzsim init` has installed in this way, and all others as always.
"""

import contextlib
import gc
import inspect
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BACKLOG = 64
LONGEST = 100_000  # bytes of a request: what a socket takes at once
FORKED = ("vzctl", "vzlist", "vzmigrate", "vzmlocal", "ssh", "scp", "rsync")


class Server:
    """The process that forks; it ends with the one that made it."""

    def __init__(self):
        self.place = tempfile.TemporaryDirectory(prefix="pf")  # a socket's path has at most some 100 bytes
        self.path = os.path.join(self.place.name, "s")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(self.path)
        listener.listen(BACKLOG)
        with listener:
            self.process = subprocess.Popen(
                [sys.executable, "-IS", os.path.abspath(__file__), str(listener.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.place.cleanup()

    @contextlib.contextmanager
    def patched(self):
        """Start simulated programs here."""
        kind = type("Popen", (Popen,), {"server": self.path})
        with mock.patch.object(subprocess, "Popen", kind):
            yield


class Popen(subprocess.Popen):
    """A program that the server has forked, or any other."""

    server = None
    _connection = None

    def _execute_child(self, *given):
        said = inspect.signature(super()._execute_child).bind(*given).arguments
        program = _installed(said["args"])
        if not program or any(said[name] for name in ("shell", "executable", "preexec_fn", "pass_fds")):
            return super()._execute_child(*given)
        argv, env = [os.fsdecode(word) for word in said["args"]], os.environ if said["env"] is None else said["env"]
        request = {"program": program, "argv": argv, "env": dict(env), "parent": os.getpid()}
        request |= {"cwd": os.path.abspath(said["cwd"] or "."), "umask": said["umask"]}
        text = json.dumps(request | {"session": said["start_new_session"]}).encode()
        if len(text) > LONGEST:
            return super()._execute_child(*given)
        sys.audit("subprocess.Popen", argv[0], argv, None, said["env"])
        pipes = [said[name] for name in ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")]
        streams = [pipe if pipe != -1 else at for at, pipe in enumerate((pipes[0], pipes[3], pipes[5]))]
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._connection.connect(self.server)
            socket.send_fds(self._connection, [text], streams)
            self.pid = int(self._connection.recv(16))
        except (OSError, ValueError):
            self._connection.close()
            raise
        finally:
            self._close_pipe_fds(*pipes)
        self._child_created = True
        return None

    def poll(self):
        return self._internal_poll()

    def _internal_poll(self, *given, **named):
        if not self._connection:
            return super()._internal_poll(*given, **named)
        self._hear(0)
        return self.returncode

    def wait(self, timeout=None):
        if not self._connection:
            return super().wait(timeout)
        self._hear(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return self.returncode

    def _hear(self, timeout):
        """The exit status, where it comes within so many seconds."""
        with self._waitpid_lock:
            if self.returncode is None and select.select([self._connection], [], [], timeout)[0]:
                self.returncode = int(self._connection.recv(16))
                self._connection.close()


def _installed(argv):
    """The name of a simulated program, if `vzsim init` or `interrupting` has put it where this command line points."""
    if isinstance(argv, (str, bytes)) or not all(map(_is_word, argv)):
        return None
    path = os.fsdecode(argv[0])
    program = os.path.basename(path)
    if program not in FORKED or not os.access(path, os.X_OK):
        return None
    import interrupting

    from vzsim import programs

    text = programs.head(sys.executable) + programs.TEMPLATE.format(package=ROOT, program=program, where="__file__")
    with open(path, encoding="utf-8", errors="replace") as stream:
        said = stream.read()
    directory = os.path.dirname(os.path.dirname(path))
    return program if said == text or (program == "vzctl" and said == interrupting.vzctl(directory)) else None


def _is_word(word):
    """Whether a program can be given that; what it cannot is left to the true Popen to complain of."""
    try:
        return isinstance(word, (str, bytes)) and b"\0" not in os.fsencode(word)
    except UnicodeEncodeError:
        return False


def serve(listener):
    """Fork for each request and tell how it ended, until nobody holds the other end of standard input."""
    running = {}  # process id -> the connection that waits for its end
    woken, wake = os.pipe()
    for end in (woken, wake):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([0, listener, woken], [], [])
        if listener in ready:
            connection = listener.accept()[0]
            running |= _begin(connection, [*running.values(), listener])
        if woken in ready:
            os.read(woken, 4096)
            _reap(running)
        if 0 in ready:
            return


def _begin(connection, others):
    request, descriptors = b"", []
    with contextlib.suppress(OSError):
        request, descriptors, _, _ = socket.recv_fds(connection, LONGEST, 3)
    if not request:
        connection.close()
        return {}
    child = os.fork()
    if not child:
        _become(json.loads(request), connection, descriptors)
    for one in descriptors:
        os.close(one)
    return {child: connection}


def _become(request, connection, descriptors):
    """In the child: be the program."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if request["session"]:
            os.setsid()
        with contextlib.suppress(OSError):  # who asked may have been killed meanwhile: a program goes on then
            connection.send(str(os.getpid()).encode())
        for at, descriptor in enumerate([os.dup(one) for one in descriptors]):
            os.dup2(descriptor, at)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        os.chdir(request["cwd"])
        if request["umask"] >= 0:
            os.umask(request["umask"])
        os.environ.clear()
        os.environ.update(request["env"])
        import interrupting

        from vzsim import programs
        from vzsim.fleet import processes

        directory = os.path.dirname(os.path.dirname(os.path.realpath(request["argv"][0])))
        processes.retitle(request["argv"], keeps_environment=False)
        if request["program"] == "vzctl":
            interrupting.arm_vzctl(directory, request["argv"][1:], request["parent"])
        code = programs.main(request["program"], directory, request["argv"][1:])
    except BaseException:
        import traceback

        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def _reap(running):
    while running:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        connection = running.pop(child)
        with contextlib.suppress(OSError):
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())
        connection.close()


def load():
    """All of vzsim, as far as a run may import it, and what kills runs."""
    import importlib
    import pkgutil

    sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), ROOT]
    importlib.import_module("interrupting")

    for module in pkgutil.walk_packages([os.path.join(ROOT, "vzsim")], "vzsim."):
        importlib.import_module(module.name)


if __name__ == "__main__":
    load()
    gc.freeze()  # forks share its pages
    serve(socket.socket(fileno=int(sys.argv[1])))
