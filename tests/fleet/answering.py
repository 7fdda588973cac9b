"""A phone that answers every call, and sends nothing by itself: no keepalives, no further REGISTER."""

from __future__ import annotations

import threading
from contextlib import suppress

from sip_edge.message.message import Request, parse
from tests.calls.office import Office
from tests.sip_edge.caller import answer
from tests.transport.peers import KEEPALIVE, Address, UdpPeer
from tests.transport.wire_phone import WirePhone

_REPEAT_S = 0.5


class AnsweringPhone:
    """Registered on an extension of its own from its making on; answers from a thread while it is entered."""

    def __init__(self, office: Office) -> None:
        self.username = office.extension()["username"]
        self._peer = UdpPeer(("127.0.0.1", office.sip_port))
        self._phone = WirePhone(office, self.username, self._peer, "UDP")
        assert self._phone.register().status == 200
        self._unacknowledged: dict[str, bytes] = {}
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

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                message = parse(self._peer.receive())
            except TimeoutError:
                for data in self._unacknowledged.values():
                    self._peer.send(data)
                continue
            if isinstance(message, Request):
                with suppress(OSError):
                    self._take(message)

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
