"""``vzctl create`` and ``destroy``, and names."""

import pytest

CREATED = (
    "Creating container private area (debian-12-x86_64)\nPerforming postcreate actions\n"
    "CT configuration saved to /etc/vz/conf/{0}.conf\nContainer private area was created\n"
)
FAILED = "Creation of container private area failed\n"
NO_SAMPLE = "Sample config /etc/vz/conf/ve-no.conf-sample not found: No such file or directory\n"
EXISTS = (
    "Warning: CT config file already exists, not applying a default config sample.\n"
    "It might lead to incomplete CT configuration, you can use --applyconfig to fix.\n"
)


def leftovers(bench, ctid):
    """What there is of a container, wherever it could be."""
    places = ("etc/vz/conf", "vz/private", "vz/root", "vz/lock")
    return [entry.name for place in places for entry in bench.path(place).iterdir() if entry.name.startswith(str(ctid))]


def test_a_container_is_made_from_sample_and_template(bench):
    answer = bench.vzctl("create", 201)

    assert answer == (0, CREATED.format(201), "")
    assert bench.path("vz/private/201/sbin/init").exists()
    assert bench.path("vz/root/201").is_dir()
    lines = bench.conf(201).splitlines()
    assert lines[:2] == ['PHYSPAGES="0:256M"', 'SWAPPAGES="0:512M"']
    assert lines[7:] == [
        f'VE_ROOT="{bench.directory}/vz/root/$VEID"',
        f'VE_PRIVATE="{bench.directory}/vz/private/$VEID"',
        'VE_LAYOUT="simfs"',
        'OSTEMPLATE="debian-12-x86_64"',
        'ORIGIN_SAMPLE="vswap-256m"',
    ]


def test_options_of_create_land_in_the_conf_in_normal_form(bench):
    bench.foreign_kernel()
    answer = bench.vzctl(
        "create", 203, "--config", "basic", "--name", "web203", "--hostname", "h", "--ipadd", "10.0.0.3",
        "--ipadd", "FD00::3", "--diskspace", "1G:1100M", "--private", "/vz/private/p$VEID", "--root", "/vz/root/203",
        "--description", "d", "--ostemplate", "fedora-core-5-i386",
    )  # fmt: skip

    assert answer.rc == 0
    assert answer.out.startswith("Name web203 assigned\n")
    text = bench.conf(203)
    assert 'LOCKEDPAGES="2048:2048"\n' in text  # a sample's own values stay as they are
    assert 'DISKSPACE="1048576:1126400"\n' in text
    assert text.endswith(
        'IP_ADDRESS="10.0.0.3 fd00::3"\nHOSTNAME="h"\nDESCRIPTION="d"\nVE_ROOT="/vz/root/203"\n'
        'VE_PRIVATE="/vz/private/p$VEID"\nVE_LAYOUT="simfs"\nOSTEMPLATE="fedora-core-5-i386"\n'
        'ORIGIN_SAMPLE="basic"\nLOCAL_UID="0"\nLOCAL_GID="0"\nNAME="web203"\n'
    )
    assert bench.path("vz/private/p203/sbin/init").exists()
    assert bench.names() == {"web203": "203.conf"}


@pytest.mark.parametrize(
    ("options", "rc", "complaint"),
    [
        (["--onboot", "yes"], 21, "vzctl: unrecognized option '--onboot'\n"),
        (["extra"], 20, "Invalid extra arguments: extra \n"),
        (["--ipadd", "10.0.0.999"], 21, "Bad parameter for --ipadd: 10.0.0.999\n"),
        (["--config", "no"], 82, NO_SAMPLE + FAILED),
        (
            ["--ostemplate", "no"],
            91,
            "vztmpl-dl ERROR: template no not found!\n"
            "Cached OS template /vz/template/cache/no.tar[.gz|.bz2|.xz] not found\n" + FAILED,
        ),
    ],
)
def test_a_create_that_fails_leaves_nothing(bench, options, rc, complaint):
    assert bench.vzctl("create", 201, *options) == (rc, "", complaint)
    assert leftovers(bench, 201) == []


