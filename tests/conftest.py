"""
What all tests share: the library is imported as Salt does it, by the directory that a sync fills; files are in memory.

Hypothesis tries the same hundred examples in every run: a test that is red by luck is a defect. ``make fuzz`` sets
OPENVZ_FUZZ to the number of examples of each test, and a seed.
"""

import gc
import os
import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent

MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30  # bytes free there; a test run has needed 200 MiB


def in_memory():
    """Whether the nodes and their programs can be there: containers often have little of it, or run nothing from it."""
    if not os.access(MEMORY, os.W_OK):
        return False
    said = os.statvfs(MEMORY)
    return said.f_bavail * said.f_frsize >= ENOUGH and not said.f_flag & os.ST_NOEXEC


if in_memory():  # a node is restored in 3 ms there, and in 50 on a disk
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_finish():
    """All that is loaded by now stays: the collector would look through it again and again, a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


MANY = int(os.environ.get("OPENVZ_FUZZ", 0))
settings.register_profile(
    "here",
    derandomize=not MANY,
    max_examples=MANY or 100,
    deadline=None,  # a busy machine is no failure
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.load_profile("here")

sys.path.insert(0, str(TESTS.parent / "_utils"))
sys.path.insert(0, str(TESTS / "unit"))  # strategies.py
sys.path.append(str(TESTS.parent))  # vzsim, where it is not installed
