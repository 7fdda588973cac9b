"""pjsip's SIPp scripts that are called (tests/pjsua/scripts-sipp), each with pjsua2 itself and through the edge.

Any difference between the two is a fault of the edge, unless a test says why it is right.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.agents.settings import Feature
from tests.peers.conftest import Lines
from tests.peers.description import AUDIO, CRYPTO, HEAD, SAVP, crlf
from tests.peers.origin import of
from tests.peers.transcript import methods
from tests.peers.wire_callee import WireCallee

origin = of("pjsip")

UNHEARD_OF = crlf(HEAD + "m=audio 4000 RTP/AVP 80\n")
SECURED = crlf(HEAD + SAVP + CRYPTO)
VIDEO_ALONE = crlf(HEAD + "m=video 11128 RTP/AVP 34\na=rtpmap:34 H263/90000\n")


@pytest.fixture
def be_called_both(lines: Lines) -> Callable[..., list[str]]:
    """Lets a flow happen to calls directly and through the edge; returns all requests, which must be alike."""

    def be_called(flow: Callable[[WireCallee], object], *features: Feature) -> list[str]:
        seen = []
        for line in lines[features]:
            callee = line.dial()
            flow(callee)
            seen.append(callee.seen)
        assert seen[1] == seen[0]
        return seen[0]

    return be_called


def answers(body: bytes = AUDIO, *extra: str, tag: str = "wire") -> Callable[[WireCallee], None]:
    """A flow: the call is answered so, and the phone hangs up."""

    def flow(callee: WireCallee) -> None:
        callee.answer(callee.take("INVITE"), "200 OK", *extra, body=body, tag=tag)
        callee.take("ACK")
        callee.hang_up()

    return flow


@pytest.mark.parametrize(
    "flow",
    [
        pytest.param(answers(), id="uas"),
        pytest.param(answers(crlf(HEAD + "m=audio 4002 RTP/AVP 0 8 3\n")), id="uas-answer-200-multiple-fmts"),
        pytest.param(answers(tag=""), id="uas-answer-200-without-to-tag"),
        pytest.param(answers(SECURED), id="uas-inv-answered-with-srtp"),
    ],
)
@origin("uas-answer-200-multiple-fmts", "uas-answer-200-without-to-tag", "uas-inv-answered-with-srtp")
def test_the_call_is_answered(be_called_both: Callable[..., list[str]], flow: Callable[[WireCallee], None]) -> None:
    assert methods(be_called_both(flow)) == ["INVITE", "ACK", "BYE"]


@pytest.mark.parametrize(
    ("body", "tag"),
    [
        pytest.param(AUDIO, "", id="uas-answer-183-without-to-tag"),
        pytest.param(crlf(HEAD + "m=audio 4002 RTP/AVP 0 8 3\n"), "wire", id="uas-answer-180-multiple-fmts"),
    ],
)
@origin("uas-answer-183-without-to-tag", "uas-answer-180-multiple-fmts")
def test_early_media(be_called_both: Callable[..., list[str]], body: bytes, tag: str) -> None:
    def flow(callee: WireCallee) -> None:
        invite = callee.take("INVITE")
        callee.answer(invite, "183 Session Progress", body=body, tag=tag)
        callee.answer(invite, "200 OK", body=body)
        callee.take("ACK")
        callee.hang_up()

    assert methods(be_called_both(flow)) == ["INVITE", "ACK", "BYE"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(UNHEARD_OF, id="uas-answer-183-wrong-codec"),
        pytest.param(VIDEO_ALONE, id="uas-answer-183-wrong-media"),
    ],
)
@origin("uas-answer-183-wrong-codec", "uas-answer-183-wrong-media")
def test_an_early_answer_that_fits_no_offer(be_called_both: Callable[..., list[str]], body: bytes) -> None:
    def flow(callee: WireCallee) -> None:
        invite = callee.take("INVITE")
        callee.answer(invite, "183 Session Progress", body=body)
        callee.answer(callee.take("CANCEL"), "200 OK")
        callee.answer(invite, "487 Request Terminated")
        callee.take("ACK")
        callee.call.wait_ended()

    assert methods(be_called_both(flow)) == ["INVITE", "CANCEL", "ACK"]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param("200 OK", b"", id="uas-answer-200-reinvite-without-sdp"),
        pytest.param("200 OK", UNHEARD_OF, id="uas-reinv-after-failed-nego"),
        pytest.param("481 Call/Transaction Does Not Exist", b"", id="uas-keep-call-on-tsx-fail"),
        pytest.param("488 Not Acceptable Here", b"", id="uas-reinv-refused"),
    ],
)
@origin("uas-answer-200-reinvite-without-sdp", "uas-reinv-after-failed-nego", "uas-keep-call-on-tsx-fail")
def test_the_outcome_of_a_reinvite(be_called_both: Callable[..., list[str]], status: str, body: bytes) -> None:
    def flow(callee: WireCallee) -> None:
        callee.answer(callee.take("INVITE"), "200 OK", body=AUDIO)
        callee.take("ACK")
        callee.call.wait_established()
        callee.call.start_hold()
        callee.answer(callee.take("INVITE"), status, body=body)
        callee.take("ACK")
        callee.hang_up()

    assert methods(be_called_both(flow)) == ["INVITE", "ACK", "INVITE", "ACK", "BYE"]


@origin("uas-422-then-200-bad-se")
def test_a_session_interval_that_is_too_short(be_called_both: Callable[..., list[str]]) -> None:
    def flow(callee: WireCallee) -> None:
        callee.answer(callee.take("INVITE"), "422 Session Interval Too Small", "Min-SE: 5400")
        callee.take("ACK")
        callee.answer(
            callee.take("INVITE"), "200 OK", "Require: timer", "Session-Expires: 5400;refresher=uas", body=AUDIO
        )
        callee.take("ACK")
        callee.hang_up()

    assert methods(be_called_both(flow, "timer")) == ["INVITE", "ACK", "INVITE", "ACK", "BYE"]


@origin("strict-route (its challenge)")
def test_a_challenge_of_the_far_end(be_called_both: Callable[..., list[str]]) -> None:
    challenge = 'Proxy-Authenticate: DIGEST realm="test", nonce="12345", algorithm=MD5'

    def flow(callee: WireCallee) -> None:
        callee.answer(callee.take("INVITE"), "407 Proxy Authentication Required", challenge)
        callee.take("ACK")
        assert callee.call.wait_ended()[0] == 407  # the phone has no credentials for that realm

    assert methods(be_called_both(flow)) == ["INVITE", "ACK"]


@origin("prack_fork", "uas-prack_fork", "uas-forked-100rel")
def test_two_callees_behind_one_address_one_of_which_is_reliable(be_called_both: Callable[..., list[str]]) -> None:
    def flow(callee: WireCallee) -> None:
        invite = callee.take("INVITE")
        callee.answer(invite, "180 Ringing", tag="1")
        callee.answer(invite, "180 Ringing", "Require: 100rel", "RSeq: 1", tag="2")
        prack = callee.take("PRACK")
        assert prack.get("to").endswith(";tag=2")
        callee.answer(prack, "200 OK")
        callee.answer(invite, "200 OK", body=AUDIO, tag="2")
        callee.take("ACK")
        callee.hang_up()

    assert methods(be_called_both(flow)) == ["INVITE", "PRACK", "ACK", "BYE"]


@origin("uas-forked-200")
def test_two_callees_behind_one_address_that_both_answer(lines: Lines) -> None:
    for line in lines[()]:
        callee = line.dial()
        invite = callee.take("INVITE")
        for tag in ("1", "2"):
            callee.answer(invite, "200 OK", body=AUDIO, tag=tag)
        ended = set()
        while ("BYE", "2") not in ended or ("ACK", "1") not in ended:
            request = callee.take("ACK", "BYE")
            ended.add((request.method, request.get("to").rpartition("=")[2]))
            if request.method == "BYE":
                callee.answer(request, "200 OK")
        assert ("BYE", "1") not in ended
        callee.call.wait_established()
        callee.hang_up()
