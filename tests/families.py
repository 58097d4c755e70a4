"""
The families of vzctl that tests run on: 4 is vzctl 4.11, 7 is vzctl 9.0.1, as `vzsim init --family` has them.

A test runs on family 4 unless it says otherwise. ``pytestmark = BOTH`` runs all tests of a module on a node of each,
with ids ``4`` and ``7``. The fixture `family` of tests/functional says which one it is.
"""

import pytest

FOUR, SEVEN = "4", "7"
OLDEST = "7.0"  # the 7.0 line of family 7, for the few tests of what it does in another way
RELEASES = {OLDEST: "7.0.254"}
FAMILIES = (FOUR, SEVEN)
BOTH = pytest.mark.parametrize("family", FAMILIES)
ONLY_SEVEN = pytest.mark.parametrize("family", [SEVEN])
TEMPLATES = ("debian-12-x86_64", "fedora-core-5-i386")  # what a node of family 7 has beside its own
NETWORK = "default=virbr0"  # a virtual network of such a node, and its bridge
