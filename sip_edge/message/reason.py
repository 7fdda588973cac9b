"""The Reason header: why a call is called off or ended (RFC 3326)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sip_edge.message.message import Request
from sip_edge.message.values import printable

_UNQUOTABLE: Final = str.maketrans("", "", '"\\')


def reason_for(status: str) -> str:
    """The header line that gives a SIP status, as its code and phrase, as the reason."""
    code, _, phrase = status.partition(" ")
    return f'Reason: SIP;cause={code};text="{printable(phrase).translate(_UNQUOTABLE)}"'


COMPLETED_ELSEWHERE: Final = reason_for("200 Call completed elsewhere")


def add_reasons(request: Request, lines: Sequence[str]) -> None:
    """Let a request say why: in header lines of that name."""
    request.names += ["reason"] * len(lines)
    request.lines += lines


def reasons_of(request: Request) -> list[str]:
    """The header lines by which a request says why, as they came."""
    if "reason" not in request.names:
        return []
    return [line for name, line in zip(request.names, request.lines, strict=True) if name == "reason"]
