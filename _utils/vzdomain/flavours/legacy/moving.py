"""
vzmigrate of vzctl 4.x: a shell script that runs on the source and reaches the other node by ssh and rsync.

Its code says little: 0 may be a move that was done badly, 7 one whose container runs on both nodes (recorded). What it
has done is looked at on both nodes.
"""

import re

CHECKED = (0,)
DONE = (0,)
SCRIPTS = ("start", "stop", "mount", "umount", "premount", "postumount")
HELPERS = frozenset("vzmigrate ssh scp rsync vzctl rm mkdir ploop".split())
IN_AREA = False
_COPY = ".migrated"
# Its own lines, alone on theirs: a start on the source prints "Starting container..." with dots (recorded). A live move
# has no line of its own for the start: from this one on it may have been asked for.
_START_LINES = re.compile(r"^(?:Starting container|Mounting container|Live migrating container\.\.\.)$", re.MULTILINE)
_SENTENCES = {
    0: "it says that it is done",
    1: "it was called wrongly, or cannot write its lock file",
    2: "the container does not run, or its configuration file is not a valid shell script (then its lock stays)",
    4: "root cannot log in to the other node by ssh with a key",
    6: "copying failed",
    7: "the container did not start on the other node",
    8: "the container could not be stopped, suspended or dumped",
    9: "the other node has this CTID",
    10: "there is no such container here",
    12: "an address of the container is in use on the other node",
    13: "the disk quota could not be taken along",
    14: "vz does not run on the other node, or its kernel lacks what a live move needs",
    15: "the other node does not take the configuration: the name is taken there, or the CTID locked",
    16: "the other node has no ploop",
    17: "the kernel of the other node is too old for a live move",
    18: "the processors of the other node lack what the container uses",
    19: "vz.conf of the other node cannot be read",
    20: "the container is locked",
}
# Variables of the script: a line of the file with one of these names would change what it does.
_VARIABLES = frozenset(
    """
    ACT_SCRIPTS_SFX SSH_OPTIONS SCP_OPTIONS RSYNC_OPTIONS VZCTL PLOOP RSYNC1_OPTIONS PLOOP_DEV TOP_DELTA TOP_UUID
    SSH_NOMUX SSH SCP RSYNC RSYNC_RSH VZCTL_L VEID VE_DUMPFILE VE_QUOTADUMP VE_ROOT_REMOTE VE_PRIVATE_REMOTE
    DUMPDIR_REMOTE DUMP_FILE VE_PRIVATE_TARGET DDXML IP_X RET TMPF S M
    PATH IFS ENV BASH_ENV SHELL HOME TMPDIR PS4 CDPATH GLOBIGNORE POSIXLY_CORRECT
    """.split()
)
_FOREIGN = re.compile(r"(?:LD|MIG_ERR|RSYNC|SSH|BASH)_")
_PLAIN = re.compile(
    r"""[A-Z][A-Z0-9_]*=(?:"(?:[^"\\`$]|\\[^"\\`$]|\$VEID\b|\$\{VEID\})*"|[A-Za-z0-9_./:,@%+-]*)(?:[ \t]+(?:#.*)?)?"""
)
_ODD = re.compile(r"[\s*?\[]")
_PATHS = ("VE_PRIVATE", "VE_ROOT")  # it uses these without quotes


def words(ctid, host, online=False, dry=False):
    """``-r no hn2 101``: the old copy is kept, nothing is compacted, and no check is left out."""
    return [*(["--dry-run"] if dry else []), "-r", "no", *(["--live"] if online else []), host, str(ctid)]


def start_sent(log):
    """Whether it has come to the start on the other node."""
    return bool(_START_LINES.search(log))


def touched(log):
    """Whether it has come to the other node with more than questions."""
    return bool(re.search("^Preparing remote node$", log, re.MULTILINE))


def thaw(ctid, log):
    """
    The words of vzctl that let a container go on which a live move has frozen; ``None`` where none has.

    vzmigrate itself uses them when it fails; on one that is not frozen they do nothing but fail (read, not run).
    """
    return (
        ("chkpnt", str(ctid), "--resume") if re.search(r"^Live migrating container\.\.\.$", log, re.MULTILINE) else None
    )


def sentence(code):
    """What an exit code means; of one that is not known that it is not."""
    return _SENTENCES.get(code, "this code is not known")


def copies(conf, area):
    """``101.conf.migrated``, and the area in its place."""
    return conf + _COPY, area


def risks(text, ctid):
    """It runs the file as a part of itself, as root: each line must be ``KEY="value"``, with nothing a shell obeys."""
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip(" \t")
        if not bare or bare.startswith("#"):
            continue
        key, _, value = bare.partition("=")
        if not _PLAIN.fullmatch(bare):
            yield (
                f'line {number} is not plain KEY="value": vzmigrate would run it as a shell does',
                f'write line {number} as KEY="value", without $, backquotes and backslashes',
            )
        elif key in _VARIABLES or _FOREIGN.match(key):
            yield (
                f"line {number} sets {key}, which is a variable of vzmigrate itself and would change what it does",
                f"remove line {number}",
            )
        elif key in _PATHS and _ODD.search(value.partition(" #")[0].strip()):
            yield (
                f"{key} has a blank, or *, ? or [, and vzmigrate uses it without quotes",
                "move the container to a plain path",
            )
