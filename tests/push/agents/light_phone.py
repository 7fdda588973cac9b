"""A phone by hand that costs next to nothing: it sleeps without a connection, and comes back after its push."""

from __future__ import annotations

import time
from queue import SimpleQueue
from typing import Final

from sip_edge.message.message import Response
from tests.push.agents.pushed_office import HOSTS, PushedOffice
from tests.transport.peers import StreamPeer
from tests.transport.wire_phone import WirePhone

HERE, ELSEWHERE = HOSTS
_PATIENCE_S: Final = 20


class LightPhone:
    """An Android phone of an extension of its own, with one caller at the other edge, whose address is `host`."""

    def __init__(self, office: PushedOffice, host: str) -> None:
        parameters, self._token = office.android()
        self._office = office
        self._phone = WirePhone(office.office, office.extension(), self._connection(), "TCP")
        self._phone.contact += f";{parameters}"
        self._caller = WirePhone(office.office, "outside", StreamPeer(office.address(ELSEWHERE), host=host), "TCP")
        self._caller.aor = "sip:someone@outside.example"
        assert self._phone.register().status == 200
        self._phone.peer.close()

    def ring(self, call_id: str) -> float:
        """Wake it by a call, which it refuses. Returns the seconds from the push until the caller hears it ring."""
        pushed: SimpleQueue[float] = SimpleQueue()
        self._office.providers.fcm.on_push = lambda _: pushed.put(time.monotonic())
        phone, caller, uri = self._phone, self._caller, self._phone.aor
        contact = f"Contact: <{caller.contact}>"
        caller.peer.send(caller.request("INVITE", uri, f"<{uri}>", contact, call_id=call_id))
        pushed_at = pushed.get(timeout=_PATIENCE_S)
        phone.peer = self._connection()
        assert phone.register().status == 200
        invite = phone.take_request()
        assert invite.method == "INVITE"
        phone.answer(invite, "180 Ringing", f"Contact: <{phone.contact}>")
        self._hear(180)
        waited = time.monotonic() - pushed_at
        phone.answer(invite, "486 Busy Here")
        assert phone.take_request().method == "ACK"
        self._hear(486)
        phone.peer.close()
        assert pushed.empty()
        return waited

    def _connection(self) -> StreamPeer:
        return StreamPeer(self._office.address(HERE))

    def _hear(self, status: int) -> None:
        """Take responses until one of that status comes that is the phone's own."""
        while True:
            message = self._caller.take()
            if isinstance(message, Response) and message.status == status and self._phone.tag in message.get("to"):
                return
