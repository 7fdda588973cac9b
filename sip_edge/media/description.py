"""Session descriptions (RFC 8866) in messages: where they stand in a body."""

from __future__ import annotations

import re
from typing import Final

from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Message
from sip_edge.message.values import parameters

_SDP_PART: Final = re.compile(rb"^c(?:ontent-type)?[ \t]*:[ \t]*application/sdp\b", re.IGNORECASE | re.MULTILINE)


class Description:
    """A session description, and where in a message's body it stands."""

    __slots__ = ("_before", "_behind", "text")

    def __init__(self, text: bytes, before: bytes = b"", behind: bytes = b"") -> None:
        self.text = text
        self._before = before
        self._behind = behind

    def put(self, message: Message, text: bytes) -> None:
        """Let another description stand in its place in a message."""
        message.body = self._before + text + self._behind
        message.replace("content-length", f"Content-Length: {len(message.body)}")


def is_in(message: Message) -> bool:
    """Whether a message seems to have one: `find` tells for sure."""
    return b"v=0" in message.body


def find(message: Message) -> Description | None:
    """The description in a message's body, which may be one of several parts (RFC 5621); None when there is none.

    Raises RejectError with 415 for a body that can't be looked into, and with 400 for one that is broken.
    """
    if not message.body:
        return None
    kind, _, tail = message.get("content-type").partition(";")
    kind = kind.strip().lower()
    if kind != "application/sdp" and not kind.startswith("multipart/"):
        return None
    if message.get("content-encoding").lower() not in ("", "identity"):
        raise RejectError("415 Unsupported Media Type", "Accept-Encoding: identity")
    found = Description(message.body) if kind == "application/sdp" else _part(message.body, f";{tail}")
    if found and not found.text.startswith(b"v=0"):
        raise RejectError("400 Bad Request - a session description")
    return found


def _part(body: bytes, tail: str) -> Description | None:
    """The part of a multipart body that is a description (RFC 2046 §5.1.1)."""
    try:
        boundary = parameters(tail).get("boundary", "").encode("utf-8", "surrogateescape")
    except MalformedError:
        boundary = b""
    if not boundary or b"--" + boundary + b"--" not in body:
        raise RejectError("400 Bad Request - a multipart body")
    start = 0
    for part in body.split(b"--" + boundary):
        head, end, content = part.partition(b"\r\n\r\n")
        if end and _SDP_PART.search(head):
            at = start + len(head) + len(end)
            text = content.removesuffix(b"\r\n")
            return Description(text, body[:at], body[at + len(text) :])
        start += len(part) + 2 + len(boundary)
    return None
