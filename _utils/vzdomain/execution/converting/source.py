"""
The source's part of a conversion: it stops the container for good, and copies its files to the other node.
"""

import os

from ...errors import MissingProgramError, RefusedError
from ...host.container import UP
from ...model import names
from ...model.actions import Assign
from ...planning import context, power
from ..moving import sending
from ..moving import source as moving
from ..moving.intents import SOURCE
from ..moving.owning import do, refuse_work

FIRST, FINAL, CHECK = "first", "final", "check"
_ARCHIVE = ("-aHAXx", "--numeric-ids", "--delete", "--exclude=/lost+found")
_SAID_BY_DOCUMENT = ("configuration", "scripts")  # of what hinders vzmigrate and not a copy of the files
_VERSION_LIMIT = _SSH_LIMIT = 60  # seconds


def check(converter, move):
    """
    Whether the container can be stopped and copied: see `moving.source.check`.
    """
    found = moving.check(converter, move)
    problems = [one for one in found["problems"] if one[0] not in _SAID_BY_DOCUMENT]
    facts, here = found["facts"], converter.node.node_id
    if converter.node.flavour.places.REAL_FILE:
        what = f"{here} has vzctl {facts['family']}: its containers go to others by their own vzmigrate"
        problems.append(
            ["family", what, f"salt-run openvz.move {names.typed(facts['name'])} {move.get('destination')}"]
        )
    for name, tool in converter.tools.items():
        try:
            tool.run(["-V"], _VERSION_LIMIT)
        except MissingProgramError as err:
            problems.append(["program", f"{here}: {err}", f"install {name} on {here}"])
    warnings = [] if facts["managed"] else [f"container {facts['ctid']} is not managed by Salt, and will be there"]
    if facts["snapshots"]:
        warnings.append(f"its {facts['snapshots']} snapshots do not come along")
    return {"facts": facts, "problems": problems, "warnings": warnings}


def check_program(converter, move, to):
    """Whether root here may run rsync there: the shape of a check, without facts."""
    words = ["-o", "BatchMode=yes", f"root@{sending.host(to)}", "command -v rsync"]
    result, here = converter.tools["ssh"].run(words, _SSH_LIMIT), converter.node.node_id
    problems = []
    if result.rc:
        what = f"root of {here} cannot run rsync on {to} (code {result.rc}): {result.message or 'no message'}"
        problems.append(["ssh", what, f"give root of {here} a key for root@{to}, and install rsync there"])
    return {"facts": {}, "problems": problems, "warnings": []}


def copy_first(converter, move, to, root):
    """
    Copy what there is while the container runs: the outage is shorter then.

    to, root
        The name by which the other node is reached, and where it has mounted the new container.
    """
    return _copy(converter, move, to, root, FIRST)


def copy_final(converter, move, to, root):
    """The same of the container that is stopped and disabled: all that has changed since."""
    return _copy(converter, move, to, root, FINAL)


def copy_check(converter, move, to, root):
    """Let rsync list what still differs; it copies nothing."""
    return _copy(converter, move, to, root, CHECK)


def halt(converter, move):
    """Stop the container, and disable it: nobody starts it by hand while, or after, its last files are copied."""
    intent, ctid = converter.intents.get(move.ctid), move.ctid
    _refuse_role(converter, move)
    refuse_work(ctid, converter.see(ctid))
    if "was_disabled" not in intent.data:
        converter.intents.note(ctid, was_disabled=converter.node.there(ctid).disabled)
    its = converter.node.flavour
    do(converter, ctid, lambda one: power.stop(one, its))
    do(converter, ctid, lambda one: _disabled(one, its, True))
    return converter.see(ctid)


def withdraw(converter, move):
    """Note that the conversion is given up: the container stays the source's."""
    _refuse_role(converter, move)
    converter.intents.note(move.ctid, withdrawn=True)
    return converter.see(move.ctid)


def enable(converter, move):
    """Make it startable again, if it was before."""
    intent, its = converter.intents.get(move.ctid), converter.node.flavour
    if intent.data.get("was_disabled") is False:
        do(converter, move.ctid, lambda one: _disabled(one, its, False))


def kept_down(container, its):
    """The plan by which no reboot starts it."""
    actions = [Assign("onboot", container.onboot, False)] if container.onboot else []
    return context.of(container, its, *actions)


def _disabled(container, its, wanted):
    actions = [] if container.disabled == wanted else [Assign("disabled", container.disabled, wanted)]
    return context.of(container, its, *actions)


def _copy(converter, move, to, root, which):
    node, ctid = converter.node, move.ctid
    _refuse_role(converter, move)
    found = converter.see(ctid)
    if found["at_work"]:
        return found
    if not found["whole"]:
        raise RefusedError(f"container {ctid} is not whole on {node.node_id}: nothing is copied")
    container = node.there(ctid)
    if which != FIRST and (container.running or not container.disabled):
        raise RefusedError(f"container {ctid} can still change on {node.node_id}: it is not stopped and disabled")
    if not os.path.isabs(str(root)) or os.path.normpath(str(root)) == "/":
        raise RefusedError(f"{root} is not where a container is mounted")
    rsync, ssh = (converter.tools[name].path for name in ("rsync", "ssh"))
    options = [*_ARCHIVE, *(["-n", "-i"] if which == CHECK else []), "-e", f"{ssh} -o BatchMode=yes"]
    words = [*options, f"{_files(node, container)}/", f"root@{sending.host(to)}:{os.path.normpath(root)}/"]
    converter.intents.note(ctid, copy={"which": which, "to": to})
    sending.launch(converter, move, [rsync, *words])
    return converter.see(ctid)


def _files(node, container):
    """Where the files of a container are seen: in its private area, or where its image is mounted."""
    if container.layout != "ploop":
        return container.private
    if container.status == "stopped":
        node.vzctl.run("mount", str(container.ctid))
        node.forget(container.ctid)
    return node.root(container.ctid)


def is_down(seen):
    """Whether what a node has of a container can change no more: it is stopped, disabled, and nobody is at work."""
    return seen.get("status") not in UP and seen.get("disabled") is True and not seen.get("at_work")


def _refuse_role(converter, move):
    if converter.role_of(move) != SOURCE:
        raise RefusedError(f"{converter.node.node_id} is not the source of this conversion")
