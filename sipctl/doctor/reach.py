"""The ways by which phones reach an environment: its names, and its certificate."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from typing import Final

from sipctl.check import Check
from sipctl.environment import Environment
from sipctl.names import Names

_TLS_PORT: Final = 5061
_TIMEOUT_S: Final = 5
_DAY_S: Final = 24 * 3600
# ACM renews a certificate 60 days before its end (ACM User Guide, "Managed certificate renewal").
_LEAST_DAYS: Final = 30
# The records of infra/edge/names.py: the service, and the port that it has there.
_SERVICES: Final = {"_sips._tcp": _TLS_PORT, "_sip._tcp": 5060, "_sip._udp": 5060}


def check_names(environment: Environment, names: Names) -> Iterator[Check]:
    """Checks that each name has an address, and in a hosted zone the services that phones ask for."""
    if not environment.has_tls:  # phones have the balancer's own name
        return
    for host in (f"sip.{environment.base}", f"registrar.{environment.base}", f"any.registrar.{environment.base}"):
        addresses = [*names.records(host, "A"), *names.records(host, "AAAA")]
        yield Check(
            f"address of {host}",
            bool(addresses),
            f"{', '.join(addresses) or 'none'}.",
            "Run sipctl preflight: the zone may not be delegated. Else deploy the edge stack again.",
        )
    if not environment.hosted_zone_id:
        return
    for host in (f"sip.{environment.base}", f"registrar.{environment.base}"):
        wrong = [
            f"{service}.{host}"
            for service, port in _SERVICES.items()
            if not any(record.split()[2] == str(port) for record in names.records(f"{service}.{host}", "SRV"))
        ]
        yield Check(
            f"services of {host}",
            not wrong,
            f"{', '.join(wrong) or 'all SRV records are'} {'missing' if wrong else 'there'}.",
            "Deploy the edge stack again.",
        )


def check_certificate(environment: Environment, host: str, port: int = _TLS_PORT) -> Iterator[Check]:
    """Checks that TLS at a host proves the names that phones have, for a month at least."""
    if not environment.has_tls:
        return
    base = environment.base
    for name in (f"sip.{base}", f"registrar.{base}", f"any.registrar.{base}"):
        try:
            days = (_end_of_certificate(host, port, name) - time.time()) / _DAY_S
        except (OSError, ValueError) as error:
            reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else type(error).__name__
            yield Check(
                f"certificate of {name}",
                False,
                f"TLS at {host}:{port} fails: {reason}.",
                "See in ACM whether the certificate is issued, and in the balancer's listeners whether it is used.",
            )
        else:
            yield Check(
                f"certificate of {name}",
                days >= _LEAST_DAYS,
                f"{days:.0f} days left.",
                "See in ACM why it is not renewed: its CNAME records may be gone from the zone.",
            )


def _end_of_certificate(host: str, port: int, name: str) -> float:
    """Returns the end of the certificate that a host proves a name with, in seconds since the epoch."""
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), _TIMEOUT_S) as connection,
        context.wrap_socket(connection, server_hostname=name) as secured,
    ):
        certificate = secured.getpeercert()
    assert certificate
    return ssl.cert_time_to_seconds(str(certificate["notAfter"]))
