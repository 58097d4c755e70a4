"""
Containers in an image: the image itself, ``convert`` and ``compact``; and ``quotaon``, which others have.

The refusals on a node without ploop were recorded; that anything works is read, not run. Nothing is printed of what
libploop and its tools say.
"""

import os

from vzsim import codes
from vzsim.codes import Failed
from vzsim.grammar import values as v
from vzsim.ploop import images

NO_PLOOP = (
    "No ploop support in the kernel, or kernel is way too old.\n"
    "Make sure you have OpenVZ kernel 042stab058.7 or later running,\n"
    "and kernel ploop modules loaded."
)
SUPPORT = "/proc/vz/ploop_minor"  # by this file vzctl knows that the kernel has ploop
QUOTA_CODES = {"quotaon": 60, "quotainit": 61, "quotaoff": 66}
CONVERT_OPTIONS = dict.fromkeys(("layout", "ve_layout", "velayout"), True)

MAX_SIZE = 16 << 30  # KiB; ext4 holds no more (assumed)
REFUSED = 38  # what libploop returns for a size that it does not make


def is_supported(run):
    return os.path.exists(run.node.path(SUPPORT))


def require_support(run):
    """Fail for a container in an image on a node without ploop."""
    if run.is_ploop and not is_supported(run):
        raise Failed(codes.PLOOP_UNSUP, NO_PLOOP)


def require_image(run, rc=codes.MOUNT_IMAGE):
    """The real place of the container's image; fails if it cannot be read."""
    if not is_readable(run.image):
        raise Failed(rc, f"Failed to read {run.image}/{images.DESCRIPTOR}")
    return run.image


def is_readable(image):
    try:
        images.read(image)
    except (OSError, ValueError):
        return False
    return True


# making and resizing


def diskspace(run, params):
    """The limit of DISKSPACE in KiB; vz.conf may have it, 63 if nobody has."""
    space = params.get("DISKSPACE")
    if space is None and run.node.setting("DISKSPACE"):
        try:
            space = v.parse_diskspace(run.node.setting("DISKSPACE"))
        except v.Bad:
            space = None
    return space[1] if space else 0


def make(run, private, size):
    """Make the image of a private area; returns its place."""
    image = f"{private}/{run.ROOT_IMAGE}"
    os.makedirs(image, mode=0o700)
    run.say(f"Creating image: {image}/root.hdd size={size}K")
    if size > MAX_SIZE:
        raise Failed(codes.CREATE_IMAGE, f"Failed to create image: The size {size}K is too big [{REFUSED}]")
    images.write(image, {"size_kib": images.whole(size)})
    os.makedirs(images.content(image))
    return image


def resize(run, size, offline):
    """``set --diskspace``: what is in the image must fit; one that is mounted cannot be resized offline (assumed)."""
    require_support(run)
    image = require_image(run, codes.RESIZE_IMAGE)
    reason = None
    if size > MAX_SIZE:
        reason = f"The size {size}K is too big"
    elif offline and run.node.is_mounted(run.ctid):
        reason = "Unable to perform offline resize: PLOOP device is mounted"
    elif size < images.used(image) or not size:
        reason = f"Unable to change image size to {size * 2} sectors, minimal size is {images.used(image) * 2}"
    if reason:
        raise Failed(codes.RESIZE_IMAGE, f"{reason}\nFailed to resize image: {reason} [{REFUSED}]")
    images.resize(image, size)


# convert, compact


def read_convert(run, argv):
    from vzsim.commands.snapshot import options

    layouts = ["ploop"]
    checks = dict.fromkeys(CONVERT_OPTIONS, lambda text: layouts.append(v.parse_layout(text)))
    options.parse(argv, CONVERT_OPTIONS, checks)
    return layouts[-1]


def convert(run, layout):
    """``vzctl convert``: the files of a stopped container move into an image."""
    if layout != "ploop":
        raise Failed(codes.PARAM_VALUE, "Only conversion to ploop is supported")
    if run.is_ploop:
        run.say("CT is already on ploop")
        return
    if not is_supported(run):
        raise Failed(codes.PLOOP_UNSUP, NO_PLOOP)
    if run.is_running():
        raise Failed(codes.VE_RUNNING, "CT is running (stop it first)")
    if run.is_mounted():
        raise Failed(codes.MOUNTED, "CT is mounted (umount it first)")
    size = diskspace(run, run.conf.params)
    if size <= 0:
        raise Failed(codes.DISKSPACE_NOT_SET, "Error: diskspace not set")
    _fill(run, f"{run.private}.ploop", size)
    _replace(run, f"{run.private}.ploop")
    run.say("Container was successfully converted to the ploop layout")


def _fill(run, scratch, size):
    """Make the new private area beside the old one."""
    try:
        os.makedirs(scratch, mode=0o700, exist_ok=True)
        image = make(run, scratch, size)
        run.say("Copying content to ploop...")
        if not os.path.isdir(run.private):
            run.complain(f"/bin/cp: cannot stat '{run.private}/.': No such file or directory")
            raise Failed(codes.SYSTEM_ERROR)
        images.copy(run.private, images.content(image))
        if images.used(image) > size:
            run.complain("/bin/cp: No space left on device")
            raise Failed(codes.SYSTEM_ERROR)
    except (Failed, OSError):
        images.remove(scratch)
        raise


def _replace(run, scratch):
    old = f"{run.private}.{os.getpid() % 10**6:06}"
    os.rename(run.private, old)
    os.rename(scratch, run.private)
    run.say("Saving VE layout 'ploop' to the VE config file")
    run.save_conf([("VE_LAYOUT", "ploop")])
    os.chmod(run.private, 0o700)
    images.remove(old)


def compact(run, options=None):
    from vzsim.commands import mounting

    run.require_places()
    if not os.path.exists(run.private):  # read, not run
        raise Failed(codes.NO_PRIVATE, f"Container private area {run.private} does not exist")
    if not run.is_ploop:
        run.say("Compact only makes sense for ploop containers")
        return
    if run.is_mounted():
        require_support(run)
        require_image(run, codes.COMPACT_IMAGE)
        return
    mounting.mount_private(run, scripts=False)
    mounting.umount_private(run, scripts=False)


def quota(run, options=None):
    """On an OpenVZ kernel, quota commands succeed silently (read, not run); other kernels have no quota."""
    if run.quota_enabled():
        return
    run.say("Disk quota is not enabled, skipping operation")
    raise Failed(QUOTA_CODES[run.command])
