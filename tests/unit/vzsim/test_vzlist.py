"""vzlist on small nodes: what no recorded run shows, and the rules behind those that do."""

import json
import os
import time

import pytest

from vzsim import files
from vzsim.node.node import Node
from vzsim.vzlist import fields, listing


@pytest.fixture
def node(tmp_path):
    """A node with nothing on it."""
    for path in ("etc/vz/conf", "etc/vz/names", "vz/private", "vz/root", "vz/dump", "proc/vz/ct"):
        (tmp_path / path).mkdir(parents=True)
    (tmp_path / "etc/vz/vz.conf").write_text("DUMPDIR=/vz/dump\nVE_ROOT=/vz/root/$VEID\nVE_PRIVATE=/vz/private/$VEID\n")
    return Node(str(tmp_path))


def add(node, ctid, conf='PHYSPAGES="0:256M"\n', name=None, running=None, mounted=False):
    """Put a container on the node."""
    files.write_text(node.conf_path(ctid), conf + (f'NAME="{name}"\n' if name else ""))
    os.makedirs(node.path(f"/vz/private/{ctid}"))
    os.makedirs(node.path(f"/vz/root/{ctid}"))
    if name:
        os.symlink(f"/etc/vz/conf/{ctid}.conf", f"{node.names_dir}/{name}")
    if running is not None:
        node.set_running(ctid, running)
    if mounted:
        node.set_mounted(ctid, f"/vz/private/{ctid}")


@pytest.fixture
def ask(node, capfd):
    """Run vzlist on the node: its standard output; rc and standard error are kept on the function."""
    return Ask(node, capfd)


class Ask:
    def __init__(self, node, capfd):
        self.node, self.capfd, self.rc, self.err = node, capfd, None, None

    def __call__(self, *argv):
        self.rc = listing.main(self.node, list(argv))
        out, self.err = self.capfd.readouterr()
        return out


def test_only_running_containers_are_listed_by_default(node, ask):
    add(node, 101)
    add(node, 102, running={"ip": []})

    assert ask("-H", "-o", "ctid") == "       102\n"


def test_stopped_means_everything_that_does_not_run(node, ask):
    add(node, 101)
    add(node, 102, running={"ip": []})
    add(node, 103, mounted=True)

    assert ask("-S", "-H", "-o", "ctid,status") == "       101 stopped\n       103 mounted\n"


def test_mounted_beats_suspended(node, ask):
    add(node, 101, mounted=True)
    files.write_text(node.dump_path(101), "x")

    assert ask("-a", "-H", "-o", "status") == "mounted\n"


def test_a_conf_without_private_area_is_hidden(node, ask):
    add(node, 101)
    os.rmdir(node.path("/vz/private/101"))

    assert ask("-j", "101") == "[\n]\n"
    assert ask.rc == 0


def test_an_unknown_container_is_an_error_only_if_it_was_asked_for(node, ask):
    assert ask("-j") == "[]\n"
    assert ask.rc == 0
    assert ask("-j", "101") == "[]\n"
    assert ask.rc == 1


def test_a_name_counts_if_its_link_points_to_the_container(node, ask):
    add(node, 101, name="web1")
    add(node, 102, conf='NAME="web2"\n')
    add(node, 103, conf='NAME="web1"\n')

    listed = json.loads(ask("-a", "-j", "-o", "ctid,name,smart_name"))

    assert [entry["name"] for entry in listed] == ["web1", None, None]
    assert [entry["smart_name"] for entry in listed] == ["web1", 102, 103]
    assert ask("-H", "-a", "-o", "ctid", "web1") == "       101\n"


def test_json_strings_are_not_escaped(node, ask):
    add(node, 101, conf='DESCRIPTION="say "hi" there"\n')

    assert '"description": "say "hi" there"' in ask("-a", "-j", "-o", "description")


def test_features_warn_on_standard_output_the_rest_on_standard_error(node, ask):
    add(node, 101, conf='FEATURES="nosuch:on"\nCPUS="x"\n')

    out = ask("-a", "-j", "-o", "ctid")

    assert out.startswith("Warning: Unknown feature: nosuch:on\n[\n")
    assert 'invalid value for CPUS ("x"), skipped' in ask.err


