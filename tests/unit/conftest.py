"""Fixtures of the library's tests."""

import pytest
from library import NodeDirectory
from vzdomain.journal import Journal


@pytest.fixture
def directory(tmp_path):
    """An empty node in a directory, with a vzctl that obeys."""
    return NodeDirectory(tmp_path / "node")


@pytest.fixture
def journal(tmp_path):
    return Journal(str(tmp_path / "journal"))
