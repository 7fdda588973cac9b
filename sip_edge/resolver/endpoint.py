"""Orders hosts and ports by their SRV records (RFC 2782)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from random import Random
from typing import Final, NamedTuple

import dns.name
from dns.name import Name
from dns.rdtypes.IN.SRV import SRV

from sip_edge.resolver.service import Service
from sip_edge.resolver.transports import TRANSPORTS

MOST: Final = 10  # each costs two queries


class Endpoint(NamedTuple):
    """A host by name, where a transport's port is open."""

    transport: str
    host: Name
    port: int


def endpoints(services: Iterable[Service], answers: Iterable[Sequence[SRV]], chance: Random) -> list[Endpoint]:
    """Returns the endpoints of services, each with its SRV records, at most `MOST`.

    The target "." says that there is none (RFC 2782, "Target").
    """
    found = (
        Endpoint(service.transport, record.target, record.port)
        for service, records in zip(services, answers, strict=True)
        for record in in_order(records, chance)
        if record.target != dns.name.root and record.port
    )
    return list(dict.fromkeys(found))[:MOST]


def default_endpoint(services: Sequence[Service], host: Name) -> Endpoint:
    """Returns the endpoint of services without SRV records: the default port, of UDP if offered (RFC 3263 §4.1)."""
    transports = [service.transport for service in services]
    transport = "UDP" if "UDP" in transports else transports[0]
    return Endpoint(transport, host, TRANSPORTS[transport].port)


def in_order(records: Iterable[SRV], chance: Random) -> list[SRV]:
    """Returns records by priority, and draws those of one priority by weight."""
    ordered = sorted(records, key=lambda record: record.priority)
    groups = groupby(ordered, key=lambda record: record.priority)
    return [record for _, group in groups for record in _by_weight(list(group), chance)]


def _by_weight(records: list[SRV], chance: Random) -> list[SRV]:
    """Draws records one by one (RFC 2782, "Weight"). Those of weight 0 stand in front, to be drawn rarely."""
    chance.shuffle(records)
    records.sort(key=lambda record: record.weight > 0)
    drawn: list[SRV] = []
    while records:
        sums = list(accumulate(record.weight for record in records))
        threshold = chance.randint(0, sums[-1])
        drawn.append(records.pop(next(at for at, upto in enumerate(sums) if upto >= threshold)))
    return drawn
