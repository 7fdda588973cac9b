"""An edge amplifies no attack: an unproved datagram gets less than three times its bytes.

Real sockets, and a clock to set. Retransmissions of half a minute count, too.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from sip_edge.message.message import parse
from sip_edge.transport.flow import Flow
from sip_edge.transport.udp import UdpListener
from tests.ports import free_port
from tests.sip_edge.caller import answer
from tests.sip_edge.rig import BASE, DOMAIN, Phone, Rig, digest

LONGEST_S = 40


class Wire:
    """An edge behind a real UDP socket, and a peer. Each exchange lasts until the edge has no more to say."""

    def __init__(self) -> None:
        self.rig = Rig()
        for username in ("alice", "bob"):
            self.rig.add_extension(username)
        assert Phone(self.rig, "bob").register().status == 200

    def exchange(self, *datagrams: bytes, meanwhile: Callable[[Rig], None] = lambda _: None) -> list[bytes]:
        """Send datagrams, let something happen, and return all that comes back."""
        return asyncio.run(self._exchange(datagrams, meanwhile))

    async def _exchange(self, datagrams: tuple[bytes, ...], meanwhile: Callable[[Rig], None]) -> list[bytes]:
        rig, loop = self.rig, asyncio.get_running_loop()
        arrived: asyncio.Queue[None] = asyncio.Queue()

        def receive(data: bytes, flow: Flow) -> None:
            rig.edge.receive(data, flow, rig.now)
            rig.store.deliver()
            arrived.put_nowait(None)

        port = free_port()
        listener = UdpListener("127.0.0.1", port, f"127.0.0.1:{port}", receive, rig.journal.count)
        listener.start(loop)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer, closing(listener, loop):
            peer.bind(("127.0.0.1", 0))
            peer.setblocking(False)
            for datagram in datagrams:
                peer.sendto(datagram, ("127.0.0.1", port))
                if datagram == STUN:
                    return [await asyncio.wait_for(loop.sock_recv(peer, 65535), 5)]
                await asyncio.wait_for(arrived.get(), 5)
            meanwhile(rig)
            rig.advance(LONGEST_S)
            answers = []
            with suppress(BlockingIOError):
                while True:
                    answers.append(peer.recv(65535))
        return answers


@contextmanager
def closing(listener: UdpListener, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    yield
    listener.close(loop)


def request(method: str, uri: str, sender: str = "sip:x@o.example", to: str = "", *extra: str) -> bytes:
    """As few bytes as can be."""
    lines = [
        f"{method} {uri} SIP/2.0",
        "v:SIP/2.0/UDP h;rport;branch=z9hG4bKa",
        f"f:<{sender}>;tag=1",
        f"t:<{to or uri}>",
        "i:1",
        f"CSeq:1 {method}",
        *extra,
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


ALICE, BOB, NOBODY = (f"sip:{name}@{DOMAIN}" for name in ("alice", "bob", "nobody"))
STALE = "Authorization:" + digest('nonce="0"', "REGISTER", "sip:x", "alice")
STUN = struct.pack("!HHI12s", 1, 0, 0x2112A442, b"0" * 12)

KINDS: dict[str, bytes] = {
    "a challenge to a REGISTER": request("REGISTER", f"sip:{DOMAIN}", ALICE, ALICE),
    "a stale nonce": request("REGISTER", f"sip:{DOMAIN}", ALICE, ALICE, STALE),
    "a REGISTER elsewhere": request("REGISTER", "sip:b", "sip:a@b", "sip:a@b"),
    "a challenge to a call": request("INVITE", BOB, ALICE),
    "a challenge to a message": request("MESSAGE", BOB, ALICE),
    "a call to nobody": request("INVITE", NOBODY),
    "a call to one who isn't registered": request("INVITE", ALICE),
    "a direct call to nobody": request("INVITE", f"sip:direct.{'0' * 12}@sip.{BASE}"),
    "a foreign call": request("INVITE", "sip:a@b"),
    "OPTIONS to the edge": request("OPTIONS", f"sip:{BASE}"),
    "OPTIONS to an extension": request("OPTIONS", BOB),
    "a method not allowed": request("INFO", f"sip:{BASE}"),
    "SUBSCRIBE": request("SUBSCRIBE", f"sip:{BASE}"),
    "an extension not supported": request("OPTIONS", BOB, "sip:x@o.example", "", "Proxy-Require:a"),
    "too many hops": request("INVITE", BOB, "sip:x@o.example", "", "Max-Forwards:0"),
    "no dialog of ours": request("BYE", BOB, "sip:x@o.example", f"{BOB}>;tag=<"),
    "nothing to cancel": request("CANCEL", BOB),
    "a broken request": b"OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/UDP h\r\nCSeq:1 OPTIONS\r\n\r\n",
    "another version": request("OPTIONS", "sip:a").replace(b"SIP/2.0\r\n", b"SIP/3.0\r\n", 1),
    "another scheme": request("OPTIONS", "tel:1"),
    "STUN": STUN,
    "a keepalive": b"\r\n\r\n",
    "garbage": b"\xff" * 20,
}


@pytest.mark.parametrize("datagram", KINDS.values(), ids=KINDS)
def test_less_than_three_times(datagram: bytes) -> None:
    answers = Wire().exchange(datagram)
    assert sum(map(len, answers)) < 3 * len(datagram)


@pytest.mark.parametrize("datagram", [data for data in KINDS.values() if data[0] > 1 and data[0] < 128], ids=str)
def test_less_than_three_times_however_often_it_is_repeated(datagram: bytes) -> None:
    answers = Wire().exchange(*[datagram] * 5)
    assert sum(map(len, answers)) < 3 * 5 * len(datagram)


def test_less_than_three_times_while_the_directory_is_away() -> None:
    wire = Wire()
    wire.rig.store.outage = True
    datagram = request("INVITE", ALICE)
    assert 0 < sum(map(len, wire.exchange(datagram))) < 3 * len(datagram)


def a_phones_own(method: str) -> bytes:
    """The REGISTER of the tersest of the phones that were tried."""
    return request(
        method,
        f"sip:{DOMAIN}" if method == "REGISTER" else BOB,
        ALICE,
        ALICE if method == "REGISTER" else BOB,
        "Max-Forwards: 70",
        "Contact: <sip:alice@192.168.1.100:5060>",
        "Expires: 3600",
        "User-Agent: phone",
        "Content-Length: 0",
    )


@pytest.mark.parametrize(
    ("datagram", "first"),
    [
        (a_phones_own("REGISTER"), "407"),
        (a_phones_own("INVITE"), "407"),
        (KINDS["a call to nobody"], "100"),
        (KINDS["OPTIONS to the edge"], "200"),
        (KINDS["a broken request"], "400"),
    ],
    ids=["REGISTER", "INVITE", "call", "OPTIONS", "broken"],
)
def test_nobody_honest_is_kept_waiting(datagram: bytes, first: str) -> None:
    answers = Wire().exchange(datagram)
    assert parse(answers[0]).start.split()[1] == first


def test_a_caller_whose_callee_answers_gets_all_that_is_said() -> None:
    wire = Wire()

    def callee(rig: Rig) -> None:
        invite = rig.flows[bob].take_request()
        for status in ("180 Ringing", "183 Session Progress", "200 OK"):
            rig.receive(rig.flows[bob], answer(invite, status, f"X-Long: {'x' * 1000}"))

    bob = next(iter(wire.rig.flows))
    datagram = request("INVITE", BOB)
    answers = wire.exchange(datagram, meanwhile=callee)
    assert [parse(data).start.split()[1] for data in answers] == ["100", "180", "183", "200"]


def test_what_was_not_sent_is_counted() -> None:
    wire = Wire()
    wire.exchange(KINDS["a call to nobody"])
    assert wire.rig.journal.counts["shed_amplification"] > 0
