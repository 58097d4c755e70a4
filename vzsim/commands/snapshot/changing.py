"""
``vzctl snapshot``, ``snapshot-switch`` and ``snapshot-delete``.

A switch brings back the files and the whole configuration of then, the name and the addresses too; the link of the
name stays what it was.
"""

import contextlib
import os
import shutil
import uuid

from vzsim.codes import Failed
from vzsim.commands import checkpoint, mounting, ploop
from vzsim.commands.snapshot import options as words
from vzsim.files import replace_text
from vzsim.ploop import images, savedstates

read = words.read
REFUSED = 38  # what libploop returns for something it does not do
NO_MORE = "There are {} references on {} snapshot: operation not supported"


@contextlib.contextmanager
def failing_with(run, message):
    """Whatever goes wrong is printed and followed by this message."""
    try:
        yield
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(words.CODES[run.command], message) from None


def conf_place(run, guid):
    """Where the configuration of a snapshot's time is kept."""
    return f"{run.private}/dump/{guid}.ve.conf"


def dump_place(run, guid):
    """Where the processes of a snapshot's time are kept."""
    return f"{run.private}/dump/{guid}"


# snapshot


def take(run, options):
    """``snapshot``: files, configuration and, if it runs, processes."""
    words.require_ploop(run)
    guid = options.get("id") or f"{{{uuid.uuid4()}}}"
    with failing_with(run, "Failed to create snapshot"):
        snapshots = words.tree(run)
        run.say(f"Creating snapshot {guid}")
        image = ploop.require_image(run)
        if savedstates.find(snapshots, guid):
            raise Failed(None, f"Invalid guid {guid} specified: already exists")
        added = savedstates.added(snapshots, guid, options.get("name", ""), options.get("description", ""))
        with _stored(run, added):
            _take(run, guid, image, options)
    run.say(f"Snapshot {guid} has been successfully created")


@contextlib.contextmanager
def _stored(run, snapshots):
    """The new tree is written first, and takes the old one's place last."""
    place = words.place(run)
    run.say(f"Storing {place}.tmp")
    replace_text(f"{place}.tmp", words.document(snapshots))
    try:
        yield
    except Failed:
        os.unlink(f"{place}.tmp")
        raise
    os.replace(f"{place}.tmp", place)


def _take(run, guid, image, options):
    kept = conf_place(run, guid)
    if "skip-config" not in options:
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        shutil.copyfile(run.conf_path, kept)
    runs = run.is_running() and "skip-suspend" not in options
    try:
        if runs:
            _freeze(run)
        if images.children(image, guid) is not None:
            raise Failed(None, f"Failed to create snapshot: The snapshot {guid} already exist [{REFUSED}]")
        images.add(image, guid)
        if runs:
            run.say("Setting up checkpoint...\n\tjoin context..\n\tdump...")
            checkpoint.write_dump(run, dump_place(run, guid))
            run.say("Checkpointing completed successfully\nResuming...")
    except Failed:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(kept)
        raise


def _freeze(run):
    """Suspend the processes, which needs the kernel's checkpointing."""
    checkpoint.require_support(run)
    run.say("Setting up checkpoint...\n\tsuspend...\n\tget context...\nCheckpointing completed successfully")


# snapshot-switch


def switch(run, options):
    """``snapshot-switch``: what was written since the last snapshot is lost."""
    guid = options["id"]
    words.require_ploop(run)
    if not os.path.exists(words.place(run)):
        raise Failed(words.CODES[run.command], f"Unable to find snapshot by uuid {guid}")
    with failing_with(run, f"Failed to switch to snapshot {guid}"):
        snapshots = words.require_snapshot(run, guid)
        image = ploop.require_image(run)
        dump = dump_place(run, guid)
        if "must-resume" in options and not os.path.exists(dump):
            raise Failed(None, "Error: no dump in snapshot, unable to resume")
        run.say(f"Switching to snapshot {guid}")
        with _stored(run, savedstates.switched(snapshots, guid)):
            _switch(run, guid, image, "skip-config" not in options)
            if os.path.exists(dump) and "skip-resume" not in options:
                _resume(run, dump, "must-resume" in options)
    run.say("Container has been successfully switched to another snapshot")


def _switch(run, guid, image, with_conf):
    was_running = run.is_running()
    if was_running:
        _freeze(run)
    elif run.node.is_mounted(run.ctid):
        mounting.umount_private(run)
    if images.children(image, guid) is None:
        if was_running:
            run.say("Resuming...")
        raise Failed(None, f"Can't find snapshot by uuid {guid}")
    if was_running:
        run.say("Killing...")
        checkpoint.kill(run)
        mounting.umount_private(run)
    images.switch(image, guid)
    if with_conf and os.path.exists(conf_place(run, guid)):
        shutil.copyfile(run.conf_path, f"{run.conf_path}.old")
        shutil.copyfile(conf_place(run, guid), f"{run.conf_path}.tmp")
        os.replace(f"{run.conf_path}.tmp", run.conf_path)
        run.load_conf()


def _resume(run, dump, must):
    """Let the processes of then go on; that this fails is only a warning unless they must. The dump stays."""
    try:
        if not checkpoint.restore(run, dump, keeps=True):
            mounting.umount_private(run)
            raise Failed(None)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        if not must:
            run.say("Warning: failed to resume CT, ignoring (use --must-resume to treat as error)")
            return
        if os.path.exists(f"{run.conf_path}.old"):
            os.replace(f"{run.conf_path}.old", run.conf_path)
        raise Failed(None, "Error: failed to resume CT") from None


# snapshot-delete


def delete(run, options):
    """``snapshot-delete``: what stands on it stands on its parent then; libploop refuses if several do."""
    guid = options["id"]
    words.require_ploop(run)
    if not os.path.exists(words.place(run)):
        raise Failed(words.CODES[run.command], f"Unable to find snapshot by uuid {guid}")
    with failing_with(run, f"Failed to delete snapshot {guid}"):
        snapshots = words.require_snapshot(run, guid)
        run.say(f"Deleting snapshot {guid}")
        with _stored(run, savedstates.without(snapshots, savedstates.find(snapshots, guid))):
            image = ploop.require_image(run)
            count = images.children(image, guid) or 0
            if count > 1:
                reason = NO_MORE.format(count, guid)
                raise Failed(None, f"{reason}\nFailed to delete snapshot: {reason} [{REFUSED}]")
            images.delete(image, guid)
            for place in (dump_place(run, guid), conf_place(run, guid)):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(place)
    run.say(f"Snapshot {guid} has been successfully deleted")
