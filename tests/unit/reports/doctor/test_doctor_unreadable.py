"""What the doctor says where something cannot be read or asked, and of lines that vzctl skips."""

import json
import re
import shutil
from pathlib import Path

import pytest
import strategies
from hypothesis import HealthCheck, given, settings
from vzdomain import errors
from vzdomain.flavours import LEGACY
from vzdomain.reports import doctor
from vzdomain.reports.doctor import lines

from vzsim.grammar import conf

WORLDS = Path(__file__).parents[3] / "contract/data/worlds.jsonl"
COMPLAINT = re.compile(r":(\d+)(?: \(|: invalid value for (\S*) )")


# what cannot be asked


def test_one_thing_that_cannot_be_read_hides_no_other(patient):
    (patient.proc / "sys/net/ipv4/ip_forward").unlink()
    patient.sysctl("net/ipv4/conf/all/proxy_arp", "1")
    patient.fail("vzlist", errors.CannotAskError("vzlist ended with code 1"))
    patient.directory.conf("101").unlink()
    patient.directory.conf("101").mkdir()
    patient.append("102", "nonsense")

    checks = [found.check for found in patient.findings()]

    assert checks == ["vzlist", "cannot_ask", "proxy_arp", "conf_file", "conf_line"]


def test_without_vz_conf_the_kernel_is_looked_at_anyway(patient):
    (patient.directory.etc / "vz.conf").unlink()
    patient.sysctl("net/ipv4/ip_forward", "0")
    patient.fail("vzctl", errors.MissingProgramError("vzctl cannot be run"))

    assert [found.check for found in patient.findings()] == ["vzctl", "vz_conf", "ip_forward"]


def test_a_directory_of_files_that_is_not_there_is_a_finding(patient):
    shutil.rmtree(patient.directory.etc / "conf")

    found = {found.where.rpartition("/")[2] for found in patient.findings() if found.check == "cannot_ask"}

    assert "conf" in found


def test_a_configuration_directory_that_is_not_there_is_an_error(patient):
    shutil.rmtree(patient.directory.etc)

    with pytest.raises(errors.ConfigurationError, match="does not exist; is vzctl installed"):
        patient.findings()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=strategies.configuration_files)
def test_no_file_keeps_the_doctor_from_looking(patient, text):
    patient.directory.conf("101").write_bytes(text.encode("utf-8", "surrogatepass"))

    found = patient.findings()

    assert json.dumps(doctor.as_data(found), ensure_ascii=False).encode()


# lines and values, as vzctl and a simulator that shares no code with us see them


def test_what_vzctl_skips_in_the_recorded_worlds_is_what_the_doctor_names():
    files = [text for line in WORLDS.open() for text in json.loads(line)["files"].values() if isinstance(text, str)]
    complained = 0

    for text in files:
        said = (message for _, message in conf.parse(text, "c").messages if "skip" in message)
        theirs = {COMPLAINT.search(message).groups() for message in said}
        ours = {(str(number), None) for number, why in lines._skipped(LEGACY, text) if why != "has no key"}
        ours |= {(str(number), key) for number, key, _ in lines._unread(LEGACY, text) if key != "FEATURES"}
        assert {one for one in theirs if one[1] != ""} == ours, text
        complained += bool(theirs)

    assert complained > 20
