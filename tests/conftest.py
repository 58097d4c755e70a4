"""What all tests share: the library is imported as Salt does it, by the directory that a sync fills."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent

sys.path.insert(0, str(TESTS.parent / "_utils"))
sys.path.insert(0, str(TESTS / "unit"))  # strategies.py
sys.path.append(str(TESTS.parent))  # vzsim, where it is not installed
