"""What keeps a container from being moved: each thing is a sentence with a remedy, on the node where it is."""

import os
import time

import pytest
from library import OTHER_UUID, UUID
from pairs import CONF
from vzdomain.errors import ArgumentError
from vzdomain.flavours import LEGACY
from vzdomain.planning.protection import Protection

PAIR = 'NETIF="ifname=eth0,bridge=br0,mac=00:18:51:00:00:01,host_ifname=veth101.0,host_mac=FE:FF:FF:FF:FF:FF"\n'


def add(side, text):
    with side.files.conf("101").open("a") as stream:
        stream.write(text)


def link_area(side):
    area = side.files.private("101")
    area.rename(side.files.root / "elsewhere")
    area.symlink_to(side.files.root / "elsewhere")


def write(path, text=""):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


SOURCE = {  # how it is broken, the rule, what is said, and what is to be done
    "it is a script": (lambda a: add(a, "DESCRIPTION=$(id)\n"), "configuration", "line", "write line"),
    "brackets": (lambda a: add(a, "DESCRIPTION=(old)\n"), "configuration", 'not plain KEY="value"', "write line"),
    "a variable of vzmigrate": (lambda a: add(a, 'PLOOP="yes"\n'), "configuration", "sets PLOOP", "remove line"),
    "its host": (lambda a: add(a, 'host="elsewhere"\n'), "configuration", "not plain", "write line"),
    "a dump": (lambda a: write(a.files.dump("101")), "dump", "Dump.101 is there", "remove"),
    "a dead lock": (lambda a: write(a.files.lock("101"), "4194303\n"), "lock", "process 4194303", "rm "),
    "a living lock": (lambda a: write(a.files.lock("101"), f"{os.getppid()}\n"), "at work", "held by", "wait"),
    "suspended": (lambda a: a.vzctl.statuses.update({"101": "suspended"}), "status", "is suspended", "openvz.resume"),
    "mounted": (lambda a: a.vzctl.statuses.update({"101": "mounted"}), "mounted", "is mounted", "vzctl umount 101"),
    "a link": (link_area, "area", "is a link", "move the private area to its place"),
    "an earlier copy": (
        lambda a: write(a.files.etc / "conf/101.conf.migrated"),
        *("copy", "left from an earlier move", "101.conf.migrated away"),
    ),
    "its name leads elsewhere": (
        lambda a: (a.files.etc / "names/web01").unlink(),
        *("name", "does not lead to container 101", "vzctl set 101 --name web01 --save"),
    ),
}


@pytest.mark.parametrize(("breaks", "rule", "what", "remedy"), SOURCE.values(), ids=SOURCE)
def test_a_container_does_not_leave_with(pair, breaks, rule, what, remedy):
    breaks(pair.a)

    problems = pair.a.step("check_source", {"name": "101"})["problems"]

    (found,) = [row for row in problems if row[0] == rule]
    assert what in found[1]
    assert remedy in found[2]


def other(side, text, status="stopped", name=None):
    side.files.add("202", f"{CONF.split('ONBOOT')[0]}{text}", status, name)


def test_a_protected_container_that_runs_leaves_online_or_by_force_alone(pair, monkeypatch):
    monkeypatch.setattr(Protection, "of", lambda self, container: "protected (by the entry web of the pillar)")

    def rules(**more):
        return [
            row for row in pair.a.step("check_source", {"name": "101", **more})["problems"] if row[0] == "protected"
        ]

    ((_, what, command),) = rules()
    assert what.startswith("container 101 is protected (by the entry web of the pillar) and running: ")
    assert command == "salt-run openvz.move web01 hn2 force=True"
    assert (rules(online=True), rules(force=True)) == ([], [])
    pair.a.vzctl.statuses["101"] = "stopped"
    assert rules() == []


DESTINATION = {
    "its CTID": (lambda b: b.files.add("101", CONF.replace(UUID, OTHER_UUID)), "CTID", "is on hn2 already", "move it"),
    "an orphan area": (lambda b: write(b.files.private("101") / "data"), "remains", "private/101 is on hn2", "away"),
    "a script": (lambda b: write(b.files.etc / "conf/101.mount"), "remains", "an action script", "away"),
    "a lock": (lambda b: write(b.files.lock("101"), "4194303\n"), "lock", "which is dead", "rm "),
    "its UUID": (lambda b: other(b, f"#UUID: {UUID}\n"), "uuid", "is already used by container 202 on hn2", "own"),
    "its name": (lambda b: other(b, "", name="web01"), "name", "the name web01 is already used", "choose another"),
    "its address": (lambda b: other(b, 'IP_ADDRESS="10.1.0.5"\n'), "addresses", "belongs to container 202", "remove"),
    "its MAC": (lambda b: other(b, PAIR), "macs", "00:18:51:00:00:01 is already used", "must be unique"),
    "an old copy": (
        lambda b: write(b.files.etc / "conf/101.conf.migrated"),
        "copy",
        "an old copy",
        "101.conf.migrated away",
    ),
    "a link of its name": (
        lambda b: (b.files.etc / "names/web01").symlink_to("/nowhere"),
        *("name", "leads to a container that does not have this name", "rm "),
    ),
    "a ghost": (lambda b: b.vzctl.statuses.update({"101": "running"}), "status", "is running on hn2", "vzctl stop 101"),
}


