"""Fixtures of the doctor's tests."""

import pytest
from patients import Patient


@pytest.fixture
def patient(directory):
    return Patient(directory)
