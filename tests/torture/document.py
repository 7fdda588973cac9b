"""Writes `docs/torture.md` from the table: `python -m tests.torture.document`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.torture.outcomes import OUTCOMES, Outcome

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "torture.md"
_HEAD: Final = """\
# The torture test

RFC 4475 is a collection of messages that a SIP element may stumble over. They are in `tests/torture/messages`. The
table has the edge's answer to each of them, over UDP and over TCP. Tests hold the edge to it, and the command that
writes this page is `python -m tests.torture.document`.

A message that gets `403 Forbidden` or `404 Not Found` was understood. These are for other people's domains, and the
edge relays for its own extensions alone. The datagrams come from a host at which a phone is registered: from others,
those that get a 403 here would get no answer. `tests/torture/test_at_home.py` sends such messages to extensions, and
`tests/torture/test_reading.py` shows the values that the edge reads.

| message | RFC 4475 | speciality | demand of the RFC | over UDP | over TCP | remark |
|---|---|---|---|---|---|---|
"""


def text() -> str:
    """The whole page."""
    return _HEAD + "".join(_row(outcome) for outcome in OUTCOMES)


def _row(outcome: Outcome) -> str:
    closes = ", then the connection is closed" if outcome.closes else ""
    over_tcp = _answers(outcome.over_tcp) + closes
    texts = (outcome.name, outcome.section, outcome.special, outcome.asks)
    cells = (*texts, _answers(outcome.udp), over_tcp, outcome.remark)
    return f"| {' | '.join(cells)} |\n"


def _answers(answers: tuple[str, ...]) -> str:
    return ", ".join(f"`{answer}`" for answer in answers) or "no answer"


if __name__ == "__main__":
    DOCUMENT.write_text(text())