@pytest.mark.parametrize(("breaks", "rule", "what", "remedy"), DESTINATION.values(), ids=DESTINATION)
def test_a_container_does_not_come_where_the_node_has(pair, breaks, rule, what, remedy):
    add(pair.a, PAIR)
    pair.b.files.add_bridge("br0")
    facts = pair.a.step("check_source")["facts"]
    assert pair.b.step("check_destination", facts=facts)["problems"] == []
    breaks(pair.b)

    problems = pair.b.step("check_destination", facts=facts)["problems"]

    (found,) = [row for row in problems if row[0] == rule]
    assert what in found[1]
    assert remedy in found[2]


def checked(pair, **facts):
    """The rules that stand against a container with such facts."""
    said = {**pair.a.step("check_source")["facts"], **facts}
    return {row[0]: row for row in pair.b.step("check_destination", facts=said)["problems"]}


def test_a_bridge_that_is_missing_is_named(pair):
    add(pair.a, PAIR)

    assert checked(pair)["network"][1] == "the bridge br0 is not on hn2"


def test_what_does_not_fit_is_told_in_mebibytes(pair):
    row = checked(pair, used_kib=1 << 50)["disk"]

    assert row[1].startswith("hn2 has ")
    assert "free in " in row[1]


def test_another_family_is_the_only_problem_that_is_told(pair):
    assert list(checked(pair, family="7 to 9", used_kib=1 << 50)) == ["family"]


def test_storage_that_both_nodes_share_is_known_by_the_sources_marker(pair):
    facts = pair.a.step("check_source")["facts"]
    marker = pair.b.files.root / "private" / os.path.basename(facts["marker"])
    os.link(facts["marker"], marker)

    (row,) = pair.b.step("check_destination", facts=facts)["problems"]

    assert row[0] == "shared storage"
    assert "is the same storage on both nodes: vzmigrate would remove the only copy" in row[1]


def test_the_marker_of_a_check_goes_with_the_intent_and_leaves_those_of_others(pair):
    facts = pair.a.step("check_source")["facts"]
    other_one = pair.a.files.root / "private/.salt-openvz-move-0123456789abcdef"
    other_one.touch()

    pair.a.step("intend")

    assert not os.path.exists(facts["marker"])
    assert other_one.exists()


def test_a_marker_that_nobody_needs_any_more_goes_with_the_next_check(pair):
    old = pair.a.files.root / "private/.salt-openvz-move-0123456789abcdef"
    old.touch()
    os.utime(old, (time.time() - 7200,) * 2)

    pair.a.step("check_source")

    assert not old.exists()


def test_one_that_is_down_is_not_moved_online(pair):
    pair.a.vzctl.statuses["101"] = "stopped"

    (row,) = pair.a.step("check_source", {"online": True})["problems"]

    assert row == ["online", "container 101 is stopped: there is nothing to move online", "leave online out"]


def test_vzmigrates_own_refusal_is_told_with_what_its_code_means(pair):
    pair.a.says("echo 'OpenVZ is not running on the target machine' >&2; exit 14")

    (row,) = pair.a.step("check_program", to="hn2")["problems"]

    assert (
        row[1] == "vzmigrate on hn1 refuses to move web01 to hn2 (code 14): OpenVZ is not running on the target machine"
    )
    assert row[2].startswith("vz does not run on the other node")


@pytest.mark.parametrize("host", ["-oProxyCommand=id", "hn2 101", "hn2;id", ""])
def test_what_ssh_could_take_for_something_else_is_no_name_of_a_node(pair, host):
    with pytest.raises(ArgumentError, match="is not the name or address of a node"):
        pair.a.step("check_program", to=host)

    assert not pair.a.called.exists()


@pytest.mark.parametrize(
    "line",
    ['DESCRIPTION="a b, (c) & <d>"', "CPUS=2", 'VE_PRIVATE="/vz/private/$VEID"', "# $(id)", '  NAME="x"  # y', ""],
)
def test_a_plain_line_is_no_risk(line):
    assert list(LEGACY.moving.risks(f"{line}\n", "101")) == []


@pytest.mark.parametrize(
    "line",
    [
        *('DESCRIPTION="`id`"', 'DESCRIPTION="$HOME"', "A=(b)", "CPUS = 2", "A=b c", "id", 'A="b', 'A="b\\', 'A="b"c'),
        *('remove_area="1"', 'RSYNC_RSH="x"', 'LD_PRELOAD="x"', 'VE_PRIVATE="/a b"', 'VEID="102"', "A='b'", 'A="b"#c'),
        *('A="b";id', 'A="b"|id', 'A="\\$(id)"', 'export A="b"', 'A="b"\r'),
    ],
)
def test_a_line_that_a_shell_would_not_read_as_a_plain_value_is_a_risk(line):
    ((what, remedy),) = LEGACY.moving.risks(f"CPUS=2\n{line}\n", "101")

    assert "line 2" in what or "VE_PRIVATE" in what
    assert remedy


def test_a_lock_that_the_dry_run_leaves_is_removed_and_an_older_one_stays(pair):
    lock = pair.a.files.lock("101")
    pair.a.says(f"echo 4194303 > {lock}; exit 2")

    pair.a.step("check_program", to="hn2")
    is_there = lock.exists()
    lock.write_text("4194303\n")
    pair.a.step("check_program", to="hn2")

    assert (is_there, lock.exists()) == (False, True)
