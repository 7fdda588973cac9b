"""A mark of the URI in a From or To: by it a route token knows the name that an end has in its dialog."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import blake2s
from typing import Final

from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError

_BYTES: Final = 6  # it is sealed and bound to one Call-ID, so there is nothing to search for


def mark(text: str) -> str:
    """The mark of a URI: the same however user and host are spelled, and whatever password and port it has."""
    try:
        uri = uris.parse(text)
        text = f"{uri.user}@{uri.host}{uri.params}{uri.headers}"
    except MalformedError:
        pass  # a URI of another scheme, as it is written
    return urlsafe_b64encode(blake2s(text.encode("utf-8", "surrogateescape"), digest_size=_BYTES).digest()).decode()
