"""Fixtures of the tests of whole nodes."""

import pytest
from managing import Networks
from vzdomain.execution.reconcile import Reconciler


@pytest.fixture
def reconciler(directory, journal):
    return Reconciler(directory.node(), Networks(), journal, lock_timeout=0, protected=("safe",))
