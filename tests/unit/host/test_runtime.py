"""What the kernel has, as vzlist shows it, and which differences from a configuration file are none."""

import json
import os
from types import SimpleNamespace

import pytest
from library import CONF, listed
from vzdomain import errors
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import listing
from vzdomain.host.kernel import runtime

PROCESSORS = os.sysconf("SC_NPROCESSORS_ONLN")


@pytest.fixture
def look(directory):
    """A running container with lines in its file beside `CONF`, and with what the kernel has; what differs."""

    def differing(lines="", **values):
        directory.add("209", CONF + lines, "running")
        directory.vzctl.listed = json.dumps([listed("209", **values)], indent=2)
        node = directory.node()
        return runtime.differing(node, node.container("209"), runtime.look(node)["209"])

    return differing


def test_a_kernel_that_has_what_the_file_says_differs_in_nothing(look):
    assert look('NUMPROC="10:20"\nIP_ADDRESS="10.0.0.1/24"\n', numproc=(10, 20), ip=["10.0.0.1"]) == {}


@pytest.mark.parametrize(
    ("line", "values", "expected"),
    [
        ('PHYSPAGES="0:32768"', {}, {"memory": ("128 MiB", "256 MiB")}),
        ('SWAPPAGES="0:unlimited"', {}, {"swap": ("unlimited", "512 MiB")}),
        ('PHYSPAGES="8:65536"', {}, {"physpages": ("8:65536", "0:65536")}),
        ('PHYSPAGES="8:32768"', {}, {"physpages": ("8:32768", "0:65536")}),  # and not memory too
        ('NUMPROC="10:20"', {"numproc": (10, 21)}, {"numproc": ("10:20", "10:21")}),
        ('CPUS="1"', {"cpus": 2}, {"vcpu": (1, 2)}),
        ('CPUUNITS="1000"', {"cpuunits": 1100, "cpulimit": 0}, {"cpuunits": (1000, 1100)}),
        ('CPULIMIT="50"', {"cpuunits": 1000, "cpulimit": 0}, {"cpulimit": ("50 %", "unlimited")}),
        ('CPULIMIT="0"', {"cpuunits": 1000, "cpulimit": 50}, {"cpulimit": ("unlimited", "50 %")}),
        ('IP_ADDRESS="10.0.0.1"', {"ip": []}, {"addresses": (["10.0.0.1"], [])}),
        ("", {"ip": ["fd00::1"]}, {"addresses": ([], ["fd00::1"])}),
    ],
)
def test_what_the_kernel_has_otherwise_is_reported_with_both_values(look, line, values, expected):
    assert look(line + "\n", **values) == expected


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("", {"numproc": (5, 5), "cpus": 2, "cpuunits": 700, "cpulimit": 30}),  # the kernel's own
        ('PHYSPAGES="0:2251799813685248"', {"physpages": (0, 2251799813685248)}),  # as --ram unlimited writes it
        ('NUMPROC="unlimited"', {"numproc": (2147483647, 2147483647)}),  # of a kernel of 32 bits
        ('PHYSPAGES="0:unlimited"', {"physpages": (0, 2147483647)}),
        ('NUMIPTENT="5:6"', {"numiptent": (16, 16)}),
        ('NUMIPTENT="5:6"', {"numiptent": (5, 6)}),
        (f'CPUS="{PROCESSORS + 7}"', {"cpus": PROCESSORS}),
        ('CPUUNITS="1500"', {"cpuunits": 1501}),
        ('CPUUNITS="1500"', {"cpuunits": 1502}),
        ('CPULIMIT="30"', {"cpulimit": 29}),
        (f'CPULIMIT="{PROCESSORS * 100 + 50}"', {"cpulimit": PROCESSORS * 100}),
        ('VM_OVERCOMMIT="1.5"\nPRIVVMPAGES="100:200"', {"privvmpages": (294912, 294912)}),
        ('IP_ADDRESS="10.0.0.2/24 10.0.0.1"', {"ip": ["10.0.0.1", "10.0.0.2"]}),
        ('IP_ADDRESS="10.0.0.1 fd00::1"', {"ip": ["10.0.0.1"]}),  # the node gives out no IPv6
        ('SWAPPAGES=""', {}),  # no recorded run tells how vzctl reads these
        ('NUMPROC="99999999999999999999:5"', {"numproc": (7, 5)}),
    ],
)
def test_a_difference_that_comes_of_counting_is_none(look, line, values):
    assert look(line + "\n", **values) == {}


