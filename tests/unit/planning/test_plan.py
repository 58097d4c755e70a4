"""Plans as data: the steps, word for word, from a container to its document."""

from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from library import NODE, OTHER_UUID, UUID, container, domain, one_set, steps
from vzdomain.document import codec
from vzdomain.errors import RefusedError
from vzdomain.flavours.calls import Call
from vzdomain.model.actions import Assign
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain, Interface, Limit
from vzdomain.model.units import UNLIMITED
from vzdomain.planning import match, plan
from vzdomain.planning.changes import show

DATA = Path(__file__).parents[1] / "data"


# creation


def test_the_seed_is_created_marked_and_set():
    desired = codec.parse((DATA / "seed.xml").read_text()).domain
    mac = match.derived_mac(UUID, "eth2").upper()

    made = plan.make(desired, None, Ctid("209"), NODE)

    assert [step.argv or step.comments for step in made.calls] == [
        (
            *("create", "209", "--ostemplate", "fedora-core-5-i386"),
            *("--diskspace", "10000:10000", "--diskinodes", "200000:200000"),
            *("--ipadd", "192.168.122.1", "--ipadd", "192.168.122.15"),
        ),
        {"SALT-OPENVZ": "managed 209 node-1", "UUID": UUID},
        (
            *("set", "209", "--netdev_add", "eth1"),
            *("--netif_add", "eth0,00:16:3E:5D:C7:9E,,FE:FF:FF:FF:FF:FF,eth10"),
            *("--netif_add", f"eth2,{mac},,FE:FF:FF:FF:FF:FF,virbr0", "--save"),
        ),
    ]
    assert made.changes == {
        "container": {"old": None, "new": "created"},
        "template": {"old": None, "new": "fedora-core-5-i386"},
        "diskspace": {"old": None, "new": "10000 KiB"},
        "diskinodes": {"old": None, "new": "200000"},
        "addresses": {"old": None, "new": ["192.168.122.1", "192.168.122.15"]},
        "uuid": {"old": None, "new": UUID},
        "hostdevs": {"old": None, "new": ["eth1"]},
        "interface eth0": {"old": None, "new": {"bridge": "eth10", "mac": "00:16:3e:5d:c7:9e"}},
        "interface eth2": {
            "old": None,
            "new": {"bridge": "virbr0", "network": "default", "mac": mac.lower()},
        },
    }
    assert made.disruption == "none"


def test_the_least_document_is_created_and_marked():
    assert steps(domain(), None) == [("create", "209"), {"SALT-OPENVZ": "managed 209 node-1"}]


def test_a_name_is_given_at_creation_and_not_set_again():
    desired = Domain("web 1", title="The web")

    assert steps(desired, None) == [
        ("create", "209", "--name", "web 1"),
        {"SALT-OPENVZ": "managed 209 node-1", "TITLE": "The web"},
    ]


def test_addresses_are_created_in_document_order():
    desired = domain(addresses=("10.0.0.9", "10.0.0.1/24", "fd00::1"))

    assert steps(desired, None)[0] == (
        *("create", "209", "--ipadd", "10.0.0.9", "--ipadd", "10.0.0.1/24", "--ipadd", "fd00::1"),
    )


def test_memory_of_a_new_container_takes_the_swap_of_the_sample():
    assert steps(domain(memory=524288, vcpu=2), None)[2:] == one_set(
        "--ram", "524288K", "--swap", "524288K", "--cpus", "2"
    )


def test_memory_of_a_new_container_without_any_swap_is_refused():
    with pytest.raises(RefusedError, match="swap_hard_limit"):
        steps(domain(memory=524288), None, sample=Domain("0", memory=UNLIMITED))


def test_the_mac_of_a_document_without_uuid_comes_from_node_and_ctid():
    desired = domain(interfaces=(Interface(bridge="br0"),))

    argument = steps(desired, None)[2][3]

    assert argument.split(",")[1].lower() == match.derived_mac("node-1 209", "eth0")
    assert argument != steps(desired, None, node_id="node-2")[2][3]


# changes


