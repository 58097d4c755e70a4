"""
Exit codes of ``vzctl(8)``, and how a program says something and fails.
"""

import contextlib
import os

# Exit codes, by the names the program uses.
SETUBC_ERROR = 1
SYSTEM_ERROR = 3
RESOURCE_ERROR = 6
COMMAND_EXECUTION_ERROR = 8
LOCKED = 9
NOCONFIG = 10
NOSCRIPT = 11
NOVECONFIG = 14
CHKPNT_ERROR = 16
RESTORE_ERROR = 17
PARAM_SYNTAX = 20
PARAM_VALUE = 21
VE_ROOT_NOTSET = 22
VE_PRIVATE_NOTSET = 23
TEMPLATE_NOTSET = 24
NOTENOUGHUBCPARAMS = 28
OSTEMPLATE_NOTSET = 29
VE_NOT_RUNNING = 31
VE_RUNNING = 32
NOT_MOUNTED = 40
MOUNTED = 41
NO_PRIVATE = 43
PRIVATE_EXISTS = 44
NEW_PRIVATE = 48
CANNOT_MOUNT = 50
BAD_TEMPLATE = 47
CANNOT_UMOUNT = 51
DISKSPACE_NOT_SET = 63
CHANGEPASS = 74
IP_INUSE = 78
ACTIONSCRIPT_ERROR = 79
CP_CONFIG = 82
OSTEMPLATE_NOT_FOUND = 91
PLOOP_UNSUP = 99
NETDEV_ERROR = 104
START_DISABLED = 105
APPLY_CONFIG_ERROR = 109
VETH_ERROR = 130
SET_NAME_ERROR = 131
WAIT_FAILED = 133
CONFIG_SAVE_ERROR = 139
SET_IO = 148
CREATE_IMAGE = 151
MOUNT_IMAGE = 152
RESIZE_IMAGE = 154
COMPACT_IMAGE = 166
USER_QUOTA_ERROR = 65
CGROUP_ERROR = 96  # libcgroup's own, cut to a byte


class Failed(Exception):
    """
    The run ends with this exit code; ``message``, if any, goes to standard error.

    A ``loud`` one is about the command line itself and is printed even with ``--quiet``.
    """

    def __init__(self, rc, message=None, loud=False):
        super().__init__(message)
        self.rc = rc
        self.message = message
        self.loud = loud


def write(descriptor, text):
    """Write unbuffered, so output of other programs stays in order; a closed pipe is ignored."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    with contextlib.suppress(BrokenPipeError):
        while data:
            data = data[os.write(descriptor, data) :]
