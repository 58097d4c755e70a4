"""Private areas that no node knows, and containers that are paused: what vzctl 7 and later has beside vzctl 4."""

import os
from pathlib import Path

import pytest
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
WEB = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
OTHER = "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303"


@pytest.fixture
def area(node):
    """The private area of web, which is not registered."""
    return node.make_area("area1", WEB, 'NAME="web"')


def refused(function, *args, **kwargs):
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value)


# registered


def test_an_area_gets_back_the_uuid_and_the_name_that_its_file_says(openvz, node, area):
    told = openvz.register(area)

    assert node.calls("register") == [["register", area, WEB, "--name", "web"]]
    assert (told["ctid"], told["name"], told["did"]) == (WEB, "web", ["registered"])
    assert os.readlink(node.conf_path(WEB)) == f"{area}/ve.conf"
    assert openvz.info("web")["web"]["managed"] is False


@pytest.mark.parametrize("meant", ["web", WEB])
def test_an_area_is_known_by_what_its_file_says_too(openvz, area, meant):
    assert openvz.register(meant)["ctid"] == WEB


def test_a_dry_run_says_what_would_be_registered_and_runs_nothing(openvz, node, area):
    told = openvz.register(area, test=True)

    assert told["comment"] == f"Container web (CTID {WEB}) would be registered"
    assert node.calls() == []


def test_a_registered_area_is_refused_and_its_container_named(openvz, area):
    openvz.register(area)

    assert refused(openvz.register, area) == f"{area} is already registered, as container {WEB}"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: os.unlink(f"{path}/ve.conf"), "has no ve.conf: it is not the private area of a container"),
        (lambda path: os.unlink(f"{path}/.ve.layout"), "is in an old format (.ve.layout does not point to 5)"),
        (
            lambda path: Path(path, "ve.conf").write_text('CPUUNITS="x"\n'),
            "/ve.conf says CPUUNITS='x', which is not valid: vzctl refuses the file; fix that line",
        ),
    ],
)
def test_what_vzctl_would_not_register_is_refused_with_the_reason(openvz, node, area, spoil, sentence):
    spoil(area)

    assert sentence in refused(openvz.register, area)
    assert node.calls("register") == []


def test_a_copy_needs_a_uuid_and_a_name_of_its_own(openvz, node, area):
    openvz.register(area)
    copy = node.make_area("copy", WEB)

    assert "already exists on this node; register" in refused(openvz.register, copy)
    assert f"has the uuid {WEB} already; give a new UUID as ctid" in refused(openvz.register, copy, ctid=102)
    assert "has the name web already; give another name" in refused(openvz.register, copy, ctid=OTHER, name="web")

    told = openvz.register(copy, ctid=OTHER.upper(), name="web2")

    assert (told["ctid"], node.conf(OTHER)["UUID"]) == (OTHER, OTHER)
    assert node.ctid("web2") in ("copy", OTHER)


def test_an_area_whose_file_has_anothers_name_is_refused_since_vzctl_would_take_that_link(openvz, node, area):
    openvz.register(area)
    thief = node.make_area("thief", OTHER, 'NAME="web"')

    assert f"remove the line NAME from {thief}/ve.conf first" in refused(openvz.register, thief, name="db")
    assert node.calls("register") == [["register", area, WEB, "--name", "web"]]


@pytest.mark.parametrize("meant", ["web", WEB, "the path"])
def test_an_area_that_is_not_registered_can_be_adopted(openvz, node, area, meant):
    told = openvz.adopt(area if meant == "the path" else meant)

    assert told["changes"] == {
        "container": {"old": None, "new": "registered"},
        "managed": {"old": False, "new": True},
    }
    assert openvz.info("web")["web"]["managed"] is True


def test_an_area_that_is_registered_already_is_adopted_by_its_path_too(openvz, node, area):
    openvz.register(area)

    assert openvz.adopt(area)["changes"] == {"managed": {"old": False, "new": True}}
    assert openvz.adopt(area)["changes"] == {}


# unregistered


def test_a_container_leaves_its_node_and_its_files_stay(openvz, node, area):
    openvz.adopt(area)

    told = openvz.unregister("web")

    assert (told["did"], told["area"]) == (["unregistered"], area)
    assert openvz.status("web") == "absent"
    assert os.path.exists(f"{area}/ve.conf")
    assert openvz.register(told["area"])["ctid"] == WEB


def test_one_that_salt_does_not_manage_leaves_only_with_force(openvz, area):
    openvz.register(area)

    assert "is not managed by Salt; force: True unregisters it" in refused(openvz.unregister, "web")
    assert openvz.unregister("web", force=True)["did"] == ["unregistered"]


