"""What a node says: whole containers, halves of one, and what cannot be read."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from library import CONF, MARKED, OTHER_UUID, UUID
from vzdomain import errors
from vzdomain.flavours import LEGACY
from vzdomain.host.node import Node
from vzdomain.host.vzctl import Vzctl
from vzdomain.model.ctid import Ctid


@pytest.fixture
def node(directory):
    return directory.node()


def test_a_whole_container_is_read_from_its_file_and_vzlist(directory, node):
    directory.add("209", f'{MARKED}#UUID: {UUID}\n{CONF}ONBOOT="yes"\nSTOP_TIMEOUT="7"\n', status="running")

    container = node.container("209")

    assert (container.ctid, container.status, container.running, container.managed) == ("209", "running", True, True)
    assert (container.domain.name, container.domain.uuid, container.domain.memory) == ("209", UUID, 262144)
    assert (container.onboot, container.disabled, container.layout, container.stop_timeout) == (True, False, "simfs", 7)
    assert container.private == str(directory.private("209"))
    assert container.file == str(directory.conf("209"))


@pytest.mark.parametrize("status", ["running", "mounted", "suspended", "stopped"])
def test_every_status_of_vzlist_is_known(directory, node, status):
    directory.add("209", status=status)

    assert node.container("209").status == status
    assert node.container("209").running is (status == "running")


def test_of_a_container_that_is_not_there_nothing_is_left(node):
    assert node.container("209") is None
    assert node.leftovers("209") == ()


@pytest.mark.parametrize("half", ["file", "area", "dump"])
def test_half_a_container_is_an_error_that_names_what_is_left(directory, node, half):
    left = {"file": directory.conf("209"), "area": directory.private("209"), "dump": directory.dump("209")}[half]
    if half == "area":
        (left / "etc").mkdir(parents=True)
    else:
        left.write_text(CONF)

    assert node.leftovers("209") == (str(left),)
    with pytest.raises(errors.RefusedError, match=f"only in part: {left}; remove"):
        node.container("209")
    assert node.containers() == []


def test_all_halves_are_named(directory, node):
    directory.conf("209").write_text(CONF)
    directory.dump("209").write_text("")

    assert node.leftovers("209") == (str(directory.conf("209")), str(directory.dump("209")))


def test_an_empty_private_area_alone_is_nothing(directory, node):
    directory.private("209").mkdir()

    assert node.container("209") is None


def test_an_area_in_which_nothing_is_yet_is_not_unpacked(directory, node):
    directory.add("209")
    directory.conf("210").write_text(CONF)
    directory.private("210").mkdir()

    assert [node.is_unpacked(ctid) for ctid in ("209", "210", "211")] == [True, False, False]


def test_a_private_area_elsewhere_makes_a_container_whole(directory, node, tmp_path):
    (tmp_path / "elsewhere-209").mkdir()
    directory.conf("209").write_text(f'VE_PRIVATE="{tmp_path}/elsewhere-$VEID"\n')

    assert node.container("209").private == f"{tmp_path}/elsewhere-209"


def test_a_dump_belongs_to_its_container(directory, node):
    directory.add("209", status="suspended")
    directory.dump("209").write_text("")

    assert node.container("209").status == "suspended"


def test_all_whole_containers_are_listed_without_the_nodes_own(directory, node):
    for ctid in ("1000", "209", "101"):
        directory.add(ctid)
    directory.conf(0).write_text("")
    directory.conf(300).write_text(CONF)
    (directory.etc / "conf" / "209.conf.destroyed").write_text("")

    assert [container.ctid for container in node.containers()] == ["101", "209", "1000"]


# what cannot be read


@pytest.mark.parametrize("ask", ["container", "values"])
def test_a_file_that_cannot_be_read_is_not_absence(directory, node, ask):
    directory.conf("209").mkdir()

    with pytest.raises(errors.CannotAskError, match=r"209.conf cannot be read: it is not a regular file"):
        getattr(node, ask)("209")


def test_an_area_that_cannot_be_accessed_is_not_absence(directory, node):
    directory.add("209")
    directory.private("209").rename(directory.root / "moved")
    directory.private("209").symlink_to(directory.private("209"))

    with pytest.raises(errors.CannotAskError, match="private/209 cannot be accessed: Too many levels"):
        node.container("209")


def test_a_name_that_cannot_be_read_is_not_absence(directory, node):
    (directory.etc / "names").rmdir()
    (directory.etc / "names").symlink_to("names")

    with pytest.raises(errors.CannotAskError, match="names/web cannot be read: Too many levels"):
        node.by_name("web")


def test_a_list_that_cannot_be_read_is_not_absence(directory, node):
    (directory.etc / "conf").rename(directory.etc / "moved")
    (directory.etc / "conf").symlink_to("conf")

    with pytest.raises(errors.CannotAskError, match="conf cannot be accessed"):
        node.ctids()


def test_a_vzlist_that_cannot_be_asked_is_not_absence(directory, node):
    directory.add("209")
    directory.vzctl.failures["list"] = errors.CannotAskError("vzlist ended with code 1")

    with pytest.raises(errors.CannotAskError):
        node.container("209")


def test_a_node_without_vz_conf_says_what_to_look_at(directory, node):
    (directory.etc / "vz.conf").unlink()

    with pytest.raises(errors.ConfigurationError, match=r"vz.conf does not exist; .* openvz:config_dir"):
        node.container("209")


def test_vz_conf_has_vzctls_defaults(directory, node):
    (directory.etc / "vz.conf").write_text("DUMPDIR=/other\n")

    assert node.lock_path("209") == "/vz/lock/209.lck"
    assert node.dump_path("209") == "/other/Dump.209"


# one read per run


def test_any_number_of_containers_costs_one_vzlist(directory, node):
    for ctid in map(str, range(101, 121)):
        directory.add(ctid)

    node.containers()
    node.containers()

    assert directory.vzctl.lists == [("-a", "-j", "-o", "ctid,status,uptime")]
    assert directory.vzctl.runs == []


def test_a_container_that_goes_while_others_are_read_is_in_no_list(directory, node, monkeypatch):
    directory.add("209")
    directory.add("210")
    read = node.leftovers

    def going(ctid):
        left = read(ctid)
        if directory.vzctl.statuses.pop("209", None):
            directory.remove("209")
        return left

    monkeypatch.setattr(node, "leftovers", going)

    assert [container.ctid for container in node.containers()] == ["210"]


def test_a_container_is_read_once_while_its_file_stays_the_same(directory, node):
    directory.add("209")
    before = node.container("209")

    assert node.container("209") is before


def test_a_container_that_somebody_changes_is_read_again_with_its_status(directory, node):
    directory.add("209")
    node.container("209")
    directory.vzctl.statuses["209"] = "running"
    directory.conf("209").write_text(CONF + 'CPUS="4"\n')

    changed = node.container("209")

    assert (changed.domain.vcpu, changed.status) == (4, "running")


def test_of_what_was_forgotten_the_status_is_asked_alone(directory, node):
    for ctid in ("209", "210"):
        directory.add(ctid)
    node.containers()
    directory.vzctl.statuses["209"] = "running"

    node.forget("209")

    assert (node.status("209"), node.status("210")) == ("running", "stopped")
    assert directory.vzctl.runs == [("status", "209")]
    assert len(directory.vzctl.lists) == 1


def test_forgetting_asks_nothing(directory, node):
    directory.vzctl.failures["list"] = errors.CannotAskError("vzlist ended with code 1")

    node.forget("209")

    assert directory.vzctl.lists == []


@pytest.mark.parametrize("status", ["running", "mounted", "suspended", "stopped"])
def test_every_status_of_vzctl_is_known(directory, node, status):
    directory.vzctl.listed = ""
    directory.vzctl.statuses["209"] = status

    assert node.status("209") == status


def test_a_line_of_vzlist_that_says_no_status_is_not_believed(directory, node):
    shown = [("209", '"confused"'), ("x", '"running"'), ("210", '"running"')]
    listed = (f'"ctid": {ctid},\n"status": {status},\n"uptime": 1.000' for ctid, status in shown)
    directory.vzctl.listed = "[\n{" + "},\n{".join(listed) + "}\n]"
    directory.vzctl.statuses["209"] = "mounted"

    assert (node.status("209"), node.status("210")) == ("mounted", "running")


# names and numbers


def test_a_container_is_found_by_its_uuid_in_any_spelling(directory, node):
    directory.add("209", f"#UUID: {UUID.upper()}\n{CONF}")
    directory.add("210", f"#UUID: {OTHER_UUID}\n{CONF}")

    assert node.by_uuid(UUID) == "209"
    assert node.by_uuid(OTHER_UUID.replace("5", "6")) is None


def test_forgetting_reads_nothing_and_the_next_search_does(directory, node):
    directory.add("209")
    assert node.by_uuid(UUID) is None
    directory.conf("209").write_text(f"#UUID: {UUID}\n")
    assert node.by_uuid(UUID) is None

    node.forget("209")
    assert node.by_uuid(UUID) == "209"

    directory.conf("209").unlink()
    directory.conf("209").mkdir()
    node.forget("209")
    assert node.by_uuid(UUID) is None
    for _ in range(2):
        with pytest.raises(errors.RefusedError, match=r"209.conf cannot be read, but container 209 exists"):
            node.make_sure()


def test_a_name_is_link_and_key_together(directory, node):
    directory.add("209", name="web")

    found = {name: node.by_name(name) for name in ("web", "none", "", "..", "a\0b")}

    assert found.pop("web") == "209"
    assert set(found.values()) == {None}
    assert node.by_name("x" * 300) is None


def test_a_name_whose_link_and_key_disagree_is_an_error(directory, node):
    directory.add("210", CONF + 'NAME="keyed"\n')
    directory.add("211")
    directory.link("linked", "211")

    with pytest.raises(errors.RefusedError, match="vzctl set 210 --name keyed --save fixes it"):
        node.by_name("keyed")
    with pytest.raises(
        errors.RefusedError,
        match="points to container 211, whose file has no NAME",
    ):
        node.by_name("linked")


@pytest.mark.parametrize("left", ["conf", "private", "dump"])
def test_a_number_of_which_anything_is_left_is_not_free(directory, node, left):
    directory.add("101")
    path = getattr(directory, left)("102")
    if left == "private":
        (path / "etc").mkdir(parents=True)
    else:
        path.write_text("")

    assert node.free_ctid(101) == "103"
    assert node.free_ctid(101, {"103"}, {"104": None}) == "105"
    assert node.free_ctid(500) == "500"


# layouts, templates, devices


@pytest.mark.parametrize(
    ("line", "image", "layout"),
    [
        ('VE_LAYOUT="ploop"', False, "ploop"),
        ('VE_LAYOUT="ploop:raw"', False, "ploop"),
        ('VE_LAYOUT="simfs"', True, "simfs"),
        ("", False, "simfs"),
        ("", True, "ploop"),
        ('VE_LAYOUT="zfs"', False, "simfs"),
    ],
)
def test_the_layout_is_the_files_or_that_of_the_private_area(directory, node, line, image, layout):
    directory.add("209", f"{line}\n")
    if image:
        (directory.private("209") / "root.hdd").mkdir()
        (directory.private("209") / "root.hdd" / "DiskDescriptor.xml").touch()

    assert node.container("209").layout == layout


@pytest.mark.parametrize(
    ("value", "onboot", "disabled"),
    [("yes", True, True), ("no", False, False), ("YES", None, False), ("1", None, False), ("", None, False)],
)
def test_only_a_plain_yes_or_no_is_one(directory, node, value, onboot, disabled):
    directory.add("209", f'ONBOOT="{value}"\nDISABLED="{value}"\n')

    assert (node.container("209").onboot, node.container("209").disabled) == (onboot, disabled)


def test_a_wrong_config_dir_is_not_absence(directory, node):
    (directory.etc / "conf").rename(directory.etc / "elsewhere")

    for ask in (node.ctids, lambda: node.by_name("web"), lambda: node.container("209")):
        with pytest.raises(errors.ConfigurationError, match="conf does not exist; is openvz:config_dir right"):
            ask()


def test_a_container_that_vzlist_has_and_the_files_have_not_is_an_error(directory, node):
    directory.vzctl.statuses["209"] = "running"

    with pytest.raises(
        errors.RefusedError, match="container 209 is running according to vzlist, but has no configuration file"
    ):
        node.container("209")


def test_a_stop_timeout_comes_from_the_container_else_from_the_node(directory, node):
    vz_conf = directory.etc / "vz.conf"
    vz_conf.write_text(vz_conf.read_text() + "STOP_TIMEOUT=60\n")
    directory.add("209", 'STOP_TIMEOUT="5"\n')
    directory.add("210", 'STOP_TIMEOUT="soon"\n')
    directory.add("211", "")

    assert [node.container(ctid).stop_timeout for ctid in ("209", "210", "211")] == [5, None, 60]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz", ".tar.bz2", ".tar.xz"])
def test_a_template_is_a_tarball_in_the_cache(directory, node, suffix):
    (directory.root / "template" / "cache" / f"debian{suffix}").touch()

    assert node.has_template("debian")
    assert not node.has_template("deb")


def test_the_sample_is_what_create_starts_from(directory, node):
    assert (node.sample().memory, node.sample().swap) == (262144, 524288)


def test_a_missing_sample_says_nothing(directory, node):
    (directory.etc / "conf" / "ve-vswap-256m.conf-sample").unlink()

    assert (node.sample().memory, node.sample().swap) == (None, None)


def test_bridges_and_devices_are_those_of_the_kernel(directory, node):
    directory.add_bridge("br0", "veth209.0")
    (directory.net / "eth1").mkdir()

    assert node.has_bridge("br0") and not node.has_bridge("eth1") and not node.has_bridge("br9")
    assert node.has_device("br0") and node.has_device("eth1") and not node.has_device("eth2")
    assert node.bridge_holds("br0", "veth209.0") and not node.bridge_holds("br0", "veth210.0")


# its flavour


def test_files_are_read_where_no_vzctl_answers(directory):
    directory.add("101")

    class Missing(Vzctl):
        def release(self):
            raise errors.MissingProgramError("vzctl cannot be run")

    node = Node(Missing(), str(directory.etc), str(directory.net), "node", str(directory.root / "proc"))

    assert (node.ctids(), node.values("101")["PHYSPAGES"]) == (["101"], "0:65536")


def test_files_have_the_names_that_the_nodes_flavour_gives_them(directory):
    directory.add("101")
    directory.conf("101").rename(directory.etc / "conf/ct-101")
    names = {"file": "ct-{}".format, "of_file": lambda name: Ctid(name[3:]) if name.startswith("ct-") else None}
    directory.vzctl.flavour = replace(LEGACY, places=SimpleNamespace(**vars(LEGACY.places) | names))
    node = directory.node()

    assert node.ctids() == ["101"]
    assert (node.exists("101"), node.leftovers("101")) == (True, ())
    assert node.conf_path("101").endswith("conf/ct-101")
