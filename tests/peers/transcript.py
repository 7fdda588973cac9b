"""Writes down messages without what differs from one run to the next, so that two runs can be compared."""

from __future__ import annotations

import re

from sip_edge.message.message import Request, Response

OF_THE_PATH = frozenset(
    ("via", "route", "record-route", "from", "to", "call-id", "contact", "content-length", "max-forwards", "date")
)
"""Header fields that proxies change or that identify one run."""

OWN_VALUES = (
    (re.compile(r"(?m)^(CSeq:|RAck: \d+) \d+"), r"\1 *"),
    (re.compile(r"(?m)^o=.*$"), "o=*"),
    (re.compile(r"(?m)^(m=\w+) [1-9]\d*"), r"\1 *"),
    (re.compile(r"(?m)^(a=(?:rtcp|ice-ufrag|ice-pwd|ssrc|candidate):).*$"), r"\1*"),
    (re.compile(r"inline:\S+"), "inline:*"),
)
"""Values that their sender makes up anew for each call."""


def noted(message: Request | Response) -> str:
    """The message as far as the other end of a call decides it."""
    start = message.method if isinstance(message, Request) else message.start
    lines = [line for name, line in zip(message.names, message.lines, strict=True) if name not in OF_THE_PATH]
    body = message.body.decode(errors="replace").replace("\r\n", "\n")
    text = "\n".join([start, *sorted(lines), body])
    for pattern, mask in OWN_VALUES:
        text = pattern.sub(mask, text)
    return text


def methods(seen: list[str]) -> list[str]:
    """The methods of noted requests, and the status codes of noted responses."""
    return [message.removeprefix("SIP/2.0 ").split()[0] for message in seen]
