"""
What vzmigrate takes back when a stage fails, each level with those below it. No answer is looked at.
"""

import os

from vzsim.fleet.legacy import locking


def conf(move):
    move.vzctl_there("undo-name", f"set {move.ctid} --name '' --save > /dev/null", shown=True)
    move.ssh("undo-conf", f"rm -f {move.conf_path}", shown=True)
    locking.drop(move)


def scripts(move):
    if move["act_scripts"]:
        move.ssh("undo-scripts", f"rm -f {move['act_scripts'].strip()}", shown=True)
    conf(move)


def dump_file(move):
    if move["DUMP_FILE"]:
        move.ssh("undo-dump", f"rm -f {move.dump_dir_there}/{move['DUMP_FILE']}", shown=True)
    scripts(move)


def area(move):
    if not move.is_on("keep_dst"):
        place = move.area_there
        here = move.here(place)
        if os.path.islink(here):  # the script looks for the other node's link on its own node
            target = os.path.realpath(here)
            move.ssh("undo-area", f"rm -rf {target} && rm -f {place}", shown=True)
        else:
            move.ssh("undo-area", f"rm -rf {place}", shown=True)
    dump_file(move)


def root(move):
    move.ssh("undo-root", f"rm -rf {move.root_there}", shown=True)
    area(move)


def quota_init(move):
    if move.has_quota:
        move.ssh("undo-quota", f"vzquota drop {move.ctid}", shown=True)
    root(move)


def sync(move):
    if move.has_quota:
        move.ssh("undo-quota", f"vzquota off {move.ctid}", shown=True)
    quota_init(move)


def suspend(move):
    move.local("undo-resume", f"chkpnt {move.ctid} --resume")
    sync(move)


def dump(move):
    if not move.is_on("debug"):
        move.forget(move.dump_file)
    suspend(move)


def copied_dump(move):
    """The dump on this node stays."""
    move.ssh("undo-dump", f"rm -f {move.dump_file_there}", shown=True)
    suspend(move)


def stop(move):
    if move["state"] == "running":
        move.local("undo-start", f"start {move.ctid}", shown=True)
    elif move["mounted"] == "mounted":
        move.local("undo-mount", f"mount {move.ctid}", shown=True)
    sync(move)


def source_stage(move):
    if move.is_on("online"):
        copied_dump(move)
    else:
        stop(move)


def quota_dump(move):
    move.forget(move.quota_file)
    source_stage(move)


def copied_quota(move):
    move.ssh("undo-quota", f"rm -f {move.quota_file}", shown=True)
    quota_dump(move)


def restore(move):
    move.vzctl_there("undo-restore", f"restore {move.ctid} --kill")
    copied_quota(move)