def test_an_equal_container_needs_nothing():
    fields = {
        "uuid": UUID,
        "title": "t",
        "description": "d",
        "memory": 262144,
        "swap": 0,
        "vcpu": 2,
        "template": "debian-12-x86_64",
        "diskspace": Limit(1, 2),
        "diskinodes": Limit(3, 4),
        "interfaces": (Interface(bridge="br0", mac="00:18:51:00:00:01", target="veth209.0", guest="eth0"),),
        "hostdevs": ("eth1",),
        "addresses": ("10.0.0.1", "fd00::1/64"),
    }

    made = plan.make(domain(**fields), container(**fields), "209", NODE)

    assert (made.calls, made.warnings, made.changes, made.disruption) == ((), (), {}, "none")


def test_what_the_document_does_not_say_is_left_alone():
    live = container(
        uuid=UUID,
        title="t",
        description="d",
        memory=1024,
        swap=0,
        vcpu=2,
        diskspace=Limit(1, 2),
        diskinodes=Limit(3, 4),
        interfaces=(Interface(bridge="br0", guest="eth0"),),
        hostdevs=("eth1",),
        addresses=("10.0.0.1",),
    )

    assert steps(domain(), live) == []


def test_five_changed_fields_cost_one_set():
    live = container(memory=262144, swap=524288, vcpu=1, description="old", addresses=("10.0.0.1",))
    desired = domain(
        memory=524288, vcpu=2, description="new", diskspace=Limit(1048576, 1048576), addresses=("10.0.0.1", "10.0.0.2")
    )

    made = plan.make(desired, live, "209", NODE)

    assert [step.argv for step in made.calls] == one_set(
        *("--ram", "524288K", "--swap", "524288K", "--description", "new", "--cpus", "2"),
        *("--diskspace", "1048576:1048576", "--ipadd", "10.0.0.2"),
    )
    assert made.changes == {
        "memory": {"old": "256 MiB", "new": "512 MiB"},
        "description": {"old": "old", "new": "new"},
        "vcpu": {"old": 1, "new": 2},
        "diskspace": {"old": None, "new": "1 GiB"},
        "addresses": {"old": ["10.0.0.1"], "new": ["10.0.0.1", "10.0.0.2"]},
    }


@pytest.mark.parametrize(
    ("desired", "live", "argv"),
    [
        ({"memory": 8}, {"memory": 4, "swap": 0}, ("--ram", "8K", "--swap", "0K")),
        ({"memory": 8, "swap": 4}, {"memory": 4, "swap": 0}, ("--ram", "8K", "--swap", "4K")),
        ({"swap": 4}, {"memory": 4, "swap": 0}, ("--ram", "4K", "--swap", "4K")),
        ({"swap": 4}, {}, ("--swap", "4K")),
        ({"memory": 8, "swap": 4}, {}, ("--ram", "8K", "--swap", "4K")),
        ({"memory": 5}, {"memory": 4, "swap": 0}, ("--ram", "8K", "--swap", "0K")),
        ({"memory": UNLIMITED}, {"memory": 4, "swap": 0}, ("--ram", "unlimited", "--swap", "0K")),
        ({"memory": 8}, {"memory": 4, "swap": UNLIMITED}, ("--ram", "8K", "--swap", "unlimited")),
    ],
)
def test_memory_goes_with_swap(desired, live, argv):
    assert steps(domain(**desired), container(**live)) == one_set(*argv)


@pytest.mark.parametrize("memory", [5, 6, 7, 8])
def test_memory_is_compared_in_whole_pages(memory):
    assert steps(domain(memory=memory), container(memory=8, swap=0)) == []


def test_memory_without_any_swap_is_refused_with_the_remedy():
    with pytest.raises(RefusedError, match="no swap limit .* <memtune><swap_hard_limit>"):
        steps(domain(memory=8), container(memory=UNLIMITED))


@pytest.mark.parametrize("limit", [Limit(UNLIMITED, UNLIMITED), Limit(1, UNLIMITED)])
@pytest.mark.parametrize("live", [None, container()])
def test_unlimited_disk_space_is_refused_before_anything_runs(limit, live):
    with pytest.raises(RefusedError, match="no unlimited disk space"):
        steps(domain(diskspace=limit), live)


