"""Real softphones sleep, and calls wake them by a push. The caller is at another edge than the phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest

from tests.agents.browser_page import made_page
from tests.agents.phone import Phone
from tests.agents.settings import Kind, Transport
from tests.push.agents.light_phone import LightPhone
from tests.push.agents.pushed_office import HOSTS, PushedOffice, pushed_office
from tests.push.agents.sleeper import Sleep, Sleeper
from tests.push.providers import Providers
from tests.service import Service
from tests.waiting import wait_until

LOW, HIGH = 440, 660
HERE, ELSEWHERE = HOSTS
SLEEP = pytest.mark.parametrize("sleep", Sleep, ids=lambda sleep: sleep.value)


class Scene(NamedTuple):
    """A sleeper at one edge, and a caller at the other."""

    office: PushedOffice
    sleeper: Sleeper
    token: str
    caller: Phone

    def wait_pushed(self, count: int = 1) -> None:
        wait_until(lambda: self.office.providers.pushes(self.token) == count, "the push")


@pytest.fixture(scope="module")
def office(service: Service, providers: Providers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PushedOffice]:
    made_page()  # which takes longer than a phone may take to start
    with pushed_office(service, providers, tmp_path_factory.mktemp("edges")) as office:
        yield office


@pytest.fixture
def running() -> Iterator[ExitStack]:
    with ExitStack() as running:
        yield running


def scene(office: PushedOffice, running: ExitStack, kind: Kind, transport: Transport) -> Scene:
    parameters, token = office.iphone() if kind == "linphone" else office.android()
    username = office.extension()
    sleeper = Sleeper(lambda: office.phone(kind, username, transport, HERE, tone=HIGH, contact_parameters=parameters))
    caller = office.phone("pjsua2", office.extension(), "tcp", ELSEWHERE, tone=LOW)
    running.enter_context(sleeper)
    running.enter_context(caller).register()
    return Scene(office, sleeper, token, caller)


@SLEEP
@pytest.mark.parametrize(("kind", "transport"), [("linphone", "tcp"), ("sipjs", "ws")])
def test_a_call_wakes_it(
    office: PushedOffice, running: ExitStack, kind: Kind, transport: Transport, sleep: Sleep
) -> None:
    made = scene(office, running, kind, transport)
    made.sleeper.fall_asleep(sleep)
    call = made.caller.call(made.sleeper.phone.uri)
    made.wait_pushed()
    call.wait_ringing()  # while the phone still sleeps
    made.sleeper.wake()
    incoming = made.sleeper.phone.wait_incoming()
    incoming.answer()
    call.wait_established()
    incoming.wait_established()
    call.wait_tone(HIGH)
    incoming.wait_tone(LOW)
    call.hangup()
    assert incoming.wait_ended()[0] == 200
    assert len(made.sleeper.phone.logged_invites()) == 1
    assert office.providers.pushes(made.token) == 1


@SLEEP
def test_a_call_that_was_given_up_stops_ringing(office: PushedOffice, running: ExitStack, sleep: Sleep) -> None:
    made = scene(office, running, "linphone", "tcp")
    made.sleeper.fall_asleep(sleep)
    call = made.caller.call(made.sleeper.phone.uri)
    made.wait_pushed()
    call.wait_ringing()
    call.cancel()
    assert call.wait_ended()[0] == 487
    made.sleeper.wake()
    assert made.sleeper.phone.wait_incoming().wait_ended()[0] == 487
    assert len(made.sleeper.phone.logged_invites()) == 1


def test_the_edge_of_its_connection_is_killed_meanwhile(office: PushedOffice, running: ExitStack) -> None:
    made = scene(office, running, "linphone", "tcp")
    made.sleeper.fall_asleep(Sleep.SUSPENDED)
    call = made.caller.call(made.sleeper.phone.uri)
    made.wait_pushed()
    office.kill_edge(HERE)
    office.start_edge(HERE)
    made.sleeper.wake()
    made.sleeper.phone.wait_incoming().answer()
    call.wait_established()
    call.wait_tone(HIGH)
    call.hangup()


def test_the_edge_of_the_caller_is_killed_meanwhile(office: PushedOffice, running: ExitStack) -> None:
    made = scene(office, running, "linphone", "tcp")
    made.sleeper.fall_asleep(Sleep.ENDED)
    call = made.caller.call(made.sleeper.phone.uri)
    made.wait_pushed()
    office.kill_edge(ELSEWHERE)
    assert call.wait_ended()[0] >= 400  # its connection has ended
    again = running.enter_context(office.phone("pjsua2", office.extension(), "tcp", HERE, tone=LOW))
    again.register()
    call = again.call(made.sleeper.phone.uri)
    made.wait_pushed(2)
    made.sleeper.wake()
    made.sleeper.phone.wait_incoming().answer()
    call.wait_established()
    call.wait_tone(HIGH)
    call.hangup()
    assert len(made.sleeper.phone.logged_invites()) == 1
    office.start_edge(ELSEWHERE)


def test_a_light_phone_rings_after_each_push(office: PushedOffice) -> None:
    phone = LightPhone(office, "127.0.2.1")
    assert [phone.ring(f"call-{number}") > 0 for number in range(3)] == [True] * 3
