"""The contract: the simulated node of family 7 does what the recorded runs of vzctl 9.0.1 did."""

import gzip
import os

import pytest
from prefork import Server

from vzsim import cli

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "data7")

# Records that are not met in rc or world, each with the reason. One that is met must not stand here.
NO_DEVICES = "the kernel of the recording did not let a container have the stand-in's device"
NO_CHPASSWD = "the container of this recording had no chpasswd; those of passwd-* have it, and so have vzsim's"
NO_MAPPER = "the recording had no device mapper"
REAL_IMAGE = "its private area is /vz/private itself, and the record has the bytes of a real image"
KNOWN = {
    "disk-has-start": NO_DEVICES,
    "live-device-add": NO_DEVICES,
    "live-userpasswd": NO_CHPASSWD,
    "live-userpasswd-stopped": NO_CHPASSWD,
    "live-userpasswd-stopped-crypted": NO_CHPASSWD,
    "live-userpasswd-stopped-cpus": NO_CHPASSWD,
    "live-cmd-compact": NO_MAPPER,
    "compact-stopped": NO_MAPPER,
    "create-opt-private-exists": REAL_IMAGE,
}

# Records that differ in what is printed, each with the reason. Of those that are not above, rc and world are met.
HELP_PAGE = "nobody parses a help page: vzsim's has the first line of the real one, and names its own commands"
VERBOSE = "vzsim says nothing more with --verbose; the real one tells of every lock and file descriptor"
BASH = "the recording's container had bash, which words this differently than busybox and sets other variables"
REPAIR = "the recording could not give the container the disk for the repair, and says so"
IN_USE = "the number of processes and the memory in use were those of the recording"
STAND_IN = "time, devices and I/O limits of a running container came from a stand-in for the kernel"
KNOWN_TEXTS = {
    "call-vzctl-help": HELP_PAGE,
    "call-vzctl-none": HELP_PAGE,
    "call-verbose": VERBOSE,
    "create-verbose": VERBOSE,
    **dict.fromkeys(("exec-env", "exec-notfound", "exec2-notfound"), BASH),
    "start-repair": REPAIR,
    **dict.fromkeys(("vzlist-run-plain", "vzlist-run-j", "vzlist-run-aj", "vzlist-run-id-j"), IN_USE),
    **{
        f"vzlist-run-{kind}-{field}": STAND_IN
        for kind in ("o", "jo")
        for field in ("uptime", "iolimit", "iopslimit", "device")
    },
    **{record: reason for record, reason in KNOWN.items() if record != "create-opt-private-exists"},
}


@pytest.fixture
def shown(capfd):
    """What ``vzsim replay`` says about all records."""
    server = Server()
    with server.patched():
        cli.main(["replay", DATA])
    server.close()
    out, err = capfd.readouterr()
    assert err == ""
    return out.splitlines()


def test_every_recorded_run_of_vzctl_9_is_met_but_the_known_ones(shown):
    *differences, texts, last = shown
    said = {line.partition(":")[0] for line in differences if ": text: " in line}
    done = {line.partition(":")[0] for line in differences if ": text: " not in line}
    with gzip.open(os.path.join(DATA, "transcripts.jsonl.gz"), "rt", encoding="utf-8") as records:
        total = sum(1 for line in records if line.strip())
    assert done == set(KNOWN), "\n".join(differences)
    assert said == set(KNOWN_TEXTS), "\n".join(differences)
    assert last == f"{total - len(KNOWN)} of {total} replayed"
    assert texts == f"text: {total - len(KNOWN_TEXTS)} of {total}"