def test_a_running_container_has_values_of_the_kernel(node, ask):
    conf = 'PHYSPAGES="0:131072"\nSWAPPAGES="0:65536"\nIP_ADDRESS="10.0.0.1/24 10.0.0.2"\nCPUUNITS="2000"\n'
    add(node, 101, conf, running={"ip": ["10.0.0.9", "10.0.0.1"], "started": time.time() - 90061.5})

    entry = json.loads(ask("-j"))[0]

    assert entry["ip"] == ["10.0.0.9", "10.0.0.1"]
    assert entry["physpages"]["limit"] == 131072
    assert 0 < entry["physpages"]["held"] < 131072
    assert entry["cpuunits"] == 2000
    assert entry["uptime"] == pytest.approx(90061.5, abs=30)
    assert ask("-H", "-o", "uptime").startswith("001d01h:01m:")


def test_the_kernel_record_of_a_node_is_taken_as_it_is(node, ask):
    counters = {"numproc": [7, 9, 240, 240, 1]}
    record = {"ip": ["10.0.0.2", "10.0.0.1"], "ubc": counters, "weight": 250, "rate": 1536, "cpus": 2}
    files.write_json(node.path("/proc/vz/kernel.json"), {"vswap": True, "kernel": {"101": record}})
    add(node, 101, running={"ip": []})

    entry = json.loads(ask("-j"))[0]

    assert entry["ip"] == ["10.0.0.1", "10.0.0.2"]
    assert entry["numproc"] == {"held": 7, "maxheld": 9, "barrier": 240, "limit": 240, "failcnt": 1}
    assert (entry["cpulimit"], entry["cpuunits"], entry["cpus"]) == (150, 2000, 2)


@pytest.mark.parametrize(
    ("weight", "rate", "shown"), [(250, 512, "50 2000"), (334, 338, "33 1497"), (333, 337, "33 1502")]
)
def test_what_the_scheduler_has_is_rounded_to_the_nearest(node, ask, weight, rate, shown):
    add(node, 101, running={"ip": []})
    node.kernel["kernel"] = {"101": {"weight": weight, "rate": rate}}

    assert ask("-H", "-o", "cpulimit,cpuunits").split() == shown.split()


def test_a_capability_carries_the_tail_of_a_longer_one_before_it(node, ask):
    add(node, 101, conf='CAPABILITY="NET_ADMIN:on SYS_TIME:off"\n')

    assert '"sys_timen": false' in ask("-a", "-j", "-o", "capability")
    assert ask("-a", "-H", "-o", "capability") == "net_admin:on,sys_time:off\n"


@pytest.mark.parametrize(
    ("argv", "lines"),
    [
        (("-s", "name"), ["102", "103", "101"]),
        (("-s", "bootorder"), ["103", "101", "102"]),
        (("-s", "-ctid"), ["103", "102", "101"]),
        (("-s", "-bootorder"), ["102", "101", "103"]),
        (("-s", "physpages.b"), ["102", "103", "101"]),
        (("-s", "onboot"), ["101", "102", "103"]),
        (("-s", "status"), ["102", "101", "103"]),
    ],
)
def test_sorting(node, ask, argv, lines):
    add(node, 101, conf='BOOTORDER="5"\nPHYSPAGES="7:512M"\nONBOOT="yes"\n', name="z")
    add(node, 102, conf='BOOTORDER="6"\nPHYSPAGES="8:16M"\n', running={"ip": []})
    add(node, 103, conf='PHYSPAGES="9:128M"\n', name="a", mounted=True)
    files.write_json(
        node.path("/proc/vz/kernel.json"),
        {"kernel": {"102": {"ubc": {"physpages": [1, 1, 0, 4096, 0]}}}},
    )

    assert ask("-a", "-H", "-o", "ctid,status", *argv).split()[::2] == lines


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("-a", "-o", "nosuch"), "Unknown field: nosuch\n"),
        (("-a", "-o", ",ctid"), "Unknown field: \n"),
        (("-a", "-o", "x" * 31), f"Invalid field: {'x' * 31}\n"),
        (("-a", "-j", "-o", "numproc.m"), "Field `numproc.m' is not available in JSON output\n"),
        (("-a", "-s", "-nosuch"), "Invalid sort field name: -nosuch\n"),
        (("--sto", "nosuchname"), "CT ID nosuchname is invalid.\n"),
        (("--na",), "vzlist: option '--na' is ambiguous; possibilities: '--name' '--name_filter'\n"),
        (("-a", "-x"), "vzlist: invalid option -- 'x'\n"),
        (("-a", "-o"), "vzlist: option requires an argument -- 'o'\n"),
        (("--all=1",), "vzlist: option '--all' doesn't allow an argument\n"),
    ],
)
def test_what_vzlist_refuses(node, ask, argv, message):
    add(node, 101)

    ask(*argv)

    assert (ask.rc, ask.err) == (1, message)


