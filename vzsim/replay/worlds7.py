"""
Recorded states of a node of vzctl 7 to 9: world -> directory -> world.

:func:`build` makes a node like a world, :func:`look` describes a node as a world. The keys are those of
``worlds.jsonl``: ``files``, ``names``, ``areas``, ``ct``, ``vz_conf``, ``shared_fs``, ``other_files``.
"""

import json
import os
import shutil
import time

from vzsim import files, making, programs
from vzsim.ploop import images
from vzsim.replay import worlds
from vzsim.replay.worlds import below, part, says
from vzsim.seven import making as seven
from vzsim.seven.grammar import conf
from vzsim.seven.live import veth

AREAS = "/vz/private"
LOCK_FILE = ".lck"  # left out of worlds
TEMPLATES = {
    "almalinux-9": seven.TEMPLATES["almalinux-9"],
    "debian-12": {**seven.TEMPLATES["debian-12"], "broken": True},
}
DEVICES = {"lo": "00:00:00:00:00:00", "venet0": "00:00:00:00:00:00"}
PCI_DEVICES = ("0000:00:01.0",)
PAIR = ("host_ifname", "host_mac")
LIVE = ("hostname", "cgroup", "paused")  # of a live record, what worlds have


def build(directory, world, template):
    """Make ``directory`` match the world; returns the processes that hold its locks."""
    for path in making.DIRECTORIES:
        os.makedirs(f"{directory}/{path}", exist_ok=True)
    for program in programs.COMMON:
        os.link(f"{template}/bin/{program}", f"{directory}/bin/{program}")
    for name in stock_files():
        shutil.copyfile(f"{seven.SAMPLES}/{name}", f"{directory}/etc/vz/conf/{name}")
    vz_conf = world.get("vz_conf", stock_text("vz.conf"))
    if vz_conf is not None:
        files.write_text(f"{directory}/etc/vz/vz.conf", vz_conf)
    for name, content in part(world, "files").items():
        put(directory, f"/etc/vz/conf/{name}", content)
    for name, target in part(world, "names").items():
        os.symlink(below(directory, target), f"{directory}/etc/vz/names/{name}")
    for area, content in part(world, "areas").items():
        os.makedirs(below(directory, os.path.dirname(area)), exist_ok=True)
        if "" not in content:
            os.makedirs(below(directory, area), exist_ok=True)
        for path, entry in content.items():
            put(directory, f"{area}/{path}".rstrip("/"), entry)
    for path, content in part(world, "other_files").items():
        put(directory, path, content)
    build_kernel(directory, world)
    holders = []
    for ctid, container in part(world, "ct").items():
        if container.get("root"):
            os.makedirs(f"{directory}/vz/root/{ctid}", exist_ok=True)
        holders += worlds.build_lock(directory, ctid, container.get("lock"), "<pid>\n")
    return holders


def build_kernel(directory, world):
    """What the kernel knows: mounts, running containers, bridges, devices and whether the disks are shared."""
    making.add_bridge(directory, "br0")
    os.makedirs(f"{directory}/srv")
    for device, address in DEVICES.items():
        making.add_device(directory, device, address)
    seven.write_kernel(directory, shared_fs=bool(world.get("shared_fs")), templates=TEMPLATES, pci=list(PCI_DEVICES))
    files.write_json(f"{directory}/{programs.MARK}", {"family": programs.SEVEN, "directory": directory})
    mounts = {}
    for ctid, container in part(world, "ct").items():
        if container.get("mounted"):
            mounts[ctid] = area_of(world, ctid)
        if container.get("running") is not None:
            live = {**live_record(world, ctid, container["running"]), "started": time.time()}
            files.write_json(f"{directory}/proc/vz/ct/{ctid}.json", live)
    node = programs.node_at(directory)
    for ctid, area in mounts.items():
        node.set_mounted(ctid, area)
    node.publish()


def live_record(world, ctid, running):
    """What the kernel knows of a running container; a world has of its devices only the MACs inside."""
    values = conf.read_values(part(world, "areas").get(area_of(world, ctid), {}).get("ve.conf", ""))
    devices = {device["ifname"]: device for device in veth.parse(values.get("NETIF", ""))}
    pairs = {}
    for name, mac in (running.get("netif") or {}).items():
        pairs[name] = {key: devices[name][key] for key in PAIR if key in devices.get(name, {})} | {"mac": mac}
    record = {**running, "ip": veth.hosts(values.get("IP_ADDRESS", "") if veth.VENET in pairs else "")}
    return {**record, "netif": pairs} if pairs else record


def area_of(world, ctid):
    link = part(world, "files").get(f"{ctid}.conf")
    return os.path.dirname(link["link"]) if says(link, "link") else f"{AREAS}/{ctid}"


