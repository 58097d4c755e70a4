"""What all tests share: the library is imported as Salt does it, by the directory that a sync fills."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "_utils"))
sys.path.insert(0, str(Path(__file__).parent / "unit"))  # strategies.py
