"""The 200 to a REGISTER (RFC 3261 §10.3 step 8)."""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache

from directory.model import Binding
from sip_edge.message.message import Request
from sip_edge.message.reply import reply


def accepted(request: Request, tag: str, bindings: tuple[Binding, ...], now: float) -> bytes:
    """A 200 that lists the bindings with the seconds that each has left, and tells the time."""
    return reply(request, "200 OK", tag, *[_contact(b, now) for b in bindings], date_line(now))


def date_line(now: float) -> str:
    """The Date header (RFC 3261 §20.17); many phones have no other clock."""
    return _date_line(int(now))


@lru_cache(2)
def _date_line(now: int) -> str:
    return f"Date: {formatdate(now, usegmt=True)}"


def _contact(binding: Binding, now: float) -> str:
    line = f"Contact: <{binding.contact}>;expires={max(0, round(binding.expires - now))}"
    if binding.q != 1000:
        line += f";q={binding.q / 1000:g}"
    if binding.instance:
        line += f';+sip.instance="{binding.instance}"'
    return f"{line};reg-id={binding.reg_id}" if binding.reg_id else line
