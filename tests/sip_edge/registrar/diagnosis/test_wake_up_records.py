"""The edge's log of wake-ups keeps all of them, or their count, within its limits of memory and writes."""

from __future__ import annotations

from typing import get_args

import pytest

from directory.schema import wake_up_advice
from sip_edge.push.outcome import ACCEPTED, TOO_MANY, Outcome, Result
from sip_edge.push.wake_up import Cause, WakeUp, WakeUpEnd
from sip_edge.registrar.diagnosis import wake_up_records as limits
from sip_edge.registrar.diagnosis.wake_up_records import WakeUpRecords
from tests.sip_edge.rig import CUSTOMER, Rig


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def log(rig: Rig) -> WakeUpRecords:
    return rig.wake_ups


def wake_up(
    rig: Rig,
    username: str = "alice",
    push: Outcome | None = ACCEPTED,
    end: WakeUpEnd = WakeUpEnd.REGISTERED,
    call_id: str = "call",
) -> WakeUp:
    after_s = 4.2104 if end is WakeUpEnd.REGISTERED else None
    app = f"com.example.{CUSTOMER}"
    return WakeUp(f"{username}@{CUSTOMER}", rig.now, Cause.CALL, "apns", app, push, end, after_s, call_id)


def test_the_names_are_those_that_the_api_publishes() -> None:
    assert {cause.value for cause in Cause} == set(get_args(wake_up_advice.WakeUpCause))
    assert {end.value for end in WakeUpEnd} == set(get_args(wake_up_advice.WakeUpEnd))
    assert {"", *(result.value for result in Result)} == set(get_args(wake_up_advice.PushResult))
    assert (
        wake_up_advice.ENDS.keys() == wake_up_advice.ENDS_WITHOUT_PUSH.keys() == set(get_args(wake_up_advice.WakeUpEnd))
    )
    assert {"", "accepted", *wake_up_advice.RESULTS} == set(get_args(wake_up_advice.PushResult))


def test_each_advice_is_one_sentence() -> None:
    tables = (
        wake_up_advice.REASONS,
        wake_up_advice.RESULTS,
        wake_up_advice.ENDS,
        wake_up_advice.ENDS_WITHOUT_PUSH,
    )
    for advice in (text for table in tables for text in table.values()):
        assert advice.endswith(".")
        assert ". " not in advice


def test_a_wake_up_is_written_a_second_later(rig: Rig, log: WakeUpRecords) -> None:
    log.note(wake_up(rig))
    log.note(wake_up(rig, push=TOO_MANY, end=WakeUpEnd.UNANSWERED))
    log.note(wake_up(rig, push=None, end=WakeUpEnd.CANCELLED))
    assert rig.world.wake_ups.written == []
    rig.advance(1.1)
    woken, refused, gone = rig.world.wake_ups.written
    assert (woken.push, woken.reason, woken.end, woken.woke_after_ms) == ("accepted", "", "registered", 4210)
    assert (refused.push, refused.reason, refused.woke_after_ms) == ("refused", "TooManyPushes", None)
    assert (gone.push, gone.reason, gone.end) == ("", "", "cancelled")
    assert len({one.at for one in (woken, refused, gone)}) == 3
    assert woken.time == "2023-11-14T22:13:20.000Z"


def test_a_storm_of_calls_is_some_records_and_a_count(rig: Rig, log: WakeUpRecords) -> None:
    for number in range(480):
        log.note(wake_up(rig, call_id=f"call-{number}"))
        log.note(wake_up(rig, push=TOO_MANY, end=WakeUpEnd.UNANSWERED))
    rig.advance(5)
    assert [one.count for one in rig.world.wake_ups.written] == [1] * limits.MOST_SINGLE
    rig.advance(limits.WINDOW_S)
    counted = rig.world.wake_ups.written[limits.MOST_SINGLE :]
    assert len(counted) == 2
    assert sum(one.count for one in counted) == 960 - limits.MOST_SINGLE
    assert "call-479" in [one.call_id for one in counted]
    log.note(wake_up(rig))
    rig.advance(1.1)
    assert rig.world.wake_ups.written[-1].count == 1


def test_kinds_beyond_a_limit_are_dropped_and_counted(rig: Rig, log: WakeUpRecords) -> None:
    kinds = limits.MOST_SINGLE + limits.MOST_KINDS + 5
    for number in range(kinds):
        log.note(wake_up(rig, push=Outcome(Result.REFUSED, f"Reason{number}")))
    rig.advance(limits.WINDOW_S + 2)
    assert len(rig.world.wake_ups.written) == kinds - 5
    assert rig.journal.counts["wake_ups_dropped"] == 5


def test_a_customer_has_its_share_and_a_second_its_writes(rig: Rig, log: WakeUpRecords) -> None:
    for number in range(limits.MOST_OF_A_CUSTOMER + 20):
        log.note(wake_up(rig, f"user{number}"))
    rig.advance(1.1)
    assert len(rig.world.wake_ups.written) == limits.MOST_WRITES_A_SECOND
    rig.advance(limits.MOST_OF_A_CUSTOMER / limits.MOST_WRITES_A_SECOND)
    assert len(rig.world.wake_ups.written) == limits.MOST_OF_A_CUSTOMER
    assert rig.journal.counts["wake_ups_dropped"] == 20
    rig.advance(limits.WINDOW_S)
    log.note(wake_up(rig))
    rig.advance(1.1)
    assert rig.world.wake_ups.written[-1].aor == f"alice@{CUSTOMER}"


def test_a_record_that_can_not_be_written_is_written_later_or_dropped(rig: Rig, log: WakeUpRecords) -> None:
    rig.world.wake_ups.outage = True
    log.note(wake_up(rig))
    rig.advance(5)
    rig.world.wake_ups.outage = False
    rig.advance(1.1)
    assert len(rig.world.wake_ups.written) == 1
    rig.world.wake_ups.outage = True
    log.note(wake_up(rig))
    rig.advance(limits.KEPT_S + 2)
    rig.world.wake_ups.outage = False
    rig.advance(5)
    assert len(rig.world.wake_ups.written) == 1
    assert rig.journal.counts["wake_ups_dropped"] == 1


def test_a_call_id_does_not_grow_an_item(rig: Rig, log: WakeUpRecords) -> None:
    log.note(wake_up(rig, call_id="x" * 500 + "\udcff"))
    rig.advance(1.1)
    assert rig.world.wake_ups.written[0].call_id == "x" * 128
