"""TLS as phones meet it: the names of its certificate, its end, and whom it is signed by."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sipctl.doctor.reach import check_certificate
from sipctl.environment import Environment

ENVIRONMENT = Environment("live", {"base": "voip.example", "hosted_zone_id": "Z0123456789ABC"})
NAMES = ("sip.voip.example", "registrar.voip.example", "*.registrar.voip.example")


def certificate(folder: Path, names: tuple[str, ...], days: int) -> Path:
    """A file with a key and a certificate that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=100))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@contextmanager
def serving(path: Path) -> Iterator[int]:
    """The port of a server with that certificate, which ends each connection after the handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    connection.close()

        thread = Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(2)
            thread.join()


@pytest.mark.parametrize(
    ("names", "days", "failed"),
    [
        (NAMES, 90, 0),
        (NAMES, 20, 3),
        (NAMES[:2], 90, 1),
        (("other.example",), 90, 3),
        (NAMES, -1, 3),
    ],
)
def test_names_and_days(
    names: tuple[str, ...], days: int, failed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, names, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with serving(path) as port:
        found = list(check_certificate(ENVIRONMENT, "127.0.0.1", port))
    assert [check.passed for check in found].count(False) == failed
    assert len(found) == 3


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    with serving(certificate(tmp_path, NAMES, 90)) as port:
        found = list(check_certificate(ENVIRONMENT, "127.0.0.1", port))
    assert not any(check.passed for check in found)
    assert "self" in found[0].found


def test_without_tls_there_is_nothing_to_prove() -> None:
    assert not list(check_certificate(Environment("live", {"base": "voip.example"}), "127.0.0.1"))
