"""Which messages are an extension's.

All messages of a transaction and of a dialog carry the same From and To (RFC 3261 §8.2.6.2, §12.2.1.1), so each tells
by itself whose it is. Nothing is remembered, and nobody can draw another's messages into his trace by their Call-ID.
A call to a direct address has that in its To; whose it is comes with the switch that turned the trace on.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from directory.schema.model import customer_of
from directory.schema.records import Direction
from sip_edge.location.domains import Domains
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError
from sip_edge.message.message import Message, Response
from sip_edge.message.values import address


@dataclass(frozen=True, slots=True)
class _Party:
    """Who a From or To is: an extension, or somebody else who is one of ours (`aor` is None), or not."""

    aor: str | None
    is_ours: bool

    def is_another_customers(self, customer_id: str) -> bool:
        return self.is_ours and (self.aor is None or customer_of(self.aor) != customer_id)


def owners(
    message: Message, direction: Direction, wanted: Container[str], directs: Mapping[str, str], domains: Domains
) -> Iterator[str]:
    """Of the wanted addresses of record, those that a message belongs to. `directs` has them by their direct hashes.

    It belongs to those in From and To. Where the other one is another customer's, it does so only when it is on its way
    between the edge and the extension's own device, for where others' devices are is theirs to know.
    """
    caller, callee = (_party(message.get(name), directs, domains) for name in ("from", "to"))
    callers_side = (direction == "sent") is isinstance(message, Response)
    for own, other, on_own_side in ((caller, callee, callers_side), (callee, caller, not callers_side)):
        if own.aor is None or own.aor not in wanted or (own is callee and own.aor == caller.aor):
            continue
        if on_own_side or not other.is_another_customers(customer_of(own.aor)):
            yield own.aor


def _party(value: str, directs: Mapping[str, str], domains: Domains) -> _Party:
    try:
        uri = uris.parse(address(value)[0])
    except MalformedError:
        return _Party(None, False)
    direct_hash = domains.direct_hash(uri)
    aor = domains.extension(uri) if direct_hash is None else directs.get(direct_hash)
    return _Party(aor, domains.is_ours(uri.host))
