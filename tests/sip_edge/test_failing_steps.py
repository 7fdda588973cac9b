"""No request waits for ever: whichever step of it raises, or never comes, its requester gets an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from directory.edge.address_book import Conflict, ReadOutcome, ResolveOutcome, WriteOutcome
from directory.schema.model import Address
from sip_edge.message.message import Request, Response
from sip_edge.resolver.hop import Hop
from tests.sip_edge.caller import OUTSIDE, Caller, answer, responses
from tests.sip_edge.media.test_media import SDP, described
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, FakeFlow, FakeStore, Phone, Rig, digest

HASH = "a1b2c3d4e5f6"
BOB, DIRECT = f"sip:bob@{DOMAIN}", f"sip:direct.{HASH}@sip.{BASE}"
RELAY = "192.0.2.10:2223"


class FaultError(Exception):
    """A fault that no code expects."""


class Poison(Address):
    """An outcome that raises as soon as it is used."""

    def __init__(self) -> None:
        pass

    def __getattribute__(self, name: str) -> object:
        raise FaultError

    def __eq__(self, other: object) -> bool:
        raise FaultError

    __hash__ = None  # type: ignore[assignment]  # an outcome is never a key


class FaultyStore(FakeStore):
    """Fails at the call of that number, from now on. It raises at once (`sync`), or in the next step."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at = 0
        self.sync = False

    def read(self, aor: str, then: Callable[[ReadOutcome], None]) -> None:
        if self._is_due():
            self.later(lambda: then(Poison()))
        else:
            super().read(aor, then)

    def resolve(self, direct_hash: str, then: Callable[[ResolveOutcome], None]) -> None:
        if self._is_due():
            self.later(lambda: then(Poison()))  # type: ignore[arg-type]  # that is the fault
        else:
            super().resolve(direct_hash, then)

    def write(self, address: Address, seen: int, then: Callable[[WriteOutcome], None]) -> None:
        if self._is_due():
            self.later(lambda: then(Conflict(Poison())))
        else:
            super().write(address, seen, then)

    def _is_due(self) -> bool:
        self.fails_at -= 1
        if self.fails_at == 0 and self.sync:
            raise FaultError
        return self.fails_at == 0


class FaultyFlow(FakeFlow):
    """A flow whose name, or whose socket, raises what no code expects."""

    is_nameless = False
    stuck_at = b""

    @property
    def name(self) -> str:
        if self.is_nameless:
            raise FaultError
        return super().name

    def send(self, data: bytes) -> None:
        if self.stuck_at and data.startswith(self.stuck_at):
            raise FaultError
        super().send(data)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    monkeypatch.setattr("tests.sip_edge.rig.FakeStore", FaultyStore)
    rig = Rig(rtpengines=RELAY)
    rig.add_extension("alice")
    rig.add_extension("bob", max_devices=3)
    rig.store.hashes[HASH] = f"bob@{CUSTOMER}"
    return rig


@pytest.fixture
def faults(rig: Rig) -> FaultyStore:
    assert isinstance(rig.store, FaultyStore)
    return rig.store


def registered(rig: Rig, username: str = "bob") -> tuple[Phone, FaultyFlow]:
    flow = FaultyFlow(port=5000 + int(rig.unique()))
    rig.flows[flow.name] = flow
    phone = Phone(rig, username, flow)
    assert phone.register().status == 200
    return phone, flow


def assert_failed(rig: Rig, caller: Caller, method: str = "INVITE") -> None:
    """The requester has its 500, and the log the error. A CANCEL finds no transaction, and no state stays behind."""
    assert responses(caller.flow)[-1] == "500 Server Internal Error"
    assert rig.journal.counts["internal_error"] >= 1
    if method == "INVITE":
        caller.send("ACK", BOB, cseq=caller.cseq, branch=caller.branch)
    for flow in rig.flows.values():
        for message in flow.take():
            if isinstance(message, Request) and message.method == "CANCEL":
                assert message.get("reason") == 'SIP;cause=500;text="Server Internal Error"'
    rig.advance(70)
    assert len(rig.edge._transactions) == 0
    assert not rig.edge.at_work


def from_alice(rig: Rig, method: str = "INVITE", uri: str = BOB) -> tuple[Caller, str]:
    """A caller who is one of ours, and the credentials that it needs."""
    caller = Caller(rig, f"sip:alice@{DOMAIN}")
    caller.send(method, uri)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    if method == "INVITE":
        caller.send("ACK", uri, cseq=caller.cseq, branch=caller.branch)
    return caller, f"Proxy-Authorization: {digest(challenge, method, uri, 'alice')}"


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "OPTIONS", "FOO"])
@pytest.mark.parametrize("number", [1, 2], ids=["caller", "callee"])
def test_a_read_of_a_call(rig: Rig, faults: FaultyStore, number: int, method: str, sync: bool) -> None:
    registered(rig)
    caller, credentials = from_alice(rig, method)
    faults.fails_at, faults.sync = number, sync
    caller.send(method, BOB, credentials)
    assert_failed(rig, caller, method)


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("number", [1, 2], ids=["hash", "address"])
def test_a_direct_address(rig: Rig, faults: FaultyStore, number: int, sync: bool) -> None:
    registered(rig)
    faults.fails_at, faults.sync = number, sync
    caller = Caller(rig)
    caller.send("INVITE", DIRECT)
    assert_failed(rig, caller)


