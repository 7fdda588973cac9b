"""`python -m local.emulated`: the emulator, with the three things that it lacks (ministack 1.5.33).

Streams of tables show what was updated by PartiQL, which is how an edge writes. The gateway takes the key by which it
counts a call in a usage plan from the authorizer's answer, not from the caller. And the data is saved while it changes,
not only at the end.
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
from ministack.services import apigateway_v1, dynamodb

from local.emulator_state import EmulatorState
from local.saving import Saving
from local.store import Store

_KEEP_ALIVE_S: Final = 75

_update: Final = dynamodb._partiql_update
_authorize: Final = apigateway_v1._authorize_request_v1
_ask_authorizer: Final = apigateway_v1._invoke_authorizer_lambda

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
            if scope["type"] == "http" and not _is_for_dynamodb(scope["headers"]):
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


def _is_for_dynamodb(headers: list[tuple[bytes, bytes]]) -> bool:
    return any(name == b"x-amz-target" and value.startswith(b"DynamoDB_") for name, value in headers)


def _write_line(descriptor: int, line: str) -> None:
    os.write(descriptor, f"{line}\n".encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
