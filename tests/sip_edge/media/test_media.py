"""Calls whose media are relayed: what is asked of the media relays, and when."""

from __future__ import annotations

from typing import Any

import pytest

from sip_edge.media.load import Load
from sip_edge.message.message import Request, Response
from tests.sip_edge.caller import OUTSIDE, Caller, answer, responses
from tests.sip_edge.rig import DOMAIN, Phone, Rig

ONE, TWO = "192.0.2.10:2223", "192.0.2.11:2223"
BOB = f"sip:bob@{DOMAIN}"
PRIVATE = "v=0\r\nc=IN IP4 192.168.7.7\r\nm=audio 4000 RTP/AVP 0\r\n"
ANSWER = PRIVATE.replace("192.168.7.7", "10.0.0.5")
DTLS = PRIVATE.replace("RTP/AVP", "UDP/TLS/RTP/SAVPF") + "a=fingerprint:sha-256 4A:AD\r\n"
WEBRTC = DTLS + "a=ice-ufrag:abcd\r\n"
RELAYED = "a=relayed:"
SDP = "Content-Type: application/sdp"


def rig(**settings: Any) -> Rig:
    rig = Rig(**{"rtpengines": ONE, **settings})
    rig.add_extension("bob", max_devices=2)
    return rig


def bob(rig: Rig, transport: str = "UDP") -> Phone:
    phone = Phone(rig, "bob", rig.flow("198.51.100.7", 5000 + int(rig.unique()), transport))
    assert phone.register().status == 200
    rig.relays.take()
    return phone


def described(request: Request, status: str, sdp: str = ANSWER, *extra: str) -> str:
    return answer(request, status, *extra, "Contact: <sip:bob@10.0.0.5>", SDP).replace(
        "Content-Length: 0\r\n\r\n", f"Content-Length: {len(sdp)}\r\n\r\n{sdp}"
    )


def send(caller: Caller, method: str, uri: str, body: str, *extra: str, to: str = "", cseq: int = 0) -> None:
    text = caller.text(method, uri, *extra, SDP, to=to, cseq=cseq)
    head = text.partition("\r\n\r\n")[0].rpartition("\r\n")[0]
    caller.rig.receive(caller.flow, f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}")


def command(rig: Rig, number: int = -1) -> dict[str, object]:
    return rig.relays.asked[number][1]


class Talk:
    """A call that is up, with a session at a relay."""

    def __init__(self, rig: Rig, callee: Phone, offer: str = PRIVATE, caller: Caller | None = None) -> None:
        self.rig, self.callee = rig, callee
        self.caller = caller or Caller(rig)
        send(self.caller, "INVITE", BOB, offer)
        assert responses(self.caller.flow) == ["100 Trying"]
        self.invite = callee.flow.take_request()
        rig.receive(callee.flow, described(self.invite, "200 OK"))
        self.ok = self.caller.flow.take_response()
        self.route, self.to = f"Route: {self.ok.get('record-route')}", self.ok.get("to")

    def back(self, rig: Rig) -> Caller:
        """A sender of requests from the callee's side, over an edge."""
        back = Caller(rig, BOB, self.callee.flow)
        back.call_id = self.caller.call_id
        return back

    @property
    def back_route(self) -> str:
        return f"Route: {self.invite.get('record-route')}"

    @property
    def back_to(self) -> str:
        return f"<{OUTSIDE}>;tag=caller"


def test_offer_answer_and_delete() -> None:
    edge = rig()
    talk = Talk(edge, bob(edge))
    assert RELAYED + ONE in talk.invite.body.decode()
    assert RELAYED + ONE in talk.ok.body.decode()
    assert talk.ok.get("content-length") == str(len(talk.ok.body))
    offer, answered = command(edge, 0), command(edge, 1)
    assert (offer["command"], offer["from-tag"], offer["sdp"]) == (b"offer", b"a", PRIVATE.encode())
    assert "transport-protocol" not in offer
    assert (answered["command"], answered["from-tag"], answered["to-tag"]) == (b"answer", b"a", b"b")
    assert answered["call-id"] == offer["call-id"]
    send(talk.caller, "ACK", talk.callee.contact, "", talk.route, to=talk.to, cseq=1)
    assert talk.callee.flow.take_request().method == "ACK"
    talk.caller.send("BYE", talk.callee.contact, talk.route, to=talk.to)
    bye = talk.callee.flow.take_request()
    assert edge.relays.take() == ["offer", "answer"]
    edge.receive(talk.callee.flow, answer(bye, "200 OK"))
    assert responses(talk.caller.flow) == ["200 OK"]
    assert edge.relays.take() == ["delete"]