@pytest.mark.parametrize(
    ("new", "old", "argv", "disruption"),
    [
        (("10.0.0.1", "10.0.0.2"), ("10.0.0.1",), ("--ipadd", "10.0.0.2"), "live"),
        (("10.0.0.2", "10.0.0.1"), ("10.0.0.1",), ("--ipadd", "10.0.0.2"), "live"),
        (("10.0.0.1",), ("10.0.0.1", "10.0.0.2"), ("--ipdel", "10.0.0.2"), "live"),
        (("10.0.0.1",), ("10.0.0.9", "10.0.0.1", "fd00::1"), ("--ipdel", "10.0.0.9", "--ipdel", "fd00::1"), "live"),
        (("10.0.0.2",), ("10.0.0.1",), ("--ipdel", "10.0.0.1", "--ipadd", "10.0.0.2"), "network"),
        (("10.0.0.1/24",), ("10.0.0.1",), ("--ipadd", "10.0.0.1/24"), "network"),
        (("10.0.0.1",), ("10.0.0.1/24", "10.0.0.2"), ("--ipdel", "10.0.0.2", "--ipadd", "10.0.0.1"), "network"),
        (("10.0.0.1",), (), ("--ipadd", "10.0.0.1"), "live"),
        ((), ("10.0.0.1",), ("--ipdel", "10.0.0.1"), "network"),
    ],
)
def test_only_addresses_that_come_or_go_are_named(new, old, argv, disruption):
    live = container(addresses=old, status="running")

    made = plan.make(domain(addresses=new), live, "209", NODE)

    assert [step.argv for step in made.calls] == one_set(*argv)
    assert made.disruption == disruption
    assert made.changes == {"addresses": {"old": list(old), "new": list(new)}}


@pytest.mark.parametrize(
    ("new", "old", "kernel", "argv", "disruption"),
    [
        (("10.0.0.2",), (), ("10.0.0.2",), ("--ipdel", "10.0.0.2", "--ipadd", "10.0.0.2"), "network"),
        (
            ("10.0.0.2/24", "10.0.0.3"),
            ("10.0.0.1",),
            ("10.0.0.2",),
            ("--ipdel", "10.0.0.1", "--ipdel", "10.0.0.2/24", "--ipadd", "10.0.0.2/24", "--ipadd", "10.0.0.3"),
            "network",
        ),
        (("10.0.0.1", "fd00::2"), ("10.0.0.1",), ("fd00::2",), ("--ipdel", "fd00::2", "--ipadd", "fd00::2"), "network"),
        (("10.0.0.1/24", "10.0.0.2"), ("10.0.0.1", "10.0.0.2"), ("10.0.0.1",), ("--ipadd", "10.0.0.1/24"), "live"),
        (("10.0.0.1", "10.0.0.2"), ("10.0.0.1",), ("10.0.0.1", "10.0.0.9"), ("--ipadd", "10.0.0.2"), "live"),
        ((), ("10.0.0.1",), ("10.0.0.2",), ("--ipdel", "10.0.0.1"), "network"),
    ],
)
def test_an_address_that_only_the_kernel_has_is_taken_away_in_the_call_that_adds_it(new, old, kernel, argv, disruption):
    """OpenVZ's kernel has each address once, and vzctl takes away first what its file has, or what it is told to."""
    live = container(addresses=old, status="running")
    given = replace(NODE, routed=frozenset(map(ip_address, kernel)))

    made = plan.make(domain(addresses=new), live, "209", given)

    assert [step.argv for step in made.calls] == one_set(*argv)
    assert made.disruption == disruption
    assert made.changes == {"addresses": {"old": list(old), "new": list(new)}}


def test_the_order_of_addresses_is_not_a_difference():
    assert steps(domain(addresses=("10.0.0.2", "10.0.0.1")), container(addresses=("10.0.0.1", "10.0.0.2"))) == []


