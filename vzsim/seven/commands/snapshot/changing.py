"""
``vzctl snapshot``, ``snapshot-switch`` and ``snapshot-delete``.

What is recorded is the work on files of stopped containers; what is done with a running one, and the configuration that
a switch brings back, is read, not run.
"""

import contextlib
import os
import shutil

from vzsim.codes import Failed
from vzsim.files import read_text, replace_text, write_json, write_text
from vzsim.ploop import images, savedstates
from vzsim.seven import ids
from vzsim.seven.commands.power import booting, checkpoint, mounting
from vzsim.seven.commands.snapshot import options as words
from vzsim.seven.commands.snapshot import tree
from vzsim.seven.grammar import conf

CREATE_ERROR = 156
DELETE_ERROR = 158
SWITCH_ERROR = 159
KEPT = ("VEID", "VE_ROOT", "VE_PRIVATE", "UUID", "NAME")  # what a switch does not bring back

read = words.read


@contextlib.contextmanager
def failing_with(run, rc, message):
    """Whatever goes wrong is printed and followed by this message."""
    try:
        yield
    except (Failed, ValueError, OSError) as problem:
        text = problem.message if isinstance(problem, Failed) else _text(run, problem)
        if text:
            run.complain(text)
        raise Failed(rc, message) from None


def _text(run, problem):
    if isinstance(problem, OSError):
        return f"Unable to find {run.node.strip(problem.filename or '')}: {problem.strerror}"
    return str(problem)


def conf_place(run, guid):
    """Where the configuration of a snapshot's time is kept."""
    return f"{run.area}/dump/{guid}.ve.conf"


def dump_place(run, guid):
    """Where the processes of a snapshot's time are kept."""
    return f"{run.area}/dump/{guid}"


def take(run, options):
    """``snapshot``"""
    tree.require_ploop(run, CREATE_ERROR)
    guid = options.get("id") or f"{{{ids.new_uuid()}}}"
    run.say(f"Creating snapshot {guid}")
    with failing_with(run, CREATE_ERROR, "Failed to create snapshot"):
        snapshots = tree.read(run)
        if savedstates.find(snapshots, guid):
            raise ValueError(f"Invalid guid {guid} is specified: already exist")
        added = savedstates.added(snapshots, guid, *_texts(options))
        disks = tree.disks(run)
        run.say(f"Storing {run.node.strip(tree.path(run))}.tmp")
        text = read_text(f"{run.area}/ve.conf")
        if "skip-suspend" not in options:
            _dump(run, guid)
        os.makedirs(f"{run.area}/dump", exist_ok=True)
        write_text(conf_place(run, guid), text)
        for image in disks:
            run.say(f"Creating image snapshot uuid={guid} image={image}")
            images.add(run.node.path(image), guid)
        replace_text(tree.path(run), tree.document(added))
    run.say(f"Snapshot {guid} has been successfully created")


def _texts(options):
    """The name and the description."""
    name, desc = options.get("name", ""), options.get("description", "")
    if "env" in options:
        name = os.environ.get("VZCTL_ENV_SNAPSHOT_NAME_PARAM", name)
        desc = os.environ.get("VZCTL_ENV_SNAPSHOT_DESC_PARAM", desc)
    return name, desc


def _dump(run, guid):
    """The processes of a running container, which needs criu."""
    record = run.node.running(run.ctid)
    if record is None:
        return
    if checkpoint.CRIU not in run.node.kernel.get("tools", ()):
        raise ValueError("Failed to dump Container")
    write_json(f"{dump_place(run, guid)}/{checkpoint.RECORD}", record)


