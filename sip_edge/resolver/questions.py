"""Asks the DNS each question once, and caches the answer for its TTL."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TypeVar

import dns.exception
import dns.rdatatype
from dns.asyncresolver import Resolver
from dns.message import QueryMessage
from dns.name import Name
from dns.rdata import Rdata
from dns.resolver import NXDOMAIN, NoResolverConfiguration

from sip_edge.resolver.dns_cache import DnsCache
from sip_edge.resolver.nameserver import Nameserver

_ATTEMPT_S: Final = 1.0  # then the next nameserver's turn
_QUESTION_S: Final = 2.5
_UDP_BYTES: Final = 1232  # no fragments on any path (RFC 9715 §3.2)
_MOST_UNDER_WAY: Final = 200  # each holds a socket
_MOST_REMEMBERED: Final = 2000
_MOST_RECORDS: Final = 50
_LONGEST_S: Final = 3600
_LONGEST_NEGATIVE_S: Final = 300  # RFC 2308 §5 lets us bound it
_FAILURE_S: Final = 5  # RFC 9520 §3.2: from 1 s to 5 min

Record = TypeVar("Record", bound=Rdata)
_Key = tuple[Name, type[Rdata]]
_Records = tuple[Rdata, ...]


class Questions:
    """Asks nameservers, (address, port) each, one after the other, those of /etc/resolv.conf when None.

    For the loop's thread alone.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, nameservers: Sequence[tuple[str, int]] | None) -> None:
        self._loop = loop
        self._resolver = _resolver(nameservers)
        self._remembered: DnsCache[_Key, _Records] = DnsCache(_MOST_REMEMBERED)
        self._under_way: dict[_Key, asyncio.Task[_Records]] = {}

    async def ask(self, name: Name, kind: type[Record], deadline: float) -> tuple[Record, ...]:
        """Returns the records of a name, also those behind CNAMEs. Unknown records at the deadline count as absent.

        The deadline is in the loop's time.
        """
        key = (name, kind)
        records = self._remembered.get(key, self._loop.time())
        if records is None:
            records = await self._outcome(key, deadline)
        return tuple(record for record in records if isinstance(record, kind))

    async def close(self) -> None:
        """Gives up the questions under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _outcome(self, key: _Key, deadline: float) -> _Records:
        """Waits for the answer to a question until a deadline. Others may wait for it longer."""
        task = self._under_way.get(key)
        if task is None:
            if len(self._under_way) >= _MOST_UNDER_WAY:
                return ()
            task = self._under_way[key] = self._loop.create_task(self._answer(key))
            task.add_done_callback(lambda _: self._under_way.pop(key))
        done, _ = await asyncio.wait((task,), timeout=deadline - self._loop.time())
        return task.result() if done else ()

    async def _answer(self, key: _Key) -> _Records:
        records, seconds = await self._query(*key)
        self._remembered.put(key, records, self._loop.time() + seconds)
        return records

    async def _query(self, name: Name, kind: type[Rdata]) -> tuple[_Records, float]:
        """Returns the records of a name and the seconds that they hold. A record's class is named like its type."""
        try:
            answer = await self._resolver.resolve(name, kind.__name__, raise_on_no_answer=False)
        except NXDOMAIN as error:
            response = error.response(name)  # type: ignore[no-untyped-call]  # dnspython left it so
            return (), _seconds(response, _LONGEST_NEGATIVE_S)
        except dns.exception.DNSException:
            return (), _FAILURE_S
        records = tuple(answer)[:_MOST_RECORDS]
        return records, _seconds(answer.response, _LONGEST_S if records else _LONGEST_NEGATIVE_S)


def _seconds(response: QueryMessage, longest: float) -> float:
    """Returns the smallest TTL on the way to the answer, or of its absence (RFC 2308 §5)."""
    return min(response.resolve_chaining().minimum_ttl, longest)


def _resolver(nameservers: Sequence[tuple[str, int]] | None) -> Resolver:
    resolver = Resolver(configure=False)
    if nameservers is None:
        with suppress(NoResolverConfiguration):
            resolver.read_resolv_conf("/etc/resolv.conf")
        # Without any nameserver it is the machine's own (resolv.conf(5)).
        nameservers = [(str(address), resolver.port) for address in resolver.nameservers or ["127.0.0.1"]]
    resolver.nameservers = [Nameserver(address, port) for address, port in nameservers]
    resolver.timeout = _ATTEMPT_S
    resolver.lifetime = _QUESTION_S
    resolver.use_edns(0, payload=_UDP_BYTES)
    return resolver
