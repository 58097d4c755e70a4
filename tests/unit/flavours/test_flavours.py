"""What a family of vzctl has no parameter for is refused before anything runs."""

import inspect
import re
from dataclasses import replace

import pytest
from vzdomain import errors, flavours
from vzdomain.document import codec
from vzdomain.flavours import LEGACY, SEVEN, flavour
from vzdomain.flavours.flavour import Flavour, Parameter
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.model.kinds.scalars import Count, Text
from vzdomain.planning import plan

DOCUMENT = f"""<domain type='openvz'>
  <name>209</name>
  <memory unit='MiB'>512</memory>
  <features><capabilities policy='default'><net_admin state='on'/></capabilities></features>
  <metadata xmlns:openvz='{codec.NAMESPACE}'>
    <openvz:bootorder>10</openvz:bootorder>
    <openvz:features name='nfs' state='on'/>
  </metadata>
</domain>"""


def family(*lacking, name="OpenVZ 12", **parameters):
    """A family that has what 4.x has, but for `lacking`, and with `parameters` of its own by field."""
    rows = {row.field: row for row in LEGACY.parameters.values() if row.field not in lacking}
    return Flavour(
        name=name,
        family="12.x",
        pattern=re.compile(r"vzctl v\.(12\.\S+)"),
        exit_codes={},
        statuses=(),
        parameters=rows | parameters,
        create=frozenset(),
        set=frozenset(),
        spelling=LEGACY.spelling,
        reading=LEGACY.reading,
        listing=LEGACY.listing,
        places=LEGACY.places,
        pairs=LEGACY.pairs,
        typed=LEGACY.typed,
        moving=LEGACY.moving,
        snapshots=LEGACY.snapshots,
    )


def bootorder(**versions):
    return family(bootorder=Parameter("bootorder", "bootorder", "BOOTORDER", "file", **versions))


def refused(its, domain, version=None, **how):
    with pytest.raises(errors.DocumentError) as caught:
        flavours.check(domain, its, version, **how)
    return str(caught.value)


def test_a_field_that_a_family_has_no_parameter_for_is_refused_with_its_element_and_who_has_it():
    message = refused(family("bootorder"), Domain("209", bootorder=10), "12.1")

    assert message == (
        "domain/metadata/openvz:bootorder: vzctl 12.1 has no parameter for it (OpenVZ legacy and Virtuozzo 7 to 9 have)"
    )


def test_without_a_version_the_family_is_named():
    assert "vzctl 12.x has no parameter" in refused(family("bootorder"), Domain("209", bootorder=10))


@pytest.mark.parametrize("version", [None, "4.0", "4.11.1-3.ga3f732ef"])
def test_vzctl_4_lacks_what_came_later_alone(version):
    assert set(flavours.lacking(LEGACY, version)) == set(SEVEN.parameters) - set(LEGACY.parameters)


@pytest.mark.parametrize(
    ("versions", "version", "has"),
    [
        ({"since": "12.4"}, "12.3.9", False),
        ({"since": "12.4"}, "12.4", True),
        ({"since": "12.4"}, "12.10.1-3.gabc", True),
        ({"since": "12.4.2"}, "12.4", False),
        ({"until": "12.8"}, "12.8.3", True),
        ({"until": "12.8"}, "12.9", False),
        ({"until": "12.8"}, "12.10", False),
        ({"since": "12.4", "until": "12.8"}, "12.5", True),
        ({}, "12.0", True),
        ({"since": "12.4"}, None, True),
    ],
)
def test_a_parameter_is_there_from_its_first_to_its_last_version(versions, version, has):
    its = bootorder(**versions)

    assert (its.parameter("bootorder", version) is not None) is has
    assert ("bootorder" in flavours.lacking(its, version)) is not has


@pytest.mark.parametrize(
    ("versions", "version", "which"),
    [
        ({"since": "12.4"}, "12.3", "12.4 and later"),
        ({"until": "12.8"}, "12.9", "12.8 and earlier"),
        ({"since": "12.4", "until": "12.8"}, "12.9", "12.4 to 12.8"),
    ],
)
def test_another_version_of_the_same_family_that_has_it_is_named(versions, version, which):
    message = refused(bootorder(**versions), Domain("209", bootorder=10), version)

    assert message.endswith(f"vzctl {version} has no parameter for it: only {which} have one")


