"""DynamoDB is slow, throttled, broken or away: what the edge says meanwhile, and afterwards."""

from __future__ import annotations

import signal

import pytest

from sip_edge.message.message import Response
from tests.calls.office import Office
from tests.edge_process import EdgeProcess, StartEdge
from tests.outage.unreliable_endpoint import Trouble, UnreliableEndpoint
from tests.transport.peers import UdpPeer
from tests.transport.wire_phone import WirePhone
from tests.waiting import wait_until

AWAY = "AWAY"
TROUBLES = ("THROTTLED", "THROTTLED_PIECEMEAL", "FAILING", "HANGING", AWAY)


def begin(endpoint: UnreliableEndpoint, trouble: str) -> None:
    if trouble == AWAY:
        endpoint.go_away()
    else:
        endpoint.trouble = Trouble[trouble]


def end(endpoint: UnreliableEndpoint, trouble: str) -> None:
    if trouble == AWAY:
        endpoint.come_back()
    endpoint.trouble = Trouble.NOTHING


def phone(office: Office, edge: EdgeProcess, username: str) -> WirePhone:
    return WirePhone(office, username, UdpPeer(("127.0.0.1", edge.port())), "UDP")


def stranger(office: Office, edge: EdgeProcess) -> WirePhone:
    stranger = phone(office, edge, "stranger")
    stranger.aor = "sip:stranger@outside.example"
    return stranger


def invite(caller: WirePhone, callee: WirePhone, call_id: str) -> bytes:
    return caller.request(
        "INVITE", callee.aor, f"<{callee.aor}>", "Contact: <sip:c@192.0.2.1>", body="v=0\r\n", call_id=call_id
    )


def assert_busy(answer: Response) -> None:
    assert answer.status == 503
    assert 5 <= int(answer.get("retry-after")) <= 15


@pytest.mark.parametrize("trouble", TROUBLES)
def test_trouble_gets_503_harms_no_call_and_passes(
    office: Office, edge: EdgeProcess, endpoint: UnreliableEndpoint, trouble: str
) -> None:
    extensions = [office.extension() for _ in range(2)]
    callee, newcomer = (phone(office, edge, extension["username"]) for extension in extensions)
    assert callee.register().status == 200
    before = office.devices(extensions[0])
    caller, late_caller = stranger(office, edge), stranger(office, edge)
    caller.peer.send(invite(caller, callee, "early"))
    ringing = callee.take_request()
    callee.answer(ringing, "200 OK", f"Contact: <{callee.contact}>")
    route = caller.final_response().get("record-route")
    authorizations = [who.authorization() for who in (callee, newcomer)]

    begin(endpoint, trouble)
    for who, authorization in zip((callee, newcomer), authorizations, strict=True):
        who.peer.send(who.register_request(authorization))
    late_caller.peer.send(invite(late_caller, callee, "late"))
    # A call that is up needs nothing of the directory, and its end waits for nobody.
    to = f"<{callee.aor}>;tag={callee.tag}"
    caller.peer.send(caller.request("BYE", callee.contact, to, f"Route: {route}", call_id="early"))
    bye = callee.take_request()
    assert bye.method == "BYE"
    callee.answer(bye, "200 OK")
    assert caller.final_response().status == 200
    for who in (callee, newcomer, late_caller):
        assert_busy(who.final_response())
    assert office.devices(extensions[0]) == before
    assert office.devices(extensions[1]) == []

    end(endpoint, trouble)
    for who, extension in zip((callee, newcomer), extensions, strict=True):
        assert who.register().status == 200
        assert len(office.devices(extension)) == 1
    late_caller.peer.send(invite(late_caller, newcomer, "again"))
    assert newcomer.take_request().method == "INVITE"
    assert not [event for event in edge.events() if event["message"] == "internal_error"]


def test_slow_answers_are_waited_for(office: Office, edge: EdgeProcess, endpoint: UnreliableEndpoint) -> None:
    extensions = [office.extension() for _ in range(12)]
    phones = [phone(office, edge, extension["username"]) for extension in extensions]
    authorizations = [who.authorization() for who in phones]
    calls = endpoint.calls["BatchExecuteStatement"]
    endpoint.trouble = Trouble.SLOW
    for who, authorization in zip(phones, authorizations, strict=True):
        who.peer.send(who.register_request(authorization))
    assert [who.final_response().status for who in phones] == [200] * len(phones)
    endpoint.trouble = Trouble.NOTHING
    assert [len(office.devices(extension)) for extension in extensions] == [1] * len(phones)
    # What waited went together.
    assert endpoint.calls["BatchExecuteStatement"] - calls < len(phones) / 2


def test_a_write_whose_answer_was_lost_is_found_done(
    office: Office, edge: EdgeProcess, endpoint: UnreliableEndpoint
) -> None:
    extension = office.extension()
    who = phone(office, edge, extension["username"])
    assert who.register().status == 200
    authorization = who.authorization()
    calls = endpoint.calls["BatchExecuteStatement"]
    endpoint.trouble = Trouble.FORGETFUL
    who.peer.send(who.register_request(authorization))
    assert who.final_response().status == 200
    assert endpoint.calls["BatchExecuteStatement"] == calls + 2
    assert len(office.devices(extension)) == 1


def test_what_can_not_be_written_keeps_no_edge_from_ending(
    office: Office, endpoint: UnreliableEndpoint, start_edge: StartEdge
) -> None:
    edge = start_edge(AWS_ENDPOINT_URL=endpoint.url)
    who = phone(office, edge, office.extension()["username"])
    authorization = who.authorization("wrong")
    assert who.ask(who.register_request(authorization)).status == 407
    writes = endpoint.calls["BatchWriteItem"]
    endpoint.trouble = Trouble.HANGING
    wait_until(lambda: endpoint.calls["BatchWriteItem"] > writes, "the attempt is written")
    edge.signal(signal.SIGTERM)
    assert edge.wait_ended() == 0
    endpoint.trouble = Trouble.NOTHING