def test_a_call_that_needs_none_has_none() -> None:
    edge = rig()
    flow = edge.flow("10.0.0.5")
    phone = Phone(edge, "bob", flow)
    phone.register()
    caller = Caller(edge, flow=edge.flow("10.0.0.7"))
    send(caller, "INVITE", BOB, PRIVATE.replace("192.168.7.7", "10.0.0.7"))
    assert RELAYED not in flow.take_request().body.decode()
    assert edge.relays.take() == []


@pytest.mark.parametrize(("anchoring", "relayed"), [("always", True), ("never", False)])
def test_the_setting_decides(anchoring: str, relayed: bool) -> None:
    edge = rig(media_anchoring=anchoring)
    phone = bob(edge)
    send(Caller(edge), "INVITE", BOB, PRIVATE)
    assert (RELAYED in phone.flow.take_request().body.decode()) is relayed


@pytest.mark.parametrize(
    ("offered", "transport", "protocol"), [(WEBRTC, "UDP", b"RTP/AVP"), (PRIVATE, "WS", b"UDP/TLS/RTP/SAVPF")]
)
def test_a_browser_and_a_phone(offered: str, transport: str, protocol: bytes) -> None:
    edge = rig()
    Talk(edge, bob(edge, transport), offered)
    assert command(edge, 0)["transport-protocol"] == protocol
    assert "transport-protocol" not in command(edge, 1)
    ice = [command(edge, number)["ICE"] for number in (0, 1)]
    assert ice == ([b"remove", b"force"] if transport == "UDP" else [b"force", b"remove"])


def test_a_phone_with_dtls_and_without_ice_gets_no_ice() -> None:
    edge = rig()
    Talk(edge, bob(edge), DTLS)
    assert command(edge, 0)["transport-protocol"] == b"RTP/AVP"
    assert [command(edge, number)["ICE"] for number in (0, 1)] == [b"remove", b"remove"]


def test_a_phone_over_tls_may_skip_the_keys_that_a_browser_has_for_it() -> None:
    edge = rig()
    Talk(edge, bob(edge, "TLS"), WEBRTC)
    assert (command(edge, 0)["transport-protocol"], command(edge, 0)["OSRTP"]) == (b"RTP/AVP", [b"offer"])


VIDEO = "m=video 4002 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=mid:1\r\n"


@pytest.mark.parametrize(
    ("transport", "video", "expected"),
    [
        ("UDP", VIDEO, "m=video 4002 "),
        ("UDP", VIDEO + "a=x:1\r\n" * 500, "m=video 0 "),
        ("TCP", VIDEO + "a=x:1\r\n" * 500, "m=video 4002 "),
    ],
)
def test_a_phone_gets_of_a_browser_what_it_reads(transport: str, video: str, expected: str) -> None:
    edge = rig()
    phone = bob(edge, transport)
    send(Caller(edge, flow=edge.flow("203.0.113.9", transport="WSS")), "INVITE", BOB, WEBRTC + "a=msid:- x\r\n" + video)
    invite = phone.flow.take_request()
    assert expected in invite.body.decode()
    assert "a=m" not in invite.body.decode()
    assert int(invite.get("content-length")) == len(invite.body)
    assert transport == "TCP" or len(invite.encode()) <= 4000


def test_a_browser_gets_of_a_phone_all_that_it_wrote() -> None:
    edge = rig()
    phone = bob(edge, "WSS")
    send(Caller(edge), "INVITE", BOB, PRIVATE + "a=mid:0\r\n")
    assert "a=mid:0" in phone.flow.take_request().body.decode()


