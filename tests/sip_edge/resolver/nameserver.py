"""A nameserver on loopback that serves a zone, counts what it is asked, and misbehaves when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from textwrap import dedent
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
from dns.message import Message
from dns.name import Name
from dns.zone import Zone

from tests.ports import free_port

LOOPBACK = "127.0.0.1"
ORIGIN = "example."
HEAD = "$ORIGIN example.\n$TTL 300\n@ {negative} SOA ns admin 1 3600 600 86400 {negative}\n@ NS ns\nns A 127.0.0.1\n"


@dataclass(frozen=True)
class Question:
    """A question to the nameserver."""

    name: str
    kind: str
    way: str


@dataclass
class Nameserver:
    """`zone` is the text of the records below `example.`, `negative` the seconds for which an absence holds.

    The names in `silent` get no answer, those in `failing` SERVFAIL. Those in `truncated` get all their records over
    TCP alone, those in `slow` an answer after so many seconds.
    """

    zone: str
    negative: int = 300
    silent: set[str] = field(default_factory=set)
    failing: set[str] = field(default_factory=set)
    truncated: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> tuple[str, int]:
        return LOOPBACK, self.port

    def count(self, name: str, kind: str) -> int:
        return sum(1 for question in self.asked if (question.name, question.kind) == (name, kind))

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Nameserver]:
        _parsed(self.zone, self.negative)  # a mistake in it shows at once
        self.port = free_port()  # another socket may have the same port over UDP alone
        tcp = await asyncio.start_server(self._serve_connection, LOOPBACK, self.port)
        udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(LOOPBACK, self.port)
        )
        try:
            yield self
        finally:
            udp.close()
            tcp.close()
            await tcp.wait_closed()

    def answer(self, wire: bytes, way: str) -> tuple[float, bytes] | None:
        """Returns the answer, and its delay in seconds."""
        query = dns.message.from_wire(wire)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(Question(name, dns.rdatatype.to_text(query.question[0].rdtype), way))
        if name in self.silent:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.truncated and way == "udp":
            response.flags |= dns.flags.TC
        else:
            self._fill(response)
        return self.slow.get(name, 0), response.to_wire(max_size=65535 if way == "tcp" else 4096)

    def _fill(self, response: Message) -> None:
        zone = _parsed(self.zone, self.negative)
        question = response.question[0]
        name, kind = question.name, question.rdtype
        for _ in range(20):
            if zone.get_node(name) is None:
                if not any(other.is_subdomain(name) for other in zone):
                    response.set_rcode(dns.rcode.NXDOMAIN)
                break
            if _add(response, name, zone, kind):
                return
            if not _add(response, name, zone, dns.rdatatype.CNAME):
                break
            name = zone.find_rrset(name, dns.rdatatype.CNAME)[0].target
        response.authority.append(zone.find_rrset(ORIGIN, dns.rdatatype.SOA))

    async def _serve_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        wire = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
        answer = self.answer(wire, "tcp")
        if answer:
            await asyncio.sleep(answer[0])
            writer.write(len(answer[1]).to_bytes(2, "big") + answer[1])
        writer.close()


@lru_cache(2)
def _parsed(text: str, negative: int) -> Zone:
    return dns.zone.from_text(HEAD.format(negative=negative) + dedent(text), ORIGIN, relativize=False)


def _add(response: Message, name: Name, zone: Zone, kind: dns.rdatatype.RdataType) -> bool:
    rrset = zone.get_rrset(name, kind)
    if rrset and rrset not in response.answer:
        response.answer.append(rrset)
    return rrset is not None


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, nameserver: Nameserver) -> None:
        self._nameserver = nameserver

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._nameserver.answer(data, "udp")
        if answer:
            asyncio.get_running_loop().call_later(answer[0], self._send, answer[1], addr)

    def _send(self, wire: bytes, to: tuple[str, int]) -> None:
        if not self._transport.is_closing():
            self._transport.sendto(wire, to)
