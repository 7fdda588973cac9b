"""A call's media at an rtpengine, as short text in the route token. With it, any edge can go on with the session."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

from sip_edge.media.form import Form

_SEPARATOR: Final = "/"


class Side(StrEnum):
    """The two ends of a call, as its first INVITE made them. The rtpengine knows them by these tags."""

    CALLER = "a"
    CALLEE = "b"

    @property
    def other(self) -> Side:
        """The end that listens to this one."""
        return Side.CALLEE if self is Side.CALLER else Side.CALLER


class Session(NamedTuple):
    """One branch's media: `engine` is the rtpengine's `host:port`, `key` its name for the call.

    The key is ours and random. So a Call-ID that two callers share, or that one caller guessed, confuses no sessions.
    The branches of one call are apart, too. `late` tells that the INVITE had no offer. Then the callee's answer has it,
    and the caller's PRACK or ACK answers that (RFC 3264, RFC 3262 §5).
    """

    engine: str
    key: str
    caller: Form
    callee: Form
    late: bool

    def form(self, side: Side) -> Form:
        """The form of media that an end understands."""
        return self.caller if side is Side.CALLER else self.callee

    def seal(self, sender: Side) -> str:
        """The text of the session for the route token in the requests of `sender`."""
        return _SEPARATOR.join((sender, self.caller, self.callee, "l" if self.late else "", self.key, self.engine))


def unseal(text: str) -> tuple[Session | None, Side]:
    """The session of a text out of our token, and the end that sends with the token.

    The session is None for the empty text.
    """
    if not text:
        return None, Side.CALLER
    sender, caller, callee, late, key, engine = text.split(_SEPARATOR)
    return Session(engine, key, Form(caller), Form(callee), bool(late)), Side(sender)
