"""The 200 to a REGISTER (RFC 3261 §10.3 step 8)."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from typing import Final

from directory.model import Binding
from sip_edge.message.message import Request
from sip_edge.message.reply import reply
from sip_edge.registrar.keepalive import INTERVAL_S
from sip_edge.registrar.wanted import Wanted
from sip_edge.transport.flow import Flow

_CONNECTION_PING_S: Final = 120  # RFC 5626 §4.4.1


def accepted(
    request: Request, wanted: Wanted, flow: Flow, tag: str, bindings: tuple[Binding, ...], now: float
) -> bytes:
    """A 200 that lists the bindings with the seconds that each has left, and tells the time."""
    aor = request.get("to").partition("<")[2].partition(">")[0]
    supported = request.get("supported").lower()
    gruu = aor if "gruu" in supported else ""
    headers = [_contact(b, gruu, now) for b in bindings]
    headers.append(date_line(now))
    if wanted.path and "path" in supported:
        headers.append(f"Path: {', '.join(wanted.path)}")
    if wanted.outbound:
        headers.append("Require: outbound")
        headers.append(f"Flow-Timer: {_CONNECTION_PING_S if flow.reliable else INTERVAL_S}")
    return reply(request, "200 OK", tag, *headers)


def date_line(now: float) -> str:
    """The Date header (RFC 3261 §20.17); many phones have no other clock."""
    return _date_line(int(now))


@lru_cache(2)
def _date_line(now: int) -> str:
    return f"Date: {formatdate(now, usegmt=True)}"


def _contact(binding: Binding, gruu: str, now: float) -> str:
    line = f"Contact: <{binding.contact}>;expires={max(0, round(binding.expires - now))}"
    if binding.q != 1000:
        line += f";q={binding.q / 1000:g}"
    if binding.instance:
        line += f';+sip.instance="{binding.instance}"'
        if gruu:
            line += f';pub-gruu="{gruu};gr={binding.instance.strip("<>")}"'  # RFC 5627 §5.1
    return f"{line};reg-id={binding.reg_id}" if binding.reg_id else line
