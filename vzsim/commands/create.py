"""
``vzctl create`` and ``destroy``.
"""

import errno
import os
import shutil

from vzsim import codes
from vzsim.codes import Failed
from vzsim.commands import distribution, hooks, ploop
from vzsim.files import read_text, write_text
from vzsim.grammar import conf, store
from vzsim.grammar.values import scan_int
from vzsim.node import names
from vzsim.ploop import images

# Required, in the order in which vzctl checks them.
PLACES = {"VE_PRIVATE": codes.VE_PRIVATE_NOTSET, "VE_ROOT": codes.VE_ROOT_NOTSET}

KEPT_SUFFIXES = ("conf", *hooks.SUFFIXES)
ARCHIVE_SUFFIXES = ("", ".gz", ".bz2", ".xz")

NO_PLOOP_ADVICE = (
    "Alternatively, if you can't or don't want to use ploop, please\n"
    "add --layout simfs option, or set VE_LAYOUT=simfs in {vz_conf}"
)


def create(run, wanted):
    """Create a container from a sample configuration and a template; a failure leaves no conf behind."""
    try:
        make_container(run, wanted, choose_conf(run, wanted))
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(failure.rc, "Creation of container private area failed") from None
    run.say("Container private area was created")


def make_container(run, wanted, base):
    """Copy the sample first, save the options last (read, not run): a killed run leaves the bare sample."""
    if not run.has_conf and base.sample:
        write_text(run.conf_path, base.text)
    try:
        fill(run, wanted, base)
    except Failed:
        if not run.has_conf and base.sample:
            os.unlink(run.conf_path)
        raise


def fill(run, wanted, base):
    if not run.node.setting("TEMPLATE"):
        raise Failed(codes.TEMPLATE_NOTSET, "TEMPLATE is not set")
    texts = {**base.values, **{key: text for key, text in wanted.params.items() if key in PLACES}}
    for key, rc in PLACES.items():
        if key not in texts and not run.node.setting(key):
            raise Failed(rc, f"{key} is not set")
    private, root = place_private(run, texts), run.node.root(run.ctid, texts)
    in_image = layout_of(run, wanted, base) == "ploop"
    if in_image and not ploop.is_supported(run):  # before the name is assigned (read, not run)
        advice = NO_PLOOP_ADVICE.format(vz_conf=run.node.vz_conf_path)
        raise Failed(codes.PLOOP_UNSUP, f"{ploop.NO_PLOOP}\n{advice}")
    if "NAME" in wanted.params:
        names.assign(run, wanted.params["NAME"], wanted.params["NAME"])
    default = {"OSTEMPLATE": run.node.setting("DEF_OSTEMPLATE") or None}
    template = {**default, **base.params, **wanted.params}["OSTEMPLATE"]
    if template is None:
        raise Failed(codes.OSTEMPLATE_NOTSET, "OS template is not specified")
    size = disk_size(run, wanted, base) if in_image else None
    unpack(run, template, private, size)
    run.conf.params["OSTEMPLATE"] = template
    distribution.check(run)
    act_in_new_area(run, private, root)
    write_conf(run, wanted, base, template)
    forget_predecessor(run)


def disk_size(run, wanted, base):
    """KiB of the image (read, not run)."""
    size = ploop.diskspace(run, {**base.params, **wanted.params})
    if size <= 0:
        raise Failed(codes.DISKSPACE_NOT_SET, "Error: diskspace not set (required for ploop)")
    return size


def place_private(run, texts):
    """
    Where the private area will be; fails if something is there already.

    A relative path is relative to the working directory (records show it refused as existing, and a failed mount).
    """
    private, text = run.node.private(run.ctid, texts), run.node.private_text(run.ctid, texts)
    if text and not text.startswith("/"):
        raise Failed(codes.PRIVATE_EXISTS, f"Private area already exists in {text}")
    if os.path.isdir(private) and os.listdir(private):
        raise Failed(codes.PRIVATE_EXISTS, f"Private area already exists in {private}")
    return private


