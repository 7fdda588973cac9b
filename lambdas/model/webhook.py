"""A webhook, as the API takes and gives it."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypedDict

from directory.schema.model import Webhook
from directory.schema.timestamps import timestamp
from lambdas.model import Model
from lambdas.problem import invalid

_PORT: Final = "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]"
# A name or an IPv4 address, and all printable ASCII behind it without a fragment, which no server gets to see.
_URL: Final = rf"""^https?://[A-Za-z0-9]([A-Za-z0-9.-]{{0,251}}[A-Za-z0-9])?(:({_PORT}))?([/?][!"$-~]*)?$"""

EventType = Literal[
    "registration.registered",
    "registration.unregistered",
    "registration.expired",
    "registration.moved",
    "registration.refused",
    "extension.created",
    "extension.updated",
    "extension.deleted",
    "call.started",
    "call.answered",
    "call.ended",
    "webhook.disabled",
]


class NewWebhook(Model):
    """The body that creates a webhook. `types` are those of the events that it is for, all when there are none."""

    url: Annotated[str, StringConstraints(max_length=2000, pattern=_URL)]
    types: Annotated[list[EventType], Field(max_length=20)] = Field(default_factory=list)

    def check_url(self, private: bool) -> None:
        """Check that the URL is https, unless `private` allows plain http. Raises RefusedError with 422."""
        if not private and not self.url.startswith("https:"):
            raise invalid({"pointer": "#/url", "detail": "This must be an https URL."})


class WebhookChanges(Model):
    """The body that changes a webhook: whether it is disabled. A webhook that is enabled has not failed so far."""

    disabled: bool


class WebhookTest(Model):
    """The body that tries a webhook: an empty object."""


class WebhookAnswer(TypedDict):
    """A webhook. Nothing is delivered to it while it is disabled.

    `disabled_reason` is `failed_for_a_day` or `by_owner`, "" while it is enabled. All its deliveries fail since
    `failing_since`, "" while they succeed.
    """

    id: str
    customer_id: str
    url: str
    types: list[EventType]
    disabled: bool
    disabled_reason: str
    failing_since: str
    tm_create: str


class NewWebhookAnswer(WebhookAnswer):
    """A webhook that was just made, with the secret that its deliveries are signed with, which nothing shows again."""

    secret: str


class WebhookListAnswer(TypedDict):
    """All webhooks of a customer."""

    result: list[WebhookAnswer]


class WebhookTestAnswer(TypedDict):
    """The outcome of a try: whether a 2xx was the answer, and the trouble, "" for none."""

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
        "disabled": bool(webhook.disabled_reason),
        "disabled_reason": webhook.disabled_reason,
        "failing_since": timestamp(webhook.failing_since) if webhook.failing_since else "",
        "tm_create": webhook.tm_create,
    }
