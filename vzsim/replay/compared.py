"""
Compare a node directory with the world that a record expects.

The format of a world is described in :mod:`vzsim.replay.worlds`.
"""

import difflib
import os
import re

from vzsim import files
from vzsim.replay import worlds

HOST_NAME = "vm"  # of the machine where the worlds were recorded
MADE_UP_NAME = re.compile(r"(vzctl-old-root\.)\w{6}\b")
MAC = re.compile(r"00:18:51(?::[0-9A-Fa-f]{2}){3}")


class Look:
    """A node directory described in terms of a world."""

    def __init__(self, directory, template):
        self.directory = directory
        self.template = template

    def files(self):
        """Files of /etc/vz/conf; stock files only if they changed."""
        conf = os.path.join(self.directory, "etc/vz/conf")
        found = {name: self._file(os.path.join(conf, name)) for name in os.listdir(conf)}
        for name in worlds.stock_files():
            if found.get(name) == _normal(worlds.stock_text(name)):
                del found[name]
            else:
                found.setdefault(name, None)
        return found

    def _file(self, path):
        if os.path.islink(path):
            return {"link": self._strip(os.readlink(path))}
        if os.path.isdir(path):
            return {"dir": True}
        with open(path, "rb") as file:
            data = file.read().replace(self.directory.encode(), b"")
        return {"data": data, "mode": f"{os.stat(path).st_mode & 0o7777:o}"}

    def names(self):
        names = os.path.join(self.directory, "etc/vz/names")
        return {name: self._strip(os.readlink(os.path.join(names, name))) for name in os.listdir(names)}

    def _strip(self, path):
        return path.replace(self.directory, "", 1)

    def text(self, path):
        """Text of a file of the node, ``None`` if there is none."""
        try:
            return files.read_text(self.directory + path).replace(self.directory, "")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None

    def ctids(self):
        """All containers of which there is a trace other than the configuration."""
        found = set(self._mounts())
        for path, pattern in (
            ("vz/private", r"(\d+)"),
            ("vz/root", r"(\d+)"),
            ("vz/lock", r"(\d+)\.lck"),
            ("vz/dump", r"Dump\.(\d+)"),
            ("proc/vz/ct", r"(\d+)\.json"),
        ):
            matches = [re.fullmatch(pattern, name) for name in self._list(path)]
            found |= {match.group(1) for match in matches if match}
        return found

    def _list(self, path):
        place = os.path.join(self.directory, path)
        return os.listdir(place) if os.path.isdir(place) else []

    def _mounts(self):
        return files.read_json(os.path.join(self.directory, "proc/vz/mounts.json"), {})

    def container(self, ctid):
        """State of one container: ``{"private": "template", "root": True, "mounted": True, ...}``"""
        state = {"private": self.area(f"/vz/private/{ctid}"), "root": os.path.isdir(f"{self.directory}/vz/root/{ctid}")}
        mounted = self._mounts().get(ctid)
        state["mounted"] = mounted is not None and (
            self._strip(mounted) == f"/vz/private/{ctid}" or self._strip(mounted)
        )
        state["running"] = files.read_json(os.path.join(self.directory, "proc/vz/ct", f"{ctid}.json"), None)
        state["dump"] = self.text(f"/vz/dump/Dump.{ctid}")
        state["lock"] = self.text(f"/vz/lock/{ctid}.lck")
        return state

    def area(self, path):
        """``empty``, ``template`` or ``files``; ``None`` if it is missing."""
        place = self.directory + path
        if not os.path.isdir(place):
            return None
        if not os.listdir(place):
            return "empty"
        return "template" if os.path.lexists(os.path.join(place, "bin/busybox")) else "files"

    def change(self, ctid, path):
        """One file of a private area against the template: ``(text, mode)``, ``None`` for removed, ``"same"``."""
        place = os.path.join(self.directory, "vz/private", ctid, path)
        if not os.path.lexists(place):
            return None
        found = files.read_text(place), f"{os.stat(place).st_mode & 0o7777:o}"
        return "same" if found == self.template_file(path) else found

    def template_file(self, path):
        """Text and mode of a file in the template, ``(None, None)`` if it has no such file."""
        place = os.path.join(self.template, "tree", path)
        if not os.path.lexists(place):
            return None, None
        return files.read_text(place), f"{os.stat(place).st_mode & 0o7777:o}"

    def unexpected(self, known):
        """Entries of /vz that belong to no container and are not in the world."""
        found = []
        for path, pattern in (
            ("/vz/private", r"\d+"),
            ("/vz/root", r"\d+"),
            ("/vz/lock", r"\d+\.lck"),
            ("/vz/dump", r"Dump\.\d+"),
        ):
            found += [f"{path}/{name}" for name in self._list(path[1:]) if not re.fullmatch(pattern, name)]
        return sorted(set(found) - set(known))


