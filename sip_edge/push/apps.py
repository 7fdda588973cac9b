"""Knows which apps customers have, for a minute each, and holds their keys as long."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, NamedTuple

from directory.errors import CredentialsUnreadableError
from directory.schema.model import PushApp
from sip_edge.push.app import App
from sip_edge.push.circuit import Circuit
from sip_edge.push.shared_wait import SharedWait
from sip_edge.push.web_token import read_key

_KEPT_S: Final = 60.0
_KEPT_WHILE_UNREADABLE_S: Final = 3600.0
_RETRY_S: Final = 10.0  # a call must not wait for a table that is out of reach, each time anew
_MOST: Final = 10_000


class KnownApp(NamedTuple):
    """An app as the table has it, as its sender takes it, and whether its provider serves it now.

    `app` is None for one whose key is no good. The sandbox, to which True leads, may refuse a key that production
    takes.
    """

    stored: PushApp
    app: App | None
    circuits: Mapping[bool, Circuit]


class _Known(NamedTuple):
    """A customer's apps, when they were read, and when they are to be read again."""

    apps: tuple[KnownApp, ...]
    read_at: float
    renew_at: float


class Apps:
    """The apps of up to ten thousand customers.

    `read` gives the stored apps of a customer, and `open_key` the private key of one, as PKCS #8 bytes. Both raise
    CredentialsUnreadableError.
    """

    def __init__(
        self,
        read: Callable[[str], Awaitable[Sequence[PushApp]]],
        open_key: Callable[[PushApp], Awaitable[bytes]],
        clock: Callable[[], float],
    ) -> None:
        self._read = read
        self._open_key = open_key
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._reads: SharedWait[_Known] = SharedWait()

    async def of_customer(self, customer_id: str) -> tuple[KnownApp, ...]:
        """Returns a customer's apps, as they were a minute ago at most, or an hour while they can't be read.

        Raises CredentialsUnreadableError.
        """
        known, now = self._known.get(customer_id), self._clock()
        if known and now < known.renew_at:
            return known.apps
        try:
            return (await self._reads.result(customer_id, lambda: self._renew(customer_id))).apps
        except CredentialsUnreadableError:
            if known and now < known.read_at + _KEPT_WHILE_UNREADABLE_S:
                self._known[customer_id] = known._replace(renew_at=now + _RETRY_S)
                return known.apps
            raise

    def expire(self, customer_id: str) -> None:
        """Let a customer's apps be read again when they are wanted next."""
        known = self._known.get(customer_id)
        if known:
            self._known[customer_id] = known._replace(renew_at=0)

    async def close(self) -> None:
        """Give up what is being read."""
        await self._reads.close()

    async def _renew(self, customer_id: str) -> _Known:
        before = {app.stored: app for app in self._known[customer_id].apps} if customer_id in self._known else {}
        stored = await self._read(customer_id)
        apps = [before.get(each) or KnownApp(each, await self._opened(each), _circuits()) for each in stored]
        now = self._clock()
        known = self._known[customer_id] = _Known(tuple(apps), now, now + _KEPT_S)
        self._known.move_to_end(customer_id)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known

    async def _opened(self, stored: PushApp) -> App | None:
        der = await self._open_key(stored)
        try:
            key = read_key(der)
        except ValueError:
            return None
        return App(stored.id, stored.service, stored.app, stored.number, stored.issuer, stored.key_id, key)


def _circuits() -> Mapping[bool, Circuit]:
    return {False: Circuit(), True: Circuit()}
