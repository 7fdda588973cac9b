"""Runs the tests of all agents and writes what came of them to docs/interop.md: `python -m tests.interop.table`.

Exits with pytest's status; the table is written in any case, and shows what failed.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.interop.rows import CANNOT_REFRESH_ON_COMMAND, ROWS, Row
from tests.interop.versions import described
from tests.peers.document import section

PAGE = Path(__file__).parents[2] / "docs" / "interop.md"

COLUMNS = {
    "register": "test_register",
    "refresh": "test_refresh",
    "call out": "test_call_out",
    "be called": "test_be_called",
    "CANCEL": "test_cancel",
    "hold": "test_hold",
    "long call": "test_long_call",
}
"""Each column's test."""

INTRODUCTION = """\
# Agents that work with the edge

`python -m tests.interop.table` writes this table. Every cell is a test in `tests/interop/`: the published agent itself
runs against the whole service on one machine. A plain test run fails when a cell fails.

- register: REGISTER, what REST shows of the device, taking the registration back, REGISTER again.
- refresh: a REGISTER on command while registered, and a later expiry in REST.
- call out, be called: 180, 200, a tone heard in both directions, BYE from the far end and from the agent.
- CANCEL: of a call that rings, by the agent and to the agent; 487 at both ends.
- hold: by the agent and by the far end, with silence on hold and the tone again after it.
- long call: a call from agent to agent that lasts longer than a registration of 60 s, the shortest there is. The
  registration is refreshed during the call. At its end both still hear each other, and BYE arrives.
- 100rel, timer, outbound: the agent demands reliable provisional responses, session timers, flows of its own.
- sdes: the agent has no call without SRTP, with keys in the description.

"""

NOTES = {
    ("baresip-debian", "refresh"): "It has no command for it: its own timer refreshes, which the long call shows.",
    ("twinkle", "refresh"): "It tells no outcome of a command: its own timer refreshes, which the long call shows.",
    ("twinkle", "call out"): (
        "Its far end is linphone: with pjsua2, its RTP library stalls in RTCP when a stream ends, as on hold."
    ),
    ("baresip-debian", "hold"): (
        "Its recording ends with the first hold, so what it hears after one is not checked; what it sends is."
    ),
    ("kamailio", "call out"): (
        "It is a PBX: it registers, answers the challenges and relays; the phone behind it is pjsua2."
    ),
    ("jssip", "call out"): "`tests/media` has it call phones with plain RTP, and be called by them.",
}


class Outcomes:
    """A pytest plugin that remembers what came of each cell."""

    def __init__(self) -> None:
        self._passed: dict[tuple[str, str], bool] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Pytest's report of one step of a test."""
        function, _, row = report.nodeid.rpartition("::")[2].rstrip("]").partition("[")
        self._passed[row, function] = self._passed.get((row, function), True) and not report.failed

    def cell(self, row: Row, column: str) -> str:
        """The cells of the table."""
        by_itself = column == "refresh" and row.agent.kind in CANNOT_REFRESH_ON_COMMAND
        found = self._passed.get((str(row), COLUMNS["long call" if by_itself else column]))
        return {None: "not run", True: "ok", False: "**fails**"}[found]


def table(outcomes: Outcomes) -> str:
    """The page."""
    notes: list[str] = []
    lines = [
        f"| agent | transport | with | {' | '.join(COLUMNS)} |",
        f"|---|---|---|{'---|' * len(COLUMNS)}",
    ]
    for row in sorted(ROWS, key=lambda row: [other.agent.kind for other in ROWS].index(row.agent.kind)):
        cells = []
        for column in COLUMNS:
            mark = ""
            if (row.agent.kind, column) in NOTES:
                note = NOTES[row.agent.kind, column]
                notes += [note] if note not in notes else []
                mark = f" [{notes.index(note) + 1}]"
            cells.append(outcomes.cell(row, column) + mark)
        agent = ", ".join((described(row.agent.kind), *row.agent.features))
        lines.append(f"| {agent} | {row.agent.transport} | {_peer(row)} | {' | '.join(cells)} |")
    footnotes = [f"[{number}] {note}\n" for number, note in enumerate(notes, 1)]
    return INTRODUCTION + "\n".join([*lines, "", *footnotes]) + "\n" + section()


def _peer(row: Row) -> str:
    """The far end of a row's calls, in short."""
    return " ".join((row.peer.kind, row.peer.transport, *row.peer.features))


def main() -> int:
    """Run the tests and write the page; pytest's exit status."""
    outcomes = Outcomes()
    status = pytest.main(["-q", str(Path(__file__).parent)], plugins=[outcomes])
    PAGE.write_text(table(outcomes))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
