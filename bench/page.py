"""Pages whose tables are written by a command, between two marks, and whose prose is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_END: Final = "<!-- to here -->\n"


def replace_part(page: Path, written_by: str, lines: Iterable[str]) -> None:
    """Write the part of a page that a command writes. Raises ValueError when the page has no place for it."""
    begin = f"<!-- written by {written_by}, from here -->\n"
    before, found, rest = page.read_text().partition(begin)
    if not found:
        raise ValueError(f"{page.name} has no part written by {written_by}")
    after = rest.partition(_END)[2]
    page.write_text(before + begin + "\n".join(lines) + "\n" + _END + after)


def table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    """The lines of a table, and an empty one."""
    for i, row in enumerate([head, *rows]):
        yield f"| {' | '.join(row)} |"
        if not i:
            yield f"|{'---|' * len(head)}"
    yield ""
