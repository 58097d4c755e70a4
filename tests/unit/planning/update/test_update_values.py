"""The values of a container that is there: the arguments of its one set, field by field, and what cannot go into it."""

import pytest
from library import container, domain, one_set, steps
from updating import outcome, planned
from vzdomain.document import codec
from vzdomain.errors import DocumentError
from vzdomain.model.domain import Limit
from vzdomain.model.units import UNLIMITED
from vzdomain.planning.changes import show

OPENVZ = "https://openvz.org/schemas/domain/salt/1"


# one value, one option


@pytest.mark.parametrize(
    ("field", "new", "old", "argv"),
    [
        ("description", "", "old", ("--description", "")),
        ("hostname", "web01.example.org", None, ("--hostname", "web01.example.org")),
        ("onboot", True, None, ("--onboot", "yes")),
        ("onboot", False, True, ("--onboot", "no")),
        ("bootorder", 0, None, ("--bootorder", "0")),
        ("disabled", True, False, ("--disabled", "yes")),
        ("stop_timeout", 60, 120, ("--stop-timeout", "60")),
        ("vm_overcommit", "1.5", "2", ("--vm_overcommit", "1.5")),
        ("meminfo", "pages:256", None, ("--meminfo", "pages:256")),
        ("vcpu", 2, 1, ("--cpus", "2")),
        ("cpumask", "0-1,4", None, ("--cpumask", "0-1,4")),
        ("cpumask", "all", "0", ("--cpumask", "all")),
        ("cpuunits", 2000, 1000, ("--cpuunits", "2000")),
        ("cpuweight", 500, None, ("--cpuweight", "500")),
        ("cpulimit", 150, None, ("--cpulimit", "150")),
        ("cpulimit", 0, 50, ("--cpulimit", "0")),
        ("root", "/srv/root/$VEID", "/vz/root/209", ("--root", "/srv/root/$VEID")),
        ("mount_opts", "noatime", None, ("--mount_opts", "noatime")),
        ("diskspace", Limit(1024, 2048), None, ("--diskspace", "1024:2048")),
        ("diskinodes", Limit(10, 10), Limit(10, 11), ("--diskinodes", "10:10")),
        ("diskquota", False, True, ("--diskquota", "no")),
        ("diskquota", False, None, ("--diskquota", "no")),  # the node's own setting may be yes
        ("quotatime", 600, 0, ("--quotatime", "600")),
        ("quotaugidlimit", 100, None, ("--quotaugidlimit", "100")),
        ("ioprio", 0, 4, ("--ioprio", "0")),
        ("iolimit", 10485760, None, ("--iolimit", "10485760B")),
        ("iolimit", 0, 1, ("--iolimit", "0B")),
        ("iopslimit", 100, None, ("--iopslimit", "100")),
        ("netfilter", "full", "stateless", ("--netfilter", "full")),
        ("kmemsize", Limit(1, 2), Limit(1, 3), ("--kmemsize", "1:2")),
        ("vmguarpages", Limit(33792, UNLIMITED), None, ("--vmguarpages", "33792:unlimited")),
        ("numproc", Limit(UNLIMITED, UNLIMITED), Limit(240, 240), ("--numproc", "unlimited:unlimited")),
    ],
)
def test_a_value_that_differs_is_its_option_in_one_set(field, new, old, argv):
    assert steps(domain(**{field: new}), container(**{field: old})) == one_set(*argv)


@pytest.mark.parametrize(
    ("field", "new", "old"),
    [
        ("description", "", None),
        ("onboot", False, None),
        ("disabled", False, None),
        ("cpumask", "all", None),
        ("nodemask", "all", None),
        ("cpulimit", 0, None),
        ("iolimit", 0, None),
        ("iopslimit", 0, None),
        ("quotaugidlimit", 0, None),
        ("root", "/vz/root/$VEID", "/vz/root/209"),
        ("root", "/vz/root/${VEID}", "/vz/root/$VEID"),
        ("addresses", ("10.0.0.2", "10.0.0.1"), ("10.0.0.1", "10.0.0.2")),
        ("diskspace", Limit(UNLIMITED, UNLIMITED), Limit(UNLIMITED, UNLIMITED)),
        ("devnodes", (("net/tun", "none"),), None),
        ("devices", (("c:10:200", "none"),), (("b:8:0", "rw"),)),
    ],
)
def test_what_is_as_good_as_not_set_is_not_a_difference(field, new, old):
    fields = {} if old is None else {field: old}

    assert steps(domain(**{field: new}), container(**fields)) == []


def test_twelve_differing_fields_cost_one_set():
    desired = domain(
        description="d", hostname="h", onboot=True, memory=8, swap=4, vcpu=2, cpuunits=1000, diskspace=Limit(1, 2),
        ioprio=4, nameserver=("10.0.0.1",), addresses=("10.0.0.2",), numproc=Limit(1, 2),
    )  # fmt: skip

    (step,) = planned(desired, container()).calls

    assert set(show(step.actions)) == {name for name, value in vars(desired).items() if value is not None} - {"name"}
    assert step.argv[:2] == ("set", "209") and step.argv[-1] == "--save"
    assert set(step.argv[2:-1:2]) == {
        "--description", "--hostname", "--onboot", "--ram", "--swap", "--cpus", "--cpuunits", "--diskspace",
        "--ioprio", "--nameserver", "--ipadd", "--numproc",
    }  # fmt: skip