def test_one_that_runs_is_not_unregistered(openvz, node, area):
    openvz.adopt(area)
    openvz.start("web")

    assert refused(openvz.unregister, "web") == f"container {WEB} is running; openvz.stop {WEB} first"
    assert node.calls("unregister") == []


def test_a_file_in_the_place_of_the_link_is_not_given_to_vzctl_which_would_delete_it(openvz, node, area):
    openvz.adopt(area)
    text = node.conf_path(WEB).read_text()
    node.conf_path(WEB).unlink()
    node.conf_path(WEB).write_text(text)

    assert "is a file and not a link into the private area: vzctl would delete it" in refused(openvz.unregister, WEB)
    assert node.calls("unregister") == []


# paused


def test_a_paused_container_goes_on_where_it_was(openvz, node, area):
    openvz.adopt(area)
    openvz.start("web")

    assert openvz.pause("web")["changes"] == {"status": {"old": "running", "new": "paused"}}
    assert openvz.pause("web")["changes"] == {}
    assert (openvz.state("web"), openvz.list_active_vms()) == ({"web": "paused"}, ["web"])
    assert openvz.unpause("web")["changes"] == {"status": {"old": "paused", "new": "running"}}
    assert node.calls()[-2:] == [["pause", WEB], ["start", WEB]]


def test_nothing_is_run_in_a_paused_container_since_it_would_hang(openvz, node, area):
    openvz.adopt(area)
    openvz.start("web")
    openvz.pause("web")

    said = refused(openvz.exec, "web", "true")

    assert said == f"container {WEB} is paused, not running; openvz.unpause {WEB} first: a command would hang"
    assert node.calls("exec3") == []


def test_the_states_bring_a_paused_container_up_and_down(openvz, states, node, area):
    openvz.adopt(area)
    openvz.start("web")
    for function, status in (("running", "running"), ("stopped", "stopped")):
        openvz.start("web")
        openvz.pause("web")
        assert getattr(states, function)("web")["result"] is True
        assert openvz.state("web") == {"web": status}
    assert "--force" not in {word for argv in node.calls() for word in argv}


def test_a_destroyed_container_leaves_nothing_and_that_is_said(openvz, node, area):
    openvz.adopt(area)

    told = openvz.destroy("web")

    assert told["warnings"] == [
        f"vzctl 7 to 9 keeps nothing of container {WEB}, not even its configuration: only the returned document is left"
    ]
    assert "<name>web</name>" in told["xml"]
    assert not os.path.exists(area)


# as vzctl's own verbs make them


@pytest.mark.parametrize("spelling", [WEB, WEB.upper(), WEB.replace("-", "")])
def test_a_container_is_made_by_its_uuid_in_lower_case_however_it_is_typed(openvz, node, spelling):
    told = openvz.create(spelling, ostemplate="almalinux-9", name="web")

    assert (told["ctid"], told["did"]) == (WEB, ["created"])
    assert node.calls("create") == [["create", WEB, "--ostemplate", "almalinux-9", "--name", "web"]]


def test_what_is_neither_a_number_nor_a_uuid_is_no_ctid(openvz):
    assert refused(openvz.create, "web", ostemplate="almalinux-9").endswith(
        "use a number from 1 to 2147483644, or a UUID"
    )


# documents


@pytest.mark.parametrize("said", ["<name>web</name>", f"<name>shop</name><uuid>{WEB}</uuid>"])
def test_a_document_of_a_container_that_is_not_registered_makes_no_second_one(openvz, node, area, said):
    called = WEB if "uuid" in said else "web"

    told = refused(openvz.define, xml=f"<domain type='openvz'>{said}</domain>")

    assert told == (
        f"{area} is the private area of a container {called} that is not registered on this node; "
        f"openvz.adopt {called} registers it; otherwise move it away"
    )
    assert not node.calls("create")


def test_a_container_that_was_unregistered_gets_its_number_back(openvz, node):
    openvz.create(301, ostemplate="debian-12-x86_64", name="web")
    openvz.adopt("web")
    openvz.unregister("web")

    told = openvz.register(str(node.directory / "vz/private/301"))

    assert told["ctid"] == 301
    assert openvz.info("web")["web"]["managed"] is True


# in the way


@pytest.mark.parametrize("dry", [True, False])
def test_an_empty_directory_in_the_place_of_the_area_is_refused_before_anything_runs(openvz, node, dry):
    place = node.directory / "vz/private" / WEB
    place.mkdir(parents=True)

    sentence = refused(openvz.define, f"<domain type='openvz'><name>web</name><uuid>{WEB}</uuid></domain>", test=dry)

    assert sentence == (f"{place} exists, and vzctl creates no container over it, though it is empty; rmdir {place}")
    assert node.calls() == []
