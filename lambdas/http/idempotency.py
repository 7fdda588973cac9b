"""Calls that are carried out once however often they are sent: the Idempotency-Key of a POST.

The header is that of the IETF's draft-ietf-httpapi-idempotency-key-header. For a day, an answer is found again by a
hash of who calls what with which key. Of the body a record holds a MAC whose secret is that key, and the key is stored
nowhere. So a reader of the table can't try passwords on it.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

from directory.schema import tables
from lambdas.model import Model
from lambdas.problem import invalid

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import APIGatewayRestResolver
    from mypy_boto3_dynamodb import DynamoDBClient

    from lambdas.http.idempotency_store import IdempotencyStore

AnswerT = TypeVar("AnswerT")

_KEY: Final = re.compile("[!-~]{1,255}")
_INVALID: Final = "This must be 1 to 255 printable ASCII characters without a space."


class Idempotency:
    """Carries calls out once."""

    def __init__(self, client: DynamoDBClient, environment: Mapping[str, str]) -> None:
        self._client = client
        self._table = tables.IDEMPOTENCY.deployed_name(environment)

    def __call__(
        self, app: APIGatewayRestResolver, body: Model, act: Callable[[], AnswerT]
    ) -> tuple[AnswerT, dict[str, str]]:
        """The answer of `act`, or of its first run for the same call.

        A header comes with it, and tells when it was not this run.

        Errors of `act` are not kept: the same call is carried out again. Its answer is, so it must hold no secret.
        Raises RefusedError for a key that can't be one, was used for another body, or is in use right now.
        """
        event = app.current_event
        key = event.headers.get("idempotency-key")
        if key is None:
            return act(), {}
        if not _KEY.fullmatch(key):
            raise invalid({"header": "Idempotency-Key", "detail": _INVALID})
        runs: list[AnswerT] = []

        def run() -> AnswerT:
            runs.append(act())
            return runs[0]

        call = {
            "caller": event["requestContext"].get("authorizer", {}).get("customer_id", ""),
            "path": event.path,
            "key": key,
            "body": hmac.digest(key.encode(), body.model_dump_json().encode(), "sha256").hex(),
        }
        answer: AnswerT = self._kept.answer(call, run, app.lambda_context)
        return answer, {} if runs else {"Idempotency-Replayed": "true"}

    @cached_property
    def _kept(self) -> IdempotencyStore:
        """Not before the first key: it brings boto3, without which a function starts in four fifths of the time."""
        from lambdas.http.idempotency_store import IdempotencyStore

        return IdempotencyStore(self._client, self._table)
