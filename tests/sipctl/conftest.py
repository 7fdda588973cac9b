"""Fixtures of the tests of `sipctl`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.emulator import CREDENTIALS, REGION
from tests.calls.office import Office
from tests.service import Service
from tests.sipctl.terminal import Terminal


@pytest.fixture
def terminal(service: Service, office: Office) -> Iterator[Terminal]:
    """A terminal of the office's customer. The token turns up nowhere in it."""
    terminal = Terminal(SIP_API_URL=service.api_url, SIP_API_TOKEN=office.token)
    yield terminal
    assert office.token not in terminal.printed


@pytest.fixture
def operator(service: Service, tmp_path: Path) -> Terminal:
    """A terminal of the operator, who has a profile and no token."""
    config, credentials = tmp_path / "config", tmp_path / "credentials"
    config.write_text(f"[profile ops]\nregion = {REGION}\n")
    credentials.write_text(
        f"[ops]\naws_access_key_id = {CREDENTIALS.access_key}\naws_secret_access_key = {CREDENTIALS.secret_key}\n"
    )
    return Terminal(
        SIP_API_URL=service.api_url, AWS_CONFIG_FILE=str(config), AWS_SHARED_CREDENTIALS_FILE=str(credentials)
    )
