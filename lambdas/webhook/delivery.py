"""One delivery: an event, signed, in one POST."""

from __future__ import annotations

import json
import os
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from directory.model import Webhook
from lambdas.model.event import Event
from lambdas.webhook.address import PrivateAddressError, address_of
from lambdas.webhook.secret import Secrets

_TIMEOUT_S: Final = 5
_AGENT: Final = "sip-extensions-webhook/1"


class UndeliveredError(Exception):
    """Nobody took the event; the message says in words for people why not."""


class Deliverer:
    """Delivers events. PRIVATE_WEBHOOKS lets webhooks be plain http and lead anywhere, as on one machine."""

    def __init__(self) -> None:
        self._secrets = Secrets()
        self._private = os.environ["PRIVATE_WEBHOOKS"] == "true"

    def deliver(self, webhook: Webhook, event: Event) -> int:
        """Post an event, and return the status of the answer, which is 2xx. Raises UndeliveredError.

        Redirections are not followed: whoever takes events should be named by the webhook's URL.
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
            status = self._post(webhook.url, body, headers)
        except PrivateAddressError:
            raise UndeliveredError("The URL leads to an address that is not public.") from None
        except ssl.SSLCertVerificationError:
            raise UndeliveredError("The certificate is not good.") from None
        except (OSError, HTTPException, ValueError) as error:
            raise UndeliveredError(f"There was no answer ({type(error).__name__}).") from None
        if not 200 <= status < 300:
            raise UndeliveredError(f"The answer was {status}.")
        return status

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        address = address_of(host, port, self._private)
        kind = _Secure if secure else _Plain
        connection = kind(host, port, timeout=_TIMEOUT_S)
        connection.address = address
        try:
            path = parts.path or "/"
            connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


class _Plain(HTTPConnection):
    """A connection to an address that was checked, whatever the name leads to by now."""

    address: str

    def connect(self) -> None:
        self.sock = socket.create_connection((self.address, self.port), self.timeout)


class _Secure(HTTPSConnection):
    """The same, with the certificate of the name."""

    address: str

    def connect(self) -> None:
        plain = socket.create_connection((self.address, self.port), self.timeout)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
