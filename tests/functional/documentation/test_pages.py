"""No page can lie: each fenced block of each page is run, or looked at by a test that is named here."""

import re

import outside
import pages
import pytest
import salt.config
import salt.loader
import simminion
import storyteller
import yaml
from families import FOUR, SEVEN

# The pages whose files are written and whose commands are run in their order, each with the id of its minion, or with
# those of several and the families of their nodes.
STORIES = {
    "README.md": "hn1",
    "docs/explanation/not-supported.md": "hn1",
    "docs/how-to/adopt.md": {"old1": FOUR, "vz1": SEVEN},
    "docs/how-to/fleet.md": "hn1",
    "docs/how-to/install.md": "hn1",
    "docs/how-to/from-libvirt.md": {"hn1": FOUR, "vz1": SEVEN},
    "docs/how-to/inside.md": "hn1",
    "docs/how-to/limits.md": "hn1",
    "docs/how-to/passwords.md": "hn1",
    "docs/how-to/snapshots.md": {"hn1": FOUR, "vz1": SEVEN},
    "docs/how-to/troubleshoot.md": "hn1",
    "docs/how-to/upgrade.md": "hn1",
    "docs/how-to/usage.md": {"hn1": FOUR, "vz1": SEVEN},
    "docs/how-to/write-states.md": "hn1",
    "docs/explanation/vzctl-7.md": {"vz1": SEVEN},
    "docs/how-to/templates.md": "hn1",
    "docs/how-to/to-virtuozzo.md": {"hn1": FOUR, "vz1": SEVEN},
    "docs/tutorial/empty-a-node.md": {"hn1": FOUR, "hn2": FOUR, "hn3": FOUR},
    "docs/tutorial/first-container.md": "hn1",
    "docs/tutorial/web-server.md": "hn1",
    "docs/vzsim.md": "hn1",
}
# What stands on a page already there when it begins.
BEFORE = {"docs/vzsim.md": ["vzsim init DIR"]}
# Languages of blocks that a test of their own looks at, by page: (file of the test, what in it reads the page).
BY_OTHERS = {
    ("docs/how-to/networks.md", "xml"): ("test_howto_networks.py", "networks.md"),
    ("docs/how-to/networks.md", "vzctl"): ("test_howto_networks.py", "networks.md"),
    ("docs/reference/configuration.md", "yaml"): ("test_reference_pages.py", "configuration.md"),
    ("docs/reference/domain.md", "xml"): ("test_reference.py", "reference/domain.md"),
    ("docs/reference/exit-codes.md", "text"): ("test_reference_pages.py", "exit-codes.md"),
    ("docs/reference/families.md", "text"): ("test_reference_pages.py", "families.md"),
}
# Sentences of this project that a page quotes, by their first words, and the test that compares them.
QUOTED = {"an earlier run was interrupted on": ("test_howto_pages.py", "an earlier run was interrupted")}
DIRECTIVES = r"\{(toctree|eval-rst|auto\w+|image|figure|include|note|warning|tip)\}.*"  # Sphinx runs these
DRAWN = "│─┌┐└┘←→<-"
NOT_FUNCTIONS = {"conf", "sls", "rng", "md", "json", "deps", "org", "x", "py"}  # openvz.conf, openvz.deps, …


def kind(block):
    """By what a block is run or looked at, ``None`` where nothing does."""
    if (block.page, block.language) in BY_OTHERS:
        return "by a test of its own"
    if block.path or block.language == "console":
        return "story" if block.page in STORIES else commands_outside(block)
    if re.fullmatch(DIRECTIVES, block.language):
        return "by Sphinx"
    if block.language == "" and any(block.text.startswith(words) for words in QUOTED):
        return "by a test of its own"
    if block.language == "" and any(sign in block.text for sign in DRAWN):
        return "drawing"
    return None


def commands_outside(block):
    """A block of commands that are all outside needs no story."""
    lines = [] if block.path else [line for line, _ in pages.commands(block.text)]
    return "outside" if lines and all(map(outside.reason, lines)) else None


def all_blocks():
    return [block for name in pages.names() for block in pages.blocks(name)]


def blocks_to_try():
    return [pytest.param(block, id=f"{block.page}:{block.line}") for block in all_blocks()]


# every block


@pytest.mark.parametrize("block", blocks_to_try())
def test_something_runs_the_block(block):
    assert kind(block), f"nothing runs the block of {block.page} in line {block.line}:\n{block.text}"


@pytest.mark.parametrize("name", pages.names())
def test_a_page_has_no_code_outside_of_fences(name):
    before = ""
    for number, line in pages.prose(name):
        is_code = line.startswith(("    ", "\t")) and not before.strip() and not _in_list(name, number)
        assert not is_code, f"{name}:{number} is code for Markdown, and nothing runs it"
        before = line


def _in_list(name, number):
    """Whether a line with an indent goes on with an item of a list."""
    above = [line for at, line in pages.prose(name) if at < number and line.strip() and not line.startswith(" ")]
    return bool(above) and re.match(r"([-*]|\d+\.) ", above[-1]) is not None


