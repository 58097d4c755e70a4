"""What a new container is given: at its creation, and against its sample."""

from dataclasses import replace

import pytest
from library import SAMPLE, container, domain, one_set, steps
from vzdomain.model.domain import Limit
from vzdomain.model.units import UNLIMITED


def created(desired, sample):
    return steps(desired, None, sample=replace(SAMPLE, **sample))[2:]


@pytest.mark.parametrize(
    ("desired", "sample", "argv"),
    [
        ({"cpulimit": 0}, {}, ()),
        ({"cpulimit": 0}, {"cpulimit": 50}, ("--cpulimit", "0")),
        ({"onboot": False}, {}, ()),
        ({"onboot": False}, {"onboot": True}, ("--onboot", "no")),
        ({"cpumask": "all"}, {"cpumask": "0"}, ("--cpumask", "all")),
        ({"nodemask": "all"}, {}, ()),
        ({"cpuunits": 1000}, {"cpuunits": 1000}, ("--cpuunits", "1000")),
        ({"devnodes": (("net/tun", "none"),)}, {}, ()),
        ({"devnodes": (("net/tun", "none"),)}, {"devnodes": (("net/tun", "rw"),)}, ("--devnodes", "net/tun:none")),
        (
            {"devnodes": (("fuse", "rw"), ("net/tun", "none"))},
            {"devnodes": (("net/tun", "rw"),)},
            ("--devnodes", "fuse:rw", "--devnodes", "net/tun:none"),
        ),
        ({"devnodes": (("fuse", "rw"), ("net/tun", "none"))}, {}, ("--devnodes", "fuse:rw")),
        ({"features": (("nfs", "off"),)}, {"features": (("nfs", "on"),)}, ("--features", "nfs:off")),
        ({"features": (("nfs", "on"),)}, {"features": (("nfs", "on"),)}, ("--features", "nfs:on")),
    ],
)
def test_a_new_container_is_set_against_its_sample(desired, sample, argv):
    assert created(domain(**desired), sample) == (one_set(*argv) if argv else [])


def test_what_create_takes_it_is_given_and_not_set_again():
    desired = domain(
        description="d", hostname="h", template="debian-12", config="vswap-1g", layout="simfs", private="/srv/$VEID",
        root="/mnt/$VEID", local_uid=0, local_gid=0, diskspace=Limit(1, 2), diskinodes=Limit(3, 4),
    )  # fmt: skip

    create, _ = steps(desired, None)

    assert create == (
        *("create", "209", "--description", "d", "--hostname", "h", "--ostemplate", "debian-12"),
        *("--config", "vswap-1g", "--layout", "simfs", "--private", "/srv/$VEID", "--root", "/mnt/$VEID"),
        *("--local_uid", "0", "--local_gid", "0", "--diskspace", "1:2", "--diskinodes", "3:4"),
    )


@pytest.mark.parametrize("said", [{"memory": UNLIMITED}, {"physpages": Limit(0, UNLIMITED)}])
def test_a_container_of_beancounters_is_made_from_a_sample_of_beancounters(said):
    """Its memory is unlimited and it has no swap: there is nothing to set."""
    sample = {"memory": None, "swap": None, "physpages": Limit(0, UNLIMITED)}

    assert created(domain(**said), sample) == []


@pytest.mark.parametrize(
    ("memory", "pages"),
    [(UNLIMITED, UNLIMITED), (UNLIMITED, 2147483647), (UNLIMITED, 2**52), (262144, 65536)],
)
def test_memory_agrees_with_the_limit_of_a_container_without_vswap(memory, pages):
    assert steps(domain(memory=memory), container(physpages=Limit(0, pages))) == []


def test_a_container_without_vswap_gets_memory_with_the_swap_that_its_file_has():
    live = container(physpages=Limit(0, UNLIMITED), swappages=Limit(0, 1024))

    assert steps(domain(memory=262144), live) == one_set("--ram", "262144K", "--swap", "4096K")
