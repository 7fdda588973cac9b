"""REGISTERs at a domain that is no customer's. Their phones and the operator are told the right domain."""

from __future__ import annotations

import pytest

from directory.schema.reasons import Reason
from directory.schema.records import Attempt
from sip_edge.message.message import Response
from sip_edge.registrar.diagnosis import attempts as limits
from sip_edge.registrar.diagnosis.known_customers import KnownCustomers
from tests.sip_edge.rig import CUSTOMER, DOMAIN, EDGE, FakeFlow, Phone, Rig

WRONG = [
    "registrar.voip.example",
    "REGISTRAR.voip.example.",
    "sip.voip.example",
    "voip.example",
    EDGE,
    "192.0.2.99",
    f"{EDGE}:5060",
    "[2001:db8::1]",
    CUSTOMER,
    f"a.{DOMAIN}",
    "pbx.elsewhere.example",
]


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    return rig


def register(rig: Rig, domain: str, flow: FakeFlow | None = None, uri: str = "") -> list[Response]:
    phone = Phone(rig, "alice", flow)
    text = phone.register_text(to=f"sip:alice@{domain}")
    rig.receive(phone.flow, text.replace(f"REGISTER sip:{DOMAIN}", f"REGISTER {uri or f'sip:{domain}'}"))
    return [message for message in phone.flow.take() if isinstance(message, Response)]


def written(rig: Rig) -> list[Attempt]:
    rig.advance(1.1)
    return list(rig.attempts.written.values())


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
@pytest.mark.parametrize("domain", WRONG)
def test_the_phone_is_told_what_to_type(rig: Rig, domain: str, transport: str) -> None:
    (answer,) = register(rig, domain, rig.flow(transport=transport))
    assert answer.status == 404
    expected = '399 registrar.voip.example "Register at {username}@{customer-id}.registrar.voip.example"'
    assert answer.get("warning") == expected


@pytest.mark.parametrize("domain", WRONG)
def test_the_operator_finds_it(rig: Rig, domain: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="sip_edge")
    flow = rig.flow("198.51.100.77", 5061)
    register(rig, domain, flow)
    host = domain.lower().removesuffix(":5060").removesuffix(".")
    (attempt,) = written(rig)
    assert (attempt.customer_id, attempt.aor) == ("unassigned", f"alice@{host}")
    assert (attempt.reason, attempt.source, attempt.transport) == (Reason.WRONG_DOMAIN, "198.51.100.77:5061", "UDP")
    assert (attempt.user_agent, attempt.count, attempt.is_unassigned) == ("Rig/1.0", 1, True)
    (line,) = [record for record in caplog.records if record.getMessage() == "wrong_domain"]
    assert line.levelname == "INFO"
    fields = getattr(line, "fields", {})
    assert (fields["username"], fields["domain"], fields["agent"]) == ("alice", host, "Rig/1.0")
    assert fields["source"] == "198.51.100.77:5061"
    assert rig.store.reads == rig.store.writes == rig.attempts.questions == 0


@pytest.mark.parametrize("hosts", [["198.51.100.7"], [f"2001:db8:1:2::{number:x}" for number in range(200)]])
def test_a_source_has_a_few_answers(rig: Rig, hosts: list[str]) -> None:
    answers = [register(rig, EDGE, rig.flow(hosts[n % len(hosts)], 1024 + n)) for n in range(200)]
    answered = sum(map(len, answers))
    assert 1 <= answered <= 20
    assert all(answers[:5])
    assert not any(answers[100:])
    assert len(register(rig, EDGE, rig.flow("203.0.113.5"))) == 1  # others have theirs
    assert rig.journal.counts["shed_foreign"] == 200 - answered
    rig.advance(60)
    assert register(rig, EDGE, rig.flow(hosts[0]))


