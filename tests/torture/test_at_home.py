"""Messages of RFC 4475 with a domain of ours in the place of the foreign one. Valid ones are served."""

from __future__ import annotations

import pytest

from directory.schema.model import Binding
from sip_edge.message.message import Response, parse
from tests.sip_edge.rig import BASE, DOMAIN, FakeFlow, Phone, Rig, digest
from tests.torture.outcomes import BY_NAME

USER = "watson"
ADDRESS = f"sip:{USER}@{DOMAIN}"
EDGE = f"sip:registrar.{BASE}"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension(USER)
    return rig


def aimed(name: str, uri: str) -> bytes:
    """The message with another Request-URI."""
    first, _, rest = BY_NAME[name].data.partition(b"\r\n")
    method = first.partition(b" ")[0]
    return method + f" {uri} SIP/2.0\r\n".encode() + rest


def registering(name: str) -> bytes:
    """The REGISTER to our registrar, with the address of record of our extension."""
    message = parse(aimed(name, EDGE))
    message.replace("to", f"To: {ADDRESS}")
    message.replace("from", f"From: {ADDRESS};tag=1")
    return message.encode()


def register(rig: Rig, name: str) -> tuple[Binding, ...]:
    """Register with the message, and return the bindings that come of it."""
    flow = rig.flow("203.0.113.9", 5060)
    data = registering(name)
    rig.receive(flow, data)
    challenge = flow.take_response()
    assert challenge.status == 407
    credentials = digest(challenge.get("www-authenticate"), "REGISTER", ADDRESS, USER)
    head, _, body = data.partition(b"\r\n\r\n")
    rig.receive(flow, head + f"\r\nAuthorization: {credentials}\r\n\r\n".encode() + body)
    assert flow.take_response().status == 200
    return rig.address(USER).bindings


def statuses(flow: FakeFlow) -> list[int]:
    return [message.status for message in flow.take() if isinstance(message, Response)]


@pytest.mark.parametrize("name", ["esc01", "longreq", "baddate", "invut", "sdp01", "inv2543"])
def test_an_invite_reaches_the_phone_with_all_its_lines(rig: Rig, name: str) -> None:
    phone = Phone(rig, USER)
    assert phone.register().status == 200
    caller = rig.flow("203.0.113.5", 5080)
    rig.receive(caller, aimed(name, ADDRESS))
    assert statuses(caller) == [100]
    invite = phone.flow.take_request()
    assert invite.start == f"INVITE {phone.contact} SIP/2.0"
    sent = parse(BY_NAME[name].data)
    edited = (sent.line("via"), sent.line("max-forwards") if "max-forwards" in sent.names else "")
    kept = [line for line in sent.lines if line not in edited]
    assert [line for line in invite.lines if line in kept] == kept
    assert invite.body == sent.body[: int(sent.get("content-length") or len(sent.body))]
    assert invite.names.count("via") == sent.names.count("via") + 1


@pytest.mark.parametrize("name", ["lwsdisp", "semiuri", "transports", "badbranch"])
def test_options_to_the_edge_are_answered_over_all_vias(rig: Rig, name: str) -> None:
    flow = rig.flow()
    rig.receive(flow, aimed(name, EDGE))
    answer = flow.take_response()
    assert answer.status == 200
    sent = parse(BY_NAME[name].data)
    assert answer.names.count("via") == sent.names.count("via")
    assert answer.values("via")[1:] == sent.values("via")[1:]


def test_requests_without_a_real_branch_are_not_confused(rig: Rig) -> None:
    flow = rig.flow()
    data = aimed("badbranch", EDGE)
    for call_id in ("one", "two"):
        rig.receive(flow, data.replace(b"Call-ID: badbranch", f"Call-ID: {call_id}".encode()))
        assert flow.take_response().get("call-id").startswith(call_id)


def test_a_method_that_only_looks_like_register_is_unknown(rig: Rig) -> None:
    flow = rig.flow()
    rig.receive(flow, aimed("esc02", EDGE))
    answer = flow.take_response()
    assert answer.status == 405
    assert answer.get("cseq") == "29344 RE%47IST%45R"


def test_a_parameter_of_the_contact_is_none_of_its_uri(rig: Rig) -> None:
    assert [binding.contact for binding in register(rig, "cparam01")] == ["sip:+19725552222@gw1.example.net"]


def test_a_parameter_of_the_uri_is_kept(rig: Rig) -> None:
    (binding,) = register(rig, "cparam02")
    assert binding.contact == "sip:+19725552222@gw1.example.net;unknownparam"


def test_escaped_nulls_make_two_contacts(rig: Rig) -> None:
    contacts = [binding.contact for binding in register(rig, "escnull")]
    assert contacts == ["sip:%00@host5.example.com", "sip:%00%00@host5.example.com"]


def test_headers_of_a_contact_show_in_no_request(rig: Rig) -> None:
    (binding,) = register(rig, "regescrt")
    assert binding.contact == "sip:user@example.com?Route=%3Csip:sip.example.com%3E"
    rig.receive(rig.flow("203.0.113.5", 5080), aimed("sdp01", ADDRESS))
    invite = rig.flows["UDP/203.0.113.9:5060"].take_request()
    assert invite.start == "INVITE sip:user@example.com SIP/2.0"
    assert "route" not in invite.names


def test_credentials_of_an_unknown_scheme_are_none(rig: Rig) -> None:
    flow = rig.flow()
    rig.receive(flow, registering("regaut01"))
    assert flow.take_response().get("www-authenticate").startswith("Digest ")


def test_what_follows_a_register_in_its_datagram_is_ignored(rig: Rig) -> None:
    flow = rig.flow()
    data = aimed("dblreq", EDGE).replace(b"sip:j.user@example.com", ADDRESS.encode())
    rig.receive(flow, data)
    assert statuses(flow) == [407]
