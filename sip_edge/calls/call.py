"""The parties of a call, as short text in the route token.

With it, any edge that sees the end of the call can report the call.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from directory.schema.model import customer_of
from sip_edge.media.session import Side

_SEPARATOR: Final = "/"


class Call(NamedTuple):
    """A call that an extension takes part in.

    `began` is in seconds since the epoch. `caller` and `callee` are the addresses of record of the ends. Each is "" for
    an end that is no extension, or is not proved to be one. `sender` is the end whose request this was found with.
    """

    began: int
    caller: str
    callee: str
    sender: Side = Side.CALLER

    @property
    def is_internal(self) -> bool:
        """Whether both ends are extensions of one customer."""
        return are_colleagues(self.caller, self.callee)

    @property
    def sending(self) -> str:
        """The address of record of the end that sends the request, "" when it is no extension."""
        return self.caller if self.sender is Side.CALLER else self.callee

    def seal(self, sender: Side) -> str:
        """The text of the call for the route token in the requests of `sender`."""
        caller = self.caller.partition("@")[0] if self.is_internal else self.caller
        return _SEPARATOR.join((sender, f"{self.began:x}", caller, self.callee))


def are_colleagues(caller: str, callee: str) -> bool:
    """Whether two addresses of record are extensions of one customer; "" is no extension."""
    return bool(caller and callee) and customer_of(caller) == customer_of(callee)


def unseal(text: str) -> Call | None:
    """The call of a text out of a token that we made, None for the empty text."""
    if not text:
        return None
    sender, began, caller, callee = text.split(_SEPARATOR)
    if caller and "@" not in caller:
        caller = f"{caller}@{customer_of(callee)}"
    return Call(int(began, 16), caller, callee, Side(sender))
