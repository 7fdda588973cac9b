"""Both ends of a TLS connection."""

from __future__ import annotations

import ssl
from pathlib import Path

from tests.transport.conftest import write_certificate
from tests.transport.transports import trusting


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own, and one of a client that asks for no proof."""
    write_certificate(folder)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return server, trusting()
