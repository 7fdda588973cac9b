"""Signs JSON web tokens (RFC 7519). APNs asks for one, and Google gives an access token for another."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_COORDINATE_BYTES: Final = 32  # of ES256 (RFC 7518 section 3.4)
# Equal claims make equal tokens (RFC 6979), so all edges show a provider the same one.
_ES256: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)


def read_key(der: bytes) -> PrivateKey:
    """Returns the private key of PKCS #8 bytes: P-256, or RSA of 2048 bits at least. Raises ValueError."""
    try:
        key = serialization.load_der_private_key(der, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("this is no private key") from None
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:  # RFC 7518 section 3.3
        return key
    raise ValueError("the key is of another kind")


def signed(key: PrivateKey, key_id: str, claims: Mapping[str, object]) -> str:
    """Returns the token of these claims: ES256 with a P-256 key, RS256 with an RSA key."""
    is_elliptic = isinstance(key, ec.EllipticCurvePrivateKey)
    header = {"alg": "ES256" if is_elliptic else "RS256", "typ": "JWT", "kid": key_id}
    message = f"{_part(header)}.{_part(claims)}"
    return f"{message}.{_encoded(_signature(key, message.encode()))}"


def _signature(key: PrivateKey, message: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(key.sign(message, _ES256))
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def _part(value: Mapping[str, object]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