def test_options_may_be_glued_and_come_last(node, ask):
    add(node, 101)

    assert ask("101", "-aHoctid,status") == "       101 stopped\n"
    assert ask("--output=ctid,", "--no-h", "101") == "       101\n"


def test_only_root_may_ask(node, ask):
    add(node, 101)
    node.uid = 65534

    assert ask("-a") == ""
    assert (ask.rc, ask.err) == (1, "This program can only be run under root.\n")


def test_long_values_are_cut_unless_they_stand_last(node, ask):
    add(node, 101, conf=f'HOSTNAME="{"h" * 40}"\nIP_ADDRESS="10.0.0.1 10.0.0.2"\n')

    assert ask("-a", "-H", "-o", "ip,hostname,ctid") == f"10.0.0.1        {'h' * 32}        101\n"
    assert ask("-a", "-H", "-o", "hostname") == "h" * 40 + "\n"
    assert ask("-a", "-H", "-t", "-o", "ip,ctid") == "10.0.0.1 10.0.0.2         101\n"


def test_columns_count_bytes(node, ask):
    add(node, 101, conf=f'HOSTNAME="{"ü" * 20}"\nDESCRIPTION="ü"\n')

    assert ask("-a", "-H", "-o", "description,ctid") == "ü" + " " * 31 + "       101\n"
    assert fields.shortened("aüb", 2).encode("utf-8", "surrogateescape") == b"a\xc3"


def test_a_dangling_name_points_nowhere(node, ask):
    os.symlink("/etc/vz/conf/102.conf", f"{node.names_dir}/ghost")

    ask("ghost")

    assert (ask.rc, ask.err) == (1, "CT ID ghost is invalid.\n")


def test_without_vz_conf_containers_need_places_of_their_own(node, ask):
    os.unlink(node.vz_conf_path)
    add(node, 101)
    add(node, 102, conf='VE_PRIVATE="/vz/private/102"\n')

    assert ask("-a", "-j", "-o", "ctid,root") == '[\n  {\n    "ctid": 102,\n    "root": null\n  }\n]\n'
    assert ask.err == f"Unable to open {node.vz_conf_path}: No such file or directory\n"


def test_patterns_hide_what_does_not_fit(node, ask):
    add(node, 101, conf='HOSTNAME="a.example.org"\nDESCRIPTION="one"\n', name="web1")
    add(node, 102, conf='HOSTNAME="b.example.org"\nDESCRIPTION="two"\n')

    assert ask("-a", "-H", "-o", "ctid", "-h", "b.*") == "       102\n"
    assert ask("-a", "-H", "-o", "ctid", "-d", "o?e") == "       101\n"
    assert ask("-a", "-H", "-o", "ctid", "-N", "*") == "       101\n"


def test_vzlist_repeats_what_is_wrong_in_vz_conf(node, ask):
    add(node, 101)
    with open(node.vz_conf_path, "a", encoding="utf-8") as vz_conf:
        vz_conf.write('FEATURES="nosuch:on"\nVERBOSE=x\n')
    again = Node(node.directory)

    out = Ask(again, ask.capfd)("-a", "-1")

    assert out == "Warning: Unknown feature: nosuch:on\n       101\n"


@pytest.mark.parametrize("name", ["2147483645.conf", "-5.conf"])
def test_a_conf_whose_name_is_not_a_ctid_is_remarked_upon(node, ask, name):
    add(node, 101)
    files.write_text(f"{node.conf_dir}/{name}", "")
    files.write_text(f"{node.conf_dir}/²2.conf", "")

    assert ask("-a", "-1") == "       101\n"
    assert ask.err == f"Warning: invalid CTID in config file name: {name}, skipping\n"


