"""GRUUs: addresses that lead to one device of an extension (RFC 5627).

A public one is the address of record with the instance behind it. A temporary one hides its owner, since its user part
is encrypted. So any edge can make it and find its device without a table.
"""

from __future__ import annotations

from base64 import b32decode, b32encode
from binascii import Error as Base32Error
from dataclasses import dataclass
from hashlib import blake2s
from typing import Final

from directory.schema.model import Binding
from sip_edge.crypto.key_ring import Keys
from sip_edge.crypto.token_cipher import decrypt, encrypt
from sip_edge.message.uri import Uri

_PREFIX: Final = "tgruu."


def public(aor: Uri, binding: Binding) -> str:
    """Returns the public GRUU of a device of that address of record (§5.1)."""
    return f"sip:{aor.user}@{aor.host};gr={binding.instance.strip('<>')}"


class Gruus:
    """Makes and opens temporary GRUUs. Every edge that has the keys opens those of all others."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def temporary(self, aor: Uri, binding: Binding) -> str:
        """Returns a temporary GRUU of a device of that address of record, another one at each call.

        It ends with the registration, or when the device registers with another Call-ID (§5.1).
        """
        sealed = encrypt(self._keys, f"{aor.user} {_mark(binding)}".encode(), aor.host.encode())
        return f"sip:{_PREFIX}{b32encode(sealed).decode().rstrip('=').lower()}@{aor.host};gr"

    def open(self, uri: Uri) -> tuple[str, str] | None:
        """Returns the username behind a temporary GRUU and the mark of its device, None for any other address."""
        if not uri.user.startswith(_PREFIX):
            return None
        token = uri.user.removeprefix(_PREFIX).upper()
        try:
            sealed = b32decode(token + "=" * (-len(token) % 8))
        except (Base32Error, ValueError):
            return None
        opened = decrypt(self._keys, sealed, uri.host.encode())
        if opened is None:
            return None
        username, _, mark = opened.decode().partition(" ")
        return username, mark


@dataclass(frozen=True, slots=True)
class Device:
    """Selects a device of an extension (§5.2).

    A public GRUU names it by its instance, a temporary one by its mark.
    """

    instance: str = ""
    mark: str = ""

    def has(self, binding: Binding) -> bool:
        """Returns whether a binding is of that device."""
        if self.mark:
            return _mark(binding) == self.mark
        return not self.instance or binding.instance == self.instance


ANY_DEVICE: Final = Device()


def _mark(binding: Binding) -> str:
    """Returns a mark that tells a device apart for as long as its registration lasts."""
    return blake2s(f"{binding.instance} {binding.call_id}".encode(), digest_size=8).hexdigest()
