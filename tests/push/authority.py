"""A certificate authority of the tests' own, and the private keys of apps."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import NameOID

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_DAY = datetime.timedelta(days=1)


class Authority:
    """Signs one certificate for `localhost`. `ca_file` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.ca_file = folder / "ca.pem"
        self._chain, self._key = folder / "server.pem", folder / "server.key"
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CA of {folder.name}")])
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
        ca = _builder(ca_name, ca_name, ca_key.public_key()).add_extension(x509.BasicConstraints(True, 0), True)
        alternatives = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        leaf = _builder(name, ca_name, key.public_key()).add_extension(
            x509.SubjectAlternativeName(alternatives), critical=False
        )
        pem = serialization.Encoding.PEM
        self.ca_file.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(pem))
        self._chain.write_bytes(leaf.sign(ca_key, hashes.SHA256()).public_bytes(pem))
        self._key.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))

    def server(self, *protocols: str) -> ssl.SSLContext:
        """The context of a server that offers these protocols (ALPN)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chain, self._key)
        context.set_alpn_protocols(list(protocols))
        return context

    def client(self) -> ssl.SSLContext:
        """The context of a client that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))


def _builder(subject: x509.Name, issuer: x509.Name, key: Any) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )


def pem_of(key: PrivateKey) -> str:
    """A private key as its provider hands it out (PKCS #8)."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def der_of(key: PrivateKey) -> bytes:
    """The bytes within that PEM."""
    return key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


class BadTokenError(Exception):
    """A JSON web token that is none, or that the key has not signed."""


def read_token(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, claims, signed bytes and signature of a JSON web token. Raises BadTokenError."""
    try:
        header, claims, signature = token.split(".")
        return (
            json.loads(_decoded(header)),
            json.loads(_decoded(claims)),
            f"{header}.{claims}".encode(),
            _decoded(signature),
        )
    except ValueError:
        raise BadTokenError from None


def verify(key: PublicKey, signed: bytes, signature: bytes) -> None:
    """Check a signature of ES256 or RS256 (RFC 7518 section 3). Raises BadTokenError."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            if len(signature) != 64:
                raise BadTokenError
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise BadTokenError from None


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
