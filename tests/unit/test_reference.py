"""The pages that are made from tables are those that are kept, and the reference leaves nothing out."""

import ast
import importlib.util
import inspect
import re
from pathlib import Path

import examples
import pytest
from vzdomain import errors, settings
from vzdomain.execution import setup
from vzdomain.flavours import FLAVOURS
from vzdomain.model import fields

REPO = Path(__file__).parents[2]
DOCS = REPO / "docs"
EDGES = [REPO / directory / "openvz.py" for directory in examples.KINDS]
LIBRARY = sorted((REPO / "_utils/vzdomain").glob("*.py"))
PAGES = sorted(path for path in DOCS.rglob("*.md") if path.parent.name != "templates")
CODES = {code: kind for its in FLAVOURS for code, kind in its.exit_codes.items()}
CONFIGURATION, WHO = "reference/configuration.md", "Who reads what"
# Keys below `openvz` that are no setting: where the containers of a node are.
DATA = {"domains"}
FUNCTIONS = [
    pytest.param(directory, name, id=f"{directory}-{name}")
    for directory in examples.KINDS
    for name in examples.public(directory)
]


def generator():
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(page, section=None):
    """The cells of every line of every table of a page, or of a section of it."""
    text = (DOCS / page).read_text()
    lines = (text.partition(f"\n## {section}\n")[2].partition("\n## ")[0] if section else text).splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]


GENERATED = sorted(generator().pages())


@pytest.mark.parametrize("name", GENERATED)
def test_a_kept_page_is_what_the_table_makes_now(name):
    assert (DOCS / name).read_text() == generator().pages()[name], "run make reference"


def test_every_template_makes_a_page():
    assert {f"reference/{path.name}" for path in (DOCS / "templates").iterdir()} <= set(GENERATED)


@pytest.mark.parametrize("row", fields.FIELDS, ids=lambda row: row.name)
def test_the_page_has_example_option_unit_and_effect_of_every_field(row):
    page = (DOCS / "reference/domain.md").read_text()
    place = row.element.removeprefix("metadata/")
    line = next(line for line in page.splitlines() if line.startswith(f"| [`{place}`](#"))

    assert row.example in page.partition(f"\n### {place}\n")[2].partition("\n### ")[0]
    _, unit, *cells = line.strip("| ").split(" | ")
    assert unit.strip() == row.unit
    for its, cell in zip(FLAVOURS, cells, strict=True):
        called = its.parameters.get(row.name)
        for word in (called.option and f"`--{called.option}`", called.key and f"`{called.key}`") if called else "–":
            assert (word or "") in cell
        assert not called or re.search("; (at once|file|restart|stopped|creation)(;|$)", cell)
        assert not called or bool(called.since or called.until) == bool(re.search("later|earlier| to ", cell))


def test_the_first_page_has_what_each_family_can_as_it_is_now():
    made = generator()

    assert (REPO / "README.md").read_text() == made.readme(), "run make reference"
    assert made.families_table() in (REPO / "README.md").read_text()
    assert made.families_table() in (DOCS / "reference/families.md").read_text()


def test_the_table_of_families_says_where_they_differ():
    lines = generator().families_table().splitlines()
    said = {cells[0]: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)}

    assert said["further disks"] == ["–", "yes"]
    assert said["capabilities"] == ["yes", "–"]
    assert said["a container is called by"] == ["a number", "a number or a UUID"]
    assert said["its files"] == ["ploop, simfs", "ploop"]
    assert all(len(cells) == len(FLAVOURS) for cells in said.values())


# configuration


def strings(path):
    """The strings of a file that are no docstrings, those of f-strings with ``{}`` for what is put in."""
    tree = ast.parse(path.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


class Watched(settings.Settings):
    """Settings that know what they were asked for."""

    def __init__(self):
        super().__init__()
        self.asked = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)


def asked(build, *arguments):
    """The settings that a part of the library is put together from."""
    watched = Watched()
    build(watched, *arguments)
    return watched.asked


def test_every_setting_of_the_table_is_read():
    made = setup.reconciler(settings.Settings(), "hn1", "/nowhere", str, list)
    found = asked(setup.reconciler, "hn1", "/nowhere", str, list) | asked(setup.mover, made) | asked(setup.tools)

    assert found == set(settings.DEFAULTS)


@pytest.mark.parametrize("path", [*EDGES, *LIBRARY], ids=lambda path: f"{path.parent.name}-{path.name}")
def test_no_other_setting_is_spoken_of_or_read_in_passing(path):
    named = {name for text in strings(path) for name in re.findall(r"(?<![<\w/@!&#])\bopenvz:(\w+)", text)}

    assert named <= set(settings.DEFAULTS) | DATA


@pytest.mark.parametrize("path", EDGES, ids=lambda path: path.parent.name)
def test_no_edge_reads_a_setting_but_through_the_library(path):
    assert (
        re.findall(r"""(?:__opts__|__pillar__|pillar|opts|_said)(?:\.get\(|\[)["']openvz["']""", path.read_text()) == []
    )
    assert set(strings(path)) & {f"openvz:{name}" for name in settings.DEFAULTS} == set()


