"""Pages quote messages as the code has them. If you reword a message, this says which page to change."""

import ast
import functools
import itertools
import re
from pathlib import Path

import pytest

REPO = Path(__file__).parents[2]
PAGES = ("docs/how-to/troubleshoot.md", "docs/how-to/networks.md")
SOURCES = ("_utils", "_modules", "_states", "vzsim")  # vzsim for what vzctl itself prints
RUN = 3  # consecutive words that count as found
ENOUGH = 0.4  # of the words: the others are values, or next to them


def quotes(page):
    """The messages in the first column of a page's tables of messages."""
    tables = re.findall(r"^\| message \|.*\n((?:\|.*\n)+)", (REPO / page).read_text(), re.MULTILINE)
    cells = [row.split(" | ")[0] for table in tables for row in table.splitlines()[1:]]
    return [message for cell in cells for message in re.findall(r"`([^`]+)`", cell)]


@functools.cache
def strings():
    """All strings of the code, as words; a value that is filled in is a gap."""
    paths = [path for source in SOURCES for path in (REPO / source).rglob("*.py")]
    return "\n".join(itertools.chain.from_iterable(_strings(path) for path in paths))


def _strings(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield _words("".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _words(node.value)


def _words(text):
    return f" {' '.join(text.split())} "


@pytest.mark.parametrize(("page", "message"), [(page, message) for page in PAGES for message in quotes(page)])
def test_a_message_that_a_page_quotes_is_one_that_the_code_has(page, message):
    words = [word for word in message.split() if word != "…"]
    found = set()

    for at in range(max(1, len(words) - RUN + 1)):
        if f" {' '.join(words[at : at + RUN])}" in strings():
            found.update(range(len(words))[at : at + RUN])

    assert len(found) >= ENOUGH * len(words), f"{page} quotes a message that the code does not have: {message}"


def test_each_of_these_pages_quotes_messages():
    assert all(len(quotes(page)) > 5 for page in PAGES)
