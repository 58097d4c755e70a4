"""
What ``vzsim init --family 7`` puts on a node: vz.conf, samples, templates and what its kernel knows.
"""

import os
import shutil

from vzsim.files import read_text, write_json, write_text
from vzsim.node.places import local_setting
from vzsim.seven.kernel import NODE_PROCESSES, ROOT_FILE_SYSTEM, veinfo_line
from vzsim.seven.node import HOST_NAME, RELEASE  # noqa: F401

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "samples")  # configuration files of vzctl 9.0.1
# Templates that vzpkg knows: name -> what it says of them. Those with "cached" need not be built.
TEMPLATES = {
    "almalinux-9": {"cached": True, "distribution": "almalinux", "technologies": "x86_64 nptl"},
    "debian-12": {"cached": False, "distribution": "debian", "technologies": "x86_64 nptl"},
}
ARCHITECTURE = "x86_64"
CACHED = f"-{ARCHITECTURE}.plain.ploopv2.tar.lz4"  # read, not run; vzsim keeps nothing in it
NETWORKS = {"Bridged": "br0"}  # virtual networks and their bridges
TOOLS = ("criu", "quotacheck")  # programs of the node that vzctl needs for a few commands


def furnish(directory, templates=(), networks=None):
    """Write the configuration and the kernel's side of a new node; templates and networks are further ones."""
    for name in os.listdir(SAMPLES):
        if name != "vz.conf":
            shutil.copyfile(f"{SAMPLES}/{name}", f"{directory}/etc/vz/conf/{name}")
    lines = [local_setting(line, directory) for line in read_text(f"{SAMPLES}/vz.conf").splitlines()]
    write_text(f"{directory}/etc/vz/vz.conf", "".join(line + "\n" for line in lines))
    names = [name.removesuffix(f"-{ARCHITECTURE}") for name in templates]
    cached = {name: {**TEMPLATES["almalinux-9"], "distribution": name.partition("-")[0]} for name in names}
    known = {**TEMPLATES, **cached}
    more = {"networks": {**NETWORKS, **(networks or {})}, "tools": list(TOOLS)}
    write_kernel(directory, templates=known, pci=["0000:00:01.0"], **more)
    for name in (name for name, said in known.items() if said["cached"]):
        write_text(f"{directory}/vz/template/cache/{name}{CACHED}", "")
    for path in ("sys/fs/cgroup", "srv"):
        os.makedirs(f"{directory}/{path}", exist_ok=True)


def write_kernel(directory, **facts):
    """proc/vz/kernel.json, with the given facts, mounts.json, and what Linux itself has of mounts and of its name."""
    kernel = {"networks": NETWORKS, **facts}
    write_json(f"{directory}/proc/vz/kernel.json", kernel)
    write_json(f"{directory}/proc/vz/mounts.json", {})
    write_text(f"{directory}/proc/vz/veinfo", veinfo_line("0", NODE_PROCESSES, []))
    write_text(f"{directory}/proc/mounts", f"{ROOT_FILE_SYSTEM}\n")
    os.makedirs(f"{directory}/proc/sys/kernel", exist_ok=True)
    write_text(f"{directory}/proc/sys/kernel/hostname", f"{HOST_NAME}\n")
