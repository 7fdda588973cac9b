"""An access key, as the API takes and gives it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from directory.schema.model import AccessKey
from directory.schema.timestamps import timestamp
from lambdas.model import Model, Name

_TEN_YEARS_S: Final = 10 * 365 * 24 * 3600


class NewAccessKey(Model):
    """The body that creates an access key. `expires_in` is its life in seconds; without, it never expires."""

    name: Name
    expires_in: Annotated[int, Field(ge=60, le=_TEN_YEARS_S)] | None = None

    def expires(self, now: float) -> int | None:
        """When a key made at `now` expires; both in seconds since the epoch, None for never."""
        return None if self.expires_in is None else int(now) + self.expires_in


class AccessKeyAnswer(TypedDict):
    """An access key. Times are `2024-01-15T10:30:00Z`; `tm_expire` is "" for never."""

    id: str
    customer_id: str
    name: str
    tm_create: str
    tm_expire: str


class TokenAnswer(AccessKeyAnswer):
    """An access key that was just made, with the token that nothing can show again.

    The token is "" when the call is repeated.
    """

    token: str


def access_key_answer(key: AccessKey) -> AccessKeyAnswer:
    """The answer that shows an access key."""
    return {
        "id": key.id,
        "customer_id": key.customer_id,
        "name": key.name,
        "tm_create": key.tm_create,
        "tm_expire": "" if key.expires is None else timestamp(key.expires),
    }
