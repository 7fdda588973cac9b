"""Wake-ups of an extension's devices, as text, and their test."""

from __future__ import annotations

import time
from typing import Any, Final

from sipctl.api import Api
from sipctl.view import safe

_POLL_S: Final = 1.0
_LONGEST_TEST_S: Final = 45.0  # edges look for tests every two seconds, and a device has thirty
_LISTED: Final = 50


def wake_ups_text(wake_ups: list[dict[str, Any]]) -> str:
    """Two lines for each wake-up: what happened, and what to do."""
    return "\n".join(map(_text, wake_ups)) or "none"


def tested(api: Api, path: str) -> list[dict[str, Any]]:
    """Let an edge push the devices of the extension at a path, and return their wake-ups.

    Those that no edge has listed in time are missing. Raises FailedError.
    """
    known = _tests(api, path)
    devices = api.post(f"{path}/wake-up-test", {})["devices"]
    deadline = time.monotonic() + _LONGEST_TEST_S
    found: list[dict[str, Any]] = []
    while len(found) < devices and time.monotonic() < deadline:
        time.sleep(_POLL_S)
        found = [wake_up for wake_up in _tests(api, path) if wake_up not in known]
    return found


def _tests(api: Api, path: str) -> list[dict[str, Any]]:
    listed = api.get(f"{path}/wake-ups", page_size=str(_LISTED))["result"]
    return [wake_up for wake_up in listed if wake_up["cause"] == "test"]


def _text(wake_up: dict[str, Any]) -> str:
    parts = [f"{wake_up['at']}  {wake_up['cause']}: {wake_up['end']}"]
    if "woke_after_ms" in wake_up:
        parts.append(f" after {wake_up['woke_after_ms'] / 1000:.1f} s")
    if wake_up["push"]:
        parts.append(f", push {wake_up['push']} for {wake_up['app']} by {wake_up['service']}")
    if wake_up["reason"]:
        parts.append(f": {wake_up['reason']}")
    if wake_up["count"] > 1:
        parts.append(f", {wake_up['count']} times")
    return f"{safe(''.join(parts))}\n  {safe(wake_up['advice'])}"
