"""A phone changes from Wi-Fi to its cellular network, and no FIN tells it. Calls find it there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.agents.phone import Phone
from tests.agents.settings import Kind, Transport
from tests.calls.office import PASSWORD, Office
from tests.nat.call import Call, ask, talk
from tests.nat.internet import SIP_PORT, Internet
from tests.nat.network import EDGES, HOME
from tests.service import Service
from tests.transport.wire_phone import WirePhone

TRANSPORT = pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
ROLE = pytest.mark.parametrize("role", ["caller", "callee"])
EDGE = pytest.mark.parametrize("edge", [0, 1], ids=["same edge", "other edge"])
PLACE = pytest.mark.parametrize(("edge", "restarts"), [(0, False), (1, True)], ids=["same edge", "restarted app"])
LOW, HIGH = 440, 660
AGENTS: list[tuple[Kind, Transport, str, str, int]] = [
    ("linphone", "tcp", "0.0.0.0", "mobile", LOW),
    ("pjsua2", "udp", HOME, "home2", HIGH),
]
INSTANCE = "<urn:uuid:00000000-0000-1000-8000-000000000001>"


@pytest.fixture(scope="module")
def office(service: Service) -> Iterator[Office]:
    with Office(service) as office:
        yield office


@pytest.fixture
def phones(internet: Internet, office: Office, transport: str) -> Iterator[tuple[WirePhone, WirePhone]]:
    """A mobile phone that is registered over Wi-Fi, and one at home. Both are at the first edge."""
    mobile, home = (
        WirePhone(office, office.extension()["username"], internet.connect(host, kind, 0), kind)
        for host, kind in (("mobile", transport), ("home2", "UDP"))
    )
    mobile.instance = INSTANCE
    for phone in (mobile, home):
        assert phone.register().status == 200
    yield mobile, home
    internet.network.restore_wifi()


@TRANSPORT
@EDGE
def test_a_call_in_the_gap_rings_after_it_has_registered(
    phones: tuple[WirePhone, WirePhone], internet: Internet, edge: int
) -> None:
    mobile, home = phones
    call = Call(home, mobile)
    internet.network.cut_wifi()
    call.invite()
    internet.move(mobile, edge)
    call.answer()
    ask(call.caller, call.callee, "BYE")


@TRANSPORT
@ROLE
@PLACE
def test_requests_of_the_far_end_reach_it(
    phones: tuple[WirePhone, WirePhone], internet: Internet, role: str, edge: int, restarts: bool
) -> None:
    moved, other = talk(*phones, role)
    if restarts:
        moved.phone.restart()
    internet.move(moved.phone, edge)
    for method in ("INVITE", "INFO", "UPDATE"):
        ask(other, moved, method)
        ask(moved, other, method)
    ask(other, moved, "BYE")


@TRANSPORT
@ROLE
def test_the_far_end_hangs_up_first(phones: tuple[WirePhone, WirePhone], internet: Internet, role: str) -> None:
    moved, other = talk(*phones, role)
    internet.move(moved.phone, 1)
    ask(other, moved, "BYE")


def test_linphone_stays_in_its_call(internet: Internet, office: Office) -> None:
    with ExitStack() as running:
        mobile, home = (
            Phone(
                kind,
                office.extension()["username"],
                PASSWORD,
                office.domain,
                EDGES[0],
                SIP_PORT,
                transport,
                local_host=host,
                prefix=internet.network.hosts[place].prefix,
                tone=tone,
            )
            for kind, transport, host, place, tone in AGENTS
        )
        running.callback(internet.network.restore_wifi)
        for phone in (mobile, home):
            running.enter_context(phone).register()
        call = home.call(mobile.uri)
        incoming = mobile.wait_incoming()
        incoming.answer()
        call.wait_established()
        call.wait_tone(LOW)
        incoming.wait_tone(HIGH)
        internet.network.cut_wifi()
        mobile.change_network()
        call.wait_tone(LOW)
        incoming.wait_tone(HIGH)
        call.hold()
        incoming.wait_held_by_peer()
        call.hangup()
        assert incoming.wait_ended()[0] == 200
        assert call.wait_ended()[0] == 200
