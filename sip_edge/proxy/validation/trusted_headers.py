"""Header fields that identify a caller or make a phone act: they pass only between ends that trust each other.

A phone believes its proxy. So the proxy passes on no stranger's claim of an identity. Only extensions of the same
customer may open a phone's microphone, restart it, or press its keys.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from directory.schema.contacts import without_push_parameters
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message, Request
from sip_edge.message.values import split_values

IDENTITIES: Final = {
    "p-asserted-identity": "RFC 3325 §9.1",
    "p-preferred-identity": "RFC 3325 §9.2",
    "remote-party-id": "draft-ietf-sip-privacy-04",
    "rpid-privacy": "draft-ietf-sip-privacy-01",
}
"""Phones show these in the place of the From. They pass from no peer: the edge asserts none."""

FOR_COLLEAGUES: Final = {
    # A phone answers, or fetches and plays what the header names.
    "alert-info": "RFC 3261 §20.4, RFC 7462; Polycom, Yealink, Aastra: Ring Answer, info=alert-autoanswer, Intercom",
    "answer-mode": "RFC 5373",
    "priv-answer-mode": "RFC 5373",
    "p-alerting-mode": "draft-allen-sipping-poc-p-headers",
    "p-answer-state": "RFC 4964",
    "p-auto-answer": "no RFC; the intercom of several PBXs",
    # A proxy writes these for others in its trust domain.
    "p-access-network-info": "RFC 7315 §4.4",
    "p-asserted-service": "RFC 6050",
    "p-associated-uri": "RFC 7315 §4.1",
    "p-called-party-id": "RFC 7315 §4.2",
    "p-charge-info": "RFC 8496",
    "p-charging-function-addresses": "RFC 7315 §4.5",
    "p-charging-vector": "RFC 7315 §4.6",
    "p-dcs-billing-info": "RFC 5503",
    "p-dcs-laes": "RFC 5503",
    "p-dcs-osps": "RFC 5503",
    "p-dcs-redirect": "RFC 5503",
    "p-dcs-trace-party-id": "RFC 5503",
    "p-early-media": "RFC 5009",
    "p-media-authorization": "RFC 3313",
    "p-preferred-service": "RFC 6050",
    "p-private-network-indication": "RFC 7316",
    "p-profile-key": "RFC 5002",
    "p-refused-uri-list": "RFC 5318",
    "p-served-user": "RFC 5502, RFC 8498",
    "p-user-database": "RFC 4457",
    "p-visited-network-id": "RFC 7315 §4.3",
}
"""These pass only between colleagues: proved extensions of one customer."""

# In Call-Info: `answer-after` (BroadSoft, Snom, Grandstream, Yealink), `info=alert-autoanswer` (Gigaset, Aastra).
# In Require: `answermode` (RFC 5373).
_ANSWERS: Final = re.compile(r"answer-?(?:after|mode)|auto[-_ ]?answer|ring[-_ ]?answer|\bintercom\s*=", re.IGNORECASE)
# In the To, as a parameter of the URI: `intercom=true` (Yealink, Snom).
_ANSWERS_IN_TO: Final = re.compile(r"[;?&]\s*(?:intercom|answer-?after|auto-?answer|answer-?mode)\b", re.IGNORECASE)
_ACTING_METHODS: Final = frozenset(("REFER", "NOTIFY"))  # RFC 3515 §2.4.4; check-sync and the other events below
# A NOTIFY of these answers or holds a call (BroadSoft, AudioCodes), restarts a phone (Polycom, Yealink, Snom,
# Grandstream: check-sync; Cisco: the others), or presses its keys (Yealink: ACTION-URI; Aastra).
_ACTING_EVENTS: Final = frozenset(
    (
        "talk",
        "hold",
        "check-sync",
        "resync",
        "reboot",
        "restart",
        "report",
        "service-control",
        "action-uri",
        "aastra-xml",
    )
)
_IDENTITIES: Final = frozenset(IDENTITIES)
_WITHHELD: Final = _IDENTITIES | frozenset(FOR_COLLEAGUES)


def withhold(message: Message, are_colleagues: bool) -> None:
    """Removes the header fields that may not pass between two ends, be they colleagues or not.

    The push parameters of a Contact pass to no other device (RFC 8599 §10).
    """
    unwanted = _IDENTITIES if are_colleagues else _WITHHELD
    names = message.names
    if "contact" in names:
        for i, name in enumerate(names):
            if name == "contact":
                message.lines[i] = without_push_parameters(message.lines[i])
    if not unwanted.isdisjoint(names):
        _remove(message, [name in unwanted for name in names])
    if are_colleagues:
        return
    vendors = ["answer" in name or "intercom" in name for name in names]  # X-Auto-Answer, X-Cisco-Intercom
    if True in vendors:
        _remove(message, vendors)
    for name in ("call-info", "require"):
        if name in names:
            _remove_answering_values(message, name)


def is_for_colleagues(request: Request) -> bool:
    """Whether a request that begins something makes a phone act, whichever header fields are removed from it."""
    if request.method.upper() in _ACTING_METHODS:  # in any case: PJSIP reads a method so
        return True
    return request.method == "INVITE" and _ANSWERS_IN_TO.search(unquote(request.get("to"))) is not None


def is_remote_control(request: Request) -> bool:
    """Whether a request within a dialog is a NOTIFY that makes a phone act (RFC 6665 §8.2.1: its Event)."""
    event = request.get("event").partition(";")[0].strip().lower()
    return event in _ACTING_EVENTS and request.method.upper() == "NOTIFY"


def _remove(message: Message, are_unwanted: list[bool]) -> None:
    kept = [i for i, is_unwanted in enumerate(are_unwanted) if not is_unwanted]
    message.names[:] = [message.names[i] for i in kept]
    message.lines[:] = [message.lines[i] for i in kept]


def _remove_answering_values(message: Message, name: str) -> None:
    """Remove those values of a header field that make a phone answer.

    A line with such a value is removed as a whole when it can't be split.
    """
    for i in range(len(message.names) - 1, -1, -1):
        if message.names[i] != name or not _answers(message.lines[i]):
            continue
        label, _, text = message.lines[i].partition(":")
        try:
            kept = [value for value in split_values(text) if not _answers(value)]
        except MalformedError:
            kept = []
        if kept:
            message.lines[i] = f"{label}: {', '.join(kept)}"
        else:
            del message.names[i], message.lines[i]


def _answers(text: str) -> bool:
    return _ANSWERS.search(text) is not None or ("%" in text and _ANSWERS.search(unquote(text)) is not None)
