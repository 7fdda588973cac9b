"""An app with the credentials by which its pushes are sent."""

from __future__ import annotations

from dataclasses import dataclass, field

from sip_edge.push.parameters import PushTarget
from sip_edge.push.web_token import PrivateKey


@dataclass(frozen=True, slots=True)
class App:
    """A customer's app.

    `app` is its bundle id (APNs) or its project's id (FCM). `number` is the project's number, "" where it is unknown.
    `issuer` is the team's id or the service account's address, `key` its private key, and `key_id` that key's id.
    """

    id: str
    service: str
    app: str
    number: str
    issuer: str
    key_id: str
    key: PrivateKey = field(repr=False)

    def is_of(self, target: PushTarget) -> bool:
        """Whether this is the app of a target. A phone that names no team is taken at its bundle id."""
        if self.service != target.service or target.app not in (self.app, self.number):
            return False
        return not target.team or target.team == self.issuer
