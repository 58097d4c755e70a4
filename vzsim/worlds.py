"""
Recorded states of a node: world -> directory.

A *world* is what a line of ``worlds.jsonl`` says: files in /etc/vz/conf, name links, containers with
their private areas, locks, dumps and live values. Here one is laid out below a directory
(:func:`build`); what has become of it is compared in :mod:`vzsim.worlds_compared`. Running a program in
between is the part of :mod:`vzsim.replay`.
"""

import base64
import os
import shutil
import subprocess
import sys
import tarfile
import time

from vzsim import node as node_files
from vzsim import programs

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")
TEMPLATE = "busybox-x86_64"
TEMPLATE_DIRECTORIES = ("bin", "sbin", "etc", "tmp")
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


# the template


def make_template(directory):
    """Lay out what all nodes share below ``directory``: the tiny template (tree and tarball), programs, stock files."""
    tree = os.path.join(directory, "tree")
    for path in TEMPLATE_DIRECTORIES:
        os.makedirs(os.path.join(tree, path))
    for path, text in TEMPLATE_FILES.items():
        node_files.write_text(os.path.join(tree, path), text)
        os.chmod(os.path.join(tree, path), 0o644 if path.startswith("etc/") else 0o755)
    with tarfile.open(os.path.join(directory, f"{TEMPLATE}.tar.gz"), "w:gz", compresslevel=1) as archive:
        archive.add(tree, arcname=".")
    programs.install(directory)
    for sample in stock_files():
        shutil.copyfile(os.path.join(SAMPLES, sample), os.path.join(directory, sample))
    return directory


# building


def build(directory, world, template):
    """Make ``directory`` look like the world; processes that hold its locks are returned."""
    for path in DIRECTORIES:
        os.makedirs(os.path.join(directory, path), exist_ok=True)
    for program in os.listdir(os.path.join(template, "bin")):
        os.link(os.path.join(template, "bin", program), os.path.join(directory, "bin", program))
    _build_configuration(directory, world, template)
    _build_templates(directory, world, template)
    for path, kind in world.get("dirs", {}).items():
        _make_area(directory + path, "empty" if kind == "mounted" else kind, template)
    for path, content in world.get("other_files", {}).items():
        os.makedirs(os.path.dirname(directory + path), exist_ok=True)
        _make_file(directory, directory + path, content)
    holders = []
    for ctid, container in world.get("ct", {}).items():
        _build_container(directory, ctid, container, template)
        holders += _build_lock(directory, ctid, container.get("lock"))
    _build_kernel(directory, world)
    return holders


def _build_configuration(directory, world, template):
    conf = os.path.join(directory, "etc/vz/conf")
    for sample in stock_files():
        os.link(os.path.join(template, sample), os.path.join(conf, sample))
    vz_conf = world.get("vz_conf", stock_text("vz.conf"))
    if vz_conf is not None:
        node_files.write_text(os.path.join(directory, "etc/vz/vz.conf"), vz_conf)
    for name, content in world.get("files", {}).items():
        _make_file(directory, os.path.join(conf, name), content)
    for name, target in world.get("names", {}).items():
        os.symlink(_below(directory, target), os.path.join(directory, "etc/vz/names", name))


def _build_templates(directory, world, template):
    for name in world.get("templates", [f"{TEMPLATE}.tar.gz"]):
        os.link(os.path.join(template, f"{TEMPLATE}.tar.gz"), os.path.join(directory, "vz/template/cache", name))


def _build_container(directory, ctid, container, template):
    private = os.path.join(directory, "vz/private", ctid)
    if container.get("private"):
        _make_area(private, container["private"], template)
    for path, content in container.get("private_changes", {}).items():
        _make_file(directory, os.path.join(private, path), content)
    if container.get("root"):
        os.makedirs(os.path.join(directory, "vz/root", ctid))
    if "dump" in container:
        node_files.write_text(os.path.join(directory, "vz/dump", f"Dump.{ctid}"), container["dump"])
    if "running" in container:
        live = {**container["running"], "started": time.time()}
        node_files.write_json(os.path.join(directory, "proc/vz/ct", f"{ctid}.json"), live)


def _build_kernel(directory, world):
    kernel = {key: world[key] for key in ("vswap", "kernel", "vzquota") if key in world}
    kernel["immutable"] = [
        f"/etc/vz/conf/{name}" for name, content in world.get("files", {}).items() if says(content, "immutable")
    ]
    node_files.write_json(os.path.join(directory, "proc/vz/kernel.json"), kernel)
    mounts = {ctid: _mounted_area(ctid, container) for ctid, container in world.get("ct", {}).items()}
    mounts = {ctid: area for ctid, area in mounts.items() if area}
    node_files.write_json(os.path.join(directory, "proc/vz/mounts.json"), mounts)


def _mounted_area(ctid, container):
    mounted = container.get("mounted")
    return f"/vz/private/{ctid}" if mounted is True else mounted


def _build_lock(directory, ctid, lock):
    """A living holder must really live, with the command line that the record says."""
    if lock is None:
        return []
    holders, pid = [], _dead_pid()
    if lock.get("kind") == "live":
        holders = [_start_holder(directory, lock.get("cmdline", "sleep 600"))]
        pid = holders[0].pid
    text = lock.get("text", "<pid>\n\n").replace("<pid>", str(pid))
    node_files.write_text(os.path.join(directory, "vz/lock", f"{ctid}.lck"), text)
    return holders


def _start_holder(directory, cmdline):
    """Python takes the second word for its script; it waits until its standard input is closed."""
    argv = cmdline.split(" ")
    scripts = os.path.join(directory, "tmp/holder")
    os.makedirs(scripts, exist_ok=True)
    if len(argv) > 1:
        node_files.write_text(os.path.join(scripts, argv[1]), "import sys\nsys.stdin.read()\n")
    return subprocess.Popen(
        argv, executable=sys.executable, cwd=scripts, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _dead_pid():
    """A process id that nobody has: above what the kernel gives out."""
    with open("/proc/sys/kernel/pid_max", encoding="ascii") as file:
        return int(file.read()) + 1


def _make_area(path, kind, template):
    if kind == "template":
        shutil.copytree(os.path.join(template, "tree"), path, symlinks=True)
        return
    os.makedirs(path, exist_ok=True)
    if kind == "files":
        node_files.write_text(os.path.join(path, "file"), "something\n")


def _make_file(directory, path, content):
    """``content`` is text, an object (``base64``, ``mode``, ``link``, ``dir``, ``text``), or ``None``: no file."""
    if os.path.lexists(path) and not (says(content, "mode") and len(content) == 1):
        os.unlink(path)
    if content is None:
        return
    if isinstance(content, str):
        content = {"text": content}
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if "dir" in content:
        os.mkdir(path)
    elif "link" in content:
        os.symlink(_below(directory, content["link"]), path)
    elif "base64" in content:
        with open(path, "wb") as file:
            file.write(base64.b64decode(content["base64"]))
    elif "text" in content:
        node_files.write_text(path, content["text"])
    if "link" not in content:
        os.chmod(path, int(content.get("mode", "755" if "dir" in content else "644"), 8))


def says(content, key):
    """Whether a file of a world is an object with this key."""
    return isinstance(content, dict) and key in content


def _below(directory, target):
    return directory + target if target.startswith("/") else target


def stock_files():
    """Names of the files that every world has in etc/vz/conf."""
    return [name for name in os.listdir(SAMPLES) if name != "vz.conf" and not name.startswith("_")]


def stock_text(name):
    """Text of a stock file, vz.conf among them."""
    return node_files.read_text(os.path.join(SAMPLES, name))
