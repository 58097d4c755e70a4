"""The pages that are made from the table are those that are kept."""

import importlib.util
from pathlib import Path

import pytest
from vzdomain import options

DOCS = Path(__file__).parents[2] / "docs"


def generator():
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["reference/domain.md", "reference/openvz.rng"])
def test_a_kept_page_is_what_the_table_makes_now(name):
    assert (DOCS / name).read_text() == generator().pages()[name], "run make reference"


@pytest.mark.parametrize("row", options.TABLE, ids=lambda row: row.field)
def test_the_page_has_example_option_unit_and_effect_of_every_row(row):
    page = (DOCS / "reference/domain.md").read_text()
    heading = f'<a id="field-{row.field.replace("_", "-")}"></a>'
    line = next(line for line in page.splitlines() if line.startswith("| [") and f"(#{heading[7:-6]})" in line)

    assert row.example in page.partition(heading)[2].partition("\n### ")[2].partition("<a id")[0]
    for word in (row.option and f"`--{row.option}`", row.key and f"`{row.key}`", row.kind.unit):
        assert (word or "") in line
    assert line.endswith(("at once |", "file |", "restart |", "stopped |", "creation |"))