def test_a_node_may_have_no_ploop(bench):
    bench.without_ploop()
    assert bench.vzctl("create", 201, "--layout", "ploop").rc == 99
    assert leftovers(bench, 201) == []


def test_a_template_that_cannot_be_unpacked_is_code_47(bench):
    bench.path("vz/template/cache/broken.tar.gz").write_text("no archive")

    assert bench.vzctl("create", 201, "--ostemplate", "broken").rc == 47
    assert leftovers(bench, 201) == []


def test_an_existing_conf_is_kept_as_the_base(bench):
    mine = 'PHYSPAGES="0:1G"\n# mine\nOSTEMPLATE="debian-12-x86_64"\nVE_LAYOUT="simfs"\n'
    bench.conf(209, mine)

    answer = bench.vzctl("create", 209, "--hostname", "h")

    assert answer == (0, EXISTS + CREATED.format(209), "")
    assert bench.conf(209).startswith(mine + 'HOSTNAME="h"\n')
    assert "ORIGIN_SAMPLE" not in bench.conf(209)


def test_an_empty_private_area_is_fine_a_full_one_is_code_44(bench):
    bench.path("vz/private/201").mkdir()
    assert bench.vzctl("create", 201).rc == 0

    answer = bench.vzctl("create", 201)

    assert answer == (44, EXISTS, "Private area already exists in /vz/private/201\n" + FAILED)


def test_the_name_link_of_a_failed_create_stays_and_is_not_a_conflict_later(bench):
    answer = bench.vzctl("create", 820, "--ostemplate", "nosuch", "--name", "foo")
    assert (answer.rc, bench.names()) == (91, {"foo": "820.conf"})

    assert bench.vzctl("create", 821, "--name", "foo").rc == 0
    assert bench.names() == {"foo": "821.conf"}


def test_a_name_that_somebody_has_is_code_131(bench):
    bench.vzctl("create", 201, "--name", "web")

    answer = bench.vzctl("create", 202, "--name", "web")

    assert answer == (131, "", "Conflict: name web already used by container 201\n" + FAILED)
    assert leftovers(bench, 202) == []


# destroy


def test_destroy_keeps_the_conf_and_the_scripts_aside(bench):
    bench.vzctl("create", 201, "--name", "web")
    bench.link("alias", 201)
    for suffix in ("mount", "stop"):
        bench.path(f"etc/vz/conf/201.{suffix}").write_text("#!/bin/sh\n")

    answer = bench.vzctl("destroy", "web")

    private = "Destroying container private area: /vz/private/201\n"
    assert answer == (0, private + "Container private area was destroyed\n", "")
    assert sorted(leftovers(bench, 201)) == ["201.conf.destroyed", "201.mount.destroyed", "201.stop.destroyed"]
    assert bench.names() == {}


def test_a_later_create_forgets_what_was_kept_aside(bench):
    bench.vzctl("create", 201)
    bench.vzctl("destroy", 201)

    bench.vzctl("create", 201)

    assert sorted(leftovers(bench, 201)) == ["201", "201", "201.conf"]


def test_a_mounted_container_is_not_destroyed(bench):
    bench.container(201)
    bench.vzctl("mount", 201)

    assert bench.vzctl("destroy", 201) == (41, "Container is currently mounted (umount first)\n", "")


def test_a_container_without_private_area_and_mount_point_can_be_destroyed(bench):
    bench.conf(214, 'VE_ROOT="/vz/root/$VEID"\n')

    answer = bench.vzctl("delete", 214)

    assert answer.rc == 0
    assert answer.err == (
        "stat(/vz/root/214): No such file or directory\n"
        "Warning: failed to remove /vz/root/214: No such file or directory\n"
    )


# names


def test_a_name_moves_its_link(bench):
    bench.container(301)

    assert bench.vzctl("set", 301, "--name", "a", "--save").out.startswith("Name a assigned\n")
    assert bench.vzctl("set", "a", "--name", "a", "--save").out.startswith("CT configuration")
    bench.vzctl("set", 301, "--name", "b", "--save")
    assert bench.names() == {"b": "301.conf"}
    bench.vzctl("set", 301, "--name", "", "--save")
    assert bench.names() == {}


