"""Registrations of phones that are woken by pushes (RFC 8599)."""

from __future__ import annotations

import pytest

from tests.sip_edge.registrar.push_phones import TOKEN, bindings, connected, contact, feature_caps, push_rig, push_uri
from tests.sip_edge.rig import Phone, Rig

OTHER = "d" * 40
APNS_TOKEN = "ab" * 32
VOIP_TOKEN = "cd" * 32
INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-4000-8000-000000000001>"'
APNS_APP = "com.example.phone"
MONTH = 2_678_400


@pytest.fixture
def rig() -> Rig:
    return push_rig()


def test_a_200_names_the_service_that_wakes_the_phone(rig: Rig) -> None:
    response = Phone(rig, "alice").register(contact=contact())
    assert response.status == 200
    assert feature_caps(response) == ['*;+sip.pns="fcm"']
    assert bindings(rig)[0].is_pushed


def test_a_200_names_all_services_of_the_customer(rig: Rig) -> None:
    rig.world.pusher.apps["apns"] = {APNS_APP}
    response = Phone(rig, "alice").register(contact=contact())
    assert feature_caps(response) == ['*;+sip.pns="fcm"', '*;+sip.pns="apns"']


@pytest.mark.parametrize("spelled", ["apns", "APNS", "apns.dev", "apns.sandbox"])
def test_a_service_is_named_as_the_phone_spells_it(rig: Rig, spelled: str) -> None:
    rig.world.pusher.apps = {"apns": {APNS_APP}}
    uri = push_uri(provider=spelled, param=f"TEAM012345.{APNS_APP}.voip", prid=APNS_TOKEN)
    response = Phone(rig, "alice").register(contact=contact(uri))
    assert feature_caps(response) == [f'*;+sip.pns="{spelled}"']


@pytest.mark.parametrize(
    "parameters",
    [
        f"pn-provider=apns;pn-param=TEAM012345.{APNS_APP}.voip&remote;pn-prid={VOIP_TOKEN}:voip&{APNS_TOKEN}:remote",
        f"app-id={APNS_APP}.voip.prod;pn-type=apple;pn-tok={APNS_TOKEN}",
        f"PN-Provider=apns;PN-Param=TEAM012345.{APNS_APP};PN-Prid={APNS_TOKEN};pn-silent=1;pn-timeout=0",
        f"pn-provider=apns;pn-param=TEAM012345.{APNS_APP};pn-prid={APNS_TOKEN};pn-msg-str=IM_MSG;pn-call-str=IC_MSG"
        ";pn-call-remote-push-interval=10",
    ],
)
@pytest.mark.parametrize("place", ["uri", "header"])
def test_linphone_and_older_phones_are_understood(rig: Rig, parameters: str, place: str) -> None:
    rig.world.pusher.apps = {"apns": {APNS_APP}}
    uri = "sip:alice@10.0.0.5:5060"
    text = f"<{uri};{parameters}>" if place == "uri" else f"<{uri}>;{parameters}"
    response = Phone(rig, "alice").register("Expires: 600", contact=text)
    assert response.status == 200
    assert bindings(rig)[0].is_pushed
    assert '*;+sip.pns="apns"' in feature_caps(response)


def test_the_own_contact_comes_back_as_it_was_sent(rig: Rig) -> None:
    uri = push_uri()
    response = Phone(rig, "alice").register(contact=contact(uri))
    assert response.get("contact").startswith(f"<{uri}>;")


@pytest.mark.parametrize("transport", ["UDP", "TCP", "TLS", "WS"])
def test_an_expiry_of_a_month_is_granted_to_a_pushed_phone(rig: Rig, transport: str) -> None:
    response = connected(rig, transport).register(f"Expires: {MONTH}", contact=contact())
    assert f";expires={MONTH}" in response.get("contact")
    rig.advance(1)
    assert bindings(rig)[0].expires >= rig.now + MONTH - 2


