"""What the tests of states share."""

import pytest
from pillars import running


@pytest.fixture
def fleet(domains, states, once):
    """Three containers that run as the pillar says; `states` must be those that see it change."""
    domains.update({f"web{number}": running(number) for number in (1, 2, 3)})
    once("fleet", lambda: succeeded(states.managed("containers")))
    return domains


def succeeded(ret):
    assert ret.result is True, ret.comment
