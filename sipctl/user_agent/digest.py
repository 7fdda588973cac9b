"""Credentials for a challenge (RFC 2617, qop `auth`, MD5: what the registrar asks for)."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

_FIELD: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


def credentials(challenge: str, method: str, uri: str, username: str, password: str) -> str:
    """Returns the value of an Authorization header that answers the value of a challenge."""
    fields = {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(challenge)}
    realm, nonce, count, client_nonce = (
        fields.get("realm", ""),
        fields.get("nonce", ""),
        "00000001",
        secrets.token_hex(8),
    )
    secret, request = _md5(f"{username}:{realm}:{password}"), _md5(f"{method}:{uri}")
    response = _md5(f"{secret}:{nonce}:{count}:{client_nonce}:auth:{request}")
    opaque = f', opaque="{fields["opaque"]}"' if "opaque" in fields else ""
    return (
        f'Digest username="{username}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
        f'algorithm=MD5, qop=auth, nc={count}, cnonce="{client_nonce}"{opaque}'
    )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
