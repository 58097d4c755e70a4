"""
``vzctl register AREA [CTID]``: make a container of a private area.

The first word is the area, the second, if there is one, the CT ID or the name of a container.
"""

import os

from vzsim.codes import PARAM_SYNTAX, Failed, write
from vzsim.files import read_text, write_text
from vzsim.seven import ids, naming, owner
from vzsim.seven.commands.areas import layout
from vzsim.seven.grammar import conf, getopt

REFUSED = 255
OPTIONS = {
    "skip_cluster": False, "force": False, "renew": False, "start": False, "id": True, "uuid": True, "name": True,
}  # fmt: skip
SAME = {"uuid": "id"}


def act(run, words):
    """Read the command line and register."""
    if not words:
        write(2, "Usage: vzctl register <path>\n")
        raise Failed(PARAM_SYNTAX)
    path, rest = words[0], words[1:]
    run.word = rest[0] if rest else path
    wanted = ids.find(run.node, rest[0]) if rest else None
    options = {SAME.get(name, name): value for name, value in getopt.parse(run, rest[1:], OPTIONS, SAME)}
    uuid = read_uuid(options.get("id"))
    register(run, path, wanted, uuid, options)
    if "start" in options:
        start(run)


def read_uuid(text):
    """The value of --uuid; fails with 20."""
    uuid = None if text is None else ids.read_ctid(text)
    if text is not None and uuid is None:
        raise Failed(PARAM_SYNTAX, f"Invalid guid is specified: {text}")
    return uuid


def register(run, path, wanted, uuid, options):
    """
    Write owner, VE_PRIVATE, NAME, VEID and UUID, and make the links.

    Without a CT ID both it and the UUID are new. A name that another container has gets a number.
    """
    area = os.path.realpath(run.node.path(path))
    _require_area(run, path, area)
    text = read_text(f"{area}/ve.conf")
    run.values = conf.read_values(text)
    run.ctid = wanted or ids.new_uuid()
    try:
        run.check_conf()
    except Failed:
        raise Failed(REFUSED) from None
    uuid = _uuid_for(run, wanted, uuid)
    _refuse_others(run, area, options)
    owner.claim(run.node, area)
    changes = {"VE_PRIVATE": _area_text(run, path)}
    name = options.get("name", run.values.get("NAME"))
    if name:
        changes["NAME"] = _assign(run, name, f"{area}/ve.conf")
    changes.update({"VEID": run.ctid, "UUID": uuid})
    conf.save(f"{area}/ve.conf", changes)
    if os.path.lexists(run.conf_path):
        os.unlink(run.conf_path)
    os.symlink(f"{area}/ve.conf", run.conf_path)
    run.say(f"Container {run.ctid} was successfully registered")


def _require_area(run, path, area):
    if not os.path.exists(area):
        raise Failed(REFUSED, f"Unable to stat {path}: No such file or directory")
    if not layout.is_new(area):
        raise Failed(REFUSED, "Warning: Container in old data format, registration skipped.")
    if not os.path.exists(f"{area}/ve.conf"):
        raise Failed(REFUSED, f"Error: Broken Container, no {run.node.strip(area)}/ve.conf file found")


def _uuid_for(run, wanted, uuid):
    """That of the option, else that of the conf; without a CT ID the new one."""
    if wanted is None:
        return run.ctid
    uuid = uuid or run.values.get("UUID")
    if uuid is None:
        return wanted if ids.read_uuid(wanted) else ids.new_uuid()
    if ids.read_uuid(uuid) is None:
        raise _refusal(f"Invalid uuid {uuid}")
    return ids.read_uuid(uuid)


def _refuse_others(run, area, options):
    """Nothing is registered twice, nor an area of another node, unless ``--force`` says so."""
    if "force" in options or run.skip_owner:
        return
    other = owner.foreign(run.node, area)
    if other is not None and "renew" not in options:
        host = run.node.host_name
        raise _refusal(f"Owner check failed on the server {host}; Container is registered for {other}")
    known = ids.read_ctid(run.values.get("VEID", ""))
    if known and _is_same(run.node.conf_path(known), f"{area}/ve.conf"):
        raise _refusal(f"Container is already registered with id {known}")
    path = run.conf_path
    if os.path.lexists(path) and not os.path.islink(path):
        raise _refusal(f"Container configuration file {run.node.strip(path)} is not a link")
    if os.path.exists(path) and not _is_same(path, f"{area}/ve.conf"):
        raise _refusal(f"Error: Container ID {run.ctid} is used")


def _refusal(reason):
    return Failed(REFUSED, f"{reason}\nContainer registration failed: {reason}")


def _is_same(path, other):
    return os.path.exists(path) and os.path.samefile(path, other)


def _area_text(run, path):
    """``/vz/private/101`` -> ``/vz/private/$VEID`` if it is the CT ID's, else the path as it was given."""
    shown = path
    parent = shown.rpartition("/")[0]
    return f"{parent}/$VEID" if shown == f"{parent}/{run.ctid}" else shown


def _assign(run, name, place):
    """
    Link a name to the conf; the link of the conf's own name goes, whoever has it.

    Others' names count only for an area that still has a VEID (read, not run).
    """
    node, holder, known = run.node, ids.ctid_of_name(run.node, name), run.values.get("VEID")
    new = name
    if holder is not None and known is not None and holder != known:
        run.complain(f"Name {name} is in use by CT {holder}")
        new = naming.other(node, name)
    if run.values.get("NAME"):
        naming.unlink(node, run.values["NAME"])
    run.say(f"Assign the name: {new}")
    try:
        naming.link(node, new, place)
    except OSError as problem:
        reason = f"Unable to create the link /etc/vz/names/{new}: {problem.strerror}"
        raise _refusal(reason) from None
    return new


def start(run):
    """Start the container; whatever happens is no failure of the registration, and its lock stays behind."""
    from vzsim.seven.commands.power import start as power

    run.load_conf()
    try:
        power.start(run)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
    os.makedirs(run.node.lock_dir, exist_ok=True)
    write_text(run.node.lock_path(run.ctid), f"{os.getpid()}\n\n")
