"""`python -m tests.sip_edge.states`: observe the state machines and write docs/states.md."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.sip_edge.states.page import text

PAGE: Final = Path(__file__).parents[3] / "docs" / "states.md"

if __name__ == "__main__":
    PAGE.write_text(text())
