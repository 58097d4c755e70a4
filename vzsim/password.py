"""
``vzctl set --userpasswd``: chpasswd inside the container, which is started for it if need be.
"""

from vzsim import power, shell
from vzsim import run as codes
from vzsim.run import Failed, write


def change(run, userpasswd):
    """``root:secret``; what is wrong with it, chpasswd has to notice."""
    if run.is_running():
        chpasswd(run, userpasswd)
        return
    power.boot(run, setup=False)
    try:
        chpasswd(run, userpasswd)
    finally:
        power.stop_running(run, fast=True)


def chpasswd(run, userpasswd):
    line = userpasswd.encode("utf-8", "surrogateescape") + b"\n"
    result = shell.run_line(run.private, "chpasswd", line, run.node.running(run.ctid)["hostname"])
    if not run.quiet:
        write(1, result.out + result.err)
    if result.rc:
        run.say("Password change failed")
        raise Failed(codes.CHANGEPASS)
