"""The experiments do what they say, and their invariants hold for a short time, too."""

from __future__ import annotations

import asyncio
from pathlib import Path

from chaos import held_calls, killed_edge, race, soak, storm


def test_of_two_devices_one_gets_the_place(tmp_path: Path) -> None:
    findings = asyncio.run(race.run(tmp_path, races=10))
    assert not findings.broken
    assert findings.figures["races"] == "10"


def test_what_was_confirmed_outlives_an_edge(tmp_path: Path) -> None:
    findings = asyncio.run(killed_edge.run(tmp_path, phones=60, rounds=1, keepalive_s=1.0))
    assert not findings.broken
    assert findings.figures["registrations confirmed, and found in the table"] == "60"


def test_calls_for_sleeping_phones_have_one_push_and_one_invite(tmp_path: Path) -> None:
    findings = asyncio.run(held_calls.run(tmp_path, calls=30))
    assert not findings.broken
    assert findings.figures["calls at once, each for a phone of its own"] == "30"


def test_everything_is_done_by_turns_and_comes_out_as_it_should(tmp_path: Path) -> None:
    findings = asyncio.run(soak.run(tmp_path, seconds=9.0))
    assert [broken for broken in findings.broken if not broken.startswith("memory")] == []  # caches still fill
    assert len(findings.figures) == 1 + 8 + 2
    assert findings.figures["calls that are cancelled"] == "60"


def test_all_phones_come_back_about_as_fast_as_the_table_takes_them(tmp_path: Path) -> None:
    findings = asyncio.run(storm.run(tmp_path, phones=20_000, writes_per_s=80))
    assert not findings.broken
    assert findings.figures["at best"] == "250 s"
    assert int(findings.figures["100% keep to Retry-After: all are back after"].removesuffix(" s")) < 300
