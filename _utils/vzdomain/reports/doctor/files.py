"""
What is wrong with the files of containers: halves of containers, limits that are missing, names that lead astray.
"""

import os
import shlex

from ...host import files
from .reading import finding, listed, named, numbers


def memory(reading):
    """Limits of memory without which a container does not start."""
    for ctid, conf in reading.files.items():
        missing = reading.node.flavour.reading.missing_limits({**reading.settings, **conf.values})
        if missing and not reading.node.leftovers(ctid):
            path = reading.node.conf_path(ctid)
            what = f"container {ctid} does not start: {path} has no {', '.join(missing)}"
            remedy = f"vzctl set {ctid} --ram 512M --swap 512M --save, with your own sizes"
            yield finding("memory", path, what, remedy, [ctid])


def partial(reading):
    """A configuration file, a private area or a dump alone; not one that a vzctl is just making or removing."""
    if reading.settings is None:
        return
    is_there = os.path.exists if reading.node.flavour.places.REAL_FILE else os.path.lexists
    for ctid in sorted({*reading.node.ctids(), *reading.files, *_areas(reading), *_dumps(reading)}):
        with reading.asking(reading.node.conf_path(ctid), ctid):
            if ctid not in reading.files and is_there(reading.node.conf_path(ctid)):
                continue  # the file cannot be read
            left = reading.node.leftovers(ctid)
            if left and not reading.is_busy(ctid) and ctid not in reading.away:
                yield _half(reading, ctid, left)
            elif ctid in reading.files and not reading.is_busy(ctid):
                yield from _unusable(reading, ctid)
    for ctid in sorted(reading.statuses.keys() - reading.files):
        if not os.path.lexists(reading.node.conf_path(ctid)):
            path = reading.node.conf_path(ctid)
            what = f"container {ctid} is {reading.statuses[ctid]} according to vzlist, but {path} does not exist"
            yield finding("half", path, what, "restore the file, or check openvz:config_dir", [ctid])


def links(reading):
    """The links of the names directory: each points to the file of the container that has this NAME."""
    directory = reading.node.names_dir
    found = []
    with reading.asking(directory):
        found = listed(directory)
    for name in found:
        path = os.path.join(directory, name)
        with reading.asking(path):
            ctid, wrong = _linked(reading, name, path)
            if wrong:
                yield finding("name_link", path, wrong, _fix_link(reading, name, path), [] if ctid is None else [ctid])


def names(reading):
    """NAMEs without a link; vzctl does not know such a container by its name."""
    for ctid, name in ((ctid, conf.name) for ctid, conf in reading.files.items()):
        path = reading.node.link_path(name) if name else ""
        with reading.asking(path, ctid):
            if name and not os.path.lexists(path):
                what = f"{reading.node.conf_path(ctid)} says NAME {name}, but there is no link {path}"
                remedy = f"vzctl set {ctid} --name {shlex.quote(name)} --save creates it"
                yield finding("name_link", path, what, remedy, [ctid])


def identities(reading):
    """NAME and UUID that two files have."""
    for check, word, value_of in (
        ("duplicate_name", "NAME", lambda conf: conf.name),
        ("duplicate_uuid", "UUID", lambda conf: conf.uuid),
    ):
        for value, ctids in _together(reading, value_of):
            what = f"{named(ctids)} have the {word} {value}"
            yield finding(check, value, what, _fix_identity(reading, word, value, ctids), ctids)


def marks(reading):
    """Marks of Salt that are another container's or another minion's: files are copied, and minions get other ids."""
    here, moved, word = reading.node.node_id, {}, reading.node.flavour.reading.MARK
    for ctid, conf in reading.files.items():
        if ctid in reading.moving:
            continue
        foreign = conf.foreign_mark(ctid, here)
        if foreign and foreign.startswith(f"{ctid} on ") and " and " not in foreign:
            moved.setdefault(foreign.partition(" on ")[2], []).append(ctid)
        elif foreign:
            what = f"the file has Salt's mark of {foreign}, so it is a copy: Salt does not manage container {ctid}"
            remedy = f"salt {here} openvz.adopt {ctid} takes it over; otherwise remove its #{word} line"
            yield finding("mark", reading.node.conf_path(ctid), what, remedy, [ctid])
    for there, ctids in moved.items():
        what = f"{named(ctids)} have the mark of the minion {there}, but this one is {here}: Salt does not manage them"
        remedy = f"if they moved here or the minion's id changed: salt {here} openvz.adopt {ctids[0]}, and so on"
        yield finding("mark", reading.node.containers_dir, what, remedy, ctids)


def samples(reading):
    """Samples that were made of a managed container's file: what vzctl creates from them has its mark and UUID."""
    directory = reading.node.containers_dir
    for name in listed(directory) if reading.settings is not None else ():
        if not reading.node.flavour.places.of_sample(name):
            continue
        path = os.path.join(directory, name)
        with reading.asking(path):
            its = reading.node.flavour.reading
            found = its.parse(files.text(path) or "").comments.keys() & {its.MARK, "UUID"}
            if found:
                lines = " and ".join(f"#{word}" for word in sorted(found))
                what = (
                    f"the sample has the {lines} of the container it was made from, and every new container gets them"
                )
                remedy = f"sed -i -E '/^[ \\t]*#[ \\t]*(UUID|{its.MARK})/d' {shlex.quote(path)} removes them"
                yield finding("mark", path, what, remedy)


