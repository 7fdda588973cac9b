"""`python -m local.emulated`: the emulator, with the six things that it lacks (ministack 1.5.33).

Streams of tables show what was updated by PartiQL, which is how an edge writes. The gateway takes the key of a
usage plan from the authorizer's answer, not from the caller. A function may fail a part of a
stream's batch. Permission to send a message is enough to send several in one call. KMS
re-encrypts. And the data is saved while it
changes, not only at the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app
from ministack.core import iam_actions
from ministack.services import apigateway_v1, dynamodb, kms, lambda_svc

from local.emulator_state import EmulatorState
from local.saving import Saving
from local.store import Store

_KEEP_ALIVE_S: Final = 75

_update: Final = dynamodb._partiql_update
_authorize: Final = apigateway_v1._authorize_request_v1
_ask_authorizer: Final = apigateway_v1._invoke_authorizer_lambda
_execute: Final = lambda_svc._execute_function
_extract_action: Final = iam_actions.extract_iam_action
_answer_kms: Final = kms.handle_request

_usage_key: Final[ContextVar[str | None]] = ContextVar("usage_key", default=None)


def main(listening: int, reports: int, database: Path) -> None:
    """Serve on the listening socket until SIGTERM; the numbers are file descriptors.

    Lines about saving go to `reports`, for the person who started the service. Exits with status 1 when the end could
    not be saved.
    """
    dynamodb._partiql_update = _update_and_tell
    apigateway_v1._authorize_request_v1 = _authorize_one
    apigateway_v1._invoke_authorizer_lambda = _ask_and_keep_key
    apigateway_v1._api_key_from_request = _key_of_request
    lambda_svc._execute_function = _execute_and_move_on
    iam_actions.extract_iam_action = _permitted_action
    kms.handle_request = _reencrypt_or_answer
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    saving = Saving(EmulatorState(), Store(database), lambda line: _write_line(reports, line))
    failed: list[Exception] = []

    def save_all(_: object) -> None:
        try:
            saving.end()
        except Exception as error:  # for any reason, it is told below
            failed.append(error)

    async def serve_and_note(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app.app(scope, receive, send)
        finally:
            if scope["type"] == "http" and _may_change_a_service(scope):
                saving.note_request()

    app._load_persisted_state = saving.begin
    app.save_all = save_all
    config = Config()
    config.bind = [f"fd://{listening}"]
    config.keep_alive_timeout = _KEEP_ALIVE_S
    asyncio.run(serve(serve_and_note, config))
    if failed:
        _write_line(reports, f"what was not saved yet is lost: {failed[0]}")
        sys.exit(1)


def _update_and_tell(table: Any, parsed: Any, data: Any = None) -> Any:
    """The update, and its record in the stream if it was done."""
    partition, sort, _, error = dynamodb._partiql_key_target(table, parsed)
    before = None if error else table["items"].get(partition, {}).get(sort)
    answer = _update(table, parsed, data)
    if answer[0] == 200:
        dynamodb._emit_stream_event(table["TableName"], "MODIFY", before, table["items"][partition][sort])
    return answer


def _execute_and_move_on(function: Any, event: Any) -> Any:
    """The function's result. When a part of a stream's batch has failed, the stream goes on at the first such record.

    The emulator knows that of queues alone. The batch counts as failed, so that the rest comes again after a pause.
    """
    result = _execute(function, event)
    records: Any = event.get("Records") if isinstance(event, dict) else None
    body = result.get("body")
    failures = body.get("batchItemFailures") if isinstance(body, dict) else None
    if not failures or result.get("error") or records[0].get("eventSource") != "aws:dynamodb":
        return result
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    failed = {failure["itemIdentifier"] for failure in failures}
    # A number of no record fails the batch as a whole (Lambda Developer Guide, "Reporting batch item failures").
    done = min(map(numbers.index, failed)) if failed <= set(numbers) else 0
    for mapping_id, mapping in lambda_svc._esms.items():
        if mapping["EventSourceArn"] == records[0]["eventSourceARN"] and mapping.get("FunctionResponseTypes"):
            lambda_svc._dynamodb_stream_positions[mapping_id] += done
    return {**result, "error": True}


def _permitted_action(*arguments: Any, **named: Any) -> Any:
    """The action that a request needs. Queues have none for batches (SQS Developer Guide, "API permissions")."""
    action = _extract_action(*arguments, **named)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


async def _reencrypt_or_answer(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
    """KMS's answer. ReEncrypt is a decryption and an encryption, each with its context."""
    if headers.get("x-amz-target") != "TrentService.ReEncrypt":
        return await _answer_kms(method, path, headers, body, query)
    asked = json.loads(body)
    opened = kms._decrypt(
        {
            "CiphertextBlob": asked["CiphertextBlob"],
            "KeyId": asked.get("SourceKeyId", ""),
            "EncryptionContext": asked.get("SourceEncryptionContext", {}),
        }
    )
    if opened[0] != 200:
        return opened
    return kms._encrypt(
        {
            "Plaintext": json.loads(opened[2])["Plaintext"],
            "KeyId": asked["DestinationKeyId"],
            "EncryptionContext": asked.get("DestinationEncryptionContext", {}),
        }
    )


async def _authorize_one(*arguments: Any) -> Any:
    """The authorization of a request, which has no key of the one before it on the same connection."""
    _usage_key.set(None)
    return await _authorize(*arguments)


async def _ask_and_keep_key(*arguments: Any) -> Any:
    """The authorizer's answer; its key is kept for the rest of the request."""
    answer = await _ask_authorizer(*arguments)
    said = (answer or {}).get("body")
    policy = json.loads(said) if isinstance(said, (str, bytes)) else said
    _usage_key.set((policy or {}).get("usageIdentifierKey"))
    return answer


def _key_of_request(_: object) -> str | None:
    return _usage_key.get()


def _may_change_a_service(scope: Any) -> bool:
    """Whether a request may change a service other than DynamoDB.

    A call of a REST API does so by further requests of its function. To look for changes costs much.
    """
    if scope["path"].startswith("/_aws/execute-api/"):
        return False
    return not any(name == b"x-amz-target" and value.startswith(b"DynamoDB_") for name, value in scope["headers"])


def _write_line(descriptor: int, line: str) -> None:
    os.write(descriptor, f"{line}\n".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
