"""
What vzmigrate does after its checks: the other node is prepared, the area copied, the container stopped and started.
"""

import os

from vzsim.codes import write
from vzsim.fleet.legacy import delta, locking, script, undoing

SUFFIXES = ("start", "stop", "mount", "umount", "premount", "postumount")
ACCEPTED = (0, 20, 21)  # of the second `vzctl set`: an option that an older vzctl does not know
VANISHED = 24  # files that were removed meanwhile
TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}"


def fail(move, rc, text, undo):
    """Say what failed, take back what was done, leave."""
    move.error(text)
    undo(move)
    raise script.Exit(rc)


def prepare(move):
    """The conf, the action scripts, the dump of a suspended container, the directories."""
    move.say("Preparing remote node")
    move.debug("Copying config file")
    if move.scp("conf-copy", [move.conf_path], move.conf_path):
        fail(move, script.COPY, "Failed to copy config file", locking.drop)
    paths = f"--private {move.area_there} --root {move.root_there}"
    move.vzctl_there("set-paths", f"set {move.ctid} {paths} --save")
    if move.vzctl_there("apply", f"set {move.ctid} --applyconfig_map name --save") not in ACCEPTED:
        fail(move, script.APPLY, "Failed to apply config on destination node", undoing.conf)
    _copy_scripts(move)
    if move["suspended"] == "suspended":
        _copy_suspended(move)
    move.debug("Creating remote container root dir")
    if move.ssh("mkdir-root", f"mkdir -p {move.root_there}", shown=True):
        fail(move, script.COPY, "Failed to make container root directory", undoing.dump_file)
    _make_area(move)
    if move.has_quota:
        _begin_quota(move)


def _copy_scripts(move):
    found = [f"{move['confdir']}/{move.ctid}.{suffix}" for suffix in SUFFIXES]
    found = [path for path in found if os.path.isfile(path)]
    move.values["act_scripts"] = " ".join([*move["act_scripts"].split(), *found])
    if not move["act_scripts"]:
        return
    move.debug("Copying action scripts")
    if move.scp("scripts", move["act_scripts"].split(), move["confdir"]):
        fail(move, script.COPY, "Failed to copy action scripts", undoing.conf)


def _copy_suspended(move):
    move.values["DUMP_FILE"] = f"Dump.{move.ctid}"
    move.debug("Copying dump file")
    dump = f"{move.node.path(move['DUMPDIR'] or script.DUMP)}/{move['DUMP_FILE']}"
    if move.scp("dump-copy", [dump], f"{move.dump_dir_there}/"):
        fail(move, script.COPY, "Failed to copy dump file", undoing.scripts)


def _make_area(move):
    move.debug("Creating remote container private dir")
    if os.path.islink(move.area):
        target = os.path.realpath(move.area)
        if move.ssh("mkdir-link", f"mkdir -p {target} && ln -s {target} {move.area_there}", shown=True):
            fail(move, script.COPY, "Failed to make+symlink private area directory", undoing.area)
    if move.ssh("mkdir-area", f"mkdir -p {move.area_there}", shown=True):
        fail(move, script.COPY, "Failed to make container private area directory", undoing.area)


def _begin_quota(move):
    move.say("Initializing remote quota")
    move.debug("Quota init")
    if move.vzctl_there("quota-init", f"quotainit {move.ctid}", shown=True):
        fail(move, script.QUOTA, "Failed to initialize quota", undoing.root)
    move.debug("Turning remote quota on")
    if move.vzctl_there("quota-on", f"quotaon {move.ctid}", shown=True):
        fail(move, script.QUOTA, "Failed to turn quota on", undoing.quota_init)


def trim(move):
    """``-c`` and ``-s``: if they fail, the script takes everything back and goes on."""
    if move.is_on("compact"):
        move.say("Compacting container image")
        if move.local("compact", f"compact {move.ctid}"):
            move.error("Failed to compact container image")
            undoing.root(move)
    if move.is_on("snapshot"):
        move.say("Creating a container snapshot")
        if move.local("snapshot", f"snapshot {move.ctid}"):
            move.error("Failed to snapshot a container")
            undoing.root(move)


