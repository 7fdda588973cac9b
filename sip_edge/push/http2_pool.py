"""Keeps connections of HTTP/2 open: one for each server and account, since APNs wants no two accounts on one."""

from __future__ import annotations

import asyncio
import ssl
from collections import OrderedDict
from typing import Final

from sip_edge.push.http2 import Http2Connection, open_connection
from sip_edge.push.shared_wait import SharedWait

_MOST: Final = 100


class Http2Pool:
    """Up to a hundred connections. The one that was used longest ago is closed for one more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, context: ssl.SSLContext) -> None:
        """`context` says which authorities sign for the servers; it is made to offer HTTP/2."""
        context.set_alpn_protocols(["h2"])
        self._loop = loop
        self._context = context
        self._connections: OrderedDict[tuple[str, int, str], Http2Connection] = OrderedDict()
        self._opened: SharedWait[Http2Connection] = SharedWait()

    async def connection(self, host: str, port: int, account: str) -> Http2Connection:
        """Returns an open connection to a server for an account. Raises OSError."""
        key = (host, port, account)
        found = self._connections.get(key)
        if found is None or not found.is_usable:
            found = await self._opened.result(key, lambda: self._open(key))
        if key in self._connections:
            self._connections.move_to_end(key)
        return found

    async def close(self) -> None:
        """End all connections."""
        await self._opened.close()
        for connection in self._connections.values():
            connection.close()

    async def _open(self, key: tuple[str, int, str]) -> Http2Connection:
        host, port, _ = key
        connection = self._connections[key] = await open_connection(self._loop, host, port, self._context)
        if len(self._connections) > _MOST:
            _, oldest = self._connections.popitem(last=False)
            oldest.retire()
        return connection
