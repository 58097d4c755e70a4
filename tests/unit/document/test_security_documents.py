"""XML that means harm: refused or harmless, and no more work than its size is worth."""

import time
import tracemalloc

import pytest
from vzdomain import errors
from vzdomain.document import codec, schema
from vzdomain.flavours import LEGACY
from vzdomain.reports import explain

OPENVZ = "https://openvz.org/schemas/domain/salt/1"
HEAD = "<domain type='openvz'><name>209</name>"
BODY = f"{HEAD}</domain>"
XI = "http://www.w3.org/2001/XInclude"


def explained(text):
    return explain.explain(text, LEGACY)


def doctype(inside, body="&x;"):
    return f"<!DOCTYPE domain [{inside}]>\n<domain type='openvz'><name>209</name><title>{body}</title></domain>"


def laughs():
    steps = [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return doctype('<!ENTITY a0 "ha">' + "".join(steps), "&a9;")


BOMBS = {
    "billion laughs": laughs(),
    "quadratic": doctype(f'<!ENTITY x "{"a" * 50_000}">', "&x;" * 10_000),
    "external entity": doctype('<!ENTITY x SYSTEM "file:///etc/passwd">'),
    "remote entity": doctype('<!ENTITY x SYSTEM "http://192.0.2.1/x">'),
    "parameter entity": doctype('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;', ""),
    "attribute default": doctype('<!ATTLIST domain type CDATA "openvz">', ""),
    "external DTD": f'<!DOCTYPE domain SYSTEM "file:///etc/passwd">{BODY}',
    "public DTD": f'<!DOCTYPE domain PUBLIC "-//X//Y" "http://192.0.2.1/x.dtd">{BODY}',
    "nested": "<domain>" * 100_000,
    "elements": f"{HEAD}<metadata>{'<a/>' * 6000}</metadata></domain>",
    "flat": f"{HEAD}{'<x/>' * 100_000}</domain>",
    "namespaces": HEAD + "<metadata " + " ".join(f"xmlns:a{n}='urn:{n}'" for n in range(20_000)) + "/></domain>",
    "text": f"{HEAD}<title>{'a' * 2**21}</title></domain>",
}


@pytest.mark.parametrize("read", [codec.parse, explained, schema.check])
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_before_it_is_read(name, read):
    tracemalloc.start()

    with pytest.raises(errors.UnsafeDocumentError) as caught:
        read(BOMBS[name])

    assert tracemalloc.get_traced_memory()[1] < 20 * len(BOMBS[name]) + 4 * 2**20
    tracemalloc.stop()
    assert "root:" not in str(caught.value)


HARMLESS = {
    "XInclude": f"{HEAD}<metadata><xi:include xmlns:xi='{XI}' href='/etc/passwd' parse='text'/></metadata></domain>",
    "stylesheet": f"<?xml-stylesheet href='http://192.0.2.1/x.xsl'?>{BODY}",
    "instruction": f"{HEAD}<?php system('touch x')?></domain>",
    "declared UTF-7": f"<?xml version='1.0' encoding='UTF-7'?>{BODY}",
    "declared UTF-16": f"<?xml version='1.0' encoding='UTF-16'?>{BODY}",
    "declared nonsense": f"<?xml version='1.0' encoding='x-none'?>{BODY}",
    "mark of byte order": f"\ufeff{BODY}",
    "comment": f"<!-- <!DOCTYPE x> -->{BODY}",
    "CDATA": f"{HEAD}<metadata><a xmlns='urn:a'><![CDATA[<!DOCTYPE x>&x;]]></a></metadata></domain>",
    "schema location": BODY.replace(
        "<domain", f"<domain xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:o='{OPENVZ}'"
    ),
    "base": f"{HEAD}<metadata><a xmlns='urn:a' xml:base='file:///etc/' href='passwd'/></metadata></domain>",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_looks_harmful_and_is_not_means_nothing(name):
    document = codec.parse(HARMLESS[name])

    assert document.domain == codec.parse(BODY).domain
    assert "root:" not in codec.render(document.domain)


@pytest.mark.parametrize(
    "text",
    [
        BODY.encode("utf-16").decode("latin-1"),
        BODY.encode("utf-7").decode().replace("<", "+ADw-"),
        BODY.encode("utf-32").decode("latin-1"),
        f"\ufeff\ufeff{BODY}",
        f"\ufffe{BODY}",
        f"{HEAD}<xi:include xmlns:xi='{XI}' href='/etc/passwd'/></domain>",
        BODY.replace("<domain", "<domain xmlns='urn:x'"),
        BODY.replace("<name", "<x:name xmlns:x='urn:x'").replace("</name", "</x:name"),
        BODY.replace("<domain", "<domain xmlns='}{'"),
        f"{HEAD}<a xmlns='urn:}}x'/></domain>",
        BODY.replace("'openvz'", "'openvz' type='kvm'"),
        BODY.replace("209", "&#50;&#0;"),
        f"<?xml version='1.1'?>{BODY.replace('209', '&#x1;')}",
    ],
)
def test_what_only_pretends_to_be_a_document_is_refused_with_its_place(text):
    with pytest.raises(errors.DocumentError) as caught:
        codec.parse(text)

    assert caught.value.line is not None or caught.value.path
    assert "\n" not in str(caught.value)


def ip(number):
    return f"<ip address='10.{number // 65536}.{number // 256 % 256}.{number % 256}'/>"


WORK = {
    "addresses": lambda n: f"<devices><interface type='ethernet'>{''.join(map(ip, range(n)))}</interface></devices>",
    "bridges": lambda n: (
        "<devices>"
        + "".join(
            f"<interface type='bridge'><source bridge='b'/><guest dev='e{i}'/></interface>" for i in range(n // 3)
        )
        + "</devices>"
    ),
    "devices": lambda n: (
        f"<metadata xmlns:o='{OPENVZ}'>"
        + "".join(f"<o:devnodes name='a{i}' access='rw'/>" for i in range(n))
        + "</metadata>"
    ),
    "warnings": lambda n: (
        "<devices>"
        + "<interface type='ethernet'><mac address='02:00:00:00:00:01'/><ip address='10.0.0.1'/></interface>" * (n // 3)
        + "</devices>"
    ),
    "strangers": lambda n: f"<metadata><a xmlns='urn:a'>{'<b/>' * n}</a></metadata>",
}


def seconds(read, text):
    """The least of three: a busy machine may be late, and never early."""
    times = []
    for _ in range(3):
        start = time.process_time()
        read(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("read", [codec.parse, explained])
@pytest.mark.parametrize("name", WORK)
def test_the_work_grows_with_the_size_of_the_document(name, read):
    small, large = (f"{HEAD}{WORK[name](n)}</domain>" for n in (600, 4800))

    assert seconds(read, large) < 8 * 4 * seconds(read, small)


def test_the_warnings_of_a_large_document_are_counted_and_not_all_listed():
    document = codec.parse(f"{HEAD}{WORK['warnings'](1500)}</domain>")

    assert len(document.warnings) == 101
    assert document.warnings[-1] == "400 more warnings are not listed"
