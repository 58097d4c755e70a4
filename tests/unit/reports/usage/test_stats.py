"""What containers use: what the two families say of it, and what neither says is never 0."""

from types import SimpleNamespace

import pytest
from library import CONF
from sevennode import CTID, SevenNode
from usedworld import counter, four, seven, space, text
from vzdomain import errors
from vzdomain.flavours.legacy import vestat
from vzdomain.model.units import UNLIMITED
from vzdomain.reports.usage import stats

VESTAT = """\
Version: 2.2
      VEID     user      nice     system     uptime                 idle   other..
       209     1000       500        500     {ticks}      142650441835148   0
       210       78         0       1330       {ticks}      542650441835148   0
"""


def of(node, containers=None):
    return stats.stats(SimpleNamespace(node=node), containers)


@pytest.fixture
def only(directory):
    """What is said of one container of vzctl 4.x, of which vzlist says `values`."""

    def said(status="running", **values):
        directory.add("209", CONF, status, name="web")
        directory.vzctl.listed = text(four(209, status, **values))
        return of(directory.node())["web"]

    return said


def test_pages_and_kib_become_bytes(only):
    row = only(diskspace=space(1024, 2048, 4096))

    assert (row["memory_used_bytes"], row["memory_peak_bytes"]) == (243 * 4096, 811 * 4096)
    assert (row["memory_limit_bytes"], row["swap_limit_bytes"]) == (512 * 1024**2, 256 * 1024**2)
    assert (row["disk_used_bytes"], row["disk_soft_bytes"], row["disk_hard_bytes"]) == (
        1024**2,
        2 * 1024**2,
        4 * 1024**2,
    )
    assert (row["uptime_seconds"], row["load_1"], row["load_5"], row["load_15"]) == (4.32, 0.0, 0.5, 0.25)
    assert (row["swap_used_bytes"], row["processes_used"]) == (0, 4)


def test_what_has_no_limit_has_no_number_but_a_name(only):
    row = only(physpages=counter(1, 1, 0, UNLIMITED, 0), diskspace=None, diskinodes=None)

    assert row["unlimited"] == ["disk", "inodes", "memory", "processes"]
    assert not {"memory_limit_bytes", "processes_limit", "disk_hard_bytes"} & set(row)


def test_a_use_of_0_on_the_disk_is_not_known(only):
    row = only()

    assert "disk_used_bytes" not in row and "inodes_used" not in row
    assert row["unknown"]["disk"] == "vzlist shows no use: it has no disk quota, or is not mounted"
    assert row["disk_hard_bytes"] == 11534336 * 1024


@pytest.mark.parametrize("status", ["stopped", "mounted", "suspended"])
def test_of_one_that_does_not_run_the_reason_stands_for_each_value(only, status):
    row = only(status, diskspace=space(1024, 2048, 4096))

    assert row["disk_used_bytes"] == 1024**2
    assert row["unknown"]["memory"] == row["unknown"]["beancounters"] == f"it is {status}"
    assert not {"memory_used_bytes", "memory_limit_bytes", "failcnt", "uptime_seconds", "beancounters"} & set(row)


def test_of_the_beancounter_age_what_is_allocated_counts(only):
    row = only(physpages=counter(9, 9, 0, UNLIMITED, 0), privvmpages=counter(50, 60, 90, 100, 3))

    assert (row["memory_used_bytes"], row["memory_limit_bytes"], row["failcnt"]) == (50 * 4096, 100 * 4096, 3)
    assert row["beancounters"]["privvmpages"] == counter(50, 60, 90, 100, 3)


def test_a_container_that_vzlist_leaves_out_says_so(directory):
    directory.add("209", name="web")
    directory.vzctl.listed = "[]\n"

    row = of(directory.node())["web"]

    assert set(row["unknown"].values()) == {"vzlist does not show it; openvz.doctor may know why"}
    assert "memory_used_bytes" not in row


@pytest.mark.parametrize("said", ["", "[\n7\n]\n", '[\n{"ctid": 209, "status": "running"}\n]\n'])
def test_an_answer_that_cannot_be_read_is_an_error(directory, said):
    directory.add("209")
    directory.vzctl.listed = said

    with pytest.raises(errors.CannotAskError, match="vzlist's answer cannot be read"):
        of(directory.node())


def test_a_thousand_containers_are_one_vzlist(directory):
    for ctid in range(1000, 2000):
        directory.add(str(ctid), status="running")
    directory.vzctl.listed = text(*(four(ctid) for ctid in range(1000, 2000)))

    assert len(of(directory.node())) == 1000
    assert len(directory.vzctl.lists) == 1 and directory.vzctl.runs == []


# CPU time


@pytest.mark.parametrize(("rate", "expected"), [(1000, 2.0), (100, 20.0)])
def test_the_uptime_tells_how_long_a_tick_is(rate, expected):
    found = vestat.cpu_seconds(VESTAT.format(ticks=100 * rate + 3), {"209": 100.0, "210": 99.5})

    assert (found["209"], found["210"]) == (expected, 1408 / rate)


@pytest.mark.parametrize("uptimes", [{}, {"209": 3.0}, {"209": 100.0, "210": 40.0}])
def test_ticks_of_no_known_length_are_not_known(uptimes):
    assert vestat.cpu_seconds(VESTAT.format(ticks=17000), uptimes) == {}


