"""Reads the fleet's keys, and reads them again while the edge runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from directory.client import secrets_manager
from directory.edge_keys import EdgeKey, EdgeKeys
from directory.errors import KeysUnreadableError
from sip_edge.crypto.key_ring import KeyRing
from sip_edge.journal import Journal
from sip_edge.settings import Settings

RENEWAL_S: Final = 60  # a new key signs long after it can be read (directory.edge_keys)


class RenewedKeys:
    """The ring of the keys, and its source."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop, journal: Journal) -> None:
        """Raises KeysUnreadableError."""
        self._read = _source(settings)
        self._loop = loop
        self._journal = journal
        self.ring = KeyRing(self._read(), time.time())

    async def renew(self) -> None:
        """Reads the keys again. While they can't be read, the known keys stay in use."""
        try:
            keys = await self._loop.run_in_executor(None, self._read)
        except KeysUnreadableError as error:
            self._journal.trouble("keys_unreadable", reason=str(error))
        else:
            if self.ring.replace(keys, time.time()):
                self._journal.note("keys_replaced")


def _source(settings: Settings) -> Callable[[], Sequence[EdgeKey]]:
    """Returns the reader of the keys: from Secrets Manager, or the one key of the environment."""
    if settings.sip_secret_id:
        return EdgeKeys(secrets_manager(), settings.sip_secret_id).read
    assert settings.sip_secret  # there is one of the two
    own = (EdgeKey(0, settings.sip_secret.get_secret_value().encode()),)
    return lambda: own
