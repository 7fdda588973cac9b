"""The scenarios that SIPp plays: one for each operation, the same for every server.

A user's fields come from a file: field0 is the username, field1 the credentials, field2 the address to call.
"""

from __future__ import annotations

from typing import Final

from bench.places import DOMAIN

REFRESHES: Final = 10  # after one registration, so that the registration can be subtracted

_HEAD: Final = """
    Via: SIP/2.0/UDP [local_ip]:[local_port];rport;branch=[branch]
    Max-Forwards: 70
    Call-ID: [call_id]"""
_OFFER: Final = """
    v=0
    o=- 1 1 IN IP4 [local_ip]
    s=-
    c=IN IP4 [local_ip]
    t=0 0
    m=audio 40000 RTP/AVP 0 8 101
    a=rtpmap:0 PCMU/8000
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=sendrecv
"""


def registration(challenge: int) -> str:
    """REGISTER, the challenge with that status, REGISTER with credentials, 200."""
    return _scenario(_registration(challenge))


def refreshes(challenge: int) -> str:
    """A registration, and REFRESHES more on the same nonce."""
    more = [_register(3 + i, "[field1]") + _expect(200) for i in range(REFRESHES)]
    return _scenario(_registration(challenge), *more)


def call() -> str:
    """INVITE, 100, 180, 200, ACK, a pause, BYE, 200, from outside."""
    caller = "sip:caller@outside.example"
    return _scenario(_invite(1, caller, timed=True), _conversation(1, caller))


def proved_call() -> str:
    """The same from an extension to itself: INVITE, 407, ACK, INVITE with credentials, and so on."""
    caller = f"sip:[field0]@{DOMAIN}"
    ack = _send(
        f"""
    ACK [field2] SIP/2.0{_HEAD.replace("[branch]", "[branch-2]")}
    From: <{caller}>;tag=c[call_number]
    To: <[field2]>[peer_tag_param]
    CSeq: 1 ACK
    Content-Length: 0
""",
        again=False,
    )
    return _scenario(
        _invite(1, caller),
        _optional(100) + _expect(407, ' auth="true"'),
        ack,
        _invite(2, caller, "[field1]", timed=True),
        _conversation(2, caller),
    )


def callee() -> str:
    """The registered phone: it rings, answers, and waits for the BYE."""
    copied = "[last_Via:]\n    [last_From:]\n    [last_To:]{tag}\n    [last_Call-ID:]\n    [last_CSeq:]"
    dialog = copied.format(tag=";tag=s[call_number]") + "\n    [last_Record-Route:]"
    contact = "Contact: <sip:callee@[local_ip]:[local_port]>"
    return _scenario(
        '  <recv request="INVITE"/>\n',
        _send(f"\n    SIP/2.0 180 Ringing\n    {dialog}\n    {contact}\n    Content-Length: 0\n", again=False),
        _send(
            f"\n    SIP/2.0 200 OK\n    {dialog}\n    {contact}\n    Content-Type: application/sdp\n"
            f"    Content-Length: [len]\n{_OFFER}"
        ),
        '  <recv request="ACK"/>\n  <recv request="BYE"/>\n',
        _send(f"\n    SIP/2.0 200 OK\n    {copied.format(tag='')}\n    Content-Length: 0\n", again=False),
    )


def _registration(challenge: int) -> str:
    return (
        _register(1) + _expect(challenge, ' auth="true"') + _register(2, "[field1]", timed=True) + _expect(200, _STOP)
    )


_STOP: Final = ' rtd="1"'


def _register(cseq: int, credentials: str = "", timed: bool = False) -> str:
    line = f"\n    {credentials}" if credentials else ""
    return _send(
        f"""
    REGISTER sip:{DOMAIN} SIP/2.0{_HEAD}
    From: <sip:[field0]@{DOMAIN}>;tag=r[call_number]
    To: <sip:[field0]@{DOMAIN}>
    CSeq: {cseq} REGISTER
    Contact: <sip:[field0]@[local_ip]:[local_port]>
    Expires: 3600{line}
    User-Agent: bench
    Content-Length: 0
""",
        timed=timed,
    )


def _invite(cseq: int, caller: str, credentials: str = "", timed: bool = False) -> str:
    line = f"\n    {credentials}" if credentials else ""
    return _send(
        f"""
    INVITE [field2] SIP/2.0{_HEAD}
    From: <{caller}>;tag=c[call_number]
    To: <[field2]>
    CSeq: {cseq} INVITE
    Contact: <sip:caller@[local_ip]:[local_port]>
    Allow: INVITE, ACK, BYE, CANCEL, OPTIONS{line}
    User-Agent: bench
    Content-Type: application/sdp
    Content-Length: [len]
{_OFFER}""",
        timed=timed,
    )


def _conversation(cseq: int, caller: str) -> str:
    return (
        _optional(100)
        + f'  <recv response="180" optional="true"{_STOP}/>\n'
        + _expect(200, ' rrs="true"')
        + _in_dialog("ACK", cseq, caller)
        + "  <pause/>\n"
        + _in_dialog("BYE", cseq + 1, caller)
        + _expect(200)
    )


def _in_dialog(method: str, cseq: int, caller: str) -> str:
    return _send(
        f"""
    {method} [next_url] SIP/2.0{_HEAD}
    [routes]
    From: <{caller}>;tag=c[call_number]
    To: <[field2]>[peer_tag_param]
    CSeq: {cseq} {method}
    Content-Length: 0
""",
        again=method != "ACK",
    )


def _send(text: str, again: bool = True, timed: bool = False) -> str:
    options = (' retrans="500"' if again else "") + (' start_rtd="1"' if timed else "")
    return f"  <send{options}><![CDATA[{text}\n  ]]></send>\n"


def _expect(status: int, options: str = "") -> str:
    return f'  <recv response="{status}"{options}/>\n'


def _optional(status: int) -> str:
    return _expect(status, ' optional="true"')


def _scenario(*steps: str) -> str:
    return f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<scenario name="bench">\n{"".join(steps)}</scenario>\n'
