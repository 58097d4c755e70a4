"""``vzctl create`` of vzctl 7 to 9: what no recorded run shows, and what a failure or a kill leaves behind."""

import os

import pytest

from vzsim.codes import Failed
from vzsim.ploop import images
from vzsim.seven.commands.areas import templates
from vzsim.seven.commands.power import mounting

UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


def test_the_created_container_starts_and_has_its_files_in_the_image(seven):
    assert seven.vzctl("create", UUID, "--ostemplate", "almalinux-9", "--name", "web1").rc == 0
    assert seven.vzctl("start", "web1").rc == 0
    assert (seven.area(UUID) / "root.hdd/files/etc/passwd").read_text().startswith("root:x:0:0:")
    assert seven.values(UUID)["UUID"] == UUID


def test_without_options_template_and_sample_are_those_of_vz_conf(seven):
    answer = seven.vzctl("create", 101)

    assert answer.out.startswith("Creating Container private area (.almalinux-9) with applications from config (ve-b")
    assert seven.values(101)["OSTEMPLATE"] == ".almalinux-9"
    assert seven.values(101)["VE_PRIVATE"] == str(seven.path("vz/private/$VEID"))


@pytest.mark.parametrize(
    ("size", "kib"), [("1G", 1048576), ("1000000", 1000448), ("3G:5G", 5242880), ("0", templates.SIZE)]
)
def test_the_image_has_the_size_asked_for_in_whole_mebibytes(seven, size, kib):
    seven.vzctl("create", 101, "--diskspace", size)

    assert images.read(str(seven.area(101) / "root.hdd"))["size_kib"] == kib


@pytest.mark.parametrize(
    ("options", "rc", "out"),
    [
        (["--ostemplate", "nosuch"], 48, ""),
        (["--ostemplate", "/x.tar.gz"], 21, ""),
        (["--config", "nosuch"], 82, ""),
        (["--name", "a/b"], 21, ""),
        (["--name", "102"], 21, ""),
        (["--uuid", "7"], 21, ""),
        (["--layout", "simfs"], 20, ""),
        (["--diskspace", "x", "--nosuch"], 21, ""),
    ],
)
def test_a_refused_create_leaves_nothing(seven, options, rc, out):
    seven.container(102)
    before = sorted(os.listdir(seven.path("etc/vz/conf"))), os.listdir(seven.path("vz/private"))

    answer = seven.vzctl("create", 101, *options)

    assert (answer.rc, answer.out) == (rc, out)
    assert (sorted(os.listdir(seven.path("etc/vz/conf"))), os.listdir(seven.path("vz/private"))) == before


def test_options_are_read_one_after_the_other(seven):
    assert seven.vzctl("create", 101, "--ipadd", "x", "--nosuch").err.endswith("Bad parameter for --ipadd: x\n")
    assert seven.vzctl("create", 101, "--nosuch", "--ipadd", "x").err == "101: unrecognized option '--nosuch'\n"


def test_a_template_that_is_not_cached_is_built(seven):
    answer = seven.vzctl("create", 101, "--ostemplate", "debian-12")

    assert answer.rc == 0
    assert answer.out.startswith("Cached package set 'debian-12' is not found, run create cache utility...\n")
    assert seven.values(101)["DISTRIBUTION"] == "debian"


def test_a_container_whose_image_cannot_be_mounted_is_rolled_back(seven):
    assert seven.vzctl("create", 101, "--ostemplate", "", "--name", "web1").rc == 162
    assert not seven.area(101).exists()
    assert os.listdir(seven.path("etc/vz/names")) == []
    assert not os.path.lexists(seven.node.conf_path("101"))


def test_a_kill_while_the_image_is_made_leaves_only_the_temporary_area(seven, monkeypatch):
    def kill(path, size):
        raise KeyboardInterrupt

    monkeypatch.setattr(images, "resize", kill)
    with pytest.raises(KeyboardInterrupt):
        seven.vzctl("create", 101)
    monkeypatch.undo()

    assert os.listdir(seven.path("vz/private")) == ["101.private_temporary"]
    assert "already exists, deleting" in seven.vzctl("create", 101).out


def test_a_kill_before_the_links_are_made_leaves_an_area_that_can_be_registered(seven, monkeypatch):
    def kill(run):
        raise KeyboardInterrupt

    monkeypatch.setattr(mounting, "mount", kill)
    with pytest.raises(KeyboardInterrupt):
        seven.vzctl("create", 101)
    monkeypatch.undo()

    assert not os.path.lexists(seven.node.conf_path("101"))
    assert seven.vzctl("create", 101).rc == 44
    assert seven.vzctl("register", seven.area(101), 101).rc == 0
    assert seven.vzctl("start", 101).rc == 0


def test_a_template_is_found_by_any_of_its_names(seven):
    class Run:
        node = seven.node

        def complain(self, text):
            self.said = text

    for name in ("almalinux-9", ".almalinux-9", "almalinux-9-x86_64"):
        assert templates.find(Run(), name)["distribution"] == "almalinux"
    with pytest.raises(Failed):
        templates.find(Run(), "almalinux")
