"""
What a hostile value, name, option, entry or file can do through the modules: nothing is run, nothing leaves its place.

The simulated vzctl runs its scripts with a simulated shell; the canary would be touched by a real one on the way.
"""

import json
import os
import re

import pytest
import salt.payload
from families import BOTH, FAMILIES, FOUR, SEVEN
from salt.exceptions import CommandExecutionError, SaltException, SaltInvocationError
from vzdomain import errors
from vzdomain.document import codec, entries
from vzdomain.flavours import FLAVOURS
from vzdomain.flavours.legacy.parameters import TABLE
from vzdomain.model import fields
from vzdomain.model.domain import Domain

CANARY = "/tmp/openvz-canary"
EVIL = [
    "-x",
    "--help",
    "--private=/etc",
    "a\nNAME=x",
    "a\rb",
    'a"b',
    "a'b",
    "a\\",
    f"`touch {CANARY}`",
    f"$(touch {CANARY})",
    "$VEID",
    "${VEID}",
    f"; touch {CANARY};",
    f"| touch {CANARY}",
    "a\0b",
    "\ud800",
    "\udcff",
    "\u202egnp",
    "a\u200bb",
    "\x1b[31m",
    "x" * 10_000,
    "../../../../etc/passwd",
    "/etc/../etc/passwd",
    ".",
    "..",
    f"fe80::1%$(touch {CANARY})",
]
IDS = [ascii(text[:20]) for text in EVIL]
OURS = (CommandExecutionError, SaltInvocationError)
STRINGS = [row for row in fields.FIELDS if row.kind.form in ("text", "list", "map") and row.name != "ctid"]
SHELL = set('"\\`$\n\r\0')


@pytest.fixture(autouse=True)
def nothing_happens_elsewhere(node):
    """Whatever a test does: no canary, and nothing new or gone beside the node or in its etc but its own files."""
    parent = node.directory.parent
    before = _beside(parent)
    yield
    assert not os.path.exists(CANARY)
    assert _beside(parent) == before
    for argv in node.calls():
        assert not any(SHELL & set(word.replace("${VEID}", "").replace("$VEID", "")) for word in argv[2:]), argv


def _beside(parent):
    return sorted(path.name for path in parent.iterdir())


@pytest.fixture
def container(node, once):
    """A container that Salt manages."""

    def make():
        node.vzctl("create", 310, "--ostemplate", "debian-12-x86_64")
        path = node.conf_path(310)
        path.write_text(path.read_text() + "#SALT-OPENVZ: managed 310 hn1\n")

    once("managed", make)
    return 310


def with_value(row, text):
    """The domain that says `text` in a field."""
    if row.name == "name":
        return Domain(text, ctid=310)
    value = {"list": (text,), "map": ((text, text),)}.get(row.kind.form, text)
    return Domain("310", **{row.name: value})


def rendered(row, text):
    try:
        return codec.render(with_value(row, text))
    except (errors.OpenVZError, ValueError, TypeError, KeyError):
        return None  # no document can say it


def one_sentence(error):
    assert "\n" not in str(error) and "Traceback" not in str(error) and len(str(error)) < 2500, error
    str(error).encode()


@BOTH
@pytest.mark.parametrize("row", STRINGS, ids=lambda row: row.name)
def test_a_document_with_a_hostile_value_is_refused_or_read_back_equal(openvz, node, container, row):
    for xml in filter(None, (rendered(row, text) for text in EVIL)):
        try:
            result = openvz.define(xml=xml)
        except OURS as err:
            one_sentence(err)
            continue
        said, live = codec.parse(xml).domain, codec.parse(openvz.get_xml(310, networks=False)).domain
        salt.payload.dumps(result)
        if result["changes"]:
            assert row.kind.same(getattr(said, row.name), getattr(live, row.name))


@BOTH
@pytest.mark.parametrize("text", EVIL, ids=IDS)
def test_a_hostile_argument_is_refused_or_is_one_word_of_the_command(openvz, node, container, family, text):
    known = dict(zip(FAMILIES, FLAVOURS, strict=True))[family].set
    for option in ("description", "nameserver", "private", "features", "netif_add"):
        for function, who in ((openvz.set, 310), (openvz.create, 311)):
            try:
                function(who, **{option: text})
            except OURS as err:
                one_sentence(err)

    for argv in node.calls("set") + node.calls("create"):
        assert argv[1] in ("310", "311") and argv[2][2:] in known
        assert argv[3] == text and argv[4:] in ([], ["--save"])


@BOTH
@pytest.mark.parametrize("word", ["ipadd; x", "-x", "--ipadd", "userpasswd", "force", "skiplock", "quiet", ""])
def test_only_words_of_the_table_are_options(openvz, node, container, word):
    for function, who in ((openvz.set, 310), (openvz.create, 311)):
        with pytest.raises(CommandExecutionError, match="is not an option here"):
            function(who, **{word: "x"})

    assert node.calls() == []