def test_changes_are_for_people():
    live = container(cpulimit=0, numproc=Limit(5, 5), features=(("nfs", "off"), ("ppp", "on")))
    new = {"onboot": True, "iolimit": 10485760, "cpulimit": 150, "numproc": Limit(5, UNLIMITED)}
    desired = domain(features=(("nfs", "on"),), **new)

    assert planned(desired, live).changes == {
        "onboot": {"old": None, "new": "yes"},
        "cpulimit": {"old": "unlimited", "new": "150 %"},
        "iolimit": {"old": None, "new": "10 MiB/s"},
        "features": {"old": {"nfs": "off"}, "new": {"nfs": "on"}},
        "numproc": {"old": "5", "new": "5:unlimited"},
    }


# values with members


@pytest.mark.parametrize(
    ("field", "new", "old"),
    [
        ("nameserver", ("10.0.0.1", "10.0.0.2"), ("10.0.0.1",)),
        ("nameserver", ("10.0.0.2", "10.0.0.1"), ("10.0.0.1", "10.0.0.2")),
        ("nameserver", ("inherit",), ("10.0.0.1", "10.0.0.2")),
        ("searchdomain", ("a.example", "b.example"), None),
        ("iptables", ("ip_tables", "iptable_filter"), ("ip_tables", "ipt_LOG")),
    ],
)
def test_a_list_that_vzctl_replaces_is_given_whole(field, new, old):
    argv = [part for word in new for part in (f"--{field}", word)]

    assert steps(domain(**{field: new}), container(**{field: old})) == one_set(*argv)


@pytest.mark.parametrize(
    ("new", "old", "argv"),
    [
        (("0000:00:1f.0",), (), ("--pci_add", "0000:00:1f.0")),
        (("0000:00:1f.3",), ("0000:00:1f.0",), ("--pci_del", "0000:00:1f.0", "--pci_add", "0000:00:1f.3")),
        (("0000:00:1f.0",), ("0000:00:1f.0", "0000:00:1f.3"), ("--pci_del", "0000:00:1f.3")),
    ],
)
def test_of_the_pci_devices_only_those_that_come_or_go_are_named(new, old, argv):
    assert steps(domain(pci=new), container(pci=old)) == one_set(*argv)


def test_pci_devices_that_the_document_does_not_name_go_only_if_it_is_exact():
    live = container(pci=("0000:00:1f.0",))

    assert steps(domain(), live) == []
    assert steps(domain(), live, exact=True) == one_set("--pci_del", "0000:00:1f.0")


@pytest.mark.parametrize(
    ("field", "option", "new", "old", "words"),
    [
        ("features", "features", {"nfs": "on"}, {}, ["nfs:on"]),
        ("features", "features", {"nfs": "on", "ppp": "on"}, {"nfs": "on", "sit": "off"}, ["ppp:on"]),
        ("features", "features", {"nfs": "off"}, {}, ["nfs:off"]),
        ("features", "features", {"nfs": "on"}, {"nfs": "on", "ppp": "on"}, []),
        ("capabilities", "capability", {"chown": "off", "kill": "on"}, {"kill": "off"}, ["chown:off", "kill:on"]),
        ("devnodes", "devnodes", {"fuse": "rw", "net/tun": "rw"}, {"net/tun": "rw", "null": "r"}, ["fuse:rw"]),
        ("devnodes", "devnodes", {"net/tun": "r"}, {"net/tun": "rw"}, ["net/tun:r"]),
        ("devices", "devices", {"b:8:all": "rwq", "c:10:200": "r"}, {"c:10:200": "r"}, ["b:8:all:rwq"]),
    ],
)
def test_of_a_map_only_the_named_keys_count_and_only_those_that_differ_are_given(field, option, new, old, words):
    desired, live = ({field: tuple(sorted(pairs.items())) or None} for pairs in (new, old))
    argv = [part for word in words for part in (f"--{option}", word)]

    assert steps(domain(**desired), container(**live)) == (one_set(*argv) if argv else [])


@pytest.mark.parametrize(("field", "name"), [("devnodes", "net/tun"), ("devices", "c:10:200")])
def test_none_takes_a_device_away(field, name):
    live = container(**{field: ((name, "rw"),)})

    made = planned(domain(**{field: ((name, "none"),)}), live)

    assert [step.argv for step in made.calls] == one_set(f"--{field}", f"{name}:none")
    assert made.changes == {field: {"old": {name: "rw"}, "new": {name: "none"}}}
    assert getattr(outcome(domain(**{field: ((name, "none"),)}), live), field) == ()


