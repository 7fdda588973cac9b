"""The schema of events in docs agrees with the models."""

from __future__ import annotations

import re

from tests.events.document import FILE, schema


def test_the_published_schema_is_that_of_the_code() -> None:
    assert FILE.read_text() == schema(), "python -m tests.events.document writes it"


def test_every_type_is_described() -> None:
    described = set(re.findall(r"^\| `([a-z.]+)` \|", (FILE.parent / "events.md").read_text(), re.MULTILINE))
    assert described == set(re.findall(r'"const": "([a-z]+\.[a-z]+)"', schema()))
