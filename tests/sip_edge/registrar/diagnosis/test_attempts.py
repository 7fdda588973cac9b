"""Why phones can't register, as the edge writes it down."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from directory.schema.reasons import EXPLANATIONS, Reason
from directory.schema.records import Attempt
from sip_edge.registrar.diagnosis import attempts as limits
from sip_edge.registrar.diagnosis.known_customers import MOST_QUESTIONS_A_SECOND
from tests.sip_edge.rig import CUSTOMER, DOMAIN, PASSWORD, FakeFlow, Phone, Rig, digest


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    return rig


def written(rig: Rig) -> list[Attempt]:
    """All attempts that have been stored once a second has passed."""
    rig.advance(1.1)
    return list(rig.attempts.written.values())


def wrong_password(rig: Rig) -> None:
    assert Phone(rig, "alice", password="wrong wrong wrong").register().status == 407


def unknown_username(rig: Rig) -> None:
    assert Phone(rig, "nobody").register().status == 407


def other_authentication_name(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    credentials = phone.credentials(phone.challenge()).replace('username="alice"', 'username="alice@example"')
    rig.receive(phone.flow, phone.register_text(credentials))


def wrong_realm(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    credentials = phone.credentials(phone.challenge()).replace('realm="voip.example"', 'realm="asterisk"')
    rig.receive(phone.flow, phone.register_text(credentials))


def stale_nonce_loop(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    rig.advance(301)
    for nc in range(1, 4):
        rig.receive(phone.flow, phone.register_text(phone.credentials(challenge, nc)))
    assert written(rig) == []  # a few are usual
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge, 4)))


def replayed_credentials(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    text = phone.register_text(phone.credentials(phone.challenge()))
    rig.receive(phone.flow, text)
    thief = rig.flow(phone.flow.host, 5999)  # behind the same NAT
    rig.receive(thief, text.replace("branch=", "branch=x").replace("CSeq: 2", "CSeq: 3"))


def expiry_too_short(rig: Rig) -> None:
    assert Phone(rig, "alice").register("Expires: 59").status == 423


def second_device(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    assert first.register().status == 200
    rig.receive(second.flow, second.register_text(second.credentials(second.challenge())))
    question = first.flow.take_request()
    copied = [question.line(name) for name in ("via", "from", "to", "call-id", "cseq")]
    rig.receive(first.flow, "\r\n".join(["SIP/2.0 200 OK", *copied, "Content-Length: 0", "", ""]))
    assert second.flow.take_response().status == 403


def device_replaced(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    assert first.register().status == 200
    rig.receive(second.flow, second.register_text(second.credentials(second.challenge())))
    rig.advance(2.1)
    assert second.flow.take_response().status == 200


def older_register(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    phone.cseq = 10
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take_response().status == 200
    phone.cseq = 1
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge, nc=2)))
    assert phone.flow.take_response().status == 500


def too_many_contacts(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    phone.register(contact=", ".join(f"<sip:a{n}@192.0.2.9>" for n in range(6)))


def no_outbound_at_first_hop(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    contact = '<sip:alice@192.0.2.9>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    text = phone.register_text(phone.credentials(phone.challenge()), "Supported: outbound", contact=contact)
    rig.receive(phone.flow, text.replace("Max-Forwards", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\nMax-Forwards"))


def malformed(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rig.receive(phone.flow, phone.register_text('Authorization: Digest realm="voip.example", username="'))


def test_a_call_id_that_the_table_could_not_take(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    phone.call_id += "\udcff"
    elsewhere = "Authorization: " + digest("", "REGISTER", f"sip:{DOMAIN}", "alice", realm="elsewhere")
    rig.receive(phone.flow, phone.register_text(elsewhere).encode("utf-8", "surrogateescape"))
    assert [attempt.call_id.isprintable() for attempt in written(rig)] == [True]


@pytest.mark.parametrize(
    "happen",
    [
        wrong_password,
        unknown_username,
        other_authentication_name,
        wrong_realm,
        stale_nonce_loop,
        replayed_credentials,
        expiry_too_short,
        second_device,
        device_replaced,
        older_register,
        too_many_contacts,
        no_outbound_at_first_hop,
        malformed,
    ],
)
def test_each_reason(rig: Rig, happen: Callable[[Rig], None]) -> None:
    happen(rig)
    (attempt,) = written(rig)
    assert attempt.reason == happen.__name__
    assert attempt.count == 1
    assert attempt.aor == ("nobody" if happen is unknown_username else "alice") + f"@{CUSTOMER}"
    assert attempt.source.startswith("198.51.100.7:5")
    assert (attempt.transport, attempt.user_agent) == ("UDP", "Rig/1.0")
    assert attempt.call_id.startswith("reg-")
    assert PASSWORD not in str(attempt)
    assert "response=" not in str(attempt)


def test_each_reason_has_one_sentence_of_advice() -> None:
    assert EXPLANATIONS.keys() == set(Reason)
    for _, advice in EXPLANATIONS.values():
        assert advice.endswith(".")
        assert ". " not in advice


def test_what_goes_well_leaves_no_attempt(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    assert phone.register().status == 200
    assert written(rig) == []
    assert rig.attempts.questions == 0


def test_repeats_are_counted_and_not_repeated(rig: Rig) -> None:
    for _ in range(5):
        wrong_password(rig)
    (attempt,) = written(rig)
    assert attempt.count == 5
    for _ in range(5):
        wrong_password(rig)
    rig.advance(limits.REPEAT_S + 2)
    (attempt,) = rig.attempts.written.values()
    assert (attempt.count, rig.attempts.writes) == (10, 2)


def test_what_goes_on_is_a_new_one_in_the_next_window(rig: Rig) -> None:
    for _ in range(30):
        wrong_password(rig)
        rig.advance(20)
    rig.advance(2 * limits.WINDOW_S)
    counts = [attempt.count for attempt in written(rig)]
    assert len(counts) == 2
    assert sum(counts) == 30
    assert rig.attempts.writes < 30


def test_another_source_is_another_attempt(rig: Rig) -> None:
    wrong_password(rig)
    phone = Phone(rig, "alice", FakeFlow("203.0.113.9", 7, "TCP"), "wrong wrong wrong")
    assert phone.register().status == 407
    assert {(a.source.partition(":")[0], a.transport) for a in written(rig)} == {
        ("198.51.100.7", "UDP"),
        ("203.0.113.9", "TCP"),
    }


def stranger(rig: Rig, number: int, username: str = "nobody") -> None:
    """A REGISTER for a customer that doesn't exist."""
    phone = Phone(rig, username)
    domain = f"made-up{number}.registrar.voip.example"
    text = phone.register_text(phone.credentials(phone.challenge()), to=f"sip:{username}@{domain}")
    rig.receive(phone.flow, text)


