"""The page that says what works with which Salt names the Salts that the tests run with."""

import re
from pathlib import Path

REPO = Path(__file__).parents[3]
PAGE = (REPO / "docs/how-to/inside.md").read_text()
ROWS = re.findall(r"^\| (30\d\d) \| (\w+) \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)


def test_every_salt_of_the_table_is_tested_and_every_one_that_is_tested_is_in_the_table():
    pairs = re.search(r'^pairs="(.*)"$', (REPO / ".ci/matrix").read_text(), re.MULTILINE)[1].split()

    assert [row[0] for row in ROWS] == sorted({pair.partition(":")[2] for pair in pairs})


def test_make_test_runs_what_goes_inside_with_the_oldest_the_newest_and_the_one_between():
    makefile = (REPO / "Makefile").read_text()
    (together,) = re.findall(r"^test-rest:\n\t.*$", makefile, re.MULTILINE)

    assert {"test-functional", "test-oldest", "test-3007"} <= set(together.split())
    assert '.ci/matrix 3007 "tests/functional/inside -m inside_api"' in makefile
    for name in ("test_states_inside", "test_files_inside", "test_sls_applied"):
        text = (REPO / f"tests/functional/inside/{name}.py").read_text()
        assert "mark.inside_api" in text and "mark.salt_api" in text, name


def test_resources_are_said_to_work_where_their_test_says_so():
    first = min(int(row[0]) for row in ROWS if row[3] == "yes")

    assert f"major >= {first}" in (REPO / "tests/integration/test_resources.py").read_text()
    assert {row[1:3] for row in ROWS} == {("yes", "yes")}
