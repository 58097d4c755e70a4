"""
``vzctl create`` and ``destroy``.
"""

import os
import shutil

from vzsim import conf, distribution, hooks, names, store
from vzsim import run as codes
from vzsim.files import read_text, write_text
from vzsim.run import Failed

KEPT_SUFFIXES = ("conf", *hooks.SUFFIXES)
ARCHIVE_SUFFIXES = ("", ".gz", ".bz2", ".xz")

NO_PLOOP = (
    "No ploop support in the kernel, or kernel is way too old.\n"
    "Make sure you have OpenVZ kernel 042stab058.7 or later running,\n"
    "and kernel ploop modules loaded."
)
NO_PLOOP_ADVICE = (
    "Alternatively, if you can't or don't want to use ploop, please\n"
    "add --layout simfs option, or set VE_LAYOUT=simfs in {vz_conf}"
)


def create(run, wanted):
    """A new container from a sample configuration and a template; a failure leaves no conf behind."""
    try:
        make_container(run, wanted, choose_conf(run, wanted))
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(failure.rc, "Creation of container private area failed") from None
    run.say("Container private area was created")


def make_container(run, wanted, base):
    if not run.node.setting("TEMPLATE"):
        raise Failed(codes.TEMPLATE_NOTSET, "TEMPLATE is not set")
    texts = {**base.values, **{key: text for key, text in wanted.params.items() if key in ("VE_ROOT", "VE_PRIVATE")}}
    private, root = run.node.private(run.ctid, texts), run.node.root(run.ctid, texts)
    if os.path.isdir(private) and os.listdir(private):
        raise Failed(codes.PRIVATE_EXISTS, f"Private area already exists in {private}")
    if "NAME" in wanted.params:
        names.assign(run, wanted.params["NAME"], wanted.params["NAME"])
    template = {**base.params, **wanted.params}.get("OSTEMPLATE") or run.node.setting("DEF_OSTEMPLATE")
    if not template:
        raise Failed(codes.OSTEMPLATE_NOTSET, "OS template is not specified")
    if (wanted.params.get("VE_LAYOUT") or run.node.setting("VE_LAYOUT", "simfs")) == "ploop":
        advice = NO_PLOOP_ADVICE.format(vz_conf=run.node.vz_conf_path)
        raise Failed(codes.PLOOP_UNSUP, f"{NO_PLOOP}\n{advice}")
    unpack(run, template, private)
    os.makedirs(root, exist_ok=True)
    run.conf.params.setdefault("OSTEMPLATE", template)
    distribution.check(run)
    run.say("Performing postcreate actions")
    write_conf(run, wanted, base, template)
    forget_predecessor(run)


def choose_conf(run, wanted):
    """The configuration to begin with: an existing one, or a sample."""
    named, default = wanted.texts.get("config"), run.node.setting("CONFIGFILE")
    base = read_sample(run, named or default, named is None) if named or default else conf.Conf()
    if not run.has_conf:
        return base
    if named is not None:
        reason = f"Error: CT config file {run.conf_path} already exists, can not use --config option"
        raise Failed(codes.CP_CONFIG, reason)
    if default:
        run.say("Warning: CT config file already exists, not applying a default config sample.")
        run.say("It might lead to incomplete CT configuration, you can use --applyconfig to fix.")
    return run.conf


def read_sample(run, sample, is_default):
    """A sample that is missing is an error, even the one that only vz.conf names (that: read, not run)."""
    path = sample_path(run.node, sample)
    try:
        text = read_text(path)
    except OSError as error:
        reason = f"Sample config {path} not found: {os.strerror(error.errno)}"
        advice = f"\nFix the value of CONFIGFILE in {run.node.vz_conf_path}" if is_default else ""
        raise Failed(codes.CP_CONFIG, reason + advice) from None
    base = conf.parse(text, path)
    base.sample = sample
    return base


def sample_path(node, sample):
    """``"basic"`` -> ``DIR/etc/vz/conf/ve-basic.conf-sample``"""
    return f"{node.conf_dir}/ve-{sample}.conf-sample"


def write_conf(run, wanted, base, template):
    """Begin with the text of the sample and set what the options say, and what every container has."""
    params = dict(wanted.params)
    for key in ("VE_ROOT", "VE_PRIVATE"):
        if key not in base.values:
            params.setdefault(key, run.node.setting(key))
    params.setdefault("VE_LAYOUT", base.params.get("VE_LAYOUT") or run.node.setting("VE_LAYOUT", "simfs"))
    params["OSTEMPLATE"] = template
    if wanted.ip_add:
        params["IP_ADDRESS"] = conf.merged("IP_ADDRESS", base.params.get("IP_ADDRESS", []), wanted.ip_add)
    if base.sample:
        params["ORIGIN_SAMPLE"] = base.sample
    if not run.openvz_kernel and not params.get("LOCAL_UID"):  # no user namespace, which other kernels have
        params["LOCAL_UID"] = params["LOCAL_GID"] = 0
    if not run.has_conf:
        write_text(run.conf_path, base.text)
    run.save_conf(store.changes(params))


# the private area


def unpack(run, template, private):
    """Unpack a template from the cache next to the private area, then move it there."""
    archive = find_archive(run, template)
    run.say(f"Creating container private area ({template})")
    scratch = f"{private}.tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    os.makedirs(scratch)
    try:
        extract(archive, scratch)
    except (OSError, ValueError, EOFError) as error:
        shutil.rmtree(scratch, ignore_errors=True)
        raise Failed(codes.BAD_TEMPLATE, f"Unable to unpack {archive}: {error}") from None
    if os.path.isdir(private):
        os.rmdir(private)
    os.rename(scratch, private)


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
    """Unpack what an ordinary user may make: device files and owners are left out if they are refused."""
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
    """``vzctl destroy``: the private area goes, the conf and the action scripts are kept aside."""
    run.require_places()
    if run.is_running():
        run.say("Container is currently running. Stop it first.")
        raise Failed(codes.VE_RUNNING)
    if run.is_mounted():
        run.say("Container is currently mounted (umount first)")
        raise Failed(codes.MOUNTED)
    run.say(f"Destroying container private area: {run.private}")
    remove_private(run.private)
    remove_root(run)
    keep_aside(run)
    names.remove_all(run)
    dump = run.node.dump_path(run.ctid)
    if os.path.isfile(dump):
        os.unlink(dump)
    run.say("Container private area was destroyed")


def remove_private(private):
    """Move the area aside first, so that the CT ID is free at once."""
    if not os.path.isdir(private):
        return
    aside = f"{private}.destroyed.{os.getpid()}"
    os.rename(private, aside)
    shutil.rmtree(aside, ignore_errors=True)


def remove_root(run):
    try:
        os.rmdir(run.root)
    except OSError as error:
        run.complain(f"Warning: failed to remove {run.root}: {os.strerror(error.errno)}")


def forget_predecessor(run):
    """What a destroyed container of the same CT ID has left is removed."""
    for suffix in KEPT_SUFFIXES:
        path = f"{run.node.conf_dir}/{run.ctid}.{suffix}.destroyed"
        if os.path.lexists(path):
            os.unlink(path)


def keep_aside(run):
    for suffix in KEPT_SUFFIXES:
        path = f"{run.node.conf_dir}/{run.ctid}.{suffix}"
        if os.path.lexists(path):
            os.replace(path, f"{path}.destroyed")