def test_what_the_document_does_not_say_is_no_reason_to_refuse_it():
    flavours.check(Domain("209", memory=524288, pci=()), family("bootorder", "pci"))


@pytest.mark.parametrize(("field", "line"), [("memory", 3), ("capabilities", 4), ("bootorder", 6), ("features", 7)])
def test_the_line_is_told_where_the_document_was_read_for_this_vzctl(field, line):
    its = family(field)
    read = codec.parse(DOCUMENT, refused=lambda one: flavours.refused(one, its, "12.1"))

    message = refused(its, read.domain, "12.1", unwritable=read.unwritable)
    assert message.startswith(f"line {line}, column ")
    assert "vzctl 12.1 has no parameter for it" in message


def test_of_several_elements_that_say_a_field_the_first_is_named():
    its, another = family("features"), "    <openvz:features name='ppp' state='on'/>\n  </metadata>"
    read = codec.parse(DOCUMENT.replace("  </metadata>", another), refused=lambda one: flavours.refused(one, its))

    assert refused(its, read.domain, unwritable=read.unwritable).startswith("line 7, ")


def test_a_family_is_known_by_what_its_vzctl_says():
    assert flavours.of("vzctl version 4.11.1-3.ga3f732ef") is LEGACY
    assert LEGACY.version("vzctl version 4.8") == "4.8"
    assert flavours.of("vzctl v.9.0.1") is flavours.of("vzctl v.7.0.180") is SEVEN
    assert SEVEN.version("vzctl v.8.0.10") == "8.0.10"
    assert flavours.of("vzctl v.7.0.179") is None


def test_a_family_may_spell_values_in_its_own_way():
    own = Parameter("bootorder", "boot-order", "BOOTORDER", "file", kind=Text())

    assert isinstance(own.kind, Text)
    assert isinstance(replace(LEGACY.parameters["bootorder"]).kind, Count)


def test_a_plan_is_refused_before_anything_is_made_of_it():
    context = plan.Context(flavour=bootorder(since="12.4"), version="12.3")

    with pytest.raises(errors.DocumentError, match="vzctl 12.3 has no parameter for it"):
        plan.make(Domain("209", bootorder=10), None, Ctid("209"), context)
    assert plan.make(Domain("209", bootorder=10), None, Ctid("209"), replace(context, version="12.4")).calls


@pytest.mark.parametrize("its", flavours.FLAVOURS, ids=lambda its: its.family)
@pytest.mark.parametrize(
    ("part", "protocol"),
    [
        ("spelling", flavour.Spelling),
        ("reading", flavour.Reading),
        ("listing", flavour.Listing),
        ("places", flavour.Places),
        ("pairs", flavour.Pairs),
        ("typed", flavour.Typed),
    ],
)
def test_a_family_has_all_that_the_protocols_ask_for(its, part, protocol):
    wanted = {*protocol.__annotations__, *(name for name, one in vars(protocol).items() if inspect.isfunction(one))}
    wanted = {name for name in wanted if not name.startswith("_")}

    assert {name for name in wanted if not hasattr(getattr(its, part), name)} == set()
    for name in wanted - set(protocol.__annotations__):
        promised = list(inspect.signature(getattr(protocol, name)).parameters)[1:]
        assert list(inspect.signature(getattr(getattr(its, part), name)).parameters) == promised


# families by name


@pytest.mark.parametrize(
    ("word", "its", "version"),
    [
        ("4", LEGACY, "4"),
        (7, SEVEN, "7"),
        ("8", SEVEN, "8"),
        ("9", SEVEN, "9"),
        (9.0, SEVEN, "9.0"),
        ("9.0.1", SEVEN, "9.0.1"),
        ("7.0.180", SEVEN, "7.0.180"),
        ("4.11.1-3.ga3f732ef", LEGACY, "4.11.1-3.ga3f732ef"),
        ("4.x", LEGACY, None),
        ("openvz legacy", LEGACY, None),
        ("Virtuozzo 7 to 9", SEVEN, None),
    ],
)
def test_a_family_is_known_by_a_number_a_version_or_its_name(word, its, version):
    assert flavours.named(word) == (its, version)