def test_longer_expiries_are_cut(rig: Rig) -> None:
    response = Phone(rig, "alice").register("Expires: 9999999999", contact=contact())
    assert f";expires={MONTH}" in response.get("contact")


def test_a_phone_that_is_not_pushed_gets_two_hours(rig: Rig) -> None:
    rig.world.pusher.apps = {}
    response = Phone(rig, "alice").register(f"Expires: {MONTH}", contact=contact())
    assert ";expires=7200" in response.get("contact")


@pytest.mark.parametrize(
    "uri",
    [
        push_uri(provider="acme"),
        push_uri(provider="apns", param=f"TEAM012345.{APNS_APP}", prid=APNS_TOKEN),
        push_uri(param="another-project"),
        push_uri(param=""),
        push_uri(prid="!"),
        "sip:alice@10.0.0.5:5060;pn-provider=apns",
    ],
)
def test_a_service_that_cannot_be_used_is_refused(rig: Rig, uri: str) -> None:
    response = Phone(rig, "alice").register(contact=contact(uri))
    assert response.start == "SIP/2.0 555 Push Notification Service Not Supported"
    assert feature_caps(response) == ['*;+sip.pns="fcm"']
    assert not bindings(rig)
    rig.advance(2)
    assert [attempt.reason for attempt in rig.attempts.written.values()] == ["push_service_unsupported"]


