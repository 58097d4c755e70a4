"""Two nodes between which a container is moved."""

import pytest
from pairs import Pair


@pytest.fixture
def pair(tmp_path):
    return Pair(tmp_path)
