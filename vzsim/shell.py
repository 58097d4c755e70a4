"""
The shell that ``vzctl exec`` and ``runscript`` start inside a container.

A small interpreter: the container's private area is "/", nothing outside of it is read, written or
executed, and no program of the host ever runs. Messages are those of busybox 1.35, the shell of the
recorded runs of vzctl 4.11. The grammar is in :mod:`vzsim.shell_syntax`, expansions in
:mod:`vzsim.shell_words`, the commands in :mod:`vzsim.shell_tools` and :mod:`vzsim.shell_files`.

``run_line(root, "echo a; exit 3", b"", "web1")`` -> ``Result(rc=3, out=b"a\\n", err=b"", signal=None)``
"""

import copy
import os
from collections import namedtuple

from vzsim import shell_builtins, shell_commands, shell_streams, shell_words
from vzsim.shell_leaving import Exit, Jump, Killed
from vzsim.shell_streams import Sink, Source
from vzsim.shell_syntax import Parser, ShellSyntaxError

NAME = "/bin/sh"
ENVIRONMENT = {"HOME": "/", "PATH": shell_commands.PATH, "PWD": "/", "SHLVL": "1", "TERM": "linux"}
COMMANDS_AT_MOST = 300_000  # a loop without end ends here, as if somebody had killed it
SIGKILL = 9

NOT_STARTED = 4  # of exec3, which says nothing about it: the length of an error code that was read (read, not run)

Result = namedtuple("Result", "rc out err signal")


def run_line(root, line, stdin=b"", hostname="localhost"):
    """Run a text as ``sh -c`` would; ``stdin`` is bytes or an open binary file."""
    shell = Shell(root, hostname, stdin)
    return shell.result(shell.run_text, line)


def run_argv(root, argv, stdin=b"", hostname="localhost"):
    """Run one command by its argument vector, without a shell between (``exec3``)."""
    shell = Shell(root, hostname, stdin)
    if not shell.can_start(argv[0]):
        return Result(NOT_STARTED, b"", b"", None)
    return shell.result(shell.start, list(argv))


