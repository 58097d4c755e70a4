"""A node with two plain containers."""

import shutil
from pathlib import Path

import pytest
from rows import RUNNING, STOPPED, document
from simnode import SimNode


@pytest.fixture
def containers(node, loaders, copies, family):
    """The node with two plain containers, one of them running; nothing is noted of them yet."""
    kept = copies / f"furnished {family}"
    if kept.exists():
        node.restore(kept)
    else:
        for ctid in (STOPPED, RUNNING):
            loaders.modules.openvz.define(xml=document(name=ctid))
        loaders.modules.openvz.start(RUNNING)
        SimNode(kept).restore(node.directory)
    shutil.rmtree(Path(loaders.opts["cachedir"]) / "openvz", ignore_errors=True)
    node.forget_calls()
    return node
