"""What the doctor says of libvirt's networks, and of a libvirt that does not answer."""

from pathlib import Path

import pytest
from patients import brief
from vzdomain.reports import doctor

INACTIVE = """\
#!/bin/sh
[ "$*" = '{}' ] && exec virsh --quiet --connect test:///default 'net-destroy default; net-list --name --inactive'
"""


def test_an_active_network_is_not_a_finding(patient):
    assert patient.findings(virsh="virsh", uri="test:///default") == []


@pytest.mark.parametrize(
    ("uri", "argv", "start"),
    [
        (None, "net-list --name --inactive", "net-start default"),
        (
            "qemu:///system",
            "--connect qemu:///system net-list --name --inactive",
            "--connect qemu:///system net-start default",
        ),
    ],
)
def test_a_network_that_is_not_active_is_found(patient, uri, argv, start):
    program(patient.virsh, INACTIVE.format(argv))

    (found,) = patient.findings(uri=uri)

    assert brief(found) == ("network_inactive", ())
    assert found.where == "default"
    assert start in found.remedy


def test_a_network_that_configuration_gives_a_bridge_need_not_be_active(patient):
    program(patient.virsh, INACTIVE.format("net-list --name --inactive"))

    assert patient.findings(networks={"default": "br0"}) == []


@pytest.mark.parametrize(
    ("wanted", "networks", "found"),
    [
        ((), {}, []),
        ({"lan"}, {}, []),
        ({"default"}, {}, ["network_inactive"]),
        ({"default", "lan"}, {"default": "br0"}, []),
    ],
)
def test_an_inactive_network_is_found_where_a_document_names_it(patient, wanted, networks, found):
    program(patient.virsh, INACTIVE.format("net-list --name --inactive"))

    assert [one.check for one in patient.findings(wanted=wanted, networks=networks)] == found


@pytest.mark.parametrize(
    ("wanted", "networks", "found"),
    [((), {}, []), ({"lan"}, {"lan": "br0"}, []), ({"lan"}, {}, ["libvirt"]), (None, {}, ["libvirt"])],
)
def test_a_libvirt_that_is_down_is_found_where_something_needs_it(patient, wanted, networks, found):
    program(patient.virsh, "#!/bin/sh\nexit 1\n")

    assert [one.check for one in patient.findings(wanted=wanted, networks=networks)] == found


def test_a_libvirt_that_is_down_is_found_where_the_bridge_of_a_container_is_gone(patient):
    program(patient.virsh, "#!/bin/sh\nexit 1\n")
    patient.replace("102", "bridge=br0", "bridge=virbr7")

    checks = {one.check for one in patient.findings(wanted=())}

    assert {"bridge", "libvirt"} <= checks


def test_a_key_that_is_not_a_setting_is_found_with_what_may_be_meant(patient):
    known, odd = patient.findings(settings=[("pillar openvz:network", "openvz:networks"), ("pillar openvz:x", None)])

    assert (known.check, known.remedy) == ("setting", "rename it to openvz:networks")
    assert (odd.what, odd.remedy) == ("pillar openvz:x is not a setting", "remove it")


def test_a_network_with_blanks_in_its_name_is_found(patient):
    program(patient.virsh, "#!/bin/sh\necho 'two words'\necho\n")

    assert [found.where for found in patient.findings()] == ["two words"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#!/bin/sh\necho 'error: failed to connect to the hypervisor' >&2; exit 1\n", "failed to connect"),
        ("#!/bin/sh\nexit 1\n", "no message"),
        ("no program", "Exec format error"),
    ],
)
def test_a_libvirt_that_cannot_be_asked_is_a_finding(patient, text, said):
    program(patient.virsh, text)

    (found,) = patient.findings(uri="qemu:///system")

    assert brief(found) == ("libvirt", ())
    assert found.where == "qemu:///system"
    assert said in found.what
    assert patient.only().where == patient.virsh


def test_a_libvirt_that_does_not_answer_is_a_finding(patient, monkeypatch):
    monkeypatch.setattr(doctor.system, "_LIBVIRT_TIMEOUT", 0.2)
    program(patient.virsh, "#!/bin/sh\nsleep 60 & wait\n")

    assert "did not answer" in patient.only().what


def program(path, text):
    Path(path).write_text(text)
    Path(path).chmod(0o755)
