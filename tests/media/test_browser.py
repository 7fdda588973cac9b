"""A browser and a desk phone hear each other through rtpengine. One side has DTLS-SRTP and ICE, the other plain RTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.browser_page import made_page
from tests.agents.phone_call import PhoneCall
from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.media.relay import calls, media_relay
from tests.ports import free_port
from tests.service import Service


@pytest.fixture(scope="module", autouse=True)
def page() -> None:
    """The browser's page: making it takes longer than a phone may take to start."""
    made_page()


def hold_and_resume(holding: PhoneCall, held: PhoneCall, tone: int) -> None:
    holding.hold()
    held.wait_held_by_peer()
    held.wait_silence()
    holding.resume()
    held.wait_held_by_peer(False)
    held.wait_tone(tone)


def test_two_browsers_whose_calls_are_always_relayed(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    with media_relay(tmp_path) as relay:
        edge = start_edge(RTPENGINES=relay.address, MEDIA_ANCHORING="always", WS_PORT=str(free_port()))
        with Office(service, edge.port(), edge.port("WS_PORT")) as office:
            caller, callee = office.registered("jssip", "ws", LOW), office.registered("jssip", "ws", HIGH)
            call, incoming = talk(caller, callee, callee.uri)
            assert calls(relay) == 1
            call.hangup()
            assert incoming.wait_ended()[0] == 200


@pytest.mark.parametrize("browser_calls", [True, False])
def test_a_browser_and_a_phone(office: Office, browser_calls: bool) -> None:
    browser = office.registered("jssip", "ws", LOW if browser_calls else HIGH)
    phone = office.registered("pjsua2", "udp", HIGH if browser_calls else LOW)
    caller, callee = (browser, phone) if browser_calls else (phone, browser)
    call, incoming = talk(caller, callee, callee.uri)
    hold_and_resume(call, incoming, LOW)
    call.wait_tone(HIGH)
    hold_and_resume(incoming, call, HIGH)
    incoming.wait_tone(LOW)
    incoming.hangup()
    assert incoming.wait_ended()[0] == 200
    assert call.wait_ended()[0] == 200