@pytest.mark.parametrize("said", ["", "Version: 2.2\n", "x\n209 1 2 3\n", "209 -1 a 3 4\n", "0 1 2 3 4\n"])
def test_lines_of_another_form_say_nothing(said):
    assert vestat.cpu_seconds(said, {"209": 100.0}) == {}


def test_a_running_container_without_a_process_is_one_of_which_nothing_is_known(only):
    row = only(numproc=counter(0, 0, 5, 5, 0), physpages=counter(0, 0, 0, 9, 0))

    assert not {"processes_used", "memory_used_bytes"} & set(row)
    assert row["unknown"]["processes"] == row["unknown"]["memory"] == "vzlist shows none"


@pytest.mark.parametrize("said", [None, {**counter(0, 0, 0, 0, 0), "limit": None}])
def test_a_counter_that_is_null_spoils_no_other(only, said):
    row = only(numproc=said, numfile=said)

    assert row["unknown"]["processes"] == "vzlist shows none"
    assert row["memory_used_bytes"] == 243 * 4096
    assert "numfile" not in row["beancounters"] and "numtcpsock" in row["beancounters"]


def test_without_the_file_of_the_kernel_the_reason_is_said(only, directory):
    assert only()["unknown"]["cpu"] == "this node has no /proc/vz/vestat"


def test_the_time_of_the_kernel_is_in_seconds(directory):
    (directory.root / "proc/vz").mkdir(parents=True)
    (directory.root / "proc/vz/vestat").write_text(VESTAT.format(ticks=100000))
    directory.add("209", CONF, "running", name="web")
    directory.vzctl.listed = text(four(209, uptime=100.0))

    assert of(directory.node())["web"]["cpu_seconds"] == 2.0


# vzctl 7 to 9


@pytest.fixture
def at(tmp_path):
    one = SevenNode(tmp_path)
    one.add(name="web")
    return one


def put(at, **files):
    for name, said in files.items():
        path = at.root / "sys/fs/cgroup" / name.replace("__", "/").replace("CTID", CTID)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(said)


def put_v1(at):
    put(
        at,
        **{
            "cpuacct__machine.slice__CTID__cpuacct.usage": "12500000000\n",
            "memory__machine.slice__CTID__memory.usage_in_bytes": "4096000\n",
            "memory__machine.slice__CTID__memory.limit_in_bytes": "536870912\n",
            "memory__machine.slice__CTID__memory.memsw.limit_in_bytes": "805306368\n",
            "memory__machine.slice__CTID__memory.stat": "swap 1\ntotal_swap 8192\n",
        },
    )


def test_swap_and_cpu_time_are_those_of_the_control_groups(at):
    at.run(frozen="THAWED")
    put_v1(at)
    at.programs.listed = text(seven(CTID))

    row = of(at.node)["web"]

    assert (row["memory_used_bytes"], row["memory_limit_bytes"]) == (1586 * 4096, 131072 * 4096)
    assert (row["swap_used_bytes"], row["swap_limit_bytes"], row["cpu_seconds"]) == (8192, 256 * 1024**2, 12.5)
    assert (row["disk_used_bytes"], row["inodes_used"], row["inodes_hard"]) == (102400 * 1024, 1000, 655360)
    assert "swappages" not in row["beancounters"] and row["unknown"] == {}


def test_the_files_of_version_2_say_it_too(at):
    at.run(frozen="THAWED")
    put(
        at,
        **{
            "machine.slice__CTID__cpu.stat": "usage_usec 1500000\nuser_usec 1\n",
            "machine.slice__CTID__memory.swap.current": "4096\n",
            "machine.slice__CTID__memory.swap.max": "max\n",
        },
    )
    at.programs.listed = text(seven(CTID))

    row = of(at.node)["web"]

    assert (row["cpu_seconds"], row["swap_used_bytes"], row["unlimited"]) == (1.5, 4096, ["swap"])


def test_without_control_groups_swap_and_cpu_time_are_not_known(at):
    at.run(frozen="THAWED")
    at.programs.listed = text(seven(CTID))

    row = of(at.node)["web"]

    assert set(row["unknown"]) == {"cpu", "swap"}
    assert not {"cpu_seconds", "swap_used_bytes", "swap_limit_bytes"} & set(row)


def test_of_a_paused_one_the_kernel_still_says_memory_and_cpu_time(at):
    at.run(frozen="FROZEN")
    put_v1(at)
    at.programs.listed = text(seven(CTID, "paused", uptime=5.0, laverage=None))

    row = of(at.node)["web"]

    assert (row["status"], row["memory_used_bytes"], row["cpu_seconds"]) == ("paused", 4096000, 12.5)
    assert {what for what, why in row["unknown"].items() if why == "it is paused"} == {"beancounters", "load"}
    assert row["unknown"]["processes"] == "no control group of it says its processes"


def test_a_counter_without_any_number_says_nothing_and_the_control_group_does(at):
    at.run(frozen="THAWED")
    put_v1(at)
    (at.root / f"sys/fs/cgroup/pids/machine.slice/{CTID}").mkdir(parents=True)
    (at.root / f"sys/fs/cgroup/pids/machine.slice/{CTID}/pids.current").write_text("17\n")
    none = counter(0, 0, 0, 0, 0)
    at.programs.listed = text(seven(CTID, numproc=none, physpages=none))

    row = of(at.node)["web"]

    assert (row["processes_used"], row["memory_used_bytes"], row["memory_limit_bytes"]) == (17, 4096000, 2**29)
    assert not {"numproc", "physpages"} & set(row["beancounters"])
