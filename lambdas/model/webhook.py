"""A webhook, as the API takes and gives it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from directory.model import Webhook
from lambdas.model import Model
from lambdas.problem import invalid

_HOST: Final = re.compile("[a-z0-9.:-]{1,253}")  # of an IPv6 address without its brackets

EventType = Literal[
    "registration.registered",
    "registration.unregistered",
    "registration.expired",
    "registration.moved",
    "registration.refused",
    "extension.created",
    "extension.updated",
    "extension.deleted",
]


class NewWebhook(Model):
    """The body that creates a webhook. `types` are those of the events that it is for, all when there are none."""

    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[!-~]+$")]
    types: Annotated[list[EventType], Field(max_length=20)] = Field(default_factory=list)

    def check_url(self, private: bool) -> None:
        """Check what no pattern can: `private` allows plain http. Raises RefusedError with 422."""
        try:
            parts = urlsplit(self.url)
            sound = parts.port != 0 and _HOST.fullmatch(parts.hostname or "") is not None
        except ValueError:
            sound = False
        if not sound or parts.username is not None or parts.fragment or not (private or parts.scheme == "https"):
            raise invalid({"pointer": "#/url", "detail": "This must be an https URL without a user or a fragment."})


class WebhookTest(Model):
    """The body that tries a webhook: an empty object."""


class WebhookAnswer(TypedDict):
    """A webhook."""

    id: str
    customer_id: str
    url: str
    types: list[EventType]
    tm_create: str


class NewWebhookAnswer(WebhookAnswer):
    """A webhook that was just made, with the secret that its deliveries are signed with, which nothing shows again."""

    secret: str


class WebhookListAnswer(TypedDict):
    """All webhooks of a customer."""

    result: list[WebhookAnswer]


class WebhookTestAnswer(TypedDict):
    """What came of a try: whether a 2xx was the answer, and what was wrong, "" for nothing."""

    delivered: bool
    detail: str


def webhook_answer(webhook: Webhook) -> WebhookAnswer:
    """The answer that shows a webhook."""
    types: Any = list(webhook.types)
    return {
        "id": webhook.id,
        "customer_id": webhook.customer_id,
        "url": webhook.url,
        "types": types,
        "tm_create": webhook.tm_create,
    }
