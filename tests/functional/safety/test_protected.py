"""Protected containers, through Salt's loader: whoever asks, they are taken down with force alone."""

import pytest
from families import BOTH
from salt.exceptions import CommandExecutionError

pytestmark = BOTH
UUID = "5b3c1f0e-7a52-4d1c-9c63-0d6a7be1f001"
META = "<metadata xmlns:o='https://openvz.org/schemas/domain/salt/1'><o:ctid>{}</o:ctid></metadata>"
DOCUMENT = "<domain type='openvz'><name>{}</name>{}<devices>{}</devices></domain>"
TEMPLATE = "<filesystem type='template'><source name='debian-12-x86_64'/></filesystem>"
XML = DOCUMENT.format("db1", f"<uuid>{UUID}</uuid>{META.format(101)}", TEMPLATE)

ENTRIES = {
    "document": {"db": {"xml": XML, "protected": True}},
    "uuid of a document": {"db": {"xml": DOCUMENT.format("x", f"<uuid>{UUID}</uuid>", ""), "protected": "yes"}},
    "ctid of a document": {"db": {"xml": DOCUMENT.format("x", META.format(101), ""), "protected": True}},
    "label": {"db1": {"state": "running", "protected": True}},
    "label that is a CTID": {"0101": {"state": "running", "protected": True}},
    "name": {"db": {"name": "db1", "state": "running", "protected": True}},
    "name that is a UUID": {"db": {"name": UUID.upper(), "state": "running", "protected": True}},
}
UNKNOWN = {
    "no document": {"other": {"xml": "<domain", "protected": True}},
    "masked": {"other": {"state": "running", "protected": "**********"}},
    "masked entry": {"other": "**********"},
    "source that is not there": {"other": {"source": "salt://nowhere.xml", "protected": True}},
}
DEEDS = {
    "stop": lambda openvz, **how: openvz.stop("db1", **how),
    "restart": lambda openvz, **how: openvz.restart(101, **how),
    "suspend": lambda openvz, **how: openvz.suspend(UUID, **how),
    "destroy": lambda openvz, **how: openvz.destroy("db1", **how),
}


@pytest.fixture
def pillar(loaders, node):
    """Say what the minion's pillar has below ``openvz``, or beside it."""
    copies = (loaders.opts["pillar"], loaders.modules.pack["__pillar__"])

    def put(**said):
        for copy in copies:
            copy["openvz"].update(said)

    yield put
    for copy in copies:
        copy.pop("_errors", None)
        for name in ("domains", "protected"):
            copy["openvz"].pop(name, None)


@pytest.fixture
def db1(openvz, node, once):
    """The running container db1."""

    def make():
        openvz.define(xml=XML)
        openvz.start("db1")

    return once("db1", make)


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("entries", ENTRIES)
def test_an_entry_protects_from_functions_and_force_is_the_way(openvz, pillar, db1, entries, deed):
    pillar(domains=ENTRIES[entries])

    for test in (True, False):
        with pytest.raises(CommandExecutionError, match="101 is .*protected .*by the entry .* of the pillar"):
            DEEDS[deed](openvz, test=test)
    assert "running" in db1.status(101)

    assert DEEDS[deed](openvz, force=True, test=True)["changes"]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("name", [101, "db1", UUID.upper()])
def test_the_configured_list_protects_from_functions_too(openvz, pillar, db1, name, deed):
    pillar(protected=[name])

    with pytest.raises(CommandExecutionError, match="101 is .*protected .*openvz:protected"):
        DEEDS[deed](openvz)
    assert openvz.info("db1")["db1"]["protected"] is True


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("entries", UNKNOWN)
def test_what_may_be_protected_is_taken_down_with_force_alone(openvz, pillar, db1, entries, deed):
    pillar(domains=UNKNOWN[entries])

    with pytest.raises(CommandExecutionError, match="101 is .*possibly protected"):
        DEEDS[deed](openvz)
    assert DEEDS[deed](openvz, force=True, test=True)["changes"]


def test_a_pillar_with_errors_protects_all(openvz, loaders, pillar, db1):
    for copy in (loaders.opts["pillar"], loaders.modules.pack["__pillar__"]):
        copy["_errors"] = ["Rendering SLS 'db' failed"]

    with pytest.raises(CommandExecutionError, match="possibly protected .*the pillar of this minion has errors"):
        openvz.stop("db1")
    assert openvz.stop("db1", force=True)["changes"]


def test_an_entry_that_says_no_protects_nothing_however_broken(openvz, pillar, db1):
    pillar(domains={"other": {"xml": "<domain", "protected": False}, "third": None, "db1": "<domain"})

    assert openvz.stop("db1")["changes"]


def test_what_takes_nothing_down_needs_no_force(openvz, pillar, db1):
    pillar(protected=["db1"])

    assert openvz.start("db1")["changes"] == {}
    openvz.stop("db1", force=True)
    assert openvz.stop("db1")["changes"] == {}
    assert openvz.start("db1")["changes"]


@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_states_are_refused_by_name_and_force_is_the_way(openvz, states, pillar, db1, state):
    pillar(protected=["db1"])

    refused = getattr(states, state)("db1")
    assert refused.result is False
    assert "101 is" in refused.comment
    assert "protected (openvz:protected names it)" in refused.comment
    assert getattr(states, state)("db1", force=True).result is True


def test_setting_with_a_restart_is_refused_for_a_protected_container(openvz, pillar, db1):
    pillar(protected=["db1"])

    with pytest.raises(CommandExecutionError, match="101 is protected .*leave setmode out, and restart it with force"):
        openvz.set("db1", features="nfs:on", setmode="restart")
    assert openvz.set("db1", cpus=2)["changes"]


# whose it is


def test_destroying_what_salt_does_not_manage_wants_force(openvz, states, node):
    for ctid in (150, 151, 152):
        node.vzctl("create", ctid, "--ostemplate", "debian-12-x86_64")

    for test in (True, False):
        with pytest.raises(CommandExecutionError, match="150 is not managed by Salt; it is destroyed only with force"):
            openvz.destroy(150, test=test)
    assert openvz.destroy(150, force=True)["changes"]
    assert openvz.destroy(151, adopt=True)["changes"]
    assert states.absent("152").result is False
    assert states.absent("152", adopt=True).result is True


def test_other_functions_do_what_is_typed_whoever_made_the_container(openvz, node):
    node.vzctl("create", 150, "--ostemplate", "debian-12-x86_64")

    assert openvz.set(150, cpus=2)["changes"]
    assert openvz.start(150)["changes"]
    assert openvz.stop(150)["changes"]
