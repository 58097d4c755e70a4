"""``vzsim replay`` with records of vzctl 7 to 9: what counts as a difference, and what was made up."""

import gzip
import json

import pytest

from vzsim import cli

AREA = "/vz/private/101"
CONF = 'ONBOOT="no"\nVE_ROOT="/vz/root/$VEID"\nVE_PRIVATE="/vz/private/$VEID"\nVEID="101"\n'
WORLD = {
    "id": "before",
    "files": {"101.conf": {"link": f"{AREA}/ve.conf"}},
    "names": {},
    "areas": {
        AREA: {
            "ve.conf": CONF,
            ".owner": "node1.example.test",
            "root.hdd": {"image": {"size_kib": 10485760}},
            "dump": {"dir": True},
        }
    },
}
MADE_UP = {"mac": ["C4:37:72:11:22:33", "FE:37:72:44:55:66"], "veth": ["veth72112233"]}
NETIF = "ifname=eth0,mac=C4:37:72:11:22:33,host_mac=FE:37:72:44:55:66,host_ifname=veth72112233"


def after(**changes):
    """The world after a change of the conf or of the area."""
    return {**WORLD, "id": "after", "areas": {AREA: {**WORLD["areas"][AREA], **changes}}}


@pytest.fixture
def replay(tmp_path, capsys):
    def run(argv, world, **record):
        record = {"id": "r", "argv": argv, "rc": 0, "world_before": "before", "world_after": world["id"], **record}
        for name, lines in (("transcripts", [record]), ("worlds", [WORLD, world])):
            with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as stream:
                stream.writelines(json.dumps(line) + "\n" for line in lines)
        code = cli.main(["replay", str(tmp_path)])
        return code, capsys.readouterr().out

    return run


SET = ["vzctl", "set", "101", "--save"]
SAVED = "Saved parameters for Container 101\n"


def test_a_packed_record_is_met(replay):
    code, shown = replay([*SET, "--cpus", "2"], after(**{"ve.conf": CONF + 'CPUS="2"\n'}), stdout=SAVED)

    assert (code, shown) == (0, "text: 1 of 1\n1 of 1 replayed\n")


def test_what_a_run_makes_up_is_the_same_everywhere_or_a_difference(replay):
    argv, conf = [*SET, "--netif_add", "eth0"], f'{CONF}NETIF="{NETIF}"\n'

    assert replay(argv, after(**{"ve.conf": conf}), stdout=SAVED, generated=MADE_UP)[0] == 0
    other = conf.replace("veth72112233", "veth72112244")
    assert replay(argv, after(**{"ve.conf": other}), stdout=SAVED, generated=MADE_UP)[0] == 1


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"ve.conf": CONF}, "r: areas /vz/private/101/ve.conf: +CPUS"),
        ({"x": "y"}, "r: areas /vz/private/101/x: expected 'y', got nothing"),
        ({"root.hdd": {"image": {"size_kib": 1}}}, "r: areas /vz/private/101/root.hdd: "),
        ({"dump": {"link": "x"}}, "r: areas /vz/private/101/dump: "),
    ],
)
def test_each_kind_of_entry_of_an_area_is_compared(replay, changes, line):
    code, shown = replay([*SET, "--cpus", "2"], after(**{"ve.conf": CONF + 'CPUS="2"\n', **changes}), stdout=SAVED)

    assert code == 1
    assert line in shown


def test_codes_and_output_are_compared_and_output_alone_is_no_failure(replay):
    code, shown = replay(["vzctl", "status", "101"], {**WORLD, "id": "after"}, rc=1, stdout="x", stderr="tune2fs 1\n")

    assert code == 1
    assert "r: rc: expected 1, got 0\n" in shown and "r: text: stdout: " in shown and "stderr" not in shown
    assert replay(["vzctl", "status", "101"], {**WORLD, "id": "after"}, stdout="x")[0] == 0


def test_marks_in_recorded_output_stand_for_anything(replay):
    world = {**WORLD, "id": "after"}

    code, shown = replay(["vzctl", "status", "101"], world, stdout="VEID <n> exist <date> down\n")

    assert (code, shown.splitlines()[0]) == (0, "text: 1 of 1")
    assert "text: 0 of 1" in replay(["vzctl", "status", "101"], world, stdout="VEID <n> deleted <date>\n")[1]


def test_the_locale_of_a_record_counts(replay):
    world = {**WORLD, "id": "after"}

    assert replay(["vzctl", "status", "é"], world, rc=21, env={"LC_ALL": "C"})[1].startswith("text: 1 of 1")
    assert replay(["vzctl", "status", "é"], world, rc=21)[1].count("Invalid ctid is specified") == 1
