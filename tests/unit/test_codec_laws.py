"""What holds for every domain and for every text, tried with Hypothesis."""

from pathlib import Path

import pytest
import strategies
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree
from vzdomain import codec, errors
from vzdomain.domain import Domain, Interface
from vzdomain.units import UNLIMITED

SCHEMA = Path("/usr/share/libvirt/schemas/domain.rng")  # Debian: libvirt0
SEED = (Path(__file__).parent / "data" / "seed.xml").read_text()
relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def schema():
    return etree.RelaxNG(file=str(SCHEMA))


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@relaxed
@given(domain=strategies.domains())
@example(domain=Domain(name="209", memory=UNLIMITED, swap=UNLIMITED))
@example(domain=Domain(name="209", memory=1, swap=0, description=""))
@example(domain=Domain(name="209", interfaces=(Interface(bridge="br0", network="default", target="veth209.0"),)))
def test_what_is_written_is_read_back(dialect, domain):
    document = codec.parse(codec.render(domain, dialect))

    assert document.domain == domain
    assert document.warnings == ()


@pytest.mark.parametrize("dialect", codec.DIALECTS)
@relaxed
@given(domain=strategies.domains())
def test_writing_again_changes_nothing(dialect, domain):
    text = codec.render(domain, dialect)

    assert codec.render(codec.parse(text).domain, dialect) == text


@relaxed
@given(domain=strategies.domains())
def test_the_libvirt_dialect_is_valid_by_libvirts_schema(schema, domain):
    document = etree.fromstring(codec.render(domain, "libvirt"))

    assert schema.validate(document), schema.error_log


def test_an_owned_list_without_addresses_can_be_said_in_2008():
    domain = Domain(name="209", addresses=())

    assert codec.parse(codec.render(domain, "2008")).domain == domain


def texts():
    """Text of any kind, and the seed with a piece cut out or put in: half of it nearly right."""
    pieces = st.text(max_size=8) | st.sampled_from(
        ["<", ">", "&", "]]>", "<!--", "<?", "<!", "x:y", "\0", "<a:b/>", "='"]
    )
    places = st.integers(0, len(SEED))
    return st.text() | st.builds(lambda a, b, piece: SEED[:a] + piece + SEED[b:], places, places, pieces)


@pytest.mark.parametrize("strict", [True, False])
@relaxed
@given(text=texts())
@example(text="")
@example(text="\0")
@example(text="\ud800")
@example(text="\ufeff")
@example(text="<a:b/>")
@example(text="<domain type='openvz'><a:name>209</a:name></domain>")
def test_any_text_is_read_or_refused_as_a_document(strict, text):
    try:
        codec.parse(text, strict=strict)
    except errors.DocumentError as err:
        assert err.message
