"""Fingerprints of the URI in a From or To. A route token seals those of the names that its ends have in the dialog."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2s
from typing import Final

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError

_BYTES: Final = 6  # it is sealed and bound to one Call-ID, so there is nothing to search for


def fingerprint(text: str) -> str:
    """The fingerprint of a URI. Spelling of user and host, password and port change nothing in it."""
    try:
        uri = uris.parse(text)
        text = f"{uri.user}@{uri.host}{uri.params}{uri.headers}"
    except MalformedError:
        pass  # a URI of another scheme, as it is written
    return urlsafe_b64encode(blake2s(text.encode("utf-8", "surrogateescape"), digest_size=_BYTES).digest()).decode()
