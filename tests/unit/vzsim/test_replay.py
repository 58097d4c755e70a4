"""The replayer: it must notice every kind of difference, and survive every kind of record."""

import json
import os

import pytest

from vzsim.replay import compared, records, worlds

CONF = 'PHYSPAGES="0:256M"\nSWAPPAGES="0:512M"\nVE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\nCPUS="2"\n'
BEFORE = {
    "id": "before",
    "vswap": True,
    "files": {"101.conf": CONF},
    "names": {"web1": "/etc/vz/conf/101.conf"},
    "ct": {"101": {"private": "template", "root": True}},
}
AFTER = {**BEFORE, "id": "after", "files": {"101.conf": CONF.replace('CPUS="2"', 'CPUS="4"')}}
RECORD = {
    "id": "set-cpus",
    "argv": ["vzctl", "set", "101", "--cpus", "4", "--save"],
    "rc": 0,
    "stdout": "CT configuration saved to /etc/vz/conf/101.conf\n",
    "stderr": "",
    "world_before": "before",
    "world_after": "after",
}


@pytest.fixture
def folder(tmp_path, capsys):
    return Folder(tmp_path, capsys)


class Folder:
    """A folder of records: ``replay`` gives the exit status and the lines that were printed."""

    def __init__(self, path, capsys):
        self.path = path
        self.capsys = capsys

    def replay(self, *runs, before=BEFORE, after=AFTER, options=()):
        lines = [record if isinstance(record, str) else json.dumps(record) for record in runs]
        (self.path / "transcripts.jsonl").write_text("".join(line + "\n" for line in lines))
        (self.path / "worlds.jsonl").write_text(json.dumps(before) + "\n" + json.dumps(after) + "\n")
        status = records.main([str(self.path), "--jobs", "1", *options])
        return status, self.capsys.readouterr().out.splitlines()


def test_a_record_that_is_met(folder):
    assert folder.replay(RECORD) == (0, ["text: 1 of 1", "1 of 1 replayed"])


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"rc": 21}, "set-cpus: rc: expected 21, got 0"),
        ({"argv": ["virsh", "list"]}, "set-cpus: unknown program 'virsh'"),
        ({"argv": []}, "set-cpus: unknown program None"),
        ({"world_before": "gone"}, "set-cpus: world_before: no world 'gone'"),
        ({"world_after": None}, "set-cpus: world_after: no world None"),
        ({"world_after": "before"}, 'set-cpus: conf/101.conf: -CPUS="2"  +CPUS="4"'),
    ],
)
def test_a_record_that_is_not_met(folder, change, difference):
    status, lines = folder.replay({**RECORD, **change})

    assert status == 1
    assert difference in lines
    assert lines[-1] == "0 of 1 replayed"


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ({"stdout": "saved\n"}, "set-cpus: text: stdout: expected 'saved\\n', got 'CT conf"),
        ({"stderr": "oops\n"}, "set-cpus: text: stderr: expected 'oops\\n', got ''"),
    ],
)
def test_a_difference_in_text_alone_does_not_fail(folder, change, difference):
    status, lines = folder.replay({**RECORD, **change})

    assert status == 0
    assert lines[0].startswith(difference)
    assert lines[1:] == ["text: 0 of 1", "1 of 1 replayed"]


CONTAINER = AFTER["ct"]["101"]


@pytest.mark.parametrize(
    ("after", "difference"),
    [
        ({"names": {}}, "set-cpus: name links: expected {}, got {'web1': '/etc/vz/conf/101.conf'}"),
        ({"files": {}}, "set-cpus: conf/101.conf: expected nothing, got "),
        ({"files": {**AFTER["files"], "102.conf": "x\n"}}, "set-cpus: conf/102.conf: expected 'x\\n', got nothing"),
        ({"files": {"101.conf": {"text": AFTER["files"]["101.conf"], "mode": "600"}}}, "set-cpus: conf/101.conf: "),
        ({"vz_conf": "LOCKDIR=/elsewhere\n"}, "set-cpus: vz.conf: expected 'LOCKDIR=/elsewhere\\n', got "),
        ({"templates": []}, "set-cpus: templates: expected [], got ['busybox-x86_64.tar.gz']"),
        ({"ct": {}}, "set-cpus: container 101: private: expected nothing, got 'template'"),
        (
            {"ct": {"101": {**CONTAINER, "private": "empty"}}},
            "set-cpus: container 101: private: expected 'empty', got ",
        ),
        ({"ct": {"101": {"private": "template"}}}, "set-cpus: container 101: root: expected False, got True"),
        ({"ct": {"101": {**CONTAINER, "mounted": True}}}, "set-cpus: container 101: mounted: expected True, got False"),
        ({"ct": {"101": {**CONTAINER, "dump": "x"}}}, "set-cpus: container 101: dump: expected 'x', got nothing"),
        ({"ct": {"101": {**CONTAINER, "running": {}}}}, "set-cpus: container 101: running: expected True, got False"),
        ({"ct": {"101": {**CONTAINER, "lock": {"text": "1\n"}}}}, "set-cpus: container 101: lock: expected True, got "),
        (
            {"ct": {"101": {**CONTAINER, "private_changes": {"sbin/init": None}}}},
            "set-cpus: container 101: sbin/init: expected nothing, got 'same'",
        ),
        ({"dirs": {"/vz/dump/Dump.101.fail": "empty"}}, "set-cpus: /vz/dump/Dump.101.fail: expected 'empty', got noth"),
        ({"other_files": {"/tmp/x": "text"}}, "set-cpus: /tmp/x: expected 'text', got nothing"),
    ],
)
def test_each_part_of_the_world_is_compared(folder, after, difference):
    status, lines = folder.replay(RECORD, after={**AFTER, **after})

    assert status == 1
    assert any(line.startswith(difference) for line in lines), lines


