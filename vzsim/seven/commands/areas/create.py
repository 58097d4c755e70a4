"""
``vzctl create``: make a private area of a template, and register it.

The area grows in ``AREA.private_temporary`` and gets its name when its image is there; the conf is written into it
after that, and the links come last. A killed vzctl leaves as much.
"""

import os
import shutil

from vzsim import codes
from vzsim.codes import Failed
from vzsim.files import read_text, write_text
from vzsim.ploop import images
from vzsim.seven import ids, naming, owner
from vzsim.seven.commands.areas import destroy, layout, templates
from vzsim.seven.commands.power import mounting
from vzsim.seven.grammar import addresses, conf, getopt, values

EXISTS = 44
NO_CONF = 206
NO_TEMPLATE = 211
NOT_ENCRYPTED = 228
FAILED = "Creation of Container private area failed"
TEMPORARY = ".private_temporary"

OPTIONS = {
    "layout": True, "ve_layout": True, "ostemplate": True, "vetype": True, "config": True, "private": True,
    "root": True, "ipadd": True, "hostname": True, "skip_app_templates": False, "name": True, "description": True,
    "expanded": False, "preallocated": False, "plain": False, "raw": False, "mount_opts": True, "id": True,
    "uuid": True, "force": False, "diskspace": True, "diskinodes": True, "no-hdd": False, "encryption-keyid": True,
}  # fmt: skip
SAME = {"ve_layout": "layout", "plain": "preallocated", "uuid": "id"}
REFUSED = ("mount_opts", "vetype")
PAIRS = {"diskspace": values.kibibytes, "diskinodes": values.items}
KEYS = {"private": "VE_PRIVATE", "root": "VE_ROOT", "hostname": "HOSTNAME", "description": "DESCRIPTION"}
# In the order in which missing keys are appended.
ORDER = (
    "IP_ADDRESS", "VE_ROOT", "VE_PRIVATE", "OSTEMPLATE", "NAME", "DISKSPACE", "DISKINODES", "DESCRIPTION", "HOSTNAME",
    "ORIGIN_SAMPLE", "ROOT_DISK", "TECHNOLOGIES", "DISTRIBUTION", "VEID", "UUID",
)  # fmt: skip


class Wanted:
    """The options of one run: ``keys`` of the conf, and those that are not keys."""

    def __init__(self):
        self.keys = {}
        self.addresses = {}
        self.template = self.config = self.name = self.uuid = None
        self.has_disk = True
        self.is_encrypted = False


# the command line


def read(run, argv):
    """Read the options; each is checked in its turn."""
    wanted = Wanted()
    for option, value in getopt.in_turn(run, argv, OPTIONS, SAME):
        try:
            take(wanted, option, value)
        except values.Bad as bad:
            for line in bad.lines:
                run.complain(line)
            raise Failed(bad.rc, f"Bad parameter for --{option}: {value}") from None
    if wanted.addresses:
        wanted.keys["IP_ADDRESS"] = addresses.written(wanted.addresses)
    return wanted


def take(wanted, option, value):
    """Take one option; a value may be refused."""
    if option in ("layout", "ve_layout"):
        if value != "ploop":
            raise Failed(codes.PARAM_SYNTAX)
    elif option in REFUSED:
        raise Failed(codes.PARAM_SYNTAX, f"Bad parameter for --{option}: {value}")
    elif option in ("id", "uuid"):
        wanted.uuid = ids.read_ctid(value)
        if wanted.uuid is None:
            raise Failed(codes.PARAM_SYNTAX, f"Invalid guid is specified: {value}")
    elif option in ("ostemplate", "config", "name"):
        setattr(wanted, {"ostemplate": "template"}.get(option, option), value)
    elif option == "no-hdd":
        wanted.has_disk = False
    elif option == "encryption-keyid":
        wanted.is_encrypted = True
    elif option in KEYS:
        wanted.keys.setdefault(KEYS[option], value)
    elif option == "ipadd":
        new = addresses.read_list(value, addresses.AFTER_OPTION)
        wanted.addresses = addresses.merged(wanted.addresses, new, {})
    elif option in PAIRS:
        wanted.keys[option.upper()] = PAIRS[option](value)


