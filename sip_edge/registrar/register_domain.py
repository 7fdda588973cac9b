"""Finds the address of record that a REGISTER is for (RFC 3261 §10.3 steps 1 and 5)."""

from __future__ import annotations

from typing import Final, NoReturn

from directory.schema.reasons import Reason
from sip_edge.guard.guard import Guard
from sip_edge.location.domains import Domains
from sip_edge.message import uri as uris
from sip_edge.message.errors import MalformedError, RejectError
from sip_edge.message.message import Request
from sip_edge.message.uri import Uri
from sip_edge.message.values import address, printable
from sip_edge.registrar.diagnosis.register_log import RegisterLog
from sip_edge.registrar.origin import Origin
from sip_edge.transport.flow import Flow

_LONGEST_USERNAME: Final = 64
_LONGEST_CALL_ID: Final = 256


class RegisterDomain:
    """Judges a REGISTER by its To. Its Request-URI may be any name of ours, or any numeric host."""

    __slots__ = ("_domains", "_guard", "_log")

    def __init__(self, domains: Domains, guard: Guard, log: RegisterLog) -> None:
        self._domains = domains
        self._guard = guard
        self._log = log

    def aor_of(self, request: Request, to_uri: str, call_id: str, flow: Flow, now: float) -> str:
        """Returns the aor of the To. Raises RejectError with 404 for no such address, ShedError for too many."""
        to = uris.parse(to_uri)
        aor = self._domains.extension(to)
        if aor is None or not self._domains.serves(uris.parse(request.uri).host):
            self._refuse(request, to, call_id, flow, now)
        return aor

    def note_unreadable(self, request: Request, flow: Flow, now: float) -> None:
        """Records a REGISTER that was refused before it could be read, if its To or From names an address."""
        for name in ("to", "from"):
            try:
                aor = self._domains.extension(uris.parse(address(request.get(name))[0]))
            except MalformedError:
                continue
            if aor is not None:
                origin = Origin(request, request.get("call-id"), flow)
                self._log.note_attempt(Reason.MALFORMED, aor, origin, now)
                return

    def _refuse(self, request: Request, to: Uri, call_id: str, flow: Flow, now: float) -> NoReturn:
        """Tells a phone which domain it should have, and the operator which it has. Raises RejectError, ShedError."""
        domains, host = self._domains, uris.parse(request.uri).host
        if domains.is_customers(to.host) and domains.serves(host):
            raise RejectError("404 Not Found")  # its username is none
        self._guard.check_stray(flow, now)
        domain = host if domains.is_customers(to.host) else to.host
        username = printable(to.user)[:_LONGEST_USERNAME]
        self._log.note_wrong_domain(username, domain, Origin(request, call_id[:_LONGEST_CALL_ID], flow), now)
        registrar = domains.registrar
        warning = f'Warning: 399 {registrar} "Register at {{username}}@{{customer-id}}.{registrar}"'
        raise RejectError("404 Not Found", warning, reason=Reason.WRONG_DOMAIN)
