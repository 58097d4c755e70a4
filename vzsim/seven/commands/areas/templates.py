"""
OS templates of vzctl 7 to 9: what vzpkg knows of them, and the images made of them.

kernel.json of the node lists them: ``{"almalinux-9": {"cached": True, "distribution": "almalinux", "technologies":
"x86_64 nptl"}}``; one that is not cached is built when it is needed, unless it is ``broken``.
"""

import os

from vzsim.codes import NEW_PRIVATE, PARAM_VALUE, Failed
from vzsim.ploop import images
from vzsim.seven.node import LAYOUT

ARCHITECTURE = "x86_64"
SIZE = 10485760  # KiB: of the image in a template
SIZE_MAX = 53687091200  # KiB
CLUSTER = 1024  # KiB: what image sizes are rounded up to
SIMFS = "simfs"
FILES = {
    "sbin/init": ("", 0o755),
    "bin/sh": ("", 0o755),
    "etc/passwd": ("root:x:0:0:root:/root:/bin/sh\n", 0o644),
    "etc/group": ("root:x:0:\n", 0o644),
    "etc/shadow": ("root:*:19000:0:99999:7:::\n", 0o600),
    "etc/hosts": ("127.0.0.1 localhost\n", 0o644),
    "etc/resolv.conf": ("", 0o644),
}
DIRECTORIES = "bin dev etc home proc root sbin sys tmp usr var var/log".split()


def plain(name):
    """``.almalinux-9-x86_64`` -> ``almalinux-9``"""
    return name.removeprefix(".").removesuffix(f"-{ARCHITECTURE}")


def find(run, name):
    """
    What is known of a template, after it was built if need be.

    Fails with 48 if there is none or it cannot be built, with 21 if it is a file, or vz.conf wants another file system.
    """
    if name.startswith("/"):
        raise _incompatible(name, LAYOUT)
    known = run.node.kernel.get("templates", {}).get(plain(name))
    if known is None:
        run.complain(f"Error: OS template {plain(name)}-{ARCHITECTURE} is not found")
        raise Failed(NEW_PRIVATE, f"Error: Unable to find ostemplate: {name}")
    if not known.get("cached"):
        run.say(f"Cached package set '{name}' is not found, run create cache utility...")
        if known.get("broken"):
            raise Failed(NEW_PRIVATE, "Error: no repository in this place")
    file_system = run.node.setting("VEFSTYPE")
    if file_system == SIMFS:
        cache = run.node.strip(run.node.path(run.node.setting("TEMPLATE", "/vz/template"))) + "/cache"
        raise _incompatible(f"{cache}/{plain(name)}-{ARCHITECTURE}.xfs.ploopv2.tar.gz", "4")
    return known


def _incompatible(cache, layout):
    reason = f"is not compatible with layout {layout}. Update the cache"
    return Failed(PARAM_VALUE, f"The cached package set '{cache}' {reason}")


def unpack(place):
    """Make an image with what a template has in it; ``unpack("/srv/n1/vz/private/101/root.hdd")``."""
    content = images.content(place)
    for directory in DIRECTORIES:
        os.makedirs(f"{content}/{directory}", exist_ok=True)
    os.chmod(f"{content}/tmp", 0o1777)
    for path, (text, mode) in FILES.items():
        descriptor = os.open(f"{content}/{path}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
    images.write(place, {"size_kib": SIZE})


def rounded(kib):
    """``rounded(100)`` -> 1024"""
    return -(-kib // CLUSTER) * CLUSTER
