"""The order of a rehearsal's steps, and the way back over them, however it ends."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from rehearsal.interruption import Interruption
from rehearsal.run import NOT_TRIED, Rehearsal
from rehearsal.state import State, read
from rehearsal.step import Figures, Left, Step
from sipctl.failure import FailedError

FAILURE = FailedError({"code": "x", "detail": "it is broken"})


class Scripted(Step):
    """A step that notes its calls in a list, and raises where it is told to."""

    def __init__(self, name: str, calls: list[str], *, needs_aws: bool, lasts: bool) -> None:
        self.name = name
        self.needs_aws = needs_aws
        self.lasts = lasts
        self.failure: BaseException | None = None
        self.undo_failure: BaseException | None = None
        self._calls = calls
        self._is_there = False

    def do(self) -> Figures:
        self._calls.append(self.name)
        self._is_there = True
        if self.failure:
            raise self.failure
        return {"number": 7}

    def undo(self) -> Figures:
        self._calls.append(f"undo {self.name}")
        if self.undo_failure:
            raise self.undo_failure
        self._is_there = False
        return {}

    def left(self) -> list[Left]:
        return [Left(self.name, f"rm {self.name}")] if self._is_there else []


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def steps(calls: list[str]) -> list[Scripted]:
    return [Scripted(name, calls, needs_aws=name == "b", lasts=name != "c") for name in "abcd"]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state.json", "x", "1", "y", time.time())


def rehearsal(
    steps: list[Scripted], state: State, interruption: Interruption | None = None, *, is_emulated: bool = False
) -> Rehearsal:
    interruption = interruption or Interruption()
    return Rehearsal(steps, state, interruption, is_emulated=is_emulated, hours=1, tell=lambda _: None)


def test_an_interruption_that_python_has_dropped_ends_it_after_the_step(
    steps: list[Scripted], state: State, calls: list[str]
) -> None:
    interruption = Interruption()
    with pytest.raises(KeyboardInterrupt):
        interruption.on_signal(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt):
        rehearsal(steps, state, interruption).go()
    assert calls == ["a"]


def results(state: State) -> list[tuple[str, str]]:
    return [(outcome.step, outcome.result) for outcome in state.outcomes]


def test_steps_are_done_in_order_and_undone_in_reverse(steps: list[Scripted], state: State, calls: list[str]) -> None:
    run = rehearsal(steps, state)
    assert run.go()
    assert run.clean_up() == []
    assert calls == ["a", "b", "c", "d", "undo d", "undo c", "undo b", "undo a"]
    assert state.begun == []


def test_an_emulator_is_not_asked_for_more_than_it_can(steps: list[Scripted], state: State, calls: list[str]) -> None:
    run = rehearsal(steps, state, is_emulated=True)
    assert run.go()
    run.clean_up()
    assert ("b", NOT_TRIED) in results(state)
    assert not {"b", "undo b"} & set(calls)


def test_after_a_failure_no_step_begins_and_all_is_undone(
    steps: list[Scripted], state: State, calls: list[str]
) -> None:
    steps[2].failure = FAILURE
    run = rehearsal(steps, state)
    assert not run.go()
    assert run.clean_up() == []
    assert calls == ["a", "b", "c", "undo c", "undo b", "undo a"]
    assert ("c", "failed") in results(state)


def test_an_interruption_is_noted_and_all_is_undone(steps: list[Scripted], state: State, calls: list[str]) -> None:
    steps[1].failure = KeyboardInterrupt()
    run = rehearsal(steps, state)
    with pytest.raises(KeyboardInterrupt):
        run.go()
    assert run.clean_up() == []
    assert calls == ["a", "b", "undo b", "undo a"]


def test_a_step_that_can_not_be_undone_stops_no_other(steps: list[Scripted], state: State, calls: list[str]) -> None:
    steps[1].undo_failure = FAILURE
    run = rehearsal(steps, state)
    run.go()
    assert run.clean_up() == [Left("b", "rm b")]
    assert calls[-1] == "undo a"
    assert state.begun == ["b"]


def test_a_second_interruption_ends_the_way_back(steps: list[Scripted], state: State, calls: list[str]) -> None:
    steps[2].undo_failure = KeyboardInterrupt()
    run = rehearsal(steps, state)
    run.go()
    assert [left.name for left in run.clean_up()] == ["a", "b", "c"]
    assert calls[-1] == "undo c"


def test_another_process_goes_on_or_cleans_up(steps: list[Scripted], state: State, calls: list[str]) -> None:
    steps[3].failure = SystemExit()  # a sudden end
    with pytest.raises(SystemExit):
        rehearsal(steps, state).go()
    steps[3].failure = None
    found = read(state.path)
    assert found is not None
    calls.clear()
    again = rehearsal(steps, found)
    assert again.go()
    assert calls == ["c", "d"], "phones live in their process: their step is done anew"
    assert again.clean_up() == []
    assert calls[-4:] == ["undo d", "undo c", "undo b", "undo a"]


def test_no_step_begins_after_the_hours(steps: list[Scripted], state: State, calls: list[str]) -> None:
    state.began -= 3600
    assert not rehearsal(steps, state).go()
    assert calls == []


def test_another_file_is_no_state(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    assert read(path) is None
    for content in ("", "[]", "{}", '{"outcomes": [1]}'):
        path.write_text(content)
        with pytest.raises(FailedError, match="no state"):
            read(path)