def first_copy(move):
    if move.is_ploop and move["state"] == "running":
        if not delta.is_found(move):
            write(2, "cat: /sys/block/vda/pstate/top: No such file or directory\n")
            fail(move, script.COPY, "Can't get ploop information", undoing.root)
        move.values["RSYNC1_OPTIONS"] = f"--exclude {delta.TOP}"
    move.say("Syncing private")
    if move.rsync("rsync1", move["RSYNC1_OPTIONS"].split()) not in (0, VANISHED):
        fail(move, script.COPY, "Failed to sync container private areas", undoing.sync)
    if move.is_ploop:
        _sync_images(move)


def _sync_images(move):
    descriptor = f"{move.area_there}/root.hdd/DiskDescriptor.xml"
    images = move.ask("fsync", f"ploop snapshot-list -u {TOP} -H -o fname {descriptor}").splitlines()[1:]
    if not images:
        return
    if move.ssh("fsync", "vzfsync >/dev/null 2>&1", shown=True):
        move.say(f"Warning: no vzfsync on {move['host']}, skipping deltas fsync")
        move.say(f"Please upgrade vzctl on {move['host']}")
        return
    move.debug("Calling vzfsync on ploop deltas")
    if move.ssh("fsync", f"vzfsync --datasync --dontneed {' '.join(images)}", shown=True):
        move.say("Error from vzfsync, but moving on")


def freeze(move):
    """Suspend and dump the container that moves with its processes."""
    move.say("Live migrating container...")
    options = f"{move['suspend_opts']} --flags {move['CPU_CAPS']}" if move["CPU_CAPS"] else move["suspend_opts"]
    move.note_time("suspend")
    if move.is_ploop:
        delta.copy(move, "suspend", f"chkpnt {move.ctid} --suspend {options}", f"chkpnt {move.ctid} --resume")
    else:
        move.debug("Suspending container")
        if move.local("suspend", f"chkpnt {move.ctid} --suspend {options}"):
            fail(move, script.STOP_SOURCE, "Failed to suspend container", undoing.sync)
    move.debug("Dumping container")
    if move.local("dump", f"chkpnt {move.ctid} --dump --dumpfile {move.dump_file}"):
        fail(move, script.STOP_SOURCE, "Failed to dump container", undoing.suspend)
    move.debug("Copying dumpfile")
    move.note_time("copy_dump")
    if move.scp("dump-copy", [move.dump_file], move.dump_file_there):
        fail(move, script.COPY, "Failed to copy dump", undoing.dump)


def stop(move):
    if move["state"] == "running" and move.is_ploop:
        delta.copy(move, "stop", f"stop {move.ctid} --skip-umount", f"start {move.ctid}")
        move.say("Unmounting container")
        if move.local("umount", f"umount {move.ctid}"):
            move.error("Failed to umount container")
            move.local("undo-start", f"start {move.ctid}", shown=True)
            undoing.sync(move)
            raise script.Exit(script.STOP_SOURCE)
    elif move["state"] == "running":
        move.say("Stopping container")
        if move.local("stop", f"stop {move.ctid}"):
            fail(move, script.STOP_SOURCE, "Failed to stop container", undoing.sync)
    elif move["mounted"] == "mounted":
        move.say("Unmounting container")
        if move.local("umount", f"umount {move.ctid}"):
            fail(move, script.STOP_SOURCE, "Failed to umount container", undoing.sync)


def second_copy(move):
    move.note_time("rsync2")
    if move["state"] == "running" and not move.is_ploop:
        move.debug("Syncing private (2nd pass)")
        if move.rsync("rsync2"):
            fail(move, script.COPY, "Failed to sync container private areas", undoing.source_stage)
    move.note_time("quota")
    if move.has_quota:
        _copy_quota(move)