# making


def act(run, wanted):
    """Check everything that can be checked, then make the area; a failure leaves nothing."""
    if wanted.uuid is not None and ids.read_uuid(wanted.uuid) is None:
        raise Failed(codes.PARAM_VALUE, f"Invalid uuid {wanted.uuid}")
    sample = choose_sample(run, wanted)
    base = run.values = conf.read_values(sample.text)
    run.check_conf()
    template = choose_template(run, wanted)
    if wanted.name is not None:
        naming.check(run, wanted.name)
    area = place_for(run, wanted, base)
    try:
        fill(run, wanted, base, sample, template, area)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        raise Failed(failure.rc, FAILED) from None
    run.say(f"Container private area {run.node.strip(area)} created")


class Sample:
    """The configuration to start from: its text, what vzpkg and ORIGIN_SAMPLE call it."""

    def __init__(self, text, shown, origin=None):
        self.text, self.shown, self.origin = text, shown, origin


def choose_sample(run, wanted):
    """``--config``, else a conf that is there, else CONFIGFILE of vz.conf; fails with 206, 44 or 82."""
    path = run.conf_path
    if os.path.islink(path) and not run.has_conf:
        run.complain(f"Unable to open {run.node.strip(path)}: No such file or directory")
        raise Failed(NO_CONF, f"Can't check the CT {run.ctid} status")
    if run.has_conf and os.path.exists(run.area):
        raise Failed(EXISTS, f"Container {run.ctid} already exists")
    if wanted.config is not None:
        place = sample_path(run.node, wanted.config)
        if not os.path.isfile(place):
            raise Failed(codes.CP_CONFIG, f"Sample config file {run.node.strip(place)} not found")
        return Sample(read_text(place), os.path.basename(place), wanted.config)
    if run.has_conf:
        return Sample(read_text(path), f"{run.ctid}.conf")
    name = run.node.setting("CONFIGFILE")
    place = sample_path(run.node, name)
    if name and os.path.isfile(place):
        return Sample(read_text(place), os.path.basename(place), name)
    return Sample("", os.path.basename(place))


def sample_path(node, name):
    """A name of a sample, or an absolute path of one."""
    return node.path(name) if name.startswith("/") else node.sample_path(name)


def choose_template(run, wanted):
    template = wanted.template if wanted.template is not None else run.node.setting("DEF_OSTEMPLATE", None)
    if template is None:
        raise Failed(NO_TEMPLATE, "The ostemplate is not specified")
    return template


def place_for(run, wanted, base):
    """The private area; 44 if the one of vz.conf or the sample is there, whatever ``--private`` says."""
    usual = run.node.area(run.ctid, base)
    if os.path.lexists(usual):
        raise Failed(EXISTS, f"Private area {run.node.strip(usual)} already exists")
    given = wanted.keys.get("VE_PRIVATE")
    return run.node.area(run.ctid, {"VE_PRIVATE": given}) if given else usual


def fill(run, wanted, base, sample, template, area):
    """Make the area, then the container of it."""
    facts = make_area(run, wanted, base, sample, template, area)
    changes = changes_for(run, wanted, base, sample, template, facts)
    write_text(f"{area}/ve.conf", conf.rewrite(sample.text, changes) if sample.text else _lines(changes))
    run.values = conf.read_values(read_text(f"{area}/ve.conf"))
    if wanted.has_disk:
        try:
            prepare(run)
        except Failed as failure:
            if failure.message:
                run.complain(failure.message)
            destroy.destroy(run)
            raise Failed(failure.rc) from None
    if wanted.name:
        run.say(f"Assign the name: {wanted.name}")
        naming.link(run.node, wanted.name, f"{area}/ve.conf")
    owner.claim(run.node, area)
    if os.path.lexists(run.conf_path):
        os.unlink(run.conf_path)
    os.symlink(f"{area}/ve.conf", run.conf_path)
    run.say(f"Container {run.ctid} was successfully registered")


