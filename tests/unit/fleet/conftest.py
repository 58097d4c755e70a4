"""The nodes of `test_real_moves.py` are those that the tests of the steps have."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "execution/moving"))  # simfleet.py
