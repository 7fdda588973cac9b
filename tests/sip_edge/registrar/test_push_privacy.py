"""A push token is seen in the device's own messages alone (RFC 8599 section 10)."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from sip_edge.message.message import Request, Response, parse
from sip_edge.process.json_lines import JsonLines
from sip_edge.push.outcome import ACCEPTED, Outcome, Result
from sip_edge.registrar.reachability.wake_up_tests import WakeUpTests
from tests.sip_edge.caller import Caller, answer
from tests.sip_edge.rig import CUSTOMER, DOMAIN, START, FakeFlow, Phone, Rig

APP = "com.example.phone"
CANARY = "ca11a7" * 10 + "beef"
VOIP_CANARY = "ca11a7" * 10 + "cafe"
SECRETS = (CANARY, VOIP_CANARY)

SPELLINGS = {
    "rfc": f";pn-provider=apns;pn-param=TEAM012345.{APP};pn-prid={CANARY}",
    "linphone": f";pn-provider=apns;pn-param=TEAM012345.{APP}.voip&remote;pn-prid={VOIP_CANARY}:voip&{CANARY}:remote"
    ";pn-silent=1;pn-timeout=0;pn-msg-str=IM_MSG",
    "older": f";app-id={APP}.voip.prod;pn-type=apple;pn-tok={CANARY}",
    "capitals": f";PN-Provider=apns;PN-Param=TEAM012345.{APP};PN-PRID={CANARY}",
}


@pytest.fixture
def rig(caplog: pytest.LogCaptureFixture) -> Iterator[Rig]:
    caplog.set_level(logging.DEBUG, logger="sip_edge")
    rig = Rig()
    rig.add_extension("alice", max_devices=2)
    rig.add_extension("bob")
    rig.world.pusher.apps = {"apns": {APP}}
    rig.traces.follow({f"{name}@{CUSTOMER}": int(START) + 60 for name in ("alice", "bob")}, {})
    yield rig
    rig.advance(2)
    lines = [JsonLines().format(record) for record in caplog.get_records("call")]
    outputs = [*lines, *(message.text for message in rig.world.trace_log.messages)]
    outputs += [repr(attempt) for attempt in rig.attempts.written.values()]
    outputs += [repr(step) for step in rig.world.calls.steps]
    outputs += [repr(wake_up) for wake_up in rig.world.wake_ups.written]
    outputs += [repr(binding) for address in rig.store.addresses.values() for binding in address.bindings]
    assert lines and rig.world.trace_log.messages
    assert not leaked(json.dumps(outputs))


def leaked(text: str) -> bool:
    return any(secret in text.lower() for secret in SECRETS)


def registered(rig: Rig, parameters: str, place: str = "uri", transport: str = "TLS") -> Phone:
    phone = Phone(rig, "alice", rig.flow(port=40000 + int(rig.unique()), transport=transport))
    uri = "sip:alice@10.0.0.5:5060"
    phone.contact = f"{uri}{parameters}" if place == "uri" else uri
    contact = f"<{phone.contact}>" if place == "uri" else f"<{uri}>{parameters}"
    assert phone.register(contact=contact).status == 200
    return phone


def sees_nothing(flow: FakeFlow) -> list[Request | Response]:
    assert not any(leaked(data.decode()) for data in flow.sent)
    return flow.take()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_wake_up_shows_the_app_without_it(rig: Rig, spelling: str) -> None:
    registered(rig, SPELLINGS[spelling])
    rig.world.pusher.outcome = Outcome(Result.REFUSED, "BadDeviceToken")
    tests = WakeUpTests(rig.store, rig.world.pusher, rig.wake_ups, rig.timers, rig.journal)
    tests.begin(f"alice@{CUSTOMER}")
    rig.deliver()
    rig.advance(2)
    assert [(one.app, one.reason) for one in rig.world.wake_ups.written] == [(APP, "BadDeviceToken")]


@pytest.mark.parametrize("outcome", [ACCEPTED, Outcome(Result.REFUSED, "InvalidProviderToken")])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_wake_up_of_a_call_shows_the_app_without_it(rig: Rig, spelling: str, outcome: Outcome) -> None:
    rig.lose(registered(rig, SPELLINGS[spelling]).flow)
    rig.world.pusher.outcome = outcome
    caller = Caller(rig)
    caller.send("INVITE", f"sip:alice@{DOMAIN}")
    rig.advance(65)  # the device may still be late
    sees_nothing(caller.flow)
    (found,) = rig.world.wake_ups.written
    assert (found.cause, found.app, found.push, found.end) == ("call", APP, outcome.result.value, "unanswered")
    assert found.call_id


@pytest.mark.parametrize("place", ["uri", "header"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_another_device_sees_the_contact_without_it(rig: Rig, spelling: str, place: str) -> None:
    registered(rig, SPELLINGS[spelling], place)
    other = Phone(rig, "alice")
    for register in (other.register_text, lambda line: other.register_text(line, contact="")):
        credentials = other.credentials(other.challenge())
        rig.receive(other.flow, register(credentials))
        (response,) = sees_nothing(other.flow)
        assert isinstance(response, Response)
        assert response.status == 200
        assert any(value.startswith("<sip:alice@10.0.0.5:5060>") for value in response.values("contact"))


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_far_end_sees_the_contact_without_it(rig: Rig, spelling: str, transport: str) -> None:
    phone = registered(rig, SPELLINGS[spelling], transport=transport)
    caller = Caller(rig)
    caller.send("INVITE", f"sip:alice@{DOMAIN}")
    sees_nothing(caller.flow)
    invite = phone.flow.take_request()
    assert invite.uri == phone.contact
    rig.receive(phone.flow, answer(invite, "180 Ringing", f"Contact: <{phone.contact}>"))
    sees_nothing(caller.flow)
    rig.receive(phone.flow, answer(invite, "200 OK", f"m: <{phone.contact}>;expires=3"))
    (ok,) = sees_nothing(caller.flow)
    assert isinstance(ok, Response)
    remote_target = ok.get("contact").partition(">")[0].removeprefix("<")
    assert remote_target.startswith("sip:alice@10.0.0.5:5060")
    caller.send("BYE", remote_target, f"Route: {ok.get('record-route')}", to=ok.get("to"))
    assert phone.flow.take_request().uri == remote_target


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE", "OPTIONS"])
def test_a_callee_sees_the_callers_contact_without_it(rig: Rig, method: str) -> None:
    phone = registered(rig, SPELLINGS["linphone"])
    bob = Phone(rig, "bob")
    assert bob.register().status == 200
    caller = Caller(rig, f"sip:alice@{DOMAIN}", phone.flow)
    caller.contact = phone.contact
    caller.send_proved("alice", method, f"sip:bob@{DOMAIN}")
    (request,) = sees_nothing(bob.flow)
    assert isinstance(request, Request)
    assert request.get("contact").startswith("<sip:alice@10.0.0.5:5060>")


def test_devices_that_ring_together_see_nothing_of_each_other(rig: Rig) -> None:
    phone = registered(rig, SPELLINGS["rfc"])
    other = Phone(rig, "alice")
    assert other.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", f"sip:alice@{DOMAIN}")
    sees_nothing(other.flow)
    rig.receive(phone.flow, answer(phone.flow.take_request(), "302 Moved", f"Contact: <{phone.contact}>"))
    rig.advance(60)
    sees_nothing(other.flow)
    sees_nothing(caller.flow)


def test_refusals_and_failures_show_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    rig.add_extension("alice", max_devices=1)
    phone = registered(rig, SPELLINGS["linphone"])
    rig.lose(phone.flow)
    newcomer = Phone(rig, "alice")
    rig.receive(newcomer.flow, newcomer.register_text(newcomer.credentials(newcomer.challenge())))
    sees_nothing(newcomer.flow)
    rig.world.pusher.outcome = Outcome(Result.UNREGISTERED, "Unregistered")
    for expires, uri in (("1", phone.contact), ("600", phone.contact.replace("apns", "acme")), ("x", "nonsense")):
        for password in (newcomer.password, "wrong password 12"):
            other = Phone(rig, "alice", password=password)
            credentials = other.credentials(other.challenge())
            text = other.register_text(credentials, f"Expires: {expires}", contact=f"<{uri}>")
            rig.receive(other.flow, text)
            sees_nothing(other.flow)

    def broken(*_: object) -> None:
        raise RuntimeError(repr(rig.address("alice")))

    monkeypatch.setattr(rig.store, "write", broken)
    other = Phone(rig, "alice")
    rig.receive(other.flow, other.register_text(other.credentials(other.challenge()), contact=f"<{phone.contact}>"))
    sees_nothing(other.flow)
    rig.advance(40)
    assert rig.attempts.written


def test_the_own_200_alone_has_it(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    contact = f"<sip:alice@10.0.0.5:5060{SPELLINGS['rfc']}>"
    credentials = phone.credentials(phone.challenge())
    rig.receive(phone.flow, phone.register_text(credentials, "Supported: gruu, outbound, path", contact=contact))
    (data,) = phone.flow.sent
    shown = [line for line in parse(data).lines if leaked(line)]
    assert [line.partition(":")[0] for line in shown] == ["Contact"]


@pytest.mark.parametrize("place", ["uri", "header"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_caller_whose_call_wakes_a_phone_sees_nothing(rig: Rig, spelling: str, place: str) -> None:
    phone = registered(rig, SPELLINGS[spelling], place)
    rig.lose(phone.flow)
    callers = [Caller(rig) for _ in range(2)]
    for caller in callers:
        caller.send("INVITE", f"sip:alice@{DOMAIN}")
    assert len(rig.world.pusher.pushed) == 1
    callers[0].send("CANCEL", f"sip:alice@{DOMAIN}", cseq=1, branch=callers[0].branch)
    rig.advance(31)
    rig.advance(31)
    for caller in callers:
        assert sees_nothing(caller.flow)
    assert rig.world.wake_ups.written
    assert not leaked(repr(rig.world.wake_ups.written))