def test_the_operators_list_is_bounded_and_no_scanner_fills_it(rig: Rig) -> None:
    flow = rig.flow("203.0.113.66")
    for number in range(50):
        phone = Phone(rig, f"guess{number}", flow)
        rig.receive(flow, phone.register_text(to=f"sip:guess{number}@{EDGE}"))
    assert len(written(rig)) == limits.MOST_UNASSIGNED_OF_A_NETWORK
    register(rig, EDGE)
    assert len(written(rig)) == limits.MOST_UNASSIGNED_OF_A_NETWORK + 1
    for number in range(3 * limits.MOST_OF_A_CUSTOMER):
        register(rig, EDGE, rig.flow(f"198.51.{number // 200}.{1 + number % 200}"))
    rig.advance(20)
    assert len(written(rig)) == limits.MOST_OF_A_CUSTOMER
    rig.advance(2 * limits.WINDOW_S)
    register(rig, EDGE)
    assert len(written(rig)) == limits.MOST_OF_A_CUSTOMER + 1


def test_a_username_like_no_other(rig: Rig) -> None:
    flow = rig.flow()
    phone = Phone(rig, "alice", flow)
    text = phone.register_text(to=f"sip:%0d%0a{'x' * 300}:secret@{EDGE}")
    rig.receive(flow, text)
    assert flow.take_response().status == 404
    (attempt,) = written(rig)
    assert attempt.username == "x" * 64
    assert "secret" not in repr(attempt)


@pytest.mark.parametrize(
    "uri",
    [
        "sip:registrar.voip.example",
        "sip:sip.voip.example;transport=tcp",
        "sip:voip.example:5060",
        f"sip:{EDGE}:5060",
        "sip:203.0.113.99",
        "sip:[2001:db8::1]:5060",
        "sips:REGISTRAR.voip.example",
        "sip:another-customer.registrar.voip.example",
    ],
)
def test_the_request_uri_may_be_any_server_of_ours(rig: Rig, uri: str) -> None:
    (answer,) = register(rig, DOMAIN, uri=uri)
    assert answer.status == 407
    assert written(rig) == []


@pytest.mark.parametrize("uri", ["sip:elsewhere.example", "sip:voip.example.elsewhere.example", "sip:evilvoip.example"])
def test_a_foreign_request_uri_is_refused(rig: Rig, uri: str) -> None:
    (answer,) = register(rig, DOMAIN, uri=uri)
    assert answer.status == 404
    flow = rig.flow("203.0.113.66")
    assert sum(len(register(rig, DOMAIN, flow, uri)) for _ in range(100)) <= 20
    assert {attempt.aor for attempt in written(rig)} == {f"alice@{uri.removeprefix('sip:')}"}


def test_the_customers_own_attempts_stay_apart(rig: Rig) -> None:
    assert Phone(rig, "alice", password="wrong wrong wrong").register().status == 407
    register(rig, EDGE)
    assert {(a.customer_id, a.reason) for a in written(rig)} == {
        (CUSTOMER, "wrong_password"),
        ("unassigned", "wrong_domain"),
    }


def test_attempts_name_the_extension_that_had_them(rig: Rig) -> None:
    phone = Phone(rig, "alice", password="wrong wrong wrong")
    assert phone.register().status == 407
    address = rig.add_extension("alice", "another password")
    address.extension_id, address.version = "the-new-one", 10
    assert phone.register().status == 407
    assert Phone(rig, "nobody", phone.flow).register().status == 407
    assert [(a.username, a.extension_id) for a in written(rig)] == [
        ("alice", "id-alice"),
        ("alice", "the-new-one"),
        ("nobody", ""),
    ]


def test_customers_that_are_made_up_keep_nothing_from_the_operator() -> None:
    rig = Rig()
    owners = KnownCustomers(rig.attempts)
    for number in range(10_001):  # more than are remembered
        owners.confirm(f"{number:06}-{number:06}")
    assert owners.exists("unassigned")
    assert owners.may_exist("unassigned")
    assert rig.attempts.questions == 0
