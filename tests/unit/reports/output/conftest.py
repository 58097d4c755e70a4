"""Fixtures of the outputter's tests."""

import importlib.util

import pytest
from samples import REPO


@pytest.fixture(scope="module")
def outputter():
    spec = importlib.util.spec_from_file_location("openvz_output", REPO / "_output/openvz.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__salt__ = {"nested": lambda data, **kwargs: f"nested {data}"}
    return module
