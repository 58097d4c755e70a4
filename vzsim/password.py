"""
``vzctl set --userpasswd``: chpasswd inside the container, which is started for it if need be.
"""

from vzsim import power, shell
from vzsim import run as codes
from vzsim.run import Failed, write


def change(run, passwords):
    """``["root:secret"]``; what is wrong with them, chpasswd has to notice."""
    if run.is_running():
        chpasswd(run, passwords)
        return
    power.boot_bare(run)
    try:
        chpasswd(run, passwords)
    finally:
        power.stop_running(run, fast=True, scripts=False)


def chpasswd(run, passwords):
    lines = "".join(line + "\n" for line in passwords).encode("utf-8", "surrogateescape")
    result = shell.run_line(run.private, "chpasswd", lines, run.node.running(run.ctid)["hostname"])
    if not run.quiet:
        write(1, result.out + result.err)
    if result.rc:
        run.say("Password change failed")
        raise Failed(codes.CHANGEPASS)
