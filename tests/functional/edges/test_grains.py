"""The grain of a node, by Salt's own loader."""

import os
import shutil

import pytest
import salt.loader

pytestmark = pytest.mark.salt_api


@pytest.fixture
def grains(minion_opts):
    """Make the grain again, with these ``openvz`` settings instead of the minion's."""
    return lambda **settings: salt.loader.grain_funcs({**minion_opts, "openvz": {**minion_opts["openvz"], **settings}})[
        "openvz.openvz"
    ]()


def test_a_node_says_its_family_version_containers_and_layouts(grains, node):
    for ctid in (101, 102):
        node.vzctl("create", ctid, "--ostemplate", "debian-12-x86_64")
    conf = node.conf_path(102)
    conf.write_text(conf.read_text().replace('VE_LAYOUT="simfs"', 'VE_LAYOUT="ploop:expanded"'))

    said = grains()["openvz"]

    assert said["flavour"] == "OpenVZ legacy" and said["version"].startswith("4.11.1")
    assert (said["containers"], said["layouts"]) == (2, {"simfs": 1, "ploop": 1})


def test_of_the_programs_only_vzctl_is_run_and_that_once(grains, node):
    node.vzctl("create", 101, "--ostemplate", "debian-12-x86_64")
    node.forget_calls()

    grains()

    assert (node.calls("--version"), node.calls(program="vzlist")) == ([["--version"]], [])
    assert node.calls() == []


def test_a_machine_without_vzctl_has_no_grain_and_runs_nothing(grains, node, tmp_path):
    node.forget_calls()

    assert grains(config_dir=str(tmp_path)) == {}
    assert node.calls("--version") == []


def test_half_a_container_is_none(grains, node):
    node.vzctl("create", 101, "--ostemplate", "debian-12-x86_64")
    shutil.rmtree(node.directory / "vz/private/101")

    assert grains()["openvz"]["containers"] == 0


def test_without_vzctl_the_files_are_counted_anyway(grains, node):
    assert grains(vzctl="/nowhere/vzctl") == {"openvz": {"containers": 0, "layouts": {}}}


def test_files_that_cannot_be_read_leave_the_rest(grains, node):
    conf = node.directory / "etc/vz/conf"
    shutil.rmtree(conf)
    os.symlink("conf", conf)

    assert set(grains()["openvz"]) == {"flavour", "version"}
