"""Guessing, searching and flooding at the whole edge, and the phones that have to go on meanwhile."""

from __future__ import annotations

import pytest

from sip_edge.guard.guard import FAILURES, FAILURES_OF_A_HOST
from sip_edge.message.message import Response
from tests.sip_edge.caller import Caller, answer, responses
from tests.sip_edge.rig import BASE, DOMAIN, FakeFlow, Phone, Rig, digest

NAT = "198.51.100.7"
ELSEWHERE = "203.0.113.99"
WRONG = "wrong wrong wrong"


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    for username in ("alice", "bob", "carol"):
        rig.add_extension(username)
    return rig


def flow(rig: Rig, host: str = NAT) -> FakeFlow:
    return rig.flow(host, 10_000 + int(rig.unique()))


def guess(rig: Rig, username: str, host: str = NAT, over: FakeFlow | None = None, password: str = WRONG) -> int:
    """Try a password, from a port of its own unless a flow is given. Returns the status, 0 for silence."""
    phone = Phone(rig, username, over or flow(rig, host), password)
    rig.receive(phone.flow, phone.register_text(phone.credentials(phone.challenge())))
    answers = phone.flow.take()
    assert len(answers) < 2
    return answers[0].status if answers and isinstance(answers[0], Response) else 0


def statuses(rig: Rig, count: int, username: str = "alice", host: str = NAT, over: FakeFlow | None = None) -> list[int]:
    return [guess(rig, username, host, over) for _ in range(count)]


def test_guesses_end_and_cost_nothing_from_then_on(rig: Rig) -> None:
    assert statuses(rig, FAILURES) == [407] * FAILURES
    reads, transactions = rig.store.reads, len(rig.edge._transactions)
    assert statuses(rig, 200) == [0] * 200
    assert guess(rig, "alice", password="correct horse battery") == 0  # or guessing would go on in silence
    assert (rig.store.reads, len(rig.edge._transactions)) == (reads, transactions)
    assert rig.journal.counts["shed_address"] == 201
    assert rig.journal.counts["limited"] == 1
    rig.advance(10)
    assert guess(rig, "alice", password="correct horse battery") == 200


def test_guesses_end_over_one_connection_too(rig: Rig) -> None:
    connection = rig.flow(NAT, 40_000, "TCP")
    found = [guess(rig, name, over=connection) for name in map(str, range(FAILURES + 20))]
    assert found == [407] * FAILURES + [0] * 20
    assert rig.journal.counts["shed_source"] == 20


def test_the_owner_is_told_that_somebody_guesses(rig: Rig) -> None:
    assert Phone(rig, "alice", flow(rig, ELSEWHERE)).register().status == 200
    statuses(rig, FAILURES + 5)
    rig.advance(1.1)
    counts = {attempt.reason: attempt.count for attempt in rig.attempts.written.values()}
    assert counts == {"wrong_password": FAILURES, "throttled": 5}


def test_a_registered_phone_goes_on_beside_somebody_who_guesses_its_password(rig: Rig) -> None:
    alice = Phone(rig, "alice", flow(rig))
    assert alice.register().status == 200
    for _ in range(5):
        statuses(rig, 50)
        assert alice.register().status == 200
    assert guess(rig, "alice", ELSEWHERE) == 407  # elsewhere nothing has happened


def test_the_other_phones_behind_the_nat_go_on(rig: Rig) -> None:
    assert Phone(rig, "bob", flow(rig)).register().status == 200
    statuses(rig, 50)
    assert Phone(rig, "carol", flow(rig)).register().status == 200  # for the first time
    search(rig)
    reads = rig.store.reads
    bob = Phone(rig, "bob", flow(rig))  # it has restarted, and has another port and Call-ID
    rig.receive(bob.flow, bob.register_text(bob.credentials(bob.challenge())))
    rig.advance(2.1)  # its former self is asked
    assert bob.flow.take_response().status == 200
    assert rig.store.reads == reads


