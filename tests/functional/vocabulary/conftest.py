"""A node with two plain containers."""

import shutil
from pathlib import Path

import pytest
from rows import RUNNING, STOPPED, document
from simnode import SimNode


@pytest.fixture(scope="session")
def furnished(pristine, loaders, tmp_path_factory):
    """A copy of the node with two plain containers, one of them running."""
    node = pristine.restore()
    for ctid in (STOPPED, RUNNING):
        loaders.modules.openvz.define(xml=document(name=ctid))
    loaders.modules.openvz.start(RUNNING)
    kept = tmp_path_factory.mktemp("furnished") / "copy"
    SimNode(kept).restore(node.directory)
    return kept


@pytest.fixture
def containers(node, furnished, loaders):
    """The node with the two containers; nothing is noted of them yet."""
    node.restore(furnished)
    shutil.rmtree(Path(loaders.opts["cachedir"]) / "openvz", ignore_errors=True)
    node.forget_calls()
    return node
