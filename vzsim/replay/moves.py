"""
Replay recorded runs of vzmigrate: ``moves.jsonl`` in the folder, one run a line, see `tests/contract/moves/README.md`.

Both nodes are built as :mod:`vzsim.replay.fleets` says, vzmigrate runs on one of them, and its exit code, its output,
the commands it sent and both nodes are compared.
"""

import json
import os
import re
import subprocess
import threading

from vzsim import files
from vzsim.replay import fleets

NO_CONNECTION = 255
TIME_LIMIT = 60  # seconds for a run and for what goes on after it
TIMES = re.compile(r"(?<!\d)\d+\.\d\d")
# Lines of programs that are not vzmigrate, and of what injected the failures of the recording.
NOISE = re.compile(r"^(ssh: |rsync|injected failure|UID +PID|root +\d+|error: unsupported|Usage:|.* ps )|^\s*$")
HOLDER = re.compile(r"(Locked by: pid \d+, cmdline) .*")
# How commands stand in a record, and how they stand in calls.jsonl.
REMOTE_CONF = re.compile(r"sh -c 'VEID=.*")


def replay_one(record, place, template):
    """Differences in effects and in text: two lists."""
    os.makedirs(place)
    nodes = fleets.build(place, record, template)
    ran = _run(record, nodes, place)
    fleets.settle(nodes, TIME_LIMIT)
    done = []
    if ran.rc != record["rc"]:
        done.append(f"rc: expected {record['rc']}, got {ran.rc}")
    if any("Traceback" in text for text in (ran.stdout, ran.stderr)):
        done.append("the program crashed")
    for name, directory in nodes.items():
        expected, found = _wanted(record, name), _look(directory, record["after"][name], place)
        done += [
            f"{name} {part}: expected {expected[part]!r}, got {found[part]!r}"
            for part in expected
            if expected[part] != found[part]
        ]
    return done, _said(record, ran) + _called(record, nodes, place)


class Ran:
    def __init__(self, rc, stdout, stderr):
        self.rc = rc
        self.stdout = stdout
        self.stderr = stderr


