"""Bodies that can't be relayed, and bodies that are not what they seem, at a real rtpengine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.calls.office import Office
from tests.edge_process import StartEdge
from tests.media.relay import calls, media_relay
from tests.service import Service
from tests.transport.peers import OPEN, UdpPeer
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

SDP = (
    "v=0\r\no=- 1 1 IN IP4 192.168.7.7\r\ns=-\r\nc=IN IP4 192.168.7.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    "a=rtpmap:0 PCMU/8000\r\n"
)
OTHER = "--b\r\nContent-Type: text/plain\r\n\r\nv=0 is no description here\r\n"
PARTS = f"{OTHER}--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}\r\n{OTHER}--b--\r\n"
MULTIPART = "multipart/mixed;boundary=b"


@pytest.fixture
def close_peers() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


@pytest.mark.usefixtures("close_peers")
def test_what_comes_of_a_body(service: Service, start_edge: StartEdge, tmp_path: Path) -> None:
    with media_relay(tmp_path) as relay, Office(service) as office:
        edge = start_edge(RTPENGINES=relay.address, MEDIA_ANCHORING="always")
        device = WirePhone(office, office.extension()["username"], UdpPeer(("127.0.0.1", edge.port())), "UDP")
        assert device.register().status == 200

        def invite(kind: str, body: str, *more: str) -> WirePhone:
            caller = WirePhone(office, "outside", UdpPeer(("127.0.0.1", edge.port())), "UDP")
            caller.aor = "sip:someone@outside.example"
            headers = ("Contact: <sip:c@192.0.2.1>", *((f"Content-Type: {kind}",) if kind else ()), *more)
            caller.peer.send(caller.request("INVITE", device.aor, f"<{device.aor}>", *headers, body=body))
            return caller

        for kind, body, encoding, status in (
            ("application/sdp", "garbage", (), 400),
            ("application/sdp", "v=0\r\nfull of nonsense", (), 488),
            ("application/sdp", SDP.replace("m=audio 4000", "m=audio 99999999"), (), 488),
            ("application/sdp", SDP, ("Content-Encoding: gzip",), 415),
            ("multipart/mixed", PARTS, (), 400),
            (MULTIPART, PARTS.replace("--b--", ""), (), 400),
            (MULTIPART, PARTS.replace(SDP, "garbage"), (), 400),
        ):
            assert invite(kind, body, *encoding).final_response().status == status, (kind, body)
        wait_until(lambda: calls(relay) == 0, "no refused call has left a session")

        for kind, body, passed in ((MULTIPART, PARTS, OTHER), ("", "", ""), ("text/plain", "hello", "hello")):
            caller = invite(kind, body)
            request = device.take_request()
            assert request.body.decode().startswith(passed)
            assert "192.168.7.7" not in request.body.decode()
            assert (relay.host in request.body.decode()) == bool(kind == MULTIPART)
            device.answer(request, "486 Busy Here")
            assert caller.final_response().status == 486
            assert device.take_request().method == "ACK"

        caller = invite("", "")
        request = device.take_request()
        headers = (f"Contact: <{device.contact}>", "Content-Type: application/sdp")
        device.answer(request, "200 OK", *headers, body=SDP.encode())
        offered = caller.final_response()
        assert relay.host in offered.body.decode()
        route = f"Route: {offered.get('record-route')}"
        more = (route, "Content-Type: application/sdp")
        caller.peer.send(caller.request("ACK", device.contact, offered.get("to"), *more, body=SDP))
        acknowledged = device.take_request()
        assert acknowledged.method == "ACK"
        assert relay.host in acknowledged.body.decode()
        assert "192.168.7.7" not in acknowledged.body.decode()
        caller.peer.send(caller.request("BYE", device.contact, offered.get("to"), route))
        device.answer(device.take_request(), "200 OK")
        wait_until(lambda: calls(relay) == 0, "the call has left no session")

        caller = invite("application/sdp", SDP)
        request = device.take_request()
        device.answer(request, "200 OK", *headers, body=b"garbage")
        assert [device.take_request().method for _ in range(2)] == ["ACK", "BYE"]
        assert caller.final_response().status == 400
        wait_until(lambda: calls(relay) == 0, "the call that could not be has left no session")
