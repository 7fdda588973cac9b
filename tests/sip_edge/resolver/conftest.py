"""Fixtures of the tests of look-ups."""

from __future__ import annotations

import pytest

from sip_edge.resolver import questions, resolver


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer is given up because the machine stood still for a second."""
    monkeypatch.setattr(resolver, "_LONGEST_S", 40.0)
    monkeypatch.setattr(questions, "_QUESTION_S", 30.0)
    monkeypatch.setattr(questions, "_ATTEMPT_S", 10.0)
