"""Fixtures of the library's tests, and what Hypothesis may expect of a busy machine: no haste."""

import pytest
from hypothesis import HealthCheck, settings
from library import NodeDirectory
from vzdomain.journal import Journal

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture
def directory(tmp_path):
    """An empty node in a directory, with a vzctl that obeys."""
    return NodeDirectory(tmp_path / "node")


@pytest.fixture
def journal(tmp_path):
    return Journal(str(tmp_path / "journal"))