VERBS = "start stop restart suspend resume destroy adopt set exec get_xml status info".split()
LOOKS = [
    *((FOUR, verb) for verb in VERBS),
    *((SEVEN, verb) for verb in ("destroy", "set", "status")),
]  # some seconds each


@pytest.mark.parametrize(("family", "verb"), LOOKS)
def test_a_hostile_name_means_no_container(openvz, node, container, verb):
    more = {"set": {"cpus": 2}}.get(verb, {})
    arguments = ["true"] if verb == "exec" else []

    for text in EVIL if verb != "status" else []:
        with pytest.raises(OURS) as caught:
            getattr(openvz, verb)(text, *arguments, **more)
        one_sentence(caught.value)

    assert {openvz.status(text) for text in EVIL} == {"absent"}
    assert node.calls() == []


@BOTH
@pytest.mark.parametrize("text", EVIL, ids=IDS)
def test_a_command_in_a_container_is_an_argument_vector_or_refused(openvz, node, container, text):
    node.vzctl("start", 310)
    node.forget_calls()

    try:
        openvz.exec(310, "echo", text)
    except OURS as err:
        one_sentence(err)
        assert "NUL or an invalid character" in str(err)
        assert node.calls() == []
    else:
        assert node.calls("exec3") == [["exec3", "310", "echo", text]]
    node.forget_calls()  # what a command may be is for its author to say


@BOTH
def test_a_hostile_user_gets_no_password(openvz, node, container):
    node.vzctl("start", 310)
    node.forget_calls()

    for text in EVIL:
        with pytest.raises(OURS) as caught:
            openvz.set_password(310, text, "openvz:passwords:web01")
        one_sentence(caught.value)

    assert [argv for argv in node.calls() if argv[2:] != ["cat", "/etc/shadow"]] == []


@pytest.mark.parametrize("text", EVIL, ids=IDS)
def test_a_hostile_source_or_engine_is_one_sentence(openvz, node, text):
    for arguments in (
        {"source": text},
        {"source": f"salt://{text}"},
        {"source": "salt://x", "template": text},
        {"source": "salt://x", "saltenv": text},
        {"pillar_key": text},
    ):
        try:
            openvz.define(**arguments)
        except SaltException as err:
            one_sentence(err)
        else:
            pytest.fail(f"{arguments} is a document")

    assert node.calls() == []


def test_a_source_outside_of_the_file_roots_is_none(openvz, salt_home):
    (salt_home / "outside.xml").write_text("<domain type='openvz'><name>666</name></domain>")

    for path in ("../outside.xml", "x/../../outside.xml", "/../outside.xml"):
        with pytest.raises(CommandExecutionError):
            openvz.validate(source=f"salt://{path}")


@pytest.mark.parametrize("key", ["xml", "source", "template", "saltenv", "name", "state", "protected", "adopt", "x"])
def test_a_hostile_value_of_an_entry_is_kept_as_text_or_refused(key):
    for text in EVIL:
        try:
            entry = entries.read(text, {"state": "absent", key: text})
        except errors.DocumentError as err:
            one_sentence(err)
        else:
            assert getattr(entry, key) == text


@pytest.fixture
def managed(loaders, state_files):
    """The state over all of a pillar."""

    def run(domains):
        (state_files / "all.sls").write_text(json.dumps({"all": {"openvz.managed": []}}))
        return next(iter(loaders.modules.state.sls("all", pillar={"openvz": {"domains": domains}})))

    return run


@BOTH
def test_hostile_entries_fail_alone_and_are_reported_in_one_line_each(managed, node, container):
    texts = [text for text in EVIL if not re.search("[\ud800-\udfff]", text)]  # Salt itself cannot carry those
    hostile = {text: {"state": "stopped", "name": text} for text in texts}
    hostile |= {f"source {text}": {"source": f"salt://{text}", "template": text} for text in texts}

    ret = managed({**hostile, "310": {"state": "running"}})

    assert ret.result is False
    assert set(ret.changes) == {"310"}
    assert "\x1b" not in ret.comment and "\0" not in ret.comment and "\u202e" not in ret.comment
    assert node.calls() == [["start", "310"]]


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: os.symlink("/dev/zero", path)], ids=["pipe", "device"])
def test_a_document_in_a_file_that_never_ends_is_refused(openvz, tmp_path, make):
    make(tmp_path / "web.xml")

    with pytest.raises(CommandExecutionError, match="web.xml cannot be read: it is not a regular file"):
        openvz.define_xml_path(str(tmp_path / "web.xml"))


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize("template", [None, "jinja", "py"])
def test_a_source_that_is_a_pipe_is_refused(openvz, tmp_path, scheme, template):
    os.mkfifo(tmp_path / "web.xml")

    with pytest.raises(CommandExecutionError, match="web.xml cannot be read: it is not a regular file"):
        openvz.validate(source=f"{scheme}{tmp_path}/web.xml", template=template)


