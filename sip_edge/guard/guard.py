"""Limits guessing, scanning and flooding. A request beyond a limit never reaches the directory.

Failures alone are counted. A challenge is no failure, and a phone that registers and calls properly has no limit.
Three counts tell a phone from an attacker behind the same NAT:

- of a flow, so that one phone with a wrong password stops costing anything.
- of an address of record as it is tried from one source, over all its ports. This limits guessing. Only a phone that
  is registered over its flow is exempt.
- of a source, over all addresses that it tries. This limits the search for names. A cached address still accepts its
  password then, so other phones behind the same NAT continue.

A source is an IPv4 address or an IPv6 /64 that has proved to be there. A connection is a proof, and so are credentials
on a nonce that was sent to it. A datagram without such a proof may be forged. Failures of such datagrams are counted
apart, and limit other such datagrams alone.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NoReturn

from directory.schema.model import Address
from sip_edge.guard.buckets import Buckets
from sip_edge.journal import Journal
from sip_edge.location.address_cache import AddressCache
from sip_edge.location.unavailable import unavailable
from sip_edge.message.errors import RejectError
from sip_edge.transaction.layer import Transactions
from sip_edge.transport.flow import Flow
from sip_edge.transport.source_network import network_of

FAILURES: Final = 10  # of a flow, and of an address from one source
FAILURES_OF_A_HOST: Final = 100
_BACK_IN_S: Final = 10
_BACK_IN_S_OF_A_HOST: Final = 0.5
_BURST_S: Final = 4
_MOST: Final = 10_000
_MOST_WELCOME: Final = 100_000


class ShedError(Exception):
    """A request that gets no answer, for a reason that is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _SourceBuckets:
    """The failures and calls that sources have left."""

    __slots__ = ("calls", "failures")

    def __init__(self, calls_per_second: int) -> None:
        self.calls = Buckets(_BURST_S * calls_per_second, calls_per_second, _MOST)
        self.failures = Buckets(FAILURES_OF_A_HOST, 1 / _BACK_IN_S_OF_A_HOST, _MOST)


class Guard:
    """Decides which requests may reach the directory. `now` is in seconds of one clock."""

    def __init__(
        self,
        cache: AddressCache,
        transactions: Transactions,
        journal: Journal,
        calls_per_second: int,
        most_transactions: int,
    ) -> None:
        """`calls_per_second` is of one source, which may make four times as many within one second."""
        self._cache = cache
        self._transactions = transactions
        self._journal = journal
        self._most_transactions = most_transactions
        self._flows = Buckets(FAILURES, 1 / _BACK_IN_S, _MOST)
        self._addresses = Buckets(FAILURES, 1 / _BACK_IN_S, _MOST)
        self._validated = _SourceBuckets(calls_per_second)
        self._unproved = _SourceBuckets(calls_per_second)
        self._strays = Buckets(FAILURES, 1 / _BACK_IN_S, _MOST)
        self._welcome: OrderedDict[str, float] = OrderedDict()

    def check_room(self) -> None:
        """Raises RejectError with 503 when no more transaction may begin."""
        if len(self._transactions) >= self._most_transactions:
            self._journal.count("shed_transactions")
            raise unavailable()

    def check_proof(self, aor: str, flow: Flow, proves: Callable[[Address], bool], now: float) -> None:
        """Checks whether credentials for an address may be looked at. `proves` judges them by a cached address.

        Raises ShedError when they may not: a guess beyond the limit gets no answer.
        """
        source = network_of(flow.host)
        if self._addresses.is_empty((source, aor), now):
            if not self._is_at_home(aor, flow, now):
                raise ShedError("shed_address")
        elif self._flows.is_empty(flow.name, now) or self._buckets(flow).failures.is_empty(source, now):
            cached = self._cache.recall(aor)
            if cached is None or not proves(cached):
                raise ShedError("shed_source")

    def failed(self, aor: str, flow: Flow, now: float) -> None:
        """Counts wrong credentials for an address, on a nonce of their source's own."""
        source = network_of(flow.host)
        spent = (
            self._flows.spend(flow.name, now),
            self._addresses.spend((source, aor), now),
            self._buckets(flow).failures.spend(source, now),
        )
        if any(spent):
            self._journal.note("limited", aor=aor, source=flow.source)

    def check_call(self, flow: Flow, now: float) -> None:
        """Raises RejectError with 503 when a source may not call now. It may be an honest one, so it gets an answer."""
        source, buckets = network_of(flow.host), self._buckets(flow)
        if buckets.failures.is_empty(source, now) and not self._is_welcome(flow, now):
            self._journal.count("shed_source")
            raise unavailable()
        if buckets.calls.is_empty(source, now):
            self._journal.count("shed_calls")
            raise unavailable()
        buckets.calls.spend(source, now)

    def missed(self, flow: Flow, now: float) -> None:
        """Counts a call to an address that doesn't exist."""
        if self._buckets(flow).failures.spend(network_of(flow.host), now):
            self._journal.note("limited", source=flow.source)

    def refuse_foreign(self, flow: Flow, now: float) -> NoReturn:
        """Refuses a request for a domain that isn't ours. Raises RejectError with 403 for senders that it may help.

        Raises ShedError for a stranger's datagram: scanners send those to find servers that answer.
        """
        if not flow.reliable and not self._is_welcome(flow, now):
            raise ShedError("shed_foreign")
        raise RejectError("403 Forbidden")

    def check_stray(self, flow: Flow, now: float) -> None:
        """Limits the answers to REGISTERs for a domain that is no customer's. Raises ShedError beyond a few.

        Most are of phones that have the name or the address of a server for their domain. The answer helps those.
        """
        network = network_of(flow.host)
        if self._strays.is_empty(network, now):
            raise ShedError("shed_foreign")
        self._strays.spend(network, now)

    def welcome(self, flow: Flow, until: float) -> None:
        """Notes that a phone is registered over a flow until then, in seconds since the epoch."""
        network = network_of(flow.host)
        self._welcome[network] = max(until, self._welcome.get(network, 0))
        self._welcome.move_to_end(network)
        if len(self._welcome) > _MOST_WELCOME:
            self._welcome.popitem(last=False)

    def _buckets(self, flow: Flow) -> _SourceBuckets:
        return self._validated if flow.validated else self._unproved

    def _is_welcome(self, flow: Flow, now: float) -> bool:
        return self._welcome.get(network_of(flow.host), 0) > now

    def _is_at_home(self, aor: str, flow: Flow, now: float) -> bool:
        cached = self._cache.recall(aor)
        return cached is not None and any(b.flow == flow.name for b in cached.live_bindings(now))
