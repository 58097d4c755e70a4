"""What the outputter shows of the use of containers, and of what a node has left."""

from columns import columns
from samples import CAPACITY, STATS

TABLE = """\
hn1:
    5 containers, 4 running; 1 container refused something by the kernel
    CTID name  fails memory  of disk  of inodes procs load      up
     103 mail     12   241M 47% 1.2G 12%    50%    41 0.50    1d1h
     102 db01      0   500M 98% 1.2G 12%    50%    41 0.50    1d1h
     101 web01     0   241M 47% 1.2G 12%    50%    41 0.50    1d1h
     105 quiet     0      -   -    -   -      -     -    -       -
     104 new       -      -   -    -   -      -     -    - stopped
    not known: cpu: this node has no /proc/vz/vestat
    not known: disk: vzlist shows no use
"""


def test_the_worst_stand_first_and_a_dash_has_its_reason_below(outputter):
    assert outputter.output({"hn1": STATS}) == TABLE


def test_fifty_containers_are_a_line_each_of_80_columns(outputter):
    rows = {
        f"{number}": {**STATS["db01"], "ctid": f"{number:08x}-0000", "name": "a-very-long-name.example.org" * 3}
        for number in range(50)
    }
    rows["0"] |= {"failcnt": 10**40, "processes_used": 10**40}  # a minion may say anything
    lines = outputter.output({"hn1": rows}).splitlines()

    assert len(lines) == 53
    assert max(map(columns, lines)) <= 80


def test_what_a_node_has_is_a_table(outputter):
    text = outputter.output({"hn1": CAPACITY})

    assert "5 containers, 4 running" in text
    assert [line.split() for line in text.splitlines()[3:7]] == [
        ["memory", "64G", "40G", "70G", "60G"],
        ["swap", "-", "-", "0B", "0B"],
        ["cpus", "16", "-", "24", "20"],
        ["/vz/private", "2T", "1T", "3T", "-"],
    ]
    assert "without a limit of memory: web01, db01" in text
    assert "not known: swap: the kernel does not say it in /proc/meminfo" in text
    assert text.splitlines()[-1] == "    templates: debian-12-x86_64"


def test_sizes_and_times_are_short(outputter):
    sizes = {0: "0B", 1023: "1K", 1536: "1.5K", 512 * 1024**2: "512M", 1000 * 1024**3: "1T", 1181116006: "1.1G"}
    spans = {0: "0m", 59: "0m", 3599: "59m", 3600: "1h0m", 86399: "23h59m", 90061.5: "1d1h"}

    assert {number: outputter.usage.size(number) for number in sizes} == sizes
    assert {seconds: outputter.usage.span(seconds) for seconds in spans} == spans
