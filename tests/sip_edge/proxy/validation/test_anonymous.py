"""Callers that hide their address behind `anonymous@` one of our domains prove that they are extensions (RFC 3323)."""

from __future__ import annotations

import pytest

from sip_edge.message.message import Response
from tests.sip_edge.caller import Caller, responses
from tests.sip_edge.offices import ALICE, BOB, CAROL, DIRECT_BOB, DIRECT_CAROL, OTHER, Dialog, Offices
from tests.sip_edge.rig import BASE, CUSTOMER, DOMAIN, Rig

OWN = f"sip:anonymous@{DOMAIN}"
OTHERS = f"sip:anonymous@{OTHER}.registrar.{BASE}"
ANYWHERE = [f"sip:anonymous@{host}" for host in (f"sip.{BASE}", BASE, f"registrar.{BASE}", "192.0.2.1")]
SPELLINGS = [OWN, f"sip:ANONYMOUS@{DOMAIN}", f"sip:%61nonymous@{DOMAIN.upper()}.", f"sips:Anonymous@{DOMAIN}:5061"]
PREFERRED = f"P-Preferred-Identity: <{ALICE}>"


@pytest.fixture
def offices() -> Offices:
    return Offices()


def refusal(caller: Caller) -> Response:
    found = caller.flow.take()[-1]
    assert isinstance(found, Response)
    return found


@pytest.mark.parametrize("sender", SPELLINGS + ANYWHERE)
@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE"])
def test_it_is_challenged(offices: Offices, sender: str, method: str) -> None:
    caller = offices.stranger()
    caller.sender = sender
    caller.send(method, BOB)
    assert caller.flow.take_response().status == 407
    assert offices.bob.flow.take() == []


@pytest.mark.parametrize("sender", SPELLINGS)
@pytest.mark.parametrize("callee", [BOB, DIRECT_BOB, CAROL, DIRECT_CAROL])
def test_a_proved_extension_passes(offices: Offices, sender: str, callee: str) -> None:
    caller = offices.caller(sender)
    caller.send_proved("alice", "INVITE", callee)
    assert responses(caller.flow) == ["100 Trying"]
    invite = offices.bob.flow.take_request()
    assert invite.get("from") == f"<{sender}>;tag=caller"
    assert b"alice" not in invite.encode()


@pytest.mark.parametrize("sender", ANYWHERE)
@pytest.mark.parametrize(
    ("callee", "extra", "passes"),
    [
        (BOB, (), True),  # the callee's customer
        (DIRECT_CAROL, (PREFERRED,), True),
        (CAROL, (f'P-Preferred-Identity: "Alice" <{ALICE}>, <tel:+15551234>',), True),
        (CAROL, ("P-Preferred-Identity: <tel:+15551234>", PREFERRED), True),
        (DIRECT_BOB, (), False),
        (CAROL, (), False),
        (BOB, (f"P-Preferred-Identity: <{CAROL}>",), False),
    ],
)
def test_a_domain_that_names_no_customer(
    offices: Offices, sender: str, callee: str, extra: tuple[str, ...], passes: bool
) -> None:
    caller = offices.caller(sender)
    caller.send_proved("alice", "INVITE", callee, *extra)
    if passes:
        assert responses(caller.flow) == ["100 Trying"]
        assert b"alice" not in offices.bob.flow.take_request().encode()
    else:
        assert refusal(caller).status == 403
        assert offices.bob.flow.take() == []


@pytest.mark.parametrize(
    ("username", "password"),
    [("alice", "wrong wrong wrong"), ("nobody", "wrong wrong wrong"), ("anonymous", "x" * 12), ("", ""), ("a b", "")],
)
@pytest.mark.parametrize("sender", [OWN, OTHERS])
def test_others_are_told_why_not(offices: Offices, sender: str, username: str, password: str) -> None:
    caller = offices.caller(sender)
    caller.send_proved(username, "INVITE", BOB, password=password)
    answer = refusal(caller)
    assert answer.status == 403
    assert "anonymously" in answer.get("warning")
    assert offices.bob.flow.take() == []


def test_an_extension_of_another_customer_is_none_of_this(offices: Offices) -> None:
    caller = offices.caller(OTHERS)
    caller.send_proved("alice", "INVITE", BOB)
    assert refusal(caller).status == 403


def test_an_old_nonce_is_stale(offices: Offices) -> None:
    caller = offices.caller(OWN)
    caller.send("INVITE", BOB)
    challenge = caller.flow.take_response().get("proxy-authenticate")
    offices.rig.advance(600)
    offices.alice.flow.take()
    caller.send("INVITE", BOB, f'Proxy-Authorization: {challenge}, username="alice", uri="x", response="0"')
    assert "stale=true" in caller.flow.take_response().get("proxy-authenticate")


@pytest.mark.parametrize("sender", ["sip:anonymous@anonymous.invalid", "sip:anonymous@outside.example"])
def test_anonymous_elsewhere_is_a_stranger(offices: Offices, sender: str) -> None:
    caller = offices.stranger()
    caller.sender = sender
    caller.send("INVITE", BOB)
    assert offices.bob.flow.take_request().get("from") == f"<{sender}>;tag=caller"
    caller.send("MESSAGE", BOB)
    assert responses(caller.flow)[-1] == "403 Forbidden"


def test_an_extension_of_that_name_is_that_extension(offices: Offices) -> None:
    offices.rig.add_extension("anonymous")
    caller = offices.caller(OWN)
    caller.send_proved("anonymous", "INVITE", BOB)
    assert offices.bob.flow.take_request().method == "INVITE"
    assert offices.rig.world.calls.steps[0].caller == OWN


@pytest.mark.parametrize(
    ("callee", "told"), [(BOB, {CUSTOMER: ALICE}), (DIRECT_CAROL, {CUSTOMER: ALICE, OTHER: OWN})], ids=["own", "other"]
)
def test_the_caller_is_accounted_for(offices: Offices, callee: str, told: dict[str, str]) -> None:
    """Its own customer is told who called. Another customer sees no more than the callee."""
    offices.dialog(offices.caller(OWN), callee, proved=True)
    for step in ("started", "answered"):
        found = {s.customer_id: s.caller for s in offices.rig.world.calls.steps if s.step == step}
        assert found == told


def test_the_dialog_goes_on(offices: Offices) -> None:
    dialog = offices.dialog(offices.caller(OWN), DIRECT_CAROL, proved=True)
    dialog.from_caller("INVITE")
    assert offices.bob.flow.take_request().get("from") == f"<{OWN}>;tag=caller"
    dialog.caller.flow.take()
    dialog.from_callee("INVITE")
    assert dialog.caller.flow.take()[-1].start.startswith("INVITE")


def test_the_way_back_is_where_the_caller_is_registered(offices: Offices) -> None:
    """The connection of an anonymous caller ends, and an extension of that name gets nothing of the call."""
    rig: Rig = offices.rig
    rig.add_extension("anonymous")
    offices.alice.flow = rig.flow(port=7001, transport="TCP")
    assert offices.alice.register().status == 200
    dialog: Dialog = offices.dialog(offices.caller(OWN), DIRECT_CAROL, proved=True)
    rig.lose(offices.alice.flow)
    offices.alice.flow = rig.flow(port=7002, transport="TCP")
    assert offices.alice.register().status == 200
    dialog.from_callee("BYE")
    assert offices.alice.flow.take_request().method == "BYE"
