"""The site that ``make docs`` has built: every page and every function is on it, and every link leads somewhere."""

import importlib.metadata
import re
import types
from pathlib import Path
from urllib.parse import unquote

import pytest
from sphinx.util.inventory import InventoryFile

REPO = Path(__file__).parents[2]
DOCS, SITE = REPO / "docs", REPO / "build/docs"
KINDS = {
    "module": "modules",
    "states": "states",
    "runner": "runners",
    "grains": "grains",
    "beacon": "beacons",
    "output": "output",
}
PAGES = sorted(
    str(path.relative_to(DOCS).with_suffix("")) for path in DOCS.rglob("*.md") if path.parent.name != "templates"
)
_OUTSIDE = ("http://", "https://", "mailto:", "data:", "javascript:")


def public(kind):
    """The functions of a module that people type, as ``name in the file -> name that is typed``."""
    module = importlib.import_module(f"saltext.openvz.{kind}.openvz")
    found = [
        name
        for name, one in vars(module).items()
        if isinstance(one, types.FunctionType) and one.__module__ == module.__name__ and not name.startswith("_")
    ]
    return {name: getattr(module, "__func_alias__", {}).get(name, name) for name in found}


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_on_the_site(page):
    assert (SITE / f"{page}.html").exists()


@pytest.mark.parametrize(("page", "kind"), KINDS.items())
def test_every_public_function_is_there_with_its_parameters_by_the_name_that_is_typed(page, kind):
    text = (SITE / f"reference/{page}.html").read_text()
    with (SITE / "objects.inv").open("rb") as stream:
        known = InventoryFile.loads(stream.read(), uri="").data["py:function"]

    assert public(kind)
    for name, typed in public(kind).items():
        place = f"saltext.openvz.{kind}.openvz.{name}"
        (signature,) = re.findall(rf'<dt [^>]*id="{re.escape(place)}">(.*?)</dt>', text, re.DOTALL)
        assert re.sub("<[^>]+>", "", signature).strip().startswith(f"openvz.{typed}(")
        assert known[place].uri.startswith(f"reference/{page}.html")


@pytest.mark.parametrize("page", PAGES)
def test_every_link_points_to_a_page_or_file_of_the_site(page):
    here = SITE / f"{page}.html"
    broken = []

    for link in re.findall(r'(?:href|src)="([^"]+)"', here.read_text()):
        name, _, anchor = unquote(link).partition("#")
        target = (here.parent / name.partition("?")[0]).resolve() if name else here
        if link.startswith(_OUTSIDE):
            continue
        if not target.exists() or (anchor and target.suffix == ".html" and not has(target, anchor)):
            broken.append(link)

    assert broken == []


def has(page, anchor):
    return f'id="{anchor}"' in page.read_text()


def test_the_schema_can_be_downloaded():
    text = (SITE / "reference/domain.html").read_text()

    (link,) = set(re.findall(r'href="\.\./(_downloads/[^"]+/openvz\.rng)"', text))

    assert (SITE / link).read_bytes() == (DOCS / "reference/openvz.rng").read_bytes()


def test_the_site_says_the_version_of_the_package():
    version = importlib.metadata.version("saltext.openvz")

    assert f"OpenVZ containers from Salt {version}" in (SITE / "index.html").read_text()


def listed(where, pattern):
    """Pages that a text leads to, in its order, without doubles."""
    return list(dict.fromkeys(re.findall(pattern, where)))


def test_the_sidebar_has_the_pages_in_the_order_of_the_first_page():
    text = (SITE / "index.html").read_text()
    sidebar, _, page = text.partition("<article")
    links = r'href="((?:tutorial|how-to|reference|explanation)/[\w-]+|vzsim|security|performance|design)\.html"'

    order = listed(sidebar[sidebar.index('class="sidebar-tree"') :], links)

    assert order == listed(page, links), "one order for both"
    assert order[:3] == ["tutorial/first-container", "tutorial/web-server", "tutorial/empty-a-node"]
    kinds = [kind for kind in (name.partition("/")[0] for name in order) if kind in KINDS_OF_PAGES]
    assert list(dict.fromkeys(kinds)) == KINDS_OF_PAGES


KINDS_OF_PAGES = ["tutorial", "how-to", "reference", "explanation"]


@pytest.mark.parametrize("page", PAGES)
def test_tables_of_every_page_may_break_their_words(page):
    assert "_static/pages.css" in (SITE / f"{page}.html").read_text()
    rules = (SITE / "_static/pages.css").read_text()

    for part, how in (("td", "break-word"), ("th", "break-word"), ("code", "anywhere")):
        assert re.search(rf"table\.docutils {part}\b[^}}]*overflow-wrap: {how}", rules), part
