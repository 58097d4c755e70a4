"""Templates of a node: listed, and fetched from salt:// or a URL before containers are made of them."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading

import pytest
from families import BOTH, SEVEN
from salt.exceptions import CommandExecutionError, SaltInvocationError

NAME = "alma-9-x86_64"
DOCUMENT = f"""\
<domain type='openvz'>
  <name>web01</name>
  <memory unit='MiB'>512</memory>
  <devices><filesystem type='template'><source name='{NAME}'/></filesystem></devices>
</domain>
"""


def archive(*names, hard_link=None):
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name in names:
            tar.addfile(tarfile.TarInfo(name))
        if hard_link:
            link = tarfile.TarInfo("etc/link")
            link.type, link.linkname = tarfile.LNKTYPE, hard_link
            tar.addfile(link)
    return made.getvalue()


GOOD = archive("etc/os-release", "sbin/init")
WRONG_CRC = GOOD[:-8] + bytes(4) + GOOD[-4:]
SUM = f"sha256={hashlib.sha256(GOOD).hexdigest()}"


@pytest.fixture
def cache(node):
    return node.directory / "vz/template/cache"


class Handler(http.server.SimpleHTTPRequestHandler):
    """Notes what it is asked for."""

    asked = []

    def do_GET(self):
        self.asked.append(self.path)
        super().do_GET()

    def log_message(self, *args):
        pass


@pytest.fixture
def web(tmp_path):
    """A web server; yields its directory and its address."""
    Handler.asked.clear()
    place = tmp_path / "www"
    place.mkdir()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=place))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield place, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def said(loaders, monkeypatch):
    """``said(source, hash)`` lets the pillar say where the template comes from, and what containers there are."""

    def say(source, source_hash=None):
        pillar = loaders.modules.pack["__pillar__"]["openvz"]
        value = {"source": source, **({"source_hash": source_hash} if source_hash else {})}
        monkeypatch.setitem(pillar, "templates", {NAME: value})
        monkeypatch.setitem(pillar, "domains", {"web": DOCUMENT})

    return say


@pytest.mark.salt_api
@BOTH
def test_templates_are_listed_with_their_containers_and_what_the_pillar_lacks(openvz, node, said):
    said("salt://alma.tar.gz")
    openvz.create(201, ostemplate="debian-12-x86_64")

    found = openvz.templates()

    (name,) = [name for name in found["templates"] if name.startswith("debian-12")]
    assert found["templates"][name]["size_bytes"] >= 0
    assert found["templates"][name]["date"].endswith("Z")
    assert found["templates"][name]["containers"] == ["201"]
    assert found["missing"] == {NAME: ["web"]}


def test_a_template_that_the_pillar_knows_is_fetched_before_its_container_is_made(openvz, cache, said, web):
    place, address = web
    (place / f"{NAME}.tar.gz").write_bytes(GOOD)
    said(f"{address}/{NAME}.tar.gz", SUM)

    dry = openvz.apply(test=True)
    assert f"it is fetched from {address}/{NAME}.tar.gz first" in str(dry["containers"]["web"]["warnings"])
    assert not list(cache.glob(f"*{NAME}*"))

    assert openvz.apply()["containers"]["web"]["changes"]
    assert (cache / f"{NAME}.tar.gz").read_bytes() == GOOD
    assert (cache / f"{NAME}.tar.gz").stat().st_mode & 0o777 == 0o644
    assert openvz.fetch_template(NAME)["changes"] == {}


@pytest.mark.salt_api
def test_the_state_fetches_from_the_file_roots_once(states, cache, state_files):
    (state_files / "alma.tar.gz").write_bytes(GOOD)
    how = {"source": "salt://alma.tar.gz"}

    tried = states.template_present(NAME, **how, test=True)
    assert (tried.result, list(cache.glob("*alma*"))) == (None, [])
    assert states.template_present(NAME, **how).changes["template"]["new"] == NAME
    assert (cache / f"{NAME}.tar.gz").read_bytes() == GOOD
    assert states.template_present(NAME, **how).changes == {}


@pytest.mark.parametrize(
    ("content", "checksum", "sentence"),
    [
        (GOOD, f"sha256={'0' * 64}", "another checksum"),
        (WRONG_CRC, None, "is damaged, or not an archive"),
        (archive("etc/passwd", hard_link="/etc/shadow"), None, "contains the path /etc/shadow"),
        (archive("etc/passwd", hard_link="../../etc/shadow"), None, "contains the path ../../etc/shadow"),
        (GOOD[:-20], None, "is damaged, or not an archive"),
        (b"<html>moved</html>", None, "is damaged, or not an archive"),
        (archive("etc/passwd", "../../outside"), None, "contains the path ../../outside"),
        (archive("/etc/passwd"), None, "contains the path /etc/passwd"),
    ],
    ids=["checksum", "crc", "link", "link-up", "cut", "page", "up", "absolute"],
)
def test_what_is_not_the_template_never_stands_under_its_name(openvz, cache, said, web, content, checksum, sentence):
    place, address = web
    (place / f"{NAME}.tar.gz").write_bytes(content)
    said(f"{address}/{NAME}.tar.gz", checksum or f"sha256={hashlib.sha256(content).hexdigest()}")

    with pytest.raises(CommandExecutionError, match=sentence):
        openvz.apply()

    assert not list(cache.glob(f"*{NAME}*")), "neither whole nor in part"
    assert "web01" not in openvz.list()


def test_a_server_without_the_file_is_one_sentence_without_the_password(openvz, said, web):
    said(web[1].replace("http://", "http://user:hunter2@") + f"/{NAME}.tar.gz", SUM)

    with pytest.raises(CommandExecutionError) as caught:
        openvz.apply()

    assert f"template {NAME} cannot be fetched from {web[1]}/{NAME}.tar.gz" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_file_of_this_node_with_another_checksum_stays_where_it_is(openvz, cache, said, tmp_path, scheme):
    mine = tmp_path / "mine.tar.gz"
    mine.write_bytes(GOOD)

    with pytest.raises(CommandExecutionError, match="another checksum"):
        openvz.fetch_template(NAME, f"{scheme}{mine}", f"sha256={'0' * 64}")

    assert mine.read_bytes() == GOOD
    assert not list(cache.glob(f"*{NAME}*"))


def test_four_workers_fetch_a_template_once_and_one_that_is_not_there_fails_its_own_container(
    openvz, said, loaders, monkeypatch, web
):
    place, address = web
    (place / f"{NAME}.tar.gz").write_bytes(GOOD)
    said(f"{address}/{NAME}.tar.gz", SUM)
    pillar = loaders.modules.pack["__pillar__"]["openvz"]
    pillar["templates"]["gone-9-x86_64"] = {"source": f"{address}/gone.tar.gz", "source_hash": SUM}
    documents = {f"web{number}": DOCUMENT.replace("web01", f"web0{number}") for number in range(1, 5)}
    gone = DOCUMENT.replace("web01", "web05").replace(NAME, "gone-9-x86_64")
    monkeypatch.setitem(pillar, "domains", {**documents, "web5": gone})

    with pytest.raises(CommandExecutionError, match="1 of 5 containers failed: web05: template gone-9-x86_64"):
        openvz.apply(max_workers=4)

    assert sorted(openvz.list()) == ["web01", "web02", "web03", "web04"]
    assert Handler.asked.count(f"/{NAME}.tar.gz") == 1


def test_a_container_that_is_typed_gets_its_template_too(openvz, said, web):
    place, address = web
    (place / f"{NAME}.tar.gz").write_bytes(GOOD)
    said(f"{address}/{NAME}.tar.gz", SUM)

    assert "is fetched from" in str(openvz.create(201, ostemplate=NAME, test=True)["warnings"])
    assert openvz.create(201, ostemplate=NAME)["changes"]


def test_a_link_in_the_cache_that_leads_nowhere_hides_no_template(openvz, cache):
    (cache / "lost-1-x86_64.tar.gz").symlink_to("/nowhere/lost.tar.gz")

    found = openvz.templates()["templates"]

    assert found["lost-1-x86_64"]["size_bytes"] is None
    assert found["debian-12-x86_64"]["size_bytes"] > 0


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("http://x/a.tar.gz", "source_hash is missing"), ("salt://a.zip", "must end in"), (None, "give source")],
)
def test_a_source_that_cannot_be_used_is_said_before_anything_is_fetched(openvz, source, sentence):
    with pytest.raises((CommandExecutionError, SaltInvocationError), match=sentence):
        openvz.fetch_template(NAME, source)


@pytest.mark.parametrize("family", [SEVEN])
def test_vzctl_7_is_told_what_to_type_instead(openvz, node, family):
    with pytest.raises(CommandExecutionError, match="vzpkg create cache"):
        openvz.fetch_template(NAME, "salt://a.tar.gz")
