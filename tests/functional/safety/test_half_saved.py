"""
Calls of vzctl 9 that fail and save all the same, or end well and save nothing: what is told is what was read.

The codes and what they leave are recorded from runs of vzctl 9.0.1.
"""

import pytest
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
CTID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"
DOCUMENT = """\
<domain type='openvz' xmlns:openvz='https://openvz.org/schemas/domain/salt/1'>
  <name>{name}</name><uuid>7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101</uuid>{inner}
</domain>
"""


@pytest.fixture
def web(openvz, node):
    """A container that is ours, has no further settings, and runs."""
    openvz.adopt(node.make_area(CTID, CTID, 'NAME="web"'))
    openvz.start("web")
    return node


def document(inner, name="web"):
    return DOCUMENT.format(name=name, inner=inner)


def failed(function, *args, **kwargs):
    """The sentence, and the changes that were made all the same."""
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return caught.value.error, ((caught.value.info or {}).get("changes") or {}).get("web", {})


def saved(node, *keys):
    conf = node.conf(CTID)
    return {key: conf[key] for key in keys if key in conf}


# by a document


def test_what_could_not_be_applied_is_saved_is_told_and_waits_for_a_restart(openvz, web):
    xml = document("<vcpu cpuset='50'>1</vcpu>")

    said, changes = failed(openvz.define, xml=xml)

    assert said.endswith("saved all the same: vcpu, cpumask; not in effect before a restart: cpumask")
    assert changes == {"vcpu": {"old": None, "new": 1}, "cpumask": {"old": None, "new": "50"}}
    assert saved(web, "CPUS", "CPUMASK") == {"CPUS": "1", "CPUMASK": "50"}
    again = openvz.define(xml=xml)
    assert (again["changes"], again["pending"]) == ({}, ["cpumask"])


def test_memory_below_what_is_in_use_is_saved_and_not_applied(openvz, web):
    said, changes = failed(openvz.define, xml=document("<memory unit='KiB'>4096</memory>"))

    assert "ended with code 255" in said
    assert said.endswith("saved all the same: memory; not in effect before a restart: memory")
    assert changes == {"memory": {"old": "512 MiB", "new": "4 MiB"}}

    told = openvz.define(xml=document("<memory unit='MiB'>256</memory>"))
    assert "pending" not in told  # it is in effect again


def test_features_of_a_running_container_are_saved_and_wait_and_nothing_failed(openvz, web):
    told = openvz.define(xml=document("<vcpu>1</vcpu><metadata><openvz:features name='nfs' state='on'/></metadata>"))

    assert (told["did"], told["pending"]) == (["updated (vcpu, features)"], ["features"])
    assert [argv for argv in web.calls("set") if "--features" in argv] == [
        ["set", CTID, "--features", "nfs:on", "--save"]
    ]


def test_a_device_that_the_node_has_not_is_refused_before_vzctl_would_save_it(openvz, web):
    said, changes = failed(
        openvz.define,
        xml=document(
            "<devices><hostdev mode='capabilities' type='net'><source><interface>nosuch0</interface></source>"
            "</hostdev></devices>"
        ),
    )

    assert "network device nosuch0 is not in" in said
    assert (changes, saved(web, "NETDEV")) == ({}, {})


def test_a_name_that_fails_after_settings_leaves_them_saved(openvz, web):
    web.make_area("other", "0e6f3b7c-1a2b-4c3d-8e9f-aabbccdd3303")
    said, changes = failed(openvz.define, xml=document("<vcpu cpuset='50'>1</vcpu>", name="w9"))

    assert "ended with code 146" in said
    assert saved(web, "NAME", "CPUMASK") == {"NAME": "web", "CPUMASK": "50"}


# as typed


@pytest.mark.parametrize(
    ("options", "code", "keys", "waits"),
    [
        ({"cpus": 1, "cpumask": "50"}, 146, {"CPUS": "1", "CPUMASK": "50"}, "cpumask"),
        ({"features": "nfs:on", "cpus": 1}, 32, {"CPUS": "1", "FEATURES": "nfs:on "}, "features, vcpu"),
        (
            {"setmode": "ignore", "features": "nfs:on", "cpus": 1},
            32,
            {"CPUS": "1", "FEATURES": "nfs:on "},
            "features",
        ),
        ({"ram": "4K"}, 255, {"PHYSPAGES": "1:1"}, "memory"),
        ({"jquota": "yes"}, 32, {"JOURNALED_QUOTA": "yes"}, "jquota"),
        ({"netdev_add": "nosuch0"}, 3, {"NETDEV": "nosuch0"}, "hostdevs"),
        ({"netif_add": "eth0", "network": "nosuch", "cpus": 1}, 136, {"CPUS": "1"}, None),
        ({"bindmount_add": "/nosuch:/mnt/x", "cpus": 1}, 50, {"CPUS": "1"}, None),
        ({"cpuunits": "x", "cpus": 1}, 21, {}, None),
        ({"device-add": "hdd", "mnt": "/data"}, 163, {}, None),
    ],
)
def test_a_typed_call_that_failed_tells_what_it_saved_and_what_waits(openvz, web, options, code, keys, waits):
    before = web.conf(CTID)

    said, changes = failed(openvz.set, "web", **options)

    assert f"ended with code {code}: " in said
    assert {key: one["new"] for key, one in changes.items()} == keys
    assert {key: value for key, value in web.conf(CTID).items() if before.get(key) != value} == keys
    assert ("saved all the same: " in said) == bool(keys)
    assert said.partition("not in effect before a restart: ")[2] == (waits or "")


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"cpus": 1}, set()),
        ({"diskspace": "20G"}, {"DISKSPACE", "DISK"}),
        ({"ipadd": "10.1.0.5"}, {"NETIF"}),
    ],
)
def test_what_a_call_writes_although_it_was_told_to_save_nothing_is_in_the_changes(openvz, web, options, keys):
    told = openvz.set("web", save=False, **options)

    assert set(told["changes"]) == keys
    assert told["warnings"][0].startswith("WARNING: Changes are not saved")


def test_a_restart_that_got_halfway_is_told(openvz, web):
    failed(openvz.set, "web", cpumask="50")  # with which it does not start

    said, changes = failed(openvz.set, "web", setmode="restart", features="nfs:on")

    assert changes == {"FEATURES": {"old": "", "new": "nfs:on "}}
    assert said.endswith("saved all the same: FEATURES; it was running and is stopped now")
    assert openvz.state("web") == {"web": "stopped"}


def test_the_complaint_that_every_swap_gets_is_no_warning(openvz, web):
    assert openvz.set("web", ram="512M", swap="512M")["warnings"] == []