def test_live_values_are_compared_without_the_advisory_ones(folder):
    live = {"hostname": "web1", "ip": ["10.0.0.1"], "venet0": True, "cgroup": {"cpu.shares": "1"}}
    before = {**BEFORE, "ct": {"101": {**CONTAINER, "mounted": True, "running": live}}}
    record = {**RECORD, "argv": ["vzctl", "status", "101"], "stdout": "CTID 101 exist mounted running\n"}
    same = {**before, "ct": {"101": {**CONTAINER, "mounted": True, "running": {**live, "venet0": False, "cgroup": {}}}}}
    other = {**before, "ct": {"101": {**CONTAINER, "mounted": True, "running": {**live, "ip": []}}}}

    assert folder.replay(record, before=before, after={**same, "id": "after"})[0] == 0
    assert folder.replay(record, before=before, after={**other, "id": "after"})[0] == 1


def test_another_outcome_that_was_seen_is_right_too(folder):
    seen = {**RECORD, "rc": 9, "also_seen": [{"rc": 0, "stdout": RECORD["stdout"], "stderr": ""}]}

    assert folder.replay(seen)[0] == 0


def test_made_up_mac_addresses_may_differ(folder):
    macs = ["00:18:51:AA:AA:AA", "00:18:51:BB:BB:BB"]
    netif = f'NETIF="ifname=eth0,mac={macs[0]},host_ifname=veth101.0,host_mac={macs[1]}"\n'
    after = {**AFTER, "files": {"101.conf": CONF + netif}}
    record = {**RECORD, "argv": ["vzctl", "set", "101", "--netif_add", "eth0", "--save"]}

    assert folder.replay({**record, "generated_macs": macs}, after=after)[0] == 0
    assert folder.replay(record, after=after)[0] == 1


def test_another_user_is_told_by_setpriv(folder):
    record = {**RECORD, "argv": ["setpriv", "--reuid", "65534", "vzlist", "-a"], "rc": 1, "world_after": "before"}

    assert folder.replay(record)[0] == 0


def test_a_living_lock_is_held_and_a_dead_one_is_not(folder):
    locked = {"text": "<pid>\n\n", "kind": "live", "cmdline": "vzctl --verbose set 101"}
    before = {**BEFORE, "ct": {"101": {**CONTAINER, "lock": locked}}}
    stderr = "Locked by: pid <pid>, cmdline vzctl --verbose set 101\nContainer already locked\n"
    record = {**RECORD, "rc": 9, "stdout": "", "stderr": stderr, "world_after": "before"}

    assert folder.replay(record, before=before) == (0, ["text: 1 of 1", "1 of 1 replayed"])
    dead = {**BEFORE, "ct": {"101": {**CONTAINER, "lock": {**locked, "kind": "dead"}}}}
    assert folder.replay(RECORD, before=dead)[0] == 0


@pytest.mark.parametrize(
    "record", ["no json", "[1, 2]", '"text"', {}, {"id": 7, "argv": "vzctl status 101"}, {**RECORD, "stdin": 5}]
)
def test_a_malformed_record_is_a_difference_and_no_crash(folder, record):
    status, lines = folder.replay(record, RECORD)

    assert status == 1
    assert lines[-1] == "1 of 2 replayed"


@pytest.mark.parametrize(
    "before",
    [
        {"files": {"../../../../escape": "x"}},
        {"other_files": {"/../../escape": "x"}},
        {"ct": {"../../x": {"private": "empty"}}},
        {"ct": {"101": {"private": "template", "private_changes": {"../../../../../escape": "x"}}}},
        {"files": {"101.conf": 5}},
    ],
)
def test_a_world_that_cannot_be_laid_out_is_a_difference(folder, before):
    status, lines = folder.replay(RECORD, before={**BEFORE, **before})

    assert status == 1
    assert "cannot be replayed" in lines[0]


def test_only_and_quiet(folder):
    other = {**RECORD, "id": "other", "rc": 1}

    assert folder.replay(RECORD, other, options=["--only", "set-cpus"])[0] == 0
    status, lines = folder.replay(RECORD, other, options=["--quiet"])
    assert (status, lines) == (1, ["text: 2 of 2", "1 of 2 replayed"])


def test_a_folder_without_records_is_an_error(tmp_path, capsys):
    assert records.main([str(tmp_path)]) == 2
    assert "transcripts.jsonl" in capsys.readouterr().err


def test_what_is_left_behind_is_noticed(tmp_path):
    template = worlds.make_template(str(tmp_path / "template"))
    directory = str(tmp_path / "node")
    os.mkdir(directory)
    worlds.build(directory, BEFORE, template)
    os.mkdir(f"{directory}/vz/private/101.tmp")

    found = compared.differences(directory, BEFORE, BEFORE, template, {})

    assert found == ["/vz/private/101.tmp was left behind"]