@pytest.mark.parametrize(
    ("new", "old", "argv", "disruption"),
    [
        (("eth1", "eth2"), ("eth1",), ("--netdev_add", "eth2"), "live"),
        (("eth2",), ("eth1",), ("--netdev_del", "eth1", "--netdev_add", "eth2"), "network"),
        ((), ("eth1", "eth2"), ("--netdev_del", "eth1", "--netdev_del", "eth2"), "network"),
    ],
)
def test_only_devices_that_come_or_go_are_named(new, old, argv, disruption):
    made = plan.make(domain(hostdevs=new), container(hostdevs=old, status="running"), "209", NODE)

    assert [step.argv for step in made.calls] == one_set(*argv)
    assert made.disruption == disruption


@pytest.mark.parametrize(
    ("desired", "live", "argv"),
    [
        ({"diskspace": Limit(9, 2)}, {"diskspace": Limit(1, 2)}, ()),
        ({"diskspace": Limit(1, 3)}, {"diskspace": Limit(1, 2)}, ("--diskspace", "1:3")),
        ({"diskspace": Limit(1, 3)}, {}, ("--diskspace", "1:3")),
        ({"diskinodes": Limit(1, 3)}, {"diskinodes": Limit(1, 2)}, ()),
        ({"diskinodes": Limit(1, 3)}, {}, ()),
    ],
)
def test_ploop_knows_one_size_and_no_inodes(desired, live, argv):
    assert steps(domain(**desired), container(layout="ploop", **live)) == (one_set(*argv) if argv else [])


def test_inodes_on_ploop_are_a_warning():
    made = plan.make(domain(diskinodes=Limit(1, 3)), container(layout="ploop"), "209", NODE)

    assert "no inode limit" in made.warnings[0]


def test_on_simfs_both_numbers_count():
    live = container(diskspace=Limit(1, 2), diskinodes=Limit(3, 4))

    assert steps(domain(diskspace=Limit(2, 2), diskinodes=Limit(4, 4)), live) == one_set(
        "--diskspace", "2:2", "--diskinodes", "4:4"
    )


@pytest.mark.parametrize("old", ["debian-11-x86_64", None])
def test_another_template_is_never_a_step(old):
    made = plan.make(domain(template="debian-12-x86_64"), container(template=old), "209", NODE)

    assert made.calls == ()
    had = f"with template {old}" if old else "without template"
    assert made.warnings == (
        f"the container was created {had}, the document says debian-12-x86_64: that applies only at creation",
    )


def test_a_new_uuid_or_title_is_written_beside_the_mark():
    live = container(title="old")

    made = plan.make(domain(uuid=UUID, title="new"), live, "209", NODE)

    assert [step.comments for step in made.calls] == [{"UUID": UUID, "TITLE": "new"}]
    assert made.changes == {"uuid": {"old": None, "new": UUID}, "title": {"old": "old", "new": "new"}}


def test_a_rename_goes_last_and_alone():
    desired = Domain("web", vcpu=2, title="t")

    made = plan.make(desired, container(name="old", ctid="209"), "209", NODE)

    assert [step.argv or step.comments for step in made.calls] == [
        {"TITLE": "t"},
        *one_set("--cpus", "2"),
        *one_set("--name", "web"),
    ]
    assert made.changes["name"] == {"old": "old", "new": "web"}


def test_a_first_name_had_no_predecessor():
    assert plan.make(Domain("web"), container(), "209", NODE).changes == {"name": {"old": None, "new": "web"}}


def test_a_document_that_gives_the_ctid_alone_leaves_the_name():
    assert steps(domain(), container(name="web")) == []


# lists that the document does not name


def test_exact_empties_what_the_document_does_not_name():
    live = container(
        interfaces=(Interface(bridge="br0", guest="eth0"),), hostdevs=("eth5",), addresses=("10.0.0.1",), vcpu=4
    )

    assert steps(domain(), live, exact=True) == one_set(
        "--ipdel", "10.0.0.1", "--netdev_del", "eth5", "--netif_del", "eth0"
    )


