"""What an entry may say of the inside of its container, and what is told of what it may not."""

import pytest
from vzdomain.document import entries
from vzdomain.document.sources import Sources
from vzdomain.errors import DocumentError
from vzdomain.model.inside import How, Waiting

XML = "<domain type='openvz'><name>web01</name></domain>"
SECRET = "correct horse battery"


def read(**said):
    return entries.read("web", {"xml": XML, **said})


def sources(pillar):
    def traverse(found, path, default):
        for part in path.split(":"):
            if not isinstance(found, dict) or part not in found:
                return default
            found = found[part]
        return found

    return Sources(pillar, traverse, master=None)


def test_all_that_can_be_said_of_states_inside_is_read():
    said = {"sls": ["nginx", "users"], "id": "web01.example.com", "saltenv": "dev", "pillar": {"port": 80}}
    said |= {"grains": {"role": "web"}, "exclude": ["old"], "timeout": 600, "pillar_key": "web01"}
    entry = read(state="running", inside=said)

    assert entry.inside == How(
        ("nginx", "users"), "web01.example.com", "dev", {"port": 80}, {"role": "web"}, ("old",), timeout=600.0
    )
    assert entry.inside_key == "web01"


def test_a_word_is_a_list_of_one_and_commas_part_words():
    assert read(inside={"sls": "nginx"}).inside.sls == ("nginx",)
    assert read(inside={"sls": "nginx, users"}).inside.sls == ("nginx", "users")
    assert read(inside={"highstate": True}).inside == How()


def test_what_is_waited_for_is_true_or_a_mapping():
    assert read(wait_for=True).waiting == Waiting(exec=True, limit=120)
    assert read(wait_for=False).waiting is None
    assert read(wait_for={"address": "10.0.0.5", "port": "80", "limit": 5}).waiting == Waiting(
        True, "10.0.0.5", 80, None, 5.0
    )
    assert read(wait_for={"command": ["true", "x y"]}).waiting.command == ("true", "x y")
    assert read(wait_for={"command": "test -e /up"}).waiting.command == ("/bin/sh", "-c", "test -e /up")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"inside": ["nginx"]}, "inside must be a mapping with sls, not a list"),
        ({"inside": {}}, "inside needs either sls"),
        ({"inside": {"sls": ["a"], "highstate": True}}, "inside needs either sls"),
        ({"inside": {"sls": []}}, "inside:sls is empty"),
        ({"inside": {"sls": [["a"]]}}, "inside:sls must be text, not a list"),
        ({"inside": {"sls": {"a": 1}}}, "inside:sls must be a list"),
        ({"inside": {"sls": "a", "pilar": {}}}, "pilar is not a key of inside; did you mean 'pillar'"),
        ({"inside": {"sls": "a", "pillar": ["x"]}}, "inside:pillar must be a mapping of names to values, not a list"),
        ({"inside": {"sls": "a", "pillar": {"db": ["**********"]}}}, "only a masked value for inside:pillar:db;"),
        ({"inside": {"sls": "a", "timeout": 0}}, "inside:timeout must be a number of seconds above 0"),
        ({"inside": {"sls": "a", "timeout": True}}, "inside:timeout must be a number of seconds above 0"),
        ({"inside": {"sls": "a", "timeout": "nan"}}, "inside:timeout must be a number of seconds above 0"),
        ({"inside": {"sls": "a", "id": "../x"}}, "inside:id must be a minion id"),
        ({"inside": {"sls": "a"}, "state": "stopped"}, "inside needs a container that runs, and state is stopped"),
        ({"wait_for": True, "state": "absent"}, "wait_for needs a container that runs, and state is absent"),
        ({"wait_for": 120}, "wait_for must be true or false, or a mapping, not a number"),
        ({"wait_for": {"adress": "10.0.0.5"}}, "adress is not a key of wait_for; did you mean 'address'"),
        ({"wait_for": {"address": "web01"}}, "wait_for:address must be an IP address"),
        ({"wait_for": {"port": 80}}, "wait_for:port needs an address"),
        ({"wait_for": {"address": "10.0.0.5", "port": 65536}}, "wait_for:port must be a number from 1 to 65535"),
        ({"wait_for": {"command": []}}, "wait_for:command must be a list of words"),
        ({"wait_for": {"exec": False}}, "wait_for waits for nothing"),
        ({"insides": {}}, "insides is not a key of a container; did you mean 'inside'"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_reason(said, message):
    with pytest.raises(DocumentError, match=message):
        read(**said)


def test_the_pillar_at_a_path_is_merged_below_what_the_entry_says():
    inside = {"sls": "a", "pillar_key": "secrets:web01", "pillar": {"db": {"port": 1}}}
    pillar = {"secrets": {"web01": {"db": {"port": 2, "password": SECRET}}}}
    entry = sources(pillar).entry("openvz:domains", "web", {"xml": XML, "inside": inside})

    assert entry.inside.pillar == {"db": {"port": 1, "password": SECRET}}
    assert SECRET not in repr(entry)


def test_a_path_without_a_mapping_is_the_error_of_its_entry_and_shows_no_value():
    inside = {"sls": "a", "pillar_key": "secret"}
    found = sources({"secret": SECRET}).entry("openvz:domains", "web", {"xml": XML, "inside": inside})

    assert "inside:pillar_key must be the path of a mapping; there is text" in found.error
    assert SECRET not in found.error
