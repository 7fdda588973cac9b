"""The search for a callee: its targets now, or after it has registered again (RFC 3261 §16.5)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from sip_edge.calls.call import are_colleagues
from sip_edge.continuation import Continuation
from sip_edge.guard.guard import Guard
from sip_edge.message.errors import RejectError
from sip_edge.message.uri import Uri
from sip_edge.proxy.response_context import ResponseContext
from sip_edge.proxy.targets.held_requests import NOT_REACHED, Sought
from sip_edge.proxy.targets.location_lookup import Located, LocationLookup
from sip_edge.proxy.targets.target import NO_FLOW
from sip_edge.proxy.validation.trusted_headers import is_for_colleagues


class CalleeSearch:
    """Finds the targets of a request, and has it forked or refused."""

    def __init__(self, location: LocationLookup, guard: Guard, clock: Callable[[], float]) -> None:
        self._location = location
        self._guard = guard
        self._clock = clock

    def begin(self, uri: Uri, context: ResponseContext, caller: str) -> None:
        """Search. `caller` is the proved address of record of the caller, "" for one outside."""
        on_located = Continuation(partial(self._on_located, uri, context, caller), context.fail)
        self._location.find(uri, on_located)

    def _on_located(self, uri: Uri, context: ResponseContext, caller: str, located: Located) -> None:
        now = self._clock()
        proxied, callee, groups = context.proxied, located.aor, located.groups
        proxied.are_colleagues = are_colleagues(caller, callee)
        proxied.account.introduce(caller, callee)
        if callee and not proxied.are_colleagues and is_for_colleagues(proxied.request):
            context.refuse("403 Forbidden", now)
        elif callee and callee == caller and proxied.request.method == "SUBSCRIBE":
            context.refuse("489 Bad Event", now)  # by a direct address or a temporary GRUU
        elif not isinstance(groups, RejectError):
            context.fork(groups, now, partial(self._find_further, uri, context) if located.is_pushed else None)
        elif located.gone is None or not proxied.is_held:
            if groups.status.startswith("404"):
                self._guard.missed(proxied.flow, now)
            context.refuse(groups.status, now, *groups.headers)
        elif now < proxied.held_until:
            on_end = Continuation(partial(self._on_hold_end, uri, context, caller), context.fail)
            context.hold.wait(Sought(callee, located.gone, None, is_gone=True, is_moving=True), on_end)
        else:
            context.refuse(NOT_REACHED.status, now, *NOT_REACHED.headers)

    def _on_hold_end(self, uri: Uri, context: ResponseContext, caller: str, has_registered: bool) -> None:
        if has_registered:
            self.begin(uri, context, caller)
        else:
            context.refuse(NOT_REACHED.status, self._clock(), *NOT_REACHED.headers)

    def _find_further(self, uri: Uri, context: ResponseContext) -> None:
        """Let devices join that have registered while another one is being woken."""
        on_located = Continuation(partial(self._on_located_further, context), context.fail)
        self._location.find(uri, on_located)

    def _on_located_further(self, context: ResponseContext, located: Located) -> None:
        if not isinstance(located.groups, RejectError):
            awake = [target for group in located.groups for target in group if target.flow is not NO_FLOW]
            context.join(awake, self._clock())
