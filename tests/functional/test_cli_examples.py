"""Every public execution function has a CLI example, and every example runs."""

import importlib.util
import inspect
import re
import shlex
import types
from pathlib import Path

import pytest
import salt.utils.args

EXAMPLE = re.compile(r"^\s*salt '\*' openvz\.(\w+)(.*)$", re.MULTILINE)
SUSPENDED = {"resume"}
STOPPED = {"destroy", "purge"}


def module():
    """The module's source as a plain module, to read docstrings from before the loader runs."""
    path = Path(__file__).parents[2] / "_modules/openvz.py"
    spec = importlib.util.spec_from_file_location("openvz_docs", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


MODULE = module()
ALIASES = {alias: name for name, alias in MODULE.__func_alias__.items()}
PUBLIC = sorted(
    MODULE.__func_alias__.get(name, name)
    for name, one in vars(MODULE).items()
    if isinstance(one, types.FunctionType) and one.__module__ == "openvz_docs" and not name.startswith("_")
)


def examples():
    for name in PUBLIC:
        doc = inspect.getdoc(getattr(MODULE, ALIASES.get(name, name)))
        for match in EXAMPLE.finditer(doc):
            yield pytest.param(match.group(1), match.group(2).strip(), id=match.group(0).strip())


@pytest.mark.parametrize("name", PUBLIC)
def test_every_function_has_an_example_of_itself(name):
    doc = inspect.getdoc(getattr(MODULE, ALIASES.get(name, name)))

    assert "CLI Example:" in doc
    assert name in [match.group(1) for match in EXAMPLE.finditer(doc)]


@pytest.fixture
def world(loaders, openvz, node, states, state_files, seed, web01, tmp_path):
    """What the examples speak of: container 209, and the document of web01 wherever one may be."""
    loaders.modules.pack["__pillar__"]["openvz"]["domains"] = {"web01": web01}
    states.running("seed", xml=seed)
    (state_files / "containers").mkdir()
    (state_files / "containers/web01.xml").write_text(web01)
    (tmp_path / "web01.xml").write_text(web01)
    yield node
    del loaders.modules.pack["__pillar__"]["openvz"]["domains"]


@pytest.mark.parametrize(("function", "words"), list(examples()))
def test_the_example_runs(openvz, world, tmp_path, function, words):
    if function in SUSPENDED | STOPPED:
        world.vzctl("suspend" if function in SUSPENDED else "stop", "209")
    words = words.replace("/srv/containers", str(tmp_path))
    args, kwargs = salt.utils.args.parse_input(shlex.split(words), condition=False)

    result = getattr(openvz, function)(*args, **kwargs)

    assert result not in (None, False, "")