def test_of_a_device_that_goes_and_one_that_changes_both_are_given():
    desired = domain(devnodes=(("fuse", "rw"), ("net/tun", "none"), ("null", "rw")))
    live = container(devnodes=(("fuse", "rw"), ("net/tun", "rw"), ("null", "r")))

    assert steps(desired, live) == one_set("--devnodes", "net/tun:none", "--devnodes", "null:rw")


# options that go together


@pytest.mark.parametrize(
    ("desired", "live", "argv"),
    [
        ({"nodemask": "0"}, {}, ("--nodemask", "0", "--cpumask", "all")),
        ({"nodemask": "0"}, {"cpumask": "0-1"}, ("--nodemask", "0", "--cpumask", "0-1")),
        ({"nodemask": "0", "cpumask": "0-1"}, {"cpumask": "0-1"}, ("--nodemask", "0", "--cpumask", "0-1")),
        ({"nodemask": "0", "cpumask": "2"}, {"cpumask": "0-1"}, ("--cpumask", "2", "--nodemask", "0")),
        ({"nodemask": "0", "cpumask": "2"}, {"nodemask": "0"}, ("--cpumask", "2")),
        ({"nodemask": "all"}, {"nodemask": "0"}, ("--nodemask", "all", "--cpumask", "all")),
    ],
)
def test_a_node_mask_goes_with_a_processor_mask(desired, live, argv):
    made = planned(domain(**desired), container(**live))

    assert [step.argv for step in made.calls] == one_set(*argv)
    assert set(made.changes) == {name for name in desired if desired[name] != live.get(name)}


@pytest.mark.parametrize(
    ("desired", "live", "argv"),
    [
        ({"physpages": Limit(1, 2)}, {}, ("--physpages", "1:2")),
        ({"physpages": Limit(1, 2)}, {"memory": 8, "swap": 0}, ("--physpages", "1:2")),
        ({"physpages": Limit(0, 2)}, {"memory": 8, "swap": 0}, ()),
        ({"physpages": Limit(1, 2)}, {"memory": 8, "physpages": Limit(1, 2)}, ()),
        ({"physpages": Limit(1, 2)}, {"memory": 12, "physpages": Limit(1, 3)}, ("--physpages", "1:2")),
        ({"physpages": Limit(0, UNLIMITED)}, {"memory": UNLIMITED}, ()),
        ({"physpages": Limit(0, 2**52)}, {"memory": UNLIMITED}, ()),
        ({"memory": 8, "physpages": Limit(1, 2)}, {"memory": 4, "swap": 0}, ("--physpages", "1:2")),
        (
            {"memory": 8, "swap": 4, "physpages": Limit(1, 2)},
            {"memory": 4, "swap": 0},
            ("--physpages", "1:2", "--swap", "4K"),
        ),
        (
            {"memory": 8, "swap": 4, "swappages": Limit(1, 1)},
            {"memory": 4, "swap": 0},
            ("--swappages", "1:1", "--ram", "8K"),
        ),
        ({"memory": 12}, {"memory": 8, "swap": 4, "physpages": Limit(1, 2)}, ("--ram", "12K", "--swap", "4K")),
    ],
)
def test_a_barrier_of_memory_is_given_by_its_own_option(desired, live, argv):
    assert steps(domain(**desired), container(**live)) == (one_set(*argv) if argv else [])


# values that could not be kept


def document(body):
    return codec.parse(f"<domain type='openvz' xmlns:openvz='{OPENVZ}'><name>209</name>{body}</domain>")


UNWRITABLE = [
    ("<description>say $x</description>", {"description": "say $x"}),
    ("<title>a`b</title>", {"title": "a`b"}),
    ("<metadata><openvz:hostname>-web</openvz:hostname></metadata>", {"hostname": "-web"}),
    ("<metadata><openvz:mount_opts>a b</openvz:mount_opts></metadata>", {"mount_opts": "a b"}),
    ("<metadata><openvz:nameserver>ns1</openvz:nameserver></metadata>", {"nameserver": ("ns1",)}),
]


@pytest.mark.parametrize(("body", "fields"), UNWRITABLE)
def test_a_value_that_vzctl_could_not_keep_is_an_error_only_where_it_has_to_be_written(body, fields):
    read = document(body)
    given = {"unwritable": read.unwritable}

    assert planned(read.domain, container(**fields), **given).calls == ()
    for live in (container(), None):
        with pytest.raises(DocumentError, match="line 1"):
            planned(read.domain, live, **given)


def test_interfaces_that_share_a_mac_are_an_error_only_where_they_have_to_be_made():
    pair = "<interface type='ethernet'><mac address='02:00:00:00:00:01'/><guest dev='eth{}'/></interface>"
    read = document(f"<devices>{pair.format(0)}{pair.format(1)}</devices>")
    given = {"unwritable": read.unwritable}

    assert planned(read.domain, container(interfaces=read.domain.interfaces), **given).calls == ()
    for live in (container(), None):
        with pytest.raises(DocumentError, match="02:00:00:00:00:01 is already in line 1"):
            planned(read.domain, live, **given)
