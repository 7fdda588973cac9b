"""Phones that answer, ring or are busy, as the caller's Subject says, and callers."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Final

from chaos.load_balancer import LoadBalancer
from chaos.peer import Peer
from chaos.phone import Phone, RefusedError
from sip_edge.message.message import Request, Response

_RINGS_S: Final = 0.2
_serials: Final = count()


class TalkingPhone(Phone):
    """Answers a call whose Subject is "talk", rings until it is cancelled at "ring", and else is busy."""

    def __init__(self, host: str, load_balancer: LoadBalancer, number: int) -> None:
        super().__init__(host, load_balancer, number)
        self._ringing: dict[str, Request] = {}

    def on_request(self, request: Request) -> None:
        """See Peer."""
        subject, call_id = request.get("subject"), request.get("call-id")
        if request.method == "INVITE" and subject == "ring":
            self._ringing[call_id] = request
            self.answer(request, "180 Ringing")
        elif request.method == "INVITE" and subject == "talk":
            self.answer(request, "200 OK", f"Contact: <sip:{self.source}>")
        elif request.method == "CANCEL":
            self.answer(request, "200 OK")
            if ringing := self._ringing.pop(call_id, None):
                self.answer(ringing, "487 Request Terminated")
        else:
            super().on_request(request)


class Talker(Peer):
    """A caller outside. Its calls raise RefusedError when they end otherwise than they should, and SilentError."""

    async def talk(self, phone: Phone) -> None:
        """Calls, is answered, and hangs up."""
        call = _Call(self, phone, "talk")
        answer = await call.invite()
        call.expect(answer, 200)
        routes = [line.partition(":")[2] for line in reversed(answer.lines) if line.lower().startswith("record-route:")]
        target = answer.get("contact").strip("<>")
        within = (*call.ends, answer.line("to"), *(f"Route: {route}" for route in routes))
        self.send(self.request("ACK", target, f"z9hG4bKack-{call.call_id}", *within, "CSeq: 1 ACK"))
        call.expect(await self.ask("BYE", target, *within, "CSeq: 2 BYE"), 200)

    async def call_busy(self, phone: Phone) -> None:
        """Calls, and finds the phone busy."""
        call = _Call(self, phone, "busy")
        answer = await call.invite()
        call.acknowledge(answer)
        call.expect(answer, 486)

    async def cancel(self, phone: Phone) -> None:
        """Calls, and cancels while the phone rings."""
        call = _Call(self, phone, "ring")
        inviting = asyncio.create_task(call.invite())
        await asyncio.sleep(_RINGS_S)
        call.expect(
            await self.ask("CANCEL", phone.uri, *call.ends, f"To: <{phone.uri}>", "CSeq: 1 CANCEL", branch=call.branch),
            200,
        )
        answer = await inviting
        call.acknowledge(answer)
        call.expect(answer, 487)


class _Call:
    """One call of a caller to a phone."""

    def __init__(self, caller: Peer, phone: Phone, subject: str) -> None:
        self.call_id = f"talk-{next(_serials)}"
        self.branch = f"z9hG4bK{self.call_id}"
        self.ends = (f"From: <sip:caller@outside.example>;tag={self.call_id}", f"Call-ID: {self.call_id}")
        self._caller = caller
        self._phone = phone
        self._subject = subject

    async def invite(self) -> Response:
        """Returns the final response to the INVITE. Raises SilentError."""
        uri = self._phone.uri
        lines = (f"To: <{uri}>", "CSeq: 1 INVITE", f"Contact: <sip:caller@{self._caller.source}>")
        return await self._caller.ask(
            "INVITE", uri, *self.ends, *lines, f"Subject: {self._subject}", branch=self.branch
        )

    def acknowledge(self, answer: Response) -> None:
        """Sends the ACK for a final response that is no 2xx (RFC 3261 §17.1.1.3)."""
        lines = (*self.ends, answer.line("to"), "CSeq: 1 ACK")
        self._caller.send(self._caller.request("ACK", self._phone.uri, self.branch, *lines))

    def expect(self, answer: Response, status: int) -> None:
        """Raises RefusedError for another status."""
        if answer.status != status:
            raise RefusedError(f"{answer.start} in the place of {status}, {self._subject} {self._phone.uri}")
