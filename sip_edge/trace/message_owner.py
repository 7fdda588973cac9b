"""Finds the extensions that a message belongs to.

All messages of a transaction and of a dialog have the same From and To (RFC 3261 §8.2.6.2, §12.2.1.1). So no state is
kept, and a Call-ID draws no message of others into a trace. A call to a direct address has that address in its To. The
switch that turned the trace on tells its extension.
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
    """The party of a From or To. Of other parties than extensions, `aor` is None."""

    aor: str | None
    is_ours: bool

    def is_another_customers(self, customer_id: str) -> bool:
        return self.is_ours and (self.aor is None or customer_of(self.aor) != customer_id)


def owners(
    message: Message, direction: Direction, wanted: Container[str], directs: Mapping[str, str], domains: Domains
) -> Iterator[str]:
    """Returns the wanted addresses of record that a message belongs to. `directs` has them by their direct hashes.

    A message belongs to the extensions in From and To. Between two customers, each sees only the messages between the
    edge and its own device. The others show where the other customer's devices are.
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