def act_in_new_area(run, private, root):
    """vzctl mounts the area for its post-create actions (read, not run); vzsim has none."""
    if not root:
        run.say(f"Destroying container private area: {private}")
        shutil.rmtree(private)
        raise Failed(codes.CANNOT_MOUNT, f"Can't mount:  {private}: No such file or directory")
    os.makedirs(root, exist_ok=True)
    run.node.set_mounted(run.ctid, private)
    run.say("Performing postcreate actions")
    run.node.set_mounted(run.ctid)


def layout_of(run, wanted, base):
    """The option wins, then the sample, then vz.conf unless a conf already exists."""
    default = "" if run.has_conf else run.node.setting("VE_LAYOUT").partition(":")[0]
    return wanted.params.get("VE_LAYOUT") or base.params.get("VE_LAYOUT") or default or "ploop"


def choose_conf(run, wanted):
    """The configuration to start from: an existing one, or a sample."""
    named, default = wanted.texts.get("config"), run.node.setting("CONFIGFILE")
    sample = default if named is None else named
    base = conf.Conf() if named is None and not default else read_sample(run, sample, named is None)
    if not run.has_conf:
        return base
    if named is not None:
        reason = f"Error: container config file {run.conf_path} already exists, can not use --config option"
        raise Failed(codes.CP_CONFIG, reason)
    if default:
        run.say("Warning: CT config file already exists, not applying a default config sample.")
        run.say("It might lead to incomplete CT configuration, you can use --applyconfig to fix.")
    return run.conf


def read_sample(run, sample, is_default):
    """A missing sample is an error, even one named only in vz.conf (read, not run)."""
    path = sample_path(run.node, sample)
    try:
        text = read_text(path)
    except OSError as error:
        reason = f"Sample config {path} not found: {os.strerror(error.errno)}"
        advice = f"\nFix the value of CONFIGFILE in {run.node.vz_conf_path}" if is_default else ""
        raise Failed(codes.CP_CONFIG, reason + advice) from None
    base = conf.parse(text, path)
    base.sample = sample
    if not run.has_conf:
        run.repeat(base.messages)
    return base


def sample_path(node, sample):
    """``"basic"`` -> ``DIR/etc/vz/conf/ve-basic.conf-sample``"""
    return f"{node.conf_dir}/ve-{sample}.conf-sample"


def write_conf(run, wanted, base, template):
    """Start from the sample, then set the options and what every container has."""
    params = dict(wanted.params)
    for key in PLACES:
        params.setdefault(key, base.params.get(key, run.node.setting(key)))
    params["VE_LAYOUT"] = layout_of(run, wanted, base)
    params["OSTEMPLATE"] = os.path.basename(template)
    params.update((key, base.params[key]) for key in ("DEVNODES", "DEVICES") if base.params.get(key))
    if wanted.ip_add:
        params["IP_ADDRESS"] = wanted.ip_add  # in the place of those of the base (read, not run)
    if base.sample and "ORIGIN_SAMPLE" not in base.params:
        params["ORIGIN_SAMPLE"] = base.sample
    if not run.openvz_kernel and not has_user_namespace(run, wanted, base):
        params["LOCAL_UID"] = params["LOCAL_GID"] = 0
    if not run.has_conf and not base.sample:
        write_text(run.conf_path, base.text)
    run.save_conf(store.changes(params))


def has_user_namespace(run, wanted, base):
    """Only if vz.conf allows it, whatever the options say (read, not run)."""
    default = scan_int(run.node.setting("LOCAL_UID"))[0]
    return bool(default and {"LOCAL_UID": default, **base.params, **wanted.params}["LOCAL_UID"])


# the private area


def unpack(run, template, private, size=None):
    """Unpack a template from the cache next to the private area, into an image of that size, and move it there."""
    archive = find_archive(run, template)
    if size is None:
        run.say(f"Creating container private area ({template})")
    scratch = f"{private}.tmp"
    if not private:
        raise Failed(codes.NEW_PRIVATE, "Can't rename .tmp to : No such file or directory")
    os.makedirs(private, exist_ok=True)  # reserves the name while the template is unpacked (read, not run)
    if os.path.isdir(scratch):  # (read, not run)
        run.complain(f"Warning: Temp dir {scratch} already exists, deleting")
        shutil.rmtree(scratch)
    os.makedirs(scratch)
    try:
        if size is None:
            extract(archive, scratch)
        else:
            fill_image(run, archive, scratch, size, f"Creating container private area ({template})")
    except (Failed, OSError, ValueError, EOFError) as error:
        shutil.rmtree(scratch, ignore_errors=True)
        os.rmdir(private)
        if isinstance(error, Failed):
            raise
        raise Failed(codes.BAD_TEMPLATE, f"Unable to unpack {archive}: {error}") from None
    os.rmdir(private)
    os.rename(scratch, private)


