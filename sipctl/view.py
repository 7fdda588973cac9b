"""Text for people, made of what the API says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any


def table(*columns: str) -> Callable[[list[dict[str, Any]]], str]:
    """A view of a list: a line for each item, a column for each field, "none" for an empty list."""

    def view(items: list[dict[str, Any]]) -> str:
        rows = [[cell(item[column]) for column in columns] for item in items]
        return aligned([[column.upper() for column in columns], *rows]) if rows else "none"

    return view


def record(*fields: str) -> Callable[[dict[str, Any]], str]:
    """A view of one thing: a line for each of the fields."""
    return lambda item: aligned([[field, cell(item[field])] for field in fields])


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lines with columns that begin at the same place."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def cell(value: object) -> str:
    """A value as one word or line; "-" for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return safe(str(value)) or "-"


def safe(text: str) -> str:
    """The text without control characters: what phones call themselves must not move a terminal's cursor."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _line(row: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
