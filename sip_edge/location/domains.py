"""The names of the service, and the addresses that they stand for."""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Final
from urllib.parse import unquote

from directory.schema.model import aor
from sip_edge.message.uri import Uri

_USERNAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_CUSTOMER: Final = re.compile(r"[a-z0-9-]{1,63}")
_DIRECT: Final = re.compile(r"direct\.([0-9a-f]{12})")
_HOST: Final = re.compile(r"[a-z0-9_.\-]+|\[[0-9a-f:.]+\]")
_UNSEEN: Final = re.compile(r"[^\x21-\x7e]+")  # no printable ASCII


class Domains:
    """The names of one service: `{customer}.registrar.{base}`, `registrar.{base}`, `sip.{base}`, and the edge's own.

    `ports` are those at which phones reach it.
    """

    __slots__ = ("_customers", "_own", "_ports", "registrar", "sip")

    def __init__(self, base: str, *own: str, ports: Collection[int] = ()) -> None:
        self.registrar = f"registrar.{base}"
        self.sip = f"sip.{base}"
        self._customers = f".{self.registrar}"
        self._own = frozenset((base, self.registrar, self.sip, *(name.lower() for name in own)))
        self._ports = frozenset((0, *ports))

    def is_ours(self, host: str) -> bool:
        """Returns whether a host in lower case is one of our names."""
        return host in self._own or host.endswith(self._customers)

    def is_hop(self, uri: Uri) -> bool:
        """Returns whether a URI in a Route stands for this service (RFC 3261 §16.4): another port is another server."""
        return uri.port in self._ports and self.is_ours(uri.host)

    def is_named_in(self, text: str) -> bool:
        """Returns whether one of our names stands anywhere in a URI of any scheme, with or without its escapes.

        A display may show that name as the host. The name may be that of a phone-context (RFC 3966 §5.1.5), or stand
        behind a `%40` in the user part. A display may also leave out characters, or show them as spaces.
        """
        spellings = [text, unquote(text)] if "%" in text else [text]
        spellings += [_UNSEEN.sub("", spelling) for spelling in spellings]
        for spelling in spellings:
            for host in _HOST.findall(spelling.lower()):
                if self.is_ours(host.strip(".")):
                    return True
        return False

    def serves(self, host: str) -> bool:
        """Returns whether a REGISTER may be sent to a host in lower case.

        It may be sent to one of our names, or to any numeric host.
        """
        return self.is_ours(host) or _is_numeric(host)

    def is_customers(self, host: str) -> bool:
        """Returns whether a host in lower case is one that a customer can have."""
        return self.aor("anyone", host) is not None

    def extension(self, uri: Uri) -> str | None:
        """Returns the aor of an extension's address, None when it is no such address."""
        return self.aor(uri.user, uri.host)

    def aor(self, username: str, host: str) -> str | None:
        """Returns the aor of a username at a customer's host, None when there can't be one."""
        if not host.endswith(self._customers):
            return None
        customer = host[: -len(self._customers)]
        if not _CUSTOMER.fullmatch(customer) or not _USERNAME.fullmatch(username):
            return None
        return aor(username, customer)

    def address(self, aor: str) -> str:
        """Returns the SIP URI of an address of record."""
        username, _, customer = aor.partition("@")
        return f"sip:{username}@{customer}.{self.registrar}"

    def direct_hash(self, uri: Uri) -> str | None:
        """Returns the hash of a direct address, None when it is no such address."""
        if uri.host != self.sip:
            return None
        match = _DIRECT.fullmatch(uri.user)
        return match[1] if match else None


def _is_numeric(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
