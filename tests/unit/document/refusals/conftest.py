"""Assertions of the shared check are explained as those of tests are."""

import pytest

pytest.register_assert_rewrite("refusing")
