"""Locates the next hops of a URI (RFC 3263)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from sip_edge.message.uri import Uri
from sip_edge.resolver.hop import Hop
from sip_edge.resolver.questions import Questions
from sip_edge.resolver.search import Search
from sip_edge.resolver.target import target_of

_LONGEST_S: Final = 4.0
_MOST_UNDER_WAY: Final = 1000


class Resolver:
    """Finds next hops outside the fleet. To be used from the loop's thread alone.

    `nameservers` are (numeric address, port) each, those of /etc/resolv.conf when None. `transports` are those that the
    edge can send over, of "UDP", "TCP" and "TLS". The best comes first, for domains that leave the choice. Addresses
    that `allowed` refuses are left out (see `public.is_public`). It also has to refuse the edge's own address, and a
    family of addresses that the edge can't send to. `chance` draws among SRV records by their weight.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        nameservers: Sequence[tuple[str, int]] | None,
        transports: Sequence[str],
        allowed: Callable[[str], bool],
        chance: Random,
    ) -> None:
        self._loop = loop
        self._transports = tuple(transports)
        self._allowed = allowed
        self._chance = chance
        self._questions = Questions(loop, nameservers)
        self._under_way: set[asyncio.Task[list[Hop]]] = set()

    def locate(self, uri: Uri, then: Callable[[list[Hop]], None]) -> None:
        """Find where to send what is for `uri`, to be tried one after the other (RFC 3263 §4.3).

        `then` gets at most ten hops, after four seconds at the latest and never from within this call. It gets none
        when nothing was found, or when too many look-ups are under way.
        """
        if len(self._under_way) >= _MOST_UNDER_WAY:
            self._loop.call_soon(then, [])
            return
        task = self._loop.create_task(self._hops(uri))
        self._under_way.add(task)
        task.add_done_callback(lambda done: self._deliver(done, then))

    async def close(self) -> None:
        """Gives up the look-ups under way. Their callbacks are not called any more."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._questions.close()

    async def _hops(self, uri: Uri) -> list[Hop]:
        target = target_of(uri, self._transports)
        if target is None:
            return []
        deadline = self._loop.time() + _LONGEST_S
        return await Search(self._questions, self._allowed, self._chance, deadline).hops(target)

    def _deliver(self, done: asyncio.Task[list[Hop]], then: Callable[[list[Hop]], None]) -> None:
        self._under_way.discard(done)
        if done.cancelled():
            return
        error = done.exception()
        if error:  # a mistake of ours: told to the log, and a request must not hang on it
            self._loop.call_exception_handler({"message": "a look-up failed", "exception": error})
        then([] if error else done.result())
