"""The text of docs/states.md: a diagram and a table of each state machine, from the transitions that were observed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from tests.sip_edge.states.client import InviteClientSubject, NonInviteClientSubject
from tests.sip_edge.states.exploration import END, Subject, Transition, explore
from tests.sip_edge.states.registration import RegistrationSubject
from tests.sip_edge.states.server import InviteServerSubject, NonInviteServerSubject

_HEAD: Final = """\
# States of transactions and registrations

`python -m tests.sip_edge.states` writes this page. It plays every event in every state of the real code, over UDP and
over TCP. The tables and diagrams show the observed transitions. A test fails when the code and this page differ.

A diagram leaves out events that keep the state. A table has all events, and the seconds of a timer since the state
began. An event that a table doesn't list changes nothing. `[*]` is the beginning and the end. 100 and 180 stand for all
provisional responses, 200 for each 2xx, and 486 for each refusal. TCP stands for all transports with connections.

"""


class Machine(NamedTuple):
    """A state machine with its place on the page."""

    title: str
    introduction: str
    beginning: str
    make: Callable[[str], Subject]


MACHINES: Final = (
    Machine(
        "Client transaction of an INVITE",
        """\
RFC 3261 figure 5, with the Accepted state of RFC 6026 and timer C of RFC 3261 §16.8. A CANCEL splits two states.
CancelPending is Calling after the CANCEL of the user, which waits for a provisional response (§9.1). Cancelling is
Proceeding after a CANCEL was sent, and RungOut is Proceeding after timer C.""",
        "INVITE",
        InviteClientSubject,
    ),
    Machine("Client transaction of another request", "RFC 3261 figure 6.", "request", NonInviteClientSubject),
    Machine(
        "Server transaction of an INVITE",
        """\
RFC 3261 figure 7, with the Accepted state of RFC 6026. Unanswered is Proceeding before the first response. After 3.5 s
without an answer the transaction sends a 100. After 28 s its user has to answer 500.""",
        "INVITE",
        InviteServerSubject,
    ),
    Machine(
        "Server transaction of another request",
        "RFC 3261 figure 8. RFC 4320 §4.1 and §4.2 are the reasons for 3.5 s and 28 s.",
        "request",
        NonInviteServerSubject,
    ),
    Machine(
        "Binding of a registration",
        """\
The phone registers at one of two edges for 60 s. Asked is Registered while the edge asks the phone whether it is there,
because another device wants its place. Expired is a binding after its time: calls pass it over, and its edge takes it
out within 15 s. EdgeGone is Registered at an edge that was killed, and AskedInVain is Asked there. Forgotten is Expired
there: it stays until the next write. [Events](events.md) describes the events that are named here.""",
        "",
        RegistrationSubject,
    ),
)


class Row(NamedTuple):
    """Events with the same effect in one state, and the transports over which they have it."""

    state: str
    events: tuple[str, ...]
    actions: tuple[str, ...]
    after: str
    transports: str


def text() -> str:
    """The whole page."""
    return _HEAD + "\n".join(_section(machine) for machine in MACHINES)


def rows(machine: Machine) -> list[Row]:
    """The transitions of a machine over both transports, in the order of its states and their events."""
    over: dict[Transition, list[str]] = defaultdict(list)
    for transport in ("UDP", "TCP"):
        for transition in explore(partial(machine.make, transport)):
            over[transition].append(transport)
    merged: dict[tuple[str, tuple[str, ...], str, str], list[str]] = defaultdict(list)
    for (state, event, actions, after), transports in over.items():
        merged[state, actions, after, ", ".join(transports)].append(event)
    order = list(dict.fromkeys((transition.state, transition.event) for transition in over))
    states = list(dict.fromkeys(state for state, _ in order))
    found = [
        Row(state, tuple(events), actions, after, over) for (state, actions, after, over), events in merged.items()
    ]
    return sorted(found, key=lambda row: (states.index(row.state), order.index((row.state, row.events[0]))))


def _section(machine: Machine) -> str:
    found = rows(machine)
    table = "".join(
        f"| {row.state} | {_timed(machine, row)} | {', '.join(row.actions)} | {row.after} | {row.transports} |\n"
        for row in found
    )
    return (
        f"## {machine.title}\n\n{machine.introduction}\n\n"
        f"```mermaid\nstateDiagram-v2\n{''.join(_arrows(machine, found))}```\n\n"
        f"| state | event | actions | next state | over |\n|---|---|---|---|---|\n{table}"
    )


def _timed(machine: Machine, row: Row) -> str:
    """The events of a row. A timer that doesn't name its seconds is shown with them."""
    timers = machine.make("UDP").timers.get(row.state, {})
    return ", ".join(
        f"{event} ({timers[event]:g} s)" if event in timers and not event.endswith(" s") else event
        for event in row.events
    )


def _arrows(machine: Machine, found: list[Row]) -> Iterator[str]:
    """Yields a line for each pair of states between which events lead."""
    if machine.beginning:
        yield f"    {END} --> {found[0].state}: {machine.beginning}\n"
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in found:
        over = "" if "," in row.transports else f" ({row.transports})"
        labels[row.state, row.after] += [f"{event}{over}" for event in row.events]
    for (state, after), events in labels.items():
        if state != after:
            yield f"    {state} --> {after}: {', '.join(events)}\n"
