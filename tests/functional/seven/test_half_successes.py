"""What vzctl 7 to 9 has done although it says it failed, or has not done although it says it has: it is read again."""

import pytest
from documents import UUID, document, network, pair
from families import ONLY_SEVEN
from salt.exceptions import CommandExecutionError

pytestmark = ONLY_SEVEN
LARGER = "<memory unit='MiB'>768</memory>"
NFS = "<openvz:features name='nfs' state='on'/>"


@pytest.fixture
def web(openvz, node, once):
    """web01 runs."""

    def make():
        openvz.define(xml=document())
        openvz.start("web01")

    return once("running", make)


def failed(function, *args, **kwargs):
    """The sentence of a failure, and what it says that was changed all the same."""
    with pytest.raises(CommandExecutionError) as caught:
        function(*args, **kwargs)
    return str(caught.value), (caught.value.info or {}).get("changes", {})


def test_what_waits_for_a_restart_goes_alone_and_code_32_is_no_failure(openvz, web):
    xml = document(body=LARGER, metadata=NFS)

    dry, real = openvz.define(xml=xml, test=True), openvz.define(xml=xml)
    again = openvz.define(xml=xml)

    assert dry["changes"] == real["changes"]
    assert set(real["changes"]) == {"memory", "features"}
    assert dry["pending"] == real["pending"] == again["pending"] == ["features"]
    assert [argv[2] for argv in web.calls("set")] == ["--ram", "--features"]
    assert again["changes"] == {}
    openvz.restart("web01")
    assert "pending" not in openvz.define(xml=xml)


def test_what_the_kernel_refused_and_the_file_has_is_a_failure_that_says_both(openvz, web):
    """Code 146: the node has two processors."""
    sentence, changes = failed(openvz.define, xml=document(body="<vcpu cpuset='50'>2</vcpu>"))

    assert "ended with code 146" in sentence
    assert web.conf(UUID)["CPUMASK"] == "50"
    assert set(changes["web01"]) == {"vcpu", "cpumask"}
    assert "saved all the same: vcpu, cpumask; not in effect before a restart: cpumask" in sentence


def test_a_pair_that_could_not_be_made_is_not_said_to_be_there_and_the_rest_is(openvz, web):
    """Code 136: there is no such network, and "Saved parameters" is printed."""
    sentence, changes = failed(openvz.define, xml=document(network(name="nosuch"), body=LARGER))

    assert "nosuch" in sentence
    assert "ifname=eth0" not in web.conf(UUID).get("NETIF", "")
    assert set(changes["web01"]) == {"memory"}
    assert web.memory(UUID) == 768


def test_a_set_by_hand_that_failed_says_what_it_saved(openvz, web):
    """Code 255: the kernel does not lower swap alone."""
    sentence, changes = failed(openvz.set, "web01", swap="256M")

    assert "ended with code 255" in sentence
    assert web.conf(UUID)["SWAPPAGES"] == "65536:65536"
    assert set(changes["web01"]) == {"SWAPPAGES"}
    assert "saved all the same: SWAPPAGES; not in effect before a restart: swap" in sentence


@pytest.mark.parametrize("gone", ["devices", "cpulimit_mhz"])
def test_what_vzctl_takes_away_beside_what_it_sets_is_among_the_changes(openvz, web, gone):
    option, before = {"devices": ("devices", "c:1:3:rw"), "cpulimit_mhz": ("cpulimit", "400m")}[gone]
    said = {
        "devices": "<openvz:devnodes name='net/tun' access='rw'/>",
        "cpulimit_mhz": "<openvz:cpulimit>50</openvz:cpulimit>",
    }
    openvz.set("web01", **{option: before})
    xml = document(metadata=said[gone])

    dry, real = openvz.define(xml=xml, test=True), openvz.define(xml=xml)

    assert dry["changes"] == real["changes"]
    assert real["changes"][gone]["new"] is None and len(real["changes"]) == 2
    assert not web.conf(UUID).get(gone.upper())
    assert openvz.define(xml=xml)["changes"] == {}


@pytest.mark.parametrize("name", ["a/b", "", "web01/"])
def test_an_invalid_name_is_refused_before_vzctl_says_saved_and_saves_nothing(openvz, web, name):
    web.forget_calls()

    failed(openvz.define, xml=document(name=name, body=LARGER))

    assert web.calls() == []
    assert web.memory(UUID) == 512


def test_a_name_that_another_container_takes_meanwhile_leaves_the_rest_done(openvz, web):
    """Code 137: of that call nothing is saved, and the name is in a call of its own."""
    web.fault("--command", "set", "--match=--name", "--rc", "137", "--stderr", "Error: name is in use", "--times", "1")

    sentence, changes = failed(openvz.define, xml=document(name="www", body=LARGER))

    assert "ended with code 137" in sentence
    assert list(changes.values()) == [{"memory": {"old": "512 MiB", "new": "768 MiB"}}]
    assert openvz.define(xml=document(name="www", body=LARGER))["changes"] == {"name": {"old": "web01", "new": "www"}}


def test_a_pair_in_a_bridge_of_a_running_container_is_there_at_once(openvz, web):
    openvz.define(xml=document(pair()))

    assert len(web.bridge("br0")) == 1
    assert openvz.define(xml=document(pair()))["changes"] == {}
