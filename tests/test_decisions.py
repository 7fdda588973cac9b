"""Each decision has a page with its headings, and the index lists all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.markdown import links, tables

DECISIONS = Path(__file__).parent.parent / "docs" / "decisions"
PAGES = sorted(DECISIONS.glob("[0-9]*.md"))


def test_the_index_lists_each_decision_in_order() -> None:
    ((_, rows),) = tables((DECISIONS / "README.md").read_text())
    assert [links(title) for _, title, _, _ in rows] == [[page.name] for page in PAGES]
    for number, (page, row) in enumerate(zip(PAGES, rows, strict=True), 1):
        title, _, status, *_ = page.read_text().split("\n\n")
        assert page.name.startswith(f"{number:04}-")
        assert title == f"# {row[0]}. {row[1][1:].partition('](')[0]}"
        assert status == f"{row[3].capitalize()} on {row[2]}."


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_its_headings(page: Path) -> None:
    parts = re.split(r"^## (.*)$", page.read_text(), flags=re.MULTILINE)
    assert parts[1::2] == ["Status", "Context", "Choice", "Rejected"]
    assert all(part.strip() for part in parts)
