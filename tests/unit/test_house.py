"""What keeps the parts apart: who imports what, and what happens where lxml is missing."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
ROOT = REPO / "_utils/vzdomain"
LIBRARY = sorted(ROOT.rglob("*.py"))
EDGES = sorted(path for part in "modules states beacons grains runners output".split()
               for path in (REPO / f"_{part}").glob("*.py"))  # fmt: skip
MANY_DOCSTRINGS = {REPO / name for name in ("_modules/openvz.py", "_runners/openvz.py", "_states/openvz.py")}
SIMULATOR = sorted((REPO / "vzsim").rglob("*.py"))
SIMULATOR_FLOORS = "codes files ploop grammar guest node commands vzlist seven programs making fleet replay cli".split()
FLOORS = "errors model settings document flavours host planning execution reports fleet".split()


def dotted(path):
    """``_utils/vzdomain/host/node.py`` -> ``host.node``"""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imports(path):
    """Every module that a file imports; relative ones begin with a dot."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield "." * node.level + node.module
        elif isinstance(node, ast.ImportFrom):
            yield from ("." * node.level + alias.name for alias in node.names)


@pytest.mark.parametrize("path", LIBRARY, ids=dotted)
def test_the_library_knows_no_salt_and_imports_itself_relatively(path):
    outside = {name.split(".")[0] for name in imports(path) if not name.startswith(".")}

    assert outside <= sys.stdlib_module_names  # lxml is imported by `etree` alone, and late


@pytest.mark.parametrize("path", SIMULATOR, ids=lambda path: path.name)
def test_the_simulator_needs_nothing_but_python_and_shares_no_code_with_the_library(path):
    outside = {name.split(".")[0] for name in imports(path) if not name.startswith(".")}

    assert outside <= sys.stdlib_module_names | {"vzsim"}


@pytest.mark.parametrize(
    "path", [path for path in SIMULATOR if path.name != "__init__.py"], ids=lambda path: str(path.relative_to(REPO))
)
def test_imports_of_the_simulator_point_down(path):
    own = path.relative_to(REPO / "vzsim").with_suffix("").parts[0]
    tree = ast.walk(ast.parse(path.read_text()))
    names = [
        f"{node.module}.{alias.name}".split(".")[1]
        for node in tree
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "vzsim"
        for alias in node.names
    ]

    assert [name for name in names if SIMULATOR_FLOORS.index(name) > SIMULATOR_FLOORS.index(own)] == []


