"""Registered devices, as text."""

from __future__ import annotations

from typing import Any

from sipctl.view import aligned, cell, safe

_COLUMNS = ("source", "transport", "reachability", "password", "expires", "id")


def devices_text(registrations: list[dict[str, Any]]) -> str:
    """A line for each device of some extensions, and for each extension that has none."""
    rows = [
        [registration["username"], *(cell(device[column]) for column in _COLUMNS), safe(device["user_agent"])]
        for registration in registrations
        for device in registration["devices"]
    ]
    absent = [
        [registration["username"], "unregistered", *[""] * len(_COLUMNS)]
        for registration in registrations
        if not registration["devices"]
    ]
    heading = ["USERNAME", *(column.upper() for column in _COLUMNS), "USER AGENT"]
    return aligned([heading, *rows, *absent]) if rows or absent else "none"