@pytest.mark.parametrize("settings", [{"rtpengines": ""}, {"media_anchoring": "never"}])
@pytest.mark.parametrize(("offered", "transport"), [(WEBRTC, "UDP"), (PRIVATE, "WS"), ("", "WS")])
def test_without_a_relay_they_are_told_so(settings: dict[str, object], offered: str, transport: str) -> None:
    edge = rig(**settings)
    phone = bob(edge, transport)
    caller = Caller(edge)
    send(caller, "INVITE", BOB, offered)
    _, refused = caller.flow.take()
    assert isinstance(refused, Response)
    assert refused.start == "SIP/2.0 488 Not Acceptable Here"
    assert "media relay" in refused.get("warning")
    assert phone.flow.take() == []
    assert edge.relays.take() == []


def test_any_edge_goes_on_with_a_session_and_ends_it() -> None:
    first = rig()
    talk = Talk(first, bob(first))
    other = Rig(rtpengines=TWO)
    for flow in (talk.caller.flow, talk.callee.flow):
        other.flows[flow.name] = flow
    back = talk.back(other)
    send(back, "INVITE", "sip:caller@192.168.7.7", ANSWER, talk.back_route, to=talk.back_to)
    again = talk.caller.flow.take_request()
    assert RELAYED + ONE in again.body.decode()
    other.receive(talk.caller.flow, described(again, "200 OK", PRIVATE))
    assert responses(talk.callee.flow) == ["100 Trying", "200 OK"]
    back.send("BYE", "sip:caller@192.168.7.7", talk.back_route, to=talk.back_to)
    other.receive(talk.caller.flow, answer(talk.caller.flow.take_request(), "481 Gone"))
    tags = [(asked["command"], asked["from-tag"]) for _, asked in other.relays.asked]
    assert tags == [(b"offer", b"b"), (b"answer", b"b"), (b"delete", b"a")]
    assert {address for address, _ in other.relays.asked} == {ONE}
    assert {asked["call-id"] for _, asked in other.relays.asked} == {command(first)["call-id"]}


def test_a_bye_that_wants_a_password_ends_nothing() -> None:
    edge = rig()
    talk = Talk(edge, bob(edge))
    talk.caller.send("BYE", talk.callee.contact, talk.route, to=talk.to)
    edge.relays.take()
    edge.receive(talk.callee.flow, answer(talk.callee.flow.take_request(), "401 Unauthorized"))
    assert edge.relays.take() == []


def test_an_offer_that_comes_late() -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    send(caller, "INVITE", BOB, "")
    invite = phone.flow.take_request()
    edge.receive(phone.flow, described(invite, "200 OK"))
    _, ok = caller.flow.take()
    assert RELAYED in ok.body.decode()
    send(caller, "ACK", phone.contact, PRIVATE, f"Route: {ok.get('record-route')}", to=ok.get("to"), cseq=1)
    assert RELAYED in phone.flow.take_request().body.decode()
    tags = [(asked["command"], asked["from-tag"], asked.get("to-tag")) for _, asked in edge.relays.asked]
    assert tags == [(b"offer", b"b", None), (b"answer", b"b", b"a")]


def test_a_body_without_an_offer_leaves_the_offer_to_the_callee() -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    text = caller.text("INVITE", BOB, "Content-Type: text/plain")
    head = text.partition("\r\n\r\n")[0].rpartition("\r\n")[0]
    edge.receive(caller.flow, f"{head}\r\nContent-Length: 5\r\n\r\nhello")
    edge.receive(phone.flow, described(phone.flow.take_request(), "200 OK"))
    assert edge.relays.take() == ["offer"]


@pytest.mark.parametrize(("first", "expected"), [(PRIVATE, "offer"), ("", "answer")])
def test_a_prack_has_the_answer_when_the_callee_made_the_offer(first: str, expected: str) -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    send(caller, "INVITE", BOB, first)
    edge.receive(phone.flow, described(phone.flow.take_request(), "183 Session Progress", ANSWER, "RSeq: 1"))
    _, progress = caller.flow.take()
    route = f"Route: {progress.get('record-route')}"
    edge.relays.take()
    send(caller, "PRACK", phone.contact, PRIVATE, route, "RAck: 1 1 INVITE", to=progress.get("to"))
    assert RELAYED in phone.flow.take_request().body.decode()
    assert edge.relays.take() == [expected]


