"""What a container has after its plan: nothing is left to do."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from library import NODE, UUID, container, domain
from strategies import domains
from updating import CREATION, outcome, planned
from vzdomain.errors import RefusedError
from vzdomain.model.domain import Interface


def test_the_outcome_lays_maps_over_and_replaces_the_rest():
    live = container(
        features=(("nfs", "on"), ("ppp", "on")), devnodes=(("fuse", "rw"), ("net/tun", "rw")), nameserver=("10.0.0.1",)
    )
    desired = domain(
        features=(("nfs", "off"), ("sit", "on")), devnodes=(("fuse", "none"), ("null", "r")), nameserver=("inherit",)
    )

    after = outcome(desired, live)

    assert after.features == (("nfs", "off"), ("ppp", "on"), ("sit", "on"))
    assert after.devnodes == (("net/tun", "rw"), ("null", "r"))
    assert after.nameserver == ("inherit",)


def test_the_outcome_keeps_what_only_creation_sets():
    live = container(**{field: old for field, (old, _) in CREATION.items()})

    after = outcome(domain(**{field: new for field, (_, new) in CREATION.items()}), live)

    assert after == live.domain


BRIDGES = {"default": "virbr0", "lan": "br-lan", "two words": "br-two", "net-7": "br-7", "a.b": "br-a"}
NODES = st.builds(replace, st.just(replace(NODE, bridges=BRIDGES)), exact=st.booleans())


@st.composite
def containers(draw):
    """A container with any values, and interfaces as a container has them: all said."""
    said = {name: value for name, value in vars(draw(domains())).items() if value is not None}
    pairs = tuple(
        Interface(bridge=one.bridge, mac=f"02:00:00:00:00:{at:02x}", target=f"v{at}", guest=f"eth{at}")
        for at, one in enumerate(said.get("interfaces", ()))
    )
    fields = {**said, "name": "209", "ctid": "209", "uuid": UUID, "interfaces": pairs}
    return container(status=draw(st.sampled_from(["running", "stopped"])), **fields)


@given(domains(), containers(), NODES)
def test_after_the_outcome_nothing_is_left_to_do(desired, live, given):
    desired = replace(desired, uuid=None)
    try:
        planned(desired, live, **vars(given))
    except RefusedError:
        assume(False)

    after = outcome(desired, live, given)

    assert planned(desired, replace(live, domain=after), **vars(given)).calls == ()
