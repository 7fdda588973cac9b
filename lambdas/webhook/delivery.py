"""One delivery: an event, signed, in one POST."""

from __future__ import annotations

import json
import os
import ssl
import time
from typing import Final

from directory.schema.model import Webhook
from lambdas.model.event import Event
from lambdas.webhook.address import PrivateAddressError
from lambdas.webhook.deadline import Deadline
from lambdas.webhook.post import NoHttpError, post
from lambdas.webhook.secret import Secrets

# From looking up the name to the status line.
_TIMEOUT_S: Final = 5
_AGENT: Final = "sip-extensions-webhook/1"


class UndeliveredError(Exception):
    """The endpoint did not take the event; the message says in words for people why not."""


class Deliverer:
    """Delivers events. PRIVATE_WEBHOOKS lets webhooks be plain http and lead anywhere, as on one machine."""

    def __init__(self) -> None:
        self._secrets = Secrets()
        self._private = os.environ["PRIVATE_WEBHOOKS"] == "true"

    def deliver(self, webhook: Webhook, event: Event) -> int:
        """Post an event, and return the status of the answer, which is 2xx. Raises UndeliveredError.

        Redirections are not followed: a webhook's URL names the program that takes events.
        """
        body = json.dumps(event).encode()
        now = int(time.time())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": _AGENT,
            "Webhook-Id": event["id"],
            "Webhook-Timestamp": str(now),
            "Webhook-Signature": self._secrets.sign(webhook, event["id"], now, body),
        }
        try:
            status = post(webhook.url, body, headers, Deadline(_TIMEOUT_S), self._private)
        except PrivateAddressError:
            raise UndeliveredError("The URL leads to an address that is not public.") from None
        except ssl.SSLCertVerificationError:
            raise UndeliveredError("The certificate is not good.") from None
        except (OSError, NoHttpError, ValueError) as error:
            raise UndeliveredError(f"There was no answer ({type(error).__name__}).") from None
        if not 200 <= status < 300:
            raise UndeliveredError(f"The answer was {status}.")
        return status
