"""``vzctl reinstall``: refused for what runs or is mounted; vzsim reinstalls nothing else either (assumed: 94)."""

from vzsim.codes import MOUNTED, VE_RUNNING, Failed
from vzsim.seven.grammar import getopt

REINSTALL_FAILED = 94
OPTIONS = {
    "skipbackup": False, "skipscripts": False, "scripts": True, "resetpwdb": False, "listscripts": False, "desc": False,
    "vzpkg_opts": True, "ostemplate": True,
}  # fmt: skip


def read(run, argv):
    getopt.parse(run, argv, OPTIONS)


def act(run, options):
    if run.is_running():
        raise Failed(VE_RUNNING, "Container is running; stop it before proceeding.")
    if run.is_mounted():
        raise Failed(MOUNTED, "Container is mounted; unmount it before proceeding.")
    raise Failed(REINSTALL_FAILED, "Error: vzsim has no template to reinstall from")
