"""
Hostile numbers: generated documents and configuration files against all that reads them.

A hundred of each here; ``make fuzz`` asks for more. Only the slow schemas get a fifth of it.
"""

import string

import strategies
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library import container
from vzdomain import errors
from vzdomain.document import codec, schema
from vzdomain.flavours import LEGACY
from vzdomain.flavours.legacy import ctconf
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.model import fields
from vzdomain.model.ctid import Ctid
from vzdomain.model.domain import Domain
from vzdomain.model.kinds import scalars
from vzdomain.planning import plan
from vzdomain.reports import doctor, explain

MANY = settings(suppress_health_check=list(HealthCheck))
OPENVZ = "https://openvz.org/schemas/domain/salt/1"

# words that have hurt somebody

EVIL = [
    "", "-", "--", "--help", "-1", "0", "00", "\u0663", "9" * 41, "9" * 5000, "1e999", "nan", "-inf", "0x10", "1_000",
    "../..", "/", "/etc/shadow", ".", "a\nb", 'a"b', "a'b", "a`b", "$(touch x)", "$VEID", "${VEID}$VEID", ";", "|", "&",
    "\\", "%s%n", "{0}", "\u202e", "\u200b", "\ufeff", "\x7f", "\u2028", "]]>", "&amp;", "&#0;", "<!--", "a" * 10_000,
    "inherit", "all", "unlimited", "none", "on", "yes", "fe80::1%$(x)", "::", "0.0.0.0/0", "1.2.3.4/99", "00:00:00:00",
    "c:7:0", "b:all:all", "/dev/../etc", "urn:\u20ac",
]  # fmt: skip
evil = st.sampled_from(EVIL)
raw_text = st.text(st.characters(codec=None), max_size=60) | st.text(string.printable, max_size=60)
tags = st.sampled_from(
    """
    domain name uuid title description metadata memory currentMemory memtune hard_limit soft_limit swap_hard_limit
    min_guarantee vcpu cputune shares period quota numatune blkiotune weight features capabilities net_admin os type
    init devices filesystem source target space_hard_limit space_soft_limit interface mac ip host guest link route
    hostdev char console clock on_crash emulator quota x:y a:b xi:include
    """.split()
) | st.sampled_from([f"openvz:{row.tag}" for row in fields.FIELDS if row.tag] + ["openvz:ifname"])
attributes = st.sampled_from(
    """
    type id name dev dir bridge network address family prefix unit soft hard barrier limit state access policy mode
    cpuset nodeset class size format offset driver host_mac mac_filter portid model xml:lang xmlns xmlns:a openvz:x
    """.split()
)
values = evil | raw_text | st.sampled_from(["openvz", "bridge", "network", "ethernet", "route", "mount", "template"])


def _escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")


@st.composite
def elements(draw, depth=0):
    """One element by a grammar of our words; what is in it is anything."""
    tag = draw(tags)
    said = draw(st.dictionaries(attributes, values, max_size=3))
    shown = "".join(f" {name}='{_escaped(value)}'" for name, value in said.items())
    inside = _escaped(draw(values))
    if depth < 3:
        inside = "".join(draw(st.lists(elements(depth=depth + 1), max_size=3))) or inside
    return f"<{tag}{shown}>{inside}</{tag}>"


grown = st.lists(elements(), max_size=5).map(
    lambda inner: f"<domain type='openvz' xmlns:openvz='{OPENVZ}'><name>209</name>{''.join(inner)}</domain>"
)
written = st.builds(codec.render, strategies.domains(), st.sampled_from(codec.DIALECTS))


