"""The pages, headings and files that documents name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.markdown import anchors, links

ROOT = Path(__file__).parent.parent
PATHS = re.compile(r"`((?:[a-z0-9_-]+/)+(?:[\w.-]+\.\w+)?|\.?[\w.-]+(?:/[\w.-]+)*\.(?:py|md|json|yaml|yml|toml))`")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Files that `make run`, a deployment of the page and a rehearsal write.
WRITTEN = {".local/demo.json", "service.json", "rehearsal.json", "rehearsal.md"}


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


each_page = pytest.mark.parametrize("page", PAGES, ids=name_of)


# An entry of the changelog names the files of its time.
@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=name_of)
def test_a_named_file_exists(page: Path) -> None:
    named = set(PATHS.findall(page.read_text()))
    folders = {path.rpartition("/")[0] for path in named if "/" in path}
    missing = {path for path in named if not any((ROOT / folder / path).exists() for folder in (".", *folders))}
    assert missing <= WRITTEN


@each_page
def test_a_link_leads_somewhere(page: Path) -> None:
    for link in links(page.read_text()):
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not heading or heading in anchors(target.read_text()), link


def test_the_readme_leads_to_each_page() -> None:
    pages = {page for page in PAGES if page.parent.name != "decisions"} - {ROOT / "README.md"}
    assert pages <= {ROOT / link.partition("#")[0] for link in links((ROOT / "README.md").read_text())}


def test_the_glossary_has_each_term_once() -> None:
    terms = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    terms = [term for term in terms if term not in ("term", "---")]
    assert terms
    assert len(set(terms)) == len(terms)
