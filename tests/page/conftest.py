"""Fixtures of the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.office import Office
from tests.page.browser import Browser
from tests.service import Service


@pytest.fixture
def browser(service: Service, office: Office, tmp_path: Path) -> Iterator[Browser]:
    """Signed in as the office. Nothing on the page may break its Content-Security-Policy."""
    with Browser(tmp_path) as browser:
        browser.open(service.page_url)
        browser.fill("Token", "no such token")
        browser.click("Sign in")
        browser.wait_text("This token is not good.")
        browser.fill("Token", office.token)
        browser.press("Enter")
        browser.wait_text("No extensions yet")
        yield browser
        assert browser.violations == []
        assert office.token not in browser.evaluate("location.href + JSON.stringify(localStorage) + document.cookie")
