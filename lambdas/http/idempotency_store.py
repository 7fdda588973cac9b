"""Powertools' idempotency: answers that are kept in a table, and found again."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    exceptions,
    idempotent_function,
)

from directory.errors import ContentionError
from directory.schema import tables
from lambdas.problem import Problem, RefusedError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT_S: Final = 24 * 3600
_IN_PROGRESS: Final = Problem(
    HTTPStatus.CONFLICT, "in_progress", "A call with this Idempotency-Key is being carried out.", retry_after_s=1
)
_REUSED: Final = Problem(
    HTTPStatus.UNPROCESSABLE_ENTITY,
    "idempotency_key_reused",
    "This Idempotency-Key was sent with another body: a new call needs a new key.",
)


class IdempotencyStore:
    """The answers in `table`, the deployed name of `directory.schema.tables.IDEMPOTENCY`."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._config = IdempotencyConfig(
            event_key_jmespath="[caller, path, key]",
            payload_validation_jmespath="body",
            expires_after_seconds=_KEPT_S,
            hash_function="sha256",
        )
        self._carry_out = idempotent_function(
            _carry_out,
            data_keyword_argument="call",
            persistence_store=DynamoDBPersistenceLayer(
                table,
                key_attr=tables.IDEMPOTENCY.partition_key,
                expiry_attr=str(tables.IDEMPOTENCY.ttl),
                boto3_client=client,
            ),
            config=self._config,
            key_prefix="POST",
        )

    def answer(self, call: dict[str, str], run: Callable[[], Any], context: LambdaContext) -> Any:
        """The answer of `run`, or what it was for a call of the same `caller`, `path`, `key` and `body`.

        Errors of `run` are not kept. Raises RefusedError for a key that came with another body or is in use right now.
        Raises ContentionError when the table fails.
        """
        self._config.register_lambda_context(context)
        try:
            return self._carry_out(run, call=call)
        except exceptions.IdempotencyAlreadyInProgressError:
            raise RefusedError(_IN_PROGRESS) from None
        except exceptions.IdempotencyValidationError:
            raise RefusedError(_REUSED) from None
        except (exceptions.IdempotencyInconsistentStateError, exceptions.IdempotencyPersistenceLayerError) as failed:
            raise ContentionError("the kept answers can't be used") from failed


def _carry_out(run: Callable[[], Any], *, call: dict[str, str]) -> Any:
    """`call` is what tells one call from another."""
    return run()
