"""The state machines of the code, and docs/states.md, which shows them."""

from __future__ import annotations

import re
from functools import partial

import pytest

from sip_edge.transaction import client, invite_client, server
from tests.sip_edge.states.__main__ import PAGE
from tests.sip_edge.states.exploration import END, Transition, explore
from tests.sip_edge.states.page import MACHINES, Machine, text

# RFC 3261 table 4 and RFC 6026, in seconds. Timer C has to be longer than three minutes unless it is configured.
TIMERS = {
    **{f"timer {name}": 0.5 for name in "AEG"},
    **{f"timer {name}": 32.0 for name in "BDFHJLM"},
    **{f"timer {name}": 5.0 for name in "IK"},
    "timer C": 180.0,
}

each_machine = pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.title)
over_each_transport = pytest.mark.parametrize("transport", ["UDP", "TCP"])


def transitions(machine: Machine, transport: str = "UDP") -> list[Transition]:
    return explore(partial(machine.make, transport))


def named(states: type[invite_client.InviteState | client.NonInviteState | server.InviteState]) -> set[str]:
    return {state.name.capitalize() for state in states}


def test_the_page_shows_them() -> None:
    assert PAGE.read_text() == text()


def test_each_arrow_is_one_of_mermaid() -> None:
    arrows = re.findall(r"^    .*$", text(), re.MULTILINE)
    assert arrows
    assert not [arrow for arrow in arrows if not re.fullmatch(r"    (\[\*\]|\w+) --> (\[\*\]|\w+): [^:;]+", arrow)]


@pytest.mark.parametrize(
    ("machine", "states"),
    list(zip(MACHINES[:3], [invite_client.InviteState, client.NonInviteState, server.InviteState], strict=True)),
)
def test_each_state_of_the_code_is_reached(
    machine: Machine, states: type[invite_client.InviteState | client.NonInviteState | server.InviteState]
) -> None:
    assert named(states) <= {transition.state for transition in transitions(machine)}


@over_each_transport
@each_machine
def test_each_state_has_a_way_to_the_end(machine: Machine, transport: str) -> None:
    found = transitions(machine, transport)
    ending = {END}
    for _ in found:
        ending |= {transition.state for transition in found if transition.after in ending}
    assert {transition.state for transition in found} <= ending


@each_machine
def test_timers_last_as_long_as_the_rfc_says(machine: Machine) -> None:
    for timers in machine.make("UDP").timers.values():
        assert all(seconds == TIMERS[name] for name, seconds in timers.items() if name.startswith("timer "))


@over_each_transport
@each_machine
def test_each_state_ends_by_its_last_timer(machine: Machine, transport: str) -> None:
    timers = machine.make(transport).timers
    after = {(found.state, found.event): found.after for found in transitions(machine, transport)}
    for state in {state for state, _ in after} & timers.keys():
        last = max(timers[state], key=lambda name: timers[state][name])
        assert after[state, last] != state


@over_each_transport
@pytest.mark.parametrize("machine", MACHINES[:4], ids=lambda machine: machine.title)
def test_an_end_is_final(machine: Machine, transport: str) -> None:
    subject = machine.make(transport)
    subject.events["flow closed"]()
    subject.take_actions()
    assert subject.state == END
    for event in subject.events.values():
        event()
    assert subject.state == END
    assert subject.take_actions() in ([], ["passes ACK"])