def search(rig: Rig, host: str = NAT) -> list[int]:
    """Try one name after the other."""
    return [guess(rig, f"name{n}", host) for n in range(FAILURES_OF_A_HOST + 300)]


def test_a_search_for_names_ends(rig: Rig) -> None:
    found = search(rig)
    assert found == [407] * FAILURES_OF_A_HOST + [0] * 300
    assert rig.store.reads == FAILURES_OF_A_HOST
    assert rig.journal.counts["shed_source"] == 300
    assert guess(rig, "alice", ELSEWHERE) == 407
    rig.advance(1)
    assert [guess(rig, "alice") for _ in range(4)] == [407, 407, 0, 0]


def test_a_phone_with_many_extensions_and_one_wrong_password(rig: Rig) -> None:
    """A PBX registers all over one connection."""
    pbx = rig.flow(NAT, 5060, "TCP")
    assert Phone(rig, "bob", pbx).register().status == 200
    assert statuses(rig, FAILURES + 5, over=pbx)[-1] == 0
    assert Phone(rig, "bob", pbx).register().status == 200


def test_challenges_are_no_failures(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    for _ in range(500):
        phone.challenge()
        rig.receive(phone.flow, phone.register_text(phone.credentials('nonce="of long ago"')))
        assert phone.flow.take_response().status == 407
    assert phone.register().status == 200
    assert rig.store.reads == 1


def test_successes_are_never_limited(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert [phone.register().status for _ in range(300)] == [200] * 300


def test_who_calls_with_wrong_passwords_is_limited_alike(rig: Rig) -> None:
    found = []
    for _ in range(FAILURES + 10):
        caller, uri = Caller(rig, f"sip:alice@{DOMAIN}", flow(rig)), f"sip:bob@{DOMAIN}"
        caller.send("INVITE", uri)
        challenge = caller.flow.take_response().get("proxy-authenticate")
        caller.send("INVITE", uri, f"Proxy-Authorization: {digest(challenge, 'INVITE', uri, 'alice', WRONG)}")
        found.append([start[:3] for start in responses(caller.flow)])
    assert found == [["100", "407"]] * FAILURES + [[]] * 10


def test_calls_to_nobody_end_and_an_honest_caller_hears_why(rig: Rig) -> None:
    caller = Caller(rig, flow=flow(rig, ELSEWHERE))
    for n in range(FAILURES_OF_A_HOST):
        caller.send("INVITE", f"sip:nobody{n}@{DOMAIN}")
        assert responses(caller.flow) == ["100 Trying", "404 Not Found"]
    reads = rig.store.reads
    for _ in range(3):
        caller.send("INVITE", f"sip:direct.{'0' * 12}@sip.{BASE}")
        (refused,) = caller.flow.take()
        assert isinstance(refused, Response)
        assert refused.status == 503
        assert 5 <= int(refused.get("retry-after")) <= 15
    assert rig.store.reads == reads
    assert rig.journal.counts["shed_source"] == 3


def test_a_source_begins_so_many_calls_in_a_second(rig: Rig) -> None:
    rig = Rig(max_calls_per_second=2)
    rig.add_extension("bob")
    bob = Phone(rig, "bob")
    assert bob.register().status == 200
    flood, other = (Caller(rig, flow=flow(rig, host)) for host in (ELSEWHERE, "203.0.113.98"))
    reached = 0
    for _ in range(100):
        flood.call_id = f"flood-{rig.unique()}"
        flood.send("INVITE", f"sip:bob@{DOMAIN}")
        reached += len(bob.flow.take())
    assert reached == 8
    assert rig.journal.counts["shed_calls"] == 92
    other.send("INVITE", f"sip:bob@{DOMAIN}")
    assert bob.flow.take_request().method == "INVITE"
    rig.advance(0.45)
    bob.flow.take()
    flood.send("INVITE", f"sip:bob@{DOMAIN}")
    assert bob.flow.take() == []
    rig.advance(0.1)
    bob.flow.take()
    flood.send("INVITE", f"sip:bob@{DOMAIN}")
    assert bob.flow.take_request().method == "INVITE"


def test_when_there_is_too_much_to_do_calls_go_on_and_nothing_new_begins() -> None:
    rig = Rig(max_transactions=20)
    for username in ("alice", "bob"):
        rig.add_extension(username)
    bob = Phone(rig, "bob")
    assert bob.register().status == 200
    caller = Caller(rig)
    caller.send("INVITE", f"sip:bob@{DOMAIN}")
    rig.receive(bob.flow, answer(bob.flow.take_request(), "200 OK", f"Contact: <{bob.contact}>"))
    (_, accepted) = caller.flow.take()
    for _ in range(30):
        flood = Caller(rig, flow=flow(rig, ELSEWHERE))
        flood.send("OPTIONS", f"sip:{EDGE_NAME}")
    assert len(rig.edge._transactions) == 20
    alice = Phone(rig, "alice")
    rig.receive(alice.flow, alice.register_text())
    busy = alice.flow.take_response()
    assert (busy.status, rig.journal.counts["shed_transactions"] > 0) == (503, True)
    assert busy.get("retry-after")
    assert isinstance(accepted, Response)
    caller.send("BYE", bob.contact, f"Route: {accepted.get('record-route')}", to=accepted.get("to"))
    assert bob.flow.take_request().method == "BYE"
    rig.advance(40)
    assert alice.register().status == 200


EDGE_NAME = f"registrar.{BASE}"


@pytest.mark.parametrize(
    "agent",
    [
        *("friendly-scanner", "SIPVicious/1", "VaxSIPUserAgent/3.1", "sipcli/v1.8", "pplsip", "smap 0.6.0", "Mr.Robot"),
        *("sip-scan 11.0", "friendly-scanner (SIPVicious)", "sipcli v2", "Gulp"),
    ],
)
@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS", "MESSAGE"])
def test_a_scanner_hears_nothing(rig: Rig, agent: str, method: str) -> None:
    caller = Caller(rig)
    for uri in (f"sip:{EDGE_NAME}", f"sip:alice@{DOMAIN}", "sip:100@192.0.2.1"):
        caller.send(method, uri, f"User-Agent: {agent}")
        caller.send(method, uri, f"user-agent : {agent.upper()}")
    assert caller.flow.take() == []
    assert rig.store.reads == 0
    assert rig.journal.counts["shed_scanner"] == 6


def test_a_scanner_that_has_no_user_agent(rig: Rig) -> None:
    caller = Caller(rig)
    text = caller.text("OPTIONS", f"sip:{EDGE_NAME}").replace("From: <", 'f: "sipvicious"<')
    rig.receive(caller.flow, text)
    assert caller.flow.take() == []


@pytest.mark.parametrize("sender", ["sip:sipvicious@outside.example", "sip:a@sipvicious.example"])
def test_a_caller_may_have_a_scanners_name_elsewhere(rig: Rig, sender: str) -> None:
    caller = Caller(rig, sender)
    caller.send("OPTIONS", f"sip:{EDGE_NAME}")
    assert responses(caller.flow) == ["200 OK"]


@pytest.mark.parametrize(
    "agent",
    [
        *("Linphone/5.1.65", "baresip v1.0.0 (x86_64/Linux)", "Asterisk PBX 22", "FPBX-16", ""),
        *("SIPClient-macOS/0.1.0", "Siwar 2.1", "Acme smapp", "Gulpener/1.0", "Gulp Phone 2", "sipcliq", "sipcli-x/1"),
        *("Acme (sipcli)", "my-friendly-scanner-free-phone", "Cruzer-Phone/3", "SIPScanner Pro", "Phone/1 sipvicious"),
    ],
)
def test_a_phone_is_no_scanner(rig: Rig, agent: str) -> None:
    caller = Caller(rig)
    caller.send("OPTIONS", f"sip:{EDGE_NAME}", f"User-Agent: {agent}")
    assert responses(caller.flow) == ["200 OK"]
