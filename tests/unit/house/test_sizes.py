"""What a reader can hold: files below 450 lines, folders of at most 14 modules."""

from collections import Counter
from pathlib import Path

REPO = Path(__file__).parents[3]
FOLDERS = [path for path in REPO.glob("[!.]*") if path.is_dir() and path.name not in ("build", "dist")]
MODULES = [path.relative_to(REPO) for top in FOLDERS for path in top.rglob("*.py") if path.name != "__init__.py"]
LONGEST, MOST = 450, 14

# Half of these is docstrings, which Salt shows to operators.
ALWAYS_LONG = {"_modules/openvz.py", "_runners/openvz.py", "_states/openvz.py"}


def test_no_file_is_longer_than_can_be_read_but_modules_that_are_half_docstrings():
    long = {str(path) for path in MODULES if (REPO / path).read_text().count("\n") > LONGEST}

    assert len(MODULES) > 200
    assert long - ALWAYS_LONG == set(), "split these"


def test_no_folder_has_more_modules_than_can_be_taken_in_at_a_glance():
    crowded = {str(folder): count for folder, count in Counter(path.parent for path in MODULES).items() if count > MOST}

    assert crowded == {}
