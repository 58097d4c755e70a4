"""
vzmigrate reads vz.conf and the container's configuration as code of the shell: it runs what is in there, as root.

A real shell does it here as well, so that quotes, blanks, brackets and ``$(...)`` mean what they mean there. What the
files assign to variables of the script changes the rest of its run.
"""

import os

from vzsim.fleet import processes

SCRIPT = "/usr/sbin/vzmigrate"  # as the shell names it in its messages
# Variables of the script, and of the files, that its later steps look at.
NAMES = (
    "host", "VEID", "vpsconf", "confdir", "tmpdir", "SSH", "SCP", "RSYNC", "VZCTL", "VZCTL_L", "LOCKDIR", "DUMPDIR",
    "VE_ROOT", "VE_PRIVATE", "DISK_QUOTA", "IP_ADDRESS", "PLOOP", "online", "verbose", "remove_area", "keep_dst",
    "times", "compact", "snapshot", "check_only", "ignore_cpu", "ignore_ipv6", "debug", "exist", "state", "mounted",
    "suspended", "DUMP_FILE", "act_scripts", "suspend_opts", "CPU_CAPS", "RSYNC1_OPTIONS",
)  # fmt: skip
OUTPUT = 9  # the descriptor for values; a shell may know those of one digit only
END = "vzsim-end"


class Died(Exception):
    """The file ended the shell, and so the script; with its exit status."""

    def __init__(self, rc):
        super().__init__(rc)
        self.rc = rc


def source(node, path, variables):
    """Run a file in a shell that has the script's variables; all of them as they are afterwards."""
    listed = " ".join(f'"${{{name}}}"' for name in NAMES)
    text = f'. "$vzsim_file"\nprintf "%s\\0" {listed} {END} >&{OUTPUT}\n'
    environment = {**os.environ, **{name: str(value) for name, value in variables.items() if value is not None}}
    environment |= {"vzsim_file": path, "PATH": f"{node.directory}/bin:{os.environ.get('PATH', '/usr/bin:/bin')}"}
    shell, first = shell_of(node)
    reading, writing = os.pipe()
    moves = [(os.POSIX_SPAWN_DUP2, writing, OUTPUT)]
    pid = os.posix_spawn(shell, [*first, "-c", text, SCRIPT], environment, file_actions=moves)
    os.close(writing)
    with open(reading, "rb") as stream:
        values = stream.read().decode("utf-8", "surrogateescape").split("\0")[:-1]
    rc = processes.wait(pid)
    if values[-1:] != [END]:
        raise Died(rc)
    return dict(zip(NAMES, values, strict=False))


def is_bash(node):
    """Whether /bin/sh of the node is bash, as on Enterprise Linux 6: ``"sh": "bash"`` in its kernel.json."""
    return node.kernel.get("sh") == "bash"


def shell_of(node):
    if is_bash(node):
        return "/bin/bash", ["sh"]
    return "/bin/sh", ["sh"]
