"""A resolver and its nameserver, in a loop like the server's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import TypeVar

import uvloop

from sip_edge.message.uri import parse
from sip_edge.resolver.hop import Hop
from sip_edge.resolver.resolver import Resolver
from tests.sip_edge.resolver.nameserver import Nameserver

ALL = ("UDP", "TCP", "TLS")
Result = TypeVar("Result")


class Located:
    """Look-ups as coroutines."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    async def __call__(self, uri: str) -> list[Hop]:
        found: asyncio.Future[list[Hop]] = asyncio.get_running_loop().create_future()
        self.resolver.locate(parse(uri), found.set_result)
        assert not found.done()
        return await found

    async def texts(self, uri: str) -> list[str]:
        return [f"{hop.transport} {hop.host} {hop.port}" for hop in await self(uri)]


@asynccontextmanager
async def resolving(
    *nameservers: tuple[str, int],
    transports: Sequence[str] = ALL,
    allowed: Callable[[str], bool] = lambda _: True,
    seed: int = 1,
) -> AsyncIterator[Located]:
    resolver = Resolver(asyncio.get_running_loop(), nameservers, transports, allowed, Random(seed))
    try:
        yield Located(resolver)
    finally:
        await resolver.close()


def with_zone(zone: str, act: Callable[[Located, Nameserver], Awaitable[Result]], negative: int = 300) -> Result:
    """Returns the outcome of `act` with a resolver and the nameserver of a zone."""

    async def run() -> Result:
        async with Nameserver(zone, negative).serving() as nameserver, resolving(nameserver.address) as located:
            return await act(located, nameserver)

    return uvloop.run(run())


def hops(zone: str, uri: str) -> list[str]:
    """The hops of one look-up, as text."""
    return with_zone(zone, lambda located, _: located.texts(uri))
