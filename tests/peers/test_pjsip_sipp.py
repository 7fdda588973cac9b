"""pjsip's SIPp scripts that call (tests/pjsua/scripts-sipp), each with pjsua2 itself and through the edge.

Any difference between the two is a fault of the edge, unless a test says why it is right.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.agents.settings import Feature
from tests.peers.conftest import Desks
from tests.peers.description import AUDIO, CRYPTO, HEAD, PCMU, SAVP, crlf
from tests.peers.origin import of
from tests.peers.transcript import methods
from tests.peers.wire_call import WireCall

origin = of("pjsip")


FAX = crlf(HEAD + "m=image 4000 udptl t38\na=T38FaxVersion:0\n")
UNHEARD_OF = crlf(HEAD + "m=audio 4000 RTP/AVP 80\n")
SECURED = crlf(HEAD + SAVP + CRYPTO)


@pytest.fixture
def call_both(desks: Desks) -> Callable[..., list[str]]:
    """Lets a flow happen to the phone directly and through the edge. Returns all messages, which must be alike."""

    def call(flow: Callable[[WireCall], object], *features: Feature) -> list[str]:
        desk = desks[features]
        direct, relayed = desk.direct(), desk.relayed()
        flow(direct)
        flow(relayed)
        assert relayed.seen == direct.seen
        return direct.seen

    return call


def offers(*bodies: bytes) -> Callable[[WireCall], None]:
    """A flow: an INVITE and re-INVITEs with these offers, and BYE."""

    def flow(call: WireCall) -> None:
        for body in bodies:
            call.invite(body=body)
        call.finish()

    return flow


@pytest.mark.parametrize(
    ("bodies", "statuses"),
    [
        pytest.param((AUDIO,), "200 200", id="uac"),
        pytest.param(
            (crlf(HEAD + PCMU + "m=video 0 RTP/AVP 100\n"),),
            "200 200",
            id="uac-inv-two-media-but-one-disabled-no-rtpmap",
        ),
        pytest.param(
            (crlf(HEAD + PCMU + "m=audio 4000 RTP/AVP 0\n"), AUDIO, crlf(HEAD + PCMU + "m=audio 4000 RTP/AVP 0\n")),
            "200 200 200 200",
            id="uac-ticket-1864-scenario1",
        ),
        pytest.param((AUDIO, UNHEARD_OF, AUDIO), "200 500 200 200", id="uac-ticket-1866-reinv-after-failed-nego"),
        pytest.param((AUDIO, FAX, AUDIO), "200 488 200 200", id="uac-reinv-t38-only-rejected"),
        pytest.param(
            (AUDIO, crlf(HEAD + "m=image 4000 udptl t38\n" + PCMU)), "200 200 200", id="uac-reinv-t38-swap-mline"
        ),
    ],
)
@origin(
    "uac-inv-two-media-but-one-disabled-no-rtpmap",
    "uac-ticket-1864-scenario1",
    "uac-ticket-1866-reinv-after-failed-nego",
    "uac-reinv-t38-only-rejected",
    "uac-reinv-t38-swap-mline",
)
def test_offers_one_after_another(
    call_both: Callable[..., list[str]], bodies: tuple[bytes, ...], statuses: str
) -> None:
    assert methods(call_both(offers(*bodies))) == statuses.split()


@pytest.mark.parametrize(
    "bodies",
    [
        pytest.param((SECURED,), id="uac-srtp-sdes"),
        pytest.param((SECURED, crlf(HEAD + SAVP + CRYPTO + "a=sendonly\n"), SECURED), id="uac-srtp-sdes-reinv-hold"),
    ],
)
@origin("uac-srtp-sdes", "uac-srtp-sdes-reinv-hold")
def test_keys_in_descriptions(call_both: Callable[..., list[str]], bodies: tuple[bytes, ...]) -> None:
    assert set(methods(call_both(offers(*bodies), "sdes"))) == {"200"}


@origin("uac-inv-without-sdp")
def test_the_phone_makes_the_offer(call_both: Callable[..., list[str]]) -> None:
    def flow(call: WireCall) -> None:
        call.send("INVITE")
        call.acknowledge(call.final("INVITE"), "", AUDIO)
        call.finish()

    assert "m=audio" in call_both(flow)[0]


@origin("uac-inv-multiple-require")
def test_two_require_headers(call_both: Callable[..., list[str]]) -> None:
    seen = call_both(lambda call: call.invite("Require: timer", "Require: toto"))
    assert methods(seen) == ["420"]
    assert "toto" in seen[0]


@origin("uac-inv-retrans-after-ack")
def test_an_invite_that_comes_again_after_its_ack(desks: Desks) -> None:
    call = desks[()].relayed()
    invite = call.send("INVITE", body=AUDIO)
    call.acknowledge(call.final("INVITE"), "")
    call.endpoint.send(invite)
    call.invite()
    call.finish()
    assert methods(call.seen) == ["200", "200", "200"]  # PJSIP itself takes it for a new call


@origin("uac-reinvite-bad-via-branch")
def test_a_reinvite_with_the_branch_of_the_invite(desks: Desks) -> None:
    for call in (desks[()].direct(), desks[()].relayed()):
        call.send("INVITE", body=AUDIO, branch="z9hG4bK-" + call.call_id)
        call.acknowledge(call.final("INVITE"), "")
        call.send("INVITE", body=AUDIO, branch="z9hG4bK-" + call.call_id)
        final = call.final("INVITE")
        assert final.get("cseq") == "2 INVITE"  # Each element chooses its answer.
        call.acknowledge(final, "z9hG4bK-" + call.call_id)
        call.finish()


@origin("uac-prack-sdp-offer")
def test_a_reliable_provisional_response(desks: Desks) -> None:
    desk = desks[("100rel",)]
    desk.phone.set_answer_mode("ring")
    seen = []
    for call in (desk.direct(), desk.relayed()):
        call.send("INVITE", "Supported: 100rel", body=AUDIO)
        ringing = call.response()
        assert (ringing.status, ringing.get("require")) == (180, "100rel")
        call.send("PRACK", f"RAck: {ringing.get('rseq')} {ringing.get('cseq')}")
        assert call.final("PRACK").status == 200
        desk.phone.wait_incoming().answer()
        answer = call.final("INVITE")
        call.acknowledge(answer, "")
        call.finish()
        seen.append([message.partition("RSeq")[0] for message in call.seen])
    assert seen[1] == seen[0]


@pytest.mark.parametrize(
    ("body", "status"),
    [pytest.param(AUDIO, "200", id="uac-upd-sdp-offer"), pytest.param(FAX, "488", id="uac-upd-sdp-decline")],
)
@origin("uac-upd-sdp-offer", "uac-upd-sdp-decline")
def test_an_update_with_an_offer(call_both: Callable[..., list[str]], body: bytes, status: str) -> None:
    def flow(call: WireCall) -> None:
        call.invite()
        call.send("UPDATE", body=body)
        call.final("UPDATE")
        call.finish()

    assert methods(call_both(flow)) == ["200", status, "200"]


@origin("uac-subscribe")
def test_a_subscription_its_notifications_and_its_end(desks: Desks) -> None:
    desk = desks[()]
    seen = []
    for call in (desk.direct(), desk.colleague()):
        for expires in (600, 0):
            call.ask("SUBSCRIBE", "Event: presence", f"Expires: {expires}", "Accept: application/pidf+xml")
            notify = call.request()
            call.answer(notify, "200 OK")
            seen.append((notify.method, notify.get("subscription-state").partition(";")[0]))
    assert seen == [("NOTIFY", "active"), ("NOTIFY", "terminated")] * 2
