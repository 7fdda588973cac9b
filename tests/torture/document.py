"""Writes `docs/torture.md` from the table: `python -m tests.torture.document`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.torture.outcomes import OUTCOMES, Outcome

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "torture.md"
_HEAD: Final = """\
# The torture test

RFC 4475 is a collection of messages that a SIP element may stumble over. They are in `tests/torture/messages`; here is
what the edge does with each of them, over UDP and over TCP. The tests hold it to this table and the table to them: this
page is written by `python -m tests.torture.document`.

A message that gets `403 Forbidden` or `404 Not Found` was understood: these are for other people's domains, and the
edge is a relay for nobody but its own extensions. The datagrams come from a host at which a phone is registered: from
others, those that get a 403 here would get no answer. What it does when such a message is for one of them is tested in
`tests/torture/test_at_home.py`, and what it reads in them in `tests/torture/test_reading.py`.

| message | RFC 4475 | what is special | what the RFC asks | over UDP | over TCP | remark |
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