def _run(record, nodes, place):
    directory = nodes[record["on"]]
    process = subprocess.Popen(
        [f"{directory}/bin/{record['argv'][0]}", *record["argv"][1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=place,
        umask=0o022,
    )
    meanwhile = (record.get("given") or {}).get("meanwhile")
    if meanwhile:
        threading.Thread(target=_act, args=(meanwhile, nodes, f"{place}/until"), daemon=True).start()
    stdout, stderr = process.communicate(timeout=TIME_LIMIT)
    return Ran(process.returncode, _text(stdout, nodes), _text(stderr, nodes))


def _act(meanwhile, nodes, stop):
    """Run a command when a step comes to a stop at its file, then let it go on."""
    while not os.path.exists(stop):
        threading.Event().wait(0.01)
    fleets.vzctl(nodes[meanwhile["on"]], *meanwhile["vzctl"])
    os.unlink(stop)


def _text(data, nodes):
    text = data.decode("utf-8", "backslashreplace")
    for directory in nodes.values():
        text = text.replace(directory, "")
    return text


def _wanted(record, name):
    """A recorded world in the words of :func:`_look`."""
    world = record["after"][name]
    wanted = {"conf": world["conf"], "names": world["names"], "root": world["root"], "lock": sorted(world["lock"])}
    if (record.get("given") or {}).get("shared") and name == "node-B":
        wanted["private"] = {}
    else:
        wanted["private"] = {ctid: _kind(area) for ctid, area in world["private"].items()}
    for store in ("store", "private2"):
        wanted[store] = {key: "full" if count > 1 else "empty" for key, count in (world.get(store) or {}).items()}
    wanted |= {"dump": world["dump"], "var_tmp": world["var_tmp"], "status": world["status"]}
    if "procs" in world:
        wanted["running"] = sorted(world["procs"])
    return wanted


def _kind(area):
    if area.get("link"):
        return {"link": area["link"]}
    return {"files": "full" if area["files"] > 1 else "few" if area["files"] else "none", "marker": area["marker"]}


def _look(directory, world, place):
    names = [name for name in os.listdir(f"{directory}/etc/vz/conf") if name[0] in "123456789"]
    confs = sorted(names)
    if isinstance(world["conf"], dict):
        confs = {name: _conf(directory, name) for name in names}
    found = {"conf": confs, "names": _links(directory, "etc/vz/names"), "root": sorted(_list(directory, "vz/root"))}
    found["lock"] = sorted(_list(directory, "vz/lock"))
    found["private"] = {} if os.path.islink(f"{directory}/vz/private") else _areas(directory, "vz/private")
    for store in ("store", "private2"):
        found[store] = {
            name: area["files"].replace("none", "empty") for name, area in _areas(directory, f"vz/{store}").items()
        }
    found["dump"], found["var_tmp"] = sorted(_list(directory, "vz/dump")), sorted(_list(directory, "var/tmp"))
    known = {*world["status"], *(name.partition(".")[0] for name in names if name.endswith(".conf")), *found["private"]}
    found["status"] = {ctid: fleets.vzctl(directory, "status", ctid).stdout.strip() for ctid in sorted(known)}
    live = [name.removesuffix(".json") for name in _list(directory, "proc/vz/ct") if name.endswith(".json")]
    found["running"] = sorted(live)
    return found


def _conf(directory, name):
    path = f"{directory}/etc/vz/conf/{name}"
    text = files.read_text(path).replace(directory, "")
    return {"mode": f"0o{os.stat(path).st_mode & 0o7777:o}", "text": text}


def _list(directory, path):
    return os.listdir(f"{directory}/{path}") if os.path.isdir(f"{directory}/{path}") else []


def _links(directory, path):
    return {name: os.readlink(f"{directory}/{path}/{name}").replace(directory, "") for name in _list(directory, path)}


def _areas(directory, path):
    found = {}
    for name in _list(directory, path):
        place = f"{directory}/{path}/{name}"
        if os.path.islink(place):
            found[name] = {"link": os.readlink(place).replace(directory, ""), "files": "none"}
            continue
        count = sum(len(kept) for _, _, kept in os.walk(place))
        marker = f"{place}/{fleets.MARKER}"
        text = files.read_text(marker) if os.path.exists(marker) else None
        found[name] = {"files": "full" if count > 2 else "few" if count else "none", "marker": text}
    return {
        name: {"link": area["link"]} if "link" in area and path == "vz/private" else area
        for name, area in found.items()
    }


def _said(record, ran):
    """Differences of what is printed; times, and lines of other programs, do not count."""
    found = []
    for stream, expected, actual in (
        ("stdout", record["stdout"], ran.stdout),
        ("stderr", record["stderr"], ran.stderr),
    ):
        expected, actual = _lines(expected), _lines(actual)
        if expected != actual:
            found.append(f"{stream}: expected {expected!r}, got {actual!r}")
    return found


def _lines(text):
    text = HOLDER.sub(r"\1", text)
    return [TIMES.sub("0.00", line) for line in text.splitlines() if not NOISE.match(line)]


def _called(record, nodes, place):
    """Commands that were sent to the other node, in their order; those cut off by a lost line are not recorded."""
    wanted = [call.partition(" ")[2].partition(" ")[2] for call in record["calls"] if call.startswith("ssh ")]
    wanted = [_normal(command) for command in wanted if "rsync --server" not in command and "; umask" not in command]
    path = f"{nodes[record['on']]}/calls.jsonl"
    lines = files.read_text(path).splitlines() if os.path.exists(path) else []
    found = []
    for call in map(json.loads, lines):
        if call["program"] == "ssh" and call["argv"][-2].startswith("root@"):
            command = _normal(_text(call["argv"][-1].encode(), nodes))
            found += [command] if call["rc"] != NO_CONNECTION or command in wanted else []
    return [] if wanted == found else [f"commands: expected {wanted!r}, got {found!r}"]


def _normal(command):
    return REMOTE_CONF.sub("CONF", command).replace("/run/fakevz/rst", "/proc/rst")
