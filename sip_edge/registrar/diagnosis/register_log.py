"""The records of REGISTERs and their outcomes: log lines, counts, attempts, and failures that the guard counts."""

from __future__ import annotations

from typing import Any

from directory.schema.model import Address, device_of
from directory.schema.reasons import Reason
from sip_edge.guard.guard import Guard
from sip_edge.journal import Journal
from sip_edge.registrar.diagnosis.attempts import Attempts
from sip_edge.registrar.origin import Origin
from sip_edge.registrar.register_request import RegisterRequest


class RegisterLog:
    """Records what a registrar does. An `extension_id` is "" where the address is not known to exist."""

    __slots__ = ("_attempts", "_guard", "_journal")

    def __init__(self, journal: Journal, attempts: Attempts, guard: Guard) -> None:
        self._journal = journal
        self._attempts = attempts
        self._guard = guard

    def note_challenge(self, is_stale: bool) -> None:
        """Counts a challenge, to credentials on a stale nonce or to none."""
        self._journal.count("register_stale_nonce" if is_stale else "register_challenged")

    def note_attempt(self, reason: Reason, aor: str, origin: Origin, now: float, extension_id: str = "") -> None:
        """Records a REGISTER that fails before its credentials are looked at."""
        self._attempts.note(reason, aor, origin, now, extension_id)

    def note_wrong_domain(self, username: str, domain: str, origin: Origin, now: float) -> None:
        """Records a REGISTER for a domain that is no customer's."""
        self._journal.note(
            "wrong_domain",
            correlation_id=origin.call_id,
            username=username,
            domain=domain,
            source=origin.flow.source,
            transport=origin.flow.transport,
            agent=origin.user_agent,
        )
        self._attempts.note_wrong_domain(username, domain, origin, now)

    def note_wrong_credentials(self, register: RegisterRequest, reason: Reason, extension_id: str, now: float) -> None:
        """Records credentials that fit no password, and counts the failure."""
        self.note_refusal(register, reason, extension_id, now)
        self._guard.failed(register.aor, register.origin.flow, now)

    def note_refusal(self, register: RegisterRequest, reason: Reason, extension_id: str, now: float) -> None:
        """Records a REGISTER that is refused."""
        self._journal.note("register_refused", **_fields(register), reason=reason)
        self._count(register, reason, extension_id, now)

    def note_replacement(self, register: RegisterRequest, address: Address, now: float) -> None:
        """Records a device that has taken the place of one that no longer answers."""
        self._count(register, Reason.DEVICE_REPLACED, address.extension_id, now)

    def note_stored(self, register: RegisterRequest, seen: Address, stored: Address) -> None:
        """Records a change of bindings: a registration, its end, or a refresh."""
        had = {(device_of(b), b.reg_id, b.contact) for b in seen.bindings}
        has = {(device_of(b), b.reg_id, b.contact) for b in stored.bindings}
        if had == has:
            self._journal.detail("register_refreshed", lambda: _fields(register))
        else:
            self._journal.note("registered" if has - had else "unregistered", **_fields(register))

    def note_answer_time(self, seconds: float) -> None:
        """Records the time from a REGISTER with credentials to its 200."""
        self._journal.answer_times.add(seconds)

    def note_unavailable(self, register: RegisterRequest, reason: str) -> None:
        """Records that the directory has kept a REGISTER from an outcome."""
        self._journal.trouble("directory_unavailable", **_fields(register), reason=reason)

    def note_failure(self, register: RegisterRequest, error: Exception) -> None:
        """Records a step that has raised."""
        self._journal.trouble("internal_error", error, correlation_id=register.call_id)

    def _count(self, register: RegisterRequest, reason: Reason, extension_id: str, now: float) -> None:
        self._journal.counts[f"register_refused_{reason}"] += 1
        self._attempts.note(reason, register.aor, register.origin, now, extension_id)


def _fields(register: RegisterRequest) -> dict[str, Any]:
    """Returns the fields of every line about a REGISTER."""
    return {
        "correlation_id": register.call_id,
        "aor": register.aor,
        "source": register.source,
        "transport": register.transport,
        "agent": register.origin.user_agent,
    }
