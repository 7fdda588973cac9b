"""The edge answers or counts every message, and goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip_edge.message.message import Response
from tests.sip_edge.message.strategies import TORTURE, mutated
from tests.sip_edge.rig import DOMAIN, FakeFlow, Phone, Rig, digest

USER = "bob"
ADDRESS = f"sip:{USER}@{DOMAIN}"


class Ours:
    """An edge with a registered phone, and requests that concern it."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.rig.add_extension(USER)
        self.phone = Phone(self.rig, USER)
        assert self.phone.register().status == 200
        self.caller = self.rig.flow("203.0.113.5", 5080)

    def originals(self) -> list[bytes]:
        phone = self.phone
        register = phone.register_text(phone.credentials(phone.challenge())).encode()
        invite = text("INVITE", "1").encode()
        self.rig.receive(self.caller, invite)
        relayed = self.phone.flow.take()[0].encode()
        ringing = b"SIP/2.0 180 Ringing\r\n" + relayed.partition(b"\r\n")[2]
        others = [text(method, "1").encode() for method in ("INVITE", "CANCEL", "ACK", "OPTIONS", "BYE", "MESSAGE")]
        return [register, ringing, *others]


def text(method: str, call_id: str) -> str:
    lines = (
        f"{method} {ADDRESS} SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.9:5060;rport;branch=z9hG4bKx",
        "From: <sip:a@elsewhere.example>;tag=1",
        f"To: <{ADDRESS}>",
        f"Call-ID: {call_id}",
        f"CSeq: 1 {method}",
        "Contact: <sip:a@10.0.0.9>",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", ""))


def assert_unmoved(rig: Rig, flow: FakeFlow, data: bytes) -> None:
    rig.receive(flow, data)
    assert rig.journal.counts["internal_error"] == 0
    assert sum(len(f.sent) for f in rig.flows.values()) <= 3
    for f in rig.flows.values():
        f.sent.clear()
    rig.advance(0.05)


@given(st.one_of(st.binary(max_size=200), mutated(TORTURE)))
def test_any_bytes(data: bytes) -> None:
    rig = Rig()
    assert_unmoved(rig, rig.flow(), data)


@given(st.data())
def test_mutations_of_what_concerns_a_phone(data: st.DataObject) -> None:
    ours = Ours()
    originals = ours.originals()
    for flow in (ours.caller, ours.phone.flow):
        flow.sent.clear()
        assert_unmoved(ours.rig, flow, data.draw(mutated(originals)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("CSeq: 1 ", f"CSeq: {'1' * 5000} "),
        ("Content-Length: 0", f"Content-Length: {'0' * 5000}"),
        ("Contact: <sip:a@10.0.0.9>", "Contact: <>"),
        ("From: <sip:a@", "From: <sip:%41\udcff@"),
        ("sip:bob@", "sip:%41\udcff@"),
        ("Contact: <sip:a@10.0.0.9>", f"Max-Forwards: {'1' * 5000}"),
    ],
)
@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS"])
def test_what_once_was_too_much(method: str, old: str, new: str) -> None:
    rig = Rig()
    rig.add_extension(USER)
    data = text(method, "1").replace(old, new).encode("utf-8", "surrogateescape")
    assert_unmoved(rig, rig.flow(), data)


def test_a_response_to_nobody_with_a_number_too_long() -> None:
    rig = Rig()
    data = "SIP/2.0 200 OK\r\n" + text("INVITE", "1").partition("\r\n")[2].replace("CSeq: 1", f"CSeq: {'1' * 5000}")
    assert_unmoved(rig, rig.flow(), data.encode())
    assert rig.journal.counts["dropped_malformed"] == 1


def test_a_request_without_a_readable_via_is_answered() -> None:
    rig = Rig()
    flow = rig.flow()
    rig.receive(flow, text("OPTIONS", "1").replace("SIP/2.0/UDP 10", "SIP/2.0/UDP;;10"))
    answer = flow.take_response()
    assert answer.status == 400
    rig.receive(flow, text("OPTIONS", "1").replace("Via", "X-Via"))
    assert flow.take() == []
    assert rig.journal.counts["dropped_malformed"] == 1
    assert rig.journal.counts["rejected_400"] == 1


def test_a_register_is_done_with_any_bytes_in_what_is_not_ours() -> None:
    rig = Rig()
    rig.add_extension(USER)
    phone = Phone(rig, USER)
    challenge = phone.challenge()
    credentials = "Authorization: " + digest(challenge, "REGISTER", ADDRESS, USER)
    data = phone.register_text(credentials, "X-Odd: \udcff\udc80é").encode("utf-8", "surrogateescape")
    rig.receive(phone.flow, data)
    answer = phone.flow.take_response()
    assert isinstance(answer, Response)
    assert answer.status == 200


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "ACK"])
@pytest.mark.parametrize(
    "piece",
    [
        "Route:\r\n",
        "Route: <sip:a>\r\n",
        "v: SIP/2.0/UDP a\r\n",
        "m: <sip:a>\r\n",
        'Authorization: Digest realm="voip.example"\r\n',
        "Proxy-Require: a\r\n",
        "Subject: a\r\n b\r\n",
        "l: 0\r\n",
        f"Contact: {'<sip:a>,' * 7000}\r\n",
        f"Via: {'SIP/2.0/UDP a,' * 4000}\r\n",
        f"Supported: {'a,' * 30_000}\r\n",
        f"Session-Expires: 1{' ' * 60_000};\r\n",
    ],
    ids=lambda piece: piece[:20].strip(),
)
def test_no_message_takes_long(method: str, piece: str) -> None:
    """With anything quadratic a single one of these takes minutes."""
    rig = Rig()
    rig.add_extension(USER)
    many = piece * (60_000 // len(piece))
    data = text(method, "1").replace("Content-Length: 0", f"{many}Content-Length: 0")
    assert len(data) < 65_536
    assert_unmoved(rig, rig.flow(), data.encode())
