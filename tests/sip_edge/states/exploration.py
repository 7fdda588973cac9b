"""Finds the transitions of a state machine by playing each event in each of its states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol

END: Final = "[*]"
STEP_S: Final = 0.01
"""The step of a subject's clock."""


class Subject(Protocol):
    """One instance of a state machine, with a clock of its own."""

    @property
    def state(self) -> str:
        """The name of its state, END when it is gone."""

    @property
    def events(self) -> Mapping[str, Callable[[], None]]:
        """The events that its surroundings cause."""

    @property
    def timers(self) -> Mapping[str, Mapping[str, float]]:
        """The timers that may fire in each state: name, and seconds since the state was entered."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""

    def take_actions(self) -> list[str]:
        """Everything that it has done since the last time."""


class Transition(NamedTuple):
    """One event in one state, with its actions and the state after it."""

    state: str
    event: str
    actions: tuple[str, ...]
    after: str


def explore(make: Callable[[], Subject]) -> list[Transition]:
    """Returns all transitions, in the order in which the states are reached. An event without an effect is none.

    `make` returns a new subject in the first state. Each event is played on a subject of its own, which the fewest
    events have brought into the state.
    """
    subject = make()
    paths: dict[str, tuple[str, ...]] = {subject.state: ()}
    found: list[Transition] = []
    for state in (reached := [subject.state]):
        for event in (*subject.events, *subject.timers.get(state, ())):
            transition = _play(make(), paths[state], state, event)
            if transition.after != state or transition.actions:
                found.append(transition)
            if transition.after not in (*paths, END):
                paths[transition.after] = (*paths[state], event)
                reached.append(transition.after)
    return found


def _play(subject: Subject, path: tuple[str, ...], state: str, event: str) -> Transition:
    for step in path:
        _cause(subject, step)
    assert subject.state == state
    subject.take_actions()
    _cause(subject, event)
    return Transition(state, event, tuple(subject.take_actions()), subject.state)


def _cause(subject: Subject, event: str) -> None:
    """Let an event happen. Timers that fire before the one in question leave no actions."""
    state = subject.state
    seconds = subject.timers.get(state, {}).get(event)
    if seconds is None:
        subject.events[event]()
        return
    subject.wait(seconds - STEP_S)
    assert subject.state == state, f"{state} ended before {event}"
    subject.take_actions()
    subject.wait(STEP_S)
