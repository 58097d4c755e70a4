"""
``vzsim init``: the directories, configuration files, templates, bridges and programs of a node.
"""

import io
import json
import os
import shutil
import tarfile

from vzsim import programs
from vzsim.files import SAMPLES, read_json, read_text, write_json, write_text
from vzsim.node import kernelfiles
from vzsim.node.node import Node
from vzsim.node.places import local_setting
from vzsim.programs import LEGACY, MARK, SEVEN

DIRECTORIES = (
    "bin", "etc/vz/conf", "etc/vz/names", "vz/private", "vz/root", "vz/template/cache", "vz/lock", "vz/dump",
    "var/log", "var/tmp", "proc/vz/ct", "sys/class/net", "tmp",
)  # fmt: skip
TEMPLATES = ("fedora-core-5-i386", "debian-12-x86_64")
DEFAULT_TEMPLATE = "debian-12-x86_64"
BRIDGES = ("br0", "eth10", "eth11", "virbr0")
DEVICES = {"lo": "00:00:00:00:00:00", "venet0": "00:00:00:00:00:00", "eth1": "52:54:00:00:00:01"}
# Below proc/sys, as OpenVZ recommends; vzsim does not act on it.
MEMINFO = {"MemTotal": 67108864, "MemFree": 41943040, "Buffers": 1048576, "Cached": 8388608}
MEMINFO |= {"SwapTotal": 8388608, "SwapFree": 8388608}  # KiB, as of a kernel of 2.6.32; invented
PROCESSORS = 8
SYSCTL = {
    "net/ipv4/ip_forward": "1",
    "net/ipv4/conf/all/proxy_arp": "0",
    "net/ipv4/conf/default/proxy_arp": "0",
    "net/ipv6/conf/all/forwarding": "1",
}
PLOOP = "182"  # major number of the devices of images
VZNET_CONF = 'EXTERNAL_SCRIPT="/usr/sbin/vznetaddbr"\n'
# A node without proc/vz/veinfo is one whose OpenVZ is stopped (assumed). It says nothing, as in the recorded runs.
INIT_SCRIPT = """\
#!/bin/sh
[ -e "${0%/etc/init.d/vz}/proc/vz/veinfo" ] || exit 3
"""

TEMPLATE_FILES = {
    "sbin/init": ("", 0o755),
    "bin/sh": ("", 0o755),
    "etc/passwd": ("root:x:0:0:root:/root:/bin/sh\n", 0o644),
    "etc/group": ("root:x:0:\n", 0o644),
    "etc/shadow": ("root:*:19000:0:99999:7:::\n", 0o600),
    "etc/hosts": ("127.0.0.1 localhost\n", 0o644),
    "etc/hostname": ("localhost\n", 0o644),
    "etc/resolv.conf": ("", 0o644),
}
TEMPLATE_DIRECTORIES = (
    "bin",
    "dev",
    "etc",
    "etc/init.d",
    "home",
    "proc",
    "root",
    "sbin",
    "sys",
    "tmp",
    "usr",
    "var",
    "var/log",
)


class Refused(Exception):
    """The request makes no sense: the directory holds something else, is a node already, or the fault is empty."""


def init(directory, vswap=True, templates=(), family=LEGACY, release=None, networks=None):
    """
    Make a node; for a node that was moved, correct its absolute paths and keep everything else.

    ``release`` is that of family 7, ``"9.0.1"`` if not given; ``networks`` are further virtual ones: name -> bridge.
    Returns whether the node is a new one.
    """
    directory = os.path.realpath(directory)
    mark = read_json(f"{directory}/{MARK}", None)
    if mark is not None:
        if mark["directory"] == directory:
            raise Refused(f"{directory} is a node already")
        renew(directory, mark)
        return False
    if os.path.isdir(directory) and os.listdir(directory):
        raise Refused(f"{directory} is not empty")
    for path in DIRECTORIES:
        os.makedirs(f"{directory}/{path}", exist_ok=True)
    for bridge in BRIDGES:
        add_bridge(directory, bridge)
    for device, address in DEVICES.items():
        add_device(directory, device, address)
    write_sysctl(directory)
    write_machine(directory)
    if family == SEVEN:
        from vzsim.seven import making as seven

        seven.furnish(directory, templates, networks or {})
        finish(directory, {"family": SEVEN, "release": release or seven.RELEASE})
        return True
    write_configuration(directory)
    write_kernel(directory, vswap)
    for name in (*TEMPLATES, *templates):
        write_template(f"{directory}/vz/template/cache/{name}.tar.gz", name)
    finish(directory, {})
    return True


def finish(directory, mark):
    """Write what depends on where the node is; ``mark`` is what else node.json says."""
    write_json(f"{directory}/{MARK}", {**mark, "directory": directory})
    programs.install(directory)
    write_snippet(directory)