@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("number", [1, 2], ids=["read", "write"])
def test_a_registration(rig: Rig, faults: FaultyStore, number: int, sync: bool) -> None:
    phone = Phone(rig, "bob")
    credentials = phone.credentials(phone.challenge())
    faults.fails_at, faults.sync = number, sync
    rig.receive(phone.flow, phone.register_text(credentials))
    assert phone.flow.take_response().status == 500
    assert rig.journal.counts["internal_error"] == 1
    rig.advance(33)
    assert len(rig.edge._transactions) == 0
    assert phone.register().status == 200


def test_the_liveness_of_another_device(rig: Rig, faults: FaultyStore) -> None:
    old, new = Phone(rig, "alice"), Phone(rig, "alice")
    assert old.register().status == 200
    credentials = new.credentials(new.challenge())
    rig.receive(new.flow, new.register_text(credentials, contact="<sip:alice@10.0.0.6:5060>"))
    ping = old.flow.take_request()
    faults.fails_at, faults.sync = 1, True
    rig.receive(old.flow, answer(ping, "200 OK"))
    assert new.flow.take_response().status == 500
    assert rig.journal.counts["internal_error"] == 1


def test_an_offer_that_no_relay_takes(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    registered(rig)
    monkeypatch.setattr(rig.pool, "_send", fault)
    rig.pool.ours[0]._send = fault
    caller = Caller(rig)
    call(caller)
    assert_failed(rig, caller)


def test_the_step_behind_an_offer(rig: Rig) -> None:
    _, flow = registered(rig)
    flow.stuck_at = b"INVITE"
    caller = Caller(rig)
    call(caller)
    assert_failed(rig, caller)


def test_an_answer_that_no_relay_takes(rig: Rig) -> None:
    phone, _ = registered(rig)
    caller = Caller(rig)
    call(caller)
    invite = phone.flow.take_request()
    rig.pool.ours[0]._send = fault
    rig.receive(phone.flow, described(invite, "200 OK"))
    assert_failed(rig, caller)


def test_the_step_behind_an_answer_and_the_device_is_sent_off(rig: Rig) -> None:
    """Such an error once counted as a reply of the media relay that makes no sense."""
    _, flow = registered(rig)
    caller = Caller(rig)
    call(caller)
    invite = flow.take_request()
    ok = described(invite, "200 OK")
    flow.is_nameless = True
    rig.receive(flow, ok)
    assert responses(caller.flow) == ["100 Trying", "500 Server Internal Error"]
    assert rig.journal.counts["internal_error"] == 1
    assert rig.journal.counts["dropped_malformed_media_reply"] == 0
    flow.is_nameless = False
    flow.take()
    rig.receive(flow, ok)  # no ACK has come
    ack, bye = (message for message in flow.take() if isinstance(message, Request))
    assert (ack.method, bye.method) == ("ACK", "BYE")


@pytest.mark.parametrize("status", ["180 Ringing", "200 OK"])
def test_a_response_of_a_device(rig: Rig, status: str) -> None:
    rig = Rig()
    rig.add_extension("bob", max_devices=3)
    phone, flow = registered(rig)
    other, _ = registered(rig)
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = flow.take_request()
    ringing = other.flow.take_request()
    rig.receive(other.flow, answer(ringing, "180 Ringing"))
    flow.is_nameless = True
    rig.receive(flow, answer(invite, status, f"Contact: <{phone.contact}>"))
    assert other.flow.take_request().get("reason") == 'SIP;cause=500;text="Server Internal Error"'
    rig.receive(other.flow, answer(ringing, "487 Request Terminated"))
    flow.is_nameless = False
    assert_failed(rig, caller)


@pytest.mark.parametrize("step", ["locate", "hops", "connect"])
def test_a_flow_that_is_looked_for(rig: Rig, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    phone, _ = registered(rig)
    outsider = Caller(rig, flow=rig.flow("203.0.113.5", 5080, "TCP"))
    outsider.contact = "sip:caller@gateway.outside.example"
    outsider.send("INVITE", BOB)
    invite = phone.flow.take_request()
    rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    outsider.flow.closed = True
    rig.hops["gateway.outside.example"] = [Hop("UDP", "203.0.113.80", 5060)]
    if step == "locate":
        monkeypatch.setattr(rig, "locate", fault)
    elif step == "hops":
        monkeypatch.setattr(rig, "locate", lambda uri, then: rig.store.later(lambda: then([None])))
    else:
        monkeypatch.setattr(rig, "connect", fault)
    side = Caller(rig, BOB, phone.flow, outsider.call_id)
    side.send("BYE", outsider.contact, f"Route: {invite.get('record-route')}", to=f"<{OUTSIDE}>;tag=caller")
    assert_failed(rig, side, "BYE")


def test_a_timer_of_a_branch(rig: Rig) -> None:
    """The first device is silent, and the next one can't be asked."""
    first, _ = registered(rig)
    last, flow = registered(rig)
    for phone, q in ((first, "0.9"), (last, "0.1")):
        assert phone.register(contact=f"<{phone.contact}>;q={q}").status == 200
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    assert first.flow.take_request().method == "INVITE"
    flow.stuck_at = b"INVITE"
    rig.advance(33)
    assert_failed(rig, caller)


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE", "FOO"])
@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_store_that_never_answers(rig: Rig, method: str, transport: str) -> None:
    registered(rig)
    caller = Caller(rig, f"sip:alice@{DOMAIN}", rig.flow("203.0.113.5", 5080, transport))
    caller.send(method, BOB)
    value = caller.flow.take_response().get("proxy-authenticate")
    rig.store.held = True
    caller.send(method, BOB, f"Proxy-Authorization: {digest(value, method, BOB, 'alice')}")
    rig.advance(3.6)
    assert responses(caller.flow) == ["100 Trying"]  # RFC 4320 §4.1 for all but INVITE
    rig.advance(24)
    assert responses(caller.flow) == []
    rig.advance(0.6)  # and before a timer F ends the wait of the requester
    assert responses(caller.flow) == ["500 Server Internal Error"]
    if method == "INVITE":
        caller.send("ACK", BOB, cseq=caller.cseq, branch=caller.branch)
    rig.store.held = False
    rig.deliver()
    rig.advance(40)
    assert responses(caller.flow) == []
    assert len(rig.edge._transactions) == 0


def test_a_register_that_a_store_never_answers(rig: Rig) -> None:
    phone = Phone(rig, "bob")
    credentials = phone.credentials(phone.challenge())
    rig.store.held = True
    rig.receive(phone.flow, phone.register_text(credentials))
    rig.advance(28.1)
    assert responses(phone.flow) == ["100 Trying", "500 Server Internal Error"]
    rig.store.held = False
    rig.deliver()
    assert rig.address("bob").bindings == ()
    rig.advance(33)
    assert len(rig.edge._transactions) == 0


def test_a_call_that_rings_outlasts_what_a_store_may_take(rig: Rig) -> None:
    phone, _ = registered(rig)
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    invite = phone.flow.take_request()
    for _ in range(3):  # each begins timer C anew (RFC 3261 §16.7 step 2)
        rig.receive(phone.flow, answer(invite, "183 Queued"))
        rig.advance(170)
    rig.receive(phone.flow, answer(invite, "200 OK", f"Contact: <{phone.contact}>"))
    assert responses(caller.flow)[-1] == "200 OK"


def call(caller: Caller) -> None:
    """An INVITE whose media the rtpengine relays."""
    body = "v=0\r\nc=IN IP4 192.168.7.7\r\nm=audio 4000 RTP/AVP 0\r\n"
    text = caller.text("INVITE", BOB, SDP).partition("Content-Length")[0]
    caller.rig.receive(caller.flow, f"{text}Content-Length: {len(body)}\r\n\r\n{body}")


def fault(*_: object) -> None:
    raise FaultError


def test_a_cancel_that_can_not_be_passed_on(rig: Rig) -> None:
    phone, flow = registered(rig)
    other, _ = registered(rig)
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    for device in (phone, other):
        rig.receive(device.flow, answer(device.flow.take_request(), "180 Ringing"))
    flow.stuck_at = b"CANCEL"
    caller.send("CANCEL", BOB, cseq=1, branch=caller.branch)
    assert responses(caller.flow)[-2:] == ["200 OK", "500 Server Internal Error"]
    assert other.flow.take_request().method == "CANCEL"


def test_a_late_cancel_of_a_request_that_failed(rig: Rig, faults: FaultyStore) -> None:
    registered(rig)
    faults.fails_at = 1
    caller = Caller(rig)
    caller.send("INVITE", BOB)
    caller.send("CANCEL", BOB, cseq=1, branch=caller.branch)
    found = [message.status for message in caller.flow.take() if isinstance(message, Response)]
    assert found == [100, 500, 200]
