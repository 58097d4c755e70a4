"""Fixtures of the tests of applying."""

import pytest


@pytest.fixture
def node(directory):
    directory.add("209")
    return directory.node()