def test_a_lost_link_is_made_again(bench):
    bench.container(301, 'NAME="a"\n')

    assert bench.vzctl("status", "a") == (21, "", "Bad CT ID a\n")
    assert bench.vzctl("set", 301, "--name", "a", "--save").out.startswith("Name a assigned\n")
    assert bench.vzctl("status", "a").rc == 0


def test_a_link_to_a_conf_with_another_name_finds_nothing(bench):
    bench.container(301, 'NAME="a"\n')
    bench.link("stale", 301)

    assert bench.vzctl("status", "stale") == (21, "", "Unable to find container by name stale\n")


def test_a_link_to_a_conf_without_a_name_is_good_enough(bench):
    bench.container(301)
    bench.link("half", 301)

    assert bench.vzctl("status", "half").out == "CTID 301 exist unmounted down\n"


def test_a_name_needs_save_and_stays_when_the_rest_fails(bench):
    bench.container(301)

    assert bench.vzctl("set", 301, "--name", "a") == (131, "", "Error: unable to use --name option without --save\n")
    assert bench.names() == {}
    assert bench.vzctl("set", 301, "--name", "a", "--applyconfig", "no", "--save").rc == 109
    assert bench.names() == {"a": "301.conf"}


def test_a_device_that_is_not_there_is_noticed_before_the_name(bench):
    bench.container(301)

    assert bench.vzctl("set", 301, "--name", "a", "--ifname", "eth9", "--bridge", "b", "--save").rc == 20
    assert bench.names() == {}


def test_a_numeric_name_can_be_set_but_never_used(bench):
    bench.container(301)

    assert bench.vzctl("set", 301, "--name", "4711", "--save").rc == 0
    assert bench.vzctl("status", "4711").out == "CTID 4711 deleted unmounted down\n"


def test_a_name_too_long_for_a_file(bench):
    bench.container(301)
    name = "n" * 300

    answer = bench.vzctl("set", 301, "--name", name, "--save")

    assert answer.rc == 131
    assert answer.err.startswith(f"Can't access file /etc/vz/names/{name}: File name too long\n")


def test_a_default_sample_that_is_missing_is_code_82(bench):
    place = bench.path("etc/vz/vz.conf")
    place.write_text(place.read_text().replace("vswap-256m", "no"))

    advice = "Fix the value of CONFIGFILE in /etc/vz/vz.conf\n"
    assert bench.vzctl("create", 201) == (82, "", NO_SAMPLE + advice + FAILED)
    assert leftovers(bench, 201) == []


def test_without_a_default_sample_there_is_none(bench):
    place = bench.path("etc/vz/vz.conf")
    place.write_text(place.read_text().replace("CONFIGFILE", "#"))
    bench.conf(202, 'CPUS="2"\nVE_LAYOUT="simfs"\n')

    assert bench.vzctl("create", 201).out == CREATED.format(201)
    assert bench.vzctl("create", 202).out == CREATED.format(202)
    assert "ORIGIN_SAMPLE" not in bench.conf(201)


def test_a_sample_for_a_container_that_has_a_conf(bench):
    bench.conf(201, 'CPUS="2"\n')

    taken = "Error: container config file /etc/vz/conf/201.conf already exists, can not use --config option\n"
    assert bench.vzctl("create", 201, "--config", "basic") == (82, "", taken + FAILED)
    assert bench.vzctl("create", 201, "--config", "no") == (82, "", NO_SAMPLE + FAILED)


@pytest.mark.parametrize(
    ("options", "saved"),
    [
        ([], ['LOCAL_UID="0"', 'LOCAL_GID="0"']),
        (["--local_gid", 5], ['LOCAL_UID="0"', 'LOCAL_GID="0"']),
        (["--local_uid", 1000], ['LOCAL_UID="0"', 'LOCAL_GID="0"']),
    ],
)
def test_whose_users_a_container_has_on_a_foreign_kernel(bench, options, saved):
    bench.foreign_kernel()

    bench.vzctl("create", 201, *options)

    assert [line for line in bench.conf(201).splitlines() if line.startswith("LOCAL")] == saved