def test_a_customer_that_does_not_exist_writes_nothing_and_asks_once(rig: Rig) -> None:
    for n in range(20):
        stranger(rig, 1, f"user{n}")
    assert written(rig) == []
    stranger(rig, 1)
    assert (rig.attempts.questions, rig.attempts.writes) == (1, 0)
    rig.advance(2 * limits.WINDOW_S)
    stranger(rig, 1)
    assert rig.attempts.questions == 2  # it may exist by now


def test_made_up_customers_cost_a_few_reads_a_second(rig: Rig) -> None:
    for n in range(3 * MOST_QUESTIONS_A_SECOND):
        stranger(rig, n)
    assert rig.attempts.questions == MOST_QUESTIONS_A_SECOND
    wrong_password(rig)  # of a customer whose address was found: no question is needed
    assert [attempt.reason for attempt in written(rig)] == ["wrong_password"]


def test_a_customer_has_its_share_and_no_more(rig: Rig) -> None:
    for n in range(limits.MOST_OF_A_CUSTOMER + 20):
        assert Phone(rig, f"guess{n}", rig.flow(f"198.51.100.{n}")).register().status == 407
    rig.advance(1.1)
    assert rig.attempts.writes == limits.MOST_WRITES_A_SECOND
    rig.advance(10)
    assert rig.attempts.writes == len(rig.attempts.written) == limits.MOST_OF_A_CUSTOMER
    assert rig.journal.counts["attempts_dropped"] == 20
    rig.advance(limits.WINDOW_S + 2)
    wrong_password(rig)
    assert written(rig)[-1].reason == "wrong_password"


def test_what_can_not_be_written_is_written_later_or_dropped(rig: Rig) -> None:
    rig.attempts.outage = True
    wrong_password(rig)
    rig.advance(5)
    assert rig.attempts.writes == 0
    rig.attempts.outage = False
    rig.advance(limits.REPEAT_S)
    assert [attempt.reason for attempt in rig.attempts.written.values()] == ["wrong_password"]
    rig.attempts.outage = True
    unknown_username(rig)
    rig.advance(3 * limits.WINDOW_S)
    assert rig.journal.counts["attempts_dropped"] == 1


def test_a_call_id_does_not_grow_an_item(rig: Rig) -> None:
    phone = Phone(rig, "alice", password="wrong wrong wrong")
    phone.call_id = "x" * 250
    assert phone.register().status == 407
    (attempt,) = written(rig)
    assert attempt.call_id == "x" * 128
    assert DOMAIN not in str(attempt)
