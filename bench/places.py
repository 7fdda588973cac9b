"""Where everything is during a measurement, and who the users are."""

from __future__ import annotations

import os
from typing import Final

# Loopback addresses of our own, so that the well-known ports of this machine stay free.
SERVER: Final = "127.0.77.1"
CALLER: Final = "127.0.77.2"
CALLEE: Final = "127.0.77.3"
SIP_PORT: Final = 15060
CALLEE_PORT: Final = 15071
ENDPOINT_PORT: Final = 18000
SQL_PORT: Final = 15432

REALM: Final = "voip.example"
CUSTOMER: Final = "abc123-def456"
DOMAIN: Final = f"{CUSTOMER}.registrar.{REALM}"
DIRECT_DOMAIN: Final = f"sip.{REALM}"
USERS: Final = 10_000

# The server has a core to itself, everything else shares the others.
_CORES: Final = sorted(os.sched_getaffinity(0))
SERVER_CORES: Final = str(_CORES[0])
OTHER_CORES: Final = ",".join(map(str, _CORES[1:] or _CORES))


def username(number: int) -> str:
    """The username of one of the users."""
    return f"u{number}"


def password(number: int) -> str:
    """The password of one of the users."""
    return f"password-of-u{number}"


def direct_hash(number: int) -> str:
    """The direct hash of one of the users."""
    return f"{number:012x}"