def texts_with_macs(directory, after):
    """Where MAC addresses may stand: what is expected and what is there, confs first, then live devices."""
    pairs = []
    for name, content in worlds.part(after, "files").items():
        if isinstance(content, str):
            pairs.append((content, _read(worlds.below(directory, f"/etc/vz/conf/{name}"))))
    for ctid, container in worlds.part(after, "ct").items():
        live = files.read_json(worlds.below(directory, f"/proc/vz/ct/{ctid}.json"), {})
        pairs.append((_devices_text(container.get("running") or {}), _devices_text(live)))
    return pairs


def _read(path):
    try:
        return files.read_text(path)
    except OSError:
        return ""


def _devices_text(live):
    devices = live.get("veth") or {}
    return " ".join(f"{devices[ifname].get('mac')} {devices[ifname].get('host_mac')}" for ifname in sorted(devices))


def _normal(content):
    """A file of a world in the form that :class:`Look` reports."""
    if content is None or worlds.says(content, "dir") or worlds.says(content, "link"):
        return {key: content[key] for key in content if key in ("dir", "link")} if content else None
    if isinstance(content, str):
        content = {"text": content}
    return {"data": worlds.data_of(content), "mode": content.get("mode", "644")}


def differences(directory, before, after, template, macs):
    """
    Every difference from the world ``after``, one line each.

    ``macs`` maps MAC addresses generated by this run to those of the record.
    """
    look = Look(directory, template)
    found = _file_differences(look, after, macs)
    found += _unequal("name links", worlds.part(after, "names"), look.names())
    found += _unequal("vz.conf", after.get("vz_conf", worlds.stock_text("vz.conf")), look.text("/etc/vz/vz.conf"))
    templates = sorted(after.get("templates", [f"{worlds.TEMPLATE}.tar.gz"]))
    found += _unequal("templates", templates, sorted(os.listdir(os.path.join(directory, "vz/template/cache"))))
    containers = worlds.part(after, "ct")
    for ctid in sorted(set(containers) | look.ctids(), key=int):
        previous = worlds.part(before, "ct").get(ctid, {})
        found += _container_differences(look, ctid, previous, containers.get(ctid, {}), macs)
    return found + _place_differences(look, before, after)


def _file_differences(look, after, macs):
    expected = {name: _normal(content) for name, content in worlds.part(after, "files").items()}
    actual = {name: _with_macs(content, macs) for name, content in look.files().items()}
    found = []
    for name in sorted(set(expected) | set(actual)):
        found += _file_difference(f"conf/{name}", expected.get(name), actual.get(name))
    return found