def imported(path):
    """The modules of the library that one of its files imports, as paths from the library's root: ``host.node``."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            above = [*package[: len(package) - node.level + 1], *(node.module or "").split(".")]
            parts = [part for part in above if part]
            for alias in node.names:
                whole = [*parts, alias.name]
                yield ".".join(whole if _is_module(whole) else parts)


def _is_module(parts):
    place = ROOT.joinpath(*parts)
    return place.is_dir() or place.with_suffix(".py").exists()


MODULES = [path for path in LIBRARY if path.stem != "__init__"]


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_of_the_library_point_down(path):
    floor = FLOORS.index(dotted(path).partition(".")[0])

    assert [name for name in imported(path) if FLOORS.index(name.partition(".")[0]) > floor] == []


def test_no_module_of_the_library_imports_itself_by_way_of_others():
    needs = {dotted(path): set(imported(path)) for path in MODULES}
    while found := [name for name, needed in needs.items() if not needed & needs.keys()]:
        for name in found:
            del needs[name]

    assert needs == {}


OTHER_PROGRAMS = {  # options that are not those of vzctl(8) for a container
    "_utils/vzdomain/execution/converting/source.py": {"--delete", "--exclude=/lost+found", "--numeric-ids"},  # rsync
    "_utils/vzdomain/execution/inside/commands.py": {"--"},  # su
    "_utils/vzdomain/host/networks.py": {"--connect", "--inactive", "--name"},  # virsh
    "_utils/vzdomain/host/vzctl.py": {"--version"},
}


def test_programs_are_run_by_one_module_alone():
    files = {str(path.relative_to(REPO)): path for path in EDGES + LIBRARY}
    found = [name for name, path in files.items() if "subprocess" in imports(path)]

    assert found == ["_utils/vzdomain/host/process.py"]


def options(path):
    """The strings of a file that begin with ``--``, of f-strings the first part; docstrings do not count."""
    tree = ast.parse(path.read_text())
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
        if is_text and node.value.startswith("--"):
            yield node.value


def test_an_option_of_vzctl_is_spelled_by_its_flavour_alone():
    files = {str(path.relative_to(REPO)): path for path in EDGES + LIBRARY if "flavours" not in path.parts}
    found = {name: set(options(path)) - OTHER_PROGRAMS.get(name, set()) for name, path in files.items()}

    assert {name: said for name, said in found.items() if said} == {}


def test_one_family_of_vzctl_is_asked_for_by_way_of_the_nodes_flavour_alone():
    """Who imports a family knows the words of that one alone; the node says which one it is of."""
    beside = [path for path in MODULES if "flavours" not in path.parts]
    direct = {dotted(path) for path in beside if any(name.startswith("flavours.legacy") for name in imported(path))}
    edges = [path.name for path in EDGES if re.search(r"LEGACY\b|flavours\.legacy", path.read_text())]

    assert (direct, edges) == (set(), [])


@pytest.mark.parametrize("path", EDGES + LIBRARY, ids=lambda path: str(path.relative_to(REPO)))
def test_no_name_of_a_module_is_given_twice(path):
    """The later one would be called in the place of the earlier, and no linter minds."""
    names = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names = [name for name in names if name != "_"]  # these are registered with a dispatcher

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("path", EDGES, ids=lambda path: path.parent.name)
def test_no_edge_imports_another(path):
    """What two of them need is in the library: Salt syncs and loads each by itself."""
    outside = {name for name in imports(path) if "openvz" in name}

    assert outside <= {"saltext.openvz.utils"}


@pytest.mark.parametrize("path", [path for path in EDGES if path not in MANY_DOCSTRINGS], ids=lambda path: path.name)
def test_no_edge_but_those_of_many_docstrings_is_longer_than_450_lines(path):
    assert len(path.read_text().splitlines()) <= 450


@pytest.mark.parametrize("folder", sorted({path.parent for path in SIMULATOR}), ids=lambda path: path.name)
def test_a_folder_of_the_simulator_has_at_most_14_modules_of_450_lines(folder):
    modules = list(folder.glob("*.py"))

    assert len(modules) <= 14
    assert max(len(path.read_text().splitlines()) for path in modules) <= 450


@pytest.mark.parametrize(
    "path", [path for path in EDGES if path.parent.name != "_modules"], ids=lambda path: path.parent.name
)
def test_no_edge_has_words_of_its_own_for_what_was_done(path):
    """They come as `did`, made once in the library; who looks for them in `changes` breaks when these change."""
    tree = ast.parse(path.read_text())
    words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}

    assert words & {"created", "destroyed", "started", "restarted", "suspended", "updated"} == set()


class Library:
    """A copy of the library in a directory of its own, and a process that has it on its path as a minion has."""

    def __init__(self, directory):
        self.directory = directory
        self.files = directory / "vzdomain"
        shutil.copytree(REPO / "_utils/vzdomain", self.files, ignore=shutil.ignore_patterns("__pycache__"))

    def run(self, script, **environ):
        """What a script prints; `lxml` in its words is a directory to put on the path later."""
        command = [sys.executable, "-c", textwrap.dedent(script)]
        ran = subprocess.run(
            command, cwd=self.directory, capture_output=True, text=True, check=False, env={**os.environ, **environ}
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.split("\n")[:-1]


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path)


WITHOUT_LXML = "import sys; sys.modules['lxml'] = None; import vzdomain\n"


def test_without_lxml_every_module_of_the_library_is_there(library):
    names = [dotted(path) for path in MODULES]

    found = library.run(f"{WITHOUT_LXML}for name in {names}: print(__import__('vzdomain.' + name) and name)")
    attributes = library.run(f"{WITHOUT_LXML}print([one for one in vzdomain.__all__ if not getattr(vzdomain, one)])")

    assert (found, attributes) == (names, ["[]"])


def test_without_lxml_what_needs_it_says_so(library):
    ask = "try: vzdomain.document.codec.parse('<domain/>')\nexcept vzdomain.errors.OpenVZError as err: print(err)"

    assert library.run(WITHOUT_LXML + ask) == ["lxml is not installed: salt-pip install lxml"]


def test_lxml_that_comes_later_is_used_by_the_library_that_is_there(library):
    """In a directory that this process has looked at before, and found nothing, or not even the directory."""
    lxml = Path(importlib.util.find_spec("lxml").origin).parent
    script = f"""
        import os, sys
        extras = os.path.abspath("extras")
        sys.path[:] = [*(path for path in sys.path if "site-packages" not in path), extras]
        sys.path_importer_cache.clear()
        import vzdomain
        codec = vzdomain.document.codec
        print(vzdomain.document.etree.problem())
        os.mkdir(extras)
        os.symlink({str(lxml)!r}, extras + "/lxml")
        found = codec.parse("<domain type='openvz'><name>209</name></domain>").domain
        print(vzdomain.document.etree.problem(), found.name)
    """

    assert library.run(script) == ["lxml is not installed: salt-pip install lxml", "None 209"]


def test_lxml_that_cannot_be_imported_is_told_apart_from_none(library):
    broken = library.directory / "extras/lxml"
    broken.mkdir(parents=True)
    (broken / "__init__.py").touch()
    (broken / "etree.py").write_text("raise ImportError('wrong ELF class')")

    (said,) = library.run("import vzdomain; print(vzdomain.document.etree.problem())", PYTHONPATH=str(broken.parent))

    assert said == (
        "lxml is installed and cannot be imported (wrong ELF class): salt-pip install --force-reinstall lxml"
    )


def test_without_lxml_the_module_says_how_to_get_it(monkeypatch):
    spec = importlib.util.spec_from_file_location("openvz_alone", REPO / "_modules/openvz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.__virtual__() == "openvz"

    monkeypatch.setitem(sys.modules, "lxml", None)

    said = "The openvz execution module needs lxml: lxml is not installed: salt-pip install lxml"
    assert module.__virtual__() == (False, said)


@pytest.mark.parametrize("place", ["errors.py", "model/names.py", "deeper/words.py"])
def test_a_changed_file_is_noticed_wherever_it_is(library, place):
    """Though it has the size and, in seconds, the time of the one before, for which there is a compiled file."""
    (library.files / place).parent.mkdir(exist_ok=True)
    (library.files / place).with_name("__init__.py").touch()
    with (library.files / place).open("a") as stream:
        stream.write("\nEDITION = 1\n")
    script = f"""
        import os, importlib, vzdomain
        name, path = "vzdomain." + {place!r}[:-3].replace("/", "."), "vzdomain/" + {place!r}
        print(importlib.import_module(name).EDITION, vzdomain.current() is vzdomain)
        text, said = open(path).read(), os.stat(path)
        open(path, "w").write(text.replace("EDITION = 1", "EDITION = 2"))
        os.utime(path, ns=(said.st_atime_ns, said.st_mtime_ns // 10**9 * 10**9 + (said.st_mtime_ns + 7) % 10**9))
        new = vzdomain.current()
        print(importlib.import_module(name).EDITION, new is vzdomain, new.current() is new, vzdomain.current() is new)
    """

    assert library.run(script) == ["1 True", "2 False True True"]


def test_what_a_failed_import_leaves_is_not_mixed_with_the_next_edition(library):
    """A sync copies file by file, and a beacon looks meanwhile."""
    script = """
        import pathlib
        files = pathlib.Path("vzdomain")
        last, text = files / "host/vzctl.py", (files / "host/vzctl.py").read_text()
        last.write_text("raise ImportError('half a file')")
        try:
            import vzdomain
        except ImportError as err:
            print(err)
        last.write_text(text)
        (files / "model/names.py").open("a").write("\\nEDITION = 2\\n")
        import vzdomain
        print(vzdomain.model.names.EDITION)
    """

    assert library.run(script) == ["half a file", "2"]


@pytest.mark.parametrize("left", [[], ["words/__pycache__"]], ids=["nothing left", "an empty directory left"])
def test_a_package_that_becomes_a_module_and_a_module_that_becomes_a_package_are_read_again(library, left):
    """A sync removes what the master has no more, but for what Python has compiled."""
    (library.files / "words").mkdir()
    (library.files / "words/__init__.py").write_text("EDITION = 1\n")
    (library.files / "deeds.py").write_text("EDITION = 1\n")
    script = f"""
        import importlib, os, shutil, vzdomain
        def editions():
            return [importlib.import_module("vzdomain." + name).EDITION for name in ("words", "deeds")]
        print(editions())
        shutil.rmtree("vzdomain/words")
        os.remove("vzdomain/deeds.py")
        for name in {left}:
            os.makedirs("vzdomain/" + name)
        os.mkdir("vzdomain/deeds")
        open("vzdomain/words.py", "w").write("EDITION = 2")
        open("vzdomain/deeds/__init__.py", "w").write("EDITION = 2")
        vzdomain.current()
        print(editions())
    """

    assert library.run(script) == ["[1, 1]", "[2, 2]"]


def test_a_package_that_has_gone_is_not_imported_any_more(library):
    (library.files / "words").mkdir()
    (library.files / "words/__init__.py").write_text("EDITION = 1\n")
    script = """
        import importlib, shutil, vzdomain
        importlib.import_module("vzdomain.words")
        shutil.rmtree("vzdomain/words")
        vzdomain.current()
        try:
            importlib.import_module("vzdomain.words")
        except ImportError as err:
            print(err)
    """

    assert library.run(script) == ["No module named 'vzdomain.words'"]


@pytest.mark.parametrize("left", ["", "vzdomain/__pycache__"])
def test_a_copy_that_a_sync_has_taken_away_is_not_used_any_more(library, left):
    """Where pip has installed another one the module takes that."""
    script = f"""
        import os, shutil, vzdomain
        shutil.rmtree("vzdomain")
        os.makedirs({left!r} or ".", exist_ok=True)
        try:
            vzdomain.current()
        except ImportError as err:
            print("gone")
    """

    assert library.run(script) == ["gone"]


def test_threads_that_notice_a_change_together_get_one_new_edition(library):
    script = """
        import threading, vzdomain
        open("vzdomain/model/names.py", "a").write("\\nEDITION = 2\\n")
        found = []
        threads = [threading.Thread(target=lambda: found.append(vzdomain.current())) for _ in range(8)]
        [one.start() for one in threads], [one.join() for one in threads]
        print(len(found), len(set(map(id, found))), found[0].model.names.EDITION)
    """

    assert library.run(script) == ["8 1 2"]
