"""Attempts to register, as text."""

from __future__ import annotations

from typing import Any

from sipctl.view import safe


def attempts_text(attempts: list[dict[str, Any]]) -> str:
    """Two lines for each attempt: what happened, and what to do."""
    return "\n".join(map(_text, attempts)) or "none"


def _text(attempt: dict[str, Any]) -> str:
    who = f"{attempt['username']}@{attempt['domain']}" if "domain" in attempt else attempt["username"]
    what = "{tm_last}  {who}  {outcome}: {reason}, {count} times, from {source} by {transport}"
    what = what.format_map({**attempt, "who": who})
    agent = f", {attempt['user_agent']}" if attempt["user_agent"] else ""
    return f"{safe(what + agent)}\n  {safe(attempt['advice'])}"
