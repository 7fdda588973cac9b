"""The switches of the log level and of traces."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from directory.errors import ContentionError
from directory.schema.model import Extension
from directory.switches import SwitchBoard
from tests import tables
from tests.directory.rivals import before_every, before_next

UPDATE = "before-call.dynamodb.UpdateItem"


def extension(number: int, direct_hash: str = "") -> Extension:
    return Extension(f"{number:06}-000000", f"id-{number}", "", "", "a", direct_hash, "", "")


@pytest.fixture
def board(client: Any) -> SwitchBoard:
    return SwitchBoard(client, tables.ENVIRONMENT)


@pytest.mark.parametrize("before", [[], [3]])
def test_no_trace_is_lost_among_rivals(board: SwitchBoard, client: Any, before: list[int]) -> None:
    for number in before:
        board.set_trace(extension(number), 100, 0)
    before_next(client, UPDATE, lambda: board.set_trace(extension(2), 100, 0))
    board.set_trace(extension(1), 100, 0)
    assert board.read().traces == {f"a@{number:06}-000000": 100 for number in [1, 2, *before]}


def test_rivals_without_end_are_told_of(board: SwitchBoard, client: Any) -> None:
    ends = itertools.count(100)
    rival = before_every(client, UPDATE, lambda: board.set_trace(extension(2), next(ends), 0))
    with rival, pytest.raises(ContentionError):
        board.set_trace(extension(1), 100, 0)
    assert list(board.read().traces) == ["a@000002-000000"]


def test_nothing_is_switched_at_first(board: SwitchBoard) -> None:
    assert board.read().traces == {}
    assert board.read().direct_traces == {}


def test_direct_hashes_come_and_go_with_their_traces(board: SwitchBoard) -> None:
    board.set_trace(extension(1, "aaa"), 100, 0)
    board.set_trace(extension(2, "bbb"), 60, 0)
    assert board.read().direct_traces == {"aaa": "a@000001-000000", "bbb": "a@000002-000000"}
    board.set_trace(extension(1, "ccc"), 100, 0)
    assert board.read().direct_traces == {"bbb": "a@000002-000000", "ccc": "a@000001-000000"}
    board.set_trace(extension(3), 100, 70)
    assert board.read().direct_traces == {"ccc": "a@000001-000000"}
    board.set_trace(extension(1, "ccc"), 0, 70)
    assert board.read().direct_traces == {}
