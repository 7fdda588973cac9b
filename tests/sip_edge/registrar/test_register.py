"""REGISTER through the whole edge."""

from __future__ import annotations

import pytest

from tests.sip_edge.rig import DOMAIN, PASSWORD, Phone, Rig


@pytest.fixture
def rig() -> Rig:
    rig = Rig()
    rig.add_extension("alice")
    return rig


def test_the_challenge_is_a_407_with_both_headers_of_one_nonce(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rig.receive(phone.flow, phone.register_text())
    answer = phone.flow.take_response()
    assert answer.start == "SIP/2.0 407 Proxy Authentication Required"
    assert answer.get("www-authenticate") == answer.get("proxy-authenticate")
    assert 'realm="voip.example"' in answer.get("www-authenticate")
    assert "algorithm=MD5" in answer.get("www-authenticate")
    assert 'qop="auth"' in answer.get("www-authenticate")
    assert rig.store.reads == rig.store.writes == 0


def test_a_registration_is_stored_before_its_200(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    rig.store.held = True
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take() == []
    rig.store.held = False
    rig.store.deliver()
    answer = phone.flow.take_response()
    assert answer.status == 200
    assert answer.get("contact") == f"<{phone.contact}>;expires=3600"
    (binding,) = rig.address("alice").bindings
    assert (binding.contact, binding.source, binding.transport) == (phone.contact, phone.flow.source, "UDP")
    assert binding.user_agent == "Rig/1.0"
    assert binding.expires == int(rig.now) + 3600


def test_a_refresh_costs_one_write_and_no_read(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take_response().status == 200
    reads, writes = rig.store.reads, rig.store.writes
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge, nc=2)))
    assert phone.flow.take_response().status == 200
    assert (rig.store.reads - reads, rig.store.writes - writes) == (0, 1)


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_wrong_password_and_unknown_user_look_the_same(rig: Rig, username: str) -> None:
    phone = Phone(rig, username, password="wrong wrong wrong")
    answer = phone.register()
    assert answer.status == 407
    assert "stale" not in answer.get("www-authenticate")
    assert rig.store.writes == 0


def test_a_changed_password_holds_at_the_next_register(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take_response().status == 200
    address = rig.address("alice")
    changed = rig.add_extension("alice", "another password")
    changed.bindings, changed.version = address.bindings, address.version + 1
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge, nc=2)))
    assert phone.flow.take_response().status == 407
    phone.password = "another password"
    assert phone.register().status == 200


