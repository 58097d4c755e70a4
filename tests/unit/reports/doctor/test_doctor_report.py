"""How the doctor's findings are shown: the worst first, short, and as plain text."""

import json
import os

from library import CONF
from patients import NETIF
from vzdomain.reports import doctor


def test_what_keeps_most_containers_from_working_comes_first(patient):
    patient.append("102", "nonsense", 'IP_ADDRESS="198.51.100.1"')
    patient.sysctl("net/ipv4/ip_forward", "0")
    (patient.proc / "vz").rmdir()
    patient.directory.lock("102").write_text("gone\n")

    checks = [found.check for found in patient.findings()]

    assert checks == ["kernel", "ip_forward", "duplicate_ip", "conf_line", "conf_key", "lock"]


def test_of_two_bridges_the_one_of_more_containers_comes_first(patient):
    for ctid, bridge in (("103", "br8"), ("104", "br9"), ("105", "br9")):
        patient.directory.add(ctid, CONF + NETIF.format(int(ctid)).replace("br0", bridge))

    assert [found.containers for found in patient.findings()] == [("104", "105"), ("103",)]


def test_as_data_each_finding_is_plain(patient):
    patient.replace("102", "bridge=br0", "bridge=br9")

    (found,) = doctor.as_data(patient.findings())

    assert set(found) == {"check", "containers", "where", "what", "remedy"}
    assert (found["check"], found["containers"]) == ("bridge", [102])


def test_names_that_no_terminal_should_see_are_shown_plain(patient):
    (patient.directory.etc / os.fsdecode(b"names/caf\xe9\x1b[2J")).symlink_to("gone")

    found = patient.only()

    assert found.where.endswith("/names/caf\ufffd\ufffd[2J")
    assert json.dumps(doctor.as_data([found]), ensure_ascii=False).encode()


def test_of_many_containers_a_few_are_named(patient):
    for ctid in map(str, range(103, 120)):
        patient.directory.add(ctid, CONF + NETIF.format(int(ctid)).replace("br0", "br9"))

    found = patient.only()

    assert len(found.containers) == 17
    assert "containers 103, 104, 105, 106, 107, 108 and 11 more" in found.what