def fill_image(run, archive, scratch, size, message):
    """Unpack a template into a new image, which is mounted meanwhile (read, not run)."""
    image = ploop.make(run, scratch, size)
    run.node.set_mounted(run.ctid, scratch)
    try:
        run.say(message)
        extract(archive, images.content(image))
        if images.used(image) > size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        run.node.set_mounted(run.ctid)


def find_archive(run, template):
    cache = run.node.template_cache
    for suffix in ARCHIVE_SUFFIXES:
        path = f"{cache}/{template}.tar{suffix}"
        run.say(f"Looking for {path}", level=1)
        if os.path.isfile(path):
            return path
    run.complain(f"vztmpl-dl ERROR: template {template} not found!")
    wanted = f"{cache}/{template}.tar[.gz|.bz2|.xz]"
    raise Failed(codes.OSTEMPLATE_NOT_FOUND, f"Cached OS template {wanted} not found")


def extract(archive, directory):
    """Unpack what an ordinary user may create: device files and owners are skipped if refused."""
    import tarfile

    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                extract_member(tar, member, directory)
    except tarfile.TarError as error:
        raise ValueError(error) from None


def extract_member(tar, member, directory):
    safe = {"filter": "tar"} if hasattr(__import__("tarfile"), "tar_filter") else {}
    try:
        tar.extract(member, directory, **safe)
    except PermissionError:
        if member.isfile() or member.isdir():
            raise


# destroy


def destroy(run, options=None):
    """``vzctl destroy``: delete the private area, rename conf and action scripts to ``*.destroyed``."""
    run.require_places()
    if run.is_running():
        run.say("Container is currently running. Stop it first.")
        raise Failed(codes.VE_RUNNING)
    if run.is_mounted():
        run.say("Container is currently mounted (umount first)")
        raise Failed(codes.MOUNTED)
    run.say(f"Destroying container private area: {run.private}")
    remove_private(run, run.private)
    remove_root(run)
    keep_aside(run)
    names.remove_all(run)
    remove_dump(run, run.node.dump_path(run.ctid))
    run.say("Container private area was destroyed")


def remove_private(run, private):
    """Move the area aside first, so that the CT ID is free at once (not a directory: read, not run)."""
    if not os.path.lexists(private):
        return
    if os.path.islink(private):
        run.complain(f"Warning: container private area {private} is a symlink to {os.readlink(private)}.")
        run.complain("Not removing link destination, you have to do it manually.")
    elif not os.path.isdir(private):
        run.complain(f"Warning: container private area {private} is not a directory")
    if os.path.islink(private) or not os.path.isdir(private):
        os.unlink(private)
        return
    aside = f"{private}.destroyed.{os.getpid()}"
    os.rename(private, aside)
    shutil.rmtree(aside, ignore_errors=True)


def remove_dump(run, dump):
    if os.path.exists(dump):
        run.say(f"Removing CT dump {dump}", level=1)
        shutil.rmtree(dump) if os.path.isdir(dump) else os.unlink(dump)


def remove_root(run):
    try:
        os.rmdir(run.root)
    except OSError as error:
        run.complain(f"Warning: failed to remove {run.root}: {os.strerror(error.errno)}")


def forget_predecessor(run):
    """Remove what an earlier destroyed container with this CT ID left."""
    for suffix in KEPT_SUFFIXES:
        path = f"{run.node.conf_dir}/{run.ctid}.{suffix}.destroyed"
        if os.path.lexists(path):
            os.unlink(path)


def keep_aside(run):
    for suffix in KEPT_SUFFIXES:
        path = f"{run.node.conf_dir}/{run.ctid}.{suffix}"
        if os.path.lexists(path):
            os.replace(path, f"{path}.destroyed")
