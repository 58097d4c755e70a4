"""What is kept of a configuration file, while several threads ask for it."""

from dataclasses import replace
from types import SimpleNamespace

from library import CONF, MARKED
from vzdomain.flavours import LEGACY
from vzdomain.host.records import Records


def record_of(directory, **reading):
    """The record of container 101; `reading` takes the place of functions of the flavour."""
    directory.add("101", MARKED + CONF, name="web")
    node = directory.node()
    found = Records().read(node, "101")
    own = {name: getattr(LEGACY.reading, name) for name in ("domain", "network")}
    found._flavour = replace(LEGACY, reading=SimpleNamespace(**(own | reading)))
    return found


def test_a_thread_that_asks_while_another_one_takes_gets_all_of_it(directory):
    seen = []

    def facts(conf, ctid):
        if not seen:
            seen.append(None)
            seen[0] = record.take(facts)  # as another thread would at this moment
        return {"ctid": ctid}

    record = record_of(directory)
    domain, said = record.take(facts)

    assert seen == [(domain, said)] == [(domain, {"ctid": "101"})]
    assert record.identity.name == "web"


def test_a_file_that_is_taken_while_its_identity_is_read_is_no_loss(directory):
    def network(conf):
        record.take(lambda conf, ctid: {})
        return LEGACY.reading.network(conf)

    record = record_of(directory, network=network)

    assert (record.identity.name, record.identity.managed) == ("web", True)
