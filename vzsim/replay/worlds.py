"""
Recorded states of a node: world -> directory.

A *world* is a line of ``worlds.jsonl``: files in /etc/vz/conf, name links, containers with their private areas, locks,
dumps and live values. :func:`build` creates one below a directory, :mod:`vzsim.replay.records` runs a program there,
:mod:`vzsim.replay.compared` compares the result.
"""

import base64
import os
import shutil
import subprocess
import tarfile
import time

from vzsim import files, programs
from vzsim.grammar.values import is_number

TEMPLATE = "busybox-x86_64"
TEMPLATE_DIRECTORIES = ("bin", "sbin", "etc", "proc", "tmp")
TEMPLATE_FILES = {
    "bin/busybox": "",
    "bin/sh": "",
    "sbin/init": "",
    "bin/chpasswd": "#!/bin/sh\ncat > /dev/null\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "etc/shadow": "root:*:15000:0:99999:7:::\n",
    "etc/group": "root:x:0:\n",
    "etc/hosts": "127.0.0.1 localhost\n",
}
DIRECTORIES = ("bin", "etc/vz/conf", "etc/vz/names", "vz/private", "vz/root", "vz/template/cache", "vz/lock", "vz/dump")
DIRECTORIES += ("proc/vz/ct", "sys/class/net", "tmp")
# Links to busybox.
TEMPLATE_LINKS = """
    ash awk base64 basename cat chgrp chmod chown cp cut date dd df dirname du echo egrep env expr false fgrep find
    free getopt grep groups gunzip gzip head hostname id ifconfig ip kill killall less ln logger ls md5sum mkdir
    mknod mktemp more mount mv nc netstat nice nohup nproc od passwd pidof ping printf ps pwd readlink realpath
    renice reset rev rm rmdir route sed seq setsid sha256sum sleep sort stat stty su sync tail tar tee test time
    timeout top touch tr true tty umount uname uniq uptime vi watch wc wget which who whoami xargs yes zcat
""".split()


# the template


def make_template(directory):
    """Write what all nodes share below ``directory``: the tiny template (tree and tarball), programs, stock files."""
    tree = os.path.join(directory, "tree")
    for path in TEMPLATE_DIRECTORIES:
        os.makedirs(os.path.join(tree, path))
    for path, text in TEMPLATE_FILES.items():
        files.write_text(os.path.join(tree, path), text)
        os.chmod(os.path.join(tree, path), 0o644 if path.startswith("etc/") else 0o755)
    for name in TEMPLATE_LINKS:
        os.symlink("busybox", os.path.join(tree, "bin", name))
    with tarfile.open(os.path.join(directory, f"{TEMPLATE}.tar.gz"), "w:gz", compresslevel=1) as archive:
        archive.add(tree, arcname=".")
    programs.install(directory)
    for sample in stock_files():
        shutil.copyfile(os.path.join(files.SAMPLES, sample), os.path.join(directory, sample))
    return directory


# building


def build(directory, world, template):
    """Make ``directory`` match the world; returns the processes that hold its locks."""
    for path in DIRECTORIES:
        os.makedirs(os.path.join(directory, path), exist_ok=True)
    for program in os.listdir(os.path.join(template, "bin")):
        os.link(os.path.join(template, "bin", program), os.path.join(directory, "bin", program))
    _build_configuration(directory, world, template)
    _build_templates(directory, world, template)
    for path, kind in part(world, "dirs").items():
        _make_area(below(directory, path), "empty" if kind == "mounted" else kind, template)
    for path, content in part(world, "other_files").items():
        _make_file(directory, path, content)
    holders = []
    for ctid, container in part(world, "ct").items():
        _build_container(directory, ctid, container, template)
        holders += build_lock(directory, ctid, container.get("lock"))
    _build_kernel(directory, world)
    return holders


def _build_configuration(directory, world, template):
    for sample in stock_files():
        os.link(os.path.join(template, sample), os.path.join(directory, "etc/vz/conf", sample))
    vz_conf = world.get("vz_conf", stock_text("vz.conf"))
    if vz_conf is not None:
        files.write_text(os.path.join(directory, "etc/vz/vz.conf"), vz_conf)
    for name, content in part(world, "files").items():
        _make_file(directory, f"/etc/vz/conf/{name}", content)
    for name, target in part(world, "names").items():
        os.symlink(_target(directory, target), below(directory, f"/etc/vz/names/{name}"))


def _build_templates(directory, world, template):
    for name in world.get("templates", [f"{TEMPLATE}.tar.gz"]):
        os.link(os.path.join(template, f"{TEMPLATE}.tar.gz"), below(directory, f"/vz/template/cache/{name}"))