def unregistered(reading):
    """Private areas that no container has, and that are called otherwise than one would be."""
    for area, ctid in reading.node.unregistered().items() if reading.settings is not None else ():
        if ctid is None and area not in reading.copies:
            what = f"{area} is the private area of a container that is not registered on this node"
            remedy = f"openvz.adopt {shlex.quote(area)} registers it and takes it over; otherwise move it away"
            yield finding("unregistered", area, what, remedy)


def spellings(reading):
    """Files whose names are spelled as vzctl spells none."""
    for ctid, path in reading.node.misspelled.items() if reading.settings is not None else ():
        what = (
            f"{path} is not spelled as container {ctid} is: to vzctl it is that of another one, never shown by vzlist"
        )
        remedy = (
            f"mv {shlex.quote(path)} {shlex.quote(reading.node.conf_path(ctid))} if it is that one's; else remove it"
        )
        yield finding("conf_link", path, what, remedy, [ctid])


def plain_files(reading):
    """Files in the place of links."""
    name = reading.node.flavour.places.REAL_FILE
    for ctid in reading.files if name else ():
        path = reading.node.conf_path(ctid)
        is_told = any(kind == "conf_link" for kind, *_ in reading.node.troubles(ctid))
        if not os.path.islink(path) and not is_told and not reading.node.leftovers(ctid):
            real = os.path.join(reading.node.private(ctid), name)
            what = f"{path} is a file and not a link to {real}: the next vzctl that saves moves it there"
            remedy = f"mv {shlex.quote(path)} {shlex.quote(real)} && ln -s {shlex.quote(real)} {shlex.quote(path)}"
            yield finding("conf_link", path, what, remedy, [ctid])


CHECKS = (unregistered, spellings, plain_files, partial, memory, marks, samples, identities, links, names)


# halves


def _areas(reading):
    """The CTIDs of private areas in the node's own place for them."""
    its = reading.node.flavour.places
    place = its.areas(reading.settings["VE_PRIVATE"])
    return _numbered_in(reading, place[0], its.of_area) if place else []


def _dumps(reading):
    its = reading.node.flavour.places
    place = its.dumps(reading.settings)
    return _numbered_in(reading, place, its.of_dump) if place else []


def _numbered_in(reading, directory, of):
    with reading.asking(directory):
        return numbers(of, listed(directory))
    return []


def _half(reading, ctid, left):
    if reading.node.flavour.places.REAL_FILE:
        what, remedy = reading.node.in_part(ctid, left)
        check = "unregistered" if "not registered" in what else "half"
        return finding(check, left[0], what, remedy, [ctid])
    there = ", ".join(left)
    missing = reading.node.private(ctid) if reading.node.conf_path(ctid) in left else reading.node.conf_path(ctid)
    what = f"container {ctid} exists only in part: {there} exists, {missing} does not"
    in_use = reading.statuses.get(ctid) in ("running", "mounted") or reading.node.root(ctid) in left
    rest = f", or remove what is left over: rm -r {shlex.join(left)}"
    remedy = f"restore {missing}{': it is in use, so remove nothing of it' if in_use else rest}"
    return finding("half", left[0], what, remedy, [ctid])


def _unusable(reading, ctid):
    """Why vzctl refuses to work on a container, or would work on another one."""
    for check, what, remedy in reading.node.troubles(ctid):
        yield finding(check, reading.node.conf_path(ctid), what, remedy, [ctid])


# names


def _linked(reading, name, path):
    """The CTID that a link points to, or ``None``, and what is wrong with it, or ``None``."""
    if not os.path.islink(path):
        return None, "this is not a link, so vzctl finds no container by it"
    target = os.readlink(path)
    ctid = reading.node.linked_to(path)
    if not os.path.exists(path) and not (ctid and os.path.lexists(reading.node.conf_path(ctid))):
        return None, f"the link points to {target}, which does not exist"
    if ctid is None:
        return None, f"the link points to {target}, which is not a container's configuration file"
    if ctid in reading.files and reading.files[ctid].name != name:
        says = reading.files[ctid].name
        return ctid, f"the link points to container {ctid}, whose file says {f'NAME {says}' if says else 'no NAME'}"
    return ctid, None


def _fix_link(reading, name, path):
    owners = [ctid for ctid, conf in reading.files.items() if conf.name == name]
    again = f", then vzctl set {owners[0]} --name {shlex.quote(name)} --save" if len(owners) == 1 else ""
    return f"rm {shlex.quote(path)}{again}"


def _together(reading, value_of):
    found = {}
    for ctid, conf in reading.files.items():
        found.setdefault(value_of(conf), []).append(ctid)
    return [(value, ctids) for value, ctids in found.items() if value and len(ctids) > 1]


def _fix_identity(reading, word, value, ctids):
    path = reading.node.conf_path(ctids[-1])
    if word == "NAME":
        return f"vzctl set {ctids[-1]} --name ANOTHER --save, and check where {reading.node.link_path(value)} points"
    if reading.node.flavour.parameters["uuid"].option:  # which a document can only say of a new container
        area = shlex.quote(reading.node.private(ctids[-1]))
        return (
            f"stop the copy, such as {ctids[-1]}, then vzctl unregister {ctids[-1]} && vzctl register {area} "
            f"{ctids[-1]} --uuid $(uuidgen)"
        )
    line = reading.node.flavour.reading.UUID_LINE
    return f"remove the {line} line from the copy's file, such as {path}; openvz.define writes the document's own"
