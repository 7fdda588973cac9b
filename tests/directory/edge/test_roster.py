"""The roster of running edges."""

from __future__ import annotations

from typing import Any

from directory.edge.roster import Roster
from tests import tables


def test_who_enters_sees_who_is_there(client: Any) -> None:
    roster = Roster(client, tables.ENVIRONMENT, "roster.example")
    elsewhere = Roster(client, tables.ENVIRONMENT, "elsewhere.example")
    assert roster.enter("10.0.0.1:5070/1", 1000) == ["10.0.0.1:5070/1"]
    assert elsewhere.enter("10.0.9.1:5070/1", 1000) == ["10.0.9.1:5070/1"]
    assert sorted(roster.enter("10.0.0.2:5070/1", 1100)) == ["10.0.0.1:5070/1", "10.0.0.2:5070/1"]


def test_who_leaves_or_is_silent_is_there_no_more(client: Any) -> None:
    roster = Roster(client, tables.ENVIRONMENT, "leaving.example")
    for number in range(3):
        roster.enter(f"10.0.0.{number}:5070/1", 1000)
    roster.leave("10.0.0.1:5070/1")
    assert sorted(roster.enter("10.0.0.2:5070/1", 1199)) == ["10.0.0.0:5070/1", "10.0.0.2:5070/1"]
    assert roster.enter("10.0.0.2:5070/1", 1201) == ["10.0.0.2:5070/1"]