def test_each_branch_has_a_session_and_losers_lose_it() -> None:
    edge = rig()
    phones = [bob(edge, "UDP"), bob(edge, "WS")]
    caller = Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE)
    assert responses(caller.flow) == ["100 Trying"]
    sessions = [asked["call-id"] for _, asked in edge.relays.asked]
    assert len(set(sessions)) == 2
    invites = [phone.flow.take_request() for phone in phones]
    for phone, invite, status in zip(phones, invites, ("180 Ringing", "183 Progress"), strict=True):
        edge.receive(phone.flow, described(invite, status))
    edge.receive(phones[1].flow, described(invites[1], "200 OK"))
    edge.receive(phones[0].flow, described(invites[0], "200 OK"))  # too late
    assert responses(caller.flow) == ["180 Ringing", "183 Progress", "200 OK"]
    methods = [request.method for request in phones[0].flow.take() if isinstance(request, Request)]
    assert methods == ["CANCEL", "ACK", "BYE"]
    deleted = [asked["call-id"] for _, asked in edge.relays.asked if asked["command"] == b"delete"]
    assert deleted == [sessions[0]]


def test_a_refused_call_leaves_no_session() -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE)
    edge.receive(phone.flow, answer(phone.flow.take_request(), "486 Busy Here"))
    assert responses(caller.flow) == ["100 Trying", "486 Busy Here"]
    assert edge.relays.take() == ["offer", "delete"]


def cancel(caller: Caller) -> None:
    caller.send("CANCEL", BOB, cseq=caller.cseq, branch=caller.branch)


def test_a_call_that_is_cancelled_before_the_relay_has_answered() -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    edge.relays.held = True
    send(caller, "INVITE", BOB, PRIVATE)
    cancel(caller)
    assert responses(caller.flow) == ["100 Trying", "200 OK"]
    edge.relays.held = False
    edge.deliver()
    assert responses(caller.flow) == ["487 Request Terminated"]
    assert phone.flow.take() == []
    assert edge.relays.take() == ["offer", "delete"]


def test_a_new_call_goes_to_the_next_relay_when_one_is_silent() -> None:
    edge = rig(rtpengines=f"{ONE},{TWO}")
    phone = bob(edge)
    edge.relays.dead.add(TWO)  # whose turn it is
    caller = Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE)
    edge.advance(1.5)
    invite = phone.flow.take_request()
    assert RELAYED + ONE in invite.body.decode()
    edge.receive(phone.flow, described(invite, "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "200 OK"]
    assert [address for address, _ in edge.relays.asked] == [TWO, ONE, ONE]


@pytest.mark.parametrize(
    "refusal",
    [
        {"result": "error", "error-reason": "Ran out of ports"},
        {"result": "error", "error-reason": "Parallel session limit reached"},
        {"result": "load limit"},
    ],
)
def test_a_relay_that_has_no_room_passes_the_call_on(refusal: dict[str, str]) -> None:
    edge = rig(rtpengines=f"{ONE},{TWO}")
    phone = bob(edge)
    edge.relays.refusals[TWO] = refusal
    send(Caller(edge), "INVITE", BOB, PRIVATE)
    assert RELAYED + ONE in phone.flow.take_request().body.decode()


def test_when_no_relay_has_room_the_call_is_refused_at_once() -> None:
    edge = rig(rtpengines=f"{ONE},{TWO}")
    bob(edge)
    for relay in (ONE, TWO):
        edge.relays.refusals[relay] = {"result": "error", "error-reason": "Ran out of ports"}
    caller = Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE)
    assert responses(caller.flow) == ["100 Trying", "500 Media Relay Unavailable"]
    assert edge.relays.take() == ["offer", "offer"]


def test_when_all_relays_are_silent_the_call_is_refused_in_time() -> None:
    edge = rig(rtpengines=f"{ONE},{TWO}")
    phone = bob(edge)
    edge.relays.dead |= {ONE, TWO}
    caller = Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE)
    edge.advance(3)
    assert responses(caller.flow)[:2] == ["100 Trying", "500 Media Relay Unavailable"]
    at_once = Caller(edge)
    send(at_once, "INVITE", BOB, PRIVATE)
    assert responses(at_once.flow) == ["100 Trying", "500 Media Relay Unavailable"]
    assert phone.flow.take() == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [("garbage", "400 Bad Request - a session description"), ("v=0\r\nnonsense", "488 Not Acceptable Here")],
)
def test_a_description_that_cannot_be_relayed(body: str, expected: str) -> None:
    edge = rig()
    edge.relays.refusals[ONE] = {"result": "error", "error-reason": "Failed to parse SDP"}
    phone, caller = bob(edge), Caller(edge)
    send(caller, "INVITE", BOB, body)
    assert responses(caller.flow) == ["100 Trying", expected]
    assert phone.flow.take() == []


