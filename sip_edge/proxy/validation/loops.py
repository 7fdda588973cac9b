"""Loops: a request that returns to the edges unchanged would return for ever (RFC 5393 §4, RFC 3261 §16.3)."""

from __future__ import annotations

from hashlib import blake2s
from typing import Final

from sip_edge.crypto.key_ring import Keys
from sip_edge.message import uri as uris
from sip_edge.message.errors import RejectError
from sip_edge.message.message import Request
from sip_edge.message.sanity import Identity

_SIZE: Final = 6


class Loops:
    """Knows requests by the part of a branch that all edges of a fleet make alike.

    The part is made of the dialog's identity, the CSeq and the Request-URI (RFC 5393 §4.2.1). Only those components of
    the Request-URI count that decide on the targets. So a request that a device forwards to another extension is no
    loop. The part is keyed: a callee can't find out by it which address was called.
    """

    __slots__ = ("_keys",)

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def part(self, request: Request, identity: Identity) -> str:
        """The part of the branches by which this request is known when it comes back."""
        return _part(self._keys.current, request, identity)

    def has_passed(self, request: Request, identity: Identity) -> bool:
        """Whether an edge has forwarded the same request before."""
        vias = [line for name, line in zip(request.names, request.lines, strict=True) if name == "via"]
        if len(vias) < 2 and "," not in vias[0]:
            return False  # it comes from its author
        parts = [_part(key, request, identity) for key in self._keys.accepted]
        return any(part in line for part in parts for line in vias)


def check_hops(identity: Identity) -> None:
    """Raises RejectError for a request that may not be forwarded once more (RFC 3261 §16.3 step 3)."""
    if not identity.hops:
        raise RejectError("483 Too Many Hops")


def _part(key: bytes, request: Request, identity: Identity) -> str:
    uri = uris.parse(request.uri)
    known_by = (
        *(uri.user, uri.host, uri.params if "gr" in uri.params else ""),
        *(identity.call_id, identity.from_tag, identity.to_tag, f"{identity.cseq} {request.method}"),
    )
    text = "\0".join(known_by).encode("utf-8", "surrogateescape")
    return blake2s(text, key=key, digest_size=_SIZE, person=b"loop").hexdigest()
