"""The files that the glossary and the contributors' guide name are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATHS = re.compile(r"`((?:[a-z0-9_-]+/)+(?:[\w.-]+\.\w+)?|\.?[\w.-]+(?:/[\w.-]+)*\.(?:py|md|json|yaml|yml|toml))`")


@pytest.mark.parametrize("document", ["docs/glossary.md", "CONTRIBUTING.md"])
def test_a_named_file_exists(document: str) -> None:
    text = (ROOT / document).read_text()
    folders = {str(Path(path).parent) for path in PATHS.findall(text) if "/" in path}
    named = set(PATHS.findall(text))
    assert named
    assert not {path for path in named if not any((ROOT / folder / path).exists() for folder in (".", *folders))}


def test_the_glossary_has_each_term_once() -> None:
    terms = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    terms = [term for term in terms if term not in ("term", "---")]
    assert terms
    assert len(set(terms)) == len(terms)