def put(directory, path, content):
    """One entry: text, ``{"text", "mode"}``, ``{"link"}``, ``{"dir"}`` or ``{"image"}``; ``None`` for nothing."""
    place = below(directory, path)
    if content is None:
        if os.path.lexists(place):
            os.unlink(place)
        return
    content = {"text": content} if isinstance(content, str) else content
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if "link" in content:
        target = content["link"]
        os.symlink(below(directory, target) if target.startswith("/") else target, place)
    elif "dir" in content:
        os.makedirs(place, exist_ok=True)
    elif "image" in content:
        images.write(place, content["image"])
    else:
        files.write_text(place, content["text"])
        os.chmod(place, int(content.get("mode", "644"), 8))


# the other way round


def look(directory, paths):
    """A node as a world; ``paths`` are areas and other files that may be anywhere."""
    mounts = files.read_json(f"{directory}/proc/vz/mounts.json", {})
    conf = f"{directory}/etc/vz/conf"
    found = {"files": {}, "names": {}, "areas": {}, "ct": {}, "other_files": {}}
    for name in os.listdir(conf):
        content = entry_at(directory, f"/etc/vz/conf/{name}")
        if name not in stock_files() or content != stock_text(name):
            found["files"][name] = content
    for name in os.listdir(f"{directory}/etc/vz/names"):
        found["names"][name] = strip(directory, os.readlink(f"{directory}/etc/vz/names/{name}"))
    areas = {f"{AREAS}/{name}" for name in os.listdir(directory + AREAS) if not name.endswith(LOCK_FILE)}
    for area in areas | {path for path in paths["areas"] if os.path.lexists(directory + path)}:
        found["areas"][area] = dict(entries(directory, area))
    for path in paths["other_files"]:
        if os.path.lexists(directory + path):
            found["other_files"][path] = entry_at(directory, path)
    for ctid in ctids(directory, mounts):
        found["ct"][ctid] = container(directory, ctid, ctid in mounts)
    found["vz_conf"] = entry_at(directory, "/etc/vz/vz.conf")
    return found


def ctids(directory, mounts):
    known = {*mounts, *os.listdir(f"{directory}/vz/root")}
    known |= {name.removesuffix(".json") for name in os.listdir(f"{directory}/proc/vz/ct") if name.endswith(".json")}
    return known | {name.removesuffix(".lck") for name in os.listdir(f"{directory}/vz/lock") if name.endswith(".lck")}


def container(directory, ctid, mounted):
    """``{"root": True, "mounted": True, "running": {...}, "lock": "text"}``, only what is true of it."""
    live = files.read_json(f"{directory}/proc/vz/ct/{ctid}.json", None)
    state = {"root": os.path.isdir(f"{directory}/vz/root/{ctid}"), "mounted": mounted}
    if live is not None:
        state["running"] = {key: live[key] for key in LIVE if key in live}
        if live.get("netif"):
            state["running"]["netif"] = {name: pair["mac"] for name, pair in live["netif"].items()}
    if os.path.lexists(f"{directory}/vz/lock/{ctid}.lck"):
        state["lock"] = files.read_text(f"{directory}/vz/lock/{ctid}.lck")
    return {key: value for key, value in state.items() if value is not False}


def entries(directory, area):
    """All files, links, images and empty directories of an area, by their paths in it."""
    place = directory + area
    if not os.path.isdir(place) or os.path.islink(place):
        yield "", entry_at(directory, area)
        return
    for name in os.listdir(place):
        path = f"{area}/{name}"
        if name == LOCK_FILE:
            continue
        if is_folder(directory + path) and os.listdir(directory + path):
            yield from ((f"{name}/{inner}", content) for inner, content in entries(directory, path))
        else:
            yield name, entry_at(directory, path)


def is_folder(place):
    return os.path.isdir(place) and not os.path.islink(place) and not images.is_image(place)


def entry_at(directory, path):
    """One entry as worlds have it; ``None`` if there is nothing."""
    place = directory + path
    if os.path.islink(place):
        return {"link": strip(directory, os.readlink(place))}
    if images.is_image(place):
        return {"image": {key: value for key, value in images.read(place).items() if key in IMAGE_KEYS}}
    if os.path.isdir(place):
        return {"dir": True}
    try:
        text = files.read_text(place).replace(directory, "")
    except FileNotFoundError:
        return None
    mode = os.stat(place).st_mode & 0o7777
    return {"text": text, "mode": f"{mode:o}"} if mode & 0o111 else text


IMAGE_KEYS = ("size_kib", "snapshots", "top")


def strip(directory, path):
    return path.replace(directory, "", 1)


def stock_files():
    """Names of the files that every world has in etc/vz/conf."""
    return [name for name in os.listdir(seven.SAMPLES) if name != "vz.conf"]


def stock_text(name):
    return files.read_text(f"{seven.SAMPLES}/{name}")


def dumped(content):
    """An entry as text, the same for equal ones."""
    return json.dumps(content, sort_keys=True, ensure_ascii=False)
