"""The page and the tests say the same."""

from __future__ import annotations

from tests.peers import document


def test_the_page_lists_every_case() -> None:
    page = document.PAGE.read_text()
    assert page.endswith(document.section()), "write it anew: python -m tests.peers.document"


def test_every_test_here_names_its_origin() -> None:
    cases = list(document.rows())
    assert len(cases) >= 100
    assert {project for project, _, _ in cases} == {"pjsip", "drachtio", "Routr", "Asterisk", "Flexisip"}
