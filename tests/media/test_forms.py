"""Ends with media of different forms hear each other through rtpengine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agents.browser_page import made_page
from tests.calls.office import Office
from tests.calls.test_calls import HIGH, LOW, talk
from tests.edge_process import StartEdge
from tests.media.relay import ask, media_relay
from tests.ports import free_port
from tests.service import Service
from tests.transport.conftest import certificate_settings
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone

PACKET_BYTES = 1472
"""The most that an Ethernet's packet carries over UDP."""


@pytest.fixture(scope="module", autouse=True)
def page() -> None:
    """The browser's page: making it takes longer than a phone may take to start."""
    made_page()


def test_a_phone_with_dtls_and_without_ice_calls_a_browser_and_a_plain_phone(office: Office) -> None:
    caller = office.registered("baresip-debian", tone=LOW, features=["dtls"])
    for callee in (office.registered("jssip", "ws", HIGH), office.registered("pjsua2", tone=HIGH)):
        call, incoming = talk(caller, callee, callee.uri)
        call.hangup()
        assert incoming.wait_ended()[0] == 200


def test_the_invite_of_a_browser_fits_into_one_packet(office: Office) -> None:
    browser = office.registered("jssip", "ws")
    device = WirePhone(office, office.extension()["username"], UdpPeer(("127.0.0.1", office.sip_port)), "UDP")
    assert device.register().status == 200
    call = browser.call(device.aor)
    invite = device.take_request()
    assert len(invite.encode()) <= PACKET_BYTES
    device.answer(invite, "486 Busy Here")
    assert call.wait_ended()[0] == 486


def test_a_browser_with_video_calls_a_phone_over_udp(office: Office) -> None:
    caller = office.registered("jssip", "ws", LOW, features=["video"])
    callee = office.registered("pjsua2", tone=HIGH)
    call, incoming = talk(caller, callee, callee.uri)
    call.hangup()
    assert incoming.wait_ended()[0] == 200


def test_a_browser_and_a_phone_over_tls_that_takes_srtp(
    service: Service, start_edge: StartEdge, tmp_path: Path
) -> None:
    with media_relay(tmp_path) as relay:
        edge = start_edge(RTPENGINES=relay.address, WS_PORT=str(free_port()), **certificate_settings(tmp_path))
        with Office(service, edge.port("TLS_PORT"), edge.port("WS_PORT")) as office:
            caller = office.registered("jssip", "ws", LOW)
            callee = office.registered("pjsua2", "tls", HIGH, features=["sdes-offered"])
            call, incoming = talk(caller, callee, callee.uri)
            (key,) = ask(relay.address, {"command": "list", "limit": "2"})["calls"]
            (media,) = ask(relay.address, {"command": "query", "call-id": key})["tags"]["b"]["medias"]
            assert all("crypto suite" in stream for stream in media["streams"])
            call.hangup()
            assert incoming.wait_ended()[0] == 200
