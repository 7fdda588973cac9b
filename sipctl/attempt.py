"""Attempts to register, as text."""

from __future__ import annotations

from typing import Any

from sipctl.view import safe


def attempts_text(attempts: list[dict[str, Any]]) -> str:
    """Two lines for each attempt: what happened, and what to do."""
    return "\n".join(map(_text, attempts)) or "none"


def _text(attempt: dict[str, Any]) -> str:
    what = "{tm_last}  {username}  {outcome}: {reason}, {count} times, from {source} by {transport}".format_map(attempt)
    agent = f", {attempt['user_agent']}" if attempt["user_agent"] else ""
    return f"{safe(what + agent)}\n  {safe(attempt['advice'])}"
