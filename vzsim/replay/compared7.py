"""
Compare a run of vzctl 7 to 9, and the node after it, with what a record says.
"""

import difflib
import json
import re

from vzsim.replay import worlds7
from vzsim.replay.worlds import part

# Lines from programs of the recording host.
HOST_LINES = (
    "tune2fs ", "sysctl: ", "grep: /var/vz/veip", "There is no /usr/sbin/ndsend", "nft: ", "net.ipv4.conf.",
    "grep: /etc/sysconfig/network-scripts", "run_nft_cmd: ", "/usr/libexec/libvzctl/scripts/vz-cpt: ",
    "/usr/libexec/libvzctl/scripts/vz-pci_configure: ", "find: '//vz/root/", "grep: /vz/private/",
)  # fmt: skip
PARTS = ("files", "names", "areas", "other_files")
NO_UUID = "00000000-0000-0000-0000-000000000000"
# What a run makes up, by kind.
MADE_UP = {
    "uuid": re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"),
    "mac": re.compile(r"\b(?:C4|FE):37:72(?::[0-9A-F]{2}){3}\b"),
    "veth": re.compile(r"\bveth[0-9a-f]{8}\b"),
}
TIME = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b")
ANYTHING = re.compile(r"<(?:pid|n|date)>")


def compare(answer, ran, directory, before, after):
    """Differences in effects and in text: ``(["rc: expected 0, got 21"], ["stdout: expected ..."])``."""
    paths = {key: {*part(before, key), *part(after, key)} for key in ("areas", "other_files")}
    actual = worlds7.look(directory, paths)
    known = worlds7.dumped([before, answer.get("argv"), answer.get("stdin"), answer.get("env")])
    swap = matched(answer, after, ran, actual, known)
    done = [] if ran.rc == answer.get("rc") else [f"rc: expected {answer.get('rc')}, got {ran.rc}"]
    for key in PARTS:
        done += entry_differences(key, flat(part(after, key)), {swap(k): swap(v) for k, v in flat(actual[key]).items()})
    done += container_differences(part(after, "ct"), json.loads(swap(json.dumps(actual["ct"]))))
    if actual["vz_conf"] != after.get("vz_conf", worlds7.stock_text("vz.conf")):
        done.append("vz.conf differs")
    if "Traceback" in ran.stderr:
        done.append("the program crashed")
    said = []
    for stream, text in (("stdout", ran.stdout), ("stderr", ran.stderr)):
        expected, text = own_lines(answer.get(stream) or ""), own_lines(swap(text))
        if not same_text(expected, text):
            said.append(f"{stream}: expected {expected!r}, got {text!r}")
    return done, said


def own_lines(text):
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(HOST_LINES))


def same_text(expected, actual):
    """``<pid>``, ``<n>`` and ``<date>`` stand for anything."""
    if not ANYTHING.search(expected):
        return expected == actual
    return re.fullmatch(".*?".join(map(re.escape, ANYTHING.split(expected))), actual, re.DOTALL) is not None


def flat(entries):
    """Entries by path, those of areas by full path: ``{"/vz/private/101/ve.conf": "..."}``, values as text."""
    found = {}
    for key, content in entries.items():
        if key.startswith("/vz/private/") and isinstance(content, dict) and is_area(content):
            found[key] = "an area"
            found.update({f"{key}/{path}": text_of(entry) for path, entry in content.items()})
        else:
            found[key] = text_of(content)
    return found


def is_area(content):
    return not set(content) <= {"image", "link", "dir", "text", "mode"} or content == {}


def text_of(content):
    """An entry as text; the time of a snapshot is not compared."""
    return TIME.sub("<date>", content) if isinstance(content, str) else worlds7.dumped(content)


def matched(answer, after, ran, actual, known):
    """
    A function that puts what the record made up in the place of what this run made up.

    Both are taken in the order in which they first stand in the output and then in the files.
    """
    wanted = in_text(answer.get("stdout"), answer.get("stderr"), after)
    found = in_text(ran.stdout, ran.stderr, actual)
    pairs = {}
    for kind, pattern in MADE_UP.items():
        listed = set((answer.get("generated") or {}).get(kind, ())) - {NO_UUID}
        theirs = [word for word in dict.fromkeys(pattern.findall(wanted)) if word in listed]
        ours = [word for word in dict.fromkeys(pattern.findall(found)) if word not in known and word != NO_UUID]
        pairs.update(zip(ours, theirs, strict=False))
    if not pairs:
        return lambda text: text
    any_of = re.compile("|".join(map(re.escape, pairs)))
    return lambda text: any_of.sub(lambda match: pairs[match.group()], text)


def in_text(stdout, stderr, world):
    """Everything in one text, files in the order of their names but for what is made up in these."""
    entries = {}
    for key in PARTS:
        entries.update(flat(part(world, key)))
    files = [f"{key} {entries[key]}" for key in sorted(entries, key=masked)]
    return "\n".join([stdout or "", stderr or "", *files, worlds7.dumped(part(world, "ct"))])


def masked(text):
    for pattern in MADE_UP.values():
        text = pattern.sub("*", text)
    return text


def entry_differences(what, expected, actual):
    found = []
    for path in sorted({*expected, *actual}):
        wanted, got = expected.get(path), actual.get(path)
        if same_entry(wanted, got):
            continue
        if wanted is None or got is None or "\n" not in wanted + got:
            found.append(f"{what} {path}: expected {shown(wanted)}, got {shown(got)}")
            continue
        lines = difflib.unified_diff(wanted.splitlines(), got.splitlines(), n=0, lineterm="")
        found.append(f"{what} {path}: " + "  ".join(line for line in lines if line[:2] not in ("--", "++", "@@")))
    return found


def same_entry(wanted, got):
    """Whether two entries are the same text, or the same object: made-up UUIDs change the order of its keys."""
    if wanted == got or not (wanted or "").startswith("{") or not (got or "").startswith("{"):
        return wanted == got
    try:
        return json.loads(wanted) == json.loads(got)
    except ValueError:
        return False


def shown(content):
    return "nothing" if content is None else repr(content)


def container_differences(expected, actual):
    """Whether containers are mounted, run or are paused, with which limits, devices and locks."""
    found = []
    for ctid in sorted({*expected, *actual}):
        wanted, got = dict(expected.get(ctid, {})), dict(actual.get(ctid, {}))
        lock, held = (wanted.pop("lock", None) or {}).get("text"), got.pop("lock", None)
        if (lock is None) != (held is None) or (lock is not None and not same_text(lock, held)):
            found.append(f"container {ctid}: lock: expected {lock!r}, got {held!r}")
        wanted = {key: value for key, value in wanted.items() if value not in (False, None)}
        if wanted != got:
            found.append(f"container {ctid}: expected {wanted}, got {got}")
    return found
