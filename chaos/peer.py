"""A peer that speaks SIP over a UDP socket of its own, through a load balancer or to one edge."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from itertools import count
from typing import Final, Self

from chaos.aws.udp_flows import Address
from chaos.load_balancer import LoadBalancer
from sip_edge.message import via
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Request, Response, parse
from sip_edge.message.sanity import cseq

_T1_S: Final = 0.5  # RFC 3261 §17.1.1.1
_T2_S: Final = 4.0
_PATIENCE_S: Final = 64 * _T1_S
_LARGEST: Final = 65535
_COPIED: Final = ("via", "from", "call-id", "cseq", "record-route")
_serials: Final = count()


class SilentError(Exception):
    """No answer has come in time."""


class Peer:
    """One socket, at a loopback address. As a context manager it is open."""

    def __init__(self, host: str, load_balancer: LoadBalancer) -> None:
        self._load_balancer = load_balancer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind((host, 0))
        self.address: Address = self._socket.getsockname()
        self.source = "{}:{}".format(*self.address)
        self._waiting: dict[tuple[str, str], asyncio.Future[Response]] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send a datagram to the edge that has the flow."""
        edge = self._load_balancer.to_edge(self.address)
        if edge:
            with suppress(OSError):  # lost, as on any other way of a datagram
                self._socket.sendto(data, edge)

    async def ask(self, method: str, uri: str, *lines: str, branch: str = "") -> Response:
        """The final response to a request, which is repeated meanwhile (RFC 3261 §17.1). Raises SilentError.

        A CANCEL has the branch of its INVITE; other requests need none to be given.
        """
        branch = branch or f"z9hG4bK{next(_serials):x}"
        data = self.request(method, uri, branch, *lines)
        answered = self._waiting[branch, method] = self._loop.create_future()
        pause, until = _T1_S, self._loop.time() + _PATIENCE_S
        try:
            while self._loop.time() < until:
                self.send(data)
                with suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(answered), pause)
                pause = min(2 * pause, _T2_S)
        finally:
            del self._waiting[branch, method]
        raise SilentError(f"{method} {uri} from {self.source}")

    def request(self, method: str, uri: str, branch: str, *lines: str) -> bytes:
        """A request as it goes out."""
        head = (f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP {self.source};rport;branch={branch}", "Max-Forwards: 70")
        return "\r\n".join((*head, *lines, "Content-Length: 0", "", "")).encode()

    def answer(self, request: Request, status: str, *more: str) -> None:
        """Answer a request, with more header lines than a response needs."""
        copied = [line for name, line in zip(request.names, request.lines, strict=True) if name in _COPIED]
        to = request.line("to")
        tagged = to if ";tag=" in to else f"{to};tag=chaos"
        lines = (f"SIP/2.0 {status}", *copied, tagged, *more, "Content-Length: 0", "", "")
        self.send("\r\n".join(lines).encode("utf-8", "surrogateescape"))

    def on_request(self, request: Request) -> None:
        """Handle a request from the other end."""

    def on_response(self, response: Response) -> None:
        """A final response has come, for whichever request."""

    def _readable(self) -> None:
        with suppress(OSError):
            while True:
                data, source = self._socket.recvfrom(_LARGEST)
                if self._load_balancer.lets_through(source, self.address):
                    with suppress(MalformedError):  # a keepalive, or the answer to a damaged message
                        self._take(parse(data))

    def _take(self, message: Request | Response) -> None:
        if isinstance(message, Request):
            self.on_request(message)
        elif message.status >= 200:
            answered = self._waiting.get((via.top(message).branch, cseq(message)[1]))
            if answered and not answered.done():
                answered.set_result(message)
            self.on_response(message)
