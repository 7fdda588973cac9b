"""The secrets that webhooks are signed with.

They have to be known again at every delivery. So they are derived from one secret of the service (Secrets Manager) and
stored nowhere. A reader of the table can sign nothing.
"""

from __future__ import annotations

import base64
import hmac
import os
from functools import cached_property
from typing import Final

from directory.client import secrets_manager
from directory.schema.model import Webhook

_PREFIX: Final = "whsec_"


class Secrets:
    """Derives secrets from the one that WEBHOOK_SECRET names, read when the first is wanted."""

    def __init__(self) -> None:
        self._name = os.environ["WEBHOOK_SECRET"]

    def of(self, webhook: Webhook) -> str:
        """A webhook's secret, in the form of Standard Webhooks: `whsec_` and 32 bytes in base64."""
        return _PREFIX + base64.b64encode(self._bytes(webhook)).decode()

    def sign(self, webhook: Webhook, event_id: str, timestamp: int, body: bytes) -> str:
        """The signature of a delivery: `v1,` and an HMAC-SHA256 over id, time and body with dots between, in base64."""
        signed = b"%s.%d.%s" % (event_id.encode(), timestamp, body)
        return "v1," + base64.b64encode(hmac.digest(self._bytes(webhook), signed, "sha256")).decode()

    def _bytes(self, webhook: Webhook) -> bytes:
        return hmac.digest(self._of_the_service, f"{webhook.customer_id}/{webhook.id}".encode(), "sha256")

    @cached_property
    def _of_the_service(self) -> bytes:
        return secrets_manager().get_secret_value(SecretId=self._name)["SecretString"].encode()