def test_a_deleted_extension_is_unknown_at_once(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    rig.store.addresses.clear()
    assert phone.register().status == 407


def test_a_captured_register_changes_nothing(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    captured = phone.register_text(phone.credentials(phone.challenge()))
    rig.receive(phone.flow, captured)
    assert phone.flow.take_response().status == 200
    before = rig.address("alice")
    attacker = rig.flow("203.0.113.66", 6666)
    rig.advance(40)
    for text in (captured, captured.replace("10.0.0.5:5060>", "203.0.113.66>").replace("branch=", "branch=x")):
        rig.receive(attacker, text)
        answer = attacker.take_response()
        assert answer.status == 407
        assert "stale=true" in answer.get("www-authenticate")
    assert rig.address("alice") == before


def test_a_repeated_register_gets_the_same_answer_and_writes_nothing(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    text = phone.register_text(phone.credentials(phone.challenge()))
    rig.receive(phone.flow, text)
    assert phone.flow.take_response().status == 200
    writes = rig.store.writes
    rig.receive(phone.flow, text)
    assert phone.flow.take_response().status == 200
    rig.advance(40)  # the transaction is forgotten: the table has to tell
    rig.receive(phone.flow, text)
    assert phone.flow.take_response().status == 200
    assert rig.store.writes == writes


def test_a_nonce_of_somebody_else_or_of_long_ago_is_stale(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    rig.advance(301)
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert "stale=true" in phone.flow.take_response().get("www-authenticate")
    rig.receive(phone.flow, phone.register_text(phone.credentials('nonce="made up"')))
    assert "stale=true" in phone.flow.take_response().get("www-authenticate")


def test_both_credential_headers_with_counts_of_their_own(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    second = phone.credentials(challenge, nc=2).replace("Authorization", "Proxy-Authorization")
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge), second))
    assert phone.flow.take_response().status == 200


def test_expiry_is_bounded(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register("Expires: 9999").get("contact").endswith(";expires=7200")
    answer = phone.register("Expires: 30")
    assert (answer.status, answer.get("min-expires")) == (423, "60")
    assert phone.register(contact=f"<{phone.contact}>;expires=120").get("contact").endswith(";expires=120")


def test_unregister_by_zero_and_by_star(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    for last in (("Expires: 0",), ("Expires: 0", "*")):
        assert phone.register().status == 200
        assert len(rig.address("alice").bindings) == 1
        answer = phone.register(last[0], contact=last[1] if len(last) > 1 else None)
        assert (answer.status, answer.get("contact")) == (200, "")
        assert rig.address("alice").bindings == ()


def test_star_wants_expires_zero(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register(contact="*").status == 400


def test_no_contact_is_a_query(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    rig.advance(100)
    answer = phone.register(contact="")
    assert answer.get("contact") == f"<{phone.contact}>;expires=3500"


def test_a_binding_ends_by_the_clock(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register("Expires: 60").status == 200
    rig.advance(61)
    assert phone.register(contact="").get("contact") == ""


def test_an_older_register_on_the_same_nonce_is_refused(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    phone.cseq = 9
    rig.receive(phone.flow, phone.register_text(phone.credentials(challenge)))
    assert phone.flow.take_response().status == 200
    before = rig.address("alice").bindings
    for cseq, contact in ((4, None), (9, None), (4, "*")):
        phone.cseq = cseq
        challenge_count = 2 + cseq if contact is None else 20
        text = phone.register_text(phone.credentials(challenge, nc=challenge_count), "Expires: 0", contact=contact)
        rig.receive(phone.flow, text)
        assert phone.flow.take_response().status == 500
        assert rig.address("alice").bindings == before


def test_a_phone_that_has_restarted_counts_from_one_again(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    phone.cseq = 1000
    assert phone.register().status == 200
    phone.cseq = 0
    assert phone.register().status == 200
    assert [b.cseq for b in rig.address("alice").bindings] == [2]


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_register_that_was_overtaken_undoes_nothing(rig: Rig, transport: str) -> None:
    phone = Phone(rig, "alice", rig.flow(transport=transport))
    overtaken = phone.register_text(phone.credentials(phone.challenge()), "Expires: 0")
    assert phone.register().status == 200
    before = rig.address("alice").bindings
    rig.receive(phone.flow, overtaken)
    answer = phone.flow.take_response()
    assert (answer.status, "stale=true" in answer.get("www-authenticate")) == (407, True)
    assert rig.address("alice").bindings == before


def test_a_second_device_is_refused_while_the_first_answers(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    assert first.register().status == 200
    rig.receive(second.flow, second.register_text(second.credentials(second.challenge())))
    question = first.flow.take_request()
    assert question.method == "OPTIONS"
    assert question.uri == first.contact
    assert second.flow.take() == []
    to = question.line("to") + ";tag=1"
    lines = [question.line("via"), question.line("from"), to, question.line("call-id"), question.line("cseq")]
    rig.receive(first.flow, "\r\n".join(["SIP/2.0 200 OK", *lines, "", ""]))
    answer = second.flow.take_response()
    assert answer.status == 403
    assert "Only one device per extension" in answer.get("warning")
    assert [b.call_id for b in rig.address("alice").bindings] == [first.call_id]


def test_a_second_device_replaces_a_dead_one(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    assert first.register().status == 200
    rig.receive(second.flow, second.register_text(second.credentials(second.challenge())))
    rig.advance(1.9)
    assert second.flow.take() == []
    rig.advance(0.2)
    assert second.flow.take_response().status == 200
    assert [b.call_id for b in rig.address("alice").bindings] == [second.call_id]


def test_a_second_device_replaces_one_whose_connection_has_ended(rig: Rig) -> None:
    first, second = Phone(rig, "alice", rig.flow(transport="TCP")), Phone(rig, "alice")
    assert first.register().status == 200
    first.flow.closed = True
    assert second.register().status == 200


def test_a_restarted_phone_with_the_same_instance_is_the_same_device(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    instance = ';+sip.instance="<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"'
    assert first.register(contact=f"<{first.contact}>{instance}").status == 200
    answer = second.register(contact=f"<{second.contact}>{instance}")
    assert answer.status == 200
    assert len(rig.address("alice").bindings) == 1
    assert "+sip.instance" in answer.get("contact")


def test_more_devices_when_the_extension_allows_them(rig: Rig) -> None:
    rig.add_extension("desk", max_devices=2)
    phones = [Phone(rig, "desk") for _ in range(2)]
    for phone in phones:
        assert phone.register().status == 200
    assert len(rig.address("desk").bindings) == 2


def test_two_edges_that_race_leave_one_device(rig: Rig) -> None:
    first, second = Phone(rig, "alice"), Phone(rig, "alice")
    first_text = first.register_text(first.credentials(first.challenge()))
    rig.advance(1)
    second_text = second.register_text(second.credentials(second.challenge()))
    rig.store.held = True
    rig.receive(first.flow, first_text)
    rig.receive(second.flow, second_text)
    rig.store.held = False
    rig.store.deliver()
    assert first.flow.take()[0].start == "SIP/2.0 200 OK"
    assert len(rig.address("alice").bindings) == 1


def test_an_outage_gets_503_and_acknowledges_nothing(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    rig.store.outage = True
    answer = phone.register()
    assert answer.status == 503
    assert answer.get("retry-after")
    rig.store.outage = False
    assert phone.register().status == 200


def test_an_address_that_is_not_ours(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    for to in ("sip:alice@elsewhere.example", "sip:alice@registrar.voip.example"):
        rig.receive(phone.flow, phone.register_text(to=to))
        assert phone.flow.take_response().status == 404


def test_plain_401_when_asked_for() -> None:
    rig = Rig(register_challenge=401)
    rig.add_extension("alice")
    phone = Phone(rig, "alice")
    rig.receive(phone.flow, phone.register_text())
    answer = phone.flow.take_response()
    assert answer.status == 401
    assert "proxy-authenticate" not in answer.names
    assert phone.register().status == 200


def test_the_username_must_be_the_address(rig: Rig) -> None:
    rig.add_extension("bob")
    phone = Phone(rig, "alice")
    challenge = phone.challenge()
    borrowed = Phone(rig, "bob").credentials(challenge)
    rig.receive(phone.flow, phone.register_text(borrowed))
    assert phone.flow.take_response().status == 407


def test_no_secret_is_logged(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="sip_edge")
    phone = Phone(rig, "alice")
    assert phone.register().status == 200
    Phone(rig, "alice", password="wrong wrong wrong").register()
    logged = " ".join(f"{r.getMessage()} {getattr(r, 'fields', '')}" for r in caplog.records)
    assert "registered" in logged
    assert PASSWORD not in logged
    assert rig.address("alice").ha1 not in logged
    assert "response=" not in logged
    assert DOMAIN.partition(".")[0] in logged


@pytest.mark.parametrize("damage", ["\udcff", "y" * 3000, "\u202e"])
def test_what_the_table_could_not_take(rig: Rig, damage: str) -> None:
    phone = Phone(rig, "alice")
    call_id, contact = phone.call_id, phone.contact
    credentials = phone.credentials(phone.challenge())
    for phone.call_id, phone.contact in ((call_id + damage, contact), (call_id, contact.replace("alice", damage))):
        rig.receive(phone.flow, phone.register_text(credentials).encode("utf-8", "surrogateescape"))
        assert phone.flow.take_response().status == 400