@pytest.mark.parametrize(("place", "test"), [*BY_OTHERS.items(), *QUOTED.items()])
def test_the_test_that_is_named_reads_the_page(place, test):
    file, words = test

    (found,) = (pages.REPO / "tests").rglob(file)
    assert words in found.read_text()
    assert any(place in ((block.page, block.language), block.text[: len(place)]) for block in all_blocks())


def test_pages_of_all_kinds_are_looked_at():
    found = [kind(block) for block in all_blocks()]

    assert {"story", "by a test of its own", "drawing"} <= set(found)
    assert set(STORIES) <= set(pages.names())


# commands that are not run


def lines_outside():
    for name in pages.names():
        for block in pages.blocks(name):
            if block.language == "console":
                yield from ((name, line, shown) for line, shown in pages.commands(block.text) if outside.reason(line))


@pytest.mark.parametrize(("name", "line", "shown"), list(lines_outside()))
def test_a_command_that_is_not_run_is_looked_at_and_shows_nothing(name, line, shown):
    outside.look(line)

    assert shown.strip() == "", f"{name} shows what nobody has seen"


def test_no_reason_is_on_the_list_without_need():
    lines = [line for _, line, _ in lines_outside()]

    for pattern, _, _ in outside.LIST:
        assert any(re.fullmatch(pattern, re.sub(r"\s+#.*", "", line)) for line in lines), pattern


# stories


def commands():
    for page in STORIES:
        lines = [what for kind, what, _ in pages.parts(page) if kind == "command"]
        yield from (pytest.param(page, number, id=f"{page} {line}"[:90]) for number, line in enumerate(lines))


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The story of each page, told once."""
    stories = {}

    def tell(page):
        if page not in stories:
            stories[page] = []  # what was told before a command that cannot be run stays
            with simminion.apart():
                root = tmp_path_factory.mktemp("page")
                stories[page].extend(storyteller.tell(page, root, STORIES[page], BEFORE.get(page, ())))
        return stories[page]

    return tell


@pytest.mark.salt_api
@pytest.mark.parametrize(("page", "number"), list(commands()))
def test_a_command_shows_what_the_page_shows(told, page, number):
    story = told(page)
    assert number < len(story), "a command before this one could not be run"
    line, shown, real = story[number]

    assert pages.agrees(shown, real), f"{line} has shown:\n{real}"
    is_cut = shown.strip() == "[…]"
    assert not (is_cut and re.search("ERROR:|Result: False", real)), f"{line} failed, and the page hides it:\n{real}"


# files of Salt's configuration, and what is only said in a sentence


def configurations():
    for name in pages.names():
        found = [(path, text) for kind, path, text in pages.parts(name) if kind == "file"]
        yield from (pytest.param(path, text, id=f"{name} {path}") for path, text in found if path.startswith("/etc/"))


@pytest.mark.salt_api
@pytest.mark.parametrize(("path", "text"), list(configurations()))
def test_salt_knows_each_option_of_a_configuration_file(path, text):
    defaults = salt.config.DEFAULT_MASTER_OPTS if "master" in path else salt.config.DEFAULT_MINION_OPTS
    known = {*defaults, "openvz", "beacons", "reactor", "rawfile_json.filename"}

    assert set(yaml.safe_load(text)) <= known


def beacon_files():
    return [one for one in configurations() if "beacons:" in one.values[1]]


@pytest.mark.salt_api
@pytest.mark.parametrize(("path", "text"), beacon_files())
def test_the_beacon_takes_its_configuration(loaders, path, text):
    beacons = salt.loader.beacons({**loaders.opts, "grains": {}}, loaders.modules)

    assert beacons["openvz.validate"](yaml.safe_load(text)["beacons"]["openvz"])[0] is True


@pytest.mark.parametrize("name", pages.names())
def test_every_function_that_a_page_names_is_there(loaders, name):
    runner = re.findall(r"^def ([a-z]\w*)\(", (pages.REPO / "_runners/openvz.py").read_text(), re.MULTILINE)
    there = {*_public(loaders.modules), *_public(loaders.states), *runner, "move"}
    text = "\n".join(line for _, line in pages.prose(name))

    for word in re.findall(r"(?<![\w./#-])openvz\.(\w+)", text):
        assert word in there | NOT_FUNCTIONS, f"{name} names openvz.{word}"


def _public(loader):
    return {name.partition(".")[2] for name in loader if name.startswith("openvz.")}


LINK = re.compile(r"\]\(([^)#\s]*)(#[^)\s]*)?\)")


@pytest.mark.parametrize("name", pages.names())
def test_every_link_of_a_page_points_somewhere(name):
    for number, line in pages.prose(name):
        for target, anchor in LINK.findall(line):
            if not re.match(r"\w+:", target):
                path = (pages.REPO / name).parent / target if target else pages.REPO / name
                assert path.exists(), f"{name}:{number} leads to {target}"
                assert not anchor or anchor[1:] in _anchors(path), f"{name}:{number} leads to {target}{anchor}"


def _anchors(path):
    """The places of a page, as code hosts and myst name its headings."""
    text = path.read_text()
    headings = [line.lstrip("# ") for _, line in pages.prose(str(path.relative_to(pages.REPO))) if line.startswith("#")]
    made = {re.sub(r"[^\w\- ]", "", one.replace("`", "").lower()).strip().replace(" ", "-") for one in headings}
    return made | set(re.findall(r'<a id="([^"]+)">', text))