def _build_container(directory, ctid, container, template):
    if not is_number(ctid):
        raise ValueError(f"no CT ID: {ctid!r}")
    if container.get("private"):
        _make_area(below(directory, f"/vz/private/{ctid}"), container["private"], template)
    for path, content in part(container, "private_changes").items():
        _make_file(directory, f"/vz/private/{ctid}/{path}", content)
    if container.get("root"):
        os.makedirs(os.path.join(directory, "vz/root", ctid))
    if container.get("dump") is not None:
        files.write_text(os.path.join(directory, "vz/dump", f"Dump.{ctid}"), container["dump"])
    if container.get("running") is not None:
        live = {**container["running"], "started": time.time()}
        files.write_json(os.path.join(directory, "proc/vz/ct", f"{ctid}.json"), live)


def _build_kernel(directory, world):
    kernel = {key: world[key] for key in ("vswap", "kernel", "vzquota") if key in world}
    kernel["immutable"] = [
        f"/etc/vz/conf/{name}" for name, content in part(world, "files").items() if says(content, "immutable")
    ]
    files.write_json(os.path.join(directory, "proc/vz/kernel.json"), kernel)
    mounts = {ctid: _mounted_area(ctid, container) for ctid, container in part(world, "ct").items()}
    mounts = {ctid: area for ctid, area in mounts.items() if area}
    files.write_json(os.path.join(directory, "proc/vz/mounts.json"), mounts)


def _mounted_area(ctid, container):
    mounted = container.get("mounted")
    return f"/vz/private/{ctid}" if mounted is True else mounted


def build_lock(directory, ctid, lock, usual="<pid>\n\n"):
    """A living holder must be a real process with the recorded command line."""
    if not lock:
        return []
    holders, pid = [], _dead_pid()
    if lock.get("kind") == "live":
        holders = [_start_holder(lock.get("cmdline", "sleep 600"))]
        pid = holders[0].pid
    text = lock.get("text", usual).replace("<pid>", str(pid))
    files.write_text(os.path.join(directory, "vz/lock", f"{ctid}.lck"), text)
    return holders


def _start_holder(cmdline):
    """A shell that waits on standard input, with the whole command line as its name."""
    holder = subprocess.Popen([cmdline], executable="/bin/sh", stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while holder.poll() is None and not files.read_text(f"/proc/{holder.pid}/cmdline"):
        time.sleep(0.001)  # the kernel closes Popen's pipe before the new name is there
    return holder


def _dead_pid():
    """An unused process id, above the kernel's maximum."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
        return int(file.read()) + 1


def _make_area(path, kind, template):
    if kind == "template":
        shutil.copytree(os.path.join(template, "tree"), path, symlinks=True)
        return
    os.makedirs(path, exist_ok=True)
    if kind == "files":
        files.write_text(os.path.join(path, "file"), "something\n")


def _make_file(directory, path, content):
    """``content`` is text, an object (``base64``, ``mode``, ``link``, ``dir``, ``text``), or ``None``: no file."""
    place = below(directory, path)
    only_mode = says(content, "mode") and len(content) == 1
    if os.path.lexists(place) and not only_mode:
        os.unlink(place)
    if content is None:
        return
    content = {"text": content} if isinstance(content, str) else content
    os.makedirs(os.path.dirname(place), exist_ok=True)
    if "link" in content:
        os.symlink(_target(directory, content["link"]), place)
        return
    if "dir" in content:
        os.mkdir(place)
    elif not only_mode:
        with open(place, "wb") as file:
            file.write(data_of(content))
    os.chmod(place, int(content.get("mode", "755" if "dir" in content else "644"), 8))


def data_of(content):
    """The bytes of a file object: ``{"base64": "eA=="}`` -> ``b"x"``"""
    if "base64" in content:
        return base64.b64decode(content["base64"])
    return content.get("text", "").encode("utf-8", "surrogateescape")


def part(world, key):
    """An optional part of a world; ``{}`` if missing or null."""
    return world.get(key) or {}


def says(content, key):
    """Whether a file of a world is an object with this key."""
    return isinstance(content, dict) and key in content


def below(directory, path):
    """The real path of a path of the node; raises ValueError if it leads out of the node."""
    place = os.path.normpath(f"{directory}/{path}")
    if not place.startswith(directory + "/"):
        raise ValueError(f"path leads out of the node: {path}")
    return place


def _target(directory, target):
    return below(directory, target) if target.startswith("/") else target


def stock_files():
    """Names of the files that every world has in etc/vz/conf."""
    return [name for name in os.listdir(files.SAMPLES) if name == "0.conf" or name.endswith(".conf-sample")]


def stock_text(name):
    """Text of a stock file, vz.conf among them."""
    return files.read_text(os.path.join(files.SAMPLES, name))