def test_exact_leaves_the_lists_that_the_document_names():
    live = container(addresses=("10.0.0.1",))

    assert steps(domain(addresses=("10.0.0.1",)), live, exact=True) == []


# ownership


def test_an_unmarked_equal_container_is_left_unmarked():
    assert steps(domain(uuid=UUID, vcpu=2), container(managed=False, uuid=UUID, vcpu=2)) == []


def test_an_unmarked_container_without_the_documents_uuid_and_title_differs():
    with pytest.raises(RefusedError, match="differs .* in: uuid, title; adopt"):
        steps(domain(uuid=UUID, title="web"), container(managed=False))


def test_an_unmarked_different_container_is_refused_with_the_differences():
    live = container(managed=False, vcpu=1, description="old")

    with pytest.raises(RefusedError, match="not managed by Salt and differs .* in: description, vcpu; adopt: True"):
        steps(domain(vcpu=2, description="new"), live)


def test_an_unmarked_container_with_another_name_is_refused():
    with pytest.raises(RefusedError, match="differs .* in: name"):
        steps(Domain("web"), container(managed=False))


@pytest.mark.parametrize("vcpu", [1, 2])
def test_adopt_marks_first_and_changes_then(vcpu):
    desired = domain(uuid=UUID, title="t", vcpu=2)

    made = plan.make(desired, container(managed=False, vcpu=vcpu), "209", replace(NODE, adopt=True))

    assert made.calls[0].comments == {"SALT-OPENVZ": "managed 209 node-1", "UUID": UUID, "TITLE": "t"}
    assert show(made.calls[0].actions)["managed"] == {"old": False, "new": True}
    assert [step.argv for step in made.calls[1:]] == ([] if vcpu == 2 else one_set("--cpus", "2"))


def test_adopt_replaces_the_uuid_of_an_unmarked_container():
    made = plan.make(domain(uuid=UUID), container(managed=False, uuid=OTHER_UUID), "209", replace(NODE, adopt=True))

    assert made.calls[0].comments["UUID"] == UUID
    assert made.changes["uuid"] == {"old": OTHER_UUID, "new": UUID}


@pytest.mark.parametrize(("managed", "adopt"), [(True, False), (True, True), (False, False)])
def test_another_uuid_is_somebody_elses(managed, adopt):
    live = container(managed=managed, uuid=OTHER_UUID)

    with pytest.raises(RefusedError, match=f"UUID {OTHER_UUID}, the document {UUID}") as caught:
        steps(domain(uuid=UUID), live, adopt=adopt)

    assert ("adopt: True" in str(caught.value)) is (not managed)


@pytest.mark.parametrize(("document", "live"), [(None, UUID), (UUID, None)])
def test_one_uuid_alone_is_not_a_conflict(document, live):
    steps(domain(uuid=document), container(uuid=live))


def test_a_container_that_we_were_creating_is_finished():
    desired = domain(uuid=UUID, vcpu=2)

    made = plan.make(desired, container(managed=False), "209", replace(NODE, ours=True))

    assert [step.argv or step.comments for step in made.calls] == [
        {"SALT-OPENVZ": "managed 209 node-1", "UUID": UUID},
        *one_set("--cpus", "2"),
    ]
    assert "managed" not in made.changes


def test_the_worst_of_all_steps_is_the_disruption():
    quiet, loud = (Call(("set",), (Assign("vcpu", 1, 2, disruption=one),)) for one in ("live", "network"))

    assert plan.Plan("209", "209", (quiet, loud, quiet)).disruption == "network"
    assert plan.Plan("209", "209").disruption == "none"


def test_a_suspended_container_is_said_to_go_on_with_the_network_of_its_dump():
    wanted = domain(vcpu=2, addresses=("10.0.0.2",))

    (warning,) = plan.make(wanted, container(status="suspended", addresses=("10.0.0.1",)), "209", NODE).warnings

    assert "restart it to apply the new addresses" in warning
    assert plan.make(wanted, container(addresses=("10.0.0.1",)), "209", NODE).warnings == ()
    assert plan.make(domain(vcpu=2), container(status="suspended"), "209", NODE).warnings == ()
