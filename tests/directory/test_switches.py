from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from directory.errors import ContentionError
from directory.switches import SwitchBoard
from tests import tables


@pytest.fixture
def board(client: Any) -> SwitchBoard:
    return SwitchBoard(client, tables.ENVIRONMENT)


def test_no_trace_is_lost_among_rivals(board: SwitchBoard) -> None:
    def switch(number: int) -> None:
        while True:
            try:
                board.set_trace(f"a@{number:06}-000000", 100, 0)
            except ContentionError:
                continue
            return

    with ThreadPoolExecutor(4) as executor:
        list(executor.map(switch, range(8)))
    assert board.read().traces == {f"a@{number:06}-000000": 100 for number in range(8)}


def test_nothing_is_switched_at_first(board: SwitchBoard) -> None:
    assert board.read().traces == {}
