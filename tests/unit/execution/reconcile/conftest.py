"""Fixtures of the tests of reconciling."""

import pytest
from library import Bridges
from vzdomain.execution.reconcile import Reconciler


@pytest.fixture
def reconciler(directory, journal):
    return Reconciler(directory.node(), Bridges(), journal, lock_timeout=0, protected=("web", 300))