@pytest.mark.parametrize("word", ["", "10", "5", "vzctl", "7.0.179", "9.0.1; reboot", "4.."])
def test_another_word_is_refused_with_those_that_are_known(word):
    with pytest.raises(errors.ArgumentError, match="is not a family of vzctl; use 4, 7, 8, 9, a version such as 9.0.1"):
        flavours.named(word)


@pytest.mark.parametrize(("word", "lacks"), [("7", False), ("8", False), ("9", True), ("8.0.26", True)])
def test_one_number_means_any_of_its_releases(word, lacks):
    assert ("netfilter" in flavours.lacking(*flavours.named(word))) is lacks
    assert "memguarantee" not in flavours.lacking(*flavours.named("7"))  # 7.0.85 and later


UUID = "7d1a5a2e-9c55-4c3f-8a3e-0f4b8f3d1101"


@pytest.mark.parametrize("spelled", [UUID, UUID.upper(), f"{{{UUID}}}", UUID.replace("-", "")])
def test_a_uuid_is_a_ctid_of_vzctl_7_and_none_of_4(spelled):
    metadata = f"<metadata xmlns:openvz='{codec.NAMESPACE}'><openvz:ctid>{spelled}</openvz:ctid></metadata>"
    text = f"<domain type='openvz'><name>web01</name>{metadata}</domain>"

    assert codec.parse(text).domain.stated_ctid == Ctid(UUID)
    assert codec.parse(text, refused=flavours.refusing(SEVEN)).unwritable == {}
    assert codec.parse(text, refused=flavours.refusing(LEGACY)).refused == {"ctid"}


@pytest.mark.parametrize(("gib", "its"), [(3, SEVEN), (1, LEGACY)])
def test_a_speed_is_taken_up_to_the_end_of_the_family(gib, its):
    assert list(flavours.refused(Domain("209", iolimit=gib * 1024**3), its)) == []


def test_a_speed_that_a_family_does_not_take_is_refused_where_it_would_be_set():
    domain = Domain("209", iolimit=3 * 1024**3)

    assert "takes less than 2 GiB per second (Virtuozzo 7 to 9 takes less than 4 GiB)" in refused(LEGACY, domain)
    assert "takes less than 2 GiB" in refused(LEGACY, domain, to_set={"iolimit"})
    flavours.check(domain, LEGACY, to_set={"memory"})


INSIDE = f"""<domain type='openvz'>
  <name>209</name>
  <metadata xmlns:openvz='{codec.NAMESPACE}'><openvz:numnetif limit='4'/></metadata>
  <devices>
    <interface type='bridge'>
      <source bridge='br0'/>
      <ip address='10.0.0.5' prefix='24'/>
      <route gateway='10.0.0.1'/>
    </interface>
  </devices>
</domain>"""


def test_what_is_inside_a_veth_pair_is_refused_with_its_line_and_who_can():
    read = codec.parse(INSIDE, refused=flavours.refusing(LEGACY, "4.11.1"))

    assert read.refused == {"numnetif", "interfaces.addresses", "interfaces.gateway"}
    with pytest.raises(errors.DocumentError) as caught:
        codec.check(read)
    assert str(caught.value) == (
        "line 3, column 69 domain/metadata/openvz:numnetif: vzctl 4.11.1 has no parameter for it "
        "(Virtuozzo 7 to 9 has); "
        "line 7, column 7 domain/devices/interface/ip: vzctl 4.11.1 sets no address inside a veth pair "
        "(Virtuozzo 7 to 9 can); routed addresses are <interface type='ethernet'><ip address='192.0.2.4'/></interface>"
        ", and others are set inside the container; "
        "line 8, column 7 domain/devices/interface/route: vzctl 4.11.1 sets no gateway inside a veth pair "
        "(Virtuozzo 7 to 9 can)"
    )
    assert codec.parse(INSIDE, refused=flavours.refusing(SEVEN, "9.0.1")).refused == set()