def switch(run, options):
    """``snapshot-switch``"""
    guid = options["id"]
    tree.require_ploop(run, SWITCH_ERROR)
    if not os.path.exists(tree.path(run)):
        raise Failed(SWITCH_ERROR, f"Unable to find snapshot by uuid {guid}")
    with failing_with(run, SWITCH_ERROR, f"Failed to switch to snapshot {guid}"):
        snapshots = tree.read(run)
        if not savedstates.find(snapshots, guid):
            raise ValueError(f"Unable to find snapshot by uuid {guid}")
        run.say(f"Switching to snapshot {guid}")
        run.say(f"Storing {run.node.strip(tree.path(run))}.tmp")
        if not os.path.exists(conf_place(run, guid)):
            shown = run.node.strip(conf_place(run, guid))
            raise ValueError(f"Container configuration file {shown} is not found")
        then = _conf_of_then(run, guid)
        if run.is_mounted() and not run.is_running():
            mounting.unmount(run)
        _switch_images(run, guid, conf.read_values(then))
        replace_text(f"{run.area}/ve.conf", then)
        run.load_conf()
        replace_text(tree.path(run), tree.document(savedstates.switched(snapshots, guid)))
    if "skip-resume" not in options and os.path.isdir(dump_place(run, guid)):
        _resume(run, guid)
    run.say(f"Container has been successfully switched to {guid} snapshot")


def _switch_images(run, guid, then):
    """
    The images are those that the container had then (read, not run).

    What was written since the last snapshot is kept under a made-up UUID until the switch is done.
    """
    kept = f"{{{ids.new_uuid()}}}"
    now, run.values = run.values, then
    try:
        disks = tree.disks(run)
    finally:
        run.values = now
    for image in disks:
        run.say(f"Switching to image snapshot uuid={guid} image={image} {kept}")
        if images.children(run.node.path(image), guid) is None:
            raise ValueError(f"Failed to switch to snapshot {guid} image {image}: Can't find snapshot by uuid {guid}")
    if run.is_running():
        booting.kill(run, run.node.running(run.ctid))
        booting.forget_running(run)
        mounting.unmount(run)
    for image in disks:
        images.switch(run.node.path(image), guid)
        run.say(f"Delete image snapshot uuid={kept} image={image}")


def _conf_of_then(run, guid):
    """The text of the configuration of the snapshot's time, but for who and where the container is."""
    text = read_text(conf_place(run, guid))
    then, now = conf.read_values(text), {**run.values, "VEID": run.ctid}
    changes = {key: now[key] for key in KEPT if key in now and then.get(key) != now[key]}
    return conf.rewrite(text, changes) if changes else text


def _resume(run, guid):
    """Let the processes of the snapshot's time go on."""
    dump = f"{run.area}/{booting.DUMP}"
    booting.forget_dump(run)
    shutil.copytree(dump_place(run, guid), dump)
    try:
        checkpoint.restore(run)
    except Failed as failure:
        run.complain(failure.message)
        booting.forget_dump(run)
        raise Failed(SWITCH_ERROR, "Failed to resume Container") from None


def delete(run, options):
    """``snapshot-delete``"""
    guid = options["id"]
    tree.require_ploop(run, DELETE_ERROR)
    if not os.path.exists(tree.path(run)):
        raise Failed(DELETE_ERROR, f"Unable to find snapshot by uuid {guid}")
    with failing_with(run, DELETE_ERROR, f"Failed to delete snapshot {guid}"):
        snapshots = tree.read(run)
        gone = savedstates.find(snapshots, guid)
        if not gone:
            raise ValueError(f"Unable to find snapshot by uuid {guid}")
        run.say(f"Deleting snapshot {guid}")
        run.say(f"Storing {run.node.strip(tree.path(run))}.tmp")
        for image in tree.disks(run):
            run.say(f"Delete image snapshot uuid={guid} image={image}")
            images.delete(run.node.path(image), guid)
        shutil.rmtree(dump_place(run, guid), ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(conf_place(run, guid))
        replace_text(tree.path(run), tree.document(savedstates.without(snapshots, gone)))
    run.say(f"Snapshot {guid} has been successfully deleted")