def test_the_page_has_every_setting_with_its_default_and_no_other():
    table = {name.strip("`"): default.strip("`") for name, default, *_ in rows(CONFIGURATION, "Settings")[1:]}
    defaults = {name: "none" if value is None else str(value) for name, value in settings.DEFAULTS.items()}

    assert table == defaults
    assert len(table) == len(settings.TABLE)


def test_who_reads_what_is_as_the_page_says():
    said = {cells[0]: set(re.findall(r"`(\w+)`", " ".join(cells[1:]))) for cells in rows(CONFIGURATION, WHO)}
    (beacon,) = [names for who, names in said.items() if "beacon.md" in who]
    (grain,) = [names for who, names in said.items() if "grains.md" in who]
    (runner,) = [names for who, names in said.items() if "runner.md" in who]

    assert beacon == asked(setup.asking, 60)
    assert grain == named("_grains/openvz.py")
    assert runner == named("_runners/openvz.py")


def named(edge):
    """The settings that an edge asks for by itself."""
    return set(re.findall(r"""\bsettings\["(\w+)"\]""", (REPO / edge).read_text()))


# exit codes and errors


def test_the_page_has_every_code_that_means_something_with_its_error():
    numbered = [cells for cells in rows("reference/exit-codes.md") if len(cells) == 5 and cells[0].isdigit()]
    table = {int(cells[0]): cells[3].strip("`") for cells in numbered}

    assert table == {code: kind.__name__ for code, kind in CODES.items()}
    assert set(generator().DONE) == set(CODES)
    for code, which, *_ in numbered:
        having = [its.family for its in FLAVOURS if int(code) in its.exit_codes]
        assert which == ("all" if len(having) == len(FLAVOURS) else ", ".join(having))


@pytest.mark.parametrize("its", FLAVOURS, ids=lambda its: its.family)
def test_one_code_means_one_thing_in_every_family(its):
    assert {code: CODES[code] for code in its.exit_codes} == its.exit_codes


@pytest.mark.parametrize(("code", "kind"), CODES.items())
def test_the_docstring_of_an_error_names_the_codes_that_it_stands_for(code, kind):
    numbers = re.findall(r"\d+", re.match(r"Codes? ([\d, and]+):", kind.__doc__).group(1))

    assert str(code) in numbers
    assert {int(number) for number in numbers} == {code for code, other in CODES.items() if other is kind}


def test_the_page_has_every_error():
    kinds = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, Exception)}

    assert {cells[0].strip("`") for cells in rows("reference/errors.md")[1:]} == kinds


# functions


@pytest.mark.parametrize(("directory", "page"), examples.KINDS.items())
def test_a_page_shows_the_whole_module(directory, page):
    text = (DOCS / f"reference/{page}.md").read_text()

    assert f"\n.. automodule:: saltext.openvz.{directory[1:]}.openvz\n```" in text  # no option that leaves one out
    assert f"reference/{page}\n" in (DOCS / "index.md").read_text()


def test_every_directory_of_modules_has_a_page():
    assert {path.parent.name for path in REPO.glob("_*/openvz.py")} == set(examples.KINDS)


@pytest.mark.parametrize(("directory", "name"), FUNCTIONS)
def test_every_function_explains_each_of_its_parameters_or_says_where(directory, name):
    function = examples.public(directory)[name]
    text = examples.documented(function)
    wanted = set(inspect.signature(function).parameters)

    explained = examples.parameters(text)
    for other in re.findall(r"parameters[^.]*?:py:func:`openvz\.(\w+)`", text, re.DOTALL):
        explained |= examples.parameters(examples.documented(examples.public(directory)[other]))

    assert text, f"{name} would be left out of the page"
    assert wanted - explained == set()


@pytest.mark.parametrize(("directory", "name"), FUNCTIONS)
def test_no_function_explains_a_parameter_that_it_has_not(directory, name):
    function = examples.public(directory)[name]
    said = set(inspect.signature(function).parameters)

    assert examples.parameters(examples.documented(function)) - said == set()


@pytest.mark.parametrize(("directory", "name"), [one for one in FUNCTIONS if one.values[0] in ("_modules", "_runners")])
def test_every_function_of_a_minion_and_of_the_master_says_what_it_raises(directory, name):
    text = examples.documented(examples.public(directory)[name])

    assert re.search(r"\bRaises\s", text)


# links


def anchors(text):
    """What a code host calls the headings of a page."""
    heads = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    titles = [re.sub(r"\[(.*?)\]\(.*?\)", r"\1", head) for head in heads]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def prose(text):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_links_between_pages_work_on_a_code_host(path):
    broken = []

    for link in re.findall(r"\]\(([^)\s]+)\)", prose(path.read_text())):
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        if "://" not in link and not (target.exists() and (not anchor or anchor in anchors(target.read_text()))):
            broken.append(link)

    assert broken == []


def test_every_page_is_reached_from_the_first_one():
    linked = set(re.findall(r"\]\(([^)#\s]+\.md)", prose((DOCS / "index.md").read_text())))
    copies = {"changelog.md": "../CHANGELOG.md", "contributing.md": "../CONTRIBUTING.md"}  # for the site alone
    pages = {str(path.relative_to(DOCS)) for path in PAGES} - {"index.md"}

    assert {copies.get(page, page) for page in pages} == linked