def test_an_answer_that_cannot_be_relayed_ends_the_call_at_both_ends() -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    send(caller, "INVITE", BOB, PRIVATE)
    invite = phone.flow.take_request()
    edge.relays.refusals[ONE] = {"result": "error", "error-reason": "Failed to parse SDP"}
    for _ in range(2):  # as a callee repeats it
        edge.receive(phone.flow, described(invite, "200 OK"))
    assert responses(caller.flow) == ["100 Trying", "488 Not Acceptable Here"]
    assert [m.method for m in phone.flow.take() if isinstance(m, Request)] == ["ACK", "BYE", "ACK"]
    assert edge.relays.take().count("delete") == 1


def test_a_hold_that_cannot_be_relayed_is_refused_and_the_call_goes_on() -> None:
    edge = rig()
    talk = Talk(edge, bob(edge))
    edge.relays.dead.add(ONE)
    edge.relays.take()
    send(talk.caller, "INVITE", talk.callee.contact, PRIVATE, talk.route, to=talk.to)
    edge.advance(2)
    assert responses(talk.caller.flow)[:2] == ["100 Trying", "500 Media Relay Unavailable"]
    assert edge.relays.take() == ["offer"]


def test_a_multipart_offer_is_relayed_and_its_other_parts_stay() -> None:
    edge = rig()
    phone, caller = bob(edge), Caller(edge)
    body = (
        f"--b\r\nContent-Type: application/sdp\r\n\r\n{PRIVATE}\r\n--b\r\nContent-Type: x/y\r\n\r\nhello\r\n--b--\r\n"
    )
    text = caller.text("INVITE", BOB, "Content-Type: multipart/mixed;boundary=b")
    head = text.partition("\r\n\r\n")[0].rpartition("\r\n")[0]
    edge.receive(caller.flow, f"{head}\r\nContent-Length: {len(body)}\r\n\r\n{body}")
    relayed = phone.flow.take_request().body.decode()
    assert relayed == body.replace(PRIVATE, f"{PRIVATE}{RELAYED}{ONE}\r\n")


def test_the_token_of_a_call_without_a_relay_is_as_short_as_ever() -> None:
    plain, relayed = rig(rtpengines=""), rig()
    lengths = []
    for edge in (plain, relayed):
        phone = bob(edge)
        send(Caller(edge), "INVITE", BOB, PRIVATE)
        lengths.append(len(phone.flow.take_request().get("record-route")))
    assert lengths[0] < lengths[1] < lengths[0] + 70


def report(now: float, callee_silent: float = 0.0, directions: tuple[str, ...] = ("send", "recv")) -> dict[str, object]:
    def end(silent: float, ssrc: int) -> dict[str, object]:
        last = {"last packet": round(now - silent), "SSRC": ssrc}
        streams = [
            {**last, "flags": ["RTP"], "stats": {"packets": 500}},
            {**last, "flags": ["RTCP"], "stats": {"packets": 7}},
        ]
        return {"medias": [{"index": 1, "flags": list(directions), "streams": streams}]}

    heard = {"cumulative loss": 3, "average MOS": {"MOS": 43, "jitter": 6, "samples": 1}}
    return {
        "result": "ok",
        "created": round(now - 90),
        "SSRC": {"11": heard, "22": {"cumulative loss": 0}},
        "tags": {"a": end(0.0, 11), "b": end(callee_silent, 22)},
    }


