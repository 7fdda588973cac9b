"""Derives values from secrets, and makes the secrets of the directory."""

from __future__ import annotations

import hashlib
import secrets
import string

_CUSTOMER_ALPHABET = string.ascii_lowercase + string.digits


def ha1(username: str, realm: str, password: str) -> str:
    """The digest of a SIP credential that is stored instead of the password (RFC 7616 §3.4.2)."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode()).hexdigest()


def token_hash(token: str) -> str:
    """The SHA-256 under which an access key is found by its token."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A fresh access token of 256 bits that passes unquoted through a URL."""
    return secrets.token_urlsafe(32)


def new_direct_hash() -> str:
    """A fresh direct hash: 12 lowercase hex digits."""
    return secrets.token_hex(6)


def new_customer_id() -> str:
    """A fresh customer id: two groups of six of a-z0-9.

    It fits a DNS label and a short SIP message.
    """
    six = ["".join(secrets.choice(_CUSTOMER_ALPHABET) for _ in range(6)) for _ in range(2)]
    return "-".join(six)