def _lines(changes):
    return "".join(f'{key}="{value}"\n' for key, value in changes.items())


def make_area(run, wanted, base, sample, template, area):
    """The directories and the image, under a temporary name unless the area is there; what vzpkg says of it."""
    place = area if os.path.isdir(area) else f"{area}{TEMPORARY}"
    facts = {}
    try:
        if wanted.has_disk and template:
            facts = templates.find(run, template)
            source = f"({template}) with applications from config ({sample.shown})"
            run.say(f"Creating Container private area {source}")
        if place != area and os.path.isdir(place):
            run.say(f"Warning: temp dir {run.node.strip(place)} already exists, deleting")
            shutil.rmtree(place)
        layout.make(place)
        if facts:
            make_image(run, wanted, base, place)
    except Failed as failure:
        if failure.message:
            run.complain(failure.message)
        if place != area:
            shutil.rmtree(place, ignore_errors=True)
        raise Failed(failure.rc, "VE_PRIVATE is not set") from None
    if place != area:
        os.rename(place, area)
    return facts


def make_image(run, wanted, base, place):
    """The root image, of the size asked for; an encrypted one needs a key service, which vzsim has not (228)."""
    image = f"{place}/{mounting.ROOT_IMAGE}"
    templates.unpack(image)
    os.symlink(f"{mounting.ROOT_IMAGE}/templates", f"{place}/templates")
    size = size_of(wanted, base)
    if size:
        run.say(f"Resize the image {run.node.strip(image)} to {size}K")
        images.resize(image, templates.rounded(size))
    if wanted.is_encrypted:
        run.complain("Error: Error opening /dev/mapper/ploop0: No such device or address")
        reason = "ploop_encrypt_image: Can't open /dev/mapper/ploop0: No such device or address"
        raise Failed(NOT_ENCRYPTED, reason)


def size_of(wanted, base):
    """KiB: the limit of DISKSPACE, of the option or the sample, 0 for that of the template."""
    text = wanted.keys.get("DISKSPACE", base.get("DISKSPACE"))
    if text is None:
        return templates.SIZE_MAX
    size = values.pair_of(text, 1024)[1]
    return templates.SIZE_MAX if size == values.LONG_MAX else size


def changes_for(run, wanted, base, sample, template, facts):
    """What the conf gets besides the sample: only keys that the sample lacks or that were asked for."""
    found = dict(wanted.keys)
    for key in ("VE_ROOT", "VE_PRIVATE"):
        if key not in found and key not in base:
            found[key] = run.node.setting(key)
    found["OSTEMPLATE"] = f".{template.removeprefix('.')}" if wanted.has_disk else template
    if wanted.name:
        found["NAME"] = wanted.name
    if sample.origin is not None:
        found["ORIGIN_SAMPLE"] = sample.origin
    if not wanted.has_disk:
        found["ROOT_DISK"] = "no"
    for key in ("technologies", "distribution"):
        if facts.get(key):
            found[key.upper()] = facts[key] + (" " if key == "technologies" else "")
    uuid = wanted.uuid or (run.ctid if ids.read_uuid(run.ctid) else ids.new_uuid())
    found.update({"VEID": run.ctid, "UUID": uuid})
    return {key: found[key] for key in ORDER if key in found}


def prepare(run):
    """vzctl mounts the new container twice: for its post-create actions, and to give its file system an id."""
    mounting.mount(run)
    run.say("Postcreate action done")
    mounting.unmount(run)
    mounting.mount(run, quiet=True)
    mounting.unmount(run, quiet=True)
