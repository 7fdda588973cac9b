"""Tries a push again where its provider's rules say so, within the time that a caller can wait."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

from sip_edge.push.outcome import TIMED_OUT, Outcome, Result

_TRIES: Final = 3
_TRY_S: Final = 5.0  # a provider answers within a second; what takes longer is a connection that is dead
_DEADLINE_S: Final = 15.0  # a phone needs the rest of the thirty seconds of a held call to wake
_BACKOFF_S: Final = 0.25  # doubled each time, and spread
# The reasons for a try without an answer; the first kind that fits counts.
_FAILURES: Final = (
    (ssl.SSLCertVerificationError, "CertificateNotTrusted"),
    (ssl.SSLError, "TlsFailed"),
    (socket.gaierror, "NameNotResolved"),
    (ConnectionRefusedError, "ConnectionRefused"),
    (OSError, "ConnectionLost"),
)


class Reply(NamedTuple):
    """The outcome of one try. It may be tried again after `again_in_s` seconds; None for never."""

    outcome: Outcome
    again_in_s: float | None = None


async def with_retries(attempt: Callable[[], Awaitable[Reply]]) -> Outcome:
    """Returns the outcome of the last of up to three tries, after fifteen seconds at the latest.

    A try that ends in an OSError is tried again. A provider may have carried it out, so a phone may be woken twice.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _DEADLINE_S
    for number in range(_TRIES):
        reply = await _tried(attempt, min(deadline, loop.time() + _TRY_S))
        if reply.again_in_s is None or number == _TRIES - 1:
            break
        pause = max(reply.again_in_s, _BACKOFF_S * 2**number * random.uniform(0.5, 1))  # noqa: S311  (spreads load)
        if loop.time() + pause >= deadline:
            break
        await asyncio.sleep(pause)
    return reply.outcome


def retry_after_s(value: str, now: float, fallback: float) -> float:
    """Returns the seconds that a Retry-After names (RFC 9110 section 10.2.3), at most an hour; `fallback` without."""
    try:
        seconds = float(value) if value.isdigit() else parsedate_to_datetime(value).timestamp() - now
    except (ValueError, TypeError):
        return fallback
    return min(max(0.0, seconds), 3600.0)


async def _tried(attempt: Callable[[], Awaitable[Reply]], until: float) -> Reply:
    try:
        async with asyncio.timeout_at(until):
            return await attempt()
    except TimeoutError:
        return Reply(TIMED_OUT, 0)
    except OSError as error:
        reason = next(reason for kind, reason in _FAILURES if isinstance(error, kind))
        return Reply(Outcome(Result.UNAVAILABLE, reason), 0)
