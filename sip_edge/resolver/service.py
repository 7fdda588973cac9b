"""Selects the SRV names to ask for, by NAPTR records or without (RFC 3263 §4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import dns.name
from dns.name import Name
from dns.rdtypes.IN.NAPTR import NAPTR

from sip_edge.resolver.transports import TRANSPORTS

_MOST: Final = 5  # each costs a query


class Service(NamedTuple):
    """SIP over one transport, and the name of its SRV records."""

    transport: str
    name: Name


def offered(records: Iterable[NAPTR], transports: Sequence[str]) -> list[Service]:
    """Returns the services of NAPTR records, the best first. None when no record fits one of the transports.

    The order rules over the preference (RFC 3403 §4.1). Records that do not point to SRV records are skipped.
    """
    ordered = sorted(filter(_points_to_srv, records), key=lambda record: (record.order, record.preference))
    by_service = {TRANSPORTS[transport].naptr: transport for transport in transports}
    services = (
        Service(by_service[record.service.lower()], record.replacement)
        for record in ordered
        if record.service.lower() in by_service
    )
    return list(dict.fromkeys(services))[:_MOST]


def guessed(domain: Name, transports: Iterable[str]) -> list[Service]:
    """Returns the services of a domain without NAPTR records, one for each transport.

    Raises dns.name.NameTooLong when the domain leaves no room for their names.
    """
    return [
        Service(transport, dns.name.from_text(TRANSPORTS[transport].srv, origin=domain)) for transport in transports
    ]


def _points_to_srv(record: NAPTR) -> bool:
    return record.flags.lower() == b"s" and not record.regexp and record.replacement != dns.name.root
