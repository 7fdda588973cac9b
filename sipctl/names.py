"""Names of the DNS, as a resolver tells them."""

from __future__ import annotations

from typing import Final

import click

_TIMEOUT_S: Final = 5
_PORT: Final = 53


class Names:
    """Asks the resolver at an address, `host` or `host:port`, or the machine's own."""

    def __init__(self, server: str | None) -> None:
        # Here, so that other commands don't wait for it.
        from dns.resolver import Resolver

        self._resolver = Resolver(configure=server is None)
        self._resolver.lifetime = _TIMEOUT_S
        if server:
            host, _, port = server.partition(":")
            try:
                self._resolver.nameservers = [host]
                self._resolver.port = int(port or _PORT)
            except ValueError:
                raise click.UsageError("The resolver must be an IPv4 address, with a port or without.") from None

    def records(self, name: str, kind: str) -> list[str]:
        """Returns the records of a kind as text. Empty when there are none or the resolver does not answer."""
        from dns.exception import DNSException

        try:
            answer = self._resolver.resolve(f"{name}.", kind)
        except DNSException:
            return []
        return sorted(record.to_text() for record in answer)