def byes(talk: Talk) -> list[Request]:
    """The BYEs to the two ends, those that were sent again left out."""
    sent = [m for flow in (talk.caller.flow, talk.callee.flow) for m in flow.take() if isinstance(m, Request)]
    return list({request.uri: request for request in sent if request.method == "BYE"}.values())


def test_a_call_whose_sound_has_stopped_is_ended_at_both_ends() -> None:
    edge = rig()
    talk = Talk(edge, bob(edge))
    edge.relays.reports[ONE] = report(edge.now, callee_silent=45)
    edge.advance(11)
    assert byes(talk) == []
    edge.relays.reports[ONE] = report(edge.now, callee_silent=61)
    edge.advance(10)
    to_caller, to_callee = byes(talk)
    assert (to_caller.uri, to_callee.uri) == (talk.caller.contact, "sip:bob@10.0.0.5")
    assert (to_caller.get("from"), to_caller.get("to")) == (talk.to, talk.back_to)
    assert (to_callee.get("from"), to_callee.get("to")) == (talk.back_to, talk.to)
    assert {bye.get("call-id") for bye in (to_caller, to_callee)} == {talk.caller.call_id}
    assert edge.journal.counts["media_stopped"] == 1
    assert edge.relays.take()[-1] == "delete"


@pytest.mark.parametrize("directions", [("send",), ("recv",), ()])
def test_a_call_on_hold_may_be_silent(directions: tuple[str, ...]) -> None:
    edge = rig()
    talk = Talk(edge, bob(edge))
    edge.relays.reports[ONE] = report(edge.now, callee_silent=5000, directions=directions)
    edge.advance(60)
    assert byes(talk) == []


def test_a_call_whose_relay_has_forgotten_it_or_is_gone_is_ended() -> None:
    for forgets in (True, False):
        edge = rig()
        talk = Talk(edge, bob(edge))
        if forgets:
            edge.relays.reports[ONE] = {"result": "error", "error-reason": "Unknown call-id"}
        else:
            edge.relays.dead.add(ONE)
        edge.advance(40)
        assert len(byes(talk)) == 2


def test_nobody_looks_after_a_call_that_is_over() -> None:
    edge = rig()
    talk = Talk(edge, bob(edge))
    talk.caller.send("BYE", talk.callee.contact, talk.route, to=talk.to)
    edge.receive(talk.callee.flow, answer(talk.callee.flow.take_request(), "200 OK"))
    edge.relays.take()
    edge.advance(60)
    assert not {"query", "delete"} & set(edge.relays.take())


def test_how_a_call_sounded_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "sip_edge")
    edge = rig()
    talk = Talk(edge, bob(edge))
    edge.relays.reports[ONE] = report(edge.now)
    talk.caller.send("BYE", talk.callee.contact, talk.route, to=talk.to)
    edge.receive(talk.callee.flow, answer(talk.callee.flow.take_request(), "200 OK"))
    (line,) = [record.__dict__["fields"] for record in caplog.records if record.message == "media"]
    assert line == {
        "correlation_id": talk.caller.call_id,
        "media_relay": ONE,
        "media_seconds": 90,
        "caller_packets": 500,
        "caller_lost": 3,
        "caller_jitter_ms": 6,
        "caller_mos": 4.3,
        "callee_packets": 500,
        "callee_lost": 0,
    }
    assert (edge.journal.counts["media_packets"], edge.journal.counts["media_packets_lost"]) == (1000, 3)
    jitters = edge.journal.jitters.take()
    assert jitters is not None
    assert jitters.most == 0.006


def test_the_load_of_the_relays_is_known_every_minute() -> None:
    edge = rig(rtpengines=f"{ONE},{TWO}")
    load = Load(edge.pool, edge.timers, edge.now)
    for relay in (ONE, TWO):
        figures = {"sessionstotal": 3, "media_userspace": 6}
        edge.relays.reports[relay] = {"result": "ok", "statistics": {"currentstatistics": figures}}
    edge.advance(1)
    assert (load.calls, load.streams) == (6, 12)
    edge.relays.dead.add(TWO)
    edge.advance(62)
    assert (load.calls, load.streams) == (3, 6)
