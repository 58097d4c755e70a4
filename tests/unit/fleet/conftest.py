"""The nodes of `test_real_moves.py` are those that the tests of the steps have."""

import sys
from pathlib import Path

import pytest
from prefork import Server

sys.path.append(str(Path(__file__).parents[1] / "execution/moving"))  # simfleet.py


@pytest.fixture(scope="module")
def server():
    """Simulated programs are forks of this process."""
    one = Server()
    yield one
    one.close()