def _file_difference(what, expected, actual):
    """The lines that differ, if both are plain files."""
    if expected == actual or not all(content and "data" in content for content in (expected, actual)):
        return _unequal(what, expected, actual)
    texts = [content["data"].decode("utf-8", "backslashreplace").splitlines() for content in (expected, actual)]
    lines = [line for line in difflib.unified_diff(*texts, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")]
    if not lines:
        return _unequal(what, expected, actual)
    return [f"{what}: " + "  ".join(lines)]


def _with_macs(content, macs):
    if content and "data" in content:
        text = translate(content["data"].decode("utf-8", "surrogateescape"), macs)
        content = {**content, "data": text.encode("utf-8", "surrogateescape")}
    return content


def translate(text, macs):
    """Put the recorded MAC addresses in the place of the made-up ones."""
    return MAC.sub(lambda match: macs.get(match.group().upper(), match.group()), text)


def _container_differences(look, ctid, previous, expected, macs):
    actual, found = look.container(ctid), []
    for key, missing in (("private", None), ("root", False), ("mounted", False), ("dump", None)):
        found += _unequal(f"container {ctid}: {key}", expected.get(key, missing), actual[key])
    found += _live_differences(ctid, expected.get("running"), actual["running"], macs)
    found += _lock_differences(ctid, expected.get("lock"), actual["lock"])
    changes = worlds.part(expected, "private_changes")
    for path in sorted({*changes, *worlds.part(previous, "private_changes")}) if actual["private"] else ():
        wanted = _wanted_change(look, path, changes.get(path, "same") if path in changes else "same")
        found += _unequal(f"container {ctid}: {path}", wanted, look.change(ctid, path))
    return found


def _wanted_change(look, path, content):
    if content is None or content == "same":
        return content
    text, mode = look.template_file(path)
    content = content if isinstance(content, dict) else {"text": content}
    return content.get("text", text), content.get("mode", mode or "644")


def _live_differences(ctid, expected, actual, macs):
    """``venet0`` and ``cgroup`` of a record are advisory: they are the recording kernel's."""
    if expected is None or actual is None:
        return _unequal(f"container {ctid}: running", expected is not None, actual is not None)
    hostname = actual.get("hostname")
    hostname = HOST_NAME if expected.get("hostname") == HOST_NAME and hostname == os.uname().nodename else hostname
    found = _unequal(f"container {ctid}: live hostname", expected.get("hostname"), hostname)
    found += _unequal(f"container {ctid}: live ip", expected.get("ip", []), actual.get("ip", []))
    return found + _unequal(f"container {ctid}: live veth", expected.get("veth", {}), _veth(actual, macs))


def _veth(live, macs):
    devices = {}
    for ifname, device in (live.get("veth") or {}).items():
        devices[ifname] = {
            key: translate(str(device[key]), macs) for key in ("mac", "host_ifname", "host_mac") if device.get(key)
        }
    return devices


def _lock_differences(ctid, expected, actual):
    if expected is None or actual is None:
        return _unequal(f"container {ctid}: lock", expected is not None, actual is not None)
    return [] if same_text(expected.get("text", ""), actual) else [f"container {ctid}: lock file is {actual!r}"]


def same_text(expected, actual):
    """``<pid>`` stands for any number; random parts of temporary names are ignored."""
    expected, actual = (MADE_UP_NAME.sub(r"\1", text) for text in (expected, actual))
    if "<pid>" not in expected:
        return expected == actual
    return re.fullmatch(re.escape(expected).replace("<pid>", r"\d+"), actual) is not None


def _place_differences(look, before, after):
    found = []
    directories, others = worlds.part(after, "dirs"), worlds.part(after, "other_files")
    for path in sorted({*directories, *worlds.part(before, "dirs")}):
        actual = look.area(path)
        # A mount point looks like any directory here, and a further area is "files" whatever is in it.
        wanted = {"mounted": actual or "mounted"}.get(directories.get(path), directories.get(path))
        found += _unequal(path, wanted, "files" if actual == "template" and wanted == "files" else actual)
    for path in sorted({*others, *worlds.part(before, "other_files")}):
        content = others.get(path)
        content = content.get("text") if isinstance(content, dict) else content
        found += _unequal(path, content, look.text(path))
    return found + [f"{path} was left behind" for path in look.unexpected({*directories, *others})]


def _unequal(what, expected, actual):
    if expected == actual:
        return []
    return [f"{what}: expected {_short(expected)}, got {_short(actual)}"]


def _short(value):
    if isinstance(value, dict) and "data" in value:
        mode = "" if value["mode"] == "644" else f" (mode {value['mode']})"
        value = value["data"].decode("utf-8", "backslashreplace")
        return repr(value) + mode
    return "nothing" if value is None else repr(value)
