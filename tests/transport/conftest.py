"""Fixtures of the tests of the transports."""

from __future__ import annotations

import datetime
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.ports import free_port
from tests.transport import transports


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """The settings of an edge that has a certificate."""
    return certificate_settings(tmp_path)


def certificate_settings(folder: Path) -> dict[str, str]:
    """Write a certificate into a folder, and return the settings of an edge that has it."""
    write_certificate(folder)
    return {
        "TLS_PORT": str(free_port()),
        "WSS_PORT": str(free_port()),
        "TLS_CERTIFICATE_FILE": str(folder / "certificate.pem"),
        "TLS_KEY_FILE": str(folder / "key.pem"),
    }


def write_certificate(folder: Path, host: str = "edge.test") -> bytes:
    """A host's fresh self-signed certificate and its key as PEM files; returns the certificate (DER)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(pem))
    return made.public_bytes(serialization.Encoding.DER)


@pytest.fixture
def trusting() -> ssl.SSLContext:
    """A client that asks for no proof: these tests look at the certificate themselves."""
    return transports.trusting()
