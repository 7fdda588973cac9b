"""Reads the parts of a Markdown page that tests compare with the code."""

from __future__ import annotations

import re
from collections.abc import Iterator

Row = tuple[str, ...]

_CELLS = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"$|#|[-*] |\d+\. |\|")
_ITEM = re.compile(r" *(?:[-*]|\d+\.) ")
_SPAN = re.compile(r"`[^`]+`")


def tables(text: str) -> Iterator[tuple[Row, list[Row]]]:
    """Yields each table of a page: its header, and its rows."""
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            lines.append(line)
        elif lines:
            header, _, *rows = [_cells(line) for line in lines]
            yield header, rows
            lines = []


def passages(text: str) -> Iterator[tuple[int, str]]:
    """Yields each paragraph, heading, list item and cell of a page with its line. Code has no words of its own."""
    begin, passage = 1, ""
    for line, words in enumerate([*_words(text), ""], 1):
        if _BREAK.match(words.lstrip()):
            yield begin, passage
            begin, passage = line, ""
        if words.startswith("|"):
            yield from ((line, cell) for cell in _cells(words))
        else:
            passage += f"{words}\n"


def anchors(text: str) -> set[str]:
    """Returns the anchors of a page's headings, in the spelling of GitHub."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text: str) -> list[str]:
    """Returns the targets of a page's links that lead to no other site."""
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]


def _cells(line: str) -> Row:
    return tuple([cell.strip() for cell in _CELLS.split(line)[1:-1]])


def _words(text: str) -> Iterator[str]:
    """Yields each line of a page without code and marks of emphasis. Lines of code blocks become empty."""
    is_fenced = False
    for line in text.splitlines():
        is_fence = line.startswith("```")
        is_fenced ^= is_fence
        is_indented = line.startswith("    ") and not _ITEM.match(line)
        yield "" if is_fence or is_fenced or is_indented else _SPAN.sub("`code`", line.replace("**", ""))