@st.composite
def mutated(draw, texts):
    """A good text with a few pieces cut out, doubled, swapped or replaced."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 30)))
        piece = draw(evil | st.just("") | st.just(text[start:end] * 2) | st.sampled_from(list("<>'\"=/&;!?[]\0\n")))
        text = text[:start] + piece + text[end:]
    return text


documents = mutated(written) | grown | mutated(grown) | written | raw_text
lines = st.builds(
    "{}{}{}".format,
    st.sampled_from([row.key for row in TABLE if row.key] + ["#UUID: ", "#TITLE:", "#SALT-OPENVZ:", "VE_ROOT"]),
    st.sampled_from(["=", '="', " = ", "='", ""]),
    st.builds(str.__add__, values, st.sampled_from(["", '"', "\\", '" # x', "\r", "\0"])),
)
files = mutated(strategies.configuration_files) | st.lists(lines, max_size=12).map("\n".join) | raw_text
data = st.binary(max_size=200).map(lambda said: said.decode("utf-8", "surrogateescape"))


def refused(function, text, **how):
    """What a function makes of a document, or its error, which is ours and says where."""
    try:
        return function(text, **how)
    except errors.DocumentError as err:
        assert err.line is not None or err.path or isinstance(err, errors.UnsafeDocumentError), repr(err)
        assert "\n" not in str(err) and len(str(err)) < 2000
        return None


@MANY
@given(text=documents, strict=st.booleans())
def test_any_document_is_read_or_refused_with_its_place(text, strict):
    document = refused(codec.parse, text, strict=strict)

    if document:
        for dialect in codec.DIALECTS:
            again = codec.parse(codec.render(document.domain, dialect), strict=True)
            assert again.domain == document.domain


@settings(MANY, max_examples=max(100, MANY.max_examples // 5))
@given(text=documents)
def test_any_document_is_explained_and_held_against_the_schemas_or_refused_with_its_place(text):
    refused(lambda one: explain.explain(one, LEGACY), text)
    refused(schema.check, text)


@MANY
@given(text=files | data)
def test_any_configuration_file_is_read(text):
    conf = ctconf.parse(text)
    domain = ctconf.domain(conf, "209")

    ctconf.network(conf)
    list(doctor.lines._unread(LEGACY, text))
    for row in fields.FIELDS:
        row.show(getattr(domain, row.name)) if row.name != "interfaces" else None


@MANY
@given(text=files | data)
def test_any_configuration_file_has_a_document_that_is_read_or_refused_with_its_place(text):
    domain = ctconf.domain(ctconf.parse(text), "209")

    for dialect in codec.DIALECTS:
        refused(codec.parse, codec.render(domain, dialect))


@MANY
@given(text=files | data)
def test_our_comments_go_into_any_file_and_every_other_line_stays(text):
    marked = ctconf.with_comments(text, **{ctconf.MARK: ctconf.mark("209", "hn1")})
    again = ctconf.with_comments(marked, **{ctconf.MARK: None})

    assert ctconf.parse(marked).is_marked("209", "hn1")
    assert ctconf.parse(marked).values == ctconf.parse(text).values
    assert set(again.split("\n")) <= set(text.split("\n")) | {""}


@MANY
@given(document=documents, text=files)
def test_a_plan_from_any_document_to_any_file_is_made_or_refused_and_has_clean_arguments(document, text):
    found = refused(codec.parse, document)
    live = ctconf.domain(ctconf.parse(text), "209")
    if not found:
        return
    bridges = {one.network: "br0" for one in found.domain.interfaces or ()}
    given_ = plan.Context(
        LEGACY, bridges=bridges, node_id="n", sample=Domain("0"), adopt=True, unwritable=found.unwritable
    )

    try:
        made = plan.make(found.domain, _container(live), Ctid("209"), given_)
    except errors.OpenVZError:
        return

    for argument in (argument for step in made.calls for argument in step.argv):
        assert not scalars._NOT_XML.search(argument)
        assert not set(argument.replace("${VEID}", "").replace("$VEID", "")) & set('"\\`$\n')


def _container(domain):
    fields = {name: value for name, value in vars(domain).items() if name not in ("name", "ctid")}
    return container(**fields)