def _copy_quota(move):
    move.say("Syncing 2nd level quota")
    move.debug("Dumping 2nd level quota")
    os.makedirs(os.path.dirname(move.quota_file), exist_ok=True)
    found = move.calls.run("quota-dump", ["vzdqdump", move.ctid, *"-U -G -T -F".split()], capture=True)
    with open(move.quota_file, "w", encoding="utf-8") as stream:
        stream.write(found.text)
    if found.rc:
        fail(move, script.QUOTA, "Failed to dump 2nd level quota", undoing.quota_dump)
    move.debug("Copying 2nd level quota")
    if move.scp("quota-copy", [move.quota_file], move.quota_file):
        fail(move, script.COPY, "Failed to copy 2nd level quota dump", undoing.quota_dump)
    move.debug("Loading 2nd level quota")
    load = f"(vzdqload {move.ctid} -U -G -T -F < {move.quota_file} && vzquota reload2 {move.ctid})"
    if move.ssh("quota-load", load, shown=True):
        fail(move, script.QUOTA, "Failed to load 2nd level quota", undoing.copied_quota)


def thaw(move):
    """Go on with the processes on the other node, and forget them here; the last answers are not looked at."""
    move.debug("Undumping container")
    move.note_time("undump")
    undump = f"restore {move.ctid} --undump --dumpfile {move.dump_file_there} --skip_arpdetect"
    if move.vzctl_there("restore", undump):
        fail(move, script.START, "Failed to undump container", undoing.copied_quota)
    move.debug("Resuming container")
    if move.vzctl_there("resume", f"restore {move.ctid} --resume"):
        fail(move, script.START, "Failed to resume container", undoing.restore)
    move.note_time("finish")
    if move.is_on("times"):
        _print_times(move)
    move.say("Cleaning up")
    move.debug("Killing container")
    move.local("kill", f"chkpnt {move.ctid} --kill")
    move.local("source-umount", f"umount {move.ctid}")
    move.debug("Removing dumpfiles")
    move.forget(move.dump_file)
    move.ssh("dump-remove", f"rm -f {move.dump_file_there}", shown=True)


def _print_times(move):
    spans = [("Suspend + Dump", "suspend", "copy_dump"), ("Copy dump file", "copy_dump", "rsync2")]
    spans += [("Second rsync", "rsync2", "quota"), ("2nd level quota", "quota", "undump")]
    spans += [("Undump + Resume", "undump", "finish")]
    move.say("")
    for title, begin, end in spans:
        move.say(f"  {title:>20}: {move.times[end] - move.times[begin]:6.2f}")
    move.say(f"  {' ':>20}  ------")
    move.say(f"  {'Total suspended time':>20}: {move.times['finish'] - move.times['suspend']:6.2f}")
    move.say("")


def start(move):
    """Stopped stays stopped, mounted is mounted."""
    if move["state"] == "running":
        move.say("Starting container")
        if move.vzctl_there("start", f"start {move.ctid}"):
            fail(move, script.START, "Failed to start container", undoing.copied_quota)
    elif move["mounted"] == "mounted":
        move.say("Mounting container")
        if move.vzctl_there("mount", f"mount {move.ctid}"):
            fail(move, script.START, "Failed to mount container", undoing.copied_quota)
    elif move.has_quota:
        move.say("Turning quota off")
        if move.ssh("quota-off", f"vzquota off {move.ctid}"):
            fail(move, script.QUOTA, "failed to turn quota off", undoing.copied_quota)
    move.say("Cleaning up")


def hand_over(move):
    """Destroy the container here, or put its conf aside; what comes of it is not looked at."""
    if move.is_on("remove_area"):
        move.debug("Destroying container")
        move.local("destroy", f"destroy {move.ctid}")
    elif move.calls.here("rename") is None:
        os.replace(move.conf_path, f"{move.conf_path}.migrated")