def test_a_template_that_does_not_parse_is_one_sentence(openvz, tmp_path):
    (tmp_path / "web.py").write_text("def run(:\n")

    with pytest.raises(CommandExecutionError, match="web.py cannot be rendered: ") as caught:
        openvz.validate(source=str(tmp_path / "web.py"), template="py")
    one_sentence(caught.value)


@pytest.mark.parametrize("path", [5, True, None, ["/x"], "/a\0b", "/\ud800", "x" * 5000, ""], ids=ascii)
def test_a_path_of_a_document_is_text_and_no_file_that_the_minion_has_open(openvz, path):
    opened = os.open(os.devnull, os.O_RDONLY)

    with pytest.raises(OURS):
        openvz.define_xml_path(opened if path == 5 else path)

    os.close(opened)  # it still is open


@pytest.mark.parametrize("key", [5, None, "", ":", ["a"], "a" * 10_000, "\x1b"], ids=ascii)
def test_a_key_that_the_pillar_has_not_is_one_sentence(openvz, node, key):
    for ask in (openvz.drift, openvz.plan, openvz.apply, openvz.purge):
        with pytest.raises(OURS) as caught:
            ask(key=key)
        one_sentence(caught.value)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "\u202e", "x" * 10_000], ids=ascii)
def test_a_hostile_word_for_an_option_is_refused_in_one_sentence(openvz, node, container, name):
    for function, who in ((openvz.set, 310), (openvz.create, 311), (openvz.create, name)):
        with pytest.raises(OURS) as caught:
            function(who, **{name: "x"})
        one_sentence(caught.value)
        assert not set("\x1b\u202e") & set(str(caught.value))


@BOTH
def test_only_digits_of_ascii_are_a_ctid(openvz, container):
    assert openvz.status("310") == "stopped"
    assert openvz.status("\u0663\u0661\u0660") == "absent"


@pytest.mark.parametrize(("said", "heard"), [(5, "5"), (True, "True"), ("a\0b", "a\0b"), ("", "")])
def test_standard_input_is_text_whatever_yaml_made_of_it(openvz, container, said, heard):
    openvz.start(container)

    assert openvz.exec(container, "cat", stdin=said)["stdout"] == heard


def test_a_time_limit_is_a_number(openvz, container):
    openvz.start(container)

    assert openvz.exec(container, "echo", "x", timeout="5")["stdout"] == "x\n"
    for timeout in ("x", "nan", [], {}):
        with pytest.raises(SaltInvocationError, match="timeout must be a number"):
            openvz.exec(container, "true", timeout=timeout)


def test_whatever_bytes_a_file_has_what_salt_returns_can_be_sent_and_has_no_escapes(openvz, node, container):
    evil = b"\xff\x1b[31m\xe2\x80\xae$(x)`"
    lines = [row.key.encode() + b'="' + evil + b'"\n' for row in TABLE if row.key and row.key != "VE_PRIVATE"]
    node.conf_path(310).write_bytes(b"".join(lines) + b"#TITLE: " + evil + b"\n#UUID: " + evil + b"\n")

    cache = node.directory / "vz/template/cache"
    (cache / os.fsdecode(b"\xff.tar.gz")).touch()
    for ask in (openvz.info, openvz.list, openvz.state, openvz.dump, openvz.doctor, openvz.node_info):
        salt.payload.loads(salt.payload.dumps(ask()))

    assert "\x1b" not in openvz.get_xml(310) and "\x1b" not in openvz.dump()


# What drives a terminal or turns writing: C1, marks and overrides of direction, isolates, separators.
TURNING = "\x9b\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"


def all_text(said):
    """Every text of a return."""
    if isinstance(said, dict):
        return "".join(map(all_text, [*said, *said.values()]))
    return "".join(map(all_text, said)) if isinstance(said, (list, tuple)) else said if isinstance(said, str) else ""


@BOTH
def test_nothing_that_turns_writing_is_returned_and_a_document_still_says_it(
    openvz, loaders, monkeypatch, node, container
):
    with open(node.conf_path(310), "a") as stream:
        stream.write(f'DESCRIPTION="a{TURNING}b"\nHOSTNAME="h{TURNING}"\nNAMESERVER="{TURNING}"\n')
    xml = openvz.get_xml(310)
    document = "<domain type='openvz'><name>310</name><description>plain</description></domain>"
    monkeypatch.setitem(loaders.modules.pack["__pillar__"]["openvz"], "domains", {"310": document})

    for said in (
        openvz.info(),
        openvz.list(),
        xml,
        openvz.dump(),
        openvz.dump(data=True),
        openvz.drift(all=True),
        openvz.plan(),
        openvz.diff(xml=document, adopt=True),
        openvz.define(xml=document, adopt=True, test=True),
        openvz.doctor(),
        openvz.explain(xml=xml),
        openvz.set(310, description="plain", hostname="plain"),
        openvz.destroy(310, force=True, test=True),
    ):
        assert not set(TURNING) & set(all_text(said)), said

    assert f"a{TURNING}b" == codec.parse(xml).domain.description
