"""``vzsim init --family 7``, and how vzctl finds containers and links there."""

import os
import shutil
import subprocess

import pytest

from vzsim import cli
from vzsim.seven import ids

UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


@pytest.mark.parametrize(
    ("word", "ctid"),
    [
        ("0101", "101"),
        ("2147483647", "2147483647"),
        ("2147483648", None),
        ("-1", None),
        (UUID.upper(), UUID.upper()),
        (f"{{{UUID}}}", UUID),
        (UUID.replace("-", ""), UUID),
        (f"{{{UUID.replace('-', '')}}}", None),
        (UUID[:-1], None),
    ],
)
def test_a_ctid_is_a_number_or_a_uuid_in_three_spellings(word, ctid):
    assert ids.read_ctid(word) == ctid


def test_a_name_wins_over_the_ctid_that_it_looks_like(seven):
    seven.container(101, NAME="102")
    seven.container(102)

    assert seven.vzctl("status", "102").out == "VEID 101 exist unmounted down\n"


def test_a_name_leads_to_the_container_that_its_conf_names(seven):
    seven.container(101, NAME="web1", VEID=UUID)

    assert seven.vzctl("status", "web1").out == f"VEID {UUID} deleted unmounted down\n"


def test_a_regular_file_in_the_place_of_the_link_moves_into_the_area_with_the_next_change(seven):
    seven.container(101)
    link = seven.path("etc/vz/conf/101.conf")
    text = link.read_text()
    link.unlink()
    link.write_text(text + "OWN=1\n")

    answer = seven.vzctl("set", 101, "--cpus", "2", "--save")

    assert answer.err == "Inconsistent Container configuration is detected: restoring link...\n"
    assert os.readlink(link) == str(seven.area(101) / "ve.conf")
    assert (seven.area(101) / "ve.conf").read_text() == text + 'OWN=1\nCPUS="2"\n'


def test_a_moved_node_finds_its_containers_again(seven, tmp_path):
    seven.container(101, NAME="web1")
    shutil.move(seven.directory, tmp_path / "moved")

    assert cli.main(["init", str(tmp_path / "moved"), "--family", "7"]) == 0

    ran = subprocess.run([tmp_path / "moved/bin/vzctl", "status", "web1"], capture_output=True, text=True)
    assert ran.stdout == "VEID 101 exist unmounted down\n"
    assert "9.0.1" in subprocess.run([tmp_path / "moved/bin/vzctl", "--version"], capture_output=True, text=True).stdout


def test_a_release_is_of_the_second_family_only(tmp_path, capsys):
    assert cli.main(["init", str(tmp_path / "n"), "--release", "7.0.254"]) == 1
    assert capsys.readouterr().err == "vzsim: --release goes with --family 7 only\n"

    assert cli.main(["init", str(tmp_path / "n"), "--family", "7", "--release", "7.0.254"]) == 0
    ran = subprocess.run([tmp_path / "n/bin/vzctl", "--version"], capture_output=True, text=True)
    assert ran.stdout == "vzctl v.7.0.254\n"


def test_delays_and_faults_work_on_such_a_node(seven):
    directory = str(seven.directory)
    assert cli.main(["fault", directory, "--command", "unset", "--rc", "46", "--stderr", "no\n"]) == 0

    ran = subprocess.run([f"{directory}/bin/vzctl", "unset", "101"], capture_output=True, text=True)

    assert (ran.returncode, ran.stderr) == (46, "no\n")


def test_a_link_whose_conf_has_another_name_names_nobody(seven):
    seven.container(101, NAME="web1")
    seven.path("etc/vz/names/old").symlink_to(seven.area(101) / "ve.conf")

    assert seven.vzctl("status", "old").err == "Invalid ctid is specified: old\n"