def test_with_ipv6_on_the_node_a_missing_address_of_it_is_reported(directory, look):
    with (directory.etc / "vz.conf").open("a") as stream:
        stream.write('IPV6="yes"\n')

    assert look('IP_ADDRESS="fd00::1"\n') == {"addresses": (["fd00::1"], [])}


def test_of_a_container_that_does_not_run_nothing_is_compared(directory):
    directory.add("209", CONF + 'IP_ADDRESS="10.0.0.1"\n')
    directory.vzctl.listed = json.dumps([listed("209", "stopped", physpages=(0, 1))], indent=2)
    node = directory.node()

    assert runtime.differing(node, node.container("209"), runtime.look(node)["209"]) == {}


def test_complaints_about_files_before_the_list_are_passed_over(directory):
    complaint = 'Warning at 209.conf:3: invalid value for FEATURES ("[ [x]"), skipped\n'
    directory.vzctl.listed = complaint + json.dumps([listed("209")], indent=2) + "\n"

    assert runtime.look(directory.node())["209"].values["memory"] == 262144


def test_a_node_without_containers_has_nothing_to_show(directory):
    directory.vzctl.listed = "[]\n"

    assert runtime.look(directory.node()) == {}


@pytest.mark.parametrize("said", ["", "209 running\n", "[\n{\n]\n", '[\n{"ctid": 209}\n]\n', "[\n7\n]\n"])
def test_an_answer_that_cannot_be_read_is_an_error(directory, said):
    directory.vzctl.listed = said

    with pytest.raises(errors.CannotAskError, match="vzlist's answer cannot be read"):
        runtime.look(directory.node())


def test_the_node_takes_statuses_and_uptimes_from_the_same_answer(directory):
    directory.add("209", CONF)
    directory.add("210", CONF)
    directory.vzctl.listed = json.dumps([listed("209", uptime=1000.5), listed("210", "mounted", uptime=0)], indent=2)
    node = directory.node()

    runtime.look(node)

    assert [node.status(ctid) for ctid in ("209", "210")] == ["running", "mounted"]
    assert (node.uptime("209") >= 1000.5, node.uptime("210") < 1000) == (True, True)
    assert len(directory.vzctl.lists) == 1


def test_only_columns_without_free_text_are_asked_for(directory):
    directory.vzctl.listed = "[]\n"

    runtime.look(directory.node())

    free = {"description", "hostname", "name", "smart_name", "root", "private", "mount_opts", "ostemplate"}
    (asked,) = directory.vzctl.lists
    assert free.isdisjoint(asked[-1].split(","))


def test_fail_counters_are_read_by_container_and_resource():
    numbers = {name: {"held": 1, "maxheld": 2, "barrier": 3, "limit": 4, "failcnt": 0} for name in listing.COUNTERS}
    numbers["numproc"] = {**numbers["numproc"], "failcnt": 7}
    vzctl = SimpleNamespace(flavour=LEGACY, list=lambda *argv: json.dumps([{"ctid": 209, **numbers}], indent=2))

    found = runtime.failcounts(vzctl)

    assert found == {"209": {**dict.fromkeys(listing.COUNTERS, 0), "numproc": 7}}


@pytest.mark.parametrize("said", ["", "[\n  {}\n]", '[\n  {"ctid": 209, "numproc": null}\n]'])
def test_fail_counters_that_cannot_be_read_are_an_error_and_not_zero(said):
    with pytest.raises(errors.CannotAskError, match="vzlist's answer cannot be read"):
        runtime.failcounts(SimpleNamespace(flavour=LEGACY, list=lambda *argv: said))