class Shell:
    """State of one shell: variables, directory, streams."""

    def __init__(self, root, hostname, stdin):
        self.root = root.rstrip("/")
        self.hostname = hostname
        self.cwd = "/"
        self.variables = dict(ENVIRONMENT)
        self.exported = set(ENVIRONMENT)
        self.functions = {}
        self.arguments = []
        self.options = set()
        self.status = 0
        self.condition = 0  # depth of if, while, &&, !: there errexit is silent
        self.loops = 0  # depth
        self.budget = [COMMANDS_AT_MOST]
        self.out, self.err = Sink(), Sink()
        self.streams = {0: Source(stdin), 1: self.out, 2: self.err}

    def result(self, function, argument):
        """Run, and say how it ended."""
        signal = None
        try:
            status = function(argument)
        except Exit as leave:
            status = leave.args[0]
        except Killed as killed:
            signal = killed.args[0]
            status = 128 + signal
        return Result(status & 255, bytes(self.out.content), bytes(self.err.content), signal)

    # text

    def run_text(self, text):
        """Line by line: what stands before a syntax error has been done."""
        parser = Parser(text)
        try:
            line = parser.next_line()
            while line is not None:
                self.status = self.run(line)
                line = parser.next_line()
        except (ShellSyntaxError, shell_words.ExpansionError) as problem:
            self.complain(str(problem))
            raise Exit(2) from None
        except Jump:
            pass
        return self.status

    def substitute(self, node):
        """``$(node)``: the output, the status is kept in ``$?``."""
        sink = Sink()
        self.status = self.subshell(node, {1: sink})
        return sink.content.decode("utf-8", "surrogateescape")

    def subshell(self, node, streams):
        """Run in a copy: what it does to variables is lost."""
        inner = copy.copy(self)
        inner.variables, inner.exported = dict(self.variables), set(self.exported)
        inner.functions, inner.options = dict(self.functions), set(self.options)
        inner.streams = {**self.streams, **streams}
        try:
            return inner.run(node)
        except Exit as leave:
            return leave.args[0]

    def parameter(self, name):
        """The value of ``$name``, ``None`` if it is not set."""
        if name in ("@", "*"):
            return " ".join(self.arguments)
        special = {"?": self.status, "$": os.getpid(), "#": len(self.arguments), "0": NAME, "!": "", "-": ""}
        if name in special:
            return str(special[name])
        if name.isdecimal():
            return self.arguments[int(name) - 1] if int(name) <= len(self.arguments) else None
        return self.variables.get(name)

    def complain(self, message):
        self.streams[2].write(f"{NAME}: {message}\n")

    # commands

    def run(self, node):
        """Carry out one node of the program; its status."""
        return getattr(self, f"_run_{node[0]}")(*node[1:])

    def _run_list(self, items):
        status = 0
        for place, (connector, node) in enumerate(items):
            if (connector == "&&" and status) or (connector == "||" and not status):
                continue
            tested = place + 1 < len(items) and items[place + 1][0] != ";"
            status = self._test(node) if tested else self.run(node)
            self.status = status
        return status

    def _test(self, node):
        """Run a condition: its failure does not end a shell with ``set -e``."""
        self.condition += 1
        try:
            return self.run(node)
        finally:
            self.condition -= 1

    def _run_pipe(self, commands, negate):
        if negate:
            return int(not self._test(("pipe", commands, False)))
        status = self.run(commands[0]) if len(commands) == 1 else self._run_pipeline(commands)
        if status and "e" in self.options and not self.condition and commands[-1][0] == "simple":
            raise Exit(status)
        return status

    def _run_pipeline(self, commands):
        source = self.streams[0]
        for command in commands[:-1]:
            sink = Sink()
            self.subshell(command, {0: source, 1: sink})
            source = Source(bytes(sink.content))
        return self.subshell(commands[-1], {0: source})

    def _run_redirected(self, node, redirections):
        return self._with(redirections, self.run, node)

    def _run_group(self, body):
        return self.run(body)

    def _run_subshell(self, body):
        return self.subshell(body, {})

    def _run_if(self, branches, otherwise):
        for condition, body in branches:
            if self._test(condition) == 0:
                return self.run(body)
        return self.run(otherwise) if otherwise else 0

    def _run_while(self, condition, body, until=False):
        status = 0
        while (self._test(condition) == 0) != until:
            status, left = self._round(body)
            if left:
                break
        return status

    def _run_until(self, condition, body):
        return self._run_while(condition, body, until=True)

    def _run_for(self, name, words, body):
        status = 0
        for value in self.arguments if words is None else shell_words.fields(self, words):
            self.variables[name] = value
            status, left = self._round(body)
            if left:
                break
        return status

    def _round(self, body):
        """One round of a loop: (status, was the loop left?)"""
        self.loops += 1
        try:
            return self.run(body), False
        except Jump as jump:
            kind, count = jump.args
            if kind == "return" or count > 1:
                raise Jump(kind, count - 1 if kind != "return" else count) from None
            return 0, kind == "break"
        finally:
            self.loops -= 1

    def _run_case(self, subject, cases):
        import fnmatch

        value = shell_words.text(self, subject)
        for patterns, body in cases:
            if any(fnmatch.fnmatchcase(value, shell_words.pattern(self, word)) for word in patterns):
                return self.run(body)
        return 0

    def _run_function(self, name, body):
        self.functions[name] = body
        return 0

    def _run_simple(self, assignments, words, redirections):
        self.budget[0] -= 1
        if self.budget[0] < 0:
            raise Killed(SIGKILL)
        argv = shell_words.fields(self, words)
        before = self.status
        values = {name: shell_words.text(self, value) for name, value in assignments}
        if argv == ["exec"]:
            return self._redirect_for_good(redirections)
        if argv:
            return self._with(redirections, self._call_with, argv, values)
        self.variables.update(values)
        status = self.status if any("command" in str(value) for _, value in assignments) else 0
        return self._with(redirections, int, status if before != self.status else 0)

    def _redirect_for_good(self, redirections):
        """``exec 2>&1``"""
        try:
            self.streams = self._redirected_streams(redirections, opened=[])
        except shell_streams.RedirectionError as problem:
            self.complain(str(problem))
            return 1
        return 0

    def _call_with(self, argv, values):
        """``A=1 command``: the assignment holds for this command."""
        if not values:
            return self.call(argv)
        variables, exported = dict(self.variables), set(self.exported)
        self.variables.update(values)
        self.exported.update(values)
        try:
            return self.call(argv)
        finally:
            self.variables, self.exported = variables, exported

    # redirections

    def _with(self, redirections, function, *arguments):
        """Call a function while the streams are elsewhere."""
        before, opened = dict(self.streams), []
        try:
            self.streams = self._redirected_streams(redirections, opened)
            return function(*arguments)
        except shell_streams.RedirectionError as problem:
            self.streams = before
            self.complain(str(problem))
            return 1
        finally:
            self.streams = before
            for file in opened:
                file.close()

    def _redirected_streams(self, redirections, opened):
        streams = dict(self.streams)
        for operator, number, target in redirections:
            text = shell_words.text(self, target)
            streams[number] = shell_streams.redirected(self, operator, text, streams, opened)
        return streams

    # finding and calling a command

    def call(self, argv):
        """Run a command by its words; its status."""
        name = argv[0]
        if name in self.functions:
            return self._call_function(argv)
        if name in shell_builtins.COMMANDS:
            return self._call_tool(shell_builtins.COMMANDS[name], argv)
        return self.start(argv)

    def start(self, argv):
        """Run a command that is a file, as ``execvp`` would find it."""
        name = argv[0]
        try:
            place = self.find(name)
        except OSError as problem:
            self.complain(f"{name}: {problem.strerror}")
            return 126
        if place is None:
            self.complain(f"{name}: not found")
            return 127
        return self._execute(place, argv)

    def can_start(self, name):
        """Whether there is a file or a tool of that name that may be run."""
        try:
            return self.find(name) is not None
        except OSError:
            return False

    def _call_function(self, argv):
        arguments, self.arguments = self.arguments, argv[1:]
        try:
            return self.run(self.functions[argv[0]])
        except Jump as jump:
            return jump.args[1]
        finally:
            self.arguments = arguments

    def find(self, name):
        """The file of a command, or its bare name if a tool of this shell stands for it."""
        return shell_commands.find(self, name)

    def _execute(self, place, argv):
        """A script is interpreted; a file that only stands for a tool is that tool."""
        text = ""
        if place.startswith("/"):
            with open(place, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read()
        tool = shell_commands.tool_of(os.path.basename(argv[0]))
        if tool and not text.startswith("#!"):
            return self._call_tool(tool, argv)
        if "\0" in text:
            self.complain(f"{argv[0]}: Exec format error")
            return 126
        script = ("script", text, argv[1:])
        return self.subshell(script, {})

    def _call_tool(self, tool, argv):
        try:
            return tool(self, argv)
        except (IndexError, ValueError, OSError) as problem:  # words that a tool has no use for
            self.streams[2].write(f"{argv[0]}: {getattr(problem, 'strerror', None) or 'invalid argument'}\n")
            return 1

    def _run_script(self, text, arguments):
        self.arguments = arguments
        return self.run_text(text)