def test_a_refusal_uses_the_credentials_up(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    credentials = phone.credentials(phone.challenge())
    rig.receive(phone.flow, phone.register_text(credentials, contact=contact(push_uri(provider="acme"))))
    assert phone.flow.take_response().status == 555
    rig.receive(phone.flow, phone.register_text(credentials))
    assert phone.flow.take_response().status == 407


def test_a_customer_without_push_apps_has_an_ordinary_registrar(rig: Rig) -> None:
    rig.world.pusher.apps = {}
    response = Phone(rig, "alice").register(contact=contact())
    assert response.status == 200
    assert not feature_caps(response)
    assert not bindings(rig)[0].is_pushed


def test_wrong_credentials_learn_nothing_of_pushes(rig: Rig) -> None:
    for uri in (push_uri(provider="acme"), push_uri(), "sip:alice@10.0.0.5;pn-provider"):
        phone = Phone(rig, "alice", password="wrong password 12")
        response = phone.register("Expires: 100", contact=contact(uri))
        assert response.status == 407
        assert not feature_caps(response)


@pytest.mark.parametrize("asked", ["pn-provider", "pn-provider=fcm", "PN-PROVIDER"])
def test_a_question_for_services_is_answered_and_never_pushed(rig: Rig, asked: str) -> None:
    rig.world.pusher.apps["apns"] = {APNS_APP}
    response = Phone(rig, "alice").register(contact=f"<sip:alice@10.0.0.5:5060;{asked}>")
    assert response.status == 200
    assert sorted(feature_caps(response)) == ['*;+sip.pns="apns"', '*;+sip.pns="fcm"']
    assert not bindings(rig)[0].is_pushed


def test_an_expiry_too_short_for_a_push_is_refused(rig: Rig) -> None:
    response = Phone(rig, "alice").register("Expires: 120", contact=contact())
    assert response.status == 423
    assert response.get("min-expires") == "300"
    assert Phone(rig, "alice").register("Expires: 300", contact=contact()).status == 200


@pytest.mark.parametrize(("tag", "told"), [(";+sip.pnsreg", True), ("", False)])
def test_the_time_to_refresh_is_told_to_a_phone_that_wakes_itself(rig: Rig, tag: str, told: bool) -> None:
    response = Phone(rig, "alice").register(contact=contact(parameters=tag))
    assert feature_caps(response) == ['*;+sip.pns="fcm";+sip.pnsreg="180"' if told else '*;+sip.pns="fcm"']


@pytest.mark.parametrize("name", ["Feature-Caps", "FEATURE-CAPS"])
def test_a_proxy_that_sends_the_pushes_is_left_alone(rig: Rig, name: str) -> None:
    response = Phone(rig, "alice").register(f'{name}: *;+sip.pns="acme"', contact=contact(push_uri(provider="acme")))
    assert response.status == 200
    assert not feature_caps(response)
    assert not bindings(rig)[0].is_pushed


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("instance", ["", f";{INSTANCE}"])
def test_a_new_token_replaces_the_old_one_in_one_register(rig: Rig, order: int, instance: str) -> None:
    phone = Phone(rig, "alice")
    assert phone.register(contact=contact(parameters=instance)).status == 200
    old, new = contact(parameters=f"{instance};expires=0"), contact(push_uri(prid=OTHER), instance)
    response = phone.register(contact=", ".join([old, new][::order]))
    assert response.status == 200
    assert [b.contact for b in bindings(rig)] == [push_uri(prid=OTHER)]


def test_the_old_token_can_be_removed_later(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register(contact=contact()).status == 200
    assert phone.register(contact=contact(push_uri(prid=OTHER))).status == 200
    assert phone.register(contact=contact(parameters=";expires=0")).status == 200
    assert [b.contact for b in bindings(rig)] == [push_uri(prid=OTHER)]


def test_a_phone_unregisters_from_another_address(rig: Rig) -> None:
    assert Phone(rig, "alice").register(contact=contact()).status == 200
    response = Phone(rig, "alice").register("Expires: 0", contact=contact(push_uri("192.0.2.1:9")))
    assert response.status == 200
    assert not bindings(rig)


def test_an_app_that_restarts_with_its_token_is_no_second_device(rig: Rig) -> None:
    assert Phone(rig, "alice").register(contact=contact()).status == 200
    assert Phone(rig, "alice").register(contact=contact(push_uri("192.0.2.1:9"))).status == 200
    assert len(bindings(rig)) == 1


@pytest.mark.parametrize("transport", ["UDP", "TCP"])
def test_a_repetition_gets_the_same_answer(rig: Rig, transport: str) -> None:
    phone = connected(rig, transport)
    credentials = phone.credentials(phone.challenge())
    answers = []
    for _ in range(2):
        rig.receive(phone.flow, phone.register_text(credentials, f"Expires: {MONTH}", contact=contact()))
        phone.cseq -= 1
        answers.append(phone.flow.take_response())
    assert [feature_caps(response) for response in answers] == [['*;+sip.pns="fcm"']] * 2


@pytest.mark.parametrize("line", ["m: {}", "CONTACT:\r\n {}", "m:{}"])
def test_a_contact_is_read_however_its_header_is_written(rig: Rig, line: str) -> None:
    phone = Phone(rig, "alice")
    text = phone.register_text(phone.credentials(phone.challenge()), contact=contact())
    rig.receive(phone.flow, text.replace("Contact: ", line.format("")))
    assert feature_caps(phone.flow.take_response()) == ['*;+sip.pns="fcm"']


def test_endless_push_parameters_are_refused(rig: Rig) -> None:
    endless = f'<sip:alice@10.0.0.5>;pn-provider=fcm;pn-param=project-1;pn-prid={TOKEN};pn-call-str="{"x" * 2000}"'
    assert Phone(rig, "alice").register(contact=endless).status == 400
    assert not bindings(rig)


def test_support_that_cannot_be_read_stays_as_it_was(rig: Rig) -> None:
    phone = Phone(rig, "alice")
    assert phone.register(contact=contact()).status == 200
    rig.world.pusher.outage = True
    assert phone.register(contact=contact()).status == 200
    assert bindings(rig)[0].is_pushed
    assert phone.register("Expires: 0", contact=contact()).status == 200
    assert Phone(rig, "alice").register(contact=contact()).status == 200
    assert not bindings(rig)[0].is_pushed