@pytest.mark.parametrize("word", ["2147483645", "²", "0", "../conf"])
def test_a_word_that_is_not_a_ctid(node, ask, word):
    add(node, 101)

    assert ask("-H", word) == ""
    assert (ask.rc, ask.err) == (1, f"CT ID {word} is invalid.\n")


def test_what_comes_before_what(node, ask):
    add(node, 101, 'VE_LAYOUT="ploop"\nVM_OVERCOMMIT="2"\n')
    add(node, 102, 'VE_LAYOUT="simfs"\nVM_OVERCOMMIT="1"\n')

    assert ask("-a", "-1", "-s", "layout").split() == ["102", "101"]
    assert ask("-a", "-1", "-s", "vm_overcommit").split() == ["101", "102"]


def test_a_bent_node_is_no_reason_for_a_traceback(node, ask):
    os.makedirs(node.running_path(101))

    assert ask("-a") == ""
    assert ask.rc == 1
    assert ask.err.endswith("/101.json: Is a directory\n")


# what is asked of the kernel


def test_the_kernel_is_asked_for_what_is_shown_not_for_what_is_sorted_by(node, ask):
    add(node, 101, 'CPUUNITS="9000"\nCPUS="9"\n', running={"ip": []})
    add(node, 102, 'CPUUNITS="8000"\nCPUS="8"\n', running={"ip": []})
    record = {"weight": 500, "rate": 0, "cpus": 1, "loadavg": [0, 0, 0], "uptime_jiffies": 100}
    node.kernel["kernel"] = {"101": record, "102": {**record, "weight": 50, "cpus": 2, "uptime_jiffies": 900}}
    node.kernel["vzquota"] = {"101": {"space": [9, 0, 0], "inodes": [0, 0, 0]}}

    def order(field, *shown):
        return ask("-H", "-s", field, "-o", ",".join(["ctid", *shown])).split()[:: 1 + len(shown)]

    assert order("cpuunits") == order("cpus") == ["102", "101"]
    assert order("cpuunits", "cpulimit") == order("cpus", "cpus") == ["101", "102"]
    assert order("uptime") == ["101", "102"]
    assert order("uptime", "laverage") == ["102", "101"]
    assert order("diskspace") == ["101", "102"]
    assert order("diskspace", "diskinodes") == ["102", "101"]


def test_long_lists_of_features_and_long_lines_find_no_room(node, ask):
    every = " ".join(f"{name}:on" for name in ("sysfs", "nfs", "sit", "ipip", "ppp", "ipgre", "bridge", "nfsd"))
    add(node, 101, f'FEATURES="{every}"\nDESCRIPTION="{"d" * 5000}"\n')

    assert len(ask("-a", "-H", "-o", "features")) == 63 + 1
    assert '"nfsd": true' in ask("-a", "-j", "-o", "features")
    assert ask("-a", "-H", "-o", "description") == "d" * 4094 + "\n"
    assert ask("-a", "-H", "-o", "description,ctid") == "d" * 32 + "        101\n"


def test_the_first_capability_has_two_names(node, ask):
    add(node, 101, 'CAPABILITY="CHOWN:on"\n')

    assert ask("-a", "-H", "-o", "capability") == "chown:on,fs_mask:on\n"


def test_a_ct_id_is_an_int(node, ask):
    add(node, 101)

    assert ask("-1", str(2**32 + 101)) == "       101\n"


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("web[^2]", True),
        ("web[!1]", False),
        ("w?b1", True),
        ("web\\1", True),
        ("web[0-3]", True),
        ("web[]1]", True),
        ("web[1", False),
        ("WEB1", False),
        ("web", False),
        ("", False),
    ],
)
def test_patterns(node, ask, pattern, fits):
    add(node, 101, 'HOSTNAME="web1"\n')

    assert (ask("-a", "-1", "-h", pattern) != "") is fits


def test_a_question_mark_is_a_byte(node, ask):
    add(node, 101, 'HOSTNAME="gr\u00fcn"\n')

    assert ask("-a", "-1", "-h", "gr?n") == ""
    assert ask("-a", "-1", "-h", "gr??n") == "       101\n"


def test_what_is_for_those_who_ask_is_not_for_vzlist(node, ask):
    add(node, 101, "FROB=1\nVETH=x\n")

    assert ask("-a", "-1").splitlines()[0].startswith("Warning: VETH parameter is deprecated")
    assert ask.err == ""
