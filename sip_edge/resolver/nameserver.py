"""A nameserver whose answers stay small.

dnspython needs up to a second for an answer of 64 KB with hundreds of records under a deep name. It stops the event
loop for that time. Over UDP a query bounds its answer. Over TCP this nameserver does.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import dns.message
from dns.message import Message, QueryMessage
from dns.nameserver import Do53Nameserver

_LARGEST_BYTES: Final = 4096


class Nameserver(Do53Nameserver):
    """A nameserver that is asked over UDP, and over TCP after a truncated answer."""

    async def async_query(self, request: QueryMessage, timeout: float, *others: Any, **options: Any) -> Message:
        """Returns the answer to a request, within `timeout` seconds.

        Raises dns.exception.DNSException, or OSError or EOFError when the nameserver should not be asked again.
        """
        if not options["max_size"]:
            return await super().async_query(request, timeout, *others, **options)
        async with asyncio.timeout(timeout):
            wire = await self._exchange(request.to_wire(prepend_length=True))
        # In a thread, where it yields to the loop every few milliseconds.
        answer = await asyncio.to_thread(dns.message.from_wire, wire)
        if not request.is_response(answer):
            raise ConnectionError("an answer to another question")
        return answer

    async def _exchange(self, wire: bytes) -> bytes:
        """Sends one message and receives one, over a connection of its own (RFC 1035 §4.2.2)."""
        reader, writer = await asyncio.open_connection(self.address, self.port)
        try:
            writer.write(wire)
            size = int.from_bytes(await reader.readexactly(2), "big")
            if size > _LARGEST_BYTES:
                raise ConnectionError("too large an answer")
            return await reader.readexactly(size)
        finally:
            writer.close()