def test_create_needs_a_template(bench):
    place = bench.path("etc/vz/vz.conf")
    place.write_text(place.read_text().replace("DEF_OSTEMPLATE", "#"))

    assert bench.vzctl("create", 201) == (29, "", "OS template is not specified\n" + FAILED)


# next to the recorded runs


def test_no_name_is_given_to_what_would_be_an_image(bench):
    bench.without_ploop()
    assert bench.vzctl("create", 201, "--name", "web1", "--layout", "ploop").rc == 99
    assert bench.names() == {}


def test_a_sample_may_name_the_layout_and_itself(bench):
    bench.without_ploop()
    sample = bench.path("etc/vz/conf/ve-own.conf-sample")
    sample.write_text('ORIGIN_SAMPLE="older"\nVE_ROOT=/vz/root/$VEID\nDEVNODES="null:r"\nCPUS="x"\n')

    answer = bench.vzctl("create", 201, "--config", "own")

    warning = 'Warning at /etc/vz/conf/ve-own.conf-sample:4: invalid value for CPUS ("x"), skipped\n'
    assert (answer.rc, answer.err) == (0, warning)
    lines = bench.conf(201).splitlines()
    assert lines[:3] == ['ORIGIN_SAMPLE="older"', 'VE_ROOT="/vz/root/$VEID"', 'DEVNODES="null:r "']

    sample.write_text('VE_LAYOUT="ploop"\n')
    assert bench.vzctl("create", 202, "--config", "own").rc == 99
    assert bench.vzctl("create", 202, "--config", "own", "--layout", "simfs").rc == 0


def test_addresses_take_the_place_of_those_of_an_existing_conf(bench):
    bench.conf(201, 'IP_ADDRESS="10.0.0.1"\n')

    bench.vzctl("create", 201, "--ipadd", "10.0.0.2", "--layout", "simfs")

    assert bench.conf(201).startswith('IP_ADDRESS="10.0.0.2"\n')


def test_an_empty_name_is_none_of_the_defaults(bench):
    assert bench.vzctl("create", 201, "--config", "").rc == 82
    assert bench.vzctl("create", 201, "--ostemplate", "").rc == 91


def test_only_vz_conf_makes_user_namespaces_of_a_foreign_kernel(bench):
    bench.foreign_kernel()
    place = bench.path("etc/vz/vz.conf")
    place.write_text(place.read_text() + "LOCAL_UID=100000\n")

    bench.vzctl("create", 201, "--local_uid", 1000)
    bench.vzctl("create", 202, "--local_uid", 0)

    assert 'LOCAL_UID="1000"\n' in bench.conf(201)
    assert "LOCAL_GID" not in bench.conf(201)
    assert 'LOCAL_UID="0"\nLOCAL_GID="0"\n' in bench.conf(202)


def test_a_dump_is_destroyed_even_if_it_is_a_directory(bench):
    bench.container(201)
    bench.path("vz/dump/Dump.201/images").mkdir(parents=True)

    answer = bench.vzctl("--verbose", "destroy", 201)

    assert "Removing CT dump /vz/dump/Dump.201\n" in answer.out
    assert not bench.path("vz/dump/Dump.201").exists()


def test_a_link_as_private_area_is_removed_but_not_where_it_points(bench):
    bench.container(201)
    place, away = bench.path("vz/private/201"), bench.path("vz/private/away")
    place.rename(away)
    place.symlink_to(away)

    answer = bench.vzctl("destroy", 201)

    assert answer.rc == 0
    assert answer.err.splitlines()[0] == (
        "Warning: container private area /vz/private/201 is a symlink to /vz/private/away."
    )
    assert away.is_dir() and not place.is_symlink()


def test_a_file_as_private_area_is_removed(bench):
    bench.container(201)
    bench.path("vz/private/201").rename(bench.path("vz/private/away"))
    bench.path("vz/private/201").touch()

    answer = bench.vzctl("destroy", 201)

    assert answer == (
        0,
        "Destroying container private area: /vz/private/201\nContainer private area was destroyed\n",
        "Warning: container private area /vz/private/201 is not a directory\n",
    )
    assert not bench.path("vz/private/201").exists()
