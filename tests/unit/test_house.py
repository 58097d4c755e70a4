"""What keeps the parts apart: who imports what, and what happens where lxml is missing."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
LIBRARY = sorted((REPO / "_utils/vzdomain").glob("*.py"))
SIMULATOR = sorted((REPO / "vzsim").rglob("*.py"))
FLOORS = [
    {"errors"},
    {"domain", "files", "names", "settings", "units"},
    {"kinds"},
    {"kinds_lists", "kinds_sizes"},
    {"options"},
    {"codec", "codec_devices", "codec_interfaces", "codec_metadata", "codec_sizes", "codec_tuning", "codec_xml"},
    {"ctconf", "entries", "explain", "lint", "schema"},
    {"interfaces", "steps"},
    {"update"},
    {"plan"},
    {"power", "password"},
    {"exchange"},
    {"vzctl", "networks"},
    {"node", "journal", "identity"},
    {"kernel"},
    {"doctor_reading"},
    {"doctor_node", "doctor_network", "doctor_files"},
    {"doctor"},
    {"halves"},
    {"apply"},
    {"recovery"},
    {"claims", "devices"},
    {"overlay"},
    {"reconcile"},
    {"planner"},
    {"crew", "drift", "dump", "inventory"},
]


def imports(path):
    """Every module that a file imports; relative ones begin with a dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield "." * node.level + node.module
        elif isinstance(node, ast.ImportFrom):
            yield from ("." * node.level + alias.name for alias in node.names)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.name)
def test_the_library_knows_no_salt_and_imports_itself_relatively(path):
    outside = {name.split(".")[0] for name in imports(path) if not name.startswith(".")}

    assert outside <= sys.stdlib_module_names | {"lxml"}


@pytest.mark.parametrize("path", SIMULATOR, ids=lambda path: path.name)
def test_the_simulator_needs_nothing_but_python_and_shares_no_code_with_the_library(path):
    outside = {name.split(".")[0] for name in imports(path) if not name.startswith(".")}

    assert outside <= sys.stdlib_module_names | {"vzsim"}


@pytest.mark.parametrize("path", [path for path in LIBRARY if path.stem != "__init__"], ids=lambda path: path.name)
def test_imports_of_the_library_point_down(path):
    floor = {name: number for number, names in enumerate(FLOORS) for name in names}

    for name in imports(path):
        if name.startswith("."):
            assert floor[name.strip(".")] <= floor[path.stem], f"{path.stem} imports {name}"


def test_without_lxml_the_module_says_how_to_get_it(monkeypatch):
    spec = importlib.util.spec_from_file_location("openvz_alone", REPO / "_modules/openvz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__virtual__() == "openvz"

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    assert module.__virtual__() == (False, "The openvz execution module needs lxml: salt-pip install lxml")


def test_without_lxml_the_library_can_be_imported_all_the_same():
    """Or the error would be taken for a library that is not synced."""
    script = "import sys; sys.modules['lxml'] = None; import vzdomain; print(vzdomain.codec, vzdomain.plan.__name__)"

    result = subprocess.run(
        [sys.executable, "-c", script], cwd=REPO / "_utils", capture_output=True, text=True, check=False
    )

    assert result.stdout == "None vzdomain.plan\n", result.stderr
