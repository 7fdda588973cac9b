"""The way to one of our own devices whose connection has ended: where it has registered since."""

from __future__ import annotations

from sip_edge.message.errors import RejectError
from sip_edge.message.uri import Uri
from sip_edge.proxy.location_lookup import Found as Targeted
from sip_edge.proxy.location_lookup import LocationLookup
from sip_edge.proxy.next_hop import Found
from sip_edge.transport.flow import Flow


class RegisteredNextHop:
    """The flow as far as there is one, then the flow of the registration that an address of ours has now."""

    def __init__(self, flow: Flow | None, uri: Uri, targets: LocationLookup) -> None:
        self._flow = flow
        self._uri: Uri | None = uri
        self._targets = targets

    def next_flow(self, then: Found) -> None:
        """What to try next; None when there is nothing more."""
        if self._flow:
            flow, self._flow = self._flow, None
            then(flow)
        elif self._uri:
            uri, self._uri = self._uri, None
            self._targets.find(uri, then.preceded_by(lambda located: then(_first_flow(located[1]))))
        else:
            then(None)


def _first_flow(found: Targeted) -> Flow | None:
    return None if isinstance(found, RejectError) else found[0][0].flow
