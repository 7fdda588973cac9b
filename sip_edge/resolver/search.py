"""Searches from a target over services and endpoints to addresses (RFC 3263 §4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Final

import dns.exception
import dns.name
from dns.name import Name
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.NAPTR import NAPTR
from dns.rdtypes.IN.SRV import SRV

from sip_edge.resolver.address import alternating, numeric
from sip_edge.resolver.endpoint import Endpoint, default_endpoint, endpoints
from sip_edge.resolver.hop import Hop
from sip_edge.resolver.questions import Questions
from sip_edge.resolver.service import Service, guessed, offered
from sip_edge.resolver.target import Target
from sip_edge.resolver.transports import TRANSPORTS

_MOST_HOPS: Final = 10
_MOST_ADDRESSES: Final = 4  # of one host, so that it leaves room for the others


class Search:
    """A search that ends at a deadline, in the loop's time, with what it has found until then."""

    def __init__(self, questions: Questions, allowed: Callable[[str], bool], chance: Random, deadline: float) -> None:
        self._questions = questions
        self._allowed = allowed
        self._chance = chance
        self._deadline = deadline

    async def hops(self, target: Target) -> list[Hop]:
        """Where to send, in the order to try; none when nothing was found."""
        if target.is_numeric:
            transport = target.transports[0]
            hop = Hop(transport, target.host, target.port or TRANSPORTS[transport].port)
            return [hop] if self._allowed(hop.host) else []
        try:
            return await self._reach(await self._endpoints(target))
        except dns.exception.DNSException:  # a name that is too long
            return []

    async def _endpoints(self, target: Target) -> list[Endpoint]:
        """Returns the endpoint of a port in the URI, else those of SRV records, else the URI's host.

        A domain whose SRV records lead nowhere refuses the service (RFC 2782), and gets no request at its host.
        """
        domain = dns.name.from_text(target.host)
        if target.port:
            return [Endpoint(target.transports[0], domain, target.port)]
        services = await self._services(domain, target)
        answers = await asyncio.gather(
            *(self._questions.ask(service.name, SRV, self._deadline) for service in services)
        )
        if not any(answers):
            return [default_endpoint(services, domain)]
        return endpoints(services, answers, self._chance)

    async def _services(self, domain: Name, target: Target) -> list[Service]:
        records = await self._questions.ask(domain, NAPTR, self._deadline) if target.asks_naptr else ()
        return offered(records, target.transports) or guessed(domain, target.transports)

    async def _reach(self, found: list[Endpoint]) -> list[Hop]:
        hosts = list(dict.fromkeys(endpoint.host for endpoint in found))
        addresses = dict(zip(hosts, await asyncio.gather(*map(self._addresses, hosts)), strict=True))
        hops = (
            Hop(endpoint.transport, address, endpoint.port)
            for endpoint in found
            for address in addresses[endpoint.host]
        )
        return list(dict.fromkeys(hops))[:_MOST_HOPS]

    async def _addresses(self, host: Name) -> list[str]:
        six, four = await asyncio.gather(
            self._questions.ask(host, AAAA, self._deadline), self._questions.ask(host, A, self._deadline)
        )
        addresses = alternating(
            [numeric(record.address) for record in six], [numeric(record.address) for record in four]
        )
        return [address for address in addresses if self._allowed(address)][:_MOST_ADDRESSES]