def renew(directory, mark):
    """Replace the old directory by the new one wherever it is named."""
    old = mark["directory"]
    conf, areas = f"{directory}/etc/vz/conf", f"{directory}/vz/private"
    paths = [f"{directory}/etc/vz/vz.conf", *(f"{conf}/{name}" for name in os.listdir(conf))]
    for path in [*paths, *(f"{areas}/{name}/ve.conf" for name in os.listdir(areas))]:
        if os.path.isfile(path) and not os.path.islink(path):
            text = read_text(path)
            if f"{old}/" in text:
                write_text(path, text.replace(f"{old}/", f"{directory}/"))
    for place in (conf, f"{directory}/etc/vz/names"):
        for name in os.listdir(place):
            path = f"{place}/{name}"
            target = os.readlink(path) if os.path.islink(path) else ""
            if target.startswith(f"{old}/"):
                os.unlink(path)
                os.symlink(directory + target[len(old) :], path)
    finish(directory, mark)


def write_configuration(directory):
    for name in os.listdir(SAMPLES):
        if name != "vz.conf" and os.path.isfile(f"{SAMPLES}/{name}"):
            shutil.copyfile(f"{SAMPLES}/{name}", f"{directory}/etc/vz/conf/{name}")
    lines = [local_setting(line, directory) for line in read_text(f"{SAMPLES}/vz.conf").splitlines()]
    lines = [f'DEF_OSTEMPLATE="{DEFAULT_TEMPLATE}"' if line.startswith("DEF_OSTEMPLATE=") else line for line in lines]
    write_text(f"{directory}/etc/vz/vz.conf", "".join(line + "\n" for line in lines))
    write_text(f"{directory}/etc/vz/vznet.conf", VZNET_CONF)
    write_init_script(directory)


def write_init_script(directory):
    """/etc/init.d/vz, which vzmigrate asks on the other node; a node of family 7 has none."""
    os.makedirs(f"{directory}/etc/init.d", exist_ok=True)
    write_text(f"{directory}/etc/init.d/vz", INIT_SCRIPT)
    os.chmod(f"{directory}/etc/init.d/vz", 0o755)


def write_kernel(directory, vswap):
    """An OpenVZ kernel, with checkpointing; both are read, not run."""
    kernel = {"vswap": vswap, "openvz_kernel": True, "checkpoint": True, "hostname": os.uname().nodename}
    write_json(f"{directory}/proc/vz/kernel.json", kernel)
    write_json(f"{directory}/proc/vz/mounts.json", {})
    write_text(f"{directory}/proc/vz/ploop_minor", PLOOP + "\n")
    for name in ("cpt", "rst"):  # of the modules for checkpoints
        write_text(f"{directory}/proc/{name}", "")
    os.makedirs(f"{directory}/sys/module/ipv6")
    kernelfiles.write(Node(directory))


def write_machine(directory):
    """What the kernel says of the machine, as far as it is asked for: an invented one, 64 GiB and 8 processors."""
    write_text(f"{directory}/proc/meminfo", "".join(f"{name}: {kib:>12} kB\n" for name, kib in MEMINFO.items()))
    lines = [f"cpu{number} 100 0 100 100000 0 0 0 0 0 0\n" for number in ("", *range(PROCESSORS))]
    write_text(f"{directory}/proc/stat", "".join(lines))


def write_sysctl(directory):
    for name, value in SYSCTL.items():
        os.makedirs(os.path.dirname(f"{directory}/proc/sys/{name}"), exist_ok=True)
        write_text(f"{directory}/proc/sys/{name}", value + "\n")


def write_snippet(directory, **more):
    """openvz.conf: where a minion finds this node, and ``more``. A JSON string is a YAML string as well."""
    movers = [name for name in ("vzmigrate", "vzmlocal", "rsync", "ssh") if name in programs.programs_of(directory)]
    settings = {
        "vzctl": f"{directory}/bin/vzctl",
        "vzlist": f"{directory}/bin/vzlist",
        "ip": f"{directory}/bin/ip",
        "brctl": f"{directory}/bin/brctl",
        **{name: f"{directory}/bin/{name}" for name in movers},
        "config_dir": f"{directory}/etc/vz",
        "sys_class_net": f"{directory}/sys/class/net",
        "proc_dir": f"{directory}/proc",
        **more,
    }
    lines = [f"  {key}: {json.dumps(path)}\n" for key, path in settings.items()]
    write_text(f"{directory}/openvz.conf", "openvz:\n" + "".join(lines))


def write_template(path, name):
    """A tarball with just enough for a container to look like one."""
    with tarfile.open(path, "w:gz", compresslevel=1) as archive:
        for directory in TEMPLATE_DIRECTORIES:
            entry = tarfile.TarInfo(directory)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if directory == "tmp" else 0o755
            archive.addfile(entry)
        for file, (text, mode) in {**TEMPLATE_FILES, "etc/template": (name + "\n", 0o644)}.items():
            data = text.encode()
            entry = tarfile.TarInfo(file)
            entry.size, entry.mode = len(data), mode
            archive.addfile(entry, io.BytesIO(data))


def add_bridge(directory, name):
    """A bridge as the kernel shows it: sys/class/net/NAME with ``bridge`` and ``brif``."""
    place = f"{directory}/sys/class/net/{name}"
    os.makedirs(f"{place}/bridge")
    os.makedirs(f"{place}/brif")
    write_text(f"{place}/address", "00:00:00:00:00:00\n")


def add_device(directory, name, address):
    place = f"{directory}/sys/class/net/{name}"
    os.makedirs(place)
    write_text(f"{place}/address", address + "\n")
