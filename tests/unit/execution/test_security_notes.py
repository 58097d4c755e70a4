"""docs/security.md names the test for each defence: they are there."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
NOTES = (TESTS.parent / "docs/security.md").read_text()


def test_every_test_that_the_notes_name_is_there():
    files = {path.name: path.read_text() for path in TESTS.rglob("test_*.py")}
    named = set(re.findall(r"::(test_\w+)", NOTES))

    assert len(named) > 20
    assert set(re.findall(r"test_\w+\.py", NOTES)) <= set(files)
    assert {name for name in named if not any(f"def {name}(" in text for text in files.values())} == set()
