"""A phone that answers every call, and sends nothing by itself but REGISTERs, as late as it may."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from math import inf

from sip_edge.message.message import Request, Response, parse
from sip_edge.message.values import address, parameters
from tests.calls.office import Office
from tests.sip_edge.caller import answer
from tests.transport.peers import KEEPALIVE, Address, UdpPeer
from tests.transport.wire_phone import WirePhone

_REPEAT_S = 0.5
_T2_S = 4.0
_REFRESH_AT = 0.9  # of the expiry that it is told


class AnsweringPhone:
    """Registered on an extension of its own from its making on; answers from a thread while it is entered."""

    def __init__(self, office: Office) -> None:
        self.username = office.extension()["username"]
        self._peer = UdpPeer(("127.0.0.1", office.sip_port))
        self._phone = WirePhone(office, self.username, self._peer, "UDP")
        self._registrar = f"sip:{office.domain}"
        self._unacknowledged: dict[str, bytes] = {}
        self._refresh_at = inf
        self._register = b""
        self._repeat_at = inf
        self._repeat_s = _REPEAT_S
        self._registered(self._phone.register())
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> AnsweringPhone:
        self._peer.settimeout(_REPEAT_S)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def source(self) -> Address:
        """The address from which it sends."""
        return self._peer.source

    def send_keepalive(self) -> None:
        """Say what no receiver takes for a message (RFC 5626 §3.5.1)."""
        self._peer.send(KEEPALIVE)

    def refresh(self) -> None:
        """Let the time for its next REGISTER be now."""
        self._refresh_at = 0

    def _run(self) -> None:
        while not self._ended.is_set():
            self._keep_registered(time.monotonic())
            try:
                message = parse(self._peer.receive())
            except TimeoutError:
                for data in self._unacknowledged.values():
                    self._peer.send(data)
                continue
            with suppress(OSError):
                if isinstance(message, Request):
                    self._take(message)
                elif self._register and message.get("cseq").encode() in self._register:
                    self._answered(message)

    def _keep_registered(self, now: float) -> None:
        """Send a REGISTER when it is due, and repeat one that has no answer (RFC 3261 §17.1.2.2)."""
        if now >= self._refresh_at:
            self._refresh_at = inf
            self._ask(self._phone.register_request(expires=3600))
        elif self._register and now >= self._repeat_at:
            self._repeat_s = min(2 * self._repeat_s, _T2_S)
            self._repeat_at = now + self._repeat_s
            self._peer.send(self._register)

    def _ask(self, register: bytes) -> None:
        self._register = register
        self._repeat_s = _REPEAT_S
        self._repeat_at = time.monotonic() + _REPEAT_S
        self._peer.send(register)

    def _answered(self, response: Response) -> None:
        if response.status == 407:
            proof = self._phone.proof(response.get("www-authenticate"), "REGISTER", self._registrar)
            self._ask(self._phone.register_request(proof, expires=3600))
        elif response.status >= 200:
            self._register = b""
            self._registered(response)

    def _registered(self, response: Response) -> None:
        assert response.status == 200
        _, tail = address(response.values("contact")[0])
        self._refresh_at = time.monotonic() + _REFRESH_AT * int(parameters(tail)["expires"])

    def _take(self, request: Request) -> None:
        call = request.get("call-id")
        if request.method == "ACK":
            self._unacknowledged.pop(call, None)
        elif request.method == "INVITE":
            self._peer.send(answer(request, "180 Ringing", tag=self.username).encode())
            ok = answer(request, "200 OK", f"Contact: <{self._phone.contact}>", tag=self.username).encode()
            self._unacknowledged[call] = ok
            self._peer.send(ok)
        else:
            self._peer.send(answer(request, "200 OK", tag=self.username).encode())
